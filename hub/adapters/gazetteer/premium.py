"""AddressBase Premium: one file of many kinds of records, told apart by their first field.

Read: 21 BLPU (position), 24 LPI and 15 street descriptor (the council's address), 28 delivery point (Royal Mail's),
31 organisation. Columns in the order of Ordnance Survey's technical specification.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any

import polars as pl

from hub.adapters.gazetteer.store import Tally, Unreadable

WANTED: dict[bytes, dict[str, int]] = {
    b"21": {"uprn": 3, "easting": 8, "northing": 9, "locator": 20},
    b"24": {"uprn": 3, "status": 6, "sao_text": 14, "number": 16, "suffix": 17, "pao_text": 20, "usrn": 21},
    b"15": {"usrn": 3, "street": 4, "locality": 5, "town": 6},
    b"28": {
        "uprn": 3,
        "organisation": 5,
        "building": 8,
        "number": 9,
        "dep_street": 10,
        "street": 11,
        "town": 14,
        "postcode": 15,
    },
    b"31": {"uprn": 3, "organisation": 5},
}
"""Record identifier to the places of the fields that are read, counted from nought."""
READ = 1 << 24


def premium_parts(name: str, start: bytes, rest: IO[bytes], tally: Tally) -> Iterator[tuple[str, pl.DataFrame]]:
    """Addresses and UPRNs of a file. Raises `Unreadable` where a record has not the fields of its kind."""
    lines: dict[bytes, list[bytes]] = {k: [] for k in WANTED}
    left, piece, ended = start.removeprefix(b"\xef\xbb\xbf"), b"", False
    while True:
        piece = rest.read(READ)
        whole = left + piece
        cut = whole.rfind(b"\n") + 1 if piece else len(whole)
        for line in whole[:cut].splitlines():
            kind = line[:3].strip(b'",')
            tally.rows += 1
            ended = ended or kind == b"99"
            if kind in lines:
                lines[kind].append(line)
        left = whole[cut:]
        if not piece:
            break
    if not ended:
        raise Unreadable(f"{name} has no trailer record (99): it is cut short; download it again")
    yield from _joined({kind: _frame(name, kind, found) for kind, found in lines.items()}, tally)


def _frame(name: str, kind: bytes, lines: list[bytes]) -> pl.DataFrame:
    wanted = WANTED[kind]
    if not lines:
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.Utf8))
    try:
        read = pl.read_csv(io.BytesIO(b"\n".join(lines)), has_header=False, infer_schema=False, encoding="utf8")
    except pl.exceptions.PolarsError as wrong:
        raise Unreadable(f"{name}: records {kind.decode()} are not well formed; the file may be cut short") from wrong
    if read.width <= max(wanted.values()):
        raise Unreadable(f"{name}: records {kind.decode()} have {read.width} fields, too few")
    return read.select(
        pl.col(read.columns[at]).str.strip_chars().replace("", None).alias(field) for field, at in wanted.items()
    )


def _joined(of: dict[bytes, pl.DataFrame], tally: Tally) -> Iterator[tuple[str, pl.DataFrame]]:
    point = (
        of[b"21"]
        .select("uprn", "locator", pl.col("easting", "northing").cast(pl.Float64, strict=False))
        .filter(pl.col("easting") > 0)
    )
    tally.without_position += of[b"21"].height - point.height
    point = point.with_columns(pl.col("easting", "northing").floor().cast(pl.Int32)).unique(
        "uprn", keep="first", maintain_order=True
    )
    yield "uprns", _numbered(point.select("uprn", "easting", "northing"))
    organisation = of[b"31"].unique("uprn", keep="first", maintain_order=True)
    street = of[b"15"].unique("usrn", keep="first", maintain_order=True)
    lpi = of[b"24"].join(street, on="usrn", how="left").join(point, on="uprn").join(organisation, on="uprn", how="left")
    suffixed = pl.concat_str([pl.col("number"), pl.col("suffix").fill_null("")])
    for place in ("pao_text", "sao_text", "organisation", None):
        yield "addresses", _shape(lpi, place, suffixed, pl.coalesce("town", "locality"), pl.col("locator"))
    post = of[b"28"].join(point, on="uprn")
    for place in ("organisation", "building", None):
        yield (
            "addresses",
            _shape(
                post, place, pl.col("number"), pl.col("town"), pl.col("postcode"), pl.coalesce("street", "dep_street")
            ),
        )


def _shape(
    frame: pl.DataFrame, place: str | None, number: pl.Expr, town: pl.Expr, postcode: pl.Expr, street: Any = "street"
) -> pl.DataFrame:
    named = pl.col(place) if place else pl.lit(None, pl.Utf8)
    found = frame.select(
        "uprn", "easting", "northing", place=named, number=number, street=street, town=town, postcode=postcode
    )
    return _numbered(found.filter(pl.col("place").is_not_null()) if place else found)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("uprn").str.extract(r"^0*(\d{1,12})$", 1).cast(pl.Int64, strict=False))
