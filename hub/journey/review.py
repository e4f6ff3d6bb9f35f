"""Review: words that the engine masked by guess go before an officer of the agency whose notes they stood in.

The officer says of each word whether it is to be masked always or left; the partnership's next batches are redacted
by those lists. Words are sealed in the database and expire; logs and the ledger never hold one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import access
from hub.adapters.wordbox import Word, WordBox
from hub.db import ledger as ledger_rows
from hub.db import review as words
from hub.db.session import Database, Tx
from hub.decision import Decision, NotFound, Refuse
from hub.depersonalise.doubt import Doubt
from hub.depersonalise.lexicon import Lists
from hub.ledger import Event

WAITING_DAYS = 30
DECIDED_DAYS = 365
PAGE = 50
VERDICTS = ("mask", "keep")


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What reviewing works with. `db` acts as hub_release."""

    db: Database
    box: WordBox
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Shown:
    """A word as the page shows it."""

    kept: words.Kept
    word: Word


# the worker's side --------------------------------------------------------------------------------------------------


def keep_doubts(tx: Tx, box: WordBox, agency: str, doubts: Mapping[str, Mapping[str, Doubt]], now: datetime) -> None:
    """Put a chunk's words in doubt, by partnership, before the agency's officers. In the caller's transaction and scope."""
    until = now + timedelta(days=WAITING_DAYS)
    words.add(tx, [
        words.Kept(partnership, agency, box.digest(partnership, word), doubt.rule, doubt.score,
                   box.seal(partnership, Word(word, doubt.place)), doubt.seen, "waiting", now, until)
        for partnership, found in doubts.items() for word, doubt in sorted(found.items())
    ])  # fmt: skip


def lists_of(tx: Tx, box: WordBox, partnerships: Iterable[str], now: datetime) -> dict[str, Lists]:
    """The stop- and deny-lists of partnerships, from what their officers decided. In the caller's scope."""
    found = {p: {verdict: set[str]() for verdict in VERDICTS} for p in partnerships}
    for one in words.decided(tx, now):
        if one.partnership_id in found:
            word = box.open(one.partnership_id, one.word_key, one.sealed).word
            found[one.partnership_id][one.state].add(word)
    # who says that a word is a name is believed before who says it is none
    return {p: Lists(keep=frozenset(v["keep"] - v["mask"]), mask=frozenset(v["mask"])) for p, v in found.items()}


# the officers' side -------------------------------------------------------------------------------------------------


def to_review(hub: Reviewing, caller: access.Caller) -> tuple[list[Shown], list[Shown]]:
    """Words of the caller's agency that wait, and those decided last."""
    with hub.db.transaction(caller.holds("note.review")) as tx:
        waiting = words.waiting(tx, caller.agency, hub.now(), PAGE)
        decided = words.latest_decided(tx, caller.agency, hub.now(), PAGE)
    return _opened(hub, waiting), _opened(hub, decided)


def count_waiting(hub: Reviewing, caller: access.Caller) -> int:
    """How many words of the caller's agency wait for the caller."""
    with hub.db.transaction(caller.holds("note.review")) as tx:
        return words.count_waiting(tx, caller.agency, hub.now())


def _opened(hub: Reviewing, kept: Iterable[words.Kept]) -> list[Shown]:
    return [Shown(one, hub.box.open(one.partnership_id, one.word_key, one.sealed)) for one in kept]


def decide(hub: Reviewing, caller: access.Caller, partnership: str, key: str, verdict: str) -> Decision:
    """Say of a word of the caller's own agency's notes that it is a name (`mask`) or none (`keep`). Raises `NotFound`."""
    if verdict not in VERDICTS:
        return Refuse("review.verdict", "a word is masked always or left; choose one")
    try:
        digest = bytes.fromhex(key)
    except ValueError:
        raise NotFound("there is no such word") from None
    decision = access.may(caller, "note.review", access.Thing(partnership, caller.agency))
    if isinstance(decision, Refuse):
        return decision
    now = hub.now()
    with hub.db.transaction([partnership]) as tx:
        until = now + timedelta(days=DECIDED_DAYS)
        if not words.decide(tx, partnership, caller.agency, digest, verdict, caller.person, now, until):
            raise NotFound("there is no such word")
        ledger_rows.append(tx, Event(now, f"person:{caller.person}", "note.review", partnership, "allow", decision.rule,
                                     (), {"verdict": verdict}))  # fmt: skip
    return decision
