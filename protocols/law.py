"""Who is what by statute, and what must be shared every quarter? The law as dated data, never as code."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from protocols.contract import Words
from protocols.schema import PlaceFloor, TimeFloor

Provision = Literal["s115", "s5", "pcsc", "part3"]


class Term(Words):
    """Under which provision a kind of body stands, from the first day to the last; `memory`: not checked."""

    provision: Provision
    first: date = Field(alias="from")
    until: date | None = None
    source: str
    memory: bool = False
    limited: bool = False
    """Only so far as it has functions of that kind."""


class Authority(Words):
    """A kind of body, and what it is by statute."""

    code: str
    title: str
    agency_types: tuple[str, ...]
    nations: tuple[Literal["E", "W"], ...]
    now: str = ""
    """The code of what took its place."""
    terms: tuple[Term, ...]

    def source(self, provision: Provision, words: str) -> str:
        """Who asks, with a warning where the days of this provision were written from memory."""
        from_memory = any(t.memory for t in self.terms if t.provision == provision)
        return f"{words} (the hub knows these days from memory: check them)" if from_memory else words

    def term(self, provision: Provision, on: date) -> Term | None:
        """The term under this provision on a day, if it has one."""
        return next((t for t in self.terms
                     if t.provision == provision and t.first <= on and (t.until is None or on <= t.until)), None)  # fmt: skip


class PrescribedSet(Words):
    """One paragraph of the Schedule to SI 2007/1831."""

    paragraph: str
    title: str
    agency_types: tuple[str, ...]
    asks: tuple[str, ...]
    place: PlaceFloor
    time: TimeFloor
    classification: str = ""
    memory: bool = False
    careful: str = ""


class Law(Words):
    """All of it: kinds of bodies by code, prescribed sets by paragraph."""

    authority: Annotated[tuple[Authority, ...], Field(min_length=1)]
    set: Annotated[tuple[PrescribedSet, ...], Field(min_length=1)]

    @property
    def authorities(self) -> dict[str, Authority]:
        """Kinds of bodies, by code."""
        return {a.code: a for a in self.authority}

    @property
    def sets(self) -> dict[str, PrescribedSet]:
        """Prescribed sets, by paragraph."""
        return {s.paragraph: s for s in self.set}

    def of_type(self, agency_type: str, provision: Provision, on: date) -> list[tuple[Authority, Term]]:
        """Kinds of bodies that an agency of this type may be, with their term under a provision on a day."""
        found = ((a, a.term(provision, on)) for a in self.authority if agency_type in a.agency_types)
        return [(a, term) for a, term in found if term is not None]


@cache
def shipped_law() -> Law:
    """The files in `protocols/law`."""
    folder = resources.files("protocols").joinpath("law")
    body: dict[str, object] = {}
    for name in ("authorities", "prescribed"):
        body |= tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return Law.model_validate(body)
