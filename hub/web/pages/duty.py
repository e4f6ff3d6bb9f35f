"""The duty tracker: a page and a list to take away."""

from __future__ import annotations

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from hub import access, duty
from hub.journey import duties, oversee
from hub.web.pages.door import may
from hub.web.pages.render import Site, page, site

router = APIRouter(include_in_schema=False)
At = Annotated[Site, Depends(site)]
Reader = Annotated[access.Caller, Depends(may("batch.read"))]
SHOWN_QUARTERS = 5
COLUMNS = ("partnership", "agency", "paragraph", "set", "quarter", "first_day", "last_day", "due", "state", "complete_on",
           "days_covered", "days", "batches", "protocols")  # fmt: skip


@router.get("/duty")
def tracker(request: Request, at: At, caller: Reader) -> HTMLResponse:
    """What SI 2007/1831 asks of each agency, and how each quarter stands."""
    found = duties.duties(at.desk, caller)
    agencies, partnerships = oversee.titles(at.desk)
    open_ = [
        (kept, one)
        for kept in found
        for one in kept.history
        if one.state in (duty.OVERDUE, duty.DUE) and (kept.flows or one.covered)
    ]
    open_.sort(key=lambda pair: (pair[1].quarter.due, pair[0].agency, int(pair[1].set.paragraph)))
    return page(request, "duty.html", duties=found, open=open_, barred=[kept for kept in found if not kept.flows], agencies=agencies, partnerships=partnerships,
                shown=SHOWN_QUARTERS)  # fmt: skip


@router.get("/duty.csv")
def export(at: At, caller: Reader) -> Response:
    """The whole history as CSV, a row for each agency, set and quarter."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for kept in duties.duties(at.desk, caller):
        for one in kept.history:
            quarter = one.quarter
            rows.writerow((kept.partnership, kept.agency, kept.set.paragraph, kept.set.title, quarter.code, quarter.first,
                           quarter.last, quarter.due, one.state, one.complete_on or "", one.covered, one.days,
                           one.batches, " ".join(sorted({p for p, _ in kept.flows}))))  # fmt: skip
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8",
                    headers={"Content-Disposition": 'attachment; filename="duty.csv"'})  # fmt: skip
