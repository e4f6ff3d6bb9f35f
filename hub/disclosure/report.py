"""What was asked, what was reached, what could an intruder do? The page that goes with a recoded table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hub.disclosure.classes import Measured
from hub.disclosure.criteria import Model
from hub.disclosure.intruder import Attack

STYLE = (
    "body{font:19px/1.4 arial,sans-serif;color:#0b0c0c;max-width:60em;margin:0 auto;padding:1em}"
    "h1{font-size:36px}h2{font-size:24px;margin-top:1.6em}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.4em .8em .4em 0;border-bottom:1px solid #b1b4b6;vertical-align:top}"
    "td.n,th.n{text-align:right}.bar{background:#1d70b8;height:.8em;display:inline-block}"
    ".share{white-space:nowrap;margin-left:.6em}.warn{border-left:5px solid #d4351c;padding-left:1em}.scroll{overflow-x:auto}"
)


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """How a quasi-identifier was written: mean loss (0…1), and the share of rows at each level, finest first."""

    column: str
    vintage: str
    loss: float
    levels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The facts of one recoding."""

    title: str
    model: Model
    mode: str
    sensitive: str | None
    reached: Measured
    loss: float
    columns: tuple[ColumnUse, ...]
    attacks: tuple[Attack, ...]
    passed: tuple[str, ...]
    warnings: tuple[str, ...]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 1) -> str:
    """A table whose columns from `numbers` on are figures."""
    kind = ["" if i < numbers else ' class="n"' for i in range(len(head))]
    top = "".join(f'<th scope="col"{k}>{escape(h)}</th>' for h, k in zip(head, kind, strict=True))
    body = "".join("<tr>" + "".join(f"<td{k}>{c}</td>" for c, k in zip(r, kind, strict=True)) + "</tr>" for r in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _reached(report: Report) -> str:
    seen, asked = report.reached, report.model
    rows = [["rows of the smallest class (k)", str(asked.k), str(seen.k) if seen.k else "none released"]]
    if seen.l is not None:
        rows.append([f"different values of {escape(report.sensitive or '')} in a class (l)", str(asked.l), str(seen.l)])
    if seen.t is not None:
        rows.append(["distance of a class from the whole table (t)", "–" if asked.t is None else f"{asked.t:g}", f"{seen.t:.3f}"])  # fmt: skip
    rows += [
        ["rows", "", f"{seen.rows:,}"],
        ["rows suppressed (* in every quasi-identifier)", "", f"{seen.suppressed:,} ({seen.suppressed / max(seen.rows, 1):.2%})"],
        ["classes", "", f"{seen.classes:,}"],
        ["rows of a class on average", "", f"{seen.average:.1f}"],
        ["largest chance to pick the right row (1/k)", "", f"{seen.prosecutor:.1%}"],
        ["loss of detail (0 none, 1 all)", "", f"{report.loss:.4f}"],
    ]  # fmt: skip
    return _table(["", "asked", "reached"], rows)


def _attacks(attacks: Sequence[Attack]) -> str:
    rows = [
        [
            escape(a.profile), f"{a.unique:.2%}", f"{a.right:.2%}", f"{a.expected:.1%}", f"{a.median:.0f}",
            "–" if a.inferred is None else f"{a.inferred:.1%} ({a.base:.1%})",
        ]
        for a in attacks
    ]  # fmt: skip
    head = ["intruder", "one row fits", "and is right", "chance of a right pick", "rows that fit", "value guessed (without)"]  # fmt: skip
    return _table(head, rows)


def render(report: Report) -> str:
    """A page of HTML that needs nothing else: no script, no other file. Holds counts and labels of columns only."""
    uses = [
        [escape(u.column), escape(u.vintage), f"{u.loss:.3f}",
         " ".join(f'<span class="share">{share:.0%} <span class="bar" style="width:{share * 4:.2f}em"></span></span>' for share in u.levels)]
        for u in report.columns
    ]  # fmt: skip
    warnings = "".join(f'<p class="warn">{escape(w)}</p>' for w in report.warnings)
    passed = ", ".join(map(escape, report.passed)) or "none"
    parts = [
        f"<h1>{escape(report.title)}</h1>",
        f"<p>{escape(report.mode.capitalize())} recoding. Measured anew from the written rows.</p>",
        warnings,
        "<h2>Protection</h2>" + _reached(report),
        "<h2>Detail kept</h2>" + _table(["column", "vintage", "loss", "rows by level, finest first"], uses),
        "<h2>Intruders</h2><p>A sample of people in the table, attacked with what each intruder would know.</p>" + _attacks(report.attacks) if report.attacks else "",
        f"<h2>Columns passed as they are</h2><p>{passed}</p>",
    ]  # fmt: skip
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,'
        f'initial-scale=1"><title>{escape(report.title)}</title><style>{STYLE}</style></head><body><main>'
        + "".join(parts)
        + "</main></body></html>\n"
    )
