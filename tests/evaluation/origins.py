"""Is a name of one origin found as surely as one of another? The same sentences filled with names of each origin.

The names are written by hand (`names.txt` and two lists after it); most stand in the engine's lists as well, which hold most names
that people bear, so that recall is printed again with these names struck from its lists. None stands in the record: only the text
can give them away; a third of the notes are in small letters and a sixth in capitals. Recall comes with Wilson's 95 % bounds,
and the gap between the best and the worst origin in points.
"""

from __future__ import annotations

import math
import random
from collections import Counter

from hub.adapters.wordstock import load_engine
from hub.depersonalise.engine import redact_notes
from hub.depersonalise.lexicon import NAME
from hub.depersonalise.reading import fold
from tests.evaluation.names import FILES, read_names
from tests.evaluation.nolist import WORDS, without
from tests.evaluation.notes import Case, marked
from tests.evaluation.score import score

SENTENCES = (
    "Caller {F} says that {G} from next door was shouting at her son {G}.", "Officers spoke to {F}, who was with {G} at the time.",
    "{F} attended with her sister {G} and was seen by Dr {S}.", "{G} has not been to school since Monday; rang mum, {F}.",
    "Tenant Mrs {S} reports noise from {F} in the flat below.", "I asked {G} about the incident and he named {F}.",
    "His partner {F} is worried about their daughter {G}.", "{G} and {G} were seen running towards the park, {S} was not with them.",
    "Statement taken from {F}. Mr {S} declined.", "{S} was late again, {G} will call him on Friday.",
    "Referred by {F}, keyworker {G}.", "Mother ({F}) is aware, {G} is not to collect.", "{F} denied it and left with {G}.",
    "Spoke with {G}'s uncle, {F}, about the money.", "the suspect is {F} who lives with {G}",
)  # fmt: skip
STYLES = ("prose", "prose", "prose", "small", "small", "capitals")


def notes_of(origin: str, given: list[str], family: list[str], count: int) -> list[Case]:
    """`count` notes with names of one origin: the same sentences and styles for every origin."""
    frame, dice = random.Random(11), random.Random(origin)
    cases = []
    for _ in range(count):
        style = frame.choice(STYLES)
        body = " ".join(frame.sample(SENTENCES, 3))
        while "{" in body.replace("{PERSON|", ""):
            at = next(i for i in range(len(body)) if body[i : i + 3] in ("{G}", "{F}", "{S}"))
            name = {
                "G": dice.choice(given),
                "S": dice.choice(family),
                "F": f"{dice.choice(given)} {dice.choice(family)}",
            }[body[at + 1]]
            body = f"{body[:at]}{{PERSON|{name}}}{body[at + 3 :]}"
        if style != "prose":
            body = (body.lower() if style == "small" else body.upper()).replace("{person|", "{PERSON|")
        cases.append(marked("made", origin, {}, body))
    return cases


def wilson(found: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % bounds of a share."""
    z, share = 1.96, found / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def main(count: int = 400, leaks: int = 0) -> None:
    """Print the tables; `leaks`: as many of the most often missed names of each origin."""
    lists = [read_names(file) for _, file in FILES]
    print(
        "\n| origin | "
        + " | ".join(f"{label} | 95 % bounds | in no list" for label, _ in FILES)
        + " |\n|---|"
        + "---|---|---|" * len(FILES)
    )
    shares: list[list[float]] = [[] for _ in FILES]
    for origin in lists[0]:
        cells = []
        for names, share in zip(lists, shares, strict=True):
            cases = notes_of(origin, *names[origin], count)
            done = redact_notes(load_engine(), [c.text for c in cases], [c.record for c in cases])
            result = score(cases, [[(s.start, s.end) for s in d.spans] for d in done])
            of, missed = result.spans["all"], result.missed["all"]
            low, high = wilson(of - missed, of)
            share.append(1 - missed / of)
            bare = redact_notes(
                without([n for part in names[origin] for n in part]), [c.text for c in cases], [None] * len(cases)
            )
            alone = score(cases, [[(s.start, s.end) for s in d.spans] for d in bare])
            cells += [f"{share[-1]:.2%} of {of:,}", f"{low:.1%} to {high:.1%}", f"{1 - alone.leak():.1%}"]
            if leaks:
                print("   ", Counter(value for _, value, _ in result.leaks).most_common(leaks))
        print(f"| {origin} | " + " | ".join(cells) + " |", flush=True)
    gaps = [
        f"{100 * (max(share) - min(share)):.2f} points on {label}"
        for share, (label, _) in zip(shares, FILES, strict=True)
    ]
    known = load_engine().lexicon
    for (label, _), names in zip(FILES, lists, strict=True):
        held = [
            bool(known.of(w) & NAME)
            for both in names.values()
            for part in both
            for n in part
            for w in WORDS.findall(fold(n))
        ]
        print(f"\nOf the {label}, {sum(held) / len(held):.0%} stand in the engine's lists of names.")
    print(f"\nGap between the best and the worst origin: {', '.join(gaps)}.")


if __name__ == "__main__":
    main()
