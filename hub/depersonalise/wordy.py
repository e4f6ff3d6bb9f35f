"""When is an ordinary word somebody's name (Mark, Grace, Will, Hill, Law)? Only by its company, case by case, from the top."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.company import ANIMALS, BEFORE_PEOPLE, EPITHETS, MAYBE, OWNED, PERSON, WITH_WHOM, Company

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
TELLS = frozenset(
    "says said states stated reports reported rang told asked denies denied wants wanted has had is was lives works went came got"
    " attended arrived called disclosed admits admitted claims claimed felt feels thinks thought agreed refused shouted left".split()
)
"""Words that no modal verb stands before."""
KIN = frozenset("uncle aunt auntie aunty nana nan nanny granny gran grandad grandpa cousin mr mrs miss".split())
KINDRED = KIN | frozenset("brother sister mother father mum dad son daughter husband wife nephew niece bro sis".split())
NO_DOERS = ("s", "ing", "ed", "er", "or", "ist", "ly", "ion", "ness", "ment", "ity", "ce", "ant", "ent", "ee")
"""Endings of what is done, and of who does it by trade."""
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
RELATED = KINDRED | frozenset(
    "mam mom bf gf boyfriend girlfriend partner ex mate friend kids baby children grandson niece sibling".split()
)
BY_NAME = frozenset("called named aka alias nicknamed as dubbed".split())


class WordyNames(Company):
    """Rules for words that are names too."""

    def _small_start(self, i: int, bits: int) -> bool:
        """A name in small letters where a sentence of prose begins, somebody doing something after it."""
        if not (self._does_after(i) and (i == 0 or self._gap(i).strip()[-1:] in (".", "!", "?"))):
            return False
        plain = bits & (lx.FUNCTION | lx.KEEP | lx.CUE | lx.DOES | lx.BODY | lx.STREET | lx.COMMON)
        return (
            not plain and bool(bits & lx.NAME or not bits & lx.KNOWN) and not (bits & lx.WORD and not bits & lx.GIVEN)
        )

    def _judge_word(self, i: int, word: str, bits: int, shape: int, *, cased: bool) -> None:  # noqa: C901  # a table of cases, read from the top
        """A word that is an ordinary one: a name only by its company."""
        prose = self.read.casing == reading.PROSE
        if prose and shape == reading.LOWER and word != "will" and not self._small_company(i, bits):
            return
        if bits & lx.WORD and self._what_somebody_is(i):
            return
        ranked = self._before(i) & lx.RANK and self._gap(i) == " "
        if ranked and bits & (lx.SURNAME | lx.RARE_SURNAME) and not bits & (lx.FUNCTION | lx.TITLE | lx.RANK) and (
                (prose and shape == reading.TITLE) or (not prose and not bits & (lx.CUE | lx.DOES | lx.KEEP) and self._end_of_phrase(i))):  # fmt: skip
            self._mark(i, PERSON, "name.after-title")  # `PC Rider and PS Hand`
            return
        if ranked and (bits & lx.KEEP or word in lx.MONTHS) and (bits & lx.ANY_NAME or word in lx.MONTHS) and not (
                i + 1 < self.n and self.shapes[i + 1] == reading.DIGITS):  # fmt: skip
            self._mark(i, PERSON, "name.after-title")  # `PS MARCH`, `GM FORD`
            return
        if i and self.words[i - 1] in KIN and prose and shape == reading.TITLE and self._gap(i) == " " and (
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
        if i and self.words[i - 1] in KINDRED and self._gap(i) == " " and (
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
        if not prose and bits & lx.GIVEN and i and self.bits[i - 1] & lx.CUE and self._gap(i) == " " and (
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
        if (not prose or shape == reading.LOWER) and i and self.rule[i - 1] == "name.no-verb" and bits & lx.ANY_NAME and self._gap(i) == " " and (
                not bits & (lx.FUNCTION | lx.DOES) and self._end_of_phrase(i)):  # fmt: skip
            self._mark(i, MAYBE, "name.beside-name")
            return
        if (not prose or shape == reading.LOWER) and bits & lx.GIVEN and self._modal_is_name(i, word):
            self._mark(i, PERSON, "name.no-verb")
            return
        titled = (bool(before & (lx.TITLE | lx.RANK)) and self._gap(i).strip(". ") == "") or bool(before & lx.RANK)
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
        after = self.words[i + 1] if i + 1 < self.n and self._gap(i + 1) == " " else ""
        return (
            (not before or before in BEFORE_PEOPLE)
            and (after in ("from", "who") or after in TELLS - {"is", "was", "left", "works"})
        ) or (after == "next" and self.words[i + 2 : i + 3] == ["door"] and before not in OWNED and before != "from")

    def _modal_is_name(self, i: int, word: str) -> bool:
        """`will`, `may` or a month where grammar has no room for them: behind `with` or `spoke to`, before `says`, at an `&`."""
        month = word in lx.MONTHS
        if not month and word != "will":
            return False
        before, gap = (self.words[i - 1] if i else ""), self._gap(i)
        after = self.words[i + 1] if i + 1 < self.n else ""
        if before in OWNED:
            return False
        if self._sure_given_before(i) and word != "will":
            return self._end_of_phrase(i)
        if month and self._before(i) & (lx.RANK | lx.TITLE | lx.CUE) and gap in (" ", ". ") and (
                i + 1 >= self.n or after in ("and", "or") or self._gap(i + 1).strip() != ""):  # fmt: skip
            return True
        if gap == " " and (before in WITH_WHOM or before in KIN or self._spoken_with(i)):
            return self._end_of_phrase(i) or not month
        if not month and gap == " " and before in ("from", "by", "for", "asked", "about", "re") and i + 1 < self.n:
            return True
        if not month and self._surname_then_deed(i + 1):
            return True
        told = after in TELLS and self._gap(i + 1) == " "
        joined = gap.strip() in ("&", "+") or (bool(after) and self._gap(i + 1).strip() in ("&", "+"))
        return told or (joined and not month)

    def _surname_then_deed(self, j: int) -> bool:
        """`will young were seen`: no verb, since a family name and then one stand behind it."""
        if j >= self.n or self._gap(j) != " " or not self.bits[j] & lx.SURNAME:
            return False
        return (
            j + 1 >= self.n
            or self._gap(j + 1).strip() != ""
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
            elif self._by_nickname(i, bits, start=start):
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
            and (self._does_after(i) or self._possessive(i) or self._and_name(i) or self._bracketed(i))
        ):
            self._mark(i, MAYBE, "name.word-does")
        elif given and i + 1 < self.n and self.words[i + 1] in ("from", "who", "whose") and self._gap(i + 1) == " ":
            self._mark(i, MAYBE, "name.word-start")  # `Rob from Age UK`: no verb stands so
        elif given and not bits & (lx.COMMON | lx.DOES | lx.KEEP) and word not in MODALS:
            self._mark(i, MAYBE, "name.word-start")
        elif (
            strong and not bits & (lx.COMMON | lx.DOES | lx.KEEP | lx.BODY | lx.CUE | lx.STREET) and self._does_after(i)
        ):
            self._mark(i, MAYBE, "name.word-does")

    def _explained(self, i: int) -> bool:
        """`misses Can, her brother`: who somebody is, right behind the name."""
        return i + 2 < self.n and self._gap(i + 1) in (", ", " (") and self.words[i + 1] in ("his", "her", "their", "my", "the", "our") and (
            self.words[i + 2] in RELATED or self.words[i + 2] in ANIMALS or (self.words[i + 1] != "the" and bool(self.bits[i + 2] & lx.CUE)))  # fmt: skip

    def _with_letter(self, i: int) -> bool:
        j = i + 1
        return j < self.n and len(self.words[j]) == 1 and self.words[j] in INITIALS_SMALL and self._gap(j) == " "

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
            and self._gap(i) == " "
            and (shaped or self._does_after(i) or self._possessive(i) or self._name_after_bare(i))
        )

    def _took(self, i: int, bits: int) -> bool:
        """Does a rare word begin a sentence, and do to somebody what people do?"""
        j = i + 2
        return (
            j < self.n and bool(self.bits[i + 1] & (lx.DOES | lx.ACTS)) and self._gap(i + 1) == " "
            and (not bits & lx.OFTEN or (self.words[j] in ("his", "her", "him", "them", "me", "us") and self._gap(j) == " "))
            and not self.words[i].endswith(NO_DOERS)
            and not bits & (lx.COMMON | lx.KEEP | lx.CUE | lx.BODY | lx.STREET | lx.PLACE | lx.FUNCTION | lx.ACTS | lx.DOES)
        )  # fmt: skip

    def _by_nickname(self, i: int, bits: int, *, start: bool) -> bool:
        """`at Moggy's`, `says Spud has`: a thing's name with a capital where the note gives them to names alone."""
        if start or bits & (
            lx.FUNCTION | lx.KEEP | lx.BODY | lx.STREET | lx.PLACE | lx.CUE | lx.TITLE | lx.RANK | lx.DOES | lx.COMMON
        ):
            return False
        if self.words[i - 1] in REMARKABLE or self._titled_beside(i) or not self.capitals_mean:
            return False
        return self._possessive(i) or self._does_after(i) or self._acts_after(i) or self.words[i - 1] in BEFORE_PEOPLE
