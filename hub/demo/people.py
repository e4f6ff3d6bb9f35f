"""Fictional people in columns: names, birthdays, telephone numbers and identifiers with sound check digits.

Telephone numbers come only from the ranges that Ofcom keeps for drama, NHS numbers only from the test range 999,
registration marks only with age identifiers that were never issued by the year of writing. The last hundred numbers of
each telephone range, and blocks of the other identifiers, are left to the canaries.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from hub.demo.stock import FORENAMES_F, FORENAMES_M, SURNAME_HEADS, SURNAME_TAILS, SURNAMES

PHONE_RANGES = ("07700 900", "01632 960", "0117 496 0", "020 7946 0")
KEPT_FOR_CANARIES = 900
CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
NHS_WEIGHTS = np.arange(10, 1, -1)
PLATE_LETTERS = np.array(list("ABCDEFGHJKLMNOPRSTUVWXY"))
PLATE_AGES = np.array(["28", "78"])
COMPOSED_SHARE = 0.45
OLDEST, YOUNGEST = 92, 11


def pick(rng: np.random.Generator, stock: tuple[str, ...] | list[str], n: int) -> pl.Series:
    """`n` words of a stock, evenly."""
    return pl.Series(stock, dtype=pl.Utf8).gather(rng.integers(0, len(stock), n))


def some(rng: np.random.Generator, n: int, share: float) -> pl.Series:
    """A mask of `n` rows, true in about that share."""
    return pl.Series(rng.random(n) < share)


def surnames(rng: np.random.Generator, n: int) -> pl.Series:
    """Surnames of many origins, some composed of English place parts, some double."""
    composed = pick(rng, SURNAME_HEADS, n) + pick(rng, SURNAME_TAILS, n)
    single = composed.zip_with(some(rng, n, COMPOSED_SHARE), pick(rng, SURNAMES, n))
    double = single + "-" + pick(rng, SURNAMES, n).str.split("-").list.first()
    return double.zip_with(some(rng, n, 0.03), single)


def people(rng: np.random.Generator, n: int, today: date) -> pl.DataFrame:
    """`n` people: forename surname sex (F, M) dob (Date) phone email nhs nino pnc cro vrm, all else Utf8."""
    female = some(rng, n, 0.5)
    frame = pl.DataFrame({
        "forename": pick(rng, FORENAMES_F, n).zip_with(female, pick(rng, FORENAMES_M, n)),
        "surname": surnames(rng, n),
        "sex": pl.Series(["F"]).new_from_index(0, n).zip_with(female, pl.Series(["M"]).new_from_index(0, n)),
        "dob": birthdays(rng, n, today), "phone": phones(rng, n),
        "nhs": nhs_numbers(rng, n), "nino": ninos(rng, n), "pnc": pnc_ids(rng, n), "cro": cro_numbers(rng, n),
        "vrm": plates(rng, n),
    })  # fmt: skip
    plain = {"'": "", "é": "e", "í": "i", "â": "a", "ë": "e", "ü": "u", "ø": "o"}
    mail = pl.concat_str(
        pl.col("forename").str.to_lowercase().str.replace_many(plain), pl.lit("."),
        pl.col("surname").str.to_lowercase().str.replace_many(plain),
        pl.Series("tail", rng.integers(1, 99, n)).cast(pl.Utf8), pl.lit("@example."),
        pick(rng, ("com", "org", "net"), n),
    )  # fmt: skip
    return frame.with_columns(email=mail)


def birthdays(rng: np.random.Generator, n: int, today: date) -> pl.Series:
    """Birthdays of people aged 11 to 92, more of them young."""
    days = 365.25 * (YOUNGEST + (OLDEST - YOUNGEST) * rng.beta(1.6, 3.0, n))
    return pl.Series(np.datetime64(today, "D") - days.astype(np.int64)).cast(pl.Date)


def phones(rng: np.random.Generator, n: int) -> pl.Series:
    """Telephone numbers from the drama ranges, two thirds of them mobile, written in several ways."""
    area = rng.choice(len(PHONE_RANGES), n, p=[0.7, 0.1, 0.1, 0.1])
    digits = pl.Series(rng.integers(0, KEPT_FOR_CANARIES, n)).cast(pl.Utf8).str.zfill(3)
    spaced = pl.Series(PHONE_RANGES).gather(area) + digits
    plain = spaced.str.replace_all(" ", "", literal=True)
    abroad = "+44" + plain.str.slice(1)
    return spaced.zip_with(some(rng, n, 0.4), plain.zip_with(some(rng, n, 0.85), abroad))


def nhs_number(stem: np.ndarray) -> np.ndarray:
    """Ten-digit NHS numbers in the test range 999 from six-digit stems; one with check digit 10 moves to the next."""
    stem = stem.copy()
    while True:
        nine = 999_000_000 + stem
        digits = nine[:, None] // 10 ** np.arange(8, -1, -1) % 10
        check = (11 - digits @ NHS_WEIGHTS % 11) % 11
        if not (bad := check == 10).any():
            return np.asarray(nine * 10 + check)
        stem[bad] += 1


def nhs_numbers(rng: np.random.Generator, n: int) -> pl.Series:
    """NHS numbers of the test range, below the canaries' block."""
    return pl.Series(nhs_number(rng.integers(0, 900_000, n))).cast(pl.Utf8)


def ninos(rng: np.random.Generator, n: int) -> pl.Series:
    """National Insurance numbers of sound form with the prefix ZX."""
    return "ZX" + pl.Series(rng.integers(0, 900_000, n)).cast(pl.Utf8).str.zfill(6) + pick(rng, list("ABCD"), n)


def check_letters(numbers: np.ndarray) -> pl.Series:
    """Check letter of PNC and CRO numbers: the number, year first, mod 23."""
    return pl.Series(list(CHECK_LETTERS)).gather(numbers % 23)


def pnc_id(years: np.ndarray, serials: np.ndarray) -> pl.Series:
    """`YYYY/NNNNNNNL`."""
    letter = check_letters(years % 100 * 10**7 + serials)
    return pl.Series(years).cast(pl.Utf8) + "/" + pl.Series(serials).cast(pl.Utf8).str.zfill(7) + letter


def pnc_ids(rng: np.random.Generator, n: int) -> pl.Series:
    """PNC IDs of 1985 to 2024; the canaries' are of 1971."""
    return pnc_id(rng.integers(1985, 2025, n), rng.integers(1, 600_000, n))


def cro_number(years: np.ndarray, serials: np.ndarray) -> pl.Series:
    """`NNNNNN/YYL`."""
    two = pl.Series(years % 100).cast(pl.Utf8).str.zfill(2)
    letter = check_letters(years % 100 * 10**6 + serials)
    return pl.Series(serials).cast(pl.Utf8).str.zfill(6) + "/" + two + letter


def cro_numbers(rng: np.random.Generator, n: int) -> pl.Series:
    """CRO numbers of 1985 to 2012."""
    return cro_number(rng.integers(1985, 2013, n), rng.integers(1, 900_000, n))


def plates(rng: np.random.Generator, n: int) -> pl.Series:
    """Registration marks of the current form with age identifiers not issued yet; none ends in Z."""
    letters = PLATE_LETTERS[rng.integers(0, len(PLATE_LETTERS), (n, 5))]
    front = np.char.add(letters[:, 0], letters[:, 1])
    back = np.char.add(np.char.add(letters[:, 2], letters[:, 3]), letters[:, 4])
    age = PLATE_AGES[rng.integers(0, len(PLATE_AGES), n)]
    return pl.Series(np.char.add(np.char.add(front, age), np.char.add(" ", back)))
