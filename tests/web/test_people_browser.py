"""In a real browser: off to another service and back, with cookies as browsers keep them; an app; an invitation."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hub.adapters.oidc import Provider
from hub.journey import enrol
from protocols.assertion import RelyingParty
from tests.conftest import NOON, ROOT, Databases
from tests.running import free_port
from tests.web.chromium import chromium, needs_browser
from tests.web.conftest import Clock
from tests.web.provider import CLIENT, SECRET
from tests.web.seed import PASSWORD, build, fill
from tests.web.serving import serving
from tests.web.test_factor import code as shown
from tests.web.test_outside import prepared

pytestmark = needs_browser


def test_off_to_a_service_and_back(databases: Databases, tmp_path: Path, clock: Clock) -> None:
    """The service is another site than the hub (127.0.0.1 and localhost), as it is in life."""
    port = free_port()
    origin = f"http://localhost:{port}"
    world = fill(build(databases, tmp_path, clock, party=RelyingParty("localhost", (origin,))))
    words = [sys.executable, "-m", "tests.web.provider", str(int(NOON.timestamp()))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        service = f"http://127.0.0.1:{running.stdout.readline().strip()}/good"
        force = Provider("force", "Northmoor Police", service, CLIENT, SECRET)
        world.desk = replace(world.desk, providers={"force": force})
        object.__setattr__(world.app.state.site, "desk", world.desk)
        prepared(world, "grace", subject="grace")
        with serving(world, port), chromium(tmp_path / "chromium") as browser:
            page = browser.person(origin)
            page.go("/sign-in?next=/protocols")
            page.keep(tmp_path / "sign-in.png")
            page.press("Sign in with Northmoor Police")
            page.press("Log in as Grace")
            page.until("location.pathname === '/protocols' && document.readyState === 'complete'")
            assert "Grace Marsh" in page.text
            page.go("/account")
            page.press("sign in once more")
            page.press("Log in as Grace")
            page.until("location.pathname === '/account' && document.readyState === 'complete'")
            page.write(label="Key on my ring")
            page.press("Register a passkey")
            assert "The passkey was registered" in page.text
            page.keep(tmp_path / "account.png", 360)
            assert not page.wider_than_screen
        running.terminate()
    world.redactor.close()


def test_an_app_is_set_up_and_asked_for(databases: Databases, tmp_path: Path, clock: Clock) -> None:
    port = free_port()
    origin = f"http://localhost:{port}"
    world = fill(build(databases, tmp_path, clock, party=RelyingParty("localhost", (origin,))))
    with serving(world, port), chromium(tmp_path / "chromium") as browser:
        page = browser.person(origin)
        page.go("/sign-in")
        page.write(name="officer", password=PASSWORD)
        page.press("Sign in")
        page.go("/account/app")
        page.write(password=PASSWORD)
        page.press("Set up an app")
        page.keep(tmp_path / "app.png")
        page.keep(tmp_path / "app-phone.png", 320)
        assert not page.wider_than_screen
        secret = enrol.enrolment(world.desk, world.caller("officer")).secret
        assert secret is not None
        page.write(code=shown(world, secret))
        page.press("Use this app")
        assert "The app is set up" in page.text
        clock.pass_(seconds=30)
        page.press("Sign out")
        page.write(name="officer", password=PASSWORD, code=shown(world, secret))
        page.press("Sign in")
        assert "Olive Harrow" in page.text
    world.redactor.close()


PAGES = ("/officers", "/officers/new", "/agencies", "/agencies/northmoor-council", "/settings",
         "/settings/northmoor-csp/second-factor", "/keys", "/account", "/account/app")  # fmt: skip


def test_somebody_is_invited_confirmed_and_comes_in(databases: Databases, tmp_path: Path, clock: Clock) -> None:
    """Three people, each in a browser of their own, go by what the pages offer them."""
    port = free_port()
    origin = f"http://localhost:{port}"
    world = fill(build(databases, tmp_path, clock, party=RelyingParty("localhost", (origin,))))
    with serving(world, port), chromium(tmp_path / "chromium") as browser:
        admin, officer, una = (browser.person(origin) for _ in range(3))
        for page, who in ((admin, "admin"), (officer, "officer")):
            page.go("/sign-in")
            page.write(name=who, password=PASSWORD)
            page.press("Sign in")
        admin.press("Officers")
        admin.press("Invite or add somebody")
        admin.write(**{"name": "Una Fresh", "sign-in": "una"})
        admin.press("Invite")
        assert "Choose an agency" in admin.text
        admin.run("document.getElementById('agency').value = 'northmoor-police'")
        admin.run("document.getElementById('role-analyst').click()")
        admin.press("Invite")
        assert "Una Fresh is invited" in admin.text
        code = str(admin.run("document.querySelector('.hub-key').textContent"))
        officer.go("/")
        officer.press("Confirm: Una Fresh was invited")
        officer.press("Confirm that Una Fresh asked for it")
        una.go("/recover")
        una.write(name="una", code=code, password="a password of Una's own")
        una.press("Set the password")
        assert "Your password is set" in una.text
        una.write(name="una", password="a password of Una's own")
        una.press("Sign in")
        assert "Analyst" in una.text
        for path in PAGES:
            admin.go(path)
            for width in (1280, 320):
                admin.keep(tmp_path / f"{path.strip('/').replace('/', '-')}-{width}.png", width)
            assert not admin.wider_than_screen, path
            admin.call("Emulation.clearDeviceMetricsOverride")
    world.redactor.close()
