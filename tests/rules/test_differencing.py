"""No region of two live releases differs by 1 … k-1 people: late rows, withdrawals, corrections, nested areas, totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.disclosure import Hierarchy, make_hierarchy, suppress
from hub.disclosure.differencing import Footprint, check_against, take_footprint
from hub.disclosure.hierarchy import leaves_of

KEY = b"a series' secret"
WARDS = [[f"L{n}", f"W{n // 2}", "*"] for n in range(6)]
BEATS = [[f"L{n}", f"B{(n + 1) // 2}", "*"] for n in range(6)]


def leaves() -> dict[str, dict[str, frozenset[str]]]:
    made = [make_hierarchy("place", WARDS), make_hierarchy("place", BEATS)]
    return leaves_of([h for h in made if isinstance(h, Hierarchy)])


def release(name: str, rows: Sequence[tuple[int, str, str]], columns: Sequence[str] = ("place", "sex")) -> Footprint:
    """A footprint of rows (record, place, sex), released at the given columns."""
    frame = pl.DataFrame(
        {"place": [p for _, p, _ in rows], "sex": [s for _, _, s in rows]}, schema={"place": pl.Utf8, "sex": pl.Utf8}
    )
    records = pl.Series([str(r) for r, _, _ in rows], dtype=pl.Utf8)
    return take_footprint(name, frame.select(columns), columns, records, KEY)


def rows(count: int, place: str = "L0", sex: str = "F", start: int = 0) -> list[tuple[int, str, str]]:
    return [(start + n, place, sex) for n in range(count)]


def test_growth_by_too_few_waits_and_only_the_new_rows_do() -> None:
    before, now = release("A", rows(10)), release("B", rows(12))
    done = check_against(now, [before], 5)
    assert done.held.to_list() == [10, 11]
    assert [(f.release, f.grown, f.added) for f in done.findings] == [("A", 1, 2)]


@pytest.mark.parametrize("count", [10, 15, 30])
def test_no_growth_or_enough_of_it_passes(count: int) -> None:
    done = check_against(release("B", rows(count)), [release("A", rows(10))], 5)
    assert done.settled
    assert not len(done.held)
    assert not done.findings


def test_a_withdrawal_takes_companions_with_it() -> None:
    done = check_against(release("B", rows(19)), [release("A", rows(20))], 5)
    assert [(f.shrunk, f.removed) for f in done.findings] == [(1, 1)]
    assert len(done.held) == 4


def test_a_class_that_could_not_stay_large_enough_goes_whole() -> None:
    done = check_against(release("B", rows(6)), [release("A", rows(7))], 5)
    assert len(done.held) == 6


def test_a_corrected_row_leaves_both_classes_unreadable() -> None:
    before = release("A", rows(12) + rows(12, "L5", start=100))
    now = release("B", [*rows(11), (11, "L5", "F"), *rows(12, "L5", start=100)])
    done = check_against(now, [before], 5)
    assert done.settled
    assert 11 in done.held.to_list()
    assert len(done.held) == 1 + 4


def test_a_corrected_sensitive_value_is_a_change_too() -> None:
    frame = pl.DataFrame({"place": ["L0"] * 12, "offence": ["O1"] * 12})
    records = pl.Series([str(n) for n in range(12)])
    before = take_footprint("A", frame, ["place"], records, KEY)
    corrected = frame.with_columns(offence=pl.Series(["O2"] + ["O1"] * 11))
    done = check_against(take_footprint("B", corrected, ["place"], records, KEY), [before], 5)
    assert done.findings[0].added == done.findings[0].removed == 1
    assert 0 in done.held.to_list()


def test_a_total_is_compared_with_its_parts() -> None:
    parts = release("A", rows(8, "L0") + rows(8, "L1", start=50))
    total = release(
        "B", [(r, "W0", s) for r, _, s in rows(8, "L0") + rows(8, "L1", start=50)] + rows(2, "W0", start=90)
    )
    assert not check_against(total, [parts], 5).findings
    done = check_against(total, [parts], 5, leaves())
    assert done.held.to_list() == [16, 17]


def test_areas_that_overlap_are_subtracted_where_one_lies_in_the_other() -> None:
    wards = release("A", [(n, "W0", "F") for n in range(9)] + [(n, "W1", "F") for n in range(20, 29)])
    beats = release("B", [(n, "B0", "F") for n in range(5)])  # B0 is L0 alone, inside W0: the rest of W0 is L1
    done = check_against(beats, [wards], 5, leaves())
    assert [f.shrunk for f in done.findings] == [1]  # nine in W0, five in B0: four in L1
    assert done.settled


def test_a_table_with_fewer_columns_is_summed_over() -> None:
    wide = release("A", rows(6, sex="F") + rows(6, sex="M", start=50))
    narrow = release("B", rows(6) + rows(6, start=50) + rows(1, start=99), columns=("place",))
    done = check_against(narrow, [wide], 5)
    assert done.held.to_list() == [12]


def test_rows_of_a_suppressed_class_stay_out() -> None:
    frame = pl.DataFrame({"place": ["*"] * 2 + ["L0"] * 6, "sex": ["*"] * 2 + ["F"] * 6})
    taken = take_footprint("A", frame, ["place", "sex"], pl.Series([str(n) for n in range(8)]), KEY)
    assert taken.classes["count"].to_list() == [6]
    assert taken.rows["class"].null_count() == 2


def test_another_key_shares_no_digest() -> None:
    frame, records = pl.DataFrame({"place": ["L0"] * 6}), pl.Series([str(n) for n in range(6)])
    one, two = (take_footprint("A", frame, ["place"], records, key) for key in (b"one", b"two"))
    assert not set(one.rows["record"]) & set(two.rows["record"])


Person = tuple[int, str, str]
people = st.dictionaries(
    st.integers(0, 60), st.tuples(st.sampled_from([f"L{n}" for n in range(6)]), st.sampled_from("FM")), max_size=60
).map(lambda found: [(r, p, s) for r, (p, s) in found.items()])


def coded(found: Sequence[Person], level: int, k: int) -> list[Person]:
    """Rows at one level of place, small groups held back."""
    label = {row[0]: row[level] for row in WARDS}
    frame = pl.DataFrame([(r, label[p], s) for r, p, s in found], schema=["r", "p", "s"], orient="row")
    return suppress(frame, ["p", "s"], k).frame.rows() if found else []


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(people, st.integers(0, 2)), min_size=1, max_size=3), people, st.integers(0, 2), st.integers(2, 5)
)
def test_after_holding_back_no_region_differs_by_a_few(
    live: list[tuple[list[Person], int]], now: list[Person], level: int, k: int
) -> None:
    candidate = coded(now, level, k)
    before = [coded(found, at, k) for found, at in live]
    done = check_against(
        release("now", candidate), [release(str(n), found) for n, found in enumerate(before)], k, leaves()
    )
    assert done.settled
    held = set(done.held.to_list())
    stays = [row for n, row in enumerate(candidate) if n not in held]
    stands_for = leaves()["place"]
    for other in before:
        for place, sex in {(p, s) for _, p, s in [*candidate, *other]}:
            mine, theirs = (
                {r for r, p, s in found if s == sex and stands_for[p] <= stands_for[place]} for found in (stays, other)
            )
            assert len(mine - theirs) in {0, *range(k, 99)}
            assert len(theirs - mine) in {0, *range(k, 99)} or not mine
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    for _, place, sex in stays:
        sizes[place, sex] += 1
    assert all(n >= k for n in sizes.values())


def test_the_replay_of_a_release_of_99_in_100_and_then_of_all() -> None:
    rng = np.random.default_rng(4)
    count = 20_000
    frame = pl.DataFrame(
        {"id": [str(n) for n in range(count)], "age": [f"{a}0+" for a in np.clip(rng.normal(3, 2, count), 0, 9).astype(int)],
         "ward": [f"W{w}" for w in (rng.gamma(1.2, 20, count)).astype(int)], "quarter": [f"Q{q}" for q in rng.integers(0, 8, count)]}
    )  # fmt: skip
    quasi = ["age", "ward", "quarter"]
    before, now = (suppress(some, quasi, 5).frame for some in (frame.head(count - count // 100), frame))
    taken = [take_footprint(n, f.drop("id"), quasi, f["id"], KEY) for n, f in (("A", before), ("B", now))]
    done = check_against(taken[1], [taken[0]], 5)
    assert done.findings[0].added > 0.6 * count // 100
    assert len(done.held) <= 0.01 * count
    stays = now.filter(~pl.int_range(pl.len()).is_in(done.held.implode()))
    after = check_against(take_footprint("B", stays.drop("id"), quasi, stays["id"], KEY), [taken[0]], 5)
    assert not after.findings
    assert not len(after.held)
