"""From a native file to an entry of the outbox: only the flow's columns, as Parquet, named after its content."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.extract import Extract, read_extract
from connectors.keys import AgencyKey
from connectors.mapping import Mapping
from connectors.native import Refused
from connectors.outbox import Outbox, Outgoing
from protocols.contract import LINE
from protocols.wire import Manifest, Window, sign

SOFTWARE = "partnership-hub connector 0.1.0"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and for what."""

    agency: str
    key: AgencyKey
    purpose: str
    fields: Sequence[str]
    """The flow's fields: no other column leaves the agency."""
    window: Window | None
    now: Callable[[], datetime]


def read_list(path: Path, mapping: Mapping) -> pl.DataFrame:
    """The references (the contract's key columns) in a list of records to mend. Raises `Refused`."""
    contract = mapping.contract()
    if not contract.key or "delta" not in contract.modes:
        raise Refused(f"{mapping.dataset} names no key by which single records could be sent: send the whole extract")
    try:
        listed = pl.read_csv(path, infer_schema=False)
        return listed.select(pl.col(k).str.replace(r"^'([=+\-@|%])", "${1}") for k in contract.key).unique()
    except (OSError, pl.exceptions.PolarsError) as wrong:
        raise Refused(f"{path.name} is no list of records with the columns {', '.join(contract.key)}") from wrong


def queue_extract(
    path: Path, mapping: Mapping, sender: Sender, outbox: Outbox, only: pl.DataFrame | None = None
) -> tuple[Outgoing, Extract]:
    """Read a native file, keep what fits (of it `only` the records with these references, as additions to what was sent
    before), and queue it. Raises `Refused`; then nothing is queued."""
    if only is not None:
        mapping = mapping.model_copy(update={"mode": "delta"})
    columns = [c.field for c in mapping.column if c.field in sender.fields]
    part = outbox.path_for(f"{secrets.token_hex(8)}.part")
    try:
        extract = _write(path, mapping, columns, part, only)
        manifest = _manifest(extract, part, columns, mapping, sender, whole=only is None)
        jws = sign(manifest, sender.key.key, sender.key.kid)
        outbox.put(manifest.id, jws, manifest.model_dump_json(), part, sender.now())
    finally:
        part.unlink(missing_ok=True)
    outbox.keep_report(manifest.id, "source", [(f.line, f.column, f.rule, f.reason) for f in extract.faults])
    entry = outbox.get(manifest.id)
    assert entry is not None
    return entry, extract


def _write(path: Path, mapping: Mapping, columns: Sequence[str], part: Path, only: pl.DataFrame | None) -> Extract:
    """The extract's rows as Parquet: the same rows always give the same bytes."""
    extract, frames = read_extract(path, mapping)
    schema = pa.schema([*[(c, pa.large_string()) for c in columns], (LINE, pa.int64())])
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with pq.ParquetWriter(out, schema, compression="zstd") as writer:
            for drawn in frames:
                frame = drawn if only is None else drawn.join(only, on=only.columns, how="semi", maintain_order="left")
                if frame.height:
                    writer.write_table(frame.select(*[pl.col(c) for c in columns], LINE).to_arrow().cast(schema))
        out.flush()
        os.fsync(out.fileno())
    return extract


def _manifest(
    extract: Extract, part: Path, columns: Sequence[str], mapping: Mapping, sender: Sender, whole: bool
) -> Manifest:
    window = sender.window or extract.window
    if mapping.mode == "snapshot" and window is None:
        raise Refused("a snapshot needs its window; give it with --window FIRST LAST")
    digest = hashlib.sha256()
    with part.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    rows = pq.read_metadata(part).num_rows
    return Manifest(
        id=f"{mapping.name}-{digest.hexdigest()[:40]}",
        agency=sender.agency,
        dataset=mapping.dataset,
        purpose=sender.purpose,
        mode=mapping.mode,
        format="parquet",
        columns=tuple(columns),
        rows=rows,
        bytes=part.stat().st_size,
        sha256=digest.hexdigest(),
        made_at=sender.now(),
        window=window if mapping.mode == "snapshot" else None,
        series=mapping.name,
        native_rows=extract.native_rows if whole else None,  # of a part, the file's own count says nothing
        held_at_source=extract.held if whole else 0,
        source_total=extract.source_total if whole else None,
        software=SOFTWARE,
    )
