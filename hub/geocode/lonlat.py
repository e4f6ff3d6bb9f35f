"""Longitude and latitude to the National Grid, by the transform that their source used.

GNSS coordinates go through OSTN15 (convertbng, exact on the official test points). Coordinates that a publisher
made from grid references without the grid file (data.police.uk, ONSPD) are undone by the same seven-parameter
Helmert transform, which gives back the whole metres they came from; OSTN15 would put them 1.8 m off.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from convertbng import cutil
from pyproj import Transformer

from protocols.contract import LonLatOrigin

NO_GRID = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84"
    " +step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489"
    " +convention=position_vector +step +inv +proj=cart +ellps=airy"
    " +step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)
"""OSGB36 to WGS 84 (EPSG:1314) and the National Grid's projection, written out: no grid file, no network."""

GNSS_PRECISION_M = 10.0
"""A phone's fix; 95 % radius. The decimals given may make it coarser."""
PUBLISHED_PRECISION_M = 100.0
"""data.police.uk moves each event to a map point that serves eight addresses or more; not measured here."""
WEST, EAST, SOUTH, NORTH = -9.5, 2.2, 49.7, 61.0
"""A box around Great Britain: outside it every answer of a transform is a number without meaning."""


@cache
def _helmert() -> Transformer:
    return Transformer.from_pipeline(NO_GRID)


def project(lon: np.ndarray, lat: np.ndarray, origin: LonLatOrigin) -> tuple[np.ndarray, np.ndarray]:
    """Eastings and northings (metres, NaN where impossible) of degrees."""
    if origin == "gnss":
        east, north = cutil.convert_bng(lon, lat)
        return np.asarray(east, dtype=float), np.asarray(north, dtype=float)
    east, north = _helmert().transform(lon, lat)
    return np.where(np.isfinite(east), east, np.nan), np.where(np.isfinite(north), north, np.nan)


def parse_lonlat(longitude: pl.Series, latitude: pl.Series, origin: LonLatOrigin) -> pl.DataFrame:
    """Points of longitude and latitude columns (text, degrees): `easting`, `northing`, `precision`, `fault`.

    Faults: `place.half`, `place.zero`, `place.swapped` (only the exchanged pair lies in Great Britain),
    `place.outside-gb`. A GNSS point is cut to its metre, a published one rounded back to the metre it came from.
    """
    lon = longitude.str.strip_chars().cast(pl.Float64, strict=False).to_numpy()
    lat = latitude.str.strip_chars().cast(pl.Float64, strict=False).to_numpy()
    neither, half = np.isnan(lon) & np.isnan(lat), np.isnan(lon) ^ np.isnan(lat)

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray((x > WEST) & (x < EAST) & (y > SOUTH) & (y < NORTH))

    sound = inside(lon, lat)
    east, north = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    if sound.any():
        east[sound], north[sound] = project(lon[sound], lat[sound], origin)
    sound &= ~np.isnan(east) & (east >= 0) & (north >= 0)
    fault = np.select(
        [neither, half, sound, (lon == 0) & (lat == 0), inside(lat, lon)],
        ["", "place.half", "", "place.zero", "place.swapped"],
        default="place.outside-gb",
    )
    metre = np.round if origin == "from-grid-helmert" else np.floor
    published = origin == "from-grid-helmert"
    decimals = longitude.str.extract(r"\.(\d+)", 1).str.len_chars().fill_null(0).cast(pl.Float64).to_numpy()
    coarse = 111_000.0 * 10.0 ** -np.minimum(decimals, 12.0) / 2
    precision = np.full(len(lon), PUBLISHED_PRECISION_M) if published else np.maximum(coarse, GNSS_PRECISION_M)
    keep = pl.Series(sound)
    return pl.DataFrame({"e": metre(np.nan_to_num(east)), "n": metre(np.nan_to_num(north)), "p": precision}).select(
        easting=pl.when(keep).then("e").cast(pl.Int32),
        northing=pl.when(keep).then("n").cast(pl.Int32),
        precision=pl.when(keep).then("p").cast(pl.Float32),
        fault=pl.Series(fault).replace("", None),
    )


def whole_metre_share(lon: np.ndarray, lat: np.ndarray, origin: LonLatOrigin, within: float = 0.12) -> float:
    """The share of points that `origin`'s transform puts within `within` metres of a whole metre (chance: 0.058).

    A publisher that made its coordinates from grid references by that transform shows a share near one.
    """
    east, north = project(lon, lat, origin)
    near = (np.abs(east - np.round(east)) <= within) & (np.abs(north - np.round(north)) <= within)
    return float(np.nanmean(near))
