"""Which product is this file, and what do its columns mean? Every source to the canonical rows of `build`.

Columns are known by pattern, not by place or exact name: ONSPD writes a year into its names, Code-Point and OS Open
Names have no header, and a council's list calls its columns what it likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO

import numpy as np
import polars as pl

from hub.adapters.gazetteer.files import pieces
from hub.adapters.gazetteer.premium import premium_parts
from hub.adapters.gazetteer.store import Tally, Unreadable
from hub.geocode.columns import plain, roles_of
from hub.geocode.lonlat import parse_lonlat
from hub.geocode.reference import parse_references

CODE_POINT = ["Postcode", "Positional_quality_indicator", "Eastings", "Northings"]
OPEN_NAMES = (
    "ID,NAMES_URI,NAME1,NAME1_LANG,NAME2,NAME2_LANG,TYPE,LOCAL_TYPE,GEOMETRY_X,GEOMETRY_Y,MOST_DETAIL_VIEW_RES,"
    "LEAST_DETAIL_VIEW_RES,MBR_XMIN,MBR_YMIN,MBR_XMAX,MBR_YMAX,POSTCODE_DISTRICT,POSTCODE_DISTRICT_URI,POPULATED_PLACE,"
    "POPULATED_PLACE_URI,POPULATED_PLACE_TYPE,DISTRICT_BOROUGH,DISTRICT_BOROUGH_URI,DISTRICT_BOROUGH_TYPE,COUNTY_UNITARY,"
    "COUNTY_UNITARY_URI,COUNTY_UNITARY_TYPE,REGION,REGION_URI,COUNTRY,COUNTRY_URI,RELATED_SPATIAL_OBJECT,SAME_AS_DBPEDIA,"
    "SAME_AS_GEONAMES"
).split(",")
PLUS = (
    "UPRN,UDPRN,CHANGE_TYPE,STATE,STATE_DATE,CLASS,PARENT_UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE,RPC,"
    "LOCAL_CUSTODIAN_CODE,COUNTRY,LA_START_DATE,LAST_UPDATE_DATE,ENTRY_DATE,RM_ORGANISATION_NAME,LA_ORGANISATION,"
    "DEPARTMENT_NAME,LEGAL_NAME,SUB_BUILDING_NAME,BUILDING_NAME,BUILDING_NUMBER,SAO_START_NUMBER,SAO_START_SUFFIX,"
    "SAO_END_NUMBER,SAO_END_SUFFIX,SAO_TEXT,ALT_LANGUAGE_SAO_TEXT,PAO_START_NUMBER,PAO_START_SUFFIX,PAO_END_NUMBER,"
    "PAO_END_SUFFIX,PAO_TEXT,ALT_LANGUAGE_PAO_TEXT,USRN,USRN_MATCH_INDICATOR,AREA_NAME,LEVEL,OFFICIAL_FLAG,OS_ADDRESS_TOID,"
    "OS_ADDRESS_TOID_VERSION,OS_ROADLINK_TOID,OS_ROADLINK_TOID_VERSION,OS_TOPO_TOID,OS_TOPO_TOID_VERSION,VOA_CT_RECORD,"
    "VOA_NDR_RECORD,STREET_DESCRIPTION,ALT_LANGUAGE_STREET_DESCRIPTION,DEPENDENT_THOROUGHFARE,THOROUGHFARE,"
    "WELSH_DEPENDENT_THOROUGHFARE,WELSH_THOROUGHFARE,DOUBLE_DEPENDENT_LOCALITY,DEPENDENT_LOCALITY,LOCALITY,"
    "WELSH_DEPENDENT_LOCALITY,WELSH_DOUBLE_DEPENDENT_LOCALITY,TOWN_NAME,ADMINISTRATIVE_AREA,POST_TOWN,WELSH_POST_TOWN,"
    "POSTCODE,POSTCODE_LOCATOR,POSTCODE_TYPE,DELIVERY_POINT_SUFFIX,ADDRESSBASE_POSTAL,PO_BOX_NUMBER,WARD_CODE,PARISH_CODE,"
    "RM_START_DATE,MULTI_OCC_COUNT,VOA_NDR_P_DESC_CODE,VOA_NDR_SCAT_CODE,ALT_LANGUAGE"
).split(",")
EAST = ("eastings?", "oseast1m", "east1m", "x_coordinate", "geometry_x")
NORTH = ("northings?", "osnrth1m", "north1m", "y_coordinate", "geometry_y")
ROAD_NAME = ("road", "road_?(?:no|number|name)", "route")
KILOMETRE = (
    "km",
    "kilomet(?:re|er)s?",
    "chainage(?:_?km)?",
    "marker(?:_?post)?(?:_?km)?",
    "post(?:_?km)?",
    "distance(?:_?km)?",
)
SIDE = ("carriageway", "cway", "side", "direction_?code", "letter")
KINDS = (
    ("car park", r"CAR ?PARK|PARKING"), ("school", r"SCHOOL|ACADEM|NURSERY|COLLEGE|UNIVERSIT"), ("bus stop", r"BUS|TRAM ?STOP|NAPTAN"),
    ("station", r"STATION|RAIL"), ("park", r"PARK OR GARDEN|GREEN ?SPACE|\bPARKS?\b|PLAY|ALLOTMENT|CEMETER|SPORT|RECREATION|BOWLING|GOLF|GARDEN"),
    ("hospital", r"HOSPITAL|INFIRMARY"), ("retail", r"RETAIL|SHOPPING|SUPERMARKET"), ("camera", r"CCTV|CAMERA"),
    ("defibrillator", r"DEFIB"), ("shop", r"TAKEAWAY|RESTAURANT|FAST ?FOOD|SHOP|CAFE|PUB"),
)  # fmt: skip
NAMED_TYPES = {"populatedPlace": "settlement", "transportNetwork": "street"}
NAMED_LOCAL = {"Railway Station": "station", "Bus Station": "station", "Tram Station": "station", "Numbered Road": "street",
               "Named Road": "street", "Section Of Named Road": "street", "Section Of Numbered Road": "street"}  # fmt: skip
SETTLEMENT_M = {
    "City": 6000.0,
    "Town": 2500.0,
    "Suburban Area": 1200.0,
    "Village": 900.0,
    "Hamlet": 500.0,
    "Other Settlement": 500.0,
}

Part = tuple[str, pl.DataFrame]


def column(frame: pl.DataFrame | list[str], *patterns: str) -> str | None:
    """The first column whose name is one of the patterns, whatever its case."""
    names = frame if isinstance(frame, list) else frame.columns
    for pattern in patterns:
        for name in names:
            if re.fullmatch(pattern, plain(name), re.IGNORECASE) or re.fullmatch(pattern, name, re.IGNORECASE):
                return name
    return None


def recognise(name: str, rows: list[list[str]]) -> tuple[str, list[str], bool]:
    """(product, header, is the first row a header?) of a CSV by its first rows. Raises `Unreadable`."""
    if not rows:
        raise Unreadable(f"{name} is empty")
    first = [c.strip().lstrip("\ufeff") for c in rows[0]]
    width = len(first)
    if re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]? *\d[A-Z]{2}", first[0]) and width >= 4:
        return "code-point-open", CODE_POINT + [f"c{i}" for i in range(4, width)], False
    if first[0] in ("10", "21", "11", "24") and re.fullmatch(r"\d{2}", rows[-1][0] if rows[-1] else ""):
        return "addressbase-premium", first, False
    if re.match(r"osgb\d+", first[0]) and width >= 30:
        return "open-names", OPEN_NAMES + [f"c{i}" for i in range(len(OPEN_NAMES), width)], False
    if re.fullmatch(r"\d{1,12}", first[0]) and width >= 66:
        return "addressbase-plus", (PLUS + [f"c{i}" for i in range(len(PLUS), width)])[:width], False
    if any(re.fullmatch(r"-?\d+(?:\.\d+)?", c) for c in first):
        raise Unreadable(f"{name} has no header row, and it is no product that comes without one")
    header = _distinct(first)
    return _by_header(header), header, True


def _distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for n, name in enumerate(names):
        base = name or f"column_{n + 1}"
        seen[base] = seen.get(base, 0) + 1
        found.append(base if seen[base] == 1 else f"{base}_{seen[base]}")
    return found


def _by_header(header: list[str]) -> str:
    has = {h.lower() for h in header}
    if {"positional_quality_indicator", "postcode"} <= has or {"pc", "pq", "ea", "no"} <= has:
        return "code-point-open"
    if column(header, "pcds?", "pcd[78]") and column(header, "oseast1m", "east1m"):
        return "onspd"
    if {"names_uri", "local_type"} <= has:
        return "open-names"
    if {"uprn", "single_line_address"} <= has:
        return "addressbase-core"
    if {"uprn", "rm_organisation_name"} <= has:
        return "addressbase-plus"
    if {"uprn", "x_coordinate", "y_coordinate"} <= has and len(has) <= 6:
        return "open-uprn"
    if column(header, *ROAD_NAME) and column(header, *KILOMETRE) and (column(header, *SIDE) or column(header, *EAST)):
        return "marker-posts"
    return "local"


def parts_of(name: str, start: bytes, rest: IO[bytes], rows: list[list[str]], tally: Tally) -> Iterator[Part]:
    """Canonical parts of a CSV, piece by piece. Raises `Unreadable`."""
    product, header, headed = recognise(name, rows)
    tally.product = tally.product or product
    if product == "addressbase-premium":
        yield from premium_parts(name, start, rest, tally)
        return
    only = {"onspd": r"pcd.*|oseast1m|osnrth1m|osgrdind|east1m|north1m|gridind"}.get(product)
    wanted = [h for h in header if only and re.fullmatch(only, h, re.IGNORECASE)]
    for frame in pieces(name, start, rest, header, headed, wanted):
        tally.rows += frame.height
        yield from READERS[product](frame, tally, name)


def _placed(frame: pl.DataFrame, tally: Tally, east: str, north: str) -> pl.DataFrame:
    """With `easting` and `northing` in whole metres; rows without a position are counted and left out."""
    found = frame.with_columns(
        easting=pl.col(east).cast(pl.Float64, strict=False), northing=pl.col(north).cast(pl.Float64, strict=False)
    ).filter((pl.col("easting") > 0) & (pl.col("northing") > 0))
    tally.without_position += frame.height - found.height
    return found.with_columns(pl.col("easting", "northing").floor().cast(pl.Int32))


def _sides(frame: pl.DataFrame, name: str) -> tuple[str, str]:
    east, north = column(frame, *EAST, "ea"), column(frame, *NORTH, "no")
    if east is None or north is None:
        raise Unreadable(f"{name} has no easting and northing columns that we know; found {', '.join(frame.columns)}")
    return east, north


def _code_point(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
    placed = _placed(frame, tally, *_sides(frame, name))
    quality = column(frame, "positional_quality_indicator", "pq") or ""
    postcode = column(frame, "postcode", "pc") or ""
    yield "postcodes", placed.select(postcode=postcode, easting="easting", northing="northing",
                                     quality=pl.col(quality).cast(pl.Int32, strict=False).fill_null(0))  # fmt: skip


def _onspd(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
    """Terminated postcodes stay: old records hold them."""
    placed = _placed(frame, tally, *_sides(frame, name))
    quality = column(frame, "osgrdind", "gridind")
    postcode = column(frame, "pcds", "pcd8", "pcd2", "pcd7", "pcd") or ""
    indicator = pl.col(quality).cast(pl.Int32, strict=False).fill_null(0) * 10 if quality else pl.lit(0, pl.Int32)
    yield "postcodes", placed.select(postcode=postcode, easting="easting", northing="northing", quality=indicator)


def _uprn(frame: pl.DataFrame, named: str = "uprn") -> pl.Expr:
    return (
        pl.col(column(frame, named) or named)
        .str.extract(r"^\s*0*(\d{1,12})(?:\.0*)?\s*$", 1)
        .cast(pl.Int64, strict=False)
    )


def _open_uprn(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
    placed = _placed(frame, tally, *_sides(frame, name))
    yield "uprns", placed.select("easting", "northing", uprn=_uprn(placed))


def _open_names(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
    placed = _placed(frame, tally, *_sides(frame, name)).filter(~pl.col("LOCAL_TYPE").is_in(["Postcode"]))
    half = [
        (pl.col(f"MBR_{a}MAX").cast(pl.Float64, strict=False) - pl.col(f"MBR_{a}MIN").cast(pl.Float64, strict=False))
        / 2
        for a in "XY"
    ]
    settlement = pl.col("LOCAL_TYPE").replace_strict(SETTLEMENT_M, default=800.0, return_dtype=pl.Float64)
    local = pl.col("LOCAL_TYPE")
    kind = pl.coalesce(
        local.replace_strict(NAMED_LOCAL, default=None, return_dtype=pl.Utf8),
        pl.when(local.str.contains(r"School|Education|College|University")).then(pl.lit("school")),
        pl.when(local.str.contains(r"Hospital|Medical")).then(pl.lit("hospital")),
        pl.col("TYPE").replace_strict(NAMED_TYPES, default="place", return_dtype=pl.Utf8),
    )  # fmt: skip
    radius = (
        pl.when(pl.col("TYPE") == "populatedPlace")
        .then(pl.max_horizontal(*half, settlement))
        .otherwise((half[0] ** 2 + half[1] ** 2).sqrt())
    )
    rows = placed.with_columns(kind=kind, radius=radius)
    for label in ("NAME1", "NAME2"):
        some = rows.filter(pl.col(label).is_not_null())
        yield (
            "names",
            some.select(
                name=label, kind="kind", town="POPULATED_PLACE", easting="easting", northing="northing", radius="radius"
            ),
        )


def _addressbase(number: list[str], street: list[str], place: list[str], town: list[str], postcode: list[str]):  # type: ignore[no-untyped-def]
    """A reader of one row an address: the first of each list of columns that is filled counts; names are joined."""

    def read(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
        upper = frame.rename({c: c.upper() for c in frame.columns})
        placed = _placed(upper, tally, *_sides(upper, name))

        def first(columns: list[str]) -> pl.Expr:
            return pl.coalesce([pl.col(c) for c in columns if c in placed.columns] or [pl.lit(None, pl.Utf8)])

        uprn = _uprn(placed)
        base = placed.with_columns(
            uprn=uprn, number=first(number), street=first(street), town=first(town), postcode=first(postcode)
        )
        for source in place:
            if source in placed.columns:
                yield (
                    "addresses",
                    base.select(
                        "uprn", "number", "street", "town", "postcode", "easting", "northing", place=source
                    ).filter(pl.col("place").is_not_null()),
                )
        yield (
            "addresses",
            base.select(
                "uprn", "number", "street", "town", "postcode", "easting", "northing", place=pl.lit(None, pl.Utf8)
            ),
        )
        yield "uprns", base.select("easting", "northing", "uprn")

    return read


def _marker_posts(frame: pl.DataFrame, tally: Tally, _name: str) -> Iterator[Part]:
    frame = _with_position(
        frame,
        tally,
        {c: r for c, r in roles_of(frame).items() if r in ("easting", "northing", "longitude", "latitude")},
    )
    road, km, side = column(frame, *ROAD_NAME), column(frame, *KILOMETRE), column(frame, *SIDE)
    assert road
    assert km
    letter = pl.col(side).fill_null("") if side else pl.lit("")
    yield "posts", frame.select(
        road=road, km=pl.col(km).str.replace("/", ".", literal=True).cast(pl.Float64, strict=False), carriageway=letter,
        easting="easting", northing="northing",
    ).drop_nulls("km")  # fmt: skip


def _with_position(frame: pl.DataFrame, tally: Tally, roles: Mapping[str, str]) -> pl.DataFrame:
    """With `easting`, `northing` and `radius` from whatever places the rows; those nothing places are left out."""
    of = {r: c for c, r in roles.items()}
    if "_easting" in frame.columns:
        found = frame.with_columns(easting=pl.col("_easting"), northing=pl.col("_northing"), radius=pl.col("_radius"))
    elif "easting" in of and "northing" in of:
        found = frame.with_columns(easting=pl.col(of["easting"]).str.replace_all(",", "").cast(pl.Float64, strict=False),
                                   northing=pl.col(of["northing"]).str.replace_all(",", "").cast(pl.Float64, strict=False),
                                   radius=pl.lit(None, pl.Float64))  # fmt: skip
    elif "longitude" in of and "latitude" in of:
        points = parse_lonlat(frame[of["longitude"]], frame[of["latitude"]], "gnss")
        found = frame.with_columns(
            easting=points["easting"], northing=points["northing"], radius=pl.lit(None, pl.Float64)
        )
    elif "grid_reference" in of:
        points = parse_references(frame[of["grid_reference"]])
        found = frame.with_columns(
            easting=points["easting"], northing=points["northing"], radius=points["precision"].cast(pl.Float64)
        )
    else:
        found = frame.with_columns(
            easting=pl.lit(None, pl.Float64), northing=pl.lit(None, pl.Float64), radius=pl.lit(None, pl.Float64)
        )
    if "postcode" in of and callable(tally.locate):
        at = tally.locate(frame[of["postcode"]])
        lost = found["easting"].is_null() | (found["easting"] <= 0)
        found = found.with_columns(
            easting=at["easting"].cast(pl.Float64).zip_with(lost, found["easting"].cast(pl.Float64)),
            northing=at["northing"].cast(pl.Float64).zip_with(lost, found["northing"].cast(pl.Float64)),
            radius=at["radius"].zip_with(lost, found["radius"]),
        )
    sound = found.filter((pl.col("easting") > 0) & (pl.col("northing") > 0))
    tally.without_position += frame.height - sound.height
    return sound.with_columns(pl.col("easting", "northing").cast(pl.Float64).floor().cast(pl.Int32))


def _kind_of(texts: pl.Series, hint: str) -> pl.Series:
    """The kind of place that a category, else the file's own name, says."""

    def word(value: str | None) -> str | None:
        return next(
            (kind for kind, pattern in KINDS if value and re.search(pattern, value.upper().replace("_", " "))), None
        )

    whole = word(hint) or "place"
    mapping = {v: word(v) or whole for v in texts.unique().drop_nulls().to_list()}
    return texts.replace_strict(mapping, default=whole, return_dtype=pl.Utf8)


def local(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
    """A list of someone's own: UPRNs, addresses, streets, places or postcodes, by the roles of its columns."""
    words = frame.select([c for c in frame.columns if not c.startswith("_")])
    try:
        tally.columns = tally.columns or roles_of(words)
        roles = roles_of(words, {c: r for c, r in tally.columns.items() if c in words.columns})
    except ValueError as wrong:
        raise Unreadable(f"{name}: {wrong}") from None
    placed = _with_position(frame, tally, roles)
    of: dict[str, list[str]] = {}
    for c in words.columns:
        if c in roles:
            of.setdefault(roles[c], []).append(c)
    none = pl.lit(None, pl.Utf8)

    def one(role: str) -> pl.Expr:
        return pl.col(of[role][0]) if role in of else none

    known = set(of)
    useful = known & {"uprn", "street", "address", "place_text", "postcode"}
    if not useful or not (
        known & {"easting", "longitude", "grid_reference", "postcode"} or "_easting" in frame.columns
    ):
        raise Unreadable(
            f"{name} has no columns that we know for a position and for what stands there; found {', '.join(words.columns)}. "
            "Say which is which by --map column=role"
        )
    base = placed.with_columns(
        _kind=_kind_of(
            placed[of["kind"][0]] if "kind" in of else pl.Series([None] * placed.height, dtype=pl.Utf8),
            tally.kind or name,
        )
    )
    if "uprn" in of:
        yield "uprns", base.select("easting", "northing", uprn=_uprn(base, re.escape(plain(of["uprn"][0]))))
    line = (
        pl.concat_str([pl.col(c) for c in of.get("address", [])], separator=", ", ignore_nulls=True)
        if "address" in of
        else none
    )
    if "postcode" in of and known & {"street", "address"}:
        number = pl.coalesce(one("number"), line.str.extract(r"^\s*(\d{1,4}\s?[A-Za-z]?)\b", 1))
        after = pl.coalesce(one("street"), line.str.extract(r"^\s*\d{1,4}\s?[A-Za-z]?(?:\s*[-/]\s*\d+[A-Za-z]?)?,?\s+([^,]+)", 1),
                            line.str.extract(r"(?:^|,)\s*\d{1,4}\s?[A-Za-z]?,?\s+([^,]+)", 1), line.str.extract(r"^\s*([^,]+)", 1))  # fmt: skip
        if "number" not in of and "address" not in of:
            number = pl.col(of["street"][0]).str.extract(r"^\s*(\d{1,4}\s?[A-Za-z]?)\b", 1)
            after = pl.col(of["street"][0]).str.replace(r"^\s*\d{1,4}\s?[A-Za-z]?\b,?\s*", "")
        uprn = _uprn(base, re.escape(plain(of["uprn"][0]))) if "uprn" in of else pl.lit(None, pl.Int64)
        yield (
            "addresses",
            base.select(
                "easting",
                "northing",
                uprn=uprn,
                number=number,
                street=after,
                town=one("town"),
                postcode=one("postcode"),
                place=one("place_text"),
            ),
        )
    elif "postcode" in of and not known & {"place_text", "street", "address", "uprn"}:
        yield "postcodes", base.select("easting", "northing", postcode=one("postcode"), quality=pl.lit(0, pl.Int32))
    if ("street" in of and "place_text" not in of) or ("street" in of and "number" not in of):
        yield (
            "names",
            base.select(
                "easting",
                "northing",
                name=one("street"),
                kind=pl.lit("street"),
                town=one("town"),
                radius=pl.lit(None, pl.Float64),
            ),
        )
    for source in of.get("place_text", []):
        head = pl.col(source).str.replace_all(r"\s*\([^)]*\)", "")
        town = pl.coalesce(one("town"), head.str.extract(r",\s*([^,]+)$", 1))
        yield (
            "names",
            base.select(
                "easting",
                "northing",
                name=head.str.extract(r"^([^,]+)", 1),
                kind="_kind",
                town=town,
                radius=pl.col("radius").cast(pl.Float64),
            ),
        )


READERS = {
    "code-point-open": _code_point, "onspd": _onspd, "open-uprn": _open_uprn, "open-names": _open_names,
    "marker-posts": _marker_posts, "local": local,
    "addressbase-core": _addressbase(["BUILDING_NUMBER"], ["STREET_NAME"], ["ORGANISATION", "BUILDING_NAME", "SUB_BUILDING"],
                                     ["TOWN_NAME", "POST_TOWN"], ["POSTCODE"]),
    "addressbase-plus": _addressbase(["BUILDING_NUMBER", "PAO_START_NUMBER"], ["THOROUGHFARE", "STREET_DESCRIPTION"],
                                     ["RM_ORGANISATION_NAME", "LA_ORGANISATION", "BUILDING_NAME", "PAO_TEXT"],
                                     ["TOWN_NAME", "POST_TOWN"], ["POSTCODE", "POSTCODE_LOCATOR"]),
}  # fmt: skip


def roads(frame: pl.DataFrame, tally: Tally, name: str) -> Iterator[Part]:
    """OS Open Roads: nodes, motorway junctions, links whose vertices bear the names of their roads. Anything else with
    a shape is a local list."""
    form, number = (
        column(frame, "form_?of_?node", "formofnode"),
        column(frame, "number", "junction_?nu.*", "junction_number"),
    )
    link = column(frame, "start_?node")
    at = frame.with_columns(
        pl.col("_easting").floor().cast(pl.Int32).alias("easting"),
        pl.col("_northing").floor().cast(pl.Int32).alias("northing"),
    )
    tally.rows += frame.height
    if link:
        tally.product = "open-roads"
        labels = [
            c
            for c in (
                column(frame, "name1|name_1"),
                column(frame, "name2|name_2"),
                column(frame, "road_?number|road_classification_number|roadnumber"),
            )
            if c
        ]
        yield from _link_points(frame, labels)
    elif form:
        tally.product = "open-roads"
        yield "nodes", at.filter(pl.col(form).str.contains(r"(?i)junction|roundabout")).select("easting", "northing")
    elif number and frame[number].str.contains(r"^[AM]\d+(?:\(M\))? ?J").any():
        tally.product = "open-roads"
        clean = pl.col(number).str.replace("(", " ", literal=True).str.replace(")", "", literal=True)
        yield (
            "names",
            at.select(
                "easting",
                "northing",
                name=clean,
                kind=pl.lit("motorway junction"),
                town=pl.lit(None, pl.Utf8),
                radius=pl.lit(300.0),
            ),
        )
    else:
        tally.product = tally.product or "local"
        yield from local(frame, tally, name)


def _link_points(frame: pl.DataFrame, labels: list[str]) -> Iterator[Part]:
    points = frame.explode("_vertices").with_columns(
        easting=pl.col("_vertices").list.get(0).floor().cast(pl.Int32),
        northing=pl.col("_vertices").list.get(1).floor().cast(pl.Int32),
    )
    for label in labels:
        named = points.filter(pl.col(label).is_not_null())
        if named.height:
            yield (
                "names",
                named.select(
                    "easting",
                    "northing",
                    name=label,
                    kind=pl.lit("street"),
                    town=pl.lit(None, pl.Utf8),
                    radius=pl.lit(None, pl.Float64),
                ),
            )


def radius_column(quality: np.ndarray) -> np.ndarray:
    """Radius of a postcode that stands in for a place's own position."""
    return np.where(quality > 0, 150.0, 200.0)
