"""What is missing or unsafe at this site? Each finding says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from hub.adapters import areas, gazetteer, keys, lockbox, wordbox
from hub.adapters.oidc import read_providers
from hub.adapters.settings import Settings
from hub.db import protocol as protocols
from hub.db import session
from hub.db.session import Tx
from hub.decision import Unavailable
from hub.lifecycle import IN_FORCE, SIGNED

Level = Literal["ok", "warn", "missing", "unsafe"]
GUARDED = ("pool_row", "pool_row_undated", "release", "download")
WALLED = ("batch_key", "piece", "quarantine", "staging_row", "pool_key")
LEAST_FREE = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    level: Level
    what: str
    advice: str = ""


def examine(settings: Settings, app_url: str, reference: Path, frontend: Path) -> list[Finding]:
    """Look at database, keys, folders, reference data and assets."""
    found = [*_keys(settings), *_folders(settings), *_pages(settings, frontend), *_callers(settings)]
    try:
        with session.opened(app_url, "hub_release") as tx:
            found += [*walls(tx), *_reference(tx, reference), *_workers(tx)]
    except SQLAlchemyError:
        found.append(Finding("missing", "the database does not answer", "see HUB_DATABASE_URL and `hub migrate`"))
    return found


def _keys(settings: Settings) -> Iterator[Finding]:
    refusal = settings.check_keys()
    if refusal is not None:
        yield Finding("unsafe", "keys lie in the data folder", "set HUB_KEYS_DIR to a folder outside HUB_DATA_DIR")
    for name in (keys.KEK, keys.SIGNING, keys.PSEUDONYMS, keys.RELEASES, wordbox.REVIEW, lockbox.PEOPLE):
        path = settings.keys / name
        if not path.exists():
            yield Finding("missing", f"key file {name}", "run `hub keys new`")
        elif path.stat().st_mode & 0o077:
            yield Finding("unsafe", f"key file {name} can be read by others", f"chmod 600 {name}")
        else:
            yield Finding("ok", f"key file {name}")


def _folders(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE:
        yield Finding("warn", f"{free // 1024**2} MiB are free in the data folder", "make room, or run `hub purge`")
    if settings.data_dir.stat().st_mode & 0o006:
        yield Finding("unsafe", "the data folder can be read by others", "chmod 700 the data folder")
    else:
        yield Finding("ok", "the data folder is private")


def _pages(settings: Settings, frontend: Path) -> Iterator[Finding]:
    if not (frontend / "govuk-frontend.min.css").exists():
        yield Finding("missing", "GOV.UK Frontend is not installed", "run `make setup`")
    if settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.public_url.startswith("https://"):
        yield Finding(
            "unsafe", "it listens beyond this machine without TLS", "set HUB_PUBLIC_URL to https://…, behind a proxy"
        )


def _callers(settings: Settings) -> Iterator[Finding]:
    """Those who vouch for people, and what proves machines."""
    try:
        known = read_providers(settings.oidc)
    except Unavailable as wrong:
        yield Finding("missing", str(wrong), "put the file of HUB_OIDC right; nobody signs in until then")
    else:
        yield Finding("ok", f"{len(known)} services that people may sign in through")
    if settings.client_certificates == "required" and not settings.client_certificate_header:
        yield Finding("missing", "client certificates are required, and no proxy tells them",
                      "set HUB_CLIENT_CERTIFICATE_HEADER; every machine is refused until then")  # fmt: skip


def walls(tx: Tx) -> Iterator[Finding]:
    """Do the database's own walls stand: row-level security, and tables that the release role cannot read?"""
    role = tx.sql("select rolsuper, rolbypassrls from pg_roles where rolname = session_user").one()
    if role.rolsuper or role.rolbypassrls:
        yield Finding("unsafe", "the application signs in as a role above row-level security", "use the login hub_app")
    else:
        yield Finding("ok", "the application's role is bound by row-level security")
    loose = tx.sql(
        "select relname from pg_class where relname = any(:names) and not relforcerowsecurity", names=list(GUARDED)
    )
    for row in loose:
        yield Finding(
            "unsafe", f"row-level security is not forced on {row.relname}", "restore the schema: `hub migrate`"
        )
    for table in WALLED:
        if tx.sql("select has_table_privilege('hub_release', :table, 'select')", table=table).scalar():
            yield Finding("unsafe", f"the release role can read {table}", f"revoke select on {table} from hub_release")  # noqa: S608 (our own table name)


def _reference(tx: Tx, reference: Path) -> Iterator[Finding]:
    loaded = areas.loaded_codes(reference, "district")
    named = {
        code
        for stored in protocols.all_protocols(tx)
        if stored.state in (IN_FORCE, SIGNED) and stored.document.area is not None
        for code in stored.document.area.codes
    }
    missing = sorted(named - loaded)
    if missing:
        yield Finding(
            "missing", f"boundaries of {', '.join(missing)}", "run `hub areas load`; batches are held until then"
        )
    else:
        yield Finding("ok", f"boundaries of {len(named)} districts that protocols name")
    if "postcodes" not in gazetteer.open_gazetteer(reference).tables:
        yield Finding("warn", "no postcodes are loaded", "run `hub gazetteer load` with Code-Point Open")


def _workers(tx: Tx) -> Iterator[Finding]:
    waiting = tx.sql("select count(*) from batch where state = 'stored'").scalar()
    held = tx.sql("select count(*) from batch where state = 'held'").scalar()
    if held:
        yield Finding("warn", f"{held} batches are held for a person", "see the batches' pages")
    yield Finding("ok", f"{waiting} batches wait for a worker")
