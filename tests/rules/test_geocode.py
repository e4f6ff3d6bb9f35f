"""The geocoding cascade as tables: what agencies write, and where it is; what must never be claimed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.gazetteer import ArrowGazetteer
from hub.geocode import OUT, geocode
from hub.geocode.address import address_keys, normal, text_keys
from hub.geocode.candidates import locate, suggest
from hub.geocode.columns import grain_of, places_of, roles_of
from hub.geocode.grid import SQUARES, format_letters, in_great_britain, parse_coordinates
from hub.geocode.lonlat import detect_origin, parse_lonlat, project
from hub.geocode.names import deletes
from hub.geocode.postcode import put_right
from hub.geocode.precision import CLASSES, CONFIDENCE, Calibration, radii_by_spacing, reliability
from hub.geocode.reference import parse_references
from hub.geocode.wording import away, junctions, motorways, spelled_out
from tests.bench.ostn15_points import POINTS
from tests.rules.world import build


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> ArrowGazetteer:
    return build(tmp_path_factory.mktemp("world"))


def answer(known: ArrowGazetteer, **place: str) -> dict[str, Any]:
    return geocode(pl.DataFrame([place]), known, "gnss").row(0, named=True)


def off(found: dict[str, Any], east: int, north: int) -> float:
    return float(np.hypot(found["easting"] - east, found["northing"] - north))


# place, method, easting, northing
PLACED: list[tuple[dict[str, str], str, int, int]] = [
    ({"uprn": "900000000000"}, "uprn", 412_000, 402_000),
    ({"uprn": "0900000000000.0"}, "uprn", 412_000, 402_000),
    ({"easting": "412000", "northing": "402000"}, "easting-northing", 412_000, 402_000),
    ({"grid_reference": "SE 12000 02000"}, "grid-reference", 412_000, 402_000),
    ({"grid_reference": "SE120020"}, "grid-reference", 412_050, 402_050),
    ({"place_text": "found at SE 120 020 by the gate"}, "grid-reference", 412_050, 402_050),
    ({"longitude": "-1.55", "latitude": "53.5"}, "lonlat-ostn15", 429_946, 400_438),
    ({"address": "3 Chapel Street, Northmoor", "postcode": "NM1 1AA"}, "address", 412_042, 402_000),
    ({"address": "3, CHAPEL ST. NORTHMOOR NM11AA"}, "address", 412_042, 402_000),
    ({"address": "3 Chapple Street", "postcode": "NM1 1AA"}, "address-fuzzy", 412_042, 402_000),
    ({"address": "Hartwell Hall, Chapel St", "postcode": "NM1 1AA"}, "address-name", 412_084, 402_000),
    ({"address": "3 Chapel Street, Northmoor"}, "street-number", 412_042, 402_000),
    ({"address": "7 High Street, Southmoor"}, "street-number", 424_094, 404_000),
    ({"place_text": "Chapel Street, Northmoor"}, "street-town", 412_200, 402_000),
    ({"place_text": "On or near St Ann's Rd"}, "street", 414_150, 402_500),
    ({"place_text": "Chapell Street, Northmoor"}, "street-town", 412_200, 402_000),
    ({"place_text": "Riverside Carpark, Northmoor"}, "place", 412_900, 402_600),
    ({"place_text": "behind Kingfisher Retail Park"}, "place", 424_800, 403_300),
    ({"place_text": "Victoria Park, Northmoor"}, "place", 413_800, 401_000),
    ({"place_text": "Hartwell Primary Scool"}, "place", 425_400, 404_400),
    ({"place_text": "Northmoor Station"}, "place", 412_600, 403_400),
    ({"place_text": "The Red Lion, Southmoor"}, "place", 424_100, 404_020),
    ({"place_text": "Chapel Street/Mill Lane"}, "junction", 412_200, 402_000),
    ({"place_text": "Chapel St jnc Mill Ln, Northmoor"}, "junction", 412_200, 402_000),
    ({"place_text": "Mill Lane, a point 5 metres north of its junction with Chapel Street"}, "junction", 412_200, 402_000),
    ({"place_text": "corner of Mill Lane and Chapel Street"}, "junction", 412_200, 402_000),
    ({"place_text": "M99 102.5 B"}, "marker-post", 412_500, 406_015),
    ({"place_text": "M99 MP 102/5 A"}, "marker-post", 412_500, 405_985),
    ({"place_text": "M99 J2"}, "motorway", 415_000, 406_000),
    ({"place_text": "between J1 and J2 M99 northbound"}, "motorway", 413_750, 406_000),
    ({"postcode": "nm1 1aa"}, "postcode", 412_200, 402_000),
    ({"postcode": "NM1 IAA"}, "postcode", 412_200, 402_000),
    ({"place_text": "somewhere in NM1 1AA"}, "postcode", 412_200, 402_000),
    ({"postcode": "NM1 3ZZ"}, "sector", 414_150, 402_500),
    ({"postcode": "NM5 1"}, "sector", 424_150, 404_000),
    ({"uprn": "UPRN 900000000000"}, "uprn", 412_000, 402_000),
    ({"easting": "412,000", "northing": "402,000"}, "easting-northing", 412_000, 402_000),
    ({"easting": "412000m", "northing": "402000.99"}, "easting-northing", 412_000, 402_000),
    ({"easting": "41200", "northing": "40200"}, "easting-northing", 412_003, 402_003),
    ({"easting": "402000", "northing": "412000", "postcode": "NM1 1AA"}, "easting-northing", 412_000, 402_000),
    ({"grid_reference": "412000402000"}, "grid-reference", 412_000, 402_000),
    ({"grid_reference": "E 412000 N 402000"}, "grid-reference", 412_000, 402_000),
    ({"grid_reference": "85000005000"}, "grid-reference", 85_000, 5_000),
    ({"grid_reference": "NGR: SE/120/020"}, "grid-reference", 412_050, 402_050),
    ({"grid_reference": "SE 120 020, SE 130 020"}, "grid-reference", 413_050, 402_050),
    ({"place_text": "seen at 53.52345, -1.81901 by the gate"}, "lonlat-ostn15", 412_099, 402_990),
    ({"place_text": "lat 53.52345 N, 1.81901 W"}, "lonlat-ostn15", 412_099, 402_990),
    ({"address": "Flat 2, 3-5 Chapel St", "postcode": "nm11aa"}, "address", 412_042, 402_000),
    ({"address": "No. 3 Chapel Street\nNorthmoor\nNM1 1AA"}, "address", 412_042, 402_000),
    ({"address": "Unit 4, Hartwell Hall", "postcode": "NM1 1AA"}, "address-name", 412_084, 402_000),
    ({"place_text": "rear of 7 High Street Southmoor"}, "street-number", 424_094, 404_000),
    ({"place_text": "Chapel St j/w Mill Lane"}, "junction", 412_200, 402_000),
    ({"place_text": "crossroads of Chapel Street and Mill Lane"}, "junction", 412_200, 402_000),
    ({"place_text": "Mill Ln @ Chapel St"}, "junction", 412_200, 402_000),
    ({"place_text": "MP 102.5B M99"}, "marker-post", 412_500, 406_015),
    ({"place_text": "M99 marker post 102.5"}, "marker-post", 412_500, 406_000),
    ({"place_text": "M99 jn 2"}, "motorway", 415_000, 406_000),
    ({"place_text": "M99 btwn junctions 1 & 2"}, "motorway", 413_750, 406_000),
    ({"place_text": "M99 J1-J2"}, "motorway", 413_750, 406_000),
    ({"place_text": "Northmoor"}, "town", 412_400, 402_200),
    ({"postcode": "NM1"}, "district", 412_448, 402_191),
]  # fmt: skip


@pytest.mark.parametrize(("place", "method", "east", "north"), PLACED, ids=[str(list(p.values())) for p, *_ in PLACED])
def test_each_kind_of_location_is_placed_within_its_own_precision(
    known: ArrowGazetteer, place: dict[str, str], method: str, east: int, north: int
) -> None:
    found = answer(known, **place)
    assert found["geo_method"] == method
    assert off(found, east, north) <= found["geo_precision_m"]
    assert found["geo_class"] == CLASSES[method]
    assert 0 < found["geo_confidence"] < 1
    assert found["grid_reference"] == f"{found['easting']:06d}{found['northing']:06d}"


# place, method, fault
REFUSED: list[tuple[dict[str, str], str, str]] = [
    ({"place_text": "High Street"}, "ambiguous", "place.ambiguous"),
    ({"place_text": "The Red Lion"}, "ambiguous", "place.ambiguous"),
    ({"uprn": "1.00E+11"}, "none", "place.uprn-damaged"),
    ({"uprn": "123"}, "none", "place.uprn-unknown"),
    ({"uprn": "twelve"}, "none", "place.uprn-unreadable"),
    ({"easting": "0", "northing": "0"}, "none", "place.zero"),
    ({"easting": "412000"}, "none", "place.half"),
    ({"longitude": "53.5", "latitude": "-1.8"}, "none", "place.swapped"),
    ({"longitude": "2.35", "latitude": "48.85"}, "none", "place.outside-gb"),
    ({"place_text": "Nether Wallop"}, "none", "place.unmatched"),
    ({"postcode": "ZZ1 1ZZ"}, "none", "place.postcode-unknown"),
    ({"place_text": "M99 190.0 A"}, "none", "place.unmatched"),
    ({"easting": "402000", "northing": "412000"}, "none", "place.swapped"),
    ({"easting": "4.12E+05", "northing": "402000"}, "none", "place.half"),
    ({"easting": "412", "northing": "402"}, "none", "place.outside-gb"),
    ({"grid_reference": "ring the office"}, "none", "place.unreadable"),
    ({"place_text": "paid 51.250 and 1.999 in notes"}, "none", "place.unmatched"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "method", "fault"), REFUSED, ids=[str(list(p.values())) for p, *_ in REFUSED])
def test_what_cannot_be_told_is_not_guessed(
    known: ArrowGazetteer, place: dict[str, str], method: str, fault: str
) -> None:
    found = answer(known, **place)
    assert (found["geo_method"], found["geo_fault"]) == (method, fault)
    assert found["easting"] is None
    assert found["geo_confidence"] == 0
    if method == "ambiguous":
        assert found["geo_alternatives"] >= 1


def test_a_street_far_from_its_postcode_is_a_conflict_and_the_postcode_stays(known: ArrowGazetteer) -> None:
    found = answer(known, address="The Mount", town="Southmoor", postcode="NM1 1AA")
    assert (found["geo_method"], found["geo_fault"]) == ("postcode", "place.conflict")
    agreed = answer(known, address="Chapel Street", town="Northmoor", postcode="NM1 1AA")
    assert agreed["geo_fault"] is None
    assert found["geo_confidence"] < agreed["geo_confidence"]


@pytest.mark.parametrize(
    ("words", "metres"), [("behind", 40), ("outside", 15), ("o/s", 15), ("opp", 30), ("50m north of", 50), ("nr", 100)]
)
def test_a_relation_lowers_precision_and_says_so(known: ArrowGazetteer, words: str, metres: int) -> None:
    plain, related = (answer(known, place_text=f"{w} Kingfisher Retail Park".strip()) for w in ("", words))
    assert related["geo_precision_m"] == plain["geo_precision_m"] + metres
    assert f"{metres} m" in related["geo_note"]
    assert plain["geo_note"] is None


# place, method, metres added
BESIDE: list[tuple[dict[str, str], str, int]] = [
    ({"address": "o/s 3 Chapel Street", "postcode": "NM1 1AA"}, "address", 15),
    ({"address": "opp No. 3 Chapple Street", "postcode": "NM1 1AA"}, "address-fuzzy", 30),
    ({"address": "r/o 3 Chapel Street, Northmoor"}, "street-number", 40),
]


@pytest.mark.parametrize(("place", "method", "metres"), BESIDE)
def test_what_stands_beside_a_door_is_not_claimed_to_be_at_it(
    known: ArrowGazetteer, place: dict[str, str], method: str, metres: int
) -> None:
    related = answer(known, **place)
    plain = answer(known, **(place | {"address": place["address"].partition(" ")[2]}))
    assert (related["geo_method"], plain["geo_method"]) == (method, method)
    assert related["geo_precision_m"] == plain["geo_precision_m"] + metres
    assert (plain["geo_note"], f" {metres} m " in related["geo_note"]) == (None, True)


def test_several_references_in_one_cell_and_what_was_assumed_are_said(known: ArrowGazetteer) -> None:
    for place, fault in (
        ({"grid_reference": "SE 120 020, SE 130 020"}, "place.several"),
        ({"grid_reference": "85000005000"}, "place.zero-padded"),
        ({"easting": "41200", "northing": "40200"}, "place.units-assumed"),
        ({"easting": "402000", "northing": "412000", "postcode": "NM1 1AA"}, "place.swapped"),
        ({"postcode": "NM1 IAA"}, "place.postcode-mended"),
    ):
        assert answer(known, **place)["geo_fault"] == fault


def test_words_that_say_less_than_the_postcode_yield_to_it(known: ArrowGazetteer) -> None:
    assert answer(known, place_text="Northmoor", postcode="NM1 1CA")["geo_method"] == "postcode"


def test_the_answer_names_its_source_and_match(known: ArrowGazetteer) -> None:
    found = answer(known, address="3 Chapel Street", postcode="NM1 1AA")
    assert found["geo_matched_id"] == "900000000002"
    assert found["geo_matched_text"] == "3 CHAPEL STREET"
    assert (found["geo_source"], found["geo_vintage"]) == ("addresses", "2025-11")
    assert list(geocode(pl.DataFrame([{"postcode": "x"}]), known, "gnss").columns) == list(OUT)


def test_one_door_in_two_postcodes_is_told_apart_by_the_postcode() -> None:
    same = pl.Series(["12|CHAPEL STREET"] * 2)
    assert len(set(address_keys(same, pl.Series(["NM11AA", "NM11AB"])))) == 2


WRITINGS = [
    ("12 gt wk rd", "12 GREAT WALK ROAD"), ("3, Chapel St.", "3 CHAPEL STREET"), ("St Ann's Rd", "ST ANNS ROAD"),
    ("Nos 3-5 Chapel St, NM1 1AA", "3 CHAPEL STREET"), ("12 a The Crescent & Mews", "12A THE CRESCENT AND MEWS"),
    ("Flat 2\n\n3  Chapel\tSt", "FLAT 2 3 CHAPEL STREET"), (" ,; ", None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "one"), WRITINGS)
def test_addresses_have_one_writing(written: str, one: str | None) -> None:
    assert normal(pl.Series([written]))[0] == one


def test_a_name_is_found_by_every_spelling_that_leaves_one_letter_out() -> None:
    names = ["MILL LANE", "SHEEP STREET", "AAAAA", None, "SHOP", "A" * 30 + " " + "B" * 17]
    keys, rows = deletes(pl.Series(names), pl.Series(range(len(names))))
    spelt = {(row, name[:i] + name[i + 1 :]) for row, name in enumerate(names) if name for i in range(len(name))}
    spelt |= {(row, name) for row, name in enumerate(names) if name}
    meant = pl.DataFrame([s for s in spelt if len(names[s[0]] or "") > 4], schema=["row", "name"], orient="row")
    assert sorted(zip(rows, keys, strict=True)) == sorted(zip(meant["row"], text_keys(meant["name"]), strict=True))


def test_equal_places_are_answered_equally_wherever_they_stand(known: ArrowGazetteer) -> None:
    places = pl.DataFrame([p for p, *_ in PLACED] + [p for p, *_ in REFUSED], infer_schema_length=None)
    shuffled = places.sample(fraction=1.0, shuffle=True, seed=1).vstack(places)
    found = geocode(shuffled, known, "gnss")
    joined = pl.concat([shuffled, found.select("geo_method", at="grid_reference")], how="horizontal")
    assert joined.unique(places.columns).height == joined.unique().height


def test_doors_found_in_two_ways_stand_side_by_side(known: ArrowGazetteer) -> None:
    both = pl.DataFrame({"address": ["3 Chapel Street, Northmoor", "3 Chapel Street"]})
    found = geocode(both, known, "gnss")
    assert found["geo_method"].to_list() == ["street-number", "street-number"]
    assert found["easting"].to_list() == [412_042, 412_042]


def test_every_method_has_a_class_and_a_confidence() -> None:
    for method in CLASSES:
        assert method in CONFIDENCE


def test_the_forty_official_points_lie_in_their_metre() -> None:
    lat, lon, east, north = (list(v) for v in zip(*POINTS, strict=True))
    found = parse_lonlat(pl.Series([f"{v:.11f}" for v in lon]), pl.Series([f"{v:.11f}" for v in lat]), "gnss")
    assert found["easting"].to_list() == [int(e) for e in east]
    assert found["northing"].to_list() == [int(n) for n in north]


@pytest.mark.parametrize(("way", "told"), [("gnss", "gnss"), ("from-grid-helmert", "from-grid-helmert")])
def test_the_publishers_transform_is_told_from_whole_metres(way: Any, told: str) -> None:
    from scipy.optimize import fsolve

    rng = np.random.default_rng(5)
    points = np.column_stack([rng.integers(380_000, 390_000, 60), rng.integers(390_000, 400_000, 60)]).astype(float)
    degrees = [fsolve(lambda d, p=p: np.array(project(d[:1], d[1:], way)).ravel() - p, (-2.2, 53.45)) for p in points]
    lon, lat = (pl.Series([f"{d[i]:.6f}" for d in degrees]) for i in (0, 1))
    assert detect_origin(lon, lat) == (told if way != "gnss" else "gnss")
    back = parse_lonlat(lon, lat, told)  # type: ignore[arg-type]
    if told == "from-grid-helmert":
        assert np.abs(back["easting"].to_numpy() - points[:, 0]).max() <= 0
    assert detect_origin(lon.head(5), lat.head(5)) == "gnss"


TEXTS = [
    ("Chester Rd jct w/ Edge Ln", ("CHESTER RD", "EDGE LN")), ("A56 / Dane Road (subway)", ("A56", "DANE ROAD")),
    ("Talbot Road @ Warwick Road", ("TALBOT ROAD", "WARWICK ROAD")), ("Ashley Road & Brown Street, Hale", ("ASHLEY ROAD", "BROWN STREET")),
    ("Eaton Road, Sale, a point 82 metres southeast of its junction of its junction with Washway Road", ("EATON ROAD", "WASHWAY ROAD")),
    ("o/s 12 High St", (None, None)), ("1/27 Flixton Road", (None, None)), ("Marks and Spencer", (None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "roads"), TEXTS, ids=[t for t, _ in TEXTS])
def test_junctions_are_read_from_the_words(text: str, roads: tuple[str | None, str | None]) -> None:
    assert junctions(spelled_out(pl.Series([text]))).row(0) == roads


def test_motorways_and_distances_are_read_from_the_words() -> None:
    found = motorways(
        spelled_out(pl.Series(["M5 147.2 B", "A1(M) J45 to J46", "junction 9 of the M60", "12 Moss Road"]))
    )
    assert found["km"].to_list() == [147.2, None, None, None]
    assert found.select("road", "one", "two").rows()[1:] == [
        ("A1(M)", "45", "46"),
        ("M60", "9", None),
        (None, None, None),
    ]
    assert away(pl.Series(["2 MILES NORTH OF HALE", "100 YDS FROM HALE", "HALE"])).to_list() == pytest.approx(
        [3218, 91.44, 0]
    )


@pytest.mark.parametrize(
    ("written", "meant"), [("BSI 1AA", "BS11AA"), ("M1 lAA", "M11AA"), ("M1 1A4", None), ("SW1A OAA", "SW1A0AA")]
)
def test_letters_and_figures_of_a_postcode_are_put_right_by_their_place(written: str, meant: str | None) -> None:
    assert put_right(pl.Series([written]))[0] == meant


def test_columns_are_found_by_name_and_content_and_what_a_user_says_overrules() -> None:
    rows = 40
    frame = pl.DataFrame({
        "Ref": [f"X{i}" for i in range(rows)], "Where it was": [f"{i} Chapel Street, Northmoor" for i in range(rows)],
        "PCode": ["NM1 1AA"] * rows, "pos1": [str(412_000 + i) for i in range(rows)], "pos2": [str(402_000 + 3 * i) for i in range(rows)],
        "Ward name": ["High Street Ward"] * rows, "notes": ["nothing"] * rows,
    })  # fmt: skip
    assert roles_of(frame) == {"Where it was": "place_text", "PCode": "postcode", "pos1": "easting", "pos2": "northing"}
    assert roles_of(frame, {"Where it was": "-", "notes": "address"}).items() >= {("notes", "address")}
    with pytest.raises(ValueError, match="no column 'where'"):
        roles_of(frame, {"where": "address"})


def test_rounded_coordinates_stand_in_for_missing_ones_as_coarse_as_they_are() -> None:
    frame = pl.DataFrame({"easting m": ["412003", "NULL"] * 10, "northing m": ["402011", "NULL"] * 10,
                          "easting rounded": [str(412_050 + 100 * i) for i in range(20)], "northing rounded": ["402050"] * 20})  # fmt: skip
    roles = roles_of(frame)
    assert places_of(frame, roles)["easting"].to_list()[:2] == ["412003", "412150"]
    assert grain_of(frame, roles).to_list()[:2] == pytest.approx([0, 70.7], abs=0.1)


def test_candidates_are_ranked_with_the_answer_first(known: ArrowGazetteer) -> None:
    found = locate({"place_text": "The Red Lion, Southmoor"}, known)
    assert (found.candidates[0].easting, found.candidates[0].northing) == (424_100, 404_020)
    assert found.answer["easting"] == 424_100
    tie = locate({"place_text": "The Red Lion"}, known)
    assert tie.answer["easting"] is None
    assert {(c.easting, c.northing) for c in tie.candidates} >= {(424_100, 404_020), (413_100, 403_020)}
    assert tie.margin == 0
    assert "CHAPEL STREET, NORTHMOOR" in [c.matched_text for c in suggest("chap", known)]
    assert suggest("c", known) == []


def test_measured_tables_never_claim_less_for_wider_spaced_postcodes() -> None:
    rng = np.random.default_rng(2)
    spacing = rng.uniform(20, 400, 3000)
    radii = radii_by_spacing(spacing, rng.exponential(spacing / 4))
    assert list(radii) == sorted(radii)
    wide = Calibration().postcode_radius(
        np.array([50.0, 50.0, np.nan]), np.array([10, 60, 10]), np.array([True, True, True])
    )
    assert wide[1] >= 1500 > wide[0]
    assert wide[2] > wide[0]
    table = reliability(np.array([0.95] * 10 + [0.6] * 5), np.array([True] * 9 + [False] * 6))
    assert table["right"].to_list() == pytest.approx([0, 0.9])


GB = st.tuples(st.integers(250_000, 600_000), st.integers(150_000, 450_000)).filter(
    lambda p: bool(in_great_britain(np.array([p[0]], float), np.array([p[1]], float))[0])
)


@settings(max_examples=60, deadline=None)
@given(GB, st.sampled_from([2, 3, 4, 5]))
def test_a_reference_round_trips_and_is_never_rounded_up(point: tuple[int, int], figures: int) -> None:
    east, north = point
    side = 10 ** (5 - figures)
    square = next(
        s for s, (e, n) in SQUARES.items() if (e, n) == (east // 100_000 * 100_000, north // 100_000 * 100_000)
    )
    cut = f"{square} {east % 100_000 // side:0{figures}d} {north % 100_000 // side:0{figures}d}"
    found = parse_references(pl.Series([cut]))
    assert (found["easting"][0] // side, found["northing"][0] // side) == (east // side, north // side)
    assert found["precision"][0] >= side / 2
    letters = format_letters(pl.Series([east]), pl.Series([north]), pl.Series([0.7]))[0]
    again = parse_references(pl.Series([letters]))
    assert (again["easting"][0], again["northing"][0]) == (east, north)


@settings(max_examples=60, deadline=None)
@given(GB, st.floats(0, 0.999))
def test_metres_are_cut_and_never_rounded_up(point: tuple[int, int], rest: float) -> None:
    found = parse_coordinates(pl.Series([f"{point[0] + rest:.3f}"]), pl.Series([f"{point[1]}"]))
    assert (found["easting"][0], found["northing"][0]) == (int(float(f"{point[0] + rest:.3f}")), point[1])


@settings(max_examples=40, deadline=None)
@given(st.floats(-3, 0), st.floats(51, 54), st.integers(2, 7))
def test_degrees_are_never_finer_than_their_figures(lon: float, lat: float, figures: int) -> None:
    for way in ("gnss", "from-grid-helmert"):
        found = parse_lonlat(pl.Series([f"{lon:.{figures}f}"]), pl.Series([f"{lat:.{figures}f}"]), way)
        if found["easting"][0] is not None:
            assert found["precision"][0] >= 111_320 * 10.0**-figures * 0.5


def test_an_empty_gazetteer_answers_coordinates_and_nothing_else(tmp_path: Path) -> None:
    empty = ArrowGazetteer(())
    found = geocode(
        pl.DataFrame({"easting": ["412000", None], "northing": ["402000", None], "place_text": ["High St", "High St"]}),
        empty,
        "gnss",
    )
    assert found["geo_method"].to_list() == ["easting-northing", "none"]
