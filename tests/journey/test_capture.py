"""How well places are written: figures of a chunk, the report on them, and that no rare or telling words leave."""

from __future__ import annotations

import polars as pl

from hub.adapters.recogniser import UkRecogniser
from hub.journey.capture import capture_of, location_figures
from hub.journey.process import _merged
from protocols.contract import shipped_contracts

CONTRACT = shipped_contracts()["police-incidents/1"]
TEXT = next(f.name for f in CONTRACT.event_places() if f.role.value == "place.text")
POSTCODE = next(f.name for f in CONTRACT.event_places() if f.role.value == "place.postcode")
ROWS = [
    # words, postcode, method, class, fault, how many
    ("Skate park, Mill Road", None, "none", "none", "place.unmatched", 6),
    ("Skate  park, Mill Road ", None, "none", "none", "place.unmatched", 1),
    ("Victoria Park", None, "ambiguous", "none", "place.ambiguous", 5),
    ("Canal towpath", None, "none", "none", "place.unmatched", 4),
    ("12 Acacia Avenue", None, "none", "none", "place.unmatched", 9),
    ("Rose Cottage, Mill Lane", None, "none", "none", "place.unmatched", 9),
    ("Mr Nasir Brown car park", None, "none", "none", "place.unmatched", 9),
    ("", "AY1 1AA", "postcode", "postcode", None, 7),
    ("High Street", "ZZ9 9ZZ", "street", "street", "place.postcode-unknown", 3),
]


def placed(times: int = 1) -> pl.DataFrame:
    rows = [(w, p, m, c, f) for w, p, m, c, f, n in ROWS for _ in range(n * times)]
    return pl.DataFrame(rows, [TEXT, POSTCODE, "geo_method", "geo_class", "geo_fault"], orient="row")


def test_figures_name_fields_and_only_words_that_may_be_quoted() -> None:
    found = location_figures(placed(), CONTRACT, UkRecogniser())
    assert found["rows"] == 53
    assert found["classes"] == {"none": 43, "postcode": 7, "street": 3}
    assert found["fields"][TEXT] == {"given": 46, "faulty": 43}
    assert found["fields"][POSTCODE] == {"given": 10, "faulty": 3}
    assert found["unplaced"] == {"none": {"Skate park, Mill Road": 7}, "ambiguous": {"Victoria Park": 5}}


def test_chunks_add_up_and_the_worst_field_comes_first() -> None:
    one = location_figures(placed(), CONTRACT, UkRecogniser()) | {"methods": {"none": 38}, "geo_faults": {}}
    report = capture_of([_merged([one, one])])
    assert report.rows == 106
    assert [f.name for f in report.fields[:2]] == [TEXT, POSTCODE]
    assert report.words == (("Skate park, Mill Road", "none", 14), ("Victoria Park", "ambiguous", 10))
    assert report.as_json()["unplaced"][0] == {"words": "Skate park, Mill Road", "why": "none", "rows": 14}
    assert capture_of([_merged([one]), _merged([one])]) == report


def test_a_batch_without_figures_has_an_empty_report() -> None:
    assert capture_of([{}]).as_json() == {
        "rows": 0,
        "methods": {},
        "classes": {},
        "faults": {},
        "fields": [],
        "unplaced": [],
    }


def test_no_rows_and_no_words_are_no_trouble() -> None:
    assert location_figures(placed().clear(), CONTRACT, UkRecogniser())["rows"] == 0
    street = shipped_contracts()["police-uk-street/1"]
    frame = pl.DataFrame({"geo_method": ["none"], "geo_class": ["none"], "geo_fault": [None]},
                         {"geo_method": pl.Utf8, "geo_class": pl.Utf8, "geo_fault": pl.Utf8})  # fmt: skip
    assert location_figures(frame, street, UkRecogniser())["unplaced"] == {}
