"""Notes to train the statistical layer on: sentences with people in them and sentences with words that only look so.

Written for training alone: the evaluation's notes and sentences are others. Names are drawn from the stock, names that
are words (mark, hope, young) more often than life has them, since they are what the rules cannot settle; half of the
notes are in one case throughout, where capitals help nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise.lexicon import Lexicon

WITH = """
{P} rang to say that {P} has been shouting again|spoke with {P} about the broken gate|tenant {P} not in, card left
{P} and {P} were arguing outside the shop|son {P} lives with {P} at the moment|male named as {P} ran off
seen by dr {P} and nurse {P}|caller states {P} threw a stone at {P}|{P} reports feeling low since {P} left
mum {P} says {P} did not come home|victim {P} does not support|{P} was upset when {P} arrived|ex partner {P} turned up
handed over to {P} from the night team|{P} to be seen by {P} on monday|brother {P} collected her|met {P} at the office
known to {P}, no other contact|{P}, {P} and {P} were on the wall|statement taken from {P}|ambulance called by {P}
{P} denies it and blames {P}|letter sent to {P}|pc {P} to update {P}|friend {P} gave a different account|{P} is doing well
she stays with {P} at weekends|he said {P} hit {P}|i asked {P} if {P} was there|{P} has not paid|{P}'s dog bit {P}
school say {P} was late|support worker {P} present|{P} wants to move|told {P} to call back|saw {P} by the bins|{P} fell in the bath
"""
WITHOUT = """
there is a mark on the wall and the bill is due|will attend in may and hope to close|he may need a long rest
the young male wore a brown coat|grace period has ended, no rent paid|she rose early and had a short walk
white van parked by the green|bail until friday, court on monday|page two of the form was blank|the price of the bell
pat the dog and guy ropes were cut|art club on wednesday|chase up the drug and alcohol referral|rob or steal to order
sue for damages or settle|church hall window smashed|no faith in the police|dawn raid planned|the bank on the hill
harsh words but no joy|rich tea biscuits and a bottle of water|noise from the flat, music until late|obs stable on arrival
engaged well with the session|bins overflowing, area cleared|referral made to housing and adult social care|no further action
stable overnight, to be reviewed in the morning|window forced at the rear, tidy search|water on the floor, electrics isolated
"""
SURE = lx.WORD | lx.KEEP | lx.FUNCTION | lx.PLACE | lx.CUE | lx.BODY | lx.STREET | lx.DOES


def drill(lexicon: Lexicon, count: int, seed: int) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """`count` notes and the places of their people, the same for one seed and stock."""
    dice = random.Random(seed)  # noqa: S311  # training data, not secrets
    given = sorted(w for w, b in lexicon.bits.items() if b & lx.GIVEN and not b & SURE)
    surnames = sorted(w for w, b in lexicon.bits.items() if b & lx.SURNAME and not b & SURE)
    wordy = sorted(
        w for w, b in lexicon.bits.items() if b & lx.NAME and b & lx.WORD and not b & (lx.FUNCTION | lx.KEEP | lx.BODY)
    )
    people, plain = (s.replace("\n", "|").strip("|").split("|") for s in (WITH, WITHOUT))
    for _ in range(count):
        case = dice.choice([str.upper, str.lower, str.lower, None])
        text = ""
        spans = []
        for _ in range(dice.randint(1, 4)):
            sentence = dice.choice(people if dice.random() < 0.7 else plain)
            first = True
            for at, part in enumerate(sentence.split("{P}")):
                if at:
                    name = _name(dice, given, surnames, wordy)
                    spans.append((len(text), len(text) + len(name)))
                    text += name
                    first = False
                text += part[:1].upper() + part[1:] if first and part else part
                first = False
            text += dice.choice([". ", "; ", ", ", " - "])
        yield (case(text) if case else text), spans


def _name(dice: random.Random, given: list[str], surnames: list[str], wordy: list[str]) -> str:
    one = dice.choice(wordy if dice.random() < 0.3 else given).capitalize()
    two = dice.choice(wordy if dice.random() < 0.3 else surnames).capitalize()
    return dice.choice([one, one, f"{one} {two}", f"{one} {two}", two])
