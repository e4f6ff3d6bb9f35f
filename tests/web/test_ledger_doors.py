"""Anybody fetches the log's head and proofs; the separate verifier believes them, and signed copies, and nothing else."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import psycopg
import pytest
from joserfc.jwk import OKPKey
from markupsafe import escape
from typer.testing import CliRunner

from connectors.__main__ import app as connector
from connectors.proofs import Disproved, check_copy, read_head
from connectors.verify import proved
from hub.db import ledger as ledger_rows
from hub.db import session
from hub.journey import sign, witness
from protocols.assertion import b64u, from_b64u
from tests.web.conftest import Client
from tests.web.seed import World
from tests.web.test_signing import PATH, all_sign, opened, signatory, stored


@pytest.fixture
def public(world: World) -> OKPKey:
    return OKPKey.import_key(world.publishing.signer.public())


def save(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_heads_and_proofs_are_fetched_by_anybody_and_hold(
    world: World, client: Client, public: OKPKey, tmp_path: Path
) -> None:  # fmt: skip
    stranger = client()
    old = save(tmp_path / "old.txt", stranger.get("/ledger/checkpoint").text)
    first = proved(old, public, [], None)
    size = first["events"]
    assert size > 5
    opened(world)
    with world.databases.release.transaction() as tx:
        leaves = [content for _, content in ledger_rows.leaves(tx)]
    save(tmp_path / "event.json", leaves[3].decode() + "\n")
    for index in (0, 3, size, len(leaves) - 1):
        served = save(tmp_path / "proof.json", stranger.get(f"/ledger/inclusion/{index}").text)
        assert proved(served, public, [], None)["event"] == index
        assert leaves[index].decode() not in served.read_text()
    served = save(tmp_path / "proof.json", stranger.get("/ledger/inclusion/3").text)
    assert proved(served, public, [], tmp_path / "event.json")["content"] == "checked"
    grown = save(tmp_path / "grown.json", stranger.get(f"/ledger/consistency/{size}").text)
    assert proved(grown, public, [old], None) == {"begins_with": size, "events": len(leaves)}
    log = save(tmp_path / "log.jsonl", "".join(c.decode() + "\n" for c in leaves))
    assert proved(log, public, [old], None)["events"] == len(leaves)
    save(log, log.read_text().replace('"allow"', '"refuse"', 1))
    with pytest.raises(Disproved):
        proved(log, public, [old], None)
    for path in (f"/ledger/inclusion/{len(leaves)}", "/ledger/consistency/0", f"/ledger/consistency/{len(leaves) + 1}"):
        assert stranger.get(path).status_code == 404


def test_every_stored_node_gives_every_proof(world: World) -> None:
    """The stored perfect subtrees are those of the entries, whatever order transactions came in."""
    key = from_b64u(str(world.publishing.signer.public()["x"]))
    with world.databases.release.transaction() as tx:
        size = ledger_rows.frontier(tx).size
    for index in range(size):
        body = witness.inclusion(world.desk, world.publishing.signer, index)
        assert read_head(body["checkpoint"], key).size == size


def test_a_signed_copy_is_verified_without_the_hub(world: World, client: Client, tmp_path: Path) -> None:
    opened(world)
    chiefs = all_sign(world)
    page = client("auditor").get(f"{PATH}/signed").text
    found = check_copy(page)
    assert found["digest"] == stored(world).digest
    assert {s["agency"] for s in found["signatures"]} == set(chiefs)
    assert all(s["key"] for s in found["signatures"])
    assert found["not_signed"] == []
    done = CliRunner().invoke(connector, ["verify", str(save(tmp_path / "copy.html", page))])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["protocol"] == "northmoor-violence"

    def but(old: str, new: str) -> str:
        assert str(old) in page
        return str(page).replace(str(old), str(new))

    body = sign.signed_copy(world.desk, world.caller("auditor"), "northmoor-violence", 3).body
    one = body["signatures"][0]
    title = str(escape('title = "Northmoor Police"'))
    stranger = b64u(signatory(world, "northmoor-homes")[1].public_key)
    for wrong in (
        but(title, title.replace("Police", "Fire")),  # the text
        but(found["digest"], "0" * 64),
        but(one["signature"], b64u(b"0" * 70)),
        but(one["public_key"], stranger),
        but(one["authenticator_data"], b64u(b"0" * 37)),
        but(escape('"format": "partnership-hub/signed-copy/1"'), escape('"format": "x"')),
        but('<pre class="hub-text hub-wrap" id="text">', '<pre class="hub-text hub-wrap" id="other">'),
        but(escape('"http://localhost"'), escape('"http://evil.example"')),
        page + f'<pre id="text">{page}</pre>',
    ):
        with pytest.raises(Disproved):
            check_copy(wrong)
    save(tmp_path / "copy.html", but(title, title.replace("Police", "Fire")))
    assert CliRunner().invoke(connector, ["verify", str(tmp_path / "copy.html")]).exit_code == 1


def test_wrong_use_of_the_verifier_says_what_to_do(world: World, client: Client, tmp_path: Path) -> None:
    head = save(tmp_path / "head.txt", client().get("/ledger/checkpoint").text)
    done = CliRunner().invoke(connector, ["verify", str(head)])
    assert done.exit_code == 2
    assert "--hub-key" in done.output
    key = save(tmp_path / "hub.json", json.dumps(world.publishing.signer.public()))
    assert CliRunner().invoke(connector, ["verify", str(head), "--hub-key", str(key)]).exit_code == 0
    for content in ("{", "{}", "[]", "", "x\n\ny", '{"format": "x"}', "<html></html>"):
        save(tmp_path / "odd", content)
        assert CliRunner().invoke(connector, ["verify", str(tmp_path / "odd"), "--hub-key", str(key)]).exit_code in (
            1,
            2,
        )


def test_a_log_from_before_is_found_again_by_the_same_keys(world: World, client: Client) -> None:
    client("analyst").get("/log")
    client("analyst").get(f"/releases/{world.ids['published']}/look")
    fill = importlib.import_module("migrations.versions.0009_proof").REACH
    with psycopg.connect(session.driver_url(world.databases.owner_url)) as owner:
        ours = set(owner.execute("delete from ledger_reach returning key, sequence"))
        owner.execute(fill)
        theirs = set(owner.execute("select key, sequence from ledger_reach"))
    assert {key.partition(":")[0] for key, _ in ours} >= {"protocol", "person", "use"}
    assert theirs == ours
