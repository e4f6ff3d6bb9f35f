"""Does an access agreement give one recipient no more than its sources have, and nothing of a person?"""

from __future__ import annotations

from collections.abc import Iterator

from protocols.contract import FieldType, Role, Sensitivity
from protocols.lint.asked import Asked, error, warning
from protocols.lint.heading import ICO, TIERS
from protocols.schema import PLACE_FLOORS, POOL_FIELDS, TIME_FLOORS, Document, Fault, Tier, treatment_of
from protocols.wording import nearest


def takers(asked: Asked) -> Iterator[Fault]:
    """Recipient and contributors are parties; there is somebody to give, and something to be given."""
    access = asked.document.access
    if access is None:
        return
    for name, agencies in (("recipient", (access.recipient,)), ("contributors", access.contributors)):
        for agency in agencies:
            if agency not in asked.parties:
                yield error(
                    ("access", name), f"{agency} is not a party to this agreement{nearest(agency, asked.parties)}", ICO
                )
    for name, given in (
        ("contributors", access.contributors),
        ("datasets", access.datasets),
        ("fields", access.fields),
    ):
        if not given:
            yield error(("access", name), "is empty, so nothing would be released", "default deny")


def fields(asked: Asked) -> Iterator[Fault]:
    """Fields exist, and none is of one person."""
    access = asked.document.access
    if access is None:
        return
    known: set[str] = set(POOL_FIELDS)
    for dataset in access.datasets:
        contract = asked.contracts.get(dataset)
        if contract is None:
            yield error(
                ("access", "datasets"),
                f"{dataset} has no contract{nearest(dataset, asked.contracts)}",
                "dataset contract",
            )
            continue
        known |= set(contract.fields)
        for name in access.fields:
            field = contract.fields.get(name)
            if field and (field.sensitivity is Sensitivity.DIRECT or field.type is FieldType.NARRATIVE
                          or field.role is Role.REFERENCE):  # fmt: skip
                yield error(("access", "fields", name), "no per-person value and no note leaves in a depersonalised release",
                            "CDA 1998 s.17A; HMIC 2000 para 6.45")  # fmt: skip
    for name in access.fields:
        if name not in known:
            yield error(
                ("access", "fields", name),
                f"is a field of none of the datasets{nearest(name, known)}",
                "dataset contract",
            )


def intruder(asked: Asked) -> Iterator[Fault]:
    """What an intruder could know is named, and is released."""
    access = asked.document.access
    if access is None:
        return
    at = ("access", "quasi-identifiers")
    for name in access.quasi_identifiers:
        if name not in access.fields:
            yield error((*at, name), "is not among the fields released", "contradiction")
    if not access.quasi_identifiers:
        yield error(at, "names nothing an intruder could know, so k means nothing", "ICO anonymisation guidance 2025")
    if len(set(access.contributors)) > 1 and not {"dataset", "agency"} & set(access.quasi_identifiers):
        yield warning(at, "counts neither dataset nor agency: a contributor could set its own rows of a group aside, and see who is left",
                      "ICO anonymisation guidance 2025")  # fmt: skip
    for name in ("occurred", "place"):
        if name in access.fields and name not in access.quasi_identifiers:
            yield warning(at, f"does not count {name}, which an intruder could know", "ICO anonymisation guidance 2025")


def between(asked: Asked) -> Iterator[Fault]:
    """What the document contradicts of the one it stands under, where that is known."""
    heading = asked.heading
    parent = asked.known.get(heading.parent or "")
    if parent is None:
        return
    above, at = parent.protocol, ("protocol", "parent")
    wanted = {Tier.PURPOSE: Tier.PARTNERSHIP, Tier.ACCESS: Tier.PURPOSE}.get(heading.tier)
    if wanted and above.tier is not wanted:
        yield error(at, f"{above.id} is no {wanted.replace('-', ' ')}", TIERS)
    if above.partnership != heading.partnership:
        yield error(at, f"{above.id} is of another partnership", TIERS)
    if stray := sorted(set(heading.purposes) - set(above.purposes)):
        yield error(("protocol", "purposes"), f"{', '.join(stray)}: no purpose of {above.id}, under which it stands",
                    "UK GDPR Art 5(1)(b)")  # fmt: skip
    if heading.tier is Tier.PURPOSE:
        theirs = {p.agency for p in parent.party}
        for number, party in enumerate(asked.document.party):
            if party.agency not in theirs:
                yield warning(("party", number), f"is no party to {above.id}: it accedes there first", TIERS)
    if heading.tier is Tier.ACCESS:
        yield from _against_flows(asked, parent)


def _against_flows(asked: Asked, parent: Document) -> Iterator[Fault]:
    access = asked.document.access
    if access is None:
        return
    flows = [f for f in parent.flow if f.source in access.contributors and f.dataset in access.datasets]
    for agency in access.contributors:
        if agency not in {f.source for f in flows}:
            yield error(("access", "contributors"), f"{parent.id} has no flow of these datasets from {agency}", TIERS)
    for name in access.fields:
        carried = [f.fields[name] for f in flows if name in f.fields]
        if name not in POOL_FIELDS and flows and not any(_stays(words) for words in carried):
            yield error(("access", "fields", name), f"no flow of {parent.id} leaves it in the pool", "contradiction")
    for name, floors in (("place_floor", PLACE_FLOORS), ("time_floor", TIME_FLOORS)):
        coarsest = max((getattr(f, name) for f in flows), key=floors.index, default="")
        if coarsest and floors.index(getattr(access, name)) < floors.index(coarsest):
            yield warning(("access", name.replace("_", "-")), f"is finer than the {coarsest} of a flow it draws on, which will win",
                          "strictest contributor wins")  # fmt: skip


def _stays(words: str) -> bool:
    try:
        return treatment_of(words)[0] not in ("drop", "geocode-then-drop")
    except ValueError:
        return False
