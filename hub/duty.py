"""Was what SI 2007/1831 asks shared in time? Quarter by quarter: what is asked of whom, what came, what is due when.

Pure: sets of the Schedule, arrivals and a day go in. A quarter's information is due by the last day of the next quarter
(reg 2). A set counts as shared when the stretches of time that pooled batches say they are the whole of cover every
day of the quarter; the day on which the last of them came decides whether that was in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from protocols.law import PrescribedSet

ON_TIME, LATE, OVERDUE, DUE, RUNNING = "on-time", "late", "overdue", "due", "running"
STATES = (OVERDUE, DUE, RUNNING, LATE, ON_TIME)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter: the year and 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def next(self) -> Quarter:
        """The quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def due(self) -> date:
        """The day by which its information is to be shared."""
        return self.next.last

    @property
    def code(self) -> str:
        """`2026-Q3`."""
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pooled batch that is the whole of a stretch of days (both included), and the day on which the hub had it."""

    first: date
    last: date
    on: date


@dataclass(frozen=True, slots=True)
class Duty:
    """One set for one quarter: its state, days covered of all, batches, and the day on which it was complete."""

    set: PrescribedSet
    quarter: Quarter
    state: str
    covered: int
    days: int
    batches: int
    complete_on: date | None


def quarters(since: date, today: date, most: int) -> list[Quarter]:
    """The quarters from a day to today's, oldest first, the latest `most` of them."""
    first, last = Quarter.of(min(since, today)), Quarter.of(today)
    count = min(most, (last.year - first.year) * 4 + last.number - first.number + 1)
    numbers = [last.year * 4 + last.number - 1 - n for n in range(count)]
    return [Quarter(n // 4, n % 4 + 1) for n in reversed(numbers)]


def judge(asked: PrescribedSet, quarter: Quarter, arrivals: Iterable[Arrival], today: date) -> Duty:
    """How one set stands for one quarter today."""
    touching = sorted((a for a in arrivals if a.first <= quarter.last and a.last >= quarter.first), key=lambda a: a.on)
    missing = {quarter.first + timedelta(days=n) for n in range((quarter.last - quarter.first).days + 1)}
    days, complete_on = len(missing), None
    for one in touching:
        missing -= {d for d in missing if one.first <= d <= one.last}
        if not missing:
            complete_on = one.on
            break
    return Duty(
        asked, quarter, _state(quarter, complete_on, today), days - len(missing), days, len(touching), complete_on
    )


def _state(quarter: Quarter, complete_on: date | None, today: date) -> str:
    if complete_on is not None:
        return ON_TIME if complete_on <= quarter.due else LATE
    if today > quarter.due:
        return OVERDUE
    return DUE if today > quarter.last else RUNNING


def asked_of(sets: Sequence[PrescribedSet], agency_type: str) -> list[PrescribedSet]:
    """The sets that the Schedule asks of a kind of agency."""
    return [s for s in sets if agency_type in s.agency_types]
