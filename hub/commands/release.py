"""Releases from the command line: verify one with its certificate, do what is due, trace a leak."""

from __future__ import annotations

import json
import secrets
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub.adapters import keys
from hub.commands.site import DataDir, now, publishing, screen, settings_of, site, stop
from hub.decision import Refuse
from hub.journey import packing, recall, trace, verify
from hub.journey.candidate import CERTIFICATE

app = typer.Typer()
release_app = typer.Typer(no_args_is_help=True, help="Releases: verify, tend, pack.")


def _public_key(path: Path | None, data_dir: Path | None) -> OKPKey:
    """The hub's public key: from a file that the hub's operator handed out, or of the hub on this machine."""
    if path is None:
        return keys.read_signer(settings_of(data_dir).keys).key
    try:
        return OKPKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, JoseError) as wrong:
        raise stop(2, f"{path} is no public key (a JWK in JSON)") from wrong


@release_app.command("verify")
def verify_release(
    folder: Annotated[Path, typer.Argument(help="the folder that holds the release's files")],
    key: Annotated[Path | None, typer.Option(help="the hub's public key, a JWK; without it, of the hub here")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="as of this day; without it, today")] = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Is this release what the hub certified, whole, and still in its term? Exit code 1 where it is not.

    Needs no database. Example: hub release verify release-12 --key hub-public.json
    """
    if not folder.is_dir():
        raise stop(2, f"{folder} is no folder; give the one that holds {CERTIFICATE} and the release's files")
    today: date = on.date() if on else now().date()
    certificate, wrongs = verify.verify_folder(folder, _public_key(key, data_dir), today)
    if certificate is not None:
        screen.print(
            f"Release {certificate.number}, {certificate.title}: {certificate.released_rows:,} rows for"
            f" {certificate.recipient}, under {certificate.agreement}, until {certificate.expires}", highlight=False,
        )  # fmt: skip
        if certificate.tier == "L1":
            screen.print(f"  {certificate.statement}", style="bold yellow", highlight=False, markup=False)
    for wrong in wrongs:
        screen.print(f"  refused: {wrong}", style="bold red", highlight=False, markup=False)
    if wrongs:
        raise typer.Exit(1)
    screen.print("  signature, files, ledger proof and term are in order", style="green", highlight=False)


@release_app.command("key")
def public_key(data_dir: DataDir = None) -> None:
    """Print the public key that certificates are verified with, to be handed to recipients.

    Example: hub release key > hub-public.json
    """
    sys.stdout.write(json.dumps(keys.read_signer(settings_of(data_dir).keys).public()) + "\n")


@release_app.command("tend")
def tend(data_dir: DataDir = None) -> None:
    """Recall what holds an erased record, build what is due, chase acknowledgements, destroy files of what has ended.

    The web process does the same every few seconds. Example: hub release tend
    """
    with site(settings_of(data_dir)) as at:
        done = recall.tend(publishing(at))
    said = f"{len(done.recalled)} recalled, {len(done.built)} built, {done.chased} notices chased, {len(done.purged)} purged"
    screen.print(said, highlight=False)
    for word, ids in (("recalled", done.recalled), ("built", done.built), ("purged", done.purged)):
        for one in ids:
            screen.print(f"  {word} {one}", highlight=False)


@release_app.command("pack")
def pack_release(
    release: Annotated[str, typer.Argument(help="the release's id, as in its page's address")],
    out: Annotated[Path, typer.Option(help="the folder that the pack is written into")] = Path(),
    to: Annotated[str, typer.Option(help="the recipient's age public key (age1…); without it, a passphrase")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="days that it counts")] = 30,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Write one counted, encrypted copy of a published release for somebody without a network.

    Without --to a passphrase is made and printed: give it to the recipient by another way than the disc.
    Example: hub release pack 74828e11-ee70-4577-a8d6-4d07115643a8 --out /media/disc --to age1…
    """
    if not out.is_dir():
        raise stop(2, f"{out} is no folder")
    word = "" if to else "-".join(secrets.token_hex(3) for _ in range(6))
    try:
        with site(settings_of(data_dir)) as at:
            made = packing.pack(publishing(at), release, out, now().date() + timedelta(days=days), to, word)
    except ValueError as wrong:
        raise stop(2, str(wrong)) from None
    if isinstance(made, Refuse):
        raise stop(1, f"{made.reason} ({made.rule})")
    screen.print(f"copy {made.copy_number} is at {made.path}, and counts until {made.expires}", highlight=False)
    screen.print(f"  SHA-256 {made.sha256}", highlight=False)
    if word:
        screen.print(f"  passphrase: {word}", highlight=False)


@release_app.command("unpack")
def unpack_release(
    file: Annotated[Path, typer.Argument(help="the pack, as it came")],
    out: Annotated[Path, typer.Argument(help="the folder to make")],
    identity: Annotated[Path | None, typer.Option(help="the file with your age secret key; without it, a passphrase is asked")] = None,
    key: Annotated[Path | None, typer.Option(help="the hub's public key, a JWK; without it, of the hub here")] = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Decrypt a pack, check that it is whole, ours and in its term, and write its files. Needs no database.

    Example: hub release unpack release-12-copy-1.zip.age release-12 --identity key.txt --key hub-public.json
    """
    secret = ""
    if identity is not None:
        lines = identity.read_text(encoding="utf-8").split() if identity.is_file() else []
        secret = next((w for w in lines if w.startswith("AGE-SECRET-KEY-")), "")
        if not secret:
            raise stop(2, f"{identity} holds no age secret key")
    word = "" if secret else typer.prompt("Passphrase", hide_input=True)
    if not file.is_file():
        raise stop(2, f"{file} is no file")
    try:
        found = packing.unpack(file, out, _public_key(key, data_dir), now().date(), secret, word)
    except packing.NoPack as wrong:
        raise stop(1, str(wrong)) from None
    screen.print(
        f"release {found.number}, copy {found.copy_number}, until {found.expires}: open {out / packing.VIEWER}",
        highlight=False,
    )


@app.command("trace")
def trace_file(
    file: Annotated[Path, typer.Argument(help="the leaked rows: CSV, XLSX or Parquet")],
    as_json: Annotated[bool, typer.Option("--json", help="the findings as JSON")] = False,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Whose copy did these rows come from? By event numbers, by rows that one copy alone holds, by their order.

    Exit code 1 where no copy can be named. Example: hub trace leaked.csv
    """
    try:
        leaked = trace.read_leak(file)
    except ValueError as wrong:
        raise stop(2, str(wrong)) from None
    with site(settings_of(data_dir)) as at:
        found = trace.trace(publishing(at), leaked)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(found), indent=2) + "\n")
    else:
        _tell(found)
    if found.verdict != "named":
        raise typer.Exit(1)


def _as_json(found: trace.Traced) -> dict[str, Any]:
    return {"verdict": found.verdict, "recipients": list(found.recipients), "why": found.why,
            "rows": found.rows, "copies": [
                {"release": c.number, "recipient": c.recipient, "numbers": c.numbers, "rows_found": c.held,
                 "neighbours": c.neighbours, "in_order": c.in_order, "score": round(c.score, 2)}
                for c in found.copies]}  # fmt: skip


def _tell(found: trace.Traced) -> None:
    screen.print(f"{found.rows} leaked rows. {found.why}", highlight=False)
    for one in found.copies[:10]:
        screen.print(
            f"  release {one.number}, {one.recipient}: {one.numbers} by number, {one.held} by value,"
            f" {one.neighbours} neighbours, {one.in_order} in order", highlight=False,
        )  # fmt: skip
