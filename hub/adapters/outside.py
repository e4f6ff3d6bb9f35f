"""Two services outside that the hub speaks to where it is told to: a time-stamp authority, and witnesses of the log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509

from hub.decision import Unavailable
from protocols.assertion import Unproved
from protocols.timestamp import Stamped, authorities, check_token, request, token_of

TIMEOUT_SECONDS = 10
MOST_BYTES = 64 * 1024
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TimestampService:
    """A time-stamp authority (RFC 3161 over HTTP, §3.4) and the certificates that are trusted for it."""

    url: str
    trusted: tuple[x509.Certificate, ...]

    @classmethod
    def opened(cls, url: str, anchors: Path) -> TimestampService:
        """By the file (PEM) of trusted certificates. Raises `OSError` and `ValueError`."""
        return cls(url, tuple(authorities(anchors.read_bytes())))

    def stamp(self, content: bytes, now: datetime) -> tuple[bytes, Stamped]:
        """A verified token over this content. Raises `Unavailable`, also where the answer does not hold or is not of now."""
        nonce = secrets.randbits(63) + 1
        answer = _post(self.url, request(content, nonce), "application/timestamp-query")
        if answer.status_code != 200:
            raise Unavailable(f"the time-stamp service answered with status {answer.status_code}")
        try:
            token = token_of(answer.content)
            found = check_token(token, content, self.trusted, nonce)
        except Unproved as wrong:
            raise Unavailable(str(wrong)) from None
        if abs(found.at - now) > CLOCKS_DIFFER:
            raise Unavailable("the time-stamp service's clock and the hub's differ by more than five minutes")
        return token, found


def tell_witness(url: str, body: str) -> tuple[int, str]:
    """Hand a head to a witness as C2SP's tlog-witness has it (`POST …/add-checkpoint`); status and text of the answer.

    Raises `Unavailable` where nobody answers.
    """
    answer = _post(f"{url.rstrip('/')}/add-checkpoint", body.encode(), "text/plain; charset=utf-8")
    return answer.status_code, answer.text[:1000]


def _post(url: str, body: bytes, kind: str) -> httpx.Response:
    headers = {"Content-Type": kind}
    try:
        with (
            httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            read = b""
            for part in answer.iter_bytes():
                read += part
                if len(read) > MOST_BYTES:
                    raise Unavailable("the answer is too long")
            return httpx.Response(answer.status_code, content=read)
    except httpx.HTTPError as wrong:
        raise Unavailable(f"nobody answers there ({type(wrong).__name__})") from None
