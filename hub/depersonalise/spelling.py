"""What does the spelling of a word say: near an ordinary one, two of them in one, sayable, a syllable of a name, near another?"""

from __future__ import annotations

import re
from functools import lru_cache

from hub.depersonalise import lexicon as lx

KNOWN_WORDS: dict[int, dict[str, int]] = {}
SYLLABLE = re.compile(
    r"(?:zh|ch|sh|tsz|sz|ts|tz|ngh?|nh|kw|gw|th|tr|ph|kh|gi|qu|[bpmfdtnlgkhjqxrzcswyv])?"
    r"(?:(?<=tsz)|iang|uang|iong|eung|[aeiou]{1,3}ng|[aeiou]{1,3}(?:nh|ch|[nkptmrwyhc])?|[aeo]w|[aou]y|yuen|yuk|ng)"
)
"""What Mandarin, Cantonese and Vietnamese names are made of, as Latin letters spell them."""
NO_SYLLABLES = frozenset(
    "the he she me my we so to no go do be in on at an it is if us up of or by his her has had was can may did for not but you the our out".split()
)
VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=100_000)
def typo_of(word: str, lexicon_id: int, common: int = lx.OFTEN) -> bool:
    """Is an unknown word one letter away from one that is often written (or of another class)?"""
    known = KNOWN_WORDS[lexicon_id]
    for prefix in ("un", "re", "non", "pre", "mis", "over", "under", "out", "inter"):
        if word.startswith(prefix) and known.get(word[len(prefix) :], 0) & common:
            return True
    if len(word) < 5:
        return False  # nearly every four letters are near some word
    cuts = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]  # the first letter is hardly ever wrong
    letters = "aeioulnrstchmdpgbyk"
    return any(known.get(a + b[1:], 0) & common for a, b in cuts if b) or any(
        known.get(a + b[1] + b[0] + b[2:], 0) & common for a, b in cuts if len(b) > 1) or any(
        known.get(a + c + b, 0) & common or (b and known.get(a + c + b[1:], 0) & common) for a, b in cuts for c in letters)  # fmt: skip


@lru_cache(maxsize=50_000)
def compound(word: str, lexicon_id: int) -> bool:
    """Are both halves ordinary words (`wellbeing`, `workmate`)?"""
    known = KNOWN_WORDS[lexicon_id]
    return any(
        known.get(word[:at], 0) & known.get(word[at:], 0) & (lx.WORD | lx.FUNCTION) for at in range(2, len(word) - 2)
    )


@lru_cache(maxsize=20_000)
def syllable(word: str) -> bool:
    return len(word) < 7 and word not in NO_SYLLABLES and SYLLABLE.fullmatch(word) is not None


def sayable(word: str) -> bool:
    """Vowels enough to be spoken: `twds` and `rptd` are abbreviations."""
    vowels = len(VOWEL.findall(word))
    return vowels > 0 and len(word) <= vowels * 4 + 1 and vowels < len(word)


_SOUNDS = (
    (("ph"), "f"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("z", "s"),
    ("y", "i"),
    ("w", "v"),
    ("gh", "g"),
    ("th", "t"),
)


@lru_cache(maxsize=20_000)
def bones(word: str) -> str:
    """A name's consonants as they sound: what transliterations and spellings by ear have in common."""
    first = word[0]
    for spelt, sound in _SOUNDS:
        word = word.replace(spelt, sound)
    kept: list[str] = []
    for letter in word[1:]:
        if letter not in "aeiouh" and letter != (kept[-1] if kept else ""):
            kept.append(letter)
    return first + "".join(kept)


def one_edit(one: str, other: str) -> bool:
    """Do two words differ by one letter more, fewer, other, or by two neighbours exchanged?"""
    if abs(len(one) - len(other)) > 1 or (one[:1] != other[:1] and one[1:2] != other[1:2] and one[:2] != other[1::-1]):
        return False
    if len(one) > len(other):
        one, other = other, one
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) == len(other):
        swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
        return one[at + 1 :] == other[at + 1 :] or swapped
    return one[at:] == other[at + 1 :]
