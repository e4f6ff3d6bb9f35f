"""Does the document say what it is for, for how long, and how the sharing was thought through?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from protocols.library import FILL_IN, clause_id, clauses_of
from protocols.lint.asked import Asked, error, warning
from protocols.schema import Fault, Tier
from protocols.wording import Path, nearest

ICO = "ICO Data Sharing Code (DPA 2018 s.121)"
TIERS = "tiers of agreement"


def filled_in(asked: Asked) -> Iterator[Fault]:
    """What a template left to be written."""
    for path, value in _texts(asked.document.model_dump(by_alias=True), ()):
        if value.startswith(FILL_IN):
            yield error(path, f"is still to be written: {value.removeprefix(FILL_IN)}", "the template")
        elif value.startswith("fill-in-"):
            yield error(path, f"is still to be named ({value.removeprefix('fill-in-')})", "the template")


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*path, number))


def dates(asked: Asked) -> Iterator[Fault]:
    """Effective, review and end stand in order, and the review is near."""
    heading = asked.heading
    at = ("protocol", "review")
    if heading.review <= heading.effective:
        yield error(at, "the review date is not after the effective date", "SI 2007/1830 reg 4")
    if heading.review > heading.effective + timedelta(days=3 * 366):
        yield error(at, "review is more than three years away", ICO)
    if heading.ends and heading.ends <= heading.effective:
        yield error(("protocol", "ends"), "ends before it begins", "contradiction")
    if heading.ends and heading.review > heading.ends:
        yield warning(at, "comes after the document has ended", "contradiction")


def purpose(asked: Asked) -> Iterator[Fault]:
    """What it is for, in codes and in words."""
    heading = asked.heading
    if not heading.purposes:
        yield error(("protocol", "purposes"), "names no purpose", "UK GDPR Art 5(1)(b); CDA 1998 s.6")
    if not heading.statement:
        yield error(("protocol", "statement"), "does not say in words what the sharing is for", ICO)
    if len(set(heading.purposes)) < len(heading.purposes):
        yield error(("protocol", "purposes"), "names a purpose twice", "contradiction")


def tier(asked: Asked) -> Iterator[Fault]:
    """Each tier holds what is its own: areas, flows, or access."""
    document, heading = asked.document, asked.heading
    if heading.tier is Tier.PARTNERSHIP:
        if document.area is None or not document.area.codes:
            yield error(("area",), "a partnership protocol names the areas it covers", "CDA 1998 s.5(4)")
        if document.flow or document.access:
            yield error(("protocol", "tier"),
                        "flows belong in a purpose agreement, access terms in an access agreement", ICO)  # fmt: skip
        if heading.parent:
            yield error(("protocol", "parent"), "a partnership protocol stands under no other", TIERS)
    elif not heading.parent:
        yield error(("protocol", "parent"), "names no document that it stands under", TIERS)
    if heading.tier is Tier.PURPOSE and not document.flow:
        yield error(("flow",), "a purpose agreement without a flow lets nothing move", "default deny")
    if heading.tier is Tier.ACCESS and document.access is None:
        yield error(("access",), "an access agreement says who gets what", ICO)
    if heading.tier is Tier.ACCESS and document.flow:
        yield error(("flow",), "flows belong in a purpose agreement: here they would let nothing move", TIERS)
    if heading.tier is Tier.PURPOSE and document.access is not None:
        yield error(("access",), "access terms belong in an access agreement", TIERS)
    if heading.parent == heading.id:
        yield error(("protocol", "parent"), "stands under itself", TIERS)


def impact(asked: Asked) -> Iterator[Fault]:
    """Impact assessment before the sharing, necessity, and whether less would do."""
    heading = asked.heading
    if heading.tier is not Tier.PURPOSE:
        return
    law = "UK GDPR Art 35; DPA 2018 s.64"
    if not heading.dpia or heading.dpia_date is None:
        yield error(("protocol", "dpia"), "names no data protection impact assessment and its date", law)
    else:
        if heading.dpia_date > heading.effective:
            yield error(("protocol", "dpia-date"), "the impact is assessed after the sharing has begun", law)
        if heading.dpia_date < heading.effective - timedelta(days=3 * 366):
            yield warning(("protocol", "dpia-date"), "the assessment is more than three years older than the sharing",
                          "UK GDPR Art 35(11)")  # fmt: skip
    if heading.dpia_outcome == "high-risk":
        yield error(("protocol", "dpia-outcome"),
                    "high risk was left over: consult the Information Commissioner before the sharing begins",
                    "UK GDPR Art 36; DPA 2018 s.65")  # fmt: skip
    elif not heading.dpia_outcome:
        yield warning(("protocol", "dpia-outcome"), "does not say what the assessment came to", law)
    if not heading.necessity:
        yield error(("protocol", "necessity"), "does not say why the sharing is necessary and proportionate",
                    f"CDA 1998 s.115(1); {ICO}")  # fmt: skip
    if not heading.less_intrusive:
        yield warning(("protocol", "less-intrusive"), "does not say why less, or anonymous, information would not do",
                      "UK GDPR Art 5(1)(c); HMIC 2000 para 6.45")  # fmt: skip


SUBJECTS = (
    ("breach", "breach_contact", "says nothing about whom to tell of a breach", "UK GDPR Art 33", True),
    ("onward-sharing", "onward_sharing", "does not say whether what is shared may be passed on", ICO, False),
    ("rights", "rights_contact", "does not say who answers people who ask for their data, and Freedom of Information requests",
     "UK GDPR Arts 12-22; DPA 2018 Part 3 ch.3", False),
    ("review", "review_triggers", "does not say what brings the review forward (a change of law, a complaint, a breach)",
     ICO, False),
    ("disputes", "", "does not say how parties settle a disagreement; take up a standing clause", ICO, False),
    ("security", "", "does not say how the information is kept secure; take up a standing clause",
     "UK GDPR Art 32; DPA 2018 s.66", False),
    ("retention", "", "does not say how information is disposed of when its time is up; take up a standing clause",
     "UK GDPR Art 5(1)(e)", False),
)  # fmt: skip
"""(subject of a standing clause, field that says it as well, sentence, who asks, is its absence an error?)"""


def subjects(asked: Asked) -> Iterator[Fault]:
    """What every agreement settles, by a field or by a standing clause. An access agreement takes it from its parents."""
    taken = {clause.subject for clause in clauses_of(asked.document, asked.clauses)}
    for subject, name, what, source, must in SUBJECTS:
        said = bool(name) and bool(getattr(asked.heading, name))
        if said or subject in taken or (asked.heading.tier is Tier.ACCESS and not must):
            continue
        at = ("protocol", name.replace("_", "-") or "clauses")
        yield error(at, what, source) if must else warning(at, what, source)


def clauses(asked: Asked) -> Iterator[Fault]:
    """Standing clauses exist, are the newest, and do not contradict each other."""
    taken: dict[str, str] = {}
    for number, name in enumerate(asked.heading.clauses):
        at = ("protocol", "clauses", number)
        clause = asked.clauses.get(clause_id(name))
        if clause is None:
            yield error(
                at,
                f"there is no standing clause of this name{nearest(clause_id(name), asked.clauses)}",
                "clause library",
            )
            continue
        if name == clause.id:
            yield warning(
                at, f"does not fix the clause's words: write {clause.reference}", "what is signed is what is read"
            )
        elif name != clause.reference:
            yield error(at, f"the words of {clause.id} are not those that this refers to: they are {clause.reference}",
                        "what is signed is what is read")  # fmt: skip
        if clause.subject in taken:
            yield error(at, f"{name} and {taken[clause.subject]} both settle {clause.subject.replace('-', ' ')}",
                        "contradiction")  # fmt: skip
        taken[clause.subject] = name
        if clause.replaced_by:
            yield warning(at, f"newer words are in {clause.replaced_by}", "clause library")


def controllers(asked: Asked) -> Iterator[Fault]:
    """How the parties stand to each other, and to who works for them."""
    heading = asked.heading
    if heading.tier is Tier.ACCESS:
        return
    if not heading.controllers:
        yield warning(("protocol", "controllers"), "does not say whether the parties are joint or separate controllers",
                      "UK GDPR Art 26; DPA 2018 s.58")  # fmt: skip
    if heading.controllers == "joint" and not heading.controller_arrangement:
        yield error(("protocol", "controller-arrangement"), "joint controllers write down who does what",
                    "UK GDPR Art 26; DPA 2018 s.58")  # fmt: skip
    if not heading.processor_contract and any(p.role == "processor" for p in asked.document.party):
        yield error(("protocol", "processor-contract"), "a processor works under a contract, and none is named",
                    "UK GDPR Art 28; DPA 2018 s.59")  # fmt: skip
