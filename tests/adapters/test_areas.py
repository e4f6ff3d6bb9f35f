"""Boundary files as they come: formats, columns, damage; versions of layers; look-ups between areas."""

from __future__ import annotations

import gzip
import json
import threading
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import polars as pl
import pytest
import shapely

from hub.adapters import areas
from hub.adapters.areas import Unreadable, load_areas, load_lookup, loaded_codes, open_boundaries, open_layers
from hub.adapters.boundaries import Said, read_boundaries
from hub.decision import Tampered
from hub.geocode.areas import Layer, LookedUp, assign_areas
from hub.geocode.lonlat import project

SQUARES = [shapely.box(380_000 + n * 1000, 390_000, 381_000 + n * 1000, 391_000) for n in range(3)]
LSOA = ("E01000001", "E01000002", "E01000003")
LAD = ("E08000001", "E08000002", "E08000003")
NAMES = ("Ynys Môn 1", "Bryn", "Cwm")


def frame(codes: tuple[str, ...] = LSOA, column: str = "LSOA21CD", **more: Any) -> geopandas.GeoDataFrame:
    """Three squares of a kilometre."""
    name = column.replace("CD", "NM").replace("cd", "nm").replace("code", "name")
    return geopandas.GeoDataFrame({column: list(codes), name: list(NAMES)} | more, geometry=SQUARES, crs="EPSG:27700")


def written(folder: Path, name: str, made: geopandas.GeoDataFrame) -> Path:
    path = folder / name
    if name.endswith(".gz"):
        plain = folder / name[:-3]
        made.to_file(plain, driver="GeoJSON")
        path.write_bytes(gzip.compress(plain.read_bytes()))
    else:
        made.to_file(path)
    return path


def codes_at(reference: Path, x: float, y: float, kind: str = "lsoa", **options: Any) -> str | None:
    layer = open_layers(reference, **options)[kind]
    assert isinstance(layer, Layer)
    found: str | None = layer.codes_of(np.array([x]), np.array([y]))[0]
    return found


# formats and columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.geojson.gz", "a.shp"])
def test_every_format_gives_the_same_areas(tmp_path: Path, name: str) -> None:
    made = frame() if name.endswith((".gpkg", ".shp")) else frame().to_crs(4326)
    report = load_areas(written(tmp_path, name, made), tmp_path / "reference")
    assert (report.kind, report.vintage, report.areas, report.mended) == ("lsoa", "2021", 3, 0)
    assert open_boundaries(tmp_path / "reference", "lsoa").names == list(NAMES)
    assert codes_at(tmp_path / "reference", 381_500, 390_500) == LSOA[1]
    assert codes_at(tmp_path / "reference", 389_500, 390_500) is None


def test_a_shapefile_is_read_from_its_zip(tmp_path: Path) -> None:
    import zipfile

    (tmp_path / "s").mkdir()
    written(tmp_path / "s", "a.shp", frame())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for part in (tmp_path / "s").iterdir():
            packed.write(part, part.name)
    assert load_areas(tmp_path / "a.zip", tmp_path / "reference").areas == 3


COLUMNS = [
    # columns, kind and vintage said, file name        kind, vintage
    ({"LSOA11CD": LSOA}, "", "", "a", ("lsoa", "2011")),
    ({"lsoa21cd": LSOA}, "", "", "a", ("lsoa", "2021")),
    ({"WD23CD": ("E05000001", "E05000002", "E05000003")}, "", "", "a", ("ward", "2023")),
    ({"wd19cd": ("E05000001", "E05000002", "E05000003")}, "", "", "a", ("ward", "2019")),
    ({"WD98CD": ("E05000001", "E05000002", "E05000003")}, "", "", "a", ("ward", "1998")),
    ({"LAD23CD": LAD}, "", "", "a", ("district", "2023")),
    ({"LAD23CD": LAD}, "lad", "2022-12", "a", ("district", "2022-12")),
    ({"CTYUA23CD": LAD}, "", "", "a", ("district", "2023")),
    ({"CSP23CD": ("E22000001", "E22000002", "W14000001")}, "", "", "a", ("csp", "2023")),
    ({"PFA23CD": ("E23000001", "E23000002", "W15000001")}, "", "", "a", ("pfa", "2023")),
    ({"area_code": LSOA}, "", "", "gm_lsoa_2021_generalised", ("lsoa", "2021")),
    ({"area_code": LAD}, "", "", "a", ("district", "unstated")),
    ({"AREA_CODE": ("F1", "F2", "F3")}, "beat", "2026", "a", ("beat", "2026")),
    ({"Beat": ("F1", "F2", "F3")}, "beat", "2026", "a", ("beat", "2026")),
    ({"BCU": ("NORTH", "SOUTH", "EAST")}, "bcu", "", "force_bcu_2024", ("bcu", "2024")),
    # a file of wards that says each one's authority and older code: the areas are the wards
    ({"LAD23CD": LAD[:1] * 3, "WD22CD": ("E05000009",) * 3, "WD23CD": ("E05000001", "E05000002", "E05000003")}, "", "",
     "a", ("ward", "2023")),
    ({"LSOA11CD": LSOA, "LSOA21CD": LSOA}, "", "", "a", ("lsoa", "2021")),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "kind", "vintage", "stem", "wanted"), COLUMNS)
def test_kind_and_vintage_are_found(
    tmp_path: Path, columns: dict[str, tuple[str, ...]], kind: str, vintage: str, stem: str, wanted: tuple[str, str]
) -> None:
    made = geopandas.GeoDataFrame({c: list(v) for c, v in columns.items()}, geometry=SQUARES, crs="EPSG:27700")
    code = next(iter(columns)) if kind in ("beat", "bcu") else ""
    found = read_boundaries(written(tmp_path, f"{stem}.gpkg", made), Said(kind, vintage, code))
    assert (found.kind, found.vintage) == wanted
    assert len(found.codes) == 3


def test_invalid_polygons_are_mended_and_counted(tmp_path: Path) -> None:
    bow = shapely.Polygon([(380_000, 390_000), (381_000, 391_000), (381_000, 390_000), (380_000, 391_000)])
    made = frame().set_geometry([bow, *SQUARES[1:]])
    report = load_areas(written(tmp_path, "a.gpkg", made), tmp_path)
    assert report.mended == 1
    assert shapely.is_valid(open_boundaries(tmp_path, "lsoa").shapes).all()
    assert codes_at(tmp_path, 380_900, 390_500) == LSOA[0]
    assert codes_at(tmp_path, 380_500, 390_900) is None


def test_an_area_in_several_rows_is_one_area(tmp_path: Path) -> None:
    made = frame((LSOA[0], LSOA[1], LSOA[0])).assign(LSOA21NM=["a", "b", "a"])
    assert load_areas(written(tmp_path, "a.gpkg", made), tmp_path).areas == 2
    assert [codes_at(tmp_path, x, 390_500) for x in (380_500, 381_500, 382_500)] == [LSOA[0], LSOA[1], LSOA[0]]


def test_degrees_made_from_the_grid_come_back_to_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a.geojson", frame().to_crs(4326))  # as publishers do it: without the OSTN15 grid
    found = open_boundaries_of(path)
    moved = shapely.get_coordinates(found) - shapely.get_coordinates(np.array(SQUARES))
    assert np.abs(moved).max() < 0.25
    lon, lat = (np.array([v]) for v in shapely.get_coordinates(frame().to_crs(4326).geometry)[0])
    ostn = np.column_stack(project(lon, lat, "gnss"))
    assert np.abs(ostn - shapely.get_coordinates(SQUARES[0])[0]).max() > 1


def open_boundaries_of(path: Path) -> np.ndarray:
    return read_boundaries(path).shapes


# refusals: nothing is half-loaded ---------------------------------------------------------------------------------


def _bytes_of(tmp_path: Path, name: str, made: geopandas.GeoDataFrame) -> bytes:
    return written(tmp_path, name, made).read_bytes()


def damaged(tmp_path: Path, how: str) -> tuple[Path, dict[str, Any]]:
    """A file that something is wrong with, and what the operator says of it."""
    degrees = frame().to_crs(4326)
    text = _bytes_of(tmp_path, "x.geojson", degrees).decode()
    contents: dict[str, bytes] = {
        "cut.geojson": text[: len(text) // 2].encode(),
        "cut.gpkg": _bytes_of(tmp_path, "x.gpkg", frame())[:9000],
        "cut.geojson.gz": gzip.compress(text.encode())[:-40],
        "latin.geojson": text.encode("latin-1"),
        "twice.geojson": text.replace("Môn", "MÃ´n").encode(),
        "lost.geojson": text.replace("Môn", "M\ufffdn").encode(),
        "empty.geojson": b'{"type": "FeatureCollection", "features": []}',
        "other.geojson": b'{"hello": 1}',
        "html.geojson": b"<!doctype html><title>Sign in</title>",
        "nothing.geojson": b"",
        "not-a.zip": b"PK\x03\x04 no",
        "metres.geojson": json.dumps(json.loads(frame().to_json(drop_id=True)) | {"crs": None}).encode(),
    }
    if how in contents:
        path = tmp_path / "damaged" / how
        path.parent.mkdir()
        path.write_bytes(contents[how])
        return path, {}
    other = {
        "gone": lambda: tmp_path / "gone.gpkg",
        "swapped": lambda: written(tmp_path, "s.geojson", degrees.set_geometry(
            shapely.transform(degrees.geometry.to_numpy(), lambda p: p[:, ::-1]), crs=4326)),
        "france": lambda: written(tmp_path, "f.geojson", degrees.set_geometry(
            shapely.transform(degrees.geometry.to_numpy(), lambda p: p + np.array([5.0, -8.0])), crs=4326)),
        "degrees": lambda: written(tmp_path, "d.gpkg", degrees.set_crs(27700, allow_override=True)),
        "no-crs": lambda: written(tmp_path, "n.shp", frame().set_crs(None, allow_override=True)),
        "points": lambda: written(tmp_path, "p.gpkg", frame().set_geometry(frame().centroid)),
        "hollow": lambda: written(tmp_path, "h.gpkg", frame().set_geometry([*SQUARES[:2], None])),
        "flat": lambda: written(tmp_path, "l.gpkg", frame().set_geometry(
            [*SQUARES[:2], shapely.Polygon([(380_000, 390_000), (380_100, 390_000), (380_200, 390_000)])])),
        "blank": lambda: written(tmp_path, "b.gpkg", frame((LSOA[0], "", LSOA[2]))),
        "null": lambda: written(tmp_path, "b.gpkg", frame((LSOA[0], None, LSOA[2]))),  # type: ignore[arg-type]
        "one-code": lambda: written(tmp_path, "o.gpkg", frame((LSOA[0], LSOA[0], LSOA[2]))),
        "no-code": lambda: written(tmp_path, "c.gpkg", frame().rename(columns={"LSOA21CD": "zone"})),
        "no-kind": lambda: written(tmp_path, "k.gpkg", frame(("F1", "F2", "F3"), "area_code")),
        "wards": lambda: written(tmp_path, "w.gpkg", frame(("E05000001", "E05000002", "E05000003"))),
        "kind": lambda: written(tmp_path, "q.gpkg", frame()),
        "column": lambda: written(tmp_path, "q.gpkg", frame()),
    }[how]()  # fmt: skip
    return other, {"kind": {"kind": "parish"}, "column": {"code": "LSOA31CD"}}.get(how, {})


REFUSED = {
    "cut.geojson": "cut short", "cut.gpkg": "damaged", "cut.geojson.gz": "damaged", "latin.geojson": "not UTF-8",
    "twice.geojson": "mis-encoded", "lost.geojson": "mis-encoded", "empty.geojson": "no boundaries",
    "other.geojson": "another format|no boundaries", "html.geojson": "no GeoJSON", "nothing.geojson": "no GeoJSON",
    "not-a.zip": "damaged", "metres.geojson": "look like metres", "gone": "not there", "swapped": "latitude before",
    "france": "outside the British Isles", "degrees": "look like degrees", "no-crs": "--crs", "points": "not the polygons",
    "hollow": "no shape", "flat": "no area", "blank": "have no LSOA21CD", "null": "have no LSOA21CD",
    "one-code": "different names", "no-code": "--code", "no-kind": "--kind", "wards": "of ward, not lsoa",
    "kind": "no kind of area", "column": "has no column LSOA31CD",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:'crs' was not provided", "ignore:The input object of type")
@pytest.mark.parametrize("how", REFUSED)
def test_a_file_that_cannot_be_right_changes_nothing(tmp_path: Path, how: str) -> None:
    reference = tmp_path / "reference"
    load_areas(written(tmp_path, "good.gpkg", frame(LSOA, "LSOA11CD")), reference)
    before = sorted(p.relative_to(reference) for p in reference.rglob("*"))
    path, said = damaged(tmp_path, how)
    with pytest.raises(Unreadable, match=REFUSED[how]):
        load_areas(path, reference, **said)
    assert sorted(p.relative_to(reference) for p in reference.rglob("*")) == before
    assert codes_at(reference, 381_500, 390_500) == LSOA[1]


def test_a_load_that_breaks_half_way_leaves_no_trace(tmp_path: Path) -> None:
    def broken(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_areas(written(tmp_path, "a.gpkg", frame()), tmp_path / "reference", progress=broken)
    assert open_layers(tmp_path / "reference") == {}


def test_the_operator_may_say_the_coordinate_system(tmp_path: Path) -> None:
    path, _ = damaged(tmp_path, "metres.geojson")
    assert load_areas(path, tmp_path / "reference", crs="EPSG:27700").areas == 3
    with pytest.raises(Unreadable, match="no coordinate system"):
        load_areas(path, tmp_path / "reference", crs="OSGB")


# versions -----------------------------------------------------------------------------------------------------------


def test_a_new_vintage_leaves_the_old_as_it_was(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    load_areas(written(tmp_path, "old.gpkg", frame(LSOA, "LSOA11CD")), reference)
    opened = open_layers(reference)
    points = pl.DataFrame({"easting": [381_500], "northing": [390_500], "geo_precision_m": [1.0]})
    coded = assign_areas(points, opened)
    report = load_areas(written(tmp_path, "new.gpkg", frame(("E01000001", "E01000009", "E01000003"))), reference)
    assert report.gone == ["E01000002"]
    assert assign_areas(points, opened).equals(coded), "a worker goes on with what it opened"
    assert coded["area_vintage"].to_list() == ["lsoa:2011"]
    assert assign_areas(points, open_layers(reference))["lsoa"].to_list() == ["E01000009"]
    assert codes_at(reference, 381_500, 390_500, vintages={"lsoa": "2011"}) == "E01000002"
    areas.use_version(reference, "lsoa", "2011")
    assert assign_areas(points, open_layers(reference)).equals(coded)
    assert [(v.vintage, v.current) for v in areas.versions(reference)] == [("2011", True), ("2021", False)]
    with pytest.raises(Unreadable, match="vintages loaded: 2011, 2021"):
        areas.use_version(reference, "lsoa", "2031")


def test_loads_at_the_same_time_all_count(tmp_path: Path) -> None:
    reference, paths = tmp_path / "reference", []
    for number, column in enumerate(("LSOA21CD", "LSOA11CD", "LSOA01CD")):
        paths.append(written(tmp_path, f"{number}.gpkg", frame(LSOA, column)))
    threads = [threading.Thread(target=load_areas, args=(p, reference)) for p in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = areas.versions(reference)
    assert sorted(v.vintage for v in found) == ["2001", "2011", "2021"]
    assert sum(v.current for v in found) == 1


def test_damage_on_disk_and_other_formats_are_said(tmp_path: Path) -> None:
    load_areas(written(tmp_path, "a.gpkg", frame()), tmp_path / "reference")
    table = next((tmp_path / "reference").glob("areas-*/tables.npy"))
    table.write_bytes(table.read_bytes()[:200])
    with pytest.raises(Tampered, match="lsoa are damaged"):
        open_layers(tmp_path / "reference")
    (tmp_path / "reference" / areas.INDEX).write_text('{"lsoa": {"file": "areas-lsoa-1.arrow"}}')
    with pytest.raises(Tampered, match="another version"):
        open_layers(tmp_path / "reference")
    assert loaded_codes(tmp_path / "reference", "lsoa") == frozenset()
    load_areas(written(tmp_path, "b.gpkg", frame()), tmp_path / "reference")
    assert loaded_codes(tmp_path / "reference", "lsoa") == set(LSOA)


# look-ups -----------------------------------------------------------------------------------------------------------

CSP_TABLE = """LAD23CD,LAD23NM,CSP23CD,CSP23NM,PFA23CD,PFA23NM,ObjectId
E08000001,Ashby,E22000027,Ashby and Brook,E23000013,Calder,1
E08000002,Brook,E22000027,Ashby and Brook,E23000013,Calder,2
E08000003,Cwm,E22000028,Cwm,E23000013,Calder,3
"""


def test_districts_are_looked_up_to_csp_and_police_force(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    load_areas(written(tmp_path, "a.gpkg", frame(LAD, "LAD23CD")), reference)
    (tmp_path / "LAD23_CSP23_PFA23.csv").write_text(CSP_TABLE, encoding="utf-8-sig")
    reports = load_lookup(tmp_path / "LAD23_CSP23_PFA23.csv", reference)
    assert [(r.kind, r.vintage, r.areas) for r in reports] == [("csp", "2023", 2), ("pfa", "2023", 1)]
    (tmp_path / "bcu.csv").write_text("district,BCU\nE08000001,North\nE08000003,South\n")
    assert [r.kind for r in load_lookup(tmp_path / "bcu.csv", reference, "2026")] == ["bcu"]
    points = pl.DataFrame({"easting": [380_500, 381_500, 382_500], "northing": [390_500] * 3,
                           "geo_precision_m": [1.0] * 3})  # fmt: skip
    found = assign_areas(points, open_layers(reference), ("csp", "pfa", "bcu"))
    assert found["csp"].to_list() == ["E22000027", "E22000027", "E22000028"]
    assert found["pfa"].to_list() == ["E23000013"] * 3
    assert found["bcu"].to_list() == ["North", None, "South"]
    assert found["area_vintage"][0] == "csp:2023 pfa:2023 bcu:2026"


def test_boundaries_stand_before_a_lookup(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    load_areas(written(tmp_path, "c.gpkg", frame(("E22000001", "E22000002", "E22000003"), "CSP23CD")), reference)
    (tmp_path / "l.csv").write_text(CSP_TABLE)
    load_lookup(tmp_path / "l.csv", reference)
    layers = open_layers(reference)
    assert isinstance(layers["csp"], Layer)
    assert isinstance(layers["pfa"], LookedUp)


BAD_TABLES = {
    "LAD23CD,LAD23NM\nE08000001,Ashby\n": "two columns",
    "a,b\n1,2\n": "two columns",
    "LAD23CD,CSP23CD\nE08000001,E22000001\nE08000001,E22000002\n": "more than one csp",
    "LAD23CD,CSP23CD\nE08000001,E22000001\n,E22000002\n": "without LAD23CD",
    "LAD23CD,CSP23CD\nE08000001,E23000001\n": "the code of a pfa",
    "LAD23CD,CSP23CD,CSP23NM\nE08000001,E22000001,Ynys MÃ´n\n": "mis-encoded",
    "LAD23CD,CSP23CD\nE08000001,\n": "two columns",
    "LAD23CD,CSP23CD,X\nE08000001,E22000001,1\nE08000002,E22": "cut short",
    "": "damaged",
}


@pytest.mark.parametrize("text", BAD_TABLES)
def test_a_lookup_that_cannot_be_right_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(Unreadable, match=BAD_TABLES[text]):
        load_lookup(tmp_path / "l.csv", tmp_path / "reference")
    assert areas.versions(tmp_path / "reference") == []


def test_a_lookup_that_is_not_utf8_or_cut_in_its_packing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes(CSP_TABLE.replace("Cwm", "Môn").encode("cp1252"))
    with pytest.raises(Unreadable, match="not UTF-8"):
        load_lookup(tmp_path / "l.csv", tmp_path)
    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(CSP_TABLE.encode())[:-9])
    with pytest.raises(Unreadable, match="damaged"):
        load_lookup(tmp_path / "l.csv.gz", tmp_path)
