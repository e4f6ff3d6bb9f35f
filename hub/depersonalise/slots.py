"""In which place of a sentence can only somebody's name stand? `met pearl in the park`, `scared of storm`, `Art thinks`.

English does not put a bare singular word behind `met` or `scared of`, nor before `thinks`: whoever stands there without
an article is called so. Words that are names as well (Storm, Art, Friday Best) are told from the words by that alone,
whatever the case.
"""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.capitals import RELATED
from hub.depersonalise.company import MAYBE
from hub.depersonalise.naming import CalledSo
from hub.depersonalise.spelling import sayable

WHOM = frozenset(
    "asked told contact contacted phoned rang texted messaged emailed met saw visited named arrested assaulted hit punched kicked"
    " pushed slapped bit stabbed threatened accused blamed interviewed informed updated advised approached followed grabbed robbed"
    " bullied hugged kissed married loves hates misses knows ask tell".split()
)
"""Verbs whose object is somebody."""
BEFORE_WHOM = {
    "to": frozenset("spoke spoken speak speaking talk talked talking referred refer handed introduced married engaged listened lied close related"
                    " sold gave given apologised passed over".split()),
    "with": frozenset("lives living lived live stays staying stayed safe spoke speaking discussed liaised met argued arguing fighting fought row friends"
                      " relationship involved left sat slept moved contact been went gone out home played seen happy argument".split()),
    "by": frozenset("seen reviewed assessed reported collected supported witnessed accompanied chaired hit assaulted bitten stabbed attacked"
                    " threatened bullied groomed examined visited treated called raised".split()),
    "of": frozenset("scared afraid frightened terrified jealous proud fond behalf wary".split()),
    "from": frozenset("call text message email letter threats money statement away".split()),
    "about": frozenset("worried concerned complained".split()),
}  # fmt: skip
BEFORE_CLAUSE = frozenset(
    "that if when because say says said thinks thought and but while whilst then states stated".split()
)
SAYS = frozenset(
    "said says told tells stated states thinks thought laughed cried shouted swore apologised attended attends lives wants wanted feels"
    " knows rang phoned believes heard saw hit punched kicked pushed slapped bit hits allegedly spoke asked took grabbed".split()
)
"""What only people do."""
SAYS_OR_IS_DONE = frozenset(
    "denied refused declined agreed reported admitted claimed disclosed threatened accepted".split()
)
OBJECTS = frozenset("everything that any being it all knowing he she his her to me him them the a anything".split())
STATES = frozenset(
    "been not scared arrested detained known present due asleep pregnant drunk upset angry aware worried on at off ok here there"
    " in very tearful crying sober seen told asked late safe unwell well ill excited".split()
)
HUMAN = frozenset(
    "scared arrested detained asleep pregnant drunk upset angry worried tearful crying sober excited afraid".split()
)
"""What only people are."""
ASKING = frozenset("asked told named".split())
ASKED_WHAT = frozenset("if to that as about not he she".split())
NEVER_ASKED = frozenset("permission consent advice help assistance time work".split())
BE = frozenset("is was were has had".split())
PEOPLE = frozenset(
    "staff man woman boy girl male female family police crew lady gentleman group youth kids people parents men women boys girls"
    " males females youths both everyone nobody somebody school hospital ambulance council housing security management doctor".split()
)
ADDRESSED = frozenset(
    "mum dad mam mom mummy daddy nan nana nanny gran granny grandad grandma grandpa auntie aunt uncle".split()
)
"""Kin whom a child calls so, with a capital."""
NO_ONE = lx.FUNCTION | lx.TITLE | lx.RANK | lx.CUE
UNLISTED = lx.KNOWN | lx.DOES | lx.ACTS
"""A word without any of these is in no list: a name from far away, or a misspelling."""
NO_END = lx.FUNCTION | lx.DOES | lx.ACTS
LONGEST = 3


class InSlots(CalledSo):
    """Words that are names by the place where they stand."""

    def _in_slots(self) -> None:
        """Mark runs of one to three words, each of which may be a name, where only names can stand."""
        prose = self.prose
        score, over = self.score, -1
        bits, no_one = self.bits, lx.FUNCTION | lx.TITLE | lx.RANK
        named = [
            i
            for i in (self.titles if prose else range(self.n))
            if (bits[i] & lx.ANY_NAME or not bits[i] & UNLISTED) and not bits[i] & no_one and not score[i]
        ]
        for at in named:
            if at <= over or score[at]:
                continue
            i = j = over = at
            while (
                i
                and score[i - 1]
                and at - i < LONGEST - 1
                and self.gaps[i] in (" ", "-")
                and not self._possessive(i - 1)
            ):
                i -= 1
            if not (self._may_be(at, prose=prose) or (i < at and self._may_follow(at, prose=prose))):
                continue
            while j + 1 < self.n and j - i < LONGEST - 1 and self.gaps[j + 1] in (" ", "-") and not self._possessive(j) and (
                    score[j + 1] or self._may_follow(j + 1, prose=prose)):  # fmt: skip
                j += 1
            while j > at and self.bits[j] & lx.ACTS and not self.bits[j] & lx.NAME:
                j -= 1
            over = j
            if self._slot(i, j) and not (prose and self._head_after(j)):
                for k in range(at, j + 1):
                    if not score[k]:
                        self._mark(k, MAYBE, "name.slot")
        if not prose:
            self._joined_names()
        self._asked()

    def _may_be(self, i: int, *, prose: bool) -> bool:
        """May a word be a name where one must stand? In small letters only what lists call one."""
        bits, shape, word = self.bits[i], self.shapes[i], self.words[i]
        if bits & lx.CUE and bits & lx.GIVEN and prose and shape == reading.TITLE and word not in ADDRESSED:
            return not self._starts(i) and not bits & lx.TITLE and self.capitals_mean  # `asked Son about`
        if (
            shape == reading.DIGITS
            or bits & NO_ONE
            or (bits & UNLISTED and not bits & lx.ANY_NAME)
            or word in PEOPLE
            or word in self.lists.keep
            or len(word) < 2
        ):
            return False
        if prose:
            return shape == reading.TITLE and (not bits & lx.KEEP or bool(bits & (lx.NAME | lx.RARE_GIVEN)))
        if bits & lx.DOES:
            return False
        if bits & lx.KEEP:
            return bool(bits & lx.NAME) and len(word) > 2 + (not bits & lx.GIVEN)
        if not bits & lx.ANY_NAME and (len(word) < 4 or not sayable(lx.bare(word))):
            return False
        return bool(bits & (lx.GIVEN | lx.RARE_GIVEN)) or not bits & lx.COMMON

    def _may_follow(self, j: int, *, prose: bool) -> bool:
        """May a word be the family name behind a given one? `jimmy castle`, `Sue May`."""
        bits = self.bits[j]
        if (
            bits & (lx.CUE | lx.TITLE | lx.RANK)
            or (bits & lx.KEEP and (not bits & (lx.SURNAME | lx.RARE_SURNAME) or self.words[j] in lx.MONTHS))
            or (bits & (lx.FUNCTION | lx.DOES) and not (prose and self.shapes[j] == reading.TITLE))
        ):
            return False
        return bool(bits & (lx.SURNAME | lx.RARE_SURNAME)) and (not prose or self.shapes[j] == reading.TITLE)

    def _slot(self, i: int, j: int) -> bool:
        if self._possessive(j):
            return j + 1 < self.n and self.words[j + 1] in RELATED
        ends = self._end_of_phrase(j) or (
            j + 1 < self.n and (self.bits[j + 1] & NO_END or (j > i and self.shapes[j + 1] == reading.DIGITS))
        )
        if not ends:
            return False
        month = self.words[i] in lx.MONTHS and i == j
        return self._whom(i) or self._told_of(i, j) or (self._acts(i, j) and not (month and self.words[j + 1] in BE))

    def _asked(self) -> None:
        """`asked storm if`, `told indigo to`, `named happy as`: any word that is no noun of something asked for."""
        if ASKING.isdisjoint(self.read.vocabulary):
            return
        for i in [i + 1 for i, word in enumerate(self.words[:-2]) if word in ASKING]:
            word, bits = self.words[i], self.bits[i]
            if self.score[i] or self.words[i + 1] not in ASKED_WHAT or self.gaps[i] != " " or self.gaps[i + 1] != " ":
                continue
            thing = (
                word.endswith("s")
                or word in PEOPLE
                or word in NEVER_ASKED
                or len(word) < 3
                or self.shapes[i] == reading.DIGITS
            )
            if (
                not thing
                and not bits & (NO_ONE | lx.BODY | lx.DOES | lx.PLACE)
                and (not bits & lx.KEEP or bits & lx.ANY_NAME)
            ):
                self._mark(i, MAYBE, "name.asked")

    def _joined_names(self) -> None:
        """`spoke to mark and storm`: what `and` joins to a name, where case says nothing."""
        for i in range(1, self.n - 1):
            if self.words[i] not in ("and", "n", "or") or self.gaps[i] != " " or self.gaps[i + 1] != " ":
                continue
            for one, other in ((i - 1, i + 1), (i + 1, i - 1)):
                bits = self.bits[one]
                if self.score[other] and not self.score[one] and (self._may_be(one, prose=False) or not bits) and self.shapes[one] != reading.DIGITS and (
                        bits & (lx.GIVEN | lx.RARE_GIVEN) or not bits & lx.OFTEN) and not bits & (lx.DOES | lx.ACTS | lx.BODY) and (
                        (self._end_of_phrase(one) or self.words[one + 1] == "n") if one > i else self._starts(one) or self.words[one - 1] in BEFORE_CLAUSE or self._whom(one)):  # fmt: skip
                    self._mark(one, MAYBE, "name.joined")

    def _whom(self, i: int) -> bool:
        """Does what stands before ask for somebody?"""
        if not i or self.gaps[i] != " ":
            return False
        before = self.words[i - 1]
        if before in WHOM or (before == "with" and self.capitals_mean and self._end_of_phrase(i)):
            return True
        asked = BEFORE_WHOM.get(before)
        return asked is not None and i > 1 and self.words[i - 2] in asked and self.gaps[i - 1] == " "

    def _told_of(self, i: int, j: int) -> bool:
        """`Caller: April Bird.`, `his nan, Heaven,`, `dad (Art Bacon)`: somebody is mentioned, then named."""
        if not i or not self.bits[i - 1] & lx.CUE:
            return False
        gap, after = self.gaps[i].strip(" "), self.gaps[j + 1].strip()[:1]
        if gap == ":":
            return True
        if gap in (",", "(", "-"):
            return self.words[i - 1] in RELATED and after in (",", ".", ")", ";", "-", "")
        return gap == "" and j > i and bool(self.bits[i] & lx.GIVEN)

    def _acts(self, i: int, j: int) -> bool:
        """Does a clause begin at i, with a verb behind j that only people are the subject of?"""
        k = j + 1
        if k >= self.n or self.gaps[k] != " " or not (
            self._starts(i) or self.gaps[i] == ", " or (self.words[i - 1] in BEFORE_CLAUSE and self.gaps[i] == " ")):  # fmt: skip
            return False
        verb, after = self.words[k], self.words[k + 1] if k + 1 < self.n and self.gaps[k + 1] == " " else ""
        if verb in SAYS:
            return (
                verb not in ("took", "heard", "saw", "hit", "asked")
                or after in OBJECTS
                or bool(self.score[k + 1 : k + 2])
                or not after
            )
        if (
            verb in BE
            and (after in HUMAN or (after == "on" and self.words[k + 2 : k + 3] == ["bail"]))
            and (self.prose or self.bits[i] & (lx.GIVEN | lx.RARE_GIVEN))
        ):
            return True
        if verb == "did":
            return after in ("it", "this", "that")
        if verb in SAYS_OR_IS_DONE:
            return after in OBJECTS
        return (
            verb in BE
            and after in STATES
            and (
                j > i
                or bool(self.bits[i] & lx.GIVEN)
                or not self.bits[i] & lx.OFTEN
                or (self.prose and not self._starts(i))
            )
        )
