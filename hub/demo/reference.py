"""The borough in the form of every gazetteer product: for tests of the loaders and for a demo without a download.

Files look as they are downloaded: zips with their folders, header or none, a byte-order mark where the product has
one. Positions and names are the borough's own; nothing in them is a real place. `M99` is no motorway.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import polars as pl
import shapely

from hub.demo.borough import BOXES, Borough
from hub.demo.stock import STREET_HEADS, STREET_TAILS

ADDRESSES = 1_080_000
STREET_RUN = 13
"""Postcodes that one street of the large address list runs through."""
POST_M = 100
MOTORWAY = "M99"
PLUS = {
    "UPRN": 0,
    "X_COORDINATE": 7,
    "Y_COORDINATE": 8,
    "RM_ORGANISATION_NAME": 17,
    "BUILDING_NUMBER": 23,
    "THOROUGHFARE": 52,
    "POST_TOWN": 62,
    "POSTCODE": 64,
}
"""Places of AddressBase Plus's columns, counted from nought (Ordnance Survey, technical specification)."""
PLUS_WIDTH = 77


@dataclass(frozen=True, slots=True)
class Roads:
    """Streets as lines, where two of them cross (`a b easting northing`), and a motorway with its junctions."""

    names: tuple[str, ...]
    lines: tuple[shapely.LineString, ...]
    crossings: pl.DataFrame
    motorway: shapely.LineString
    junctions: pl.DataFrame


def make_roads(borough: Borough) -> Roads:
    """Lines through the doors of each street; a crossing becomes a vertex of both, as in a road network."""
    names, lines = [], []
    for (street, _), doors in borough.addresses.group_by("street", "town", maintain_order=True):
        xy = doors.select("easting", "northing").to_numpy()[::2].astype(float)
        if len(xy) > 2:
            names.append(str(street))
            lines.append(shapely.LineString(xy))
    tree = shapely.STRtree(lines)
    rows = []
    for i, j in zip(*tree.query(lines, predicate="crosses"), strict=True):
        if i < j:
            point = shapely.get_point(shapely.points(shapely.get_coordinates(lines[i].intersection(lines[j]))[0]), 0)
            at = (
                shapely.get_coordinates(lines[i].intersection(lines[j]))[0]
                if point is None
                else shapely.get_coordinates(point)[0]
            )
            rows.append((names[i], names[j], int(at[0]), int(at[1]), int(i), int(j)))
    for _, _, east, north, i, j in rows:
        for n in (i, j):
            lines[n] = _with_vertex(lines[n], float(east), float(north))
    crossings = pl.DataFrame([r[:4] for r in rows], schema=["a", "b", "easting", "northing"], orient="row")
    box = BOXES["Northmoor"]
    motorway = shapely.LineString(
        [(box.west, box.south + 3000), (box.west + 6000, box.south + 4000), (box.east, box.south + 3500)]
    )
    at = [motorway.interpolate(d) for d in (1500.0, 5200.0, 9100.0)]
    junctions = pl.DataFrame(
        {
            "number": [f"{MOTORWAY} J{n}" for n in (1, 2, 3)],
            "easting": [int(p.x) for p in at],
            "northing": [int(p.y) for p in at],
        }
    )
    return Roads(tuple(names), tuple(lines), crossings, motorway, junctions)


def _with_vertex(line: shapely.LineString, east: float, north: float) -> shapely.LineString:
    xy = shapely.get_coordinates(line)
    along = line.project(shapely.Point(east, north))
    at = [line.project(shapely.Point(p)) for p in xy]
    return shapely.LineString(np.insert(xy, int(np.searchsorted(at, along)), (east, north), axis=0))


def _csv(rows: Iterable[Iterable[object]], header: list[str] | None = None) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def write_code_point(borough: Borough, folder: Path) -> Path:
    """Code-Point Open: a zip of area files without header, its documents beside them."""
    rows = [(p, 10, e, n, "E92000001", "E19000001", "E18000002", "", d, w)
            for p, e, n, d, w in borough.postcodes.select("postcode", "easting", "northing", "district", "ward").iter_rows()]  # fmt: skip
    rows.append(("NM9 9ZZ", 90, 0, 0, "E92000001", "", "", "", "", ""))
    return _zip(
        folder / "codepo_gb.zip",
        {"Data/CSV/nm.csv": _csv(rows), "Doc/Code-Point_Open_Column_Headers.csv": b"PC,PQ,EA,NO\nPostcode,x,x,x\n"},
    )


def write_onspd(borough: Borough, folder: Path, *, old: bool = False) -> Path:
    """ONSPD in the column names of before 2025 (`old`) or of 2025 on; one postcode of each hundred is terminated."""
    names = ["pcd", "pcd2", "pcds", "dointr", "doterm", "oslaua", "osward", "oseast1m", "osnrth1m", "osgrdind", "lat", "long"] if old else [
        "pcd7", "pcd8", "pcds", "dointr", "doterm", "lad25cd", "wd25cd", "east1m", "north1m", "gridind", "lat", "long"]  # fmt: skip
    rows = []
    for i, (p, e, n, d, w) in enumerate(
        borough.postcodes.select("postcode", "easting", "northing", "district", "ward").iter_rows()
    ):
        north = f"{n:07d}" if old else str(n)
        rows.append(
            (
                p.replace(" ", "").ljust(7),
                p,
                p,
                "199001",
                "201506" if i % 100 == 0 else "",
                d,
                w,
                e,
                north,
                1,
                53.5,
                -1.9,
            )
        )
    name = "ONSPD_OLD.csv" if old else "ONSPD_NEW.csv"
    return _zip(
        folder / name.replace(".csv", ".zip"),
        {f"Data/{name}": _csv(rows, names), "User Guide/guide.csv": b"a,b\n1,2\n"},
    )


def write_open_uprn(borough: Borough, folder: Path) -> Path:
    """OS Open UPRN: one CSV with a byte-order mark, in a zip."""
    rows = [
        (u, f"{e}.00", f"{n}.00", 53.5, -1.9)
        for u, e, n in borough.addresses.select("uprn", "easting", "northing").iter_rows()
    ]
    head = ["UPRN", "X_COORDINATE", "Y_COORDINATE", "LATITUDE", "LONGITUDE"]
    return _zip(
        folder / "osopenuprn_csv.zip",
        {"osopenuprn_202511.csv": b"\xef\xbb\xbf" + _csv(rows, head), "licence.txt": b"OGL"},
    )


def write_many_uprns(path: Path, rows: int, seed: int = 1) -> Path:
    """An OS Open UPRN of any size, to load in bounded memory."""
    rng = np.random.default_rng(seed)
    with path.open("wb") as out:
        out.write(b"\xef\xbb\xbfUPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n")
        uprn = 1
        for start in range(0, rows, 1_000_000):
            count = min(1_000_000, rows - start)
            steps = rng.integers(1, 9, count).cumsum() + uprn
            uprn = int(steps[-1])
            pl.DataFrame({"u": steps, "x": rng.integers(80_000, 650_000, count), "y": rng.integers(10_000, 660_000, count),
                          "a": np.full(count, 53.5), "o": np.full(count, -1.9)}).write_csv(out, include_header=False)  # fmt: skip
    return path


def write_open_names(borough: Borough, folder: Path) -> Path:
    """OS Open Names: tiles without header in a zip, streets, towns and stations."""
    rows: list[list[object]] = []

    def entry(number: int, name: str, kind: str, local: str, east: int, north: int, town: str) -> list[object]:
        row: list[object] = [""] * 34
        row[0], row[2], row[6], row[7], row[8], row[9] = f"osgb4000000{number:09d}", name, kind, local, east, north
        row[12:16] = [east - 100, north - 100, east + 100, north + 100]
        row[18] = town
        return row

    middle = borough.addresses.group_by("street", "town", maintain_order=True).agg(
        pl.col("easting", "northing").median().cast(pl.Int64)
    )
    for street, town, e, n in middle.iter_rows():
        rows.append(entry(len(rows), street, "transportNetwork", "Named Road", e, n, town))
    for town, box in BOXES.items():
        rows.append(
            entry(
                len(rows), town, "populatedPlace", "Town", (box.west + box.east) // 2, (box.south + box.north) // 2, ""
            )
        )
        rows.append(
            entry(
                len(rows),
                f"{town} Station",
                "transportNetwork",
                "Railway Station",
                box.west + 4000,
                box.south + 4000,
                town,
            )
        )
    return _zip(
        folder / "opname_csv_gb.zip", {"Data/SE00.csv": _csv(rows), "Doc/OS_Open_Names_Header.csv": b"ID,NAMES_URI\n"}
    )


def write_open_roads(roads: Roads, folder: Path) -> Path:
    """OS Open Roads as a GeoPackage of three layers, zipped."""
    path = folder / "oproad_gb.gpkg"
    points = (
        shapely.points(roads.crossings.select("easting", "northing").to_numpy().astype(float))
        if roads.crossings.height
        else np.array([])
    )
    nodes = geopandas.GeoDataFrame(
        {"identifier": [f"n{i}" for i in range(len(points))], "form_of_node": "junction"},
        geometry=list(points),
        crs=27700,
    )
    numbers = [None] * len(roads.names) + [MOTORWAY]
    links = geopandas.GeoDataFrame(
        {"identifier": [f"l{i}" for i in range(len(numbers))], "name_1": [*roads.names, None], "road_classification_number": numbers,
         "start_node": "a", "end_node": "b"}, geometry=[*roads.lines, roads.motorway], crs=27700,
    )  # fmt: skip
    at = shapely.points(roads.junctions.select("easting", "northing").to_numpy().astype(float))
    junctions = geopandas.GeoDataFrame(
        {"identifier": ["j"] * len(at), "junction_number": roads.junctions["number"].to_list()},
        geometry=list(at),
        crs=27700,
    )
    for layer, frame in (("road_node", nodes), ("road_link", links), ("motorway_junction", junctions)):
        frame.to_file(path, layer=layer, driver="GPKG")
    packed = folder / "oproad_gpkg_gb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(path, "Data/oproad_gb.gpkg")
    path.unlink()
    return packed


def write_marker_posts(roads: Roads, folder: Path, first_km: float = 140.0) -> Path:
    """Marker posts of both carriageways as a CSV, every hundred metres."""
    rows = []
    for side, letter in ((-15.0, "A"), (15.0, "B")):
        line = roads.motorway.offset_curve(side)
        for d in np.arange(0.0, roads.motorway.length, POST_M):
            p = line.interpolate(min(d, line.length))
            rows.append((MOTORWAY, f"{first_km + d / 1000:.1f}", letter, round(p.x), round(p.y)))
    path = folder / "marker_posts.csv"
    path.write_bytes(_csv(rows, ["Road", "Marker_Post_km", "Carriageway", "Easting", "Northing"]))
    return path


def write_addressbase(borough: Borough, folder: Path, product: str) -> Path:
    """AddressBase `core` (header), `plus` (no header) or `premium` (records of many kinds), zipped."""
    columns = ["uprn", "number", "street", "town", "postcode", "easting", "northing"]
    rows = borough.addresses.select(columns).iter_rows(named=True)
    named = {(p["street"], p["postcode"]): p["name"] for p in borough.places.iter_rows(named=True)}
    if product == "core":
        head = [
            "UPRN",
            "EASTING",
            "NORTHING",
            "SINGLE_LINE_ADDRESS",
            "ORGANISATION",
            "BUILDING_NAME",
            "BUILDING_NUMBER",
            "STREET_NAME",
            "TOWN_NAME",
            "POSTCODE",
        ]
        body = _csv([(r["uprn"], r["easting"], r["northing"], f"{r['number']} {r['street']}, {r['town']}, {r['postcode']}",
                      named.pop((r["street"], r["postcode"]), ""), "", r["number"], r["street"], r["town"], r["postcode"]) for r in rows], head)  # fmt: skip
        return _zip(folder / "addressbase-core.zip", {"core.csv": body})
    if product == "plus":
        lines = []
        for r in rows:
            line = [""] * PLUS_WIDTH
            for name, value in (("UPRN", r["uprn"]), ("X_COORDINATE", r["easting"]), ("Y_COORDINATE", r["northing"]), ("BUILDING_NUMBER", r["number"]),
                                ("THOROUGHFARE", r["street"]), ("POST_TOWN", r["town"]), ("POSTCODE", r["postcode"]),
                                ("RM_ORGANISATION_NAME", named.pop((r["street"], r["postcode"]), ""))):  # fmt: skip
                line[PLUS[name]] = str(value)
            lines.append(line)
        return _zip(folder / "addressbase-plus.zip", {"sk00.csv": _csv(lines)})
    return _zip(folder / "addressbase-premium.zip", {"SE00.csv": _premium(borough, named)})


def _premium(borough: Borough, named: dict[tuple[str, str], str]) -> bytes:
    """Header, streets, BLPUs, LPIs, delivery points, organisations, trailer; fields the hub does not read stay empty."""
    streets = {s: 90_000_000 + i for i, s in enumerate(borough.addresses["street"].unique(maintain_order=True))}
    lines: list[list[object]] = [["10", "GeoPlace", 9999, "2025-11-01", 0, "2025-11-01", "00:00:00", "2.0", "F"]]
    lines += [
        ["15", "I", 0, usrn, street, "", "Northmoor", "", "ENG", "", "", "", ""] for street, usrn in streets.items()
    ]
    for r in borough.addresses.iter_rows(named=True):
        number = r["number"].rstrip("A")
        suffix = "A" if r["number"].endswith("A") else ""
        uprn, usrn = r["uprn"], streets[r["street"]]
        lines.append(
            [
                "21",
                "I",
                0,
                uprn,
                1,
                2,
                "",
                "",
                r["easting"],
                r["northing"],
                53.5,
                -1.9,
                1,
                9999,
                "E",
                "",
                "",
                "",
                "",
                "D",
                r["postcode"],
                0,
            ]
        )
        lines.append(
            [
                "24",
                "I",
                0,
                uprn,
                "L",
                "ENG",
                1,
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                number,
                suffix,
                "",
                "",
                "",
                usrn,
                "1",
                "",
                "",
                "",
                "",
            ]
        )
        organisation = named.pop((r["street"], r["postcode"]), "")
        lines.append(
            [
                "28",
                "I",
                0,
                uprn,
                1,
                organisation,
                "",
                "",
                "",
                r["number"],
                "",
                r["street"],
                "",
                "",
                r["town"],
                r["postcode"],
                "S",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
            ]
        )
        if organisation:
            lines.append(["31", "I", 0, uprn, "k", organisation, "", "", "", ""])
    lines.append(["99", 0, len(lines), "2025-11-01", "00:00:00"])
    return _csv(lines)


def write_addresses(path: Path, count: int, seed: int, postcodes: pl.DataFrame) -> pl.DataFrame:
    """A made-up address list over a Code-Point file's postcodes: some eleven doors each, a street of thirteen postcodes."""
    rng = np.random.default_rng(seed)
    names = np.array([f"{h} {t}" for h in STREET_HEADS for t in STREET_TAILS])
    near = (
        postcodes.filter(pl.col("Eastings") != "0")
        .with_columns(district=pl.col("Postcode").str.extract(r"^(\S+)", 1))
        .sort("district", "Eastings", "Northings")
    )
    per = max(1, round(count / near.height))
    street = names[rng.integers(0, len(names), near.height // STREET_RUN + 1)].repeat(STREET_RUN)[: near.height]
    door = np.tile(np.arange(1, per + 1), near.height) + np.repeat((np.arange(near.height) % STREET_RUN) * per, per)
    east, north = (
        near[c].cast(pl.Int64).to_numpy().repeat(per) + rng.integers(-40, 41, near.height * per)
        for c in ("Eastings", "Northings")
    )
    frame = pl.DataFrame({
        "uprn": np.arange(near.height * per) + 900_000_000_000, "number": door.astype(str), "street": street.repeat(per),
        "town": near["district"].to_numpy().repeat(per), "postcode": near["Postcode"].to_numpy().repeat(per), "easting": east, "northing": north,
    })[:count].with_columns(town="Town " + pl.col("town"))  # fmt: skip
    frame.write_csv(path)
    return frame
