"""`POST /v1/geocode`: what an agency's own form asks at the moment of recording. Nothing that is asked is stored."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hub.decision import Refuse
from hub.journey import feedback, locate
from hub.journey.locate import MOST_CANDIDATES, MOST_LOCATIONS, Located, Locating
from hub.web.intake import ANSWERS, Machine, Refused

NAMES = {"geo_method": "method", "geo_class": "precision_class", "geo_precision_m": "precision_m",
         "geo_confidence": "confidence", "geo_fault": "fault", "geo_note": "note", "geo_matched_id": "matched_id",
         "geo_matched_text": "matched_text", "geo_source": "source", "geo_vintage": "vintage",
         "geo_alternatives": "alternatives", "geo_margin": "margin"}  # fmt: skip
"""Columns of an answer by the names that `hub geocode` writes."""


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[Annotated[str, Field(max_length=500)] | None, BeforeValidator(_as_text), Field(default=None)]


class Location(BaseModel):
    """A location as an agency writes it: any of these fields. `place_text` is free text."""

    model_config = ConfigDict(extra="forbid")
    easting: Text
    northing: Text
    grid_reference: Text
    longitude: Text
    latitude: Text
    uprn: Text
    address: Text
    street: Text
    town: Text
    postcode: Text
    place_text: Text


class Asked(BaseModel):
    """One of: `typed`, what has been typed so far; `location`, one; `locations`, up to 1,000."""

    model_config = ConfigDict(extra="forbid")
    typed: Annotated[str | None, Field(max_length=500)] = None
    location: Location | None = None
    locations: Annotated[list[Location] | None, Field(min_length=1, max_length=MOST_LOCATIONS)] = None
    candidates: Annotated[int, Field(ge=0, le=MOST_CANDIDATES)] = 5

    @model_validator(mode="after")
    def _one(self) -> Asked:
        if sum(v is not None for v in (self.typed, self.location, self.locations)) != 1:
            raise ValueError("exactly one of typed, location and locations is needed")
        return self


def locating(request: Request) -> Locating:
    """Locating's dependencies, as wired at start."""
    found: Locating = request.app.state.locating
    return found


ALSO: dict[int | str, dict[str, Any]] = {401: ANSWERS[401], 403: ANSWERS[403], 422: ANSWERS[422], 429: ANSWERS[403]}
router = APIRouter(prefix="/v1", responses=ALSO)


@router.post("/geocode")
def geocode(hub: Annotated[Locating, Depends(locating)], who: Machine, asked: Asked) -> dict[str, Any]:
    """Where is it, and what else might it be? For agencies with a flow in force, within their limit by the minute.

    `typed` answers with candidates alone, quickly; `location` and `locations` with the cascade's answer, its areas and
    candidates, in the order asked.
    """
    many = asked.locations or ([asked.location] if asked.location else [])
    verdict = locate.permit(hub, who.agency, max(1, len(many)))
    if isinstance(verdict, Refuse):
        raise Refused(verdict)
    if asked.typed is not None:
        return {"candidates": locate.typed(hub.reference, asked.typed, asked.candidates)}
    found = locate.answer(hub.reference, [place.model_dump() for place in many], asked.candidates)
    results = [_shown(one) for one in found]
    return results[0] if asked.location else {"results": results}


@router.get("/locations")
def reports(hub: Annotated[Locating, Depends(locating)], who: Machine) -> dict[str, Any]:
    """How well the caller's own locations were written: each dataset's last batch, beside its last thirty days.

    Rows by method, precision class and fault; fields, the worst first; the commonest words that nobody could place.
    """
    return {
        "reports": [
            {"dataset": r.dataset, "series": r.series, "batch": r.batch, "finished_at": r.finished_at.isoformat(),
             "last": r.night.as_json(), "days_30": r.month.as_json()}
            for r in feedback.reports_to(hub.db, who.agency, hub.now())
        ]
    }  # fmt: skip


def _shown(one: Located) -> dict[str, Any]:
    answer = {NAMES.get(k, k): _plain(v) for k, v in one.answer.items()}
    return {"answer": answer, "candidates": one.candidates}


def _plain(value: Any) -> Any:
    """Figures no longer than they are good for."""
    return round(value, 3) if isinstance(value, float) else value


def add_locating(app: FastAPI, hub: Locating) -> None:
    """Add the address to the application."""
    app.state.locating = hub
    app.include_router(router)
