"""`make evaluate-geocode`: every figure the geocoder is meant to reach, from open data beside the repository, with
peers in the same run. `python -m tests.bench.evaluate_geocode SECTION …` prints some sections only.

Nothing here is asserted: a figure that falls short is printed as such. Speeds are by processor time of one process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil
from pyproj import Transformer
from rapidfuzz import fuzz, process
from rich.console import Console
from rich.table import Table

from hub.adapters.gazetteer import ArrowGazetteer, load_gazetteer, open_gazetteer
from hub.demo.reference import ADDRESSES, write_addresses
from hub.geocode import geocode
from hub.geocode.lonlat import WAYS, detect_origin, parse_lonlat, project, whole_metre_share
from hub.geocode.precision import Calibration, radii_by_spacing, reliability
from tests.bench.ostn15_points import POINTS

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
screen = Console(width=150)
ON_POSTCODE_M = 1.5
TRAFFORD = ("postcodes_trafford_onspd/trafford_postcodes.csv.gz", "trafford_places/bus_stops.csv", "trafford_places/schools.csv",
            "trafford_places/highway_trees_street_points.csv.gz", "trafford_places/greenspace_sites.geojson.gz",
            "open_roads_trafford/road_nodes.geojson.gz", "open_roads_trafford/motorway_junctions.geojson")  # fmt: skip


@contextmanager
def spent() -> Iterator[Callable[[], float]]:
    """Processor seconds since the block began."""
    start = time.process_time()
    yield lambda: time.process_time() - start


def show(title: str, rows: list[tuple[str, str, str]]) -> None:
    """A section of the table: figure, target, what was measured."""
    table = Table("figure", "target", "measured", title=title, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    screen.print(table)
    screen.print()


def loaded(folder: Path, *names: str) -> ArrowGazetteer:
    """A gazetteer of files from the shared data."""
    for name in names:
        load_gazetteer(SHARED / name, folder, "shared", gazetteer=open_gazetteer(folder))
    return open_gazetteer(folder)


def text(name: str) -> pl.DataFrame:
    """A shared CSV, or several of one pattern, as text."""
    return pl.concat([pl.read_csv(path, infer_schema=False) for path in sorted(SHARED.glob(name))])


def off(answers: pl.DataFrame, east: np.ndarray, north: np.ndarray) -> np.ndarray:
    """Metres from each answer to its true place; NaN without an answer."""
    away: np.ndarray = np.hypot(answers["easting"].cast(pl.Float64).fill_null(np.nan).to_numpy() - east,
                                answers["northing"].cast(pl.Float64).fill_null(np.nan).to_numpy() - north)  # fmt: skip
    return away


def _pair(frame: pl.DataFrame, columns: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    return frame[columns[0]].cast(pl.Float64).to_numpy(), frame[columns[1]].cast(pl.Float64).to_numpy()


def half(ids: pl.Series) -> np.ndarray:
    """A half of the rows by a hash of their id: fitted on one, reported on the other."""
    return (ids.hash(seed=4) % 2 == 0).to_numpy()


def degrees() -> None:
    """OSTN15, whole metres, speed; peer: pyproj without a grid."""
    lat, lon, east, north = (np.array(v) for v in zip(*POINTS, strict=True))
    placed = parse_lonlat(pl.Series(lon).cast(pl.Utf8), pl.Series(lat).cast(pl.Utf8), "gnss")
    ours = (placed["easting"].to_numpy() == np.floor(east)) & (placed["northing"].to_numpy() == np.floor(north))
    e, n = Transformer.from_crs(4326, 27700, always_xy=True).transform(lon, lat)
    plain = (np.floor(e) == np.floor(east)) & (np.floor(n) == np.floor(north))
    rows = [
        (
            "official OSTN15 points in their 1 m cell",
            "40 of 40",
            f"{ours.sum()} of 40; peer pyproj without grid {plain.sum()} of 40, mean {np.hypot(e - east, n - north).mean():.2f} m off",
        )
    ]
    bad = parse_lonlat(pl.Series(["2.35", "53.45", "0", "-5.93"]), pl.Series(["48.85", "-2.3", "0", "54.6"]), "gnss")
    rows.append(("Paris · swapped · (0,0) · Belfast", "refused with reason", " · ".join(str(f) for f in bad["fault"])))
    for name, columns in (("police_street_avon_somerset/2025-0*-avon-and-somerset-street.csv.gz", ("Longitude", "Latitude")),
                          ("police_burglary_gm/gmp_burglary_2016-02_2017-12.csv.gz", ("Longitude", "Latitude")),
                          ("police_stop_search/2020-01-merseyside-stop-and-search.csv.gz", ("Longitude", "Latitude")),
                          ("postcodes_trafford_onspd/trafford_postcodes.csv.gz", ("lon", "lat")),
                          ("fire_lfb_animal_rescues/lfb_animal_rescues_2017_2019.csv.gz", ("longitude", "latitude"))):  # fmt: skip
        frame = text(name).select(columns).filter(pl.all_horizontal(pl.all().str.contains(r"^-?\d"))).unique()
        way = detect_origin(frame[columns[0]], frame[columns[1]])
        x, y = _pair(frame, columns)
        share = whole_metre_share(x, y, way)
        rows.append(
            (
                f"whole metres: {name.split('/')[0]}",
                ">= 97 % (police)",
                f"{way}: {share:.1%} of {frame.height} distinct points",
            )
        )
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-2.2, -1.4, 1_000_000), rng.uniform(52.3, 52.7, 1_000_000)
    for way in WAYS:
        began, cpu = time.perf_counter(), time.process_time()
        project(x, y, way)
        wall, used = time.perf_counter() - began, time.process_time() - cpu
        rows.append(
            (
                f"lon/lat a second, {way}",
                ">= 4 M a machine",
                f"{1 / used:.2f} M a processor second on {os.cpu_count()} processors; {1 / wall:.2f} M by the clock, others' work included",
            )
        )
    show("Degrees", rows)


def food(folder: Path) -> None:
    """Bristol food-hygiene addresses, postcodes only; calibration on one half, figures on the other."""
    known = loaded(folder, "codepoint_open/codepoint_2025-11_avon_somerset_BS_BA_TA.csv.gz")
    frame = text("fhrs_bristol/fhrs_bristol_addresses.csv")
    east, north = (frame[c].cast(pl.Float64).to_numpy() for c in ("EASTING", "NORTHING"))
    places = frame.select(address="ADDRESS", postcode="POSTCODE")
    answers = geocode(places, known, "gnss")
    away = off(answers, east, north)
    fit = half(frame["OBJECTID"])
    refitted = geocode(places, ArrowGazetteer(known.layers, _fitted(places, known, away, fit)), "gnss")
    placed = answers["geo_method"].is_in(["postcode", "address"]).to_numpy()
    rows = [("answered at postcode or better", ">= 98 %", f"{placed.mean():.2%} of {len(placed)}")]
    apart = away > ON_POSTCODE_M
    for name, some in (
        ("premises points", apart & ~np.isnan(away)),
        ("points that are the postcode's", ~apart & ~np.isnan(away)),
        ("all answered", ~np.isnan(away)),
    ):
        rows.append(_within(f"{name}, tables as shipped", answers, away, some))
    rows.append(
        _within("premises points, tables fitted on the other half", refitted, away, apart & ~np.isnan(away) & ~fit)
    )
    rows.append(
        (
            "answers at confidence >= .9",
            ">= half",
            f"{(answers['geo_confidence'].to_numpy() >= 0.9)[~np.isnan(away)].mean():.1%}",
        )
    )
    show("Bristol food-hygiene addresses, no premises gazetteer", rows)
    _calibration(answers.filter(pl.Series(~np.isnan(away))), away[~np.isnan(away)], "of food-hygiene answers")


def _fitted(places: pl.DataFrame, known: ArrowGazetteer, away: np.ndarray, fit: np.ndarray) -> Calibration:
    from hub.geocode.address import normal, postcode_keys, postcode_of
    from hub.geocode.cascade import text_of, tidy
    from hub.geocode.postcode import begins_with_door

    spacing = known.postcodes(postcode_keys(postcode_of(places["postcode"])))["spacing"].fill_null(np.nan).to_numpy()
    door = begins_with_door(normal(text_of(tidy(places)))).to_numpy()
    use = fit & (away > ON_POSTCODE_M) & (away < 5000) & ~np.isnan(spacing)
    knots = Calibration().knots
    return Calibration(door=radii_by_spacing(spacing[use & door], away[use & door], knots),
                       other=radii_by_spacing(spacing[use & ~door], away[use & ~door], knots))  # fmt: skip


def _within(name: str, answers: pl.DataFrame, away: np.ndarray, some: np.ndarray) -> tuple[str, str, str]:
    radius = answers["geo_precision_m"].fill_null(np.nan).to_numpy()[some]
    return (f"{name}: within own precision · its median", ">= 95 % · <= 60 m",
            f"{(away[some] <= radius).mean():.1%} · {np.median(radius):.0f} m · n {some.sum()} · true error p50 {np.median(away[some]):.0f} p95 {np.quantile(away[some], 0.95):.0f}")  # fmt: skip


def _calibration(answers: pl.DataFrame, away: np.ndarray, name: str) -> None:
    table = reliability(answers["geo_confidence"].to_numpy(), away <= answers["geo_precision_m"].to_numpy())
    rows = [(f"confidence {band} {name}", ">= 90 % at .9" if band.startswith("0.9") else "", f"claimed {claimed:.1%}, right {right:.1%} of {n}")
            for band, n, claimed, right in table.iter_rows()]  # fmt: skip
    show("Reliability (right: the true place lies within the answer's own precision)", rows)


def places(folder: Path) -> None:
    """Trafford: junctions, cameras, listed buildings, assets, schools by name, against their true points."""
    known = loaded(folder, "codepoint_open/codepoint_2025-11_greater_manchester_M_OL_BL_SK_WN_WA.csv.gz", *TRAFFORD)
    rows, every, far = [], [], []
    for name, frame, columns, lonlat in (
        ("cameras (junctions, places, streets)", text("trafford_places/cctv_cameras_junctions.csv"), {"place_text": "location"}, ("lon", "lat")),
        ("council assets, by words and postcode", text("trafford_places/land_and_building_assets_uprn.csv").drop_nulls("GeoX"),
         {"place_text": "PropertyName", "street": "StreetName", "town": "PostTown", "postcode": "PostCode"}, ("GeoX", "GeoY")),
        ("fast food, by address", text("trafford_places/fast_food_outlets.csv"), {"address": "address", "postcode": "postcode"}, ("lon", "lat")),
        ("defibrillators, by words alone", text("trafford_places/defibrillators.csv"), {"place_text": "Location", "street": "Address1", "town": "Address2"}, ("Longitude", "Latitude")),
    ):  # fmt: skip
        east, north = project(*_pair(frame, lonlat), "gnss")
        answers = geocode(frame.select(**columns), known, "gnss")
        away = off(answers, east, north)
        answered = ~np.isnan(away)
        every.append(answers.filter(pl.Series(answered)))
        far.append(away[answered])
        radius = answers["geo_precision_m"].fill_null(np.nan).to_numpy()
        shares = answers.group_by("geo_method").len().sort("len", descending=True)
        rows.append((name, "", f"{answered.mean():.0%} of {len(away)} answered, {(away[answered] <= radius[answered]).mean():.0%} within own precision (median {np.median(radius[answered]):.0f} m); "
                     + ", ".join(f"{m} {n}" for m, n in shares.iter_rows())))  # fmt: skip
    listed = text("trafford_places/listed_buildings_ngr.csv")
    answers = geocode(listed.select(grid_reference="NGR"), known, "gnss")
    away = off(
        answers,
        *(np.floor(listed[c].str.extract(r"^([\d.]+)").cast(pl.Float64).to_numpy()) for c in ("Easting", "Northing")),
    )
    rows.append(
        (
            "listed buildings, by grid reference",
            "",
            f"{(away <= 1.5).mean():.1%} within 1.5 m of {len(away)}, p95 {np.nanquantile(away, 0.95):.1f} m",
        )
    )
    show("Trafford places (gazetteer: postcodes, stops, schools, street trees, greenspaces, road nodes)", rows)
    _calibration(pl.concat(every), np.concatenate(far), "of Trafford answers")


def areas_of_postcodes(folder: Path) -> None:
    """Postcode to authority, where the publisher's code is exact."""
    from hub.adapters.areas import load_areas, open_layers
    from hub.geocode import assign_areas

    known = loaded(folder, "codepoint_open/codepoint_2025-11_greater_manchester_M_OL_BL_SK_WN_WA.csv.gz")
    shapes = SHARED / "boundaries_greater_manchester"
    load_areas(shapes / "gm_local_authority_2023_full.geojson.gz", folder, "district", "2023")
    load_areas(shapes / "gm_ward_2023_generalised.geojson.gz", folder, "ward", "2023")
    frame = text("codepoint_open/codepoint_2025-11_greater_manchester_M_OL_BL_SK_WN_WA.csv.gz").filter(
        pl.col("Admin_district_code").str.contains("^E0800000|^E08000010")
    )
    answers = geocode(frame.select(postcode="Postcode"), known, "gnss")
    codes = assign_areas(answers, open_layers(folder))
    rows = []
    for ours, theirs in (("district", "Admin_district_code"), ("ward", "Admin_ward_code")):
        both = pl.DataFrame({"a": codes[ours], "b": frame[theirs]}).drop_nulls()
        known_codes = set(codes[ours].drop_nulls().unique())
        same = both.filter(pl.col("b").is_in(list(known_codes)))
        rows.append(
            (
                f"postcode to {ours}",
                ">= 99.9 %",
                f"{float((same['a'] == same['b']).to_numpy().mean()):.3%} of {same.height}",
            )
        )
    show("Areas by postcode", rows)


WORKER = """
import sys, psutil, polars as pl
from pathlib import Path
from hub.adapters.gazetteer import open_gazetteer
from hub.geocode import geocode
folder = Path(sys.argv[1])
known = open_gazetteer(folder)
for piece in pl.read_parquet(folder / "asked.parquet").iter_slices(5000):
    geocode(piece, known, "gnss")
print(psutil.Process().memory_info().rss)
"""


def addresses(folder: Path) -> None:
    """Exact and fuzzy addresses against a million; peer: rapidfuzz over all streets."""
    source = folder / "addresses.csv"
    frame = write_addresses(
        source,
        ADDRESSES,
        seed=7,
        postcodes=text("codepoint_open/codepoint_2025-11_greater_manchester_M_OL_BL_SK_WN_WA.csv.gz"),
    )
    began = time.perf_counter()
    load_gazetteer(source, folder, "synthetic")
    took = time.perf_counter() - began
    began = time.perf_counter()
    known = open_gazetteer(folder)
    geocode(pl.DataFrame({"address": ["1 High Street"], "postcode": ["M1 1AD"]}), known, "gnss")
    first = time.perf_counter() - began
    rng = np.random.default_rng(3)
    sample = frame[rng.choice(frame.height, 40_000, replace=False)].with_columns(
        wrong=pl.col("street").map_elements(lambda s: _typo(s, rng), return_dtype=pl.Utf8)
    )
    line, spoilt = pl.col("number") + " " + pl.col("street"), pl.col("number") + " " + pl.col("wrong")
    rows = [
        ("load a million addresses", "", f"{frame.height:,} in {took:.0f} s"),
        ("to the first answer", "<= 5 s", f"{first:.2f} s"),
    ]
    for name, target, asked in (
        ("exact, with postcode", ">= 100 k/s", sample.select(address=line, postcode="postcode")),
        ("one typo, with postcode", ">= 50 k/s", sample.select(address=spoilt, postcode="postcode")),
        ("one typo, town but no postcode", ">= 20 k/s", sample.select(address=spoilt + ", " + pl.col("town"))),
    ):  # fmt: skip
        with spent() as used:
            answers = geocode(asked, known, "gnss")
            seconds = used()
        away = off(answers, sample["easting"].to_numpy(), sample["northing"].to_numpy())
        ties = float((answers["geo_method"] == "ambiguous").to_numpy().mean())
        rows.append(
            (
                name,
                target,
                f"{len(asked) / seconds / 1000:.1f} k/s; right door {(away <= 25).mean():.1%}, another {(away > 25).mean():.1%}, ambiguous {ties:.1%}",
            )
        )
    streets = sample["street"].unique().to_list()
    with spent() as used:
        right = sum(
            process.extractOne(w, streets, scorer=fuzz.ratio)[0] == s
            for w, s in sample.head(300).select("wrong", "street").iter_rows()
        )
        seconds = used()
    rows.append(
        (
            "peer: rapidfuzz over all streets, no postcode",
            "",
            f"{300 / seconds / 1000:.1f} k/s; right street {right / 300:.1%}",
        )
    )
    asked.write_parquet(folder / "asked.parquet")
    told = subprocess.run([sys.executable, "-c", WORKER, str(folder)], capture_output=True, text=True, check=True)
    rows.append(("memory of a worker that asks the last", "<= 600 MiB", f"{int(told.stdout) / 2**20:.0f} MiB"))
    show("Addresses, one processor", rows)


def _typo(street: str, rng: Any) -> str:
    at = int(rng.integers(1, len(street) - 1))
    kind = int(rng.integers(3))
    letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    return street[:at] + ("", letter, street[at + 1] + street[at])[kind] + street[at + (1 if kind < 2 else 2) :]


def cascade(folder: Path) -> None:
    """Mixed real texts through the whole cascade, as they come and distinct."""
    known = loaded(folder, "codepoint_open/codepoint_2025-11_avon_somerset_BS_BA_TA.csv.gz",
                   "codepoint_open/codepoint_2025-11_greater_manchester_M_OL_BL_SK_WN_WA.csv.gz", *TRAFFORD)  # fmt: skip
    street = pl.concat(
        [text(f"police_street_avon_somerset/2025-0{m}-avon-and-somerset-street.csv.gz") for m in (1, 2, 3)]
    )
    parking = text("trafford_places/on_street_parking_junction_text.csv")
    mixed = pl.concat([
        street.select(longitude="Longitude", latitude="Latitude", place_text="Location"),
        street.head(5000).select(place_text="Location"),
        text("fhrs_bristol/fhrs_bristol_addresses.csv").select(address="ADDRESS", postcode="POSTCODE"),
        parking.select(place_text=pl.concat_str(["Location", "ParkingStartPoint"], separator=", ", ignore_nulls=True)),
        text("trafford_places/land_and_building_assets_uprn.csv").select(uprn="UPRN", place_text="PropertyName", street="StreetName", town="PostTown", postcode="PostCode"),
        text("trafford_places/cctv_cameras_junctions.csv").select(place_text="location"),
        text("trafford_places/fast_food_outlets.csv").select(address="address", postcode="postcode"),
    ], how="diagonal")  # fmt: skip
    geocode(mixed.head(10), known, "from-grid-helmert")
    with spent() as used:
        answers = geocode(mixed, known, "from-grid-helmert")
        seconds = used()
    words = mixed.filter(pl.col("longitude").is_null()).select(pl.exclude("longitude", "latitude")).unique()
    with spent() as used:
        geocode(words, known, "gnss")
        distinct = used()
    shares = answers.group_by("geo_method").len().sort("len", descending=True)
    show("Whole cascade on mixed real texts, one process", [
        ("rows a second", ">= 10 k/s", f"{mixed.height / seconds / 1000:.1f} k/s of {mixed.height:,} rows as they come"),
        ("distinct places in words alone", "", f"{words.height / distinct / 1000:.1f} k/s of {words.height:,}"),
        ("methods", "", ", ".join(f"{m} {n}" for m, n in shares.iter_rows())),
        ("memory", "<= 600 MiB", f"{psutil.Process().memory_info().rss / 2**20:.0f} MiB"),
    ])  # fmt: skip


SECTIONS: dict[str, Callable[..., None]] = {
    "degrees": lambda _: degrees(), "food": food, "places": places, "areas": areas_of_postcodes, "cascade": cascade,
    "addresses": addresses,
}  # fmt: skip


def main() -> None:
    """The sections asked for, or all."""
    if not SHARED.exists():
        sys.exit("the open data to measure on is not beside this repository (../shared/data)")
    for name in sys.argv[1:] or SECTIONS:
        with tempfile.TemporaryDirectory() as folder:
            SECTIONS[name](Path(folder))


if __name__ == "__main__":
    main()
