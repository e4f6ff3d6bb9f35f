"""A protocol that is stopped while a batch is being processed: nothing of it enters the pool."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.adapters import keys, wordbox
from hub.adapters.crew import Crew
from hub.adapters.vault import KeyFile, Vault
from hub.db import batch as batches
from hub.db import intake
from hub.db import protocol as protocols
from hub.journey import process
from protocols.contract import shipped_contracts
from protocols.schema import parse_document
from protocols.wire import Counts, Manifest
from tests.conftest import NOON, ROOT, Databases

POLICE, CSP, VIOLENCE = "northmoor-police", "northmoor-csp", "northmoor-violence"
TEXTS = {n: (ROOT / "protocols" / "documents" / f"{n}.toml").read_text(encoding="utf-8") for n in (CSP, VIOLENCE)}


class Between(Crew):
    """A crew to whom something happens while it is at work."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(1, lambda: None)
        self.happens = happens

    def ordered(self, work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        self.happens()
        return super().ordered(work, items)


def processed(
    db: Databases, folder: Path, keys_dir: Path, happens: Callable[[], None], staged: Counts | None = None
) -> tuple[str, str]:
    """(state, rule) of an empty batch that was processed while this happened; `staged`: counts of a chunk that an
    earlier worker had done."""
    batch = str(uuid.uuid4())
    vault = Vault(folder / "vault", KeyFile(keys_dir / keys.KEK))
    key = vault.new_key(batch)
    manifest = Manifest(
        id=f"night-{batch}", agency=POLICE, dataset="police-crime/1", purpose="SERIOUS_VIOLENCE", mode="delta",
        format="parquet", columns=("crime_ref",), rows=0, bytes=0, sha256="0" * 64, made_at=NOON, native_rows=0,
        held_at_source=0,
    )  # fmt: skip
    with db.intake.transaction() as tx:
        batches.insert(tx, batch, manifest, "jws", "0" * 64, (), NOON)
        intake.insert_key(tx, batch, key.kek_id, key.wrapped)
        batches.mark_stored(tx, batch, "receipt", NOON)
        if staged is not None:
            intake.insert_chunk_done(tx, batch, 0, staged, {})
    hub = process.Processing(
        db.intake, vault, keys.read_signer(keys_dir), shipped_contracts(), Between(happens), frozenset({"E06900001"}),
        folder / "erasures.jsonl", wordbox.read_wordbox(keys_dir), 1000, 30, 0.2, lambda: NOON,
    )  # fmt: skip
    process.process(hub, batch)
    with db.intake.transaction() as tx:
        found = batches.find(tx, batch)
    assert found is not None
    return found.state, found.rule


@pytest.fixture
def in_force(databases: Databases) -> Databases:
    with databases.release.transaction() as tx:
        for name, text in TEXTS.items():
            protocols.insert(tx, parse_document(text), text, "test", NOON)
            protocols.set_state(tx, name, 1, "in-force")
    return databases


def stop(db: Databases, protocol: str, state: str) -> None:
    with db.release.transaction() as tx:
        protocols.set_state(tx, protocol, 1, state)


@pytest.mark.parametrize(
    ("protocol", "state", "outcome"),
    [
        (VIOLENCE, "in-force", ("pooled", "")),
        (VIOLENCE, "suspended", ("held", "protocol.suspended")),
        (VIOLENCE, "revoked", ("refused", "protocol.revoked")),
        (CSP, "suspended", ("held", "protocol.suspended")),
    ],
)
def test_what_is_stopped_under_way_is_not_pooled(
    in_force: Databases, tmp_path: Path, keys_dir: Path, protocol: str, state: str, outcome: tuple[str, str]
) -> None:
    assert processed(in_force, tmp_path, keys_dir, lambda: stop(in_force, protocol, state)) == outcome


def test_a_version_that_comes_into_force_under_way_holds_the_batch(
    in_force: Databases, tmp_path: Path, keys_dir: Path
) -> None:  # fmt: skip
    newer = TEXTS[VIOLENCE].replace("version = 1", "version = 2", 1)

    def replace() -> None:
        with in_force.release.transaction() as tx:
            protocols.insert(tx, parse_document(newer), newer, "test", NOON)
            protocols.set_state(tx, VIOLENCE, 2, "in-force")

    assert processed(in_force, tmp_path, keys_dir, replace) == ("held", "protocol.changed")


def test_chunks_that_another_setting_cut_are_done_again(in_force: Databases, tmp_path: Path, keys_dir: Path) -> None:
    staged = Counts(declared=10, accepted=10)
    assert processed(in_force, tmp_path, keys_dir, lambda: None, staged) == ("pooled", "")
