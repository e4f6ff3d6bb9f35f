"""Disclosure control on any table, outside the hub: a CSV and hierarchies in, a CSV and a risk report out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from rich.console import Console

from hub.adapters import classifications, table_file
from hub.decision import NotFound, Refuse
from hub.disclosure import Assignment, Hierarchy, Measured, Model, Population, assign, make_hierarchy, measure
from hub.disclosure.hierarchy import flat_hierarchy
from hub.disclosure.intruder import attack
from hub.disclosure.microdata import MOST_COLUMNS, Mode, missing_leaves
from hub.disclosure.report import ColumnUse, Report, render
from hub.disclosure.standard import age_path, place_path, time_path

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
screen = Console(stderr=True, soft_wrap=True)
ATTACKED_ROWS = 2_000_000
"""Tables up to which the intruder test is run; above, every further row only makes it harder to stand out."""
KIND_WORDS = {"age": "age", "sex": "sex|gender", "ethnicity": "eth", "place": "lsoa|msoa|ward|place|postcode|district|grid|area",
              "time": "month|date|time|year|day|hour|quarter|occurred"}  # fmt: skip
NEARLY_UNIQUE = 0.9
PATHS = {"age": age_path, "time": time_path, "grid": place_path({})}
"""Hierarchies that follow from the value, by the name they are asked for with @."""


class Stop(Exception):
    """The command cannot do what was asked; `code` 1 for a refusal or a fault in a file, 2 for wrong use."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Coder:
    """Numbers a column's values in order of appearance, chunk after chunk."""

    values: dict[str, int]

    def encode(self, column: pl.Series) -> np.ndarray:
        text = column.fill_null("")
        met = text.unique(maintain_order=True)
        codes = [self.values.setdefault(v, len(self.values)) for v in met.to_list()]
        return text.replace_strict(met, pl.Series(codes, dtype=pl.Int32), return_dtype=pl.Int32).to_numpy()


@dataclass(frozen=True, slots=True)
class _Read:
    """A table as codes: per quasi-identifier its hierarchy and leaf codes, and the sensitive column's codes."""

    hierarchies: list[Hierarchy]
    codes: list[np.ndarray]
    sensitive: np.ndarray | None
    nearly_unique: list[str]


@app.command()
def anonymise(
    source: Annotated[Path, typer.Argument(metavar="IN.csv", help="a table with a header, UTF-8")],
    target: Annotated[Path, typer.Argument(metavar="OUT.csv", help="where the recoded table goes")],
    more: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    quasi: Annotated[str, typer.Option(help="columns an intruder could know, with commas between")] = "",
    hierarchy: Annotated[list[str] | None, typer.Option(help="COLUMN=FILE in ARX's form: leaf;level 1;…;*, or COLUMN=@age, @time, @grid, @ethnicity, @offence (again for each column; a column without one is kept or *)")] = None,
    k: Annotated[int, typer.Option("--k", help="rows that every class has at least")] = 5,
    l: Annotated[int, typer.Option("--l", help="different sensitive values in every class")] = 1,  # noqa: E741
    c: Annotated[float | None, typer.Option("--c", help="with --l: recursive (c, l)-diversity")] = None,
    t: Annotated[float | None, typer.Option("--t", help="largest distance of a class from the whole table, 0 to 1")] = None,
    sensitive: Annotated[str | None, typer.Option(help="the sensitive column")] = None,
    sensitive_known: Annotated[bool, typer.Option("--sensitive-known", help="protect also against an intruder who knows the sensitive value")] = False,
    population: Annotated[Path | None, typer.Option(help="k-map: a CSV of the quasi-identifiers and a column `count` of people")] = None,
    weight: Annotated[list[str] | None, typer.Option(help="COLUMN=NUMBER: how much its detail matters (1)")] = None,
    max_suppressed: Annotated[float | None, typer.Option(help="share of rows that may be suppressed [local: 1, global: .05]")] = None,
    mode: Annotated[str, typer.Option(help="local (least loss) or global (one coding for all rows)")] = "local",
    delimiter: Annotated[str | None, typer.Option(help="between the table's cells [what its header uses]")] = None,
    report: Annotated[Path | None, typer.Option(help="write a risk report (HTML) here")] = None,
) -> None:  # fmt: skip
    """Recode a table so that nobody in it stands out; suppressed rows get * in every quasi-identifier.

    Example: hub anonymise in.csv out.csv --quasi age,sex --hierarchy age=h_age.csv --k 5 --report risk.html
    """
    try:
        if mode not in ("local", "global"):
            raise Stop("--mode is local or global", 2)
        names = [q.strip() for q in quasi.split(",") if q.strip()]
        given = "\t" if delimiter == "\\t" else delimiter
        table = table_file.open_table(source, given or table_file.delimiter_of(source, ",", columns=names))
        _check_use(table, names, sensitive, source, target)
        table_file.check_quotes(table)
        files = _pairs([*(hierarchy or []), *(more or [])], "--hierarchy", names)
        weights = {n: _number(v) for n, v in _pairs(weight or [], "--weight", names).items()}
        model = Model(k=k, l=l, c=c, t=t, known=2 if sensitive_known else 1)
        allowed = max_suppressed if max_suppressed is not None else (0.05 if mode == "global" else 1.0)
        started = time.perf_counter()
        named = {n: f for n, f in files.items() if f.removeprefix("@") not in PATHS or not f.startswith("@")}
        read = _read(table, names, {n: _hierarchy(n, f, table.delimiter) for n, f in named.items()}, sensitive,
                     {n: PATHS[f[1:]] for n, f in files.items() if n not in named})  # fmt: skip
        people = None if population is None else _population(population, table.delimiter, read.hierarchies)
        encoded = time.perf_counter()
        done = assign(read.codes, read.hierarchies, model, read.sensitive, [weights.get(n, 1.0) for n in names],
                      "global" if mode == "global" else "local", allowed, b"", people)  # fmt: skip
        if isinstance(done, Refuse):
            raise Stop(done.reason)
        recoded = time.perf_counter()
        table_file.write_table(target, _released(table, done, read.codes), table.delimiter)
        written = time.perf_counter()
        seen = _verify(target, table.delimiter, names, sensitive, model, people is not None)
        _tell(seen, read, done, model, (started, encoded, recoded, written))
        if report is not None:
            facts = _facts(f"Risk report: {target.name}", table, read, done, seen, model, mode, sensitive)  # type: ignore[arg-type]
            report.write_text(render(facts), encoding="utf-8")
    except (Stop, table_file.Unreadable) as wrong:
        screen.print(f"hub anonymise: {wrong}", style="bold red", highlight=False, markup=False)
        raise typer.Exit(getattr(wrong, "code", 1)) from None


def _check_use(
    table: table_file.TableFile, names: Sequence[str], sensitive: str | None, source: Path, target: Path
) -> None:
    if not names:
        raise Stop("name the quasi-identifiers: --quasi age,sex,…", 2)
    if len(set(names)) != len(names):
        raise Stop("a column is named twice in --quasi", 2)
    if len(names) > MOST_COLUMNS:
        raise Stop(
            f"{len(names)} quasi-identifiers are named; name at most {MOST_COLUMNS}: those an intruder could know", 2
        )
    unknown = [n for n in [*names, *([sensitive] if sensitive else [])] if n not in table.columns]
    if unknown:
        raise Stop(f"the table has no column {', '.join(unknown)}", 2)
    if sensitive in names:
        raise Stop("the sensitive column cannot be a quasi-identifier too; see --sensitive-known", 2)
    if target.exists() and source.samefile(target):
        raise Stop("the recoded table cannot go where the original is", 2)
    if not target.absolute().parent.is_dir():
        raise Stop(f"there is no folder for {target.name}", 2)


def _pairs(given: Sequence[str], option: str, names: Sequence[str]) -> dict[str, str]:
    """COLUMN=VALUE pairs, one or several (with commas between) at a time."""
    found: dict[str, str] = {}
    for pair in (p for text in given for p in re.split(r",(?=[^,=]+=)", text)):
        name, equals, value = pair.partition("=")
        if not equals or not value:
            raise Stop(f"{option} takes COLUMN=VALUE", 2)
        if name not in names:
            raise Stop(f"{option} names {name}, which is not in --quasi", 2)
        if name in found:
            raise Stop(f"{option} names {name} twice", 2)
        found[name] = value
    return found


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise Stop("--weight takes a number above 0", 2)
    return value


def _hierarchy(column: str, file: str, delimiter: str) -> Hierarchy:
    if file.startswith("@"):
        try:
            return classifications.classification(file[1:], column)
        except NotFound as wrong:
            raise Stop(f"{wrong}; @{', @'.join(PATHS)} follow from the value", 2) from None
    path = Path(file)
    rows = table_file.read_rows(path, table_file.delimiter_of(path, ";", f"{delimiter},\t"))
    made = make_hierarchy(column, rows, path.name)
    if isinstance(made, Refuse):
        raise Stop(made.reason)
    return made


def _read(
    table: table_file.TableFile,
    names: Sequence[str],
    known: dict[str, Hierarchy],
    sensitive: str | None,
    paths: Mapping[str, Callable[[str], tuple[str, ...] | None]],
) -> _Read:
    """One pass over the table: leaf codes, sensitive codes, and which other columns nearly tell rows apart."""
    coders = {n: _Coder({}) for n in [*names, *([sensitive] if sensitive else [])] if n not in known}
    parts: dict[str, list[np.ndarray]] = {n: [] for n in [*names, *coders]}
    others = [c for c in table.columns if c not in parts][:50]
    first: dict[str, float] = {}
    rows = 0
    for chunk in table.chunks([*parts, *others]):
        if not rows:
            first = {c: chunk[c].n_unique() / max(chunk.height, 1) for c in others if chunk.height > 20}
        for name, into in parts.items():
            codes = known[name].encode(chunk[name]) if name in known else coders[name].encode(chunk[name])
            if name in known and len(codes) and codes.min() < 0:
                raise Stop(missing_leaves(name, rows + 1 + np.flatnonzero(codes < 0)).reason)
            size = len(known[name].leaves) if name in known else 1 << 20
            into.append(codes.astype(np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.int32))
        rows += chunk.height
    if not rows:
        raise Stop("the table has no rows: nothing was written")
    joined = {n: np.concatenate(p) for n, p in parts.items()}
    hierarchies = [known.get(n) or _by_value(n, list(coders[n].values), paths.get(n), joined[n]) for n in names]
    unique = [c for c, share in first.items() if share > NEARLY_UNIQUE]
    return _Read(hierarchies, [joined[n] for n in names], joined[sensitive] if sensitive else None, unique)


def _by_value(
    column: str, values: list[str], path: Callable[[str], tuple[str, ...] | None] | None, codes: np.ndarray
) -> Hierarchy:
    """The hierarchy of the values met, in their order: by a path that follows from the value, or value → `*`."""
    if path is None:
        return flat_hierarchy(column, values)
    rows = [path(v) for v in values]
    unread = [n for n, row in enumerate(rows) if row is None]
    if unread:
        raise Stop(missing_leaves(column, 1 + np.flatnonzero(np.isin(codes, unread))).reason)
    made = make_hierarchy(column, [r for r in rows if r is not None], "by value")
    assert isinstance(made, Hierarchy)
    return made


def _population(path: Path, delimiter: str, hierarchies: Sequence[Hierarchy]) -> Population:
    table = table_file.open_table(path, delimiter)
    wanted = [h.column for h in hierarchies]
    if any(n not in table.columns for n in [*wanted, "count"]):
        raise Stop("the population needs every quasi-identifier and a column count")
    frame = pl.concat(
        list(table.chunks([*wanted, "count"])) or [pl.DataFrame(schema=dict.fromkeys([*wanted, "count"], pl.Utf8))]
    )
    counts = frame["count"].cast(pl.Int64, strict=False)
    if counts.null_count() or (frame.height and counts.min() < 0):  # type: ignore[operator]
        raise Stop("a count of the population is no whole number of people")
    codes = [h.encode(frame[h.column]) for h in hierarchies]
    inside = np.all([c >= 0 for c in codes], axis=0)  # people whose values no row has cannot be mistaken for one
    return Population(tuple(c[inside] for c in codes), counts.to_numpy()[inside])


def _released(table: table_file.TableFile, done: Assignment, codes: Sequence[np.ndarray]) -> Iterator[pl.DataFrame]:
    """The table's chunks with the quasi-identifiers recoded, in the order of the rows."""
    at = 0
    for chunk in table.chunks():
        here = slice(at, at + chunk.height)
        yield chunk.with_columns([done.labels(i, column[here], done.node[here]) for i, column in enumerate(codes)])
        at += chunk.height


def _verify(
    target: Path, delimiter: str, names: Sequence[str], sensitive: str | None, model: Model, mapped: bool
) -> Measured:
    """Measure the written file by other code than wrote it; what falls short is destroyed."""
    wanted = [*names, *([sensitive] if sensitive else [])]
    seen = measure(pl.scan_csv(target, separator=delimiter, infer_schema=False).select(wanted), names, sensitive)
    short = seen.classes > 0 and not mapped and (
        seen.k < model.k or (seen.l or model.l) < model.l or (model.t is not None and (seen.t or 0) > model.t + 1e-9)
    )  # fmt: skip
    if short:
        target.unlink()
        raise Stop("the written table did not measure up to what was asked and was destroyed; please report this")
    return seen


def _tell(seen: Measured, read: _Read, done: Assignment, model: Model, at: Sequence[float]) -> None:
    started, encoded, recoded, written = at
    mixed = "" if seen.l is None else f", l = {seen.l}, t = {seen.t:.3f}"
    kept = (
        f"k = {seen.k}{mixed}, {seen.classes} classes"
        if seen.classes
        else "nothing could be released: every row is suppressed"
    )
    screen.print(
        f"{seen.rows} rows, {seen.suppressed} suppressed, loss {_loss(done, read):.4f}; {kept}", highlight=False
    )
    screen.print(
        f"read {encoded - started:.2f} s, recoded {recoded - encoded:.2f} s, written {written - recoded:.2f} s",
        highlight=False,
    )
    for warning in _warnings(read, model):
        screen.print(warning, style="yellow", highlight=False, markup=False)


def _warnings(read: _Read, model: Model) -> list[str]:
    found = [f"{c} is nearly unique and passes as it is: name it in --quasi or drop it" for c in read.nearly_unique]
    if read.sensitive is not None and model.known < 2:
        found.append("an intruder who knows the sensitive value too is not provided for: --sensitive-known does")
    return found


def _loss(done: Assignment, read: _Read) -> float:
    return float(np.mean([done.losses(i, c).mean() for i, c in enumerate(read.codes)]))


def _facts(
    title: str, table: table_file.TableFile, read: _Read, done: Assignment, seen: Measured, model: Model, mode: Mode,
    sensitive: str | None,
) -> Report:  # fmt: skip
    rows = max(len(done.node), 1)
    written = np.where(done.node < 0, len(done.nodes), done.node)
    counts = np.bincount(written, minlength=len(done.nodes) + 1)[:-1]
    uses = []
    for i, h in enumerate(done.hierarchies):
        share = np.bincount(done.nodes[:, i], weights=counts, minlength=h.height) / rows
        uses.append(ColumnUse(h.column, h.vintage, float(done.losses(i, read.codes[i]).mean()), tuple(share.tolist())))
    kinds = {h.column: next((kind for kind, words in KIND_WORDS.items() if re.search(words, h.column.lower())), "")
             for h in done.hierarchies}  # fmt: skip
    attacks = attack(done, read.codes, read.sensitive, kinds) if rows <= ATTACKED_ROWS else []
    quasi = {h.column for h in done.hierarchies}
    passed = tuple(c for c in table.columns if c not in quasi and c != sensitive)
    return Report(title, model, mode, sensitive, seen, _loss(done, read), tuple(uses), tuple(attacks), passed,
                  tuple(_warnings(read, model)))  # fmt: skip
