"""Pages of places: trying a location, words that wait for a person, and what is said of them at work afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from hub.adapters.reference import Reference
from hub.decision import Conflict, NotFound, Refuse
from hub.geocode import geocode
from hub.geocode.address import text_keys
from hub.geocode.names import name_of
from hub.geocode.reviewed import REVIEWED, settle
from hub.journey import locate, unplaced
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.places import load_places
from tests.web.seed import NORTHMOOR, World

PARK, REX = "Victoria Park", "Car park behind Rex Cinema, Ashby"
FIGURES = {"rows": 60, "redacted_notes": 0, "methods": {"none": 30, "ambiguous": 12}, "fields": {"location": {"given": 60, "faulty": 42}},
           "unplaced": {"none": {REX: 21, "<b>Skate</b> park, Mill Road": 9}, "ambiguous": {PARK: 12}}}  # fmt: skip


@pytest.fixture
def reference(world: World, tmp_path: Path) -> Reference:
    found: Reference = world.app.state.locating.reference
    load_places(found.folder, tmp_path / "sources")
    for which in ("pooled", "theirs"):
        with world.databases.intake.transaction() as tx:
            tx.sql("update batch set quality = cast(:q as jsonb) where id = cast(:id as uuid)", q=json.dumps(FIGURES),
                   id=world.ids[which])  # fmt: skip
    return found


def test_a_location_is_tried_and_shown_with_its_candidates(client: Client, reference: Reference) -> None:
    answer = send(client("operator"), "/places", where="Victoria Park, Ashby")
    assert answer.status_code == 200
    for words in ("380700390700", "Named place", "VICTORIA PARK", "Ashby (E06900001)"):
        assert words in answer.text
    assert "Words that could not be placed" not in answer.text, "an operator has no queue"
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


TRIED = [
    ("AY1 1AB", "380500390500"), ("AY1 1", "Postcode sector"), ("900000000004", "382100390100"),
    ("SJ 801 901", "Grid reference"), ("nowhere known", "No place was found"), ("<script>x</script>", "&lt;script&gt;"),
]  # fmt: skip


def test_every_kind_of_text_is_understood(client: Client, reference: Reference) -> None:
    browser = client("officer")
    for where, words in TRIED:
        answer = send(browser, "/places", where=where)
        assert answer.status_code == 200
        assert words in answer.text, where
        assert "<script>x" not in answer.text


def test_nothing_and_too_much_are_refused_in_words(client: Client) -> None:
    for where, words in (("", "Enter a location"), (" ", "Enter a location"), ("x" * 501, "500 characters or fewer")):
        answer = send(client("officer"), "/places", where=where)
        assert answer.status_code == 422
        assert words in answer.text


def test_the_map_has_the_hubs_own_boundaries(client: Client, reference: Reference) -> None:
    browser = client("officer")
    found = browser.get("/places/areas/district").json()
    assert {f["properties"]["name"] for f in found["features"]} == {"Ashby", "Brook"}
    lon, lat = found["features"][0]["geometry"]["coordinates"][0][0]
    assert -3 < lon < -2
    assert 53 < lat < 54
    assert browser.get("/places/areas/lsoa").status_code == 404


# words that wait ----------------------------------------------------------------------------------------------------


def test_what_waits_is_shown_to_officers_of_the_partnership_and_escaped(client: Client, reference: Reference) -> None:
    page = client("officer").get("/places/review").text
    assert page.index(REX) < page.index(PARK)
    assert "21 rows from Northmoor Police" in page
    assert "&lt;b&gt;Skate&lt;/b&gt; park" in page
    assert "<b>Skate" not in page
    batch = client("officer").get("/batches")
    assert batch.status_code == 200


def test_words_are_placed_and_work_from_then_on(world: World, client: Client, reference: Reference) -> None:
    before = locate.answer(reference, [{"place_text": REX}, {"place_text": PARK}])
    browser = client("officer")
    for words, where in ((REX, "380250 390250"), (PARK, "SJ 821 901")):
        answer = send(browser, "/places/review", partnership=NORTHMOOR, words=words, where=where, deed="place")
        assert answer.headers["location"] == "/places/review?done=place-said"
    after = locate.answer(reference, [{"place_text": REX.upper()}, {"place_text": PARK}])
    assert before[0].answer["geo_method"] != "place" or before[0].answer["easting"] != 380250
    assert (after[0].answer["easting"], after[0].answer["northing"]) == (380250, 390250)
    assert after[0].answer["district"] == "E06900001"
    page = browser.get("/places/review").text
    assert "380250390250" in page
    assert "Olive Harrow" in page
    assert page.count("hub-entry") == 1, "one still waits"
    assert "place.review" in client("auditor").get("/log").text
    # the answer is an entry of the gazetteer, for whatever else asks it
    entries = reference.known().gazetteer.names(text_keys(name_of(pl.Series([REX]))))
    assert entries.select("easting", "northing").rows() == [(380250, 390250)]


def test_words_that_name_no_place_are_put_aside(client: Client, reference: Reference) -> None:
    browser = client("officer")
    answer = send(browser, "/places/review", partnership=NORTHMOOR, words=PARK, where="", deed="dismiss")
    assert answer.headers["location"].endswith("place-dismissed")
    assert "No place" in browser.get("/places/review").text
    assert (
        send(browser, "/places/review", partnership=NORTHMOOR, words=PARK, where="", deed="dismiss").status_code == 404
    )


def test_what_is_no_one_place_is_refused_in_words(client: Client, reference: Reference) -> None:
    browser = client("officer")
    for where, words in (("", "Enter where it is"), ("nowhere known", "was not found"), ("AY1", "too coarse"),
                         ("Chapel Street", "several places")):  # fmt: skip
        answer = send(browser, "/places/review", partnership=NORTHMOOR, words=PARK, where=where, deed="place")
        assert answer.status_code == 422, where
        assert words in answer.text


def test_nobody_answers_for_another_partnership_or_what_does_not_wait(world: World, reference: Reference) -> None:
    officer, outsider = world.caller("officer"), world.caller("outsider")
    refused = unplaced.place(world.desk, reference, outsider, NORTHMOOR, PARK, "")
    assert isinstance(refused, Refuse)
    with pytest.raises(NotFound):
        unplaced.place(world.desk, reference, officer, NORTHMOOR, "Some other park", "")
    with pytest.raises(Conflict):
        unplaced.place(world.desk, reference, officer, NORTHMOOR, PARK, "nowhere known")
    assert {w.partnership for w in unplaced.queue(world.desk, outsider)} == {"avon-csp"}


def test_old_batches_wait_for_nobody(world: World, reference: Reference, clock: Clock) -> None:
    officer = world.caller("officer")
    assert unplaced.queue(world.desk, officer)
    clock.pass_(days=31)
    assert unplaced.queue(world.desk, officer) == []


def test_the_batch_page_says_what_each_field_is_good_for(world: World, client: Client, reference: Reference) -> None:
    page = client("officer").get(f"/batches/{world.ids['pooled']}").text
    assert "What each place field is good for" in page
    assert "30 %" in page
    assert REX in page


def test_reviewed_words_settle_what_was_open_and_nothing_else(reference: Reference) -> None:
    places = pl.DataFrame({"place_text": ["The Old Mill Park", "Victoria Park, Ashby", None]})
    points = geocode(places, reference.known().gazetteer, "gnss")
    said = pl.DataFrame([("OLD MILL PARK", "x", 380001, 390001, 25.0), ("VICTORIA PARK ASHBY", "y", 380002, 390002, 25.0)],
                        REVIEWED, orient="row")  # fmt: skip
    settled = settle(points, places["place_text"], said)
    assert settled["easting"].to_list() == [380001, 380700, None]
    assert settled["grid_reference"][0] == "380001390001"
    assert settled.schema == points.schema
    twice = pl.concat([said, said.with_columns(easting=pl.lit(380009, pl.Int32))])
    assert settle(points, places["place_text"], twice).equals(points, null_equal=True)
