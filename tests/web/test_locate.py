"""`POST /v1/geocode`: answers, candidates, who may ask and how often, and that nothing of it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from hub.db import protocol as protocols
from tests.conftest import NOON
from tests.web.conftest import Client, Clock, TestClient
from tests.web.places import load_places
from tests.web.seed import PER_MINUTE, World
from tests.web.test_intake_door import KID, ask

CANARY = "Zyxwv Cottage, Qwertyuiop Lane"


@pytest.fixture
def key(world: World) -> OKPKey:
    made = OKPKey.generate_key("Ed25519")
    with world.databases.release.transaction() as tx:
        protocols.insert_agency_key(tx, KID, "northmoor-police", json.dumps(made.as_dict(private=False)), NOON)
    return made


@pytest.fixture
def machine(world: World, client: Client, tmp_path: Path) -> TestClient:
    load_places(world.app.state.locating.reference.folder, tmp_path / "sources")
    return client()


def geocode(machine: TestClient, key: OKPKey, **body: Any) -> Any:
    return ask(machine, key, "POST", "/v1/geocode", json=body)


LOCATIONS = [
    ({"postcode": "AY1 1AB"}, "postcode", "380500390500", "E06900001"),
    ({"uprn": 900000000004}, "uprn", "382100390100", "E06900002"),
    ({"easting": 380123, "northing": "390456"}, "easting-northing", "380123390456", "E06900001"),
    ({"address": "2 Chapel St, Ashby", "postcode": "ay11aa"}, "address", "380120390100", "E06900001"),
    ({"place_text": "Victoria Park, Ashby"}, "place", "380700390700", "E06900001"),
    ({"place_text": "nowhere that anybody knows"}, "none", None, None),
    ({}, "none", None, None),
]


def test_one_location_is_answered_with_its_areas_and_candidates(machine: TestClient, key: OKPKey) -> None:
    for location, method, reference, district in LOCATIONS:
        found = geocode(machine, key, location=location).json()
        answer = found["answer"]
        assert (answer["method"], answer["grid_reference"], answer["district"]) == (method, reference, district), (
            location
        )
        if reference:
            assert found["candidates"][0]["grid_reference"] == reference
            assert answer["precision_m"] > 0
            assert 0 < answer["confidence"] <= 1


def test_many_are_answered_in_their_order(machine: TestClient, key: OKPKey) -> None:
    many = [location for location, *_ in LOCATIONS] * 30
    results = geocode(machine, key, locations=many, candidates=2).json()["results"]
    assert [r["answer"]["method"] for r in results] == [method for _, method, *_ in LOCATIONS] * 30
    assert max(len(r["candidates"]) for r in results) <= 2


def test_a_tie_is_not_decided_but_both_are_shown(machine: TestClient, key: OKPKey) -> None:
    found = geocode(machine, key, location={"place_text": "Chapel Street"}).json()
    assert found["answer"]["method"] in ("ambiguous", "street")
    assert {c["district"] for c in found["candidates"]} == {"E06900001", "E06900002"}


TYPED = [
    ("vic", "place", {"VICTORIA PARK", "VICTORIA ARCADE"}),
    ("Victoria P", "place", {"VICTORIA PARK"}),
    ("AY1 1A", "sector", {"AY1 1"}),
    ("ay1", "district", {"AY1"}),
    ("AY1 1AA", "postcode", {"AY1 1AA"}),
    ("2 cha ay1 1aa", "address", {"2 CHAPEL STREET, AY11AA"}),
    ("1 Chapel Street", "street-number", {"1 CHAPEL STREET"}),
    ("900000000003", "uprn", {"UPRN 900000000003"}),
    ("SJ 801 901", "grid-reference", {"SJ 801 901"}),
    ("380100 390100", "grid-reference", {"380100 390100"}),
    ("vi", "", set()),
    ("zzzz", "", set()),
    ("", "", set()),
]


def test_what_is_typed_finds_what_it_may_become(machine: TestClient, key: OKPKey) -> None:
    for typed, method, wanted in TYPED:
        found = geocode(machine, key, typed=typed).json()["candidates"]
        assert {c["matched_text"] for c in found if c["method"] == method} == wanted, typed
        assert all(c["lsoa"] is None for c in found if c["method"] in ("sector", "district"))


BODIES: list[Any] = [
    {}, {"typed": "a", "location": {}}, {"locations": []}, {"locations": [{}] * 1001}, {"location": {"name": "x"}},
    {"typed": CANARY * 60}, {"location": {"place_text": CANARY * 60}}, {"typed": None}, {"typed": ["a"]},
    {"location": {"uprn": True}}, {"typed": "a", "candidates": 21}, [], "x", None,
]  # fmt: skip


def test_a_malformed_request_is_refused_without_being_quoted(machine: TestClient, key: OKPKey) -> None:
    for body in BODIES:
        answer = ask(machine, key, "POST", "/v1/geocode", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["rule"] == "request.malformed"
        assert "Zyxwv" not in answer.text


def test_nothing_is_loaded_and_the_answer_says_none(client: Client, key: OKPKey) -> None:
    assert geocode(client(), key, location={"place_text": "Victoria Park"}).json()["answer"]["method"] == "none"
    assert geocode(client(), key, typed="Victoria Park").json() == {"candidates": []}


def test_what_is_loaded_later_is_known_without_a_restart(
    world: World, client: Client, key: OKPKey, tmp_path: Path
) -> None:
    browser = client()
    assert geocode(browser, key, typed="victoria").json()["candidates"] == []
    load_places(world.app.state.locating.reference.folder, tmp_path / "sources")
    assert geocode(browser, key, typed="victoria").json()["candidates"]


# who may ask, and how often -----------------------------------------------------------------------------------------


def test_without_a_flow_in_force_nothing_is_answered(world: World, machine: TestClient, key: OKPKey) -> None:
    assert machine.post("/v1/geocode", json={"typed": "vic"}).status_code == 401
    with world.databases.release.transaction() as tx:
        protocols.set_state(tx, "northmoor-violence", 1, "suspended")
        protocols.set_state(tx, "northmoor-asb", 1, "suspended")
    answer = geocode(machine, key, typed="vic")
    assert (answer.status_code, answer.json()["rule"]) == (403, "geocode.no-flow")
    with world.databases.intake.transaction() as tx:
        leaf = tx.sql("select leaf from ledger_entry order by sequence desc limit 1").scalar()
    assert "geocode.no-flow" in leaf


def test_an_agency_asks_within_its_limit_by_the_minute(machine: TestClient, key: OKPKey, clock: Clock) -> None:
    thousand: list[dict[str, str]] = [{}] * 1000
    assert geocode(machine, key, locations=thousand).status_code == 200
    refused = geocode(machine, key, locations=thousand)
    assert (refused.status_code, refused.json()["rule"], refused.headers["retry-after"]) == (
        429,
        "geocode.too-many",
        "60",
    )
    assert geocode(machine, key, locations=[{}] * (PER_MINUTE - 1000)).status_code == 200
    assert geocode(machine, key, typed="vic").status_code == 429


def test_the_count_starts_anew_each_minute_and_old_counts_go(world: World, machine: TestClient, clock: Clock) -> None:
    from hub.journey.locate import permit

    hub = world.app.state.locating
    assert permit(hub, "northmoor-police", PER_MINUTE)
    assert not permit(hub, "northmoor-police", 1)
    assert permit(hub, "avon-and-somerset-police", 1)  # each agency has its own
    clock.pass_(minutes=1)
    assert permit(hub, "northmoor-police", 1)
    assert not permit(hub, "northmoor-police", PER_MINUTE)
    clock.pass_(hours=3)
    assert permit(hub, "northmoor-police", 1)
    with world.databases.intake.transaction() as tx:
        assert tx.sql("select count(*) from geocode_use where agency_id = 'northmoor-police'").scalar() == 1


def test_nothing_that_is_asked_is_kept(
    world: World, machine: TestClient, key: OKPKey, capsys: pytest.CaptureFixture[str]
) -> None:
    assert geocode(machine, key, location={"address": CANARY}).status_code == 200
    assert geocode(machine, key, typed=CANARY).status_code == 200
    with world.databases.intake.transaction() as tx:
        tables = [r.name for r in tx.sql("select tablename as name from pg_tables where schemaname = 'public'")]
    import psycopg

    from hub.db.session import driver_url

    with psycopg.connect(driver_url(world.databases.owner_url)) as db:
        for table in tables:
            held = db.execute(f"select count(*) from {table} t where t::text like '%Zyxwv%'".encode()).fetchone()
            assert held == (0,), table
    said = capsys.readouterr()
    assert "Zyxwv" not in said.out + said.err
