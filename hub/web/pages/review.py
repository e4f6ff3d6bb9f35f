"""Words in doubt: an officer says of each whether it is somebody's name. A word is shown here and nowhere else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import Refuse
from hub.journey import oversee
from hub.journey import review as reviews
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/review", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Officer = Annotated[access.Caller, Depends(may("note.review"))]


@router.get("")
def review(request: Request, at: At, caller: Officer) -> HTMLResponse:
    """The words of the caller's agency that wait, and those decided last."""
    waiting, decided = reviews.to_review(at.reviewing, caller)
    _, partnerships = oversee.titles(at.desk)
    return page(request, "review.html", waiting=waiting, decided=decided, partnerships=partnerships,
                count=reviews.count_waiting(at.reviewing, caller))  # fmt: skip


@router.post("")
def decide(request: Request, at: At, caller: Officer, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """Take one decision."""
    made = reviews.decide(
        at.reviewing, caller, form.get("partnership", ""), form.get("key", ""), form.get("verdict", "")
    )
    if isinstance(made, Refuse):
        return page(request, "refused.html", 422 if made.rule == "review.verdict" else 403, refusal=made)
    return RedirectResponse("/review?done=words", 303)
