"""The demo: a synthetic borough's night through the whole journey, by the same doors that everyone uses.

Extracts go through the real connectors over HTTP to a real web process and worker; protocols are signed and a
release is made and approved by (fictional) people through the same functions as the pages.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from hub.decision import Conflict
from hub.demo.authenticator import Authenticator
from hub.demo.borough import Borough, Reference, make_borough, write_reference
from hub.demo.night import Extract, make_night
from protocols.assertion import RelyingParty
from protocols.schema import parse_document

PARTNERSHIP = "northmoor-csp"
DOCUMENTS = (
    "northmoor-csp",
    "northmoor-violence",
    "northmoor-asb",
    "northmoor-analyst-violence",
    "northmoor-analyst-asb",
)
AGREEMENTS = ("northmoor-analyst-violence", "northmoor-analyst-asb")
PEOPLE = (
    ("police.officer", "Rowan Ashdown", "northmoor-police", "liaison-officer"),
    ("council.officer", "Idris Fennimore", "northmoor-council", "liaison-officer"),
    ("health.officer", "Leonie Sparrow", "northmoor-nhs-trust", "liaison-officer"),
    ("analyst", "Maren Holloway", "northmoor-council", "analyst"),
    ("auditor", "Tobias Wren", "northmoor-council", "auditor"),
    ("administrator", "Ines Calder", "northmoor-council", "administrator"),
    ("operator", "Saskia Lund", "northmoor-council", "operator"),
    ("police.chief", "Corin Vale", "northmoor-police", "signatory"),
    ("council.chief", "Mirela Stokes", "northmoor-council", "signatory"),
    ("fire.chief", "Jonas Pruett", "northmoor-fire", "signatory"),
    ("icb.chief", "Sanna Loxley", "northmoor-icb", "signatory"),
    ("probation.chief", "Edda Farrow", "northmoor-probation", "signatory"),
    ("health.chief", "Ravi Thornbury", "northmoor-nhs-trust", "signatory"),
    ("homes.chief", "Nell Castleton", "northmoor-homes", "signatory"),
)
"""Fictional people: sign-in, name, agency, role."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo sign-in; the password is random for each run."""

    name: str
    password: str
    role: str
    agency: str


class Stage(Protocol):
    """What the demo does to the hub beside sending extracts; wired in `hub.commands`."""

    def load_reference(self, reference: Reference) -> None:
        """Load boundaries and gazetteer by the hub's own loaders."""
        ...

    def add_document(self, text: str) -> None:
        """Add a protocol document as a draft."""
        ...

    def add_person(self, sign_in: str, name: str, agency: str, role: str, password: str) -> str:
        """Make an account; the person's id."""
        ...

    def add_agency_key(self, agency: str, public: dict[str, Any]) -> None:
        """Register an agency's public key."""
        ...

    @property
    def party(self) -> RelyingParty:
        """For whom passkeys are made."""
        ...

    def add_passkey(self, person: str, agency: str, password: str, authenticator: Authenticator) -> None:
        """Register a signatory's passkey."""
        ...

    def act(
        self, person: str, agency: str, role: str, protocol: str, deed: str, authenticator: Authenticator | None = None
    ) -> None:
        """Do one of the acts of a protocol's life as somebody; sign with a passkey."""
        ...

    def make_release(self, person: str, agency: str, agreement: str) -> str:
        """Make a release as an officer; its id."""
        ...

    def approve_release(self, person: str, agency: str, release: str) -> dict[str, Any]:
        """Approve a release as one of its checkers; its facts, with `folder` and `files`."""
        ...

    def quality(self, batch: str) -> dict[str, Any]:
        """The quality figures of a batch."""
        ...


Say = Callable[[str], None]


def set_up(stage: Stage, data: Path, seed: int, say: Say) -> tuple[Borough, list[SignIn]]:
    """The borough, its boundaries and addresses, protocols in force, people and keys."""
    say("making a synthetic borough")
    borough = make_borough(seed)
    stage.load_reference(write_reference(borough, data / "borough"))
    sign_ins, ids = put_in_force(stage, data, DOCUMENTS, say)
    (data / "people.json").write_text(json.dumps(ids))
    return borough, sign_ins


def put_in_force(
    stage: Stage, data: Path, documents: Sequence[str], say: Say = lambda _: None
) -> tuple[list[SignIn], dict[str, str]]:  # fmt: skip
    """The people, and these shipped documents in force by their signatures; sign-ins, and ids by sign-in name."""
    folder = Path(__file__).resolve().parents[2] / "protocols" / "documents"
    texts = {name: (folder / f"{name}.toml").read_text(encoding="utf-8") for name in documents}
    for text in texts.values():
        stage.add_document(text)
    sign_ins, ids = [], {}
    for sign_in, name, agency, role in PEOPLE:
        password = secrets.token_urlsafe(12)
        ids[sign_in] = stage.add_person(sign_in, name, agency, role, password)
        sign_ins.append(SignIn(sign_in, password, role, agency))
    say(
        f"putting {len(documents)} protocols in force: consulted on, agreed by a second officer, signed by each party's passkey"
    )
    keys = _passkeys(stage, data / "passkeys", sign_ins, ids)
    for name, text in texts.items():
        parties = {p.agency for p in parse_document(text).party}
        stage.act(ids["police.officer"], "northmoor-police", "liaison-officer", name, "consult")
        for deed in ("agree", "open"):
            stage.act(ids["council.officer"], "northmoor-council", "liaison-officer", name, deed)
        for one in sign_ins:
            if one.name in keys and one.agency in parties:
                stage.act(ids[one.name], one.agency, one.role, name, "sign", keys[one.name])
    for sign_in, key in keys.items():
        key.write(data / "passkeys" / f"{sign_in}.json")
    return sign_ins, ids


def _passkeys(stage: Stage, folder: Path, sign_ins: Sequence[SignIn], ids: dict[str, str]) -> dict[str, Authenticator]:
    """A passkey in software for each fictional signatory, registered as a person would; kept in the demo's folder."""
    folder.mkdir(mode=0o700)
    keys = {s.name: Authenticator(stage.party.id, stage.party.origins[0]) for s in sign_ins if s.role == "signatory"}
    for one in sign_ins:
        if one.name in keys:
            stage.add_passkey(ids[one.name], one.agency, one.password, keys[one.name])
    return keys


def enrol(stage: Stage, data: Path, agencies: Sequence[str]) -> None:
    """Each agency makes its own key; the hub learns the public half."""
    for agency in agencies:
        folder = data / "agencies" / agency
        folder.mkdir(parents=True, mode=0o700)
        made = subprocess.run(
            [sys.executable, "-m", "connectors", "keygen", agency, str(folder / "key.json")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        stage.add_agency_key(agency, json.loads(made.stdout))


def send(extract: Extract, data: Path, url: str) -> dict[str, Any]:
    """One extract through the real connector, as its agency would send it."""
    folder = data / "agencies" / extract.agency
    words = ["send", extract.source, str(extract.path), "--hub", url, "--agency", extract.agency, "--key",
             str(folder / "key.json"), "--outbox", str(folder / "outbox"), "--json", "--wait", "3600"]  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "connectors", *words], capture_output=True, text=True, check=False)
    if not done.stdout:
        raise Conflict(f"the connector could not send {extract.path.name}: {done.stderr.strip()}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def night(
    stage: Stage, borough: Borough, data: Path, url: str, rows: int, day: date, seed: int, say: Say
) -> dict[str, Any]:
    """Make a night's native files, send them all, make and approve the releases; the summary."""
    say(f"writing one night of native files, {rows} rows")
    extracts = make_night(borough, data / "native", rows, day, seed)
    enrol(stage, data, sorted({e.agency for e in extracts}))
    people = json.loads((data / "people.json").read_text())
    begun = time.perf_counter()
    say("sending police, health and housing extracts through the connectors")
    with ThreadPoolExecutor(2) as senders:
        told = list(senders.map(lambda e: _told(e, data, url, say), extracts))
    sums: Counter[str] = Counter()
    for one in told:
        sums.update(one["counts"])
    seconds = time.perf_counter() - begun
    qualities = [stage.quality(one["batch"]) for one in told]
    say("making a release under each access agreement; two checkers approve, blind to each other")
    candidates = [
        stage.make_release(people["police.officer"], "northmoor-police", agreement) for agreement in AGREEMENTS
    ]
    for candidate in candidates:
        stage.approve_release(people["council.officer"], "northmoor-council", candidate)
    released = [stage.approve_release(people["health.officer"], "northmoor-nhs-trust", c) for c in candidates]
    native = sum(one["native_rows"] for one in told)
    return {
        **{name: sums[name] for name in ("declared", "accepted", "quarantined", "duplicate", "pooled", "superseded",
                                         "out_of_area", "gate_held")},
        "native_rows": native,
        "held_at_source": sum(one["held_at_source"] for one in told),
        "geocoded": sum(q.get("placed", 0) for q in qualities),
        "redacted_notes": sum(q.get("redacted_notes", 0) for q in qualities),
        "released_rows": sum(r["released_rows"] for r in released),
        "suppressed_rows": sum(r["suppressed_rows"] for r in released),
        "seconds": round(seconds, 2),
        "rows_per_second": round(native / seconds, 1),
        "stage_seconds": _added([q.get("seconds", {}) for q in qualities]),
        "extracts": [{"path": str(e.path), "rows": e.rows, "source": e.source, "agency": e.agency} for e in extracts],
        "release_files": [f"{r['folder']}/{name}" for r in released for name in r["files"]],
    }  # fmt: skip


def _told(extract: Extract, data: Path, url: str, say: Say) -> dict[str, Any]:
    told = send(extract, data, url)
    counts = told["counts"] or {}
    say(f"  {extract.path.name}: {told['native_rows']} rows, {told['held_at_source']} held at source, "
        f"{counts.get('pooled', 0)} pooled, {counts.get('quarantined', 0)} quarantined")  # fmt: skip
    if told["outcome"] != "pooled":
        raise Conflict(f"{extract.path.name} was {told['outcome']} by rule {told['rule']}: {told['reason']}")
    return told


def _added(parts: list[dict[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return {name: round(value, 2) for name, value in total.items()}
