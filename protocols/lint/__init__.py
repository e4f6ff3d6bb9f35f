"""Is a document complete and lawful? A table of small rules; what they find are values in plain English.

Every rule sees the whole document and the law as data. Used alike by `hub protocol check`, the editor and
`POST /v1/protocols/check`; a document with an error can neither be added nor put in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from protocols.contract import Contract
from protocols.law import shipped_law
from protocols.library import shipped_clauses
from protocols.lint import access, fields, heading, legal, parties, personal
from protocols.lint.asked import Asked, Rule
from protocols.lint.lines import line_numbers, line_of
from protocols.schema import MOST_FAULTS, Document, Fault, Faulty, Severity, read_document, read_toml
from protocols.wording import place_words, printable

RULES: dict[str, Rule] = {
    "heading.filled-in": heading.filled_in,
    "heading.dates": heading.dates,
    "heading.purpose": heading.purpose,
    "heading.tier": heading.tier,
    "heading.impact": heading.impact,
    "heading.subjects": heading.subjects,
    "heading.clauses": heading.clauses,
    "heading.controllers": heading.controllers,
    "party.entries": parties.entries,
    "party.signing": parties.signing,
    "party.offices": parties.offices,
    "party.standing": parties.standing,
    "party.areas": parties.areas,
    "party.responsible": parties.responsible,
    "legal.parties": legal.parties,
    "legal.purposes": legal.purposes,
    "legal.section-115": legal.section_115,
    "legal.section-17a": legal.section_17a,
    "legal.prescribed": legal.prescribed,
    "legal.serious-violence": legal.serious_violence,
    "legal.open-data": legal.open_data,
    "legal.regime": legal.regime,
    "legal.basis": legal.basis,
    "legal.condition": legal.condition,
    "legal.confidentiality": legal.confidentiality,
    "legal.by-agency": legal.by_agency,
    "field.contract": fields.contract_known,
    "field.treatments": fields.treatments,
    "field.linking": fields.linking,
    "field.coarser": fields.coarser,
    "field.retention": fields.retention,
    "field.suppression": fields.suppression,
    "access.takers": access.takers,
    "access.fields": access.fields,
    "access.intruder": access.intruder,
    "access.between": access.between,
    "personal.flow": personal.flow,
    "personal.pseudonyms": personal.pseudonyms,
    "personal.law": personal.law,
    "personal.impact": personal.impact,
    "personal.handlers": personal.handlers,
    "personal.between": personal.between,
}
"""Every rule that is asked of a well-formed document, by name."""


def check(
    document: Document, contracts: Mapping[str, Contract], known: Mapping[str, Document] | None = None
) -> list[Fault]:
    """What every rule finds in a well-formed document, errors first. `known`: other documents, by id."""
    asked = Asked(document, contracts, shipped_law(), shipped_clauses(), known or {})
    body = document.model_dump(by_alias=True, mode="json")
    found = [
        fault._replace(rule=name, where=place_words(fault.path, body), what=printable(fault.what, 500))
        for name, rule in RULES.items()
        for fault in islice(rule(asked), MOST_FAULTS + 1)
    ]
    return sorted(_few(found), key=lambda f: f.severity is not Severity.ERROR)


def _few(found: list[Fault]) -> list[Fault]:
    if len(found) <= MOST_FAULTS:
        return found
    more = Fault("file", f"has {len(found) - MOST_FAULTS} more faults", "size of a document", rule="file")
    return [*found[:MOST_FAULTS], more]


def faults(
    document: Document, contracts: Mapping[str, Contract], known: Mapping[str, Document] | None = None
) -> list[Fault]:
    """What stops a well-formed document; an empty list means it may be used."""
    return [f for f in check(document, contracts, known) if f.severity is Severity.ERROR]


def lint(
    text: str, contracts: Mapping[str, Contract], known: Mapping[str, Document] | None = None
) -> tuple[Document | None, list[Fault]]:
    """The document, None where the text is none, and everything wrong with the text, by line. Raises nothing."""
    try:
        body = read_toml(text.replace("\r\n", "\n"))
        document = read_document(body)
    except Faulty as wrong:
        return None, located(wrong.faults, text)
    return document, located(check(document, contracts, known), text)


def located(found: list[Fault], text: str) -> list[Fault]:
    """The same faults, each with its line."""
    lines = line_numbers(text)
    return [f if f.line or not f.path else f._replace(line=line_of(f.path, lines)) for f in found]


def load_document(text: str, contracts: Mapping[str, Contract]) -> Document:
    """A sound document from its TOML text. Raises `Faulty` with every error at once."""
    document, found = lint(text, contracts)
    errors = [f for f in found if f.severity is Severity.ERROR]
    if errors or document is None:
        raise Faulty(errors)
    return document


def facts(document: Document | None, found: list[Fault]) -> dict[str, object]:
    """Findings as JSON: what `hub protocol check --json` and `POST /v1/protocols/check` answer."""
    return {
        "id": document.id if document else None,
        "version": document.protocol.version if document else None,
        "complete": document is not None and all(f.severity is not Severity.ERROR for f in found),
        "findings": [
            {"severity": f.severity, "rule": f.rule, "path": list(f.path), "line": f.line, "where": f.where,
             "what": f.what, "source": f.source}
            for f in found
        ],
    }  # fmt: skip
