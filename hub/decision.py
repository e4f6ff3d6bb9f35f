"""May it, and if not, why? Verdicts as values, and the four faults that are exceptions.

A refusal is expected: a value with the rule and the reason, shown, logged and tested. A fault is not:
`NotFound`, `Conflict`, `Unavailable` (try again) and `Tampered` (stop and alarm). Anything else is a bug.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, by this rule, for this reason (fit to be shown to the person refused; never holds a row's value)."""

    rule: str
    reason: str

    def __bool__(self) -> Literal[False]:
        return False


@dataclass(frozen=True, slots=True)
class Allow:
    """Yes, by this rule (the clause that allows it)."""

    rule: str

    def __bool__(self) -> Literal[True]:
        return True


Decision = Allow | Refuse


class Fault(Exception):
    """Base of the four faults. The message is fit to be shown; it never holds a row's value."""


class NotFound(Fault):
    """There is no such thing, or none this caller may know of."""


class Conflict(Fault):
    """It cannot be done in the state things are in."""


class Unavailable(Fault):
    """Something needed is not there just now; trying again later is right."""


class Tampered(Fault):
    """Stored or signed content is not what it was. Stop and alarm."""
