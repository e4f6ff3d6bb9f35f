"""What may happen to a release, by whom, in which state? One table drives the code, the pages and the diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.decision import Refuse

TRANSITIONS: dict[tuple[str, str], str] = {
    ("candidate", "approve"): "published",
    ("candidate", "refuse"): "refused",
    ("candidate", "discard"): "discarded",
    ("candidate", "recall"): "recalled",
    ("held", "refuse"): "refused",
    ("held", "discard"): "discarded",
    ("held", "recall"): "recalled",
    ("published", "supersede"): "superseded",
    ("published", "withdraw"): "withdrawn",
    ("published", "recall"): "recalled",
    ("superseded", "withdraw"): "withdrawn",
    ("superseded", "recall"): "recalled",
}
"""(state, act) → next state. What is not here cannot happen."""
STATES = tuple(dict.fromkeys([*(s for s, _ in TRANSITIONS), *TRANSITIONS.values()]))
LIVE = ("candidate", "held", "published", "superseded")
"""States whose rows somebody holds or may come to hold: superseded copies are still out there."""
REVIEWS = frozenset({("candidate", "approve"), ("candidate", "refuse")})
"""A checker's review: takes effect when every checker's is in, and is seen by nobody else before."""
AUTHORS_OWN = frozenset({"discard"})
OF_THE_HUB = frozenset({"supersede", "recall"})
"""Acts that follow from something else: a newer release, a record that its source erased."""


@dataclass(frozen=True, slots=True)
class Review:
    """One checker's verdict: `approve` or `refuse`."""

    checker: str
    verdict: str


def step(
    state: str, act: str, actor: str, author: str, reviews: Sequence[Review] = (), needed: int = 2
) -> str | Refuse:
    """The state after an act, or why it may not be.

    `reviews` are those already in, `needed` how many the agreement asks for. A candidate stays one until the last is
    in; then it is published if all approve, and refused if any does not. The author reviews nothing of their own.
    """
    following = TRANSITIONS.get((state, act))
    if following is None:
        return Refuse("release.state", f"this cannot be done to a release that is {state}")
    if act in AUTHORS_OWN and actor != author:
        return Refuse("release.authors-own", "only who made a release may discard it; a checker refuses it")
    if (state, act) not in REVIEWS:
        return following
    if actor == author:
        return Refuse("release.second-person", "who made a release cannot check it: others must")
    if actor in {r.checker for r in reviews}:
        return Refuse("release.reviewed", "you have reviewed this release; another checker must")
    verdicts = [*(r.verdict for r in reviews), act]
    if len(verdicts) < needed:
        return state
    return TRANSITIONS[state, "approve" if set(verdicts) == {"approve"} else "refuse"]


def diagram() -> str:
    """The transition table as a Mermaid state diagram."""
    lines = [f"  {state} --> {following}: {act}" for (state, act), following in TRANSITIONS.items()]
    return "\n".join(["stateDiagram-v2", "  [*] --> candidate: make", "  [*] --> held: make", *lines])
