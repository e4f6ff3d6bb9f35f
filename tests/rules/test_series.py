"""A release that follows another: what was shown stays as shown, and nothing can be read off by subtraction."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.decision import Refuse
from hub.disclosure import Hierarchy, Model, Recoded, check_against, make_hierarchy, measure, recode, take_footprint
from hub.disclosure.series import Followed, recode_after

PATHS = {
    "age": [[str(a), f"{a // 5 * 5}+", f"{a // 20 * 20}++", "*"] for a in range(60)],
    "place": [[f"L{n:02d}", f"W{n // 4}", "*"] for n in range(24)],
}
COLUMNS = list(PATHS)
KEY = b"series"


def hierarchies() -> list[Hierarchy]:
    return [h for c, r in PATHS.items() if isinstance(h := make_hierarchy(c, r), Hierarchy)]


def pool(count: int) -> pl.DataFrame:
    rng = np.random.default_rng(6)
    return pl.DataFrame(
        {"id": [f"r{n}" for n in range(count)], "age": [str(a) for a in rng.integers(0, 60, count)],
         "place": [f"L{p:02d}" for p in rng.integers(0, 24, count)], "offence": [f"O{o}" for o in rng.integers(0, 5, count)]}
    )  # fmt: skip


def first(rows: pl.DataFrame) -> pl.DataFrame:
    done = recode(rows.drop("id"), hierarchies(), Model(5))
    assert isinstance(done, Recoded)
    return done.frame


def shown_before(before: pl.DataFrame, now: pl.DataFrame) -> bool:
    """Whether every row that was shown is shown as it was."""
    pairs = zip(before.rows(), now.rows(), strict=True)
    return all(one == two for one, two in pairs if one[:2] != ("*", "*"))


@pytest.mark.parametrize("late", [0, 3, 40, 300])
def test_late_rows_form_classes_of_their_own(late: int) -> None:
    rows = pool(1500 + late)
    old = rows.head(1500)
    before = take_footprint("A", first(old), COLUMNS, old["id"], KEY)
    done = recode_after(rows.drop("id"), rows["id"], hierarchies(), Model(5), before, KEY)
    assert isinstance(done, Followed)
    assert shown_before(first(old), done.frame.head(1500))
    assert done.kept == first(old).filter((pl.col("age") != "*") | (pl.col("place") != "*")).height
    assert done.kept + done.recoded + done.waiting == rows.height
    assert done.recoded > late // 2 or late < 10
    now = take_footprint("B", done.frame, COLUMNS, rows["id"], KEY)
    checked = check_against(now, [before], 5)
    assert not checked.findings
    assert not len(checked.held)
    assert measure(done.frame, COLUMNS).k >= 5


def test_two_independent_recodings_would_differ_by_a_few_in_many_classes() -> None:
    rows = pool(1540)
    old = rows.head(1500)
    before = take_footprint("A", first(old), COLUMNS, old["id"], KEY)
    now = take_footprint("B", first(rows), COLUMNS, rows["id"], KEY)
    assert check_against(now, [before], 5).findings


def test_a_corrected_place_is_recoded_and_the_check_sees_the_gap_it_leaves() -> None:
    rows = pool(1500)
    before = take_footprint("A", first(rows), COLUMNS, rows["id"], KEY)
    corrected = rows.with_columns(place=pl.when(pl.col("id") == "r7").then(pl.lit("L23")).otherwise("place"))
    corrected = corrected.with_columns(age=pl.when(pl.col("id") == "r7").then(pl.lit("59")).otherwise("age"))
    done = recode_after(corrected.drop("id"), corrected["id"], hierarchies(), Model(5), before, KEY)
    assert isinstance(done, Followed)
    assert done.frame.row(7)[:2] != first(rows).row(7)[:2]
    checked = check_against(take_footprint("B", done.frame, COLUMNS, corrected["id"], KEY), [before], 5)
    assert checked.findings[0].shrunk >= 1
    assert checked.settled


def test_a_missing_leaf_among_the_new_rows_is_refused() -> None:
    rows = pool(1510).with_columns(place=pl.when(pl.col("id") == "r1505").then(pl.lit("L99")).otherwise("place"))
    old = rows.head(1500)
    before = take_footprint("A", first(old), COLUMNS, old["id"], KEY)
    done = recode_after(rows.drop("id"), rows["id"], hierarchies(), Model(5), before, KEY)
    assert isinstance(done, Refuse)
    assert done.rule == "disclosure.missing-leaf"
