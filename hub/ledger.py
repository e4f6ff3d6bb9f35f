"""What was decided, by whom, and can anyone rewrite it unseen? A Merkle tree of events, after RFC 9162.

Leaf and node hashes are domain-separated (0x00, 0x01; RFC 9162 §2.1.1). The log grows by a frontier: the roots of
the perfect subtrees of its size, so that an append costs a logarithm of hashes. A kept head (size and root) is what
makes a cut tail or a rewritten past visible: verification needs the leaves and the heads that others kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

ORIGIN = "partnership-hub/ledger"
Verdict = Literal["allow", "refuse"]


@dataclass(frozen=True, slots=True)
class Event:
    """One decision. `actor` and `subject` are ids, never names; `detail` holds counts, never a row's value."""

    at: datetime
    actor: str
    action: str
    subject: str
    verdict: Verdict
    rule: str
    protocols: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree's size and the roots of its perfect subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A tree head: how many events there were at a moment, and the root over them."""

    size: int
    root: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a log. `sequence` is the first event known to be affected, where one is known."""

    what: str
    sequence: int | None = None


def leaf(event: Event, sequence: int) -> bytes:
    """The canonical bytes of an event at its place in the log: JSON, sorted keys, UTC times."""
    body = {
        "sequence": sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "verdict": event.verdict,
        "rule": event.rule,
        "protocols": list(event.protocols),
        "detail": dict(event.detail),
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


USES = frozenset({"release.download", "release.read", "release.look"})
"""Actions by which a release is used."""
EVERYBODY = "*"


def concerns(event: Event) -> list[str]:
    """Whom an event concerns, as keys by which it is found again: the protocols it leaned on; failing these the
    document, agency or person it is about; what happened at the door, by nobody known, everybody. And the release
    that was used, as `use:…`."""
    found = {f"protocol:{reference.partition('/')[0]}" for reference in event.protocols} or {_about(event)}
    if event.action in USES and event.verdict == "allow":
        found.add(f"use:{event.subject}")
    return sorted(found)


def _about(event: Event) -> str:
    kind, _, name = event.actor.partition(":")
    if event.action.startswith("agency."):
        return f"agency:{event.subject.removeprefix('agency:')}"
    if event.action.startswith("protocol."):
        return f"protocol:{event.subject.partition('/')[0]}"
    if kind in ("agency", "person"):
        return f"{kind}:{name}"
    if kind == "operator":
        return f"person:{event.subject.removeprefix('person:')}"
    return EVERYBODY


def leaf_hash(content: bytes) -> bytes:
    """RFC 9162 §2.1.1: HASH(0x00 || leaf)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: HASH(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(frontier: Frontier, content: bytes) -> Frontier:
    """The frontier after one more leaf."""
    return grow(frontier, content)[0]


def grow(frontier: Frontier, content: bytes) -> tuple[Frontier, list[tuple[int, int, bytes]]]:
    """The frontier after one more leaf, and the perfect subtrees that it completes: (level, number, root)."""
    hashes, number, level, carried = list(frontier.hashes), frontier.size, 0, leaf_hash(content)
    made = [(0, number, carried)]
    while number & 1:
        carried, number, level = node_hash(hashes.pop(), carried), number >> 1, level + 1
        made.append((level, number, carried))
    return Frontier(frontier.size + 1, (*hashes, carried)), made


def perfect(low: int, high: int) -> list[tuple[int, int]]:
    """The perfect subtrees, as (level, number), that the leaves from `low` to `high` (excluded) are made of."""
    found = []
    while low < high:
        level = min((high - low).bit_length() - 1, (low & -low).bit_length() - 1 if low else 63)
        found.append((level, low >> level))
        low += 1 << level
    return found


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots are the path from leaf `index`, nearest first (RFC 9162 §2.1.3.1)."""
    low, high, found = 0, size, []
    while high - low > 1:
        cut = low + _split(high - low)
        found.append((cut, high) if index < cut else (low, cut))
        low, high = (low, cut) if index < cut else (cut, high)
    return found[::-1]


def consistency_ranges(old: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots prove that the tree of `size` begins with that of `old` (RFC 9162 §2.1.4.1)."""
    low, high, found = 0, size, []
    while old != high:
        cut = low + _split(high - low)
        found.append((cut, high) if old <= cut else (low, cut))
        low, high = (low, cut) if old <= cut else (cut, high)
    return ([(low, high)] if low else []) + found[::-1]


def joined(roots: Sequence[bytes]) -> bytes:
    """The root over neighbouring perfect subtrees, largest first."""
    found = roots[-1]
    for left in reversed(roots[:-1]):
        found = node_hash(left, found)
    return found


def root(frontier: Frontier) -> bytes:
    """The root over a frontier; of an empty log, the hash of nothing (RFC 9162 §2.1.1)."""
    if not frontier.hashes:
        return hashlib.sha256(b"").digest()
    return joined(frontier.hashes)


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The path from leaf `index` to the root over `hashes` (RFC 9162 §2.1.3.1)."""
    if len(hashes) <= 1:
        return []
    cut = _split(len(hashes))
    if index < cut:
        return [*inclusion_proof(hashes[:cut], index), root_of(hashes[cut:])]
    return [*inclusion_proof(hashes[cut:], index - cut), root_of(hashes[:cut])]


def check_inclusion(content: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Is this leaf at `index` of the tree of `size` with this root? (RFC 9162 §2.1.3.2)"""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf_hash(content)
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == expected


def consistency_proof(hashes: Sequence[bytes], old: int) -> list[bytes]:
    """That the tree over the first `old` leaves is a beginning of this one (RFC 9162 §2.1.4.1)."""
    return _subproof(hashes, old, complete=True) if 0 < old < len(hashes) else []


def _subproof(hashes: Sequence[bytes], old: int, complete: bool) -> list[bytes]:
    if old == len(hashes):
        return [] if complete else [root_of(hashes)]
    cut = _split(len(hashes))
    if old <= cut:
        return [*_subproof(hashes[:cut], old, complete), root_of(hashes[cut:])]
    return [*_subproof(hashes[cut:], old - cut, complete=False), root_of(hashes[:cut])]


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the tree of `new` leaves begin with the tree of `old` leaves? (RFC 9162 §2.1.4.2)"""
    if old > new or old < 0:
        return False
    if old in (0, new):
        return not proof and (old == 0 or old_root == new_root)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, step)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def head_text(head: Head) -> str:
    """A head as a C2SP checkpoint body: origin, size, root in base64, and the moment as an extension line."""
    stamp = head.at.astimezone(UTC).isoformat(timespec="seconds")
    return f"{ORIGIN}\n{head.size}\n{base64.b64encode(head.root).decode()}\n{stamp}\n"


NOTE_KEY = b"\x01"
"""Ed25519 in a signed note (C2SP signed-note)."""


def note_mark(public: bytes) -> bytes:
    """The four bytes by which a signed note names the log's Ed25519 key."""
    return hashlib.sha256(ORIGIN.encode() + b"\n" + NOTE_KEY + public).digest()[:4]


def signed_head(head: Head, public: bytes, sign: Callable[[bytes], bytes]) -> str:
    """A head as a C2SP checkpoint: its body and the log's signature, in a signed note."""
    body = head_text(head)
    blob = base64.b64encode(note_mark(public) + sign(body.encode())).decode()
    return f"{body}\n— {ORIGIN} {blob}\n"


def parse_head(text: str) -> Head:
    """A head from its checkpoint, signed or not; the signature is not looked at. Raises `ValueError`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != ORIGIN:
        raise ValueError("not a head of this ledger")
    return Head(int(lines[1]), base64.b64decode(lines[2], validate=True), datetime.fromisoformat(lines[3]))


def verify_log(leaves: Iterable[tuple[int, bytes]], stored: Frontier, heads: Sequence[Head]) -> list[Finding]:
    """Everything wrong with a log: gaps and reorder by sequence, edits by the stored frontier, and what a whole
    rewritten database could hide by the heads that were kept elsewhere. An empty list means it is whole."""
    findings: list[Finding] = []
    due: dict[int, list[Head]] = {h.size: [] for h in heads}
    for kept in heads:
        due[kept.size].append(kept)
    grown = Frontier()
    findings += [Finding("a kept head of size 0 has another root", 0) for h in due.pop(0, []) if h.root != root(grown)]
    for sequence, content in leaves:
        if sequence != grown.size or _sequence_in(content) != sequence:
            findings.append(Finding("events are missing, doubled or out of order", min(sequence, grown.size)))
            break
        grown = append(grown, content)
        for kept in due.pop(grown.size, []):
            if kept.root != root(grown):
                findings.append(Finding("events differ from a head that was kept", kept.size - 1))
    if grown != stored:
        findings.append(Finding("events differ from the stored tree", min(grown.size, stored.size)))
    findings += [
        Finding(f"a kept head has {size} events, the log {grown.size}: its tail was cut", grown.size)
        for size in sorted(due)
        if size > grown.size
    ]
    return findings


def _sequence_in(content: bytes) -> int | None:
    try:
        return int(json.loads(content)["sequence"])
    except (ValueError, KeyError, TypeError):
        return None
