"""What does a release's certificate claim, how is that measured, and when is it refused?

Measured on the rows as released, by grouping them anew: nothing is taken over from what suppressed them. `k`: the
smallest group of rows alike in the quasi-identifiers (Sweeney 2002); `l`: the fewest different values of a sensitive
column in a group (distinct l-diversity, Machanavajjhala 2007); `t`: the farthest a group's shares of a sensitive
column lie from all rows' shares (half the sum of absolute differences; Li 2007, equal distance).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

import polars as pl

from hub.release.personal import CLAIM
from protocols.terms import PURPOSES
from protocols.wire import Certificate


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found on the rows: smallest group, groups, and by sensitive column the worst l and t."""

    k: int
    classes: int
    l: dict[str, int]  # noqa: E741 (the literature's own name)
    t: dict[str, float]
    unique_if_all_known: float
    """Share of rows that nobody else's equal when an intruder knows every released value of a row."""


def measure(frame: pl.DataFrame, quasi: Sequence[str], sensitive: Sequence[str]) -> Measured:
    """Measure a released frame. Without rows, k is 0 and so is everything else."""
    if not frame.height or not quasi:
        return Measured(0, 0, dict.fromkeys(sensitive, 0), dict.fromkeys(sensitive, 0.0), 0.0)
    sizes = frame.group_by(list(quasi)).agg(
        pl.len().alias("_n"), *(pl.col(s).n_unique().alias(f"_l_{n}") for n, s in enumerate(sensitive))
    )
    known = [c for c in dict.fromkeys([*quasi, *sensitive]) if c in frame.columns]
    alone = frame.group_by(known).len().filter(pl.col("len") == 1).height
    return Measured(
        k=int(sizes["_n"].min() or 0),  # type: ignore[arg-type]
        classes=sizes.height,
        l={s: int(sizes[f"_l_{n}"].min() or 0) for n, s in enumerate(sensitive)},  # type: ignore[arg-type]
        t={s: round(_closeness(frame, quasi, s), 4) for s in sensitive},
        unique_if_all_known=round(alone / frame.height, 6),
    )


def _closeness(frame: pl.DataFrame, quasi: Sequence[str], sensitive: str) -> float:
    """The largest distance of a group's distribution from the whole's; a value absent from a group adds its share."""
    whole = frame.group_by(sensitive).len("_all").with_columns(_q=pl.col("_all") / frame.height)
    cells = frame.group_by([*quasi, sensitive]).len("_n")
    cells = cells.with_columns(_p=pl.col("_n") / pl.col("_n").sum().over(list(quasi)))
    cells = cells.join(whole.select(sensitive, "_q"), on=sensitive, nulls_equal=True)
    far = cells.group_by(list(quasi)).agg(
        ((pl.col("_p") - pl.col("_q")).abs().sum() + 1 - pl.col("_q").sum()).alias("_d")
    )
    return float(far["_d"].max() or 0.0) / 2  # type: ignore[arg-type]


def expiry(today: date, terms: Sequence[str], ends: Sequence[date]) -> date:
    """The day after which a release counts no more: the shortest retention term (`P30D`, `P12M`, `P3Y`) from today, or
    the first of the agreement's own ends."""
    return min([*(_after(today, t) for t in terms), *ends])


def _after(day: date, term: str) -> date:
    found = re.fullmatch(r"P(\d+)([DMY])", term)
    if found is None:
        raise ValueError(f"{term} is no retention term")
    number, unit = int(found[1]), found[2]
    if unit == "D":
        return day + timedelta(days=number)
    year, month = divmod(day.year * 12 + day.month - 1 + number * (12 if unit == "Y" else 1), 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def as_file(token: str) -> bytes:
    """A signed certificate as the file that travels with the rows: readable, and the JWS that counts beside it."""
    return (
        json.dumps({"certificate": json.loads(_payload(token)), "jws": token}, indent=2, ensure_ascii=False) + "\n"
    ).encode()


def token_in(content: bytes) -> str | None:
    """The JWS in a certificate file; None where it is no certificate, or where what people read is not what is signed."""
    try:
        body = json.loads(content)
        token = body["jws"]
        same = body["certificate"] == json.loads(_payload(token))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return token if same and isinstance(token, str) else None


def _payload(token: str) -> bytes:
    middle = token.split(".")[1]
    return base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))


def faults(certificate: Certificate, found: Mapping[str, str], in_ledger: bool, today: date) -> list[str]:
    """Everything for which a release is to be refused: expired, files missing, changed or added, ledger proof wrong.

    `found`: name → SHA-256 (hex) of the files beside the certificate; `in_ledger`: does its proof hold?
    """
    wrong = []
    if today > certificate.expires:
        wrong.append(f"it expired on {certificate.expires}")
    for name, digest in sorted(certificate.files.items()):
        if name not in found:
            wrong.append(f"{name} is missing")
        elif found[name] != digest:
            wrong.append(f"{name} is not what was released")
    wrong += [f"{name} does not belong to it" for name in sorted(set(found) - set(certificate.files))]
    if not in_ledger:
        wrong.append("its proof of being in the ledger does not hold")
    return wrong


def page(certificate: Certificate, words: Mapping[str, str]) -> str:
    """The certificate as a page that opens from disc: no script, nothing fetched. `words`: titles of ids."""
    c = certificate
    rows = [
        ("Release", f"{c.number}: {c.title}"),
        *_personal(c),
        ("For", words.get(c.recipient, c.recipient)),
        ("Purpose", "; ".join(PURPOSES.get(p, p) for p in c.purposes)),
        ("Agreement", c.agreement),
        ("Under", ", ".join(c.protocols)),
        ("Events", f"{c.first_day} to {c.last_day}" if c.first_day else "undated"),
        ("Rows released", f"{c.released_rows:,}" + (f", {c.canary_rows} of them made up" if c.canary_rows else "")),
        ("Rows held back", f"{c.suppressed_rows:,} of {c.read_rows:,}"),
        ("Smallest group", f"{c.k_reached} rows alike in {', '.join(c.quasi_identifiers)}"
         + (" (measured, nothing is claimed by it)" if c.tier == "L1" else f" (agreed: {c.k_agreed})")),
        *(("Different values in a group", f"{name}: at least {n}") for name, n in c.l_reached.items()),
        *(("Distance from the whole", f"{name}: at most {n:.3f}") for name, n in c.t_reached.items()),
        ("Place", c.place_floor), ("Time", c.time_floor),
        *((f"Intruder: {who}", ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in figures.items()))
          for who, figures in c.risk.items()),
        *((f"Utility: {question}", f"{value:g}") for question, value in c.utility.items()),
        ("Left out", "; ".join(c.left_out)),
        ("Against other releases", ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in c.differencing.items())),
        ("Made by", c.code_version), ("Made at", f"{c.built_at:%Y-%m-%d %H:%M} UTC"), ("Counts until", str(c.expires)),
        ("In the ledger", f"event {c.ledger.sequence} of {c.ledger.size}, root {c.ledger.root}"),
    ]  # fmt: skip
    told = "\n".join(f"<tr><th scope='row'>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    files = "\n".join(f"<tr><th scope='row'>{escape(n)}</th><td><code>{d}</code></td></tr>"
                      for n, d in sorted(c.files.items()))  # fmt: skip
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width,"
        f" initial-scale=1'><title>Certificate of release {c.number}</title><style>body{{font:1rem/1.5 Arial,sans-serif;"
        "max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th{text-align:left;"
        "vertical-align:top;width:16rem}th,td{border-bottom:1px solid #b1b4b6;padding:.5rem .5rem .5rem 0;overflow-wrap:anywhere}"
        ".said{border-left:10px solid #d4351c;padding:1rem}"
        f"</style></head><body><h1>Certificate of release {c.number}</h1>\n{_statement(c)}<p>What counts is the"
        " signed certificate.json beside this page: <code>hub release verify</code> checks it against the files.</p>\n"
        f"<table>{told}</table>\n<h2>Files</h2>\n<table>{files}</table>\n<p>To re-identify a person from this"
        " data is an offence (Data Protection Act 2018, section 171).</p></body></html>\n"
    )


def _statement(c: Certificate) -> str:
    return f"<p class='said'><strong>{escape(c.statement)}</strong> {escape(CLAIM)}</p>\n" if c.statement else ""


def _personal(c: Certificate) -> list[tuple[str, str]]:
    """What a release that stays personal data leaves by."""
    terms = c.personal
    if terms is None:
        return []
    return [
        ("What it is", c.statement), ("Pseudonyms of", ", ".join(terms.pseudonyms)),
        ("Pseudonyms are the same", f"in every release of this series since {terms.keyed_since}, and in no other recipient's"),
        ("Gateway", f"{terms.gateway}, {terms.regime}"), ("Lawful basis", terms.basis), ("Condition", terms.condition),
        ("Impact assessment", terms.dpia), ("Why people are followed", terms.necessity),
        ("Who works with it", "; ".join(terms.handlers)),
    ]  # fmt: skip
