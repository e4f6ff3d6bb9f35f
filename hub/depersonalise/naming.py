"""What does the note say that somebody is called? `aka Smudge`, `street name is Lefty`, `a dog called Tyson`, `PRESENT: JAN, MO`.

Where grammar says that a name comes next, it is one, be it a word (grip, treacle), in small letters, or of no list.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.capitals import NO_DOERS
from hub.depersonalise.company import ANIMALS, EPITHETS, MAYBE
from hub.depersonalise.unlisted import UnlistedNames

ANYTHING: frozenset[str] = frozenset()
CALLED: dict[str, frozenset[str]] = {
    **dict.fromkeys("aka alias nicknamed nickname moniker streetname dubbed nee".split(), ANYTHING),
    "name": frozenset("street nick first middle pet screen full maiden preferred pref birth real given rap his her their my whose".split()),
    "by": frozenset("goes going go went".split()),
    "as": frozenset("known himself herself themselves him her them".split()),
    **dict.fromkeys("himself herself themselves themself".split(), frozenset("call calls calling called".split())),
    **dict.fromkeys("him her them".split(), frozenset("call calls called calling nicknamed".split())),
    "call": frozenset("they people everyone mates friends all kids locals".split()),
    "calls": frozenset("everyone everybody".split()),
}  # fmt: skip
"""Last word of what says that a name comes next → one of these must stand before it (nothing: it says so alone)."""
FILLERS = frozenset("is was as just only simply name of be being".split())
ROSTER = frozenset("present attendees attending attended apologies invited cc".split())
LONGEST_ROSTER = 80
SIGN_OFF = frozenset(".!?\n")
ENDING = frozenset("regards thanks sincerely faithfully signed cheers wishes".split())
TAGS = frozenset("tag tags tagged handle".split())
IS = frozenset("he's she's name's i'm".split())
BREAKS = frozenset('.!?;\n|"')
POST = lx.KEEP | lx.CUE | lx.RANK
"""What somebody is, before the letters that sign: `DSL GHP`."""
NO_NICKNAME = lx.FUNCTION | lx.TITLE | lx.RANK | lx.CUE
NO_SMALL_NAME = NO_NICKNAME | lx.DOES | lx.KEEP | lx.STREET | lx.BODY | lx.COMMON
ALL = frozenset(CALLED) | ANIMALS | ROSTER | ENDING | IS | TAGS


class CalledSo(UnlistedNames):
    """Names that the note's own words announce."""

    def _called_so(self) -> None:
        """Mark what is announced as a name; then its other places, where case can say nothing."""
        self._last_word()
        words = self.words
        if ALL.isdisjoint(self.read.vocabulary):
            return
        prose = self.prose
        before = [] if prose else list(self.score)
        for i, word in [(i, w) for i, w in enumerate(words) if w in ALL]:
            if word in CALLED and self._announces(i, word):
                self._take(i)
            elif word in ANIMALS:
                self._animal(i)
            elif word in ROSTER and self.gaps[i + 1].strip(" ") in (":", "-", "") and (
                    self._starts(i) or self.words[i - 1] in ("also", "those")):  # fmt: skip
                self._roster(i + 1)
            elif word in ENDING:
                self._signed(i)
            elif (
                word in TAGS
                and i + 1 < self.n
                and not self.bits[i + 1] & lx.KNOWN
                and self.gaps[i + 1] in (" ", ' "', ": ")
            ) or (
                word in IS
                and i + 1 < self.n
                and self._nickname(i + 1, firm=True)
                and self._end_of_phrase(i + 1)
                and (
                    self.shapes[i + 1] == reading.TITLE
                    and self.prose
                    and not self.bits[i + 1] & (lx.KEEP | lx.PLACE)
                    and not words[i + 1].endswith(("ing", "ed"))
                )
            ):
                self._mark(i + 1, MAYBE, "name.called-so")
        if not prose:
            fresh = {words[i] for i in range(self.n) if self.rule[i] == "name.called-so" and not before[i]}
            for i in (
                [i for i, word in enumerate(words) if not self.score[i] and lx.bare(word) in fresh] if fresh else ()
            ):
                self._mark(i, MAYBE, "name.called-so")

    def _announces(self, i: int, word: str) -> bool:
        asked = CALLED[word]
        if not asked:
            return True
        if i and self.words[i - 1] in asked:
            return not (word == "name" and self.words[i - 1] in ("my", "whose", "his", "her", "their")
                        and not (i + 1 < self.n and self.words[i + 1] in ("is", "was")))  # fmt: skip
        return word == "as" and "known" in self.words[max(0, i - 4) : i]

    def _take(self, i: int) -> None:
        """Mark what follows the cue at i, if it may be a name."""
        j = i + 1
        while j < self.n and self.words[j] in FILLERS and self._near(j):
            j += 1
        firm = j < self.n and self.words[j] == "the"
        j += firm
        if j >= self.n or not self._near(j) or self.score[j]:
            return
        if (
            self.words[j] in EPITHETS
            and j + 1 < self.n
            and self.gaps[j + 1] == " "
            and self._nickname(j + 1, firm=firm)
        ):
            self._mark(j + 1, MAYBE, "name.called-so")
        elif self._nickname(j, firm=firm):
            self._mark(j, MAYBE, "name.called-so")

    def _near(self, j: int) -> bool:
        gap = self.gaps[j]
        return len(gap) < 4 and BREAKS.isdisjoint(gap.replace('"', ""))

    def _nickname(self, j: int, *, firm: bool) -> bool:
        """May a word be a name where one is announced? In small letters only at the end of a phrase; `firm`: with a capital."""
        bits, shape, word = self.bits[j], self.shapes[j], self.words[j]
        if shape == reading.DIGITS or len(word) < 2 or bits & NO_NICKNAME or word in self.lists.keep:
            return False
        quoted = self.read.text[self.read.starts[j] - 1] in "\"'"
        cased = shape in (reading.TITLE, reading.MIXED, reading.UPPER) and self.read.casing != reading.UPPER_ONLY
        if cased or quoted:
            return (not bits & lx.KEEP or bool(bits & lx.ANY_NAME)) and not self._head_after(j)
        if firm or bits & (NO_SMALL_NAME & ~lx.COMMON):
            return False
        return self._end_of_phrase(j) or (j + 1 < self.n and bool(self.bits[j + 1] & (lx.ACTS | lx.CUE)))

    def _animal(self, i: int) -> None:
        """`their dog Tyson`, `the lurcher, Blue, is thin`, `cat "Tiddles"`, `a staffie called Diesel`, `Biscuit the dog`."""
        if i > 1 and self.words[i - 1] == "the" and self.shapes[i - 2] == reading.TITLE and not self.score[i - 2] and (
                self.prose and self.gaps[i - 1] == " " and not self.bits[i - 2] & (NO_NICKNAME | lx.DOES | lx.BODY)):  # fmt: skip
            self._mark(i - 2, MAYBE, "name.called-so")
        j = i + 1
        if j < self.n and self.words[j] in ("called", "named") and self.gaps[j] in (" ", ", "):
            j += 1
        if j >= self.n or self.score[j] or self.gaps[j] not in (" ", ", ", ' "', " '", " (", ": "):
            return
        bits, shape, word = self.bits[j], self.shapes[j], self.words[j]
        if shape == reading.DIGITS or bits & (NO_NICKNAME | lx.DOES) or len(word) < 2 or self._head_after(j):
            return
        quoted = self.gaps[j][-1] in "\"'"
        prose = self.prose
        if quoted or (prose and shape == reading.TITLE and (not bits & lx.KEEP or bits & lx.ANY_NAME) and (
                self.gaps[j] != ", " or self.gaps[j + 1 if j + 1 < self.n else j].startswith((",", ".")))) or (
            not prose and self.gaps[j] == " " and not bits & (lx.KEEP | lx.COMMON)
            and (bits & lx.GIVEN or not bits & lx.KNOWN or (not bits & lx.OFTEN and self._end_of_phrase(j) and not word.endswith(NO_DOERS)))
        ):  # fmt: skip
            self._mark(j, MAYBE, "name.called-so")

    def _roster(self, i: int) -> None:
        """`PRESENT JAN, CLIFF, BIG STEVE AND MO`: one or two words an item, to the end of the sentence."""
        for first, last in self._items(i):
            taken = [j for j in range(first, last + 1) if self.words[j] not in EPITHETS]
            if len(taken) > 2 or any(self.shapes[j] == reading.DIGITS or self.bits[j] & lx.FUNCTION for j in taken):
                continue
            for j in taken:
                bits = self.bits[j]
                known = bits & lx.ANY_NAME or not bits & lx.KNOWN
                if (
                    not self.score[j]
                    and len(self.words[j]) > 1
                    and known
                    and not bits & (lx.TITLE | lx.RANK | lx.CUE | lx.BODY)
                ):
                    self._mark(j, MAYBE, "name.called-so")

    def _items(self, i: int) -> Iterator[tuple[int, int]]:
        first = i
        for j in range(i, min(self.n, i + LONGEST_ROSTER)):
            if j > i and not BREAKS.isdisjoint(self.gaps[j]):
                break
            over = (
                j + 1 >= self.n
                or self.gaps[j + 1].strip() in (",", "&", "/", "+")
                or not BREAKS.isdisjoint(self.gaps[j + 1])
            )
            if self.words[j] in ("and", "n"):
                first = j + 1
            elif over or self.words[j + 1] in ("and", "n"):
                yield first, j
                first = j + 1

    def _last_word(self) -> None:
        """Who wrote it: `- Mags, nights.` and `7719 biddle` at the end of a note, `tm` and `B.` at the end of an entry."""
        self._initials()
        for i in range(max(1, self.n - 4), self.n):
            gap = self.gaps[i]
            if "-" not in gap and (i < self.n - 1 or self.shapes[i - 1] != reading.DIGITS):
                continue
            bits = self.bits[i]
            if self.score[i] and not (self.shapes[i] != reading.DIGITS and self.shapes[i - 1] == reading.DIGITS):
                continue
            if "-" in gap and gap.strip(" -") in (".", "\n", ".\n", "") and len(gap) > 2 and self.shapes[i] == reading.TITLE and (
                    bits & lx.ANY_NAME and not bits & (lx.FUNCTION | lx.PLACE | lx.BODY | lx.STREET)):  # fmt: skip
                self._mark(i, MAYBE, "name.last-word")
            elif i == self.n - 1 and self.shapes[i - 1] == reading.DIGITS and 2 < len(self.words[i - 1]) < 6 and gap == " " and (
                    self._starts(i - 1) and (bits & lx.ANY_NAME or not bits & lx.KNOWN) and not bits & (lx.WORD | lx.KEEP)):  # fmt: skip
                self._mark(i, MAYBE, "name.last-word")
                self._mark(i - 1, MAYBE, "name.last-word")

    def _initials(self) -> None:
        """`…after 6. tm` at the end of a note, `urgent. B.` at the end of a line: one to three letters by themselves."""
        prose = self.read.casing == reading.PROSE
        lines = [i for i, gap in enumerate(self.gaps[1:-1]) if "\n" in gap] if "\n" in self.read.text else []
        for i in (*lines, self.n - 1):
            last, gap = i == self.n - 1, self.gaps[i]
            if last and i and self.shapes[i] == reading.MIXED and not self.bits[i] and not SIGN_OFF.isdisjoint(gap):
                self._mark(i, MAYBE, "name.last-word")  # `SMacP`
            if not i or len(self.words[i]) > 3 or self.score[i] or self.shapes[i] == reading.DIGITS:
                continue
            begins = not SIGN_OFF.isdisjoint(gap) or gap.endswith(("/", " -", "- ", "~")) or (
                gap == " " and last and self.shapes[i] == reading.UPPER and self._post(i - 1))  # fmt: skip
            if len(self.words[i]) == 1:
                known = self.shapes[i] == reading.LOWER or not prose or self.words[i] == "x"
            elif last and self.shapes[i] == reading.LOWER and self.bits[i] & lx.RANK:
                known = False  # `… appt sent. gm`
            else:
                known = bool(self.bits[i] & (lx.KNOWN | lx.DOES)) or (
                    self.shapes[i] == reading.LOWER and prose and not last
                )
            if begins and not known:
                self._mark(i, MAYBE, "name.last-word")

    def _post(self, i: int) -> bool:
        """Does the word say what somebody is: a known post, or capitals where a sentence begins (`. CRO LM`)?"""
        return bool(self.bits[i] & POST) or (self.shapes[i] in (reading.UPPER, reading.SHOUTED) and self._starts(i))

    def _signed(self, i: int) -> None:
        """`Regards, Dot` and `Kind regards\\nArt` at the end of a note or of a line."""
        j = i + 1
        if j < self.n and not self.score[j] and self.gaps[j].strip(" ") in (",", ",\n", "\n", ",\n\n", "") and (
                self.shapes[j] in (reading.TITLE, reading.UPPER) and not self.bits[j] & (lx.FUNCTION | lx.KEEP | lx.BODY | lx.CUE)
                and (j + 1 == self.n or "\n" in self.gaps[j + 1] or j + 2 >= self.n)):  # fmt: skip
            self._mark(j, MAYBE, "name.called-so")
