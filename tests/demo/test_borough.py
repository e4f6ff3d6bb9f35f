"""The synthetic borough tiles its ground, and the hub's own loaders take its files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from hub.adapters.areas import load_areas, open_layers
from hub.adapters.gazetteer import load_gazetteer, open_gazetteer
from hub.demo.borough import BOXES, Borough, make_borough, write_reference
from hub.demo.polygons import Areas
from hub.geocode.areas import assign_areas


@pytest.mark.parametrize(("layer", "count"), [("lsoas", 160), ("wards", 24), ("districts", 2)])
def test_areas_are_valid_and_leave_neither_gap_nor_overlap(borough: Borough, layer: str, count: int) -> None:
    areas: Areas = getattr(borough, layer)
    ground = shapely.box(410_000, 400_000, 430_000, 410_000)

    assert len(set(areas.codes)) == len(areas.names) == len(areas.shapes) == count
    assert shapely.is_valid(areas.shapes).all()
    assert shapely.coverage_is_valid(list(areas.shapes))
    assert shapely.union_all(areas.shapes).equals(ground)
    assert np.isclose(shapely.area(areas.shapes).sum(), ground.area)


def test_areas_are_irregular_and_nest(borough: Borough) -> None:
    sizes = shapely.area(borough.lsoas.shapes)
    centres = shapely.point_on_surface(borough.lsoas.shapes)
    wards, lsoas = shapely.STRtree(borough.wards.shapes).query(borough.lsoas.shapes, predicate="covered_by")[::-1]

    assert sizes.max() > 1.3 * sizes.min()
    assert sorted(lsoas.tolist()) == list(range(160))
    assert shapely.contains(borough.wards.shapes[wards], centres[lsoas]).all()


def test_addresses_and_postcodes_lie_in_their_district(borough: Borough) -> None:
    for (town, box), code in zip(BOXES.items(), borough.districts.codes, strict=True):
        for table in (borough.addresses, borough.postcodes, borough.places):
            own = table.filter(pl.col("district") == code)
            assert own.height
            assert own["easting"].is_between(box.west + 50, box.east - 50).all()
            assert own["northing"].is_between(box.south + 50, box.north - 50).all()
        assert (borough.addresses.filter(pl.col("district") == code)["town"] == town).all()


def test_addresses_are_many_and_unmistakably_made_up(borough: Borough) -> None:
    addresses, postcodes = borough.addresses, borough.postcodes["postcode"]

    assert 18_000 < addresses.height < 22_000
    assert 1_800 < len(postcodes) < 2_600
    assert addresses["uprn"].n_unique() == addresses.height
    assert addresses["uprn"].str.contains(r"^9\d{11}$").all()
    assert addresses.select("number", "street", "postcode").is_unique().all()
    assert postcodes.is_unique().all()
    assert postcodes.str.contains(r"^NM\d{1,2} \d[ABD-HJLNP-UW-Z]{2}$").all()


def test_a_seed_makes_one_borough_and_another_seed_another(borough: Borough) -> None:
    again, other = make_borough(1), make_borough(2)

    assert again.addresses.equals(borough.addresses)
    assert shapely.equals_exact(again.lsoas.shapes, borough.lsoas.shapes).all()
    assert not other.addresses.equals(borough.addresses)
    assert not shapely.equals_exact(other.lsoas.shapes, borough.lsoas.shapes).all()


def test_the_hubs_loaders_take_its_files(borough: Borough, tmp_path: Path) -> None:
    reference = write_reference(borough, tmp_path / "files")
    loaded = {layer: load_areas(path, tmp_path / "hub") for layer, path in reference.boundaries.items()}
    points = {r.kind: r.points for path in reference.gazetteer for r in load_gazetteer(path, tmp_path / "hub")}

    assert {layer: (r.kind, r.areas, r.mended) for layer, r in loaded.items()} == {
        "lsoa": ("lsoa", 160, 0), "ward": ("ward", 24, 0), "district": ("district", 2, 0)
    }  # fmt: skip
    streets_and_towns = points.pop("names")
    assert borough.addresses["street"].n_unique() <= streets_and_towns < borough.addresses.height / 10
    assert points == {
        "postcodes": borough.postcodes.height, "uprns": borough.addresses.height, "addresses": borough.addresses.height
    }  # fmt: skip
    found = open_gazetteer(tmp_path / "hub").uprns(borough.addresses["uprn"].cast(pl.Int64))
    assert found["easting"].to_list() == borough.addresses["easting"].to_list()
    here = borough.addresses.select(
        pl.col("easting", "northing").cast(pl.Int32), geo_precision_m=pl.lit(1.0, pl.Float32)
    )
    areas = assign_areas(here, open_layers(tmp_path / "hub"))
    assert areas["district"].to_list() == borough.addresses["district"].to_list()
    assert areas["lsoa"].null_count() == areas["ward"].null_count() == 0


def test_the_postcode_file_has_the_form_of_code_point_open(borough: Borough, tmp_path: Path) -> None:
    lines = write_reference(borough, tmp_path).code_point.read_text().splitlines()
    form = re.compile(r'"NM\d{1,2} \d[A-Z]{2}",10,4\d{5},40\d{4}(,"[A-Z0-9]*"){6}')

    assert len(lines) == borough.postcodes.height
    assert all(form.fullmatch(line) for line in lines)
