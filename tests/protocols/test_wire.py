"""What crosses the network: signed, and believed only when the signature is that key's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from protocols.wire import Counts, Receipt, Result, Unsigned, key_id, sign, verify

KEY = OKPKey.generate_key("Ed25519")
RECEIPT = Receipt(
    batch="b", manifest="m", agency="a", dataset="d/1", rows=1, bytes=2, sha256="0" * 64,
    received_at=datetime(2026, 11, 23, tzinfo=UTC), source_count="unattested", manifest_sha256="0" * 64,
    protocols=("p v1 (0123)",),
)  # fmt: skip
TOKEN = sign(RECEIPT, KEY, "k1")


def test_a_signed_word_comes_back() -> None:
    assert verify(TOKEN, Receipt, KEY) == RECEIPT
    assert key_id(TOKEN) == "k1"


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCxyz012-_."))
def test_any_change_of_a_letter_is_found(at: int, letter: str) -> None:
    changed = TOKEN[:at] + letter + TOKEN[at + 1 :]
    if changed == TOKEN:
        return
    try:
        found = verify(changed, Receipt, KEY)
    except Unsigned:
        return
    assert found == RECEIPT  # the last letter of a base64 part holds bits that say nothing


def test_another_key_another_kind_and_no_signature_are_refused() -> None:
    with pytest.raises(Unsigned):
        verify(TOKEN, Receipt, OKPKey.generate_key("Ed25519"))
    with pytest.raises(Unsigned):
        verify(TOKEN, Result, KEY)
    for token in ("", "a.b.c", "eyJhbGciOiJub25lIn0." + TOKEN.split(".")[1] + "."):
        with pytest.raises(Unsigned):
            verify(token, Receipt, KEY)


@pytest.mark.parametrize(
    ("counts", "holds"),
    [
        (Counts(declared=10, accepted=7, quarantined=2, duplicate=1, pooled=4, superseded=1, out_of_area=1, gate_held=1), True),
        (Counts(declared=10, accepted=8, quarantined=2, duplicate=1, pooled=4, superseded=1, out_of_area=1, gate_held=1), False),
        (Counts(declared=10, accepted=7, quarantined=2, duplicate=1, pooled=4, superseded=1, out_of_area=1, gate_held=0), False),
        (Counts(declared=0), True),
    ],
)  # fmt: skip
def test_conservation(counts: Counts, holds: bool) -> None:
    assert counts.holds() is holds
