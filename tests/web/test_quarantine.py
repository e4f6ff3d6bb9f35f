"""Rows in quarantine: seen by the sender's own officers alone, only what the source needs, and never without a trace."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from connectors.proofs import Disproved
from connectors.verify import proved
from hub.db import intake
from hub.journey import retire, witness
from hub.journey.receive import Receiving
from tests.conftest import NOON
from tests.web.conftest import Client, Clock
from tests.web.seed import World

ROWS = {n: {"_line": n, "crime_ref": f"NM/{n}/26", "committed_from": f"<b>{n}/13/2026</b>", "victim_surname": "Kerrigan"}
        for n in range(8)} | {3: {"_line": 3, "crime_ref": "=1+1", "committed_from": None, "victim_surname": "Kerrigan"}}  # fmt: skip


@pytest.fixture
def path(world: World) -> str:
    """The quarantine of the police's pooled batch, with its rows sealed as the worker seals them."""
    hub: Receiving = world.app.state.receiving
    batch = world.ids["pooled"]
    key = hub.vault.new_key(batch)
    sealed = [(n, hub.vault.seal_row(batch, n, key, json.dumps(row).encode())) for n, row in ROWS.items()]
    sealed[7] = (7, hub.vault.seal_row(batch, 7, key, b"NM/7/26|broken line"))
    with world.databases.intake.transaction() as tx:
        intake.insert_key(tx, batch, key.kek_id, key.wrapped)
        intake.insert_quarantine(tx, batch, sealed, NOON + timedelta(days=30))
    return f"/batches/{batch}/quarantine"


def events(world: World, action: str) -> list[dict[str, object]]:
    with world.databases.release.transaction() as tx:
        rows = tx.sql("select leaf from ledger_entry order by sequence")
        return [e for r in rows if (e := json.loads(r.leaf))["action"] == action]


def test_the_sender_s_officer_sees_reference_and_fault_and_it_is_logged(
    world: World, client: Client, path: str
) -> None:
    assert path in client("officer").get(path.removesuffix("/quarantine")).text
    page = client("officer").get(path).text
    for words in ("NM/2/26", "&lt;b&gt;2/13/2026&lt;/b&gt;", "no such day (time.impossible)", "NM/7/26|broken line",
                  "Nothing", "destroyed from"):  # fmt: skip
        assert words in page
    assert "Kerrigan" not in page  # no field but the key and what could not be used
    assert "<b>2" not in page
    (one,) = events(world, "quarantine.view")
    assert (one["verdict"], one["detail"]) == ("allow", {"rows": 8, "after": -1})
    assert one["actor"] == f"person:{world.people['officer']}"
    assert "NM/2/26" not in json.dumps(one)


@pytest.mark.parametrize(("who", "status"), [("second", 403), ("auditor", 403), ("operator", 403), ("analyst", 403),
                                             ("outsider", 404), ("", 303)])  # fmt: skip
def test_nobody_else_does(world: World, client: Client, path: str, who: str, status: int) -> None:
    for address in (path, f"{path}.csv"):
        answer = client(who).get(address)
        assert answer.status_code == status
        assert "NM/" not in answer.text
    if who:
        assert "See the rows" not in client(who).get(path.removesuffix("/quarantine")).text
    if who == "second":
        assert [e["verdict"] for e in events(world, "quarantine.view")] == ["refuse"]


def test_the_list_for_the_connector_holds_references_only(world: World, client: Client, path: str) -> None:
    answer = client("officer").get(f"{path}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == ["crime_ref", "line", "rules"]
    assert [r["crime_ref"] for r in rows] == [
        *(f"NM/{n}/26" for n in range(3)),
        "'=1+1",
        *(f"NM/{n}/26" for n in range(4, 7)),
        "",
    ]
    assert "2026" not in answer.text
    assert [e["detail"] for e in events(world, "quarantine.list")] == [{"rows": 8}]


def test_what_has_been_destroyed_is_shown_no_more(
    world: World, client: Client, clock: Clock, path: str, tmp_path: Path
) -> None:
    hub: Receiving = world.app.state.receiving
    clock.pass_(days=31)
    world.tokens.clear()
    assert retire.purge(retire.Retiring(world.databases.intake, hub.vault, clock)).quarantined == 8
    (proof := tmp_path / "erased.json").write_text(json.dumps(witness.erasures(world.desk, world.publishing.signer)))
    public = OKPKey.import_key(world.publishing.signer.public())
    erased, *_ = proved(proof, public, [], None)["erased"]
    assert (erased["action"], erased["subject"], erased["detail"]) == ("erase.quarantine", "quarantine", {"rows": 8})
    proof.write_text(proof.read_text().replace('"index": ', '"index": 1'))
    with pytest.raises(Disproved):
        proved(proof, public, [], None)
    page = client("officer").get(path).text
    assert "No row of this batch is in quarantine any more" in page
    assert "NM/" not in page
