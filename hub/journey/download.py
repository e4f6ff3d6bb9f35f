"""Download: one file of one release to one entitled person, whole or a range, logged, asked again while under way."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hub import access, protocol
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Tx
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.journey import step_up
from hub.journey.publishing import Publishing, log, paused, seen

ASK_AGAIN_SECONDS = 0.25
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


ONE_BY_ONE = Refuse(
    "release.personal", "a release that stays personal data leaves by single downloads, each by a person who is there"
)
"""Why no token, pack or page of charts is made of such a release."""


class Cut(Exception):
    """A download was cut because what allowed it no longer does; `refusal` says which."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Download:
    """An open download: the file's name, its whole size and digest, the bytes that go (`start` … `end`, end excluded;
    None is the file whole), and their chunks. Iterating raises `Cut` when the right to it ends."""

    name: str
    size: int
    sha256: str
    span: tuple[int, int] | None
    chunks: Iterator[bytes]


class Unsatisfiable(Exception):
    """A range that the file has no byte of; `size` is the file's."""

    def __init__(self, size: int) -> None:
        super().__init__("no such range")
        self.size = size


def span_of(asked: str, condition: str, size: int, sha256: str) -> tuple[int, int] | None:
    """The bytes a request asks for (RFC 9110 §14), or None for the whole file.

    `asked`, `condition`: its Range and If-Range. Several ranges at once, or a condition on another file, get the
    whole. Raises `Unsatisfiable`.
    """
    found = RANGE.fullmatch(asked.strip())
    if found is None or (found[1], found[2]) == ("", "") or condition.strip() not in ("", f'"{sha256}"'):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    if found[1] and found[2] and int(found[2]) < int(found[1]):
        return None
    if start >= size or end <= start:
        raise Unsatisfiable(size)
    return start, end


def may_download(hub: Publishing, tx: Tx, caller: access.Caller, release: str) -> protocol.AccessGranted | Refuse:
    """The whole question, asked anew: the person's role and agency, the release's state and term, the agreement, the
    flows."""
    found = seen(tx, caller, release)
    decision = access.may(caller, "release.download", access.Thing(found.partnership_id, found.recipient))
    if isinstance(decision, Refuse):
        return decision
    if found.state not in ("published", "superseded"):
        return Refuse("release.not-published", f"this release is {found.state}")
    if found.expires is not None and hub.now().date() > found.expires:
        return Refuse("release.expired", "its term has ended")
    stopped = paused(hub, tx)
    if stopped is not None:
        return stopped
    return protocol.check_access(protocols.standings(tx), found.agreement_id, hub.now().date(), found.recipient)


def open_download(
    hub: Publishing, caller: access.Caller, release: str, file: str, again: Callable[[], access.Caller | None],
    asked: str = "", condition: str = "", session: str = "",
) -> Download | Refuse:  # fmt: skip
    """Begin to hand one file to one entitled person. `again` looks the person up anew (None once signed out).

    `asked`, `condition`: the request's Range and If-Range; `session`: the session's token, by which a person has proved
    to be there where a release stays personal data. Raises `NotFound`, `Unsatisfiable`. Every download, and
    every refusal, is logged.
    """
    download = str(uuid.uuid4())
    with hub.db.transaction(caller.partnerships) as tx:
        found = seen(tx, caller, release)
        granted = may_download(hub, tx, caller, release)
        if granted and found.tier == "L1" and not step_up.fresh(hub, tx, caller, release, session):
            granted = step_up.NEEDED
        if isinstance(granted, Refuse):
            log(tx, hub, caller.person, "release.download", release, granted)
            return granted
        entry = next((f for f in found.files if f["name"] == file), None)
        if entry is None:
            raise NotFound("there is no such file in this release")
        span = span_of(asked, condition, entry["bytes"], entry["sha256"])
        releases.start_download(tx, download, release, found.partnership_id, caller.person, file, hub.now())
        log(tx, hub, caller.person, "release.download", release, Allow("release.download"), granted, file=file,
            start=span[0] if span else 0)  # fmt: skip
    path = hub.folder / release / file
    if not path.is_file() or path.stat().st_size != entry["bytes"]:
        raise Conflict("the file of this release is not what was released; tell the operator")
    start, end = span or (0, entry["bytes"])
    chunks = _chunks(hub, caller, release, path, (start, end), download, found.partnership_id, again)
    return Download(f"release-{found.number}-{file}", entry["bytes"], entry["sha256"], span, chunks)


def _chunks(
    hub: Publishing,
    caller: access.Caller,
    release: str,
    path: Path,
    span: tuple[int, int],
    download: str,
    partnership: str,
    again: Callable[[], access.Caller | None],
) -> Iterator[bytes]:
    """The file's chunks, the question asked again before each that comes a quarter of a second after the last."""
    sent, outcome, asked = 0, "broken-off", time.monotonic()
    start, end = span
    try:
        with path.open("rb") as source:
            source.seek(start)
            while chunk := source.read(min(hub.chunk_bytes, end - start - sent)):
                if time.monotonic() - asked > ASK_AGAIN_SECONDS:
                    refusal = _still(hub, release, again)
                    if refusal is not None:
                        outcome = f"cut: {refusal.rule}"
                        raise Cut(refusal)
                    asked = time.monotonic()
                yield chunk
                sent += len(chunk)
        outcome = "complete"
    finally:
        with hub.db.transaction([partnership]) as tx:
            releases.end_download(tx, download, sent, outcome, hub.now())
            verdict: Decision = Allow("release.download") if outcome == "complete" else Refuse("release.cut", outcome)
            log(tx, hub, caller.person, "release.download-end", release, verdict, bytes=sent)


def _still(hub: Publishing, release: str, again: Callable[[], access.Caller | None]) -> Refuse | None:
    caller = again()
    if caller is None:
        return Refuse("access.signed-out", "the person is no longer signed in")
    with hub.db.transaction(caller.partnerships) as tx:
        granted = may_download(hub, tx, caller, release)
    return granted if isinstance(granted, Refuse) else None
