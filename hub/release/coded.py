"""How are ten million rows held in memory? Text columns as small whole numbers, written out as text a slice at a time.

A released column has few different values and many rows. Held as text a value takes 16 bytes and more, as an `Enum` of
the column's values one, two or four. Every coding has `*`, so that a value may be withheld. Codings are in the values'
order: coded columns sort, group and compare as their texts do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from hub.release.guard import WITHHELD
from hub.release.order import event_ids, places


class Rows(Protocol):
    """Rows to be written: a frame of text and numbers, or what makes one slice by slice."""

    @property
    def columns(self) -> list[str]: ...
    @property
    def schema(self) -> pl.Schema: ...
    @property
    def height(self) -> int: ...
    def iter_slices(self, n_rows: int = ...) -> Iterator[pl.DataFrame]: ...


def narrow(part: pl.DataFrame) -> pl.DataFrame:
    """A part's text columns as categories shared by all parts."""
    return part.with_columns(pl.col(pl.Utf8).cast(pl.Categorical))


def code(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Parts (`narrow`) as one frame, text columns as `Enum` of their values and `*`."""
    columns = []
    for name in parts[0].columns:
        column = pl.concat([part[name] for part in parts], rechunk=True)
        if column.dtype == pl.Categorical:
            values = column.unique().cast(pl.Utf8).drop_nulls()
            known = pl.concat([values, pl.Series([WITHHELD])]).unique().sort()
            column = column.cast(pl.Enum(known))
        columns.append(column)
    return pl.DataFrame(columns)


def plain(part: pl.DataFrame) -> pl.DataFrame:
    """Coded columns as text."""
    return part.with_columns(pl.col(pl.Enum).cast(pl.Utf8))


def class_numbers(frame: pl.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Per row the number (int32 from 0, in the values' order) of its combination of these columns; null is a value."""
    names = list(columns)
    known = frame.select(names).unique().sort(names, nulls_last=True).with_row_index("_class")
    joined = frame.select(names).join(known, on=names, how="left", nulls_equal=True, maintain_order="left")
    return joined["_class"].cast(pl.Int32).to_numpy()


@dataclass(frozen=True, slots=True)
class Copy:
    """A release's rows in their order, coded, with their pool numbers and the key that makes event numbers of them.

    It is read as a frame of text and numbers, `event_id` first (and `row_id` last, for the hub's own copy: `kept`).
    """

    frame: pl.DataFrame
    row_ids: pl.Series
    key: bytes
    kept: bool = False

    @property
    def schema(self) -> pl.Schema:
        return self._part(0, 0).schema

    @property
    def columns(self) -> list[str]:
        return self.schema.names()

    @property
    def height(self) -> int:
        return self.frame.height

    def iter_slices(self, n_rows: int = 10_000) -> Iterator[pl.DataFrame]:
        """The rows, so many at a time."""
        for first in range(0, self.height, n_rows):
            yield self._part(first, n_rows)

    def _part(self, first: int, rows: int) -> pl.DataFrame:
        numbers = self.row_ids.slice(first, rows)
        part = plain(self.frame.slice(first, rows)).select(event_ids(numbers, self.key), pl.all())
        return part.with_columns(numbers.alias("row_id")) if self.kept else part


def copy(frame: pl.DataFrame, row_ids: pl.Series, key: bytes) -> Copy:
    """The copy of these rows: in the keyed order, that of their event numbers."""
    lie = places(row_ids, key)
    return Copy(frame[lie], row_ids.gather(lie).alias("row_id"), key)
