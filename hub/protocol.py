"""Is this sharing allowed by a protocol in force? Default deny; the answer names protocol, version and clause.

Pure: documents and the state they stand in, an agency, a dataset, a purpose and a date go in; `Granted` or
`Refuse(rule, reason)` comes out. Asked on the manifest, when a batch is processed, and for every release.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal

from hub.decision import Allow, Decision, Refuse
from hub.lifecycle import (
    DISCARDED,
    EXPIRED,
    IN_FORCE,
    LIVE,
    RENEWED,
    REVOKED,
    SIGNED,
    SUSPENDED,
    Record,
    terms_of,
    today,
)
from protocols.contract import Contract
from protocols.lint import personal
from protocols.schema import Access, Document, Flow, Purpose, Tier


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a protocol document, the state that its last act left it in, and where its parties stand."""

    document: Document
    state: str
    digest: str = ""
    suspended_agencies: frozenset[str] = frozenset()
    awaited_agencies: frozenset[str] = frozenset()
    """Parties that have yet to sign."""
    withdrawn_agencies: frozenset[str] = frozenset()
    joined_agencies: frozenset[str] = frozenset()
    """Agencies that acceded by signature, although the text does not name them."""

    @property
    def record(self) -> Record:
        """As the table of transitions takes it."""
        return Record(terms_of(self.document), self.state, self.awaited_agencies, self.suspended_agencies,
                      self.withdrawn_agencies, self.joined_agencies)  # fmt: skip

    @property
    def reference(self) -> str:
        """`id/version@digest`, as ledger and receipts name it."""
        return f"{self.document.id}/{self.document.protocol.version}@{self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Grant:
    """One partnership's flow that allows an extract, with the districts whose rows are that partnership's."""

    partnership: str
    reference: str
    parent_reference: str
    flow: Flow
    districts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes: by these flows, one per partnership."""

    rule: str
    grants: tuple[Grant, ...]

    def __bool__(self) -> Literal[True]:
        return True

    @property
    def references(self) -> tuple[str, ...]:
        """The protocols that allow it."""
        return tuple(sorted({r for g in self.grants for r in (g.reference, g.parent_reference)}))

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that every grant carries: whose a row is is not known at the door, so the strictest set counts."""
        first, *others = self.grants
        return tuple(f for f in first.flow.fields if all(f in g.flow.fields for g in others))


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """Yes: this agreement, and the flows in force of those who contribute, by (agency, dataset)."""

    rule: str
    access: Access
    partnership: str
    agreement: Standing
    references: tuple[str, ...]
    flows: dict[tuple[str, str], Flow] = field(default_factory=dict)

    def __bool__(self) -> Literal[True]:
        return True


def has_come_in_force(standing: Standing, on: date) -> bool:
    """Has this version been in force by that day, whatever became of it since? Its earlier versions are replaced."""
    return (
        standing.state in (SIGNED, IN_FORCE, SUSPENDED, REVOKED) and on >= standing.document.protocol.effective
    )  # fmt: skip


def is_replaced(standings: Iterable[Standing], standing: Standing, on: date) -> bool:
    """Has a later version of the same protocol come into force by that day?"""
    heading = standing.document.protocol
    return any(
        s.document.id == heading.id and s.document.protocol.version > heading.version and has_come_in_force(s, on)
        for s in standings
    )


def state_of(standings: Iterable[Standing], standing: Standing, on: date) -> str:
    """The state of a version on a day, by the table of transitions."""
    return today(standing.record, on, is_replaced(standings, standing, on)).state


_WHY = {
    SUSPENDED: ("protocol.suspended", "is suspended"),
    REVOKED: ("protocol.revoked", "was revoked"),
    DISCARDED: ("protocol.not-in-force", "was discarded"),
    RENEWED: ("protocol.renewed", "was replaced by its next version"),
}


def in_force(standing: Standing, on: date, others: Iterable[Standing] = ()) -> Decision:
    """Does this version of a protocol count on that day? `others`: what may hold its later versions."""
    heading = standing.document.protocol
    name = f"{heading.title} (version {heading.version})"
    state = state_of(others, standing, on)
    if state in LIVE and on >= heading.effective:
        return Allow(f"protocol:{standing.reference}")
    if state in (SIGNED, *LIVE):
        return Refuse("protocol.not-yet", f"{name} takes effect on {heading.effective}")
    if state == EXPIRED:
        ended = on < heading.review
        return Refuse(
            "protocol.expired",
            f"{name} ended on {heading.ends}"
            if ended
            else f"{name} was due for review on {heading.review} and has lapsed",
        )
    rule, words = _WHY.get(state, ("protocol.not-in-force", f"is not signed yet: it stands in the state {state}"))
    return Refuse(rule, f"{name} {words}")


def standing_of(standings: Sequence[Standing], protocol: str, on: date) -> Standing | Refuse:
    """The version of a protocol that counts on a day, else why the newest does not. A version that came into force
    has replaced the earlier ones for good, also where it was suspended or revoked since."""
    versions = sorted(
        (s for s in standings if s.document.id == protocol), key=lambda s: s.document.protocol.version, reverse=True
    )
    if not versions:
        return Refuse("protocol.none", f"there is no protocol {protocol}")
    verdicts = [(v, in_force(v, on, versions)) for v in versions]
    for version, verdict in verdicts:
        if verdict:
            return version
    told = next((d for v, d in verdicts if has_come_in_force(v, on)), verdicts[0][1])
    return told if isinstance(told, Refuse) else Refuse("protocol.none", f"no version of {protocol} counts")


def _check_party(standing: Standing, agency: str) -> Refuse | None:
    """Does an agency take part: named or acceded, signed, neither suspended nor withdrawn?"""
    name = f"{standing.document.protocol.title} (version {standing.document.protocol.version})"
    if agency not in {p.agency for p in standing.document.party} | standing.joined_agencies:
        return Refuse("protocol.party", f"{agency} is not a party to {name}")
    if agency in standing.suspended_agencies:
        return Refuse("protocol.party-suspended", f"{agency} is suspended from {name}")
    if agency in standing.withdrawn_agencies:
        return Refuse("protocol.party-withdrawn", f"{agency} has withdrawn from {name}")
    if agency in standing.awaited_agencies:
        return Refuse("protocol.party-unsigned", f"{agency} has not signed {name}")
    return None


def _parent(standings: Sequence[Standing], child: Document, tier: Tier, on: date) -> Standing | Refuse:
    """The document in force that this one stands under; nothing outlives its parent."""
    parent = standing_of(standings, child.protocol.parent or "", on)
    if isinstance(parent, Refuse):
        return Refuse(
            parent.rule, f"{child.protocol.title} stands under a protocol that does not count: {parent.reason}"
        )
    if parent.document.protocol.tier is not tier:
        return Refuse("protocol.parent", f"{child.protocol.title} stands under a document of the wrong tier")
    return parent


def flows_named(standings: Sequence[Standing], agency: str) -> dict[str, tuple[str, ...]]:
    """Datasets and purposes that any document names for an agency, whatever its state: what is worth asking about."""
    named: dict[str, set[str]] = {}
    for standing in standings:
        for flow in standing.document.flow:
            if flow.source == agency:
                purposes = flow.purposes or standing.document.protocol.purposes
                named.setdefault(flow.dataset, set()).update(purposes)
    return {dataset: tuple(sorted(purposes)) for dataset, purposes in sorted(named.items())}


def _flow_grant(
    standings: Sequence[Standing], standing: Standing, agency: str, dataset: str, purpose: str, on: date
) -> Grant | Refuse:
    document = standing.document
    name = f"{document.protocol.title} (version {document.protocol.version})"
    flow = next((f for f in document.flow if f.source == agency and f.dataset == dataset), None)
    if flow is None:
        return Refuse("protocol.dataset", f"{name} has no flow of {dataset} from {agency}")
    absent = _check_party(standing, agency)
    if absent is not None:
        return absent
    if purpose not in (flow.purposes or document.protocol.purposes):
        return Refuse("protocol.purpose", f"{name} does not cover {dataset} for the purpose {purpose}")
    parent = _parent(standings, document, Tier.PARTNERSHIP, on)
    if isinstance(parent, Refuse):
        return parent
    absent = _check_party(parent, agency)
    if absent is not None:
        return absent
    districts = parent.document.area.codes if parent.document.area else ()
    return Grant(document.protocol.partnership, standing.reference, parent.reference, flow, tuple(districts))


def check_flow(standings: Sequence[Standing], agency: str, dataset: str, purpose: str, on: date) -> Granted | Refuse:
    """May this agency send this dataset for this purpose on this day? At most one flow per partnership is granted."""
    grants: dict[str, Grant] = {}
    refusals: list[Refuse] = []
    naming = {
        s.document.id
        for s in standings
        if s.document.protocol.tier is Tier.PURPOSE
        and any(f.source == agency and f.dataset == dataset for f in s.document.flow)
    }
    for protocol in sorted(naming):
        standing = standing_of(standings, protocol, on)
        grant = (
            standing
            if isinstance(standing, Refuse)
            else _flow_grant(standings, standing, agency, dataset, purpose, on)
        )  # fmt: skip
        if isinstance(grant, Refuse):
            refusals.append(grant)
        else:
            grants.setdefault(grant.partnership, grant)
    if grants:
        return Granted("protocol.in-force", tuple(grants[p] for p in sorted(grants)))
    if refusals:
        return refusals[0]
    return Refuse("protocol.none", f"no protocol covers {dataset} from {agency} for {purpose}")


class Verdicts:
    """The answers of `check_flow` among these standings on one day, each worked out once: for many questions at a time.

    A question leans on the documents that name its flow and on those above them alone, so it is put to these few.
    """

    def __init__(self, standings: Sequence[Standing], on: date) -> None:
        self._on = on
        self._known: dict[tuple[str, str, str], Granted | Refuse] = {}
        parents: dict[str, set[str]] = {}
        naming: dict[tuple[str, str], set[str]] = {}
        for standing in standings:
            heading = standing.document.protocol
            parents.setdefault(standing.document.id, set()).add(heading.parent or "")
            for flow in standing.document.flow if heading.tier is Tier.PURPOSE else ():
                naming.setdefault((flow.source, flow.dataset), set()).add(standing.document.id)
        self._naming = {flow: ids | {p for i in ids for p in parents[i]} for flow, ids in naming.items()}
        self._versions: dict[str, list[Standing]] = {}
        for standing in standings:
            self._versions.setdefault(standing.document.id, []).append(standing)

    def check_flow(self, agency: str, dataset: str, purpose: str) -> Granted | Refuse:
        """As `check_flow` answers."""
        found = self._known.get((agency, dataset, purpose))
        return self._ask(agency, dataset, purpose) if found is None else found

    def _ask(self, agency: str, dataset: str, purpose: str) -> Granted | Refuse:
        documents = self._naming.get((agency, dataset), ())
        few = [s for document in documents for s in self._versions.get(document, ())]
        answer = check_flow(few, agency, dataset, purpose, self._on)
        if few and purpose in _PURPOSES:  # else anybody's questions would fill the memory
            self._known[agency, dataset, purpose] = answer
        return answer


_PURPOSES = frozenset(p.value for p in Purpose)


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """Standings as a key. Documents count by identity: whoever holds the key holds them, so no other takes their place."""

    standings: tuple[Standing, ...]
    key: tuple[object, ...]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Set) and self.key == other.key


@lru_cache(maxsize=4)
def _compiled(of: _Set, on: date) -> Verdicts:
    return Verdicts(of.standings, on)


def compiled(standings: Iterable[Standing], on: date) -> Verdicts:
    """The verdicts among these standings on a day; those of the last few sets and days are kept."""
    every = tuple(standings)
    key = tuple((id(s.document), s.digest, s.state, s.suspended_agencies, s.awaited_agencies, s.withdrawn_agencies,
                 s.joined_agencies) for s in every)  # fmt: skip
    return _compiled(_Set(every, key), on)


def check_columns(granted: Granted, columns: Sequence[str], contract: Contract) -> Decision:
    """Is every column of a batch in the contract and in the flow? One that is not refuses the batch whole."""
    unknown = sorted(set(columns) - set(contract.fields))
    if unknown:
        return Refuse("protocol.not-in-contract", f"columns outside {contract.id}: {', '.join(unknown)}")
    beyond = sorted(set(columns) - set(granted.fields))
    if beyond:
        return Refuse("protocol.not-in-flow", f"columns that the protocol does not carry: {', '.join(beyond)}")
    return Allow(granted.rule)


def check_access(
    standings: Sequence[Standing], agreement: str, on: date, recipient: str | None = None
) -> AccessGranted | Refuse:
    """Does this access agreement count today, and whose flows does it draw on? Each contributor's must be in force."""
    standing = standing_of(standings, agreement, on)
    if isinstance(standing, Refuse):
        return standing
    document = standing.document
    access = document.access
    if access is None:
        return Refuse("access.no-agreement", f"{document.protocol.title} is not an access agreement")
    if recipient is not None and recipient != access.recipient:
        return Refuse("access.recipient", f"{document.protocol.title} is for another recipient")
    for agency in (access.recipient, *access.contributors):
        absent = _check_party(standing, agency)
        if absent is not None:
            return absent
    parent = _parent(standings, document, Tier.PURPOSE, on)
    if isinstance(parent, Refuse):
        return parent
    flows: dict[tuple[str, str], Flow] = {}
    references = {standing.reference, parent.reference}
    for flow in parent.document.flow:
        if flow.source not in access.contributors or flow.dataset not in access.datasets:
            continue
        purpose = (flow.purposes or parent.document.protocol.purposes)[0]
        grant = _flow_grant(standings, parent, flow.source, flow.dataset, purpose, on)
        if isinstance(grant, Refuse):
            return grant
        references.add(grant.parent_reference)
        flows[flow.source, flow.dataset] = flow
    if not flows:
        return Refuse("access.no-flow", f"no flow in force feeds {document.protocol.title}")
    if refusal := personal.refused(document, parent.document, list(flows.values())):
        return Refuse(*refusal)
    return AccessGranted(
        "access.in-force", access, document.protocol.partnership, standing, tuple(sorted(references)), flows
    )
