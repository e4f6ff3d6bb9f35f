"""How much may a request bring? Its body is counted as it comes; nobody can fill the memory with one request.

Pieces and extracts count their own bytes (see `hub.web.intake`).
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 1024 * 1024
OWN_LIMIT = ("/pieces/", "/v1/extracts")


class LimitedBody:
    """ASGI middleware: ends a request with 413 where its body outgrows `BODY_BYTES`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http" or any(part in scope["path"] for part in OWN_LIMIT):
            await self.app(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > BODY_BYTES:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
