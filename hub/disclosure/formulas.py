"""Would a spreadsheet run it? Text cells made harmless for the edition that people open."""

from __future__ import annotations

import polars as pl

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠|%"
"""First characters that spreadsheets may take for a formula, full-width forms included."""


def neutralise_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Text cells that a spreadsheet might run get a leading apostrophe; for the human edition only, never the data's."""
    texts = [c for c, t in frame.schema.items() if t == pl.Utf8]
    starts = f"^\\s*[{''.join(chr(92) + c if c in '-|^]' else c for c in FORMULA_STARTS)}]"
    return frame.with_columns(
        [pl.when(pl.col(c).str.contains(starts)).then("'" + pl.col(c)).otherwise(c).alias(c) for c in texts]
    )
