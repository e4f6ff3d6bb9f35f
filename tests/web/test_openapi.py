"""The OpenAPI document is kept to: odd requests to each of its operations, as each kind of caller, by Schemathesis.

Every answer has a status, a content type and a shape that the document names, and none is the hub's own failure.
HUB_API_CASES sets how many requests each operation gets from each caller.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from joserfc.jwk import OKPKey
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.db import protocol as protocols
from hub.journey import interface
from tests.conftest import NOON
from tests.web.seed import World
from tests.web.test_intake_door import AGENCY, KID, bearer

CASES = int(os.environ.get("HUB_API_CASES", "12"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
          response_schema_conformance]  # fmt: skip
ANSWERED = {
    "machine": {"GET /v1/flows", "GET /v1/batches/{batch}", "GET /v1/locations", "POST /v1/geocode"},
    "program": {"GET /v1/releases", "GET /v1/releases/{release}/rows", "GET /v1/ogc/collections/{release}/items"},
    "officer": {"POST /v1/protocols/check"},
}
"""What each caller must have been answered at least once, else nothing was tried; who is not here is answered nothing."""
Caller = Callable[[str, str], dict[str, str]]
"""Headers with which somebody asks (method, path)."""


def callers(world: World) -> dict[str, Caller]:
    """The machine of an agency with flows in force, a program with a release's token, people signed in, and nobody."""
    key = OKPKey.generate_key("Ed25519")
    with world.databases.release.transaction() as tx:
        protocols.insert_agency_key(tx, KID, AGENCY, json.dumps(key.as_dict(private=False)), NOON)
    token = interface.make_token(world.publishing, world.caller("analyst"), world.ids["published"])
    assert isinstance(token, str), token
    people = {who: {"Cookie": f"hub-session={world.token(who)}"} for who in ("officer", "nobody")}
    return {
        "machine": lambda method, path: bearer(key, method, path),
        "program": lambda _method, _path: {"Authorization": f"Bearer {token}"},
        "officer": lambda _method, _path: people["officer"],
        "nobody": lambda _method, _path: people["nobody"],
        "stranger": lambda _method, _path: {},
    }


@pytest.mark.parametrize("who", ["machine", "program", "officer", "nobody", "stranger"])
def test_every_operation_keeps_to_the_document(world: World, who: str) -> None:
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", world.app)
    ask, asked = callers(world)[who], set()
    quiet = settings(max_examples=CASES, deadline=None, derandomize=True, database=None,
                     phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "the document itself does not hold"
        operation = found.ok()

        @quiet
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            for name, value in (("batch", world.ids["held"]), ("release", world.ids["published"])):
                if name in case.path_parameters and len(case.path_parameters[name]) % 2:
                    case.path_parameters[name] = value
            headers = ask(case.method.upper(), unquote(case.formatted_path))
            asked.add((case.operation.label, case.call_and_validate(headers=headers, checks=CHECKS).status_code))

        run()
    reached = {label for label, status in asked if status < 300}
    assert reached >= ANSWERED.get(who, set())
    assert who in ANSWERED or not reached
