"""Which dates does a text name? Every spelling met in notes, and the days that each may mean."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
MONTH = (r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
         r"|nov(?:ember)?|dec(?:ember)?)")  # fmt: skip
YEAR = r"(?:(?:19|20)\d\d|'?\d\d)"
DATE = re.compile(
    rf"(?<![\d/.])(?:"
    rf"(?P<y>(?:19|20)\d\d)(?P<s1>[-/. ]?)(?P<m>[01]\d)(?P=s1)(?P<d>[0-3]\d)"
    rf"|(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?(?: day)?(?: of|,)?[-/. ]{{0,2}}(?P<m2>{MONTH})[-/., ]{{0,3}}(?P<y2>{YEAR})"
    rf"|(?P<m3>{MONTH})[-/. ]{{1,2}}(?:the )?(?P<d3>[0-3]?\d)(?:st|nd|rd|th)?,? {{0,2}}(?P<y3>{YEAR})"
    rf"|(?P<y6>(?:19|20)\d\d)[-/., ]{{1,2}}(?P<m6>{MONTH})[-/., ]{{1,2}}(?P<d6>[0-3]?\d)(?:st|nd|rd|th)?"
    rf"|(?P<d4>[0-3]?\d)(?P<s4> ?[-/.\\] ?| )(?P<m4>[0-3]?\d)(?P=s4)(?P<y4>(?:19|20)\d\d|\d\d)"
    rf"|(?P<d5>[0-3]\d)(?P<m5>[0-3]\d)(?P<y5>(?:19|20)\d\d|\d\d)"
    rf")(?!\d|[/]\d)"
)  # fmt: skip
"""On folded text."""
Days = frozenset[tuple[int, int, int]]


def find_dates(folded: str, at: int = 0, to: int = 1 << 62) -> list[tuple[int, int, Days]]:
    """(start, end, days it may mean) of each date between two places; two-digit years in either century, day and month in either order."""
    found = []
    for match in DATE.finditer(folded, at, to):
        meant = _days(match)
        if meant:
            found.append((*match.span(), meant))
    return found


PARTS = {
    f"{last}{n}": (f"y{n}", f"m{n}", f"d{n}")
    for last, n in (("d", ""), ("y", "2"), ("y", "3"), ("y", "4"), ("y", "5"), ("d", "6"))
}
"""The last group of each way to write a date → its year, month and day."""


def _days(match: re.Match[str]) -> Days:
    return _meant(*match.group(*PARTS[match.lastgroup or ""]))


@lru_cache(maxsize=4096)
def _meant(year: str, month: str, day: str) -> Days:
    """The days that parts of a date may mean. Kept, since a note says its record's dates again."""
    short = year.lstrip("'")
    years = [int(short)] if len(short) == 4 else [1900 + int(short), 2000 + int(short)]
    number = int(month) if month.isdigit() else MONTHS[month[:3]]
    pairs = [(number, int(day)), (int(day), number)] if month.isdigit() else [(number, int(day))]
    return frozenset([(y, m, d) for y in years for m, d in pairs if _is_date(y, m, d)])


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
