"""A time-stamp authority of RFC 3161 for tests: its own root, a certificate for time stamps, and HTTP on loopback.

It speaks the protocol as a real one does, with a real signature; what it is told to do wrong, it does wrong.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as names
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEAR = timedelta(days=365)


def certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey, begun: datetime, ca: bool,
    usage: bool = True,
) -> x509.Certificate:  # fmt: skip
    """A certificate of two years."""
    name = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (subject, issuer)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name[0])
        .issuer_name(name[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun - YEAR)
        .not_valid_after(begun + YEAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if usage:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(by, hashes.SHA256())


@dataclass
class Authority:
    """A root and its time-stamping certificate. `twist` changes what is signed; `down` answers nothing of use."""

    now: Callable[[], datetime]
    begun: datetime
    usage: bool = True
    twist: Callable[[dict[str, Any]], None] = lambda _: None
    spoil: bool = False
    down: bool = False
    status: str = "granted"
    asked: int = 0
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.root = certificate("Root", self.root_key, "Root", self.root_key, self.begun, ca=True, usage=False)
        self.own = certificate("Stamps", self.key, "Root", self.root_key, self.begun, ca=False, usage=self.usage)

    @property
    def anchors(self) -> bytes:
        """What readers trust: the root, as PEM."""
        return self.root.public_bytes(Encoding.PEM)

    def answer(self, request: bytes) -> bytes:
        """A response to a request."""
        self.asked += 1
        asked = tsp.TimeStampReq.load(request, strict=True).native
        info = {
            "version": "v1", "policy": "1.3.6.1.4.1.13762.3", "message_imprint": asked["message_imprint"],
            "serial_number": self.asked, "gen_time": self.now().replace(microsecond=0), "nonce": asked["nonce"],
        }  # fmt: skip
        self.twist(info)
        if self.status != "granted":
            said = tsp.PKIStatusInfo({"status": self.status}).dump()
            return b"\x30" + bytes([len(said)]) + bytes(said)
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self._token(info)}).dump())

    def _token(self, info: dict[str, Any]) -> cms.ContentInfo:
        content = tsp.TSTInfo(info).dump()
        der = self.own.public_bytes(Encoding.DER)
        held = names.Certificate.load(der)
        mark = {"certs": [{"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": hashlib.sha256(der).digest()}]}
        attributes = cms.CMSAttributes([
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
            {"type": "signing_certificate_v2", "values": [mark]},
        ])  # fmt: skip
        signature = bytearray(self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())))
        if self.spoil:
            signature[-1] ^= 1
        signer = {
            "version": "v1", "sid": {"issuer_and_serial_number": {"issuer": held.issuer, "serial_number": held.serial_number}},
            "digest_algorithm": {"algorithm": "sha256"}, "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"}, "signature": bytes(signature),
        }  # fmt: skip
        sid = cms.SignerIdentifier("issuer_and_serial_number", signer.pop("sid")["issuer_and_serial_number"])
        signed = cms.SignedData({
            "version": "v3", "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": [cms.CertificateChoices("certificate", held)], "signer_infos": [{**signer, "sid": sid}],
        })  # fmt: skip
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    """The authority at an address on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            sound = self.headers["Content-Type"] == "application/timestamp-query" and not authority.down
            body = authority.answer(request) if sound else b"<html>busy</html>"
            self.send_response(200 if sound else 503)
            self.send_header("Content-Type", "application/timestamp-reply" if sound else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
