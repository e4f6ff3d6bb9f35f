"""Two documents side by side: every field that differs, in words, and which way it goes; nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from protocols.diff import ABSENT, LESS, MORE, Change, compare
from protocols.library import fill, shipped_templates, template_of
from protocols.schema import Document, parse_document
from tests.conftest import ROOT

FOLDER = ROOT / "protocols" / "documents"
VIOLENCE = (FOLDER / "northmoor-violence.toml").read_text(encoding="utf-8")
ANALYST = (FOLDER / "northmoor-analyst-violence.toml").read_text(encoding="utf-8")
POLICE, TRUST = "flow northmoor-police police-crime/1", "flow northmoor-nhs-trust ed-assaults/1"


def changed(text: str, *changes: tuple[str, str]) -> list[Change]:
    other = text
    for old, new in changes:
        assert old in other, old
        other = other.replace(old, new, 1)
    return compare(parse_document(text), parse_document(other))


@pytest.mark.parametrize(
    ("text", "old", "new", "where", "before", "after", "meaning"),
    [
        (VIOLENCE, "review = 2029-03-31", "review = 2028-03-31", "protocol.review", "2029-03-31", "2028-03-31", ""),
        (VIOLENCE, 'vrm = "pseudonymise"\n', "", f"{POLICE}.fields.vrm", "pseudonymise", ABSENT, LESS),
        (VIOLENCE, 'vrm = "pseudonymise"', 'vrm = "drop"', f"{POLICE}.fields.vrm", "pseudonymise", "drop", LESS),
        (VIOLENCE, 'victim_ethnicity = "drop"', 'victim_ethnicity = "keep"', f"{POLICE}.fields.victim_ethnicity", "drop", "keep", MORE),
        (VIOLENCE, 'victim_dob = "band:5"', 'victim_dob = "band:10"', f"{POLICE}.fields.victim_dob", "band:5", "band:10", ""),
        (VIOLENCE, 'place-floor = "grid-100m"', 'place-floor = "ward"', f"{POLICE}.place-floor", "grid-100m", "ward", LESS),
        (VIOLENCE, 'time-floor = "hour"', 'time-floor = "minute"', f"{POLICE}.time-floor", "hour", "minute", MORE),
        (VIOLENCE, 'raw = "P30D"', 'raw = "P60D"', f"{POLICE}.retention.raw", "P30D", "P60D", ""),
        (VIOLENCE, "default-partnership = true", "default-partnership = false", f"{POLICE}.default-partnership", "yes", "no", ""),
        (VIOLENCE, 'deputy = "Partnerships Manager"\n', "", "party northmoor-police.deputy", "Partnerships Manager", ABSENT, ""),
        (VIOLENCE, 'values = ["home"]', 'values = ["home", "unknown"]', f"{TRUST}.coarser-place assault_place_type.values", "home", "home, unknown", ""),
        (ANALYST, "k = 5", "k = 10", "access.k", "5", "10", LESS),
        (ANALYST, '"weapon_flag", ', "", "access.fields", "dataset, occurred, place, ward, district, offence_group, weapon_flag, alcohol_flag, assault_method, assault_place_type",
         "dataset, occurred, place, ward, district, offence_group, alcohol_flag, assault_method, assault_place_type", "leaves out weapon_flag"),
    ],
)  # fmt: skip
def test_a_difference_says_what_stood_there_and_what_it_means(
    text: str, old: str, new: str, where: str, before: str, after: str, meaning: str
) -> None:
    assert changed(text, (old, new)) == [Change(where, before, after, meaning)]


def test_a_flow_that_comes_or_goes_is_one_difference() -> None:
    head, _, rest = VIOLENCE.partition('[[flow]]\nfrom = "northmoor-nhs-trust"')
    without, whole = parse_document(head), parse_document(VIOLENCE)
    assert rest
    assert compare(whole, without) == [Change(TRUST, "there", "taken out", LESS)]
    assert compare(without, whole) == [Change(TRUST, ABSENT, "added", MORE)]


def test_order_of_entries_comments_and_line_ends_are_no_difference() -> None:
    whole = parse_document(VIOLENCE)
    moved = whole.model_copy(update={"flow": whole.flow[::-1], "party": whole.party[::-1]})
    assert compare(whole, moved) == []
    assert compare(whole, parse_document("# words\n" + VIOLENCE.replace("\n", "\r\n"))) == []


def test_against_its_template_only_what_was_changed_shows() -> None:
    templates = shipped_templates()
    begun = fill(
        templates["housing-asb"], {"id": "northmoor-nuisance", "police": "northmoor-police"}, date(2026, 11, 24)
    )
    document = parse_document(begun.replace('category = "keep"', 'category = "drop"'))
    text = template_of(document, templates)
    assert text is not None
    (found,) = compare(parse_document(text), document)
    assert (found.where, found.after) == ("flow fill-in-housing housing-asb/1.fields.category", "drop")
    assert template_of(parse_document(VIOLENCE), templates) is None


def test_every_pair_of_shipped_documents_can_be_compared() -> None:
    known: list[Document] = [parse_document(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("*.toml"))]
    for old in known:
        for new in known:
            assert bool(compare(old, new)) == (old is not new)
