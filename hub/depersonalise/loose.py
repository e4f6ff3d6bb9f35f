"""Who is named where no list and no company helps? A lone capital, initials, a signature, `Jo to ring`, bracketed by-names.

Nothing else in a note of prose is written so: what is left over by the other rules is masked rather than risked.
"""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.capitals import NO_DOERS, REMARKABLE
from hub.depersonalise.company import MAYBE, PLACE_BEFORE
from hub.depersonalise.slots import InSlots
from hub.depersonalise.spelling import syllable
from hub.depersonalise.wordy import ADJECTIVES

NOT_ALONE = lx.KEEP | lx.BODY | lx.STREET | lx.PLACE | lx.CUE | lx.DOES | lx.FUNCTION | lx.TITLE | lx.RANK
NO_INITIALS_OF = lx.KEEP | lx.RANK | lx.TITLE | lx.FUNCTION | lx.CUE
NEVER_TO = lx.WORD | lx.CUE | lx.BODY | lx.STREET | lx.TITLE | lx.RANK | lx.FUNCTION
KIN_NAMES = frozenset(("son", "nan"))
"""Kin in English, names in Vietnamese and Thai."""
OWNERS = frozenset("his her their my our your its the a an".split())
SHORT_MONTHS = frozenset("jan apr may jun jul aug".split())
DAYS = reading.MONTH_WORDS | frozenset("mon tue tues wed weds thu thur thurs fri sat sun".split())
SMALL_NAMES = frozenset(("to", "do"))
"""Family names in Vietnamese."""
PAST = frozenset("was is has had denied declined said says who will".split())
SHORT_WORD = lx.KEEP | lx.FUNCTION
DOUBTFUL = SHORT_WORD | lx.CUE
RARELY = NOT_ALONE | lx.OFTEN | lx.COMMON | lx.ACTS | lx.NAME
HEADED = (
    REMARKABLE | PLACE_BEFORE | frozenset("on operation op year class ward for since after before dear sig".split())
)
"""Before a capital that is a day's, a feast's, a place's or a department's."""
CAPITALS = (reading.UPPER, reading.SHOUTED)
WERE = frozenset("were was are is have has".split())
ARRIVES = frozenset(
    "arrived attended visited rang called phoned met spoke said told asked saw left denied reported agreed declined".split()
)
BEFORE_INITIAL = frozenset("as by from to for with and named called signed re cc of per".split())
NOT_LETTERED = lx.FUNCTION | lx.BODY | lx.CUE | lx.STREET | lx.TITLE | lx.RANK | lx.COMMON | lx.PLACE | lx.DOES
NEVER_ALONE = NOT_ALONE | lx.COMMON | lx.ACTS
LETTERED = frozenset("hepatitis hep vitamin strep plan class category cat type grade schedule annex appendix exhibit block wing flat unit zone bay"
                     " stage level tier band route option part section gate pier deck stand row lot phase figure item child adult".split())  # fmt: skip
"""What is told apart by letters."""
ABBREVIATED = frozenset(
    "am pm eg ie uk us usa eu un gp nb ps rip bp ba ma bsc msc md phd po hq id ok tv dj mp dob".split()
)
STOPS = frozenset((",", ".", ";", ":", ")", "-", "\n", "?", "!", ""))
TO_THE_END = 5
LONGEST_ASIDE = 4


class LooseEnds(InSlots):
    """Names that only their form gives away."""

    def _loose_ends(self) -> None:
        """After all other rules."""
        self._among_syllables()
        if self.read.casing == reading.PROSE:
            self._lone_capitals()
            self._baby()
            self._lettered()
            self._stand_for()
            self._dotted()
        else:
            self._two_alone()
            self._of_somebody()
            self._again_small()
        self._initial_first()
        self._signature()
        self._asides()

    def _among_syllables(self) -> None:
        """`Son has not`, `ta was late`: among names of one syllable (Nga, Hung Vuong) such a word is a name, unless it is somebody's son."""
        bits, words, score = self.bits, self.words, self.score
        if not any(bits[i] & lx.ANY_NAME and not bits[i] & lx.WORD and syllable(words[i]) for i in self.marked):
            return
        places = [
            i for i, (w, b) in enumerate(zip(words, bits, strict=True))
            if b & DOUBTFUL and b & lx.ANY_NAME and not score[i] and (w in SMALL_NAMES or lx.bare(w) in KIN_NAMES or (
                b & SHORT_WORD and (not b & lx.WORD or w == "la") and w not in DAYS and syllable(w)))
        ]  # fmt: skip
        for i in [i for i, w in enumerate(words[:-1]) if w in DAYS]:
            if (
                self.gaps[i + 1] == " "
                and bits[i] & bits[i + 1] & lx.GIVEN
                and not bits[i + 1] & (lx.WORD | lx.KEEP)
                and syllable(words[i + 1])
            ):
                self._mark(i, MAYBE, "name.among-syllables")  # `thu ha`
                self._mark(i + 1, MAYBE, "name.among-syllables")
        prose = self.read.casing == reading.PROSE
        for i in places:
            if i and (self.words[i - 1] in OWNERS or self._possessive(i - 1)):
                continue
            if self.words[i] in SMALL_NAMES:
                if self._no_small_word(i):
                    self._mark(i, MAYBE, "name.among-syllables")
                continue
            if (
                i
                and self.gaps[i] == " "
                and not self.score[i - 1]
                and self._first_syllable(i - 1, prose=prose)
                and self._end_of_phrase(i)
            ):
                self._mark(i - 1, MAYBE, "name.among-syllables")  # `lien ta`
            before = i > 0 and self.gaps[i] == " " and (self.score[i - 1] > 0 or self.words[i - 1] in lx.SPEAKING)
            joined = i + 2 < self.n and self.words[i + 1] == "and" and self.score[i + 2] > 0
            stands = before or joined or self._does_after(i) or self._possessive(i)
            fits = self.shapes[i] == reading.TITLE if prose else stands or lx.bare(self.words[i]) in KIN_NAMES
            if fits and (stands or not self._starts(i)):
                self._mark(i, MAYBE, "name.among-syllables")

    def _no_small_word(self, i: int) -> bool:
        """`lan to denied it`, `Mr Do.`: where neither an infinitive nor a verb can stand."""
        after = i + 1 >= self.n or self.gaps[i + 1].strip() != "" or bool(self.bits[i + 1] & lx.DOES and not self.bits[i + 1] & lx.FUNCTION) or (
            self.words[i + 1] in PAST)  # fmt: skip
        if self.read.casing == reading.PROSE and self.shapes[i] == reading.LOWER:
            return False
        before = i > 0 and self.gaps[i] in (" ", ". ") and (self.score[i - 1] > 0 or bool(self.bits[i - 1] & lx.TITLE))
        return after and (before or (self._starts(i) and i + 1 < self.n and self.words[i + 1] in PAST))

    def _first_syllable(self, i: int, *, prose: bool) -> bool:
        """May the word be the given name before such a family name?"""
        bits = self.bits[i]
        return bool(bits & lx.ANY_NAME) and not bits & (lx.FUNCTION | lx.DOES | lx.TITLE | lx.RANK) and syllable(self.words[i]) and (
            self.shapes[i] == reading.TITLE or not prose)  # fmt: skip

    def _lone_capitals(self) -> None:
        """`has begun taking Biscuit round the park`: a thing's name with a capital, alone inside a sentence of small letters."""
        if not self.capitals_mean:
            return
        words, bits, gaps, last = self.words, self.bits, self.gaps, self.n - 1
        for i in self.titles:
            kin = words[i] == "son"  # `left with Son`: a Vietnamese given name; kin has a capital where it is addressed
            if not i or self.score[i] or (bits[i] & NOT_ALONE and not kin) or len(words[i]) < 3 or gaps[i] != " ":
                continue
            alone = self.shapes[i - 1] == reading.LOWER and (
                i == last or self.shapes[i + 1] == reading.LOWER or gaps[i + 1] != " "
            )
            if alone and words[i - 1] not in HEADED and not words[i].endswith("days") and words[i] not in self.lists.keep and gaps[i + 1] != "-":  # fmt: skip
                self._mark(i, MAYBE, "name.lone-capital")

    def _begins(self) -> None:
        """`Leon to bring him Weds`, `Kohinoor has not been to school`, where a sentence begins: who does, or is to do, something."""
        for i in self.titles:
            if (
                not self.score[i] and self.words[i + 1 : i + 2] == ["and"] and i + 2 < self.n and self.score[i + 2]
                and self.bits[i] & lx.ANY_NAME and not self.bits[i] & NEVER_ALONE and self._starts(i)
            ):  # fmt: skip
                self._mark(i, MAYBE, "name.rare-start")  # `Hero and Aram were seen`
                continue
            if not self.score[i] and not self.bits[i] & RARELY and self.bits[i] & lx.WORD and len(self.words[i]) > 3 and (
                    self._starts(i) and not self.words[i].endswith(NO_DOERS) and (self._and_name(i) or self._does_after(i))):  # fmt: skip
                self._mark(i, MAYBE, "name.rare-start")
                continue
            if self.gaps[i + 1][:1] == "!" and self.bits[i] & lx.GIVEN and not self.score[i] and not self.bits[i] & (lx.FUNCTION | lx.CUE) and (
                    self._starts(i)):  # fmt: skip
                self._mark(i, MAYBE, "name.called-out")  # `Max! Get down!`
            j = i + 2
            if (
                j < self.n and self.words[i + 1] == "to" and not self.score[i] and self.bits[i] & lx.GIVEN
                and not self.bits[i] & NEVER_TO and self.gaps[i + 1] == self.gaps[j] == " " and self._starts(i)
                and self.bits[j] & lx.WORD and not self.bits[j] & (lx.FUNCTION | lx.PLACE)
            ):  # fmt: skip
                self._mark(i, MAYBE, "name.to-do")

    def _of_somebody(self) -> None:
        """`keyworker hero.`, `hero and dlovan were`: a word that may be a name, behind who somebody is, or joined to a name that does something."""
        for i in range(self.n):
            bits, word = self.bits[i], self.words[i]
            if self.score[i] or not bits & lx.ANY_NAME or bits & NEVER_ALONE or word.endswith((*ADJECTIVES, *NO_DOERS)):
                continue
            last = i + 1 >= self.n
            over = last or self.gaps[i + 1][:1] in (".", ",", ";", ")") or self.words[i + 1] == "and"
            cued = i > 0 and self.bits[i - 1] & lx.CUE and self.gaps[i] == " " and over
            first = self._starts(i) and i + 2 < self.n and self.words[i + 1] == "and" and self.score[i + 2] > 0
            second = (
                i > 1
                and self.words[i - 1] == "and"
                and self.score[i - 2] > 0
                and not last
                and self.words[i + 1] in WERE
            )
            if cued or first or second:
                self._mark(i, MAYBE, "name.of-somebody")

    def _again_small(self) -> None:
        """`hero will call`, once `from hero sharif` named somebody: a word that is a name of this note, where a name can stand."""
        named = {self.words[i] for i in self.marked if self.bits[i] & lx.WORD and not self.bits[i] & NEVER_ALONE}
        for i in [i for i, w in enumerate(self.words) if w in named and not self.score[i]] if named else ():
            led = (
                i > 0 and self.gaps[i] == " " and (bool(self.bits[i - 1] & lx.CUE) or self.words[i - 1] in lx.SPEAKING)
            )
            joined = (i + 2 < self.n and self.words[i + 1] == "and" and self.score[i + 2] > 0) or (
                i > 1 and self.words[i - 1] == "and" and self.score[i - 2] > 0)  # fmt: skip
            if (
                joined
                or (led and self._end_of_phrase(i))
                or ((self._starts(i) or self.gaps[i] == ", ") and self._does_after(i))
            ):
                self._mark(i, MAYBE, "name.again")

    def _initial_first(self) -> None:
        """`ADDRESSED TO P. MEEK`, `signs as m. coward`: a letter with a stop, and a word that may be a family name."""
        for j in self.letters:
            i = j + 1
            if i >= self.n or self.gaps[i] not in (". ", ".", " ") or (self.score[j] and self.gaps[i] != " "):
                continue
            if self.gaps[i] == " " and (
                self.shapes[i] not in CAPITALS or not (j and self.shapes[j - 1] in CAPITALS and self._post(j - 1))
            ):
                continue  # `AMHP J STANDING,`
            bits, before = self.bits[i], self.words[j - 1] if j else ""
            led = (
                before in BEFORE_INITIAL
                or self.gaps[i] == " "
                or (j > 0 and bool(self.bits[j - 1] & (lx.TITLE | lx.RANK | lx.CUE)))
            )
            may_be = (
                bits & lx.ANY_NAME
                and len(self.words[i]) > 2
                and not bits & (NEVER_ALONE & ~lx.ACTS)
                and self._end_of_phrase(i)
            )
            if led and (self.score[i] or may_be):
                self._mark(j, MAYBE, "name.with-initial")
                self._mark(i, max(MAYBE, self.score[i]), "name.with-initial")

    def _stand_for(self) -> None:
        """`PJ` of Patrick Joseph Keenan, `"TJ"`, `CJ has`: two or three capitals that stand for somebody."""
        if reading.UPPER not in self.shapes and reading.SHOUTED not in self.shapes:
            return
        short = [
            i for i, shape in enumerate(self.shapes)
            if shape in CAPITALS and len(self.words[i]) < 4 and not self.score[i] and not self.bits[i] & NO_INITIALS_OF
        ]  # fmt: skip
        if not short:
            return
        known = self._initials_of_names()
        called = {
            self.words[i] for i in short
            if self.words[i] in known or (self._quoted(i) and not self.bits[i] & lx.WORD)
            or (i > 0 and self.words[i - 1] == "initials")
            or (not self.bits[i] & lx.KNOWN and self._deed_of_initials(i))
            or (self.words[i][1:] == "j" and (self._does_after(i) or self._possessive(i) or self._cued(i)))
        }  # fmt: skip
        for i in short:
            if self.words[i] in called:
                self._mark(i, MAYBE, "name.initials")

    def _dotted(self) -> None:
        """`countersigned B.P.`, `N.O-B asked`: letters with stops that are no abbreviation of a list."""
        single = [i for i in self.letters if self.shapes[i] == reading.TITLE]
        for at in single[:-1]:
            if self.score[at] or self.gaps[at][-1:] in (".", "-"):
                continue  # inside a run, which is read once from its first letter
            j = at
            while (
                j + 1 < self.n
                and len(self.words[j + 1]) == 1
                and self.shapes[j + 1] == reading.TITLE
                and self.gaps[j + 1] in (".", "-")
            ):
                j += 1
            letters = "".join(self.words[at : j + 1])
            if j == at:
                continue
            signed = at > 0 and self.words[at - 1].endswith("signed")
            if signed or not (
                letters in ABBREVIATED or self.lexicon.of(letters) & (lx.KEEP | lx.RANK | lx.TITLE | lx.FUNCTION)
            ):
                for k in range(at, j + 1):
                    self._mark(k, MAYBE, "name.initials")

    def _lettered(self) -> None:
        """`Shell P missed three days`, `chat between Yas B (21 Sept)`: a name and the first letter of another."""
        for j in self.letters:
            i = j - 1
            if (
                i < 0
                or self.shapes[j] != reading.TITLE
                or self.score[i]
                or self.gaps[j] != " "
                or self.shapes[i] != reading.TITLE
            ):
                continue
            bits, word = self.bits[i], self.words[i]
            ends = self._end_of_phrase(j) or bool(self.bits[j + 1] & lx.ACTS)
            if ends and len(word) > 1 and word not in LETTERED and not bits & NOT_LETTERED and (
                    bits & lx.ANY_NAME or not bits & lx.WORD) and (word not in self.lists.keep):  # fmt: skip
                self._mark(i, MAYBE, "name.with-initial")
                self._mark(j, MAYBE, "name.with-initial")

    def _two_alone(self) -> None:
        """`not typed yet - zee butt, our ref`: two words that are names and hardly words, and nothing else between stops."""
        bits, gaps, score = self.bits, self.gaps, self.score
        for i in range(self.n - 1):
            if (
                bits[i] & lx.ANY_NAME and bits[i + 1] & lx.ANY_NAME and not (bits[i] | bits[i + 1]) & NEVER_ALONE
                and not bits[i] & lx.WORD and gaps[i + 1] == " " and not score[i] and not score[i + 1]
                and (self._starts(i) or gaps[i] in (", ", " - ", " (")) and gaps[i + 2].strip(" ")[:1] in STOPS
            ):  # fmt: skip
                self._mark(i, MAYBE, "name.two-alone")
                self._mark(i + 1, MAYBE, "name.two-alone")

    def _deed_of_initials(self, i: int) -> bool:
        """`KBW to do home visit`, `RS arrived late`: letters of no list that do something, where a clause begins."""
        j = i + 1
        if j + 1 >= self.n or self.gaps[j] != " " or not (self._starts(i) or self.shapes[i - 1] in CAPITALS):
            return False
        task = (
            self.words[j] == "to"
            and self.gaps[j + 1] == " "
            and self.bits[j + 1] & lx.WORD
            and (not self.bits[j + 1] & lx.FUNCTION or self.words[j + 1] == "do")
        )
        return bool(task) or self.words[j] in ARRIVES

    def _initials_of_names(self) -> set[str]:
        """First letters of each found name of two words and more, of all and of the first two."""
        found, run = set(), ""
        for i in range(self.n + 1):
            if i < self.n and self.score[i] and (not run or self.gaps[i] in (" ", "-")):
                run += self.words[i][0]
                continue
            if len(run) > 1:
                found |= {run, run[:2], run[0] + run[-1]}
            run = self.words[i][0] if i < self.n and self.score[i] else ""
        return found

    def _signature(self) -> None:
        """`Jan, community safety` at the end of a note."""
        for i in reversed(self.titles):
            if i < self.n - TO_THE_END - 1:
                return
            if i and not self.score[i] and self.gaps[i + 1] == ", " and self._starts(i) and self._ends_with(i):
                self._mark(i, MAYBE, "name.signature")

    def _baby(self) -> None:
        """`her and baby Jun.`: a month cut short, where a person is named."""
        for i in self.titles:
            if i and self.words[i] in SHORT_MONTHS and not self.score[i] and self.bits[i - 1] & lx.CUE and self.gaps[i] == " " and (
                    self.gaps[i + 1][:1] in (".", ",", ")", "'")):  # fmt: skip
                self._mark(i, MAYBE, "name.after-kin")

    def _ends_with(self, i: int) -> bool:
        """`Jan, community safety`: a given name, what somebody is, and nothing more in the note."""
        given = self.bits[i] & lx.GIVEN and not self.bits[i] & lx.WORD
        return bool(given) and 1 < self.n - i <= TO_THE_END + 1 and self.shapes[i + 1] != reading.DIGITS and all(
            self.gaps[k] in (" ", " & ") for k in range(i + 2, self.n))  # fmt: skip

    def _asides(self) -> None:
        """`(DAI CENTRAL EATING)`: what stands beside a found name between brackets, two or three words and no more."""
        if "(" not in self.read.text:
            return
        for i in range(1, self.n):
            if not self.score[i] or not self.gaps[i].endswith("("):
                continue
            j = i
            while j + 1 < self.n and self.gaps[j + 1] == " " and j - i < LONGEST_ASIDE:
                j += 1
            loud = self.read.casing == reading.UPPER_ONLY
            inside = range(i + 1, j + 1)
            if inside and j - i < LONGEST_ASIDE - 1 and self.gaps[j + 1].startswith(")") and not any(
                    self.shapes[k] == reading.DIGITS or self.bits[k] & (NO_INITIALS_OF | lx.DOES | lx.ACTS | lx.BODY)
                    or not (loud or self.shapes[k] == reading.TITLE) for k in inside):  # fmt: skip
                for k in inside:
                    if not self.score[k]:
                        self._mark(k, MAYBE, "name.aside")
