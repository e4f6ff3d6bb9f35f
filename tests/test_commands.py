"""Every command that the README names, run as a person runs it: on a site made by the demo, and on wrong input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.adapters import embedded
from tests.conftest import ROOT
from tests.running import free_port

pytestmark = pytest.mark.slow
DOCUMENTS = ROOT / "protocols" / "documents"


class Site:
    """A demo that has ended: its data folder, and commands run on it."""

    def __init__(self, folder: Path, summary: dict[str, Any]) -> None:
        self.folder, self.data, self.summary = folder, folder / "hub", summary

    def hub(self, *words: str, code: int = 0, told: str = "", data: Path | None = None) -> str:
        """Run a `hub` command on the site; its output, both streams."""
        env = os.environ | {"HUB_DEMO": "1", "COLUMNS": "200"}
        done = subprocess.run([sys.executable, "-m", "hub", *words, "--data-dir", str(data or self.data)], input=told,
                              capture_output=True, text=True, check=False, cwd=ROOT, env=env)  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


def connector(*words: str, code: int | None = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "connectors", *words], capture_output=True, text=True, check=False,
                          cwd=ROOT)  # fmt: skip
    assert code is None or done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site") / "demo"
    words = ["demo", "--once", "--json", "--rows", "300", "--data-dir", str(folder), "--port", str(free_port())]
    done = subprocess.run([sys.executable, "-m", "hub", *words], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    made = Site(folder, json.loads(done.stdout))
    embedded.start(made.data / "postgres")  # else every command starts and stops it
    yield made
    embedded.stop(made.data / "postgres")


def test_the_demos_summary_can_be_recounted(demo: Site) -> None:
    told = demo.summary
    assert {"declared", "accepted", "quarantined", "duplicate", "pooled", "superseded", "out_of_area", "gate_held",
            "geocoded", "redacted_notes", "released_rows", "suppressed_rows", "seconds", "rows_per_second", "extracts",
            "release_files"} <= set(told)  # fmt: skip
    assert told["native_rows"] == sum(e["rows"] for e in told["extracts"]) == told["declared"] + told["held_at_source"]
    assert told["declared"] == told["accepted"] + told["quarantined"] + told["duplicate"]
    assert told["accepted"] == told["pooled"] + told["superseded"] + told["out_of_area"] + told["gate_held"]
    assert all(Path(e["path"]).is_file() for e in told["extracts"])
    csvs = [Path(f) for f in told["release_files"] if f.endswith("/rows.csv")]
    assert csvs
    assert sum(len(p.read_text(encoding="utf-8-sig").splitlines()) - 1 for p in csvs) == told["released_rows"]


def test_the_demo_leaves_other_peoples_folders_alone(demo: Site, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = subprocess.run([sys.executable, "-m", "hub", "demo", "--once", "--data-dir", str(tmp_path)],
                          capture_output=True, text=True, check=False, cwd=ROOT)  # fmt: skip
    assert done.returncode == 2
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_protocol_commands(demo: Site, tmp_path: Path) -> None:
    assert "in-force" in demo.hub("protocol", "list")
    states = subprocess.run([sys.executable, "-m", "hub", "protocol", "states"], capture_output=True, text=True,
                            check=True, cwd=ROOT)  # fmt: skip
    assert states.stdout.startswith("stateDiagram-v2")
    assert "northmoor-violence" in demo.hub("protocol", "list")
    assert "complete" in run_check(DOCUMENTS / "avon-csp.toml")
    demo.hub("protocol", "add", str(DOCUMENTS / "avon-csp.toml"))
    demo.hub("protocol", "add", str(DOCUMENTS / "avon-csp.toml"), code=1)
    pack = tmp_path / "pack.html"
    assert "risks" in demo.hub("protocol", "pack", "northmoor-violence", "--out", str(pack))
    assert "Rows pooled" in pack.read_text(encoding="utf-8")
    demo.hub("protocol", "pack", "northmoor-violence", "--out", str(pack), code=2)
    demo.hub("protocol", "pack", "no-such", "--out", str(tmp_path / "none.html"), code=1)
    (tmp_path / "bad.toml").write_text("[protocol]\nid = 'x'\n")
    assert "faults" in run_check(tmp_path / "bad.toml", code=1)
    run_check(tmp_path / "none.toml", code=2)


def run_check(path: Path, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "hub", "protocol", "check", str(path)], capture_output=True, text=True,
                          check=False, cwd=ROOT)  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_ledger_commands(demo: Site, tmp_path: Path) -> None:
    head = tmp_path / "head.txt"
    head.write_text(demo.hub("ledger", "head"))
    assert "whole" in demo.hub("ledger", "verify", "--head", str(head))
    lines = head.read_text().splitlines()
    head.write_text("\n".join([lines[0], str(int(lines[1]) + 5), *lines[2:]]) + "\n")
    assert "event" in demo.hub("ledger", "verify", "--head", str(head), code=1)
    assert "no time-stamp service is set; 0 witnesses told" in demo.hub("ledger", "prove")
    whom = ("northmoor-csp", f"http://127.0.0.1:{free_port()}/log")
    demo.hub("ledger", "witness", *whom)
    assert "1 not reached" in demo.hub("ledger", "prove", code=1)
    demo.hub("ledger", "witness", *whom, "--remove")
    demo.hub("ledger", "witness", *whom, "--remove", code=1)
    assert "https://" in demo.hub("ledger", "witness", "northmoor-csp", "http://witness.example", code=1)
    head.write_text("nonsense")
    demo.hub("ledger", "verify", "--head", str(head), code=2)
    head.write_text(demo.hub("ledger", "head"))
    demo.hub("ledger", "export", str(tmp_path / "log.jsonl"))
    demo.hub("ledger", "export", str(tmp_path / "log.jsonl"), code=1)
    key = tmp_path / "hub.json"
    key.write_text(demo.hub("keys", "public"))
    words = ("verify", str(tmp_path / "log.jsonl"), "--hub-key", str(key), "--head", str(head))
    assert '"events"' in connector(*words)
    lines = (tmp_path / "log.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "log.jsonl").write_text("".join(lines[:-1]))
    assert "tail was cut" in connector(*words, code=1)


def test_people_and_keys(demo: Site, tmp_path: Path) -> None:
    words = ("person-add", "j.doe", "--name", "J Doe", "--agency", "northmoor-police", "--role",
             "northmoor-csp:liaison-officer")  # fmt: skip
    demo.hub(*words, told="a long enough password\n")
    demo.hub(*words, told="a long enough password\n", code=1)
    assert len(demo.hub("person-recover", "j.doe").split()[0]) == 16
    demo.hub("person-recover", "nobody.at.all", code=1)
    demo.hub("person-roles", "j.doe", "--role", "northmoor-csp:administrator", "--role", "northmoor-csp:operator")
    demo.hub("person-roles", "j.doe", "--role", "northmoor-csp:king", code=1)
    demo.hub("person-roles", "nobody.at.all", code=1)
    demo.hub("person-close", "j.doe")
    demo.hub("person-close", "nobody.at.all", code=1)
    demo.hub(*words, "--provider", "force", "--subject", "j", code=1)
    public = tmp_path / "public.json"
    public.write_text(connector("keygen", "northmoor-police", str(tmp_path / "key.json")))
    kid = json.loads(public.read_text())["kid"]
    demo.hub("agency", "key-add", "northmoor-police", str(public))
    demo.hub("agency", "key-add", "nobody", str(public), code=1)
    assert "private" in demo.hub("agency", "key-add", "northmoor-police", str(tmp_path / "key.json"), code=1)
    public.write_text("{}")
    demo.hub("agency", "key-add", "northmoor-police", str(public), code=1)
    demo.hub("agency", "key-revoke", kid)
    demo.hub("agency", "key-revoke", kid, code=1)
    connector("keygen", "northmoor-police", str(tmp_path / "key.json"), code=2)


def test_an_agency_has_a_mailbox_and_reminders_need_a_mail_server(demo: Site) -> None:
    assert "set" in demo.hub("agency", "mailbox", "northmoor-police", "partnerships@police.example")
    assert "no e-mail address" in demo.hub("agency", "mailbox", "northmoor-police", "partnerships", code=1)
    assert "removed" in demo.hub("agency", "mailbox", "northmoor-police", "")
    assert "HUB_SMTP_HOST" in demo.hub("remind", code=2)


def test_operating(demo: Site, tmp_path: Path) -> None:
    demo.hub("doctor")
    demo.hub("migrate")
    assert "5 batch keys" in demo.hub("keys", "rotate")
    assert "destroyed" in demo.hub("purge")
    assert ", 0 differ" in demo.hub("reverify")
    (tmp_path / "hub.json").write_text(demo.hub("keys", "public"))
    (tmp_path / "erased.json").write_text(demo.hub("ledger", "erasures"))
    assert '"erased": []' in connector("verify", str(tmp_path / "erased.json"), "--hub-key", str(tmp_path / "hub.json"))
    assert "nothing" in demo.hub("keys", "new")
    copy = tmp_path / "copy"
    assert "pooled rows" in demo.hub("backup", str(copy))
    demo.hub("backup", str(copy), code=1)
    (tmp_path / "new" / "hub").mkdir(parents=True)
    for name in ("signing.json", "kek.json", "pseudonyms.json"):
        (tmp_path / "new" / "hub" / "keys").mkdir(exist_ok=True)
        (tmp_path / "new" / "hub" / "keys" / name).write_bytes((demo.data / "keys" / name).read_bytes())
    assert "restored" in demo.hub("restore", str(copy), data=tmp_path / "new" / "hub")


def test_reference_data(demo: Site, tmp_path: Path) -> None:
    borough = demo.folder / "borough"
    boundary = next(p for p in borough.rglob("*") if p.stem == "district" and p.suffix != ".csv")
    fresh = tmp_path / "fresh"
    assert "loaded" in demo.hub("areas", "load", str(boundary), "--kind", "district", "--vintage", "2026", data=fresh)
    points = tmp_path / "points.csv"
    points.write_text("Postcode,Positional_quality_indicator,Eastings,Northings\nNM1 1AA,10,420000,404000\n")
    assert "1 postcodes loaded" in demo.hub("gazetteer", "load", str(points), "--vintage", "2026-11", data=fresh)
    for content in (b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"Postcode,Eastings,Northings\n"):
        points.write_bytes(content)
        demo.hub("gazetteer", "load", str(points), data=fresh, code=1)
        demo.hub("areas", "load", str(points), data=fresh, code=1)


def test_the_connectors_commands(demo: Site, tmp_path: Path) -> None:
    extract = next(e for e in demo.summary["extracts"] if e["source"] == "northmoor-nhs-ed-csv")
    held = connector("check", extract["source"], extract["path"], code=None)
    shown = connector("check", extract["source"], extract["path"], "--protocol",
                      str(DOCUMENTS / "northmoor-violence.toml"), code=0 if " 0 held" in held else 1)  # fmt: skip
    assert "what becomes of it" in shown
    connector("check", "no-such-source", extract["path"], code=2)
    connector("check", extract["source"], str(tmp_path / "none.csv"), code=1)
    outbox = demo.folder / "agencies" / extract["agency"] / "outbox"
    connector("outbox", "--outbox", str(outbox), "--export", str(tmp_path / "proofs"))
    proofs = sorted((tmp_path / "proofs").iterdir())
    assert {re.sub(r".*\.(receipt|result)\.jws", r"\1", p.name) for p in proofs} == {"receipt", "result"}
    hub_key = tmp_path / "hub.json"
    hub_key.write_text(demo.hub("keys", "public"))
    for proof in proofs:
        assert '"rows"' in (told := connector("verify", str(proof), "--hub-key", str(hub_key))) or '"counts"' in told
    proofs[0].write_text(proofs[0].read_text()[:-10] + "AAAAAAAAA\n")
    connector("verify", str(proofs[0]), "--hub-key", str(hub_key), code=1)
    connector("verify", str(tmp_path / "none"), "--hub-key", str(hub_key), code=2)
    away = ("--hub", f"http://127.0.0.1:{free_port()}", "--agency", extract["agency"], "--key",
            str(demo.folder / "agencies" / extract["agency"] / "key.json"), "--outbox", str(outbox))  # fmt: skip
    connector("flush", *away, "--patience", "0")  # everything has come through: there is nothing to ask for
    connector("send", extract["source"], extract["path"], *away, "--patience", "0", code=3)
    (tmp_path / "watched").mkdir()
    connector("watch", extract["source"], str(tmp_path / "watched"), *away, "--once")
    connector("watch", extract["source"], str(tmp_path / "nowhere"), *away, "--once", code=2)
    far = ("--hub", "http://hub.example", *away[2:])
    assert "https" in connector("send", extract["source"], extract["path"], *far, code=2)
