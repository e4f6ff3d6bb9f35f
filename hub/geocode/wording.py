"""What do the words of a location say? Its segments, what stands in what relation to them, junctions, motorways.

All on columns of upper-case text; nothing here knows a gazetteer.
"""

from __future__ import annotations

import polars as pl

from hub.geocode.address import POSTCODE
from hub.geocode.names import STREET_WORD

SHORT = (
    (r"\bO\s*/\s*S\b", "OUTSIDE"), (r"\bR\s*/\s*O\b", "REAR OF"), (r"\bJ\s*/\s*W\b", "JUNCTION WITH"),
    (r"\bC\s*/\s*O\b", "CARE OF"), (r"\bC\s*/\s*W\b", "CARRIAGEWAY"), (r"\bF\s*/\s*O\b", "FRONT OF"),
    (r"\bN\s*/\s*A\b", " "), (r"\b(?:I\s*/\s*F|I/F/O)\b", "IN FRONT OF"), (r"\bT\s*/\s*L(?:S|IGHTS)?\b", "TRAFFIC LIGHTS"),
    (r"\bOPP\b\.?", "OPPOSITE"), (r"\bADJ\b\.?(?: TO\b)?", "ADJACENT TO"), (r"\bNR\b\.?", "NEAR"),
    (r"\b(?:CROSSROADS|XRDS?) (?:OF|WITH)\b", "JUNCTION OF"), (r"\b(?:JUNCTIONS|JUNCT?S?|JCTN?S?|JNCT?N?S?|JCN|JN|XRDS?)\b\.?", "JUNCTION"),
    (r"\b(?:BTWN?|BETW|B/W)\b\.?", "BETWEEN"), (r"\b(?:CNR|CRNR|CORN)\b\.?", "CORNER"),
    (r"\bJUNCTION (?:OF|WITH) ITS JUNCTION\b", "JUNCTION"), (r"\bR(?:OUND)?\.?\s?ABOUT\b|\bR/ABOUT\b|\bRDBT\b|\bRNDBT\b", "ROUNDABOUT"), (r"\bINTERSECTION\b", "JUNCTION"),
)  # fmt: skip
"""Abbreviations of relations and junctions, written out."""
RELATIONS = {
    "OUTSIDE": 15.0, "IN FRONT OF": 20.0, "FRONT OF": 20.0, "FRONTING": 20.0, "OPPOSITE": 30.0, "ADJACENT TO": 40.0,
    "ADJOINING": 40.0, "NEXT TO": 40.0, "BESIDE": 40.0, "ALONGSIDE": 40.0, "BEHIND": 40.0, "TO THE REAR OF": 40.0,
    "REAR OF": 40.0, "BACK OF": 40.0, "NEAR TO": 100.0, "NEAR": 100.0, "ON OR NEAR": 0.0, "CLOSE TO": 100.0,
    "IN THE VICINITY OF": 150.0, "VICINITY OF": 150.0, "AROUND": 100.0, "TOWARDS": 150.0, "OFF": 80.0, "BY": 40.0,
}  # fmt: skip
"""What stands before a name, and the metres it may add. Judged: no measured table of them is known."""
_RELATION = "|".join(sorted(RELATIONS, key=len, reverse=True))
LENGTHS = {
    "KM": 1000.0,
    "KILOMETRE": 1000.0,
    "MILE": 1609.0,
    "YARD": 0.9144,
    "YD": 0.9144,
    "FT": 0.3048,
    "FEET": 0.3048,
}
_COMPASS = r"(?:NORTH|SOUTH|EAST|WEST|[NSEW]{1,2}\b)[A-Z -]*?"
DISTANCE = (
    r"\b(\d{1,4}(?:\.\d+)?)\s*(M|MTRS?|METERS?|METRES?|METERES?|KM|KILOMETRES?|MILES?|YARDS?|YDS?|FEET|FT)\.?\s+"
    rf"(?:AWAY )?(?:(?:TO THE )?{_COMPASS}\s*)?(?:OF|FROM|BEFORE|PAST|AFTER)\b"
)
_POINT = rf"(?:\b(?:FROM |TO )?(?:A |THE )?POINT\b|{DISTANCE}|\b(?:AT|NEAR|BY|FROM|TO|OF)?\s*\b(?:ITS|THE)\b(?: [A-Z]+ERLY)?\s*$)"
_MARK = r"(?:AT )?(?:THE |ITS )*(?:[A-Z]+ERLY )?JUNCTION(?: OF| WITH| AT| W)?\b(?:\s*/)?"
MARKER = rf"\b{_MARK}(?:\s*\b{_MARK})?"
"""Where the second road of a junction begins."""
GENERIC = r" (?:TRAM STOP|BUS STOP|TAXI RANK|SHOPS|STATIC|ROOFTOP|DEPOT|ENTRANCE|EXIT|AREA|PTZ)(?: \d+)?$"
NOT_NAMES = (
    r"^(?:SHOPS?|PARK|SCHOOL|CHURCH|STATION|LIBRARY|SURGERY|POST OFFICE|HEALTH CENTRE|MEDICAL CENTRE|COMMUNITY CENTRE|TOWN HALL|"
    r"CAR PARK|BUS STOP|TRAM STOP|TAXI RANK|SUPERMARKET|PETROL STATION|PUBLIC HOUSE|UNIT|UNITS|FLAT|FLATS|APARTMENT|APT|SUITE|SHOP|KIOSK|STALL|ROOM|FLOOR|GROUND FLOOR|FIRST FLOOR|SECOND FLOOR|"
    r"BASEMENT|UK|ENGLAND|UNKNOWN|NOT KNOWN|NONE|NULL|N A|NO FIXED ABODE|NFA|VARIOUS)(?: [A-Z]?\d*[A-Z]?)?$"
)
ROAD = r"(M\d{1,3}|A\d{1,4}\(M\)|A\d{1,4})"
_J = r"(?:J|JUNCTION)\s*(\d{1,2}[A-D]?)"
_TO = r"\s*(?:-|–|TO|AND|&|/)\s*(?:J|JUNCTION)?\s*(\d{1,2}[A-D]?)"
POSTS = (
    rf"\b{ROAD}\b[ ,:]*(?:AT )?(?:MP|MARKER POST|MARKER|POST|KM|DLS|CHAINAGE)?\s*(\d{{1,3}}[./]\d)\d?\s*([A-DJ-M])?\b",
    rf"\b(?:MP|MARKER POST|POST|DLS)\s*(\d{{1,3}}[./]\d)\s*([A-DJ-M])?[ ,]*(?:ON )?(?:THE )?{ROAD}\b",
)
LIMBS = (
    rf"\b(M\d{{1,3}}|A\d{{1,4}}\(M\))(?:[ ,:]|BETWEEN|NORTHBOUND|SOUTHBOUND|EASTBOUND|WESTBOUND|[NSEW]/?B\b|AT|NEAR|-)*{_J}(?:{_TO})?\b",
    rf"\b{_J}(?:{_TO})?[ ,]*(?:OF|ON|OFF)?\s*(?:THE )?(M\d{{1,3}}|A\d{{1,4}}\(M\))",
)


def spelled_out(texts: pl.Series) -> pl.Series:
    """Upper case, abbreviations of relation and junction written out, one line, without postcodes."""
    column = pl.col("t").str.to_uppercase().str.replace_all(POSTCODE, ", ").str.replace_all(r"[\n\r;|]+", ", ")
    column = column.str.replace_all(r"['’`\"]", "")
    for short, long in SHORT:
        column = column.str.replace_all(short, long)
    column = column.str.replace_all(r"\s+", " ").str.strip_chars(" ,.")
    return pl.DataFrame({"t": texts.cast(pl.Utf8)}).select(column.replace("", None)).to_series()


def away(texts: pl.Series) -> pl.Series:
    """Metres that a relation in the words may add (Float64, 0 where none): a stated distance, or what the word means."""
    text = pl.col("t")
    unit = (
        text.str.extract(DISTANCE, 2)
        .str.strip_suffix("S")
        .replace_strict(LENGTHS, default=1.0, return_dtype=pl.Float64)
    )
    stated = text.str.extract(DISTANCE, 1).cast(pl.Float64, strict=False) * unit
    word = text.str.extract(rf"(?:^|[ ,(])({_RELATION})\b", 1).replace_strict(
        RELATIONS, default=0.0, return_dtype=pl.Float64
    )
    return pl.DataFrame({"t": texts}).select(pl.coalesce(stated, word).fill_null(0.0)).to_series()


def beside_door(texts: pl.Series) -> pl.Series:
    """Metres that a relation straight before a house number may add (`O/S 12 HIGH STREET`), of spelled-out texts."""
    word = pl.col("t").str.extract(rf"(?:^|[ ,(])({_RELATION}) (?:NO\.? |NUMBER )?\d{{1,4}}[A-Z]?,? [A-Z]{{2}}", 1)
    return pl.DataFrame({"t": texts}).select(
        word.replace_strict(RELATIONS, default=0.0, return_dtype=pl.Float64).fill_null(0.0)
    ).to_series()  # fmt: skip


def segments(texts: pl.Series) -> pl.DataFrame:
    """The parts of spelled-out texts that may be names: `row`, `pos`, `text`, in order.

    Split at commas, brackets and dashes between words; relations and house numbers go from the front; a street named
    in the middle of a segment also stands alone (`CITY ROAD OLD TRAFFORD` gives all of it, `CITY ROAD`, `OLD TRAFFORD`).
    """
    marked = (
        texts.str.replace_all(DISTANCE, ",").str.replace_all(MARKER, ",").str.replace_all(r"\b(?:A |THE )?POINT\b", ",")
    )
    marked = marked.str.replace_all(rf"(?:^|[ ,])(?:{_RELATION})\b", ",").str.replace_all(
        r"[()\[\]]|\s[-–]+\s|\s*/\s*", ","
    )
    frame = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.Int64, eager=True), "text": marked.str.split(",")})
    parts = frame.explode("text").drop_nulls("text")
    bare = pl.col("text").str.replace_all(r"[^A-Z0-9& ]", " ").str.replace_all(r"\s+", " ").str.strip_chars()
    bare = bare.str.replace(r"^(?:(?:ON|AT|IN|FROM|TO|OF|ITS|CORNER OF|CORNER)\s+)+", "").str.strip_chars()
    parts = parts.with_columns(whole=bare).filter(pl.col("whole").str.contains(r"[A-Z]{2}"))
    numbered = pl.col("whole").str.extract(r"^(?:NO\.? ?)?\d+[A-Z]?(?: ?(?:TO|AND|&)? ?\d+[A-Z]?)* (.*[A-Z]{2}.*)$", 1)
    street = rf"^(.*? {STREET_WORD}(?: (?:NORTH|SOUTH|EAST|WEST))?|.*? (?:RD|ST|AVE|LN|DR|CL|CRES)) (.+)$"
    base = pl.coalesce(numbered, "whole").str.replace(GENERIC, "")
    found = parts.with_columns(pos=pl.int_range(pl.len()).over("row"), base=base).with_columns(
        head=pl.col("base").str.extract(street, 1), tail=pl.col("base").str.extract(street, 2)
    )
    long = pl.concat([
        found.select("row", pl.col("pos") * 4 + 0, text="base"),
        found.select("row", pl.col("pos") * 4 + 1, text=pl.when(pl.col("whole") != pl.col("base")).then("whole")),
        found.select("row", pl.col("pos") * 4 + 2, text="head"),
        found.select("row", pl.col("pos") * 4 + 3, text="tail"),
    ]).drop_nulls("text")  # fmt: skip
    kept = long.filter(~pl.col("text").str.contains(NOT_NAMES) & (pl.col("text").str.len_chars() > 2))
    return kept.sort("row", "pos")


def junctions(texts: pl.Series) -> pl.DataFrame:
    """The two roads of a junction, `a` and `b`, null where the words name none.

    `A/B` · `A junction with B` · `junction of A and B` · `corner of A and B` · `A @ B` · `A and B`, both roads.
    """
    text = pl.col("t").str.replace_all(r"\([^)]*\)", " ").str.replace_all(r"\s+", " ")
    after, part = r"([^,;()]+?)", r"(?:,|;|$| TO A POINT| FROM A POINT)"
    both = rf"\b(?:JUNCTION|CORNER) (?:OF |BETWEEN )?{after} (?:AND|WITH|&|/) {after}{part}"
    side = r"([ABM]\d{1,4}(?: [A-Z][A-Z ]+)?|[^,/\d]*?[A-Z]{3}[^,/\d]*?)"
    slash = rf"(?:^|,)\s*{side}\s*/\s*{side}\s*(?:/|,|$)"
    at = rf"(?:^|,)\s*([^,@]*?)\s*@\s*{after}{part}"
    pair = rf"(?:^|,|\bAT\b|\bOF\b)\s*([A-Z][A-Z0-9 ]*? {STREET_WORD}|[A-Z][A-Z ]*? (?:RD|ST|AVE|LN)) (?:AND|&) ([A-Z][A-Z0-9 ]*? (?:{STREET_WORD}|RD|ST|AVE|LN))\b"
    corner = rf"^(.*?)[, ]+\bCORNER (?:WITH |OF )?{after}{part}"
    marked = rf"^(.*?){MARKER} *{after}{part}"
    bare = rf"^\s*{MARKER} *"
    one = pl.when(text.str.contains(both)).then(text.str.extract(both, 1))
    two = pl.when(text.str.contains(both)).then(text.str.extract(both, 2))
    usual = text.str.contains(marked) & ~text.str.contains(bare)
    first = pl.coalesce(
        one, pl.when(usual).then(text.str.extract(marked, 1)), text.str.extract(slash, 1), text.str.extract(at, 1),
        text.str.extract(corner, 1), text.str.extract(pair, 1),
    )  # fmt: skip
    second = pl.coalesce(
        two, pl.when(usual).then(text.str.extract(marked, 2)), text.str.extract(slash, 2), text.str.extract(at, 2),
        text.str.extract(corner, 2), text.str.extract(pair, 2),
    )  # fmt: skip
    found = pl.DataFrame({"t": texts}).select(a=first, b=second)
    return pl.DataFrame({"a": _street_in(found["a"], last=True), "b": _street_in(found["b"], last=False)})


def _street_in(texts: pl.Series, *, last: bool) -> pl.Series:
    """The road that a stretch of words before (`last`) or after a junction's mark names."""
    clean = (
        pl.col("t").str.replace_all(DISTANCE, " ").str.replace_all(_POINT, " ").str.replace_all(rf"(?:^|[ ,])(?:{_RELATION})\b", " ")
        .str.replace_all(r"\b(?:JUNCTION|MAIN CARRIAGEWAY(?: OF)?|SERVICE ROAD|OF ITS|ITS|AT|FROM|WITH|THE)\b", " ")
        .str.replace_all(r"[^A-Z0-9,& ]", " ").str.replace_all(r"\s+", " ").str.replace_all(r"(?: ?, ?)+", ",").str.strip_chars(" ,")
    )  # fmt: skip
    frame = pl.DataFrame({"t": texts}).select(parts=clean.str.split(","))
    tested = pl.col("parts").list.eval(
        pl.when(pl.element().str.contains(rf"(?: |^){STREET_WORD}(?: (?:NORTH|SOUTH|EAST|WEST))?$| (?:RD|ST|AVE|LN|DR|CL)$")).then(pl.element())
    ).list.drop_nulls()  # fmt: skip
    street = tested.list.last() if last else tested.list.first()
    chosen = frame.select(t=pl.coalesce(street, pl.col("parts").list.first()))
    number = r"^(?:NO\.? ?)?\d+[A-Z]? "
    return chosen.select(pl.col("t").str.replace(number, "").str.strip_chars().replace("", None)).to_series()


def motorways(texts: pl.Series) -> pl.DataFrame:
    """Linear references: `road`, `km` and `carriageway` of a marker post; `road`, `one` and `two` junction numbers."""
    text = pl.col("t").str.replace_all(r"\(M\)", "(M)")
    km = pl.coalesce(text.str.extract(POSTS[0], 2), text.str.extract(POSTS[1], 1)).str.replace("/", ".")
    return pl.DataFrame({"t": texts}).select(
        post_road=pl.coalesce(text.str.extract(POSTS[0], 1), text.str.extract(POSTS[1], 3)),
        km=km.cast(pl.Float64, strict=False),
        carriageway=pl.coalesce(text.str.extract(POSTS[0], 3), text.str.extract(POSTS[1], 2)),
        road=pl.coalesce(text.str.extract(LIMBS[0], 1), text.str.extract(LIMBS[1], 3)),
        one=pl.coalesce(text.str.extract(LIMBS[0], 2), text.str.extract(LIMBS[1], 1)),
        two=pl.coalesce(text.str.extract(LIMBS[0], 3), text.str.extract(LIMBS[1], 2)),
    )
