"""When is an ordinary word with a capital somebody's name (`Mark`, `Grace`, `May`, `Young`)? In prose only, case by case."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.company import BEFORE_PEOPLE, MAYBE, PERSON, Company

MODALS = frozenset("will may mark can bill rob sue pat chase grant hope grace faith art max miles drew wade guy page young"
                   " day long short rose dawn eve summer winter star angel king queen prince duke".split())  # fmt: skip
MONTH_BEFORE = frozenset("in since of early late mid by until till last next this from during between to and end start before"
                         " after on for through every each".split())  # fmt: skip
COLOURS = frozenset("white black brown green grey gray silver blue red gold asian mixed".split())
CASED_WORDS = frozenset(
    "court church street road house park ward bank day days week price bill rose page field fields wood woods bridge castle"
    " hall lane way hill green cross north south east west young day west parks stone marsh brook lake moor heath banks mills"
    " chambers bond law justice love best good long short sharp swift case cases noble rich rush savage power major minor"
    " ward master pope bishop abbott dean deacon priest prior monk english french welsh scott wales holland england ireland"
    " christian jordan israel lane gates post hood mason baker butler carter cook cooper farmer fisher gardener hunter miller"
    " parker porter potter shepherd smith tailor turner walker weaver bell bird fox lamb wolf bull crane drake finch hawk"
    " nightingale partridge peacock pike swan wren ash berry birch branch bush flowers forest garden ivy lily myrtle oak plant reed root".split()
)  # fmt: skip
REMARKABLE = frozenset("the a an this no any some every".split())
KIN = frozenset("uncle aunt auntie aunty nana nan nanny granny gran grandad grandpa cousin mr mrs miss".split())
KINDRED = KIN | frozenset("brother sister mother father mum dad son daughter husband wife nephew niece bro sis".split())
NO_DOERS = ("s", "ing", "ed", "er", "or", "ist", "ly", "ion", "ness", "ment", "ity", "ce", "ant", "ent", "ee")
"""Endings of what is done, and of who does it by trade."""
RELATED = KINDRED | frozenset(
    "mam mom bf gf boyfriend girlfriend partner ex mate friend kids baby children grandson niece sibling".split()
)

NO_NICKNAME = (lx.FUNCTION | lx.KEEP | lx.BODY | lx.STREET | lx.PLACE | lx.CUE | lx.TITLE | lx.RANK | lx.DOES
               | lx.COMMON)  # fmt: skip


class CapitalWords(Company):
    """Rules for words that are names too, written with a capital."""

    def _judge_cased_word(self, i: int, word: str, bits: int) -> None:  # noqa: C901  # a table of cases, read from the top
        """`Mark`, `Grace`, `May`, `Young` with a capital in prose."""
        strong = bits & lx.NAME
        start = self._starts(i)
        if self._head_after(i) and not self._cued(i):
            return
        if word in lx.MONTHS:
            j = i + 1
            dated = j < self.n and (self.shapes[j] == reading.DIGITS or self.words[j] in lx.MONTHS)
            before = self.words[i - 1] if i else ""
            if self._spoken_with(i) and not dated and self._end_of_phrase(i):
                self._mark(i, MAYBE, "name.month")
                return
            if (
                dated
                or before in MONTH_BEFORE
                or (i and self.shapes[i - 1] == reading.DIGITS)
                or before in ("st", "nd", "rd", "th")
            ):
                return
            if not (self._name_after(i) or self._does_after(i) or self._cued(i) or self._possessive(i)):
                return
            self._mark(i, MAYBE, "name.month")
            return
        if (
            self._possessive(i)
            and i + 1 < self.n
            and self.words[i + 1] in RELATED
            and not bits & (lx.COMMON | lx.CUE | lx.BODY)
        ):
            self._mark(i, MAYBE, "name.word-kin")  # `Storm's uncle`
            return
        if start and self._took(i, bits):
            self._mark(i, MAYBE, "name.word-does")  # `Lush took his money`
            return
        if not strong:
            if (
                bits & (lx.RARE_GIVEN | lx.RARE_SURNAME)
                and self._given_beside(i)
                and not bits & (lx.KEEP | lx.BODY | lx.CUE | lx.STREET | lx.DOES | lx.FUNCTION)
            ):
                self._mark(i, MAYBE, "name.beside-name")
            elif self._by_nickname(i, bits):
                self._mark(i, MAYBE, "name.nickname")
            elif self.strict and not start:
                self._mark(i, 0.3, "strict.capitalised") if not bits & (lx.KEEP | lx.FUNCTION) else None
            return
        if self.words[i] in COLOURS and not self._given_beside(i) and not self._cued(i):
            return
        beside = self._given_beside(i) or self._name_beside(i)
        company = beside or self._cued(i) or self._spoken_to(i) or self._name_after(i) or self._after_acronym(i)
        remarkable = bool(i) and self.words[i - 1] in REMARKABLE
        if (
            not start
            and bits & lx.GIVEN
            and not remarkable
            and not bits & (lx.KEEP | lx.STREET | lx.CUE)
            and self.capitals_mean
        ):
            self._mark(i, MAYBE, "name.word-capital")
            return
        if remarkable and not company:
            return
        if bits & (lx.STREET | lx.BODY) and not self._cued(i):
            return
        if bits & lx.KEEP and bits & lx.GIVEN and not bits & lx.WORD and not start and len(word) <= 5 and (
                self.shapes[i] == reading.TITLE and word not in reading.MONTH_WORDS):  # fmt: skip
            self._mark(i, MAYBE, "name.acronym-as-name")
            return
        if bits & lx.KEEP and not (
            bits & lx.GIVEN and (beside or self._cued(i) or self._does_after(i) or self._bracketed(i))
        ):
            return
        if company:
            if bits & (lx.CUE | lx.BODY) and not beside:
                return
            if not (start and word in MODALS and not beside and not self._name_after(i)):
                self._mark(i, PERSON if not start else MAYBE, "name.word-in-company")
                return
        given = bits & lx.GIVEN and word not in CASED_WORDS and not bits & lx.CUE
        if not start:
            if given or (not bits & (lx.COMMON | lx.CUE | lx.DOES | lx.BODY | lx.STREET) and word not in CASED_WORDS):
                self._mark(i, MAYBE, "name.word-capital")
            elif self._does_after(i) and not bits & (lx.BODY | lx.CUE | lx.DOES):
                self._mark(i, MAYBE, "name.word-does")
        elif (
            given
            and not bits & lx.DOES
            and (
                self._does_after(i)
                or self._deed_irregular(i)
                or self._possessive(i)
                or self._and_name(i)
                or self._bracketed(i)
            )
        ):
            self._mark(i, MAYBE, "name.word-does")
        elif given and i + 1 < self.n and self.words[i + 1] in ("from", "who", "whose") and self.gaps[i + 1] == " ":
            self._mark(i, MAYBE, "name.word-start")  # `Rob from Age UK`: no verb stands so
        elif given and not bits & (lx.COMMON | lx.DOES | lx.KEEP) and word not in MODALS:
            self._mark(i, MAYBE, "name.word-start")
        elif (
            strong and not bits & (lx.COMMON | lx.DOES | lx.KEEP | lx.BODY | lx.CUE | lx.STREET) and self._does_after(i)
        ):
            self._mark(i, MAYBE, "name.word-does")

    def _deed_irregular(self, i: int) -> bool:
        """`Summer held back`: no noun looks like these verbs."""
        return i + 1 < self.n and self.words[i + 1] in lx.IRREGULAR and self.gaps[i + 1] == " "

    def _took(self, i: int, bits: int) -> bool:
        """Does a rare word begin a sentence, and do to somebody what people do?"""
        j = i + 2
        return (
            j < self.n and bool(self.bits[i + 1] & (lx.DOES | lx.ACTS)) and self.gaps[i + 1] == " "
            and (not bits & lx.OFTEN or (self.words[j] in ("his", "her", "him", "them", "me", "us") and self.gaps[j] == " "))
            and not self.words[i].endswith(NO_DOERS)
            and not bits & (lx.COMMON | lx.KEEP | lx.CUE | lx.BODY | lx.STREET | lx.PLACE | lx.FUNCTION | lx.ACTS | lx.DOES)
        )  # fmt: skip

    def _by_nickname(self, i: int, bits: int) -> bool:
        """`at Moggy's`, `says Spud has`: a thing's name with a capital where the note gives them to names alone."""
        if bits & NO_NICKNAME or self._starts(i):
            return False
        if self.words[i - 1] in REMARKABLE or self._titled_beside(i) or not self.capitals_mean:
            return False
        return self._possessive(i) or self._does_after(i) or self._acts_after(i) or self.words[i - 1] in BEFORE_PEOPLE
