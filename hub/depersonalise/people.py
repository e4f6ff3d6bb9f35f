"""Which words name people who are not in the record? Name lists, weighed by how ordinary the word is, by case and company.

A word that is a name and hardly anything else counts in any case. A word that is also an ordinary one (Mark, Grace,
Will, Hill) counts by its company: a title, a rank, kin, another name beside it, or a verb that people do after it.
An unknown word with a capital is taken for a name, unless what follows makes it a street or an institution. Where a
note is written in one case throughout, case says nothing and company decides alone.
"""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.company import GUESS, LEADING, MAYBE, OWNED, PERSON, cased_first
from hub.depersonalise.lexicon import Lexicon, Lists
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span
from hub.depersonalise.slots import InSlots
from hub.depersonalise.spelling import sayable, syllable, typo_of
from hub.depersonalise.wordy import ADJECTIVES, DULL_WORD, INITIALS_SMALL

PARTICLES = frozenset("al el bin bint ibn abu abd abdul de da do dos das del della di du la le van von der den ter ap ab ferch"
                      " mac mc o st ul ur uz ud e ten y san".split())  # fmt: skip
DULL = lx.FUNCTION | lx.KEEP | lx.DOES | lx.CUE | lx.STREET | lx.BODY
"""In prose, in small letters, no name."""
WORDS = lx.WORD | lx.FUNCTION | lx.KEEP
NO_SHORT_FORM = lx.FUNCTION | lx.KEEP | lx.CUE | lx.COMMON
NEVER_ALONE = lx.FUNCTION | lx.KEEP | lx.CUE | lx.DOES | lx.TITLE | lx.RANK | lx.BODY | lx.STREET | lx.PLACE | lx.COMMON
ORDINARY = lx.OFTEN | lx.FUNCTION | lx.KEEP
NEAR = lx.TITLE | lx.RANK | lx.CUE | lx.GIVEN
"""Without one of these before it, or a name or a deed after it, an ordinary word in small letters is no name."""
BRANDS_NOT = ("mc", "mac", "de", "la", "le", "fitz", "o'", "di", "da", "van", "al", "el", "du", "st", "bin", "abd")
"""How a name with a capital inside begins; others with one are firms' and things' (MaxFax, PlayStation)."""
NO_INITIALS = frozenset("ainwur")
"""Letters that are a word of their own behind a name: `kath n bob`, `kath w 2 kids`."""
SPELT_FROM = 4
ACCENTED_WORDS = frozenset("cafe cafes fiance fiancee fiances cliche naive resume decor facade protege melee matinee soiree deja vu creche crepe"
                           " entree saute pate souffle debut regime seance blase expose risque a la cortege menage communique detente".split())  # fmt: skip


def find_people(read: Note, lexicon: Lexicon, lists: Lists = Lists(), *, strict: bool = False) -> list[Span]:
    """Names of people by the text alone. `strict`: every capitalised word that is not known to be ordinary."""
    finder = _Finder(read, lexicon, lists, strict=strict)
    return finder.spans()


class _Finder(InSlots):
    """Judges every word of a note, then joins what is one name."""

    def spans(self) -> list[Span]:
        """Judge every word, grow names over their neighbours, join what touches."""
        if not self.n:
            return []
        keep, mask = self.lists.keep, self.lists.mask
        prose = self.read.casing == reading.PROSE
        dull = DULL if prose else 0
        quick = not mask
        before = 0
        following = [*self.bits[1:], 0]
        for i, (word, bits, shape, after) in enumerate(zip(self.words, self.bits, self.shapes, following, strict=True)):
            company, before = before, bits
            if shape == reading.DIGITS:
                before = NEAR
                continue
            if quick and (shape == reading.LOWER or not prose) and i not in self.odd and word != "will":
                if bits & dull or (bits & WORDS and not bits & lx.ANY_NAME and bits & ORDINARY):
                    continue
                if prose and bits & WORDS and not (company & NEAR or after & (lx.DOES | lx.NAME)):
                    continue  # an ordinary word in small letters, nobody's company
            if word in mask:
                self.score[i], self.rule[i] = 1.0, "name.list"
            elif word not in keep and not self.score[i]:
                self._judge(i, word, bits, shape)
        self._spelt_out()
        if prose:
            self._always_capital()
        self._called_so()
        self._in_slots()
        self._grow()
        self._between()
        self._again()
        if self._beside_names():
            self._again()
        if self.strict:
            self._sweep()
        return self._joined()

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
        if shape == reading.LOWER and self.read.casing == reading.PROSE and self._small_start(i, bits):
            self._mark(i, MAYBE, "name.small-start")
            return
        if self.gaps[i + 1] == "-" and self._doubled(i):
            self._mark(i, MAYBE, "name.doubled")
            self._mark(i + 1, MAYBE, "name.doubled")
            return
        cased = shape in (reading.TITLE, reading.MIXED) or (
            shape == reading.UPPER and self.read.casing == reading.PROSE
        )
        if bits & (lx.FUNCTION | lx.KEEP | lx.WORD | lx.TITLE | lx.RANK):
            self._judge_word(i, word, bits, shape, cased=cased)
        elif bits & lx.PLACE:
            self._judge_place(i, bits, shape)
        elif bits & (lx.GIVEN | lx.SURNAME):
            self._judge_name(i, word, bits, shape)
        else:
            self._judge_unknown(i, word, bits, shape)

    def _judge_letter(self, i: int, shape: int) -> None:
        if i in self.odd and i + 1 < self.n and i + 1 in self.odd and self._gap(i + 1) == " ":
            self._mark(i, MAYBE, "name.accent")  # `ó súilleabháin`
        elif shape == reading.TITLE and i and self.bits[i - 1] & lx.TITLE and self._gap(i) in (" ", ". "):
            self._mark(i, MAYBE, "name.after-title")

    def _doubled(self, i: int) -> bool:
        """`Jun-Jun`: one name said twice."""
        cased = self.shapes[i] == reading.TITLE or (self.read.casing != reading.PROSE and not self.bits[i] & lx.WORD)
        return i + 1 < self.n and cased and lx.bare(self.words[i + 1]) == self.words[i]

    def _led(self, i: int, bits: int, shape: int) -> bool:
        """Does the word before settle what this one is: a saint, a title, an epithet?"""
        if self._saint(i):
            return True
        if self._after_simple_title(i, bits, shape):
            self._mark(i, PERSON, "name.after-title")
        elif self._epithet_before(i, bits, shape):
            self._mark(i, MAYBE, "name.epithet")
        return self.score[i] > 0

    def _always_capital(self) -> None:
        """`Who's Snowy? Snowy agreed`: a word that is written twice or more, each time with a capital, once inside a sentence."""
        seen: dict[str, list[int]] = {}
        alone = [i for i, (bits, shape) in enumerate(zip(self.bits, self.shapes, strict=True))
                 if shape == reading.TITLE and bits & lx.WORD and not bits & NEVER_ALONE]  # fmt: skip
        for i in alone if len(alone) > 1 else ():
            if not self.score[i]:
                seen.setdefault(lx.bare(self.words[i]), []).append(i)
        for word, places in seen.items():
            if len(places) > 1 and self.capitals_mean and word not in self.words[: places[0]] and not all(self._starts(i) for i in places) and not any(
                    self._titled_beside(i) or self._head_after(i) for i in places) and word not in self.lists.keep:  # fmt: skip
                for i in places:
                    self._mark(i, MAYBE, "name.always-capital")

    def _spelt_out(self) -> None:
        """`B R A N N I G A N` and `k.a.t.h`: four single letters and more."""
        single = [i for i, w in enumerate(self.words) if len(w) == 1 and self.shapes[i] != reading.DIGITS]
        if not any(
            last - first == SPELT_FROM - 1 for first, last in zip(single, single[SPELT_FROM - 1 :], strict=False)
        ):
            return
        i = 0
        while i < self.n:
            j = i
            while j < self.n and len(self.words[j]) == 1 and self.shapes[j] != reading.DIGITS and (
                    j == i or self._gap(j) in (" ", ".", "-", ". ")):  # fmt: skip
                j += 1
            if j - i >= SPELT_FROM:
                for k in range(i, j):
                    self._mark(k, MAYBE, "name.spelt-out")
            i = max(j, i + 1)

    def _grow(self) -> None:
        """From a found name over initials, particles and names beside it."""
        for i in range(self.n):
            if self.score[i] < GUESS:
                continue
            for step in (1, -1):
                j = i + step
                while 0 <= j < self.n and not self.score[j] and self._joins(j, j - step, step):
                    self._mark(j, max(MAYBE, self.score[i] - 0.1), "name.grown")
                    j += step

    def _joins(self, j: int, i: int, step: int) -> bool:  # noqa: C901  # a table of cases, read from the top
        """Does word j belong to the name that ends (or begins) at word i?"""
        gap = self._gap(max(i, j))
        bits, word, shape = self.bits[j], self.words[j], self.shapes[j]
        if shape == reading.DIGITS or word in self.lists.keep or (step > 0 and self._possessive(i)):
            return False
        if gap == "-" and shape != reading.LOWER and self.shapes[i] != reading.LOWER:
            return True
        prose = self.read.casing == reading.PROSE
        if prose and shape == reading.LOWER and bits & lx.WORD:
            return False
        if not prose and bits & (lx.DOES | lx.ACTS):
            return False
        if prose and step < 0 and shape == reading.UPPER and 1 < len(word) < 6 and self.shapes[i] == reading.TITLE and not (
                bits & lx.NAME and not bits & lx.WORD and len(word) > 3):  # fmt: skip
            return False  # `ENP Lindiwe`: what somebody is
        titled = shape in (reading.TITLE, reading.MIXED, reading.UPPER) and (prose or len(word) == 1)
        capitals = titled and self.shapes[i] in (reading.TITLE, reading.MIXED, reading.UPPER)
        if capitals and gap in (" ", "-") and syllable(word) and syllable(self.words[i]):
            return True  # `Yip Sze Man`: names of several syllables, some of which are words here
        if len(word) == 1 and shape == reading.LOWER and self.read.casing == reading.LOWER_ONLY:
            if step < 0:
                return gap in (" ", ". ") and word in INITIALS_SMALL and bool(self.bits[i] & lx.ANY_NAME)
            return gap == " " and word not in NO_INITIALS and bool(self.bits[i] & lx.GIVEN)
        if len(word) == 1:
            return (
                titled
                and gap in (" ", ". ", ".", ", ")
                and not (step > 0 and "." in gap and len(self.words[i]) > 1)
                and not (step < 0 and j and self._gap(j) in ("&", "/"))
                and not (step < 0 and j and self.shapes[j - 1] == reading.DIGITS and not self._gap(j))
                and (step < 0 or word not in ("a", "i") or (prose and gap == " " and self._does_now(j)))
                and not (step < 0 and self._starts(j) and word in ("a", "i") and "." not in gap)
            )
        if gap not in (" ", "-", "  "):
            return (
                gap == ", "
                and step > 0
                and bool(bits & lx.GIVEN)
                and titled
                and not bits & (lx.COMMON | lx.FUNCTION | lx.KEEP)
                and bool(self.bits[i] & lx.SURNAME)
            )
        if word in PARTICLES and not bits & lx.TITLE:
            k = j + step
            if (
                step < 0
                and word not in ("o", "e", "y", "san", "ten", "st", "la", "do", "da")
                and not (
                    word == "van"
                    and k >= 0
                    and self.words[k]
                    in ("a", "the", "white", "blue", "his", "her", "black", "transit", "red", "silver", "grey")
                )
            ):
                return True
            return (
                0 <= k < self.n
                and bool(self.score[k] or self.bits[k] & lx.NAME or self.words[k] in PARTICLES)
                and self._gap(max(j, k)) in (" ", "-")
            )
        if step > 0 and capitals and gap == " " and self._surname_head(i, j):
            return True
        if step > 0 and capitals and bits & lx.SURNAME and not bits & lx.FUNCTION and self._is_given(i) and gap == " ":
            return not self._starts_street(j) and not self._possessive(i)
        surely = self.bits[i] & lx.ANY_NAME and not self.bits[i] & lx.KNOWN
        if (
            shape == reading.TITLE
            and step < 0
            and bits & lx.KEEP
            and bits & lx.ANY_NAME
            and surely
            and not bits & lx.WORD
        ):
            return True  # `Jun Hao`
        if word == "guy" and step < 0 and surely and self.words[j - 1] not in OWNED:
            return True
        if gap == " " and not bits & (lx.WORD | lx.PLACE) and len(word) > 3 and word not in lx.MONTHS and (
                (step > 0 and not prose and bits & lx.SURNAME and bits & lx.KEEP)  # `rokeya bibi`
                or (step < 0 and bits & lx.CUE and bits & lx.GIVEN and (not j or self.words[j - 1] not in OWNED))):  # fmt: skip
            return True  # `nana yaw`
        if step < 0 and capitals and gap == " " and bits & lx.GIVEN and bits & (lx.STREET | lx.BODY) and surely:
            return True  # `Loan Truong`, `Bill Tunnicliff`
        if bits & (lx.KEEP | lx.FUNCTION | lx.CUE | lx.BODY | lx.RANK | lx.TITLE | lx.STREET) or word in lx.MONTHS:
            return False
        if bits & lx.DOES and not bits & lx.NAME:
            return False
        if step < 0 and capitals and self._starts(j) and self.bits[i] & lx.ANY_NAME and not self.bits[i] & lx.KNOWN:
            several = i + 1 < self.n and self.score[i + 1] > 0 and len(word) < 5 and bits & lx.ANY_NAME  # `Man Fai Tse`
            return bool(bits & lx.NAME or several or not bits & lx.WORD or not bits & lx.OFTEN)
        if titled and self.shapes[i] != reading.LOWER and (step > 0 or not self._starts(j)):
            return (
                bool(bits & (lx.NAME if bits & lx.COMMON and not (step > 0 and self.capitals_mean) else lx.ANY_NAME))
                or not bits & lx.KNOWN
                or (not bits & (lx.OFTEN | DULL_WORD) and not word.endswith(ADJECTIVES))
                or (not bits & lx.COMMON and step > 0 and bool(self.bits[i] & lx.GIVEN))
            )
        if titled and step < 0:
            return (bool(bits & lx.NAME) and not bits & lx.COMMON) or not bits & lx.KNOWN
        surely = self.bits[i] & lx.ANY_NAME and not self.bits[i] & lx.KNOWN
        if (
            not prose
            and step > 0
            and gap == " "
            and bits & lx.PLACE
            and self.bits[i] & lx.GIVEN
            and self._end_of_phrase(j)
        ):
            return True  # `sharon tring she lives`
        if (
            surely
            and bits & lx.NAME
            and not bits & lx.DOES
            and (step > 0 or bits & lx.GIVEN)
            and not (prose and bits & lx.WORD)
        ):
            return True
        if not prose and step < 0 and (surely or self.bits[i] & lx.MAYBE_WORD) and not bits & (lx.OFTEN | lx.ACTS) and len(word) > 1 and sayable(lx.bare(word)) and (
                not word.endswith(ADJECTIVES)):  # fmt: skip
            return True  # `winsome reid`
        unknown = not bits & lx.WORD and (bool(bits & lx.ANY_NAME) or not bits)
        return unknown and len(word) > 1 and step > 0 and sayable(lx.bare(word)) and bool(
            self.bits[i] & lx.GIVEN or not self.bits[i] & (lx.WORD | lx.KEEP))  # fmt: skip

    def _does_now(self, j: int) -> bool:
        """`Oreoluwa A pushed`: a letter that no article can be, since a deed follows."""
        return (
            j + 1 < self.n
            and bool(self.bits[j + 1] & (lx.DOES | lx.ACTS))
            and self._gap(j + 1) == " "
            and self.words[j] == "a"
        )

    def _is_given(self, i: int) -> bool:
        """A given name and no ordinary word, or one found to be a name beyond doubt."""
        bits = self.bits[i]
        return bool(bits & (lx.GIVEN | lx.RARE_GIVEN)) and (
            not bits & (lx.WORD | lx.KEEP | lx.FUNCTION) or self.score[i] >= PERSON
        )

    def _one_name(self, i: int) -> bool:
        """Do token i and the one before stand so close that they are one name? A full stop parts names, not initials."""
        gap = self._gap(i)
        return gap in (" ", "-", "  ", ", ") or (gap in (". ", ".") and len(self.words[i - 1]) == 1)

    def _beside_names(self) -> bool:
        """`Green and White`, `Gift, Favour & Joy`: a name that is a word, linked to a found name. Was there one?"""
        found = False
        if self.read.casing != reading.PROSE:
            self._pairs()
            self._syllables()
            return found
        waiting = [
            i for i, bits in enumerate(self.bits)
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
            if self._gap(i) == ", " and self.words[i + 1] in ("and", "n") and self._gap(i + 1) == self._gap(i + 2) == " " and (
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
        beside = (self.words[i + 1] in ("and", "n") and self.score[i + 2] > 0 and self._gap(i + 2) == " ") or (
            i > 1 and self.words[i - 1] in ("and", "n") and self.score[i - 2] > 0 and self._gap(i) == self._gap(i - 1) == " ")  # fmt: skip
        begins = self._gap(i).endswith((". ", ", ", "\n", ": ", "; ")) or not i
        return beside or self._who_then(i) or (begins and self.words[i + 1] in ("has", "was", "is", "will", "had", "said", "says", "went", "denied")
                                              and not typo_of(self.words[i], id(self.lexicon.bits)))  # fmt: skip

    def _linked(self, i: int, step: int) -> bool:
        j, k = i + step, i + 2 * step
        near = (
            0 <= j < self.n
            and self._gap(max(i, j)).strip() in ("&", "/", "+", ",")
            and self._gap(max(i, j)).strip(" ") != ""
        )
        if near and self.score[j]:
            return not self._starts(max(i, j))
        joined = (
            0 <= k < self.n
            and self.words[j] in ("and", "or", "n", "nd")
            and self._gap(max(i, j)) == self._gap(max(j, k)) == " "
        )
        return joined and bool(self.score[k])

    def _sweep(self) -> None:
        """Strict: every capitalised word that no list knows to be ordinary, and every name at all."""
        prose = self.read.casing == reading.PROSE
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

    def _between(self) -> None:
        """A capitalised word between two parts of a name is a part of it."""
        score = self.score
        for i in [at + 1 for at in range(self.n - 2) if score[at]]:
            if not score[i] and score[i - 1] and score[i + 1] and self.shapes[i] == reading.TITLE and (
                    self._gap(i) == self._gap(i + 1) == " ") and not self.bits[i] & (lx.FUNCTION | lx.CUE | lx.TITLE | lx.RANK | lx.BODY):  # fmt: skip
                self._mark(i, MAYBE, "name.grown")

    def _again(self) -> None:
        """A word that named a person once names one again in the same note, where it has a capital."""
        prose = self.read.casing == reading.PROSE
        named = {lx.bare(self.words[i]) for i in range(self.n) if self.score[i] >= MAYBE and len(self.words[i]) > 2}
        if not named:
            return
        if prose:
            named |= self._shorter(named)
        named |= {w + "s" for w in named if len(w) > 3}  # `at jonnos`
        for i, word in enumerate(self.words):
            if (
                self.score[i]
                or (word not in named and ("'" not in word or lx.bare(word) not in named))
                or word in self.lists.keep
            ):
                continue
            wordy = self.bits[i] & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.PLACE)
            capital = prose and self.shapes[i] in (reading.TITLE, reading.MIXED, reading.UPPER)
            modal = self.bits[i] & lx.FUNCTION and not (self.bits[i] & lx.GIVEN and self._does_after(i))
            titled = i > 0 and bool(self.bits[i - 1] & lx.TITLE)
            if (capital or titled or not wordy) and not modal and not (self._head_after(i) and not self._does_after(i)):
                self._mark(i, MAYBE, "name.again")

    def _shorter(self, named: set[str]) -> set[str]:
        """What the note's names are shortened to, with a capital: `Ore` beside `Oreoluwa`."""
        short = [
            w for w, shape, bits, score in zip(self.words, self.shapes, self.bits, self.score, strict=True)
            if shape == reading.TITLE and not score and 2 < len(w) < 6 and not bits & NO_SHORT_FORM
        ]  # fmt: skip
        return {w for w in short if any(n.startswith(w) and len(n) > 4 for n in named)}

    def _joined(self) -> list[Span]:
        read, spans = self.read, []
        i = 0
        while i < self.n:
            if not self.score[i]:
                i += 1
                continue
            j = i
            while j + 1 < self.n and self.score[j + 1] and self._one_name(j + 1) and (
                    self._gap(j + 1) != ", " or self.rule[j + 1] == "name.grown"):  # fmt: skip
                j += 1
            best = max(range(i, j + 1), key=lambda k: self.score[k])
            kind = "OFFICER" if self._before(i) & lx.RANK else "PERSON"
            end = read.ends[j]
            if read.folded[:end].endswith("'s"):
                end -= 2
            spans.append(Span(read.starts[i], end, kind, self.score[best], self.rule[best]))
            i = j + 1
        return spans
