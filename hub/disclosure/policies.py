"""Whose rule for small numbers holds? Named policies for tables, and the strictest of several contributors'.

Sources: NHS England's disclosure control for hospital figures (1 to 7 suppressed, the rest rounded to 5); NDTMS's
(fewer than 5); the partnership's own for partners (10) and the public (20), as ACRO's and the UK's safe setting rules.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules for the cells of a table.

    `threshold`: counts from 1 to one less are suppressed; `hide_zero`: and so are zeros; `round_to`: what is shown is
    rounded to multiples of it (1: not at all); `dominance`: (n, share), a cell whose n largest contributors hold more
    than the share is suppressed; `p_percent`: a cell whose others sum to less than p % of the largest contributor's;
    `secondary`: further cells are suppressed where sums would tell; `perturb`: cell-key noise instead.
    """

    name: str
    threshold: int
    hide_zero: bool = False
    round_to: int = 1
    dominance: tuple[int, float] | None = None
    p_percent: float | None = None
    secondary: bool = True
    perturb: bool = False


POLICIES = {
    p.name: p
    for p in (
        Policy("nhs", threshold=8, round_to=5),
        Policy("ndtms", threshold=5),
        Policy("partner", threshold=10, dominance=(2, 0.9), p_percent=10),
        Policy("public", threshold=20, hide_zero=True, dominance=(2, 0.9), p_percent=10),
    )
}


LIVE_PUBLIC = replace(POLICIES["public"], name="public, live", round_to=20)
"""For counts that anybody may watch change: rounded as coarsely as the threshold, so that no difference tells of few."""


def shown_count(count: int, policy: Policy) -> int | None:
    """A count that stands alone, in no table with sums, as it may be shown; None where it may not."""
    if 0 < count < policy.threshold or (count == 0 and policy.hide_zero):
        return None
    return policy.round_to * round(count / policy.round_to)


def strictest(policies: Sequence[Policy]) -> Policy:
    """One policy that keeps every one of these: the contributors to a table each get theirs. Raises on none."""
    if not policies:
        raise ValueError("a table needs a policy")
    dominances = [p.dominance for p in policies if p.dominance is not None]
    shares = [p.p_percent for p in policies if p.p_percent is not None]
    return Policy(
        name=" + ".join(dict.fromkeys(p.name for p in policies)),
        threshold=max(p.threshold for p in policies),
        hide_zero=any(p.hide_zero for p in policies),
        round_to=math.lcm(*(p.round_to for p in policies)),
        dominance=(max(n for n, _ in dominances), min(s for _, s in dominances)) if dominances else None,
        p_percent=max(shares) if shares else None,
        secondary=any(p.secondary for p in policies),
        perturb=any(p.perturb for p in policies),
    )
