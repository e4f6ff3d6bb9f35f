"""Requests for data: what people ask, and what is answered. Under row-level security by partnership."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.db.session import Tx


def insert(
    tx: Tx, request: str, partnership: str, agency: str, person: str, purpose: str, question: str, now: datetime
) -> None:
    """Somebody asks for data: for which purpose, to answer which question."""
    tx.sql(
        "insert into release_request (id, partnership_id, agency_id, person_id, purpose, question, state, created_at)"
        " values (cast(:id as uuid), :partnership, :agency, cast(:person as uuid), :purpose, :question, 'open', :now)",
        id=request,
        partnership=partnership,
        agency=agency,
        person=person,
        purpose=purpose,
        question=question,
        now=now,
    )


def requests(tx: Tx, request: str | None = None, state: str = "", agreement: str = "") -> list[Any]:
    """Requests of the partnerships in scope, newest first, of one state and agreement where they are named; or the one
    of this id."""
    return list(
        tx.sql(
            "select id, partnership_id, agency_id, person_id, purpose, question, agreement_id, state, answer,"
            " decided_by, created_at, decided_at from release_request"
            " where (cast(:id as uuid) is null or id = cast(:id as uuid)) and :state in ('', state)"
            " and :agreement in ('', agreement_id)"
            " order by created_at desc limit 200",
            id=request,
            state=state,
            agreement=agreement,
        )
    )


def decide(tx: Tx, request: str, state: str, agreement: str, answer: str, person: str, now: datetime) -> None:
    """Answer a request: agreed, under an access agreement, or declined, with a reason."""
    tx.sql(
        "update release_request set state = :state, agreement_id = :agreement, answer = :answer, decided_by = :person,"
        " decided_at = :now where id = cast(:id as uuid)",
        id=request,
        state=state,
        agreement=agreement,
        answer=answer,
        person=person,
        now=now,
    )
