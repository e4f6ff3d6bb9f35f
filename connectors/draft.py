"""What would leave this machine under a draft, how far it would get, and what would stay? Sends nothing, asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from connectors.mapping import Mapping
from protocols.contract import shipped_contracts
from protocols.lint import lint
from protocols.schema import Document, Fault, Severity, duration_words
from protocols.whatif import Fate, Tally, fates, standing_in_the_way

REACHES = {"pool": "kept", "hub": "dropped", "source": "not sent"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft and the flow of it that a source would go by. `in_the_way`: why nothing would flow today, were it signed."""

    document: Document
    mapping: Mapping
    fates: list[Fate]
    tally: Tally
    faults: list[Fault]
    in_the_way: list[str]

    def facts(self) -> dict[str, Any]:
        """For a program."""
        heading = self.document.protocol
        return {
            "id": heading.id, "version": heading.version, "from": self.tally.flow.source,
            "rows": self.tally.rows, "in_the_way": self.in_the_way, "placed_more_coarsely": dict(self.tally.coarser),
            "fields": [{**f._asdict(), "filled": self.tally.filled[f.field]} for f in self.fates],
            "faults": [{"where": f.where, "what": f.what, "line": f.line} for f in self.faults],
        }  # fmt: skip


def draft_of(text: str, mapping: Mapping, agency: str, on: date) -> Draft:
    """A draft by its text, with the flow of the mapping's dataset from this agency ("": the only one there is).

    Raises `ValueError` with the reason where the text is no document or has no such flow.
    """
    document, found = lint(text, shipped_contracts())
    if document is None:
        raise ValueError("; ".join(f"{f.where}: {f.what}" for f in found[:5]))
    flows = [f for f in document.flow if f.dataset == mapping.dataset and agency in ("", f.source)]
    if not flows:
        raise ValueError(f"it has no flow of {mapping.dataset}{f' from {agency}' if agency else ''}")
    if len(flows) > 1:
        raise ValueError(f"it has flows of {mapping.dataset} from {', '.join(f.source for f in flows)}; say --agency")
    errors = [f for f in found if f.severity is Severity.ERROR]
    in_the_way = standing_in_the_way(document, flows[0], mapping.purpose, on)
    if errors:
        in_the_way = [f"the draft has {len(errors)} faults, with which it cannot be signed", *in_the_way]
    told = fates(mapping.contract(), flows[0], {c.field for c in mapping.column})
    return Draft(document, mapping, told, Tally(flows[0]), errors, in_the_way)


def show_draft(draft: Draft, screen: Console) -> None:
    """What would flow, field by field, with the number of rows that fill each, and what stands in the way."""
    heading, flow = draft.document.protocol, draft.tally.flow
    native = {c.field: " + ".join(c.native) or c.header or "constant" for c in draft.mapping.column}
    title = f"If {heading.title}, version {heading.version}, is signed: {draft.tally.rows} rows from {flow.source}"
    table = Table(
        Column("field", overflow="fold"),
        "from",
        "how far",
        Column("what becomes of it", min_width=18),
        "rows",
        title=Text(title),
    )
    for fate in draft.fates:
        filled = str(draft.tally.filled[fate.field]) if fate.field in native else ""
        table.add_row(fate.field, Text(native.get(fate.field, "")), REACHES[fate.reach],
                      Text(f"{fate.treatment}: {fate.why}" if fate.treatment else fate.why), filled)  # fmt: skip
    screen.print(table)
    kept = flow.retention
    screen.print(f"place to {flow.place_floor}, time to {flow.time_floor}; kept as received {duration_words(kept.raw)}, pooled {duration_words(kept.pool)},"
                 f" released {duration_words(kept.release)}", highlight=False)  # fmt: skip
    for said, rows in draft.tally.coarser.items():
        screen.print(Text(f"{rows} rows placed more coarsely, to a {said}"))
    for fault in draft.faults:
        screen.print(Text(f"line {fault.line}, {fault.where}: {fault.what} ({fault.source})"))
    for words in draft.in_the_way:
        screen.print(Text(f"today nothing would flow: {words}"))
