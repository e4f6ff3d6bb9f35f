"""What forms do the pages of a running hub offer to whom? Found by reading every page, so that a new form is attacked too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.web.conftest import Client
from tests.web.seed import CAST, World

TEXTS = {"text", "email", "search", "tel", "url", "password", "textarea"}


@dataclass
class Form:
    """A form as somebody finds it: where it goes, and its fields (name → kind, value)."""

    who: str
    page: str
    action: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)

    def filled(self, text: str) -> dict[str, str]:
        """Every text field holding this, every other as it came."""
        return {name: text if kind in TEXTS else value for name, (kind, value) in self.fields.items() if name != "csrf"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, tuple[str, str]]]] = []
        self.links: set[str] = set()
        self._open: dict[str, tuple[str, str]] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {k: v or "" for k, v in attrs}
        if tag == "a":
            self.links.add(said.get("href", "").partition("#")[0])
        if tag == "form" and said.get("method") == "post":
            self._open = {}
            self.found.append((said["action"], self._open))
        if self._open is None or ("name" not in said and tag != "option"):
            return
        if tag == "input" and said.get("type") not in ("checkbox", "radio", "submit"):
            self._open[said["name"]] = (said.get("type", "text"), said.get("value", ""))
        elif tag == "input" and ("checked" in said or said["name"] not in self._open):
            self._open[said["name"]] = ("choice", said.get("value", ""))
        elif tag in ("textarea", "select"):
            self._open[said["name"]] = (tag, "")
            self._select = said["name"] if tag == "select" else ""
        elif tag == "option" and self._select and said.get("value") and not self._open[self._select][1]:
            self._open[self._select] = ("select", said["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""


def read(page: str) -> tuple[list[tuple[str, dict[str, tuple[str, str]]]], set[str]]:
    """(forms, links) of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.found, reader.links


def crawl(world: World, client: Client, people: Iterable[str] = ("", *CAST), seeds: Iterable[str] = ()) -> list[Form]:
    """The forms of every page that people can click their way to (or that `seeds` name), each action once a person."""
    found: dict[tuple[str, str], Form] = {}
    for who in people:
        browser, todo = client(who), ["/", "/sign-in", "/recover", "/register", *seeds]
        seen: set[str] = set()
        while todo and len(seen) < 150:
            path = todo.pop(0)
            shape = path.partition("?")[0]
            if (
                path in seen
                or not path.startswith("/")
                or shape in seen
                or "/files/" in path
                or shape.endswith((".csv", ".atom"))
            ):
                continue
            seen |= {path, shape}
            answer = browser.get(path)
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            forms, links = read(answer.text)
            todo += sorted(links - seen)
            for action, fields in forms:
                found.setdefault((who, action), Form(who, path, action, fields))
    return list(found.values())
