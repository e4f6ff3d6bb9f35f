"""Every product as it is downloaded, loaded by the hub's own loaders; damage, new vintages, bounded memory."""

from __future__ import annotations

import gzip
import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from hub.adapters import gazetteer
from hub.adapters.gazetteer import Unreadable, index_of, load_gazetteer, open_gazetteer, runs
from hub.adapters.gazetteer.files import first_rows, members, pieces
from hub.adapters.gazetteer.products import column, recognise
from hub.demo import reference as made
from hub.demo.borough import Borough, make_borough
from hub.geocode import geocode
from hub.geocode.address import postcode_keys
from hub.geocode.precision import Calibration


@pytest.fixture(scope="module")
def borough() -> Borough:
    whole = make_borough(3)
    some = whole.addresses["street"].unique(maintain_order=True).head(60)
    kept = whole.addresses.filter(pl.col("street").is_in(some.implode()))
    codes = whole.postcodes.filter(pl.col("postcode").is_in(kept["postcode"].implode()))
    return Borough(whole.seed, whole.lsoas, whole.wards, whole.districts, codes, kept, whole.places)


@pytest.fixture(scope="module")
def roads() -> made.Roads:
    return made.make_roads(make_borough(3))


def found(reference: Path, **place: str) -> dict[str, Any]:
    return geocode(pl.DataFrame([place]), open_gazetteer(reference), "gnss").row(0, named=True)


def near(answer: dict[str, Any], east: int, north: int, within: float) -> bool:
    return (
        answer["easting"] is not None
        and float(np.hypot(answer["easting"] - east, answer["northing"] - north)) <= within
    )


def test_code_point_and_both_styles_of_onspd_place_the_same_postcodes(borough: Borough, tmp_path: Path) -> None:
    files = [
        made.write_code_point(borough, tmp_path),
        made.write_onspd(borough, tmp_path),
        made.write_onspd(borough, tmp_path, old=True),
    ]
    answers = []
    for n, file in enumerate(files):
        (report,) = load_gazetteer(file, tmp_path / str(n), "2025-11")
        assert report.points == borough.postcodes.height
        answers.append(open_gazetteer(tmp_path / str(n)).postcodes(postcode_keys(borough.postcodes["postcode"])))
        assert answers[-1]["quality"].unique().to_list() == [10]
    assert answers[0].drop("layer").equals(answers[1].drop("layer"))
    assert answers[0].drop("layer").equals(answers[2].drop("layer"))
    assert answers[0]["easting"].to_list() == borough.postcodes["easting"].to_list()


def test_open_uprn_with_its_byte_order_mark(borough: Borough, tmp_path: Path) -> None:
    (report,) = load_gazetteer(made.write_open_uprn(borough, tmp_path), tmp_path / "r", "2025-11")
    assert (report.product, report.points) == ("open-uprn", borough.addresses.height)
    at = open_gazetteer(tmp_path / "r").uprns(borough.addresses["uprn"].cast(pl.Int64))
    assert at["easting"].to_list() == borough.addresses["easting"].to_list()


@pytest.mark.parametrize("product", ["core", "plus", "premium"])
def test_addressbase_answers_addresses_uprns_and_names(borough: Borough, tmp_path: Path, product: str) -> None:
    reports = load_gazetteer(made.write_addressbase(borough, tmp_path, product), tmp_path / "r", "2025-11")
    assert {r.product for r in reports} == {f"addressbase-{product}"}
    asked = borough.addresses.gather_every(97)
    answers = geocode(
        asked.select(address=pl.col("number") + " " + pl.col("street"), postcode="postcode"),
        open_gazetteer(tmp_path / "r"),
        "gnss",
    )
    assert set(answers["geo_method"]) == {"address"}
    assert answers["easting"].to_list() == asked["easting"].to_list()
    assert answers["geo_matched_id"].to_list() == asked["uprn"].to_list()
    named = borough.places.join(borough.addresses, on=["street", "postcode"], how="semi").row(0, named=True)
    answer = found(tmp_path / "r", address=f"{named['name']}, {named['street']}", postcode=named["postcode"])
    assert answer["geo_method"] in ("address", "address-name")


def test_open_names_answer_streets_towns_and_stations(borough: Borough, tmp_path: Path) -> None:
    load_gazetteer(made.write_open_names(borough, tmp_path), tmp_path / "r", "2025-11")
    street, town = borough.addresses.select("street", "town").row(0)
    middle = borough.addresses.filter(pl.col("street") == street).select(pl.col("easting", "northing").median()).row(0)
    answer = found(tmp_path / "r", place_text=f"{street}, {town}")
    assert answer["geo_method"] == "street-town"
    assert near(answer, int(middle[0]), int(middle[1]), 2)
    assert found(tmp_path / "r", place_text="Southmoor Station")["geo_method"] == "place"
    assert found(tmp_path / "r", place_text="Southmoor")["geo_method"] == "town"


def test_open_roads_answer_junctions_and_motorways_from_links_and_nodes(roads: made.Roads, tmp_path: Path) -> None:
    load_gazetteer(made.write_open_roads(roads, tmp_path), tmp_path / "r", "2025-11")
    load_gazetteer(made.write_marker_posts(roads, tmp_path), tmp_path / "r", "2025-11")
    once = roads.crossings.unique(["a", "b"], keep="none").row(0, named=True)
    answer = found(tmp_path / "r", place_text=f"{once['a']} / {once['b']}")
    assert answer["geo_method"] == "junction"
    assert near(answer, once["easting"], once["northing"], 25)
    at = roads.motorway.interpolate(2350.0)
    assert near(
        found(tmp_path / "r", place_text="M99 142.4 A"),
        int(roads.motorway.interpolate(2400).x),
        int(roads.motorway.interpolate(2400).y),
        60,
    )
    assert near(
        found(tmp_path / "r", place_text="M99 J2"), roads.junctions["easting"][1], roads.junctions["northing"][1], 2
    )
    between = found(tmp_path / "r", place_text="M99 between J1 and J2")
    assert between["geo_method"] == "motorway"
    assert roads.motorway.distance(at) < 1e-6


LISTS = {
    "mapped.csv": ("Asset,Loc,Grid X,Grid Y\n1,Riverside Depot,412900,402600\n2,Hill Barn,413900,402700\n", {"Loc": "place_text", "Grid X": "easting", "Grid Y": "northing"}),
    "degrees.csv": ("name,lat,lon\nRiverside Depot,53.519936,-1.80699\nHill Barn,53.51773,-1.79191\n", {}),
    "car_parks.csv": ("Location,NGR\nRiverside Depot,SE 12900 02600\nHill Barn,SE 13900 02700\n", {}),
    "parks.geojson": ('{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::27700"}},"features":[{"type":"Feature","properties":{"site_name":"Riverside Depot"},"geometry":{"type":"Polygon","coordinates":[[[412800,402500],[413000,402500],[413000,402700],[412800,402700],[412800,402500]]]}}]}', {}),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_ones_own_is_known_by_its_columns(tmp_path: Path, name: str) -> None:
    content, columns = LISTS[name]
    (tmp_path / name).write_text(content)
    load_gazetteer(tmp_path / name, tmp_path / "r", "2026", columns=columns)
    assert near(found(tmp_path / "r", place_text="behind Riverside Depot"), 412_900, 402_600, 8)


def test_a_list_without_positions_takes_its_postcodes(borough: Borough, tmp_path: Path) -> None:
    load_gazetteer(made.write_code_point(borough, tmp_path), tmp_path / "r", "2025-11")
    postcode, east, north = borough.postcodes.select("postcode", "easting", "northing").row(0)
    (tmp_path / "car_parks.csv").write_text(f"Location,Postcode,Spaces\nMarket Yard,{postcode},20\nNowhere,ZZ1 1ZZ,3\n")
    (report,) = load_gazetteer(
        tmp_path / "car_parks.csv", tmp_path / "r", "2026", gazetteer=open_gazetteer(tmp_path / "r")
    )
    assert report.without_position == 1
    answer = found(tmp_path / "r", place_text="Market Yard car park")
    assert near(answer, east, north, 1)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda whole: whole[: len(whole) * 2 // 3],
    "mis-encoded": lambda _: "Postcode,Eastings,Northings,name\nNM1 1AA,412000,402000,Caf\xe9\n".encode("cp1252"),
    "ragged": lambda _: b"Postcode,Eastings,Northings\nNM1 1AA,412000,402000\nNM1 1AB,4120\n",
    "no header": lambda _: b"1,412000,402000\n2,412000,402000\n",
    "nothing known": lambda _: b"colour,size\nred,1\nblue,2\n",
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused_and_nothing_has_changed(borough: Borough, tmp_path: Path, damage: str) -> None:
    whole = made.write_code_point(borough, tmp_path)
    load_gazetteer(whole, tmp_path / "r", "2025-11")
    before = sorted(p.name for p in (tmp_path / "r").iterdir()), index_of(tmp_path / "r")
    bad = tmp_path / ("bad.zip" if damage == "cut short" else "bad.csv")
    bad.write_bytes(DAMAGE[damage](whole.read_bytes()))
    with pytest.raises(Unreadable, match=r"bad\."):
        load_gazetteer(bad, tmp_path / "r", "2026")
    assert (sorted(p.name for p in (tmp_path / "r").iterdir()), index_of(tmp_path / "r")) == before


def test_a_gzip_cut_short_and_a_premium_file_without_its_trailer_are_refused(borough: Borough, tmp_path: Path) -> None:
    content = gzip.compress(b"Postcode,Eastings,Northings\n" + b"NM1 1AA,412000,402000\n" * 9000)
    (tmp_path / "bad.csv.gz").write_bytes(content[:-20])
    with zipfile.ZipFile(made.write_addressbase(borough, tmp_path, "premium")) as packed:
        lines = packed.read("SE00.csv").splitlines(keepends=True)
    (tmp_path / "premium.csv").write_bytes(b"".join(lines[:-1]))
    for name in ("bad.csv.gz", "premium.csv"):
        with pytest.raises(Unreadable, match="cut short"):
            load_gazetteer(tmp_path / name, tmp_path / "r")


def test_columns_in_another_order_are_read_the_same(borough: Borough, tmp_path: Path) -> None:
    with zipfile.ZipFile(made.write_onspd(borough, tmp_path)) as packed:
        frame = pl.read_csv(packed.read("Data/ONSPD_NEW.csv"), infer_schema=False)
    frame.select(reversed(frame.columns)).sample(fraction=1.0, shuffle=True, seed=2).write_csv(tmp_path / "turned.csv")
    load_gazetteer(tmp_path / "turned.csv", tmp_path / "r", "2025-11")
    at = open_gazetteer(tmp_path / "r").postcodes(postcode_keys(borough.postcodes["postcode"]))
    assert at["northing"].to_list() == borough.postcodes["northing"].to_list()


def test_a_new_vintage_takes_the_olds_place_and_whoever_has_it_open_keeps_it(borough: Borough, tmp_path: Path) -> None:
    load_gazetteer(made.write_code_point(borough, tmp_path), tmp_path / "r", "2025-08")
    held = open_gazetteer(tmp_path / "r")
    (report,) = load_gazetteer(made.write_code_point(borough, tmp_path), tmp_path / "r", "2025-11")
    assert report.replaced == ("2025-08",)
    postcode = borough.postcodes["postcode"][0]
    assert found(tmp_path / "r", postcode=postcode)["geo_vintage"] == "2025-11"
    assert geocode(pl.DataFrame({"postcode": [postcode]}), held, "gnss")["geo_vintage"][0] == "2025-08"
    assert gazetteer.retire(tmp_path / "r", "code-point-open", "2025-11") == 1
    assert found(tmp_path / "r", postcode=postcode)["geo_method"] == "none"


def test_sources_of_other_places_stand_beside_each_other(tmp_path: Path) -> None:
    for name, east in (("a", 412_000), ("b", 512_000)):
        (tmp_path / f"{name}.csv").write_text(
            f"Postcode,Positional_quality_indicator,Eastings,Northings\nNM1 1{name.upper()}A,10,{east},402000\n"
        )
        load_gazetteer(tmp_path / f"{name}.csv", tmp_path / "r", "2025")
    assert [found(tmp_path / "r", postcode=f"NM1 1{x}A")["easting"] for x in "AB"] == [412_000, 512_000]


def test_uprns_are_sorted_in_runs_and_a_load_goes_on_where_it_was(tmp_path: Path) -> None:
    path = made.write_many_uprns(tmp_path / "uprn.csv", 50_000)
    truth = pl.read_csv(path)
    folder = runs.part_folder(tmp_path / "r", path)
    half = runs.Runs(folder)
    first = truth.head(20_000).select(uprn="UPRN", easting="X_COORDINATE", northing="Y_COORDINATE")
    half.add(first.reverse(), 20_000, 0)
    half.flush(20_000, 0)
    again = runs.Runs(folder)
    assert (again.count, again.skip) == (1, 20_000)
    again.add(truth.tail(30_000).select(uprn="UPRN", easting="X_COORDINATE", northing="Y_COORDINATE"), 50_000, 0)
    again.flush(50_000, 0)
    (tmp_path / "layer").mkdir()
    assert again.merge(tmp_path / "layer") == 50_000
    keys, points = (np.load(tmp_path / "layer" / "uprns" / f"{n}.npy") for n in ("keys", "points"))
    assert (np.diff(keys) > 0).all()
    assert points[:, 0].tolist() == truth.sort("UPRN")["X_COORDINATE"].to_list()


def test_pieces_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = made.write_many_uprns(tmp_path / "uprn.csv", 800_000)
    assert [name for name, _ in members(path)] == ["uprn.csv"]
    with path.open("rb") as source:
        start, rows = first_rows("uprn.csv", source)
        sizes = [p.height for p in pieces("uprn.csv", start, source, rows[0], headed=True)]
    assert sum(sizes) == 800_000
    assert len(sizes) > 1


class Trickle(io.BytesIO):
    """A file that gives few bytes at a time and remembers who read it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.readers: set[int] = set()

    def read(self, size: int | None = -1, /) -> bytes:
        self.readers.add(threading.get_ident())
        return super().read(7)


def test_a_file_is_read_by_nobody_but_who_asks_and_cut_behind_whole_rows() -> None:
    rows = ["1,plain", '2,"two\nlines, and\r\nmore"', '3,"a ""quote"""', "4,last"]
    source = Trickle("\n".join(rows).encode())
    read = pieces("x.csv", b"\xef\xbb\xbfid,text\n", source, ["id", "text"], headed=True, trim=False)
    assert next(read)["id"].to_list() == ["1"]
    assert source.tell() < 20
    found = pl.concat(list(read))
    assert found["id"].to_list() == ["2", "3", "4"]
    assert found["text"].to_list() == ["two\nlines, and\r\nmore", 'a "quote"', "last"]
    assert source.readers == {threading.get_ident()}


def test_the_row_that_is_wrong_is_named_however_far_in_it_stands() -> None:
    for wrong in (2, 9):
        rows = [f"{n},ok" if n != wrong else f"{n},not,ok" for n in range(1, 12)]
        read = pieces("x.csv", b"id,text\n", Trickle("\n".join(rows).encode()), ["id", "text"], headed=True)
        with pytest.raises(Unreadable, match=rf"at row {wrong + 1} "):
            list(read)


def test_products_without_a_header_are_known_by_their_first_row() -> None:
    assert recognise("x", [["NM1 1AA", "10", "1", "2", "E"]])[0] == "code-point-open"
    assert recognise("x", [["osgb4000000074558011", *[""] * 33]])[0] == "open-names"
    assert recognise("x", [["906700000001", *[""] * 76]])[0] == "addressbase-plus"
    assert recognise("x", [["pcds", "oseast1m", "osnrth1m"]])[0] == "onspd"
    assert recognise("x", [["Road", "Marker_Post_km", "Carriageway", "Easting", "Northing"]])[0] == "marker-posts"
    assert column(["LAD25CD", "East1m"], "east1m") == "East1m"


def test_measured_tables_are_in_force_for_who_opens_the_gazetteer_next(tmp_path: Path) -> None:
    gazetteer.save_calibration(tmp_path, Calibration(confidence={"postcode": 0.5}))
    held = open_gazetteer(tmp_path).calibration
    assert held.confidence["postcode"] == 0.5
    assert held.confidence["uprn"] == Calibration().confidence["uprn"]
