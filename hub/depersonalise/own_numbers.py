"""How may a note write a number that its record has? Squeezed, without its prefix, its year or its zeros."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.depersonalise import reading
from protocols.contract import Role

SHORTEST = {Role.OFFICER: 3, Role.EMAIL: 4}
"""Characters that are looked for at least; of other roles five."""
NO_DIGITS = re.compile(r"\D+")
SHORTEST_PADDED = 6


def numbers_said(value: str, role: Role) -> Iterator[str]:
    """The squeezed spellings of one value."""
    if role is Role.PHONE:
        digits = NO_DIGITS.sub("", value)
        national = (
            digits.removeprefix("0044").removeprefix("44").lstrip("0") if digits[:1] != "0" else digits.lstrip("0")
        )
        if len(national) >= 6:
            yield national
        return
    squeezed = reading.squeeze(value)
    shortest = SHORTEST.get(role, 5)
    if role is Role.REFERENCE:
        yield from _padded(value)
    if role is Role.EMAIL:
        local = reading.squeeze(value.partition("@")[0])
        if len(local) >= shortest:
            yield local
    if role is Role.PNC and len(squeezed) > 3:
        year = 4 if re.match(r"\s*(?:19|20)\d\d(?:\D|\d{7})", value) else 2
        serial = squeezed[year:-1].lstrip("0")
        for number in {serial, serial.zfill(7)}:
            yield squeezed[year - 2 : year] + number + squeezed[-1]
            if len(squeezed) == 4 + len(number) + 1:
                yield squeezed[:4] + number + squeezed[-1]
    if role is Role.NINO and len(squeezed) == 9:
        yield squeezed[:-1]
    if len(squeezed) >= shortest:
        yield squeezed


def _padded(value: str) -> Iterator[str]:
    """A reference with more or fewer zeros before its last run of digits: `INT/24/055017` and `INT-24-55017`."""
    found = re.search(r"(?<!\d)0*(\d{3,})(?=\D*$)", value)
    if found:
        before, after = reading.squeeze(value[: found.start()]), reading.squeeze(value[found.end() :])
        for zeros in range(4):
            made = before + "0" * zeros + found[1].lstrip("0") + after
            if len(made) >= SHORTEST_PADDED:
                yield made
