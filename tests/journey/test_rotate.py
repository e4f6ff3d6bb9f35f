"""Rotation moves every pseudonym and loses no linkage, wherever it is killed; what was shredded cannot be read again."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from hub.adapters import keys
from hub.adapters.durable import write_durably
from hub.adapters.keys import PSEUDONYMS, PseudonymFile, PseudonymRoot, read_pseudonym_root
from hub.db import protocol
from hub.decision import Conflict, Unavailable
from hub.depersonalise.link import match_keys
from hub.depersonalise.pseudonym import Keyring, pseudonymise
from hub.journey import rotate
from hub.journey.link import Counted, count_people
from hub.journey.rotate import Rotated, Rotating
from protocols.contract import Role, shipped_contracts
from protocols.schema import parse_document
from tests.conftest import NOON, ROOT, Databases

CONTRACTS = shipped_contracts()
NORTH, PURPOSE = "northmoor-csp", "SERIOUS_VIOLENCE"
PEOPLE = {"forename": ["Perpetua", "Alma", "Bran"], "surname": ["Quillfeather", "Moss", "Oakes"],
          "dob": ["1988-03-04", "1990-11-12", "2001-05-05"]}  # fmt: skip


@pytest.fixture
def hub(databases: Databases, keys_dir: Path) -> Rotating:
    text = (ROOT / "protocols" / "documents" / "northmoor-csp.toml").read_text(encoding="utf-8")
    with databases.release.transaction() as tx:
        protocol.insert(tx, parse_document(text), text, "test", NOON)
    return Rotating(databases.intake, keys_dir, lambda: NOON)


def pool(hub: Rotating, agency: str, marks: list[str], state: str = "pooled") -> str:
    """A batch of one agency whose rows hold a mark's pseudonym and a person's match keys, in the current epoch."""
    batch = str(uuid.uuid4())
    ring = read_pseudonym_root(hub.keys).keyring(NORTH, PURPOSE)
    vrm = pseudonymise(pl.Series(marks), Role.VRM, ring)
    links = match_keys(pl.DataFrame(PEOPLE).head(len(marks)), ring)
    with hub.db.transaction([NORTH]) as tx:
        tx.sql(
            "insert into batch (id, agency_id, manifest_id, manifest_sha256, manifest_jws, manifest, dataset, purpose,"
            " mode, made_at, protocols, state, created_at) values (cast(:id as uuid), :agency, :id, '', '', '{}',"
            " 'police-crime/1', :purpose, 'delta', :at, '{}', :state, :at)",
            id=batch, agency=agency, purpose=PURPOSE, at=NOON, state=state,
        )  # fmt: skip
        for mark, link in zip(vrm, links, strict=True):
            tx.sql(
                "insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, time_precision,"
                " ambiguous_hour, geo_method, geo_confidence, place_floor, time_floor, fields, content) values"
                " (nextval('pool_row_id'), :partnership, 'police-crime/1', :agency, cast(:batch as uuid), true, 'date',"
                " false, 't', 1, 'lsoa', 'date', cast(:fields as jsonb), 'c')",
                partnership=NORTH, agency=agency, batch=batch,
                fields=json.dumps({"vrm": mark, "link.victim": link, "offence_title": "Theft, not p1-abc"}),
            )  # fmt: skip
    return batch


def stored(hub: Rotating) -> list[dict[str, str]]:
    with hub.db.transaction([NORTH]) as tx:
        return [r.fields for r in tx.sql("select fields from pool_row order by row_id")]


def test_rotation_moves_every_row_and_loses_no_linkage(hub: Rotating) -> None:
    pool(hub, "northmoor-police", ["AB12CDE", "CD34EFG"])
    pool(hub, "northmoor-council", ["ab12 cde", "EF56GHJ", "CD34EFG"])
    before, shared = stored(hub), count_people(hub.db, CONTRACTS, NORTH)
    assert shared == Counted(records=5, people=3, shared=2)
    assert rotate.rotate_pseudonyms(hub) == Rotated(2, 5, ())
    after = stored(hub)
    assert count_people(hub.db, CONTRACTS, NORTH) == shared
    assert all(row["vrm"].startswith("p2-") and "p1-" not in row["link.victim"] for row in after)
    assert after[0]["vrm"] == after[2]["vrm"] != after[1]["vrm"] == after[4]["vrm"]
    assert not {r["vrm"][3:] for r in before} & {r["vrm"][3:] for r in after}
    assert [r["offence_title"] for r in after] == ["Theft, not p1-abc"] * 5
    pool(hub, "northmoor-nhs-trust", ["AB12 CDE"])
    assert stored(hub)[5]["vrm"] == after[0]["vrm"], "what comes in after the rotation meets what came before"


def test_people_meet_by_an_identifier_of_one_person_and_not_by_a_car(hub: Rotating) -> None:
    ring = read_pseudonym_root(hub.keys).keyring(NORTH, PURPOSE)
    pnc, other = pseudonymise(pl.Series(["1999/0000007N", "2002/0073319Z"]), Role.PNC, ring)
    vrm = pseudonymise(pl.Series(["AB12CDE"]), Role.VRM, ring)[0]
    rows = [("northmoor-police", {"suspect_pnc": pnc, "vrm": vrm}), ("northmoor-council", {"suspect_pnc": pnc, "vrm": None}),
            ("northmoor-nhs-trust", {"suspect_pnc": other, "vrm": vrm}), ("northmoor-council", {"vrm": vrm})]  # fmt: skip
    for agency, fields in rows:
        batch = pool(hub, agency, ["ZZ99ZZZ"])
        with hub.db.transaction([NORTH]) as tx:
            tx.sql("update pool_row set fields = cast(:f as jsonb) where batch_id = cast(:b as uuid)",
                   f=json.dumps(fields), b=batch)  # fmt: skip
    assert count_people(hub.db, CONTRACTS, NORTH) == Counted(records=3, people=2, shared=1)


class Killed(Exception):
    pass


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_rotation_killed_anywhere_is_finished_by_another(hub: Rotating, after: int) -> None:
    hub = replace(hub, rows_at_once=2)
    pool(hub, "northmoor-police", ["AB12CDE", "CD34EFG", "EF56GHJ"])
    pool(hub, "northmoor-council", ["AB12CDE", "CD34EFG", "EF56GHJ"])
    told = 0

    def kill(done: int, whole: int) -> None:
        nonlocal told
        told += 1
        if told == after:
            raise Killed

    with pytest.raises(Killed):
        rotate.rotate_pseudonyms(hub, tell=kill)
    pool(hub, "northmoor-nhs-trust", ["AB12CDE"])  # what comes in meanwhile is already in the new epoch
    if after < 3:
        with pytest.raises(Conflict, match="--resume"):
            rotate.rotate_pseudonyms(hub)
    done = rotate.rotate_pseudonyms(hub, fresh=False)
    assert (done.epoch, done.rows, done.kept) == (2, max(0, 6 - 2 * after), ())
    rows = stored(hub)
    assert {r["vrm"][:3] for r in rows} == {"p2-"}
    assert len({r["vrm"] for r in rows}) == 3
    assert count_people(hub.db, CONTRACTS, NORTH).shared == 3


def test_the_old_epochs_key_stays_while_a_batch_is_under_way(hub: Rotating) -> None:
    rotate.rotate_pseudonyms(hub)
    batch = pool(hub, "northmoor-police", ["AB12CDE"], state="processing")
    with pytest.raises(Conflict):
        rotate.rotate_pseudonyms(hub)
    assert rotate.rotate_pseudonyms(hub, fresh=False).kept == (1,)
    with hub.db.transaction() as tx:
        tx.sql("update batch set state = 'pooled' where id = cast(:id as uuid)", id=batch)
    assert rotate.rotate_pseudonyms(hub) == Rotated(3, 1, ())
    assert set(read_pseudonym_root(hub.keys).covers) == {3}


def test_two_rotations_do_not_run_at_once(hub: Rotating, databases: Databases) -> None:
    with databases.intake.transaction() as tx:
        tx.sql("select pg_advisory_xact_lock(hashtext('rotate-pseudonyms'))")
        with pytest.raises(Conflict, match="under way"):
            rotate.rotate_pseudonyms(hub)


def test_what_a_dropped_epoch_keyed_cannot_be_read_again(hub: Rotating) -> None:
    """An old copy of the pool, the key folder as it is now, and the very values that were keyed: nothing matches."""
    rotate.rotate_pseudonyms(hub)
    pool(hub, "northmoor-police", ["AB12CDE", "CD34EFG"])
    copy = {r["vrm"] for r in stored(hub)}
    rotate.rotate_pseudonyms(hub)
    root = read_pseudonym_root(hub.keys)
    assert all(p.startswith("p2-") for p in copy)
    with pytest.raises(Unavailable, match="epoch 2"):
        root.keyring(NORTH, PURPOSE, 2)
    at_hand = [root.secret, *root.covers.values(), bytes(range(32))]
    for cover in [None, *at_hand]:
        tried = pseudonymise(
            pl.Series(["AB12CDE", "CD34EFG"]), Role.VRM, Keyring(root.secret, NORTH, PURPOSE, 2, cover)
        )
        assert not copy & set(tried)


def test_no_key_is_in_the_database(hub: Rotating, databases: Databases) -> None:
    pool(hub, "northmoor-police", ["AB12CDE"])
    rotate.rotate_pseudonyms(hub)
    root = read_pseudonym_root(hub.keys)
    forms = [form for key in (root.secret, *root.covers.values()) for form in _forms(key)]
    with hub.db.transaction([NORTH]) as tx:
        text = "".join(str(tuple(r)) for table in ("pool_row", "batch", "ledger_entry", "batch_key", "row_fault")
                       for r in tx.sql(f"select * from {table}"))  # fmt: skip
    assert len(text) > 1000
    assert not [f for f in forms if f in text]


def _forms(key: bytes) -> list[str]:
    import base64

    return [key.hex(), base64.b64encode(key).decode(), base64.b32encode(key).decode(), repr(key)[2:-1]]


def test_a_worker_follows_a_rotation(hub: Rotating) -> None:
    followed = PseudonymFile(hub.keys)
    assert followed.root().epoch == 1
    rotate.rotate_pseudonyms(hub)
    assert followed.root().epoch == 2


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"epoch": 1, "root": "x", "covers": []}'])
def test_a_spoilt_key_file_is_told_without_its_content(keys_dir: Path, content: bytes) -> None:
    write_durably(keys_dir / PSEUDONYMS, content)
    with pytest.raises(Unavailable, match=r"pseudonyms\.json"):
        keys.read_pseudonym_root(keys_dir)
    root = PseudonymRoot(1, bytes(range(32)))
    assert "\\x01" not in repr(replace(root, covers={2: bytes(range(32))}))
