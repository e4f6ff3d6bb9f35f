"""Releases to programs: rows by keyset pages, and OGC API Features 1.0 (Part 1: Core), for GDAL, QGIS, Python and R.

A token is scoped to one release. It comes as `Authorization: Bearer`, or as the password of HTTP Basic (any user name),
which is what QGIS and GDAL can keep. A page is found by the event number that the page before ended on, so that the
thousandth is as quick as the first. All of it is asked anew at each request: a suspended protocol ends it at once.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
import polars as pl
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from hub import access
from hub.decision import NotFound, Refuse
from hub.journey import interface
from hub.journey.publishing import Publishing
from hub.web.intake import ANSWERS, Refused
from hub.web.problems import problem

MOST, USUAL = 10_000, 1_000
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CONFORMS = tuple(f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{c}" for c in ("core", "oas30", "geojson"))
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OWN = frozenset({"limit", "after", "bbox", "datetime", "f", "offset"})
router = APIRouter(prefix="/v1", responses=ANSWERS, tags=["releases"])


def _as(kind: str) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of an answer of this media type."""
    return {200: {"content": {kind: {}}}}


def publishing(request: Request) -> Publishing:
    """The release's dependencies, as wired at start."""
    hub: Publishing = request.app.state.site.publishing
    return hub


Hub = Annotated[Publishing, Depends(publishing)]
Holder = tuple[access.Caller, str]


def holder(hub: Hub, authorization: Annotated[str, Header()] = "") -> Holder:
    """Who calls, and the release the token is for. Ends the request with 401 where it is worth nothing."""
    scheme, _, word = authorization.partition(" ")
    token = word.strip()
    if scheme.lower() == "basic":
        try:
            token = base64.b64decode(word, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            token = ""
    known = interface.holder(hub, token)
    if isinstance(known, Refuse):
        raise Refused(known)
    return known


Known = Annotated[Holder, Depends(holder)]
TokenNeeded = Depends(holder)
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[str, Query(max_length=64)]


def _rows(hub: Publishing, known: Holder, release: str, begins: bool) -> interface.Rows:
    caller, scoped = known
    if release != scoped:
        raise NotFound("there is no such release for this token")
    found = interface.open_rows(hub, caller, release, begins)
    if isinstance(found, Refuse):
        raise Refused(found)
    return found


def _matching(rows: interface.Rows, request: Request) -> np.ndarray | str:
    """Positions of the rows that the query's columns ask for; a sentence where one is no column."""
    mask = pl.lit(value=True)
    for name, value in request.query_params.multi_items():
        if name in OWN:
            continue
        if name not in rows.frame.columns:
            return f"there is no column {name}"
        mask = mask & (pl.col(name).cast(pl.Utf8).fill_null("") == value)
    if all(name in OWN for name in request.query_params):
        return np.arange(rows.frame.height)
    return rows.frame.select(mask.arg_true()).to_series().to_numpy()


def _page(rows: interface.Rows, matching: np.ndarray, after: str, limit: int) -> tuple[np.ndarray, str]:
    """A page's positions, and the event number that the next one starts after ("" on the last)."""
    start = 0
    if after:
        at = int(rows.frame["event_id"].search_sorted(after, side="right"))
        start = int(np.searchsorted(matching, at))
    page = matching[start : start + limit]
    more = start + limit < len(matching)
    return page, str(rows.frame["event_id"][int(page[-1])]) if more and len(page) else ""


def _address(request: Request, path: str = "", **changed: str) -> str:
    """An absolute address of this site: the same query with some of it changed, or another path."""
    set_url = request.app.state.site.settings.public_url
    base = (set_url or str(request.base_url)).rstrip("/")
    if path:
        return base + path
    query = [(k, v) for k, v in request.query_params.multi_items() if k not in changed]
    return f"{base}{request.url.path}?{urlencode([*query, *changed.items()])}"


# rows ---------------------------------------------------------------------------------------------------------------


@router.get("/releases")
def releases(hub: Hub, known: Known) -> dict[str, Any]:
    """The release that the token is for: number, title, rows, columns."""
    rows = _rows(hub, known, known[1], begins=False)
    return {"releases": [_described(rows)]}


def _described(rows: interface.Rows) -> dict[str, Any]:
    one = rows.release
    return {"id": one.id, "number": one.number, "title": one.title, "state": one.state, "rows": rows.frame.height,
            "columns": rows.frame.columns, "expires": one.expires.isoformat() if one.expires else None}  # fmt: skip


@router.get("/releases/{release}/rows")
def rows_page(
    request: Request, hub: Hub, known: Known, release: str, limit: Limit = USUAL, after: After = ""
) -> Response:
    """Rows by keyset pages: `after` is the `next` of the page before; any column filters by equality."""
    rows = _rows(hub, known, release, begins=not after)
    matching = _matching(rows, request)
    if isinstance(matching, str):
        return problem(422, "request.malformed", matching)
    page, following = _page(rows, matching, after, limit)
    body = {"rows": interface.records(rows, page), "next": following or None, "matched": len(matching)}
    return JSONResponse(body)


# OGC API Features ---------------------------------------------------------------------------------------------------


def _link(href: str, rel: str, kind: str, title: str = "") -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, **({"title": title} if title else {})}


@router.get("/ogc", dependencies=[TokenNeeded])
def landing(request: Request) -> dict[str, Any]:
    """OGC API Features: the landing page."""
    here, json_ = _address(request, "/v1/ogc"), "application/json"
    return {
        "title": "Partnership hub: releases",
        "description": "The release that this token is for.",
        "links": [_link(here, "self", json_), _link(f"{here}/api", "service-desc", OPENAPI),
                  _link(f"{here}/conformance", "conformance", json_), _link(f"{here}/collections", "data", json_)],
    }  # fmt: skip


@router.get("/ogc/conformance", dependencies=[TokenNeeded])
def conformance() -> dict[str, Any]:
    """OGC API Features: what it conforms to."""
    return {"conformsTo": list(CONFORMS)}


@router.get("/ogc/api", dependencies=[TokenNeeded], response_class=Response, responses=_as(OPENAPI))
def description(request: Request) -> Response:
    """OGC API Features: the OpenAPI document of the hub's interface."""
    return JSONResponse(request.app.openapi(), media_type=OPENAPI)


@router.get("/ogc/collections")
def collections(request: Request, hub: Hub, known: Known) -> dict[str, Any]:
    """OGC API Features: the collections, one for the token's release."""
    rows = _rows(hub, known, known[1], begins=False)
    here = _address(request, "/v1/ogc/collections")
    return {"links": [_link(here, "self", "application/json")], "collections": [_collection(request, rows)]}


@router.get("/ogc/collections/{release}")
def collection(request: Request, hub: Hub, known: Known, release: str) -> dict[str, Any]:
    """OGC API Features: a collection."""
    return _collection(request, _rows(hub, known, release, begins=False))


def _collection(request: Request, rows: interface.Rows) -> dict[str, Any]:
    one = rows.release
    here = _address(request, f"/v1/ogc/collections/{one.id}")
    known = np.isfinite(rows.lon)
    box = (
        [float(f(a[known])) for f in (np.min, np.max) for a in (rows.lon, rows.lat)] if known.any() else [-9, 49, 3, 61]
    )
    return {
        "id": one.id,
        "title": f"Release {one.number}: {one.title}",
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {"spatial": {"bbox": [box], "crs": CRS84}},
        "links": [_link(here, "self", "application/json"), _link(f"{here}/items", "items", GEOJSON)],
    }


def _box(text: str) -> tuple[float, float, float, float] | None:
    parts = text.split(",")
    try:
        numbers = [float(p) for p in parts]
    except ValueError:
        return None
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not np.isfinite(numbers).all():
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _when(rows: interface.Rows, matching: np.ndarray, asked: str) -> np.ndarray:
    """Rows whose time, as coarse as released, may lie in `datetime` (an instant, or an interval with `..` for open).
    A coarse time lies before an instant only where its whole stretch does."""
    if not asked or "occurred" not in rows.frame.columns:
        return matching
    first, slash, last = asked.partition("/")
    first, last = ("" if t in ("..", "") else t for t in (first, last if slash else first))
    times = rows.frame["occurred"][matching].cast(pl.Utf8).fill_null("").to_list()
    keep = [
        bool(t) and t[: len(first)] >= first[: len(t)] and (not last or t[: len(last)] <= last[: len(t)]) for t in times
    ]
    return np.asarray(matching[np.array(keep, dtype=bool)])


@router.get("/ogc/collections/{release}/items", response_class=Response, responses=_as(GEOJSON) | {400: ANSWERS[422]})
def items(
    request: Request, hub: Hub, known: Known, release: str, limit: Limit = USUAL, after: After = "",
    bbox: Annotated[str, Query(max_length=200)] = "", datetime_: Annotated[str, Query(alias="datetime", max_length=80)] = "",
) -> Response:  # fmt: skip
    """OGC API Features: a page of features, with a link to the next; `bbox`, `datetime` and any column filter."""
    rows = _rows(hub, known, release, begins=not after)
    matching = _matching(rows, request)
    if isinstance(matching, str):
        return problem(400, "request.malformed", matching)
    if bbox:
        box = _box(bbox)
        if box is None:
            return problem(400, "request.malformed", "bbox is four numbers: west, south, east, north")
        west, south, east, north = box
        lon, lat = rows.lon[matching], rows.lat[matching]
        matching = matching[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)]
    matching = _when(rows, matching, datetime_)
    page, following = _page(rows, matching, after, limit)
    links = [_link(_address(request), "self", GEOJSON)]
    if following:
        links.append(_link(_address(request, after=following), "next", GEOJSON))
    head = {"type": "FeatureCollection", "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "numberMatched": len(matching), "numberReturned": len(page), "links": links}  # fmt: skip
    body = json.dumps(head)[:-1] + ', "features": [' + ",".join(interface.features(rows, page)) + "]}"
    return Response(body, media_type=GEOJSON)


@router.get("/ogc/collections/{release}/items/{event}", response_class=Response, responses=_as(GEOJSON))
def item(request: Request, hub: Hub, known: Known, release: str, event: str) -> Response:
    """OGC API Features: one feature, by its event number."""
    rows = _rows(hub, known, release, begins=True)
    at = int(rows.frame["event_id"].search_sorted(event))
    if at >= rows.frame.height or rows.frame["event_id"][at] != event:
        raise NotFound("there is no such feature")
    links = [
        _link(_address(request), "self", GEOJSON),
        _link(_address(request, f"/v1/ogc/collections/{release}"), "collection", "application/json"),
    ]
    one = interface.features(rows, np.array([at]))[0]
    return Response(one[:-1] + ', "links": ' + json.dumps(links) + "}", media_type=GEOJSON)
