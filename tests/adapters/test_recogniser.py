"""The engine with its stock of words, and Presidio's interfaces on both sides of it. Nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from presidio_analyzer import Pattern, PatternRecognizer
from spacy.training import Example
from thinc.api import fix_random_seed

from hub.adapters.ner import load_model
from hub.adapters.recogniser import BlankEngine, OwnWordsRecognizer, UkRecogniser, make_analyzer, recognizers
from hub.decision import Fault


@pytest.fixture(scope="module")
def recogniser() -> UkRecogniser:
    return UkRecogniser()


def kinds(recogniser: UkRecogniser, note: str) -> list[tuple[str, str]]:
    return sorted({(s.kind, note[s.start : s.end].strip()) for s in recogniser.find([note])[0]})


@pytest.mark.parametrize(
    ("note", "kind", "found"),
    [
        ("NHS number 943 476 5870 given", "NHS NUMBER", "943 476 5870"),
        ("NINO AB123456C", "NINO", "AB123456C"),
        ("lives at M1 1AE", "POSTCODE", "M1 1AE"),
        ("passport AB1234567", "PASSPORT", "AB1234567"),
        ("passport no 533380006", "PASSPORT", "533380006"),
        ("drove AB12 CDE away", "VEHICLE", "AB12 CDE"),
        ("rang 07700 900123", "PHONE", "07700 900123"),
        ("rang 01632 960001 twice", "PHONE", "01632 960001"),
        ("rang +44 20 7946 0123", "PHONE", "+44 20 7946 0123"),
        ("wrote to a.person@example.co.uk", "EMAIL", "a.person@example.co.uk"),
        ("PNC 1999/0000007N", "PNC ID", "1999/0000007N"),
        ("card 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111"),
        ("from 192.168.1.7", "IP ADDRESS", "192.168.1.7"),
        ("dob 04/03/1988", "DATE OF BIRTH", "04/03/1988"),
        ("PC 4411 Harwick attended", "OFFICER", "Harwick"),
        ("PC 4411 Harwick attended", "OFFICER", "4411"),
        ("spoke to Mrs Tanglewood", "PERSON", "Tanglewood"),
        ("her brother Aldous Penhale left", "PERSON", "Aldous Penhale"),
        ("at Flat 3, 22 Mill Road", "ADDRESS", "Flat 3, 22 Mill Road"),
        ("sort 12-34-56 12345678", "ACCOUNT", "12-34-56 12345678"),
        ("UPN B801200005001", "UPN", "B801200005001"),
        ("CRO 123456/99L", "CRO NUMBER", "123456/99L"),
        ("held as A9917FG", "PRISON NUMBER", "A9917FG"),
    ],
)
def test_uk_identifiers(recogniser: UkRecogniser, note: str, kind: str, found: str) -> None:
    assert (kind, found) in kinds(recogniser, note)


@pytest.mark.parametrize("note", ["at 23/11/2026 21:45 a male in the High Street", "room temperature", "",
                                  "NHS 000 000 0000"])  # fmt: skip
def test_what_identifies_nobody_stays(recogniser: UkRecogniser, note: str) -> None:
    assert [k for k, _ in kinds(recogniser, note) if k not in ("PHONE", "REFERENCE")] == []


def test_lemmas_are_there_so_that_context_counts() -> None:
    artifacts = BlankEngine().process_text("National Insurance", "en")
    assert artifacts.lemmas == ["national", "insurance"]


MINE = PatternRecognizer("BADGE", patterns=[Pattern("badge", r"\bzz\d{2}\b", 0.1)], context=["badge"])


def test_a_users_own_recogniser_works_and_its_context_is_heard() -> None:
    extended = UkRecogniser([MINE])
    assert ("BADGE", "ZZ12") in kinds(extended, "his badge ZZ12 was seen")
    assert "BADGE" not in [k for k, _ in kinds(extended, "the part ZZ12 was seen")]


def test_the_engine_is_presidio_recognisers_elsewhere() -> None:
    analyzer = make_analyzer([MINE])
    found = analyzer.analyze("Mrs Tanglewood of M1 1AE has badge ZZ12", language="en")
    assert {"PERSON", "UK_POSTCODE", "BADGE"} <= {r.entity_type for r in found}
    only = analyzer.analyze("Mrs Tanglewood of M1 1AE", language="en", entities=["UK_POSTCODE"])
    assert {r.entity_type for r in only} == {"UK_POSTCODE"}
    assert len({r.id for r in recognizers()}) == len(recognizers())


def test_a_records_own_words_as_an_ad_hoc_recogniser() -> None:
    own = OwnWordsRecognizer({"victim_surname": "Hill", "victim_forename": "May"})
    found = make_analyzer().analyze("saw may hill", language="en", ad_hoc_recognizers=[own], entities=["PERSON"])
    assert any(r.score == 1.0 for r in found)


def test_no_model_without_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_NER_MODEL", raising=False)
    assert load_model() is None


def test_a_model_that_is_not_there_is_a_fault_with_no_traceback() -> None:
    with pytest.raises(Fault, match="HUB_NER_MODEL"):
        load_model("no_such_pipeline_anywhere")


def test_a_small_model_of_our_own_finds_people(tmp_path: Path) -> None:
    """The slot's code is real: a pipeline trained here, saved, named by its folder, loaded, and asked."""
    pipeline = spacy.blank("en")
    ner = pipeline.add_pipe("ner", config={"model": {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner",
        "extra_state_tokens": False, "hidden_width": 16, "maxout_pieces": 1, "use_upper": True,
        "tok2vec": {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 16, "depth": 1,
                    "embed_size": 200, "window_size": 1, "maxout_pieces": 1, "subword_features": True}}})  # fmt: skip
    ner.add_label("PERSON")  # type: ignore[attr-defined]
    texts = ["zorblax left", "then zorblax rang", "zorblax was there", "nobody left", "they rang", "it was there"]
    examples = [Example.from_dict(pipeline.make_doc(t), {"entities": [(t.index("zorblax"), t.index("zorblax") + 7, "PERSON")] if "zorblax" in t else []}) for t in texts]  # fmt: skip
    fix_random_seed(1)
    pipeline.initialize(lambda: examples)
    for _ in range(120):
        pipeline.update(examples)
    pipeline.to_disk(tmp_path / "model")
    model = load_model(str(tmp_path / "model"))
    assert model is not None
    spans = model.find(["then zorblax left", "they left"])
    assert [(s.start, s.end, s.kind, s.layer) for s in spans[0]] == [(5, 12, "PERSON", "model")]
    assert spans[1] == []


TRANSFORMERS = '''
"""A double of what the adapter asks of transformers: models are folders, nothing may be fetched, long texts are cut."""
from pathlib import Path


class _Part:
    def __init__(self, names):
        self.names = names

    @classmethod
    def from_pretrained(cls, name, *, local_files_only=False):
        if not local_files_only:
            raise AssertionError("the network was asked")
        if not Path(name, "names").is_file():
            raise OSError("no such model")
        return cls(Path(name, "names").read_text().split())


class AutoModelForTokenClassification(_Part):
    pass


class AutoTokenizer(_Part):
    pass


def pipeline(task, *, model, tokenizer, aggregation_strategy):
    assert (task, aggregation_strategy) == ("token-classification", "simple") and model.names == tokenizer.names

    def classify(texts, *, batch_size):
        assert isinstance(texts, list) and batch_size > 0
        return [[{"entity_group": group, "start": t[:1100].index(n), "end": t[:1100].index(n) + len(n), "score": 0.97}
                 for n in model.names if n in t[:1100] for group in (["PER"] if n.islower() else ["ORG"])] for t in texts]

    return classify
'''


def test_a_model_of_transformers_is_read_from_disk_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch is too large to test with: a double that takes the documented arguments alone, refuses the network and, as real
    models do, reads no more than the beginning of a text."""
    (tmp_path / "transformers").mkdir()
    (tmp_path / "transformers" / "__init__.py").write_text(TRANSFORMERS)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "names").write_text("zorblax quillon ACME")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = load_model(str(tmp_path / "model"))
    assert model is not None
    far = "a" * 995 + " zorblax " + "b" * 3000 + " quillon"  # one at a cut, one far behind what is read at once
    spans = model.find(["then zorblax left ACME", "", far])
    assert [(s.start, s.end, s.kind, s.layer) for s in spans[0]] == [(5, 12, "PERSON", "model")]
    assert spans[1] == []
    assert {far[s.start : s.end] for s in spans[2]} == {"zorblax", "quillon"}
    with pytest.raises(Fault, match="cannot be loaded"):
        load_model("no-such/model")
