"""Questions to the gazetteer, answered in columns from memory-mapped tables (`hub.geocode.gazetteer.Gazetteer`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from hub.adapters.gazetteer.build import CELL_M
from hub.adapters.gazetteer.store import Layer, Table, Texts, first_rows, spans
from hub.geocode.gazetteer import NAMED, Source
from hub.geocode.precision import Calibration

DOORS: dict[str, Any] = {"asked": pl.Int64, "street": pl.Utf8, "place": pl.Utf8, "number": pl.Utf8, "town": pl.Utf8, "uprn": pl.Int64,
                         "easting": pl.Int32, "northing": pl.Int32, "layer": pl.Int32}  # fmt: skip


@dataclass(frozen=True)
class ArrowGazetteer:
    """Reference points of all layers, the newest first."""

    layers: tuple[Layer, ...]
    calibration: Calibration = field(default_factory=Calibration)

    @cached_property
    def tables(self) -> dict[str, list[tuple[int, Table]]]:
        """Tables by name, each with the number of its layer."""
        found: dict[str, list[tuple[int, Table]]] = {}
        for number, layer in enumerate(self.layers):
            for name, table in layer.tables.items():
                found.setdefault(name, []).append((number, table))
        return found

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """What each layer is, by its number."""
        return tuple(Source(layer.product, layer.vintage) for layer in self.layers)

    def _point(self, table_name: str, keys: pl.Series, more: Sequence[str] = ()) -> pl.DataFrame:
        """`easting`, `northing`, `layer` (Int32) and more columns of the first layer that knows each key."""
        count = len(keys)
        wanted = keys.cast(pl.Int64).fill_null(-1).to_numpy()
        east, north, layer = (np.full(count, -1, dtype=np.int32) for _ in range(3))
        others = {name: np.full(count, np.nan) for name in more}
        for number, table in self.tables.get(table_name, []):
            at = first_rows(table["keys"], wanted)
            hit = (at >= 0) & (layer < 0)
            rows = at[hit]
            points = table["points"][rows]
            east[hit], north[hit], layer[hit] = points[:, 0], points[:, 1], number
            for name, values in others.items():
                values[hit] = table[name][rows]
        frame = pl.DataFrame({"easting": east, "northing": north, "layer": layer, **others})
        known_rows = pl.col("layer") >= 0
        return frame.select(pl.when(known_rows).then(pl.col(c)).alias(c) for c in frame.columns)

    def postcodes(self, keys: pl.Series) -> pl.DataFrame:
        """Points of postcodes: also `quality` (Code-Point's) and `spacing` (Float64)."""
        return self._point("postcodes", keys, ("quality", "spacing"))

    def sectors(self, keys: pl.Series) -> pl.DataFrame:
        """Centres of postcode sectors (`S BS1 1`) and districts (`D BS1`): also `radius`."""
        return self._point("sectors", keys, ("radius",))

    def uprns(self, uprns: pl.Series) -> pl.DataFrame:
        """Points of UPRNs."""
        return self._point("uprns", uprns)

    def addresses(self, keys: pl.Series) -> pl.DataFrame:
        """Points of addresses: also `uprn` and `count`, doors that share the key at different points."""
        pairs = self._doors("exact", keys)
        if not pairs.height:
            return pl.DataFrame({"easting": pl.Series([None] * len(keys), dtype=pl.Int32)}).with_columns(
                northing=pl.lit(None, pl.Int32), layer=pl.lit(None, pl.Int32), uprn=pl.lit(None, pl.Int64)
            )
        first = (
            pairs.group_by("asked", maintain_order=True).first().select("asked", "easting", "northing", "layer", "uprn")
        )
        return pl.DataFrame({"asked": pl.int_range(len(keys), dtype=pl.Int64, eager=True)}).join(
            first, on="asked", how="left", maintain_order="left"
        ).drop("asked")  # fmt: skip

    def blocks(self, keys: pl.Series) -> pl.DataFrame:
        """All doors (`DOORS`) of a postcode and number, by key of `BS11AD|12`."""
        return self._doors("blocks", keys, texts=True)

    def houses(self, keys: pl.Series) -> pl.DataFrame:
        """All doors (`DOORS`) of a postcode that have a name, by postcode key."""
        return self._doors("houses", keys, texts=True)

    def numbered(self, keys: pl.Series) -> pl.DataFrame:
        """All doors (`DOORS`) of a number and street wherever they lie, by key of `12|CHAPEL STREET`."""
        return self._doors("numbered", keys, texts=True)

    def _doors(self, table_name: str, keys: pl.Series, texts: bool = False) -> pl.DataFrame:
        wanted = keys.cast(pl.Int64).fill_null(-1).to_numpy()
        found = []
        for number, table in self.tables.get(table_name, []):
            asked, at = spans(table["keys"], wanted)
            if not len(asked):
                continue
            rows = table["row"][at]
            doors = self.layers[number].tables["doors"]
            points = doors["points"][rows]
            columns: dict[str, Any] = {"asked": asked, "uprn": doors["uprn"][rows], "easting": points[:, 0],
                                       "northing": points[:, 1], "layer": np.full(len(rows), number)}  # fmt: skip
            if texts:
                store = Texts(self.layers[number].tables["doortexts"])
                columns |= {c: store.take(doors[c][rows]) for c in ("street", "place", "number", "town")}
            frame = pl.DataFrame(columns).with_columns(pl.col("uprn").replace(0, None))
            found.append(frame.cast({c: t for c, t in DOORS.items() if c in frame.columns}))
        return pl.concat(found, how="diagonal") if found else pl.DataFrame(schema=DOORS)

    def names(self, keys: pl.Series) -> pl.DataFrame:
        """All things (`hub.geocode.gazetteer.NAMED`) that bear a name, by `text_keys` of it."""
        wanted = keys.cast(pl.Int64).fill_null(-1).to_numpy()
        found = []
        for number, table in self.tables.get("names", []):
            asked, at = spans(table["keys"], wanted)
            if len(asked):
                found.append(self._records(number, asked, table["row"][at]))
        return pl.concat(found) if found else pl.DataFrame(schema=NAMED)

    def _records(self, number: int, asked: np.ndarray, rows: np.ndarray) -> pl.DataFrame:
        tables = self.layers[number].tables
        records, texts, kinds = tables["records"], Texts(tables["nametexts"]), Texts(tables["kindtexts"])
        points = records["points"][rows]
        return pl.DataFrame({
            "asked": asked, "layer": np.full(len(rows), number), "record": rows, "name": texts.take(records["name"][rows]),
            "town": texts.take(records["town"][rows]), "kind": kinds.take(records["kind"][rows].astype(np.int64)),
            "easting": points[:, 0], "northing": points[:, 1], "radius": records["radius"][rows],
        }).cast(NAMED)  # type: ignore[arg-type]  # fmt: skip

    def spellings(self, table_name: str, keys: pl.Series, most: int) -> pl.DataFrame:
        """Names (`asked`, `name`) that share a key of `deletes` or `tokens`; keys shared by more than `most` tell
        nothing and are passed over."""
        wanted = keys.cast(pl.Int64).fill_null(-1).to_numpy()
        found = []
        for number, table in self.tables.get(table_name, []):
            asked, at = spans(table["keys"], wanted, most)
            if len(asked):
                tables = self.layers[number].tables
                names = tables["records"]["name"][table["row"][at]]
                pairs = np.unique(asked.astype(np.int64) << 32 | names.astype(np.int64))
                own = Texts(tables["nametexts"]).take(pairs & 0xFFFFFFFF)
                found.append(pl.DataFrame({"asked": pairs >> 32, "name": own}))
        empty: dict[str, Any] = {"asked": pl.Int64, "name": pl.Utf8}
        return (
            pl.concat(found).with_columns(pl.col("asked").cast(pl.Int64)).unique(maintain_order=True)
            if found
            else pl.DataFrame(schema=empty)
        )

    def cloud(self, layer: int, record: int) -> np.ndarray:
        """Points (n × 2) known to lie on a street."""
        tables = self.layers[layer].tables
        low, high = tables["records"]["first"][record : record + 2]
        points: np.ndarray = np.asarray(tables["cloud"]["points"][low:high])
        return points if len(points) else np.asarray(tables["records"]["points"][record : record + 1])

    def nodes_near(self, east: float, north: float) -> np.ndarray:
        """Road junctions (n × 2) of the hundred-metre cells round a point."""
        e, n = int(east) // 100, int(north) // 100
        wanted = np.array([(e + i) * 100_000 + n + j for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=np.int64)
        found = [table["points"][spans(table["keys"], wanted)[1]] for _, table in self.tables.get("nodes", [])]
        return np.concatenate(found) if found else np.empty((0, 2), dtype=np.int32)

    def posts(self, key: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Distance posts of a road and carriageway (`text_keys` of `M5|B`): kilometres, points, layer."""
        for number, table in self.tables.get("posts", []):
            _, rows = spans(table["keys"], np.array([key], dtype=np.int64))
            if len(rows):
                return np.asarray(table["km"][rows]), np.asarray(table["points"][rows]), number
        return np.empty(0), np.empty((0, 2)), -1

    def starting(self, prefix: str, most: int) -> list[str]:
        """Names that begin so, for suggestions while someone types; at most `most`."""
        found: set[str] = set()
        for layer in self.layers:
            if "nametexts" not in layer.tables:
                continue
            texts = Texts(layer.tables["nametexts"])
            low, high = 1, len(texts.offsets) - 1
            while low < high:
                middle = (low + high) // 2
                if texts.take(np.array([middle]))[0] < prefix:
                    low = middle + 1
                else:
                    high = middle
            near = texts.take(np.arange(low, min(low + most, len(texts.offsets) - 1)))
            found.update(t for t in near if t.startswith(prefix))
        return sorted(found)[:most]

    def near(self, easting: pl.Series, northing: pl.Series) -> pl.Series:
        """Is anything known within some two kilometres? Null for null; all null where nothing is loaded."""
        if not self.tables.get("cells"):
            return pl.Series([None] * len(easting), dtype=pl.Boolean)
        asked = pl.DataFrame({"e": easting, "n": northing}).select(
            (pl.col("e") // CELL_M).cast(pl.Int64) * CELL_M * 10 + pl.col("n") // CELL_M
        ).to_series()  # fmt: skip
        wanted = asked.fill_null(-1).to_numpy()
        found = np.zeros(len(wanted), dtype=bool)
        for _, table in self.tables["cells"]:
            at = np.minimum(np.searchsorted(table["keys"], wanted), len(table["keys"]) - 1)
            found |= table["keys"][at] == wanted
        return pl.DataFrame({"f": found, "known": asked.is_not_null()}).select(pl.when("known").then("f")).to_series()
