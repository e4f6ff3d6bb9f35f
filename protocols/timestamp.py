"""Was this there at that time? RFC 3161 time-stamp tokens, checked offline against authorities that the reader trusts.

Pure: a token, the bytes that it is of and trusted certificates go in; the moment comes out, or `Unproved`. The token's
own certificates only help to find the way to a trusted one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as names
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocols.assertion import Unproved

HASHES: dict[str, Any] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
LONGEST_PATH = 5
RULE = "timestamp.token"
_DER = Encoding.DER
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, UnsupportedAlgorithm, x509.InvalidVersion,
              x509.ExtensionNotFound, x509.DuplicateExtension)  # fmt: skip
"""What the parsers raise at what is no token."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a token proves: the moment (UTC) and who says so."""

    at: datetime
    authority: str


def request(content: bytes, nonce: int) -> bytes:
    """A request (DER) for a time stamp over the SHA-256 of this, with the authority's certificate in the answer."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(content).digest()}
    asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return bytes(asked.dump())


def token_of(response: bytes) -> bytes:
    """The token (DER) in an authority's response. Raises `Unproved` where it granted none."""
    try:
        answer = core.SequenceOf.load(response, strict=True, spec=core.Any)  # a refusal has no second part
        status = answer[0].parse(spec=tsp.PKIStatusInfo)["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise Unproved(RULE, f"the time-stamp service answered: {status}")
        return bytes(answer[1].dump())
    except Unproved:
        raise
    except UNREADABLE as wrong:
        raise Unproved(RULE, "the time-stamp service's answer cannot be read") from wrong


def check_token(
    token: bytes, content: bytes, trusted: Sequence[x509.Certificate], nonce: int | None = None
) -> Stamped:  # fmt: skip
    """What a token proves of this content. Raises `Unproved`, with what does not hold."""
    try:
        return _check(token, content, trusted, nonce)
    except Unproved:
        raise
    except UNREADABLE as wrong:
        raise Unproved(RULE, "the token cannot be read") from wrong


def _check(token: bytes, content: bytes, trusted: Sequence[x509.Certificate], nonce: int | None) -> Stamped:
    # 1 a signed TSTInfo by one signer
    outer = cms.ContentInfo.load(token, strict=True)
    if outer["content_type"].native != "signed_data":
        raise Unproved(RULE, "the token is not signed")
    signed = outer["content"]
    info = signed["encap_content_info"]
    if info["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
        raise Unproved(RULE, "the token holds no time stamp of one signer")
    encoded = bytes(info["content"])
    stamp: Any = tsp.TSTInfo.load(encoded, strict=True)
    # 2 it is of this content, and the answer to this request
    imprint = stamp["message_imprint"]
    kind = imprint["hash_algorithm"]["algorithm"].native
    if kind not in HASHES or hashlib.new(kind, content).digest() != imprint["hashed_message"].native:
        raise Unproved(RULE, "the token is of something else")
    if nonce is not None and stamp["nonce"].native != nonce:
        raise Unproved(RULE, "the token answers another request")
    # 3 the signed attributes name this content and the signer's certificate
    signer = signed["signer_infos"][0]
    known = [x509.load_der_x509_certificate(c.chosen.dump()) for c in signed["certificates"] or ()]
    certificate = _signer(signer, [*known, *trusted])
    digest_name = signer["digest_algorithm"]["algorithm"].native
    _check_attributes(signer, hashlib.new(digest_name, encoded).digest(), certificate)
    # 4 the signature holds
    attributes = signer["signed_attrs"].untag().dump(force=True)  # DER of SET OF, as it is signed (RFC 5652 §5.4)
    _check_signature(certificate, signer["signature_algorithm"], digest_name, signer["signature"].native, attributes)
    # 5 the certificate is one for time stamps alone, and leads to a trusted one, all valid at that moment
    at = stamp["gen_time"].native
    usages = [e for e in certificate.extensions if isinstance(e.value, x509.ExtendedKeyUsage)]
    if [(u.critical, *u.value) for u in usages] != [(True, ExtendedKeyUsageOID.TIME_STAMPING)]:
        raise Unproved(RULE, "the signer's certificate is not one for time stamps")
    _check_path(certificate, known, trusted, at)
    return Stamped(at, certificate.subject.rfc4514_string())


def _signer(signer: Any, known: Sequence[x509.Certificate]) -> x509.Certificate:
    if signer["sid"].name != "issuer_and_serial_number":
        raise Unproved(RULE, "the token names its signer in a way that is not known")
    wanted = signer["sid"].chosen
    for one in known:
        held = names.Certificate.load(one.public_bytes(_DER))
        if held.issuer == wanted["issuer"] and held.serial_number == wanted["serial_number"].native:
            return one
    raise Unproved(RULE, "the signer's certificate is missing")


def _check_attributes(signer: Any, digest: bytes, certificate: x509.Certificate) -> None:
    held = {a["type"].native: a["values"] for a in signer["signed_attrs"]}
    if held["content_type"][0].native != "tst_info" or held["message_digest"][0].native != digest:
        raise Unproved(RULE, "what is signed is not the time stamp")
    for name in ("signing_certificate_v2", "signing_certificate"):
        if name in held:
            first = held[name][0]["certs"][0]
            kind = first["hash_algorithm"]["algorithm"].native if name.endswith("v2") else "sha1"
            der = certificate.public_bytes(_DER)
            if hashlib.new(kind, der, usedforsecurity=kind != "sha1").digest() == first["cert_hash"].native:
                return
    raise Unproved(RULE, "the token does not name its signer's certificate")


def _check_signature(
    certificate: x509.Certificate, algorithm: algos.SignedDigestAlgorithm, digest: str, signature: bytes, message: bytes
) -> None:
    key = certificate.public_key()
    name = algorithm["algorithm"].native
    kind = HASHES[name.partition("_")[0] if name.partition("_")[0] in HASHES else digest]()
    try:
        if isinstance(key, rsa.RSAPublicKey) and name != "rsassa_pss":
            key.verify(signature, message, padding.PKCS1v15(), kind)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PSS(padding.MGF1(kind), padding.PSS.AUTO), kind)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(kind))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            raise Unproved(RULE, "the signer's key is of a kind that is not known")
    except InvalidSignature:
        raise Unproved(RULE, "the token's signature does not hold") from None


def _check_path(
    certificate: x509.Certificate, known: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate], at: datetime
) -> None:  # fmt: skip
    """A way from a certificate to a trusted one, each issued by the next, each valid at the moment."""
    one = certificate
    for _ in range(LONGEST_PATH):
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise Unproved(RULE, "a certificate was not valid at the moment that the token says")
        if one in trusted:
            return
        following = next((c for c in (*trusted, *known) if c != one and _issued(one, c)), None)
        if following is None:
            break
        one = following
    raise Unproved(RULE, "the token does not come from an authority that is trusted")


def _issued(one: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        constraints = by.extensions.get_extension_for_class(x509.BasicConstraints).value
        one.verify_directly_issued_by(by)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return constraints.ca


def authorities(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file. Raises `ValueError` where there is none."""
    return x509.load_pem_x509_certificates(pem)
