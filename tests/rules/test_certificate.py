"""What a certificate measures, against a slow reference; when it expires; what differs from the release before."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.release import compare
from hub.release.certificate import as_file, expiry, measure, token_in

ROW = st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", None]), st.sampled_from("123"))


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=40))
def test_measures_equal_the_plain_way(rows: list[tuple[str, str | None, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"q1": pl.Utf8, "q2": pl.Utf8, "s": pl.Utf8}, orient="row")
    groups = defaultdict(list)
    for a, b, s in rows:
        groups[a, b].append(s)
    whole = Counter(s for *_, s in rows)
    far = max(sum(abs(Counter(g)[v] / len(g) - n / len(rows)) for v, n in whole.items()) / 2 for g in groups.values())
    found = measure(frame, ["q1", "q2"], ["s"])
    assert found.k == min(map(len, groups.values()))
    assert found.classes == len(groups)
    assert found.l == {"s": min(len(set(g)) for g in groups.values())}
    assert found.t["s"] == pytest.approx(far, abs=1e-4)
    assert found.unique_if_all_known == pytest.approx(sum(n == 1 for n in Counter(rows).values()) / len(rows), abs=1e-6)


def test_a_release_without_rows_claims_nothing() -> None:
    found = measure(pl.DataFrame(schema={"q": pl.Utf8, "s": pl.Utf8}), ["q"], ["s"])
    assert (found.k, found.classes, found.l, found.t) == (0, 0, {"s": 0}, {"s": 0.0})


@pytest.mark.parametrize(
    ("terms", "ends", "last"),
    [
        (["P3Y", "P12M"], [], date(2027, 1, 31)),
        (["P1M"], [], date(2026, 2, 28)),
        (["P11M"], [], date(2026, 12, 31)),
        (["P10D"], [], date(2026, 2, 10)),
        (["P3Y"], [date(2026, 6, 1)], date(2026, 6, 1)),
    ],
)
def test_the_first_end_counts(terms: list[str], ends: list[date], last: date) -> None:
    assert expiry(date(2026, 1, 31), terms, ends) == last


def test_what_people_read_is_what_was_signed() -> None:
    token = "e30." + "eyJhIjoxfQ" + ".c2ln"  # {"a":1}
    content = as_file(token)
    assert token_in(content) == token
    assert token_in(content.replace(b'"a": 1', b'"a": 2')) is None
    for wrong in (b"", b"[]", b"{}", b'{"jws": 1, "certificate": {}}', b'{"jws": "x", "certificate": {}}', b"\xff"):
        assert token_in(wrong) is None


def test_changes_are_told_in_figures_and_words() -> None:
    before = pl.DataFrame({"event_id": ["1", "2", "3"], "kind": ["a", "b", None], "old": ["x"] * 3})
    now = pl.DataFrame({"event_id": ["2", "3", "4", "5"], "kind": ["c", None, "d", "e"]})
    found = compare.changes(now, before, 7)
    assert (found["new"], found["gone"], found["changed"]) == (2, 1, 1)
    assert (
        found["words"]
        == "2 rows are new, 1 are gone and 1 have changed since release 7; of the columns, old was taken out."
    )


def test_what_has_more_rows_than_before_is_off_by_no_more_than_that() -> None:
    """Rows whose ward was blanked are more without a ward than were read."""
    read = pl.DataFrame({"ward": ["a"] * 8 + [None] * 2})
    found = compare.utility(read, pl.DataFrame({"ward": ["a"] * 4 + [None] * 6}))
    assert found["counts by ward: mean relative error"] == pytest.approx((0.5 + 2.0) / 2)


def test_utility_is_exact_where_nothing_was_lost() -> None:
    frame = pl.DataFrame({"ward": ["a", "a", "b"], "kind": ["x", "y", "y"]})
    assert set(compare.utility(frame, frame).values()) == {0.0, 1.0}
    lost = compare.utility(frame, frame.head(2))
    assert lost["share of rows kept"] == pytest.approx(2 / 3, abs=1e-6)
    assert lost["counts by ward: mean relative error"] == 0.5
    assert lost["shares by ward: total variation"] == pytest.approx(1 / 3, abs=1e-6)
