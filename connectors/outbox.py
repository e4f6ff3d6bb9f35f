"""What is still to be sent, and what came back? A durable queue that survives a kill at any point.

SQLite (WAL, synchronous=FULL) beside the files to send. A file is synced before its row is committed, and its row
says how far it got; manifests are named after their content, so that sending again is no second sending.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCHEMA = """
create table if not exists outgoing (
  manifest_id text primary key,
  manifest_jws text not null,
  manifest text not null,
  file text not null,
  state text not null check (state in ('queued', 'delivered', 'finished', 'refused')),
  batch text,
  receipt text,
  result text,
  rule text not null default '',
  reason text not null default '',
  queued_at text not null,
  changed_at text not null
);
create table if not exists report (
  manifest_id text not null, line integer not null, side text not null,
  column_name text not null, rule text not null, reason text not null
);
create table if not exists known (name text primary key, body text not null);
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One extract in the outbox."""

    manifest_id: str
    manifest_jws: str
    manifest: str
    file: Path
    state: str
    batch: str | None
    receipt: str | None
    result: str | None
    rule: str
    reason: str


class Outbox:
    """The outbox in a folder (mode 0700)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        with self._open() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.folder / "outbox.sqlite", timeout=60)
        try:
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = full")
            with db:
                yield db
        finally:
            db.close()

    def path_for(self, name: str) -> Path:
        """Where a file to send may be written."""
        return self.folder / name

    def put(self, manifest_id: str, jws: str, manifest: str, made: Path, now: datetime) -> Path:
        """Queue a finished file; the same extract again is the same entry. Where it lies."""
        final = self.folder / f"{manifest_id}.parquet"
        _sync(made)
        made.rename(final)
        _sync(self.folder)
        with self._open() as db:
            db.execute(
                "insert into outgoing (manifest_id, manifest_jws, manifest, file, state, queued_at, changed_at)"
                " values (?, ?, ?, ?, 'queued', ?, ?) on conflict (manifest_id) do update set state = 'queued',"
                " manifest_jws = excluded.manifest_jws, manifest = excluded.manifest, rule = '', reason = ''"
                " where outgoing.state = 'refused'",  # what was refused may be tried again; what was sent is not
                (manifest_id, jws, manifest, final.name, now.isoformat(), now.isoformat()),
            )
        found = self.get(manifest_id)
        if found is not None and found.state == "finished":
            final.unlink(missing_ok=True)
        return final

    def get(self, manifest_id: str) -> Outgoing | None:
        """One entry."""
        return next(iter(self._select("where manifest_id = ?", manifest_id)), None)

    def waiting(self) -> list[Outgoing]:
        """What has not been delivered, or has no result yet, oldest first."""
        return self._select("where state in ('queued', 'delivered') order by queued_at")

    def everything(self) -> list[Outgoing]:
        """All entries, oldest first."""
        return self._select("order by queued_at")

    def _select(self, where: str, *values: str) -> list[Outgoing]:
        columns = "manifest_id, manifest_jws, manifest, file, state, batch, receipt, result, rule, reason"
        with self._open() as db:
            rows = db.execute(f"select {columns} from outgoing {where}", values).fetchall()  # noqa: S608 (our own words)
        return [Outgoing(r[0], r[1], r[2], self.folder / r[3], *r[4:]) for r in rows]

    def mark(self, manifest_id: str, state: str, now: datetime, **facts: str) -> None:
        """Write down how far an entry got: its batch, receipt, result, or the rule that refused it."""
        sets = "".join(f", {name} = ?" for name in facts)
        with self._open() as db:
            db.execute(
                f"update outgoing set state = ?, changed_at = ?{sets} where manifest_id = ?",  # noqa: S608
                (state, now.isoformat(), *facts.values(), manifest_id),
            )
        if state in ("finished", "refused"):
            found = self.get(manifest_id)
            if found is not None:
                found.file.unlink(missing_ok=True)  # the hub holds it, or never will: it need not lie here any longer

    def keep_report(self, manifest_id: str, side: str, faults: list[tuple[int, str, str, str]]) -> None:
        """Keep where rows went wrong, at the source or at the hub: line, column, rule, reason."""
        with self._open() as db:
            db.execute("delete from report where manifest_id = ? and side = ?", (manifest_id, side))
            db.executemany(
                "insert into report values (?, ?, ?, ?, ?, ?)",
                [(manifest_id, line, side, column, rule, reason) for line, column, rule, reason in faults],
            )

    def report(self, manifest_id: str) -> list[tuple[str, int, str, str, str]]:
        """(side, line, column, rule, reason) of an entry's rows that went wrong."""
        with self._open() as db:
            return db.execute(
                "select side, line, column_name, rule, reason from report where manifest_id = ? order by side, line",
                (manifest_id,),
            ).fetchall()

    def know(self, name: str, body: str) -> None:
        """Remember something the hub said, for when it cannot be reached."""
        with self._open() as db:
            db.execute(
                "insert into known values (?, ?) on conflict (name) do update set body = excluded.body", (name, body)
            )

    def known(self, name: str) -> str | None:
        """What the hub last said."""
        with self._open() as db:
            row = db.execute("select body from known where name = ?", (name,)).fetchone()
        return row[0] if row else None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
