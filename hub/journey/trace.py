"""Whose copy did leaked rows come from? Every release still in the folder is compared, recipient by recipient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from hub.adapters import export
from hub.db import protocol as protocols
from hub.db import release as releases
from hub.decision import Allow
from hub.journey.publishing import HUB, Publishing, log
from hub.release import order, tracing

CERTAIN = 7.0
"""How much heavier (natural logarithm: odds of a thousand) the best copy's order must weigh than any other's."""
LEAST_COLUMNS = 2
STATES = ("published", "superseded", "withdrawn", "recalled")


@dataclass(frozen=True, slots=True)
class Copy:
    """How the leak fits one copy. `numbers`: event numbers that its key reads."""

    release: str
    number: int
    recipient: str
    numbers: int
    held: int
    neighbours: int
    in_order: int
    score: float


@dataclass(frozen=True, slots=True)
class Traced:
    """What a trace found: the recipients named (several where copies were mixed), and why; copies, best first."""

    verdict: Literal["named", "not-told-apart", "not-ours"]
    recipients: tuple[str, ...]
    why: str
    rows: int
    copies: tuple[Copy, ...]


def read_leak(file: Path) -> pl.DataFrame:
    """Leaked rows as text columns. Raises `ValueError` with what is wrong."""
    try:
        if file.suffix == ".parquet":
            found = pl.read_parquet(file)
        elif file.suffix in (".xlsx", ".xlsm"):
            found = _read_xlsx(file)
        else:
            with file.open(encoding="utf-8-sig", errors="replace") as source:
                sample = source.readline(10_000)
            separator = max(",;\t|", key=sample.count)
            found = pl.read_csv(
                file, infer_schema=False, separator=separator, truncate_ragged_lines=True, encoding="utf8-lossy"
            )
    except (OSError, pl.exceptions.PolarsError, KeyError) as wrong:
        raise ValueError(f"{file.name} cannot be read as rows: give CSV, XLSX or Parquet with a heading") from wrong
    texts = [c for c, t in found.schema.items() if not t.is_nested() and t != pl.Binary]
    return found.select(pl.col(c).cast(pl.Utf8).str.strip_chars_start("\ufeff") for c in texts)


def _read_xlsx(file: Path) -> pl.DataFrame:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except zipfile.BadZipFile as wrong:
        raise ValueError(f"{file.name} is no workbook") from wrong
    try:
        lines = [["" if v is None else str(v) for v in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
    if not lines:
        raise ValueError(f"{file.name} holds no rows")
    return pl.DataFrame(lines[1:], schema=lines[0], orient="row")


def trace(hub: Publishing, leaked: pl.DataFrame) -> Traced:
    """Name the recipient whose copy the rows came from, where that can be told. Logged."""
    with hub.db.transaction() as tx:
        everyone = list(protocols.partnerships(tx))
    with hub.db.transaction(everyone) as tx:
        out = releases.live(tx, STATES)
    copies = sorted((_compare(hub, leaked, one) for one in out), key=lambda c: (-c.numbers, -c.score, -c.held))
    traced = _judge(leaked.height, tuple(copies))
    with hub.db.transaction() as tx:
        log(tx, hub, HUB, "release.trace", traced.verdict, Allow("release.trace"), rows=leaked.height,
            recipients=list(traced.recipients))  # fmt: skip
    return traced


def _compare(hub: Publishing, leaked: pl.DataFrame, one: releases.Release) -> Copy:
    key = order.series_key(hub.root, one.recipient, one.series)
    numbers = max((order.read_ids(leaked[c], key).drop_nulls().len() for c in leaked.columns), default=0)
    fitted = tracing.Fit(0, 0, 0, 0.0)
    path = hub.folder / one.id / export.KEPT
    if not numbers and path.is_file():
        held = pl.scan_parquet(path)
        shared = [c for c in held.collect_schema().names() if c in leaked.columns and c not in ("event_id", "row_id")]
        if len(shared) >= LEAST_COLUMNS:
            copy = held.select(pl.col(c).cast(pl.Utf8).fill_null("") for c in shared).collect()
            fitted = tracing.fit(leaked.select(pl.col(c).fill_null("") for c in shared), copy)
    return Copy(
        one.id, one.number, one.recipient, numbers, fitted.held, fitted.neighbours, fitted.in_order, fitted.weight
    )


def _judge(rows: int, copies: tuple[Copy, ...]) -> Traced:
    """By numbers, which are proof; then by what only one recipient's copies hold; then by order."""
    numbered = tuple(dict.fromkeys(c.recipient for c in copies if c.numbers))
    if numbered:
        return Traced("named", numbered, f"Their event numbers are {' and '.join(numbered)}'s.", rows, copies)
    most = max((c.held for c in copies), default=0)
    if not rows or not most or most < rows / 2:
        return Traced("not-ours", (), "No copy holds most of these rows.", rows, copies)
    best = {
        r: max((c.held, c.score, c.in_order) for c in copies if c.recipient == r) for r in {c.recipient for c in copies}
    }
    holders = [r for r, (held, _, _) in best.items() if held == most]
    if len(holders) == 1 and len(best) > 1:
        others = max(held for r, (held, _, _) in best.items() if r != holders[0])
        if (most == rows and most > others) or (most >= 0.9 * rows and most - others > 0.05 * rows):
            return Traced(
                "named",
                tuple(holders),
                f"Only {holders[0]}'s copy holds {most} of them; no other holds more than {others}.",
                rows,
                copies,
            )
    ranked = sorted(holders, key=lambda r: -best[r][1])
    if (
        ranked
        and (len(ranked) == 1 or best[ranked[0]][1] - best[ranked[1]][1] >= CERTAIN)
        and best[ranked[0]][1] >= CERTAIN
    ):
        return Traced(
            "named", (ranked[0],), f"They lie side by side in {ranked[0]}'s copy, and not in another's.", rows, copies
        )
    ranked = sorted(holders, key=lambda r: -best[r][2])
    chain = [best[r][2] for r in ranked]
    if len(ranked) > 1 and rows >= 20 and chain[0] >= 0.9 * rows and chain[1] <= 0.6 * rows:
        return Traced(
            "named", (ranked[0],), f"They come in the order of {ranked[0]}'s copy, and of no other.", rows, copies
        )
    said = f"{len(holders)} recipients' copies hold them alike; without event numbers or their order they cannot be told apart."
    return Traced("not-told-apart", tuple(sorted(holders)), said, rows, copies)
