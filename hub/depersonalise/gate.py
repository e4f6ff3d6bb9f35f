"""Is anything identifying left in a note? The residual gate: searches again in what would enter the pool, and blocks.

It shares nothing with the layers that redact but the fields' roles: its own normal forms, its own search, on columns.
What it looks for in every note's output is what the record itself says (names, numbers, dates of birth, house and
street, however spelt) and numbers that prove themselves by a check digit or their form. A hit names the field and the
recogniser that failed, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import polars as pl

from hub.depersonalise.normal import NORMALISERS, PUNCTUATION, birth, normalise
from hub.depersonalise.ordinary import FUNCTION_WORDS, is_ordinary
from hub.depersonalise.reading import fold
from protocols.contract import LINE, Contract, FieldType, Role, Sensitivity
from protocols.wire import RowFault

NAMES = frozenset({Role.FORENAME, Role.SURNAME, Role.FULL_NAME})
NUMBERS = frozenset({Role.PHONE, Role.EMAIL, Role.NHS, Role.NINO, Role.PNC, Role.CRO, Role.UPN, Role.VRM, Role.UPRN,
                     Role.REFERENCE, Role.POSTCODE, Role.OFFICER})  # fmt: skip
HOUSES = (Role.ADDRESS, Role.STREET, Role.PLACE_TEXT)
SHORTEST = {Role.OFFICER: 5, Role.EMAIL: 5, Role.UPRN: 6, Role.PNC: 4}
NOT_TELLING = frozenset("mr mrs ms miss mx dr prof rev sir pc dc ds ps the and de la le el al van von der den bin ibn da di du dos st"
                        " unknown none not known info admin mail".split())  # fmt: skip
STREETS = frozenset("road street close avenue drive lane way gardens terrace court place crescent grove hill park square"
                    " house lodge walk row estate rd st ave cl dr ln".split())  # fmt: skip
DWELLINGS = "cottage cottages farm farmhouse villa lodge forge barn bungalow rectory vicarage manor grange".split()
BETWEEN = rf"([a-z]{{3,}}) (?:(?:{'|'.join(sorted(STREETS))}|gr|grv|gdns|cres|terr|pl|sq|ct|no|number|at|flat|house) )+"
"""What stands between a street's name and the house behind it: `Alder Road, no. 14`."""
PLACEHOLDER = r"\[[A-Z][A-Z ]*(?: \d+)?\]"
_YEAR = r"'?(?:\d{4}|\d{2})"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
WRITTEN_DATE = (
    r"\b(?:" + "|".join(rf"\d{{4}}{s}\d{{1,2}}{s}\d{{1,2}}|\d{{1,2}}{s}\d{{1,2}}{s}{_YEAR}" for s in (" ?/ ?", " ?- ?", r" ?\. ?", r"\\", " "))
    + rf"|\d{{1,2}}(?:st|nd|rd|th)?[-/. ]{{0,2}}(?:day )?(?:of )?{_MONTH}[-/. ,]{{0,3}}{_YEAR}|{_MONTH}[-/. ]{{1,2}}(?:the )?\d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|\d{{4}}[-/. ]{_MONTH}[-/. ]\d{{1,2}}|\d{{8}}|\d{{6}})\b"
)  # fmt: skip
"""One separator a date: of `21 04/03/88` the last three numbers are the date."""
ONE_SPELLING = (
    (r"\b(?:day|of|the)\b|[',]", " "), (r"(\d)(?:st|nd|rd|th)\b", "$1"), (r"([a-z])(\d)", "$1-$2"), (r"(\d)([a-z])", "$1-$2"),
    (r"[\s/.\\-]+", "-"), (r"^(\d{4})-([a-z]{3})[a-z]*-(\d{1,2})$", "$3-$2-$1"), (r"^([a-z]{3})[a-z]*-(\d{1,2})-(\d{2,4})$", "$2-$1-$3"),
    (r"^(\d\d)(\d\d)(\d\d)$", "$1-$2-$3"),
)  # fmt: skip
"""What makes of every written date one that the normaliser of births reads: `the 4th of March '88` is `4-march-88`."""
PROVEN: tuple[tuple[str, Role, str], ...] = (
    ("nhs-number", Role.NHS, r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b"),
    ("nino", Role.NINO, r"(?i)\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"),
    ("pnc", Role.PNC, r"(?i)\b(?:(?:19|20)?\d{2}/\d{1,7}[A-HJ-NP-RT-Z]|(?:19|20)\d{9}[A-HJ-NP-RT-Z])\b"),
    ("cro", Role.CRO, r"(?i)\b(?:\d{1,6}/\d{2}[A-HJ-NP-RT-Z]|SF\d{2}/\d{1,6}[A-HJ-NP-RT-Z])\b"),
    ("upn", Role.UPN, r"(?i)\b[A-HJ-NP-RT-Z]\d{12}\b"),
    ("phone", Role.PHONE, r"(?:\+44[ -]?(?:\(0\)[ -]?)?|\b0)[1-9](?:[ -]?\d){8,9}\b"),
    ("email", Role.EMAIL, r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    ("card", Role.NONE, r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}\b"),
)
"""What proves itself: rule, the role whose normal form is the proof (a card's is Luhn's), and where to look."""
WORTH_A_LOOK = r"[0-9]{3}|@|[0-9] ?[0-9] ?[0-9]"


def is_nhs_number(digits: str) -> bool:
    """Modulus 11 over ten digits (NHS Data Dictionary); repeated digits pass the sum and are no numbers."""
    if len(digits) != 10 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == int(digits[9])


def is_card_number(digits: str) -> bool:
    """Luhn's sum over 13 to 19 digits (ISO/IEC 7812)."""
    if not 13 <= len(digits) <= 19 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def note_faults(done: pl.DataFrame, record: pl.DataFrame, contract: Contract, notes: Iterable[str]) -> list[RowFault]:
    """The rows whose redacted notes still hold what they must not.

    `done` and `record` have the same rows in the same order: the notes as they would be kept, and the fields as they
    came. One fault a row and note and rule.
    """
    faults: list[RowFault] = []
    for note in notes:
        at = (done[note].fill_null("") != "").arg_true()
        if not len(at):
            continue
        read = _read(done[note].gather(at))
        mine = record.select(pl.all().gather(at))
        lines = done[LINE].gather(at)
        hits = set(_left(read, mine, contract))
        hits |= {(row, f"gate.{rule}", "an identifier", f"pattern.{rule}") for row, rule in proven(read["text"])}
        for row, rule, what, recogniser in sorted(hits):
            reason = f"{what} was left in the note; the recogniser that failed is {recogniser}"
            faults.append(RowFault(line=lines[row], column=note, rule=rule, reason=reason))
    return faults


def _read(notes: pl.Series) -> pl.DataFrame:
    """A note in the forms the gate searches: `text` without placeholders, `folded`, `words` and `squeezed`."""
    text = notes.str.replace_all(PLACEHOLDER, " | ")
    ascii_only = text.str.len_bytes() == text.str.len_chars()
    folded = text.str.to_lowercase()
    if not ascii_only.all():  # look-alike letters of other alphabets: rare, and read character by character
        others = (~ascii_only).arg_true()
        folded = folded.scatter(others, pl.Series([fold(t) for t in text.gather(others)], dtype=pl.Utf8))
    bare = folded.str.replace_many(["'", "’", "-", "."], [""])
    words = pl.DataFrame({"f": folded, "b": bare}).select(
        words=pl.col("f").str.extract_all(r"\p{L}{2,}").list.set_union(pl.col("b").str.extract_all(r"\p{L}{2,}"))
    )["words"]
    return pl.DataFrame({"text": text, "folded": folded, "words": words,
                         "squeezed": folded.str.replace_many([*PUNCTUATION, "’"], [""])})  # fmt: skip


Hit = tuple[int, str, str, str]
"""Row, rule, what was left (a field's name), the recogniser that failed."""


def _left(read: pl.DataFrame, record: pl.DataFrame, contract: Contract) -> Iterator[Hit]:
    for field in contract.field:
        if field.name not in record.columns or field.type is FieldType.NARRATIVE:
            continue
        direct = field.sensitivity is Sensitivity.DIRECT
        values = record[field.name].cast(pl.Utf8)
        if field.role in NAMES and direct:
            rows = _left_names(read, values)
            recogniser = "own.name"
        elif field.role in NUMBERS and (direct or field.role is Role.POSTCODE):
            rows = _left_numbers(read, values, field.role)
            recogniser = f"own.{field.role.rpartition('.')[2]}"
        elif field.role is Role.DOB and direct:
            rows = _left_births(read, values)
            recogniser = "own.birth"
        else:
            continue
        for row in rows:
            yield row, f"gate.{recogniser}", field.name, recogniser
    houses = [f.name for f in contract.field if f.role in HOUSES and f.name in record.columns]
    if houses:
        joined = record.select(pl.concat_str(houses, separator=" ", ignore_nulls=True)).to_series()
        for row in _left_houses(read, joined):
            yield row, "gate.own.house", "house and street", "own.house"


def name_parts(values: pl.Series) -> pl.Series:
    """The telling words of each name, folded, as lists: parts of double names, and whole without their joints."""
    folded = pl.Series([None if v is None else fold(v) for v in values], dtype=pl.Utf8)
    bare = folded.str.replace_many(["'", "’", "-"], [""])
    return pl.DataFrame({"f": folded, "b": bare}).select(
        pl.col("f").str.extract_all(r"\p{L}{2,}").list.set_union(pl.col("b").str.extract_all(r"\p{L}{2,}"))
        .list.set_difference(pl.lit(sorted(NOT_TELLING)))
    ).to_series()  # fmt: skip


def _left_names(read: pl.DataFrame, values: pl.Series) -> list[int]:
    both = pl.DataFrame({"w": read["words"], "p": name_parts(values)})
    met = both.select(pl.col("w").list.set_intersection("p")).to_series()
    rows = (met.list.len() > 0).fill_null(value=False).arg_true()
    return [row for row in rows if any(stands_as_name(read["text"][row], part) for part in met[row])]


def stands_as_name(text: str, part: str) -> bool:
    """Does a folded name that is left in a text stand for a person? A name that is also a word (`will`, `hill`) only
    where its case says so and no street or place follows."""
    if not is_ordinary(part) and part not in FUNCTION_WORDS:
        return True
    if text.isupper() or text.islower():
        return False
    for found in re.finditer(rf"(?<![^\W\d_])({re.escape(part)})(?![^\W\d_])", text, re.IGNORECASE):
        before, after = text[: found.start()].rstrip(" \"'("), text[found.end() :].split()
        follows = after[0].strip(".,;").lower() if after else ""
        begins = not before or before[-1] in ".!?:|\n-"
        if found[1][0].isupper() and not begins and follows not in STREETS and not found[1].isupper():
            return True
    return False


def _left_numbers(read: pl.DataFrame, values: pl.Series, role: Role) -> list[int]:
    """Rows whose squeezed note holds the squeezed number, in the form that all its spellings contain."""
    if role is Role.EMAIL:
        forms = [values.str.extract(r"([^@<\s]+)@", 1)]
    elif role is Role.PHONE:
        forms = [normalise(values, role).str.extract(r"^(?:0|\+)(\d+)", 1)]
    elif role is Role.PNC:
        short = normalise(values, role)
        forms = [values.str.replace(r"^(?:19|20)(\d\d)", "$1"), values, short]
    elif role is Role.OFFICER:
        number = normalise(values, role)
        forms = [number, *("pc" + number, "ps" + number, "dc" + number, "collar" + number)]
    elif role in (Role.NINO, Role.UPRN):
        forms = [normalise(values, role)]
    else:
        forms = [values]
    shortest = SHORTEST.get(role, 5)
    found: set[int] = set()
    for form in forms:
        needle = form.str.to_lowercase().str.replace_all(r"[^\p{L}\p{Nd}]+", "")
        both = pl.DataFrame({"s": read["squeezed"], "n": needle})
        long = (pl.col("n").str.len_bytes() >= shortest) & ~pl.col("n").is_in(sorted(NOT_TELLING))
        inside = pl.col("s").str.contains(pl.col("n"), literal=True)
        found |= set(both.select(pl.when(long).then(inside).fill_null(value=False)).to_series().arg_true())
    return sorted(found)


def _left_births(read: pl.DataFrame, values: pl.Series) -> list[int]:
    written = read.select(
        pl.col("folded").str.extract_all(WRITTEN_DATE).alias("d"), born=birth(values)
    ).with_row_index()
    each = written.filter(pl.col("born").is_not_null() & (pl.col("d").list.len() > 0)).explode("d")
    if each.is_empty():
        return []
    plain = pl.col("d")
    for spelt, one in ONE_SPELLING:
        plain = plain.str.replace_all(spelt, one)
    dates = each.select(plain)["d"]
    turned = dates.str.replace(r"^(\d{1,2})-(\d{1,2})-(\d{2,4})$", "$2-$1-$3")  # American, where it is no British date
    same = (
        pl.DataFrame({"a": birth(dates), "b": birth(turned)}).select(pl.coalesce("a", "b")).to_series() == each["born"]
    )
    return sorted(set(each["index"].filter(same.fill_null(value=False))))


def _left_houses(read: pl.DataFrame, addresses: pl.Series) -> list[int]:
    """House number and the street's first words, one after the other or turned; a house's name where it has no number."""
    plain = addresses.str.to_lowercase().str.replace_many(["'", "\u2019"], [""])
    house = plain.str.extract_groups(r"\b(\d{1,4}[a-z]?)[ ,]+((?:the |[a-z]{1,2} )?[a-z]{3,})").struct.unnest()
    named = plain.str.extract(rf"^((?:[a-z]+ ){{1,3}}(?:{'|'.join(DWELLINGS)}))(?:$|,| )", 1)
    spaced = read["folded"].str.replace_many(["'", ",", "-", "#", ".", "/", "(", ")"], ["", *" " * 7])
    spaced = " " + spaced.str.replace_all(r"\s+", " ").str.replace_all(r" (\d{1,4}) ([a-z]) ", " $1$2 ") + " "
    forms = pl.DataFrame({
        "s": spaced, "t": spaced.str.replace_all(BETWEEN, "$1 "),
        "n": " " + house["1"] + " " + house["2"], "u": " " + house["2"] + " " + house["1"] + " ", "d": " " + named + " ",
    })  # fmt: skip
    return forms.select(
        pl.any_horizontal(
            pl.col("s").str.contains(pl.col("n"), literal=True).fill_null(value=False),
            pl.col("t").str.contains(pl.col("u"), literal=True).fill_null(value=False),
            pl.col("s").str.contains(pl.col("d"), literal=True).fill_null(value=False),
        )
    ).to_series().arg_true().to_list()  # fmt: skip


def proven(texts: pl.Series) -> list[tuple[int, str]]:
    """(row, rule) of every text that holds an identifier which proves itself."""
    rows = texts.str.contains(WORTH_A_LOOK).fill_null(value=False).arg_true()
    few = texts.gather(rows)
    hits = []
    for rule, role, pattern in PROVEN:
        each = pl.DataFrame({"row": rows, "found": few.str.extract_all(pattern)})
        each = each.filter(pl.col("found").list.len() > 0).explode("found")
        if each.is_empty():
            continue
        if role is Role.NONE:
            sound = pl.Series([is_card_number(re.sub(r"\D", "", v)) for v in each["found"]], dtype=pl.Boolean)
        else:
            sound = NORMALISERS[role](each["found"]).is_not_null()
        hits += [(int(row), rule) for row in sorted(set(each["row"].filter(sound)))]
    return hits
