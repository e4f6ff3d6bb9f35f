"""Every format read back by a reader that had no part in writing it, with equal rows; digests; the person-proof edition."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
import threading
from pathlib import Path

import geopandas
import openpyxl
import polars as pl
import psutil
import pyarrow.parquet as pq
import pyogrio
import pytest

from hub.adapters import export, formats
from hub.decision import Unavailable
from hub.release import look
from protocols.contract import shipped_contracts

CONTRACTS = [shipped_contracts()["police-crime/1"]]
FORMATS = ("csv", "parquet", "gpkg", "xlsx", "geojson")
AWKWARD = [
    "=1+1",
    '"quoted", and comma',
    "two\nlines",
    "+44",
    "007",
    "1E5",
    "2026-11",
    "Ŵen – 日本",
    "",
    None,
    "@x",
    "'",
]


def frame() -> pl.DataFrame:
    rows = len(AWKWARD)
    return pl.DataFrame({
        "event_id": [f"{n:032x}" for n in range(rows)],
        "dataset": ["police-crime/1"] * rows,
        "occurred": ["2026-11"] * rows,
        "place_kind": ["grid-1km"] * (rows - 1) + ["none"],
        "place": ["041500405000"] * (rows - 1) + [None],
        "cell_easting": pl.Series([415500] * (rows - 1) + [None], dtype=pl.Int32),
        "cell_northing": pl.Series([405500] * (rows - 1) + [None], dtype=pl.Int32),
        "offence_group": AWKWARD,
    })  # fmt: skip


def write(folder: Path, rows: pl.DataFrame) -> Path:
    made = folder / "release"
    facts = {"title": "Violence", "released_rows": rows.height, "protocols": ["a/1"]}
    written = export.begin(rows, rows, made, CONTRACTS, facts, FORMATS)
    export.finish(made, written, {"certificate.html": b"<p>x"}, look.kinds(rows))
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("export"), frame())


def test_csv_is_read_by_the_standard_library(made: Path) -> None:
    with (made / "rows.csv").open(encoding="utf-8", newline="") as source:
        lines = list(csv.reader(source))
    assert lines[0] == frame().columns
    assert [tuple(x) for x in lines[1:]] == [tuple("" if v is None else str(v) for v in r) for r in frame().iter_rows()]
    assert (made / "rows.csv").read_bytes().count(b"\r\n") == frame().height + 1


def test_parquet_is_geoparquet(made: Path) -> None:
    assert json.loads(pq.read_schema(made / "rows.parquet").metadata[b"geo"])["version"] == "1.1.0"
    read = geopandas.read_parquet(made / "rows.parquet")
    assert read.crs.to_epsg() == 27700
    assert (read.geometry[0].x, read.geometry[0].y, read.geometry.isna().sum()) == (415500, 405500, 1)
    assert pl.read_parquet(made / "rows.parquet").drop("geometry").equals(frame())


def test_geopackage_is_read_by_gdal_and_sqlite_and_brings_its_style(made: Path) -> None:
    path = made / "rows.gpkg"
    assert pyogrio.list_layers(path)[:, 0].tolist()[0] == "rows"
    read = pyogrio.read_dataframe(path, layer="rows", fid_as_index=False)
    assert read.crs.to_epsg() == 27700
    got = pl.from_pandas(read.drop(columns="geometry"))
    assert got["offence_group"].to_list() == AWKWARD
    assert got["place"].to_list() == frame()["place"].to_list()
    base = sqlite3.connect(path)
    style, default = base.execute("select styleQML, useAsDefault from layer_styles").fetchone()
    assert "renderer-v2" in style
    assert default == 1
    assert base.execute("pragma integrity_check").fetchone() == ("ok",)
    base.close()


def test_xlsx_cells_are_text_and_nothing_is_a_formula(made: Path) -> None:
    book = openpyxl.load_workbook(made / "rows.xlsx")
    assert book.sheetnames == ["rows", "dictionary", "about"]
    lines = list(book["rows"].iter_rows(values_only=True))
    assert lines[0] == tuple(frame().columns)
    assert [tuple(x) for x in lines[1:]] == frame().rows()
    kinds = {cell.data_type for row in book["rows"].iter_rows(min_row=2) for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}
    assert {c.column_letter for row in book["rows"].iter_rows(min_row=2) for c in row if c.data_type == "n"
            and c.value is not None} == {"F", "G"}  # fmt: skip
    columns = [r[0] for r in book["dictionary"].iter_rows(min_row=2, values_only=True)]
    assert columns == frame().columns


def test_xlsx_holds_what_xml_finds_hard_and_many_rows(tmp_path: Path) -> None:
    hard = ["<b>&amp;", "a\tb", "tail ", " lead", "]]>", "=SUM(A1)", "_x0041_", "\x0b"]
    rows = pl.DataFrame({"a": hard * 200, "n": [float("1.5")] * 1600})
    formats.write_xlsx(rows, export.dictionary(["dataset"], []), [("x", "y")], tmp_path / "x.xlsx")
    for lazily in (False, True):
        book = openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=lazily)
        lines = list(book["rows"].iter_rows(min_row=2, values_only=True))
        book.close()
        assert len(lines) == 1600
        assert [v for v, _ in lines[:6]] == hard[:6]
        assert lines[7][0] == "\ufffd"
        assert {n for _, n in lines} == {1.5}
    with pytest.raises(ValueError, match="more rows"):
        formats.write_xlsx(
            pl.DataFrame({"a": ["x"]}).select(pl.col("a").repeat_by(1_048_576).explode()), rows, [], tmp_path / "y"
        )


def test_geojson_is_in_longitude_and_latitude(made: Path) -> None:
    body = json.loads((made / "rows.geojson").read_text(encoding="utf-8"))
    assert [f["properties"]["offence_group"] for f in body["features"]] == AWKWARD
    lon, lat = body["features"][0]["geometry"]["coordinates"]
    assert (round(lon, 4), round(lat, 4)) == (-1.7676, 53.5459)
    assert body["features"][-1]["geometry"] is None
    assert pyogrio.read_dataframe(made / "rows.geojson").shape[0] == frame().height


def test_the_spreadsheet_edition_is_labelled_apart_and_runs_nothing(made: Path) -> None:
    with (made / "rows-for-spreadsheets.csv").open(encoding="utf-8-sig", newline="") as source:
        cells = [r["offence_group"] for r in csv.DictReader(source)]
    assert cells[0] == "'=1+1"
    assert not [c for c in cells if c[:1] in "=+-@" and c]
    assert (made / "rows.csv").read_text().find("'=1+1") == -1


def test_what_describes_the_rows_describes_these_rows(made: Path) -> None:
    csvw = json.loads((made / "rows.csv-metadata.json").read_text())
    assert csvw["url"] == "rows.csv"
    assert [c["name"] for c in csvw["tableSchema"]["columns"]] == frame().columns
    assert {c["name"]: c["datatype"] for c in csvw["tableSchema"]["columns"]}["cell_easting"] == "integer"
    assert all(c["dc:description"] for c in csvw["tableSchema"]["columns"])
    package = json.loads((made / "datapackage.json").read_text())
    for one in package["resources"]:
        content = (made / one["path"]).read_bytes()
        assert one["bytes"] == len(content)
        assert one["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
    rows = next(r for r in package["resources"] if r["path"] == "rows.csv")
    assert [f["name"] for f in rows["schema"]["fields"]] == frame().columns


def test_one_file_digests_every_other(made: Path) -> None:
    lines = [line.partition("  ") for line in (made / "SHA256SUMS").read_text().splitlines()]
    said = {name: digest for digest, _, name in lines}
    handed_out = {p.name for p in made.iterdir() if not p.name.startswith(".")}
    assert set(said) == handed_out - {"SHA256SUMS"}
    for name, digest in said.items():
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("rows", [frame().head(0), frame().head(1), frame().select("dataset", "occurred")])
def test_no_rows_one_row_and_no_places_are_written_too(tmp_path: Path, rows: pl.DataFrame) -> None:
    folder = write(tmp_path, rows)
    assert pyogrio.read_info(folder / "rows.gpkg", layer="rows")["features"] == rows.height
    assert pl.read_parquet(folder / "rows.parquet").height == rows.height
    assert len(json.loads((folder / "rows.geojson").read_text())["features"]) == rows.height
    assert openpyxl.load_workbook(folder / "rows.xlsx")["rows"].max_row == rows.height + 1


def test_more_rows_than_a_slice_are_the_same_rows_in_every_format(tmp_path: Path) -> None:
    """The GeoPackage of so many is written by another process, the rest slice by slice."""
    many = formats.SLICE + 3
    rows = frame().head(1).select(pl.all().repeat_by(many).explode()).with_columns(
        event_id=pl.format("{}", pl.int_range(many)), offence_group=pl.int_range(many).cast(pl.Utf8)
    )  # fmt: skip
    folder = write(tmp_path, rows)
    assert pl.read_csv(folder / "rows.csv", infer_schema=False)["offence_group"].equals(rows["offence_group"])
    assert pl.read_csv(folder / "rows-for-spreadsheets.csv", infer_schema=False).height == many
    for read in (pl.read_parquet(folder / "rows.parquet"), pl.read_parquet(folder / export.KEPT)):
        assert read.select(rows.columns).equals(rows)
    with sqlite3.connect(folder / "rows.gpkg") as base:
        assert base.execute("select count(*), max(cast(offence_group as int)) from rows").fetchone() == (many, many - 1)
    base.close()
    assert (folder / "rows.geojson").read_bytes().count(b'"Feature"') == many


def test_a_killed_writer_leaves_nothing_that_is_not_cleared(tmp_path: Path) -> None:
    many = formats.SLICE + 1
    rows = frame().head(1).select(pl.all().repeat_by(many).explode())
    known = {child.pid for child in psutil.Process().children()}
    done = threading.Event()

    def kill() -> None:
        while not done.is_set():
            for child in psutil.Process().children():
                if child.pid not in known and "spawn_main" in " ".join(child.cmdline()):
                    child.kill()
            done.wait(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(Unavailable, match="GeoPackage"):
            export.begin(rows, rows, tmp_path / "release", CONTRACTS, {}, FORMATS)
    finally:
        done.set()
        killer.join()
    assert [p.name for p in tmp_path.iterdir()] == ["release.part"]
    assert (export.clear(tmp_path), list(tmp_path.iterdir())) == (1, [])


def test_a_folder_that_stands_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, frame())
    with pytest.raises(FileExistsError):
        export.begin(frame(), frame(), tmp_path / "release", CONTRACTS, {}, FORMATS)
