"""What leaves, to whom, in which state, in which order, and with which proof? Pure rules on values and columns."""

from hub.release.leaving import (
    INTRUDER_FINDS,
    NOT_SETTLED,
    PSEUDONYM,
    followed_fields,
    pseudonym_column,
    released_fields,
)
from hub.release.states import (
    LIVE,
    REVIEWS,
    STATES,
    TRANSITIONS,
    Review,
    diagram,
    step,
)

__all__ = [
    "INTRUDER_FINDS",
    "LIVE",
    "NOT_SETTLED",
    "PSEUDONYM",
    "REVIEWS",
    "STATES",
    "TRANSITIONS",
    "Review",
    "diagram",
    "followed_fields",
    "pseudonym_column",
    "released_fields",
    "step",
]
