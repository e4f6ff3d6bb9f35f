"""Does a structured field hide what belongs elsewhere? Names, numbers and free text in the wrong column.

Only what would be kept, and the places that are looked up, are asked. A value that proves itself (a phone in
`postcode`, an NHS number in `beat`) is found anywhere; the record's own names, other people's names and free text only
where the value is not simply one of the column's usual values: `Cruelty to young persons` is an offence, also where
the victim's name is Young. Coded and numbered fields are checked by the contract before this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import polars as pl

from hub.depersonalise.gate import NAMES, name_parts, proven
from hub.depersonalise.ordinary import is_ordinary
from hub.depersonalise.reading import fold
from protocols.contract import LINE, Contract, ContractField, FieldType, Role, Sensitivity
from protocols.wire import RowFault

USUAL = 3
"""A value that stands in so many rows, whosever they are, is one of the column's own."""
PLACED = frozenset({Role.POSTCODE, Role.TOWN, Role.UPRN, Role.GRID_REFERENCE, Role.PUBLISHED_LSOA})
"""Place fields of one narrow form. An address or a place in words may hold anything, and is dropped."""
TITLES = frozenset("mr mrs ms miss mx dr prof rev sir pc dc ds ps".split())
INSTITUTIONS = frozenset(
    "road street close avenue drive lane way gardens terrace court place crescent grove park square house hall lodge ward"
    " school academy college university hospital surgery clinic centre center church mosque temple station hotel inn pub"
    " arms tavern club shop store market bank library estate town city north south east west green common bridge cross"
    " field fields wood woods beat sector area zone team unit council police the and of on at in st saint king queen head"
    " royal prince princess lord lion railway theatre cinema stadium gym bar restaurant cafe supermarket ltd plc hostel"
    " heath moor mill farm end top bottom corner quarter village parish district borough county".split()
)
TELLING = frozenset(
    "said says stated states told rang called advised reports reported refused attended believes claims claimed threatened"
    " threatens wants came went saw asked spoke left he she they him them i we me informed alleges alleged denied grabbed"
    " punched hit shouted phoned lives living".split()
)
"""Verbs and persons of a story: two of them in five words or more are free text, not a category."""


def misplaced(
    done: pl.DataFrame,
    record: pl.DataFrame,
    contract: Contract,
    kept: Sequence[str],
    placed: Sequence[str],
    find_people: Callable[[Sequence[str]], Sequence[bool]],
) -> list[RowFault]:
    """Rows with an identifier, a name or free text in a structured field that is kept, or looked up as a place.

    `done` holds the kept fields after treatment, `record` all fields as they came, rows alike. `find_people` says of
    each text whether it names a person; it is asked once for each distinct value. One fault a row, column and rule.
    """
    lines = done[LINE]
    faults = []
    for name in placed:
        values = record[name].cast(pl.Utf8)
        faults += [_fault(lines[row], name, f"column.{rule}") for row, rule in proven(values) if rule != "card"]
    names = [f.name for f in contract.field
             if f.role in NAMES and f.sensitivity is Sensitivity.DIRECT and f.name in record.columns]  # fmt: skip
    parts = [name_parts(record[n].cast(pl.Utf8)) for n in names]
    for name in kept:
        if not _is_open(contract.fields[name]):
            continue
        values = done[name].cast(pl.Utf8)
        hits = set(proven(values)) | set(_stories(values)) | set(_own_names(values, parts)) | set(
            _other_names(values, find_people))  # fmt: skip
        faults += [_fault(lines[row], name, f"column.{rule}") for row, rule in sorted(hits)]
    return faults


WORD = re.compile(r"[^\W\d_]+")


def words(folded: str) -> list[str]:
    """The words of a folded text in order."""
    return WORD.findall(folded)


def _is_open(field: ContractField) -> bool:
    return field.type is FieldType.TEXT and field.role is Role.NONE


REASONS = {
    "own-name": "the record's own name stands in a field that is kept",
    "name": "a person's name stands in a field that is kept",
    "free-text": "free text stands in a field that is kept; only a narrative field is redacted",
}


def _fault(line: int, column: str, rule: str) -> RowFault:
    kind = rule.removeprefix("column.")
    return RowFault(line=line, column=column, rule=rule, reason=REASONS.get(kind, f"an identifier ({kind}) stands in the wrong field"))  # fmt: skip


def _distinct(values: pl.Series) -> pl.DataFrame:
    """`value`, `rows` (how many) and `at` (which) of each value with a letter in it."""
    frame = pl.DataFrame({"value": values}).with_row_index("at")
    worth = frame.filter(pl.col("value").str.contains(r"\p{L}{2}"))
    return worth.group_by("value", maintain_order=True).agg(pl.col("at"), rows=pl.len())


def _stories(values: pl.Series) -> Iterator[tuple[int, str]]:
    for value, at, _ in _distinct(values).filter(pl.col("value").str.count_matches(r"\s") >= 4).iter_rows():
        if sum(w in TELLING for w in words(fold(value))) >= 2:
            yield from ((row, "free-text") for row in at)


def _own_names(values: pl.Series, parts: Sequence[pl.Series]) -> Iterator[tuple[int, str]]:
    """Rows whose value holds their own record's name, and is not one of the column's usual values."""
    if not parts:
        return
    text = pl.DataFrame({"v": values}).select(
        pl.col("v").str.to_lowercase().str.extract_all(r"\p{L}{2,}").alias("w")).to_series()  # fmt: skip
    met = [pl.DataFrame({"w": text, "p": p}).select(pl.col("w").list.set_intersection("p")).to_series() for p in parts]
    own: dict[int, set[str]] = {}
    fields: dict[int, int] = {}
    for column in met:
        for row in (column.list.len() > 0).fill_null(value=False).arg_true():
            own.setdefault(row, set()).update(column[row])
            fields[row] = fields.get(row, 0) + 1
    if not own:
        return
    counts = dict(values.gather(list(own)).to_frame("v").join(
        values.value_counts(name="n").rename({values.name: "v"}), on="v").unique("v").iter_rows())  # fmt: skip
    for row, found in own.items():
        both = fields[row] > 1 and len(found) > 1
        here = sum(values[r] == values[row] for r in own)
        usual = counts.get(values[row], 0) - here >= USUAL - 1
        whole = set(words(fold(values[row]))) <= found | TITLES
        if both or (not usual and (whole or any(not is_ordinary(w) for w in found))):
            yield row, "own-name"


def _other_names(
    values: pl.Series, find_people: Callable[[Sequence[str]], Sequence[bool]]
) -> Iterator[tuple[int, str]]:
    """Rows whose whole value is a person's name: two to four words, no place's, not one of the column's usual values."""
    rare = _distinct(values).filter(pl.col("rows") < USUAL)
    asked = [(value, at) for value, at, _ in rare.iter_rows() if _may_be_name(value)]
    if not asked:
        return
    for (_, at), is_person in zip(asked, find_people([v for v, _ in asked]), strict=True):
        if is_person:
            yield from ((row, "name") for row in at)


NAME_LIKE = re.compile(r"[^\W\d_]+(?:['’.-]+[^\W\d_]*|[ ,]+[^\W\d_]+)*\.?")


def _may_be_name(value: str) -> bool:
    if NAME_LIKE.fullmatch(value.strip()) is None:
        return False
    said = words(fold(value))
    telling = [w for w in said if w not in TITLES]
    return 2 <= len(said) <= 5 and bool(telling) and not any(w in INSTITUTIONS for w in said) and not all(
        is_ordinary(w) for w in telling)  # fmt: skip
