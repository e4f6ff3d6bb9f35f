"""Which code does an authenticator app show now, and is this one? RFC 6238 over RFC 4226, as every app knows it: SHA-1,
six digits, a new one every 30 seconds."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS, DIGITS, DRIFT = 30, 6, 1
SECRET_BYTES = 20
"""RFC 4226 §4: as long as the digest that it keys."""


def step_of(at: datetime) -> int:
    """The number of the 30 seconds that a moment lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int) -> str:
    """The six digits of a step (RFC 4226 §5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0xF
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_shown(secret: bytes, typed: str, at: datetime, after: int) -> int | None:
    """The step whose code was typed: of now or a step beside it, and later than `after`, the last that was used."""
    code = "".join(typed.split())
    if len(code) != DIGITS or not code.isascii():
        return None
    near = range(step_of(at) - DRIFT, step_of(at) + DRIFT + 1)
    fits = [step for step in near if hmac.compare_digest(code_of(secret, step), code)]
    return next((step for step in fits if step > after), None)


def in_groups(secret: bytes) -> str:
    """The secret as people type it: Base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[n : n + 4] for n in range(0, len(text), 4))


def app_address(secret: bytes, service: str, name: str) -> str:
    """The otpauth address that an app reads from a picture (Key URI format; what it does not say is as above)."""
    label = f"{quote(service, safe='')}:{quote(name, safe='')}"
    text = base64.b32encode(secret).decode()
    return f"otpauth://totp/{label}?secret={text}&issuer={quote(service, safe='')}"
