"""`hub redact` as an agency tries it: order, ids, malformed lines, explanations, modes, several workers, the pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.adapters.tagger import CrfTagger, train
from hub.adapters.wordstock import load_engine, load_lexicon
from hub.commands.redact import app
from hub.decision import Fault
from hub.depersonalise import lexicon as lx
from hub.depersonalise.reading import Note
from tests.conftest import ROOT

LINES = [
    '{"id": "a", "agency": "police", "record": {"victim_surname": "Penhale"}, "text": "PENHALE rang"}',
    "not json at all",
    '{"id": 2, "record": null, "text": "Mrs Tanglewood of 14 Mill Road"}',
    '{"id": "a", "text": "the same id again"}',
    '{"text": "no id"}',
    "",
    '{"id": "c", "text": null}',
]


def run(tmp_path: Path, *options: str) -> tuple[int, list[dict[str, object]], str]:
    (tmp_path / "in.jsonl").write_text("\n".join(LINES), "utf-8")
    result = CliRunner().invoke(app, [str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), *options])
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    return result.exit_code, [json.loads(line) for line in lines], result.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_order_ids_and_malformed_lines(tmp_path: Path, workers: str) -> None:
    code, out, said = run(tmp_path, "--workers", workers)
    assert code == 1
    assert out == [{"id": "a", "text": "[PERSON 1] rang"}, {"id": 2, "text": "Mrs [PERSON 1] of [ADDRESS 1]"},
                   {"id": "c", "text": ""}]  # fmt: skip
    assert [line.split(":")[0] for line in said.splitlines()[:3]] == ["line 2", "line 5", "line 4"]
    assert "again" not in said


def test_explanations_hold_places_and_rules_not_values(tmp_path: Path) -> None:
    run(tmp_path, "--explain", str(tmp_path / "why.jsonl"))
    text = (tmp_path / "why.jsonl").read_text("utf-8")
    first = json.loads(text.splitlines()[0])
    assert first["spans"] == [{"start": 0, "end": 7, "type": "PERSON", "layer": "own", "rule": "own.name", "score": 1.0,
                               "certain": True}]  # fmt: skip
    assert "enhale" not in text.lower()


def test_drop_lets_nothing_through(tmp_path: Path) -> None:
    _, out, _ = run(tmp_path, "--mode", "drop")
    assert {o["text"] for o in out} == {"[NOTE DROPPED]", ""}


def test_missing_input_and_output_onto_input(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, [str(tmp_path / "no.jsonl"), str(tmp_path / "o")]).exit_code == 2
    (tmp_path / "in.jsonl").write_text("{}")
    assert CliRunner().invoke(app, [str(tmp_path / "in.jsonl"), str(tmp_path / "in.jsonl")]).exit_code == 2


def test_no_hub_is_loaded_to_redact(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(LINES[0])
    code = ("import sys; sys.argv = ['hub', 'redact', sys.argv[1], sys.argv[2]]\nfrom hub.__main__ import main\n"
            "try:\n    main()\nexcept SystemExit:\n    pass\n"
            "print([m for m in ('spacy', 'presidio_analyzer', 'sqlalchemy', 'fastapi') if m in sys.modules])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")],
                          capture_output=True, text=True, check=True, cwd=ROOT)  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_words_that_are_names_and_names_that_are_words() -> None:
    of = load_lexicon().of
    assert of("kowalski") & lx.ANY_NAME
    assert not of("smith") & lx.WORD
    assert of("mark") & lx.GIVEN
    assert of("mark") & lx.WORD
    assert not of("window") & lx.NAME
    assert of("bradford") & lx.PLACE


def test_name_lists_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "given-ons.txt").write_text("Zyxxwv\n", "utf-8")
    monkeypatch.setenv("HUB_NAME_LISTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_lexicon.cache_clear()
    try:
        assert load_lexicon().of("zyxxwv") & lx.GIVEN
        assert load_lexicon.__wrapped__().of("zyxxwv") & lx.GIVEN  # read back from the cache
    finally:
        load_lexicon.cache_clear()


def test_a_form_that_is_none_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_REFERENCE_FORMS", "((")
    with pytest.raises(Fault, match="HUB_REFERENCE_FORMS"):
        load_engine.__wrapped__()


def test_the_statistical_layer_is_trained_and_asked(tmp_path: Path) -> None:
    stock = load_lexicon()
    train(stock, tmp_path / "small.crf", 300, 3)
    tagger = CrfTagger(tmp_path / "small.crf")
    read = Note("spoke with grace about the broken gate, mark on the wall", stock)
    found = [read.text[s.start : s.end] for s in tagger.find(read, [])]
    assert "gate" not in found
    assert "wall" not in found
    assert all(s.layer == "statistical" and not s.certain for s in tagger.find(read, []))
    assert tagger.find(Note("Spoke with Grace about it", stock), []) == []
