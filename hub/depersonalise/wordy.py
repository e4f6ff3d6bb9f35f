"""When is an ordinary word somebody's name (Mark, Grace, Will, Hill, Law)? Only by its company, case by case, from the top."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.capitals import COLOURS, KIN, KINDRED, MODALS, RELATED, CapitalWords
from hub.depersonalise.company import ANIMALS, BEFORE_PEOPLE, EPITHETS, MAYBE, OWNED, PERSON, WITH_WHOM

TELLS = frozenset(
    "says said states stated reports reported rang told asked denies denied wants wanted has had is was lives works went came got"
    " attended arrived called disclosed admits admitted claims claimed felt feels thinks thought agreed refused shouted left".split()
)
"""Words that no modal verb stands before."""
ADJECTIVES = (
    "ing",
    "ed",
    "ly",
    "ion",
    "ness",
    "ment",
    "ity",
    "ant",
    "ful",
    "ous",
    "ive",
    "able",
    "ible",
    "al",
    "ic",
    "less",
    "ish",
    "y",
    "en",
    "ent",
)
DULL_WORD = lx.FUNCTION | lx.KEEP | lx.CUE | lx.DOES | lx.ACTS | lx.BODY | lx.STREET | lx.TITLE | lx.RANK
TWO_WAYS = frozenset("will may can drew rose page long young short day king art ray bless grace".split())
INITIALS_SMALL = frozenset("befghjklmpqtvyz")
"""Letters that are an initial in a note of small letters; the others are shorthand (w, c, s, d, o, r, u, n)."""
BY_NAME = frozenset("called named aka alias nicknamed as dubbed".split())


class WordyNames(CapitalWords):
    """Rules for words that are names too."""

    def _small_start(self, i: int, bits: int) -> bool:
        """A name in small letters where a sentence of prose begins, somebody doing something after it."""
        if not (
            (self._does_after(i) or self._deed_after(i)) and (i == 0 or self.gaps[i].strip()[-1:] in (".", "!", "?"))
        ):
            return False
        if bits & lx.KEEP and bits & lx.GIVEN and not bits & lx.WORD:
            return True  # `mo drives a van`
        plain = bits & (lx.FUNCTION | lx.KEEP | lx.CUE | lx.DOES | lx.BODY | lx.STREET | lx.COMMON)
        return (
            not plain and bool(bits & lx.NAME or not bits & lx.KNOWN) and not (bits & lx.WORD and not bits & lx.GIVEN)
        )

    def _deed_after(self, i: int) -> bool:
        return i + 1 < self.n and bool(self.bits[i + 1] & lx.ACTS) and self.gaps[i + 1] == " "

    def _judge_word(self, i: int, word: str, bits: int, shape: int, *, cased: bool) -> None:  # noqa: C901  # a table of cases, read from the top
        """A word that is an ordinary one: a name only by its company."""
        prose = self.read.casing == reading.PROSE
        if prose and shape == reading.LOWER and word != "will" and not self._small_company(i, bits):
            return
        if bits & lx.WORD and self._what_somebody_is(i):
            return
        ranked = self._before(i) & lx.RANK and self.gaps[i] == " "
        if ranked and bits & (lx.SURNAME | lx.RARE_SURNAME) and not bits & (lx.FUNCTION | lx.TITLE | lx.RANK) and (
                (prose and shape == reading.TITLE) or (not prose and not bits & (lx.CUE | lx.DOES | lx.KEEP) and self._end_of_phrase(i))):  # fmt: skip
            self._mark(i, PERSON, "name.after-title")  # `PC Rider and PS Hand`
            return
        if ranked and (bits & lx.KEEP or word in lx.MONTHS) and (bits & lx.ANY_NAME or word in lx.MONTHS) and not (
                i + 1 < self.n and self.shapes[i + 1] == reading.DIGITS):  # fmt: skip
            self._mark(i, PERSON, "name.after-title")  # `PS MARCH`, `GM FORD`
            return
        if i and self.words[i - 1] in KIN and prose and shape == reading.TITLE and self.gaps[i] == " " and (
                self.shapes[i - 1] == reading.TITLE and not bits & (lx.FUNCTION | lx.CUE)):  # fmt: skip
            self._mark(i, MAYBE, "name.after-kin")
            return
        if (
            not prose
            and bits & (lx.GIVEN | lx.RARE_GIVEN)
            and not bits & (lx.FUNCTION | lx.KEEP | lx.CUE)
            and self._who_then(i)
        ):
            self._mark(i, MAYBE, "name.who")
            return
        if prose and shape == reading.TITLE and i and self.words[i - 1] in BY_NAME and not bits & lx.FUNCTION:
            self._mark(i, MAYBE, "name.called")
            return
        if prose and shape == reading.TITLE and self._quoted(i) and not bits & (lx.FUNCTION | lx.KEEP):
            self._mark(i, MAYBE, "name.quoted")
            return
        if (
            prose
            and shape == reading.TITLE
            and (
                self._after_role(i) or ((self._spoken_with(i) or self._with_whom(i, bits)) and not self._head_after(i))
            )
            and not bits & (lx.FUNCTION | lx.CUE | lx.STREET | lx.TITLE | lx.RANK | lx.DOES)
            and (not bits & (lx.BODY | lx.KEEP) or self.words[i - 1] in KINDRED or (bits & lx.BODY and bits & lx.GIVEN))
            and not (bits & lx.KEEP and not bits & lx.ANY_NAME)
        ):
            self._mark(i, MAYBE, "name.after-role")
            return
        if i and self.words[i - 1] in KINDRED and self.gaps[i] == " " and (
                (bits & lx.GIVEN and self.words[i - 1] in KIN and self._end_of_phrase(i))
                or (self._quoted_pair(i) and not bits & lx.FUNCTION)):  # fmt: skip
            self._mark(i, MAYBE, "name.after-kin")
            return
        if i and self.words[i - 1] in EPITHETS and self._quoted_pair(i) and not bits & lx.FUNCTION:
            self._mark(i, MAYBE, "name.quoted")  # `"Big Brother"`
            return
        if prose and shape == reading.TITLE and i > 1 and self.words[i - 1] in ("him", "her", "them") and (
                self.words[i - 2] in ("call", "calls", "called", "nicknamed", "named")) and not bits & (lx.FUNCTION | lx.TITLE | lx.RANK):  # fmt: skip
            self._mark(i, MAYBE, "name.called")
            return
        if (
            prose
            and shape == reading.TITLE
            and bits & lx.KEEP
            and bits & lx.ANY_NAME
            and not bits & lx.WORD
            and not self._starts(i)
            and word not in lx.MONTHS
            and len(word) <= 5
            and bits & lx.GIVEN
        ):
            self._mark(i, MAYBE, "name.acronym-as-name")
            return
        if not prose and self._role_is(i) and bits & lx.GIVEN and not bits & (lx.FUNCTION | lx.KEEP):
            self._mark(i, MAYBE, "name.role-is")
            return
        if not prose and bits & lx.GIVEN and i and self.bits[i - 1] & lx.CUE and self.gaps[i] == " " and (
                word not in TWO_WAYS and not self.words[i - 1].endswith("s") and not bits & (lx.CUE | lx.TITLE | lx.RANK | lx.BODY | lx.STREET)):  # fmt: skip
            self._mark(i, PERSON, "name.after-kin")  # `SON MARK MAY`, `WIFE JUNE`: no verb stands so behind one person
            return
        if (
            prose
            and shape == reading.TITLE
            and self._explained(i)
            and not self._starts(i)
            and not bits & (lx.TITLE | lx.RANK | lx.CUE | lx.PLACE)
        ):
            self._mark(i, MAYBE, "name.explained")
            return
        if not prose and bits & lx.GIVEN and self._with_letter(i) and not bits & (lx.FUNCTION | lx.KEEP | lx.CUE):
            self._mark(i, MAYBE, "name.with-initial")  # `sue p`
            self._mark(i + 1, MAYBE, "name.with-initial")
            return
        if not prose and not bits & (lx.OFTEN | DULL_WORD) and self._rare_in_company(i, word):
            self._mark(i, MAYBE, "name.rare-in-company")  # `her sister yogini rang`
            return
        if bits & lx.ANY_NAME == 0 or bits & (lx.TITLE | lx.RANK):
            if (
                prose
                and shape == reading.TITLE
                and self._before(i) & lx.TITLE
                and not bits & (lx.FUNCTION | lx.BODY | lx.TITLE | lx.RANK | lx.KEEP)
            ):
                self._mark(i, PERSON, "name.after-title")
            elif prose and shape == reading.TITLE and self._by_nickname(i, bits, start=self._starts(i)):
                self._mark(i, MAYBE, "name.nickname")
            return
        before = self._before(i)
        if prose and shape == reading.TITLE and before & lx.TITLE and not bits & (lx.BODY | lx.KEEP | lx.CUE):
            self._mark(i, PERSON, "name.after-title")
            return
        if (not prose or shape == reading.LOWER) and i and self.rule[i - 1] == "name.no-verb" and bits & lx.ANY_NAME and self.gaps[i] == " " and (
                not bits & (lx.FUNCTION | lx.DOES) and self._end_of_phrase(i)):  # fmt: skip
            self._mark(i, MAYBE, "name.beside-name")
            return
        if (not prose or shape == reading.LOWER) and bits & lx.GIVEN and self._modal_is_name(i, word):
            self._mark(i, PERSON, "name.no-verb")
            return
        titled = (bool(before & (lx.TITLE | lx.RANK)) and self.gaps[i].strip(". ") == "") or bool(before & lx.RANK)
        if bits & lx.FUNCTION and not (cased and prose):
            if (
                titled
                and bits & lx.ANY_NAME
                and not bits & lx.DOES
                and word
                not in (
                    "to",
                    "is",
                    "was",
                    "has",
                    "on",
                    "in",
                    "at",
                    "and",
                    "or",
                    "the",
                    "of",
                    "for",
                    "by",
                    "if",
                    "he",
                    "so",
                    "do",
                    "as",
                    "no",
                    "an",
                    "a",
                    "be",
                    "my",
                    "me",
                    "we",
                    "who",
                    "will",
                    "said",
                    "from",
                    "per",
                    "then",
                    "via",
                )
            ):
                self._mark(i, PERSON, "name.after-title")
            elif (
                bits & lx.GIVEN
                and not bits & lx.DOES
                and self._name_beside(i)
                and word not in ("to", "a", "an", "so", "do", "no", "in", "is", "may", "can", "has")
            ):
                self._mark(i, MAYBE, "name.beside-name")
            return
        if titled and not bits & (lx.KEEP | lx.BODY) and word not in lx.CUES and (not bits & lx.DOES):
            self._mark(i, PERSON, "name.after-title")
            return
        if prose:
            if cased:
                self._judge_cased_word(i, word, bits)
            elif (
                bits & lx.NAME
                and before & lx.CUE
                and bits & lx.GIVEN
                and not bits & (lx.COMMON | lx.FUNCTION | lx.DOES | lx.KEEP | lx.CUE)
                and self._does_after(i)
            ):
                self._mark(i, MAYBE, "name.lower-cued")
            elif (
                bits & lx.NAME
                and not bits & (lx.FUNCTION | lx.KEEP | lx.DOES | lx.CUE | lx.STREET | lx.BODY)
                and self._sure_given_before(i)
                and self.shapes[i - 1] == reading.LOWER
            ):
                self._mark(i, MAYBE, "name.beside-name")
            return
        if bits & lx.NAME == 0 or bits & (lx.KEEP | lx.DOES | lx.CUE | lx.BODY):
            return
        if self._sure_given_before(i) and not (bits & lx.STREET and self._starts_street(i)):
            self._mark(i, MAYBE, "name.beside-name")
        elif bits & lx.GIVEN and (before & lx.CUE or self._spoken_to(i)) and word not in COLOURS:
            modal = word in MODALS and not self._name_after_bare(i) and not self._does_after(i)
            if not modal or (before & lx.CUE and self._end_of_phrase(i)):
                self._mark(i, MAYBE, "name.cased-no-cue")
        elif bits & lx.GIVEN and self._name_after_bare(i) and not bits & lx.COMMON:
            self._mark(i, MAYBE, "name.beside-name")

    def _small_company(self, i: int, bits: int) -> bool:
        """May an ordinary word in small letters in prose be a name at all? What is asked of it below needs one of these."""
        if not i:
            return False
        before, shape = self.bits[i - 1], self.shapes[i - 1]
        return bool(
            before & (lx.TITLE | lx.RANK | lx.CUE)
            or shape == reading.DIGITS
            or (before & lx.GIVEN and shape == reading.LOWER)
            or (bits & lx.FUNCTION and bits & lx.GIVEN)
            or self.rule[i - 1] == "name.no-verb"
        )

    def _who_then(self, i: int) -> bool:
        """`says art from next door`: nothing that owns it before, and what only people do, or come from, behind."""
        before = self.words[i - 1] if i and not self._starts(i) else ""
        after = self.words[i + 1] if i + 1 < self.n and self.gaps[i + 1] == " " else ""
        return (
            (not before or before in BEFORE_PEOPLE)
            and (after in ("from", "who") or after in TELLS - {"is", "was", "left", "works"})
        ) or (after == "next" and self.words[i + 2 : i + 3] == ["door"] and before not in OWNED and before != "from")

    def _modal_is_name(self, i: int, word: str) -> bool:
        """`will`, `may` or a month where grammar has no room for them: behind `with` or `spoke to`, before `says`, at an `&`."""
        month = word in lx.MONTHS
        if not month and word != "will":
            return False
        before, gap = (self.words[i - 1] if i else ""), self.gaps[i]
        after = self.words[i + 1] if i + 1 < self.n else ""
        if before in OWNED:
            return False
        if self._sure_given_before(i) and word != "will":
            return self._end_of_phrase(i)
        if month and self._before(i) & (lx.RANK | lx.TITLE | lx.CUE) and gap in (" ", ". ") and (
                i + 1 >= self.n or after in ("and", "or") or self.gaps[i + 1].strip() != ""):  # fmt: skip
            return True
        if gap == " " and (before in WITH_WHOM or before in KIN or self._spoken_with(i)):
            return self._end_of_phrase(i) or not month
        if not month and gap == " " and before in ("from", "by", "for", "asked", "about", "re") and i + 1 < self.n:
            return True
        if not month and self._surname_then_deed(i + 1):
            return True
        told = after in TELLS and self.gaps[i + 1] == " "
        joined = gap.strip() in ("&", "+") or (bool(after) and self.gaps[i + 1].strip() in ("&", "+"))
        return told or (joined and not month)

    def _surname_then_deed(self, j: int) -> bool:
        """`will young were seen`: no verb, since a family name and then one stand behind it."""
        if j >= self.n or self.gaps[j] != " " or not self.bits[j] & lx.SURNAME:
            return False
        return (
            j + 1 >= self.n
            or self.gaps[j + 1].strip() != ""
            or (
                self.words[j + 1] in TELLS
                or self.words[j + 1] in ("were", "and", "at", "from", "of")
                or self.words[j + 1].endswith("ing")
            )
        )

    def _starts_street(self, i: int) -> bool:
        return self.words[i] in (
            "st",
            "rd",
            "road",
            "street",
            "lane",
            "ave",
            "close",
            "avenue",
            "drive",
            "court",
            "place",
            "terrace",
            "way",
            "gardens",
            "walk",
        )

    def _explained(self, i: int) -> bool:
        """`misses Can, her brother`: who somebody is, right behind the name."""
        return i + 2 < self.n and self.gaps[i + 1] in (", ", " (") and self.words[i + 1] in ("his", "her", "their", "my", "the", "our") and (
            self.words[i + 2] in RELATED or self.words[i + 2] in ANIMALS or (self.words[i + 1] != "the" and bool(self.bits[i + 2] & lx.CUE)))  # fmt: skip

    def _with_letter(self, i: int) -> bool:
        j = i + 1
        return j < self.n and len(self.words[j]) == 1 and self.words[j] in INITIALS_SMALL and self.gaps[j] == " "

    def _doing_after(self, i: int) -> bool:
        """`mum ploy working nights`."""
        j = i + 1
        return j < self.n and self.words[j].endswith("ing") and len(self.words[j]) > 5 and self.gaps[j] == " "

    def _rare_in_company(self, i: int, word: str) -> bool:
        """A word that is hardly ever written, where a person is expected and no adjective can stand."""
        cued = (
            self._cued(i)
            or (i > 0 and self._agent(i - 1))
            or self._spoken_with(i)
            or (i > 0 and self.words[i - 1] in WITH_WHOM)
        )
        shaped = self._end_of_phrase(i) and not word.endswith(ADJECTIVES)
        return (
            cued
            and self.gaps[i] == " "
            and (
                shaped or self._does_after(i) or self._possessive(i) or self._name_after_bare(i) or self._doing_after(i)
            )
        )
