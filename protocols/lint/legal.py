"""Does each flow stand on a power, a regime and a lawful basis that fit its sender, its purpose and each other?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protocols.contract import Role
from protocols.lint.asked import HEALTH, PERSONAL, Asked, error, listed, warning
from protocols.schema import PLACE_FLOORS, TIME_FLOORS, Fault, Flow, Gateway, LawfulBasis, Purpose, Regime, Tier
from protocols.wording import Path

ARTICLE_6 = re.compile(r"\bArt(icle)?\.? ?6\(1\)\(([a-f])\)", re.IGNORECASE)
SECTION_35 = re.compile(r"\b(s\.? ?35|section 35)\b", re.IGNORECASE)
ARTICLE_9 = re.compile(r"\bArt(icle)?\.? ?9\b", re.IGNORECASE)
ARTICLE_10 = re.compile(r"\bArt(icle)?\.? ?10\b", re.IGNORECASE)
SCHEDULE_1 = re.compile(r"\bSch(edule)?\.? ?1\b", re.IGNORECASE)
SCHEDULE_8 = re.compile(r"\bSch(edule)?\.? ?8\b", re.IGNORECASE)
OLD_ACT = re.compile(r"\b(DPA|Data Protection Act) 1998\b|\bSchedules? 2 and 3\b|\bs\.? ?29\b", re.IGNORECASE)
CRIMINAL = ("police", "housing", "probation", "youth-justice")
"""Types of agency whose rows tell of offences, alleged ones included: UK GDPR Art 10."""


def _purposes(asked: Asked, flow: Flow) -> tuple[Purpose, ...]:
    return flow.purposes or asked.heading.purposes


def purposes(asked: Asked) -> Iterator[Fault]:
    """A flow's purposes are purposes of the document."""
    for at, flow in asked.flows:
        stray = set(flow.purposes) - set(asked.heading.purposes)
        if stray:
            yield error((*at, "purposes"), f"purposes {', '.join(sorted(stray))} are not purposes of the document",
                        "UK GDPR Art 5(1)(b)")  # fmt: skip


def parties(asked: Asked) -> Iterator[Fault]:
    """A flow's source is a party; a flow is written once."""
    pairs = [(f.source, f.dataset) for f in asked.document.flow]
    for number, (at, flow) in enumerate(asked.flows):
        if flow.source not in asked.parties:
            yield error((*at, "from"), f"{flow.source} is not a party to this document", "ICO Data Sharing Code")
        if pairs[number] in pairs[:number]:
            yield error(at, f"{flow.source} {flow.dataset} is written twice, so two treatments would contradict",
                        "one flow, one clause")  # fmt: skip


def section_17a(asked: Asked) -> Iterator[Fault]:
    """The duty never covers personal data, and asks for one prescribed set."""
    for at, flow in asked.flows:
        if flow.gateway is not Gateway.CDA98_S17A:
            continue
        direct = asked.direct(flow)
        if direct:
            yield error(at, f"section 17A never covers personal data, and the flow carries {listed(direct)}",
                        "CDA 1998 s.17A")  # fmt: skip
        if flow.regime is not Regime.NOT_PERSONAL:
            yield error((*at, "regime"), "section 17A never covers personal data, and the flow says that it is",
                        "CDA 1998 s.17A; SI 2007/1831 reg 2")  # fmt: skip
        if not flow.prescribed_set:
            yield error((*at, "prescribed-set"), "does not say which prescribed set it discharges: 1 to 11",
                        "SI 2007/1831 reg 2 and Schedule")  # fmt: skip


def prescribed(asked: Asked) -> Iterator[Fault]:
    """A prescribed set comes from its holder, in its own contract, no finer than the Regulations say."""
    law = "SI 2007/1831 Schedule"
    for at, flow in asked.flows:
        if not flow.prescribed_set:
            continue
        wanted = asked.law.sets.get(flow.prescribed_set)
        if wanted is None:
            yield error((*at, "prescribed-set"), f"the Schedule has no paragraph {flow.prescribed_set}: 1 to 11", law)
            continue
        holder = asked.agency_type(flow.source)
        if holder and holder not in wanted.agency_types:
            yield error((*at, "prescribed-set"), f"paragraph {wanted.paragraph} is asked of {listed(list(wanted.agency_types))}, not of {holder}",
                        law)  # fmt: skip
        if PLACE_FLOORS.index(flow.place_floor) < PLACE_FLOORS.index(wanted.place):
            yield error((*at, "place-floor"), f"is finer than the Regulations ask for ({wanted.place})", law)
        if TIME_FLOORS.index(flow.time_floor) < TIME_FLOORS.index(wanted.time):
            yield error((*at, "time-floor"), f"is finer than the Regulations ask for ({wanted.time})", law)
        contract = asked.contracts.get(flow.dataset)
        if (
            contract
            and flow.gateway is Gateway.CDA98_S17A
            and contract.prescribed_set.split()[-1:] != [wanted.paragraph]
        ):
            yield error((*at, "dataset"), f"{contract.id} is not the set of paragraph {wanted.paragraph}", law)
        if wanted.careful and not asked.heading.necessity:
            yield warning(at, wanted.careful, law)


def section_115(asked: Asked) -> Iterator[Fault]:
    """Section 115 allows disclosure to a relevant authority, or to somebody who acts for one."""
    law = "CDA 1998 s.115(1) and (2)"
    receives = {a for a, p in asked.parties.items() if p.relevant_authority or p.acting_for}
    for at, flow in asked.flows:
        if flow.gateway is Gateway.CDA98_S115 and not receives - {flow.source}:
            yield error((*at, "gateway"), "no other party is a relevant authority or acts for one, so nobody may be disclosed to",
                        law)  # fmt: skip
    access = asked.document.access
    if access and access.recipient in asked.parties and access.recipient not in receives:
        yield warning(("access", "recipient"), f"{access.recipient} is no relevant authority: say for whom it acts, or under which other power it receives",
                      law)  # fmt: skip


def serious_violence(asked: Asked) -> Iterator[Fault]:
    """Sections 16 and 17: for serious violence, between specified authorities, never a patient, never by health."""
    for at, flow in asked.flows:
        if flow.gateway not in (Gateway.PCSC22_S16, Gateway.PCSC22_S17):
            continue
        section = "16" if flow.gateway is Gateway.PCSC22_S16 else "17"
        source, direct = asked.agency_type(flow.source), asked.direct(flow)
        if source in HEALTH and (direct or flow.regime in PERSONAL):
            what = f": the flow carries {listed(direct)}" if direct else ": the flow says that it is personal data"
            yield error((*at, "gateway"), f"sections 16 and 17 do not authorise a health or social care authority to disclose personal information{what}",
                        "PCSC Act 2022 ss.16(4) and 17")  # fmt: skip
        contract = asked.contracts.get(flow.dataset)
        patients = [f for f in flow.fields if contract and f in contract.having(Role.NHS)]
        if patients:
            yield error((*at, "gateway"), f"does not authorise patient information, by anybody: {listed(patients)}",
                        "PCSC Act 2022 s.16(4)")  # fmt: skip
        if set(_purposes(asked, flow)) - {Purpose.SERIOUS_VIOLENCE}:
            yield error((*at, "purposes"), f"section {section} serves serious violence only: name that purpose alone",
                        f"PCSC Act 2022 s.{section}")  # fmt: skip
        if source and not _under_the_duty(asked, flow.source):
            yield error((*at, "gateway"), f"{flow.source} is no body that the duty names",
                        "PCSC Act 2022 ss.11-13")  # fmt: skip
        if section == "17" and "local-policing-body" not in {p.agency_type for p in asked.document.party}:
            yield error((*at, "gateway"), "only a local policing body may require information, and none is a party",
                        "PCSC Act 2022 s.17")  # fmt: skip


def _under_the_duty(asked: Asked, agency: str) -> bool:
    """By its head of s.115(2) where it names one; else it can only be one that s.115(2) does not list."""
    on, party = asked.heading.effective, asked.parties[agency]
    named = asked.law.authorities.get(party.relevant_authority)
    if named is not None:
        return named.term("pcsc", on) is not None
    return any(a.term("s115", on) is None for a, _ in asked.law.of_type(party.agency_type, "pcsc", on))


def open_data(asked: Asked) -> Iterator[Fault]:
    """Published data are not personal data."""
    for at, flow in asked.flows:
        if flow.gateway is Gateway.OPEN_DATA and flow.regime in PERSONAL:
            yield error((*at, "regime"), "published open data cannot be personal data", "contradiction")


def regime(asked: Asked) -> Iterator[Fault]:
    """The regime fits who sends, and what is sent."""
    for at, flow in asked.flows:
        direct = asked.direct(flow)
        if direct and flow.regime is Regime.NOT_PERSONAL:
            yield error((*at, "regime"), f"carries {', '.join(direct)} and says it is not personal data",
                        "UK GDPR Art 4(1)")  # fmt: skip
        yield from competent(asked, flow.source, flow.regime, flow.basis, (*at, "regime"))
    for number, row in enumerate(asked.document.lawful_basis):
        yield from competent(asked, row.agency, row.regime, row.basis, ("lawful-basis", number, "regime"))


def competent(asked: Asked, agency: str, said: Regime, basis: str, at: Path) -> Iterator[Fault]:
    kind = asked.agency_type(agency)
    if said is not Regime.LAW_ENFORCEMENT or not kind:
        return
    terms = [term for _, term in asked.law.of_type(kind, "part3", asked.heading.effective)]
    if not terms:
        yield error(at, f"a body of the type '{kind}' is no competent authority: its regime is ukgdpr-part2",
                    "DPA 2018 s.30 and Sch 7")  # fmt: skip
    elif all(term.limited for term in terms) and "function" not in basis and "prosecut" not in basis:
        yield warning(at, f"a {kind} is a competent authority only for its statutory law-enforcement functions: name them in the basis",
                      "DPA 2018 s.30(1)(b)")  # fmt: skip


def basis(asked: Asked) -> Iterator[Fault]:
    """A lawful basis beside the gateway, of the same regime."""
    for at, flow in asked.flows:
        if flow.regime in PERSONAL and (not flow.basis or flow.basis.startswith("none")):
            yield error((*at, "basis"), "personal data needs a lawful basis beside the gateway",
                        "UK GDPR Art 6; DPA 2018 s.35")  # fmt: skip
        else:
            yield from cites(flow.regime, flow.basis, (*at, "basis"))
        if OLD_ACT.search(f"{flow.basis} {flow.condition}"):
            yield error((*at, "basis"), "cites the Data Protection Act 1998, which was repealed: crime is now Sch 2 para 2 of the 2018 Act, or its Part 3",
                        "DPA 2018 Sch 2 para 2 and Part 3")  # fmt: skip


def cites(said: Regime, words: str, at: Path) -> Iterator[Fault]:
    article, section = ARTICLE_6.search(words), SECTION_35.search(words)
    if said is Regime.GENERAL:
        if section:
            yield error(at, "cites section 35, which is of Part 3, and the regime is ukgdpr-part2", "DPA 2018 s.35")
        elif not article:
            yield warning(at, "does not cite a point of Article 6(1), such as Art 6(1)(e)", "UK GDPR Art 6")
        elif article[2].lower() == "a":
            yield warning(
                at, "rests on consent, which is rarely free before a public body", "UK GDPR Art 7; recital 43"
            )
        elif article[2].lower() == "f":
            yield error(at, "rests on legitimate interests, which public authorities may not use for their tasks",
                        "UK GDPR Art 6(1), last sentence")  # fmt: skip
    if said is Regime.LAW_ENFORCEMENT:
        if article:
            yield error(at, "cites Article 6, which is of the UK GDPR, and the regime is dpa-part3", "DPA 2018 s.35")
        elif not section:
            yield warning(at, "does not cite section 35", "DPA 2018 s.35")


def condition(asked: Asked) -> Iterator[Fault]:
    """Special-category and criminal-offence data have a condition, and a policy document behind it."""
    for at, flow in asked.flows:
        if flow.regime not in PERSONAL:
            continue
        kind = asked.agency_type(flow.source)
        where = (*at, "condition")
        if not flow.condition or flow.condition.startswith("none"):
            yield error(where, "rows of this kind need a condition for special-category or criminal-offence data, and none is named",
                        "UK GDPR Arts 9 and 10; DPA 2018 s.35(4)-(5)")  # fmt: skip
        elif flow.regime is Regime.LAW_ENFORCEMENT and not SCHEDULE_8.search(flow.condition):
            yield warning(
                where, "sensitive processing under Part 3 rests on a condition of Schedule 8", "DPA 2018 s.35(5), Sch 8"
            )
        elif flow.regime is Regime.GENERAL and kind in CRIMINAL and not ARTICLE_10.search(flow.condition):
            yield warning(where, "rows about offences, alleged ones included, are criminal-offence data: cite Article 10",
                          "UK GDPR Art 10; DPA 2018 s.10(5)")  # fmt: skip
        elif flow.regime is Regime.GENERAL and kind in HEALTH and not ARTICLE_9.search(flow.condition):
            yield warning(where, "health rows are special-category data: cite a point of Article 9(2)", "UK GDPR Art 9")
        if not asked.heading.policy_document and not _own_policy(asked, flow):
            if flow.regime is Regime.LAW_ENFORCEMENT:
                yield error(("protocol", "policy-document"), "law-enforcement processing of sensitive data needs an appropriate policy document",
                            "DPA 2018 s.42")  # fmt: skip
            elif SCHEDULE_1.search(flow.condition):
                yield error(("protocol", "policy-document"), f"the condition of {flow.source} rests on Schedule 1, which asks for an appropriate policy document",
                            "DPA 2018 Sch 1 para 5 and Part 4")  # fmt: skip


def _rows(asked: Asked, agency: str) -> list[LawfulBasis]:
    return [row for row in asked.document.lawful_basis if row.agency == agency]


def _own_policy(asked: Asked, flow: Flow) -> bool:
    return any(row.policy_document for row in _rows(asked, flow.source))


def confidentiality(asked: Asked) -> Iterator[Fault]:
    """What patients and clients told is held in confidence, beside data-protection law."""
    for at, flow in asked.flows:
        if asked.agency_type(flow.source) in HEALTH and not flow.confidentiality_basis:
            yield error((*at, "confidentiality-basis"), "does not say why the duty of confidence is kept",
                        "common law of confidence; Caldicott principles; NHS Act 2006 s.251")  # fmt: skip


def by_agency(asked: Asked) -> Iterator[Fault]:
    """`[[lawful-basis]]`: each agency × purpose once, of a party, and not against what a flow says."""
    seen: set[tuple[str, Purpose]] = set()
    flows: dict[tuple[str, Purpose], Regime] = {
        (f.source, p): f.regime for f in asked.document.flow if f.regime in PERSONAL for p in _purposes(asked, f)
    }
    for number, row in enumerate(asked.document.lawful_basis):
        at: Path = ("lawful-basis", number)
        key = (row.agency, row.purpose)
        if row.agency not in asked.parties:
            yield error((*at, "agency"), f"{row.agency} is not a party to this document", "ICO Data Sharing Code")
        if row.purpose not in asked.heading.purposes:
            yield error((*at, "purpose"), f"{row.purpose} is not a purpose of the document", "UK GDPR Art 5(1)(b)")
        if key in seen:
            yield error(at, f"{row.agency} for {row.purpose} is written twice", "one agency and purpose, one basis")
        seen.add(key)
        if row.regime in PERSONAL and flows.get(key, row.regime) is not row.regime:
            yield error((*at, "regime"), f"says {row.regime} for {row.purpose}, and a flow of {row.agency} says {flows[key]}",
                        "contradiction; DPA 2018 ss.29-30 and 36")  # fmt: skip
        yield from cites(row.regime, row.basis, (*at, "basis"))
    yield from _without(asked, seen, set(flows))


def _without(asked: Asked, said: set[tuple[str, Purpose]], flowing: set[tuple[str, Purpose]]) -> Iterator[Fault]:
    """Who takes part in personal data for a purpose, and says on no line why it may."""
    if asked.heading.tier is Tier.PURPOSE and flowing:
        takes = {p.agency for p in asked.document.party if p.relevant_authority or p.acting_for}
        for agency in sorted(takes - {f.source for f in asked.document.flow} - {a for a, _ in said}):
            yield warning(("lawful-basis",), f"{agency} receives and names no lawful basis of its own for these purposes",
                          "UK GDPR Art 6; DPA 2018 s.35")  # fmt: skip
