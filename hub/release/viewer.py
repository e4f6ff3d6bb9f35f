"""A release as one page that opens from disc: charts, tables, dictionary, terms. No script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import polars as pl

from hub.release import charts, look, maps

MOST_COLUMNS, MOST_VALUES = 8, 40
STYLE = (
    "body{font:1rem/1.5 Arial,Helvetica,sans-serif;color:#0b0c0c;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}th,td{text-align:left;vertical-align:top;padding:.4rem"
    " .8rem .4rem 0;border-bottom:1px solid #b1b4b6;overflow-wrap:break-word}svg{width:100%;height:auto}"
    ".wide{overflow-x:auto}.wide td:nth-child(2){min-width:14rem}.wide td:nth-child(3){min-width:20rem}"
    "h2{border-top:2px solid #1d70b8;padding-top:1.5rem}.said{border-left:10px solid #b1b4b6;padding:1rem}"
)


def page(title: str, facts: Sequence[tuple[str, str]], rows: pl.DataFrame, meaning: pl.DataFrame, side: int) -> str:
    """The page. `facts`: what is said above all; `meaning`: the dictionary; `side` of the cells in metres, 0 for none."""
    parts = [f"<h1>{escape(title)}</h1>", _table(["What", ""], facts)]
    series, hours = look.series(rows), look.heat(rows)
    parts.append(_section("Over time", charts.time_chart(series, "Rows by period"), series.select("period", "rows")))
    if hours is not None:
        parts.append(_section("By day and hour", charts.heat_map(hours, "Rows by day and hour"), hours))
    for column in list(look.categories(rows))[:MOST_COLUMNS]:
        found = look.table(rows, column)
        parts.append(
            _section(
                f"By {column.replace('_', ' ')}", charts.bars(found, f"Rows by {column}"), found.select("value", "rows")
            )
        )
    places = look.places(rows)
    cells = places.filter(pl.col("easting").is_not_null())
    drawn = maps.draw(maps.of_cells(cells, side, "Rows by place")) if cells.height and side else ""
    parts.append(_section("By place", drawn, places.select("kind", "place", "rows")))
    parts.append(
        "<h2>What each column means</h2>"
        + "<div class='wide'>"
        + _table(["Column", "Meaning", "Codes"], meaning.select("column", "meaning", "codes").iter_rows())
        + "</div>"
    )
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width,"
        f" initial-scale=1'><title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _section(heading: str, svg: str, found: pl.DataFrame) -> str:
    told = _table(found.columns, found.head(MOST_VALUES).iter_rows())
    left = f"<p>{found.height - MOST_VALUES:,} more are in the rows.</p>" if found.height > MOST_VALUES else ""
    return f"<h2>{escape(heading)}</h2>{svg}<details><summary>As a table</summary>{told}{left}</details>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th scope='col'>{escape(h)}</th>" for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if v is None else str(v))}</td>" for v in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
