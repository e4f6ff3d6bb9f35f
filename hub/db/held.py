"""What the pool holds of its sources, counted: how many rows, and in how many a field is filled or says something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.db.session import Tx

MOST = 20_000
"""Rows of a source that are counted: a page need not wait for more."""


@dataclass(frozen=True, slots=True)
class Question:
    """A source, fields of which it is asked whether they are filled, and clauses: a field and the values looked for."""

    agency: str
    dataset: str
    fields: tuple[str, ...]
    clauses: tuple[tuple[str, tuple[str, ...]], ...]


def count(tx: Tx, partnership: str, questions: Sequence[Question]) -> list[tuple[int, list[int], list[int]]]:
    """Per question: rows of the source in the pool, at most `MOST`; in how many each field is filled; how many each
    clause names."""
    values: dict[str, object] = {"partnership": partnership, "most": MOST}
    selects = [_select(number, question, values) for number, question in enumerate(questions)]
    if not selects:
        return []
    found = {r.n: r.told for r in tx.sql(" union all ".join(selects), **values)}
    return [
        (found[n][0], found[n][1 : 1 + len(q.fields)], found[n][1 + len(q.fields) :]) for n, q in enumerate(questions)
    ]


def _select(number: int, asked: Question, values: dict[str, object]) -> str:
    at = f"q{number}"
    values |= {f"{at}a": asked.agency, f"{at}d": asked.dataset}
    told = ["count(*)"]
    for n, name in enumerate(asked.fields):
        values[f"{at}f{n}"] = name
        told.append(f"count(*) filter (where p.fields ->> :{at}f{n} <> '')")
    for n, (name, said) in enumerate(asked.clauses):
        values |= {f"{at}c{n}": name, f"{at}v{n}": list(said)}
        told.append(f"count(*) filter (where p.fields ->> :{at}c{n} = any(:{at}v{n}))")
    return (
        f"select {number} as n, array[{', '.join(told)}] as told from (select fields from pool_row"  # noqa: S608
        f" where partnership_id = :partnership and agency_id = :{at}a and dataset = :{at}d and current limit :most) p"
    )
