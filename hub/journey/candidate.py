"""How is a candidate built? Rows read, coarsened, suppressed, measured anew, numbered and ordered by key, certified.

The files are whole before the release is recorded, so that a record without files cannot be.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import polars as pl

from hub import disclosure, ledger, protocol
from hub import release as rules
from hub.adapters import export
from hub.adapters import formats as written_as
from hub.adapters.settings import code_version
from hub.db import ledger as ledger_rows
from hub.db import release as releases
from hub.db import request as request_rows
from hub.db.session import Tx
from hub.decision import Allow, Decision
from hub.journey import drawing, gates, personal
from hub.journey.drawing import Built, Drawn
from hub.journey.publishing import Publishing, log
from hub.release import certificate as certificates
from hub.release import coded, compare, guard, intruder, look, order, question
from protocols.wire import Certificate, LedgerProof

AREAS = ("district", "ward", "lsoa")
LEFT_OUT = ("notes", "pseudonyms, references and every other per-person value")
CERTIFICATE, PAGE = "certificate.json", "certificate.html"


def build(hub: Publishing, granted: protocol.AccessGranted, author: str) -> str:
    """Build and record a candidate under an agreement in force; its id.

    Rows by which releases could be subtracted wait; a candidate for which that is not enough is made, and held.
    """
    release = str(uuid.uuid4())
    columns = rules.released_fields(granted.access, hub.contracts, granted.flows)
    contracts = [hub.contracts[d] for d in granted.access.datasets]
    with hub.db.transaction() as one_at_a_time:  # two built side by side would not see each other
        one_at_a_time.sql("select pg_advisory_xact_lock(hashtext('release'))")
        export.clear(hub.folder)  # rows of a release that was broken off must not stay
        with hub.db.transaction([granted.partnership]) as tx:
            before = releases.newest_of(tx, granted.access.recipient, _series(granted), ("published", "superseded"))
            others = gates.compared(releases.live(tx, rules.STATES))
            asked = _asked(tx, granted, columns)
            keyed = personal.read(hub, tx, granted)
            drawn = drawing.draw(tx, granted, columns, None if keyed is None else keyed.rows["row_id"])
        if keyed is None:
            made = _make(hub, granted, drawn, release, others, asked)
        else:
            made = personal.make(hub, granted, drawn, keyed, release, others)
        del drawn  # what was read is not needed beside what is written
        made.facts["contributors"] = sorted({agency for agency, _ in granted.flows})
        made.facts["changes"] = _changes(hub, made.copy, before)
        own = replace(made.copy, kept=True)
        written = export.begin(made.copy, own, hub.folder / release, contracts, made.facts, granted.access.formats)
        _record(hub, author, granted, release, made, written, before)
    return release


def _series(granted: protocol.AccessGranted) -> str:
    return granted.agreement.document.id


def _asked(tx: Tx, granted: protocol.AccessGranted, columns: Sequence[str]) -> list[question.Asked]:
    """The recipient's questions that were agreed to under this agreement, as the columns that they name."""
    return [
        question.Asked(r.created_at.date(), question.named(r.question, columns))
        for r in request_rows.requests(tx, state="agreed", agreement=granted.agreement.document.id)
        if r.agency_id == granted.access.recipient
    ]


def _make(
    hub: Publishing,
    granted: protocol.AccessGranted,
    drawn: Drawn,
    release: str,
    others: Sequence[releases.Release],
    asked: Sequence[question.Asked],
) -> Built:
    """Suppress, hold back what subtraction would show, withhold what would single out an intruder's acquaintance,
    measure, add canaries, number and order by key."""
    terms, coarse, quasi = granted.access, drawn.coarse, drawn.quasi
    chosen = coarse.drop("row_id").columns
    done = disclosure.suppress(coarse, quasi, terms.k)
    leaves = gates.leaves(drawn.spots) if others else {}
    areas = [a for a in AREAS if a in chosen and a not in quasi]
    alike = guard.blank_small_areas(done.frame, quasi, areas, terms.k)
    quasi = [*quasi, *areas]
    checked = gates.difference(hub, release, alike, alike["row_id"], quasi, terms.k, others, leaves)
    stayed = alike.filter(checked.stays)
    key = order.series_key(hub.root, terms.recipient, _series(granted))
    sensitive = _sensitive(chosen, quasi)
    same = [hub.folder / r.id for r in others if (r.recipient, r.series) == (terms.recipient, _series(granted))]
    hidden = gates.still_withheld(stayed, same).drop("row_id")
    frame = gates.withhold(hidden, quasi, sensitive, key, question.wanted(asked))
    frame = guard.hide_certain(frame, quasi, sensitive)
    row_ids = stayed["row_id"]
    measured = certificates.measure(frame, quasi, sensitive)
    withheld = guard.withheld_cells(frame, sensitive)
    made_up, numbers = order.canaries(frame, quasi, terms.canaries, key, release)
    whole, numbers = pl.concat([frame, made_up]), pl.concat([row_ids, numbers])
    copy = coded.copy(whole, numbers, key)
    sources = None
    if drawn.sources is not None:
        sources = row_ids.to_frame().join(drawn.sources, on="row_id", how="left", maintain_order="left")["agency"]
    facts = {
        **drawing.facts_of(granted, drawn, copy, made_up.height, measured),
        "quasi_identifiers": [*terms.quasi_identifiers, *drawing.sources_read(quasi, terms.quasi_identifiers)],
        "withheld_values": withheld,
        "differencing": checked.figures,
        "risk": intruder.attacks(stayed.drop("row_id"), frame, quasi, sensitive, sources),
        "utility": compare.utility(coarse.select(chosen), frame) | compare.answers(coarse.select(chosen), frame, asked),
        "left_out": "; ".join(LEFT_OUT),
    }
    return Built(copy, facts, drawn.first, drawn.last, drawn.districts, checked.footprint, checked.settled)


def _sensitive(chosen: Sequence[str], quasi: Sequence[str]) -> list[str]:
    """Columns released that no group is formed on and that tell of the event: an intruder is taken to know them all.
    Columns of the place say no more than the place's own."""
    return [c for c in chosen if c not in quasi and c not in order.PLACED]


def _left_out(facts: Mapping[str, Any]) -> tuple[str, ...]:
    withheld = sum(facts["withheld_values"].values())
    always = tuple(facts["left_out"].split("; "))
    return (*always, f"{withheld:,} values, written *") if withheld else always


def _changes(hub: Publishing, copy: coded.Copy, before: releases.Release | None) -> dict[str, Any]:
    """What differs from the previous release of the series, in figures and words; empty where there is none."""
    path = hub.folder / before.id / export.KEPT if before else None
    if before is None or path is None or not path.is_file():
        return {}
    return compare.changes(copy, written_as.File(path, ("row_id",)), before.number)


def _record(
    hub: Publishing,
    author: str,
    granted: protocol.AccessGranted,
    release: str,
    made: Built,
    written: Sequence[export.Written],
    before: releases.Release | None,
) -> None:
    """Write the release down with its signed certificate; held where holding rows back did not settle the check."""
    terms, document = granted.access, granted.agreement.document
    lapses, ends = document.protocol.review, document.protocol.ends  # the first day without it, the last day with it
    expires = certificates.expiry(
        hub.now().date(), [f.retention.release for f in granted.flows.values()],
        [lapses - timedelta(days=1), *([ends] if ends is not None else [])],
    )  # fmt: skip
    with hub.db.transaction([granted.partnership]) as tx:
        found = terms.personal is None and intruder.over_limit(made.facts["risk"])
        held = rules.NOT_SETTLED if not made.settled else rules.INTRUDER_FINDS if found else None
        new = releases.Release(
            id=release, number=0, partnership_id=granted.partnership, agreement_id=document.id,
            agreement_version=document.protocol.version, recipient=terms.recipient, title=document.protocol.title,
            state="candidate" if held is None else "held", author=author, first_day=made.first, last_day=made.last,
            districts=made.districts, datasets=tuple(terms.datasets), counts=made.facts, files=[], statement=None,
            hold_rule="" if held is None else held.rule, hold_reason="" if held is None else held.reason,
            created_at=hub.now(), published_at=None, series=_series(granted),
            supersedes=before.id if before else None, expires=expires, checkers=terms.checkers,
            tier=made.facts.get("tier", "L2"),
        )  # fmt: skip
        number = releases.insert(tx, new)
        releases.insert_act(tx, release, "make", author, hub.now())
        digest = hashlib.sha256("".join(w.sha256 for w in written).encode()).hexdigest()
        decision = Allow("release.candidate") if held is None else held
        proof = _logged(hub, tx, author, release, decision, granted, made.facts, digest)
        certificate = _certify(hub, new, number, granted, made, written, proof)
        page = certificates.page(certificate, {terms.recipient: _title(granted, terms.recipient)}).encode()
        signed_files = certificate.files | {PAGE: hashlib.sha256(page).hexdigest()}
        token = hub.signer.sign(certificate.model_copy(update={"files": signed_files}))
        more = {PAGE: page, CERTIFICATE: certificates.as_file(token)}
        summary = coded.plain(look.kinds(made.copy.frame))
        files = export.finish(hub.folder / release, written, more, summary)
        gates.write(made.footprint, made.copy.frame, made.copy.row_ids, hub.folder / release)
        releases.set_statement(tx, release, [asdict(f) for f in files], token)


def _title(granted: protocol.AccessGranted, agency: str) -> str:
    return next((p.title for p in granted.agreement.document.party if p.agency == agency), agency)


def _logged(
    hub: Publishing, tx: Tx, author: str, release: str, decision: Decision, granted: protocol.AccessGranted,
    facts: Mapping[str, Any], digest: str,
) -> LedgerProof:  # fmt: skip
    """Write the making into the ledger; the proof that it is there. The newest leaf's path is the frontier before it."""
    tx.sql("select from ledger_state for update")
    before = ledger_rows.frontier(tx)
    event = log(tx, hub, author, "release.make", release, decision, granted, rows=facts["released_rows"],
                suppressed=facts["suppressed_rows"], sha256=digest)  # fmt: skip
    leaf = ledger.leaf(event, before.size)
    return LedgerProof(
        leaf=base64.b64encode(leaf).decode(), sequence=before.size, size=before.size + 1,
        root=ledger.root(ledger.append(before, leaf)).hex(), path=tuple(h.hex() for h in reversed(before.hashes)),
    )  # fmt: skip


def _certify(
    hub: Publishing, new: releases.Release, number: int, granted: protocol.AccessGranted, made: Built,
    written: Sequence[export.Written], proof: LedgerProof,
) -> Certificate:  # fmt: skip
    terms, facts = granted.access, made.facts
    assert new.expires is not None
    return Certificate(
        release=new.id, number=number, title=new.title, partnership=new.partnership_id, recipient=terms.recipient,
        purposes=tuple(granted.agreement.document.protocol.purposes), agreement=granted.agreement.reference,
        protocols=granted.references, first_day=made.first, last_day=made.last, datasets=tuple(terms.datasets),
        read_rows=facts["read_rows"], released_rows=facts["released_rows"], suppressed_rows=facts["suppressed_rows"],
        canary_rows=facts["canary_rows"], quasi_identifiers=tuple(facts["quasi_identifiers"]), k_agreed=terms.k,
        k_reached=facts["smallest_class"], l_reached=facts["fewest_values_in_a_class"],
        t_reached=facts["farthest_class_from_the_whole"], place_floor=terms.place_floor, time_floor=terms.time_floor,
        risk=facts["risk"], utility=facts["utility"], left_out=_left_out(facts), differencing=facts["differencing"],
        code_version=code_version(), built_at=hub.now(), expires=new.expires, ledger=proof,
        files={w.name: w.sha256 for w in written}, tier=new.tier, statement=facts.get("statement", ""),
        personal=facts.get("personal"),
    )  # fmt: skip
