"""CRATE beside the hub's engine on the same notes and records, in an environment of its own: `make evaluate CRATE=PYTHON`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from hub.adapters.wordstock import load_engine
from hub.depersonalise.dates import find_dates
from hub.depersonalise.reading import fold
from hub.depersonalise.records import said_of_record
from protocols.contract import Role
from tests.evaluation.notes import Case
from tests.evaluation.score import Masks

SCRIPT = Path(__file__).parent / "crate_scrub.py"
METHODS = {
    **dict.fromkeys((Role.SURNAME, Role.FORENAME, Role.FULL_NAME, Role.OFFICER), "words"),
    **dict.fromkeys((Role.ADDRESS, Role.STREET, Role.EMAIL), "phrases"),
    **dict.fromkeys((Role.PHONE, Role.NHS), "numbers"),
}  # fmt: skip
"""How CRATE is told to scrub a value of a role; others are codes."""


def crate(python: str, cases: Sequence[Case]) -> tuple[Masks, float]:
    """What CRATE masks of each case, and its seconds of processor time. `python`: of an environment that has it.
    Raises `CalledProcessError` where that has no CRATE."""
    lines = "\n".join(json.dumps(_line(c)) for c in cases)
    done = subprocess.run([python, str(SCRIPT)], input=lines, capture_output=True, text=True, check=True)
    *masks, last = [json.loads(line) for line in done.stdout.splitlines()]
    return [[(a, b) for a, b in spans] for spans in masks], last["seconds"]


def _line(case: Case) -> dict[str, object]:
    found: dict[str, list[str]] = {k: [] for k in ("words", "phrases", "dates", "numbers", "codes")}
    for value, role, _ in said_of_record(case.record, load_engine().lexicon):
        if role is Role.DOB:
            found["dates"] += [f"{y}-{m:02}-{d:02}" for _, _, days in find_dates(fold(value)) for y, m, d in days]
        else:
            found[METHODS.get(role, "codes")].append(value)
    return {"text": case.text, **found}
