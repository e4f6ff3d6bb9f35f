"""How is a look-up between areas read? A CSV whose columns say from which codes to which: LAD → CSP → PFA, ward → BCU.

The Office for National Statistics' tables name their columns by the same pattern as boundaries (`LAD23CD`, `CSP23NM`);
a force's own table of basic command units or beats may say just `bcu` or `bcu_code`.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.adapters.boundaries import ENTITIES, GSS, MOJIBAKE, ONS_COLUMN, STEMS, YEAR, Unreadable, _year, plain_kind

FINEST_FIRST = ("lsoa", "ward", "beat", "district", "bcu", "csp", "pfa")
"""The first of these that a table has is what it looks up from."""
PLAIN = re.compile(r"^(lsoa|ward|district|lad|csp|pfa|bcu|beat)(?:[_ ]?(code|name))?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LookupTable:
    """Areas of `kind` by codes of `source`: `frame` has `code`, `target` and `name` ("" unknown), one row a code."""

    kind: str
    vintage: str
    source: str
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    vintage: str
    role: str


def read_lookup(source: Path, vintage: str = "") -> list[LookupTable]:
    """The look-ups of a table: from its finest kind to each of the others. Raises `Unreadable`."""
    frame = _read(source)
    columns = [c for name in frame.columns if (c := _column_of(name))]
    codes = _one_a_kind([c for c in columns if c.role == "code"], frame)
    ordered = sorted(codes.values(), key=lambda c: FINEST_FIRST.index(c.kind))
    if len(ordered) < 2:
        raise Unreadable(
            f"{source.name} needs two columns of area codes (LAD23CD, CSP23CD, …); it has {', '.join(frame.columns)}"
        )
    finest, in_name = ordered[0], YEAR.findall(source.name)
    tables = []
    for target in ordered[1:]:
        names = next((c.name for c in columns if c.kind == target.kind and c.role == "name"), None)
        pairs = frame.select(
            code=pl.col(finest.name), target=pl.col(target.name), name=pl.col(names) if names else pl.lit("")
        ).with_columns(pl.all().fill_null("").str.strip_chars()).filter(pl.col("target") != "").unique()  # fmt: skip
        _check(pairs, finest, target, source)
        year = vintage or target.vintage or (in_name[-1] if in_name else "unstated")
        tables.append(LookupTable(target.kind, year, finest.kind, pairs.sort("code")))
    return tables


def _read(source: Path) -> pl.DataFrame:
    try:
        content = source.read_bytes()
        if source.suffix == ".gz":
            content = gzip.decompress(content)
        content.decode("utf-8-sig")
        frame = pl.read_csv(io.BytesIO(content), infer_schema=False, encoding="utf8")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{source.name} is not UTF-8 (byte {wrong.start}); convert it first") from None
    except (OSError, EOFError, zlib.error, pl.exceptions.PolarsError) as wrong:
        raise Unreadable(f"{source.name} is damaged, cut short or no CSV") from wrong
    if content and not content.endswith(b"\n") and not frame.is_empty() and frame[-1].null_count().sum_horizontal()[0]:
        raise Unreadable(f"{source.name} is cut short in its last line")
    return frame.rename({c: c.strip().lstrip("\ufeff") for c in frame.columns})


def _column_of(name: str) -> _Column | None:
    if found := ONS_COLUMN.match(name):
        return _Column(name, STEMS[found[1].upper()], _year(found[2]), "code" if found[3].upper() == "CD" else "name")
    if found := PLAIN.match(name):
        return _Column(name, plain_kind(found[1]), "", "name" if (found[2] or "").lower() == "name" else "code")
    return None


def _one_a_kind(columns: list[_Column], frame: pl.DataFrame) -> dict[str, _Column]:
    """The newest code column of each kind that holds anything."""
    chosen: dict[str, _Column] = {}
    for column in sorted(columns, key=lambda c: c.vintage):
        if frame[column.name].drop_nulls().len():
            chosen[column.kind] = column
    return chosen


def _check(pairs: pl.DataFrame, finest: _Column, target: _Column, source: Path) -> None:
    """One target a code, codes of the kind that the column says, names that can be read."""
    if not pairs.height:
        raise Unreadable(f"{source.name} holds no row with both {finest.name} and {target.name}")
    if (pairs["code"] == "").any():
        raise Unreadable(f"{source.name} has rows without {finest.name}")
    twice = pairs.group_by("code").len().filter(pl.col("len") > 1)["code"].sort()
    if twice.len():
        raise Unreadable(f"{source.name}: {twice[0]} lies in more than one {target.kind} ({target.name});"
                         f" {twice.len()} such codes")  # fmt: skip
    for column, kind in (("code", finest.kind), ("target", target.kind)):
        for code in pairs[column]:
            if GSS.match(code) and ENTITIES.get(code[:3], kind) != kind and kind not in ("bcu", "beat"):
                raise Unreadable(f"{source.name}: {code} is the code of a {ENTITIES[code[:3]]}, not of a {kind}")
    if any("\ufffd" in n or MOJIBAKE.search(n) for n in pairs["name"]):
        raise Unreadable(f"{source.name}: names are mis-encoded; write the file as UTF-8")
