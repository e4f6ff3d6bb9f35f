"""The application under test on loopback, for browsers and other programs that speak HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.web.seed import World


@contextmanager
def serving(world: World, port: int, app: Any = None) -> Iterator[None]:
    """The application (or what wraps it) on loopback, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app or world.app, port=port, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
