"""What an intruder who knows all finds: nothing; and what two releases of one pool show by subtraction: nothing."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import disclosure
from hub.journey import gates
from hub.release import compare, guard, question
from hub.release.guard import WITHHELD

KEY = b"k" * 32
CELL = st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", "z", None]), st.sampled_from(["0", "1"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(CELL, min_size=3, max_size=60))
def test_nobody_is_alone_in_all_that_is_released_and_nothing_is_made_up(
    rows: list[tuple[str, str | None, str]],
) -> None:
    frame = pl.DataFrame(rows, schema={"q": pl.Utf8, "s": pl.Utf8, "f": pl.Utf8}, orient="row")
    frame = disclosure.suppress(frame, ["q"], 3).frame
    done = gates.withhold(frame, ["q"], ["s", "f"], KEY)
    assert done["q"].to_list() == frame["q"].to_list()
    for column in ("s", "f"):
        assert all(new in (old, WITHHELD) for new, old in zip(done[column], frame[column], strict=True))
    assert done.filter(pl.len().over("q", "s", "f") == 1).height == 0
    assert gates.withhold(frame, ["q"], ["s", "f"], KEY).equals(done)


def test_the_fixture_would_fail_without_it() -> None:
    """A seeded leak: k holds on the quasi-identifiers, and the offence singles people out all the same."""
    frame = pl.DataFrame({"q": ["a"] * 6, "s": list("uvwxyz")})
    assert disclosure.suppress(frame, ["q"], 5).suppressed == 0
    assert frame.filter(pl.len().over("q", "s") == 1).height == 6
    assert gates.withhold(frame, ["q"], ["s"], KEY)["s"].to_list() == [WITHHELD] * 6


def test_many_rows_keep_most_of_their_values() -> None:
    draw = random.Random(4)
    frame = pl.DataFrame({"q": [f"q{draw.randrange(300)}" for _ in range(20_000)],
                          "s": [draw.choice("aaaaabbbcd") for _ in range(20_000)],
                          "f": [draw.choice("0001") for _ in range(20_000)]})  # fmt: skip
    done = gates.withhold(frame, ["q"], ["s", "f"], KEY)
    cells = sum(int((done[c] == WITHHELD).sum()) for c in ("s", "f"))
    assert done.filter(pl.len().over("q", "s", "f") == 1).height == 0
    assert cells < 0.02 * 2 * frame.height


def test_what_the_recipients_questions_name_is_withheld_last() -> None:
    draw = random.Random(5)
    frame = pl.DataFrame({c: [draw.choice("abcdefgh") for _ in range(2_000)] for c in ("q", "s", "f")})
    frame = frame.with_columns(q=pl.col("q") + pl.int_range(2_000).mod(25).cast(pl.Utf8))
    asked = {w: gates.withhold(frame, ["q"], ["s", "f"], KEY, w) for w in ("s", "f")}
    lost = {w: [int((done[c] == WITHHELD).sum()) for c in ("s", "f")] for w, done in asked.items()}
    assert lost["s"][0] < lost["f"][0]
    assert lost["f"][1] < lost["s"][1]
    for wanted, done in asked.items():
        assert done.filter(pl.len().over("q", "s", "f") == 1).height == 0, wanted
    far = [compare.answers(frame, d, [question.Asked(date(2026, 11, 2), ("s",))]) for d in asked.values()]
    name = "question of 2026-11-02, by s: total variation"
    assert 0 < far[0][name] < far[1][name]


def test_two_copies_of_a_series_never_show_together_what_one_withholds(tmp_path: Path) -> None:
    """Without the earlier release's mask, the union of two copies that withhold different columns singles people out."""
    frame = pl.DataFrame({"q": ["a"] * 4, "s": ["x", "x", "y", "z"], "f": ["0", "1", "1", "0"]})
    row_ids = pl.Series("row_id", [11, 12, 13, 14])
    first = gates.withhold(frame, ["q"], ["s", "f"], KEY, "f")
    second = gates.withhold(frame, ["q"], ["s", "f"], KEY, "s")

    def together(*copies: pl.DataFrame) -> pl.DataFrame:
        joined = [[next((v for v in cell if v != WITHHELD), WITHHELD) for cell in zip(*(c[n] for c in copies), strict=True)]
                  for n in ("s", "f")]  # fmt: skip
        return pl.DataFrame({"q": frame["q"], "s": joined[0], "f": joined[1]})

    assert together(first, second).filter(pl.len().over("q", "s", "f") == 1).height > 0
    footprint = disclosure.take_footprint("earlier", frame.select("q"), ["q"], row_ids, KEY)
    gates.write(footprint, first, row_ids, tmp_path)
    masked = gates.still_withheld(frame.with_columns(row_ids), [tmp_path, tmp_path / "none"]).drop("row_id")
    later = gates.withhold(masked, ["q"], ["s", "f"], KEY, "s")
    assert together(first, later).equals(first)


def test_places_and_days_stand_for_what_lies_in_them() -> None:
    rows = pl.DataFrame(
        {"easting": [412_010, 412_990, 413_500], "northing": [403_010] * 3, "lsoa": ["L1", "L1", "L2"],
         "ward": ["W1"] * 3, "district": ["D"] * 3, "place_floor": ["grid-1m"] * 3, "time_floor": ["minute"] * 3,
         "time_precision": ["minute"] * 3,
         "occurred_from": pl.Series(["2026-01-05T10:00", "2026-02-06T11:00", "2026-05-01T01:00"]).str.to_datetime()}
    )  # fmt: skip
    found = gates.leaves(rows)
    place, time = found["place"], found["occurred"]
    assert place["412000403000"] < place["W1"]
    assert place["L1"] | place["L2"] == place["W1"] == place["D"]
    assert time["2026-01"] | time["2026-02"] == time["2026-Q1"]
    assert time["2026-01-05"] == time["2026-01"]


AREA = st.tuples(st.sampled_from("ab"), st.sampled_from(["W1", "W2", "W3", None]), st.sampled_from(["L1", "L2"]))


@settings(max_examples=100, deadline=None)
@given(st.lists(AREA, max_size=60))
def test_an_area_beside_a_square_never_makes_a_group_smaller_than_k(rows: list[tuple[str, str | None, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"q": pl.Utf8, "ward": pl.Utf8, "lsoa": pl.Utf8}, orient="row")
    frame = disclosure.suppress(frame, ["q"], 5).frame
    done = guard.blank_small_areas(frame, ["q"], ["ward", "lsoa"], 5)
    sizes = done.group_by("q", "ward", "lsoa").len()["len"].to_list()
    assert all(n >= 5 for n in sizes)
    for column in ("ward", "lsoa"):
        assert all(new in (old, None) for new, old in zip(done[column], frame[column], strict=True))
