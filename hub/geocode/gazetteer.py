"""What the cascade asks of a gazetteer. Every look-up is in columns and never reads more than it answers."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import polars as pl

from hub.geocode.precision import Calibration

NAMED: dict[str, Any] = {
    "asked": pl.Int64, "layer": pl.Int32, "record": pl.Int64, "name": pl.Utf8, "town": pl.Utf8, "kind": pl.Utf8,
    "easting": pl.Int32, "northing": pl.Int32, "radius": pl.Float64,
}  # fmt: skip
"""Columns of named things: the number of the question, what it is called and where, how far it reaches (95 %)."""


class Source(NamedTuple):
    """Where an answer comes from."""

    product: str
    vintage: str


class Gazetteer(Protocol):
    """Reference points. Look-ups by key answer one row a key, null where unknown, with the `layer` that knows."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """What each layer is, by its number."""
        ...

    @property
    def calibration(self) -> Calibration:
        """The measured tables in force."""
        ...

    def uprns(self, uprns: pl.Series) -> pl.DataFrame:
        """`easting`, `northing`, `layer` of UPRNs (Int64)."""
        ...

    def postcodes(self, keys: pl.Series) -> pl.DataFrame:
        """The same of postcodes, by `postcode_keys`; also `quality` (0 where not stated) and `spacing`, metres to the
        sixth nearest other postcode."""
        ...

    def sectors(self, keys: pl.Series) -> pl.DataFrame:
        """The same of postcode sectors (`S BS1 1`) and districts (`D BS1`); also `radius`, which holds 95 % of them."""
        ...

    def addresses(self, keys: pl.Series) -> pl.DataFrame:
        """The same of addresses, by `address_keys`; also `uprn`."""
        ...

    def blocks(self, keys: pl.Series) -> pl.DataFrame:
        """All doors of a postcode and number (`BS11AD|12`): `asked street place number town uprn easting northing layer`."""
        ...

    def houses(self, keys: pl.Series) -> pl.DataFrame:
        """All doors of a postcode that bear a name, as `blocks`."""
        ...

    def numbered(self, keys: pl.Series) -> pl.DataFrame:
        """All doors of a number and street (`12|CHAPEL STREET`), wherever they lie, as `blocks`."""
        ...

    def names(self, keys: pl.Series) -> pl.DataFrame:
        """All things (`NAMED`) that bear a name, by `text_keys` of it."""
        ...

    def spellings(self, table_name: str, keys: pl.Series, most: int) -> pl.DataFrame:
        """Names (`asked`, `name`) that share a key of `deletes` or `tokens`."""
        ...

    def cloud(self, layer: int, record: int) -> np.ndarray:
        """Points (n × 2) on a street."""
        ...

    def nodes_near(self, east: float, north: float) -> np.ndarray:
        """Road junctions (n × 2) within a hundred metres or so."""
        ...

    def posts(self, key: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Distance posts of a road and carriageway: kilometres, points, layer."""
        ...

    def starting(self, prefix: str, most: int) -> list[str]:
        """Names that begin so."""
        ...

    def near(self, easting: pl.Series, northing: pl.Series) -> pl.Series:
        """Is anything known within some two kilometres? Null for null; all null where nothing is loaded."""
        ...
