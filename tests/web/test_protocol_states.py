"""Every state of a protocol by everybody: what they may do, whether anything is handed out, what the public sees."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import psycopg

from hub import lifecycle as life
from hub.db import protocol as protocols
from hub.db import session
from hub.lifecycle import Record
from hub.protocol import check_flow
from tests.conftest import NOON
from tests.web.conftest import Client, Clock
from tests.web.seed import World

ID = "northmoor-violence"
READ = {"signed", "diff", "pack", "what-if"}
"""Pages to read, not acts."""
PATH = f"/protocols/{ID}/1"
WHO = ("officer", "second", "chief", "analyst", "auditor", "operator")
STOPPING = "suspend suspend-party withdraw revoke"
# The columns: stored state, moment, state shown, acts of the police officer (who wrote version 2, not this one), of the
# council's officer, of the council's signatory; whether rows flow. Analyst, auditor and operator may do nothing ever.
REVIEW = datetime(2029, 3, 31, tzinfo=NOON.tzinfo)
BEFORE = NOON.replace(month=3, day=1)
TABLE: list[tuple[str, datetime, str, str, str, str, bool]] = [
    ("draft", NOON, "draft", "consult discard edit", "consult discard edit", "", False),
    ("consultation", NOON, "consultation", "comment return agree discard edit", "comment return agree discard edit", "comment",
     False),
    ("agreed", NOON, "agreed", "open discard", "open discard", "", False),
    ("signing", NOON, "signing", "discard withdraw", "discard", "sign", False),
    ("signed", BEFORE, "signed", "discard withdraw", "discard withdraw", "withdraw", False),
    ("in-force", NOON, "in-force", STOPPING, STOPPING, "withdraw", True),
    ("in-force", REVIEW.replace(day=1), "review-due", STOPPING, STOPPING, "withdraw", True),
    ("in-force", REVIEW, "expired", "", "", "", False),
    ("suspended", NOON, "suspended", "resume withdraw revoke", "resume withdraw revoke", "withdraw", False),
    ("revoked", NOON, "revoked", "", "", "", False),
    ("discarded", NOON, "discarded", "", "", "", False),
]  # fmt: skip


def put(world: World, state: str) -> None:
    """The agreement in a state: being signed, the council's signature alone is awaited."""
    with world.databases.release.transaction() as tx:
        found = protocols.find(tx, ID, 1)
        assert found is not None
        awaited = frozenset({"northmoor-council"}) if state == "signing" else frozenset()
        record: Record = replace(found.standing.record, state=state, awaited=awaited)
        protocols.set_record(tx, ID, 1, record)


def test_every_state_has_its_rows() -> None:
    assert {shown for _, _, shown, *_ in TABLE} == set(life.STATES) - {life.RENEWED}


def test_each_state(world: World, client: Client, clock: Clock) -> None:
    with psycopg.connect(session.driver_url(world.databases.owner_url), autocommit=True) as owner:
        owner.execute(
            "alter table protocol disable trigger frozen"
        )  # or no text could be a draft again for the next row
    for stored, on, shown, officer, second, chief, flows in TABLE:
        put(world, stored)
        clock.at = on
        world.tokens.clear()
        look(world, client, {"officer": officer, "second": second, "chief": chief})
        assert ('id="northmoor-violence"' in client().get("/register").text) == (shown in life.LIVE), shown
        download = client("analyst").get(f"/releases/{world.ids['published']}/files/rows.csv")
        assert download.status_code == (200 if flows else 403), shown
        with world.databases.release.transaction() as tx:
            known = protocols.standings(tx)
        assert bool(check_flow(known, "northmoor-police", "police-crime/1", "SERIOUS_VIOLENCE", on.date())) == flows, (
            shown
        )


def look(world: World, client: Client, expected: dict[str, str]) -> None:
    """The protocol's page and each act's own, by everybody."""
    for who in WHO:
        browser = client(who)
        page = browser.get(PATH)
        assert page.status_code == 200
        acts = set(re.findall(rf'href="{PATH}/([a-z-]+)"', page.text)) - READ
        assert acts == set(expected.get(who, "").split()), who
        for act in life.ACTS:
            assert browser.get(f"{PATH}/{act}").status_code == (200 if act in acts else 409), (who, act)
    for path in (PATH, f"{PATH}/suspend", f"{PATH}/sign", f"{PATH}/signed"):
        assert client("outsider").get(path).status_code == 404


def test_a_version_that_was_replaced(world: World, client: Client) -> None:
    with world.databases.release.transaction() as tx:
        protocols.set_state(tx, ID, 2, "suspended")
    for who in WHO:
        page = client(who).get(PATH).text
        assert "Replaced by a later version" in page
        assert not set(re.findall(rf'href="{PATH}/([a-z-]+)"', page)) - READ
    assert client("analyst").get(f"/releases/{world.ids['published']}/files/rows.csv").status_code == 403
