"""Heads of the log before others' eyes: stamped by an authority, told to witnesses; and nothing leaves without a stamp."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from connectors.proofs import Disproved, read_head, roots_by_consistency
from connectors.verify import proved
from hub.adapters.outside import TimestampService
from hub.adapters.post import Mail
from hub.db import proof
from hub.decision import Refuse
from hub.journey import proving, publish
from hub.journey.proving import Proved, Proving, prove, set_witness
from protocols.assertion import from_b64u
from protocols.timestamp import authorities
from tests.conftest import NOON
from tests.tsa import Authority, serving
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.seed import NORTHMOOR, World


@dataclass
class Hub:
    """Proving over the world, its authority, and the mails that were sent."""

    proving: Proving
    authority: Authority
    mails: list[Mail] = field(default_factory=list)


@pytest.fixture
def hub(world: World, clock: Clock) -> Iterator[Hub]:
    authority = Authority(clock, NOON)
    with serving(authority) as url:
        service = TimestampService(url, tuple(authorities(authority.anchors)))
        made = Hub(Proving(world.databases.release, world.publishing.signer, clock, service, None), authority)
        object.__setattr__(made.proving, "send", lambda mail, _: made.mails.append(mail))
        object.__setattr__(world.publishing, "stamped_within", proving.PAUSE_AFTER)
        yield made


def test_a_stamp_is_kept_and_verified_offline_by_the_separate_verifier(
    world: World, client: Client, hub: Hub, clock: Clock, tmp_path: Path
) -> None:
    assert prove(hub.proving) == Proved(stamped=True)
    clock.pass_(minutes=5)
    assert prove(hub.proving) == Proved()  # every ten minutes
    clock.pass_(minutes=6)
    assert prove(hub.proving) == Proved(stamped=True)
    (tmp_path / "stamp.json").write_text(client().get("/ledger/stamp").text)
    (tmp_path / "tsa.pem").write_bytes(hub.authority.anchors)
    public = OKPKey.import_key(world.publishing.signer.public())
    found = proved(tmp_path / "stamp.json", public, [], None, tmp_path / "tsa.pem")
    assert found["stamped_at"] == clock.at.isoformat()
    assert "The newest time stamp" in client("auditor").get("/log").text
    with pytest.raises(ValueError, match="--authority"):
        proved(tmp_path / "stamp.json", public, [], None)
    other = Authority(clock, NOON)
    (tmp_path / "tsa.pem").write_bytes(other.anchors)
    with pytest.raises(Disproved, match="not come from an authority"):
        proved(tmp_path / "stamp.json", public, [], None, tmp_path / "tsa.pem")
    body = json.loads((tmp_path / "stamp.json").read_text())
    body["checkpoint"] = client().get("/ledger/checkpoint").text.replace("\n", "\n", 1)
    clock.pass_(minutes=1)
    body["checkpoint"] = client().get("/ledger/checkpoint").text
    (tmp_path / "stamp.json").write_text(json.dumps(body))
    (tmp_path / "tsa.pem").write_bytes(hub.authority.anchors)
    with pytest.raises(Disproved, match="something else"):
        proved(tmp_path / "stamp.json", public, [], None, tmp_path / "tsa.pem")


def test_releases_pause_after_four_hours_without_a_stamp_and_intake_goes_on(
    world: World, client: Client, hub: Hub, clock: Clock
) -> None:
    release = world.ids["published"]
    file = f"/releases/{release}/files/rows.csv"
    assert client("analyst").get(file).status_code == 403  # none yet
    assert prove(hub.proving).stamped
    assert client("analyst").get(file).status_code == 200
    hub.authority.down = True
    clock.pass_(hours=3, minutes=59)
    refresh(world)
    assert prove(hub.proving).fault
    assert client("analyst").get(file).status_code == 200
    clock.pass_(minutes=2)
    assert prove(hub.proving).fault
    assert prove(hub.proving).fault  # and the alarm is noted once
    for answer in (client("analyst").get(file), approve(world, client)):
        assert answer.status_code == 403
        assert "no time stamp since 23 November 2026 at 12:00 UTC" in answer.text
    refusal = publish.make_release(world.publishing, world.caller("officer"), "northmoor-analyst-violence")
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "ledger.unstamped"
    page = client("auditor").get("/log").text
    assert page.count("ledger.unstamped") >= 3
    assert "no time stamp can be had" in page.lower()
    assert client().get("/v1/flows").status_code == 401  # the machines' door answers as ever
    hub.authority.down = False
    assert prove(hub.proving) == Proved(stamped=True)
    assert client("analyst").get(file).status_code == 200
    with world.databases.release.transaction() as tx:
        assert proof.alerts(tx) == []
        events = [r.leaf for r in tx.sql("select leaf from ledger_entry where leaf like '%\"ledger.stamped\"%'")]
    assert [json.loads(e)["verdict"] for e in events] == ["refuse", "allow"]


def refresh(world: World) -> None:
    """New sessions: those of before have idled out."""
    world.tokens.clear()


def approve(world: World, client: Client) -> Any:
    return send(client("second"), f"/releases/{world.ids['candidate']}/approve", note="as agreed")


@pytest.mark.parametrize("wrong", ["late", "spoilt", "refused"])
def test_an_answer_that_does_not_hold_is_no_stamp(hub: Hub, wrong: str) -> None:
    if wrong == "late":
        hub.authority.twist = lambda info: info.update(gen_time=NOON - timedelta(minutes=6))
    hub.authority.spoil = wrong == "spoilt"
    hub.authority.status = "rejection" if wrong == "refused" else "granted"
    assert prove(hub.proving).fault
    with hub.proving.db.transaction() as tx:
        assert proof.latest_stamp(tx) is None
        assert [a.kind for a in proof.alerts(tx)] == ["timestamp"]


# witnesses ----------------------------------------------------------------------------------------------------------


@dataclass
class Witness:
    """A C2SP witness: it remembers the head it was told, and takes a new one only with a proof that the log grew."""

    key: bytes
    size: int = 0
    root: bytes = b""
    asked: list[int] = field(default_factory=list)

    def take(self, body: str) -> tuple[int, str]:
        proof_lines, _, note = body.partition("\n\n")
        first, *path = proof_lines.split("\n")
        old, head = int(first.removeprefix("old ")), read_head(note, self.key)
        self.asked.append(old)
        if old != self.size:
            return 409, f"{self.size}\n"
        if 0 < old < head.size:
            steps = [base64.b64decode(p) for p in path]
            if roots_by_consistency(old, head.size, self.root, steps) != (self.root, head.root):
                return 422, ""
        self.size, self.root = head.size, head.root
        return 200, ""


@pytest.fixture
def witness(world: World) -> Iterator[tuple[Witness, str]]:
    public = OKPKey.import_key(world.publishing.signer.public())
    one = Witness(from_b64u(str(public.as_dict(private=False)["x"])))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, text = one.take(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status if self.path == "/northmoor/add-checkpoint" else 404)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield one, f"http://127.0.0.1:{server.server_port}/northmoor"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_witness_is_told_hourly_with_a_proof_that_the_log_grew(
    world: World, client: Client, hub: Hub, clock: Clock, witness: tuple[Witness, str]
) -> None:
    one, url = witness
    assert set_witness(world.desk, NORTHMOOR, url)
    assert prove(hub.proving).told == 1
    assert one.size > 0
    client("nobody").get("/log")  # the log grows by a refusal
    assert prove(hub.proving) == Proved()
    clock.pass_(hours=1)
    assert prove(hub.proving).told == 1
    assert len(one.asked) == 2
    shown = client("auditor").get("/log").text
    assert url in shown
    assert url not in client("outsider").get("/log").text
    one.size = one.size - 1  # it has lost its last head
    clock.pass_(hours=1)
    refresh(world)
    client("nobody").get("/log")
    assert prove(hub.proving).untold == 1
    assert "Not reached since" in client("auditor").get("/log").text
    clock.pass_(minutes=6)
    assert prove(hub.proving).untold == 1  # its root is not that of the log it now claims: it finds the fork itself
    assert one.asked[-1] == one.size


def test_a_mailbox_is_told_daily(world: World, client: Client, hub: Hub, clock: Clock, tmp_path: Path) -> None:
    assert set_witness(world.desk, NORTHMOOR, "dpo@council.example")
    assert prove(hub.proving).told == 1
    clock.pass_(hours=23)
    refresh(world)
    client("nobody").get("/log")  # the log grows by a refusal
    assert prove(hub.proving).told == 0
    clock.pass_(hours=2)
    assert prove(hub.proving).told == 1
    mail = hub.mails[0]
    assert mail.to == "dpo@council.example"
    kept = tmp_path / "head.txt"
    kept.write_text(mail.text.partition("----\n")[2].partition("----")[0])
    public = OKPKey.import_key(world.publishing.signer.public())
    assert proved(kept, public, [], None)["events"] > 0


def test_what_is_no_witness_is_refused(world: World) -> None:
    for address in ("http://witness.example", "https://w.example/?q", "x", "a@b", "ftp://w.example", "https://" + "a" * 300,
                    "a@b.example\r\nBcc: c@d.example"):  # fmt: skip
        assert not set_witness(world.desk, NORTHMOOR, address)
    assert not set_witness(world.desk, "no-such", "a@b.example")
