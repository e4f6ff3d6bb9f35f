"""The intruder against the plain way, on releases with and without a leak."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.release.intruder import MOST_FOUND, attack, attacks, profiles

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
    found = attack(truth, released, knows, ["s", "f"])
    assert found["found"] == pytest.approx(sum(n == 1 for n in fits) / len(fits))
    assert found["chance"] == pytest.approx(sum(1 / n for n in fits) / len(fits), abs=1e-5)


def test_a_leak_of_the_offence_is_over_the_limit_and_withholding_ends_it() -> None:
    truth = pl.DataFrame({"occurred": ["2026-11"] * 6, "place": ["a"] * 6, "offence": list("uvwxyz")})
    leaky = attacks(truth, truth, ["occurred", "place"], ["offence"])
    assert max(f["found"] for f in leaky.values()) == 1.0 > MOST_FOUND
    safe = attacks(truth, truth.with_columns(offence=pl.lit("*")), ["occurred", "place"], ["offence"])
    assert {f["found"] for f in safe.values()} == {0.0}
    assert [f["chance"] for f in safe.values()] == pytest.approx([1 / 6] * len(safe), abs=1e-6)


def test_profiles_know_only_what_there_is() -> None:
    assert [p.knows for p in profiles(["place"], ["place"], [])] == [("place",), ("place",)]
    assert attacks(pl.DataFrame({"a": []}), pl.DataFrame({"a": []}), ["a"], []) == {
        name: {"found": 0.0, "chance": 0.0}
        for name in ("neighbour: where and when", "ex-partner or partner agency: everything")
    }
