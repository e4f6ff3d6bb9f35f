"""How is a boundary file read? GeoJSON, GeoPackage or Shapefile into codes, names and polygons on the National Grid.

Everything that may be wrong with such a file is found before anything is kept: damage, encoding, coordinates of
another system than the file says, codes that are blank, of another kind, or used twice for different areas. Longitude
and latitude in such files were made from the National Grid without the grid file, so they are undone by the same
transform (`hub.geocode.lonlat`): of 45,334 street rows more agree with their publisher's codes that way, and
boundaries do not move by the 1.8 m of a datum mistake.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from hub.geocode.areas import KINDS
from hub.geocode.lonlat import project
from protocols.contract import LonLatOrigin

if TYPE_CHECKING:
    import geopandas

ALIASES = {"lad": "district", "utla": "district", "ctyua": "district", "wd": "ward"}
STEMS = {"LSOA": "lsoa", "WD": "ward", "LAD": "district", "CTYUA": "district", "UTLA": "district", "CSP": "csp",
         "PFA": "pfa", "BCU": "bcu", "BEAT": "beat"}  # fmt: skip
"""The Office for National Statistics' column stems, finest first: `LSOA21CD`, `wd19nm`."""
ONS_COLUMN = re.compile(rf"^({'|'.join(STEMS)})(\d\d)(CD|NM)$", re.IGNORECASE)
PLAIN_CODES = ("area_code", "code", "gss_code", "areacd", "geography_code", "id")
PLAIN_NAMES = ("area_name", "name", "areanm", "geography_name")
ENTITIES = {
    "E01": "lsoa", "W01": "lsoa", "S01": "lsoa", "95": "lsoa", "E05": "ward", "W05": "ward", "S13": "ward",
    "N08": "ward", "E06": "district", "E07": "district", "E08": "district", "E09": "district", "E10": "district",
    "W06": "district", "S12": "district", "N09": "district", "E22": "csp", "W14": "csp", "E23": "pfa", "W15": "pfa",
}  # fmt: skip
"""What the first three characters of a nine-character GSS code say of its kind."""
GSS = re.compile(r"^[EWSN]\d{8}$")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
MOJIBAKE = re.compile("[ÂÃÅÄâ][\x80-\xbf\u2018-\u2122]")
WEST, SOUTH, EAST, NORTH = -200_000, -100_000, 800_000, 1_400_000
"""Metres within which British boundaries, and Northern Ireland's in the same grid, lie."""


class Unreadable(ValueError):
    """A boundary or look-up file cannot be taken; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """A set of areas: sorted `codes` and their `names` ("" unknown), valid polygons in metres (EPSG:27700), how many
    had to be mended, and what was assumed."""

    kind: str
    vintage: str
    codes: list[str]
    names: list[str]
    shapes: np.ndarray
    mended: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Said:
    """What the operator says of a file, where it does not say so itself; "" leaves it to the file."""

    kind: str = ""
    vintage: str = ""
    code: str = ""
    name: str = ""
    crs: str = ""
    origin: LonLatOrigin = "from-grid-helmert"


def plain_kind(word: str) -> str:
    """A kind by any of its names (`lad` is `district`)."""
    return ALIASES.get(word.lower(), word.lower())


def read_boundaries(source: Path, said: Said = Said(), any_kind: bool = False) -> Boundaries:
    """The areas of a file. With `any_kind` the file need not say which kind they are. Raises `Unreadable`."""
    frame = _read(source)
    notes: list[str] = []
    code, name, kind, vintage = _columns(frame, said, source, notes, any_kind)
    codes = _codes(frame, code, kind, source)
    names = _names(frame, name, source)
    shapes = _to_grid(frame, said, source)
    if not np.isin(shapely.get_type_id(shapes), (3, 6, 7)).all():
        raise Unreadable(f"{source.name} holds points or lines, not the polygons of areas")
    broken = ~shapely.is_valid(shapes)
    shapes = np.where(broken, shapely.make_valid(shapes), shapes)
    codes, names, shapes = _whole(codes, names, _polygons(shapes), source)
    return Boundaries(kind, vintage, codes, names, shapes, int(broken.sum()), notes)


def _read(source: Path) -> geopandas.GeoDataFrame:
    import geopandas  # here, since it takes a second to import and the web process never reads a boundary file
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    if not source.exists():
        raise Unreadable(f"{source.name} is not there")
    path = str(source)
    try:
        if source.suffix == ".gz":
            with gzip.open(source, "rb") as packed:
                content = packed.read()
            _decoded(content, source)
            path = f"/vsigzip/{source.resolve()}"
        elif source.suffix.lower() in (".geojson", ".json"):
            _decoded(source.read_bytes(), source)
        elif source.suffix == ".zip":
            with zipfile.ZipFile(source) as packed_files:
                bad = packed_files.testzip()
            if bad:
                raise Unreadable(f"{source.name} is damaged ({bad}); download it again")
            path = f"/vsizip/{source.resolve()}"
        frame = geopandas.read_file(path)
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{source.name} is not UTF-8 (byte {wrong.start}); convert it first") from None
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, DataSourceError, DataLayerError, FieldError, ValueError,
            shapely.errors.ShapelyError) as wrong:  # fmt: skip
        if isinstance(wrong, Unreadable):
            raise
        raise Unreadable(
            f"{source.name} cannot be read as boundaries: damaged, cut short or of another format"
        ) from wrong
    if not isinstance(frame, geopandas.GeoDataFrame) or frame.empty:
        raise Unreadable(f"{source.name} holds no boundaries")
    hollow = int((frame.geometry.isna() | frame.geometry.is_empty).sum())
    if hollow:
        raise Unreadable(f"{source.name}: {hollow} of {len(frame)} areas have no shape")
    return frame


def _decoded(content: bytes, source: Path) -> None:
    """Text must be UTF-8 (raises `UnicodeDecodeError`) and not cut short in the middle of its outermost brace."""
    if content[:4] == b"SQLi":
        return
    text = content.decode("utf-8-sig").strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise Unreadable(f"{source.name} is cut short, or is no GeoJSON; download it again")


# whose areas are these ----------------------------------------------------------------------------------------------


def _columns(
    frame: geopandas.GeoDataFrame, said: Said, source: Path, notes: list[str], any_kind: bool
) -> tuple[str, str, str, str]:
    """(code column, name column, kind, vintage)."""
    columns = [c for c in frame.columns if c != frame.geometry.name]
    wanted, by_lower = plain_kind(said.kind), {c.lower(): c for c in columns}
    if wanted and wanted not in KINDS:
        raise Unreadable(f"{said.kind} is no kind of area; say --kind {', '.join(KINDS)}")
    for asked in (said.code, said.name):
        if asked and asked.lower() not in by_lower:
            raise Unreadable(f"{source.name} has no column {asked}; it has {', '.join(columns)}")
    code = by_lower.get(said.code.lower(), "") or _ons_code(frame, columns, wanted, notes) or next(
        (by_lower[c] for c in PLAIN_CODES if c in by_lower), "")  # fmt: skip
    if not code:
        raise Unreadable(
            f"{source.name} has no area code column that we know among {', '.join(columns)}; say --code and --kind"
        )
    found = ONS_COLUMN.match(code)
    kind = wanted or (STEMS[found[1].upper()] if found else _kind_by_codes(frame[code]))
    if not kind and not any_kind:
        raise Unreadable(f"say what areas {source.name} holds: --kind {', '.join(KINDS)}")
    name = by_lower.get(said.name.lower(), "") or by_lower.get(re.sub("(?i)cd$", "nm", code).lower(), "")
    if not name or name == code:
        name = next((by_lower[c] for c in PLAIN_NAMES if c in by_lower and by_lower[c] != code), "")
    vintage = said.vintage or (_year(found[2]) if found else "")
    if not vintage and (in_name := YEAR.findall(source.name)):
        vintage = in_name[-1]
        notes.append(f"the vintage {vintage} is the year in the file's name")
    return code, name, kind, vintage or "unstated"


def _year(digits: str) -> str:
    """The year of an ONS column: 01 to 49 are of this century."""
    return f"20{digits}" if int(digits) < 50 else f"19{digits}"


def _ons_code(frame: geopandas.GeoDataFrame, columns: list[str], wanted: str, notes: list[str]) -> str:
    """The code column of the areas themselves: the finest kind that is different in every row, newest vintage."""
    found = [(list(STEMS).index(m[1].upper()), -int(_year(m[2])), c) for c in columns
             if (m := ONS_COLUMN.match(c)) and m[3].upper() == "CD"]  # fmt: skip
    if wanted:
        found = [f for f in found if STEMS[list(STEMS)[f[0]]] == wanted]
    unique = [f for f in sorted(found) if frame[f[2]].nunique() == len(frame)] or sorted(found)
    if len(unique) > 1 and unique[0][0] == unique[1][0]:
        notes.append(f"of {unique[0][2]} and {unique[1][2]}, the newer was taken")
    return unique[0][2] if unique else ""


def _kind_by_codes(codes: object) -> str:
    kinds = {ENTITIES.get(str(c).strip()[:3]) for c in codes if GSS.match(str(c).strip())}  # type: ignore[attr-defined]
    return (kinds.pop() or "") if len(kinds) == 1 else ""


def _codes(frame: geopandas.GeoDataFrame, column: str, kind: str, source: Path) -> list[str]:
    codes = ["" if v is None or v != v else str(v).strip() for v in frame[column]]
    blank = [n + 1 for n, c in enumerate(codes) if not c]
    if blank:
        raise Unreadable(f"{source.name}: {len(blank)} areas have no {column}, the first in row {blank[0]}")
    others = {ENTITIES[c[:3]] for c in codes if GSS.match(c) and c[:3] in ENTITIES} - {kind}
    if kind and others and kind not in ("bcu", "beat"):
        raise Unreadable(f"{source.name}: the codes in {column} are of {', '.join(sorted(others))}, not {kind}")
    return codes


def _names(frame: geopandas.GeoDataFrame, column: str, source: Path) -> list[str]:
    names = ["" if v is None or v != v else str(v).strip() for v in frame[column]] if column else [""] * len(frame)
    for name in names:
        if "\ufffd" in name or MOJIBAKE.search(name):
            raise Unreadable(f"{source.name}: names are mis-encoded ({name!r}); write the file as UTF-8")
    return names


# where do they lie --------------------------------------------------------------------------------------------------


def _to_grid(frame: geopandas.GeoDataFrame, said: Said, source: Path) -> np.ndarray:
    """The shapes in metres of the National Grid. Raises `Unreadable` where the coordinates cannot be what is said."""
    try:
        crs = pyproj.CRS.from_user_input(said.crs) if said.crs else frame.crs
    except pyproj.exceptions.CRSError:
        raise Unreadable(f"{said.crs} is no coordinate system; say --crs EPSG:27700 or EPSG:4326") from None
    if crs is None:
        raise Unreadable(f"{source.name} does not say its coordinate system (.prj); say --crs EPSG:27700 or EPSG:4326")
    shapes = np.asarray(shapely.force_2d(frame.geometry.to_numpy()))
    west, south, east, north = shapely.total_bounds(shapes)
    degrees = max(abs(west), abs(south), abs(east), abs(north)) <= 180
    if crs.is_geographic != degrees:
        has, says = ("degrees", "metres") if degrees else ("metres", "longitude and latitude")
        raise Unreadable(
            f"{source.name} is said to be in {crs.name} ({says}) but its coordinates look like {has}; say --crs"
        )
    if crs.is_geographic:
        if south < 15 < 45 < west:
            raise Unreadable(f"{source.name} has latitude before longitude; exchange them")
        placed = _from_degrees(shapes, crs, said.origin)
    else:
        placed = shapes if crs.to_epsg() == 27700 else _by_pyproj(shapes, crs)
    bounds = shapely.bounds(placed)
    here = (bounds[:, 0] > WEST) & (bounds[:, 1] > SOUTH) & (bounds[:, 2] < EAST) & (bounds[:, 3] < NORTH)
    if not here.all():
        raise Unreadable(f"{source.name}: {int((~here).sum())} of {len(here)} areas lie outside the British Isles;"
                         " is the coordinate system right? Say it with --crs")  # fmt: skip
    return placed


def _from_degrees(shapes: np.ndarray, crs: pyproj.CRS, origin: LonLatOrigin) -> np.ndarray:
    if crs.to_epsg() not in (4326, 4258, 4937, 4979) and crs.name != "WGS 84 (CRS84)":
        return _by_pyproj(shapes, crs)

    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(project(np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1]), origin))

    return np.asarray(shapely.transform(shapes, move))


def _by_pyproj(shapes: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    move = pyproj.Transformer.from_crs(crs, 27700, always_xy=True)
    return np.asarray(shapely.transform(shapes, lambda p: np.column_stack(move.transform(p[:, 0], p[:, 1]))))


def _polygons(shapes: np.ndarray) -> np.ndarray:
    """Only what has an area: mending may leave lines and points beside polygons."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, of = shapely.get_parts(parts, return_index=True)  # a collection may hold a multipolygon
    flat = shapely.get_type_id(parts) == 3
    made = np.full(len(shapes), None, dtype=object)
    return np.asarray(shapely.multipolygons(parts[flat], indices=owner[of[flat]], out=made))


def _whole(
    codes: list[str], names: list[str], shapes: np.ndarray, source: Path
) -> tuple[list[str], list[str], np.ndarray]:  # fmt: skip
    """One shape a code, sorted by code: the parts of an area that come in several rows are put together."""
    lost = [c for c, s in zip(codes, shapes, strict=True) if s is None or shapely.area(s) == 0]
    if lost:
        raise Unreadable(f"{source.name}: the shape of {lost[0]} has no area")
    rows: dict[str, list[int]] = {}
    for number, code in enumerate(codes):
        rows.setdefault(code, []).append(number)
    for code, numbers in rows.items():
        if len({names[n] for n in numbers}) > 1:
            raise Unreadable(f"{source.name}: {code} stands for areas of different names")
    ordered = sorted(rows)
    whole = [shapes[r[0]] if len(r) == 1 else shapely.union_all(shapes[r]) for r in (rows[c] for c in ordered)]
    return ordered, [names[rows[c][0]] for c in ordered], np.array(whole, dtype=object)
