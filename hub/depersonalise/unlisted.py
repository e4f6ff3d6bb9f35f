"""When is a word that is a name and no ordinary word, a town, or a word of no list at all, somebody's name?"""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.company import BEFORE_PEOPLE, GUESS, MAYBE, PERSON, PLACE_BEFORE, ROYAL, WITH_WHOM
from hub.depersonalise.spelling import compound, sayable, syllable, typo_of
from hub.depersonalise.wordy import TELLS, WordyNames

MEDICINE = ("oma", "itis", "pril", "olol", "azepam", "statin", "cillin", "mycin", "racetam", "pathy", "ectomy", "otomy", "osis", "aemia",
            "emia", "oxetine", "idine", "apine", "azole", "afil", "sartan", "tidine", "parin", "gliptin", "amide", "icillin", "opram",
            "triptan", "oxaban", "zosin", "plegia", "uria", "algia", "penia", "scopy", "gram", "graphy", "ology", "pnoea", "plasty", "lysis")  # fmt: skip
"""Endings of medicines and ailments, which no word list has all of."""
ABSTRACT = (
    "ment",
    "ments",
    "tion",
    "tions",
    "sion",
    "ness",
    "ing",
    "able",
    "ible",
    "ism",
    "less",
    "ship",
    "hood",
    "ised",
    "ized",
)
"""Endings of words that begin a sentence, and of nobody's name."""


NO_SYLLABLE = lx.FUNCTION | lx.TITLE | lx.RANK | lx.CUE | lx.DOES | lx.ACTS | lx.STREET | lx.PLACE
PLAIN = lx.WORD | lx.KEEP | lx.BODY


class UnlistedNames(WordyNames):
    """Rules for names that are no words, for towns, and for words of no list."""

    def _judge_place(self, i: int, bits: int, shape: int) -> None:
        """Towns that are names too (Lincoln, Preston, Chelsea)."""
        if self._head_after(i):
            return
        before = self.words[i - 1] if i else ""
        if (
            self._before(i) & (lx.TITLE | lx.RANK)
            or self._given_beside(i)
            or (bits & lx.NAME and self._sure_given_before(i))
        ):
            self._mark(i, PERSON, "name.place-in-company")
        elif (bits & lx.NAME and (self._spoken_with(i) or before in ("with", "told", "asked", "by"))) or (
            bits & lx.GIVEN
            and not self.prose
            and (
                before in ("was", "is", "that") and i + 1 < self.n and self.words[i + 1] in ("from", "who", "at", "and")
            )
        ):
            self._mark(i, MAYBE, "name.place-in-company")
        elif bits & lx.GIVEN and bits & lx.SURNAME and not bits & lx.MAYBE_WORD and shape == reading.TITLE and before not in PLACE_BEFORE and (
                self.capitals_mean and not self._starts(i) and self.gaps[i] == " "):  # fmt: skip
            self._mark(i, MAYBE, "name.place-alone")  # `supervisor Keith D`
        elif bits & lx.NAME and before not in PLACE_BEFORE:
            cued = self._before(i) & lx.CUE
            if (
                cued
                or (self._name_after(i) and shape != reading.LOWER)
                or (bits & lx.GIVEN and (self._does_after(i) or self._possessive(i) or (
                    shape == reading.TITLE and self._starts(i) and i + 1 < self.n and self.words[i + 1] in ("at", "from", "in", "on", "to"))))
            ) or (bits & lx.GIVEN and shape == reading.TITLE and (before in BEFORE_PEOPLE or (
                    bits & lx.SURNAME == 0 and self._spoken_to(i)))):  # fmt: skip
                self._mark(i, MAYBE, "name.place-in-company")

    def _judge_name(self, i: int, word: str, bits: int, shape: int) -> None:
        """A name and no ordinary word: any case will do, short ones in lower case need company."""
        if self._head_after(i) and not self._cued(i) and not self._name_beside_left(i) and not self._head_tells(i):
            return
        if len(lx.bare(word)) <= 3 and shape in (reading.LOWER, reading.UPPER, reading.SHOUTED):
            small = self.read.casing == reading.LOWER_ONLY and len(word) == 3
            company = self._cued(i) or self._name_beside(i) or self._spoken_to(i)
            if not (company or small or (shape == reading.LOWER and self._does_after(i))) or self._what_somebody_is(i):
                return
        if bits & lx.MAYBE_WORD and shape == reading.LOWER and not self._cued(i):
            return
        self._mark(i, PERSON, "name.known")

    def _head_tells(self, i: int) -> bool:
        """`Wayne Top Shop wants the pads`: somebody called by where he works."""
        return bool(self.bits[i] & lx.GIVEN) and self.words[i] not in ROYAL and any(
            w in TELLS for w in self.words[i + 2 : i + 4])  # fmt: skip

    def _judge_unknown(self, i: int, word: str, bits: int, shape: int) -> None:
        """No curated list has it: a capital, or company, makes it a name."""
        if bits & (lx.CUE | lx.DOES | lx.STREET | lx.BODY) or not word.replace("'", "").isalpha():
            return
        if i + 1 < self.n and self.shapes[i + 1] == reading.DIGITS and not self.gaps[i + 1] and not bits:
            return  # `ETCO2`
        rare = bits & (lx.RARE_GIVEN | lx.RARE_SURNAME)
        prose = self.prose
        if prose and shape in (reading.TITLE, reading.MIXED):
            self._judge_unknown_capital(i, word, bits)
            return
        company = (
            self._cued(i)
            or (not prose and i > 0 and self._agent(i - 1) and self.gaps[i] == " ")
            or self._sure_given_before(i)
            or (self._name_after_bare(i) and bool(rare))
            or self._spoken_with(i)
            or (not prose and i > 0 and self.words[i - 1] in WITH_WHOM and self.gaps[i] == " ")
            or self._role_is(i)
        )
        if bits & lx.MAYBE_WORD:
            if company and rare:
                self._mark(i, MAYBE, "name.rare-in-company")
            return
        if prose and shape == reading.UPPER:
            if self._what_somebody_is(i):
                return
            if company or (len(word) > 5 and rare) or len(word) > 6:
                self._mark(i, PERSON if company else MAYBE, "name.capitals")
            return
        self._judge_unknown_small(i, lx.bare(word), shape, rare=bool(rare), company=company)

    def _judge_unknown_small(self, i: int, bare: str, shape: int, *, rare: bool, company: bool) -> None:
        """A word of no list in small letters, or in a note of one case."""
        prose = self.prose
        if len(bare) < 3 or not sayable(bare) or (shape == reading.LOWER and (
                bare.endswith(MEDICINE) or (prose and compound(bare, id(self.lexicon.bits))))):  # fmt: skip
            return
        own = bare[:-1] if bare.endswith("s") else ""
        whose = self.lexicon.of(own) if own else 0
        if company or (whose & lx.GIVEN and not whose & (lx.WORD | lx.KEEP | lx.PLACE) and len(own) > 2):  # `at freds`
            self._mark(i, MAYBE, "name.unknown-in-company")
        elif rare and len(bare) > 3 and not typo_of(bare, id(self.lexicon.bits)):
            self._mark(i, MAYBE, "name.rare")
        elif prose and shape == reading.LOWER and self.names_have_capitals:
            return
        elif (len(bare) > 3 and (len(bare) > 4 or not prose) and not typo_of(bare, id(self.lexicon.bits))) or (
            self._starts(i) and self._does_after(i) and (rare or not typo_of(bare, id(self.lexicon.bits), lx.COMMON))
        ):
            self._mark(i, GUESS, "name.unknown")

    def _syllables(self) -> None:
        """`ka-ho`, `man fai`, `dil bahadur` where case says nothing: two syllables, or two words that English has not."""
        for i in range(self.n - 1):
            gap = self.gaps[i + 1]
            if gap not in (" ", "-") or self.shapes[i] == reading.DIGITS:
                continue
            if self.score[i]:
                self._second_syllable(i + 1)
                continue
            one, two = self.bits[i], self.bits[i + 1]
            if self.score[i + 1]:
                if not one & (NO_SYLLABLE & ~lx.CUE) and (one & lx.ANY_NAME or not one & PLAIN) and syllable(self.words[i]) and (
                        syllable(lx.bare(self.words[i + 1])) and len(self.words[i]) > 1):  # fmt: skip
                    self._mark(i, MAYBE, "name.syllables")
                continue
            if (one | two) & NO_SYLLABLE or min(len(self.words[i]), len(self.words[i + 1])) < 2:
                continue
            strange = (not one & PLAIN) + (not two & PLAIN)
            spoken = syllable(self.words[i]) and syllable(lx.bare(self.words[i + 1]))
            family = i + 2 < self.n and self.gaps[i + 2] == " " and self.score[i + 2] > 0  # `wing kit kwok`
            stands = family or self._cued(i) or self._spoken_to(i) or self._does_after(i + 1) or self._possessive(i + 1)
            if (one | two) & lx.COMMON and not (spoken and stands and (strange or family)):
                continue
            if (strange == 2 and not spoken and (stands or self._neither_short(i)) and min(len(w) for w in self.words[i : i + 2]) > 2) or (
                    spoken and (stands or (gap == "-" and strange)) and (strange or family or self._end_of_phrase(i + 1))):  # fmt: skip
                self._mark(i, MAYBE, "name.syllables")
                self._mark(i + 1, MAYBE, "name.syllables")

    def _second_syllable(self, i: int) -> None:
        """`hung ta says`: a short word that closes a name of syllables."""
        short = not self.score[i] and len(self.words[i]) < 4 and self.shapes[i] != reading.DIGITS
        if short and syllable(self.words[i]) and syllable(self.words[i - 1]) and self.gaps[i] == " " and self._end_of_phrase(i) and not (
                self.bits[i] & (lx.FUNCTION | lx.CUE | lx.TITLE | lx.RANK | lx.DOES)) and self.bits[i - 1] & lx.ANY_NAME:  # fmt: skip
            self._mark(i, MAYBE, "name.syllables")

    def _neither_short(self, i: int) -> bool:
        """Can both of two unknown words be said, and is one of them no misspelling?"""
        pair = [lx.bare(w) for w in self.words[i : i + 2]]
        return all(len(w) > 2 and sayable(w) and not w.endswith(MEDICINE) for w in pair) and any(
            len(w) > 3 and not typo_of(w, id(self.lexicon.bits)) for w in pair)  # fmt: skip

    def _judge_unknown_capital(self, i: int, word: str, bits: int) -> None:
        if self._head_after(i) and not self._cued(i) and not self._name_beside_left(i):
            return
        start = self._starts(i)
        bare = lx.bare(word)
        close = self._cued(i) or self._given_beside(i) or self._possessive(i) or self._bracketed(i)
        if not bits & lx.ANY_NAME and not close and (self._place_before(i) or (
                start and compound(bare, id(self.lexicon.bits)))):  # fmt: skip
            return
        if (
            start
            and not close
            and not bits & lx.ANY_NAME
            and not self._does_after(i)
            and not self._and_name(i)
            and (bare.endswith(ABSTRACT) or not sayable(bare))
        ):
            return
        if i > 1 and self.words[i - 1] == "the" and self.shapes[i - 1] == reading.TITLE and not self._starts(i - 1):
            return  # `from The Limes`: a house of many, or a pub
        company = close or self._does_after(i) or self._acts_after(i)
        if bits & lx.MAYBE_WORD:
            if company or bits & lx.ANY_NAME:
                self._mark(i, MAYBE, "name.rare-capital")
            return
        if (
            start
            and not company
            and not bits & (lx.RARE_GIVEN | lx.RARE_SURNAME)
            and not self._and_name(i)
            and typo_of(bare, id(self.lexicon.bits))
        ):
            return
        self._mark(i, PERSON if company else MAYBE, "name.unknown-capital")
