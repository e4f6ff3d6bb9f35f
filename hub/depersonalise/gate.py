"""Is anything identifying left? The residual gate: searches again in what would enter the pool, and blocks the row.

Own words are searched in every note and every other text column of the output; numbers that prove themselves by a
checksum or their form (NHS number, NINO, phone, e-mail) are searched in every text column, so that an identifier in
the wrong field is caught as well. A hit names the rule that let it through, never the value.
"""

from __future__ import annotations

import re

import polars as pl

from hub.depersonalise.own_words import Own, find_own
from hub.depersonalise.redaction import PLACEHOLDER

PHONE = r"(?:\+44[\s-]?|\b0)(?:\d[\s-]?){9,10}\b"
EMAIL = r"[\w.+-]+@[\w-]+\.[\w.-]+"
NINO = r"(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b"
NHS = re.compile(r"(?<!\d)(\d{3})[\s-]?(\d{3})[\s-]?(\d{4})(?!\d)")


def is_nhs_number(digits: str) -> bool:
    """Modulus 11 over ten digits (NHS Data Dictionary); repeated digits pass the sum and are no numbers."""
    if len(digits) != 10 or not digits.isdigit() or len(set(digits)) == 1:
        return False
    check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == int(digits[9])


def left_in_note(note: str, own: Own) -> str | None:
    """The rule that something left in a redacted note breaks, None when nothing is."""
    rest = PLACEHOLDER.sub(" ", note)
    own_left = find_own(rest, own) if own else []
    if own_left:
        return f"gate.{own_left[0].rule}"
    if any(is_nhs_number("".join(m.groups())) for m in NHS.finditer(rest)):
        return "gate.nhs-number"
    return None


def left_in_columns(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Hits of self-proving identifiers in text columns: `row` (index), `column`, `rule`."""
    found = []
    for column in columns:
        for rule, pattern in (("gate.phone", PHONE), ("gate.email", EMAIL), ("gate.nino", NINO)):
            rows = frame.select(pl.col(column).str.contains(pattern).fill_null(value=False)).to_series().arg_true()
            found += [(row, column, rule) for row in rows]
        texts = frame[column]
        digits = texts.str.contains(r"\d{3}[\s-]?\d{3}[\s-]?\d{4}").fill_null(value=False).arg_true()
        for row in digits:
            if any(is_nhs_number("".join(m.groups())) for m in NHS.finditer(texts[row])):
                found.append((row, column, "gate.nhs-number"))
    return pl.DataFrame(found, schema={"row": pl.Int64, "column": pl.Utf8, "rule": pl.Utf8}, orient="row")
