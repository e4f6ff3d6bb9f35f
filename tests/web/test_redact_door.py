"""`POST /v1/redact`: for a flow in force alone, by the strictest flow's mode, every id once, and nothing kept."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from hub.db import protocol as protocols
from tests.web.conftest import Client
from tests.web.seed import World
from tests.web.test_intake_door import ask, key

__all__ = ["key"]
NOTE = "Perpetua Quillfeather rang from 07700 900123, her ex Tadhg was at the door"
RECORD = {"victim_forename": "Perpetua", "victim_surname": "Quillfeather"}
BODY: dict[str, Any] = {
    "dataset": "police-crime/1", "purpose": "SERIOUS_VIOLENCE",
    "notes": [{"id": "b", "record": RECORD, "text": NOTE}, {"id": "a", "text": "bin fire, nobody there"}],
}  # fmt: skip


def test_notes_are_redacted_and_nothing_of_them_is_kept(
    world: World, client: Client, key: OKPKey, tmp_path: Path
) -> None:
    answer = ask(client(), key, "POST", "/v1/redact", json=BODY)
    assert answer.status_code == 200
    notes = answer.json()["notes"]
    assert [n["id"] for n in notes] == ["b", "a"]
    assert not [w for w in ("Perpetua", "Quillfeather", "900123", "Tadhg") if w in notes[0]["text"]]
    assert notes[1]["text"] == "bin fire, nobody there"
    with world.databases.intake.transaction(["northmoor-csp"]) as tx:
        tables = [r[0] for r in tx.sql("select tablename from pg_tables where schemaname = 'public'")]
        readable = [t for t in tables if tx.sql("select has_table_privilege(:t, 'select')", t=t).scalar()]
        held = "".join(str(tuple(r)) for t in readable for r in tx.sql(f'select * from "{t}"'))
    assert "note.redact" in held
    assert "uillfeather" not in held
    on_disk = subprocess.run(["grep", "-rl", "Quillfeather", str(tmp_path)], capture_output=True, check=False)
    assert on_disk.stdout == b""


def test_a_flow_that_is_not_in_force_is_refused_and_the_process_never_asked(
    world: World, client: Client, key: OKPKey
) -> None:
    for change in ({"purpose": "ASB"}, {"dataset": "housing-asb/1"}, {"dataset": "no-such/9"}):
        answer = ask(client(), key, "POST", "/v1/redact", json=BODY | change)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert answer.json()["rule"].startswith("protocol.")
    with world.databases.release.transaction() as tx:
        protocols.set_state(tx, "northmoor-violence", 1, "suspended")
    assert ask(client(), key, "POST", "/v1/redact", json=BODY).json()["rule"].startswith("protocol.")
    assert world.redactor._child is None


@pytest.mark.parametrize(
    "change",
    [{"notes": "x"}, {"notes": [{"text": "no id"}]}, {"notes": [{"id": "a", "text": "x" * 100_001}]}, {"more": 1},
     {"notes": [{"id": "a", "text": "x"}] * 501}],
)  # fmt: skip
def test_what_is_malformed_is_said_without_quoting_it(client: Client, key: OKPKey, change: dict[str, Any]) -> None:
    answer = ask(client(), key, "POST", "/v1/redact", json=BODY | change)
    assert answer.status_code == 422
    assert "Quillfeather" not in answer.text
