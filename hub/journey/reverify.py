"""Does what can be read equal what the policy says? Looked at anew every hour, by other ways than requests go.

A difference is an alert on the operator's page and an event in the log, once; its end is another event. Protocols' texts
are read from the database and hashed; standings are followed by hand from an agreement up to its partnership's protocol;
files are looked at where they lie; walls are asked of the database's own catalogue and tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from hub import access, protocol
from hub.adapters import export
from hub.db import ledger as ledger_rows
from hub.db import overview, proof
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.db.session import Tx
from hub.decision import Fault, Refuse
from hub.journey import examine, gates, oversee
from hub.journey.download import may_download
from hub.journey.drawing import PLACE_COLUMNS
from hub.journey.expiry import ENDED
from hub.journey.publishing import Publishing, paused
from hub.ledger import Event
from hub.lifecycle import LIVE
from hub.protocol import has_come_in_force
from protocols.schema import Purpose, text_digest

KIND = "reverify"
MOST_TOLD = 20
KEPT = ("candidate", "held", "published", "superseded")
"""States in which a release's files are kept."""
NUMBERS = frozenset({"event_id", "row_id"})


@dataclass(frozen=True, slots=True)
class Reverified:
    """What was compared, and each difference in words (ids and counts only)."""

    compared: int
    differences: tuple[str, ...]


def reverify(hub: Publishing) -> Reverified:
    """Compare, and tell: an alert and an event where something differs that was not known, an event when it is over."""
    looked = list(_look(hub))
    found = tuple(words for words in looked if words)
    with hub.db.transaction() as tx:
        if found:
            new = proof.set_alert(tx, KIND, "; ".join(found[:MOST_TOLD])[:2000], hub.now())
        else:
            new = proof.clear_alert(tx, KIND)
        if new:
            ledger_rows.append(tx, Event(hub.now(), "hub", "policy.reverify", "hub", "refuse" if found else "allow",
                                         "policy.differs" if found else "policy.as-said", (),
                                         {"differences": len(found), "compared": len(looked)}))  # fmt: skip
    return Reverified(len(looked), found)


def _look(hub: Publishing) -> Iterator[str]:
    """One item for each thing compared: what differs, or ""."""
    with hub.db.transaction() as tx:
        known = protocols.all_protocols(tx)
        everyone = list(protocols.partnerships(tx))
        yield from _texts(tx, known)
        yield from (f.what if f.level == "unsafe" else "" for f in examine.walls(tx))
        yield from _unseen(tx, "without a partnership", ())
    yield from _verdicts(known, hub.now().date())
    for partnership in everyone:
        with hub.db.transaction([partnership]) as tx:
            yield from _unseen(tx, f"from {partnership}", (partnership,))
            yield from _pool(tx, known, hub.now().date())
    with hub.db.transaction(everyone) as tx:
        yield from _releases(hub, tx, known)


def _texts(tx: Tx, known: Sequence[protocols.Stored]) -> Iterator[str]:
    """Is each text the one of its digest, and the one that is enforced?"""
    held = {(s.document.id, s.document.protocol.version): s.text for s in known}
    for row in tx.sql("select id, version, digest, text from protocol"):
        sound = text_digest(row.text) == row.digest and held.get((row.id, row.version)) == row.text
        yield "" if sound else f"the text of {row.id} version {row.version} is not the one of its digest"


def _unseen(tx: Tx, where: str, scope: Iterable[str]) -> Iterator[str]:
    """Can other partnerships' rows be seen?"""
    for table in ("pool_row", "release", "download"):
        seen = tx.sql(f"select exists (select from {table} where partnership_id <> all(:scope))", scope=list(scope))  # noqa: S608 (our own names)
        yield f"other partnerships' rows of {table} can be read {where}" if seen.scalar() else ""


def _verdicts(known: Sequence[protocols.Stored], on: date) -> Iterator[str]:
    """Do the compiled answers equal the plain rules', for every flow that any document names and every purpose?"""
    standings = [s.standing for s in known]
    quick = protocol.compiled(standings, on)
    flows = sorted({(f.source, f.dataset) for s in known for f in s.document.flow})
    for source, dataset in flows:
        few = [s for s in standings if any((f.source, f.dataset) == (source, dataset) for f in s.document.flow)]
        above = {s.document.protocol.parent for s in few}
        asked = [*few, *(s for s in standings if s.document.id in above and s not in few)]
        for purpose in Purpose:
            plain = protocol.check_flow(asked, source, dataset, purpose, on)
            same = plain == quick.check_flow(source, dataset, purpose)
            yield "" if same else f"{dataset} from {source} for {purpose} is not decided as its protocols say"


def _pool(tx: Tx, known: Sequence[protocols.Stored], on: date) -> Iterator[str]:
    """Did every row that the pool holds come under a flow of a protocol that has been in force?"""
    covered = {(s.document.protocol.partnership, f.source, f.dataset) for s in known for f in s.document.flow
               if has_come_in_force(s.standing, on)}  # fmt: skip
    for whose, rows in overview.pooled_now(tx).items():
        yield "" if whose in covered else f"{rows} rows of {' '.join(whose)} are held under no protocol"


def _releases(hub: Publishing, tx: Tx, known: Sequence[protocols.Stored]) -> Iterator[str]:
    shown = oversee.shown(known, hub.now().date())
    every = {r.id: r for r in releases.live(tx, [*KEPT, *ENDED])}
    lying = {p.name for p in hub.folder.iterdir() if p.is_dir()} if hub.folder.is_dir() else set()
    yield from (f"files lie in {name}, which is no release" for name in sorted(lying - set(every)))
    for one in every.values():
        yield _files(hub, one, known)
    # all that decides whether a release is handed out; of a year's releases few differ in it
    alike = {(r.agreement_id, r.recipient, r.state, _is_past(hub, r)): r for r in every.values()}
    for one in alike.values():
        yield _handed(hub, tx, one, shown)


def _is_past(hub: Publishing, one: releases.Release) -> bool:
    return one.expires is not None and hub.now().date() > one.expires


def _files(hub: Publishing, one: releases.Release, known: Sequence[protocols.Stored]) -> str:
    """Are the files of what ended gone, and do those that are kept hold the agreed columns only?"""
    folder = hub.folder / one.id
    rows = folder / export.KEPT
    if one.state in ENDED or _is_past(hub, one):
        left = [p for p in folder.iterdir() if p.name not in gates.STAY] if folder.is_dir() else []
        return f"files of release {one.number} are still there, and nobody may have them" if left else ""
    agreed = next((s.document.access for s in known if s.document.id == one.agreement_id
                   and s.document.protocol.version == one.agreement_version), None)  # fmt: skip
    if agreed is None or not rows.is_file():
        return f"release {one.number} has no agreement, or no rows"
    named = {c for field in agreed.fields for c in (PLACE_COLUMNS if field == "place" else (field,))} | NUMBERS
    if one.tier == "L1" and agreed.personal is not None:
        named |= {f"{field}_pseudonym" for field in agreed.personal.pseudonyms}
    beyond = sorted(set(pl.scan_parquet(rows).collect_schema().names()) - named)
    return f"release {one.number} holds columns that were not agreed: {', '.join(beyond)}" if beyond else ""


def _handed(hub: Publishing, tx: Tx, one: releases.Release, shown: Sequence[oversee.Shown]) -> str:
    """Would the recipient's analyst be given the release exactly where every document above it counts?"""
    analyst = access.Caller("", one.recipient, frozenset({(one.partnership_id, access.ANALYST)}))
    try:
        given = not isinstance(may_download(hub, tx, analyst, one.id), Refuse)
    except Fault:
        given = False
    open_ = one.state in ("published", "superseded") and not _is_past(hub, one)
    counts = open_ and paused(hub, tx) is None and _counts(one.agreement_id, one.recipient, shown)
    if given == counts:
        return ""
    return f"release {one.number} would {'' if given else 'not '}be handed out, and the policy says otherwise"


def _counts(protocol_id: str, recipient: str, shown: Sequence[oversee.Shown]) -> bool:
    """Does an agreement count, its contributors' flows and all above it, with everybody concerned taking part?"""
    top, concerned, followed, datasets = protocol_id, {recipient}, False, set[str]()
    for _ in range(3):
        live = next((s for s in shown if s.stored.document.id == top and s.standing in LIVE), None)
        if live is None:
            return False
        document, record = live.stored.document, live.stored.standing.record
        if document.access is not None:
            concerned |= set(document.access.contributors)
            followed, datasets = document.access.personal is not None, set(document.access.datasets)
        parties = (record.terms.parties | record.joined) - record.absent
        if document.access is not None and not concerned <= parties:
            return False
        drawn = [f for f in document.flow if f.source in concerned]
        if not {f.source for f in drawn} <= parties:
            return False
        if followed and any(f.leaves_as != "pseudonymised" for f in drawn if f.dataset in datasets):
            return False
        if document.protocol.parent is None:
            return True
        top = document.protocol.parent
    return False
