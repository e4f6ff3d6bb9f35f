"""What leaves, to whom, in which state, in which order, and with which proof? Pure rules on values and columns."""

from hub.release.extent import Extent, check_overlap, released_fields
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
    "LIVE",
    "REVIEWS",
    "STATES",
    "TRANSITIONS",
    "Extent",
    "Review",
    "check_overlap",
    "diagram",
    "released_fields",
    "step",
]
