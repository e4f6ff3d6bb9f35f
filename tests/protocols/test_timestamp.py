"""Time stamps: what an authority says is believed when all of it holds, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from protocols.assertion import Unproved
from protocols.timestamp import authorities, check_token, request, token_of
from tests.conftest import NOON
from tests.tsa import Authority

CONTENT, NONCE = b"a head of the log", 2**63 + 12345


def authority(**how: Any) -> Authority:
    return Authority(lambda: NOON, NOON, **how)


def stamped(one: Authority, content: bytes = CONTENT) -> bytes:
    return token_of(one.answer(request(content, NONCE)))


def test_a_token_proves_content_moment_and_authority() -> None:
    one = authority()
    found = check_token(stamped(one), CONTENT, authorities(one.anchors), NONCE)
    assert (found.at, found.authority) == (NOON, "CN=Stamps")
    assert check_token(stamped(one), CONTENT, [one.own]).at == NOON  # trusted itself


def alter(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda info: info.update({name: value})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"twist": alter("nonce", 7)}, "another request"),
        ({"twist": alter("gen_time", NOON + timedelta(days=400))}, "not valid"),
        ({"twist": alter("gen_time", NOON - timedelta(days=400))}, "not valid"),
        ({"usage": False}, "not one for time stamps"),
        ({"spoil": True}, "signature does not hold"),
        ({"status": "rejection"}, "rejection"),
    ],
)
def test_what_does_not_hold_is_not_believed(how: dict[str, Any], words: str) -> None:
    one = authority(**how)
    with pytest.raises(Unproved, match=words):
        check_token(stamped(one), CONTENT, authorities(one.anchors), NONCE)


def test_other_content_other_authorities_and_noise_are_not_believed() -> None:
    one, other = authority(), authority()
    token = stamped(one)
    with pytest.raises(Unproved, match="something else"):
        check_token(token, CONTENT + b"!", authorities(one.anchors), NONCE)
    with pytest.raises(Unproved, match="authority that is trusted"):
        check_token(token, CONTENT, authorities(other.anchors), NONCE)
    with pytest.raises(Unproved, match="authority that is trusted"):
        check_token(token, CONTENT, [])
    with pytest.raises(Unproved):
        token_of(b"<html>busy</html>")
    with pytest.raises(ValueError, match="PEM"):
        authorities(b"")


def test_no_bit_of_a_token_can_be_turned() -> None:
    one = authority()
    token, trusted = stamped(one), authorities(one.anchors)
    believed = []
    for at in range(0, len(token) * 8, 13):
        spoilt = bytearray(token)
        spoilt[at // 8] ^= 1 << at % 8
        try:
            found = check_token(bytes(spoilt), CONTENT, trusted, NONCE)
        except Unproved:
            continue
        believed.append((at, found.at))
    assert {moment for _, moment in believed} <= {NOON}  # what is not signed (versions, digest names) may differ
    assert len(believed) < 40
