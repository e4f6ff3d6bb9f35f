"""What is said, in plain words, of a release whose rows follow people? It is personal data, and every place says so."""

from __future__ import annotations

from datetime import date
from typing import Any

from protocols.schema import Access

STATEMENT = (
    "This is personal data: it is pseudonymised, not depersonalised and not anonymous (UK GDPR Art 4(5)). The rows of one"
    " person can be followed by their pseudonym."
)
CLAIM = "Groups, intruders and subtraction are measured so that the risk is known. They claim no anonymity."
LEFT_OUT = (
    "notes",
    "names, dates of birth, references and every other direct identifier",
    "rows without a person to follow",
)


def said(access: Access, since: date) -> dict[str, Any]:
    """The facts that make the difference: `tier`, `statement`, and the `personal` terms that it leaves by.

    `since`: the day from which the series' pseudonyms are the same from release to release.
    """
    terms = access.personal
    assert terms is not None
    return {
        "tier": "L1",
        "statement": STATEMENT,
        "personal": {
            "pseudonyms": list(terms.pseudonyms),
            "gateway": terms.gateway.value,
            "regime": terms.regime.value,
            "basis": terms.basis,
            "condition": terms.condition,
            "necessity": terms.necessity,
            "dpia": terms.dpia,
            "handlers": [h.office for h in terms.handler],
            "keyed_since": since.isoformat(),
        },
    }
