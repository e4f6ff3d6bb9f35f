"""In a real browser: a template becomes a protocol in force, a night flows under it, and it is stopped.

Three officers, each in a browser of their own with a passkey of their own, go by what the pages offer them.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OKPKey

from hub.adapters import keys, wordbox
from hub.adapters.crew import Crew
from hub.db import people
from hub.db import protocol as protocols
from hub.journey import chunk, process
from protocols.assertion import RelyingParty
from protocols.contract import shipped_contracts
from protocols.schema import parse_document
from protocols.wire import ALGORITHM
from tests.conftest import NOON, Databases
from tests.running import free_port
from tests.web.chromium import Page, chromium, needs_browser
from tests.web.seed import NORTHMOOR, PASSWORD, World, build, password_hash, text_of
from tests.web.serving import serving

pytestmark = needs_browser
TRUST, KID = "northmoor-nhs-trust", "northmoor-nhs-trust-1"
OFFICERS = {"olive": ("Olive Harrow", "northmoor-police"), "piers": ("Piers Lockyer", "northmoor-council"),
            "tamsin": ("Tamsin Vale", TRUST)}  # fmt: skip
PATH = "/protocols/northmoor-assaults/1"
TITLE = "Assaults seen in Northmoor's emergency department"
HEAD = "site_code,arrival_at,assault_at,assault_method,assault_place_type\n"
ROWS = "".join(f"NMH01,2026-11-22T{23 - n % 2}:10:00,2026-11-22T2{n % 3}:40:00,knife,street\n" for n in range(12))


def enrol(world: World) -> OKPKey:
    """The partnership's own protocol in force, three officers who may also sign, and the trust's machine with its key."""
    key = OKPKey.generate_key("Ed25519")
    with world.databases.release.transaction() as tx:
        protocols.insert(tx, parse_document(text_of(NORTHMOOR)), text_of(NORTHMOOR), "importer", NOON)
        protocols.set_state(tx, NORTHMOOR, 1, "in-force")
        for who, (name, agency) in OFFICERS.items():
            world.people[who] = str(uuid.uuid4())
            people.insert(tx, people.Person(world.people[who], who, name, agency, password_hash(), None), NOON)
            people.set_roles(tx, world.people[who], [(NORTHMOOR, "liaison-officer"), (NORTHMOOR, "signatory")])
        protocols.insert_agency_key(tx, KID, TRUST, json.dumps(key.as_dict(private=False)), NOON)
    return key


def send_night(origin: str, key: OKPKey) -> httpx.Response:
    """The trust's machine posts the extract of a night."""
    content, now = (HEAD + ROWS).encode(), int(NOON.timestamp())
    manifest = {"version": 1, "id": f"night-{uuid.uuid4().hex}", "agency": TRUST, "dataset": "ed-assaults/1",
                "purpose": "SERIOUS_VIOLENCE", "mode": "snapshot", "format": "csv", "columns": HEAD.strip().split(","),
                "window": {"first": "2026-11-22", "last": "2026-11-22"}, "rows": 12, "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(), "made_at": NOON.isoformat()}  # fmt: skip
    head = {"alg": ALGORITHM, "kid": KID}
    claims = {"iss": TRUST, "aud": "partnership-hub", "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex,
              "htm": "POST", "htp": "/v1/extracts"}  # fmt: skip
    signed = jws.serialize_compact(head, json.dumps(manifest).encode(), key, algorithms=[ALGORITHM])
    token = jwt.encode(head, claims, key, algorithms=[ALGORITHM])
    return httpx.post(f"{origin}/v1/extracts", content=content,
                      headers={"Authorization": f"Bearer {token}", "Hub-Manifest": signed})  # fmt: skip


@pytest.fixture
def worker(databases: Databases, tmp_path: Path, keys_dir: Path) -> Iterator[Callable[[World, str], None]]:
    """Processes a batch, as the worker does."""
    crew = Crew(1, chunk.prepare, keys.PseudonymFile(keys_dir), tmp_path / "reference")

    def run(world: World, batch: str) -> None:
        receiving: Any = world.app.state.receiving
        hub = process.Processing(databases.intake, receiving.vault, keys.read_signer(keys_dir), shipped_contracts(),
                                 crew, frozenset({"E06900001"}), tmp_path / "erasures.jsonl",
                                 wordbox.read_wordbox(keys_dir), 5000, 30, 0.2, world.desk.now)  # fmt: skip
        process.process(hub, batch)

    yield run
    crew.close()


def sign_in(page: Page, who: str) -> None:
    page.go("/sign-in")
    page.write(name=who, password=PASSWORD)
    page.press("Sign in")
    assert OFFICERS[who][0] in page.text


def draft(page: Page) -> None:
    """From the template by what the editor says is to be put right."""
    page.go("/protocols")
    page.press("Add a draft")
    page.choose("template", "istv")
    page.write(under=NORTHMOOR)
    page.press("Continue")
    assert "to put right" in page.text
    text = page.run("document.getElementById('text').value")
    for old, new in (("fill-in-id", "northmoor-assaults"), ("FILL IN: title of the document, as people will call it", TITLE),
                     ("FILL IN: ", "As agreed: "), ("frequency =", "default-partnership = true\nfrequency ="),
                     ("effective = 2027-01-01", "effective = 2026-11-23")):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    lines = ["dpia-date = 2026-10-01" if line.startswith("# dpia-date") else line for line in text.split("\n")]
    page.write(text="\n".join(lines))
    page.press("Check and add")
    assert "The draft was added" in page.text


def register_passkey(page: Page) -> None:
    page.go("/account")
    page.write(label="Key on my ring", password=PASSWORD)
    page.press("Register a passkey")
    assert "The passkey was registered" in page.text


def do(page: Page, task: str, link: str, button: str, reason: str = "") -> None:
    """Take a task from the home page (or the protocol itself), follow what it offers, confirm it."""
    page.go("/")
    page.press(f"{task}{TITLE}") if task else page.go(PATH)
    page.press(link)
    if reason:
        page.write(reason=reason)
    page.press(button)


def test_from_a_template_to_force_and_out_of_it(
    databases: Databases, tmp_path: Path, worker: Callable[[World, str], None]
) -> None:
    port = free_port()
    origin = f"http://localhost:{port}"
    world = build(databases, tmp_path, lambda: NOON, party=RelyingParty("localhost", (origin,)))
    try:
        with serving(world, port), chromium(tmp_path / "profile") as browser:
            walk(world, {who: browser.person(origin) for who in (*OFFICERS, "anybody")}, origin, tmp_path, worker)
    finally:
        world.redactor.close()


def walk(
    world: World, at: dict[str, Page], origin: str, folder: Path, worker: Callable[[World, str], None]
) -> None:  # fmt: skip
    key = enrol(world)
    for who in OFFICERS:
        sign_in(at[who], who)
    refused = send_night(origin, key)
    assert (refused.status_code, refused.json()["rule"]) == (403, "protocol.none")
    draft(at["olive"])
    do(at["olive"], "Put into consultation: ", "Put into consultation", "Put into consultation")
    do(at["tamsin"], "", "Comment", "Comment", "Our site code is NMH01.")
    assert "Our site code is NMH01." in at["tamsin"].text
    do(at["piers"], "Agree the text: ", "Agree the text", "Agree the text")
    do(at["piers"], "Open for signature: ", "Open for signature", "Open for signature")
    for who in reversed(OFFICERS):
        assert TITLE not in public(at["anybody"])
        register_passkey(at[who])
        do(at[who], "Sign: ", "Sign", "Sign with your passkey")
        assert "Signed." in at[who].text
    assert "In force" in at["olive"].text
    assert TITLE in public(at["anybody"])

    taken = send_night(origin, key)
    assert taken.status_code == 201, taken.text
    worker(world, taken.json()["batch"])
    at["tamsin"].go(f"/batches/{taken.json()['batch']}")
    assert re.search(r"= in the pool\s+12\b", at["tamsin"].text)

    do(at["piers"], "", "Suspend", "Suspend", "A review of the place descriptions.")
    assert "Every request that leans on this protocol is refused" in at["piers"].text
    refused = send_night(origin, key)
    assert (refused.status_code, refused.json()["rule"]) == (403, "protocol.suspended")
    assert re.search(rf"Suspended\s.*{TITLE}, version 1", public(at["anybody"]), re.DOTALL)
    assert f"Suspended: {TITLE}" in httpx.get(f"{origin}/register.atom").text.replace("&#39;", "'")
    for width in (1280, 390):
        at["anybody"].keep(folder / f"register-{width}.png", width)
        assert not at["anybody"].wider_than_screen


def public(page: Page) -> str:
    """What the public register says."""
    page.go("/register")
    return page.text
