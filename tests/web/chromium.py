"""A real browser for tests: Chromium, driven by the DevTools protocol over a pipe, with nothing between.

The pipe (`--remote-debugging-pipe`) carries JSON messages ended by a NUL byte on file descriptors 3 and 4, so that
neither a WebSocket library nor a driver is needed. Passkeys are made by Chromium's virtual authenticator.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 60.0
BINARY = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), "")
needs_browser = pytest.mark.skipif(
    not BINARY and os.environ.get("HUB_TEST_BROWSER") != "required",
    reason="there is no Chromium on this machine (Debian: apt install chromium)",
)
"""Tests in a browser skip without one; where HUB_TEST_BROWSER says `required` they fail."""
WORDS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-dev-shm-usage", "--remote-debugging-pipe")  # fmt: skip


class Gone(AssertionError):
    """The browser could not answer: most often because the page was just being left."""


class Browser:
    """A running Chromium. Messages are answered in order of their numbers; events in between are kept."""

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out = into, out
        self._buffer, self._number = b"", 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Ask for one command of the protocol; its result. Raises `Gone` where it failed."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._into, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next(method)
            if said.get("id") == self._number:
                if "error" in said:
                    raise Gone(f"{method}: {said['error']}")
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def _next(self, waiting: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._out], [], [], max(0.0, until - time.monotonic()))
            part = os.read(self._out, 1 << 20) if ready else b""
            assert part, f"the browser did not answer {waiting}"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def person(self, origin: str) -> Page:
        """A tab in a profile of its own, with an authenticator of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        found = Page(self, session, origin)
        for method, params in (("Page.enable", {}), ("Runtime.enable", {}), ("Log.enable", {}), ("WebAuthn.enable", {}),
                               ("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})):  # fmt: skip
            found.call(method, **params)
        return found


AUTHENTICATOR = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                 "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip


class Page:
    """One person's tab: go somewhere, fill in, press, read."""

    def __init__(self, browser: Browser, session: str, origin: str) -> None:
        self._browser, self._session, self._origin = browser, session, origin

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command for this tab."""
        return self._browser.call(method, self._session, **params)

    def run(self, script: str) -> Any:
        """The value of a script's expression in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found.get("exceptionDetails")
        return found["result"].get("value")

    def until(self, script: str) -> Any:
        """The first value of the script that is true; a page that is just being left has none."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with suppress(Gone):
                if found := self.run(script):
                    return found
            time.sleep(0.02)
        raise AssertionError(f"this never came true on {self.run('location.href')}: {script}\n{self.text}")

    def go(self, path: str) -> None:
        """Open a page of the hub."""
        self.leave(f"location.href = {json.dumps(self._origin + path)}")

    def leave(self, script: str) -> None:
        """Run what leads to another page, and wait until that has loaded."""
        self.run("window.left = false")
        with suppress(Gone):  # the page may be left before the answer
            self.run(script)
        self.until("window.left === undefined && document.readyState === 'complete' && location.href !== 'about:blank'")

    def press(self, words: str) -> None:
        """Press the button, or follow the link, with these words; wait for the page that follows."""
        self.leave(
            "(() => { const one = [...document.querySelectorAll('button, a')].find((e) => e.checkVisibility() && "
            f"e.textContent.trim() === {json.dumps(words)}); if (!one) throw Error('nothing to press: ' + "
            f"{json.dumps(words)} + ' on ' + location.href); one.click(); }})()"
        )

    def signed_in(self, token: str) -> None:
        """Be signed in by a session's token. A strict cookie goes along only from a page of the same site: be on one."""
        self.go("/register")
        self.call(
            "Network.setCookie", name="hub-session", value=token, url=self._origin, httpOnly=True, sameSite="Strict"
        )

    def key(self, name: str) -> None:
        """Press one key: `Tab`, `Enter` or `Space`."""
        number, text = {"Tab": (9, ""), "Enter": (13, "\r"), "Space": (32, " ")}[name]
        key = {"key": " " if name == "Space" else name, "code": name, "windowsVirtualKeyCode": number}
        self.call("Input.dispatchKeyEvent", type="keyDown", **key, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    def tab_to(self, which: str) -> None:
        """Press Tab until this holds of the focused element `e`. Raises where the keyboard does not reach it."""
        for _ in range(200):
            self.key("Tab")
            if self.run(f"(() => {{ const e = document.activeElement; return !!({which}); }})()"):
                return
        raise AssertionError(f"Tab does not lead to what {which} on {self.run('location.href')}\n{self.text}")

    def enter(self, words: str) -> None:
        """Go to the button or link with these words by Tab, press Enter, and wait for the page that follows."""
        self.tab_to(f"e.matches('a, button') && e.textContent.trim() === {json.dumps(words)}")
        self.run("window.left = false")
        with suppress(Gone):
            self.key("Enter")
        self.until("window.left === undefined && document.readyState === 'complete'")

    def fill(self, field: str, text: str) -> None:
        """Go to the field of this id by Tab and type."""
        self.tab_to(f"e.id === {json.dumps(field)}")
        self.call("Input.insertText", text=text)

    def resize(self, width: int) -> None:
        """Show the page this wide."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def write(self, **fields: str) -> None:
        """Write into fields by their ids; `choose` is for radios."""
        for name, value in fields.items():
            self.run(f"document.getElementById({json.dumps(name)}).value = {json.dumps(value)}")

    def choose(self, name: str, value: str) -> None:
        """Choose one of a question's radios."""
        self.run(f"document.querySelector('[name={name}][value={value}]').checked = true")

    @property
    def text(self) -> str:
        """What a reader sees of the page."""
        return str(self.run("document.body.innerText"))

    def keep(self, path: Path, width: int = 1280) -> None:
        """A picture of the whole page as wide as this."""
        self.resize(width)
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))

    @property
    def wider_than_screen(self) -> bool:
        """Does the page scroll sideways as wide as it is now shown?"""
        return bool(self.run("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A headless Chromium with an empty profile, ended with the block."""
    assert BINARY, "there is no Chromium on this machine (Debian: apt install chromium)"
    to_them, from_us = _high_pipe()
    to_us, from_them = _high_pipe()
    words = [BINARY, *WORDS, f"--user-data-dir={profile}"]
    quiet = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (0, 1, 2)]
    ends = [(os.POSIX_SPAWN_DUP2, to_them, 3), (os.POSIX_SPAWN_DUP2, from_them, 4)]  # where Chromium looks for them
    pid = os.posix_spawn(BINARY, words, os.environ, file_actions=[*quiet, *ends])
    for end in (to_them, from_them):
        os.close(end)
    browser = Browser(from_us, to_us)
    try:
        yield browser
    finally:
        try:
            browser.call("Browser.close")
        except (AssertionError, OSError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for end in (from_us, to_us):
            os.close(end)


def _high_pipe() -> tuple[int, int]:
    """A pipe whose ends are none of the numbers that the child's ends will have."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low]
    for end in low:
        os.close(end)
    return high[0], high[1]
