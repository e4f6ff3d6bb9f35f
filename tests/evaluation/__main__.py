"""Measure the engine of notes beside Presidio on the same notes, in one run: `make evaluate`.

Sets: hand-written notes for development, hand-written notes held out until the rules stood, the last ones written after
that, more written blind one after the other, the rules mended in between, and generated notes. Systems: the hub's engine
(balanced and strict), the engine without records, the engine with the notes' names struck from its lists (its speed counts
the striking), Presidio as it comes with a blank English pipeline, and Presidio with
its UK recognisers on and the foreign ones off. Speed is processor time of one core, the lists loaded before.
"""

from __future__ import annotations

import argparse
import gc
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from hub.adapters.wordstock import load_engine
from hub.depersonalise.engine import Mode, redact_notes
from tests.evaluation import origins
from tests.evaluation.crate import crate
from tests.evaluation.generated import generate
from tests.evaluation.nolist import named, without
from tests.evaluation.notes import Case, read_notes
from tests.evaluation.score import Masks, Score, score

System = Callable[[Sequence[Case]], Masks]
SETS = (("development", "dev"), ("held out", "held"), ("last", "fresh"), ("blind", "blind"), ("second blind", "second"),
        ("third blind", "third"), ("fourth blind", "fourth"), ("fifth blind", "fifth"), ("sixth blind", "sixth"), ("seventh blind", "seventh"), ("eighth blind", "eighth"), ("ninth blind", "ninth"), ("tenth blind", "tenth"), ("eleventh blind", "eleventh"),
        ("twelfth blind", "twelfth"), ("thirteenth blind", "thirteenth"), ("fourteenth blind", "fourteenth"),
        ("fifteenth blind", "fifteenth"), ("sixteenth blind", "sixteenth"),
        ("seventeenth blind", "seventeenth"), ("eighteenth blind", "eighteenth"))  # fmt: skip
"""What a set is called, and its file."""


def ours(mode: Mode, *, records: bool = True) -> System:
    """The hub's engine."""

    def run(cases: Sequence[Case]) -> Masks:
        done = redact_notes(load_engine(), [c.text for c in cases], [c.record if records else {} for c in cases], mode)
        return [[(s.start, s.end) for s in d.spans] for d in done]

    return run


def in_no_list(cases: Sequence[Case]) -> Masks:
    """The hub's engine with the notes' names struck from its lists."""
    done = redact_notes(without(named(cases)), [c.text for c in cases], [c.record for c in cases])
    return [[(s.start, s.end) for s in d.spans] for d in done]


def presidio(*, uk: bool) -> System:
    """Presidio's analyzer on a blank pipeline: as it comes, or with the UK recognisers on and foreign ones off."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer import predefined_recognizers as known

    from hub.adapters.recogniser import BlankEngine

    logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)
    registry = RecognizerRegistry(supported_languages=["en"])
    if uk:
        names = ["NhsRecognizer", "UkNinoRecognizer", "UkPostcodeRecognizer", "UkPassportRecognizer", "UkVehicleRegistrationRecognizer",
                 "UkDrivingLicenceRecognizer", "CreditCardRecognizer", "IbanRecognizer", "IpRecognizer", "EmailRecognizer", "UrlRecognizer"]  # fmt: skip
        registry.recognizers = [getattr(known, n)() for n in names if hasattr(known, n)]
        registry.add_recognizer(known.PhoneRecognizer(supported_regions=("GB",), leniency=0))
    else:
        registry.load_predefined_recognizers(languages=["en"])
    for recogniser in registry.recognizers:
        if isinstance(recogniser, known.EmailRecognizer):  # its check would fetch a list of suffixes: it gets none
            recogniser.validate_result = lambda pattern_text: None  # type: ignore[method-assign]
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
    # dates are no identifiers here: to mask them all would only cost precision
    asked = [e for e in analyzer.get_supported_entities("en") if e not in ("DATE_TIME", "NRP", "LOCATION")]

    def run(cases: Sequence[Case]) -> Masks:
        return [[(r.start, r.end) for r in analyzer.analyze(c.text, language="en", entities=asked)] for c in cases]

    return run


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(prog="python -m tests.evaluation")
    options.add_argument("--generated", type=int, default=1000, help="how many notes to make")
    options.add_argument(
        "--crate", metavar="PYTHON", help="a Python whose environment has CRATE, to be measured as well"
    )
    options.add_argument("--leaks", action="store_true", help="list what leaked in the hand-written notes")
    options.add_argument(
        "--each", action="store_true", help="every system on every set, not on all of them together alone"
    )
    chosen = options.parse_args()
    load_engine()
    systems: list[tuple[str, System]] = [
        ("hub balanced", ours("balanced")), ("hub strict", ours("strict")), ("hub, no record", ours("balanced", records=False)),
        ("hub, names in no list", in_no_list),
        ("Presidio default", presidio(uk=False)), ("Presidio UK only", presidio(uk=True)),
    ]  # fmt: skip
    gc.collect()
    gc.freeze()  # what Presidio's engines hold is not walked again and again while notes are timed
    print(
        "| set | system | spans found whole | leaked | leaked, of the record | leaked words | precision | F2 | other words kept | notes without a leak | notes/s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    sets = [(label, read_notes(name)) for label, name in SETS]
    for label, cases in sets:
        for name, system in systems if chosen.each else systems[:1]:
            _measure(label, name, system, cases)
    ours_by_set: dict[str, Score] = {}
    together = [case for _, cases in sets for case in cases]
    for label, cases in (("all hand-written", together), ("generated", generate(chosen.generated, 7))):
        for name, system in systems:
            few = cases if label != "generated" or name.startswith("hub") else cases[:FEWER]
            ours_by_set.setdefault(label, _measure(label, name, system, few))
        if chosen.crate:
            few = cases if label != "generated" else cases[:FEWER]
            masks, seconds = crate(chosen.crate, few)
            print(_row(label, "CRATE, record and forms", score(few, masks), len(few) / seconds), flush=True)
    _breakdown(ours_by_set)
    origins.main()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"\nPeak memory of this process, Presidio included: {peak} MiB. Start-up of `hub redact` on one note: {_start_up():.2f} s of processor time."
    )
    if chosen.leaks:
        for kind, value, around in ours_by_set["all hand-written"].leaks:
            print(f"{kind}: {value!r} in {around!r}")


FEWER = 300
"""Generated notes that the slow ones are given."""


def _measure(label: str, name: str, system: System, cases: Sequence[Case]) -> Score:
    """Print how one system does on one set."""
    start = time.process_time()
    masks = system(cases)
    seconds = time.process_time() - start
    result = score(cases, masks)
    print(_row(label, name, result, len(cases) / seconds), flush=True)
    return result


def _row(label: str, name: str, s: Score, speed: float) -> str:
    words = s.leaked_words / max(s.gold_words, 1)
    return (f"| {label} ({s.notes}) | {name} | {1 - s.leak():.2%} | {s.leak():.2%} | {s.leak('known'):.2%} | {words:.2%} | {s.precision:.1%}"
            f" | {s.f2:.3f} | {s.utility:.1%} | {s.clean_notes / s.notes:.1%} | {speed:,.0f} |")  # fmt: skip


def _breakdown(scores: dict[str, Score]) -> None:
    for head in ("type", "agency", "origin"):
        keys = sorted({k for s in scores.values() for k in s.spans if k.startswith(f"{head} ")})
        print(f"\n| {head} | " + " | ".join(f"{label}: found of spans" for label in scores) + " |")
        print("|---|" + "---|" * len(scores))
        for key in keys:
            cells = [f"{1 - s.leak(key):.1%} of {s.spans[key]}" if s.spans[key] else "–" for s in scores.values()]
            print(f"| {key.removeprefix(head + ' ')} | " + " | ".join(cells) + " |")


def _start_up() -> float:
    """Processor seconds of `hub redact` on one note, its table of words built before."""
    line = b'{"id": 1, "record": {"surname": "Harwick"}, "text": "Harwick rang"}\n'
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "hub", "redact", "-", "-"], input=line, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
