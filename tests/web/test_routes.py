"""Every route, asked by everybody: each cell is declared here, and a route without a row fails."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from hub.db import protocol as protocols
from hub.journey import account
from tests.web.conftest import Client
from tests.web.forms import send
from tests.web.seed import NORTHMOOR, World

EVERYBODY = ("", "officer", "second", "analyst", "auditor", "operator", "outsider", "nobody", "chief", "admin")


def row(
    out: int,
    officer: int,
    second: int,
    analyst: int,
    auditor: int,
    operator: int,
    outsider: int,
    nobody: int,
    chief: int,
    admin: int = 403,
) -> dict[str, int]:
    return dict(
        zip(EVERYBODY, (out, officer, second, analyst, auditor, operator, outsider, nobody, chief, admin), strict=True)
    )


ALL_200 = row(200, 200, 200, 200, 200, 200, 200, 200, 200, 200)
MACHINE = row(401, 401, 401, 401, 401, 401, 401, 401, 401, 401)
# The columns are EVERYBODY's: signed out · police officer, who made the draft and the releases · council officer, the
# second · analyst · auditor · operator · officer and auditor of another partnership · somebody without a role ·
# the council's signatory · the partnership's administrator, who is refused what a row does not give them.
TABLE: dict[str, dict[str, int]] = {
    "GET /healthz": ALL_200,
    "GET /register": ALL_200,
    "GET /register.csv": ALL_200,
    "GET /register.atom": ALL_200,
    "GET /ledger/checkpoint": ALL_200,
    "GET /ledger/stamp": row(404, 404, 404, 404, 404, 404, 404, 404, 404, 404),
    "GET /ledger/inclusion/{index}": ALL_200,
    "GET /ledger/consistency/{old}": ALL_200,
    "GET /assets/{digest}/{name}": ALL_200,
    "GET /sign-in": row(200, 303, 303, 303, 303, 303, 303, 303, 303, 303),
    "GET /sign-in/with/{provider}": row(404, 404, 404, 404, 404, 404, 404, 404, 404, 404),
    "GET /sign-in/with/{provider}/done": row(404, 404, 404, 404, 404, 404, 404, 404, 404, 404),
    "POST /sign-in": row(403, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    "GET /": row(303, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /log": row(303, 200, 200, 403, 200, 403, 200, 403, 403),
    "GET /uses": row(303, 200, 200, 403, 200, 403, 200, 403, 403),
    "GET /protocols": row(303, 200, 200, 200, 200, 200, 200, 403, 200, 200),
    "GET /protocols/new": row(303, 200, 200, 403, 403, 403, 200, 403, 403),
    "POST /protocols/new": row(303, 422, 422, 403, 403, 403, 422, 403, 403),
    "GET /protocols/{protocol}/{version}": row(303, 200, 200, 200, 200, 200, 404, 403, 200, 200),
    "GET /protocols/{protocol}/{version}/edit": row(303, 409, 409, 403, 403, 403, 404, 403, 403),
    "POST /protocols/{protocol}/{version}/edit": row(303, 409, 409, 403, 403, 403, 404, 403, 403),
    "GET /protocols/{protocol}/{version}/diff": row(303, 200, 200, 200, 200, 200, 404, 403, 200, 200),
    "GET /protocols/{protocol}/{version}/pack": row(303, 200, 200, 200, 200, 200, 404, 403, 200, 200),
    "GET /protocols/{protocol}/{version}/pack.pdf": row(303, 200, 200, 200, 200, 200, 404, 403, 200, 200),
    "GET /protocols/{protocol}/{version}/what-if": row(303, 200, 200, 200, 200, 200, 404, 403, 200, 200),
    "GET /protocols/{protocol}/{version}/signed": row(303, 409, 409, 409, 409, 409, 404, 403, 409, 409),
    "GET /protocols/{protocol}/{version}/signed.pdf": row(303, 409, 409, 409, 409, 409, 404, 403, 409, 409),
    "GET /recover": ALL_200,
    "POST /recover": row(403, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    "GET /recoveries": row(303, 200, 200, 403, 403, 403, 200, 403, 403),
    "POST /recoveries/{recovery}": row(303, 404, 404, 403, 403, 403, 404, 403, 403),
    "GET /account": row(303, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "GET /account/app": row(303, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    "POST /account/app": row(303, 422, 422, 422, 422, 422, 422, 422, 422, 422),
    "POST /account/app/confirm": row(303, 409, 409, 409, 409, 409, 409, 409, 409, 409),
    "POST /account/app/remove": row(303, 422, 422, 422, 422, 422, 422, 422, 422, 422),
    "POST /account/passkeys": row(303, 422, 422, 422, 422, 422, 422, 422, 422, 422),
    "POST /account/sessions/end": row(303, 404, 404, 404, 404, 404, 404, 404, 404, 404),
    "POST /account/passkeys/remove": row(303, 404, 404, 404, 404, 404, 404, 404, 404, 404),
    "GET /agencies": row(303, 200, 200, 403, 200, 200, 200, 403, 403, 200),
    "GET /agencies/{agency}": row(303, 200, 200, 403, 200, 200, 404, 403, 403, 200),
    "POST /agencies/{agency}/mailbox": row(303, 303, 403, 403, 403, 403, 404, 403, 403, 403),
    "GET /keys": row(303, 200, 200, 403, 200, 200, 200, 403, 403, 200),
    "GET /keys/new": row(303, 403, 403, 403, 403, 200, 403, 403, 403),
    "POST /keys/new": row(303, 403, 403, 403, 403, 422, 403, 403, 403),
    "GET /keys/{kid}/revoke": row(303, 200, 409, 403, 409, 200, 404, 403, 403, 409),
    "POST /keys/{kid}/revoke": row(303, 409, 403, 403, 403, 303, 404, 403, 403, 403),
    "GET /officers": row(303, 403, 403, 403, 200, 403, 200, 403, 403, 200),
    "GET /officers/new": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "POST /officers/new": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    "POST /officers/add": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    "GET /officers/{person}": row(303, 403, 403, 403, 200, 403, 404, 403, 403, 200),
    "POST /officers/{person}/roles": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    "GET /officers/{person}/close": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "POST /officers/{person}/close": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 303),
    "POST /officers/{person}/code": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 409),
    "POST /officers/{person}/reopen": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 303),
    "GET /settings": row(303, 403, 403, 403, 200, 200, 200, 403, 403, 200),
    "GET /settings/{partnership}/second-factor": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 200),
    "POST /settings/{partnership}/second-factor": row(303, 403, 403, 403, 403, 403, 403, 403, 403, 303),
    "GET /protocols/{protocol}/{version}/{deed}": row(303, 200, 200, 409, 409, 409, 404, 403, 409, 409),
    "POST /protocols/{protocol}/{version}/{deed}": row(303, 422, 422, 403, 403, 403, 404, 403, 403),
    "GET /batches": row(303, 200, 200, 403, 200, 200, 200, 403, 403),
    "GET /batches/{batch}": row(303, 200, 200, 403, 200, 200, 404, 403, 403),
    "GET /batches/{batch}/quarantine": row(303, 200, 403, 403, 403, 403, 404, 403, 403),
    "GET /batches/{batch}/quarantine.csv": row(303, 200, 403, 403, 403, 403, 404, 403, 403),
    "GET /batches/{batch}/overrule": row(303, 200, 409, 403, 409, 409, 404, 403, 403),
    "POST /batches/{batch}/overrule": row(303, 303, 403, 403, 403, 403, 404, 403, 403),
    "GET /duty": row(303, 200, 200, 403, 200, 200, 200, 403, 403),
    "GET /duty.csv": row(303, 200, 200, 403, 200, 200, 200, 403, 403),
    "GET /requests": row(303, 200, 200, 200, 403, 403, 200, 403, 403),
    "POST /requests": row(303, 422, 422, 422, 403, 403, 422, 403, 403),
    "POST /requests/{request_id}": row(303, 422, 422, 403, 403, 403, 422, 403, 403),
    "GET /catalogue": row(303, 200, 200, 200, 200, 403, 200, 403, 403),
    "GET /catalogue/{series}": row(303, 200, 200, 200, 200, 403, 404, 403, 403),
    "GET /releases/{release}/look": row(303, 200, 200, 200, 403, 403, 404, 403, 403),
    "GET /releases/{release}/look/places.geojson": row(303, 200, 200, 200, 403, 403, 404, 403, 403),
    "GET /releases/{release}/look/{chart}.svg": row(303, 200, 200, 200, 403, 403, 404, 403, 403),
    "GET /places": row(303, 200, 200, 403, 403, 200, 200, 403, 403),
    "POST /places": row(303, 422, 422, 403, 403, 422, 422, 403, 403),
    "GET /places/areas/{kind}": row(303, 200, 200, 403, 403, 200, 200, 403, 403),
    "GET /places/review": row(303, 200, 200, 403, 403, 403, 200, 403, 403),
    "POST /places/review": row(303, 422, 422, 403, 403, 403, 422, 403, 403),
    "GET /releases": row(303, 200, 200, 200, 200, 403, 200, 403, 403),
    "GET /releases/new": row(303, 200, 200, 403, 403, 403, 200, 403, 403),
    "POST /releases/new": row(303, 422, 422, 403, 403, 403, 422, 403, 403),
    "GET /releases/{release}": row(303, 200, 200, 200, 200, 403, 404, 403, 403),
    "POST /releases/{release}/acknowledge": row(303, 403, 403, 403, 403, 403, 404, 403, 403),
    "GET /releases/{release}/confirm": row(303, 409, 409, 409, 409, 403, 404, 403, 403),
    "POST /releases/{release}/confirm": row(303, 403, 403, 409, 403, 403, 404, 403, 403),
    "GET /releases/{release}/{deed}": row(303, 200, 200, 409, 409, 403, 404, 403, 403),
    "POST /releases/{release}/{deed}": row(303, 422, 422, 403, 403, 403, 404, 403, 403),
    "POST /releases/{release}/token": row(303, 403, 403, 200, 403, 403, 404, 403, 403),
    "GET /releases/{release}/files/{file}": row(303, 403, 403, 200, 403, 403, 404, 403, 403),
    "GET /review": row(303, 200, 200, 403, 403, 403, 200, 403, 403),
    "POST /review": row(303, 422, 422, 403, 403, 403, 422, 403, 403),
    "GET /redaction": row(303, 200, 200, 200, 200, 200, 200, 403, 200, 200),
    "POST /v1/protocols/check": row(401, 422, 422, 422, 422, 422, 422, 403, 422, 422),
    "POST /sign-out": row(303, 303, 303, 303, 303, 303, 303, 303, 303, 303),
    "GET /v1/releases": MACHINE,
    "GET /v1/releases/{release}/rows": MACHINE,
    "GET /v1/ogc": MACHINE,
    "GET /v1/ogc/api": MACHINE,
    "GET /v1/ogc/conformance": MACHINE,
    "GET /v1/ogc/collections": MACHINE,
    "GET /v1/ogc/collections/{release}": MACHINE,
    "GET /v1/ogc/collections/{release}/items": MACHINE,
    "GET /v1/ogc/collections/{release}/items/{event}": MACHINE,
    "GET /v1/flows": MACHINE,
    "POST /v1/manifests": MACHINE,
    "PUT /v1/batches/{batch}/pieces/{number}": MACHINE,
    "POST /v1/batches/{batch}/receipt": MACHINE,
    "GET /v1/batches/{batch}": MACHINE,
    "GET /v1/batches/{batch}/report": MACHINE,
    "POST /v1/extracts": MACHINE,
    "POST /v1/geocode": MACHINE,
    "GET /v1/locations": MACHINE,
    "POST /v1/redact": MACHINE,
}


def routes_of(world: World) -> set[str]:
    found: set[str] = set()
    pending = list(world.app.routes)
    while pending:
        one = pending.pop()
        router = getattr(one, "original_router", one)  # as FastAPI keeps an included router
        pending += getattr(router, "routes", None) or []
        if isinstance(one, APIRoute):
            found |= {f"{method} {one.path}" for method in one.methods or ()}
    return found


def test_every_route_has_a_row(world: World) -> None:
    spelled = {r.path for r in world.app.routes if hasattr(r, "path") and not isinstance(r, APIRoute)}
    assert spelled <= {"/v1/openapi.json"}
    assert routes_of(world) == set(TABLE)


@pytest.fixture
def path_of(world: World) -> dict[str, str]:
    return things(world)


def things(world: World) -> dict[str, str]:
    """What stands in the world for each part of a path."""
    site = world.app.state.site
    with world.databases.release.transaction() as tx:
        protocols.insert_agency_key(tx, "northmoor-police-1", "northmoor-police", "{}", world.desk.now())
    return {
        "{digest}/{name}": site.assets.address("hub.css").removeprefix("/assets/"),
        "{protocol}/{version}": "northmoor-violence/1",
        "{batch}": world.ids["held"],
        "{number}": "0",
        "{index}": "0",
        "{old}": "1",
        "{release}": world.ids["published"],
        "{recovery}": "00000000-0000-4000-8000-000000000000",
        "{request_id}": "00000000-0000-4000-8000-000000000000",
        "{series}": "northmoor-analyst-violence",
        "{provider}": "no-such-service",
        "{agency}": "northmoor-police",
        "{kid}": "northmoor-police-1",
        "{person}": world.people["third"],
        "{partnership}": "northmoor-csp",
        "{file}": "rows.csv",
        "{chart}": "time",
        "{kind}": "district",
    }


def said(route: str, path_of: dict[str, str]) -> tuple[str, str]:
    """Method and path of a route, of things that are there."""
    method, path = route.split(" ")
    for word, value in path_of.items():
        path = path.replace(word, value)
    return method, path.replace("{deed}", "suspend" if "protocols" in path else "withdraw")


def test_every_cell(world: World, client: Client, path_of: dict[str, str]) -> None:
    wrong = []
    for route, cells in TABLE.items():
        method, path = said(route, path_of)
        for who in sorted(EVERYBODY, key=lambda w: w == "officer"):  # the officer's may change something: last
            browser = client(who)
            if method == "GET":
                answer = browser.get(path)
            elif path.startswith("/v1"):
                answer = browser.request(method, path, json={"manifest": "x"})
            else:
                answer = send(browser, path, "/sign-in" if path == "/sign-in" or not who else "/register")
            if answer.status_code != cells[who]:
                wrong.append((route, who, cells[who], answer.status_code))
            if not who and answer.status_code == 303:
                assert answer.headers["location"].startswith("/sign-in")
            if path == "/sign-out" and who:
                assert client(who).get("/").status_code == 303
    assert wrong == []


CHECKER = {"GET /", "GET /account", "GET /account/app", "GET /catalogue", "GET /catalogue/{series}", "GET /redaction",
           "GET /protocols", "GET /protocols/{protocol}/{version}", "GET /protocols/{protocol}/{version}/diff",
           "GET /protocols/{protocol}/{version}/pack", "GET /protocols/{protocol}/{version}/pack.pdf", "GET /protocols/{protocol}/{version}/what-if", "GET /releases",
           "GET /releases/{release}", "GET /releases/{release}/look", "GET /releases/{release}/look/places.geojson",
           "GET /releases/{release}/look/{chart}.svg"}  # fmt: skip
"""What an output checker sees, beside what anybody does."""


def test_a_deputy_sees_what_the_officer_sees_and_a_checker_releases_alone(
    world: World, client: Client, path_of: dict[str, str]
) -> None:
    seen: dict[str, dict[str, int]] = {"second": {}, "deputy": {}, "output-checker": {}}
    for who in seen:
        if who != "second":
            assert account.set_roles(world.desk, "nobody", [(NORTHMOOR, who)])
        browser = client("second" if who == "second" else "nobody")
        for route in (r for r in TABLE if r.startswith("GET ")):
            path = route.split(" ")[1]
            for word, value in path_of.items():
                path = path.replace(word, value)
            path = path.replace("{deed}", "suspend" if "protocols" in path else "withdraw")
            seen[who][route] = browser.get(path).status_code
    assert seen["deputy"] == seen["second"]
    anybody = {route for route, cells in TABLE.items() if cells[""] == 200}
    found = {route for route, status in seen["output-checker"].items() if status == 200}
    assert found - anybody == CHECKER


def test_what_is_anothers_looks_like_what_is_not_there(world: World, client: Client) -> None:
    for path in ("/batches/{}", "/batches/{}/overrule", "/releases/{}", "/releases/{}/approve",
                 "/releases/{}/files/rows.csv"):  # fmt: skip
        other = world.ids["theirs" if "batches" in path else "foreign"]
        browser = client("analyst" if "files" in path else "officer")
        found = [browser.get(path.format(x)) for x in (other, "00000000-0000-4000-8000-000000000000", "no-such-thing")]
        assert [f.status_code for f in found] == [404, 404, 404]
        assert len({f.text for f in found}) == 1


def test_anothers_protocol_looks_like_none(client: Client) -> None:
    browser = client("officer")
    found = [browser.get(f"/protocols/{p}") for p in ("avon-street/1", "no-such-thing/1", "northmoor-violence/77")]
    assert [f.status_code for f in found] == [404, 404, 404]
    assert len({f.text for f in found}) == 1


def test_refusals_of_pages_are_in_the_log(world: World, client: Client) -> None:
    assert client("analyst").get("/log").status_code == 403
    page = client("auditor").get("/log").text
    assert "ledger.read" in page
    assert "Anwen Bright" in page
