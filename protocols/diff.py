"""What is different between two documents? Field by field, in words, and which way it goes: more flows, or less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from protocols.contract import Treatment
from protocols.schema import PLACE_FLOORS, SUPPRESSIONS, TIME_FLOORS, Document, treatment_of

KEYS = {"party": ("agency",), "flow": ("from", "dataset"), "lawful-basis": ("agency", "purpose"),
        "coarser-place": ("field",)}  # fmt: skip
"""What an entry of a list is known by, so that a moved entry is no difference."""
EXPOSURE = {Treatment.DROP: 0, Treatment.GEOCODE: 1, Treatment.REDACT: 2, Treatment.PSEUDONYMISE: 3,
            Treatment.BAND: 4, Treatment.GENERALISE: 4, Treatment.KEEP: 5}  # fmt: skip
ABSENT = "not there"
MORE, LESS = "more is shared than before", "less is shared than before"


class Change(NamedTuple):
    """One difference: the place, what stood there, what stands there, and what it means ("" where nothing is known)."""

    where: str
    before: str
    after: str
    meaning: str


def compare(old: Document, new: Document) -> list[Change]:
    """Every difference of two documents, in the order of the new one."""
    before, after = (d.model_dump(by_alias=True, mode="json") for d in (old, new))
    return list(_tables("", before, after))


def _tables(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key in [*new, *(k for k in old if k not in new)]:
        at = f"{where}.{key}" if where else key
        a, b = old.get(key), new.get(key)
        if a == b:
            continue
        if key in KEYS and isinstance(a or b, list):
            yield from _entries(where, key, a or [], b or [])
        elif isinstance(a or b, dict):
            yield from _tables(at, a or {}, b or {})
        else:
            yield Change(at, _shown(a), _shown(b), _meaning(where, key, a, b))


def _entries(where: str, key: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    def named(entry: dict[str, Any]) -> str:
        return " ".join(str(entry.get(k)) for k in KEYS[key])

    before, after = {named(e): e for e in old}, {named(e): e for e in new}
    for name in [*after, *(n for n in before if n not in after)]:
        at = f"{where}.{key} {name}" if where else f"{key} {name}"
        if name not in before:
            yield Change(at, ABSENT, "added", MORE if key == "flow" else "")
        elif name not in after:
            yield Change(at, "there", "taken out", LESS if key == "flow" else "")
        else:
            yield from _tables(at, before[name], after[name])


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return ABSENT
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _meaning(where: str, key: str, old: Any, new: Any) -> str:
    """Which way a change goes, where the field says so."""
    for name, order in (("place-floor", PLACE_FLOORS), ("time-floor", TIME_FLOORS)):
        if key == name and old in order and new in order:
            return LESS if order.index(new) > order.index(old) else MORE
    if where.endswith(".fields"):
        return _of_treatment(old, new)
    if key in ("fields", "datasets", "contributors", "formats") and where == "access":
        added, gone = set(new or []) - set(old or []), set(old or []) - set(new or [])
        return "; ".join(
            f"{word} {', '.join(sorted(some))}" for word, some in (("adds", added), ("leaves out", gone)) if some
        )
    if key == "leaves-as":
        return MORE if new == "pseudonymised" else LESS
    if where == "access.personal" and key == "pseudonyms":
        return MORE if set(new or []) - set(old or []) else LESS
    if key == "k" and isinstance(old, int) and isinstance(new, int):
        return LESS if new > old else MORE
    if key == "suppression" and {old, new} <= set(SUPPRESSIONS) and "none" in (old, new):
        return MORE if new == "none" else LESS
    return ""


def _of_treatment(old: Any, new: Any) -> str:
    ranks = []
    for words in (old, new):
        try:
            ranks.append(EXPOSURE[treatment_of(str(words))[0]] if words else -1)
        except ValueError:
            return ""
    if ranks[0] == ranks[1]:
        return ""
    return MORE if ranks[1] > ranks[0] else LESS
