"""Speaks the hub's public API: signs, sends in pieces, resumes, tries again, and believes no unsigned word."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey

from connectors.keys import AgencyKey
from connectors.outbox import Outbox, Outgoing
from protocols.wire import ALGORITHM, FlowOffer, Manifest, Receipt, Result, RowFault, Unsigned, verify

AUDIENCE = "partnership-hub"
TRY_AGAIN = (429, 502, 503, 504)
TOKEN_SECONDS = 60


class Unreachable(Exception):
    """The hub cannot be reached now; what was to be sent is kept."""


class Refused(Exception):
    """The hub refused, by a rule and with a reason."""

    def __init__(self, status: int, rule: str, reason: str) -> None:
        super().__init__(f"{rule}: {reason}")
        self.status, self.rule, self.reason = status, rule, reason


def check_address(url: str) -> None:
    """Plain HTTP may go to this machine only. Raises `ValueError`."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return
    host = parts.hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if parts.scheme != "http" or not loopback:
        raise ValueError("the hub's address must begin with https://; plain http is allowed to this machine only")


@dataclass(slots=True)
class Client:
    """One agency's line to the hub."""

    url: str
    agency: str
    key: AgencyKey
    now: Callable[[], datetime]
    hub_key: OKPKey | None = None
    patience: float = 60.0
    """Seconds to keep trying before giving up for now."""
    sleep: Callable[[float], None] = time.sleep
    certificate: Path | None = None
    """PEM of a client certificate and its private key, where the hub asks for one."""
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        check_address(self.url)
        trust = httpx.create_ssl_context()
        if self.certificate is not None:
            try:
                trust.load_cert_chain(self.certificate)
            except OSError as wrong:
                raise ValueError(
                    f"no client certificate with its key can be read from {self.certificate.name}"
                ) from wrong
        self.http = httpx.Client(base_url=self.url, timeout=120, follow_redirects=False, verify=trust)

    def close(self) -> None:
        """Close the line."""
        self.http.close()

    def _token(self, method: str, path: str) -> str:
        issued = int(self.now().timestamp())
        claims = {"iss": self.agency, "aud": AUDIENCE, "iat": issued, "exp": issued + TOKEN_SECONDS,
                  "jti": secrets.token_urlsafe(16), "htm": method, "htp": path}  # fmt: skip
        header = {"alg": ALGORITHM, "kid": self.key.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self.key.key, algorithms=[ALGORITHM])

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request, tried again with growing pauses while the hub is away. Raises `Unreachable`, `Refused`."""
        headers = request.pop("headers", {})
        waited, pause = 0.0, 0.25
        while True:
            hint = 0.0
            try:
                signed = {"Authorization": f"Bearer {self._token(method, path)}", **headers}
                answer = self.http.request(method, path, headers=signed, **request)
                if answer.status_code < 400:
                    return answer
                if answer.status_code not in TRY_AGAIN:
                    raise _refusal(answer)
                hint = _seconds(answer.headers.get("Retry-After", ""))
            except httpx.TransportError:
                pass
            if waited >= self.patience:
                raise Unreachable(f"the hub at {self.url} does not answer; the extract is kept in the outbox")
            step = max(hint, pause * (0.5 + secrets.randbelow(1000) / 1000))
            self.sleep(step)
            waited, pause = waited + step, min(pause * 2, 10.0)

    def flows(self) -> list[FlowOffer]:
        """The flows in force for this agency; learns the hub's public key where none is pinned."""
        body = self._call("GET", "/v1/flows").json()
        if self.hub_key is None:
            self.hub_key = OKPKey.import_key(body["hub_key"])
        return [FlowOffer.model_validate(f) for f in body["flows"]]

    def hub_jwk(self) -> dict[str, Any]:
        """The hub's public key as it says it."""
        found: dict[str, Any] = self._call("GET", "/v1/flows").json()["hub_key"]
        return found

    def deliver(self, entry: Outgoing) -> tuple[str, str]:
        """Send one extract, resuming where an earlier try stopped; (batch, receipt), verified. Raises `Refused`."""
        ticket = self._call("POST", "/v1/manifests", json={"manifest": entry.manifest_jws}).json()
        batch, receipt = ticket["batch"], ticket["receipt"]
        if receipt is None:
            self._send_pieces(entry, batch, ticket["piece_bytes"], set(ticket["received"]))
            receipt = self._call("POST", f"/v1/batches/{batch}/receipt").json()["receipt"]
        self._check_receipt(entry, batch, receipt)
        return batch, receipt

    def _send_pieces(self, entry: Outgoing, batch: str, size: int, held: set[int]) -> None:
        with entry.file.open("rb") as source:
            number = 0
            while content := source.read(size):
                if number not in held:
                    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
                    self._call("PUT", f"/v1/batches/{batch}/pieces/{number}", content=content,
                               headers={"Content-Digest": f"sha-256=:{digest}:",
                                        "Content-Type": "application/octet-stream"})  # fmt: skip
                number += 1

    def _check_receipt(self, entry: Outgoing, batch: str, receipt: str) -> None:
        """1 the hub's signature, 2 this batch, 3 these bytes and rows: a receipt for anything else is none."""
        if self.hub_key is None:
            self.flows()
        assert self.hub_key is not None
        found = verify(receipt, Receipt, self.hub_key)  # 1
        sent = Manifest.model_validate_json(entry.manifest)
        if found.batch != batch or found.manifest != sent.id or found.agency != self.agency:  # 2
            raise Unsigned("the receipt is for another batch")
        if (found.sha256, found.rows, found.bytes) != (sent.sha256, sent.rows, sent.bytes):  # 3
            raise Unsigned("the receipt does not name what was sent")

    def result(self, entry: Outgoing, batch: str) -> tuple[str, str | None]:
        """(state, signed result or None) of a batch; a result is verified."""
        body = self._call("GET", f"/v1/batches/{batch}").json()
        if body["result"] is not None:
            assert self.hub_key is not None
            found = verify(body["result"], Result, self.hub_key)
            if found.batch != batch or found.manifest != entry.manifest_id:
                raise Unsigned("the result is for another batch")
        return body["state"], body["result"]

    def report(self, batch: str) -> list[RowFault]:
        """Every row of a batch that went wrong at the hub."""
        faults: list[RowFault] = []
        after: int | None = 0
        while after is not None:
            body = self._call("GET", f"/v1/batches/{batch}/report", params={"after": after}).json()
            faults += [RowFault.model_validate(f) for f in body["faults"]]
            after = body["next"]
        return faults


def _seconds(header: str) -> float:
    return min(60.0, float(header)) if header.isdigit() else 0.0


def _refusal(answer: httpx.Response) -> Refused:
    try:
        body = answer.json()
        return Refused(answer.status_code, body.get("rule", "http"), body.get("reason", ""))
    except (json.JSONDecodeError, AttributeError):
        return Refused(answer.status_code, "http", f"the hub answered with status {answer.status_code}")


def settle(client: Client, outbox: Outbox, entry: Outgoing, wait: float) -> Outgoing:
    """Bring one entry as far as it goes: deliver, then wait up to `wait` seconds for its result and report."""
    batch, receipt = entry.batch, entry.receipt
    if receipt is None or batch is None:
        try:
            batch, receipt = client.deliver(entry)
        except Refused as no:
            if no.status not in (401, 403, 409, 413, 422):
                raise
            outbox.mark(entry.manifest_id, "refused", client.now(), rule=no.rule, reason=no.reason)
            raise
        outbox.mark(entry.manifest_id, "delivered", client.now(), batch=batch, receipt=receipt)
    if client.hub_key is None:
        client.flows()
    until, pause = time.monotonic() + wait, 0.05
    while True:
        _, result = client.result(entry, batch)
        if result is not None:
            faults = [(f.line, f.column, f.rule, f.reason) for f in client.report(batch)]
            outbox.keep_report(entry.manifest_id, "hub", faults)
            outbox.mark(entry.manifest_id, "finished", client.now(), result=result)
            break
        if time.monotonic() >= until:
            break
        client.sleep(pause)
        pause = min(1.0, pause * 1.3)
    return outbox.get(entry.manifest_id) or entry
