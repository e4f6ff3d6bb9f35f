"""Is every field of a flow in its contract, treated as it may be, and kept no finer and no longer than it needs?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protocols.contract import Contract, Role, Treatment
from protocols.lint.asked import HEALTH, PERSONAL, Asked, error, listed, warning
from protocols.schema import GENERALISATIONS, PLACE_FLOORS, Fault, Flow, treatment_of
from protocols.wording import Path, nearest

CONTRACT = "dataset contract"
ANONYMITY = "Sexual Offences (Amendment) Act 1992"
DAYS = {"D": 1, "M": 30, "Y": 365}


def contract_known(asked: Asked) -> Iterator[Fault]:
    """The dataset has a contract, of this type of agency, and the flow carries its key."""
    for at, flow in asked.flows:
        contract = asked.contracts.get(flow.dataset)
        if contract is None:
            near = nearest(flow.dataset, asked.contracts)
            yield error((*at, "dataset"), f"names a dataset contract that does not exist{near}", CONTRACT)
            continue
        kind = asked.agency_type(flow.source)
        if kind and kind != contract.agency_type:
            yield warning((*at, "dataset"), f"{contract.id} is a dataset of {contract.agency_type}, and {flow.source} is {kind}",
                          CONTRACT)  # fmt: skip
        for key in contract.key:
            if key not in flow.fields:
                yield error((*at, "fields"), f"does not carry the key field {key}, so corrections cannot be told from new rows",
                            CONTRACT)  # fmt: skip
        absent = [
            f.name for f in contract.field if f.required and f.name not in flow.fields and f.name not in contract.key
        ]
        if absent:
            yield error(
                (*at, "fields"), f"leaves out {listed(absent)}, without which no row keeps the contract", CONTRACT
            )
        if not flow.fields:
            yield error((*at, "fields"), "names no field, so nothing would flow", "default deny")


def treatments(asked: Asked) -> Iterator[Fault]:
    """Each field's treatment is one that its contract permits."""
    for at, flow in asked.flows:
        contract = asked.contracts.get(flow.dataset)
        for name, words in flow.fields.items() if contract else ():
            assert contract is not None
            yield from _treatment(flow, contract, name, words, (*at, "fields", name))


def _treatment(flow: Flow, contract: Contract, name: str, words: str, at: Path) -> Iterator[Fault]:
    field = contract.fields.get(name)
    if field is None:
        yield error(at, f"{contract.id} has no field of this name{nearest(name, contract.fields)}", CONTRACT)
        return
    try:
        treatment, argument = treatment_of(words)
    except ValueError:
        near = nearest(words, list(Treatment))
        yield error(at, f"'{words}' is no treatment; use one of {', '.join(Treatment)}{near}", CONTRACT)
        return
    if treatment not in field.treatments:
        allowed = ", ".join(field.treatments)
        yield error(at, f"'{treatment}' is not permitted for a {field.sensitivity}: only {allowed}", CONTRACT)
    if treatment is Treatment.GENERALISE and argument not in GENERALISATIONS:
        yield error(at, f"generalise needs one of {', '.join(sorted(GENERALISATIONS))}", CONTRACT)
    if treatment is Treatment.BAND and not (argument.isascii() and argument.isdigit() and 0 < int(argument[:4]) <= 50):
        yield error(at, "band needs a width of 1 to 50 years, as in 'band:5'", CONTRACT)
    if treatment is Treatment.REDACT and flow.notes == "drop":
        yield error(at, "the flow keeps a redacted note but its notes mode is 'drop'", "contradiction")


def linking(asked: Asked) -> Iterator[Fault]:
    """Who is linked across agencies has something to be linked by, and the sharing says why."""
    for at, flow in asked.flows:
        contract = asked.contracts.get(flow.dataset)
        for subject in flow.link if contract else ():
            assert contract is not None
            held = {f.role for f in contract.field if f.subject == subject and f.name in flow.fields}
            if not {Role.FORENAME, Role.SURNAME, Role.DOB} <= held:
                yield error((*at, "link"), f"{subject} has no forename, surname and date of birth in this flow to be linked by",
                            CONTRACT)  # fmt: skip


def coarser(asked: Asked) -> Iterator[Fault]:
    """Rows that would show a victim's home are placed more coarsely: those the contract shields, and those named."""
    for at, flow in asked.flows:
        contract = asked.contracts.get(flow.dataset)
        for number, clause in enumerate(flow.coarser_place):
            where = (*at, "coarser-place", number)
            if clause.field not in flow.fields:
                yield error(where, f"coarser-place looks at {clause.field}, which is not in the flow", ANONYMITY)
            elif contract and clause.field in contract.fields:
                for value in clause.values:
                    if not contract.takes(clause.field, value):
                        yield error(where, f"{clause.field} never holds '{value}'", CONTRACT)
            if PLACE_FLOORS.index(clause.place_floor) <= PLACE_FLOORS.index(flow.place_floor):
                yield error(
                    where, f"coarser-place {clause.place_floor} is not coarser than {flow.place_floor}", ANONYMITY
                )
        if contract and flow.regime in PERSONAL and PLACE_FLOORS.index(flow.place_floor) < PLACE_FLOORS.index("ward"):
            for shield in contract.shielded:
                named = {v for c in flow.coarser_place if c.field == shield.field for v in c.values}
                lacking = [v for v in shield.values if v not in named]
                if shield.field in flow.fields and lacking:
                    yield error((*at, "coarser-place"), f"rows whose {shield.field} is {listed(lacking)} need a coarser place: {shield.why}",
                                ANONYMITY)  # fmt: skip


def days(duration: str) -> int:
    """`P3Y` → 1095, for comparing durations."""
    found = re.fullmatch(r"P(\d+)([DMY])", duration)
    return int(found[1]) * DAYS[found[2]] if found else 0


def retention(asked: Asked) -> Iterator[Fault]:
    """The raw batch goes before the pool, and nothing stays for ever."""
    law = "UK GDPR Art 5(1)(e); DPA 2018 s.39"
    for at, flow in asked.flows:
        kept = flow.retention
        where = (*at, "retention")
        if days(kept.raw) > days(kept.pool):
            yield error(where, "rows as received are kept longer than the pooled rows made of them", law)
        if 0 in (days(kept.raw), days(kept.pool), days(kept.release)):
            yield error(where, "keeps something for no time at all, so it could not be used", "contradiction")
        if flow.regime in PERSONAL and days(kept.raw) > DAYS["Y"]:
            yield warning(where, "keeps identifiable rows as received for more than a year", law)
        if days(kept.pool) > 10 * DAYS["Y"]:
            yield warning(where, "keeps pooled rows for more than ten years", law)


def suppression(asked: Asked) -> Iterator[Fault]:
    """Small counts are hidden, as the owner of the kind of data has it."""
    for at, flow in asked.flows:
        where = (*at, "suppression")
        if flow.suppression == "none" and flow.regime in PERSONAL:
            yield error(where, "hides no small counts of personal data", "ICO anonymisation guidance 2025")
        if asked.agency_type(flow.source) in HEALTH and flow.suppression not in (
            "nhs-1-7-round-5",
            "public-20",
            "partner-10",
        ):
            yield warning(where, "is laxer than NHS England's rule for hospital data (nhs-1-7-round-5)",
                          "NHS England HES disclosure control; DCB1523")  # fmt: skip
