"""Spellings of one person meet, different people do not, and nothing is hashed without a key."""

from __future__ import annotations

import ast
import string
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hub.depersonalise.keyed as keyed_file
from hub.depersonalise.keyed import Secret, covered, hashed, read, uncovered, written
from hub.depersonalise.normal import A23, UPN_LETTERS, normalise
from hub.depersonalise.pseudonym import Keyring, for_recipient, invented, pseudonymise, rotated, series_secret
from protocols.contract import Role

KEYS = Keyring(bytes(range(32)), "northmoor-csp", "SERIOUS_VIOLENCE", 1)
NEXT = Keyring(bytes(range(32)), "northmoor-csp", "SERIOUS_VIOLENCE", 2, bytes(range(50, 82)))
Spelling = Callable[[str], str]


def one(text: str | None, role: Role) -> str | None:
    found: str | None = normalise(pl.Series([text], dtype=pl.Utf8), role)[0]
    return found


def forms(texts: Iterable[str], role: Role) -> list[str | None]:
    return normalise(pl.Series(list(texts), dtype=pl.Utf8), role).to_list()


# spellings -------------------------------------------------------------------------------------------------------------

SEPARATORS = st.sampled_from(["", " ", "-", ".", "  "])


@st.composite
def nhs_numbers(draw: st.DrawFn) -> str:
    for stem in range(draw(st.integers(400_000_000, 799_999_000)), 800_000_000):
        check = 11 - sum(int(d) * w for d, w in zip(str(stem), range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{stem}{check % 11}"
    raise AssertionError


@st.composite
def pnc_ids(draw: st.DrawFn) -> str:
    year, serial = draw(st.integers(1980, 2025)), draw(st.integers(1, 9_999_999))
    return f"{year}/{serial:07d}{A23[(year % 100 * 10**7 + serial) % 23]}"


@st.composite
def cro_numbers(draw: st.DrawFn) -> str:
    year, serial = draw(st.integers(1960, 2025)) % 100, draw(st.integers(1, 999_999))
    return f"{serial:06d}/{year:02d}{A23[(year * 10**6 + serial) % 23]}"


@st.composite
def upns(draw: st.DrawFn) -> str:
    digits = f"{draw(st.integers(10**11, 10**12 - 1))}"
    return UPN_LETTERS[sum(int(d) * w for d, w in zip(digits, range(2, 14), strict=True)) % 23] + digits


def short_pnc(full: str) -> str:
    return f"{full[2:4]}/{int(full[5:12])}{full[12]}"


def spaced(text: str, separator: str, *at: int) -> str:
    ends = [*at, len(text)]
    return separator.join(text[a:b] for a, b in zip([0, *at], ends, strict=True))


LETTERS = st.text(string.ascii_uppercase, min_size=2, max_size=12)
NINOS = st.builds(
    lambda a, b, n, s: f"{a}{b}{n:06d}{s}", st.sampled_from("ABCEHJKLMPRSTWXY"), st.sampled_from("ABCEHJLMPRSWXY"),
    st.integers(0, 999_999), st.sampled_from("ABCD"))  # fmt: skip
MARKS = st.builds(
    lambda a, n, c: f"{a}{n:02d}{c}", st.text("ABCDEFGHJKLMNOPRSTUVWXY", min_size=2, max_size=2),
    st.integers(2, 29), st.text("ABCDEFGHJKLMNOPRSTUVWXYZ", min_size=3, max_size=3))  # fmt: skip
MOBILES = st.builds("07700900{:03d}".format, st.integers(0, 999))
POSTCODES = st.builds(
    lambda area, district, sector, unit: f"{area}{district}{sector}{unit}", st.sampled_from(["NM", "B", "SW", "LS"]),
    st.integers(1, 99), st.integers(0, 9), st.text("ABDEFGHJLNPQRSTUWXYZ", min_size=2, max_size=2))  # fmt: skip
UPRNS = st.integers(1, 10**12 - 1).map(str)
BIRTHS = st.dates(date(1930, 1, 2), date(2026, 1, 1)).filter(lambda d: (d.month, d.day) != (1, 1))
LOCALS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=10)
EMAILS = st.builds("{}@{}.example.com".format, LOCALS, LOCALS)


@settings(max_examples=60, deadline=None)
@given(nhs_numbers(), nhs_numbers(), SEPARATORS)
def test_nhs_numbers(one_: str, other: str, gap: str) -> None:
    assert one(spaced(one_, gap, 3, 6), Role.NHS) == one(f" {one_} ", Role.NHS) == one_
    assert (one(other, Role.NHS) == one(one_, Role.NHS)) == (other == one_)
    wrong = one_[:-1] + str((int(one_[-1]) + 1) % 10)
    assert one(wrong, Role.NHS) is None


@settings(max_examples=60, deadline=None)
@given(NINOS, NINOS, SEPARATORS)
def test_ninos(first: str, other: str, gap: str) -> None:
    assert one(spaced(first.lower(), gap, 2, 4, 6, 8), Role.NINO) == one(first[:8], Role.NINO) == first[:8]
    assert (one(other, Role.NINO) == one(first, Role.NINO)) == (other[:8] == first[:8])


@settings(max_examples=60, deadline=None)
@given(pnc_ids(), pnc_ids())
def test_pnc_ids(first: str, other: str) -> None:
    spellings = [first, first.lower(), first.replace("/", ""), short_pnc(first), f" {first[:4]} / {first[5:]} "]
    assert len(set(forms(spellings, Role.PNC))) == 1
    assert one(first, Role.PNC) is not None
    assert (one(other, Role.PNC) == one(first, Role.PNC)) == (short_pnc(other) == short_pnc(first))
    assert one(first[:-1] + A23[(A23.index(first[-1]) + 1) % 23], Role.PNC) is None


@settings(max_examples=60, deadline=None)
@given(cro_numbers(), cro_numbers())
def test_cro_numbers(first: str, other: str) -> None:
    assert one(first.lstrip("0").lower(), Role.CRO) == one(f" {first}", Role.CRO) is not None
    assert (one(other, Role.CRO) == one(first, Role.CRO)) == (other == first)


@settings(max_examples=60, deadline=None)
@given(upns(), upns(), SEPARATORS)
def test_upns(first: str, other: str, gap: str) -> None:
    assert one(spaced(first.lower(), gap, 4, 8), Role.UPN) == first
    assert (one(other, Role.UPN) == one(first, Role.UPN)) == (other == first)


@settings(max_examples=60, deadline=None)
@given(MARKS, MARKS, SEPARATORS)
def test_marks(first: str, other: str, gap: str) -> None:
    mistyped = first[:2] + first[2:4].replace("0", "O").replace("1", "I") + first[4:].replace("O", "0")
    assert one(spaced(first.lower(), gap, 4), Role.VRM) == first
    assert one(mistyped, Role.VRM) in (first, mistyped), "an older form that is sound as it stands stays"
    assert (one(other, Role.VRM) == one(first, Role.VRM)) == (other == first)


@settings(max_examples=60, deadline=None)
@given(MOBILES, MOBILES, SEPARATORS)
def test_phones(first: str, other: str, gap: str) -> None:
    rest = spaced(first[1:], gap, 4, 7)
    spellings = [first, f"+44{rest}", f"+44 (0){rest}", f"0044{rest}", f"44{first[1:]}", f"(0{first[1:5]}) {first[5:]}",
                 first[1:], f"Tel: 0{rest}"]  # fmt: skip
    assert set(forms(spellings, Role.PHONE)) == {first}
    assert (one(other, Role.PHONE) == one(first, Role.PHONE)) == (other == first)
    assert one("+33" + first[2:], Role.PHONE) != one("0" + first[2:], Role.PHONE)


@settings(max_examples=60, deadline=None)
@given(POSTCODES, POSTCODES, SEPARATORS)
def test_postcodes(first: str, other: str, gap: str) -> None:
    mistyped = first[:-3] + first[-3:].replace("0", "O").replace("1", "I")
    assert one(spaced(first.lower(), gap, len(first) - 3), Role.POSTCODE) == one(mistyped, Role.POSTCODE) == first
    assert (one(other, Role.POSTCODE) == one(first, Role.POSTCODE)) == (other == first)


@settings(max_examples=60, deadline=None)
@given(UPRNS, UPRNS)
def test_uprns(first: str, other: str) -> None:
    assert one(first.zfill(12), Role.UPRN) == one(f"{first}.0", Role.UPRN) == first
    assert (one(other, Role.UPRN) == one(first, Role.UPRN)) == (other == first)


@settings(max_examples=60, deadline=None)
@given(BIRTHS, BIRTHS)
def test_births(first: date, other: date) -> None:
    day = f"{first.day}{'th' if 4 <= first.day <= 20 else ''}"
    spellings = [f"{first:%Y-%m-%d}", f"{first:%d/%m/%Y}", f"{first.day}.{first.month}.{first.year}", f"{first:%d%m%Y}",
                 f"{day} {first:%B %Y}", f"{first:%d-%b-%Y}".upper(), f"{first:%B} {day}, {first.year}", f"{first:%Y%m%d}",
                 f"{first:%Y-%m-%dT00:00:00}", f"{first:%d/%m/%y}"]  # fmt: skip
    kept = f"{first:%Y-%m-%d}"
    expected = spellings if 1930 <= first.year <= 2029 else spellings[:-1]
    assert set(forms(expected, Role.DOB)) == ({kept} if kept != "1970-01-01" else {None})
    assert (one(str(other), Role.DOB) == one(str(first), Role.DOB)) == (other == first)


@settings(max_examples=60, deadline=None)
@given(EMAILS, EMAILS)
def test_emails(first: str, other: str) -> None:
    spellings = [first.upper(), f" {first} ", f"mailto:{first}", f"Some One <{first}>", f"{first}."]
    assert set(forms(spellings, Role.EMAIL)) == {first}
    assert (one(other, Role.EMAIL) == one(first, Role.EMAIL)) == (other == first)


ACCENTS = {"E": "É", "O": "Ö", "L": "Ł", "C": "Ç", "S": "Ş", "N": "Ñ", "A": "Å", "U": "Ü"}


@settings(max_examples=60, deadline=None)
@given(LETTERS, LETTERS, st.sampled_from([" ", "-", "'", "’", ""]))
def test_names(first: str, other: str, joint: str) -> None:
    accented = "".join(ACCENTS.get(c, c) for c in first)
    for role in (Role.SURNAME, Role.FORENAME):
        spellings = [first, first.lower(), first.title(), accented, accented.lower(), f"  {first} ",
                     first[:1] + joint + first[1:], f"Mrs {first}"]  # fmt: skip
        assert len(set(forms(spellings, role))) == 1
        both = one(first, role), one(other, role)
        assert (both[0] == both[1]) == (first == other) or both == (None, None)
    if one(first, Role.SURNAME) and one(other, Role.SURNAME):
        assert one(f"{other.upper()}, {first.title()}", Role.FULL_NAME) == one(f"{first} {other}", Role.FULL_NAME)


def test_names_in_other_alphabets_stay_apart() -> None:
    made = forms(("Иванов", "Петров", "李", "王", "محمد"), Role.SURNAME)
    assert len(set(made)) == 5
    assert None not in made


@pytest.mark.parametrize(
    ("spelt", "other", "same"),
    [
        ("NM/123456/26", "nm-123456-26", True),
        ("NM 123456 / 26", "NM123456/26", True),
        ("NM/1234/56", "NM/123/456", False),
        ("12345", "012345", False),
        ("A/1/B/2", "A1B2", True),
    ],
)
def test_references(spelt: str, other: str, same: bool) -> None:
    assert (one(spelt, Role.REFERENCE) == one(other, Role.REFERENCE)) is same


@pytest.mark.parametrize(
    ("role", "nobody"),
    [
        (Role.DOB, "1900-01-01"), (Role.DOB, "31/02/1988"), (Role.DOB, "unknown"), (Role.NHS, "1111111111"),
        (Role.NINO, "QQ123456C"), (Role.NINO, "GB123456A"), (Role.POSTCODE, "NM1"), (Role.PHONE, "999"),
        (Role.PHONE, "07777777777"), (Role.VRM, "NONE"), (Role.UPRN, "0"), (Role.EMAIL, "none"), (Role.SURNAME, "N/K"),
        (Role.FULL_NAME, "Not Known"), (Role.UPN, "A801200005001"), (Role.OFFICER, ""), (Role.REFERENCE, "n/a"),
    ],
)  # fmt: skip
def test_what_stands_for_nobody_has_no_normal_form(role: Role, nobody: str) -> None:
    assert one(nobody, role) is None
    assert pseudonymise(pl.Series([nobody, None]), role, KEYS).to_list() == [None, None]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.text(max_size=30), max_size=5), st.sampled_from(list(Role)))
def test_no_text_breaks_a_normaliser_and_normal_forms_are_stable(texts: list[str | None], role: Role) -> None:
    once = normalise(pl.Series(texts, dtype=pl.Utf8), role)
    assert len(once) == len(texts)
    if role is not Role.DOB:
        assert normalise(once, role).to_list() == once.to_list()


# keys ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weak", [b"", b"short", bytes(32), bytes(31), b"x" * 64])
def test_there_is_no_pseudonym_without_a_key(weak: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        pseudonymise(pl.Series(["AB12CDE"]), Role.VRM, Keyring(weak, "northmoor-csp", "ASB", 1))


def test_every_hash_of_the_depersonaliser_is_keyed() -> None:
    """The one file that may import hashlib (an import contract) calls it with a key, every time."""
    tree = ast.parse(Path(keyed_file.__file__).read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)
             and getattr(n.func, "attr", getattr(n.func, "id", "")).startswith(("blake", "sha", "md5", "new"))]  # fmt: skip
    assert calls
    assert all("key" in {k.arg for k in call.keywords} for call in calls)


def test_a_key_is_never_shown() -> None:
    shown = repr(KEYS) + repr(NEXT) + repr(Secret(bytes(range(32))))
    assert "\\x01\\x02" not in shown
    assert "root" not in shown


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=16, max_size=16), max_size=20), st.sampled_from(["p1-", "p12-", "r3-"]))
def test_blocks_are_written_and_read_back(blocks: list[bytes], prefix: str) -> None:
    import base64

    import numpy as np

    rows = np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, 16)
    text = written(rows, prefix)
    assert text.to_list() == [prefix + base64.b32encode(b).decode().rstrip("=").lower() for b in blocks]
    assert read(text, prefix).tobytes() == b"".join(blocks)
    key = Secret(bytes(range(32)))
    assert uncovered(covered(rows, key), key).tobytes() == b"".join(blocks)


@pytest.mark.parametrize(
    "text", ["", "p1-", "p2-" + "a" * 26, "p1-" + "A" * 26, "p1-" + "a" * 25 + "b", "p1-" + "é" * 26]
)
def test_what_is_no_pseudonym_is_not_rotated(text: str) -> None:
    with pytest.raises(ValueError, match="pseudonym"):
        rotated(pl.Series([text]), KEYS, NEXT)


VALUES = pl.Series([f"NM/{n}/26" for n in range(50)])


def test_rotation_gives_what_the_clear_value_would_give() -> None:
    old, new = (pseudonymise(VALUES, Role.REFERENCE, k) for k in (KEYS, NEXT))
    assert rotated(old, KEYS, NEXT).to_list() == new.to_list()
    assert not set(old.str.slice(3)) & set(new.str.slice(3))


def test_a_rotation_changes_the_epoch_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="epoch"):
        rotated(pseudonymise(VALUES, Role.REFERENCE, KEYS), KEYS, Keyring(KEYS.root, "southmoor-csp", "ASB", 2))


SERIES = [("northmoor-council", "one", b"s" * 32), ("northmoor-nhs-trust", "one", b"s" * 32),
          ("northmoor-council", "two", b"s" * 32), ("northmoor-council", "one", b"t" * 32)]  # fmt: skip


def test_neither_recipients_nor_series_nor_a_new_salt_can_be_joined() -> None:
    pool = pseudonymise(VALUES, Role.REFERENCE, KEYS)
    copies = [for_recipient(pool, KEYS, series_secret(b"r" * 32, *one)) for one in SERIES]
    bodies = [set(c.str.tail(26)) for c in (pool, *copies)]
    assert [len(b) for b in bodies] == [50] * 5
    assert len(set.union(*bodies)) == 250


def test_a_series_keeps_its_pseudonyms_over_a_rotation() -> None:
    key = series_secret(b"r" * 32, *SERIES[0])
    before = for_recipient(pseudonymise(VALUES, Role.REFERENCE, KEYS), KEYS, key)
    after = for_recipient(pseudonymise(VALUES, Role.REFERENCE, NEXT), NEXT, key)
    assert before.to_list() == after.to_list()
    assert before.str.contains(r"^r-[a-z2-7]{26}$").all()


def test_the_made_up_look_like_the_others_and_are_nobody() -> None:
    key = series_secret(b"r" * 32, *SERIES[0])
    real = set(for_recipient(pseudonymise(VALUES, Role.REFERENCE, KEYS), KEYS, key))
    nobody = [*invented(5, key, "a"), *invented(5, key, "b")]
    assert len(real | set(nobody)) == 60
    assert pl.Series(nobody).str.contains(r"^r-[a-z2-7]{26}$").all()
    assert invented(0, key, "a").to_list() == []


def test_repeated_and_missing_values_keep_their_places() -> None:
    values = pl.Series(["AB12CDE", None, "ab12 cde", "", "CD34EFG"] * 400)
    made = pseudonymise(values, Role.VRM, KEYS)
    assert made[:5].to_list() == [made[0], None, made[0], None, made[4]]
    assert made.n_unique() == 3
    distinct = pseudonymise(pl.Series(["AB12CDE", None, "CD34EFG"]), Role.VRM, KEYS)
    assert distinct.to_list() == [made[0], None, made[4]]


def test_equal_values_of_different_kinds_do_not_meet() -> None:
    blocks = [hashed([b"x"], KEYS.inner(kind)).tobytes() for kind in ("id.vrm", "id.reference", "link.whole")]
    assert len(set(blocks)) == 3
