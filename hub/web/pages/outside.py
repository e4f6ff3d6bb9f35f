"""Sign in through another service: off to it, and back.

The browser comes back from another site, so that its way home needs a cookie that such requests carry (SameSite=Lax);
the session's own cookie is Strict, and goes along from the next page on: hence a page between, which leads on by itself.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from hub.decision import Refuse
from hub.journey import outside
from hub.web.pages.door import came_from, cookie_name, drop_cookie, local, set_cookie
from hub.web.pages.render import Site, page, site

router = APIRouter(prefix="/sign-in/with", include_in_schema=False)
At = Annotated[Site, Depends(site)]
Name = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")]


@router.get("/{provider}")
def begin(
    at: At, provider: Name, following: Annotated[str, Query(alias="next", max_length=300)] = "/", again: bool = False
) -> Response:
    """Off to the service."""
    begun = outside.begin(at.desk, provider, local(following), again)
    answer = RedirectResponse(begun.address, 303)
    set_cookie(answer, at.settings, "outside", begun.cookie, "lax")
    return answer


@router.get("/{provider}/done")
def end(request: Request, at: At, provider: Name) -> Response:
    """Back from the service: a new session, or why not."""
    cookie = request.cookies.get(cookie_name(at.settings, "outside"), "")
    found = outside.end(at.desk, provider, dict(request.query_params), cookie, came_from(request))
    if isinstance(found, Refuse):
        answer: Response = page(request, "refused.html", 403, refusal=found, at_door=True)
    else:
        answer = page(request, "signed-in.html", following=local(found.following), at_door=True)
        set_cookie(answer, at.settings, "session", found.token)
    drop_cookie(answer, at.settings, "outside", "lax")
    return answer
