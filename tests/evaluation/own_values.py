"""Does what a record itself says leak from its note? Made-up records in the shapes of many systems, and every spelling
of their values, one to a note: `python -m tests.evaluation.own_values` prints what leaked, by family and by shape.

Two columns: the record-aware layer alone, and the engine with all its layers. The same for one seed; no timing.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from hub.adapters.wordstock import load_engine
from hub.depersonalise import lexicon as lx
from hub.depersonalise.engine import redact_notes
from hub.depersonalise.own_search import find_own
from hub.depersonalise.reading import clean
from hub.depersonalise.records import own_of_record
from tests.evaluation.names import read_names
from tests.evaluation.own_people import ROLES, Fields, make_person, make_record
from tests.evaluation.own_spellings import spellings

SENTENCES = {
    "person": [
        "Officers attended and spoke to {} about the matter.", "{} was not at home when we called back.", "Statement taken from {}, no injuries seen.",
        "On arrival {} said that the door had been kicked in.", "Email sent to {} today asking for the keys.", "They left with {} before the ambulance came.",
    ],
    "address": ["Crew called to {} this evening.", "The car was parked outside {} all night.", "A fire was reported at {}, no one hurt."],
    "number": ["Checks done on {} and nothing found.", "The file shows {} as given by the caller.", "Please update {} on the system."],
    "birth": ["Checked the system, born {} and known to us.", "dob {} confirmed at the desk.", "Details given: {}, no fixed income."],
}  # fmt: skip
STAYS = {
    "street alone": "A fight along {p.street} near the shops this evening.", "outward code alone": "Patrols in the {out} area until 21:15 on 4 May 2026.",
    "town alone": "Seen in {p.town} town centre.", "ordinary words": "He was angry and would not leave until the music was off and the bill was paid, then he ran to the park and sat by the mill.",
    "more ordinary words": "She said that the manager of the shop had a mark on her hand, and the grey car drove down the hill past the church and the station.",
    "numbers": "Paid £45.20 for 3 items, 2 tablets of 500mg, seen at 14:30, bus no 12, room temperature 19.",
}  # fmt: skip
"""Sentences in which nothing identifies."""
MISSPELT = frozenset(("one letter more", "one letter fewer", "one letter other", "two exchanged", "doubled letter", "last letter gone", "last letter more",
                      "first letter wrong", "transliteration", "name possessive"))  # fmt: skip


def is_ordinary_word(word: str) -> bool:
    """Does English have this word, so that it stays where a note has it?"""
    return any(load_engine().lexicon.of(w) & lx.WORD for w in word.lower().replace("-", " ").split())


def is_abbreviation(word: str) -> bool:
    """Has a note's writer another meaning for these capitals: a rank, a title, `AF`?"""
    return (
        word.isupper()
        and len(word) > 1
        and bool(
            load_engine().lexicon.of(word.lower())
            & (lx.KEEP | lx.PLACE | lx.FUNCTION | lx.TITLE | lx.RANK | lx.CUE | lx.STREET)
        )
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """One note with one spelling of one value at `start` to `end`."""

    family: str
    shape: str
    record: Fields
    text: str
    start: int
    end: int


def probes(count: int, seed: int) -> Iterator[Probe]:
    """Of `count` records, the same for one seed."""
    dice = random.Random(seed)
    origins = list(read_names())
    for _ in range(count):
        people = [
            make_person(dice, role, dice.choice(origins)) for role in dice.sample(ROLES, dice.choice([1, 2, 2, 3]))
        ]
        shape, record = make_record(dice, people)
        for family, value, kind in spellings(dice, dice.choice(people)):
            where, _, part = kind.partition(" ")
            sentence = dice.choice(SENTENCES.get(where, SENTENCES["number"]))
            value, part = clean(value), clean(part)
            if (family in MISSPELT or part.islower()) and is_ordinary_word(part or value):
                continue  # whoever reads `bill` reads no name
            if "initial" in family and any(is_abbreviation(w) for w in value.split()):
                continue
            before = clean(sentence.split("{}")[0])
            text = before + value + clean(sentence.split("{}")[1])
            inner = value.lower().rindex(part.lower()) if part else 0
            start = len(before) + inner
            yield Probe(family, shape, record, text, start, start + (len(part) if part else len(value)))


def print_masked(count: int, seed: int) -> None:
    """Print what the record-aware layer took of sentences in which nothing identifies."""
    dice = random.Random(seed)
    origins, lexicon = list(read_names()), load_engine().lexicon
    taken: dict[str, Counter[str]] = {family: Counter() for family in STAYS}
    for _ in range(count):
        person = make_person(dice, dice.choice(ROLES), dice.choice(origins))
        _, record = make_record(dice, [person])
        own = own_of_record(record, lexicon)
        for family, sentence in STAYS.items():
            text = clean(sentence.format(p=person, out=person.postcode.split()[0]))
            taken[family].update(text[s.start : s.end] for s in find_own(text, own))
    print(
        "| sentences that should stay | of so many | masked by the record-aware layer | most often |\n|---|---|---|---|"
    )
    for family, words in taken.items():
        print(f"| {family} | {count} | {words.total()} | {', '.join(w for w, _ in words.most_common(8))} |")


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(prog="python -m tests.evaluation.own_values")
    options.add_argument("--records", type=int, default=300)
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--leaks", type=int, default=0, help="list so many of each family's leaks")
    options.add_argument("--own", action="store_true", help="list what leaked from the record-aware layer alone")
    options.add_argument("--family", default="", help="only families that begin so")
    chosen = options.parse_args()
    engine = load_engine()
    made = [p for p in probes(chosen.records, chosen.seed) if p.family.startswith(chosen.family)]
    whole = [
        [(s.start, s.end) for s in d.spans]
        for d in redact_notes(engine, [p.text for p in made], [p.record for p in made])
    ]
    counts: dict[str, Counter[str]] = {"family": Counter(), "shape": Counter()}
    own_leaks: dict[str, Counter[str]] = {"family": Counter(), "shape": Counter()}
    leaks: dict[str, Counter[str]] = {"family": Counter(), "shape": Counter()}
    shown: dict[str, list[str]] = defaultdict(list)
    for probe, spans in zip(made, whole, strict=True):
        own = [(s.start, s.end) for s in find_own(probe.text, own_of_record(probe.record, engine.lexicon))]
        for by, key in (("family", probe.family), ("shape", probe.shape)):
            counts[by][key] += 1
            own_leaks[by][key] += leaked(probe, own)
            leaks[by][key] += leaked(probe, spans)
        if leaked(probe, own if chosen.own else spans) and len(shown[probe.family]) < chosen.leaks:
            shown[probe.family].append(
                f"    {probe.text!r}  <- {probe.text[probe.start : probe.end]!r} [{probe.shape}]"
            )
    for by in counts:
        print(f"| {by} | probes | leaked by the record-aware layer | leaked by all layers |\n|---|---|---|---|")
        for key in sorted(counts[by]):
            print(f"| {key} | {counts[by][key]} | {own_leaks[by][key]} | {leaks[by][key]} |")
            if by == "family":
                print(*shown[key], sep="\n", end="\n" if shown[key] else "")
        total = counts[by].total()
        print(f"| all | {total} | {own_leaks[by].total() / total:.2%} | {leaks[by].total() / total:.2%} |\n")
    print_masked(chosen.records, chosen.seed)


def leaked(probe: Probe, spans: list[tuple[int, int]]) -> bool:
    """Is a letter or digit of the value left?"""
    masked = {i for start, end in spans for i in range(start, end)}
    return any(i not in masked and probe.text[i].isalnum() for i in range(probe.start, probe.end))


if __name__ == "__main__":
    main()
