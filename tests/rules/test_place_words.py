"""Words that may be quoted, and words that may not: whatever is doubtful stays unsaid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.depersonalise.place_words import names_a_public_place

QUOTED = """
Car park behind Rex Cinema, Ashby
Skate park, Mill Road
Market Place
A38 / Mill Road
M5 J9 southbound slip
Junction 12 M6 roundabout
Public House, Market Street
Canal towpath near the railway bridge
Victoria Park
Bus Station, Ashby
o/s Town Hall, High Street, Ashby
"""
UNSAID = """
12 Acacia Avenue
Flat 3, Mill Road
Rose Cottage, Mill Lane
Thornfield, Mill Lane
The Old Rectory, Church Lane
John Smith
Mrs Patel, Mill Road
mum's in Mill Road
victim's home, Mill Road
home address
his nan's, Park Road
Mill Road AB1 2CD
07700 900123 Mill Road
call 020 7946 0123
j.smith@example.org
Mill Road ref 123456
Sunnyside
Ashby
Oak House, Park Street
Women's Refuge, Park Street
Care Home, High Street
ab
"""


@pytest.mark.parametrize("words", QUOTED.strip().split("\n"))
def test_public_places_are_quoted(words: str) -> None:
    assert names_a_public_place(words)


@pytest.mark.parametrize("words", UNSAID.strip().split("\n"))
def test_homes_people_and_numbers_are_not(words: str) -> None:
    assert not names_a_public_place(words)


@given(st.integers(1, 999), st.sampled_from(["Mill Road", "High Street", "Park Lane"]))
def test_no_door_is_ever_quoted(number: int, street: str) -> None:
    for form in (f"{number} {street}", f"{street} {number}", f"no. {number}, {street}", f"{number}a {street}, Ashby"):
        assert not names_a_public_place(form)


@given(st.text(max_size=120))
def test_any_text_is_judged(words: str) -> None:
    if names_a_public_place(words):
        assert 3 <= len(" ".join(words.split())) <= 80
        assert "@" not in words
