"""The duty tracker: what is asked of whom, what came, in which quarter; one's own partnerships only."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

from tests.web.conftest import Client, Clock
from tests.web.seed import World, add_batch, references

WINDOW = (
    "update batch set manifest = jsonb_set(manifest, '{window}', cast(:window as jsonb)) where id = cast(:id as uuid)"
)


def came(world: World, dataset: str, first: str, last: str, state: str = "pooled") -> None:
    """A batch of the police's, the whole of these days."""
    under = references(world, "northmoor-violence", "northmoor-csp")
    batch = add_batch(world, "northmoor-police", dataset, "CRIME_DISORDER", under, state)
    with world.databases.intake.transaction() as tx:
        tx.sql(WINDOW, window=json.dumps({"first": first, "last": last}), id=batch)


def states(client: Client, who: str = "officer") -> dict[tuple[str, str, str], str]:
    """(agency, paragraph, quarter) → state, from the export."""
    answer = client(who).get("/duty.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    return {(r["agency"], r["paragraph"], r["quarter"]): r["state"] for r in rows}


def test_the_export_and_the_page_say_what_came_and_what_is_due(world: World, client: Client, clock: Clock) -> None:
    came(world, "prescribed-crimes/1", "2026-07-01", "2026-09-30")
    came(world, "prescribed-incidents/1", "2026-07-01", "2026-08-31")
    came(world, "prescribed-incidents/1", "2026-09-01", "2026-09-30", state="held")
    found = states(client)
    assert {key: state for key, state in found.items() if key[0] == "northmoor-police" and key[2] == "2026-Q3"} == {
        ("northmoor-police", "2", "2026-Q3"): "on-time",
        ("northmoor-police", "1", "2026-Q3"): "due",
    }
    assert found["northmoor-police", "2", "2026-Q2"] == "overdue"
    assert found["northmoor-fire", "3", "2026-Q4"] == "running"
    assert not any(agency == "northmoor-nhs-trust" for agency, _, _ in found)  # no relevant authority
    page = client("officer").get("/duty").text
    assert "62 of 92" in page
    assert "Asked, but no flow in force brings it" in page
    clock.at += timedelta(days=60)
    world.tokens.clear()
    assert states(client)["northmoor-police", "1", "2026-Q3"] == "overdue"


def test_other_partnerships_see_nothing_of_it(client: Client) -> None:
    assert {agency for agency, _, _ in states(client, "outsider")} & {"northmoor-police", "northmoor-fire"} == set()


def test_where_nothing_is_in_force_the_page_says_so(world: World, client: Client) -> None:
    with world.databases.release.transaction() as tx:
        tx.sql("update protocol set state = 'suspended'")
    page = client("officer").get("/duty").text
    assert "nobody can be asked for anything here yet" in page
    assert states(client) == {}
