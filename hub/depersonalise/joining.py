"""Which words are one name? A found name grows over initials, particles and names beside it, and is found again in its note."""

from __future__ import annotations

import re

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.company import EPITHETS, GUESS, MAYBE, OWNED, PERSON
from hub.depersonalise.loose import LooseEnds
from hub.depersonalise.redaction import Span
from hub.depersonalise.spelling import sayable, syllable
from hub.depersonalise.wordy import ADJECTIVES, DULL_WORD, INITIALS_SMALL

PARTICLES = frozenset("al el bin bint ibn abu abd abdul de da do dos das del della di du la le van von der den ter ap ab ferch"
                      " mac mc o st ul ur uz ud e ten y san".split())  # fmt: skip
LOCAL_PART = re.compile(r"([a-z0-9._+'-]{3,64})@")
LETTERS = re.compile(r"[a-z]{3,}")
NO_NICKNAME_OF = lx.FUNCTION | lx.KEEP | lx.CUE | lx.TITLE | lx.RANK | lx.DOES | lx.BODY | lx.ACTS
NO_SHORT_FORM = lx.FUNCTION | lx.KEEP | lx.CUE | lx.COMMON
BEFORE_HYPHEN = frozenset(
    "pre non anti self semi mid post multi step great half all well over off out pro sub inter".split()
)
INITIAL_OWNED = frozenset(f"{c}s" for c in "bcdefghjklmnrtv")
NO_INITIALS = frozenset("ainwur")
"""Letters that are a word of their own behind a name: `kath n bob`, `kath w 2 kids`."""


class JoinedNames(LooseEnds):
    """Rules for what belongs to a found name."""

    def _grow(self) -> None:
        """From a found name over initials, particles and names beside it."""
        n, score = self.n, self.score
        for i in sorted([i for i in self.marked if score[i] >= GUESS]):
            for step in (1, -1):
                j = i + step
                while 0 <= j < n and not score[j] and self._joins(j, j - step, step):
                    self._mark(j, max(MAYBE, score[i] - 0.1), "name.grown")
                    j += step

    def _joins(self, j: int, i: int, step: int) -> bool:  # noqa: C901  # a table of cases, read from the top
        """Does word j belong to the name that ends (or begins) at word i?"""
        gap = self.gaps[max(i, j)]
        bits, word, shape = self.bits[j], self.words[j], self.shapes[j]
        if shape == reading.DIGITS or word in self.lists.keep or (step > 0 and self._possessive(i)):
            return False
        if gap == "-" and ((shape != reading.LOWER and self.shapes[i] != reading.LOWER) or self._hyphened(j, step)):
            return True
        prose = self.prose
        if prose and shape == reading.LOWER and bits & lx.WORD:
            return step > 0 and word in PARTICLES and gap == " " and self._parts_around(j)
        if not prose and bits & (lx.DOES | lx.ACTS):
            return False
        if prose and step < 0 and shape == reading.UPPER and 1 < len(word) < 6 and self.shapes[i] == reading.TITLE and not (
                bits & lx.NAME and not bits & lx.WORD and len(word) > 3):  # fmt: skip
            return False  # `ENP Lindiwe`: what somebody is
        titled = shape in (reading.TITLE, reading.MIXED, reading.UPPER) and (prose or len(word) == 1)
        capitals = titled and self.shapes[i] in (reading.TITLE, reading.MIXED, reading.UPPER)
        if capitals and gap in (" ", "-") and syllable(word) and syllable(self.words[i]):
            return True  # `Yip Sze Man`: names of several syllables, some of which are words here
        if step > 0 and capitals and gap == " " and 1 < len(word) < 4 and shape == reading.TITLE and bits & lx.ANY_NAME and (
                not bits & (lx.FUNCTION | lx.CUE | lx.TITLE | lx.RANK | lx.BODY | lx.STREET) and self._is_given(i)):  # fmt: skip
            return True  # `Anh Ba`
        if (
            not prose
            and step > 0
            and word in INITIAL_OWNED
            and gap == " "
            and self.bits[i] & lx.GIVEN
            and not self.bits[i] & lx.WORD
        ):
            return j + 1 < self.n and not self.bits[j + 1] & (lx.NAME | lx.FUNCTION | lx.DOES)  # `in ellie ms bag`
        if (
            len(word) == 1
            and shape == reading.LOWER
            and step < 0
            and gap in (". ", ".")
            and self.shapes[i] == reading.LOWER
        ):
            return word not in ("a", "i")  # `p. worrall`
        if len(word) == 1 and shape == reading.LOWER and self.read.casing == reading.LOWER_ONLY:
            if step < 0:
                return gap in (" ", ". ") and word in INITIALS_SMALL and bool(self.bits[i] & lx.ANY_NAME)
            return gap == " " and word not in NO_INITIALS and bool(self.bits[i] & lx.GIVEN)
        if not prose and step > 0 and gap == " " and bits & lx.KEEP and bits & lx.ANY_NAME and syllable(word) and syllable(self.words[i]) and (
                self._end_of_phrase(j) and not bits & lx.WORD):  # fmt: skip
            return True  # `yen ta`, `lien thai`
        if len(word) == 1:
            return (
                titled
                and gap in (" ", ". ", ".", ", ")
                and not (step > 0 and "." in gap and len(self.words[i]) > 1)
                and not (step < 0 and j and self.gaps[j] in ("&", "/") and "." not in gap)
                and not (step < 0 and j and self.shapes[j - 1] == reading.DIGITS and not self.gaps[j])
                and (step < 0 or word not in ("a", "i") or (prose and gap == " " and self._does_now(j)))
                and not (
                    step < 0 and self._starts(j) and word in ("a", "i") and "." not in gap and not self._ends_note(i)
                )
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
                and word == "da"
                and self.bits[i] & lx.SURNAME
                and (self._starts(j) or self.bits[j - 1] & lx.TITLE)
            ):
                return True  # `Mr da Silva`
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
                and self.gaps[max(j, k)] in (" ", "-")
            )
        if step < 0 and capitals and gap == " " and word in EPITHETS and self.bits[i] & lx.GIVEN:
            return True  # `at Big Al's`
        if step > 0 and capitals and gap == " " and bits & lx.CUE and bits & lx.ANY_NAME and self._is_given(i) and (
                self._end_of_phrase(j) and shape == reading.TITLE):  # fmt: skip
            return True  # `Ramila Lad`
        if not prose and step > 0 and gap == " " and bits & lx.CUE and bits & lx.SURNAME and self._end_of_phrase(j) and (
                self.bits[i] & lx.GIVEN and not self.bits[i] & lx.WORD):  # fmt: skip
            return True  # `jayesh lad, keyworker`
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
        if not prose and step > 0 and gap == " " and bits == lx.WORD and not self.bits[i] & (lx.WORD | lx.KEEP) and (
                len(word) > 4 and self._end_of_phrase(j) and not word.endswith(ADJECTIVES)):  # fmt: skip
            return True  # `nkiruka achebe`: a word hardly ever written
        near = surely or self.bits[i] & lx.MAYBE_WORD or self.words[i] in PARTICLES
        if not prose and step < 0 and near and not bits & (lx.OFTEN | lx.ACTS) and len(word) > 1 and (sayable(lx.bare(word)) or syllable(word)) and (
                not bits or not word.endswith(ADJECTIVES)):  # fmt: skip
            return True  # `winsome reid`
        led = j > 0 and self.gaps[j] == " " and (bool(self.bits[j - 1] & lx.CUE) or self.words[j - 1] in lx.SPEAKING)
        if not prose and step < 0 and led and bits & lx.ANY_NAME and (self.bits[i] & lx.SURNAME or not self.bits[i] & lx.KNOWN) and (
                not bits & (lx.COMMON | lx.PLACE | lx.FUNCTION | lx.DOES | lx.ACTS)):  # fmt: skip
            return True  # `mum cat bassi`, `taken from hero sharif`
        unknown = not bits & lx.WORD and (bool(bits & lx.ANY_NAME) or not bits)
        return unknown and len(word) > 1 and step > 0 and sayable(lx.bare(word)) and bool(
            self.bits[i] & lx.GIVEN or not self.bits[i] & (lx.WORD | lx.KEEP))  # fmt: skip

    def _ends_note(self, i: int) -> bool:
        """`A Mapperley` as the last words of a line: a signature, no article."""
        return i + 1 >= self.n or "\n" in self.gaps[i + 1]

    def _hyphened(self, j: int, step: int) -> bool:
        """`per-olof` in small letters: the first half of a double name, whatever else it means, and no `ex-`."""
        return (
            step < 0
            and self.read.casing != reading.PROSE
            and len(self.words[j]) > 2
            and self.words[j] not in BEFORE_HYPHEN
        )

    def _does_now(self, j: int) -> bool:
        """`Oreoluwa A pushed`, `Khaled A, Room 2`: a letter that no article can be, since a deed follows or the phrase ends."""
        return self.words[j] == "a" and (
            j + 1 >= self.n
            or self.gaps[j + 1][:1] in (",", ".", ";", ":", ")", "\n")
            or (bool(self.bits[j + 1] & (lx.DOES | lx.ACTS)) and self.gaps[j + 1] == " ")
        )

    def _parts_around(self, j: int) -> bool:
        """`Maria do Céu`: a word that joins parts of a name, with a capital before and a found part behind."""
        return (
            self.shapes[j - 1] == reading.TITLE and j + 1 < self.n and self.gaps[j + 1] == " "
            and self.shapes[j + 1] == reading.TITLE and self.score[j + 1] > 0
        )  # fmt: skip

    def _is_given(self, i: int) -> bool:
        """A given name and no ordinary word, or one found to be a name beyond doubt."""
        bits = self.bits[i]
        return bool(bits & (lx.GIVEN | lx.RARE_GIVEN)) and (
            not bits & (lx.WORD | lx.KEEP | lx.FUNCTION) or self.score[i] >= PERSON
        )

    def _one_name(self, i: int) -> bool:
        """Do token i and the one before stand so close that they are one name? A full stop parts names, not initials."""
        gap = self.gaps[i]
        return gap in (" ", "-", "  ", ", ") or (gap in (". ", ".") and len(self.words[i - 1]) == 1)

    def _between(self) -> None:
        """A capitalised word between two parts of a name is a part of it."""
        score = self.score
        for i in [at + 1 for at in sorted(self.marked) if at + 2 < self.n]:
            if not score[i] and score[i + 1] and self.shapes[i] == reading.TITLE and (
                    self.gaps[i] == self.gaps[i + 1] == " ") and not self.bits[i] & (lx.FUNCTION | lx.CUE | lx.TITLE | lx.RANK | lx.BODY):  # fmt: skip
                self._mark(i, MAYBE, "name.grown")

    def _again(self) -> None:
        """A word that named a person once names one again in the same note, where it has a capital."""
        prose = self.prose
        words, score = self.words, self.score
        named = {lx.bare(words[i]) for i in self.marked if score[i] >= MAYBE and len(words[i]) > 2}
        if not named:
            return
        if prose:
            named |= self._shorter(named)
        named |= {w + "s" for w in named if len(w) > 3}  # `at jonnos`
        if "@" in self.read.text:
            named |= self._in_addresses()
        for i in self._nicknamed(named):
            self._mark(i, MAYBE, "name.nickname-of")
        if "'" in self.read.folded:
            again = [i for i, w in enumerate(words) if w in named or ("'" in w and lx.bare(w) in named)]
        else:
            again = [i for i, w in enumerate(words) if w in named]
        for i in again:
            if score[i] or words[i] in self.lists.keep:
                continue
            wordy = self.bits[i] & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.PLACE)
            capital = prose and self.shapes[i] in (reading.TITLE, reading.MIXED, reading.UPPER)
            modal = self.bits[i] & lx.FUNCTION and not (self.bits[i] & lx.GIVEN and self._does_after(i))
            titled = i > 0 and bool(self.bits[i - 1] & lx.TITLE)
            if (capital or titled or not wordy) and not modal and not (self._head_after(i) and not self._does_after(i)):
                self._mark(i, MAYBE, "name.again")

    def _nicknamed(self, named: set[str]) -> list[int]:
        """`answer me shell` in a note that names Michelle: short forms that are words, of the note's own names."""
        known = self.lexicon.nicknames
        short = {n for w in named if w in known for n in known[w]}
        if not short or short.isdisjoint(self.read.vocabulary):
            return []
        return [
            i for i, (w, b) in enumerate(zip(self.words, self.bits, strict=True))
            if w in short and not self.score[i] and not b & NO_NICKNAME_OF and w not in self.lists.keep
        ]  # fmt: skip

    def _in_addresses(self) -> set[str]:
        """`Chichi` beside chichi.okonkwo@example.com: the names in an e-mail address."""
        parts = {p for local in LOCAL_PART.findall(self.read.folded) for p in LETTERS.findall(local)}
        return {p for p in parts if not self.lexicon.of(p) & (lx.COMMON | lx.KEEP | lx.FUNCTION | lx.BODY | lx.PLACE)}

    def _shorter(self, named: set[str]) -> set[str]:
        """What the note's names are shortened to, with a capital: `Ore` beside `Oreoluwa`."""
        words, score, bits = self.words, self.score, self.bits
        may_be = {
            words[i] for i in self.titles if not score[i] and not bits[i] & NO_SHORT_FORM and 2 < len(words[i]) < 6
        }
        return {head for head in may_be if any(len(name) > 4 and name.startswith(head) for name in named)}

    def _joined(self) -> list[Span]:
        read, score, marked, spans = self.read, self.score, self.marked, []
        done = -1
        for i in sorted(marked):
            if i <= done:
                continue
            j = i
            while j + 1 in marked and self._one_name(j + 1) and (
                    self.gaps[j + 1] != ", " or self.rule[j + 1] == "name.grown"):  # fmt: skip
                j += 1
            best = max(range(i, j + 1), key=score.__getitem__) if j > i else i
            kind = "OFFICER" if self._before(i) & lx.RANK else "PERSON"
            end = read.ends[j] - 2 * self.words[j].endswith("'s")
            spans.append(Span(read.starts[i], end, kind, score[best], self.rule[best]))
            done = j
        return spans
