"""How is a malformed document told in plain English? Places and errors as words; never more of a text than fits a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from protocols.contract import Words

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a place in a document: `("party", 0, "deputy")`."""
MOST_LIKE = 200
"""Known words that a misspelt one is compared with."""
_SENTENCES = {
    "missing": "is missing",
    "string_type": 'must be text in quotes, such as "text"',
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": 'must be a list in square brackets, such as ["a", "b"]',
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table of keys and values",
    "string_pattern_mismatch": "is not of the form that is asked for here: {pattern}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}
"""Pydantic's kinds of error as sentences about the place; every kind of date is told alike."""


def printable(text: object, most: int = 80) -> str:
    """A word of somebody's text as it may be shown on one line: no control characters, not longer than `most`."""
    return "".join(c for c in str(text)[:most] if c.isprintable())


def place_words(path: Path, body: Mapping[str, Any]) -> str:
    """A place as a person finds it: `party northmoor-police.deputy`, `flow 1 (northmoor-police police-crime/1)`."""
    words = [printable(p) for p in path]
    if len(path) > 1 and isinstance(path[1], int):
        entries = body.get(str(path[0]))
        entry = entries[path[1]] if isinstance(entries, list) and path[1] < len(entries) else None
        known = entry if isinstance(entry, dict) else {}
        named = printable(known.get("agency", path[1] + 1))
        if path[0] == "flow":
            named = f"{path[1] + 1} ({printable(known.get('from', '?'))} {printable(known.get('dataset', '?'))})"
        words[:2] = [f"{words[0]} {named}"]
    return ".".join(words) or "document"


def _inner(annotation: Any) -> type[Words] | None:
    """The model within `Model`, `Model | None`, `tuple[Model, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, Words):
        return annotation
    return next((found for a in get_args(annotation) if (found := _inner(a))), None)


def _keys_at(path: Path, root: type[Words]) -> list[str]:
    """The keys that a document of this form may have in the table at this path."""
    at: type[Words] | None = root
    for step in path:
        if at is not None and isinstance(step, str):
            at = next((_inner(f.annotation) for f in at.model_fields.values() if f.alias == step), None)
    return [] if at is None else [str(f.alias) for f in at.model_fields.values()]


def nearest(word: object, known: Iterable[str]) -> str:
    """`; did you mean 'deputy'?` where a known word is near enough, else ""."""
    found = get_close_matches(printable(word), list(known)[:MOST_LIKE], 1, 0.6)
    return f"; did you mean '{found[0]}'?" if found else ""


def sentence(error: Any, root: type[Words]) -> str:
    """One of pydantic's errors as a sentence about its place; `root` is the form of the whole document."""
    kind, given = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        around = [step for step in error["loc"][:-1] if isinstance(step, str)]
        where = f"[{printable(around[-1])}]" if around else "a document"
        return f"is no key of {where}{nearest(error['loc'][-1], _keys_at(error['loc'][:-1], root))}"
    if kind in ("literal_error", "enum"):
        known = [w for w in re.findall(r"'([^']*)'", str(given.get("expected", ""))) if w]
        return f"is none of {', '.join(known)}{nearest(error['input'], known)}"
    if kind.startswith(("date_", "datetime_")):
        return "must be a date without quotes, such as 2026-04-01"
    return _SENTENCES.get(kind, "does not have the form that is asked for here").format(**given)
