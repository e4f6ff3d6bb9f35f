"""Settings as they stand: what a partnership's administrator changes here, and what the operator set for the whole hub."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub import access
from hub.decision import NotFound, Refuse
from hub.journey import staff
from hub.web.pages.door import may, posted
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/settings", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("settings.read"))]
Changer = Annotated[access.Caller, Depends(may("settings.change"))]
Id = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


@router.get("")
def settings(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """Every setting that concerns people here."""
    return page(request, "settings.html", rules=staff.rules(at.desk, caller), environment=at.settings.environment,
                providers=at.desk.providers)  # fmt: skip


@router.get("/{partnership}/second-factor")
def ask_second_factor(request: Request, at: At, caller: Changer, partnership: Id) -> HTMLResponse:
    """Ask once more, and say whom it stops."""
    found = next((r for r in staff.rules(at.desk, caller) if r.partnership == partnership and r.may_change), None)
    if found is None:
        raise NotFound("there is no such partnership")
    return page(request, "settings-factor.html", rule=found)


@router.post("/{partnership}/second-factor")
def second_factor(
    request: Request, at: At, caller: Changer, partnership: Id, form: Annotated[dict[str, str], Depends(posted)]
) -> Response:
    """Ask for a second factor from now on, or no longer."""
    decision = staff.ask_second_factor(at.desk, caller, partnership, form.get("needed") == "yes")
    if isinstance(decision, Refuse):
        return page(request, "refused.html", 403, refusal=decision)
    return RedirectResponse("/settings?done=setting", 303)
