"""Which words name people who are not in the record? Name lists, weighed by how ordinary the word is, by case and company.

A word that is a name and hardly anything else counts in any case. A word that is also an ordinary one (Mark, Grace,
Will, Hill) counts by its company: a title, a rank, kin, another name beside it, or a verb that people do after it.
An unknown word with a capital is taken for a name, unless what follows makes it a street or an institution. Where a
note is written in one case throughout, case says nothing and company decides alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.company import LEADING, MAYBE, PERSON, cased_first
from hub.depersonalise.joining import JoinedNames
from hub.depersonalise.lexicon import Lexicon, Lists
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span
from hub.depersonalise.spelling import typo_of
from hub.depersonalise.wordy import ADJECTIVES, DULL_WORD

WORDS = lx.WORD | lx.FUNCTION | lx.KEEP
NEVER_ALONE = lx.FUNCTION | lx.KEEP | lx.CUE | lx.DOES | lx.TITLE | lx.RANK | lx.BODY | lx.STREET | lx.PLACE | lx.COMMON
NEAR = lx.TITLE | lx.RANK | lx.CUE | lx.GIVEN
"""Without one of these before it, or a name or a deed after it, an ordinary word in small letters is no name."""
BRANDS_NOT = ("mc", "mac", "de", "la", "le", "fitz", "o'", "di", "da", "van", "al", "el", "du", "st", "bin", "abd")
"""How a name with a capital inside begins; others with one are firms' and things' (MaxFax, PlayStation)."""
ACTING = lx.DOES | lx.NAME
SPELT_FROM = 4
ACCENTED_WORDS = frozenset("cafe cafes fiance fiancee fiances cliche naive resume decor facade protege melee matinee soiree deja vu creche crepe"
                           " entree saute pate souffle debut regime seance blase expose risque a la cortege menage communique detente".split())  # fmt: skip


def find_people(read: Note, lexicon: Lexicon, lists: Lists = Lists(), *, strict: bool = False) -> list[Span]:
    """Names of people by the text alone. `strict`: every capitalised word that is not known to be ordinary."""
    found = _Finder(read, lexicon, lists, strict=strict).spans()
    if read.casing == reading.PROSE and read.starts_small():
        found += _Finder(read.in_small(), lexicon, lists, strict=False).spans()
    return found


class _Finder(JoinedNames):
    """Judges every word of a note, then joins what is one name."""

    def spans(self) -> list[Span]:
        """Judge every word, grow names over their neighbours, join what touches."""
        if not self.n:
            return []
        self._judge_all()
        self._spelt_out()
        if self.prose:
            self._always_capital()
            self._begins()
        self._called_so()
        self._in_slots()
        self._grow()
        self._between()
        self._again()
        if self._beside_names():
            self._again()
        self._loose_ends()
        if self.strict:
            self._sweep()
        return self._joined()

    def _judge_all(self) -> None:
        """Judge each token that may be a name."""
        keep, mask, odd, prose = self.lists.keep, self.lists.mask, self.odd, self.prose
        words, shapes, bits = self.words, self.shapes, [*self.bits, 0]
        for i in self._worth_judging():
            word, kind, shape = words[i], bits[i], shapes[i]
            if shape == reading.DIGITS:
                continue
            if not mask and (shape == reading.LOWER or not prose) and i not in odd and word != "will":
                if not prose and lx.is_plain(kind):
                    continue
                company = 0 if not i else NEAR if shapes[i - 1] == reading.DIGITS else bits[i - 1]
                if prose and kind & WORDS and not (company & NEAR or bits[i + 1] & ACTING):
                    continue  # an ordinary word in small letters, nobody's company
            if word in mask:
                self._mark(i, 1.0, "name.list")
            elif word not in keep and not self.score[i]:
                self._judge(i, word, kind, shape)

    def _worth_judging(self) -> Iterable[int]:
        """All tokens but, in prose, the words in small letters that are nobody's name: two of three."""
        if not self.prose or self.lists.mask:
            return range(self.n)
        loud = compress(range(self.n), self.read.loud)
        return sorted({*loud, *self.odd}) if self.odd else loud

    def _judge(self, i: int, word: str, bits: int, shape: int) -> None:
        if len(word) == 1:
            self._judge_letter(i, shape)
            return
        if i in self.odd:
            if word not in ACCENTED_WORDS and shape != reading.DIGITS:
                self._mark(i, PERSON if cased_first(self.read, i) else MAYBE, "name.accent")
            return
        if shape == reading.MIXED and not bits & lx.ANY_NAME and not word.startswith(BRANDS_NOT):
            return
        if i and self.words[i - 1] in LEADING and self._led(i, bits, shape):
            return
        if shape == reading.LOWER and self.prose and self._small_start(i, bits):
            self._mark(i, MAYBE, "name.small-start")
            return
        if self.gaps[i + 1] == "-" and self._doubled(i):
            self._mark(i, MAYBE, "name.doubled")
            self._mark(i + 1, MAYBE, "name.doubled")
            return
        cased = shape in (reading.TITLE, reading.MIXED) or (shape == reading.UPPER and self.prose)
        if bits & (lx.FUNCTION | lx.KEEP | lx.WORD | lx.TITLE | lx.RANK):
            self._judge_word(i, word, bits, shape, cased=cased)
        elif bits & lx.PLACE:
            self._judge_place(i, bits, shape)
        elif bits & (lx.GIVEN | lx.SURNAME):
            self._judge_name(i, word, bits, shape)
        else:
            self._judge_unknown(i, word, bits, shape)

    def _judge_letter(self, i: int, shape: int) -> None:
        if i in self.odd and i + 1 < self.n and i + 1 in self.odd and self.gaps[i + 1] == " ":
            self._mark(i, MAYBE, "name.accent")  # `ó súilleabháin`
        elif shape == reading.TITLE and i and self.bits[i - 1] & lx.TITLE and self.gaps[i] in (" ", ". "):
            self._mark(i, MAYBE, "name.after-title")

    def _doubled(self, i: int) -> bool:
        """`Jun-Jun`: one name said twice."""
        cased = self.shapes[i] == reading.TITLE or (not self.prose and not self.bits[i] & lx.WORD)
        return i + 1 < self.n and cased and lx.bare(self.words[i + 1]) == self.words[i]

    def _led(self, i: int, bits: int, shape: int) -> bool:
        """Does the word before settle what this one is: a saint, a title, an epithet?"""
        if self._saint(i):
            return True
        if self._after_simple_title(i, bits, shape):
            self._mark(i, PERSON, "name.after-title")
        elif self._epithet_before(i, bits, shape):
            self._mark(i - 1, MAYBE, "name.epithet")
            self._mark(i, MAYBE, "name.epithet")
        return self.score[i] > 0

    def _always_capital(self) -> None:
        """`Who's Snowy? Snowy agreed`: a word that is written twice or more, each time with a capital, once inside a sentence."""
        seen: dict[str, list[int]] = {}
        bits, score = self.bits, self.score
        alone = [i for i in self.titles if bits[i] & lx.WORD and not bits[i] & NEVER_ALONE and not score[i]]
        if len(alone) < 2:
            return
        for i in alone:
            seen.setdefault(lx.bare(self.words[i]), []).append(i)
        often = {word: places for word, places in seen.items() if len(places) > 1 and word not in self.lists.keep}
        if not often or not self.capitals_mean:
            return
        small = {word for word, shape in zip(self.words, self.shapes, strict=True) if shape == reading.LOWER}
        for word, places in often.items():
            if word not in small and not all(self._starts(i) for i in places) and not any(
                    self._titled_beside(i) or self._head_after(i) for i in places):  # fmt: skip
                for i in places:
                    self._mark(i, MAYBE, "name.always-capital")

    def _spelt_out(self) -> None:
        """`B R A N N I G A N` and `k.a.t.h`: four single letters and more."""
        single = self.letters
        if not any(
            last - first == SPELT_FROM - 1 for first, last in zip(single, single[SPELT_FROM - 1 :], strict=False)
        ):
            return
        i = 0
        while i < self.n:
            j = i
            while j < self.n and len(self.words[j]) == 1 and self.shapes[j] != reading.DIGITS and (
                    j == i or self.gaps[j] in (" ", ".", "-", ". ")):  # fmt: skip
                j += 1
            if j - i >= SPELT_FROM:
                for k in range(i, j):
                    self._mark(k, MAYBE, "name.spelt-out")
            i = max(j, i + 1)

    def _beside_names(self) -> bool:
        """`Green and White`, `Gift, Favour & Joy`: a name that is a word, linked to a found name. Was there one?"""
        found = False
        if not self.prose:
            self._pairs()
            self._syllables()
            return found
        waiting = [
            i for i, bits in compress(enumerate(self.bits), self.read.loud)
            if bits & lx.NAME and not self.score[i] and not bits & (lx.FUNCTION | lx.CUE | lx.TITLE | lx.RANK)
            and (not bits & lx.KEEP or bits & lx.WORD) and self.shapes[i] in (reading.TITLE, reading.UPPER)
            and self.words[i] not in self.lists.keep
        ]  # fmt: skip
        for order in (waiting, waiting[::-1]):
            for i in order:
                if not self.score[i] and (self._linked(i, -1) or self._linked(i, 1)) and not self._head_after(i):
                    self._mark(i, MAYBE, "name.linked")
                    found = True
        return found

    def _pairs(self) -> None:
        """`mark and will young`: where case says nothing, a given name that begins a sentence, `and`, a found name."""
        for i in range(self.n - 2):
            if self.gaps[i] == ", " and self.words[i + 1] in ("and", "n") and self.gaps[i + 1] == self.gaps[i + 2] == " " and (
                    self.score[i + 2] and not self.score[i] and not self.bits[i] & ~(lx.ANY_NAME | lx.WORD | lx.MAYBE_WORD)):  # fmt: skip
                self._mark(i, MAYBE, "name.linked")  # `two olders, stretch and marlon`
            elif not self.bits[i] & (lx.OFTEN | DULL_WORD) and not self.score[i] and not self.words[i].endswith(ADJECTIVES) and (
                    self._rare_stands(i)):  # fmt: skip
                self._mark(i, MAYBE, "name.rare-stands")
            elif self.bits[i] & lx.GIVEN and not self.score[i] and not self.bits[i] & (lx.FUNCTION | lx.KEEP | lx.CUE) and (
                    self.score[i + 2] and self.words[i + 1] in ("and", "n") and self._starts(i)):  # fmt: skip
                self._mark(i, MAYBE, "name.linked")

    def _rare_stands(self, i: int) -> bool:
        """`winsome and errol`, `yogini has not come`: a word hardly ever written, beside a name or where one begins to do something."""
        if self.shapes[i] == reading.DIGITS or len(self.words[i]) < 3:
            return False
        beside = (self.words[i + 1] in ("and", "n") and self.score[i + 2] > 0 and self.gaps[i + 2] == " ") or (
            i > 1 and self.words[i - 1] in ("and", "n") and self.score[i - 2] > 0 and self.gaps[i] == self.gaps[i - 1] == " ")  # fmt: skip
        begins = self.gaps[i].endswith((". ", ", ", "\n", ": ", "; ")) or not i
        return beside or self._who_then(i) or (begins and self.words[i + 1] in ("has", "was", "is", "will", "had", "said", "says", "went", "denied")
                                              and not typo_of(self.words[i], id(self.lexicon.bits)))  # fmt: skip

    def _linked(self, i: int, step: int) -> bool:
        j, k = i + step, i + 2 * step
        near = (
            0 <= j < self.n
            and self.gaps[max(i, j)].strip() in ("&", "/", "+", ",")
            and self.gaps[max(i, j)].strip(" ") != ""
        )
        if near and self.score[j]:
            return not self._starts(max(i, j))
        joined = (
            0 <= k < self.n
            and self.words[j] in ("and", "or", "n", "nd")
            and self.gaps[max(i, j)] == self.gaps[max(j, k)] == " "
        )
        return joined and bool(self.score[k])

    def _sweep(self) -> None:
        """Strict: every capitalised word that no list knows to be ordinary, and every name at all."""
        prose = self.prose
        for i in range(self.n):
            bits, shape = self.bits[i], self.shapes[i]
            if (
                self.score[i]
                or shape in (reading.LOWER, reading.DIGITS)
                or self.words[i] in self.lists.keep
                or len(self.words[i]) < 2
            ):
                continue
            ordinary = bits & (lx.WORD | lx.FUNCTION | lx.KEEP | lx.TITLE | lx.RANK | lx.BODY | lx.STREET | lx.CUE)
            if (not ordinary and (prose or not typo_of(lx.bare(self.words[i]), id(self.lexicon.bits)))) or (
                prose and bits & lx.NAME and not bits & (lx.FUNCTION | lx.KEEP) and not self._starts(i)
            ):
                self._mark(i, 0.3, "strict.capitalised")
