"""What do live recall's counts say? A lower bound of the share found, and whether it fell beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping


def wilson(masked: int, planted: int, z: float = 1.96) -> tuple[float, float]:
    """Lower and upper bound of a share (Wilson 1927), 95 % by default; (0, 1) where nothing was planted."""
    if planted == 0:
        return 0.0, 1.0
    share, spread = masked / planted, z * z / planted
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / planted + spread / (4 * planted)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def drifted(now: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Types whose recall has fallen beyond chance: tonight's interval lies wholly under that of the batches before."""
    return sorted(
        kind
        for kind, found in now.items()
        if kind in before
        and wilson(found["masked"], found["planted"])[1] < wilson(before[kind]["masked"], before[kind]["planted"])[0]
    )
