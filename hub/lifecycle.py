"""In which state does a protocol stand, who may do what to it, and what comes of it? One table of transitions.

Pure: what a text asks for (`Terms`), how it stands (`Record`), an act and its circumstances (`Case`) go in; the record
that follows or `Refuse(rule, reason)` comes out. What the calendar does (a protocol takes effect, comes near its
review, lapses, is replaced by its next version) are rows of the same table, asked on reading and never stored.
States after SI 2007/1830 reg 4 and the ICO's Data Sharing Code: a text is frozen when it is agreed, a change is a new
version, and a protocol whose review is overdue allows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.decision import Conflict, Refuse
from protocols.schema import Document, Regime, Tier

DRAFT, CONSULTATION, AGREED, SIGNING, SIGNED = "draft", "consultation", "agreed", "signing", "signed"
IN_FORCE, REVIEW_DUE, SUSPENDED = "in-force", "review-due", "suspended"
RENEWED, EXPIRED, REVOKED, DISCARDED = "renewed", "expired", "revoked", "discarded"
STATES = (DRAFT, CONSULTATION, AGREED, SIGNING, SIGNED, IN_FORCE, REVIEW_DUE, SUSPENDED, RENEWED, EXPIRED, REVOKED,
          DISCARDED)  # fmt: skip
ENDS = frozenset({RENEWED, EXPIRED, REVOKED, DISCARDED})
LIVE = frozenset({IN_FORCE, REVIEW_DUE})
"""The states that allow anything to flow."""
WRITABLE = frozenset({DRAFT, CONSULTATION})
"""The states in which a text may still be changed."""
WARNINGS = (90, 30, 7)
"""Days before its review at which a protocol's parties are warned."""
REVIEW_SOON = timedelta(days=WARNINGS[0])
MIN_REASON, MAX_REASON = 5, 1000

LIAISON, DEPUTY, SIGNATORY, CLOCK = "liaison-officer", "deputy", "signatory", "calendar"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text asks for before it may be in force. The one place that reads it from a document is `terms_of`."""

    parties: frozenset[str]
    must_sign: frozenset[str]
    without_officer: frozenset[str]
    """Those who must sign and have no liaison officer named."""
    needs_passkey: bool
    lacks_dpia: bool
    lacks_policy: bool
    effective: date
    review: date
    ends: date | None = None


def terms_of(document: Document) -> Terms:
    """The terms of a document: tier 1 needs every responsible authority, tier 2 its parties, tier 3 the recipient and
    every contributor; whose liaison officers, impact assessment and policy document must stand."""
    heading = document.protocol
    parties = frozenset(p.agency for p in document.party)
    responsible = frozenset(p.agency for p in document.party if p.role == "responsible-authority")
    access = document.access
    by_tier = {
        Tier.PARTNERSHIP: responsible,
        Tier.PURPOSE: parties,
        Tier.ACCESS: frozenset({access.recipient, *access.contributors}) if access else parties,
    }
    officers = {p.agency for p in document.party if p.liaison_officer}
    personal = [f for f in document.flow if f.regime is not Regime.NOT_PERSONAL]
    return Terms(
        parties=parties,
        must_sign=by_tier[heading.tier],
        without_officer=responsible - officers,
        needs_passkey=heading.tier is not Tier.ACCESS or bool(document.access and document.access.personal),
        lacks_dpia=bool(personal) and (not heading.dpia or heading.dpia_date is None),
        lacks_policy=any(f.regime is Regime.LAW_ENFORCEMENT for f in document.flow) and not heading.policy_document,
        effective=heading.effective,
        review=heading.review,
        ends=heading.ends,
    )


@dataclass(frozen=True, slots=True)
class Record:
    """How one version of a protocol stands. Agencies by id; `awaited` have yet to sign, `joined` signed although the
    text does not name them."""

    terms: Terms
    state: str = DRAFT
    awaited: frozenset[str] = frozenset()
    suspended: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()

    @property
    def absent(self) -> frozenset[str]:
        """Agencies that take no part for now: they may neither send nor be given anything."""
        return self.awaited | self.suspended | self.withdrawn

    @property
    def has_quorum(self) -> bool:
        """Have all signed, and not withdrawn, who must have?"""
        return not self.terms.must_sign & (self.awaited | self.withdrawn)


@dataclass(frozen=True, slots=True)
class Case:
    """The circumstances of an act: the day, who acts for which agency, and what the hub knows beside the record."""

    on: date
    person: str = ""
    agency: str = ""
    party: str = ""
    """The agency that the act is about, where it is about one."""
    reason: str = ""
    writers: frozenset[str] = frozenset()
    """People who wrote any of the text."""
    passkey: bool = False
    """Was the exact text signed with a registered passkey?"""
    sound: bool = True
    area_free: bool = True
    replaced: bool = False
    """Has a later version come into force by this day?"""
    outside: bool = False
    """Does another service vouch for the person? Its word signs nothing, in whatever tier."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: in `start`, `act` by one of `who` leads to `end` if every guard holds."""

    start: str
    act: str
    end: str
    who: tuple[str, ...]
    guards: tuple[str, ...] = ()


BOTH, OFFICER, SIGNER, DAY = (LIAISON, DEPUTY, SIGNATORY), (LIAISON, DEPUTY), (SIGNATORY,), (CLOCK,)
_STANDS = ("dpia", "policy", "officers")
TABLE: tuple[Row, ...] = (
    Row(DRAFT, "consult", CONSULTATION, OFFICER, ("sound",)),
    Row(CONSULTATION, "comment", CONSULTATION, BOTH, ("reason",)),
    Row(CONSULTATION, "return", DRAFT, OFFICER, ("reason",)),
    Row(CONSULTATION, "agree", AGREED, OFFICER, ("second-person", "sound", "area")),
    Row(AGREED, "open", SIGNING, OFFICER, _STANDS),
    Row(SIGNING, "sign", SIGNED, SIGNER, ("party", "unsigned", "passkey", "unlapsed", "last", *_STANDS, "area")),
    Row(SIGNING, "sign", SIGNING, SIGNER, ("party", "unsigned", "passkey", "unlapsed", "not-last")),
    *(Row(state, "discard", DISCARDED, OFFICER, ("reason",)) for state in (DRAFT, CONSULTATION, AGREED, SIGNING, SIGNED)),
    *(Row(state, "sign", state, SIGNER, ("unsigned", "passkey")) for state in (SIGNED, IN_FORCE, REVIEW_DUE, SUSPENDED)),
    *(Row(state, "suspend", SUSPENDED, OFFICER, ("reason",)) for state in (IN_FORCE, REVIEW_DUE)),
    Row(SUSPENDED, "resume", SIGNED, OFFICER, ("reason", "quorum")),
    *(Row(state, act, state, OFFICER, ("reason", guard)) for state in (IN_FORCE, REVIEW_DUE)
      for act, guard in (("suspend-party", "stands"), ("resume-party", "is-suspended"))),
    Row(SIGNING, "withdraw", SIGNING, BOTH, ("reason", "own", "has-signed")),
    Row(SUSPENDED, "withdraw", SUSPENDED, BOTH, ("reason", "own", "has-signed")),
    *(row for state, without in ((SIGNED, SIGNING), (IN_FORCE, SUSPENDED), (REVIEW_DUE, SUSPENDED))
      for row in (Row(state, "withdraw", state, BOTH, ("reason", "own", "has-signed", "others-suffice")),
                  Row(state, "withdraw", without, BOTH, ("reason", "own", "has-signed", "was-needed")))),
    *(Row(state, "revoke", REVOKED, OFFICER, ("reason",)) for state in (IN_FORCE, REVIEW_DUE, SUSPENDED)),
    *(Row(state, "next version", RENEWED, DAY, ("replaced",)) for state in (SIGNED, IN_FORCE, REVIEW_DUE, SUSPENDED)),
    *(Row(state, "review date", EXPIRED, DAY, ("lapsed",)) for state in (SIGNED, IN_FORCE, REVIEW_DUE, SUSPENDED)),
    Row(SIGNED, "effective date", IN_FORCE, DAY, ("effective",)),
    Row(IN_FORCE, "review near", REVIEW_DUE, DAY, ("review-near",)),
)  # fmt: skip
"""Every transition there is. Rows of one state and act are tried in order: the first whose guards hold counts."""

Guard = Callable[[Record, Case], bool]
GUARDS: dict[str, tuple[Guard, str]] = {
    "reason": (
        lambda _, c: MIN_REASON <= len(c.reason.strip()) <= MAX_REASON,
        f"give a reason, of {MIN_REASON} to {MAX_REASON} characters",
    ),
    "second-person": (
        lambda _, c: c.person not in c.writers,
        "who wrote a protocol cannot agree it: a second officer must",
    ),
    "sound": (lambda _, c: c.sound, "the document is incomplete or contradicts itself"),
    "area": (lambda _, c: c.area_free, "another partnership's protocol in force covers one of its areas"),
    "dpia": (lambda r, _: not r.terms.lacks_dpia, "no data protection impact assessment and its date are named"),
    "policy": (lambda r, _: not r.terms.lacks_policy, "no appropriate policy document is named"),
    "officers": (lambda r, _: not r.terms.without_officer, "a responsible authority has no liaison officer named"),
    "party": (lambda r, c: c.agency in r.terms.parties, "your agency is no party to this text; it can join once the"
              " protocol is signed"),
    "unsigned": (
        lambda r, c: c.agency in r.awaited | r.withdrawn or c.agency not in r.terms.parties | r.joined,
        "your agency has signed already",
    ),
    "passkey": (
        lambda r, c: c.passkey or not (r.terms.needs_passkey or c.outside),
        "this is signed with a passkey registered on your account page; who has none, but a password, a code from an app or "
        "another service's word, may agree a text, not sign it",
    ),
    "unlapsed": (lambda r, c: not _lapsed(r, c), "its review date has passed: it takes a new version"),
    "last": (lambda r, c: not (r.terms.must_sign - {c.agency}) & (r.awaited | r.withdrawn), "others must sign first"),
    "not-last": (lambda r, c: bool((r.terms.must_sign - {c.agency}) & (r.awaited | r.withdrawn)), "nobody else must sign"),
    "quorum": (lambda r, _: r.has_quorum, "not all of those who must have signed stand by their signature"),
    "stands": (
        lambda r, c: c.party in (r.terms.parties | r.joined) - r.absent,
        "the party does not take part as things stand",
    ),
    "is-suspended": (lambda r, c: c.party in r.suspended, "the party is not suspended"),
    "own": (lambda _, c: bool(c.agency) and c.agency == c.party, "an agency withdraws for itself, by its own people"),
    "has-signed": (
        lambda r, c: c.party in (r.terms.parties | r.joined) - r.awaited - r.withdrawn,
        "the agency has not signed, or has withdrawn already",
    ),
    "others-suffice": (lambda r, c: c.party not in r.terms.must_sign, "it cannot stand without this party"),
    "was-needed": (lambda r, c: c.party in r.terms.must_sign, "it can stand without this party"),
    "effective": (lambda r, c: c.on >= r.terms.effective, "its effective date has not come"),
    "review-near": (lambda r, c: c.on >= r.terms.review - REVIEW_SOON, "its review is not near"),
    "lapsed": (lambda r, c: _lapsed(r, c), "it has not lapsed"),
    "replaced": (lambda _, c: c.replaced, "no later version has come into force"),
}  # fmt: skip
"""What a guard asks, and the reason of the refusal where it does not hold. The rule is `protocol.<guard>`."""


def _lapsed(record: Record, case: Case) -> bool:
    ends = record.terms.ends
    return case.on >= record.terms.review or (ends is not None and case.on > ends)


def rows_of(state: str, act: str) -> Iterator[Row]:
    """The rows for an act in a state, in the order in which they are tried."""
    return (row for row in TABLE if row.start == state and row.act == act)


ACTS: dict[str, tuple[str, ...]] = {row.act: row.who for row in TABLE if row.who != DAY}
"""What people do, and the roles that may."""


def asks_reason(act: str) -> bool:
    """Must the act be given a reason?"""
    return any("reason" in row.guards for row in TABLE if row.act == act)


_DAYS = {state: tuple(row for row in TABLE if row.who == DAY and row.start == state) for state in STATES}


def today(record: Record, on: date, replaced: bool = False) -> Record:
    """The record as it stands on a day: what the calendar has done to it since its last act."""
    case = Case(on, replaced=replaced)
    while row := next((r for r in _DAYS[record.state] if _failed(r, record, case) is None), None):
        record = replace(record, state=row.end)
    return record


def _failed(row: Row, record: Record, case: Case) -> Refuse | None:
    for name in row.guards:
        holds, reason = GUARDS[name]
        if not holds(record, case):
            return Refuse(f"protocol.{name}", reason)
    return None


def step(record: Record, act: str, case: Case) -> Record | Refuse:
    """What becomes of a protocol by an act, as it stands on the day; `Refuse` by the guard that does not hold.

    Raises `Conflict` for an act that its state does not know. Whether the person's role permits the act is not asked
    here: the table's `who` feeds `hub.access`.
    """
    now = today(record, case.on, case.replaced)
    refusals = []
    for row in rows_of(now.state, act) if act in ACTS else ():
        refusal = _failed(row, now, case)
        if refusal is None:
            moved = _moved(now, row, case)
            arrived = today(moved, case.on, case.replaced)
            return replace(moved, state=IN_FORCE) if arrived.state in LIVE else moved
        refusals.append(refusal)
    if not refusals:
        raise Conflict(f"a protocol that is {now.state.replace('-', ' ')} knows no act '{act}'")
    return refusals[0]


def _moved(record: Record, row: Row, case: Case) -> Record:
    """The record after an act: its state, and where its parties stand."""
    moved = replace(record, state=row.end)
    if row.act == "open":
        return replace(moved, awaited=record.terms.parties)
    if row.act == "sign":
        strange = {case.agency} - record.terms.parties
        return replace(moved, awaited=record.awaited - {case.agency}, withdrawn=record.withdrawn - {case.agency},
                       joined=record.joined | strange)  # fmt: skip
    if row.act == "withdraw":
        return replace(moved, withdrawn=record.withdrawn | {case.party})
    if row.act == "suspend-party":
        return replace(moved, suspended=record.suspended | {case.party})
    if row.act == "resume-party":
        return replace(moved, suspended=record.suspended - {case.party})
    return moved


def warning(review: date, on: date) -> int:
    """Which of the warnings stands on a day: 90, 30 or 7 days before the review; 0 before the first and from the review
    on. After a pause only the latest counts."""
    left = (review - on).days
    return min((w for w in WARNINGS if 0 < left <= w), default=0)


def diagram() -> str:
    """The table as a mermaid diagram, for the README."""
    lines = ["stateDiagram-v2", "  [*] --> draft: draft"]
    said: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        acts = said.setdefault((row.start, row.end), [])
        acts += [] if row.act in acts else [row.act]
    lines += [f"  {start.replace('-', '_')} --> {end.replace('-', '_')}: {', '.join(acts)}"
              for (start, end), acts in said.items()]  # fmt: skip
    lines += [f"  {end} --> [*]" for end in STATES if end in ENDS]
    return "\n".join(lines) + "\n"
