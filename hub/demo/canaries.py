"""Unmistakable people: rare strings to plant in a night and to search for in everything that must not hold them.

A canary's values never occur in the ordinary night: names of syllables that no stock has, telephone numbers of the last
hundred of each drama range, years of birth before anyone else's, blocks of identifiers that `people` leaves free, and
addresses that are in no gazetteer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from hub.demo.people import KEPT_FOR_CANARIES, PHONE_RANGES, cro_number, nhs_number, pnc_id
from hub.demo.stock import MONTHS, words

MOST = 400
"""Different canaries there are."""
PER_EXTRACT = 40
"""Most rows of one extract that can carry canaries; each carries two people, and there are five extracts."""
_HEADS = words("Zyq Quox Vrix Jaxo Xeph Zarv Vlim Qued Wyxo Jund Zolb Krex Phyz Glyx Bziv Dvox Thrax Ulqa Xanq Yzor")
_MIDDLES = words("anda ewyn ilbo orvu ulze atho enqi imja ozwe usvi abre evlo ithu owga unfe akzi elpo iqwa ofti udje")
_STREET_TAILS = words("Gate Fold Croft Wharf")
_PLATE = "ABCDEFGHJLNPRSTUVWXY"
_UNIT = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Canary:
    """One person who must never be found again, with everything that is theirs alone."""

    number: int
    forename: str
    surname: str
    dob: date
    phone: str
    email: str
    nhs: str
    nino: str
    pnc: str
    cro: str
    vrm: str
    house: str
    street: str
    postcode: str
    uprn: str
    crime_ref: str
    incident_ref: str
    case_ref: str
    tenancy_ref: str
    property_ref: str
    nominal: str
    officer: str
    collar: str


def canary(number: int) -> Canary:
    """The canary of that number, 0 to 399: always the same person. Raises `ValueError` beyond."""
    if not 0 <= number < MOST:
        raise ValueError(f"there are canaries 0 to {MOST - 1}, not {number}")
    head, middle = divmod(number, len(_MIDDLES))
    other = _HEADS[(head + 7) % len(_HEADS)]
    forename, surname = (
        f"{_HEADS[head]}{_MIDDLES[middle]}",
        f"{other}{_MIDDLES[middle - 3]}{'quorn' if number % 2 else 'zwick'}",
    )
    if number % 5 == 4:
        surname += f"-{_HEADS[middle]}thwy"
    area, tail = divmod(number, 100)
    years, serial = np.array([1971]), np.array([number])
    return Canary(
        number=number, forename=forename, surname=surname,
        dob=date(1921 + number % 4, 1 + number // 4 % 12, 1 + number // 48 * 3),
        phone=f"{PHONE_RANGES[area]}{KEPT_FOR_CANARIES + tail}",
        email=f"{forename.lower()}.{surname.lower()}@canary.example",
        nhs=str(nhs_number(990_000 + 2 * serial)[0]), nino=f"ZY{990_000 + number}C",
        pnc=pnc_id(years, 990_000 + serial)[0], cro=cro_number(years, 990_000 + serial)[0],
        vrm=f"YX29 {_PLATE[head]}{_PLATE[middle]}Z",
        house=str(601 + number), street=f"{other}{_MIDDLES[(middle + 5) % 20]} {_STREET_TAILS[number % 4]}",
        postcode=f"NM{99 - number // 100} {1 + number % 9}Z{_UNIT[number // 9 % 20]}",
        uprn=f"999999{number:06d}", crime_ref=f"990099{number:05d}", incident_ref=f"NMP-99{number:04d}-QZX",
        case_ref=f"ASB-QZX-{number:05d}", tenancy_ref=f"TENQZX{number:05d}", property_ref=f"PROPQZX{number:05d}",
        nominal=f"NOMQZX{number:05d}", officer=f"{_HEADS[middle]}{_MIDDLES[head]}stroom", collar=f"PC 99{number:03d}",
    )  # fmt: skip


def spellings(one: Canary) -> dict[str, tuple[str, ...]]:
    """Every way in which we would know this canary's values again, by what they are. Search without regard to case
    as well: only the case that people write is spelled out here. Eight bare digits of a birthday are left out: they
    occur by chance in any megabyte of digests."""
    d, month = one.dob, MONTHS[one.dob.month - 1]
    whole = f"{one.forename} {one.surname}"
    phone = one.phone.replace(" ", "")
    return {
        "name": _cases(one.forename, one.surname, one.officer, whole, f"{one.surname}, {one.forename}",
                       whole.replace(" ", ""), f"{one.surname}{one.forename}", one.surname.replace("-", " "),
                       one.surname.replace("-", "")),
        "dob": _cases(f"{d:%d/%m/%Y}", f"{d:%Y-%m-%d}", f"{d:%d.%m.%Y}", f"{d:%d-%m-%Y}",
                      f"{d.day} {month} {d.year}", f"{d.day} {month[:3]} {d.year}", f"{d:%d} {month} {d.year}",
                      f"{d.day}/{d.month}/{d.year}"),
        "phone": (one.phone, phone, f"+44{phone[1:]}", f"+44 {one.phone[1:]}", one.phone.replace(" ", "-"),
                  f"{phone[:5]} {phone[5:8]} {phone[8:]}", f"{phone[:5]}-{phone[5:8]}-{phone[8:]}", phone[1:]),
        "email": _cases(one.email),
        "nhs": (one.nhs, f"{one.nhs[:3]} {one.nhs[3:6]} {one.nhs[6:]}", f"{one.nhs[:3]}-{one.nhs[3:6]}-{one.nhs[6:]}"),
        "nino": _cases(one.nino, f"{one.nino[:2]} {one.nino[2:4]} {one.nino[4:6]} {one.nino[6:8]} {one.nino[8]}"),
        "pnc": _cases(one.pnc, one.pnc.replace("/", ""), one.pnc[2:], one.pnc[2:5] + one.pnc[5:].lstrip("0")),
        "cro": _cases(one.cro),
        "vrm": _cases(one.vrm, one.vrm.replace(" ", ""), one.vrm.replace(" ", "-")),
        "address": _cases(one.street, f"{one.house} {one.street}", f"{one.house}, {one.street}",
                          one.street.replace(" ", "")),
        "postcode": _cases(one.postcode, one.postcode.replace(" ", "")),
        "uprn": (one.uprn,),
        "reference": _cases(one.crime_ref, one.incident_ref, one.incident_ref.replace("-", ""), one.case_ref,
                            one.case_ref.replace("-", ""), one.tenancy_ref, one.property_ref, one.nominal),
        "officer": _cases(one.officer, one.collar, one.collar.replace(" ", "")),
    }  # fmt: skip


def _cases(*forms: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(case for form in forms for case in (form, form.upper(), form.lower())))


def base(stream: int) -> int:
    """Number of the first canary of an extract; its row `seat` carries this plus twice the seat, and the next one."""
    return 2 * PER_EXTRACT * stream


def values(numbers: Iterable[int]) -> tuple[str, ...]:
    """Every spelling of every value of these canaries, once each."""
    found = (form for number in numbers for forms in spellings(canary(number)).values() for form in forms)
    return tuple(dict.fromkeys(found))


def find(text: str, numbers: Iterable[int]) -> list[str]:
    """The values of these canaries that a text holds in any spelling and any case, as it spells them; all spellings
    are sought in one pass, so that logs and database dumps of many megabytes can be searched."""
    forms = sorted({form.lower() for form in values(numbers)})
    found = pl.Series([text]).str.extract_many(forms, ascii_case_insensitive=True, overlapping=False)
    return list(dict.fromkeys(found.explode().drop_nulls().to_list()))


def plant(frame: pl.DataFrame, at: dict[int, int]) -> pl.DataFrame:
    """The people or places of a frame with canaries put in: `at` maps row to canary number. Only columns named like a
    canary's values (forename, surname, dob, phone, street, …) change."""
    if not at:
        return frame
    rows = {row: canary(number) for row, number in at.items()}
    columns = [c for c in frame.columns if c in Canary.__dataclass_fields__ and c != "number"]
    fresh = pl.DataFrame(
        {"_at": list(rows), **{c: [getattr(one, c) for one in rows.values()] for c in columns}},
        schema={"_at": pl.UInt32, **{c: frame.schema[c] for c in columns}},
    )
    return frame.with_row_index("_at").update(fresh, on="_at", how="left").drop("_at")
