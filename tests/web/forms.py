"""Forms as a browser sends them: read the page, take its token along, say where it came from."""

from __future__ import annotations

import re
from typing import Any

import httpx

ORIGIN = {"Origin": "http://testserver"}


def token_of(page: str) -> str:
    """The form token in a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, "the page has no form"
    return found[1]


def send(
    client: Any, path: str, page: str = "/register", headers: dict[str, str] | None = None, **fields: str
) -> httpx.Response:
    """Send a form from one of the hub's pages. Signed in, every page has the sign-out form and so the token."""
    text = client.get(page).text
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', text)
    fields.setdefault("csrf", found[1] if found else "")
    answer: httpx.Response = client.post(path, data=fields, headers=ORIGIN if headers is None else headers)
    return answer
