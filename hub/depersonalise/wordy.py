"""When is an ordinary word somebody's name (Mark, Grace, Will, Hill, Law)? Only by its company, case by case, from the top."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.capitals import COLOURS, KIN, KINDRED, MODALS, RELATED, CapitalWords
from hub.depersonalise.company import ANIMALS, BEFORE_PEOPLE, DOING, EPITHETS, MAYBE, OWNED, PERSON, WITH_WHOM

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
CALLING_SO = frozenset("call calls called nicknamed named".split())
INTIMATE = KINDRED | EPITHETS
NO_OFFICER = frozenset(
    "to is was has on in at and or the of for by if he so do as no an a be my me we who will said from per then via".split()
)
"""Words of grammar that no rank or title makes a name."""
NO_NEIGHBOUR = frozenset("to a an so do no in is may can has".split())
# what a word must not be for a rule to take it for a name
NO_RANKED = lx.FUNCTION | lx.TITLE | lx.RANK
NO_SMALL_RANKED = lx.CUE | lx.DOES | lx.KEEP
NO_KIN = lx.FUNCTION | lx.CUE
NO_QUOTED = lx.FUNCTION | lx.KEEP
NO_ROLE_NAME = lx.FUNCTION | lx.CUE | lx.STREET | lx.TITLE | lx.RANK | lx.DOES
NO_EXPLAINED = lx.TITLE | lx.RANK | lx.CUE | lx.PLACE
NO_SON = lx.CUE | lx.TITLE | lx.RANK | lx.BODY | lx.STREET
NO_ONE_CASE = lx.FUNCTION | lx.KEEP | lx.CUE
NO_RARE = lx.OFTEN | DULL_WORD
NO_TITLED = lx.FUNCTION | lx.BODY | lx.TITLE | lx.RANK | lx.KEEP
NO_CAPITAL_TITLED = lx.BODY | lx.KEEP | lx.CUE
NO_ENTITLED = lx.KEEP | lx.BODY | lx.DOES
NO_SMALL_CUED = lx.COMMON | lx.FUNCTION | lx.DOES | lx.KEEP | lx.CUE
NO_SMALL_BESIDE = lx.FUNCTION | lx.KEEP | lx.DOES | lx.CUE | lx.STREET | lx.BODY
NO_CASELESS = lx.KEEP | lx.DOES | lx.CUE | lx.BODY
ANY_GIVEN = lx.GIVEN | lx.RARE_GIVEN
ANY_SURNAME = lx.SURNAME | lx.RARE_SURNAME
BODY_OR_KEEP = lx.BODY | lx.KEEP
TITLE_OR_RANK = lx.TITLE | lx.RANK


class WordyNames(CapitalWords):
    """Rules for words that are names too."""

    def _small_start(self, i: int, bits: int) -> bool:
        """A name in small letters where a sentence of prose begins, somebody doing something after it."""
        if not (
            (self._does_after(i) or (self._deed_after(i) and not bits & lx.OFTEN))
            and (i == 0 or self.gaps[i].strip()[-1:] in (".", "!", "?"))
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

    def _judge_word(self, i: int, word: str, bits: int, shape: int, *, cased: bool) -> None:
        """A word that is an ordinary one: a name only by its company."""
        prose = self.prose
        if prose and shape == reading.LOWER and word != "will" and not self._small_company(i, bits):
            return
        if shape == reading.UPPER and bits & lx.WORD and self._what_somebody_is(i):
            return
        before, previous = self._before(i), self.words[i - 1] if i else ""
        titled = prose and shape == reading.TITLE
        if before & lx.RANK and self.gaps[i] == " " and self._ranked_word(i, word, bits, titled=titled):
            self._mark(i, PERSON, "name.after-title")
            return
        rule = (
            (titled and self._capital_announced(i, bits, previous))
            or (not prose and bits & ANY_GIVEN and not bits & NO_ONE_CASE and self._who_then(i) and "name.who")
            or (previous in INTIMATE and self._kin_or_quoted(i, bits, previous))
            or (titled and self._capital_by_place(i, word, bits, previous))
        )
        if rule:
            self._mark(i, MAYBE, rule)
        elif prose or not self._one_case_word(i, word, bits, previous):
            self._judge_named_word(i, word, bits, shape, before, cased=cased)

    def _ranked_word(self, i: int, word: str, bits: int, *, titled: bool) -> bool:
        """`PC Rider and PS Hand`, `PS MARCH`, `GM FORD`."""
        if bits & ANY_SURNAME and not bits & NO_RANKED and (
                titled or (not self.prose and not bits & NO_SMALL_RANKED and self._end_of_phrase(i))):  # fmt: skip
            return True
        month = word in lx.MONTHS
        dated = i + 1 < self.n and self.shapes[i + 1] == reading.DIGITS
        return (month or bool(bits & lx.KEEP and bits & lx.ANY_NAME)) and not dated

    def _capital_announced(self, i: int, bits: int, previous: str) -> str:
        """The rule by which what stands before a capital word says that it is a name, or nothing."""
        if previous in KIN and self.gaps[i] == " " and self.shapes[i - 1] == reading.TITLE and not bits & NO_KIN:
            return "name.after-kin"
        if previous in BY_NAME and not bits & lx.FUNCTION:
            return "name.called"
        if self.quotes and self._quoted(i) and not bits & NO_QUOTED:
            return "name.quoted"
        if bits & NO_ROLE_NAME or (bits & lx.KEEP and not bits & lx.ANY_NAME) or (
                bits & BODY_OR_KEEP and previous not in KINDRED and not (bits & lx.BODY and bits & lx.GIVEN)):  # fmt: skip
            return ""
        company = self._after_role(i) or (
            (self._spoken_with(i) or self._with_whom(i, bits)) and not self._head_after(i)
        )
        return "name.after-role" if company else ""

    def _kin_or_quoted(self, i: int, bits: int, previous: str) -> str:
        """The rule for what stands behind kin or an epithet: `"Big Brother"`."""
        if previous in KINDRED and self.gaps[i] == " " and (
                (bits & lx.GIVEN and previous in KIN and self._end_of_phrase(i))
                or (self._quoted_pair(i) and not bits & lx.FUNCTION)):  # fmt: skip
            return "name.after-kin"
        return "name.quoted" if previous in EPITHETS and self._quoted_pair(i) and not bits & lx.FUNCTION else ""

    def _capital_by_place(self, i: int, word: str, bits: int, previous: str) -> str:
        """The rule for a capital word that its place in the sentence, or its kind, shows to be a name."""
        if i > 1 and previous in ("him", "her", "them") and self.words[i - 2] in CALLING_SO and not bits & NO_RANKED:
            return "name.called"
        if bits & lx.KEEP and bits & lx.GIVEN and not bits & lx.WORD and len(word) <= 5 and word not in lx.MONTHS and (
                not self._starts(i)):  # fmt: skip
            return "name.acronym-as-name"
        explained = not bits & NO_EXPLAINED and self._explained(i) and not self._starts(i)
        return "name.explained" if explained else ""

    def _one_case_word(self, i: int, word: str, bits: int, previous: str) -> bool:
        """Marks a word where case says nothing, if its company makes it a name."""
        if bits & lx.GIVEN and self._role_is(i) and not bits & NO_QUOTED:
            self._mark(i, MAYBE, "name.role-is")
        elif bits & lx.GIVEN and i and self.bits[i - 1] & lx.CUE and self.gaps[i] == " " and (
                word not in TWO_WAYS and not previous.endswith("s") and not bits & NO_SON):  # fmt: skip
            self._mark(i, PERSON, "name.after-kin")  # `SON MARK MAY`, `WIFE JUNE`: no verb stands so behind one person
        elif bits & lx.GIVEN and not bits & NO_ONE_CASE and self._with_letter(i):
            self._mark(i, MAYBE, "name.with-initial")  # `sue p`
            self._mark(i + 1, MAYBE, "name.with-initial")
        elif not bits & NO_RARE and self._rare_in_company(i, word):
            self._mark(i, MAYBE, "name.rare-in-company")  # `her sister yogini rang`
        else:
            return False
        return True

    def _judge_named_word(self, i: int, word: str, bits: int, shape: int, before: int, *, cased: bool) -> None:
        """A word that some list has as a name: behind a title, beside a name, or with a capital."""
        prose = self.prose
        titled = prose and shape == reading.TITLE
        if not bits & lx.ANY_NAME or bits & TITLE_OR_RANK:
            if titled and before & lx.TITLE and not bits & NO_TITLED:
                self._mark(i, PERSON, "name.after-title")
            elif titled and self._by_nickname(i, bits):
                self._mark(i, MAYBE, "name.nickname")
            return
        if titled and before & lx.TITLE and not bits & NO_CAPITAL_TITLED:
            self._mark(i, PERSON, "name.after-title")
            return
        if not prose or shape == reading.LOWER:
            if i and self.rule[i - 1] == "name.no-verb" and self.gaps[i] == " " and (
                    not bits & DOING and self._end_of_phrase(i)):  # fmt: skip
                self._mark(i, MAYBE, "name.beside-name")
                return
            if bits & lx.GIVEN and self._modal_is_name(i, word):
                self._mark(i, PERSON, "name.no-verb")
                return
        entitled = bool(before & lx.RANK or (before & lx.TITLE and self.gaps[i].strip(". ") == ""))
        if bits & lx.FUNCTION and not (cased and prose):
            self._judge_function_word(i, word, bits, entitled=entitled)
        elif entitled and not bits & NO_ENTITLED and word not in lx.CUES:
            self._mark(i, PERSON, "name.after-title")
        elif prose and cased:
            self._judge_cased_word(i, word, bits)
        elif prose:
            self._judge_small_word(i, bits, before)
        else:
            self._judge_one_case(i, word, bits, before)

    def _judge_function_word(self, i: int, word: str, bits: int, *, entitled: bool) -> None:
        """`PC May`, `will smith`: a word of grammar, not with a capital in prose."""
        if bits & lx.DOES:
            return
        if entitled and word not in NO_OFFICER:
            self._mark(i, PERSON, "name.after-title")
        elif bits & lx.GIVEN and word not in NO_NEIGHBOUR and self._name_beside(i):
            self._mark(i, MAYBE, "name.beside-name")

    def _judge_small_word(self, i: int, bits: int, before: int) -> None:
        """A word in small letters in prose, behind somebody's kin or a sure given name."""
        if bits & lx.GIVEN and before & lx.CUE and not bits & NO_SMALL_CUED and self._does_after(i):
            self._mark(i, MAYBE, "name.lower-cued")
        elif bits & lx.NAME and not bits & NO_SMALL_BESIDE and self._sure_given_before(i) and (
                self.shapes[i - 1] == reading.LOWER):  # fmt: skip
            self._mark(i, MAYBE, "name.beside-name")

    def _judge_one_case(self, i: int, word: str, bits: int, before: int) -> None:
        """A word that is a name, in a note whose case says nothing."""
        if not bits & lx.NAME or bits & NO_CASELESS:
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
