"""A small hub to look at: two partnerships, people of every role, batches, a draft, releases. All of it made up."""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from fastapi import FastAPI

from hub.access import Caller
from hub.adapters import keys, lockbox, vault, wordbox
from hub.adapters.durable import write_durably
from hub.adapters.redactor import RedactionProcess
from hub.adapters.reference import Reference
from hub.adapters.settings import Settings
from hub.db import batch as batches
from hub.db import people
from hub.db import protocol as protocols
from hub.journey import publish
from hub.journey.account import session
from hub.journey.agree import draft
from hub.journey.desk import LOCAL, Desk
from hub.journey.locate import Locating
from hub.journey.publish import Publishing
from hub.journey.receive import Receiving
from hub.journey.review import Reviewing
from hub.web.app import create_app
from hub.web.locate import add_locating
from hub.web.pages import PageSettings, add_pages
from protocols.assertion import RelyingParty
from protocols.contract import shipped_contracts
from protocols.schema import parse_document
from protocols.wire import Counts, Manifest, RowFault, Window
from tests.conftest import ROOT, Databases

PER_MINUTE = 1200
PSEUDONYMS = keys.PseudonymRoot(1, b"p" * 32)
PASSWORD = "a long enough demonstration"
NORTHMOOR, AVON = "northmoor-csp", "avon-csp"
IN_FORCE = ("northmoor-csp", "northmoor-violence", "northmoor-analyst-violence", "avon-csp", "avon-street",
            "avon-analyst")  # fmt: skip
CAST = {
    "officer": ("Olive Harrow", "northmoor-police", ((NORTHMOOR, "liaison-officer"),)),
    "second": ("Piers Lockyer", "northmoor-council", ((NORTHMOOR, "liaison-officer"),)),
    "third": ("Thea Marlow", "northmoor-police", ((NORTHMOOR, "liaison-officer"),)),
    "analyst": ("Anwen Bright", "northmoor-council", ((NORTHMOOR, "analyst"),)),
    "auditor": ("Audra Keen", "northmoor-council", ((NORTHMOOR, "auditor"),)),
    "operator": ("Otis Mill", "northmoor-council", ((NORTHMOOR, "operator"),)),
    "outsider": ("Avril Strange", "avon-and-somerset-police", ((AVON, "liaison-officer"), (AVON, "auditor"))),
    "admin": ("Ada Winter", "northmoor-council", ((NORTHMOOR, "administrator"),)),
    "chief": ("Cass Bellamy", "northmoor-council", ((NORTHMOOR, "signatory"),)),
    "nobody": ("Nora Plain", "northmoor-council", ()),
}


@cache
def password_hash() -> str:
    """One hash for everybody, made quickly: the real hub's takes its time on purpose."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class World:
    """The hub under test, and the ids of what stands in it."""

    app: FastAPI
    databases: Databases
    desk: Desk
    publishing: Publishing
    reviewing: Reviewing
    redactor: RedactionProcess
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, who: str) -> str:
        """A session of somebody, begun without a password."""
        if who not in self.tokens:
            self.tokens[who] = f"token-of-{who}-{uuid.uuid4().hex}"
            self.begin(self.tokens[who], who)
        return self.tokens[who]

    def begin(self, token: str, who: str) -> None:
        """Begin a session by its token."""
        now = self.desk.now()
        with self.databases.release.transaction() as tx:
            people.start_session(
                tx, hashlib.sha256(token.encode()).hexdigest(), self.people[who], now, now + self.desk.session_life
            )

    def caller(self, who: str) -> Caller:
        """Somebody as the rules see them."""
        signed = session(self.desk, self.token(who))
        assert signed is not None
        return signed.caller


def build(
    databases: Databases, folder: Path, now: Callable[[], datetime], public_url: str = "", demo: bool = False,
    party: RelyingParty = LOCAL,
) -> World:  # fmt: skip
    """The application over these databases, with nothing in it yet."""
    keys_dir = folder / "keys"
    if not keys_dir.exists():
        keys_dir.mkdir()
        write_durably(keys_dir / keys.SIGNING, keys.new_signing())
        write_durably(keys_dir / wordbox.REVIEW, wordbox.new_review())
        write_durably(keys_dir / lockbox.PEOPLE, lockbox.new_people())
    reviewing = Reviewing(databases.release, wordbox.read_wordbox(keys_dir), now)
    redactor = RedactionProcess([sys.executable, "-m", "hub", "redactor"])
    signer = keys.read_signer(keys_dir)
    contracts = shipped_contracts()
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    desk = Desk(databases.release, contracts, now, hasher=quick, party=party, box=lockbox.LockBox(keys_dir))
    publishing = Publishing(databases.release, signer, contracts, folder / "releases", now, b"r" * 32,
                            keyring=PSEUDONYMS.keyring)  # fmt: skip
    receiving = Receiving(databases.intake, vault.Vault(folder / "vault", vault.new_keys()), signer, contracts,
                          64 * 1024 * 1024, now)  # fmt: skip
    app = create_app(receiving, redactor)
    add_locating(app, Locating(databases.intake, Reference(folder / "reference"), PER_MINUTE, now))
    frontend = ROOT / "node_modules" / "govuk-frontend" / "dist" / "govuk"
    add_pages(
        app,
        desk,
        publishing,
        PageSettings(public_url, frontend, demo, Settings(_env_file=None).shown),
        reviewing,
        redactor,
    )
    return World(app, databases, desk, publishing, reviewing, redactor)


def text_of(name: str) -> str:
    """A shipped protocol document."""
    return (ROOT / "protocols" / "documents" / f"{name}.toml").read_text(encoding="utf-8")


def fill(world: World) -> World:
    """Protocols, people, batches and releases."""
    now = world.desk.now()
    with world.databases.release.transaction() as tx:
        for name in IN_FORCE:
            document = parse_document(text_of(name))
            protocols.insert(tx, document, text_of(name), "importer", now - timedelta(days=30))
            protocols.set_state(tx, document.id, document.protocol.version, "in-force")
        for who, (name, agency, roles) in CAST.items():
            world.people[who] = str(uuid.uuid4())
            people.insert(tx, people.Person(world.people[who], who, name, agency, password_hash(), None), now)
            people.set_roles(tx, world.people[who], roles)
    newer = text_of("northmoor-violence").replace("version = 1", "version = 2", 1)
    draft(world.desk, world.caller("officer"), newer)
    _fill_batches(world)
    _fill_releases(world)
    return world


def references(world: World, *names: str) -> tuple[str, ...]:
    """Protocols as batches name them: `id/version@digest`."""
    with world.databases.release.transaction() as tx:
        known = {s.document.id: s for s in protocols.all_protocols(tx) if s.state == "in-force"}
    return tuple(f"{n}/{known[n].document.protocol.version}@{known[n].digest[:12]}" for n in names)


def add_batch(world: World, agency: str, dataset: str, purpose: str, under: tuple[str, ...], state: str) -> str:
    """A batch as intake and worker would have left it."""
    now, batch = world.desk.now(), str(uuid.uuid4())
    manifest = Manifest(
        id=f"night-{uuid.uuid4().hex}", agency=agency, dataset=dataset, purpose=purpose, mode="snapshot",
        format="parquet", columns=("a",), rows=1240, bytes=10, sha256="0" * 64, made_at=now,
        window=Window(first=(now - timedelta(days=30)).date(), last=now.date()), native_rows=1242, held_at_source=2,
    )  # fmt: skip
    counts = Counts(
        declared=1240, accepted=1232, quarantined=8, pooled=1180, superseded=12, out_of_area=39, gate_held=1
    )
    quality = {"methods": {"easting-northing": 900, "postcode": 280, "none": 52}, "placed": 1180,
               "geo_faults": {"place.zero": 9}, "ambiguous_hours": 3, "redacted_notes": 410,
               "seconds": {"geocode": 0.2}, "unkeyed": 0}  # fmt: skip
    with world.databases.intake.transaction() as tx:
        batches.insert(tx, batch, manifest, "jws", "0" * 64, under, now)
        batches.mark_stored(tx, batch, "receipt", now)
        if state == "pooled":
            batches.finish(tx, batch, "pooled", "result", counts, quality, now)
            batches.insert_faults(tx, batch, [RowFault(line=n, column="committed_from", rule="time.impossible",
                                                       reason="no such day") for n in range(8)])  # fmt: skip
        if state == "held":
            batches.finish(tx, batch, "held", "result", Counts(declared=1240), {}, now, "intake.shrinks",
                           "the snapshot holds 31 % fewer rows than the one before")  # fmt: skip
    return batch


def _fill_batches(world: World) -> None:
    violence = references(world, "northmoor-violence", "northmoor-csp")
    world.ids["pooled"] = add_batch(world, "northmoor-police", "police-crime/1", "SERIOUS_VIOLENCE", violence, "pooled")
    world.ids["held"] = add_batch(world, "northmoor-police", "police-crime/1", "SERIOUS_VIOLENCE", violence, "held")
    world.ids["theirs"] = add_batch(world, "avon-and-somerset-police", "police-uk-street/1", "CRIME_DISORDER",
                                    references(world, "avon-street", "avon-csp"), "pooled")  # fmt: skip


POOL_ROW = """
insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day,
  occurred_from, time_precision, ambiguous_hour, easting, northing, grid_reference, geo_method, geo_precision_m,
  geo_confidence, lsoa, ward, district, area_vintage, place_floor, time_floor, fields, content)
select nextval('pool_row_id'), :partnership, :dataset, :agency, cast(:batch as uuid), true, :month, :day, :at,
  'minute', false, 415000 + (n % 3) * 1000, 405000, '415000405000', 'postcode', 125, 0.9, 'E01900001', 'E05900001',
  :district, 'lsoa:2023', 'grid-100m', 'hour', cast(:fields as jsonb), '\\x00'
from generate_series(1, 40) n
"""


def _fill_releases(world: World) -> None:
    _pool(world, NORTHMOOR, "northmoor-police", "police-crime/1", "E06900001",
          {"offence_group": "violence", "weapon_flag": "true", "alcohol_flag": "false"}, "pooled")  # fmt: skip
    _pool(
        world, AVON, "avon-and-somerset-police", "police-uk-street/1", "E06000023", {"crime_type": "Robbery"}, "theirs"
    )
    made = {}
    for key, who, agreement in (("published", "officer", "northmoor-analyst-violence"),
                                ("candidate", "officer", "northmoor-analyst-violence"),
                                ("foreign", "outsider", "avon-analyst")):  # fmt: skip
        made[key] = publish.make_release(world.publishing, world.caller(who), agreement)
        assert isinstance(made[key], str), made[key]
        world.ids[key] = str(made[key])
    for checker in ("second", "third"):
        assert publish.act(world.publishing, world.caller(checker), world.ids["published"], "approve", "as agreed")


def _pool(
    world: World, partnership: str, agency: str, dataset: str, district: str, fields: dict[str, str], batch: str
) -> None:
    at = world.desk.now().replace(tzinfo=None) - timedelta(days=5)
    with world.databases.intake.transaction([partnership]) as tx:
        tx.sql(POOL_ROW, partnership=partnership, dataset=dataset, agency=agency, batch=world.ids[batch],
               month=at.date().replace(day=1), day=at.date(), at=at, district=district,
               fields=json.dumps(fields))  # fmt: skip
