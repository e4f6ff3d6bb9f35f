"""Which kind of proof is this file, and does it hold? Told by content, never by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate
from joserfc.jwk import OKPKey

from connectors.proofs import (
    TIMESTAMP,
    Disproved,
    Head,
    attached,
    check_copy,
    check_json,
    check_log,
    check_signed,
    read_head,
)
from protocols.assertion import from_b64u
from protocols.timestamp import authorities
from protocols.wire import Receipt, Result, SignedPack, Unsigned, verify

BEGINNING = 64


def proved(
    file: Path, public: OKPKey | None, heads: Sequence[Path], event: Path | None, authority: Path | None = None
) -> dict[str, Any]:
    """What a file proves. Raises `Disproved`, `ValueError` for wrong use, `OSError` for what cannot be read."""
    with file.open("rb") as source:
        beginning = source.read(BEGINNING).lstrip()
    if beginning[:1] == b"<":
        return check_copy(file.read_text(encoding="utf-8"))
    if beginning[:4] == b"%PDF":
        return _pdf(attached(file.read_bytes()), public)
    if public is None:
        raise ValueError("give the hub's public key with --hub-key")
    key = from_b64u(str(public.as_dict(private=False)["x"]))
    kept: list[Head] = [read_head(path.read_text(encoding="utf-8"), key) for path in heads]
    if beginning[:1] == b"{":
        return _json(file, key, kept, event, authorities(authority.read_bytes()) if authority else [])
    text = file.read_text(encoding="utf-8")
    if "\n\n" in text:
        head = read_head(text, key)
        return {"origin": head.origin, "events": head.size, "root": head.root.hex(), "at": " ".join(head.more)}
    return _receipt(text.strip(), public)


def _json(
    file: Path, key: bytes, kept: Sequence[Head], event: Path | None, trusted: Sequence[Certificate]
) -> dict[str, Any]:
    with file.open("rb") as lines:
        first = lines.readline()
        try:
            body = json.loads(first + (b"" if b'"sequence"' in first else lines.read()))
        except ValueError:
            raise Disproved("this is no proof: it is not JSON") from None
        if "format" not in body:
            lines.seek(0)
            return check_log(lines, kept)
    if body["format"] == TIMESTAMP and not trusted:
        raise ValueError("name the authority's certificates (PEM) that you trust with --authority")
    return check_json(body, key, kept, event.read_bytes().rstrip(b"\n") if event else None, trusted)


def _pdf(content: bytes, public: OKPKey | None) -> dict[str, Any]:
    """What the file within a PDF proves: a signed copy by its own signatures, a pack by the hub's key. It is this that is
    proved, and its digest stands on every page: read the two together."""
    if content[:1] == b"{":
        try:
            body = json.loads(content)
            text = str(body.pop("text"))
        except (ValueError, KeyError):
            raise Disproved("this is not a signed copy") from None
        return check_signed(text, body)
    if public is None:
        raise ValueError("give the hub's public key with --hub-key")
    try:
        pack = verify(content.decode("ascii", "replace"), SignedPack, public)
    except Unsigned as wrong:
        raise Disproved(f"the pack is not signed by that key: {wrong}") from None
    return {"pack_of": pack.pack, "version": pack.version, "made_at": pack.made_at.isoformat(),
            "digest": hashlib.sha256(pack.text.encode()).hexdigest()}  # fmt: skip


def _receipt(token: str, public: OKPKey) -> dict[str, Any]:
    for model in (Receipt, Result):
        try:
            return dict(verify(token, model, public).model_dump(mode="json"))
        except Unsigned:
            continue
    raise Disproved("this is not a receipt or result signed by that key")
