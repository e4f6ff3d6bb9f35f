"""What can be written once and used by many? Standing clauses by reference, and templates of whole documents.

Clauses stand in `protocols/clauses`, a file each, named after their id: `breach-1.toml`. A clause is append-only: other
words are another number, so that what was signed stays what it was. Templates stand in `protocols/templates`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources

from pydantic import Field

from protocols.contract import Words
from protocols.schema import Document, Party, PartyRole

FILL_IN = "FILL IN: "
"""How text begins that a person must still write; ids begin with `fill-in-`."""
PLACEHOLDER = re.compile(r"<([a-z][a-z0-9.-]*)>")
PARTIES, ASSESSED = "<parties>", "dpia-date"
OFFICES = ("liaison-officer", "deputy", "signatory", "data-protection-officer", "caldicott-guardian")


class Clause(Words):
    """A standing clause: what it settles, its words, and who asks for it. `replaced_by`: newer words."""

    id: str
    subject: str
    title: str
    text: str
    source: str
    replaced_by: str = ""

    @property
    def reference(self) -> str:
        """`breach-1@b30bb52791ce`: the id with the words' digest, so that signing the reference signs the words."""
        return f"{self.id}@{hashlib.sha256(self.text.encode()).hexdigest()[:12]}"


class PartyOf(Words):
    """A party as a template needs it: its kind, and what it usually is by statute."""

    kind: str
    title: str
    role: PartyRole
    relevant_authority: str = ""


class Template(Words):
    """A document to begin from. `values` maps what `--set` may give to what it is; `memory` lists what in it is known
    from memory only. `body` holds `<name>` where a value goes, and `<parties>` where the parties go."""

    id: str
    title: str
    about: str
    source: str
    memory: tuple[str, ...] = ()
    parties: tuple[PartyOf, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    body: str


def _files(folder: str) -> dict[str, str]:
    found = resources.files("protocols").joinpath(folder)
    return {f.name.removesuffix(".toml"): f.read_text(encoding="utf-8")
            for f in sorted(found.iterdir(), key=lambda f: f.name) if f.name.endswith(".toml")}  # fmt: skip


@cache
def shipped_clauses() -> dict[str, Clause]:
    """The standing clauses, by id."""
    return {name: Clause.model_validate(tomllib.loads(text)) for name, text in _files("clauses").items()}


@cache
def shipped_templates() -> dict[str, Template]:
    """The templates, by id."""
    return {name: Template.model_validate(tomllib.loads(text)) for name, text in _files("templates").items()}


def clauses_of(document: Document, clauses: Mapping[str, Clause]) -> list[Clause]:
    """The standing clauses that a document takes up, in its order; one that is unknown is left to the linter."""
    return [clauses[c] for c in map(clause_id, document.protocol.clauses) if c in clauses]


def clause_id(reference: str) -> str:
    """`breach-1@b30bb52791ce` → "breach-1"."""
    return reference.partition("@")[0]


def names_of(template: Template) -> dict[str, str]:
    """Everything that may be set in a template, with what it is."""
    found = {"id": "id of the document", "partnership": "id of the partnership", "parent": "id of the document above"}
    found |= {name: f"text to be written: {hint}" for name, hint in template.values.items()}
    found |= {"effective": "first day, such as 2027-01-01", "review": "day of the review",
              ASSESSED: "day of the impact assessment"}  # fmt: skip
    for party in template.parties:
        found[party.kind] = f"id of the agency: {party.title}"
        found[f"{party.kind}.title"] = "its name"
        found |= {f"{party.kind}.{office}": f"office of the {office}" for office in _offices(party)}
    text = PLACEHOLDER.findall(template.body)
    return {n: w for n, w in found.items() if n in text or "." in n or any(p.kind == n for p in template.parties)}


def _offices(party: PartyOf) -> tuple[str, ...]:
    return OFFICES if party.kind in ("health", "trust") else OFFICES[:-1]


def values_of(document: Document) -> dict[str, str]:
    """What a partnership protocol tells every document under it: its parties with their offices, by kind."""
    heading = document.protocol
    found = {"partnership": heading.partnership, "parent": heading.id}
    for party in document.party:
        kind = "trust" if party.agency_type == "health" and party.role != "responsible-authority" else party.agency_type
        if kind not in found:
            found |= {kind: party.agency, f"{kind}.title": party.title, **_offices_of(kind, party)}
    return {name: value for name, value in found.items() if value}


def template_of(document: Document, templates: Mapping[str, Template]) -> str | None:
    """The text that a document was begun from, with the document's own parties and dates; None where it names none."""
    template, heading = templates.get(document.protocol.template), document.protocol
    if template is None:
        return None
    own = values_of(document) | {"id": heading.id, "partnership": heading.partnership, "parent": heading.parent or ""}
    own |= {"effective": str(heading.effective), "review": str(heading.review)}
    own |= {ASSESSED: str(heading.dpia_date)} if heading.dpia_date else {}
    names = names_of(template)
    return fill(template, {name: value for name, value in own.items() if name in names}, heading.effective)


def _offices_of(kind: str, party: Party) -> dict[str, str]:
    return {f"{kind}.{office}": str(getattr(party, office.replace("-", "_"))) for office in OFFICES}


def fill(template: Template, values: Mapping[str, str], today: date) -> str:
    """A template's document with these values; what is not given reads `FILL IN: …`, or an id `fill-in-…`.

    Raises `ValueError` naming a value that the template does not know.
    """
    known = names_of(template)
    stray = sorted(set(values) - set(known))
    if stray:
        raise ValueError(f"{template.id} has nothing named {', '.join(stray)}; it knows {', '.join(sorted(known))}")
    first = today.replace(day=1) + timedelta(days=62)
    dates = {"effective": str(first.replace(day=1)), "review": str(first.replace(day=1, year=first.year + 1))}
    head = f"# Begun from the template '{template.id}': {template.title}.\n"
    head += "".join(f"# From memory, not checked: {words}.\n" for words in template.memory)
    body = template.body.replace(PARTIES, "\n".join(_party(p, values) for p in template.parties))
    if ASSESSED not in values:
        body = body.replace(
            f"{ASSESSED} = <{ASSESSED}>", f"# {ASSESSED} = 2026-01-31 ({FILL_IN}the day of the assessment)"
        )

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name in dates or name == ASSESSED:
            return _date(values.get(name) or dates[name])
        if name in template.values:
            return _text(values.get(name) or f"{FILL_IN}{template.values[name]}")
        return _text(values.get(name) or f"fill-in-{name}")

    return head + PLACEHOLDER.sub(put, body).lstrip("\n")


def _party(party: PartyOf, values: Mapping[str, str]) -> str:
    kind = party.kind
    lines = ["[[party]]", f"agency = <{kind}>", f"title = {_text(values.get(f'{kind}.title') or party.title)}",
             f'role = "{party.role}"', f'agency-type = "{"health" if kind == "trust" else kind}"']  # fmt: skip
    if party.relevant_authority:
        lines.append(f'relevant-authority = "{party.relevant_authority}"')
    lines += [f"{office} = {_text(values.get(f'{kind}.{office}') or f'{FILL_IN}office of the {office}, never a name')}"
              for office in _offices(party)]  # fmt: skip
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML string."""
    return json.dumps("".join(c for c in value if c.isprintable()), ensure_ascii=False)


def _date(value: str) -> str:
    """A TOML date. Raises `ValueError` on what is none."""
    return date.fromisoformat(value).isoformat()
