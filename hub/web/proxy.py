"""Whom does the hub believe about who calls? The proxy that the operator names, by its address, and nobody else.

The proxy tells a caller's address (X-Forwarded-For) and, where the operator asks for it, the SHA-256 of the client
certificate that a machine showed it. From any other peer the one is passed over, and the other ends the request.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from hub.journey.receive import Presented

MARK = re.compile(r"[0-9a-f]{64}")


class BehindProxy:
    """ASGI wrapper around the application, outside everything else: what it finds out stands in the request's state."""

    def __init__(self, app: ASGIApp, trusted: str, certificate_header: str) -> None:
        """`trusted`: addresses or networks, parted by commas; `certificate_header`: "" where no proxy tells certificates.
        Raises `ValueError` for what is no address."""
        words = [word.strip() for word in trusted.split(",") if word.strip()]
        self._networks = [ipaddress.ip_network(word) for word in words]
        self._header = certificate_header.lower().encode()
        self._inner = ProxyHeadersMiddleware(cast("Any", app), words)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out, and pass the request on."""
        if scope["type"] == "http" and self._header:
            said = [value.decode("latin1") for name, value in scope["headers"] if name == self._header]
            state = scope.setdefault("state", {})
            state["certificate"] = self._presented(scope.get("client"), said)
        await self._inner(cast("Any", scope), cast("Any", receive), cast("Any", send))

    def _presented(self, peer: Any, said: list[str]) -> Presented:
        """What the header is worth: nothing where it is empty, a lie where it does not come from the proxy, once."""
        words = [word for word in said if word.strip()]
        if not words:
            return Presented()
        mark = words[0].strip().lower().replace(":", "").removeprefix("sha256")
        sound = len(said) == 1 and MARK.fullmatch(mark) and self._is_trusted(peer)
        return Presented(mark) if sound else Presented(forged=True)

    def _is_trusted(self, peer: Any) -> bool:
        try:
            address = ipaddress.ip_address(peer[0])
        except (TypeError, IndexError, ValueError):
            return False
        return any(address in network for network in self._networks)
