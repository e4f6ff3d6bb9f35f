"""The accountability pack: what an impact assessment asks of a protocol, from the documents in force and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub import access
from hub.adapters.keys import Signer
from hub.db import overview
from hub.decision import NotFound
from hub.journey.desk import Desk
from hub.journey.oversee import Opened, Shown, list_protocols, open_among
from protocols.contract import Contract
from protocols.lint import check
from protocols.risks import Risk, risks
from protocols.schema import Document, Fault
from protocols.wire import SignedPack

LIVE = ("in-force", "review-due")
"""Standings under which information flows."""


@dataclass(frozen=True, slots=True)
class Account:
    """A protocol with all that hangs on it. `above`: the document it stands under; `below`: access agreements under it
    that count today; `came`, `left`: rows of `hub.db.overview`; `open_points`: what the linter has to say."""

    opened: Opened
    made_at: datetime
    above: Document | None
    below: list[Shown]
    came: list[Any]
    left: list[Any]
    risks: list[Risk]
    open_points: list[Fault]
    contracts: dict[str, Contract]

    @property
    def document(self) -> Document:
        """The document the pack is about."""
        return self.opened.shown.stored.document


def account_of(desk: Desk, caller: access.Caller, protocol_id: str, version: int) -> Account:
    """The pack of one version. Raises `NotFound` for what the caller may not know of."""
    opened, every = open_among(desk, caller, protocol_id, version)
    document = opened.shown.stored.document
    known = {s.stored.document.id: s.stored.document for s in reversed(every) if s.standing != "revoked"}
    below = [s for s in every if s.standing in LIVE and s.stored.document.protocol.parent == document.id
             and s.stored.document.access is not None]  # fmt: skip
    agreements = [s.stored.document.id for s in below] + ([document.id] if document.access else [])
    with desk.db.transaction([document.protocol.partnership]) as tx:
        came, left = (
            overview.came_under(tx, [s.stored.standing.reference for s in every if s.key[0] == document.id]),
            overview.left_under(tx, agreements),
        )
    datasets = {f.dataset for f in document.flow} | set(document.access.datasets if document.access else ())
    return Account(
        opened=opened,
        made_at=desk.now(),
        above=known.get(document.protocol.parent or ""),
        below=below,
        came=came,
        left=left,
        risks=risks(document, [s.stored.document for s in below], desk.contracts),
        open_points=check(document, desk.contracts, known),
        contracts={d: desk.contracts[d] for d in sorted(datasets) if d in desk.contracts},
    )


def signed_pack(signer: Signer, account: Account, text: str) -> str:
    """The pack's words under the hub's signature (JWS): what a printed pack carries within it."""
    heading = account.document.protocol
    return signer.sign(SignedPack(pack=heading.id, version=heading.version, made_at=account.made_at, text=text))


def newest_version(desk: Desk, caller: access.Caller, protocol_id: str) -> int:
    """The version that is in force, else the newest. Raises `NotFound`."""
    versions = [s for s in list_protocols(desk, caller) if s.stored.document.id == protocol_id]
    if not versions:
        raise NotFound("there is no such protocol")
    chosen = next((s for s in versions if s.standing in LIVE), versions[0])
    return chosen.stored.document.protocol.version
