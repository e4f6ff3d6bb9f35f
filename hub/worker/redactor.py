"""The redaction process: a JSON line in, a JSON line out, nothing kept and nothing logged.

A question is `{"notes": [{"record": {…}, "text": …}], "mode": …, "dataset": …}`; the answer `{"notes": [{"text": …,
"spans": [{"start", "end", "kind", "rule", "score", "certain"}]}]}` in the same order. Places are those of the text
asked about after its invisible characters are taken out (`cleaned`). Where `dataset` names a contract that the
record's fields are of, their roles are the contract's; else they are told by their names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from hub.depersonalise.engine import Engine, redact_notes
from hub.depersonalise.own_words import Own, own_words, searched_fields
from protocols.contract import Contract


def serve(engine: Engine, contracts: Mapping[str, Contract], questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the questions end."""
    for line in questions:
        try:
            answer = _answer(engine, contracts, json.loads(line))
        except Exception as wrong:  # noqa: BLE001 (whatever it is, the next question is answered; its text may quote a note)
            answer = {"fault": type(wrong).__name__}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _answer(engine: Engine, contracts: Mapping[str, Contract], question: Mapping[str, Any]) -> dict[str, Any]:
    contract = contracts.get(question.get("dataset", ""))
    notes = question["notes"]
    records = [_record(engine, contract, note.get("record") or {}) for note in notes]
    done = redact_notes(engine, [note["text"] for note in notes], records, question["mode"])
    return {
        "notes": [
            {
                "text": one.text,
                "cleaned": one.cleaned,
                "spans": [
                    {"start": s.start, "end": s.end, "kind": s.kind, "rule": s.rule, "score": s.score,
                     "certain": s.certain} for s in one.spans
                ],
            }
            for one in done
        ]
    }  # fmt: skip


def _record(engine: Engine, contract: Contract | None, record: Mapping[str, Any]) -> Mapping[str, Any] | Own:
    if contract is None or not record or not set(record) <= set(contract.fields):
        return record
    row = {name: None if value is None else str(value) for name, value in record.items()}
    return own_words(row, [f for f in searched_fields(contract) if f[0] in row], engine.lexicon)
