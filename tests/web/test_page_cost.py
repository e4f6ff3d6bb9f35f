"""What does a page cost the database? Every page of the table of routes, asked by everybody: at most twelve statements."""

from __future__ import annotations

from tests.web.conftest import Client
from tests.web.seed import World
from tests.web.statements import counting
from tests.web.test_routes import EVERYBODY, TABLE, path_of, said

__all__ = ["path_of"]
MOST = 12
FILE = "GET /releases/{release}/files/{file}"
"""Not a page: a file is handed over in a transaction of its own, and its end is written down in another."""


def test_no_page_takes_more_than_twelve_statements(world: World, client: Client, path_of: dict[str, str]) -> None:
    found = {}
    for route in TABLE:
        method, path = said(route, path_of)
        for who in EVERYBODY if method == "GET" and route != FILE else ():
            browser = client(who)
            with counting() as statements:
                browser.get(path)
            found[route, who] = len(statements)
    assert found["GET /", "officer"] > 0, "nothing was counted"
    assert {cell: n for cell, n in found.items() if n > MOST} == {}


def test_what_waits_costs_the_same_however_much_it_is(world: World, client: Client) -> None:
    browser = client("second")
    with counting() as before:
        browser.get("/")
    with world.databases.release.transaction(["northmoor-csp"]) as tx:
        columns = ("partnership_id, agreement_id, agreement_version, recipient, title, state, author, districts, datasets,"
                   " counts, files, hold_rule, hold_reason, created_at, series, checkers")  # fmt: skip
        tx.sql(f"insert into release (id, {columns}) select gen_random_uuid(), {columns} from release,"
               " generate_series(1, 20) where state = 'candidate'")  # fmt: skip
    with counting() as after:
        page = browser.get("/").text
    assert page.count("Check release") > 20
    assert len(after) == len(before)
