"""The interface for programs: tokens scoped and revocable, keyset pages whole, and GDAL's own client reading it over HTTP."""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import polars as pl
import pytest
import uvicorn

from hub.journey import interface, publish
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.seed import World


def token_of(world: World, who: str = "analyst") -> str:
    made = interface.make_token(world.publishing, world.caller(who), world.ids["published"])
    assert isinstance(made, str)
    return made


def test_pages_hold_every_row_once_and_filters_hold(world: World, client: Client) -> None:
    release, browser = world.ids["published"], client()
    head = {"Authorization": f"Bearer {token_of(world)}"}
    expected = pl.read_csv(world.publishing.folder / release / "rows.csv", infer_schema=False)
    found, after = [], ""
    while True:
        page = browser.get(f"/v1/releases/{release}/rows?limit=7&after={after}", headers=head).json()
        found += page["rows"]
        if page["next"] is None:
            break
        after = page["next"]
    assert [r["event_id"] for r in found] == expected["event_id"].to_list()
    assert {r["offence_group"] for r in found} == set(expected["offence_group"])
    place = found[0]["place"]
    some = browser.get(f"/v1/releases/{release}/rows?place={place}&limit=1000", headers=head).json()
    assert some["matched"] == len(some["rows"]) == sum(r["place"] == place for r in found)
    assert browser.get(f"/v1/releases/{release}/rows?nothing=1", headers=head).status_code == 422
    assert browser.get(f"/v1/releases/{release}/rows?limit=0", headers=head).status_code == 422
    assert browser.get(f"/v1/releases/{release}/rows?after=zzz", headers=head).json()["rows"] == []


def test_a_token_is_for_one_release_and_ends(world: World, client: Client, clock: Clock) -> None:
    release, other, browser = world.ids["published"], world.ids["candidate"], client()
    first = token_of(world)
    token = token_of(world)

    def status(token: str, path: str = f"/v1/releases/{release}/rows") -> int:
        return int(browser.get(path, headers={"Authorization": f"Bearer {token}"}).status_code)

    assert status(first) == 401
    assert status(token) == 200
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    assert browser.get("/v1/ogc/collections", headers={"Authorization": f"Basic {basic}"}).status_code == 200
    for wrong in ("Basic !!", "Bearer ", "", "Digest x", "Bearer " + "x" * 60):
        assert browser.get("/v1/ogc/collections", headers={"Authorization": wrong}).status_code == 401
    assert status(token, f"/v1/releases/{other}/rows") == 404
    assert status(token, f"/v1/ogc/collections/{other}/items") == 404
    assert publish.act(world.publishing, world.caller("officer"), release, "withdraw", "as a test")
    assert status(token) == 403
    clock.pass_(days=31)
    assert status(token) == 401


def test_the_page_shows_a_token_once_with_lines_that_work(world: World, client: Client) -> None:
    shown = send(client("analyst"), f"/releases/{world.ids['published']}/token").text
    token = re.search(r"hubr_[\w-]{43}", shown)
    assert token
    assert "pyogrio" in shown
    assert token[0] not in client("analyst").get(f"/releases/{world.ids['published']}").text


def test_features_by_box_and_time(world: World, client: Client) -> None:
    release, browser = world.ids["published"], client()
    head = {"Authorization": f"Bearer {token_of(world)}"}
    items = f"/v1/ogc/collections/{release}/items"
    whole = browser.get(items, headers=head).json()
    assert whole["numberMatched"] == whole["numberReturned"] == len(whole["features"]) == 40
    one = whole["features"][0]
    lon, lat = one["geometry"]["coordinates"]
    near = browser.get(f"{items}?bbox={lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}", headers=head).json()
    assert 0 < near["numberMatched"] < 40
    assert all(f["geometry"]["coordinates"] == [lon, lat] for f in near["features"])
    month = one["properties"]["occurred"]
    assert browser.get(f"{items}?datetime={month}-15T00:00:00Z", headers=head).json()["numberMatched"] == 40
    assert browser.get(f"{items}?datetime=2031-01-01T00:00:00Z/..", headers=head).json()["numberMatched"] == 0
    assert browser.get(f"{items}?datetime=../2001-01-01", headers=head).json()["numberMatched"] == 0
    for wrong in ("1,2,3", "a,b,c,d", "nan,1,2,3"):
        assert browser.get(f"{items}?bbox={wrong}", headers=head).status_code == 400
    same = browser.get(f"{items}/{one['id']}", headers=head).json()
    assert same["properties"] == one["properties"]
    assert browser.get(f"{items}/{'0' * 32}", headers=head).status_code == 404
    assert browser.get("/v1/ogc/conformance", headers=head).json()["conformsTo"]


@pytest.fixture
def listening(world: World) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(world.app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


READER = """
import sys, pyogrio
address, token, layer = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"token:{token}"})
assert pyogrio.list_layers(f"OAPIF:{address}/v1/ogc")[:, 0].tolist() == [layer]
found = pyogrio.read_dataframe(f"OAPIF:{address}/v1/ogc", layer=layer, PAGE_SIZE=7)
print(len(found), found["event_id"].nunique(), found.geometry.notna().sum())
"""


def test_gdals_client_reads_every_row_page_by_page(world: World, listening: str) -> None:
    read = subprocess.run([sys.executable, "-c", READER, listening, token_of(world), world.ids["published"]],
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert read.stdout.split() == ["40", "40", "40"], read.stderr[-800:]
