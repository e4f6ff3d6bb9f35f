"""The agency's side: check an extract, send it, keep the proof. Runs on an agency's desktop, knows nothing of the hub."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from connectors.client import Client, Refused, Unreachable, settle
from connectors.draft import Draft, draft_of, show_draft
from connectors.keys import make_key, read_key, read_public
from connectors.mapping import Mapping, load_mapping
from connectors.native import Refused as Unusable
from connectors.outbox import Outbox, Outgoing
from protocols.wire import FlowOffer, Unsigned, Window

if TYPE_CHECKING:  # what reads files is loaded by the commands that do
    from connectors.extract import Extract

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Send an agency's extracts to its partnership hub. Exit codes: 0 done, 1 faults or refused by a rule, 2 wrong"
    " use, 3 hub not reachable (the extract is kept in the outbox).",
)  # fmt: skip
screen = Console(stderr=True)
FAULTS, USAGE, AWAY = 1, 2, 3
SHOWN = 50

SourceArg = Annotated[str, typer.Argument(help="name of a shipped mapping, or a mapping file")]
FileArg = Annotated[Path, typer.Argument(help="the native file")]
HubOpt = Annotated[str, typer.Option("--hub", envvar="CONNECTOR_HUB", help="the hub's address, https://…")]
AgencyOpt = Annotated[str, typer.Option("--agency", envvar="CONNECTOR_AGENCY", help="this agency's id")]
KeyOpt = Annotated[Path, typer.Option("--key", envvar="CONNECTOR_KEY", help="this agency's key file")]
HubKeyOpt = Annotated[
    Path | None, typer.Option("--hub-key", envvar="CONNECTOR_HUB_KEY", help="the hub's public key, pinned")
]
CertificateOpt = Annotated[
    Path | None,
    typer.Option(
        "--certificate",
        envvar="CONNECTOR_CERTIFICATE",
        help="PEM of a client certificate and its key, where the hub asks for one",
    ),
]
OutboxOpt = Annotated[Path, typer.Option("--outbox", envvar="CONNECTOR_OUTBOX", help="folder of the durable queue")]


def now() -> datetime:
    """The one clock of the connector."""
    return datetime.now(UTC)


def stop(code: int, words: str) -> typer.Exit:
    """Say what is wrong and what to do, and end with a code that means something."""
    screen.print(f"[bold red]connector:[/] {words}", highlight=False, markup=True)
    return typer.Exit(code)


def mapping_of(source: str) -> Mapping:
    """The mapping a person named, or an end with what is wrong."""
    try:
        return load_mapping(source)
    except ValueError as wrong:
        raise stop(USAGE, str(wrong)) from None


def show_faults(extract: Extract) -> None:
    """Where rows went wrong, by line and native column; never what they hold."""
    table = Table("line", "column", "rule", "what is wrong", title=f"{extract.held} rows held at the source")
    for fault in extract.faults[:SHOWN]:
        table.add_row(str(fault.line), fault.column, fault.rule, fault.reason)
    screen.print(table)
    if len(extract.faults) > SHOWN:
        more = Counter((f.rule, f.column) for f in extract.faults)
        for (rule, column), count in more.most_common():
            screen.print(f"  {count} x {rule} in {column}", highlight=False)


@app.command()
def check(
    source: SourceArg, file: FileArg,
    protocol: Annotated[Path | None, typer.Option(help="a draft protocol: what would flow under it, and what not?")] = None,
    agency: Annotated[str, typer.Option("--agency", envvar="CONNECTOR_AGENCY", help="this agency's id, where the draft has flows of several")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON on standard output")] = False,
) -> None:  # fmt: skip
    """Find every fault of an extract, by line and column, without sending anything.

    Example: connector check police-uk-street 2025-01-street.csv
    """
    from connectors.extract import read_extract

    mapping = mapping_of(source)
    draft = read_draft(protocol, mapping, agency, now().date()) if protocol else None
    sound = 0
    try:
        extract, frames = read_extract(file, mapping)
        for frame in frames:
            sound += frame.height
            if draft is not None:
                draft.tally.add(frame)
    except Unusable as no:
        raise stop(FAULTS, f"the file cannot be taken: {no}") from None
    if as_json:
        told = {"source": mapping.name, "native_rows": extract.native_rows, "sound": sound, "held_at_source": extract.held,
                "unmapped": extract.unmapped, "faults": [f.model_dump() for f in extract.faults]}  # fmt: skip
        sys.stdout.write(json.dumps(told | ({"draft": draft.facts()} if draft else {})) + "\n")
    else:
        screen.print(f"{extract.native_rows} rows in the file: {sound} sound, {extract.held} held", highlight=False)
        if extract.unmapped:
            screen.print(f"columns that stay here: {', '.join(extract.unmapped)}", highlight=False, markup=False)
        if draft is not None:
            show_draft(draft, screen)
        if extract.faults:
            show_faults(extract)
    if extract.source_total is not None and extract.source_total != extract.native_rows:
        raise stop(FAULTS, f"the source counts {extract.source_total} rows, the file has {extract.native_rows}")
    if extract.faults or (draft is not None and draft.in_the_way):
        raise typer.Exit(FAULTS)


def read_draft(path: Path, mapping: Mapping, agency: str, on: date) -> Draft:
    """The draft that a person named, with the flow that the source would go by; or an end with what is wrong."""
    try:
        return draft_of(path.read_bytes().decode("utf-8-sig"), mapping, agency, on)
    except (OSError, UnicodeDecodeError):
        raise stop(USAGE, f"{path.name} cannot be read as UTF-8 text") from None
    except ValueError as wrong:
        raise stop(FAULTS, f"under this draft nothing would be sent: {wrong}") from None


def flow_for(client: Client, outbox: Outbox, mapping: Mapping, purpose: str) -> FlowOffer:
    """The flow in force for a mapping's dataset; the hub's last word where it cannot be reached."""
    try:
        offers = client.flows()
        outbox.know("flows", json.dumps([o.model_dump() for o in offers]))
    except Unreachable:
        last = outbox.known("flows")
        if last is None:
            raise
        offers = [FlowOffer.model_validate(o) for o in json.loads(last)]
    for offer in offers:
        if offer.dataset == mapping.dataset and purpose in offer.purposes:
            return offer
    raise Refused(403, "protocol.none", f"no protocol in force lets this agency send {mapping.dataset} for {purpose}")


@app.command()
def send(
    source: SourceArg, file: FileArg, hub: HubOpt, agency: AgencyOpt, key: KeyOpt,
    outbox: OutboxOpt = Path("outbox"),
    hub_key: HubKeyOpt = None,
    purpose: Annotated[str, typer.Option(help="the purpose, where the mapping's own is not meant")] = "",
    window: Annotated[tuple[str, str] | None, typer.Option(help="first and last day of a snapshot")] = None,
    only: Annotated[Path | None, typer.Option(help="send only the records on this list, as the hub's page gives it")] = None,
    wait: Annotated[float, typer.Option(help="seconds to wait for the result")] = 120.0,
    patience: Annotated[float, typer.Option(help="seconds to keep trying while the hub is away")] = 60.0,
    certificate: CertificateOpt = None,
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON on standard output")] = False,
) -> None:  # fmt: skip
    """Send an extract: rows that fit, the flow's columns only; keep the hub's signed receipt and its report.

    Example: connector send police-uk-street 2025-01-street.csv --hub https://hub.example --agency my-force --key k.json
    """
    from connectors.send import Sender, queue_extract, read_list

    mapping = mapping_of(source)
    box = Outbox(outbox)
    try:
        pinned = read_public(hub_key) if hub_key else None
        line = Client(hub, agency, read_key(key), now, pinned, patience, certificate=certificate)
        chosen = Window(first=date.fromisoformat(window[0]), last=date.fromisoformat(window[1])) if window else None
    except ValueError as wrong:
        raise stop(USAGE, str(wrong)) from None
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=screen, transient=True) as progress:
        task = progress.add_task("asking which protocol is in force …")
        try:
            offer = flow_for(line, box, mapping, purpose or mapping.purpose)
            progress.update(task, description="reading the file …")
            sender = Sender(agency, line.key, purpose or mapping.purpose, offer.fields, chosen, now)
            entry, extract = queue_extract(file, mapping, sender, box, read_list(only, mapping) if only else None)
            progress.update(task, description="sending …")
            done = settle(line, box, entry, wait)
        except Unusable as no:
            raise stop(FAULTS, f"the file cannot be taken, nothing was sent: {no}") from None
        except Refused as no:
            raise stop(FAULTS, f"the hub refused by rule {no.rule}: {no.reason}") from None
        except Unsigned as wrong:
            raise stop(FAULTS, f"the hub's answer is not to be trusted: {wrong}") from None
        except Unreachable as away:
            raise stop(AWAY, str(away)) from None
    tell(extract, done, as_json)


def tell(extract: Extract, done: Outgoing, as_json: bool) -> None:
    """What came of a sending, for a person or a program."""
    manifest = json.loads(done.manifest)
    result = json.loads(_payload(done.result)) if done.result else None
    facts = {
        "source": extract.mapping.name, "manifest": done.manifest_id, "batch": done.batch, "state": done.state,
        "native_rows": extract.native_rows, "held_at_source": extract.held, "declared": manifest["rows"],
        "outcome": result and result["outcome"], "rule": result and result["rule"], "reason": result and result["reason"],
        "counts": result and result["counts"],
    }  # fmt: skip
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        screen.print(f"{facts['native_rows']} rows in the file, {facts['held_at_source']} held here, "
                     f"{facts['declared']} sent; receipt kept; {facts['outcome'] or 'result to follow'}",
                     highlight=False)  # fmt: skip
        if extract.faults:
            show_faults(extract)
    if result and result["outcome"] != "pooled":
        raise stop(FAULTS, f"the batch was {result['outcome']} by rule {result['rule']}: {result['reason']}")


def _payload(jws: str) -> bytes:
    """The content of a JWS that was verified when it came."""
    import base64

    body = jws.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


@app.command()
def flush(
    hub: HubOpt, agency: AgencyOpt, key: KeyOpt, outbox: OutboxOpt = Path("outbox"), hub_key: HubKeyOpt = None,
    wait: Annotated[float, typer.Option(help="seconds to wait for each result")] = 30.0,
    patience: Annotated[float, typer.Option(help="seconds to keep trying while the hub is away")] = 60.0,
    certificate: CertificateOpt = None,
) -> None:  # fmt: skip
    """Send what is still waiting in the outbox, and fetch results that were not there yet.

    Example: connector flush --hub https://hub.example --agency my-force --key k.json
    """
    box = Outbox(outbox)
    try:
        pinned = read_public(hub_key) if hub_key else None
        line = Client(hub, agency, read_key(key), now, pinned, patience, certificate=certificate)
    except ValueError as wrong:
        raise stop(USAGE, str(wrong)) from None
    worst = 0
    for entry in box.waiting():
        try:
            done = settle(line, box, entry, wait)
            screen.print(f"{done.manifest_id}: {done.state}", highlight=False)
        except Refused as no:
            screen.print(f"{entry.manifest_id}: refused by rule {no.rule}: {no.reason}", highlight=False)
            worst = max(worst, FAULTS)
        except Unreachable as away:
            raise stop(AWAY, str(away)) from None
    raise typer.Exit(worst)


@app.command()
def watch(
    source: SourceArg,
    folder: Annotated[Path, typer.Argument(help="folder in which extracts appear")],
    hub: HubOpt, agency: AgencyOpt, key: KeyOpt, outbox: OutboxOpt = Path("outbox"), hub_key: HubKeyOpt = None,
    every: Annotated[float, typer.Option(help="seconds between looks")] = 30.0,
    once: Annotated[bool, typer.Option(help="look once and end")] = False,
    certificate: CertificateOpt = None,
) -> None:  # fmt: skip
    """Send each file that appears in a folder, once it has stopped growing.

    Example: connector watch police-rms /exports --hub https://hub.example --agency my-force --key k.json
    """
    if not folder.is_dir():
        raise stop(USAGE, f"there is no folder {folder}")
    seen: dict[Path, tuple[int, int]] = {}
    sent: set[Path] = set()
    while True:
        for path in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
            found = path.stat()
            size = (found.st_size, found.st_mtime_ns)
            if path not in sent and (once or seen.get(path) == size):
                sent.add(path)
                try:
                    send(
                        source, path, hub, agency, key, outbox, hub_key, "", None, None, 0.0, 60.0, certificate,
                        as_json=False,
                    )  # fmt: skip
                except typer.Exit as ended:
                    if ended.exit_code == AWAY:
                        sent.discard(path)
            seen[path] = size
        if once:
            return
        time.sleep(every)


@app.command("verify")
def verify_file(
    file: Annotated[
        Path, typer.Argument(help="what the hub published: a receipt, a signed copy, a head, a proof, a log")
    ],
    hub_key: HubKeyOpt = None,
    head: Annotated[list[Path] | None, typer.Option("--head", help="a head of the log that was kept elsewhere")] = None,
    event: Annotated[Path | None, typer.Option(help="the event that an inclusion proof is of, as exported")] = None,
    authority: Annotated[Path | None, typer.Option(help="certificates (PEM) trusted for time stamps")] = None,
) -> None:
    """Check what the hub published, with none of the hub's code: receipts and results, signed copies of protocols,
    heads of the log, proofs, time stamps, a whole exported log. All but a signed copy need the hub's public key.

    Example: connector verify receipt.jws --hub-key hub.json
    """
    from connectors.proofs import Disproved
    from connectors.verify import proved

    try:
        public = read_public(hub_key) if hub_key else None
        found = proved(file, public, head or [], event, authority)
    except (OSError, ValueError) as wrong:
        if isinstance(wrong, Disproved):
            raise stop(FAULTS, str(wrong)) from None
        said = f"{file.name} cannot be read" if isinstance(wrong, OSError | UnicodeDecodeError) else str(wrong)
        raise stop(USAGE, said) from None
    sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


@app.command("outbox")
def list_outbox(
    outbox: OutboxOpt = Path("outbox"),
    export: Annotated[Path | None, typer.Option(help="write receipts and results into this folder")] = None,
) -> None:
    """List what was sent and what is waiting; write out the signed proofs.

    Example: connector outbox --export proofs
    """
    box = Outbox(outbox)
    table = Table("extract", "state", "batch", "rule")
    for entry in box.everything():
        table.add_row(entry.manifest_id, entry.state, entry.batch or "", entry.rule)
        if export is not None:
            export.mkdir(parents=True, exist_ok=True)
            for name, token in (("receipt", entry.receipt), ("result", entry.result)):
                if token:
                    (export / f"{entry.manifest_id}.{name}.jws").write_text(token + "\n")
    screen.print(table)


@app.command()
def keygen(
    agency: Annotated[str, typer.Argument(help="this agency's id")],
    file: Annotated[Path, typer.Argument(help="where the private key is to lie")],
) -> None:
    """Make this agency's key and print the public half with a proof that you hold the other, for the hub's operator.

    To rotate: make a second key, have it registered, send with it, and have the first one revoked.

    Example: connector keygen my-force key.json > public.json
    """
    try:
        made = make_key(file, agency)
    except FileExistsError:
        raise stop(USAGE, f"{file.name} exists; a key is never overwritten") from None
    sys.stdout.write(json.dumps(made.request(agency)) + os.linesep)


def main() -> None:
    """Entry point of the `connector` command."""
    app()


if __name__ == "__main__":
    main()
