"""The separate verifier against the hub's own prover, and random attacks on a log: every one is found.

`HUB_ATTACKS=10000` runs that many.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from connectors.proofs import (
    Disproved,
    Head,
    check_json,
    check_log,
    read_head,
    root_by_inclusion,
    roots_by_consistency,
    roots_of,
)
from hub import ledger
from hub.adapters import keys
from hub.ledger import Event, Frontier, leaf

ATTACKS = int(os.environ.get("HUB_ATTACKS", "500"))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIZE = 300


@cache
def signer() -> keys.Signer:
    body = json.loads(keys.new_signing())
    return keys.Signer(OKPKey.import_key(body), body["kid"])


@cache
def public() -> bytes:
    text = str(signer().public()["x"])
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def whole_log(who: str = "agency:a") -> tuple[bytes, ...]:
    return tuple(
        leaf(
            Event(
                NOON + timedelta(seconds=n),
                who,
                "intake.manifest",
                f"batch-{n}",
                "allow",
                "protocol.in-force",
                ("p/1@x",),
            ),
            n,
        )
        for n in range(SIZE)
    )


def frontier(leaves: tuple[bytes, ...]) -> Frontier:
    grown = Frontier()
    for content in leaves:
        grown = ledger.append(grown, content)
    return grown


def note(leaves: tuple[bytes, ...]) -> str:
    grown = frontier(leaves)
    return signer().checkpoint(ledger.Head(grown.size, ledger.root(grown), NOON))


def held(leaves: tuple[bytes, ...]) -> dict[tuple[int, int], bytes]:
    """The perfect subtrees, as the hub stores them."""
    grown = Frontier()
    found: dict[tuple[int, int], bytes] = {}
    for content in leaves:
        grown, made = ledger.grow(grown, content)
        found |= {(level, number): root for level, number, root in made}
    return found


def path(nodes: dict[tuple[int, int], bytes], ranges: list[tuple[int, int]]) -> list[bytes]:
    return [ledger.joined([nodes[n] for n in ledger.perfect(low, high)]) for low, high in ranges]


# two implementations agree ------------------------------------------------------------------------------------------


def test_every_size_and_place_agrees() -> None:
    """Stored nodes, the recursive proofs of RFC 9162 and the verifier's own tree, for all sizes up to 70."""
    leaves = whole_log()[:70]
    hashes, nodes = [ledger.leaf_hash(c) for c in leaves], held(leaves)
    _, roots = roots_of(leaves, range(71))
    for size in range(1, 71):
        assert roots[size] == ledger.root_of(hashes[:size])
        for index in range(size):
            proof = path(nodes, ledger.inclusion_ranges(index, size))
            assert proof == ledger.inclusion_proof(hashes[:size], index)
            assert root_by_inclusion(hashes[index], index, size, proof) == roots[size]
        for old in range(1, size):
            proof = path(nodes, ledger.consistency_ranges(old, size))
            assert proof == ledger.consistency_proof(hashes[:size], old)
            assert roots_by_consistency(old, size, roots[old], proof) == (roots[old], roots[size])
    assert roots[0] == ledger.root(Frontier())


def test_a_head_is_believed_only_by_its_signature() -> None:
    text = note(whole_log())
    head = read_head(text, public())
    assert (head.size, head.root) == (SIZE, ledger.root(frontier(whole_log())))
    assert ledger.parse_head(text).size == SIZE
    other = json.loads(keys.new_signing())
    stranger = keys.Signer(OKPKey.import_key(other), "x").checkpoint(ledger.parse_head(text))
    for wrong in (text.replace("\n300\n", "\n299\n"), text.partition("\n\n")[0] + "\n", stranger, text.replace("— ", "- "), "x",
                  text.replace("partnership-hub/ledger\n", "another/ledger\n", 1)):  # fmt: skip
        with pytest.raises(Disproved):
            read_head(wrong, public())


# random attacks -----------------------------------------------------------------------------------------------------


@dataclass
class Log:
    """What an attacker holds: the log's events, renumbered so that no gap gives the attack away."""

    leaves: list[bytes]

    def renumber(self) -> None:
        for n, content in enumerate(self.leaves):
            body = json.loads(content)
            body["sequence"] = n
            self.leaves[n] = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def edit(log: Log, dice: Random) -> None:
    at = dice.randrange(len(log.leaves))
    old, new = dice.choice(
        [(b'"allow"', b'"refuse"'), (b"agency:a", b"agency:b"), (b"batch-", b"batch:"), (b"p/1", b"p/2")]
    )
    log.leaves[at] = log.leaves[at].replace(old, new)


def delete(log: Log, dice: Random) -> None:
    del log.leaves[dice.randrange(len(log.leaves))]


def insert(log: Log, dice: Random) -> None:
    log.leaves.insert(dice.randrange(len(log.leaves)), dice.choice(whole_log("agency:b")))


def swap(log: Log, dice: Random) -> None:
    one, other = dice.sample(range(len(log.leaves)), 2)
    log.leaves[one], log.leaves[other] = log.leaves[other], log.leaves[one]


def cut(log: Log, dice: Random) -> None:
    del log.leaves[dice.randrange(1, len(log.leaves)) :]


def fork(log: Log, dice: Random) -> None:
    at = dice.randrange(len(log.leaves))
    log.leaves[at:] = whole_log("agency:b")[at : len(log.leaves)]


def roll_back(log: Log, dice: Random) -> None:
    """Restore an older state and go on from there with other events, until the log is as long again."""
    at, size = dice.randrange(1, len(log.leaves)), len(log.leaves)
    log.leaves[at:] = whole_log("agency:c")[at : size + dice.randrange(5)]


CHANGES = (edit, delete, insert, swap, cut, fork, roll_back)


def test_every_attack_on_a_log_is_found() -> None:
    """The attacker rewrites everything, also numbers and the stored tree; one head kept elsewhere finds it."""
    dice = Random(20261123)
    for n in range(ATTACKS):
        size = dice.randrange(12, 60)
        honest = whole_log()[:size]
        kept = Head("", size, roots_of(honest, [size])[1][size], ())
        assert check_log([c + b"\n" for c in honest], [kept])
        log = Log(list(honest))
        change = CHANGES[n % len(CHANGES)]
        change(log, dice)
        if dice.random() < 0.8:
            log.renumber()
        with pytest.raises(Disproved):
            check_log([c + b"\n" for c in log.leaves], [kept])
        forged = tuple(log.leaves)
        if len(forged) > size:  # it offers to prove that it only grew
            nodes = held(forged)
            body = {"format": "partnership-hub/consistency/1", "old": size, "checkpoint": note(forged),
                    "proof": [base64.b64encode(p).decode() for p in path(nodes, ledger.consistency_ranges(size, len(forged)))]}  # fmt: skip
            with pytest.raises(Disproved):
                check_json(body, public(), [kept], None)


def test_a_log_alone_proves_nothing() -> None:
    with pytest.raises(Disproved, match="kept elsewhere"):
        check_log([c + b"\n" for c in whole_log()[:3]], [])


def proof(index: int = 7, size: int = 40) -> dict[str, Any]:
    leaves = whole_log()[:size]
    found = path(held(leaves), ledger.inclusion_ranges(index, size))
    return {"format": "partnership-hub/inclusion/1", "index": index, "checkpoint": note(leaves),
            "leaf_hash": base64.b64encode(ledger.leaf_hash(leaves[index])).decode(),
            "proof": [base64.b64encode(p).decode() for p in found]}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"index": 8}, {"index": 40}, {"index": -1}, {"index": "7"}, {"proof": []}, {"format": "x"}, {"checkpoint": "x"},
        {"leaf_hash": base64.b64encode(b"x" * 32).decode()}, {"proof": ["%"]}, {"proof": None},
    ],
)  # fmt: skip
def test_a_proof_that_is_changed_in_anything_fails(change: dict[str, Any]) -> None:
    assert check_json(proof(), public(), [], whole_log()[7]) == {"event": 7, "events": 40, "content": "checked"}
    with pytest.raises(Disproved):
        check_json({**proof(), **change}, public(), [], whole_log()[7])
    with pytest.raises(Disproved, match="another event"):
        check_json(proof(), public(), [], whole_log()[8])
