"""The public register beyond its page: counts under suppression, the list under an open licence, the feed of changes."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree as Xml

import pytest

from hub.db import protocol as protocols
from hub.disclosure.policies import LIVE_PUBLIC, shown_count
from protocols.schema import parse_document
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.seed import CAST, World, text_of

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (1, None), (19, None), (20, 20), (29, 20), (31, 40), (50, 40), (1234, 1240)]
)
def test_a_live_count_tells_of_no_few(count: int, shown: int | None) -> None:
    assert shown_count(count, LIVE_PUBLIC) == shown


def rows(client: Client) -> list[dict[str, str]]:
    answer = client().get("/register.csv")
    assert "open-government-licence" in answer.headers["link"]
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_list_holds_each_field_with_its_treatment_and_rounded_counts(world: World, client: Client) -> None:
    found = {(r["protocol"], r["from"], r["dataset"], r["field"]): r for r in rows(client)}
    one = found["northmoor-violence", "northmoor-police", "police-crime/1", "victim_dob"]
    assert (one["treatment"], one["gateway"], one["rows_held"]) == ("band:5", "CDA98_S115", "40")
    assert (
        found["northmoor-violence", "northmoor-nhs-trust", "ed-assaults/1", "site_code"]["rows_held"] == "fewer than 20"
    )
    assert ("northmoor-csp", "", "", "") in found
    assert {r["licence"] for r in found.values()} == {"Open Government Licence v3.0"}
    page = client().get("/register").text
    assert "Rows held now: 40." in page
    assert "Rows held now: fewer than 20." in page


def entries(client: Client) -> list[tuple[str, str, str]]:
    """(title, moment, id) of the feed's entries."""
    answer = client().get("/register.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    top = Xml.fromstring(answer.content)
    assert {c.tag.removeprefix(ATOM) for c in top} >= {"id", "title", "updated", "author", "link"}
    found = ([e.findtext(ATOM + name, "") for name in ("title", "updated", "id")] for e in top.iter(f"{ATOM}entry"))
    return [(title, updated, id_) for title, updated, id_ in found]


def test_the_feed_says_what_changed_and_who_did_it_to_nobody(world: World, client: Client, clock: Clock) -> None:
    before = entries(client)
    assert not any("(version 2)" in title for title, _, _ in before)  # a draft is nobody's business
    clock.pass_(minutes=1)
    reason = "an officer's own words"
    assert send(client("second"), "/protocols/northmoor-violence/1/suspend", reason=reason).status_code == 303
    (newest, at, _), *rest = entries(client)
    assert newest.startswith("Suspended: ")
    assert at == "2026-11-23T12:01:00+00:00"
    assert rest == before
    assert len({id_ for _, _, id_ in entries(client)}) == len(rest) + 1
    text = client().get("/register.atom").text + client().get("/register").text + client().get("/register.csv").text
    assert "own words" not in text
    assert not re.search(
        "|".join(name.split()[0] + "|" + name.split()[1] for name, _, _ in CAST.values() if name != "Nora Plain"), text
    )
    assert {r["state"] for r in rows(client) if r["protocol"] == "northmoor-violence"} == {"suspended"}
    assert 'id="suspended"' in client().get("/register").text


def test_where_nothing_is_in_force_list_and_feed_are_empty(world: World, client: Client) -> None:
    with world.databases.release.transaction() as tx:
        tx.sql("update protocol set state = 'discarded'")
    assert rows(client) == []
    assert entries(client) == []


def test_protocols_are_found_by_what_they_name_a_page_at_a_time(world: World, client: Client) -> None:
    with world.databases.release.transaction() as tx:
        for n in range(1, 7):
            text = text_of("northmoor-csp").replace("northmoor-", f"northmoor{n}-")
            protocols.insert(tx, parse_document(text), text, "importer", world.desk.now())
            protocols.set_state(tx, f"northmoor{n}-csp", 1, "in-force")
    browser = client()
    headings = re.compile(r'<h2 class="govuk-heading-l" id="([a-z0-9-]+)">')
    first, second, last = (browser.get("/register", params={"page": n}).text for n in ("1", "2", "99"))
    assert "12 of 12 protocols in force, page 1 of 2" in first
    assert second == last
    shown = [*headings.findall(first)[:-1], *headings.findall(second)[:-1]]
    assert len(shown) == len(set(shown)) == 12
    only = browser.get("/register", params={"find": "POLICE-uk avon"}).text
    assert headings.findall(only) == ["avon-street", "log"]
    assert "1 of 12 protocols in force" in only
    none = browser.get("/register", params={"find": '"><b>nothing'}).text
    assert "0 of 12 protocols in force" in none
    assert "<b>nothing" not in none
    assert browser.get("/register", params={"page": "0"}).status_code == 422
