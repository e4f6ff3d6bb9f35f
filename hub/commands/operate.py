"""Operate a site: ledger, retention, backup, examination, keys."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hub.adapters import backup, keys
from hub.commands.site import (
    FRONTEND,
    DataDir,
    check_settings,
    desk,
    ensure_keys,
    now,
    progress,
    proving,
    publishing,
    retiring,
    screen,
    settings_of,
    site,
    stop,
)  # fmt: skip
from hub.db import ledger as ledger_rows
from hub.db import session
from hub.decision import Conflict, NotFound, Refuse
from hub.journey import examine, retire, reverify, rotate, witness
from hub.journey.proving import prove, set_witness
from hub.ledger import parse_head, verify_log

app = typer.Typer()
ledger_app = typer.Typer(no_args_is_help=True, help="The log of every decision: verify it, keep its head.")
keys_app = typer.Typer(no_args_is_help=True, help="The hub's own keys.")


@ledger_app.command("head")
def ledger_head(data_dir: DataDir = None) -> None:
    """Print the signed head of the ledger, to be kept somewhere else: by it a cut tail is found.

    Example: hub ledger head > heads/2026-11-23.txt
    """
    settings = settings_of(data_dir)
    with site(settings) as at, session.opened(at.app_url, "hub_release") as tx:
        sys.stdout.write(keys.read_signer(settings.keys).checkpoint(ledger_rows.head(tx, now())))


@ledger_app.command("prove")
def ledger_prove(data_dir: DataDir = None) -> None:
    """Have the head time-stamped and every witness told of it, now. The web process does it by itself.

    Example: HUB_TIMESTAMP_URL=https://tsa.example HUB_TIMESTAMP_CA=tsa.pem hub ledger prove
    """
    with site(settings_of(data_dir)) as at:
        done = prove(hub := proving(at), now_at_once=True)
        hub.db.engine.dispose()
    said = "stamped" if done.stamped else done.fault or "no time-stamp service is set"
    screen.print(f"{said}; {done.told} witnesses told, {done.untold} not reached", highlight=False, markup=False)
    if done.fault or done.untold:
        raise typer.Exit(1)


@ledger_app.command("witness")
def ledger_witness(
    partnership: Annotated[str, typer.Argument(help="the partnership's id")],
    address: Annotated[str, typer.Argument(help="a mailbox, or the https:// address of a C2SP witness")],
    remove: Annotated[bool, typer.Option(help="send it no more heads")] = False,
    data_dir: DataDir = None,
) -> None:
    """Have the log's heads sent to a partnership's witness: by e-mail once a day, by HTTPS once an hour.

    Example: hub ledger witness northmoor-csp https://witness.northmoor.example/log
    """
    with site(settings_of(data_dir)) as at:
        try:
            decision = set_witness(desk(at), partnership, address, remove)
        except NotFound as wrong:
            raise stop(1, str(wrong)) from None
    if isinstance(decision, Refuse):
        raise stop(1, decision.reason)
    screen.print("removed" if remove else "heads are sent there from now on")


@ledger_app.command("export")
def ledger_export(
    file: Annotated[Path, typer.Argument(help="where the events go, one a line")], data_dir: DataDir = None
) -> None:
    """Write out every event, for an auditor: `connector verify` checks the file against heads that were kept.

    Example: hub ledger export log.jsonl
    """
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        try:
            with file.open("xb") as out:
                size = sum(1 for _, leaf in ledger_rows.leaves(tx) if out.write(leaf + b"\n"))
        except FileExistsError:
            raise stop(1, f"{file.name} exists; give another name") from None
        except OSError:
            raise stop(2, f"{file.name} cannot be written") from None
    screen.print(f"{size} events written", highlight=False)


@ledger_app.command("erasures")
def ledger_erasures(data_dir: DataDir = None) -> None:
    """Print the proof of deletion: what was destroyed, when and how much, each with its place in the log.

    Example: hub ledger erasures > erased.json && connector verify erased.json --hub-key hub.json
    """
    settings = settings_of(data_dir)
    with site(settings) as at:
        found = witness.erasures(people := desk(at), keys.read_signer(settings.keys))
        people.db.engine.dispose()
    sys.stdout.write(json.dumps(found) + "\n")


@ledger_app.command("verify")
def ledger_verify(
    data_dir: DataDir = None,
    heads: Annotated[list[Path] | None, typer.Option("--head", help="a head that was kept")] = None,
) -> None:  # fmt: skip
    """Is the ledger whole? Finds any edit, deletion, reorder, and against kept heads any cut tail or rewriting.

    Example: hub ledger verify --head heads/2026-11-23.txt
    """
    try:
        kept = [parse_head(path.read_text()) for path in heads or []]
    except (OSError, ValueError) as wrong:
        raise stop(2, f"a head cannot be read: {wrong}") from None
    with site(settings_of(data_dir)) as at, session.opened(at.app_url, "hub_release") as tx:
        stored = ledger_rows.frontier(tx)
        findings = verify_log(ledger_rows.leaves(tx), stored, kept)
    for finding in findings:
        screen.print(f"from event {finding.sequence}: {finding.what}", style="bold red", highlight=False)
    if findings:
        raise typer.Exit(1)
    screen.print(f"{stored.size} events, whole; {len(kept)} kept heads agree", highlight=False)


@app.command()
def purge(data_dir: DataDir = None) -> None:
    """Destroy what is past its retention: quarantine, batches as received, pooled rows. Run it nightly.

    Example: hub purge
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings) as at:
        hub = retiring(at)
        done = retire.purge(hub)
        hub.db.engine.dispose()
    screen.print(f"destroyed: {done.quarantined} quarantined rows, {done.batches} batches as received,"
                 f" {done.pool_rows} pooled rows", highlight=False)  # fmt: skip


@app.command("reverify")
def reverify_policy(data_dir: DataDir = None) -> None:
    """Does what can be read equal what the policy says? Ends with 1 where it does not. The web process asks every hour.

    Example: hub reverify
    """
    settings = settings_of(data_dir)
    with site(settings) as at:
        found = reverify.reverify(hub := publishing(at))
        hub.db.engine.dispose()
    for words in found.differences:
        screen.print(words, style="bold red", highlight=False, markup=False)
    screen.print(f"{found.compared} things compared, {len(found.differences)} differ", highlight=False)
    if found.differences:
        raise typer.Exit(1)


@app.command("backup")
def back_up(
    destination: Annotated[Path, typer.Argument(help="a folder that does not exist yet")], data_dir: DataDir = None
) -> None:  # fmt: skip
    """Write a backup: database, encrypted batches, releases, reference data, erasures. Never the keys.

    Example: hub backup /backups/2026-11-23
    """
    settings = settings_of(data_dir)
    with site(settings) as at:
        if not at.owner_url:
            raise stop(2, "HUB_OWNER_URL is not set: a backup is made as the owner of the tables")
        held = backup.back_up(at.owner_url, settings.data_dir, destination)
    screen.print(f"{held.counts['pool_row']} pooled rows, {held.counts['batch']} batches, ledger of"
                 f" {held.ledger.partition(':')[0]} events. Back up the keys apart from it.", highlight=False)  # fmt: skip


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="a backup's folder")], data_dir: DataDir = None) -> None:
    """Restore a backup into an empty database and data folder, and erase again what was erased since.

    Put the surviving erasures.jsonl into the new data folder first, and the keys into HUB_KEYS_DIR.
    Example: hub restore /backups/2026-11-23 --data-dir /srv/hub
    """
    settings = settings_of(data_dir)
    with site(settings, fresh=True) as at:
        if not at.owner_url:
            raise stop(2, "HUB_OWNER_URL is not set: a restore is made as the owner of the tables")
        held = backup.restore(at.owner_url, settings.data_dir, source)
        session.migrate(at.owner_url)
        hub = retiring(at)
        again = retire.reapply_erasures(hub, settings.data_dir / "erasures.jsonl")
        hub.db.engine.dispose()
    screen.print(f"restored {held.counts['pool_row']} pooled rows; {again} records erased since were erased again",
                 highlight=False)  # fmt: skip


@app.command()
def doctor(data_dir: DataDir = None) -> None:
    """What is missing or unsafe, and what to do about it. Ends with 1 when something is.

    Example: hub doctor
    """
    settings = settings_of(data_dir)
    with site(settings) as at:
        findings = examine.examine(settings, at.app_url, at.reference, FRONTEND)
    table = Table("", "what", "what to do")
    for one in findings:
        table.add_row(one.level, one.what, one.advice)
    screen.print(table)
    if any(one.level != "ok" for one in findings):
        raise typer.Exit(1)


@keys_app.command("rotate")
def keys_rotate(data_dir: DataDir = None) -> None:
    """Make a new key-encryption key and wrap every batch's key anew. Web and worker may run; safe to run again.

    Where the key is not in a file (HUB_KEK), name the new one in the setting first: batch keys are moved to it.
    Example: hub keys rotate
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings) as at:
        hub = retiring(at)
        if settings.kek:
            count = retire.rewrap_keys(hub)
        else:
            _, count = retire.rotate_keys(hub, settings.keys / keys.KEK)
        hub.db.engine.dispose()
    screen.print(f"{count} batch keys are wrapped by {hub.vault.keks.current_id}", highlight=False)


@keys_app.command("rotate-pseudonyms")
def keys_rotate_pseudonyms(
    data_dir: DataDir = None,
    go_on: Annotated[bool, typer.Option("--resume", help="finish a rotation that was stopped; begin none")] = False,
) -> None:
    """Move every stored pseudonym to a new epoch of keys, and drop the old epoch's. Who met before meets after.

    May be killed at any time: `--resume` goes on. Nothing of the clear values is needed, and workers follow by themselves.
    Example: hub keys rotate-pseudonyms
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings) as at, progress() as bar:
        hub = rotate.Rotating(session.connect(at.app_url, "hub_intake", 2), settings.keys, now)
        try:
            done = rotate.rotate_pseudonyms(hub, fresh=not go_on, tell=bar)
        except Conflict as wrong:
            raise stop(1, str(wrong)) from None
        finally:
            hub.db.engine.dispose()
    left = f"; epochs still needed: {', '.join(map(str, done.kept))}. Run it again with --resume" if done.kept else ""
    screen.print(f"{done.rows} rows are in epoch {done.epoch}{left}", highlight=False)


@keys_app.command("new")
def keys_new(data_dir: DataDir = None) -> None:
    """Make the key files that are missing, in HUB_KEYS_DIR.

    Example: HUB_KEYS_DIR=/etc/hub/keys hub keys new
    """
    settings = settings_of(data_dir)
    check_settings(settings)
    made = ensure_keys(settings.keys, with_kek=not settings.kek)
    screen.print(f"made: {', '.join(made) or 'nothing, all are there'}", highlight=False)


@keys_app.command("public")
def keys_public(data_dir: DataDir = None) -> None:
    """Print the hub's public key: agencies pin it with --hub-key, and check receipts with it.

    Example: hub keys public > hub.json
    """
    sys.stdout.write(json.dumps(keys.read_signer(settings_of(data_dir).keys).public()) + "\n")
