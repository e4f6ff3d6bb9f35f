"""Who takes part, by which statute, and which offices act for them?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protocols.law import Authority
from protocols.library import FILL_IN
from protocols.lint.asked import HEALTH, Asked, error, listed, warning
from protocols.lint.heading import ICO
from protocols.schema import Fault, Party, Tier
from protocols.wording import Path, nearest

NAME = re.compile(r"@|\b(Mr|Mrs|Ms|Miss|Dr|Sir|Dame)\b\.? [A-Z]")
AREA = re.compile(r"[EW](0[6-9]|10)\d{6}")
OFFICES = ("liaison_officer", "deputy", "signatory", "data_protection_officer", "caldicott_guardian")


def entries(asked: Asked) -> Iterator[Fault]:
    """At least one party, none twice; who signs is a party."""
    agencies = [p.agency for p in asked.document.party]
    if not agencies:
        yield error(("party",), "names no party", ICO)
    for number, agency in enumerate(agencies):
        if agency in agencies[:number]:
            yield error(("party", number), "is named twice", "one party, one entry")
    at = ("protocol", "signatories")
    if not asked.heading.signatories:
        yield error(at, "names nobody who signs", ICO)
    for agency in asked.heading.signatories:
        if agency not in agencies:
            yield error(at, f"{agency} is not a party{nearest(agency, agencies)}", ICO)


def signing(asked: Asked) -> Iterator[Fault]:
    """Who must sign does: every responsible authority a protocol, every sender its agreement, recipient and sources theirs."""
    document, heading = asked.document, asked.heading
    if heading.tier is Tier.PARTNERSHIP:
        must = {p.agency for p in document.party if p.role == "responsible-authority"}
        source = "SI 2007/1830 reg 4"
    elif heading.tier is Tier.PURPOSE:
        must, source = {f.source for f in document.flow}, ICO
    else:
        access = document.access
        must, source = ({access.recipient, *access.contributors} if access else set()), ICO
    for agency in sorted(must & set(asked.parties) - set(heading.signatories)):
        yield error(("protocol", "signatories"), f"{agency} must sign, and is not among the signatories", source)


def offices(asked: Asked) -> Iterator[Fault]:
    """Liaison officer, deputy, signatory and data protection officer; offices, never names of people."""
    for number, party in enumerate(asked.document.party):
        at: Path = ("party", number)
        responsible = party.role == "responsible-authority"
        if responsible and not party.liaison_officer:
            yield error((*at, "liaison-officer"), "a responsible authority names its designated liaison officer",
                        "SI 2007/1830 reg 4")  # fmt: skip
        if not responsible and party.role != "processor" and not party.liaison_officer:
            yield warning((*at, "liaison-officer"), "names nobody whom the others may turn to", ICO)
        if party.liaison_officer and not party.deputy:
            yield warning((*at, "deputy"), "names no deputy of its liaison officer", "SI 2007/1830 reg 4")
        if not party.signatory:
            yield error((*at, "signatory"), "names no office that signs", ICO)
        if party.deputy and party.deputy == party.liaison_officer:
            yield error((*at, "deputy"), "the deputy is the liaison officer", "contradiction")
        if responsible and not party.data_protection_officer:
            yield warning((*at, "data-protection-officer"), "names no data protection officer",
                          "UK GDPR Art 37; DPA 2018 s.69")  # fmt: skip
        if party.agency_type in HEALTH and not party.caldicott_guardian:
            yield error((*at, "caldicott-guardian"), "a health or social care party names its Caldicott Guardian",
                        "HSC 2012/2; National Data Guardian guidance 2021")  # fmt: skip
        for office in OFFICES:
            if NAME.search(getattr(party, office)):
                yield error((*at, office.replace("_", "-")), "reads like a person's name or address: write the office",
                            "the document is published; UK GDPR Art 5(1)(c)")  # fmt: skip


def standing(asked: Asked) -> Iterator[Fault]:
    """Each party is what it says by statute on the effective date."""
    for number, party in enumerate(asked.document.party):
        at: Path = ("party", number, "relevant-authority")
        if party.relevant_authority:
            authority = asked.law.authorities.get(party.relevant_authority)
            if authority is None:
                near = nearest(party.relevant_authority, asked.law.authorities)
                yield error(at, f"'{party.relevant_authority}' is no head of section 115(2) that the hub knows{near}",
                            "CDA 1998 s.115(2)")  # fmt: skip
            else:
                yield from _standing(asked, party, authority, at)
        elif party.role == "responsible-authority":
            yield error(at, "says under which head of s.115(2) it is a relevant authority", "CDA 1998 s.115(2)")
        if party.acting_for and party.acting_for not in asked.parties:
            yield error(("party", number, "acting-for"), f"acts for {party.acting_for}, which is not a party",
                        "CDA 1998 s.115(1)(b)")  # fmt: skip
        elif party.acting_for and not asked.parties[party.acting_for].relevant_authority:
            yield error(("party", number, "acting-for"), f"acts for {party.acting_for}, which is no relevant authority",
                        "CDA 1998 s.115(1)(b)")  # fmt: skip


def _standing(asked: Asked, party: Party, authority: Authority, at: Path) -> Iterator[Fault]:
    on = asked.heading.effective
    words = authority.title[0].lower() + authority.title[1:]
    today = f": today it is the {authority.now.replace('-', ' ')}" if authority.now else ""
    if party.agency_type not in authority.agency_types:
        yield error(at, f"a {words} is not of the type '{party.agency_type}'", "CDA 1998 s.115(2)")
    if authority.term("s115", on) is None:
        yield error(
            at, f"a {words} is no relevant authority on {on}{today}", authority.source("s115", "CDA 1998 s.115(2)")
        )
    if party.role == "responsible-authority" and authority.term("s5", on) is None:
        yield error((*at[:-1], "role"), f"a {words} is no responsible authority on {on}{today}",
                    authority.source("s5", "CDA 1998 s.5(1)"))  # fmt: skip

    area = asked.document.area
    nations = {code[0] for code in area.codes if AREA.fullmatch(code)} if area else set()
    if nations and not nations & set(authority.nations):
        yield error(at, f"there is no {words} in the nation of these areas", "CDA 1998 s.5(1)")


def areas(asked: Asked) -> Iterator[Fault]:
    """The areas covered are local government areas of England or Wales, each once."""
    area = asked.document.area
    for number, code in enumerate(area.codes if area else ()):
        if not AREA.fullmatch(code) and not code.startswith(FILL_IN):
            yield error(("area", "codes", number), f"'{code}' is no code of a district, council area or county in England or Wales, such as E07000001",
                        "CDA 1998 s.5(4)")  # fmt: skip
        elif area and code in area.codes[:number]:
            yield error(("area", "codes", number), f"{code} is named twice", "contradiction")


def responsible(asked: Asked) -> Iterator[Fault]:
    """A partnership protocol binds every responsible authority of the area."""
    if asked.heading.tier is not Tier.PARTNERSHIP:
        return
    have = {p.agency_type for p in asked.document.party if p.role == "responsible-authority"}
    lacking = [t for t in ("police", "council", "fire", "probation", "health") if t not in have]
    if lacking:
        yield warning(("party",), f"names no responsible authority for {listed(lacking)}", "CDA 1998 s.5(1)")
