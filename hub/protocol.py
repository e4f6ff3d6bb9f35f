"""Is this sharing allowed by a protocol in force? Default deny; the answer names protocol, version and clause.

Pure: documents and the state they stand in, an agency, a dataset, a purpose and a date go in; `Granted` or
`Refuse(rule, reason)` comes out. Asked on the manifest, when a batch is processed, and for every release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from hub.decision import Allow, Decision, Refuse
from protocols.contract import Contract
from protocols.schema import Access, Document, Flow, Tier


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a protocol document and the state it stands in: draft, in-force, suspended or revoked."""

    document: Document
    state: str
    digest: str = ""
    suspended_agencies: frozenset[str] = frozenset()

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


def in_force(standing: Standing, on: date) -> Decision:
    """Does this version of a protocol count on that day? Review overdue does not stop it by itself; `ends` does."""
    heading = standing.document.protocol
    name = f"{heading.title} (version {heading.version})"
    if standing.state == "draft":
        return Refuse("protocol.not-in-force", f"{name} is a draft: nobody has approved it yet")
    if standing.state == "suspended":
        return Refuse("protocol.suspended", f"{name} is suspended")
    if standing.state == "revoked":
        return Refuse("protocol.revoked", f"{name} was revoked")
    if standing.state != "in-force":
        return Refuse("protocol.not-in-force", f"{name} stands in no state that allows anything")
    if on < heading.effective:
        return Refuse("protocol.not-yet", f"{name} takes effect on {heading.effective}")
    if on >= heading.review:
        return Refuse("protocol.expired", f"{name} was due for review on {heading.review} and has lapsed")
    if heading.ends is not None and on > heading.ends:
        return Refuse("protocol.expired", f"{name} ended on {heading.ends}")
    return Allow(f"protocol:{standing.reference}")


def standing_of(standings: Sequence[Standing], protocol: str, on: date) -> Standing | Refuse:
    """The version of a protocol that counts on a day: the highest in force, else why the newest is not."""
    versions = sorted(
        (s for s in standings if s.document.id == protocol), key=lambda s: s.document.protocol.version, reverse=True
    )
    if not versions:
        return Refuse("protocol.none", f"there is no protocol {protocol}")
    for version in versions:
        if in_force(version, on):
            return version
    newest = in_force(versions[0], on)
    return newest if isinstance(newest, Refuse) else Refuse("protocol.none", f"no version of {protocol} counts")


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


def _newest(standings: Sequence[Standing], tier: Tier, on: date) -> Iterator[Standing | tuple[Standing, Refuse]]:
    """Each purpose agreement once: its version in force, or its newest with the reason why it does not count."""
    seen: set[str] = set()
    ordered = sorted(standings, key=lambda s: (s.document.id, -s.document.protocol.version))
    for standing in ordered:
        if standing.document.protocol.tier is not tier or standing.document.id in seen:
            continue
        seen.add(standing.document.id)
        found = standing_of(standings, standing.document.id, on)
        yield (standing, found) if isinstance(found, Refuse) else found


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
    if agency not in {p.agency for p in document.party}:
        return Refuse("protocol.party", f"{agency} is not a party to {name}")
    if purpose not in (flow.purposes or document.protocol.purposes):
        return Refuse("protocol.purpose", f"{name} does not cover {dataset} for the purpose {purpose}")
    if agency in standing.suspended_agencies:
        return Refuse("protocol.party-suspended", f"{agency} is suspended from {name}")
    parent = _parent(standings, document, Tier.PARTNERSHIP, on)
    if isinstance(parent, Refuse):
        return parent
    if agency in parent.suspended_agencies:
        return Refuse("protocol.party-suspended", f"{agency} is suspended from {parent.document.protocol.title}")
    districts = parent.document.area.codes if parent.document.area else ()
    return Grant(document.protocol.partnership, standing.reference, parent.reference, flow, tuple(districts))


def check_flow(standings: Sequence[Standing], agency: str, dataset: str, purpose: str, on: date) -> Granted | Refuse:
    """May this agency send this dataset for this purpose on this day? At most one flow per partnership is granted."""
    grants: dict[str, Grant] = {}
    refusals: list[Refuse] = []
    for found in _newest(standings, Tier.PURPOSE, on):
        standing = found[0] if isinstance(found, tuple) else found
        names_it = any(f.source == agency and f.dataset == dataset for f in standing.document.flow)
        if isinstance(found, tuple):
            if names_it:
                refusals.append(found[1])
            continue
        grant = _flow_grant(standings, found, agency, dataset, purpose, on)
        if isinstance(grant, Refuse):
            if names_it:
                refusals.append(grant)
        else:
            grants.setdefault(grant.partnership, grant)
    if grants:
        return Granted("protocol.in-force", tuple(grants[p] for p in sorted(grants)))
    if refusals:
        return refusals[0]
    return Refuse("protocol.none", f"no protocol covers {dataset} from {agency} for {purpose}")


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
    if access.recipient in standing.suspended_agencies:
        return Refuse("protocol.party-suspended", f"{access.recipient} is suspended from {document.protocol.title}")
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
    return AccessGranted(
        "access.in-force", access, document.protocol.partnership, standing, tuple(sorted(references)), flows
    )
