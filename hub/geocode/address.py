"""When are two writings of an address the same? One normaliser, for the gazetteer and for what agencies write."""

from __future__ import annotations

import hashlib
import re

import polars as pl

POSTCODE = r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[ABD-HJLNP-UW-Z]{2})\b"
STREET_TYPES = {
    "RD": "ROAD", "ST": "STREET", "AVE": "AVENUE", "AV": "AVENUE", "LN": "LANE", "DR": "DRIVE", "CL": "CLOSE",
    "CT": "COURT", "CRES": "CRESCENT", "CR": "CRESCENT", "PL": "PLACE", "SQ": "SQUARE", "TER": "TERRACE",
    "TERR": "TERRACE", "GDNS": "GARDENS", "GDN": "GARDENS", "GR": "GROVE", "GRV": "GROVE", "PK": "PARK", "HL": "HILL",
    "WK": "WALK", "WY": "WAY", "BLVD": "BOULEVARD", "MS": "MEWS", "PDE": "PARADE", "RW": "ROW", "YD": "YARD",
}  # fmt: skip
KINDS = sorted({*STREET_TYPES.values(), "GREEN", "RISE", "VIEW", "CHASE", "GATE", "WHARF", "QUAY", "CIRCUS", "BANK",
                "VALE", "FOLD", "BROW", "CROFT", "MOUNT", "APPROACH", "ARCADE", "CENTRE", "CROSS", "END", "LEA"})  # fmt: skip
NUMBERED = re.compile(
    rf"\b(\d{{1,4}}[A-Z]?)(?:\s*-\s*\d{{1,4}}[A-Z]?)?\s+((?:[A-Z']+\s+){{0,4}}?(?:{'|'.join(KINDS)}))\b"
)
PLAIN = re.compile(r"[^A-Z0-9' -]+")


def postcode_of(texts: pl.Series) -> pl.Series:
    """The postcode in each text, without its space (`BS11AD`), null where there is none."""
    frame = pl.DataFrame({"t": texts.str.to_uppercase()})
    parts = [pl.col("t").str.extract(POSTCODE, part) for part in (1, 2)]
    return frame.select(pl.concat_str(parts)).to_series()


def normal_street(words: str) -> str:
    """Upper case, no punctuation, street types in full: `Chapel st.` and `CHAPEL STREET` meet, `St Ann` stays."""
    tokens = PLAIN.sub(" ", words.upper()).split()
    return " ".join(STREET_TYPES.get(t, t) if i else t for i, t in enumerate(tokens)).replace("'", "")


def address_key(text: str, postcode: str) -> int | None:
    """A 64-bit key of house number, street and postcode; None where the text names no numbered street.

    Collisions among a million addresses are less likely than one in ten million.
    """
    tokens = PLAIN.sub(" ", text.upper()).split()
    full = " ".join(STREET_TYPES.get(t, t) if i and not tokens[i - 1][0].isdigit() else t for i, t in enumerate(tokens))
    found = NUMBERED.search(full)
    if found is None:
        return None
    written = f"{found[1]}|{normal_street(found[2])}|{postcode}"
    return int.from_bytes(hashlib.blake2b(written.encode(), digest_size=8).digest(), "big") >> 1


def address_keys(texts: pl.Series, postcodes: pl.Series) -> pl.Series:
    """`address_key` of every pair, Int64, null where either is missing."""
    return pl.Series(
        [address_key(t, p) if t and p else None for t, p in zip(texts, postcodes, strict=True)], dtype=pl.Int64
    )


POSTCODE_ALPHABET = 37


def postcode_keys(postcodes: pl.Series) -> pl.Series:
    """Postcodes without space as integers in base 37 (Int64), so that they can be searched in a sorted array."""
    padded = postcodes.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").str.pad_end(8, " ").str.slice(0, 8)
    frame = pl.DataFrame({"p": padded})
    total = pl.lit(0, pl.Int64)
    for place in range(8):
        letter = pl.col("p").str.slice(place, 1)
        value = letter.replace_strict(_VALUES, default=0, return_dtype=pl.Int64)
        total = total * POSTCODE_ALPHABET + value
    return frame.select(
        pl.when(pl.col("p").is_not_null() & (pl.col("p").str.strip_chars() != "")).then(total)
    ).to_series()


_VALUES = {" ": 0} | {c: n for n, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1)}
