"""Pseudonymised rows are personal data: does the text allow them expressly, by a law, an assessment and for people of
their own, and nowhere where a statute refuses?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from protocols.contract import Role, Treatment
from protocols.lint.asked import HEALTH, PERSONAL, Asked, error, listed, warning
from protocols.lint.heading import ICO
from protocols.lint.legal import ARTICLE_9, ARTICLE_10, SCHEDULE_8, cites, competent
from protocols.lint.parties import NAME
from protocols.schema import Document, Fault, Flow, Gateway, Personal, Purpose, Regime, treatment_of
from protocols.wording import Path, nearest

PSEUDONYMISED = "UK GDPR Art 4(5) and recital 26"
AT: Path = ("access", "personal")
SERIOUS_VIOLENCE = (Gateway.PCSC22_S16, Gateway.PCSC22_S17)
NOT_BY_HEALTH = "sections 16 and 17 do not authorise a health or social care authority to disclose personal information"
S16 = "PCSC Act 2022 ss.16(4) and 17"
FEW_WORDS = 5
"""A necessity in fewer words says nothing."""


def refused(document: Document, parent: Document, flows: Sequence[Flow]) -> tuple[str, str] | None:
    """The rule and the reason by which no person's pseudonyms may leave under an access agreement that would let them:
    a flow drawn on does not, or CDA 1998 s.17A or PCSC Act 2022 s.16(4) refuse. None where they may, or none would.

    `flows`: those of `parent` that it draws on. Asked for every release and download, as the linter's rules are of the text.
    """
    terms = document.access.personal if document.access else None
    if terms is None:
        return None
    name = document.protocol.title
    kinds = {p.agency: p.agency_type for p in (*parent.party, *document.party)}
    if not terms.dpia or terms.dpia_outcome in ("", "high-risk"):
        return "access.personal-dpia", f"{name} rests on no impact assessment that lets pseudonymised rows leave"
    for one in flows:
        where = f"{one.dataset} from {one.source}"
        if one.leaves_as != "pseudonymised":
            return "access.no-personal-flow", f"the flow of {where} lets nothing of a person leave, and {name} would"
        for gateway, regime in ((one.gateway, one.regime), (terms.gateway, terms.regime)):
            if found := refused_gateway(gateway, regime):
                return "access.personal-gateway", f"{name}, {where}: {found[0]} ({found[1]})"
            if gateway in SERIOUS_VIOLENCE and kinds.get(one.source, "") in HEALTH:
                return "access.personal-health", f"{name}, {where}: {NOT_BY_HEALTH} ({S16})"
    return None


def refused_gateway(gateway: Gateway, regime: Regime) -> tuple[str, str] | None:
    """Why personal data cannot move by this gateway under this regime, and who says so; None where it can."""
    if gateway is Gateway.CDA98_S17A:
        return "section 17A never covers personal data, and pseudonymised rows are personal data", "CDA 1998 s.17A"
    if gateway is Gateway.OPEN_DATA:
        return "published open data cannot be personal data, and pseudonymised rows are", "contradiction"
    if regime is Regime.NOT_PERSONAL:
        return "pseudonymised rows are personal data, and the regime says that they are not", PSEUDONYMISED
    return None


def flow(asked: Asked) -> Iterator[Fault]:
    """A flow whose pseudonyms may leave carries some, by a power that covers personal data."""
    for at, one in asked.flows:
        if one.leaves_as != "pseudonymised":
            continue
        where = (*at, "leaves-as")
        if not any(_treated(one, name) is Treatment.PSEUDONYMISE for name in one.fields):
            yield error(
                where, "no field of the flow becomes a pseudonym, so nothing could leave as one", "contradiction"
            )
        if refusal := refused_gateway(one.gateway, one.regime):
            yield error(where, *refusal)
        if one.gateway in SERIOUS_VIOLENCE and asked.agency_type(one.source) in HEALTH:
            yield error(where, NOT_BY_HEALTH, S16)


def _treated(one: Flow, name: str) -> Treatment | None:
    try:
        return treatment_of(one.fields[name])[0]
    except (KeyError, ValueError):
        return None


def pseudonyms(asked: Asked) -> Iterator[Fault]:
    """What leaves as a pseudonym is a field of a person that its contract lets be one, and leaves as nothing else."""
    terms = _terms(asked)
    access = asked.document.access
    if terms is None or access is None:
        return
    at = (*AT, "pseudonyms")
    if not terms.pseudonyms:
        yield error(at, "names no field, so no person could be followed: leave the table out", "contradiction")
    held = [asked.contracts[d].fields for d in access.datasets if d in asked.contracts]
    known = {name for fields in held for name in fields}
    for name in terms.pseudonyms:
        if name not in known:
            yield error((*at, name), f"is a field of none of the datasets{nearest(name, known)}", "dataset contract")
        elif not any(name in fields and Treatment.PSEUDONYMISE in fields[name].treatments for fields in held):
            yield error((*at, name), "its contract does not let it become a pseudonym", "dataset contract")
        if name in access.fields:
            yield error((*at, name), "stands among the fields that leave as they are, too", "contradiction")


def _terms(asked: Asked) -> Personal | None:
    return asked.document.access.personal if asked.document.access else None


def law(asked: Asked) -> Iterator[Fault]:
    """A gateway, regime, basis and condition of their own that fit personal data, the recipient and the contributors."""
    terms = _terms(asked)
    access = asked.document.access
    if terms is None or access is None:
        return
    if refusal := refused_gateway(terms.gateway, terms.regime):
        yield error((*AT, "gateway"), *refusal)
    sources = [a for a in access.contributors if asked.agency_type(a) in HEALTH]
    if terms.gateway in SERIOUS_VIOLENCE:
        yield from _serious_violence(asked, terms, sources)
    if not terms.basis or terms.basis.startswith("none"):
        yield error(
            (*AT, "basis"), "personal data needs a lawful basis beside the gateway", "UK GDPR Art 6; DPA 2018 s.35"
        )
    else:
        yield from cites(terms.regime, terms.basis, (*AT, "basis"))
    yield from competent(asked, access.recipient, terms.regime, terms.basis, (*AT, "regime"))
    yield from _condition(terms)
    if sources and not terms.confidentiality_basis:
        yield error((*AT, "confidentiality-basis"), f"does not say why the duty of confidence is kept for what comes from {listed(sources)}",
                    "common law of confidence; Caldicott principles; NHS Act 2006 s.251")  # fmt: skip


def _serious_violence(asked: Asked, terms: Personal, health: list[str]) -> Iterator[Fault]:
    access = asked.document.access
    if health:
        yield error((*AT, "gateway"), f"{NOT_BY_HEALTH}: {listed(health)}", S16)
    datasets = access.datasets if access else ()
    patients = [n for n in terms.pseudonyms for d in datasets if d in asked.contracts
                and n in asked.contracts[d].having(Role.NHS)]  # fmt: skip
    if patients:
        yield error((*AT, "gateway"), f"does not authorise patient information, by anybody: {listed(patients)}",
                    "PCSC Act 2022 s.16(4)")  # fmt: skip
    if set(asked.heading.purposes) - {Purpose.SERIOUS_VIOLENCE}:
        yield error((*AT, "gateway"), "sections 16 and 17 serve serious violence only: name that purpose alone",
                    "PCSC Act 2022 ss.16 and 17")  # fmt: skip


def _condition(terms: Personal) -> Iterator[Fault]:
    at = (*AT, "condition")
    if terms.regime in PERSONAL and (not terms.condition or terms.condition.startswith("none")):
        yield error(at, "rows of this kind need a condition for special-category or criminal-offence data, and none is named",
                    "UK GDPR Arts 9 and 10; DPA 2018 s.35(4)-(5)")  # fmt: skip
    elif terms.regime is Regime.LAW_ENFORCEMENT and not SCHEDULE_8.search(terms.condition):
        yield warning(
            at, "sensitive processing under Part 3 rests on a condition of Schedule 8", "DPA 2018 s.35(5), Sch 8"
        )
    elif terms.regime is Regime.GENERAL and not (
        ARTICLE_9.search(terms.condition) or ARTICLE_10.search(terms.condition)
    ):
        yield warning(at, "cites neither Article 9 nor Article 10", "UK GDPR Arts 9 and 10")
    if terms.regime in PERSONAL and not terms.policy_document:
        yield error((*AT, "policy-document"), "names no appropriate policy document", "DPA 2018 s.42; Sch 1 Part 4")


def impact(asked: Asked) -> Iterator[Fault]:
    """An impact assessment of its own, before it begins; necessity in words."""
    terms = _terms(asked)
    if terms is None:
        return
    dpia = "UK GDPR Art 35; DPA 2018 s.64"
    if not terms.dpia or terms.dpia_date is None:
        yield error((*AT, "dpia"), "names no data protection impact assessment of its own and its date", dpia)
    elif terms.dpia_date > asked.heading.effective:
        yield error((*AT, "dpia-date"), "the impact is assessed after the sharing has begun", dpia)
    if not terms.dpia_outcome:
        yield error((*AT, "dpia-outcome"), "does not say what the assessment came to", dpia)
    if terms.dpia_outcome == "high-risk":
        yield error((*AT, "dpia-outcome"), "high risk was left over: consult the Information Commissioner before it begins",
                    "UK GDPR Art 36; DPA 2018 s.65")  # fmt: skip
    if len(terms.necessity.split()) < FEW_WORDS:
        yield error((*AT, "necessity"), "does not say why a person must be followed, and rows without one would not do",
                    "UK GDPR Art 5(1)(c); HMIC 2000 para 6.45")  # fmt: skip


def handlers(asked: Asked) -> Iterator[Fault]:
    """Who of the recipient works with the rows: offices, each with its necessity."""
    terms = _terms(asked)
    if terms is None:
        return
    if not terms.handler:
        yield error((*AT, "handler"), "names no office that works with the rows, and why it must", ICO)
    for number, one in enumerate(terms.handler):
        at = (*AT, "handler", number)
        if not one.office or NAME.search(one.office):
            yield error((*at, "office"), "reads like a person's name or address, or is empty: write the office",
                        "the document is published; UK GDPR Art 5(1)(c)")  # fmt: skip
        if len(one.necessity.split()) < FEW_WORDS:
            yield error((*at, "necessity"), "does not say why this office must have a person's rows together",
                        "UK GDPR Art 5(1)(c)")  # fmt: skip


def between(asked: Asked) -> Iterator[Fault]:
    """The flows drawn on allow it, and the assessment is not the one of the depersonalised sharing."""
    terms = _terms(asked)
    parent = asked.known.get(asked.heading.parent or "")
    if terms is None or parent is None or asked.document.access is None:
        return
    if terms.dpia and terms.dpia == parent.protocol.dpia:
        yield error((*AT, "dpia"), f"is the assessment of {parent.id}: rows that stay personal data need one of their own",
                    "UK GDPR Art 35")  # fmt: skip
    yield from _flows(asked.document, terms, parent)


def _flows(document: Document, terms: Personal, parent: Document) -> Iterator[Fault]:
    access = document.access
    assert access is not None
    drawn = [f for f in parent.flow if f.source in access.contributors and f.dataset in access.datasets]
    for one in drawn:
        if one.leaves_as != "pseudonymised":
            yield error((*AT, "pseudonyms"), f"the flow of {one.dataset} from {one.source} in {parent.id} lets nothing of a person leave",
                        "default deny")  # fmt: skip
    for name in terms.pseudonyms:
        if not any(_treated(f, name) is Treatment.PSEUDONYMISE for f in drawn):
            yield error((*AT, "pseudonyms", name), f"no flow of {parent.id} keeps it as a pseudonym", "contradiction")
