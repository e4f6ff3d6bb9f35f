"""What could go wrong with this sharing, and what in the configuration answers it? For an impact assessment, from the
documents themselves: a risk is named where its cause stands in a flow or an agreement, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from protocols.contract import Contract, Sensitivity, Treatment
from protocols.lint.asked import listed
from protocols.schema import PLACE_FLOORS, Document, Flow, Regime, duration_words


class Risk(NamedTuple):
    """A risk to people, what in the documents causes it, what the hub does about it, and what is left for a person to
    weigh."""

    what: str
    cause: str
    answer: str
    left: str


def _named(flow: Flow) -> str:
    return f"{flow.source}, {flow.dataset}"


def _treated(flow: Flow, treatment: Treatment) -> list[str]:
    return [name for name, words in flow.fields.items() if words.partition(":")[0] == treatment]


def _of_flow(flow: Flow, contract: Contract) -> Iterator[Risk]:
    of = _named(flow)
    direct = [n for n in flow.fields if n in contract.fields and contract.fields[n].sensitivity is Sensitivity.DIRECT]
    sensitive = [
        n
        for n in _treated(flow, Treatment.KEEP)
        if contract.fields.get(n) and contract.fields[n].sensitivity is Sensitivity.SENSITIVE
    ]
    if direct:
        yield Risk("Somebody sees who a person is before the row is depersonalised", f"{of}: {listed(direct, 40)}",
                   f"batches are stored encrypted, read by the worker alone, and their keys destroyed after {duration_words(flow.retention.raw)}",
                   "whether each of these fields is needed at the hub at all")  # fmt: skip
    if notes := (_treated(flow, Treatment.REDACT) if flow.notes != "drop" else []):
        yield Risk("A name or number is missed in a note", f"{of}: {listed(notes)} kept, {flow.notes}",
                   "notes are redacted with the record's own words, searched again, held where a hit is left, and never released",
                   "the share that is missed: mark a sample of your own notes")  # fmt: skip
    if pseudonyms := _treated(flow, Treatment.PSEUDONYMISE):
        yield Risk("A person is followed from row to row", f"{of}: {listed(pseudonyms)} as pseudonyms",
                   "pseudonyms are keyed by partnership and purpose, their keys are held outside the database, and "
                   + ("leave only keyed anew, under an agreement for personal data" if flow.leaves_as == "pseudonymised" else "none is released"),
                   "pseudonymised rows are still personal data")  # fmt: skip
    if flow.link:
        yield Risk(
            "A person known to several agencies is singled out",
            f"{of}: {listed(list(flow.link))} linked",
            "match keys are keyed and never leave the hub",
            "whether the purpose needs linking",
        )
    if _treated(flow, Treatment.GEOCODE) and PLACE_FLOORS.index(flow.place_floor) < PLACE_FLOORS.index("lsoa"):
        shielded = [f"{c.field} {listed(list(c.values))} to {c.place_floor}" for c in flow.coarser_place]
        yield Risk("A place points to a home", f"{of}: kept to {flow.place_floor}",
                   f"coarser for {listed(shielded)}" if shielded else "releases are no finer than their agreement says",
                   "whether the purpose needs places this fine")  # fmt: skip
    if sensitive and flow.regime is not Regime.NOT_PERSONAL:
        yield Risk("What is sensitive becomes known of somebody", f"{of}: {listed(sensitive, 40)} kept",
                   f"small counts are suppressed ({flow.suppression}) and groups are of a least size in every release",
                   "what people near the event could infer")  # fmt: skip


def _of_access(document: Document) -> Iterator[Risk]:
    access = document.access
    if access is None:
        return
    yield Risk("The recipient finds out who somebody is", f"{document.id}: {len(access.fields)} fields to {access.recipient}",
               f"groups of at least {access.k} by {listed(list(access.quasi_identifiers))}; place to {access.place_floor}, time to"
               f" {access.time_floor}; {access.checkers} checkers; re-identifying is forbidden (DPA 2018 s.171)",
               "what the recipient holds beside it")  # fmt: skip
    if access.personal is not None:
        yield Risk("A person is followed from row to row by the recipient", f"{document.id}: pseudonyms of {listed(list(access.personal.pseudonyms))} to"
                   f" {listed([h.office for h in access.personal.handler])}",
                   "pseudonyms are keyed anew for the recipient and the series, and their key is destroyed when a record is erased or"
                   " the series ends; each download asks for a passkey",
                   f"the rows stay personal data, whoever holds them (assessed in {access.personal.dpia})")  # fmt: skip
    canaries = (
        f"{access.canaries} made-up rows name a leaking copy" if access.canaries else "downloads are logged by person"
    )
    yield Risk("A copy is passed on", f"{document.id}: {', '.join(access.formats)}", f"{canaries}; passing on: "
               f"{document.protocol.onward_sharing or 'by standing clause'}", "copies cannot be called back by a machine")  # fmt: skip


def risks(document: Document, below: Sequence[Document], contracts: Mapping[str, Contract]) -> list[Risk]:
    """The risks of a purpose agreement with the access agreements below it, or of an access agreement alone."""
    found = [
        risk for flow in document.flow if flow.dataset in contracts for risk in _of_flow(flow, contracts[flow.dataset])
    ]
    sources = {f.source for f in document.flow}
    if len(sources) > 1:
        found.append(Risk("Pooled rows tell more than each agency's own", f"rows of {listed(sorted(sources))} in one pool",
                          "the strictest contributor's terms hold for all of a release; releases are checked against each other",
                          "whether the purposes need all of them together"))  # fmt: skip
    return found + [risk for one in (document, *below) for risk in _of_access(one)]
