"""What do pages load beside themselves? GOV.UK Frontend's style and script and our own few lines, from this site only.

The typeface GDS Transport and the crown are licensed for gov.uk alone: the style sheet is served without the one's
rules, and the pictures of the other are not served at all.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from hub.decision import NotFound

OWN = Path(__file__).resolve().parents[1] / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
         ".mjs": "text/javascript; charset=utf-8"}  # fmt: skip
FROM_FRONTEND = ("govuk-frontend.min.css", "govuk-frontend.min.js")
WORKER = "maplibre-gl-worker.mjs"
MAP_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data: blob:; script-src 'self'; worker-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Of pages with a map: as everywhere, but that the map may start its worker and fetch the hub's own boundaries."""
WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
FROM_MAPLIBRE = ("maplibre-gl.mjs", WORKER, "maplibre-gl.css")
"""MapLibre GL JS, BSD-3-Clause; its folder lies beside GOV.UK Frontend's where npm put both."""
FROM_HERE = ("hub.css", "hub.js", "map.js", "look.js", "editor.js", "passkey.js", "icon.svg")
FONT_RULE = re.compile(r"@font-face\{[^}]*\}")
FONTS = "Arial,Helvetica,sans-serif"


@dataclass(frozen=True, slots=True)
class Assets:
    """The files served under /assets, in memory: name → bytes."""

    files: dict[str, bytes]

    @property
    def has_map(self) -> bool:
        """Is the map's library at hand? Without it pages show tables alone."""
        return all(name in self.files for name in FROM_MAPLIBRE)

    def address(self, name: str) -> str:
        """Where a file is found; changed content has another address, so that it may be kept for ever."""
        content = self.files.get(name, b"")
        return f"/assets/{hashlib.sha256(content).hexdigest()[:12]}/{name}"


def _style(text: str) -> str:
    """GOV.UK Frontend's style sheet with a free typeface in place of GDS Transport."""
    return FONT_RULE.sub("", text).replace("GDS Transport,arial,sans-serif", FONTS)


def read_assets(frontend: Path) -> Assets:
    """Everything pages load. Without GOV.UK Frontend at hand they work, unadorned."""
    files = {name: (OWN / name).read_bytes() for name in FROM_HERE}
    for name in FROM_FRONTEND:
        path = frontend / name
        if path.is_file():
            text = path.read_text(encoding="utf-8").partition("/*# sourceMappingURL")[0]
            text = text.partition("//# sourceMappingURL")[0]
            files[name] = (_style(text) if name.endswith(".css") else text).encode()
    for name in FROM_MAPLIBRE:
        path = frontend.parent.parent.parent / "maplibre-gl" / "dist" / name
        if path.is_file():
            files[name] = path.read_bytes().partition(b"//# sourceMappingURL")[0]
    for script in ("map.js", "look.js"):
        drawn = files[script].decode()
        for word, name in (("MAPLIBRE", "maplibre-gl.mjs"), ("MAPWORKER", WORKER)):
            drawn = drawn.replace(word, Assets(files).address(name))
        files[script] = drawn.encode()
    own = files["hub.js"].decode().replace("GOVUK_FRONTEND", Assets(files).address("govuk-frontend.min.js"))
    return Assets(files | {"hub.js": own.encode()})


router = APIRouter(include_in_schema=False)


@router.get("/assets/{digest}/{name}")
def asset(request: Request, digest: str, name: str) -> Response:
    """One file, kept by browsers for a year: its address changes with its content."""
    files: Assets = request.app.state.site.assets
    content = files.files.get(name)
    if content is None or files.address(name) != f"/assets/{digest}/{name}":
        raise NotFound("there is no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    if name == WORKER:  # a worker is held to the policy that it came with
        headers["Content-Security-Policy"] = WORKER_POLICY
    return Response(content, media_type=TYPES[Path(name).suffix], headers=headers)
