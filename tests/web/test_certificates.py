"""Client certificates of machines: told by the trusted proxy alone, bound to the key, worth nothing from anybody else."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey

from connectors.client import Client, Refused
from connectors.keys import make_key
from hub.db import protocol as protocols
from hub.journey import agencies
from hub.web.proxy import BehindProxy
from tests.conftest import NOON
from tests.running import free_port
from tests.web.conftest import TestClient
from tests.web.forms import send
from tests.web.seed import World
from tests.web.serving import serving
from tests.web.test_intake_door import AGENCY, KID, bearer
from tests.web.test_officers import certificate

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


# a real proxy -------------------------------------------------------------------------------------------------------


@contextmanager
def tls_proxy(folder: Path, hub: str, clients: str) -> Iterator[str]:
    """A proxy that ends TLS on loopback, asks for a client certificate of these, and tells its digest; its address."""
    pem, _, private = certificate("localhost")
    (folder / "server.pem").write_text(pem + private)
    (folder / "clients.pem").write_text(clients)

    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = self.request.getpeercert(binary_form=True)
            told = hashlib.sha256(shown).hexdigest() if shown else ""
            headers = {k: v for k, v in self.headers.items() if k.lower() != HEADER.lower()} | {HEADER: told}
            answer = httpx.get(hub + self.path, headers=headers)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.load_verify_locations(folder / "clients.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_connector_comes_through_a_real_proxy_with_its_certificate(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = certificate(), certificate("machine.elsewhere.example")
    made = make_key(tmp_path / "key.json", AGENCY)
    body = json.dumps(made.request(AGENCY))
    assert agencies.register(world.desk, world.caller("operator"), body, own[0]) == made.kid
    for name, (pem, _, private) in (("own", own), ("other", other)):
        (tmp_path / f"{name}.pem").write_text(pem + private)
    port = free_port()
    app = BehindProxy(world.app, "127.0.0.1", HEADER)
    with serving(world, port, app), tls_proxy(tmp_path, f"http://127.0.0.1:{port}", own[0] + other[0]) as address:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))

        def flows(file: str) -> str:
            shown = tmp_path / f"{file}.pem" if file else None
            line = Client(address, AGENCY, made, world.desk.now, patience=0, certificate=shown)
            try:
                return "in" if line.flows() else "no flows"
            except Refused as no:
                return no.rule
            finally:
                line.close()

        assert [flows(f) for f in ("own", "other", "")] == ["in", "identity.certificate", "identity.certificate"]
    with pytest.raises(ValueError, match="client certificate"):
        Client("https://hub.example", AGENCY, made, world.desk.now, certificate=tmp_path / "key.json")
