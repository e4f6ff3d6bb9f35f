"""A backup that can be trusted, and a restore that brings nothing erased back.

A backup is a folder: the database's dump, the encrypted vault, releases, reference data, the erasure journal, and a
manifest with every file's digest and the counts that a restore must reach. Keys are never in it. Row-level security is
forced on the owner too, so the guarded tables are dumped with every partnership in scope and restored as rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from hub.adapters.embedded import BINARIES
from hub.decision import Conflict, Tampered, Unavailable

FOLDERS = ("vault", "releases", "reference")
JOURNAL = "erasures.jsonl"
MANIFEST = "manifest.json"
DUMP = "database.sql"
GUARDED = ("pool_row", "pool_row_undated", "release", "download", "review_word")


@dataclass(frozen=True, slots=True)
class Account:
    """What a database holds, for comparing before and after: counts by table, and the ledger's size and frontier."""

    counts: dict[str, int]
    ledger: str


def _program(name: str) -> str:
    found = BINARIES / name
    return str(found) if found.exists() else (shutil.which(name) or name)


def _libpq(url: str, partnerships: str) -> tuple[list[str], dict[str, str]]:
    """Address as arguments, password and scope by the environment: neither is to be seen in a process list."""
    parts = make_url(url)
    words = ["-U", parts.username or "", "-d", parts.database or ""]
    host = parts.query.get("host") or parts.host
    if host:
        words += ["-h", str(host)]
    if parts.port:
        words += ["-p", str(parts.port)]
    scope = f"-c hub.partnerships={partnerships}"
    return words, os.environ | {"PGPASSWORD": parts.password or "", "PGOPTIONS": scope}


def _run(words: list[str], environment: dict[str, str], what: str) -> None:
    done = subprocess.run(words, env=environment, capture_output=True, check=False)  # noqa: S603 (our own words)
    if done.returncode != 0:
        raise Unavailable(f"{what} failed with status {done.returncode}")


def _connect(owner_url: str, partnerships: str = "") -> psycopg.Connection[Any]:
    return psycopg.connect(owner_url.replace("+psycopg", "", 1), options=f"-c hub.partnerships={partnerships}")


def _scope(owner_url: str) -> str:
    with _connect(owner_url) as db:
        return ",".join(r[0] for r in db.execute("select id from partnership order by id"))


def account(owner_url: str) -> Account:
    """Counts of every table, all partnerships in scope, and the ledger's stored tree."""
    with _connect(owner_url, _scope(owner_url)) as db:
        tables = [r[0] for r in db.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename !~ '^(pool_row_|procrastinate)'"
            " order by 1")]  # fmt: skip
        counts = {}
        for table in tables:
            row = db.execute(f"select count(*) from {table}".encode()).fetchone()  # noqa: S608 (names from the catalogue)
            counts[table] = row[0] if row else 0
        state = db.execute("select size, frontier from ledger_state").fetchone()
    assert state is not None
    return Account(counts, f"{state[0]}:{b''.join(state[1]).hex()}")


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def back_up(owner_url: str, data: Path, destination: Path) -> Account:
    """Write a backup into a new folder; what it holds. Raises `Conflict` when the folder exists."""
    if destination.exists():
        raise Conflict(f"{destination.name} exists; a backup is never written over another")
    making = destination.with_name(destination.name + ".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    before = account(owner_url)
    words, environment = _libpq(owner_url, _scope(owner_url))
    _run([_program("pg_dump"), *words, "--enable-row-security", "--rows-per-insert=500", "--no-owner", "-f",
          str(making / DUMP)], environment, "dumping the database")  # fmt: skip
    for name in FOLDERS:
        if (data / name).exists():
            shutil.copytree(data / name, making / name)
    if (data / JOURNAL).exists():
        shutil.copy2(data / JOURNAL, making / JOURNAL)
    files = {str(p.relative_to(making)): _digest(p) for p in sorted(making.rglob("*")) if p.is_file()}
    body = {"version": 1, "counts": before.counts, "ledger": before.ledger, "files": files}
    (making / MANIFEST).write_text(json.dumps(body, indent=1, sort_keys=True))
    making.rename(destination)
    return before


def check(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is what it was. Raises `Tampered` or `Unavailable`."""
    try:
        body: dict[str, Any] = json.loads((source / MANIFEST).read_text())
    except (OSError, ValueError) as wrong:
        raise Unavailable("this is no backup: its manifest cannot be read") from wrong
    for name, digest in body["files"].items():
        path = source / name
        if not path.is_file() or _digest(path) != digest:
            raise Tampered(f"the backup is damaged: {name} is not what was written")
    return body


def restore(owner_url: str, data: Path, source: Path) -> Account:
    """Restore a backup into an empty database and data folder; what stands there then, equal to the manifest.

    Raises `Tampered` for a damaged backup, `Conflict` where something is in the way or the counts differ.
    """
    body = check(source)
    if any((data / name).exists() for name in FOLDERS):
        raise Conflict("the data folder is not empty; restore into a fresh one")
    with _connect(owner_url) as db:
        row = db.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        if row and row[0]:
            raise Conflict("the database is not empty; restore into a fresh one")
        scope = body["counts"].get("partnership", 0)
    _load(owner_url, source / DUMP)
    for name in FOLDERS:
        if (source / name).exists():
            shutil.copytree(source / name, data / name)
    _keep_later_journal(source / JOURNAL, data / JOURNAL)
    now = account(owner_url)
    if now.counts != body["counts"] or now.ledger != body["ledger"]:
        raise Conflict(f"the restored database does not hold what the manifest says ({scope} partnerships)")
    return now


def _load(owner_url: str, dump: Path) -> None:
    """Run the dump. The owner is bound by row-level security, so the scope is opened to every partnership it names."""
    words, environment = _libpq(owner_url, ",".join(_named(dump)))
    # a dump resets the session's settings; the scope is not among them and stands for the whole session
    _run([_program("psql"), *words, "-q", "-X", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", str(dump)],
         environment, "loading the dump")  # fmt: skip
    with _connect(owner_url) as db:
        forced = db.execute("select bool_and(relforcerowsecurity) from pg_class where relname = any(%s)",
                            (list(GUARDED),)).fetchone()  # fmt: skip
    if forced != (True,):
        raise Tampered("row-level security is not forced after the restore")


def _named(dump: Path) -> list[str]:
    """The partnerships of a dump, from its rows of the table of that name."""
    found: list[str] = []
    with dump.open(encoding="utf-8") as source:
        inside = False
        for line in source:
            if line.startswith("INSERT INTO public.partnership VALUES"):
                inside = True
            if inside:
                start = line.find("('")
                if start >= 0:
                    found.append(line[start + 2 : line.index("'", start + 2)])
                if line.rstrip().endswith(";"):
                    return found
    return found


def _keep_later_journal(backed_up: Path, surviving: Path) -> None:
    """The journal that survived beside the lost database holds all the backup's has, and what came after."""
    if not backed_up.exists():
        return
    known = surviving.read_text().splitlines() if surviving.exists() else []
    more = [line for line in backed_up.read_text().splitlines() if line not in set(known)]
    with surviving.open("a", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in more)
