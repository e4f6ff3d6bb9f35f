"""What was erased since a backup was made? A journal outside the database, so that a restore cannot bring it back.

One JSON line per withdrawn record, by keyed reference: written and synced before the withdrawal commits, so that at
worst it names a record whose withdrawal is about to be tried again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Erasure:
    """One withdrawn record: whose, of which dataset, its keyed reference, and the moment the agency said so."""

    agency: str
    dataset: str
    source_key: bytes
    made_at: datetime


def note_erasures(
    journal: Path, agency: str, dataset: str, keys: Iterable[bytes], made_at: datetime, at: datetime
) -> None:
    """Append withdrawn records to the journal, durable before this returns."""
    lines = [
        json.dumps(
            {
                "agency": agency,
                "dataset": dataset,
                "source_key": key.hex(),
                "made_at": made_at.isoformat(),
                "at": at.isoformat(),
            }
        )
        for key in keys
    ]
    if not lines:
        return
    content = ("\n".join(lines) + "\n").encode()
    journal_file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.write(journal_file, content) != len(content):  # one write: two batches' lines never mix
            raise OSError("the journal of erasures took a part only; is the disk full?")
        os.fsync(journal_file)
    finally:
        os.close(journal_file)


def read_erasures(journal: Path) -> Iterator[Erasure]:
    """The journal's records; a last line cut short by a crash is passed over (its withdrawal never committed)."""
    if not journal.exists():
        return
    with journal.open(encoding="utf-8") as source:
        for line in source:
            if not line.endswith("\n"):
                return
            body = json.loads(line)
            moment = datetime.fromisoformat(body["made_at"])
            yield Erasure(body["agency"], body["dataset"], bytes.fromhex(body["source_key"]), moment)
