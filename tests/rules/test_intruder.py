"""The intruder against the plain way; a seeded leak for each profile makes the gate fail, and its remedy ends it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.release import guard
from hub.release.intruder import MOST_FOUND, PARTNER, Profile, attack, attacks, over_limit, profiles

ROW = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["x", "y", None]), st.sampled_from("01"), st.booleans(), st.booleans()
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30), st.sampled_from([("q", "s", "f"), ("q",), ("s", "f"), ("q", "s")]))
def test_what_is_found_is_what_the_plain_way_finds(
    rows: list[tuple[str, str | None, str, bool, bool]], knows: tuple[str, ...]
) -> None:
    truth = pl.DataFrame([r[:3] for r in rows], schema={"q": pl.Utf8, "s": pl.Utf8, "f": pl.Utf8}, orient="row")
    said = [(q, "*" if a else s, "*" if b else f) for q, s, f, a, b in rows]
    released = pl.DataFrame(said, schema=truth.schema, orient="row")
    at = [truth.columns.index(c) for c in knows]
    fits = [
        sum(all(told[i] in (known[i], "*") if i else told[i] == known[i] for i in at) for told in released.iter_rows())
        for known in truth.iter_rows()
    ]
    found = attack(truth, released, Profile("x", knows), ["s", "f"])
    assert found["found"] == pytest.approx(sum(n == 1 for n in fits) / len(fits))
    assert found["chance"] == pytest.approx(sum(1 / n for n in fits) / len(fits), abs=1e-5)


QUASI, OTHERS = ["occurred", "place", "ward"], ["offence", "weapon"]


def crowd(*rows: tuple[str, ...]) -> pl.DataFrame:
    """A release in which nobody is found and nothing learnt, and these rows."""
    many = [(when, place, f"w-{place}", offence, weapon) for when in ("2026-10", "2026-11") for place in "ab"
            for offence in ("theft", "harm") for weapon in ("true", "false") for _ in range(3)]  # fmt: skip
    return pl.DataFrame([*many, *rows], schema=[*QUASI, *OTHERS], orient="row")


def test_in_a_crowd_nobody_is_found_and_chance_is_told() -> None:
    rows = crowd()
    found = attacks(rows, rows, QUASI, OTHERS)
    assert len(found) == 5
    assert not over_limit(found)
    for name, figures in found.items():
        assert figures["found"] == figures.get("learnt", 0.0) == 0.0, name
        assert 0 < figures["chance"] <= 1 / 3
    assert found[PARTNER]["chance"] == pytest.approx(1 / 12, abs=1e-4)
    assert found[PARTNER]["inferred"] == pytest.approx(found[PARTNER]["base"], abs=0.1)


# profile · rows that leak · what mends them
LEAKS = [
    ("neighbour: where and when", [("2026-11", "c", "w-a", "theft", "true")], lambda r: r.filter(pl.col("place") != "c")),
    ("colleague: when, and what happened", [("2026-11", "a", "w-a", "arson", "true")], lambda r: r.with_columns(offence=pl.lit("*"), weapon=pl.lit("*"))),
    ("journalist: when, which area, and the gist", [("2026-11", "a", "w-x", "theft", "true")], lambda r: r.with_columns(ward=pl.lit(None, pl.Utf8))),
    ("ex-partner: everything", [("2026-11", "a", "w-a", "arson", "true"), ("2026-11", "b", "w-b", "arson", "true")], lambda r: r.with_columns(offence=pl.lit("*"), weapon=pl.lit("*"))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "leak", "mend"), LEAKS)
def test_a_leak_to_each_profile_makes_the_gate_fail(name: str, leak: list[tuple[str, ...]], mend: object) -> None:
    rows = crowd(*leak)
    found = attacks(rows, rows, QUASI, OTHERS)
    assert over_limit(found)
    assert found[name]["found"] > MOST_FOUND
    assert callable(mend)
    kept = rows.with_columns(_n=pl.int_range(pl.len()))
    mended = mend(kept)
    truth = rows[mended["_n"].to_list()].with_columns(mended.select(QUASI))
    assert not over_limit(attacks(truth, mended.drop("_n"), QUASI, OTHERS))


def test_the_ex_partner_is_found_by_who_knows_it_all_alone() -> None:
    """Two arsons in a month: a colleague cannot tell them apart, a neighbour neither; who knows the place too can."""
    rows = crowd(*LEAKS[3][1])
    found = {n.split(":")[0]: f["found"] for n, f in attacks(rows, rows, QUASI, OTHERS).items()}
    assert found["ex-partner"] > MOST_FOUND
    assert (found["neighbour"], found["partner agency"]) == (0.0, 0.0)
    assert attack(rows, rows, Profile("colleague", ("occurred", *OTHERS)), OTHERS)["found"] == 0.0


def test_a_partner_that_sets_its_own_rows_aside_finds_the_one_that_is_left() -> None:
    rows = crowd()
    sources = pl.Series(["police"] * (rows.height - 1) + ["trust"])
    assert not over_limit(attacks(rows, rows, QUASI, OTHERS))
    mixed = attacks(rows, rows, QUASI, OTHERS, sources)
    assert mixed[PARTNER]["found"] == 1.0
    assert over_limit(mixed)
    half = pl.Series(["police", "trust"] * (rows.height // 2))
    assert not over_limit(attacks(rows, rows, QUASI, OTHERS, half))


def test_what_all_of_a_group_share_and_most_have_not_is_learnt_until_it_is_withheld() -> None:
    rows = crowd(*[("2026-11", "c", "w-c", "arson", "false")] * 5)
    found = attacks(rows, rows, QUASI, OTHERS)
    assert {f["found"] for f in found.values()} == {0.0}
    assert found[PARTNER]["learnt"] == pytest.approx(5 / rows.height)
    assert over_limit(found)
    hidden = guard.hide_certain(rows, QUASI, OTHERS)
    assert hidden.filter(pl.col("place") == "c")["offence"].unique().to_list() == ["*"]
    assert hidden.filter(pl.col("place") != "c").equals(rows.filter(pl.col("place") != "c"))
    assert hidden.filter(pl.col("place") == "c")["weapon"].unique().to_list() == ["false"], "most rows have it"
    assert not over_limit(attacks(rows, hidden, QUASI, OTHERS))


VALUES = st.sampled_from(["u", "v", "w", "*", None])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), VALUES, VALUES), min_size=1, max_size=25))
def test_hiding_leaves_nothing_certain_and_nobody_more_alone(rows: list[tuple[str, str | None, str | None]]) -> None:
    before = pl.DataFrame(rows, schema={"q": pl.Utf8, "s": pl.Utf8, "f": pl.Utf8}, orient="row")
    after = guard.hide_certain(before, ["q"], ["s", "f"])
    for column in ("s", "f"):
        told = [r for r in after.iter_rows(named=True) if r[column] != "*"]
        some = [r[column] for r in told if r[column] is not None]
        rare = {v for v in some if 2 * some.count(v) < len(some)}
        for group in {r["q"] for r in told}:
            values = {r[column] for r in told if r["q"] == group}
            assert len(values) > 1 or not values & rare
        was = zip(before[column], after[column], strict=True)
        assert all(b in (a, "*") for a, b in was)
    alike = before.select(n=pl.len().over("q", "s", "f"))["n"]
    assert (after.select(n=pl.len().over("q", "s", "f"))["n"] >= alike).all()


def test_who_errs_finds_less_and_never_by_mistake() -> None:
    rows = pl.DataFrame(
        {"occurred": [f"2026-{m:02d}" for m in range(1, 13)] * 20, "place": [str(n) for n in range(240)]}
    )
    sure = attack(rows, rows, Profile("x", ("occurred", "place")), [])
    unsure = attack(rows, rows, Profile("x", ("occurred", "place"), 0.5), [])
    assert sure["found"] == 1.0
    assert 0.3 < unsure["found"] < 0.7
    assert unsure["near"] >= unsure["found"]


def test_profiles_know_only_what_there_is() -> None:
    assert {p.knows for p in profiles(["place"], ["place"], [])} == {("place",)}
    nothing = attacks(pl.DataFrame({"a": []}), pl.DataFrame({"a": []}), ["a"], [])
    assert set(nothing) == {p.name for p in profiles(["a"], ["a"], [])}
    assert {tuple(f.values()) for f in nothing.values()} == {(0.0, 0.0, 0.0)}
