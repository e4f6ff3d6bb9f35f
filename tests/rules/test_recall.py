"""Live recall: synthetic people in a shadow copy are counted, an engine gone blind is seen, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.wordstock import load_engine
from hub.depersonalise.doubt import Doubt, add_doubts, merged
from hub.depersonalise.engine import Engine, redact_notes
from hub.depersonalise.figures import drifted, wilson
from hub.depersonalise.pseudonym import Keyring
from hub.depersonalise.reading import Note
from hub.depersonalise.recall import FORENAMES, SURNAMES
from hub.depersonalise.redaction import Redacted, Span
from hub.depersonalise.treatment import depersonalise
from protocols.contract import LINE, shipped_contracts
from protocols.lint import load_document
from tests.conftest import ROOT

CONTRACTS = shipped_contracts()
CRIME = CONTRACTS["police-crime/1"]
FLOW = load_document((ROOT / "protocols/documents/northmoor-violence.toml").read_text(), CONTRACTS).flow[0]
FLOW = FLOW.model_copy(update={"notes": "balanced", "fields": FLOW.fields | {"mo_summary": "redact"}})
KEYS = Keyring(bytes(range(32)), "northmoor-csp", "SERIOUS_VIOLENCE", 1)


class Blind(Engine):
    """An engine that finds nothing."""

    def spans(self, reads: Sequence[Note], *_: object) -> list[list[Span]]:
        return [[] for _ in reads]


def night(rows: int = 100) -> pl.DataFrame:
    base = dict.fromkeys(FLOW.fields, None) | {
        "crime_ref": "NM/123456/26", "committed_from": "2026-11-23T02:15:00", "victim_forename": "Alma",
        "victim_surname": "Moss", "mo_summary": "Window broken, shop searched, nobody there."}  # fmt: skip
    frame = pl.DataFrame({k: [v] * rows for k, v in base.items()}, schema=dict.fromkeys(base, pl.Utf8))
    return frame.with_columns(
        pl.Series(LINE, range(2, rows + 2)), occurred_from=pl.col("committed_from").str.to_datetime(time_unit="us")
    )


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


def test_the_engine_finds_the_people_planted_in_a_copy(engine: Engine) -> None:
    done = depersonalise(night(), FLOW, CRIME, KEYS, engine)
    recall = done.recall
    assert {"name-in-record", "name-of-others", "phone", "birth"} <= set(recall)
    assert sum(c["planted"] for c in recall.values()) > 150
    assert recall["name-in-record"]["masked"] == recall["name-in-record"]["planted"]
    assert sum(c["masked"] for c in recall.values()) >= 0.9 * sum(c["planted"] for c in recall.values())


def test_the_copy_goes_no_further_and_the_same_chunk_gives_the_same_figures(engine: Engine) -> None:
    once, again = (depersonalise(night(), FLOW, CRIME, KEYS, engine) for _ in range(2))
    assert once.recall == again.recall
    text = str(once.frame.to_dicts()).lower()
    assert not [n for n in (*FORENAMES, *SURNAMES) if n.lower() in text]
    assert once.frame["mo_summary"].unique().to_list() == ["Window broken, shop searched, nobody there."]


def test_an_engine_gone_blind_is_seen(engine: Engine) -> None:
    before = depersonalise(night(), FLOW, CRIME, KEYS, engine).recall
    blind = depersonalise(night(), FLOW, CRIME, KEYS, Blind()).recall
    assert sum(c["masked"] for c in blind.values()) == 0
    assert set(drifted(blind, before)) == set(before)
    assert drifted(before, before) == []


def test_no_notes_no_figures(engine: Engine) -> None:
    empty = night().with_columns(mo_summary=pl.lit(None, pl.Utf8))
    assert depersonalise(empty, FLOW, CRIME, KEYS, engine).recall == {}
    dropped = FLOW.model_copy(update={"notes": "drop"})
    assert depersonalise(night(), dropped, CRIME, KEYS, engine).recall == {}


@pytest.mark.parametrize(
    ("masked", "planted", "low", "high"),
    [(0, 0, 0, 1), (10, 10, 0.7225, 1), (95, 100, 0.8883, 0.9785), (0, 10, 0, 0.2775)],
)
def test_wilsons_bounds(masked: int, planted: int, low: float, high: float) -> None:
    assert wilson(masked, planted) == pytest.approx((low, high), abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 500), st.integers(0, 500))
def test_wilsons_bounds_hold_the_share(one: int, other: int) -> None:
    masked, planted = sorted((one, other))
    low, high = wilson(masked, planted)
    assert 0 <= low <= high <= 1
    assert planted == 0 or low - 1e-12 <= masked / planted <= high + 1e-12


def test_chance_is_no_drift() -> None:
    before = {"phone": {"planted": 1000, "masked": 990}}
    assert drifted({"phone": {"planted": 40, "masked": 38}}, before) == []
    assert drifted({"phone": {"planted": 40, "masked": 30}}, before) == ["phone"]
    assert drifted({"email": {"planted": 40, "masked": 0}}, before) == []


# words in doubt ------------------------------------------------------------------------------------------------------


def test_a_word_in_doubt_is_shown_in_its_place_and_nothing_else_is() -> None:
    text = "Alma Moss told Grace that Will ran off"
    spans = (Span(0, 9, "PERSON", 1.0, "own.name"), Span(15, 20, "PERSON", 0.5, "name.word"), Span(26, 30, "PERSON", 0.4, "name.word"),
             Span(31, 34, "PHONE", 0.3, "pattern.phone"))  # fmt: skip
    doubts: dict[str, Doubt] = {}
    add_doubts(doubts, Redacted("", text, spans))
    assert set(doubts) == {"grace", "will"}
    assert doubts["grace"].place == ("[PERSON 1] told ", "Grace", " that [PERSON 1] [PHONE 1] off")
    assert doubts["will"].rule == "name.word"
    add_doubts(doubts, Redacted("", text, spans))
    assert merged(doubts, doubts)["grace"].seen == 4


def test_confirmed_words_change_what_is_masked(engine: Engine) -> None:
    from hub.depersonalise.lexicon import Lists

    note = "the old Grumbleton was in the yard"
    plain = redact_notes(engine, [note], [None])[0].text
    masked = redact_notes(engine, [note], [None], lists=Lists(mask=frozenset({"grumbleton"})))[0].text
    assert "Grumbleton" not in masked
    kept = redact_notes(engine, [note], [None], lists=Lists(keep=frozenset({"grumbleton"})))[0].text
    assert kept == note
    assert {plain} <= {note, masked}
