"""The linter's findings as values: each rule's severity, line, words and law; and no text that makes it fall over."""

from __future__ import annotations

import time
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.contract import shipped_contracts
from protocols.law import shipped_law
from protocols.library import FILL_IN, fill, names_of, shipped_clauses, shipped_templates, values_of
from protocols.lint import RULES, facts, lint, load_document
from protocols.lint.lines import line_numbers, line_of
from protocols.schema import Document, Fault, Severity, parse_document
from tests.conftest import ROOT

CONTRACTS = shipped_contracts()
FOLDER = ROOT / "protocols" / "documents"
TEXTS = {p.stem: p.read_text(encoding="utf-8") for p in sorted(FOLDER.glob("*.toml"))}
KNOWN = {name: parse_document(text) for name, text in TEXTS.items()}
CSP, VIOLENCE, ASB, ANALYST = "northmoor-csp", "northmoor-violence", "northmoor-asb", "northmoor-analyst-violence"


def findings(text: str, known: dict[str, Document] | None = None) -> list[Fault]:
    return lint(text, CONTRACTS, known)[1]


def test_the_shipped_documents_lint_clean_but_for_what_is_true_of_them() -> None:
    """The open-data partnership has no fire, probation and health authority: a warning, and the only one."""
    found = {name: [f.rule for f in findings(text, KNOWN)] for name, text in TEXTS.items()}
    assert {n: f for n, f in found.items() if f} == {"avon-csp": ["party.responsible"]}


SECURITY = shipped_clauses()["security-1"].reference
S16 = ('gateway = "CDA98_S115"', 'gateway = "PCSC22_S16"')
BOTH = ('purposes = ["SERIOUS_VIOLENCE", "CRIME_DISORDER"]', 'purposes = ["SERIOUS_VIOLENCE"]')
TRUST = ('dataset = "ed-assaults/1"\ngateway = "CDA98_S115"', 'dataset = "ed-assaults/1"\ngateway = "PCSC22_S16"')
E, W = Severity.ERROR, Severity.WARNING
# document · (old, new) pairs, the first occurrence of each · rule · severity · place · words · law
TABLE = [
    (VIOLENCE, [('statement = "Pool', 'statement = "FILL IN: what for"  # "Pool')], "heading.filled-in", E, "protocol.statement", "still to be written: what for", "template"),
    (CSP, [('agency = "northmoor-fire"', 'agency = "fill-in-fire"')], "heading.filled-in", E, "party fill-in-fire.agency", "still to be named (fire)", "template"),
    (VIOLENCE, [("review = 2029-03-31", "review = 2029-03-31\nends = 2028-01-01")], "heading.dates", W, "protocol.review", "after the document has ended", "contradiction"),
    (VIOLENCE, [("dpia-date = 2026-02-16", "dpia-date = 2026-05-16")], "heading.impact", E, "protocol.dpia-date", "after the sharing has begun", "Art 35"),
    (VIOLENCE, [("dpia-date = 2026-02-16", "dpia-date = 2019-02-16")], "heading.impact", W, "protocol.dpia-date", "three years older", "Art 35(11)"),
    (VIOLENCE, [('dpia-outcome = "proceed-with-measures"', 'dpia-outcome = "high-risk"')], "heading.impact", E, "protocol.dpia-outcome", "consult the Information Commissioner", "Art 36"),
    (VIOLENCE, [(f'"{SECURITY}", ', "")], "heading.subjects", W, "protocol.clauses", "kept secure", "Art 32"),
    (VIOLENCE, [(SECURITY, "securty-1")], "heading.clauses", E, "protocol.clauses.1", "did you mean 'security-1'?", "clause library"),
    (VIOLENCE, [(f'"{SECURITY}"', f'"{SECURITY}", "{SECURITY}"')], "heading.clauses", E, "protocol.clauses.2", "both settle security", "contradiction"),
    (VIOLENCE, [(SECURITY, "security-1")], "heading.clauses", W, "protocol.clauses.1", f"write {SECURITY}", "signed"),
    (VIOLENCE, [(SECURITY, "security-1@000000000000")], "heading.clauses", E, "protocol.clauses.1", "not those that this refers to", "signed"),
    (VIOLENCE, [('controllers = "separate"', 'controllers = "joint"')], "heading.controllers", E, "protocol.controller-arrangement", "who does what", "Art 26"),
    (VIOLENCE, [('role = "co-operating"', 'role = "processor"')], "heading.controllers", E, "protocol.processor-contract", "under a contract", "Art 28"),
    (CSP, [('id = "northmoor-csp"', 'id = "northmoor-csp"\nparent = "other"')], "heading.tier", E, "protocol.parent", "under no other", "tiers"),
    (CSP, [('"northmoor-fire", "northmoor-icb"', '"northmoor-icb"')], "party.signing", E, "protocol.signatories", "northmoor-fire must sign", "1830 reg 4"),
    (ANALYST, [('signatories = ["northmoor-council", "northmoor-police"', 'signatories = ["northmoor-police"')], "party.signing", E, "protocol.signatories", "northmoor-council must sign", "ICO"),
    (CSP, [('deputy = "Partnerships Manager"', 'deputy = "Head of Partnerships"')], "party.offices", E, "party northmoor-police.deputy", "is the liaison officer", "contradiction"),
    (CSP, [('deputy = "Partnerships Manager"', 'deputy = "Mrs Harrow"')], "party.offices", E, "party northmoor-police.deputy", "write the office", "published"),
    (CSP, [('signatory = "Chief Officer"', 'signatory = "chief@police.example"')], "party.offices", E, "party northmoor-police.signatory", "write the office", "published"),
    (CSP, [('deputy = "Partnerships Manager"\n', "")], "party.offices", W, "party northmoor-police.deputy", "no deputy", "1830 reg 4"),
    (ASB, [('liaison-officer = "Head of Partnerships"\ndeputy = "Partnerships Manager"\nsignatory = "Chief Officer"\ndata-protection-officer = "Data Protection Officer"\nrelevant-authority = "registered-provider"',
            'signatory = "Chief Officer"\nrelevant-authority = "registered-provider"')], "party.offices", W, "party northmoor-homes.liaison-officer", "may turn to", "ICO"),
    (CSP, [('"chief-officer-of-police"', '"chief-officer-of-polce"')], "party.standing", E, "party northmoor-police.relevant-authority", "did you mean 'chief-officer-of-police'?", "s.115(2)"),
    (CSP, [('"integrated-care-board"', '"clinical-commissioning-group"')], "party.standing", E, "party northmoor-icb.relevant-authority", "today it is the integrated care board", "from memory: check them"),
    (CSP, [('"integrated-care-board"', '"primary-care-trust"')], "party.standing", E, "party northmoor-icb.role", "no responsible authority on 2026-04-01", "s.5(1)"),
    (CSP, [('"chief-officer-of-police"', '"registered-provider"')], "party.standing", E, "party northmoor-police.relevant-authority", "not of the type 'police'", "s.115(2)"),
    (CSP, [('codes = ["E06900001"]', 'codes = ["W06000001"]')], "party.standing", E, "party northmoor-icb.relevant-authority", "nation", "s.5(1)"),
    (CSP, [('codes = ["E06900001"]', 'codes = ["Northmoor"]')], "party.areas", E, "area.codes.0", "no code of a district", "s.5(4)"),
    (ASB, [('relevant-authority = "registered-provider"', 'acting-for = "nobody"')], "party.standing", E, "party northmoor-homes.acting-for", "not a party", "s.115(1)(b)"),
    (VIOLENCE, [('relevant-authority = "local-authority"\n', ""), ('relevant-authority = "chief-officer-of-police"\n', "")], "legal.section-115", E, "flow 1", "nobody may be disclosed to", "s.115"),
    (ANALYST, [('role = "responsible-authority"', 'role = "participating"'), ('relevant-authority = "local-authority"\n', "")], "legal.section-115", W, "access.recipient", "say for whom it acts", "s.115"),
    (ANALYST, [('quasi-identifiers = ["dataset", ', "quasi-identifiers = [")], "access.intruder", W, "access.quasi-identifiers", "set its own rows of a group aside", "ICO"),
    (VIOLENCE, [S16], "legal.serious-violence", E, "flow 1 (northmoor-police police-crime/1).purposes", "serious violence only", "s.16"),
    (VIOLENCE, [BOTH, TRUST], "legal.serious-violence", E, "flow 2", "do not authorise a health or social care authority", "s.16(4)"),
    (VIOLENCE, [BOTH, ('gateway = "CDA98_S115"', 'gateway = "PCSC22_S17"')], "legal.serious-violence", E, "flow 1", "only a local policing body", "s.17"),
    (ASB, [('from = "northmoor-homes"\ndataset = "housing-asb/1"\ngateway = "CDA98_S115"', 'from = "northmoor-homes"\ndataset = "housing-asb/1"\ngateway = "PCSC22_S16"')], "legal.serious-violence", E, "flow 2", "northmoor-homes is no body that the duty names", "ss.11-13"),
    (VIOLENCE, [BOTH, TRUST], "legal.serious-violence", E, "flow 2", "northmoor-nhs-trust is no body that the duty names", "ss.11-13"),
    (VIOLENCE, [('gateway = "CDA98_S115"', 'gateway = "CDA98_S17A"')], "legal.section-17a", E, "flow 1", "never covers personal data", "s.17A"),
    (VIOLENCE, [('gateway = "CDA98_S115"', 'gateway = "CDA98_S17A"')], "legal.section-17a", E, "flow 1 (northmoor-police police-crime/1).prescribed-set", "which prescribed set", "1831"),
    (VIOLENCE, [('gateway = "CDA98_S115"', 'gateway = "CDA98_S115"\nprescribed-set = "12"')], "legal.prescribed", E, "flow 1", "no paragraph 12", "1831"),
    (VIOLENCE, [('gateway = "CDA98_S115"', 'gateway = "CDA98_S115"\nprescribed-set = "8"')], "legal.prescribed", E, "flow 1", "asked of health, not of police", "1831"),
    (VIOLENCE, [('gateway = "CDA98_S115"', 'gateway = "OPEN_DATA"')], "legal.open-data", E, "flow 1", "cannot be personal", "contradiction"),
    (VIOLENCE, [('regime = "dpa-part3"', 'regime = "not-personal-data"')], "legal.regime", E, "flow 1", "says it is not personal data", "Art 4(1)"),
    (ASB, [('from = "northmoor-homes"\ndataset = "housing-asb/1"\ngateway = "CDA98_S115"\nregime = "ukgdpr-part2"', 'from = "northmoor-homes"\ndataset = "housing-asb/1"\ngateway = "CDA98_S115"\nregime = "dpa-part3"')], "legal.regime", E, "flow 2", "no competent authority", "Sch 7"),
    (VIOLENCE, [('purpose = "SERIOUS_VIOLENCE"\nregime = "ukgdpr-part2"', 'purpose = "SERIOUS_VIOLENCE"\nregime = "dpa-part3"')], "legal.regime", W, "lawful-basis northmoor-council.regime", "only for its statutory law-enforcement functions", "s.30(1)(b)"),
    (VIOLENCE, [('basis = "DPA 2018 s.35(2)(b): performance', 'basis = "UK GDPR Art 6(1)(e): performance')], "legal.basis", E, "flow 1", "cites Article 6", "s.35"),
    (VIOLENCE, [('basis = "UK GDPR Art 6(1)(e): public task"', 'basis = "DPA 2018 s.35"')], "legal.basis", E, "flow 2", "cites section 35", "s.35"),
    (VIOLENCE, [('basis = "UK GDPR Art 6(1)(e): public task"', 'basis = "UK GDPR Article 6(1)(a): consent"')], "legal.basis", W, "flow 2", "consent", "Art 7"),
    (VIOLENCE, [('basis = "UK GDPR Art 6(1)(e): public task"', 'basis = "UK GDPR Art 6(1)(f)"')], "legal.basis", E, "flow 2", "legitimate interests", "Art 6(1)"),
    (VIOLENCE, [('basis = "DPA 2018 s.35(2)(b): performance', 'basis = "DPA 1998 s.29: performance')], "legal.basis", E, "flow 1", "repealed", "Sch 2 para 2"),
    (VIOLENCE, [('policy-document = "NM-APD-2026-02"\n', "")], "legal.condition", E, "protocol.policy-document", "appropriate policy document", "s.42"),
    (VIOLENCE, [('condition = "DPA 2018 Sch 8 para 1', 'condition = "none: see Sch 8 para 1')], "legal.condition", E, "flow 1", "need a condition", "Arts 9 and 10"),
    (ASB, [('condition = "UK GDPR Art 10 with DPA', 'condition = "DPA')], "legal.condition", W, "flow 2", "cite Article 10", "Art 10"),
    (VIOLENCE, [('confidentiality-basis = "anonymous', 'confidentiality-basis = ""  # "anonymous')], "legal.confidentiality", E, "flow 2", "duty of confidence", "Caldicott"),
    (VIOLENCE, [('agency = "northmoor-council"\npurpose = "SERIOUS_VIOLENCE"\nregime = "ukgdpr-part2"', 'agency = "northmoor-police"\npurpose = "SERIOUS_VIOLENCE"\nregime = "ukgdpr-part2"')], "legal.by-agency", E, "lawful-basis northmoor-police.regime", "a flow of northmoor-police says dpa-part3", "contradiction"),
    (ASB, [("[[lawful-basis]]", "[[lawful-basis]]\n#"), ('agency = "northmoor-council"\npurpose', 'agency = "northmoor-homes"\npurpose')], "legal.by-agency", W, "lawful-basis", "northmoor-council receives and names no lawful basis", "Art 6"),
    (VIOLENCE, [('dataset = "police-crime/1"', 'dataset = "police-crimes/1"')], "field.contract", E, "flow 1", "did you mean 'police-crime/1'?", "dataset contract"),
    (VIOLENCE, [('assault_method = "keep"\n', "")], "field.contract", E, "flow 2", "leaves out assault_method", "dataset contract"),
    (VIOLENCE, [('victim_sex = "keep"', 'victim_sexe = "keep"')], "field.treatments", E, "flow 1 (northmoor-police police-crime/1).fields.victim_sexe", "did you mean 'victim_sex'?", "dataset contract"),
    (VIOLENCE, [('victim_dob = "band:5"', 'victim_dob = "band:0"')], "field.treatments", E, "flow 1", "width of 1 to 50", "dataset contract"),
    (VIOLENCE, [('values = ["home"]', 'values = ["house"]')], "field.coarser", E, "flow 2", "never holds 'house'", "dataset contract"),
    (VIOLENCE, [('values = ["sexual-assault"]', 'values = ["knife"]')], "field.coarser", E, "flow 2", "need a coarser place", "1992"),
    (VIOLENCE, [('raw = "P30D", pool = "P3Y"', 'raw = "P4Y", pool = "P3Y"')], "field.retention", E, "flow 1", "longer than the pooled rows", "Art 5(1)(e)"),
    (VIOLENCE, [('suppression = "nhs-1-7-round-5"', 'suppression = "under-5"')], "field.suppression", W, "flow 2", "laxer than NHS England", "NHS England"),
    (VIOLENCE, [('suppression = "partner-10"', 'suppression = "none"')], "field.suppression", E, "flow 1", "hides no small counts", "ICO"),
    (ANALYST, [('"offence_group", "weapon_flag"', '"offence_grup", "weapon_flag"')], "access.fields", E, "access.fields.offence_grup", "did you mean 'offence_group'?", "dataset contract"),
    (ANALYST, [('"offence_group", "weapon_flag"', '"mo_summary", "weapon_flag"')], "access.fields", E, "access.fields.mo_summary", "no note leaves", "s.17A"),
    (ANALYST, [('quasi-identifiers = ["dataset", "occurred", "place"]', 'quasi-identifiers = ["dataset"]')], "access.intruder", W, "access.quasi-identifiers", "does not count occurred", "ICO"),
    (ANALYST, [('"weapon_flag", "alcohol_flag"', '"victim_ethnicity", "alcohol_flag"')], "access.between", E, "access.fields.victim_ethnicity", "leaves it in the pool", "contradiction"),
    (ANALYST, [('purposes = ["SERIOUS_VIOLENCE"]', 'purposes = ["REOFFENDING"]')], "access.between", E, "protocol.purposes", "REOFFENDING", "Art 5(1)(b)"),
    (ANALYST, [('time-floor = "month"', 'time-floor = "minute"')], "access.between", W, "access.time-floor", "finer than the hour", "strictest"),
    (ANALYST, [('parent = "northmoor-violence"', 'parent = "northmoor-csp"')], "access.between", E, "protocol.parent", "no purpose agreement", "tiers"),
    (VIOLENCE, [('parent = "northmoor-csp"', 'parent = "avon-csp"')], "access.between", E, "protocol.parent", "another partnership", "tiers"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda r: f"{r[2]}-{r[5][:25]}")
def test_what_is_missing_or_contradicts_is_said_with_its_law(
    row: tuple[str, list[tuple[str, str]], str, Severity, str, str, str],
) -> None:
    name, changes, rule, severity, where, words, law = row
    text = TEXTS[name]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    found = findings(text, KNOWN)
    assert [f for f in found if f.rule == rule and f.severity is severity and where in f.where and words in f.what
            and law in f.source and 1 <= f.line <= text.count("\n") + 1], found  # fmt: skip


def test_every_rule_of_the_table_is_tried() -> None:
    """The rest are tried in test_documents and test_personal."""
    elsewhere = {"heading.purpose", "party.entries", "party.responsible", "legal.parties", "legal.purposes",
                 "field.linking", "access.takers"}  # fmt: skip
    elsewhere |= {f"personal.{name}" for name in ("flow", "pseudonyms", "law", "impact", "handlers", "between")}
    assert {row[2] for row in TABLE} | elsewhere == set(RULES)


def test_a_finding_leads_to_its_line() -> None:
    text = TEXTS[VIOLENCE].replace('victim_sex = "keep"', 'victim_sex = "publish"')
    (found,) = findings(text)
    assert text.split("\n")[found.line - 1] == 'victim_sex = "publish"'
    assert found.path == ("flow", 0, "fields", "victim_sex")
    document, at_once = lint(text, CONTRACTS)
    told = facts(document, at_once)
    assert told["complete"] is False
    assert told["id"] == "northmoor-violence"
    assert facts(*lint(TEXTS[VIOLENCE], CONTRACTS))["complete"] is True


@pytest.mark.parametrize(
    ("old", "new", "where", "says", "line_of_words"),
    [
        ("liaison-officer", "liason-officer", "party northmoor-police.liason-officer", "is no key of [party]; did you mean 'liaison-officer'?", "liason"),
        ("[[party]]", "[[partie]]", "partie", "is no key of a document; did you mean 'party'?", "[[partie]]"),
        ("effective = 2026-04-01", 'effective = "soon"', "protocol.effective", "a date without quotes", "soon"),
        ("effective = 2026-04-01", "effective = 2026-13-45", "file", "not TOML", "2026-13-45"),
        ("version = 1", "version = 0", "protocol.version", "must be 1 or more", "version = 0"),
        ("version = 1", 'version = "x"', "protocol.version", "whole number", 'version = "x"'),
        ('tier = "purpose-agreement"', 'tier = "purpose"', "protocol.tier", "is none of partnership-protocol, purpose-agreement", "tier ="),
        ('frequency = "nightly"', 'frequency = "nigthly"', "flow 1 (northmoor-police police-crime/1).frequency", "did you mean 'nightly'?", "nigthly"),
        ('purposes = ["SERIOUS_VIOLENCE", "CRIME_DISORDER"]', "purposes = 7", "protocol.purposes", "square brackets", "purposes = 7"),
        ('title = "Reducing serious violence in Northmoor"', "title = 5", "protocol.title", "text in quotes", "title = 5"),
        ('title = "Reducing serious violence in Northmoor"\n', "", "protocol.title", "is missing", "[protocol]"),
        ('title = "Reducing', 'title = "\x01Reducing', "file", "not TOML", "\x01"),
    ],
)  # fmt: skip
def test_a_malformed_text_is_told_in_plain_words(old: str, new: str, where: str, says: str, line_of_words: str) -> None:
    text = TEXTS[VIOLENCE].replace(old, new, 1)
    document, found = lint(text, CONTRACTS)
    assert document is None
    right = [f for f in found if where in f.where and says in f.what]
    assert right, found
    assert line_of_words in text.split("\n")[right[0].line - 1]


HOSTILE = {
    "deep lists": "a = " + "[" * 100_000,
    "deep tables": "a." * 30_000 + "b = 1",
    "many deep tables": "\n".join("a." * 190 + f"b{n} = 1" for n in range(600)),
    "many headers": "\n".join(f"[t{n}]" for n in range(20_000)),
    "a huge number": "a = " + "9" * 100_000,
    "an endless line of blanks": "[" + " " * 200_000 + "x",
    "too large": "# " + "x" * 300_000,
    "many parties": TEXTS[CSP] + '[[party]]\nagency = "a"\ntitle = "a"\nrole = "processor"\nagency-type = "x"\n' * 2500,
    "many signatories": TEXTS[CSP].replace('signatories = ["', 'signatories = ["' + '", "'.join(f"a{n}" for n in range(15_000)) + '", "'),
    "many unknown keys": TEXTS[CSP].replace("[area]", "\n".join(f"k{n} = 1" for n in range(15_000)) + "\n[area]"),
    "a lone surrogate": 'a = "\\ud800"',
    "markup": TEXTS[CSP].replace('title = "', 'title = "[red]<script>alert(1)</script>'),
    "control characters in a key": '"\\u001b[31m\\u0007" = 1',
    "empty": "",
    "inf": TEXTS[CSP].replace("version = 1", "version = inf"),
    "a huge version": TEXTS[CSP].replace("version = 1", "version = 99999999999999999999999999"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_findings_in_little_time(name: str) -> None:
    begun = time.process_time()
    found = findings(HOSTILE[name])
    assert time.process_time() - begun < 3
    assert len(found) <= 201
    assert all(f.where.isprintable() and f.what.isprintable() and f.line >= 0 for f in found)
    assert found or name in ("markup", "a huge version")


PIECES = st.sampled_from([
    "[protocol]", "[[party]]", "[[flow]]", "[flow.fields]", "[access]", "[[lawful-basis]]", "[area]", 'id = "x"', "id = 1",
    'agency = "a"', "version = 1", 'from = "a"', 'dataset = "police-crime/1"', "a = [", "]", '"""', "'''", "= 1", "#", "\x00",
    'retention = { raw = "P1D" }', "effective = 2026-01-01", 'crime_ref = "drop"', "review = 2026-02-30", "[a.b.c]", "é = 1",
])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=12), max_size=25))
def test_no_text_makes_it_fall_over(lines: list[str]) -> None:
    text = "\n".join(lines)
    document, found = lint(text, CONTRACTS)
    assert document is not None or found
    line_numbers(text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_shipped_document_without_one_line_is_told_or_still_sound(data: st.DataObject) -> None:
    lines = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))].split("\n")
    gone = data.draw(st.integers(0, len(lines) - 1))
    document, found = lint("\n".join(lines[:gone] + lines[gone + 1 :]), CONTRACTS)
    assert document is not None or any(f.severity is E for f in found)


def test_lines_of_tables_and_keys() -> None:
    text = '[protocol]\ntitle = """\n[flow]\nid = 3\n"""\nid = "x"\n[[flow]]\nfrom = "a"\n[flow.fields]\nb = "keep"\n[[flow]]\n[flow.fields]\nc = 1\n'
    lines = line_numbers(text)
    assert lines["protocol", "id"] == 6
    assert lines["flow", 0, "fields", "b"] == 10
    assert lines["flow", 1, "fields", "c"] == 13
    assert line_of(("flow", 1, "fields", "absent"), lines) == 12
    assert line_of(("nowhere",), lines) == 1


def test_the_law_is_dated_and_says_what_is_from_memory() -> None:
    law = shipped_law()
    for authority in law.authority:
        assert not authority.now or authority.now in law.authorities
        for term in authority.terms:
            assert term.source
            assert term.until is None or term.until > term.first
    assert [s.paragraph for s in law.set] == [str(n) for n in range(1, 12)]
    assert {s.paragraph for s in law.set if s.memory} == {"4", "5", "6", "7", "10"}
    council = law.authorities["local-authority"]
    assert council.term("s5", date(1998, 9, 29)) is None
    assert council.term("s5", date(1998, 9, 30)) is not None
    assert law.authorities["police-authority"].term("s115", date(2012, 11, 22)) is None


NORTHMOOR = values_of(KNOWN[CSP])


@pytest.mark.parametrize("name", shipped_templates())
def test_a_template_leaves_only_what_a_person_must_say(name: str) -> None:
    template = shipped_templates()[name]
    document, found = lint(fill(template, {}, date(2026, 11, 24)), CONTRACTS)
    assert document is not None
    assert found
    assert {f.rule for f in found} <= {"heading.filled-in", "heading.impact", "personal.impact"}
    assert all(FILL_IN not in f.what for f in found)


@pytest.mark.parametrize("name", sorted(set(shipped_templates()) - {"analysts", "followed"}))
def test_a_template_filled_in_lints_clean_under_its_partnerships_protocol(name: str) -> None:
    template = shipped_templates()[name]
    names = names_of(template)
    own = {"area-codes": "E06900001", "id": f"northmoor-{name}", "dpia-date": "2026-10-01"}
    values = dict.fromkeys(template.values, "as was agreed") | NORTHMOOR | own
    text = fill(template, {k: v for k, v in values.items() if k in names}, date(2026, 11, 24))
    assert findings(text, KNOWN) == []
    assert load_document(text, CONTRACTS).protocol.template == name


def test_what_a_template_does_not_know_is_refused_and_what_is_given_stays_text() -> None:
    template = shipped_templates()["housing-asb"]
    with pytest.raises(ValueError, match="nothing named colour"):
        fill(template, {"colour": "red"}, date(2026, 11, 24))
    for hostile in ('"\n[[flow]]\nfrom = "x', "\\", "'''", "<title>", "\x07"):
        document = parse_document(fill(template, {"title": hostile}, date(2026, 11, 24)))
        assert len(document.flow) == 2
        assert document.protocol.title == "".join(c for c in hostile if c.isprintable())


def test_clauses_are_never_reworded() -> None:
    """What was signed by reference must stay what it was: new words are a new number."""
    digests = {name: sha256(clause.text.encode()).hexdigest()[:12] for name, clause in shipped_clauses().items()}
    assert digests == {
        "breach-1": "b30bb52791ce",
        "complaints-1": "3c42b14ea5ac",
        "disputes-1": "885e12ebe038",
        "no-reidentification-1": "6457ed148ac6",
        "onward-1": "a47b5f382bf0",
        "retention-1": "0a0d0dc2d6ac",
        "review-1": "5dc26e3bbfc0",
        "rights-1": "c6013da043e5",
        "security-1": "304ad24adc9e",
        "withdrawal-1": "152b7ef701f7",
    }
