"""Longitude and latitude to the National Grid, by the transform that their source used.

GNSS coordinates go through OSTN15 (convertbng, 0.000 m on the official test points). Coordinates that a publisher made
from grid references without the grid file (data.police.uk, most of ONSPD and STATS19) are undone by the same
seven-parameter Helmert transform, which gives back the whole metres they came from; OSTN15 would put them 1.8 m off.
Neither asks for a grid file on this machine or for the network.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import polars as pl
from convertbng import cutil
from pyproj import Transformer

from hub.geocode.grid import HALF_DIAGONAL, in_great_britain, points_of
from protocols.contract import LonLatOrigin

NO_GRID = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84"
    " +step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489"
    " +convention=position_vector +step +inv +proj=cart +ellps=airy"
    " +step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)
"""OSGB36 to WGS 84 (EPSG:1314) and the National Grid's projection, written out as one pipeline: what it answers does
not depend on which grid files PROJ finds."""

GNSS_PRECISION_M = 10.0
"""A telephone's fix, 95 % radius; the figures given may make it coarser."""
PUBLISHED_PRECISION_M = 153.0
"""data.police.uk moves each event to a map point that stands for eight addresses or more. Measured: 95 % of Bristol's
postcodes lie within 153 m of the nearest map point in use (three months of 2025). In open country it is more."""
WHOLE_METRE_M = 0.06
"""How far a publisher's own arithmetic may stray from the whole metre, beside the figures it gives."""
MANY_POINTS, PARTS = 100_000, 8
DEGREE_M = 111_320.0
WEST, EAST, SOUTH, NORTH = -9.5, 2.5, 49.0, 61.5
"""A box of degrees in which the transforms mean something; what lies in Great Britain is told on the grid."""


@cache
def _helmert() -> Transformer:
    return Transformer.from_pipeline(NO_GRID)


def _helmert_part(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A part on a thread of its own, with a transformer of its own: PROJ's are not shared between threads."""
    east, north = Transformer.from_pipeline(NO_GRID).transform(lon, lat)
    return east, north


def project(lon: np.ndarray, lat: np.ndarray, origin: LonLatOrigin) -> tuple[np.ndarray, np.ndarray]:
    """Eastings and northings (metres, NaN where impossible) of degrees."""
    lon, lat = np.ascontiguousarray(lon, dtype=float), np.ascontiguousarray(lat, dtype=float)
    if origin == "gnss":
        east, north = cutil.convert_bng(lon, lat)
        return np.asarray(east, dtype=float), np.asarray(north, dtype=float)
    if len(lon) < MANY_POINTS:
        east, north = _helmert().transform(lon, lat)
    else:
        with ThreadPoolExecutor() as threads:
            parts = list(threads.map(_helmert_part, np.array_split(lon, PARTS), np.array_split(lat, PARTS)))
        east, north = (np.concatenate(side) for side in zip(*parts, strict=True))
    return np.where(np.isfinite(east), east, np.nan), np.where(np.isfinite(north), north, np.nan)


def parse_lonlat(longitude: pl.Series, latitude: pl.Series, origin: LonLatOrigin) -> pl.DataFrame:
    """Points (`hub.geocode.grid.POINTS`) of longitude and latitude columns, in degrees.

    A GNSS point is cut to its metre; a published one goes back to the whole metre it came from where it is as near to
    one as its figures allow, and is cut otherwise. Faults, none with a point: `place.half` · `place.zero` ·
    `place.swapped` (only the exchanged pair lies in Great Britain) · `place.outside-gb` · `place.unreadable`.
    """
    lon, lat = _degrees(longitude), _degrees(latitude)
    odd = (_written(longitude) & np.isnan(lon)) | (_written(latitude) & np.isnan(lat))
    neither, half = np.isnan(lon) & np.isnan(lat), np.isnan(lon) ^ np.isnan(lat)
    east, north, sound = _placed(lon, lat, origin)
    exchanged = np.zeros(len(lon), dtype=bool)
    if not sound.all():
        exchanged = ~sound & _placed(lat, lon, origin)[2]
    fault = np.select(
        [neither & odd, neither, half, sound, (lon == 0) & (lat == 0), exchanged],
        ["place.unreadable", "", "place.half", "", "place.zero", "place.swapped"],
        default="place.outside-gb",
    )
    step = DEGREE_M * 10.0 ** -np.minimum(_figures(longitude, latitude), 12.0)
    if origin == "gnss":
        # the whole last figure, not half of it: many systems cut it off instead of rounding
        precision = np.maximum(np.hypot(step, step * np.cos(np.radians(lat))), GNSS_PRECISION_M)
        return points_of(np.floor(east), np.floor(north), np.nan_to_num(precision), sound, fault)
    whole_e, whole_n = np.round(east), np.round(north)
    whole = (np.abs(east - whole_e) <= WHOLE_METRE_M + step / 2) & (np.abs(north - whole_n) <= WHOLE_METRE_M + step / 2)
    precision = np.maximum(step * HALF_DIAGONAL, PUBLISHED_PRECISION_M)
    return points_of(
        np.where(whole, whole_e, np.floor(east)), np.where(whole, whole_n, np.floor(north)), precision, sound, fault
    )


PASTED = r"(?:^|[^\d.])((?:49|5\d|60)\.\d{3,})\s*°?\s*N?\s*[,;/ ]\s*(?:LON(?:G|GITUDE)?[:= ]*)?([-−]?\d\.\d{3,})\s*°?\s*([EW]\b)?"
"""Latitude and longitude as maps give them to be pasted: `51.4545, -2.5879`."""


def find_lonlat(texts: pl.Series) -> pl.DataFrame:
    """Points (`POINTS`) of the first latitude and longitude that stand in each prose text, by GNSS; no faults."""
    lat, lon, side = (
        pl.DataFrame({"t": texts.str.to_uppercase()}).select(pl.col("t").str.extract(PASTED, part)).to_series()
        for part in (1, 2, 3)
    )
    lon = lon.str.replace("−", "-", literal=True)
    west = (side == "W").fill_null(value=False) & ~lon.str.starts_with("-")
    found = parse_lonlat(("-" + lon).zip_with(west, lon), lat, "gnss")
    return found.with_columns(fault=pl.lit(None, pl.Utf8))


def _degrees(texts: pl.Series) -> np.ndarray:
    read = texts.str.strip_chars().cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    return np.where(np.isfinite(read), read, np.nan)


def _written(texts: pl.Series) -> np.ndarray:
    return (texts.str.strip_chars().str.len_chars().fill_null(0) > 0).to_numpy()


def _figures(longitude: pl.Series, latitude: pl.Series) -> np.ndarray:
    """Figures after the point, the more of the two: one that ends in nought is written shorter."""
    both = pl.DataFrame({"x": longitude, "y": latitude}).select(
        pl.max_horizontal(pl.col("x", "y").str.extract(r"\.(\d+)", 1).str.len_chars()).fill_null(0).cast(pl.Float64)
    )
    return both.to_series().to_numpy()


def _placed(lon: np.ndarray, lat: np.ndarray, origin: LonLatOrigin) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eastings and northings, and which of them lie in Great Britain."""
    boxed = (lon > WEST) & (lon < EAST) & (lat > SOUTH) & (lat < NORTH)
    east, north = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    if boxed.any():
        east[boxed], north[boxed] = project(lon[boxed], lat[boxed], origin)
    # the transforms answer far outside the country too, Belfast and Calais included: the answer means nothing there
    return east, north, in_great_britain(east, north)


def whole_metre_share(lon: np.ndarray, lat: np.ndarray, origin: LonLatOrigin, within: float = 0.12) -> float:
    """The share of points that `origin`'s transform puts within `within` metres of a whole metre (chance: 0.058).

    A publisher that made its coordinates from grid references by that transform shows a share near one.
    """
    east, north = project(lon, lat, origin)
    near = (np.abs(east - np.round(east)) <= within) & (np.abs(north - np.round(north)) <= within)
    return float(near[~np.isnan(east)].mean()) if (~np.isnan(east)).any() else 0.0


WAYS: tuple[LonLatOrigin, LonLatOrigin] = ("from-grid-helmert", "gnss")
LEAST_POINTS = 30


def detect_origin(longitude: pl.Series, latitude: pl.Series) -> LonLatOrigin:
    """Which transform did a source's publisher use? Told from its distinct points by `whole_metre_share`.

    `from-grid-helmert` where that transform makes whole metres of most points and far oftener than OSTN15 does; else
    `gnss`, also where there are too few points, or figures, to tell. Points given to four figures or fewer tell nothing.
    """
    both = pl.DataFrame({"x": longitude.cast(pl.Utf8), "y": latitude.cast(pl.Utf8)}).drop_nulls().unique()
    fine = both.filter(pl.col("x").str.contains(r"\.\d{5,}") | pl.col("y").str.contains(r"\.\d{5,}"))
    if fine.height < LEAST_POINTS:
        return "gnss"
    lon, lat = _degrees(fine["x"]), _degrees(fine["y"])
    by_grid, by_gnss = (whole_metre_share(lon, lat, origin) for origin in WAYS)
    return "from-grid-helmert" if by_grid >= 0.5 and by_grid > by_gnss + 0.25 else "gnss"
