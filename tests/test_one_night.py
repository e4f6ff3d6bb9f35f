"""Real processes on loopback, real open data: three months of street crime, every row accounted for.

The files are checked against themselves by an independent reader (the standard library's), never against the hub.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from hub.geocode.lonlat import whole_metre_share
from tests.running import Running, load_avon, running

pytestmark = [pytest.mark.slow]
POLICE = "avon-and-somerset-police"


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as source:
        return list(csv.DictReader(io.StringIO(source.read())))


@pytest.fixture(scope="module")
def files(shared: Path) -> list[Path]:
    return sorted((shared / "police_street_avon_somerset").glob("*.csv.gz"))


@pytest.fixture(scope="module")
def truth(files: list[Path]) -> list[dict[str, str]]:
    return [row for path in files for row in rows_of(path)]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("night"), processes=2) as found:
        load_avon(found, shared)
        found.put_in_force("avon-csp", "avon-street", "avon-analyst")
        found.add_agency(POLICE)
        found.start("web")
        found.start("worker")
        found.wait_until_up()
        yield found


@pytest.fixture(scope="module")
def sent(hub: Running, files: list[Path]) -> list[dict[str, Any]]:
    return [hub.send(POLICE, "police-uk-street", path) for path in files]


def test_every_row_is_accounted_for(sent: list[dict[str, Any]], truth: list[dict[str, str]], hub: Running) -> None:
    assert len(truth) == 45_334
    for one in sent:
        counts = one["counts"]
        assert one["native_rows"] == one["held_at_source"] + one["declared"]
        assert counts["declared"] == counts["accepted"] + counts["quarantined"] + counts["duplicate"]
        kept = counts["pooled"] + counts["superseded"] + counts["out_of_area"] + counts["gate_held"]
        assert counts["accepted"] == kept
    assert sum(o["declared"] for o in sent) == 45_334
    pooled, outside = (sum(o["counts"][k] for o in sent) for k in ("pooled", "out_of_area"))
    assert pooled + outside == 45_334
    assert hub.query("select count(*) as n from pool_row where current", "avon-csp")[0].n == pooled


def test_equal_rows_and_repeated_ids_are_all_kept(sent: list[dict[str, Any]], truth: list[dict[str, str]]) -> None:
    equal = Counter(tuple(r.values()) for r in truth)
    without_id = [r for r in truth if not r["Crime ID"]]
    repeated = Counter(r["Crime ID"] for r in truth if r["Crime ID"])
    assert len(without_id) == 5_069
    assert sum(1 for n in repeated.values() if n > 1) == 183
    assert any(n > 1 for n in equal.values())
    assert sum(o["counts"]["duplicate"] + o["counts"]["superseded"] for o in sent) == 0


def test_rows_without_a_place_are_the_default_partnerships(
    sent: list[dict[str, Any]], truth: list[dict[str, str]], hub: Running
) -> None:
    nowhere = sum(1 for r in truth if not r["Longitude"])
    found = hub.query("select count(*) as n from pool_row where current and easting is null", "avon-csp")[0].n
    assert found == nowhere == 4_435
    assert sum(o["counts"]["quarantined"] for o in sent) == 0


def test_positions_are_the_whole_metres_they_came_from(truth: list[dict[str, str]]) -> None:
    points = {(float(r["Longitude"]), float(r["Latitude"])) for r in truth if r["Longitude"]}
    lon, lat = (np.array(a) for a in zip(*sorted(points), strict=True))
    assert whole_metre_share(lon, lat, "from-grid-helmert") >= 0.97
    assert whole_metre_share(lon, lat, "gnss") < 0.1


def test_every_pooled_point_has_a_padded_12_figure_reference(sent: list[dict[str, Any]], hub: Running) -> None:
    assert sent
    odd = hub.query(
        "select count(*) as n from pool_row where easting is not null and"
        " grid_reference <> lpad(easting::text, 6, '0') || lpad(northing::text, 6, '0')",
        "avon-csp",
    )
    assert odd[0].n == 0


def test_agreement_with_the_publishers_lsoa_is_reported_by_vintage(
    sent: list[dict[str, Any]], hub: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not forced: the publisher codes by 2021 boundaries, the ones at hand are of 2011 and generalised."""
    assert sent
    rows = hub.query(
        "select lsoa, fields ->> 'lsoa_code' as said, area_vintage from pool_row where current and lsoa is not null",
        "avon-csp",
    )
    frame = pl.DataFrame(
        [(r.lsoa, r.said, r.area_vintage) for r in rows], schema=["ours", "said", "vintage"], orient="row"
    )
    known = set(frame["ours"])
    shared_codes = frame.filter(pl.col("said").is_in(list(known)))
    agree = (shared_codes["ours"] == shared_codes["said"]).mean()
    with capsys.disabled():
        print(
            f"\nLSOA agreement with the publisher, boundaries {frame['vintage'][0]}: {float(str(agree)):.3f} of {shared_codes.height}"
            f" rows whose code exists in both; {frame.height - shared_codes.height} rows carry a newer code"
        )
    assert frame["vintage"].unique().to_list() == ["lsoa:2011 ward:2013 district:2014"]


def test_sending_the_night_again_gives_the_same_receipt_and_changes_nothing(
    sent: list[dict[str, Any]], hub: Running, files: list[Path]
) -> None:
    before = hub.query("select count(*) as n, sum(row_id) as s from pool_row where current", "avon-csp")[0]
    again = hub.send(POLICE, "police-uk-street", files[0])
    assert again["batch"] == sent[0]["batch"]
    assert again["counts"] == sent[0]["counts"]
    after = hub.query("select count(*) as n, sum(row_id) as s from pool_row where current", "avon-csp")[0]
    assert (after.n, after.s) == (before.n, before.s)


def test_a_smaller_snapshot_of_a_month_is_held_for_a_person(
    sent: list[dict[str, Any]], hub: Running, files: list[Path], tmp_path: Path
) -> None:
    assert sent
    lines = gzip.decompress(files[0].read_bytes()).splitlines(keepends=True)
    cut = tmp_path / "2025-01-again.csv"
    cut.write_bytes(b"".join(lines[: len(lines) // 2]))
    held = hub.send(POLICE, "police-uk-street", cut, ok=False)
    assert (held["outcome"], held["rule"]) == ("held", "pool.snapshot-shrinks")
    count = hub.query("select count(*) as n from pool_row where current", "avon-csp")[0].n
    assert count == sum(o["counts"]["pooled"] for o in sent)
