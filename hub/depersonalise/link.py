"""Who is the same person in two agencies' records? Composite match keys, compared without any clear text.

A record gives a few keyed keys of its people's surname, forename and date of birth, each forgiving one way in which
records differ. Two records are one person where they share a key. Keys that many strangers would share (a surname's
sound alone, a day and month alone) are not made. A bare initial is matched only from the side that has no more.
Without surname, forename and a date of birth there is no key: a name alone does not tell people apart.

| key | meets |
|---|---|
| `whole` | spellings that the normal forms already join |
| `turned` | forename and surname exchanged |
| `born` | day and month of birth exchanged |
| `part` | either half of a double-barrelled surname |
| `sound` | surnames that sound alike (Soundex of the US National Archives), forename and birth equal |
| `short` | a short form or a pet name of the forename, where a table of them is given |
| `initial` | all of an initial, from the record that has nothing but it (`bare`) |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from hub.depersonalise.normal import birth, name
from hub.depersonalise.pseudonym import Keyring, pseudonyms_of

KEYS = ("whole", "turned", "born", "part", "tail", "sound", "short", "initial", "bare")
MET_BY = {"part": "part", "tail": "part", "bare": "initial"}
"""Two halves of a surname are one kind of key; a bare initial meets the initials of others, not other bare ones."""
_CODES = {c: n for n, cs in enumerate(["BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"], 1) for c in cs}


def soundex(word: str) -> str:
    """American Soundex: letter and three digits (`ROBERT` and `RUPERT` are `R163`); H and W do not part equals."""
    code, last = word[:1], _CODES.get(word[:1], 0)
    for letter in word[1:]:
        digit = _CODES.get(letter, 0)
        if digit and digit != last:
            code += str(digit)
        if letter not in "HW":
            last = digit
    return (code + "000")[:4]


def match_keys(people: pl.DataFrame, keyring: Keyring, short_forms: Mapping[str, str] | None = None) -> pl.Series:
    """Match keys of people: columns `forename`, `surname`, `dob` (Utf8, as sent). One text a row,
    `whole=p1-… turned=p1-…`; null where a name or the date of birth is missing."""
    raw = people["surname"]
    plain = people.select(
        first=name(people["forename"]), last=name(raw), born=birth(people["dob"]),
        halves=raw.str.replace_all(r"['’]", "").str.strip_chars().str.split("-"),
    )  # fmt: skip
    made = {kind: pseudonyms_of(text, f"link.{MET_BY.get(kind, kind)}", keyring)
            for kind, text in _texts(plain, short_forms or {}).items()}  # fmt: skip
    parts = [pl.lit(f"{kind}=") + pl.col(kind) for kind in made]
    return (
        pl.DataFrame(made).select(pl.concat_str(parts, separator=" ", ignore_nulls=True).replace("", None)).to_series()
    )


def _texts(plain: pl.DataFrame, short_forms: Mapping[str, str]) -> dict[str, pl.Series]:
    first, last, born = pl.col("first"), pl.col("last"), pl.col("born")
    several = pl.col("halves").list.len() == 2
    words = plain["last"].unique().drop_nulls()
    sounds = dict(zip(words, map(soundex, words), strict=True))
    full = (first.str.len_chars() > 1) & last.is_not_null()
    day, month = born.str.slice(8, 2), born.str.slice(5, 2)
    turned_day = born.str.slice(0, 5) + pl.min_horizontal(day, month) + pl.max_horizontal(day, month)
    keys = plain.with_columns(
        head=name(plain["halves"].list.first()), end=name(plain["halves"].list.last())
    ).select(
        whole=_joined(full, last, first, born),
        turned=_joined(full, pl.min_horizontal(first, last), pl.max_horizontal(first, last), born),
        born=_joined(full & (day <= "12") & (day != month), last, first, turned_day),
        part=_joined(full, pl.col("head"), first, born),
        tail=_joined(full & several & (pl.col("head") != pl.col("end")), pl.col("end"), first, born),
        sound=_joined(full, last.replace_strict(sounds, default=None, return_dtype=pl.Utf8), first, born),
        short=_joined(full, last, first.replace_strict(dict(short_forms), default=first, return_dtype=pl.Utf8), born)
        if short_forms else pl.lit(None, pl.Utf8),
        initial=_joined(full, last, first.str.slice(0, 1), born),
        bare=_joined(~full, last, first, born),
    )  # fmt: skip
    return {kind: keys[kind] for kind in KEYS}


def _joined(when: pl.Expr, *parts: pl.Expr) -> pl.Expr:
    """Null where a part is: half a person is nobody's key."""
    return pl.when(when).then(pl.concat_str(parts, separator="|"))


def people(rows: Iterable[tuple[int, str, str, str]]) -> pl.DataFrame:
    """Who is who: (row id, agency, subject, match keys) in, `row_id, agency, subject, person` out.

    `person` numbers people from 0 and says nothing else; records that share a key, directly or through others, are one.
    """
    parent: list[int] = []
    known: dict[str, int] = {}
    initials: dict[str, list[int]] = {}
    bare: dict[str, list[int]] = {}
    taken: list[tuple[int, str, str]] = []

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = of = parent[parent[of]]
        return of

    for number, (row, agency, subject, keys) in enumerate(rows):
        taken.append((row, agency, subject))
        parent.append(number)
        for key in keys.split(" "):
            kind, _, value = key.partition("=")
            if kind in ("bare", "initial"):
                (bare if kind == "bare" else initials).setdefault(value, []).append(number)
                continue
            parent[root(number)] = root(known.setdefault(f"{MET_BY.get(kind, kind)}={value}", number))
    for value, numbers_of in bare.items():
        whole = {root(n) for n in initials.get(value, ())}
        if len(whole) < 2:  # an initial that could be either of two people is neither's
            first = min(whole, default=numbers_of[0])
            for number in numbers_of:
                parent[root(number)] = root(first)
    numbers: dict[int, int] = {}
    persons = [numbers.setdefault(root(n), len(numbers)) for n in range(len(taken))]
    frame = pl.DataFrame(taken, schema={"row_id": pl.Int64, "agency": pl.Utf8, "subject": pl.Utf8}, orient="row")
    return frame.with_columns(person=pl.Series(persons, dtype=pl.Int64))
