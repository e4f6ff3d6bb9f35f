"""Is what the hub published true? Signed copies of protocols, ledger heads, proofs and whole logs, checked without it.

Nothing here is the hub's code: the tree is computed anew from RFC 9162 §2.1, heads are C2SP checkpoints in signed
notes (https://c2sp.org/tlog-checkpoint), signatures of protocols are WebAuthn assertions over the text's digest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import Certificate

from protocols.assertion import Assertion, RelyingParty, Unproved, check_assertion, fingerprint, from_b64u
from protocols.schema import Faulty, Tier, parse_document
from protocols.timestamp import check_token

COPY, INCLUSION, CONSISTENCY, TIMESTAMP, ERASURES = (
    f"partnership-hub/{kind}/1" for kind in ("signed-copy", "inclusion", "consistency", "timestamp", "erasures")
)


class Disproved(ValueError):
    """It is not what it says it is; the message says in words why."""


# the tree (RFC 9162 §2.1) -------------------------------------------------------------------------------------------


def _leaf(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of a tree of `size` that a path from the leaf hash at `index` leads to. Raises `Disproved`."""
    if not 0 <= index < size:
        raise Disproved("the proof is of an event outside the log")
    steps: list[bool] = []  # is the sibling on the left? from the root down
    low, high = 0, size
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        steps.append(index >= middle)
        low, high = (middle, high) if index >= middle else (low, middle)
    if len(steps) != len(path):
        raise Disproved("the proof has the wrong length")
    for on_left, sibling in zip(reversed(steps), path, strict=True):
        leaf = _node(sibling, leaf) if on_left else _node(leaf, sibling)
    return leaf


def roots_by_consistency(old: int, new: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of the trees of `old` and `new` leaves that a consistency path leads to (§2.1.4). Raises `Disproved`."""
    if not 0 < old < new:
        raise Disproved("the proof is not between a smaller and a larger log")
    steps: list[bool] = []
    low, high = 0, new
    while old != high:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        steps.append(old > middle)
        low, high = (middle, high) if old > middle else (low, middle)
    rest = list(path)
    try:
        seed = old_root if low == 0 else rest.pop(0)
        before = after = seed
        for on_left in reversed(steps):
            sibling = rest.pop(0)
            if on_left:
                before, after = _node(sibling, before), _node(sibling, after)
            else:
                after = _node(after, sibling)
    except IndexError:
        raise Disproved("the proof is too short") from None
    if rest:
        raise Disproved("the proof is too long")
    return before, after


def roots_of(leaves: Iterable[bytes], sizes: Iterable[int]) -> tuple[int, dict[int, bytes]]:
    """How many leaves there are, and the roots over the first so many of them, for each of `sizes` that is reached."""
    wanted, found = set(sizes), {}
    stack: list[bytes] = []
    size = 0
    if 0 in wanted:
        found[0] = hashlib.sha256(b"").digest()
    sha = hashlib.sha256
    for content in leaves:
        joined, number = sha(b"\x00" + content).digest(), size
        while number & 1:
            joined, number = sha(b"\x01" + stack.pop() + joined).digest(), number >> 1
        stack.append(joined)
        size += 1
        if size in wanted:
            root = stack[-1]
            for left in reversed(stack[:-1]):
                root = _node(left, root)
            found[size] = root
    return size, found


# heads --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """A head of the log: whose, how many events, the root over them, and its further lines (the moment)."""

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...]


def read_head(note: str, key: bytes) -> Head:
    """A head from its signed note, by the log's raw Ed25519 public key. Raises `Disproved`."""
    body, found, signatures = note.partition("\n\n")
    body += "\n"
    lines = body.split("\n")
    try:
        head = Head(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True), tuple(lines[3:-1]))
    except (IndexError, ValueError):
        raise Disproved("this is not a head of a log") from None
    name = head.origin
    mark = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    for line in signatures.splitlines() if found else ():
        dash, _, rest = line.partition(" ")
        signer, _, blob = rest.rpartition(" ")
        try:
            given = base64.b64decode(blob, validate=True)
        except binascii.Error:
            continue
        if dash != "—" or signer != name or given[:4] != mark:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(given[4:], body.encode())
        except InvalidSignature:
            break
        return head
    raise Disproved("the head is not signed by that key")


# what a file proves -------------------------------------------------------------------------------------------------


class _Blocks(HTMLParser):
    """The text of the elements with these ids."""

    def __init__(self, *ids: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.ids, self.inside = ids, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id")
        if tag == "pre" and name in self.ids:
            if name in self.found:
                raise Disproved("the copy holds two texts of one name")
            self.inside, self.found[name] = name, []

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[self.inside].append(data)


def check_copy(page: str) -> dict[str, Any]:
    """Everything that a signed copy proves: the protocol, its digest, who signed it with which key. Raises `Disproved`."""
    blocks = _Blocks("text", "signatures")
    blocks.feed(page)
    try:
        text = "".join(blocks.found["text"]).replace("\r\n", "\n").removeprefix("\n")
        body = json.loads("".join(blocks.found["signatures"]))
    except (KeyError, ValueError) as wrong:
        if isinstance(wrong, Disproved):
            raise
        raise Disproved(f"this is not a signed copy: {wrong}") from None
    return check_signed(text, body)


ATTACHED = re.compile(rb"<</Type /EmbeddedFile /Subtype /([A-Za-z]+)#2F([A-Za-z]+) /Length (\d{1,9})>>\nstream\n")


def attached(pdf: bytes) -> bytes:
    """The one file within a PDF of the hub's. Raises `Disproved` where there is none or several."""
    found = list(ATTACHED.finditer(pdf))
    if len(found) != 1:
        raise Disproved("this PDF carries no proof as the hub writes it: another program may have saved it anew")
    return pdf[found[0].end() : found[0].end() + int(found[0][3])]


def check_signed(text: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a protocol's text and the signatures over it prove. Raises `Disproved`."""
    try:
        digest = hashlib.sha256(text.encode()).hexdigest()
        if body["format"] != COPY:
            raise Disproved("this is not a signed copy")
        if body["digest"] != digest:
            raise Disproved("the text is not the one that was signed")
        document = parse_document(text)
        heading = document.protocol
        if (heading.id, heading.version) != (body["protocol"], body["version"]):
            raise Disproved("the text is of another protocol or version")
        party = RelyingParty(str(body["relying_party"]["id"]), tuple(body["relying_party"]["origins"]))
        signed = [_check_signature(s, bytes.fromhex(digest), party, heading.tier) for s in body["signatures"]]
    except (KeyError, TypeError, ValueError, Faulty) as wrong:
        if isinstance(wrong, Disproved):
            raise
        raise Disproved(f"this is not a signed copy: {wrong}") from None
    if len({s["agency"] for s in signed}) != len(signed) or not signed:
        raise Disproved("an agency's signature is doubled, or there is none")
    return {"protocol": heading.id, "version": heading.version, "title": heading.title, "digest": digest,
            "made_on": list(party.origins), "signatures": signed,
            "not_signed": sorted({p.agency for p in document.party} - {s["agency"] for s in signed})}  # fmt: skip


def _check_signature(one: dict[str, Any], challenge: bytes, party: RelyingParty, tier: Tier) -> dict[str, Any]:
    told = {name: one[name] for name in ("agency", "name", "office", "at")}
    if one["signature"] is None:
        if tier is not Tier.ACCESS:
            raise Disproved(f"the signature for {one['agency']} has no proof")
        return {**told, "key": None}
    try:
        given = Assertion("", *(from_b64u(one[n]) for n in ("authenticator_data", "client_data", "signature")))
        public = from_b64u(one["public_key"])
        check_assertion(given, public, challenge, party)
    except Unproved as wrong:
        raise Disproved(f"the signature for {one['agency']} does not hold: {wrong}") from None
    return {**told, "key": fingerprint(public)}


def check_log(lines: Iterable[bytes], kept: Sequence[Head]) -> dict[str, Any]:
    """That a whole log, an event a line, is the one that every kept head was made of. Raises `Disproved`."""
    if not kept:
        raise Disproved("a log alone proves nothing: give a head of it that was kept elsewhere")

    def numbered() -> Iterable[bytes]:
        for number, line in enumerate(lines):
            content = line.rstrip(b"\n")
            if b'"sequence":%d,' % number not in content:
                raise Disproved(f"event {number} is missing, doubled or out of order")
            yield content

    size, roots = roots_of(numbered(), (h.size for h in kept))
    for head in kept:
        if head.size > size:
            raise Disproved(f"a kept head has {head.size} events, the log {size}: its tail was cut")
        if roots[head.size] != head.root:
            raise Disproved(f"the first {head.size} events are not those of a kept head")
    return {"events": size, "heads": sorted(h.size for h in kept)}


def check_stamp(body: dict[str, Any], head: Head, trusted: Sequence[Certificate]) -> dict[str, Any]:
    """A time stamp over a head, by an authority that the reader trusts. Raises `Disproved`."""
    try:
        found = check_token(base64.b64decode(body["token"], validate=True), body["checkpoint"].encode(), trusted)
    except Unproved as wrong:
        raise Disproved(f"the time stamp does not hold: {wrong}") from None
    return {"events": head.size, "root": head.root.hex(), "stamped_at": found.at.isoformat(), "by": found.authority}


def check_json(
    body: dict[str, Any], key: bytes, kept: Sequence[Head], leaf: bytes | None, trusted: Sequence[Certificate] = ()
) -> dict[str, Any]:
    """An inclusion or a consistency proof, a time stamp or a proof of deletion, as the hub gives it. Raises `Disproved`."""
    try:
        kind, head = body["format"], read_head(body["checkpoint"], key)
        if kind == TIMESTAMP:
            return check_stamp(body, head, trusted)
        if kind == ERASURES:
            return {"events": head.size, "erased": [_erased(one, head) for one in body["events"]]}
        path = [base64.b64decode(p, validate=True) for p in body["proof"]]
        if kind == INCLUSION:
            held = base64.b64decode(body["leaf_hash"], validate=True)
            if leaf is not None and _leaf(leaf) != held:
                raise Disproved("the proof is of another event")
            if root_by_inclusion(held, body["index"], head.size, path) != head.root:
                raise Disproved("the event is not in the log at that place")
            return {"event": body["index"], "events": head.size, "content": "checked" if leaf else "not given"}
        if kind == CONSISTENCY:
            return _check_consistency(body["old"], head, path, kept)
    except (KeyError, TypeError, ValueError) as wrong:
        if isinstance(wrong, Disproved):
            raise
        raise Disproved(f"this is no proof: {wrong}") from None
    raise Disproved("this is no proof of a kind that is known")


def _erased(one: dict[str, Any], head: Head) -> dict[str, Any]:
    """One event of a proof of deletion, in the log at its place. Raises `Disproved`."""
    content = base64.b64decode(one["leaf"], validate=True)
    path = [base64.b64decode(p, validate=True) for p in one["proof"]]
    if root_by_inclusion(_leaf(content), one["index"], head.size, path) != head.root:
        raise Disproved(f"event {one['index']} is not in the log at that place")
    event = json.loads(content)
    return {"event": one["index"], **{name: event[name] for name in ("at", "action", "subject", "detail")}}


def _check_consistency(old: int, head: Head, path: Sequence[bytes], kept: Sequence[Head]) -> dict[str, Any]:
    before = [h for h in kept if h.size == old]
    if not before:
        raise Disproved(f"give the head of {old} events that was kept")
    for one in before:
        if old == head.size:
            roots = (one.root, one.root) if not path else (b"", b"")
        else:
            roots = roots_by_consistency(old, head.size, one.root, path)
        if roots != (one.root, head.root):
            raise Disproved(f"the log of {head.size} events does not begin with the {old} of the kept head")
    return {"begins_with": old, "events": head.size}
