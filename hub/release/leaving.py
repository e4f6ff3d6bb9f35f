"""Which fields of what an agreement draws on may leave, and what may not stand beside other releases?"""

from __future__ import annotations

from collections.abc import Mapping

from hub.decision import Refuse
from protocols.contract import Contract, FieldType, Role, Sensitivity, Treatment
from protocols.schema import POOL_FIELDS, Access, Flow, treatment_of

NOT_SETTLED = Refuse(
    "release.subtraction",
    "copies of it and of live releases could be subtracted to single people out, and holding rows back does not end it",
)
"""Why a candidate is held that no holding back of rows makes safe beside the releases that are out."""


INTRUDER_FINDS = Refuse(
    "release.intruder", "somebody who looks for a person they know would find more than one in a thousand of them"
)
"""Why a candidate is held in which an intruder finds too many."""


def released_fields(
    access: Access, contracts: Mapping[str, Contract], flows: Mapping[tuple[str, str], Flow]
) -> list[str]:
    """The agreement's fields that may leave, in its order. Default deny: a field leaves only where its contract says it
    identifies nobody by itself and every contributing flow that carries it keeps, bands or generalises it."""
    return [f for f in access.fields if f in POOL_FIELDS or _may_leave(f, contracts, flows)]


PSEUDONYM = "_pseudonym"
"""How columns end that hold a person's pseudonym; no field of a contract does."""


def pseudonym_column(field: str) -> str:
    """The released column of a field's pseudonyms."""
    return field + PSEUDONYM


def followed_fields(access: Access, contract: Contract, flow: Flow) -> list[str]:
    """Fields whose pseudonyms may leave, of one flow: default deny. The agreement names them as personal data, the flow
    keeps them as pseudonyms and lets those leave, and the contract says that they may be one."""
    wanted = access.personal.pseudonyms if access.personal else ()
    if flow.leaves_as != "pseudonymised":
        return []
    return [
        f for f in wanted
        if f in flow.fields and treatment_of(flow.fields[f])[0] is Treatment.PSEUDONYMISE
        and f in contract.fields and Treatment.PSEUDONYMISE in contract.fields[f].treatments
    ]  # fmt: skip


LEAVING = frozenset({Treatment.KEEP, Treatment.BAND, Treatment.GENERALISE})


def _may_leave(name: str, contracts: Mapping[str, Contract], flows: Mapping[tuple[str, str], Flow]) -> bool:
    carried = [(contracts[d].fields[name], f.fields[name]) for (_, d), f in flows.items()
               if name in f.fields and name in contracts[d].fields]  # fmt: skip
    if not carried:
        return False
    for field, words in carried:
        treatment, _ = treatment_of(words)
        direct = field.sensitivity is Sensitivity.DIRECT and treatment is not Treatment.BAND
        if treatment not in LEAVING or direct or field.type is FieldType.NARRATIVE or field.role is Role.REFERENCE:
            return False
    return True
