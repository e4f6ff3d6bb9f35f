"""What was shared in time: quarters, days covered, and the day that decides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub import duty
from hub.duty import Arrival, Quarter
from protocols.law import shipped_law

SET = shipped_law().sets["2"]
Q3 = Quarter(2026, 3)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("on", "code", "first", "last", "due"),
    [
        ("2026-07-01", "2026-Q3", "2026-07-01", "2026-09-30", "2026-12-31"),
        ("2026-12-31", "2026-Q4", "2026-10-01", "2026-12-31", "2027-03-31"),
        ("2028-02-29", "2028-Q1", "2028-01-01", "2028-03-31", "2028-06-30"),
    ],
)
def test_quarters_of_the_calendar(on: str, code: str, first: str, last: str, due: str) -> None:
    found = Quarter.of(date.fromisoformat(on))
    assert (found.code, str(found.first), str(found.last), str(found.due)) == (code, first, last, due)


WHOLE = (day("07-01"), day("09-30"))
HALVES = ((day("07-01"), day("08-15")), (day("08-16"), day("10-02")))


@pytest.mark.parametrize(
    ("arrivals", "today", "state", "covered"),
    [
        ([], day("09-30"), duty.RUNNING, 0),
        ([], day("10-01"), duty.DUE, 0),
        ([], day("12-31"), duty.DUE, 0),
        ([], date(2027, 1, 1), duty.OVERDUE, 0),
        ([Arrival(*WHOLE, day("12-31"))], date(2027, 1, 1), duty.ON_TIME, 92),
        ([Arrival(*WHOLE, date(2027, 1, 1))], date(2027, 1, 1), duty.LATE, 92),
        ([Arrival(*HALVES[0], day("10-05"))], day("10-06"), duty.DUE, 46),
        ([Arrival(*HALVES[1], date(2027, 1, 2)), Arrival(*HALVES[0], day("10-05"))], date(2027, 1, 2), duty.LATE, 92),
        # sent again after the due day: it was complete in time
        ([Arrival(*WHOLE, day("10-05")), Arrival(*WHOLE, date(2027, 2, 1))], date(2027, 2, 1), duty.ON_TIME, 92),
        ([Arrival(day("07-01"), day("07-31"), day("08-01")), Arrival(day("07-15"), day("09-29"), day("10-01"))],
         date(2027, 1, 1), duty.OVERDUE, 91),  # a day is missing
        ([Arrival(day("04-01"), day("06-30"), day("07-01"))], day("10-06"), duty.DUE, 0),  # another quarter's
    ],
)  # fmt: skip
def test_how_a_quarter_stands(arrivals: list[Arrival], today: date, state: str, covered: int) -> None:
    found = duty.judge(SET, Q3, arrivals, today)
    assert (found.state, found.covered, found.days) == (state, covered, 92)
    assert duty.judge(SET, Q3, reversed(arrivals), today) == found


def test_quarters_from_a_day_to_today() -> None:
    assert [q.code for q in duty.quarters(day("04-01"), day("11-23"), 12)] == ["2026-Q2", "2026-Q3", "2026-Q4"]
    assert [q.code for q in duty.quarters(date(2020, 1, 1), day("11-23"), 2)] == ["2026-Q3", "2026-Q4"]
    assert [q.code for q in duty.quarters(day("11-23") + timedelta(days=99), day("11-23"), 9)] == ["2026-Q4"]


def test_each_set_is_asked_of_its_holders() -> None:
    sets = shipped_law().set
    found = {
        kind: [s.paragraph for s in duty.asked_of(sets, kind)]
        for kind in ("police", "fire", "council", "health", "probation")
    }
    assert found == {"police": ["1", "2"], "fire": ["3", "4"], "council": ["5", "6", "7"],
                     "health": ["8", "9", "10", "11"], "probation": []}  # fmt: skip
