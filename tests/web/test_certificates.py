"""Client certificates of machines: told by the trusted proxy alone, bound to the key, worth nothing from anybody else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from hub.db import protocol as protocols
from hub.web.proxy import BehindProxy
from tests.conftest import NOON
from tests.web.conftest import TestClient
from tests.web.forms import send
from tests.web.seed import World
from tests.web.test_intake_door import AGENCY, KID, bearer

HEADER = "X-Client-Certificate-SHA256"
PROXY, STRANGER = "10.1.2.3", "203.0.113.9"
MARK, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def key(world: World) -> OKPKey:
    """The agency's key, bound to a certificate."""
    made = OKPKey.generate_key("Ed25519")
    with world.databases.release.transaction() as tx:
        protocols.insert_agency_key(tx, KID, AGENCY, json.dumps(made.as_dict(private=False)), NOON, MARK)
    return made


def call(world: World, key: OKPKey, told: str | list[str] | None, peer: str = PROXY, header: str = HEADER) -> str:
    """The rule that a call is refused by, or `in`."""
    app = BehindProxy(world.app, "10.1.0.0/16, ::1", header)
    browser = TestClient(app, client=(peer, 40000), raise_server_exceptions=False)
    values = [told] if isinstance(told, str) else told or []
    headers = [*bearer(key, "GET", "/v1/flows").items(), *((HEADER, value) for value in values)]
    answer = browser.get("/v1/flows", headers=headers)
    body: dict[str, Any] = answer.json()
    return "in" if answer.status_code == 200 else str(body["rule"])


def test_a_bound_key_comes_in_with_its_certificate_by_the_proxy_alone(world: World, key: OKPKey) -> None:
    spelled = ":".join(MARK[n : n + 2].upper() for n in range(0, 64, 2))
    cases: list[tuple[str | list[str] | None, str, str]] = [
        (MARK, PROXY, "in"), (spelled, PROXY, "in"), (MARK.upper(), "::1", "in"),
        (OTHER, PROXY, "identity.certificate"), (None, PROXY, "identity.certificate"), ("", PROXY, "identity.certificate"),
        (MARK, STRANGER, "identity.certificate-header"), (OTHER, STRANGER, "identity.certificate-header"),
        (None, STRANGER, "identity.certificate"), (MARK, "testclient", "identity.certificate-header"),
        ([MARK, MARK], PROXY, "identity.certificate-header"), ([OTHER, MARK], PROXY, "identity.certificate-header"),
        ("", STRANGER, "identity.certificate"), ("x" * 64, PROXY, "identity.certificate-header"),
        (f"{MARK}, {OTHER}", PROXY, "identity.certificate-header"),
    ]  # fmt: skip
    found = [(told, peer, call(world, key, told, peer)) for told, peer, _ in cases]
    assert found == cases
    with world.databases.release.transaction() as tx:
        leaves = " ".join(
            r.leaf for r in tx.sql("select leaf from ledger_entry where leaf like '%identity.certificate%'")
        )
    assert leaves.count('"intake.identify"') == len([c for c in cases if c[2] != "in"])
    assert MARK not in leaves


def test_where_no_header_is_set_a_bound_key_stays_out(world: World, key: OKPKey) -> None:
    """A setting that was forgotten closes the door; it does not open it."""
    assert call(world, key, MARK, header="") == "identity.certificate"


def test_the_address_before_the_proxy_is_no_proxy(world: World, key: OKPKey) -> None:
    """X-Forwarded-For moves the caller's address, never the peer that is believed."""
    app = BehindProxy(world.app, "10.1.0.0/16", HEADER)
    browser = TestClient(app, client=(STRANGER, 40000))
    headers = bearer(key, "GET", "/v1/flows") | {HEADER: MARK, "X-Forwarded-For": PROXY}
    assert browser.get("/v1/flows", headers=headers).json()["rule"] == "identity.certificate-header"


def test_an_unbound_key_needs_no_certificate_unless_all_do(world: World, key: OKPKey) -> None:
    with world.databases.release.transaction() as tx:
        tx.sql("update agency_key set certificate_sha256 = null")
    assert call(world, key, None) == "in"
    assert call(world, key, OTHER) == "in"
    assert call(world, key, MARK, STRANGER) == "identity.certificate-header"
    world.app.state.receiving = replace(world.app.state.receiving, needs_certificate=True)
    assert call(world, key, None) == "identity.certificate"
    assert call(world, key, MARK) == "identity.certificate"


def test_people_are_counted_by_the_address_that_the_proxy_tells_and_no_other(world: World) -> None:
    """Behind the trusted proxy each person has an address of their own; from elsewhere nobody gives themselves a new one."""

    def guesses(peer: str) -> list[int]:
        app = BehindProxy(world.app, "10.1.0.0/16", "")
        found = []
        for number in range(52):
            browser = TestClient(app, client=(peer, 40000), base_url="http://testserver")
            browser.headers["X-Forwarded-For"] = f"198.51.100.{number}"
            answer = send(browser, "/sign-in", "/sign-in", name=f"guess-{peer}-{number}", password="not the password")
            found.append(answer.text.count("too many failed attempts"))
        return found

    assert sum(guesses(PROXY)) == 0
    assert [bool(n) for n in guesses(STRANGER)] == [False] * 50 + [True] * 2


@pytest.mark.parametrize("trusted", ["proxy.example", "10.0.0.0/40", "*"])
def test_what_is_no_address_is_refused_at_start(world: World, trusted: str) -> None:
    with pytest.raises(ValueError, match=r"address|network|appear"):
        BehindProxy(world.app, trusted, HEADER)
