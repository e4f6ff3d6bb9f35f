"""When are two writings of an address the same? One normaliser, for the gazetteer and for what agencies write.

All on columns. Keys are 64-bit numbers of normalised text, stable from release to release, so that a gazetteer can
lie on disk as sorted keys and be searched without being loaded.
"""

from __future__ import annotations

import numpy as np
import polars as pl

POSTCODE = r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[ABD-HJLNP-UW-Z]{2})\b"
STREET_TYPES = {
    "RD": "ROAD", "AVE": "AVENUE", "AV": "AVENUE", "LN": "LANE", "DR": "DRIVE", "DRV": "DRIVE", "CL": "CLOSE",
    "CT": "COURT", "CRES": "CRESCENT", "CR": "CRESCENT", "PL": "PLACE", "SQ": "SQUARE", "TER": "TERRACE",
    "TERR": "TERRACE", "TCE": "TERRACE", "GDNS": "GARDENS", "GDN": "GARDENS", "GR": "GROVE", "GRV": "GROVE",
    "PK": "PARK", "HL": "HILL", "WK": "WALK", "WY": "WAY", "BLVD": "BOULEVARD", "BVD": "BOULEVARD", "MS": "MEWS",
    "PDE": "PARADE", "YD": "YARD", "STR": "STREET", "GRN": "GREEN", "BLDGS": "BUILDINGS", "HSE": "HOUSE",
    "NTH": "NORTH", "STH": "SOUTH", "UPR": "UPPER", "LWR": "LOWER", "GT": "GREAT",
}  # fmt: skip
"""`ST` is not among them: it is a street only behind a word (`CHAPEL ST`), else a saint (`12 ST ANNS ROAD`)."""
KINDS = (
    "ROAD|STREET|AVENUE|LANE|DRIVE|CLOSE|COURT|CRESCENT|PLACE|SQUARE|TERRACE|GARDENS|GROVE|PARK|HILL|WALK|WAY|BOULEVARD"
    "|MEWS|PARADE|ROW|YARD|GREEN|RISE|VIEW|CHASE|GATE|WHARF|QUAY|CIRCUS|BANK|VALE|FOLD|BROW|CROFT|MOUNT|APPROACH"
    "|ARCADE|CENTRE|CROSS|END|LEA|PASSAGE|WYND|BUILDINGS|COTTAGES"
)
NUMBER = r"\d{1,4}[A-Z]?"
FORMS = (
    rf"(?:^|[ ,])({NUMBER}) ([A-Z][A-Z ]*?) ?(?:,|$)",
    rf"\b({NUMBER}) ((?:[A-Z]+ ){{1,4}}?(?:{KINDS}))\b",
    rf"\b({NUMBER}) ((?:[A-Z]+ ){{1,4}}(?:{KINDS}))\b",
)
"""A door in an address: number and words up to a comma; up to the first word that streets end in; up to the last."""
LAST_DOOR = rf".*(?:^|[ ,])({NUMBER}) ([A-Z][A-Z ]*?) ?(?:,|$)"
KEY_BYTES = 96


def postcode_of(texts: pl.Series) -> pl.Series:
    """The first postcode in each text, without its space (`BS11AD`), null where there is none."""
    upper = pl.col("t").str.to_uppercase()
    parts = [upper.str.extract(POSTCODE, part) for part in (1, 2)]
    return pl.DataFrame({"t": texts.cast(pl.Utf8)}).select(pl.concat_str(parts)).to_series()


def normal(texts: pl.Series) -> pl.Series:
    """Addresses in one writing: upper case, street types in full, number ranges by their first number, no postcode.

    Commas stay, for they part an address; one behind a number goes (`12, Chapel St` is `12 CHAPEL STREET`).
    """
    plain = (
        pl.col("t")
        .str.to_uppercase()
        .str.replace_all(POSTCODE, " ")
        .str.replace_all(r"['’.]", "")
        .str.replace_all(r"\s*[\n\r;|]\s*", ", ")
        .str.replace_all("&", " AND ", literal=True)
        .str.replace_all(rf"\b({NUMBER})\s*[-–/]\s*{NUMBER}\b", "$1")
        .str.replace_all(r"[^A-Z0-9, ]", " ")
        .str.replace_all(r"\bN(?:O|OS|UMBER)\s+(\d)", " $1")
        .str.replace_all(rf"\b({NUMBER})\s*,", "$1 ")
        .str.replace_all(r"\b(\d{1,4})\s+([A-Z])\s+([A-Z]{2})", "$1$2 $3")
        .str.replace_all(r"  +", " ")
        .str.replace_all(r"\b([A-Z]{2,}) ST\b", "$1 STREET")
        .str.replace_all(r"\s*,[\s,]*", " , ")
    )
    short, long = [f" {word} " for word in STREET_TYPES], [f" {word} " for word in STREET_TYPES.values()]
    # twice, for of two neighbours the first takes the space between them
    full = (pl.lit(" ") + plain + pl.lit(" ")).str.replace_many(short, long).str.replace_many(short, long)
    tidy = full.str.replace_all(r"  +", " ").str.replace_all(" ,", ",", literal=True).str.strip_chars(" ,")
    return pl.DataFrame({"t": texts.cast(pl.Utf8)}).select(tidy.replace("", None)).to_series()


def doors(texts: pl.Series) -> pl.DataFrame:
    """`doors_in` of addresses as they are written."""
    return doors_in(normal(texts))


def doors_in(plain: pl.Series) -> pl.DataFrame:
    """What each address, in the one writing of `normal`, may mean, columns `d0` … `d3`: `12|CHAPEL STREET`; the first that a gazetteer knows is it."""
    found = [_door_by(form) for form in (FORMS[0], LAST_DOOR, *FORMS[1:])]
    return pl.DataFrame({"t": plain}).select(door.alias(f"d{n}") for n, door in enumerate(found))


def first_door(plain: pl.Series) -> pl.Series:
    """The reading `d0` of `doors_in` alone: most addresses are known by it and need no other."""
    return pl.DataFrame({"t": plain}).select(_door_by(FORMS[0])).to_series()


def _door_by(form: str) -> pl.Expr:
    group = pl.col("t").str.extract_groups(form)
    return group.struct.field("1") + "|" + group.struct.field("2")


def door(numbers: pl.Series, streets: pl.Series) -> pl.Series:
    """The door of a gazetteer's own columns: house number and street, written as `doors` writes it."""
    number = pl.col("n").str.to_uppercase().str.extract(r"^\s*(\d{1,4}\s*[A-Z]?)\b", 1).str.replace_all(r"\s", "")
    frame = pl.DataFrame({"n": numbers, "s": normal(streets)})
    return frame.select(number + "|" + pl.col("s").str.replace_all(",", "")).to_series()


def address_keys(known_doors: pl.Series, postcodes: pl.Series) -> pl.Series:
    """Keys (Int64) of doors at postcodes (without space); null where either is missing."""
    return text_keys(
        pl.DataFrame({"d": known_doors, "p": postcodes}).select(pl.col("d") + "|" + pl.col("p")).to_series()
    )


def postcode_keys(postcodes: pl.Series) -> pl.Series:
    """Keys (Int64) of postcodes, with or without their space; null for blanks."""
    return text_keys(postcodes.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").replace("", None))


def text_keys(texts: pl.Series) -> pl.Series:
    """A positive 64-bit key of each text's first 96 bytes (splitmix64 over its words); null stays null.

    Two of a million texts share a key less often than once in ten million gazetteers. A new way of counting would
    make gazetteers on disk useless: their format number must then change too (`hub.adapters.gazetteer`).
    """
    known = texts.is_not_null()
    if not len(texts):
        return pl.Series([], dtype=pl.Int64)
    return pl.DataFrame({"k": byte_keys(text_bytes(texts)), "known": known}).select(
        pl.when("known").then("k")
    ).to_series()  # fmt: skip


def text_bytes(texts: pl.Series) -> np.ndarray:
    """The first 96 bytes of each text, noughts behind them: n × 96; null is none."""
    raw = np.array(texts.fill_null("").cast(pl.Binary).to_list(), dtype=f"S{KEY_BYTES}")
    return raw.view(np.uint8).reshape(len(texts), KEY_BYTES)


def byte_keys(raw: np.ndarray) -> np.ndarray:
    """The keys (Int64) of `text_bytes`."""
    words = raw.view("<u8")
    key = np.full(len(raw), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in range(words.shape[1]):
        key = _mixed(key ^ words[:, column])
    return (key >> np.uint64(1)).astype(np.int64)


def _mixed(word: np.ndarray) -> np.ndarray:
    """One step of splitmix64; overflow is meant."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = word ^ (word >> np.uint64(31))
    return mixed
