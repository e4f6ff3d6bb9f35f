"""The ledger: published vectors, and no change to the past goes unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ledger import (
    Event,
    Frontier,
    Head,
    append,
    check_consistency,
    check_inclusion,
    concerns,
    consistency_proof,
    head_text,
    inclusion_proof,
    leaf,
    leaf_hash,
    parse_head,
    root,
    root_of,
    verify_log,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
# Certificate Transparency's published test vectors: eight leaves and the root of each beginning
LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1 word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def grow(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for content in leaves:
        frontier = append(frontier, content)
    return frontier


@pytest.mark.parametrize("size", range(1, 9))
def test_published_vectors(size: int) -> None:
    assert root(grow(LEAVES[:size])).hex() == ROOTS[size - 1]


def test_the_empty_tree() -> None:
    assert root(Frontier()) == hashlib.sha256(b"").digest() == root_of([])


def test_every_size_agrees_with_the_standards_own_words() -> None:
    leaves = [str(i).encode() for i in range(130)]
    for size in range(len(leaves) + 1):
        assert root(grow(leaves[:size])) == slow_root(leaves[:size]) == root_of([leaf_hash(c) for c in leaves[:size]])


@settings(max_examples=120, deadline=None)
@given(st.integers(1, 70), st.data())
def test_proofs_hold_and_fail_where_they_should(size: int, data: st.DataObject) -> None:
    leaves = [str(i).encode() for i in range(size)]
    hashes = [leaf_hash(c) for c in leaves]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    proof = inclusion_proof(hashes, index)
    assert check_inclusion(leaves[index], index, size, proof, root_of(hashes))
    assert not check_inclusion(b"other", index, size, proof, root_of(hashes))
    assert not check_inclusion(leaves[index], index, size, [*proof, b"x" * 32], root_of(hashes))
    between = consistency_proof(hashes, old)
    assert check_consistency(old, size, root_of(hashes[:old]), root_of(hashes), between)
    if 0 < old < size:
        assert not check_consistency(old, size, b"x" * 32, root_of(hashes), between)
        assert not check_consistency(old, size, root_of(hashes[:old]), b"x" * 32, between)


def log(size: int) -> list[tuple[int, bytes]]:
    return [
        (i, leaf(Event(NOON, "agency:a", "intake.manifest", f"batch-{i}", "allow", "protocol.in-force", ("p/1@x",)), i))
        for i in range(size)
    ]


def head_of(entries: list[tuple[int, bytes]]) -> Head:
    grown = grow([c for _, c in entries])
    return Head(grown.size, root(grown), NOON)


def test_a_whole_log_has_no_findings() -> None:
    entries = log(25)
    heads = [head_of(entries[:n]) for n in (0, 7, 25)]
    assert verify_log(entries, grow([c for _, c in entries]), heads) == []


def edit(entries: list[tuple[int, bytes]], dice: Random) -> None:
    at = dice.randrange(len(entries))
    entries[at] = (entries[at][0], entries[at][1].replace(b'"allow"', b'"refuse"'))


def delete(entries: list[tuple[int, bytes]], dice: Random) -> None:
    del entries[dice.randrange(len(entries))]


def delete_and_renumber(entries: list[tuple[int, bytes]], dice: Random) -> None:
    at = dice.randrange(len(entries) - 1)
    del entries[at]
    entries[at:] = [(i, c.replace(f'"sequence":{i + 1}'.encode(), f'"sequence":{i}'.encode()))
                    for i, (_, c) in enumerate(entries[at:], at)]  # fmt: skip


def insert(entries: list[tuple[int, bytes]], dice: Random) -> None:
    entries.insert(dice.randrange(len(entries)), entries[dice.randrange(len(entries))])


def swap(entries: list[tuple[int, bytes]], dice: Random) -> None:
    one, other = dice.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]


def cut_tail(entries: list[tuple[int, bytes]], dice: Random) -> None:
    del entries[dice.randrange(1, len(entries)) :]


def rewrite(entries: list[tuple[int, bytes]], dice: Random) -> None:
    at = dice.randrange(len(entries))
    entries[at:] = [(i, c.replace(b"agency:a", b"agency:b")) for i, c in entries[at:]]


@pytest.mark.parametrize("change", [edit, delete, delete_and_renumber, insert, swap, cut_tail, rewrite])
@pytest.mark.parametrize("forged", [False, True], ids=["tree-kept", "tree-forged"])
def test_every_change_is_found(change: Callable[[list[tuple[int, bytes]], Random], None], forged: bool) -> None:
    """Even where the stored tree was made anew to fit: the kept head does not."""
    dice = Random(change.__name__)
    for _ in range(72):
        entries = log(dice.randrange(3, 30))
        kept, stored = head_of(entries), grow([c for _, c in entries])
        change(entries, dice)
        assert verify_log(entries, grow([c for _, c in entries]) if forged else stored, [kept])


def test_heads_travel_as_text() -> None:
    head = head_of(log(5))
    assert parse_head(head_text(head)) == head
    with pytest.raises(ValueError, match="not a head"):
        parse_head("something else\n1\nx\n")


@pytest.mark.parametrize(
    ("actor", "action", "subject", "protocols", "verdict", "keys"),
    [
        ("agency:a", "intake.manifest", "b1", ("p/1@0", "q/2@0", "p/2@0"), "allow", ["protocol:p", "protocol:q"]),
        ("agency:a", "intake.manifest", "b1", (), "refuse", ["agency:a"]),
        ("operator", "agency.key-add", "agency:a", (), "allow", ["agency:a"]),
        ("person:1", "protocol.draft", "p/3", (), "allow", ["protocol:p"]),
        ("person:1", "account.sign-in", "session", (), "allow", ["person:1"]),
        ("operator", "account.disable", "person:2", (), "allow", ["person:2"]),
        ("nobody", "account.sign-in", "session", (), "refuse", ["*"]),
        ("hub", "purge", "batches", (), "allow", ["*"]),
        ("person:1", "release.look", "r1", (), "allow", ["person:1", "use:r1"]),
        ("person:1", "release.download", "r1", ("p/1@0",), "allow", ["protocol:p", "use:r1"]),
        ("person:1", "release.download", "r1", ("p/1@0",), "refuse", ["protocol:p"]),
    ],
)
def test_whom_an_event_concerns(
    actor: str, action: str, subject: str, protocols: tuple[str, ...], verdict: Literal["allow", "refuse"], keys: list[str]
) -> None:  # fmt: skip
    assert concerns(Event(NOON, actor, action, subject, verdict, "rule", protocols)) == keys
