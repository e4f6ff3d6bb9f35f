"""Is a release's folder what the hub certified, and does the certificate still count? Needs the public key and no hub."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import date
from pathlib import Path

from joserfc.jwk import OKPKey

from hub import ledger
from hub.journey.candidate import CERTIFICATE
from hub.release import certificate as certificates
from protocols.wire import Certificate, LedgerProof, Unsigned, verify

NOT_CERTIFIED = (CERTIFICATE, "SHA256SUMS")
OF_A_PACK = ("pack.json", "viewer.html")
"""What a pack adds to a release's files, and signs itself."""


def verify_folder(folder: Path, key: OKPKey, today: date) -> tuple[Certificate | None, list[str]]:
    """The certificate of the release in a folder, and everything for which it is to be refused (empty: it is sound).

    Certificate None: there is none that this key signed. Files whose names begin with a dot are the hub's own. Names
    may begin as downloads do (`release-12-`), all alike.
    """
    prefix = _prefix(folder)
    path = folder / f"{prefix}{CERTIFICATE}"
    if not path.is_file():
        return None, [f"there is no {CERTIFICATE} in {folder.name}"]
    token = certificates.token_in(path.read_bytes())
    if token is None:
        return None, [f"{CERTIFICATE} is not as it was signed"]
    try:
        certificate = verify(token, Certificate, key)
    except Unsigned as wrong:
        return None, [f"{CERTIFICATE}: {wrong}"]
    present = {_plain(p.name, prefix): _digest(p) for p in folder.iterdir() if p.is_file()
               and p.name not in OF_A_PACK and not p.name.startswith(".")}  # fmt: skip
    found = {n: d for n, d in present.items() if n not in NOT_CERTIFIED}
    wrongs = certificates.faults(certificate, found, _in_ledger(certificate), today)
    sums = folder / f"{prefix}SHA256SUMS"
    if sums.is_file():
        lines = [line.partition("  ") for line in sums.read_text(encoding="utf-8").splitlines()]
        said = {name: digest for digest, _, name in lines}
        if said != {n: d for n, d in present.items() if n != "SHA256SUMS"}:
            wrongs.append("SHA256SUMS does not say what the files are")
    return certificate, wrongs


def _prefix(folder: Path) -> str:
    """What downloads put before their names; "" where the certificate bears its own name, or several do not."""
    found = [p.name.removesuffix(CERTIFICATE) for p in folder.glob(f"release-*-{CERTIFICATE}")]
    return found[0] if len(found) == 1 and not (folder / CERTIFICATE).is_file() else ""


def _plain(name: str, prefix: str) -> str:
    """A file's name as certified; a file without the prefix of the others takes no certified file's place."""
    return name.removeprefix(prefix) if name.startswith(prefix) else f"./{name}"


def _in_ledger(certificate: Certificate) -> bool:
    """Does the proof hold, and is the event it proves the making of this release?"""
    proof: LedgerProof = certificate.ledger
    try:
        leaf = base64.b64decode(proof.leaf, validate=True)
    except binascii.Error:
        return False
    path, root = [bytes.fromhex(h) for h in proof.path], bytes.fromhex(proof.root)
    names_it = f'"subject":"{certificate.release}"'.encode() in leaf
    return names_it and ledger.check_inclusion(leaf, proof.sequence, proof.size, path, root)


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
