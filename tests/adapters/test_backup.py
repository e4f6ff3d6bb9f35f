"""A backup comes back whole, without keys, and what was erased since stays erased."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.adapters import backup, keys
from hub.adapters.embedded import stop
from hub.adapters.settings import Settings
from hub.commands.demo import DemoStage
from hub.commands.site import site
from hub.decision import Conflict, Tampered, Unavailable
from hub.demo.borough import make_borough, write_reference
from hub.demo.show import DOCUMENTS, put_in_force
from tests.conftest import ROOT
from tests.running import Running, running

pytestmark = [pytest.mark.slow]
HEADER = "case_ref,opened_on,reported_on,category\n"
ROWS = "".join(f"ASB-{n:05d},2026-11-20,2026-11-20,noise\n" for n in range(40))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("backup")
    with running(folder) as found:
        stage = DemoStage(found.at)
        stage.load_reference(write_reference(make_borough(3), folder / "borough"))
        put_in_force(stage, folder, DOCUMENTS[:3])
        stage.desk.db.engine.dispose()
        stage.publishing.db.engine.dispose()
        found.add_agency("northmoor-homes")
        found.start("web")
        found.start("worker")
        found.wait_until_up()
        yield found


def mapping(folder: Path, mode: str) -> Path:
    columns = HEADER.strip().split(",") if mode == "delta" else ["case_ref"]
    path = folder / f"{mode}.toml"
    kinds = {"opened_on": 'as = "date"\nformat = "%Y-%m-%d"\n', "reported_on": 'as = "date"\nformat = "%Y-%m-%d"\n'}
    path.write_text(
        f'name = "homes-{mode}"\ndataset = "housing-asb/1"\npurpose = "ASB"\nmode = "{mode}"\n[native]\nkind = "csv"\n'
        + "".join(f'[[column]]\nfield = "{c}"\nnative = ["{c}"]\n{kinds.get(c, "")}' for c in columns)
    )
    return path


def test_a_restore_equals_the_backup_and_brings_nothing_erased_back(hub: Running, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(HEADER + ROWS)
    sent = hub.send("northmoor-homes", str(mapping(tmp_path, "delta")), tmp_path / "cases.csv")
    assert sent["counts"]["pooled"] == 40
    held = backup.back_up(hub.at.owner_url, hub.data, tmp_path / "copy")
    assert held.counts["pool_row"] == 40
    secrets = [p.read_bytes() for p in hub.settings.keys.iterdir()]
    for path in (tmp_path / "copy").rglob("*"):
        if path.is_file():
            assert not any(s[20:60] in path.read_bytes() for s in secrets), "a key is in the backup"
    (tmp_path / "gone.csv").write_text("case_ref\nASB-00007\nASB-00009\n")
    gone = hub.send("northmoor-homes", str(mapping(tmp_path, "withdrawals")), tmp_path / "gone.csv")
    assert gone["counts"]["pooled"] == 2, gone
    target = tmp_path / "new" / "hub"
    target.mkdir(parents=True)
    (target / "erasures.jsonl").write_bytes((hub.data / "erasures.jsonl").read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "hub", "restore", str(tmp_path / "copy"), "--data-dir", str(target)],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HUB_KEYS_DIR": str(hub.settings.keys)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 records erased since were erased again" in " ".join(done.stderr.split())
    with site(Settings(data_dir=target, keys_dir=hub.settings.keys)) as at:
        now = backup.account(at.owner_url)
        again = Running(target, hub.settings, at)
        current = again.query("select count(*) as n from pool_row where current", "northmoor-csp")[0].n
        scoped = again.query("select count(*) as n from pool_row")[0].n
    stop(target / "postgres")
    grown = ("ledger", "erased_row")  # by what was erased again, so that releases that hold it are recalled
    assert {k: v for k, v in now.counts.items() if not k.startswith(grown)} == {
        k: v for k, v in held.counts.items() if not k.startswith(grown)
    }
    assert now.counts["erased_row"] == held.counts["erased_row"] + 2
    assert (current, scoped) == (38, 0)
    assert int(now.ledger.partition(":")[0]) == int(held.ledger.partition(":")[0]) + 1  # that they were erased again


def test_a_damaged_backup_is_refused(hub: Running, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup.back_up(hub.at.owner_url, hub.data, copy)
    assert backup.check(copy)["version"] == 1
    victim = next(p for p in sorted((copy / "vault").rglob("*")) if p.is_file())
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(Tampered):
        backup.check(copy)
    (copy / backup.MANIFEST).unlink()
    with pytest.raises(Unavailable):
        backup.check(copy)


def test_nothing_is_written_over(hub: Running, tmp_path: Path) -> None:
    backup.back_up(hub.at.owner_url, hub.data, tmp_path / "copy")
    with pytest.raises(Conflict, match="exists"):
        backup.back_up(hub.at.owner_url, hub.data, tmp_path / "copy")
    with pytest.raises(Conflict, match="not empty"):
        backup.restore(hub.at.owner_url, hub.data, tmp_path / "copy")


def test_the_doctor_names_what_is_missing(hub: Running) -> None:
    from hub.journey.examine import examine

    found = examine(hub.settings.model_copy(update={"demo": False}), hub.at.app_url, hub.at.reference, ROOT / "nowhere")
    levels = {f.what: f.level for f in found}
    assert levels["keys lie in the data folder"] == "unsafe"
    assert levels["GOV.UK Frontend is not installed"] == "missing"
    assert levels["the application's role is bound by row-level security"] == "ok"
    assert levels["boundaries of 1 districts that protocols name"] == "ok"
    assert levels[f"key file {keys.KEK}"] == "ok"
    assert all(f.advice for f in found if f.level != "ok")
