"""The engine of notes without its stock of words: records of any shape, forms with their checks, hostile text."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.depersonalise import checks, forms, patterns
from hub.depersonalise.dates import DATE
from hub.depersonalise.engine import DROPPED, MOST_LETTERS, MOST_NOTES, Engine, batches, redact_notes
from hub.depersonalise.houses import find_houses
from hub.depersonalise.lexicon import SMALL, Lists
from hub.depersonalise.reading import PLAIN_TOKEN, TAG, TOKEN, Note, clean
from hub.depersonalise.records import own_of_record

ENGINE = Engine()


def redacted(note: str, record: Mapping[str, object]) -> str:
    return redact_notes(ENGINE, [note], [record])[0].text


@pytest.mark.parametrize(
    ("record", "note", "left"),
    [
        ({"victim_surname": "Quillfeather", "victim_forename": "Perpetua"}, "PERPETUA rang", "[PERSON 1] rang"),
        ({"tenant": {"name": {"first": "Aldous", "last": "Penhale"}}}, "mr penhale (aldous)", "mr [PERSON 1] ([PERSON 1])"),
        ({"people": [{"fullName": "PENHALE, Aldous"}]}, "A Penhale and Penhale, A.", "[PERSON 1] and [PERSON 1]."),
        ({"callerName": "Zofia Quill-Tansy"}, "Tansy rang, ZQT said", "[PERSON 1] rang, [PERSON 1] said"),
        ({"dob": "04/03/1988"}, "born 4th of March '88", "born [DATE OF BIRTH 1]"),
        ({"addr1": "14 Tanglewood Street"}, "at 14, tanglewod st and no 14", "at [ADDRESS 1] and no [ADDRESS 1]"),
        ({"addr1": "Rose Cottage, Mill Lane"}, "went to rose cottage", "went to [ADDRESS 1]"),
        ({"caller_phone": "+44 7700 900123"}, "on 07700-900 123", "on [PHONE 1]"),
        ({"contact": "07700 900123"}, "on (07700) 900123", "on [PHONE 1]"),
        ({"case_ref": "NM/123456"}, "ref NM 123456", "ref [REFERENCE 1]"),
        ({"email": "aldous.p88@example.com"}, "user aldous.p88 wrote", "user [EMAIL 1] wrote"),
        ({"forename": "Katherine", "surname": "Penhale"}, "kath and Kathy", "[PERSON 1] and [PERSON 1]"),
        ({"oic": "PC 4411 Penhale"}, "4411 went with penhale", "[OFFICER 1] went with [PERSON 1]"),
        ({"offence": "Burglary", "ward": "Park", "town": "Northmoor"}, "Burglary in Park ward", "Burglary in Park ward"),
        ({"name": "unknown", "phone": "n/k"}, "unknown male", "unknown male"),
        ({"surnm": "Vexley", "frnm": "Bran"}, "BRAN VEXLEY", "[PERSON 1] [PERSON 1]"),
        ({"qx7": "Vexley"}, "saw VEXLEY at vexleys", "saw [PERSON 1] at [PERSON 1]"),
        ({"locality": "Zebraton"}, "seen in Zebraton", "seen in Zebraton"),
    ],
)  # fmt: skip
def test_a_record_of_any_shape_is_searched_for(record: dict[str, object], note: str, left: str) -> None:
    known = Engine(SMALL.__class__(SMALL.bits, {"katherine": frozenset({"kath", "kathy"})}))
    assert redact_notes(known if "kath" in note else ENGINE, [note], [record])[0].text.replace(" 2]", " 1]") == left


@pytest.mark.parametrize(
    ("letters", "sizes"),
    [
        ([], [0]),
        ([300] * 3, [3]),
        ([10] * (2 * MOST_NOTES + 1), [MOST_NOTES, MOST_NOTES, 1]),
        ([5, MOST_LETTERS, 5], [1, 1, 1]),
        ([MOST_LETTERS + 1, MOST_LETTERS // 2, MOST_LETTERS // 2, 1], [1, 2, 1]),
    ],
)
def test_notes_are_cut_into_batches_by_number_and_by_length(letters: list[int], sizes: list[int]) -> None:
    notes = ["x" * n for n in letters]
    assert [len(notes[at]) for at in batches(notes)] == sizes
    assert [n for at in batches(notes) for n in notes[at]] == notes


def test_a_note_is_redacted_alike_alone_and_among_others() -> None:
    notes = [f"ring 07700 900{n:03}, PC {n + 100} went, {'x' * (n * 40)} to 14 Mill Rd" for n in range(150)]
    records = [{"phone": f"07700 900{n:03}"} if n % 3 else None for n in range(150)]
    alone = [redact_notes(ENGINE, [note], [record])[0] for note, record in zip(notes, records, strict=True)]
    assert redact_notes(ENGINE, notes, records) == alone


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.is_nhs, ["9434765870", "999 765 4323"], ["9434765871", "0000000000", "1111111111"]),
        (checks.is_pnc, ["1999/0000007n", "1979/0163001b", "99/7n"], ["2001/0171310s"]),
        (checks.is_cro, ["065656/91h", "123456/99l", "sf05/482703j", "sf83/50058z"], ["85227/65g"]),
        (checks.is_upn, ["b801200005001", "m823299920001"], ["c801200005001"]),
        (checks.is_card, ["4111 1111 1111 1111"], ["4111 1111 1111 1112"]),
        (checks.is_iban, ["gb33bukb20201555555555"], ["gb34bukb20201555555555"]),
        (checks.is_vrm, ["ab12cde", "ab51cde"], ["ab40cde", "ab00cde"]),
        (checks.is_postcode, ["m1 1ae", "sw1a 1aa"], ["q1 1aa", "xx1 1aa"]),
        (checks.is_nino, ["ab123456c"], ["bg123456a", "zz123456a"]),
        (checks.is_ip, ["192.168.1.7"], ["192.168.1.700"]),
    ],
)
def test_checks_of_numbers(check: checks.Check, good: list[str], bad: list[str]) -> None:
    assert all(check(g) for g in good)
    assert not any(check(b) for b in bad)


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("lives at flat 3 above the chippy on Soho Rd", "lives at [ADDRESS 1]"),
        ("the flat above the shop on Soho Rd", "[ADDRESS 1]"),
        ("at 12 and 14 Mill Road, then Mill Road", "at [ADDRESS 1], then Mill Road"),
        ("neighbour at number 16", "neighbour at number [ADDRESS 1]"),
        ("14b Wellington Street East", "[ADDRESS 1]"),
        ("2 males on Park Road at 21:45", "2 males on Park Road at 21:45"),
        ("the High Street and Church Lane", "the High Street and Church Lane"),
        ("section 47 enquiry, bus 14 was late", "section 47 enquiry, bus 14 was late"),
    ],
)
def test_homes_go_and_streets_stay(note: str, left: str) -> None:
    assert redacted(note, {}) == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("number 0 7 7 0 0 9 0 0 3 9 9 on file", "number [PHONE 1] on file"),
        ("on oh seven seven double oh nine hundred one six three", "on [PHONE 1]"),
        ("phone IMEI 35 693803 564480 9 seized", "phone IMEI [REFERENCE 1] seized"),
        ("card 3 of 5 seen", "card 3 of 5 seen"),
        ("key safe behind pot, 7719. plate ends 4KJ", "key safe behind pot, [REFERENCE 1]. plate ends [VEHICLE 1]"),
        ("it ends 4pm and begins 10am", "it ends 4pm and begins 10am"),
        ("from address 203.0.113.44. Then", "from address [IP ADDRESS 1]. Then"),
        ("ring ext 4471 now", "ring ext [PHONE 1] now"),
        ("her gran, 91 in January, fell", "her gran, [AGE 1] in January, fell"),
    ],
)
def test_numbers_in_odd_spacing_or_said(note: str, left: str) -> None:
    assert redacted(note, {}) == left


def test_an_own_house_goes_by_its_name_and_with_its_floor() -> None:
    assert (
        redacted("AT THE OLD FORGE, NETHER LANE", {"address_1": "The Old Forge", "address_2": "Nether Lane"})
        == "AT [ADDRESS 1]"
    )
    assert (
        redacted("his home at Wherry View is at risk", {"address1": "Wherry View, 2 Staithe Road"})
        == "his home at [ADDRESS 1] is at risk"
    )
    assert redacted("at 88 burnside, top right", {"address": "88 Burnside, top right"}) == "at [ADDRESS 1]"


def test_modes_and_lists() -> None:
    note, record = "Zorblax rang Penhale", {"surname": "Penhale"}
    done = redact_notes(ENGINE, [note, ""], [record, {}], "drop")
    assert [d.text for d in done] == [DROPPED, ""]
    full = Engine(SMALL.__class__({**SMALL.bits, "rang": 16}))
    assert redact_notes(full, [note], [{}])[0].text == "[PERSON 1] rang [PERSON 2]"
    assert (
        redact_notes(full, [note], [{}], "balanced", Lists(keep=frozenset({"zorblax"})))[0].text
        == "Zorblax rang [PERSON 1]"
    )
    assert (
        redact_notes(full, ["the rang"], [{}], "balanced", Lists(mask=frozenset({"rang"})))[0].text == "the [PERSON 1]"
    )


def test_spans_tell_layer_and_certainty_never_the_text() -> None:
    spans = redact_notes(ENGINE, ["Penhale of m1 1ae"], [{"surname": "Penhale"}])[0].spans
    assert [(s.kind, s.layer, s.certain) for s in spans] == [("PERSON", "own", True), ("POSTCODE", "pattern", True)]
    assert all("enhale" not in repr(s) for s in spans)


RECORD = {"surname": "O'Quillfeather", "forename": "Perpetua", "phone": "07700 900123", "addr1": "14 Tanglewood Street",
          "dob": "1988-03-04", "email": "pq88@example.com", "nhs": "9434765870"}  # fmt: skip
HIDDEN = ["Per\u200bpetua", "\u202ePerpetua", "<b>Perp</b>etua", "P\u0435rpetua", "Perpetua\x00", "Ｐｅｒｐｅｔｕａ", "O&#39;Quillfeather",
          "𝐏𝐞𝐫𝐩𝐞𝐭𝐮𝐚", "0\u200b7700 900123", "٠٧٧٠٠ ٩٠٠١٢٣", "PERPETUA", "perpetua", "Perpteua", "943\u00a0476\u00a05870", "Perpetua\ufeff"]  # fmt: skip


@pytest.mark.parametrize("trick", HIDDEN)
def test_no_trick_of_characters_hides_the_records_own(trick: str) -> None:
    assert re.fullmatch(r"saw (aute )?\[(PERSON|PHONE|NHS NUMBER) 1\] today", redacted(f"saw {trick} today", RECORD))


def test_an_address_between_angle_brackets_is_no_tag() -> None:
    assert redacted("From: <zorblax@example.com>, <p@example.com>", {}) == "From: <[EMAIL 1]>, <[EMAIL 2]>"
    assert clean("Zor<b>b</b>lax<br/>one<p class='x'>two") == "Zorblax\none\ntwo"


PIECES = ["x", "7", "07700 900 ", "( ", "A.", "A. B. ", "Mr ", "flat 3 the ", "a@", "1/", "<b>", "&amp;", "14 ", "-", "ab-", "van ",
          "http://", "a.b.", " at ", "dot at ", "1 a ", "jan 1 ", "snap ", "ref ", "\u202e", "é", "''", "o'", "PC 1 ", "AB12 ", "///a.b.c",
          "+44", "Perpetua ", "Х", "🎉", "\n", "no. 1 ", "1-", "d.o.b ", "gb12", "aa:bb:"]  # fmt: skip


def steps(note: str) -> int:
    """Calls that the redaction of a note makes, counted: what it costs, whatever else the machine is doing."""
    counted = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        redact_notes(ENGINE, [note], [RECORD])
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("piece", PIECES)
def test_long_runs_take_linear_effort(piece: str) -> None:
    """Four times the text takes at most some four times the calls."""
    few, many = (steps(piece * (size // len(piece))) for size in (1_000, 4_000))
    assert many <= 4.5 * few + 400


@pytest.mark.parametrize("piece", PIECES)
def test_long_runs_take_linear_time(piece: str) -> None:
    """The same of the expressions, whose steps nobody counts: four times the text, less than ten times the time."""
    took = []
    for size in (10_000, 40_000):
        start = time.process_time()
        redacted(piece * (size // len(piece)), RECORD)
        took.append(time.process_time() - start)
    assert took[1] < 10 * took[0] + 0.5


FAMILIES = [*forms.WITH_DIGITS, *[family for _, family in forms.WITHOUT_DIGITS]]
ALL_PATTERNS = [family[2] for family in FAMILIES] + [cued.pattern for cued in (*forms.FIXED, forms.HANDLE)] + [
    forms.CODE, forms.MORE_VRM, DATE, TAG, TOKEN, PLAIN_TOKEN]  # fmt: skip
ALPHABET = st.sampled_from(
    [*"ab1 0/-.@:()#'\n&<>", "dob ", " at ", " dot ", "07", "+44", "jan ", "ref ", "pc ", "flat ", "st"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ALPHABET, min_size=1, max_size=60), st.integers(1, 40))
def test_no_pattern_blows_up(parts: list[str], times: int) -> None:
    text = ("".join(parts) * times)[:2000]
    start = time.process_time()
    for pattern in ALL_PATTERNS:
        for _ in pattern.finditer(text):
            pass
    assert time.process_time() - start < 2, "fifty patterns on two thousand characters"


BITS = st.sampled_from(
    [*"ab1790 /-.,:()#'\n@", "07700 900123 ", "ab12 cde", "m1 1ae ", "ref ", "log 12 of 3/4/26 ", "12jan26", "93 yrs ", "a/c ",
     "victim's id 123/45k", "1999/7n", "turned 18", "snap kath_88", "xbox live: ", "e.kath@example.com", " at ", " dot ", ".com/ab",
     "///ab.cd.ef", "w3w", "one2.three.four", "sc 99", "pc 4411 ", "pin", "-", "::1"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(BITS, min_size=1, max_size=14))
def test_no_form_is_missed_by_looking_only_where_it_may_stand(parts: list[str]) -> None:
    """What a family finds in a whole zone, and a cued form in a whole window, is found by the shortcuts as well."""
    read = Note(clean("".join(parts)), SMALL)
    spans = {(s.start, s.end, s.rule) for s in patterns.find_patterns(read, SMALL)}
    wanted: set[tuple[int, int, str]] = set()
    for _, rule, pattern, check, _ in FAMILIES:
        if rule in ("pattern.email", *[f[1] for _, f in forms.WITHOUT_DIGITS]):
            wanted |= {(*m.span(), rule) for m in pattern.finditer(read.folded)}
        elif rule != "pattern.email":
            wanted |= {(*m.span(), rule) for z in read.zones for m in pattern.finditer(read.folded, z.start, z.end)
                       if check is None or check(m[0])}  # fmt: skip
    for cued in (c for c in forms.FIXED if c.kind != "REFERENCE"):
        wanted |= {(*m.span(m.lastgroup or "v"), cued.rule) for z in patterns._windows(read.zones)
                   for m in cued.pattern.finditer(read.folded, z.start, z.end)}  # fmt: skip
    assert wanted <= spans


STEPS = int(os.environ.get("HUB_STEPS", "200"))
"""Texts to try, their steps counted: `HUB_STEPS=5000` for a long look."""


@settings(max_examples=STEPS, deadline=None)
@given(st.lists(st.one_of(BITS, ALPHABET, st.text(max_size=20)), max_size=40).map("".join))
def test_any_text_takes_few_steps_and_no_harm(text: str) -> None:
    done = redact_notes(ENGINE, [text], [RECORD])[0]
    assert all(0 <= s.start < s.end <= len(done.cleaned) for s in done.spans)
    assert steps(text * 4) <= 4.5 * steps(text) + 40 * len(text) + 1_000


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_redacted_without_a_crash(text: str) -> None:
    done = redact_notes(ENGINE, [text], [RECORD])[0]
    assert all(0 <= s.start < s.end <= len(done.cleaned) for s in done.spans)
    assert done.cleaned == clean(text)
    assert list(find_houses(Note(done.cleaned, SMALL))) is not None


def test_odd_records_do_no_harm() -> None:
    deep: dict[str, object] = {}
    at = deep
    for _ in range(50):
        at["inner"] = {}
        at = at["inner"]  # type: ignore[assignment]
    odds: tuple[Mapping[str, object], ...] = (
        deep,
        {"a": None, "b": True, "c": 1.5, "d": []},
        {"": ""},
        {"dob": "not a date"},
        {"phone": "-"},
    )
    for odd in odds:
        assert redacted("nothing here", odd) == "nothing here"
    assert not own_of_record({"dob": "soon", "surname": "n/k"}, SMALL)
