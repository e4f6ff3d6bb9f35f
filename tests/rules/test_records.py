"""What a record of any shape says about its people: roles by the names of fields, and every spelling found in its note."""

from __future__ import annotations

from typing import Any

import pytest

from hub.depersonalise.field_words import read_key, words_of
from hub.depersonalise.lexicon import SMALL
from hub.depersonalise.own_search import find_own
from hub.depersonalise.reading import clean
from hub.depersonalise.records import own_of_record
from hub.depersonalise.redaction import redact
from protocols.contract import Role


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vic_snm", "vic snm"), ("ptFirstName", "pt first name"), ("Caller Tel No", "caller tel no"), ("d.o.b", "d o b"),
        ("victimsurname", "victim surname"), ("nextofkinpostcode", "next of kin postcode"), ("ADDR_LN1", "addr ln 1"),
        ("narrative", "narrative"), ("comment", "comment"),
    ],
)  # fmt: skip
def test_the_words_of_a_fields_name(name: str, words: str) -> None:
    assert " ".join(words_of(name)) == words


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("vic_snm", Role.SURNAME), ("ptFirstName", Role.FORENAME), ("Caller Tel No", Role.PHONE), ("d.o.b", Role.DOB), ("addr_ln1", Role.ADDRESS),
        ("pcode", Role.POSTCODE), ("veh_reg", Role.VRM), ("nhsNumber", Role.NHS), ("susp_nat_ins", Role.NINO), ("pncid", Role.PNC), ("email_addr", Role.EMAIL),
        ("witnessdob", Role.DOB), ("collar", Role.OFFICER), ("childUpn", Role.UPN), ("last_seen_wearing", None), ("victim_town", None), ("offence_name", None),
    ],
)  # fmt: skip
def test_the_role_that_a_fields_name_says(path: str, role: Role | None) -> None:
    assert next(iter(read_key((path,)).roles), None) == role


SHAPES: list[tuple[dict[str, Any], str, str]] = [
    ({"victim_crn": "X208813"}, "crn x 208813", "crn [REFERENCE 1]"),
    ({"tenant_ref": "TEN/4421/07"}, "see TEN 4421 07", "see [REFERENCE 1]"),
    ({"pupil_town": "Oxwich"}, "seen in Oxwich", "seen in Oxwich"),
    ({"victim_status": "Repeat"}, "a Repeat caller", "a Repeat caller"),
    ({"name": [{"family": "Oddy", "given": ["Perpetua", "Jane"]}]}, "P J Oddy and Jane", "[PERSON 1] and [PERSON 1]"),
    ({"identifier": [{"system": "https://example.org/Id/mrn", "value": "RX310556"}]}, "no rx-310556", "no [REFERENCE 1]"),
    ({"facts": [{"type": "Surname", "value": "Quillfeather"}]}, "quillfeather ran", "[PERSON 1] ran"),
    ({"suspect": "Perpetua ODDY b. 04/03/1988, 14 Alder Road, NM1 2AB"}, "born 4.3.88 of 14 Alder Rd", "born [DATE OF BIRTH 1] of [ADDRESS 1]"),
    ({"nok": "Mary Oddy - mother"}, "her mother Mary", "her mother [PERSON 1]"),
    ({"name": "ODDY Perpetua Jane nee Quill"}, "P.O. and PJO and Mrs Quill", "[PERSON 1]. and [PERSON 1] and Mrs [PERSON 1]"),
    ({"forename": "Perpetua", "surname": "Oddy"}, "PerpetuaOddy, the Oddys", "[PERSON 1], the [PERSON 1]"),
    ({"forename": "Perpetua", "surname": "Quillfeather"}, "uillfeather left", "[PERSON 1] left"),
    ({"forename": "Perpetua", "middle_name": "Jane", "surname": "Oddy"}, "PJ Oddy or Oddy PJ", "[PERSON 1] or [PERSON 1]"),
    ({"mobile": "07700 900412"}, "his number ends 900 412", "his number ends [PHONE 1]"),
    ({"mobile": "07700 900412"}, "0 7 7 0 0 9 0 0 4 1 2 or 412", "[PHONE 1] or 412"),
    ({"address": "94B Fairhaven Grove"}, "at 94 b Fairhaven Gr", "at [ADDRESS 1]"),
    ({"address": "Flat 3, 14 Fairhaven Grove"}, "at 3/14 Fairhaven", "at [ADDRESS 1]"),
    ({"addr1": "The Old Forge"}, "at old forge", "at [ADDRESS 1]"),
    ({"dob": "1988-03-04"}, "the 4th day of March 1988, 1988 Mar 04", "the [DATE OF BIRTH 1], [DATE OF BIRTH 1]"),
    ({"pnc": "2014/0839460U"}, "14 839460U, 2014/839460U", "[PNC ID 1], [PNC ID 1]"),
    ({"pnc": "14/839460U"}, "2014/0839460U", "[PNC ID 1]"),
    ({"service_user": "Tiwalade Oddy"}, "Tiwa came, tiwa left, tiw", "[PERSON 1] came, [PERSON 1] left, tiw"),
    ({"class_teacher": "Miss Hey"}, "Miss Hey rang", "Miss [PERSON 1] rang"),
    ({"adult_at_risk": "Chan Tai Man"}, "Chan Tai Man fell", "[PERSON 1] [PERSON 1] [PERSON 1] fell"),
    ({"crime": {"aggr": {"n": "Priscilla Oddy"}}}, "Oddy rang", "[PERSON 1] rang"),
    ({"parties": {"a": "Priscilla Oddy"}}, "Oddy rang", "[PERSON 1] rang"),
    ({"enw": "Perpetua Oddy", "dyddiad_geni": "11/03/1939"}, "Oddy, 11/03/39", "[PERSON 1], [DATE OF BIRTH 1]"),
    ({"patient": "Perpetua Jane Oddy"}, "Oddy P.J. fell, Oddy, P-J too", "[PERSON 1]. fell, [PERSON 1] too"),
    ({"client_initials": "PJO"}, "p.j.o came", "[PERSON 1] came"),
    ({"child": "Kantaben Oddy"}, "Kanta ben signed", "[PERSON 1] signed"),
    ({"reporter": "gethin.oddyson@example.com"}, "mr oddyson rang", "mr [PERSON 1] rang"),
    ({"ndtms": "PO12051974F"}, "code PO12051974F", "code [REFERENCE 1]"),
    ({"linked_vehicle": "YD68 XOF"}, "a YD68XOF", "a [VEHICLE 1]"),
    ({"intel_log": "INT-2024-55017"}, "see INT/2024/055017", "see [REFERENCE 1]"),
    ({"account": "60-11-28 31926740"}, "60-11-28 and 31926740", "[REFERENCE 1] and [REFERENCE 2]"),
    ({"location_w3w": "///plum.haddock.claim"}, "at plum.haddock.claim", "at [REFERENCE 1]"),
    ({"informant_tel": "01632 960774"}, "on 960774, not 960775", "on [PHONE 1], not 960775"),
    ({"loc": "12 Hawthorn Rise"}, "at 12 Hawthorn Rise", "at [ADDRESS 1]"),
    ({"occurred": "2026-03-04 21:15", "log_date": "20260304"}, "on 4.3.26 at 21:15", "on 4.3.26 at 21:15"),
    ({"surname": "Di Marco", "forename": "Vito"}, "di/marco rang V D; DI Hart", "[PERSON 1] rang [PERSON 1]; DI Hart"),
    ({"nino": "AB123456C"}, "ab 123 456", "[NINO 1]"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "note", "left"), SHAPES)
def test_what_a_record_says_is_found_however_it_is_given_and_spelt(
    record: dict[str, Any], note: str, left: str
) -> None:
    text = clean(note)
    assert redact(text, find_own(text, own_of_record(record, SMALL))) == left
