"""What can be read is compared with what the policy says: each way in which they could part is found, told once, ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import polars as pl
import psycopg
import pytest

from hub.adapters import export
from hub.db import session
from hub.journey.reverify import reverify
from tests.web.conftest import Client, Clock, bare, client, clock, filled, world
from tests.web.forms import send
from tests.web.seed import World

__all__ = ["bare", "client", "clock", "filled", "world"]


def owner(world: World, *statements: str) -> None:
    """What somebody with the owner's rights could do to the database."""
    with psycopg.connect(session.driver_url(world.databases.owner_url)) as db:
        for statement in statements:
            db.execute(statement.encode())


def columns(world: World) -> None:
    path = world.publishing.folder / world.ids["published"] / export.KEPT
    pl.read_parquet(path).with_columns(pl.lit("x").alias("victim_name")).write_parquet(path)


def left_behind(world: World) -> None:
    with world.databases.release.transaction(["northmoor-csp"]) as tx:
        tx.sql("update release set state = 'withdrawn' where id = cast(:id as uuid)", id=world.ids["published"])


def strange_folder(world: World) -> None:
    (world.publishing.folder / "somebody's copy").mkdir()


def uncovered(world: World) -> None:
    with world.databases.intake.transaction(["northmoor-csp"]) as tx:
        tx.sql("update pool_row set agency_id = 'northmoor-fire' where partnership_id = 'northmoor-csp'")


DIFFERENCES: dict[str, Callable[[World], None]] = {
    "is not the one of its digest": lambda w: owner(
        w, "alter table protocol disable trigger user",
        "update protocol set text = replace(text, 'band:5', 'keep') where id = 'northmoor-violence' and version = 1"),
    "release role can read quarantine": lambda w: owner(w, "grant select on quarantine to hub_release"),
    "row-level security is not forced on release": lambda w: owner(w, "alter table release no force row level security"),
    "other partnerships' rows of release": lambda w: owner(w, "create policy loose on release using (true)"),
    "columns that were not agreed: victim_name": columns,
    "are still there, and nobody may have them": left_behind,
    "which is no release": strange_folder,
    "are held under no protocol": uncovered,
}  # fmt: skip


def test_nothing_differs_in_a_sound_hub_whatever_becomes_of_its_protocols(
    world: World, client: Client, clock: Clock
) -> None:
    assert reverify(world.publishing).differences == ()
    assert reverify(world.publishing).compared > 30
    assert send(client("second"), "/protocols/northmoor-violence/1/suspend", reason="under review").status_code == 303
    assert reverify(world.publishing).differences == ()
    clock.at += timedelta(days=20)
    assert reverify(world.publishing).differences == ()


@pytest.mark.parametrize("words", DIFFERENCES)
def test_a_difference_is_found(world: World, words: str) -> None:
    DIFFERENCES[words](world)
    found = reverify(world.publishing).differences
    assert any(words in one for one in found), found


def test_it_is_told_once_to_operator_and_log_and_ends_by_itself(world: World, client: Client) -> None:
    strange_folder(world)
    for _ in range(2):
        assert len(reverify(world.publishing).differences) == 1
    assert "What can be read is not what the policy says" in client("operator").get("/").text
    assert "What can be read is not" not in client("analyst").get("/").text
    (world.publishing.folder / "somebody's copy").rmdir()
    assert reverify(world.publishing).differences == ()
    assert "What can be read is not" not in client("operator").get("/").text
    with world.databases.release.transaction() as tx:
        leaves = [
            r.leaf
            for r in tx.sql("select leaf from ledger_entry where leaf like '%policy.reverify%' order by sequence")
        ]
    assert [json.loads(one)["verdict"] for one in leaves] == ["refuse", "allow"]
