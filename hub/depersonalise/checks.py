"""Does a number prove itself? The check of each kind of UK identifier, on folded text. Sources: domain reference §4."""

from __future__ import annotations

import re
from collections.abc import Callable

A23 = "zabcdefghjklmnpqrtuvwxy"
UPN_LETTERS = "abcdefghjklmnpqrtuvwxyz"
AREAS = frozenset(
    "ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec en ex fk fy g gl"
    " gu gy ha hd hg hp hr hs hu hx ig im ip iv ja je ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nm nn np nr nw ol"
    " ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn"
    " wr ws wv yo ze zz".split()
)
UNITS = frozenset("am pm mg ml cm km mm kg oz yo mo mi cc mc ms".split())
"""Letters behind a digit that are no end of a postcode."""
Check = Callable[[str], bool]


def _digits(text: str) -> str:
    return "".join([c for c in text if c.isdigit()])


def is_nhs(text: str) -> bool:
    """Modulus 11 over ten digits; repeated digits pass the sum and are no numbers."""
    digits = _digits(text)
    total = sum(int(d) * w for d, w in zip(digits, range(10, 0, -1), strict=False))
    return len(digits) == 10 and len(set(digits)) > 1 and total % 11 == 0


def is_nino(text: str) -> bool:
    """Prefixes that are issued, and the safe dummy QQ."""
    return text[:2] not in ("bg", "gb", "nk", "kn", "nt", "zz")


def is_pnc(text: str) -> bool:
    """PNC check letter over the last two digits of the year and the serial padded to seven."""
    head, _, serial = text[:-1].partition("/")
    if not serial:
        head, serial = (head[:4], head[4:]) if head[:2] in ("19", "20") and len(head) == 11 else (head[:2], head[2:])
    return A23[int(head[-2:] + serial.zfill(7)) % 23] == text[-1]


def is_cro(text: str) -> bool:
    """CRO check letter; the serial of the standard form is padded to six, that of the SF form is not."""
    if text.startswith("sf"):
        year, _, serial = text[2:-1].partition("/")
        return A23[int(year + serial) % 23] == text[-1]
    serial, _, year = text[:-1].partition("/")
    return A23[int(year + serial.zfill(6)) % 23] == text[-1]


def is_upn(text: str) -> bool:
    """UPN check letter: weights 2 to 13 modulo 23. A temporary number ends in a letter and is taken as it stands."""
    if not text[1:].isdigit():
        return True
    return UPN_LETTERS[sum(int(d) * w for d, w in zip(text[1:], range(2, 14), strict=True)) % 23] == text[0]


def is_card(text: str) -> bool:
    """Luhn's sum over 13 to 19 digits."""
    digits = [int(d) for d in _digits(text)][::-1]
    return (
        13 <= len(digits) <= 19
        and sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0
    )


def is_iban(text: str) -> bool:
    """Modulus 97."""
    squeezed = text.replace(" ", "")
    moved = squeezed[4:] + squeezed[:4]
    return moved.isalnum() and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def is_vrm(text: str) -> bool:
    """Age identifiers issued: 02 to 29 and 51 to 79."""
    age = int(text[2:4])
    return 2 <= age <= 29 or 51 <= age <= 79


def is_postcode(text: str) -> bool:
    """A postcode area of the United Kingdom. Letters that no inward code has are let pass, as people mistype; `b12 5mg`
    is a dose."""
    area = re.match(r"[a-z]{1,2}(?=\d)", text)
    return area is not None and area[0] in AREAS and not (text[-2:] in UNITS and text[-4] in " -")


def is_licence(text: str) -> bool:
    """Month (women's plus 50) and day of the driver number."""
    month, day = int(text[6:8]), int(text[8:10])
    return 1 <= month % 50 <= 12 and 1 <= day <= 31


def is_ip(text: str) -> bool:
    """Four numbers up to 255."""
    return all(int(p) <= 255 for p in text.split("."))
