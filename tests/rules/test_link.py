"""The same person is recognised across agencies by keyed keys; strangers and twins are not."""

from __future__ import annotations

import polars as pl
import pytest

from hub.depersonalise.link import match_keys, people, soundex
from hub.depersonalise.pseudonym import Keyring

KEYS = Keyring(bytes(range(32)), "northmoor-csp", "ASB", 1)
PERPETUA = ("Perpetua", "Quillfeather", "1988-03-04")
Person = tuple[str | None, str | None, str | None]


def met(*rows: Person, short: dict[str, str] | None = None) -> list[int]:
    """Who is who, by number, of people in as many agencies as there are rows; -1 where there is no key."""
    frame = pl.DataFrame(list(rows), schema=dict.fromkeys(["forename", "surname", "dob"], pl.Utf8), orient="row")
    keys = match_keys(frame, KEYS, short)
    found = people((i, f"agency-{i}", "victim", k) for i, k in enumerate(keys) if k)
    persons = dict(found.select("row_id", "person").iter_rows())
    return [persons.get(i, -1) for i in range(len(rows))]


@pytest.mark.parametrize(
    "other",
    [
        ("PERPETUA", "QUILLFEATHER", "04/03/1988"), (" perpetua ", "Quill-Feather", "4 March 1988"),
        ("Pérpetua", "Quillfeather", "1988-03-04"), ("Quillfeather", "Perpetua", "1988-03-04"),
        ("Perpetua", "Quillfeather", "1988-04-03"), ("Perpetua", "Quilfether", "1988-03-04"),
        ("P", "Quillfeather", "1988-03-04"), ("Perpetua", "Quillfeather-Moss", "1988-03-04"),
        ("Perpetua", "Moss-Quillfeather", "1988-03-04"), ("Miss Perpetua", "Quillfeather", "1988-03-04"),
    ],
)  # fmt: skip
def test_one_person_in_two_records(other: Person) -> None:
    assert met(PERPETUA, other) == [0, 0]


@pytest.mark.parametrize(
    "other",
    [
        ("Petronella", "Quillfeather", "1988-03-04"), ("Perpetua", "Quillfeather", "1988-03-05"),
        ("Perpetua", "Hargreave", "1988-03-04"), ("Q", "Quillfeather", "1988-03-04"),
        ("Perpetua", "Quillfeather", "1989-03-04"),
    ],
)  # fmt: skip
def test_two_people(other: Person) -> None:
    assert met(PERPETUA, other) == [0, 1]


def test_an_initial_that_could_be_either_twin_is_neithers() -> None:
    assert met(("Jack", "Oakes", "2001-05-05"), ("James", "Oakes", "2001-05-05"), ("J", "Oakes", "2001-05-05")) == [
        0,
        1,
        2,
    ]
    assert met(("J", "Oakes", "2001-05-05"), ("J.", "OAKES", "2001-05-05")) == [0, 0]


@pytest.mark.parametrize(
    "half",
    [
        (None, "Quillfeather", "1988-03-04"),
        ("Perpetua", None, "1988-03-04"),
        ("Perpetua", "Quillfeather", None),
        ("Perpetua", "Quillfeather", "1900-01-01"),
        ("Unknown", "Quillfeather", "1988-03-04"),
    ],
)
def test_half_a_person_is_nobodys_key(half: Person) -> None:
    assert met(PERPETUA, half) == [0, -1]


def test_short_forms_meet_where_a_table_is_given() -> None:
    kath: Person = ("Kath", "Oakes", "1988-03-04")
    full: Person = ("Katherine", "Oakes", "1988-03-04")
    assert met(kath, full) == [0, 1]
    assert met(kath, full, short={"KATH": "KATHERINE"}) == [0, 0]


def test_keys_hold_no_clear_text_and_no_two_kinds_alike() -> None:
    frame = pl.DataFrame([PERPETUA], schema=["forename", "surname", "dob"], orient="row")
    text = match_keys(frame, KEYS)[0]
    assert "quill" not in text.lower()
    values = [part.split("=")[1] for part in text.split()]
    assert len(set(values)) == len(values) >= 5
    assert match_keys(frame, Keyring(KEYS.root, "southmoor-csp", "ASB", 1))[0] != text


@pytest.mark.parametrize(("word", "code"), [("ROBERT", "R163"), ("RUPERT", "R163"), ("ASHCRAFT", "A261"), ("TYMCZAK", "T522"),
                                           ("PFISTER", "P236"), ("LEE", "L000"), ("", "000")])  # fmt: skip
def test_soundex_by_the_archives_examples(word: str, code: str) -> None:
    assert soundex(word) == code
