"""The catalogue and the look before download: of released rows only, filtered by the address, with a table for each chart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import polars as pl

from hub.release import charts, hotspots, look, maps
from tests.web.conftest import Client
from tests.web.seed import World


def test_the_catalogue_shows_what_is_out_to_those_who_may_see_it(world: World, client: Client) -> None:
    for who in ("analyst", "officer", "auditor"):
        page = client(who).get("/catalogue").text
        assert "Violence data for the council" in page
        assert "avon" not in page
        one = client(who).get("/catalogue/northmoor-analyst-violence")
        assert one.status_code == 200
        for words in ("How to cite it", "section 171", "Versions", "Smallest group", "pd.read_csv", "Northmoor Police",
                      "are found", "certificate.html"):  # fmt: skip
            assert words in one.text
    assert "Was a weapon used or shown?" in client("analyst").get("/catalogue/northmoor-analyst-violence").text
    assert client("analyst").get("/catalogue/avon-analyst").status_code == 404
    assert "Quality: how full" not in client("auditor").get("/catalogue/northmoor-analyst-violence").text


def test_a_view_is_its_address(world: World, client: Client) -> None:
    path = f"/releases/{world.ids['published']}/look"
    whole = client("analyst").get(path).text
    assert "40 of 40 released rows" in whole
    assert whole.count("<svg") >= 3
    assert whole.count("The same as a table") >= 3
    assert 'style="' not in whole.split("<main")[1]
    assert "no day and hour to show" in whole
    none = client("analyst").get(f"{path}?from=2031-01").text
    assert "0 of 40 released rows" in none
    assert "No row is left" in none or "no day and hour" in none
    odd = client("analyst").get(f"{path}?f.offence_group=<b>&by=nothing&map=x&from=%3Cscript%3E")
    assert odd.status_code == 200
    assert "<script>" not in odd.text.split("<main")[1]
    for kind in ("squares", "hexagons", "areas", "hot", "density"):
        assert client("analyst").get(f"{path}?map={kind}").status_code == 200


def test_checkers_look_before_it_is_out_and_the_recipient_after(world: World, client: Client) -> None:
    path = f"/releases/{world.ids['candidate']}/look"
    assert client("second").get(path).status_code == 200
    refused = client("analyst").get(path)
    assert refused.status_code == 403
    assert "release.not-published" in refused.text
    assert "release.look" in client("auditor").get("/log").text


def test_a_map_and_the_charts_are_of_the_view_and_the_rows_released(world: World, client: Client) -> None:
    path = f"/releases/{world.ids['published']}/look"
    page = client("analyst").get(f"{path}?map=squares&f.weapon_flag=true")
    assert 'data-shapes="/releases/' in page.text
    assert "worker-src 'self'" in page.headers["Content-Security-Policy"]
    answer = client("analyst").get(f"{path}/places.geojson?map=squares")
    shapes = [f for f in answer.json()["features"] if f["properties"]]
    assert sum(s["properties"]["rows"] for s in shapes) == 40
    for shape in shapes:
        ring = shape["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        assert all(-9 < lon < 2 and 49 < lat < 61 for lon, lat in ring)
        assert "where in it, is not released" in shape["properties"]["words"]
    picture = client("analyst").get(f"{path}/time.svg")
    assert picture.headers["Content-Disposition"].endswith('-time.svg"')
    assert ET.fromstring(picture.text).get("width") == "720"
    assert "Violence data for the council&#x27;s analysts: over time" in picture.text, (
        "it says what it is, away from its page"
    )
    assert "weapon flag: true" in client("analyst").get(f"{path}/time.svg?f.weapon_flag=true").text
    for nothing in ("hours.svg", "other.svg", "places.geojson?from=2031-01", "places.geojson?map=areas"):
        assert client("analyst").get(f"{path}/{nothing}").status_code == 404
    assert client("outsider").get(f"{path}/places.geojson").status_code == 404


def test_what_a_page_counts_from_is_made_once_and_older_releases_do_without(world: World, client: Client) -> None:
    folder = world.publishing.folder / world.ids["published"]
    kinds, rows = pl.read_parquet(folder / ".kinds.parquet"), pl.read_parquet(folder / ".rows.parquet")
    assert kinds["_n"].sum() == rows.height
    assert not {"event_id", "row_id"} & set(kinds.columns)
    whole, counted = rows.drop("row_id", "event_id"), kinds
    assert look.completeness(whole).equals(look.completeness(counted))
    assert look.placed_by_period(whole).equals(look.placed_by_period(counted))
    (folder / ".kinds.parquet").unlink()
    assert "40 of 40 released rows" in client("analyst").get(f"/releases/{world.ids['published']}/look").text


def test_charts_are_wellformed_and_named() -> None:
    cells = pl.DataFrame(
        {"easting": [500 + 1000 * n for n in range(12)], "northing": [500] * 12, "rows": list(range(1, 13))}
    )
    spots = hotspots.hot_spots(cells, 1000).cells
    series = pl.DataFrame({"period": ["<2025>", "b"], "rows": [3, 4], "before": [None, 3], "year_ago": [None, 2]})
    drawn = [
        charts.time_chart(series, "a & b"),
        charts.heat_map(pl.DataFrame({"day": [1], "hour": [5], "rows": [7]}), "x"),
        charts.bars(pl.DataFrame({"value": [f"<{n}>" for n in range(30)], "rows": [3] * 30, "share": [0.1] * 30}), "x"),
        maps.draw(maps.of_cells(cells, 1000, "x", {"W": [[(0, 0), (1, 5), (9, 9)]]})),
        maps.draw(maps.of_cells(cells, 1000, "x", hexagons=True)),
        maps.draw(maps.of_cells(spots, 1000, "x")),
        maps.draw(maps.of_areas({"W": 3}, {"W": [[(0, 0), (1, 5), (9, 9)]]}, "x")),
    ]
    for svg in drawn:
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert not re.search(r"NaN|nan|inf", svg)
    assert sum(float(t.split()[0].replace(",", "")) for t in re.findall(r"<title>([\d,]+) rows", drawn[4])) == 78
    assert [charts.time_chart(series.head(0), "x"), charts.bars(pl.DataFrame({"value": [], "rows": []}), "x"),
            maps.draw(maps.of_cells(cells.head(0), 1000, "x")), maps.draw(maps.of_areas({}, {}, "x"))] == [""] * 4  # fmt: skip
