"""Can everybody use every page? axe-core in a real Chromium on each page of each role; 320 px wide; the keyboard alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocols.assertion import RelyingParty
from tests.conftest import NOON, ROOT, Databases
from tests.running import free_port
from tests.web.chromium import Page, chromium, needs_browser
from tests.web.conftest import Client
from tests.web.seed import PASSWORD, World, build
from tests.web.serving import serving
from tests.web.test_browser import OFFICERS, PATH, TITLE, do, draft, enrol, sign_in
from tests.web.test_routes import EVERYBODY, TABLE, said, things

pytestmark = [needs_browser, pytest.mark.slow]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WORST = ("serious", "critical")
FURTHER = ("/protocols/new?template=istv&under=northmoor-csp", "/protocols/northmoor-csp/1", "/batches/{pooled}",
           "/releases/{candidate}", "/releases/{candidate}/approve", "/register?find=police", "/no-such-page")  # fmt: skip
"""Pages of the same routes that look different from those in the table's own example."""


@dataclass(frozen=True)
class Found:
    """What is wrong with a page: a rule of axe with the elements, or that it scrolls sideways."""

    page: str
    who: str
    what: str


def pages(world: World, client: Client) -> dict[str, list[str]]:
    """Paths of the HTML pages that each may see. A page whose content another has seen already comes once: what stands
    around it is each role's own, and looked at on its home page."""
    found: dict[str, list[str]] = {who: [] for who in EVERYBODY}
    seen: set[str] = set()
    paths = [(said(route, things(world))[1], cells) for route, cells in TABLE.items() if route.startswith("GET ")]
    paths += [(p.format(**world.ids), dict.fromkeys(("officer", "analyst"), 0)) for p in FURTHER]
    for who in EVERYBODY:
        browser = client(who)
        for path, cells in paths:
            answer = browser.get(path) if cells.get(who) in (0, 200, 403, 409) else None
            if answer is None or not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            content = re.sub(r'name="csrf" value="\w+"', "", answer.text.partition("<main")[2].partition("</main>")[0])
            if content not in seen or path == "/":
                seen.add(content)
                found[who].append(path)
    return found


def faults(page: Page, path: str, who: str) -> Iterator[Found]:
    """What axe finds serious or critical, and whether the page is wider than a phone of 320 px."""
    page.go(path)
    assert page.run("location.pathname + location.search") == path, "another page was looked at"
    found = page.run(
        "axe.run(document, {resultTypes: ['violations'], elementRef: false}).then((r) => JSON.stringify("
        "r.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html.slice(0, 200)).slice(0, 3)])))"
    )
    yield from (Found(path, who, f"{rule}: {nodes}") for impact, rule, nodes in json.loads(found) if impact in WORST)
    page.resize(320)
    if page.wider_than_screen:
        yield Found(path, who, "scrolls sideways at 320 px")
    page.resize(1280)


def test_every_page_of_every_role(world: World, client: Client, tmp_path: Path) -> None:
    port = free_port()
    wrong: list[Found] = []
    asked = pages(world, client)
    with serving(world, port), chromium(tmp_path / "profile") as browser:
        for who in EVERYBODY:
            page = browser.person(f"http://localhost:{port}")
            page.call("Page.addScriptToEvaluateOnNewDocument", source=AXE.read_text(encoding="utf-8"))
            if who:
                page.signed_in(world.token(who))
            for path in asked[who]:
                wrong += faults(page, path, who)
    assert sum(map(len, asked.values())) > 60
    assert wrong == []


def test_axe_finds_what_is_wrong(world: World, tmp_path: Path) -> None:
    port = free_port()
    with serving(world, port), chromium(tmp_path / "profile") as browser:
        page = browser.person(f"http://localhost:{port}")
        page.call("Page.addScriptToEvaluateOnNewDocument", source=AXE.read_text(encoding="utf-8") + """
            addEventListener('DOMContentLoaded', () => { document.querySelector('#name').removeAttribute('id');
            document.querySelector('main').style.width = '700px'; });""")  # fmt: skip
        assert [f.what.split(":")[0] for f in faults(page, "/sign-in", "")] == ["label", "scrolls sideways at 320 px"]


def test_a_protocol_is_signed_by_keyboard_alone(databases: Databases, tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://localhost:{port}"
    world = build(databases, tmp_path, lambda: NOON, party=RelyingParty("localhost", (origin,)))
    try:
        with serving(world, port), chromium(tmp_path / "profile") as browser:
            enrol(world)
            olive, piers = browser.person(origin), browser.person(origin)
            sign_in(olive, "olive")
            sign_in(piers, "piers")
            draft(olive)
            do(olive, "Put into consultation: ", "Put into consultation", "Put into consultation")
            do(piers, "Agree the text: ", "Agree the text", "Agree the text")
            do(piers, "Open for signature: ", "Open for signature", "Open for signature")
            by_keyboard(browser.person(origin))
    finally:
        world.redactor.close()


def by_keyboard(page: Page) -> None:
    """Sign in, register a passkey, take the task from the home page, sign, sign out."""
    page.go("/sign-in")
    page.fill("name", "tamsin")
    page.fill("password", PASSWORD)
    page.enter("Sign in")
    page.enter(OFFICERS["tamsin"][0])
    page.fill("label", "Key on my ring")
    page.fill("password", PASSWORD)
    page.enter("Register a passkey")
    assert "The passkey was registered" in page.text
    page.enter("Home")
    page.enter(f"Sign: {TITLE}")
    assert page.run("location.pathname") == PATH
    page.enter("Sign")
    page.enter("Sign with your passkey")
    assert "Signed." in page.text
    page.enter("Sign out")
    assert page.run("location.pathname") == "/sign-in"


def test_the_first_tab_offers_to_skip_to_the_content(world: World, tmp_path: Path) -> None:
    port = free_port()
    with serving(world, port), chromium(tmp_path / "profile") as browser:
        page = browser.person(f"http://localhost:{port}")
        page.go("/register")
        page.key("Tab")
        assert page.run("document.activeElement.textContent.trim()") == "Skip to main content"
        page.key("Enter")
        assert page.run("location.hash") == "#main-content"
