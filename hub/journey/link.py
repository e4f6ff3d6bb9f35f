"""How many people do a partnership's agencies have in common? Counts by keyed match keys; nobody is named or shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby

import polars as pl

from hub.db import pseudonym as stored
from hub.db.session import Database
from hub.depersonalise.link import people
from protocols.contract import Contract, Role

OF_ONE_PERSON = frozenset({Role.NHS, Role.NINO, Role.PNC, Role.CRO, Role.UPN})
"""Identifiers that no two people share. A phone, a car or an address may be a household's."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that can be linked, the people they are of, and how many of those two or more agencies know."""

    records: int
    people: int
    shared: int


def count_people(db: Database, contracts: Mapping[str, Contract], partnership: str) -> Counted:
    """Recognise the same person across the agencies of one partnership's pool. `db` acts as hub_intake."""
    with db.transaction([partnership]) as tx:
        rows = chain.from_iterable(stored.match_keys(tx, partnership))
        found = people(_records(rows, contracts))
    agencies = found.group_by("person").agg(pl.col("agency").n_unique())
    return Counted(found.height, agencies.height, int((agencies["agency"] > 1).sum()))


def _records(
    rows: Iterator[tuple[int, str, str, str, str]], contracts: Mapping[str, Contract]
) -> Iterator[tuple[int, str, str, str]]:
    """(row id, agency, subject, all keys) of each row's each person."""
    for (row, agency, dataset), fields in groupby(rows, key=lambda r: r[:3]):
        keys: dict[str, list[str]] = {}
        for *_, name, text in fields:
            if name.startswith("link."):
                keys.setdefault(name.removeprefix("link."), []).append(text)
                continue
            field = contracts[dataset].fields.get(name) if dataset in contracts else None
            if field is not None and field.role in OF_ONE_PERSON:
                keys.setdefault(field.subject or name, []).append(f"{field.role}={text}")
        yield from ((row, agency, subject, " ".join(texts)) for subject, texts in keys.items())
