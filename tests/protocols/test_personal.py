"""Rows that follow a person: what a document must say before a pseudonym may leave, rule by rule."""

from __future__ import annotations

from datetime import date

import pytest

from protocols.contract import shipped_contracts
from protocols.library import fill, names_of, shipped_templates, values_of
from protocols.lint import lint, load_document
from protocols.lint.personal import refused
from protocols.schema import Document, Fault, Severity, parse_document
from tests.conftest import ROOT

CONTRACTS = shipped_contracts()
FOLDER = ROOT / "protocols" / "documents"
E, W = Severity.ERROR, Severity.WARNING


def leaving(text: str) -> str:
    """A purpose agreement whose police flow lets pseudonyms leave."""
    return text.replace('dataset = "police-crime/1"', 'dataset = "police-crime/1"\nleaves-as = "pseudonymised"', 1)


VIOLENCE = leaving((FOLDER / "northmoor-violence.toml").read_text(encoding="utf-8"))
PERSONAL = """
[access.personal]
pseudonyms = ["suspect_pnc"]
gateway = "CDA98_S115"
regime = "ukgdpr-part2"
basis = "UK GDPR Art 6(1)(e): public task, the strategies of CDA 1998 s.6"
condition = "UK GDPR Art 10 with DPA 2018 Sch 1 para 10: preventing unlawful acts"
policy-document = "NM-APD-2026-09"
necessity = "Who is suspected again and again is seen only where one person's rows are together."
dpia = "NM-DPIA-2026-31"
dpia-date = 2026-03-02
dpia-outcome = "proceed-with-measures"

[[access.personal.handler]]
office = "Integrated offender management team"
necessity = "Chooses whom to offer help, by how often they come to notice."
"""
FOLLOWED = (
    (FOLDER / "northmoor-analyst-violence.toml").read_text(encoding="utf-8")
    .replace('id = "northmoor-analyst-violence"', 'id = "northmoor-followed"')
    .replace('contributors = ["northmoor-police", "northmoor-nhs-trust"]', 'contributors = ["northmoor-police"]')
    .replace('datasets = ["police-crime/1", "ed-assaults/1"]', 'datasets = ["police-crime/1"]')
    .replace(', "assault_method", "assault_place_type"', "")
) + PERSONAL  # fmt: skip
KNOWN = {"northmoor-violence": parse_document(VIOLENCE)}


def findings(text: str, known: dict[str, Document] | None = None) -> list[Fault]:
    return lint(text, CONTRACTS, KNOWN if known is None else known)[1]


def test_what_says_it_all_lints_clean() -> None:
    assert findings(FOLLOWED) == []
    assert findings(VIOLENCE, {}) == []
    assert load_document(FOLLOWED, CONTRACTS).access


def test_the_template_filled_in_lints_clean_under_an_agreement_that_lets_it() -> None:
    template = shipped_templates()["followed"]
    csp = parse_document((FOLDER / "northmoor-csp.toml").read_text(encoding="utf-8"))
    given = dict.fromkeys(template.values, "as was agreed by all who sign this") | values_of(csp)
    given |= {"id": "northmoor-followed", "parent": "northmoor-violence", "dpia-date": "2026-10-01"}
    given |= {"office": "Offender management team"}
    text = fill(template, {k: v for k, v in given.items() if k in names_of(template)}, date(2026, 11, 24))
    assert findings(text) == []


TABLE = [
    ('pseudonyms = ["suspect_pnc"]', "pseudonyms = []", "personal.pseudonyms", E, "no person could be followed"),
    ('pseudonyms = ["suspect_pnc"]', 'pseudonyms = ["suspect_pcn"]', "personal.pseudonyms", E, "did you mean"),
    ('pseudonyms = ["suspect_pnc"]', 'pseudonyms = ["offence_group"]', "personal.pseudonyms", E, "does not let it become a pseudonym"),
    ('pseudonyms = ["suspect_pnc"]', 'pseudonyms = ["victim_phone"]', "personal.between", E, "no flow of northmoor-violence keeps it"),
    ('gateway = "CDA98_S115"', 'gateway = "CDA98_S17A"', "personal.law", E, "section 17A never covers personal data"),
    ('gateway = "CDA98_S115"', 'gateway = "OPEN_DATA"', "personal.law", E, "cannot be personal data"),
    ('regime = "ukgdpr-part2"', 'regime = "not-personal-data"', "personal.law", E, "the regime says that they are not"),
    ('basis = "UK GDPR Art 6(1)(e): public task, the strategies of CDA 1998 s.6"', 'basis = ""', "personal.law", E, "needs a lawful basis"),
    ('basis = "UK GDPR Art 6(1)(e)', 'basis = "UK GDPR Art 6(1)(f)', "personal.law", E, "legitimate interests"),
    ('condition = "UK GDPR Art 10 with DPA 2018 Sch 1 para 10: preventing unlawful acts"', 'condition = ""', "personal.law", E, "none is named"),
    ('condition = "UK GDPR Art 10 with', 'condition = "Schedule 1 of', "personal.law", W, "neither Article 9 nor"),
    ('policy-document = "NM-APD-2026-09"', "", "personal.law", E, "no appropriate policy document"),
    ('regime = "ukgdpr-part2"\nbasis = "UK', 'regime = "dpa-part3"\nbasis = "DPA s.35: function; UK', "personal.law", E, "cites Article 6"),
    ('dpia = "NM-DPIA-2026-31"', "", "personal.impact", E, "of its own and its date"),
    ('dpia = "NM-DPIA-2026-31"', 'dpia = "NM-DPIA-2026-07"', "personal.between", E, "is the assessment of northmoor-violence"),
    ("dpia-date = 2026-03-02", "dpia-date = 2026-06-02", "personal.impact", E, "after the sharing has begun"),
    ('dpia-outcome = "proceed-with-measures"', "", "personal.impact", E, "what the assessment came to"),
    ('dpia-outcome = "proceed-with-measures"', 'dpia-outcome = "high-risk"', "personal.impact", E, "Information Commissioner"),
    ('necessity = "Who is suspected again and again is seen only where one person\'s rows are together."', 'necessity = "It helps."', "personal.impact", E, "why a person must be followed"),
    ('office = "Integrated offender management team"', 'office = "Mrs Harrow"', "personal.handlers", E, "write the office"),
    ('necessity = "Chooses whom to offer help, by how often they come to notice."', 'necessity = "needs it"', "personal.handlers", E, "why this office"),
    (PERSONAL[PERSONAL.index("[[access") :], "", "personal.handlers", E, "names no office"),
    ('fields = ["dataset",', 'fields = ["suspect_pnc", "dataset",', "personal.pseudonyms", E, "as they are, too"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "rule", "severity", "words"), TABLE)
def test_each_rule_finds_what_is_missing(old: str, new: str, rule: str, severity: Severity, words: str) -> None:
    assert FOLLOWED.count(old) >= 1
    head, personal = FOLLOWED.split("[access.personal]")
    text = FOLLOWED.replace(old, new, 1) if old in head else f"{head}[access.personal]{personal.replace(old, new, 1)}"
    found = [f for f in findings(text) if f.rule == rule and words in f.what]
    assert found, [(f.rule, f.what) for f in findings(text)]
    assert found[0].severity is severity
    assert found[0].line > 1
    assert found[0].source


def test_a_flow_that_lets_nothing_leave_stops_the_agreement() -> None:
    plain = {"northmoor-violence": parse_document(VIOLENCE.replace('leaves-as = "pseudonymised"\n', ""))}
    assert ["lets nothing of a person leave" in f.what for f in findings(FOLLOWED, plain)] == [True]


S16 = VIOLENCE.replace('["SERIOUS_VIOLENCE", "CRIME_DISORDER"]', '["SERIOUS_VIOLENCE"]')


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('leaves-as = "pseudonymised"\ngateway = "CDA98_S115"', 'leaves-as = "pseudonymised"\ngateway = "CDA98_S17A"', "17A never covers"),
        ('suspect_pnc = "pseudonymise"\nvrm = "pseudonymise"', 'suspect_pnc = "drop"\nvrm = "drop"', "becomes a pseudonym"),
        ('dataset = "ed-assaults/1"\ngateway = "CDA98_S115"', 'dataset = "ed-assaults/1"\nleaves-as = "pseudonymised"\ngateway = "PCSC22_S16"', "do not authorise a health"),
    ],
)  # fmt: skip
def test_a_flow_is_refused_by_the_carve_outs(old: str, new: str, words: str) -> None:
    assert old in S16
    assert any(f.rule == "personal.flow" and words in f.what for f in findings(S16.replace(old, new, 1), {}))


def document(text: str) -> Document:
    return parse_document(text)


@pytest.mark.parametrize(
    ("agreement", "above", "rule", "words"),
    [
        (FOLLOWED, VIOLENCE, "", ""),
        (FOLLOWED.replace(PERSONAL, ""), VIOLENCE.replace('leaves-as = "pseudonymised"\n', ""), "", ""),
        (FOLLOWED, VIOLENCE.replace('leaves-as = "pseudonymised"\n', ""), "access.no-personal-flow", "police-crime/1 from northmoor-police"),
        (FOLLOWED.replace('gateway = "CDA98_S115"', 'gateway = "CDA98_S17A"'), VIOLENCE, "access.personal-gateway", "17A never covers"),
        (FOLLOWED, VIOLENCE.replace('gateway = "CDA98_S115"', 'gateway = "CDA98_S17A"', 1), "access.personal-gateway", "17A never covers"),
        (FOLLOWED, VIOLENCE.replace('regime = "dpa-part3"', 'regime = "not-personal-data"'), "access.personal-gateway", "the regime says"),
        (FOLLOWED.replace("proceed-with-measures", "high-risk"), VIOLENCE, "access.personal-dpia", "no impact assessment"),
        (FOLLOWED.replace('gateway = "CDA98_S115"', 'gateway = "PCSC22_S16"').replace('role = "responsible-authority"\nagency-type = "police"', 'role = "co-operating"\nagency-type = "health"'),
         VIOLENCE, "access.personal-health", "16(4)"),
    ],
)  # fmt: skip
def test_the_decision_refuses_by_rule_and_reason(agreement: str, above: str, rule: str, words: str) -> None:
    one, parent = document(agreement), document(above)
    flows = [f for f in parent.flow if f.source == "northmoor-police"]
    found = refused(one, parent, flows)
    assert (found is None) == (rule == "")
    if found is not None:
        assert found[0] == rule
        assert words in found[1]
