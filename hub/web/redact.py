"""`POST /v1/redact`: an agency's machine sees what would be left of a note. Answers for a flow in force; stores nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from hub.decision import Refuse
from hub.journey.redact import Question, Redactor, redact_for
from hub.web.intake import ANSWERS, Hub, Machine, Refused

router = APIRouter(prefix="/v1", responses=ANSWERS)
DATASET = r"^[a-z][a-z0-9-]{0,60}/[0-9]{1,6}$"
MOST_NOTES, LONGEST_NOTE = 500, 100_000


class NoteIn(BaseModel):
    """One note with the record it belongs to, any field names."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(max_length=200)]
    text: Annotated[str, Field(max_length=LONGEST_NOTE)]
    record: dict[str, Any] = Field(default_factory=dict)
    agency: str = ""


class Asked(BaseModel):
    """Body of POST /v1/redact."""

    model_config = ConfigDict(extra="forbid")
    dataset: Annotated[str, Field(pattern=DATASET, max_length=80)]
    purpose: Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,80}$")]
    notes: Annotated[list[NoteIn], Field(max_length=MOST_NOTES)]


@router.post("/redact")
def redact(request: Request, hub: Hub, who: Machine, body: Asked) -> dict[str, Any]:
    """Redact notes as the strictest flow in force would. Every id once, in the same order."""
    redactor: Redactor = request.app.state.redactor
    notes = [{"record": n.record, "text": n.text} for n in body.notes]
    done = redact_for(hub, who, redactor, Question(body.dataset, body.purpose, notes))
    if isinstance(done, Refuse):
        raise Refused(done)
    return {"notes": [{"id": n.id, "text": text} for n, text in zip(body.notes, done, strict=True)]}
