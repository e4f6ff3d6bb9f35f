"""Which column says where? Roles of a table's columns by their names and by what stands in them.

For tables nobody has described: `hub geocode` and the loader of local lists. Names propose, contents decide; what a
user says (`column=role`) overrules both.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from hub.geocode.address import KINDS, POSTCODE
from hub.geocode.grid import HALF_DIAGONAL, SQUARES, in_great_britain

ROLES = ("easting", "northing", "grid_reference", "longitude", "latitude", "uprn", "address", "number", "street", "town",
         "postcode", "place_text", "kind")  # fmt: skip
NAMES = {
    "easting": r"(?:.*_)?(?:eastings?|east|osgb_?e|x_?coord(?:inate)?|geo_?x|oseast1m|east1m|bng_?e|easting_?m|x|ea)(?:_m|_osgr|_27700|_rounded)?|location_easting_osgr",
    "northing": r"(?:.*_)?(?:northings?|north|osgb_?n|y_?coord(?:inate)?|geo_?y|osnrth1m|north1m|bng_?n|northing_?m|y|no)(?:_m|_osgr|_27700|_rounded)?|location_northing_osgr",
    "longitude": r"(?:.*_)?(?:lon|lng|long|longitude|x|geo_?x)(?:_wgs84|_dd)?",
    "latitude": r"(?:.*_)?(?:lat|latitude|y|geo_?y)(?:_wgs84|_dd)?",
    "uprn": r"(?:.*_)?uprn(?:_no|_number|_id)?",
    "postcode": r"(?:.*_)?(?:post_?codes?|pcd[s78]?|pcode|zip|post_?cd|pc|postcode_?district|postal_?code)(?:_of.*|_no_space)?",
    "grid_reference": r"(?:.*_)?(?:ngr|grid_?ref(?:erence)?|os_?grid(?:_?ref)?|osgr|grid|os_?ref|map_?ref(?:erence)?)",
    "number": r"(?:street_?number|house_?(?:no|number|num)|building_?number|number|door_?(?:no|number)|house|paon)",
    "street": r"(?:.*_)?(?:street|street_?name|road|road_?name|thoroughfare|street_?descriptor)",
    "town": r"(?:.*_)?(?:town|post_?town|city|locality|settlement|place_?town|town_?name|village|suburb|area)",
    "address": r"(?:.*_)?(?:address|addr|address_?line|single_?line_?address|full_?address|premises_?address)_?\d*|add_?\d|line_?\d|addr_?\d",
    "place_text": r"(?:.*_)?(?:location|place|where|site|site_?name|venue|scene|locus|property_?name|building_?name|business_?name|premises|name|common_?name|place_?name|incident_?location|location_?(?:text|desc(?:ription)?|details?)|park|park_?name|car_?park|school(?:_?name)?|organisation_?name|establishment_?name|asset|landmark|whereabouts|junction|parking.*point|start_?point|end_?point|spot|locale|position)",
    "kind": r"(?:site_?type|type|category|kind|local_?type|class)",
}  # fmt: skip
"""Column names (whole, in lower case with underscores) that propose a role, the surest first."""
FOREIGN = (
    r"(?:.*_)?(?:ward|wards?_?name|lsoa|lsoa.*name|lsoa.*code|msoa.*|area_name|area_code|area_units|la_name|la_code|lad.*|local_authority.*|authority.*|borough.*|district(?:_name|_code)?|"
    r"region.*|country|county.*|force|reported_by|falls_within|crime_type|organisation_?(?:label|uri)|last_outcome.*|context|"
    r".*_?uri|.*_?url|email|phone.*|telephone|.*_id|id|code|atco_code|objectid|reference|asset_?code|list_?entry|grade|"
    r"restrictions?|parking_?restrictions|side_?of_?road|stn_ground.*|station_ground.*|postcode_locator|ward.*|business_?type|holding_?type|other_?detail|coordinate_?reference_?system|usrn|toid|traffic.*type|month|date.*|time.*)"
)
"""Columns that name an area or a thing, not a place to look for."""
LETTERED = rf"(?i)\b(?:{'|'.join(SQUARES)})\s?\d{{2,5}}\s?\d{{2,5}}\b"
STREETS = rf"(?i)\b(?:{KINDS}|RD|ST|AVE|LN)\b"
SAMPLE = 2000
MANY = 0.6


def plain(name: str) -> str:
    """A column's name in lower case with underscores: `PostCode` is `post_code`, `POSTCODE` is `postcode`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def roles_of(frame: pl.DataFrame, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Role of each column that has one (text columns in). `given` overrules; a role `-` takes a column out.

    Raises `ValueError` for a column or role that does not exist.
    """
    for column, role in (given or {}).items():
        if column not in frame.columns:
            raise ValueError(f"there is no column {column!r}; there are {', '.join(frame.columns)}")
        if role not in (*ROLES, "-"):
            raise ValueError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
    sample = cleaned(frame.head(SAMPLE))
    found = dict(given or {})
    free = [c for c in frame.columns if c not in found and sample[c].count()]
    taken = set(found.values())
    for role in ROLES:
        if role in taken and role not in ("address", "place_text"):
            continue
        for column in free:
            if column in found or (re.fullmatch(FOREIGN, plain(column)) and role not in ("kind", "postcode")):
                continue
            if re.fullmatch(NAMES[role], plain(column)) and _fits(role, sample[column]):
                found[column] = role
                if role not in ("address", "place_text", "easting", "northing"):
                    break
    _by_content(sample, found, free)
    _half_pairs(found, sample)
    return {c: r for c, r in found.items() if r != "-"}


NOTHING = ["", "NULL", "NA", "N/A", "NONE", "-", "UNKNOWN", "NAN", "NOT KNOWN"]


def cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """All columns as text, trimmed; what stands for nothing is null."""
    text = frame.select(pl.all().cast(pl.Utf8).str.strip_chars())
    return text.select(pl.when(~pl.all().str.to_uppercase().is_in(NOTHING)).then(pl.all()).name.keep())


def _share(values: pl.Series, pattern: str) -> float:
    known = values.drop_nulls()
    return float(known.str.contains(pattern).mean() or 0.0) if len(known) else 0.0  # type: ignore[arg-type]


def _numbers(values: pl.Series) -> np.ndarray:
    read: np.ndarray = values.str.replace_all(",", "").cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    return read


def _fits(role: str, values: pl.Series) -> bool:
    """Can what stands in the column play the role?"""
    numbers = _numbers(values.drop_nulls())
    real = numbers[~np.isnan(numbers) & (numbers != 0)]
    numeric = len(real) >= 0.5 * max(len(numbers), 1) and len(real) > 0
    middle = float(np.median(real)) if len(real) else 0.0
    rules = {
        "easting": numeric and (middle > 1000 or middle < -1000 or (0 < middle < 700 and middle != round(middle, 1) and middle > 90)),
        "northing": numeric and (middle > 1000 or (0 < middle < 1300 and middle != round(middle, 1) and middle > 90)),
        "longitude": numeric and -10 <= middle <= 62, "latitude": numeric and -10 <= middle <= 62,
        "uprn": _share(values, r"^\s*\d[\d.,]*(?:[Ee]\+?\d+)?\s*$") > 0.3,
        "postcode": _share(values, r"(?i)^\s*[A-Z]{1,2}\d[A-Z\d]?\s*(?:\d[A-Z]{0,2})?\s*$") > 0.3,
        "grid_reference": _share(values, LETTERED) > 0.3 or _share(values, r"^\D*\d{5,6}\D+\d{5,6}\D*$|^\d{11,12}$") > 0.3,
        "number": _share(values, r"^\d{1,4}[A-Za-z]?(?:\s*[-/]\s*\d{1,4}[A-Za-z]?)?$") > 0.3,
    }  # fmt: skip
    return bool(rules.get(role, _share(values, r"[A-Za-z]{3}") > 0.3))


def _by_content(sample: pl.DataFrame, found: dict[str, str], free: list[str]) -> None:
    """Roles of columns whose names say nothing."""
    left = [c for c in free if c not in found and not re.fullmatch(FOREIGN, plain(c))]
    roles = set(found.values())
    for column in left:
        values = sample[column]
        if "postcode" not in roles and _share(values, rf"(?i)^\s*{POSTCODE}\s*$") > MANY:
            found[column] = "postcode"
        elif "grid_reference" not in roles and _share(values, LETTERED) > MANY and _share(values, r"[A-Za-z]{3}") < 0.2:
            found[column] = "grid_reference"
        elif "uprn" not in roles and _share(values, r"^\d{11,12}$") > 0.9:
            found[column] = "uprn"
        roles = set(found.values())
    if not roles & {"easting", "longitude"}:
        _pairs(sample, found, [c for c in left if c not in found])
    words = [c for c in left if c not in found]
    scores = {c: _share(sample[c], STREETS) + _share(sample[c], rf"(?i){POSTCODE}") for c in words}
    for column in words:
        spaced = _share(sample[column], r"[A-Za-z]{3,} +[A-Za-z]")
        if scores[column] >= 0.2 and spaced > 0.3:
            found[column] = "place_text"
    if not set(found.values()) - {"kind", "town"} and words:
        best = max(words, key=lambda c: (scores[c], _share(sample[c], r"[A-Za-z]{3}")))
        if _share(sample[best], r"[A-Za-z]{3}") > 0.3:
            found[best] = "place_text"


def _pairs(sample: pl.DataFrame, found: dict[str, str], columns: list[str]) -> None:
    """Two neighbouring columns of numbers that lie in Great Britain together."""
    for one, two in itertools.pairwise(columns):
        a, b = _numbers(sample[one]), _numbers(sample[two])
        both = ~np.isnan(a) & ~np.isnan(b) & (a != 0)
        if both.sum() < 3 or both.mean() < 0.2:
            continue
        a, b = a[both], b[both]
        if (in_great_britain(a, b).mean() > 0.95 and np.median(a) > 10_000) and np.median(b) > 5_000:
            found.update({one: "easting", two: "northing"})
            return
        for x, y, lon, lat in ((a, b, one, two), (b, a, two, one)):
            if ((x > -9) & (x < 2.2) & (y > 49.5) & (y < 61.2)).mean() > 0.95 and (x != np.round(x)).mean() > 0.8:
                found.update({lon: "longitude", lat: "latitude"})
                return


def _half_pairs(found: dict[str, str], sample: pl.DataFrame) -> None:
    """One half of a pair places nothing; `x` and `y` may be metres by what they hold."""
    for one, two in (("easting", "northing"), ("longitude", "latitude")):
        ones, twos = ([c for c in sample.columns if found.get(c) == r] for r in (one, two))
        for odd in (*ones[len(twos) :], *twos[len(ones) :]):
            found.pop(odd)
    roles = {r: c for c, r in found.items()}
    if "longitude" in roles and "easting" not in roles:
        lon, lat = (np.nanmedian(_numbers(sample[roles[r]])) for r in ("longitude", "latitude"))
        if (lon > 1000) and (lat > 1000):
            found[roles["longitude"]], found[roles["latitude"]] = "easting", "northing"


def pairs_of(text: pl.DataFrame, roles: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Easting and northing columns in pairs with the radius of their rounding (metres, 0 where none), the finest first.

    A column whose every value leaves the same rest of ten, fifty, a hundred … was rounded to it by its source.
    """
    ones, twos = ([c for c in text.columns if roles.get(c) == r] for r in ("easting", "northing"))
    found = []
    for one, two in zip(ones, twos, strict=False):
        values = _numbers(text[one].drop_nulls().head(SAMPLE))
        values = np.unique(values[~np.isnan(values)])
        grain = next((g for g in (1000, 500, 100, 50, 10) if len(values) >= 12 and len(np.unique(values % g)) == 1), 0)
        found.append((one, two, grain * HALF_DIAGONAL))
    return sorted(found, key=lambda p: p[2])


def grain_of(frame: pl.DataFrame, roles: Mapping[str, str]) -> pl.Series:
    """Radius of the rounding of the coordinates that `places_of` takes for each row; 0 where they are not rounded."""
    text = cleaned(frame)
    grain = pl.lit(0.0)
    for one, two, radius in reversed(pairs_of(text, roles)):
        grain = pl.when(pl.col(one).is_not_null() & pl.col(two).is_not_null()).then(pl.lit(radius)).otherwise(grain)
    return (
        text.select(grain.cast(pl.Float32).alias("grain")).to_series()
        if text.height
        else pl.Series([], dtype=pl.Float32)
    )


def places_of(frame: pl.DataFrame, roles: Mapping[str, str]) -> pl.DataFrame:
    """The columns `hub.geocode.cascade.PLACES` reads, from a table and its roles; a house number goes before its
    street, several columns of one role are joined in order."""
    by_role: dict[str, list[str]] = {}
    for column in frame.columns:
        if column in roles:
            by_role.setdefault(roles[column], []).append(column)
    text = cleaned(frame)
    built = []
    for role, columns in by_role.items():
        if role in ("number", "kind", "easting", "northing"):
            continue
        joined = pl.concat_str([pl.col(c) for c in columns], separator=", ", ignore_nulls=True).replace("", None)
        if role == "street" and "number" in by_role:
            joined = pl.concat_str([pl.col(by_role["number"][0]), joined], separator=" ", ignore_nulls=True).replace(
                "", None
            )
        built.append(joined.alias(role))
    pairs = pairs_of(text, roles)
    if pairs:
        whole = [pl.col(one).is_not_null() & pl.col(two).is_not_null() for one, two, _ in pairs]
        for side, name in ((0, "easting"), (1, "northing")):
            columns = [str(p[side]) for p in pairs]
            complete = [pl.when(w).then(pl.col(c)) for w, c in zip(whole, columns, strict=True)]
            built.append(pl.coalesce(*complete, pl.col(columns[0])).alias(name))
    if not built:
        return pl.DataFrame({"place_text": pl.Series([None] * frame.height, dtype=pl.Utf8)})
    return text.select(built)
