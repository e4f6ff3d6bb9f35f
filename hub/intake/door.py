"""May this manifest come in? What an agency declares, against the contract and the protocols in force."""

from __future__ import annotations

from collections.abc import Sequence

from hub.decision import Allow, Decision, Refuse
from protocols.contract import Contract
from protocols.wire import Manifest

MAX_ROWS = 50_000_000


def check_manifest(manifest: Manifest, contract: Contract, agency: str, max_bytes: int) -> Decision:
    """Is the declaration itself sound, before any protocol is asked? Never looks at a row."""
    for refusal in (_of_sender(manifest, agency, max_bytes), _of_mode(manifest, contract), _of_count(manifest)):
        if refusal:
            return refusal[0]
    return Allow("intake.manifest")


def _of_sender(manifest: Manifest, agency: str, max_bytes: int) -> list[Refuse]:
    if manifest.agency != agency:
        return [Refuse("intake.other-agency", f"the manifest speaks for {manifest.agency}, the key for {agency}")]
    if manifest.bytes > max_bytes:
        return [Refuse("intake.too-large", f"{manifest.bytes} bytes is over the limit of {max_bytes}; send by window")]
    if manifest.rows > MAX_ROWS:
        return [Refuse("intake.too-many-rows", f"{manifest.rows} rows is over the limit of {MAX_ROWS}")]
    return []


def _of_mode(manifest: Manifest, contract: Contract) -> list[Refuse]:
    if manifest.mode not in contract.modes:
        modes = ", ".join(contract.modes)
        return [Refuse("intake.mode", f"{contract.id} is sent as {modes}, not as {manifest.mode}")]
    if manifest.mode == "snapshot" and manifest.window is None:
        return [Refuse("intake.window", "a snapshot names the window that it is the whole of")]
    if manifest.window is not None and manifest.window.last < manifest.window.first:
        return [Refuse("intake.window", "the window ends before it begins")]
    if manifest.mode == "withdrawals" and set(manifest.columns) != set(contract.key):
        return [Refuse("intake.withdrawals", f"withdrawals carry the key and nothing else: {', '.join(contract.key)}")]
    twice = sorted({c for c in manifest.columns if manifest.columns.count(c) > 1})
    if twice:
        return [Refuse("intake.columns", f"columns are named twice: {', '.join(twice)}")]
    needed = contract.key if manifest.mode == "withdrawals" else [f.name for f in contract.field if f.required]
    missing = [c for c in needed if c not in manifest.columns]
    if missing:
        return [Refuse("intake.columns", f"columns that {contract.id} requires are missing: {', '.join(missing)}")]
    return []


def _of_count(manifest: Manifest) -> list[Refuse]:
    """held at source + declared = rows in the native file, where the agency attests to them."""
    if manifest.native_rows is not None and manifest.native_rows != manifest.held_at_source + manifest.rows:
        return [
            Refuse(
                "intake.source-rows",
                f"{manifest.held_at_source} held at source and {manifest.rows} declared are not the"
                f" {manifest.native_rows} rows of the native file",
            )
        ]
    if manifest.source_total is not None and manifest.source_total != manifest.native_rows:
        return [
            Refuse(
                "intake.source-total",
                f"the source says {manifest.source_total} rows, the native file has {manifest.native_rows}",
            )
        ]
    return []


def check_body(manifest: Manifest, size: int, sha256: str) -> Decision:
    """Are these the declared bytes?"""
    if size != manifest.bytes:
        return Refuse("intake.bytes-differ", f"{size} bytes came, {manifest.bytes} were declared")
    if sha256 != manifest.sha256:
        return Refuse("intake.digest-differs", "the SHA-256 of what came is not the declared one")
    return Allow("intake.body")


def check_columns(manifest: Manifest, found: Sequence[str]) -> Decision:
    """Does the body hold the declared columns, no more and no fewer?"""
    if sorted(found) != sorted(manifest.columns):
        more = sorted(set(found) - set(manifest.columns))
        fewer = sorted(set(manifest.columns) - set(found))
        said = [f"not declared: {', '.join(more)}"] if more else []
        said += [f"declared but absent: {', '.join(fewer)}"] if fewer else []
        said += ["named twice"] if len(set(found)) != len(found) else []
        return Refuse("intake.columns-differ", f"columns of the body differ from the manifest ({'; '.join(said)})")
    return Allow("intake.columns")
