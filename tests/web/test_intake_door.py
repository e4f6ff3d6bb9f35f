"""The machines' door under bad input: every answer a problem document, never a 500, never more kept than was asked for."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OKPKey

from hub.db import protocol as protocols
from protocols.schema import parse_document
from protocols.wire import ALGORITHM, PIECE_BYTES
from tests.conftest import NOON
from tests.web.conftest import Client, TestClient
from tests.web.seed import World, text_of

AGENCY = "northmoor-police"
KID = "northmoor-police-1"
COLUMNS = tuple(parse_document(text_of("northmoor-violence")).flow[0].fields)


@pytest.fixture
def key(world: World) -> OKPKey:
    made = OKPKey.generate_key("Ed25519")
    with world.databases.release.transaction() as tx:
        protocols.insert_agency_key(tx, KID, AGENCY, json.dumps(made.as_dict(private=False)), NOON)
    return made


def bearer(key: OKPKey, method: str, path: str, **claims: Any) -> dict[str, str]:
    now = int(NOON.timestamp())
    body = {"iss": AGENCY, "aud": "partnership-hub", "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex,
            "htm": method, "htp": path} | claims  # fmt: skip
    return {"Authorization": f"Bearer {jwt.encode({'alg': ALGORITHM, 'kid': KID}, body, key, algorithms=[ALGORITHM])}"}


def ask(client: TestClient, key: OKPKey, method: str, path: str, **more: Any) -> Any:
    headers = bearer(key, method, path.partition("?")[0]) | more.pop("headers", {})
    return client.request(method, path, headers=headers, **more)


def signed_manifest(key: OKPKey, changes: dict[str, Any]) -> str:
    """A manifest signed as the agency's machine signs it, whatever it says."""
    body = {"version": 1, "id": f"night-{uuid.uuid4().hex}", "agency": AGENCY, "dataset": "police-crime/1",
            "purpose": "SERIOUS_VIOLENCE", "mode": "delta", "format": "csv", "columns": COLUMNS, "rows": 1, "bytes": 0,
            "sha256": hashlib.sha256(b"").hexdigest(), "made_at": NOON.isoformat()} | changes  # fmt: skip
    head = {"alg": ALGORITHM, "kid": KID}
    return jws.serialize_compact(head, json.dumps(body).encode(), key, algorithms=[ALGORITHM])


def declared(client: TestClient, key: OKPKey, **changes: Any) -> Any:
    return ask(client, key, "POST", "/v1/manifests", json={"manifest": signed_manifest(key, changes)})


def batch_of(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["batch"])


def test_flows_and_a_declared_batch(client: Client, key: OKPKey) -> None:
    machine = client()
    flows = ask(machine, key, "GET", "/v1/flows").json()
    assert "police-crime/1" in {f["dataset"] for f in flows["flows"]}
    made = declared(machine, key, bytes=PIECE_BYTES + 1)
    assert made.status_code == 201
    assert made.json()["piece_bytes"] == PIECE_BYTES


def test_a_piece_larger_than_agreed_is_cut_off_while_it_comes(client: Client, key: OKPKey) -> None:
    machine = client()
    batch = batch_of(declared(machine, key, bytes=2 * PIECE_BYTES))
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while taken < 16 * PIECE_BYTES:
            taken += 65536
            yield b"x" * 65536

    path = f"/v1/batches/{batch}/pieces/0"
    answer = ask(machine, key, "PUT", path, content=endless(), headers={"Content-Digest": "sha-256=:AAAA:"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["rule"] == "intake.too-large"


def test_a_piece_that_is_not_its_digest_is_refused(client: Client, key: OKPKey) -> None:
    machine = client()
    batch = batch_of(declared(machine, key, bytes=4))
    path = f"/v1/batches/{batch}/pieces/0"
    right = base64.b64encode(hashlib.sha256(b"good").digest()).decode()
    for content, digest, status in ((b"evil", f"sha-256=:{right}:", 422), (b"good", "", 422), (b"goo", "x", 422),
                                    (b"good", f"sha-256=:{right}:", 204)):  # fmt: skip
        found = ask(machine, key, "PUT", path, content=content, headers={"Content-Digest": digest})
        assert found.status_code == status


def test_a_token_is_for_one_request_and_one_use(client: Client, key: OKPKey) -> None:
    machine = client()
    once = bearer(key, "GET", "/v1/flows")
    assert machine.get("/v1/flows", headers=once).status_code == 200
    assert machine.get("/v1/flows", headers=once).json()["rule"] == "identity.replayed"
    late = int((NOON - timedelta(hours=1)).timestamp())
    for claims, rule in (
        ({"htp": "/v1/extracts"}, "identity.other-request"),
        ({"iat": late, "exp": late + 60}, "identity.expired"),
        ({"exp": int(NOON.timestamp()) + 9000}, "identity.lifetime"),
        ({"iss": "northmoor-council"}, "identity.audience"),
        ({"jti": "short"}, "identity.token"),
    ):
        refused = machine.get("/v1/flows", headers=bearer(key, "GET", "/v1/flows", **claims))
        assert (refused.status_code, refused.json()["rule"]) == (401, rule)


def _nameless(kid: str) -> str:
    return jws.serialize_compact({"alg": ALGORITHM, "kid": kid}, b"{}", OKPKey.generate_key("Ed25519"),
                                 algorithms=[ALGORITHM])  # fmt: skip


def test_bad_tokens_are_refused_plainly(client: Client) -> None:
    odd = ["", "x", "a.b.c", "..", _nameless("x"), _nameless("\x00"), _nameless("x" * 5000), _nameless("\ud83d\ude00"),
           base64.urlsafe_b64encode(b'{"alg":"none","kid":"' + KID.encode() + b'"}').decode().rstrip("=") + ".e30."]  # fmt: skip
    for token in odd:
        answer = client().get("/v1/flows", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), token[:30]


def test_bad_claims_are_refused_plainly(client: Client, key: OKPKey) -> None:
    for claims in ({"jti": "nul\x00nul\x00nul"}, {"exp": "soon"}, {"exp": 10**30, "iat": 10**30}, {"iat": -(10**30)},
                   {"exp": True, "iat": True}, {"jti": ["a"]}, {"iss": None}):  # fmt: skip
        answer = client().get("/v1/flows", headers=bearer(key, "GET", "/v1/flows", **claims))
        assert (claims, answer.status_code) == (claims, 401)


def test_bad_manifests_are_refused_plainly(client: Client, key: OKPKey) -> None:
    machine = client()
    for changes in ({"software": "nul\x00"}, {"dataset": "nul\x00/1"}, {"purpose": "\x00"}, {"columns": ("\x00",)},
                    {"rows": 10**30}, {"bytes": 10**30}, {"agency": "northmoor-council"}, {"dataset": "no-such/1"},
                    {"made_at": "0001-01-01T00:00:00+23:59"}, {"source_total": 10**40}):  # fmt: skip
        answer = declared(machine, key, **changes)
        assert 200 <= answer.status_code < 500, (changes, answer.text)
    for body in (b"", b"{", b"[]", b'{"manifest": 1}', b'{"manifest": "x", "more": 1}', b"\xff\xfe", b"null",
                 b'{"manifest": "\\u0000"}', b"[" * 100_000):  # fmt: skip
        answer = ask(machine, key, "POST", "/v1/manifests", content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, body[:20]
        assert answer.headers["content-type"] == "application/problem+json"


def test_bad_addresses_are_refused_plainly(client: Client, key: OKPKey) -> None:
    machine = client()
    batch = batch_of(declared(machine, key, bytes=4))
    for path in ("/v1/batches/x", "/v1/batches/%00", "/v1/batches/x/report?after=-1", "/v1/no-such",
                 "/v1/batches/00000000-0000-4000-8000-000000000000", f"/v1/batches/{batch}/report?after={10**23}",
                 f"/v1/batches/{batch}/report?after={2**63}"):  # fmt: skip
        headers = bearer(key, "GET", path.partition("?")[0].replace("%00", "\x00"))
        answer = machine.get(path, headers=headers)
        assert answer.status_code in (200, 404, 422), path
        assert answer.status_code == 200 or answer.headers["content-type"] == "application/problem+json"


def test_another_agencys_batch_looks_like_none(world: World, client: Client, key: OKPKey) -> None:
    machine = client()
    found = [ask(machine, key, "GET", f"/v1/batches/{b}") for b in (world.ids["theirs"], str(uuid.uuid4()))]
    assert [f.status_code for f in found] == [404, 404]
    assert found[0].json() == found[1].json()
