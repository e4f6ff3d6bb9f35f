"""Codes of authenticator apps: the RFC's own vectors, the window, and what is no code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from hub import totp

SECRET = b"12345678901234567890"
VECTORS = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
           20000000000: "353130"}  # fmt: skip
"""RFC 6238 appendix B for SHA-1, the last six of its eight digits."""
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("second", "code"), VECTORS.items())
def test_codes_are_the_rfcs(second: int, code: str) -> None:
    assert totp.code_of(SECRET, totp.step_of(datetime.fromtimestamp(second, UTC))) == code


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_a_step_off(seconds: int, taken: bool) -> None:
    shown = totp.code_of(SECRET, totp.step_of(NOON + timedelta(seconds=seconds)))
    assert (totp.step_shown(SECRET, shown, NOON, 0) is not None) is taken


def test_a_step_that_was_used_and_any_before_it_is_no_good() -> None:
    step = totp.step_of(NOON)
    code = totp.code_of(SECRET, step)
    assert totp.step_shown(SECRET, code, NOON, step - 1) == step
    assert totp.step_shown(SECRET, code, NOON, step) is None
    assert totp.step_shown(SECRET, totp.code_of(SECRET, step - 1), NOON, step) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "१२३४५६", "12 34 5", "-12345", "\x00" * 6])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert totp.step_shown(SECRET, typed, NOON, 0) is None


def test_a_code_may_be_typed_in_groups() -> None:
    code = totp.code_of(SECRET, totp.step_of(NOON))
    assert totp.step_shown(SECRET, f" {code[:3]} {code[3:]} ", NOON, 0) is not None


def test_the_app_and_the_typist_get_the_same_key() -> None:
    parts = urlsplit(totp.app_address(SECRET, "Partnership hub", "Zoë O'Hara & co"))
    asked = parse_qs(parts.query, strict_parsing=True)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert asked["secret"] == [totp.in_groups(SECRET).replace(" ", "")]
    assert asked["issuer"] == ["Partnership hub"]
    assert {len(group) for group in totp.in_groups(SECRET).split()} == {4}
