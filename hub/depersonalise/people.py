"""Which words name people who are not in the record? Name lists, weighed by how ordinary the word is, by case and company.

A word that is a name and hardly anything else counts in any case. A word that is also an ordinary one (Mark, Grace,
Will, Hill) counts by its company: a title, a rank, kin, another name beside it, or a verb that people do after it.
An unknown word with a capital is taken for a name, unless what follows makes it a street or an institution. Where a
note is written in one case throughout, case says nothing and company decides alone.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.lexicon import Lexicon, Lists
from hub.depersonalise.reading import Note
from hub.depersonalise.redaction import Span

PARTICLES = frozenset("al el bin bint ibn abu abd abdul de da do dos das del della di du la le van von der den ter ap ab ferch"
                      " mac mc o st ul ur uz ud e ten y san".split())  # fmt: skip
MODALS = frozenset("will may mark can bill rob sue pat chase grant hope grace faith art max miles drew wade guy page young"
                   " day long short rose dawn eve summer winter star angel king queen prince duke".split())  # fmt: skip
PLACE_BEFORE = frozenset("in at near from to around of towards outside via into across through north south east west inner"
                         " greater central upper lower little great old new the".split())  # fmt: skip
MONTH_BEFORE = frozenset("in since of early late mid by until till last next this from during between to and end start before"
                         " after on for through every each".split())  # fmt: skip
NOT_AFTER = frozenset("street road lane avenue".split())
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
DULL = lx.FUNCTION | lx.KEEP | lx.DOES | lx.CUE | lx.STREET | lx.BODY
"""In prose, in small letters, no name."""
WORDS = lx.WORD | lx.FUNCTION | lx.KEEP
NEAR = lx.TITLE | lx.RANK | lx.CUE | lx.GIVEN
"""Without one of these before it, or a name or a deed after it, an ordinary word in small letters is no name."""
TALKING = frozenset("ref refd refer handover handed spoke spoken speaking talked talking disclosed said handed lives living reported seen supported accompanied assessed"
                    " discussed liaised met meeting call calls email introduced referred passed".split())  # fmt: skip
SURNAME_HEADS = frozenset("vale gate croft ward hill green lane banks church marsh wood brook hall court park booth gates fields rivers parks bridge row dale"
                           " heath moor house street close cross meadows vale mount".split())  # fmt: skip
ROYAL = frozenset(
    "victoria albert alexandra george edward elizabeth charlotte william mary james charles henry st saint margaret".split()
)
SHORTENED = frozenset("mr mrs ms dr prof rev revd fr sr cllr mstr pc dc ps ds di dci sgt insp supt ch wpc".split())
"""Titles and ranks that may bear a full stop; after others a full stop ends the sentence."""
BEFORE_PEOPLE = frozenset(
    "of by with told asked that when if because but says said as and & while whilst where".split()
)
EPITHETS = frozenset("big little lil young old fat mad tall skinny ginger crazy mental baby".split())
EMPLOYEES = frozenset("co sons partners associates bros".split())
REMARKABLE = frozenset("the a an this no any some every".split())
WHO_DOES = frozenset(
    "the a an his her their my our your him them me us it up down out off over that to in on at with for by".split()
)
BRANDS_NOT = ("mc", "mac", "de", "la", "le", "fitz", "o'", "di", "da", "van", "al", "el", "du", "st", "bin", "abd")
"""How a name with a capital inside begins; others with one are firms' and things' (MaxFax, PlayStation)."""
MEDICINE = ("oma", "itis", "pril", "olol", "azepam", "statin", "cillin", "mycin", "racetam", "pathy", "ectomy", "otomy", "osis", "aemia",
            "emia", "oxetine", "idine", "apine", "azole", "afil", "sartan", "tidine", "parin", "gliptin", "amide", "icillin", "opram",
            "triptan", "oxaban", "zosin", "plegia", "uria", "algia", "penia", "scopy", "gram", "graphy", "ology", "pnoea", "plasty", "lysis")  # fmt: skip
"""Endings of medicines and ailments, which no word list has all of."""
ABSTRACT = (
    "ment",
    "ments",
    "tion",
    "tions",
    "sion",
    "ness",
    "ing",
    "able",
    "ible",
    "ism",
    "less",
    "ship",
    "hood",
    "ised",
    "ized",
)
"""Endings of words that begin a sentence, and of nobody's name."""
WITH_WHOM = frozenset("with told asked saw called named as w".split())
TELLS = frozenset(
    "says said states stated reports reported rang told asked denies denied wants wanted has had is was lives works went came got"
    " attended arrived called disclosed admits admitted claims claimed felt feels thinks thought agreed refused shouted left".split()
)
"""Words that no modal verb stands before."""
SIMPLE_TITLES = frozenset("mr mrs ms mx dr prof cllr".split())
ROLES = frozenset(
    "pom com oic om pp sw hv gp ta hod dsl keyworker worker officer nurse midwife teacher tutor mentor carer mum dad mother father"
    " partner boyfriend girlfriend bf gf sister brother son daughter nan friend mate landlord manager name solicitor advocate".split()
)
NO_HEADS = frozenset("home act test plan order line form ground".split())
"""In small letters, verbs and adverbs rather than what an institution is called: `Kacper home alone`."""
OWNED = frozenset("the a an his her their my your our its own free good ill of this that".split())
"""Before a will that is a paper or a wish."""
KIN = frozenset("uncle aunt auntie aunty nana nan nanny granny gran grandad grandpa cousin mr mrs miss".split())
BY_NAME = frozenset("called named aka alias nicknamed as dubbed".split())
ACRONYM_LIKE = lx.KEEP | lx.NAME
START_AFTER = frozenset('.!?:;\n•*"|>')
INITIALS_SMALL = frozenset("befghjklmpqtvyz")
"""Letters that are an initial in a note of small letters; the others are shorthand (w, c, s, d, o, r, u, n)."""
NO_INITIALS = frozenset("ainwur")
"""Letters that are a word of their own behind a name: `kath n bob`, `kath w 2 kids`."""
SPELT_FROM = 4
PERSON, MAYBE, GUESS = 0.9, 0.55, 0.45


def find_people(read: Note, lexicon: Lexicon, lists: Lists = Lists(), *, strict: bool = False) -> list[Span]:
    """Names of people by the text alone. `strict`: every capitalised word that is not known to be ordinary."""
    finder = _Finder(read, lexicon, lists, strict=strict)
    return finder.spans()


@lru_cache(maxsize=100_000)
def _typo_of(word: str, lexicon_id: int) -> bool:
    """Is an unknown word one letter away from an ordinary one?"""
    known = _WORDS[lexicon_id]
    common = lx.WORD
    for prefix in ("un", "re", "non", "pre", "mis", "over", "under", "out", "inter"):
        if word.startswith(prefix) and known.get(word[len(prefix) :], 0) & common:
            return True
    if len(word) < 5:
        return False  # nearly every four letters are near some word
    cuts = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]  # the first letter is hardly ever wrong
    letters = "aeioulnrstchmdpgbyk"
    return any(known.get(a + b[1:], 0) & common for a, b in cuts if b) or any(
        known.get(a + b[1] + b[0] + b[2:], 0) & common for a, b in cuts if len(b) > 1) or any(
        known.get(a + c + b, 0) & common or (b and known.get(a + c + b[1:], 0) & common) for a, b in cuts for c in letters)  # fmt: skip


@lru_cache(maxsize=50_000)
def _compound(word: str, lexicon_id: int) -> bool:
    """Are both halves ordinary words (`wellbeing`, `workmate`)?"""
    known = _WORDS[lexicon_id]
    return any(
        known.get(word[:at], 0) & known.get(word[at:], 0) & (lx.WORD | lx.FUNCTION) for at in range(2, len(word) - 2)
    )


_WORDS: dict[int, dict[str, int]] = {}


ACCENTED_WORDS = frozenset("cafe cafes fiance fiancee fiances cliche naive resume decor facade protege melee matinee soiree deja vu creche crepe"
                           " entree saute pate souffle debut regime seance blase expose risque a la cortege menage communique detente".split())  # fmt: skip


def cased_first(read: Note, i: int) -> bool:
    """Does the token begin with a capital?"""
    return read.text[read.starts[i]].isupper()


class _Finder:
    def __init__(self, read: Note, lexicon: Lexicon, lists: Lists, *, strict: bool) -> None:
        self.read, self.lexicon, self.lists, self.strict = read, lexicon, lists, strict
        self.words, self.bits, self.shapes = read.words, read.bits, read.shapes
        self.n = len(self.words)
        self.gaps = read.gaps
        self.odd = (
            frozenset[int]()
            if read.plain
            else frozenset(
                i for i, (s, e) in enumerate(zip(read.starts, read.ends, strict=True)) if not read.text[s:e].isascii()
            )
        )
        self.score = [0.0] * self.n
        self.rule = [""] * self.n
        _WORDS.setdefault(id(lexicon.bits), lexicon.bits)  # type: ignore[arg-type]

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
                if bits & dull or (bits & WORDS and not bits & lx.ANY_NAME):
                    continue
                if prose and bits & WORDS and not (company & NEAR or after & (lx.DOES | lx.NAME)):
                    continue  # an ordinary word in small letters, nobody's company
            if word in mask:
                self.score[i], self.rule[i] = 1.0, "name.list"
            elif word not in keep:
                self._judge(i, word, bits, shape)
        self._spelt_out()
        self._grow()
        self._between()
        self._again()
        self._beside_names()
        if self.strict:
            self._sweep()
        return self._joined()

    def _mark(self, i: int, score: float, rule: str) -> None:
        self.score[i], self.rule[i] = score, rule

    def _gap(self, i: int) -> str:
        """What stands between token i-1 and i."""
        return self.gaps[i] if i else "\n"

    def _starts(self, i: int) -> bool:
        """Does a sentence, line or item begin at token i?"""
        if not i:
            return True
        gap = self._gap(i)
        mark = gap.strip(" '(\"-")
        return ("\n" in gap or (bool(mark) and mark[-1] in START_AFTER) or (gap.strip() in ("-", "--") and True)
                or (self.shapes[i - 1] == reading.DIGITS and i == 1))  # fmt: skip

    def _judge(self, i: int, word: str, bits: int, shape: int) -> None:
        if len(word) == 1:
            if shape == reading.TITLE and i and self.bits[i - 1] & lx.TITLE and self._gap(i) in (" ", ". "):
                self._mark(i, MAYBE, "name.after-title")
            return
        if i in self.odd:
            if word not in ACCENTED_WORDS and shape != reading.DIGITS:
                self._mark(i, PERSON if cased_first(self.read, i) else MAYBE, "name.accent")
            return
        if self._saint(i) or (shape == reading.MIXED and not bits & lx.ANY_NAME and not word.startswith(BRANDS_NOT)):
            return
        if self._after_simple_title(i, bits, shape):
            self._mark(i, PERSON, "name.after-title")
            return
        if self._epithet_before(i, bits, shape):
            self._mark(i, MAYBE, "name.epithet")
            return
        if shape == reading.LOWER and self.read.casing == reading.PROSE and self._small_start(i, bits):
            self._mark(i, MAYBE, "name.small-start")
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

    def _small_start(self, i: int, bits: int) -> bool:
        """A name in small letters where a sentence of prose begins, somebody doing something after it."""
        if not (self._does_after(i) and (i == 0 or self._gap(i).strip()[-1:] in (".", "!", "?"))):
            return False
        plain = bits & (lx.FUNCTION | lx.KEEP | lx.CUE | lx.DOES | lx.BODY | lx.STREET | lx.COMMON)
        return (
            not plain and bool(bits & lx.NAME or not bits & lx.KNOWN) and not (bits & lx.WORD and not bits & lx.GIVEN)
        )

    def _saint(self, i: int) -> bool:
        """`St Cuthbert's`: a church, a school, a street; not `Kate St John`, not `Mr St Clair`."""
        j = i - 1
        if (
            j < 0
            or self.words[j] not in ("st", "saint")
            or self.shapes[j] != reading.TITLE
            or self._gap(i) not in (" ", ". ")
        ):
            return False
        before = self.bits[j - 1] if j else 0
        return not (before & (lx.GIVEN | lx.TITLE | lx.RANK) and self._gap(j) in (" ", ". "))

    def _after_simple_title(self, i: int, bits: int, shape: int) -> bool:
        """`Mrs Law`, `DR CHANCE`, `dr faroe`: a name, whatever else the word may be."""
        if not i or self.words[i - 1] not in SIMPLE_TITLES or self._gap(i) not in (" ", ". "):
            return False
        if bits & (lx.FUNCTION | lx.TITLE | lx.RANK | lx.DOES):
            return False
        prose = self.read.casing == reading.PROSE
        named = bits & lx.ANY_NAME and not prose
        return bool((prose and shape == reading.TITLE) or named or not bits & (lx.WORD | lx.KEEP | lx.BODY | lx.CUE))

    def _epithet_before(self, i: int, bits: int, shape: int) -> bool:
        """`Big Tel`: what people call somebody, both words with a capital inside a sentence."""
        j = i - 1
        return (
            j > 0 and shape == reading.TITLE and self.words[j] in EPITHETS and self.shapes[j] == reading.TITLE
            and self._gap(i) == " " and not self._starts(j) and len(self.words[i]) > 1
            and not bits & (lx.FUNCTION | lx.BODY | lx.STREET | lx.PLACE | lx.CUE) and not self._head_after(i)
            and not (bits & lx.WORD and self.words[i].endswith("s"))
        )  # fmt: skip

    def _acts_after(self, i: int) -> bool:
        """`holds the phone`: a verb's form, then what it may be done to."""
        j = i + 1
        return j + 1 < self.n and bool(self.bits[j] & lx.ACTS) and self._gap(j) == " " and (
            self.words[j + 1] in WHO_DOES and self._gap(j + 1) == " ")  # fmt: skip

    @cached_property
    def capitals_mean(self) -> bool:
        """Does this note give capitals to names alone? Words that are nobody's name have none inside a sentence."""
        if self.read.casing != reading.PROSE:
            return False
        lower = self.shapes.count(reading.LOWER)
        plain = lx.WORD | lx.FUNCTION
        named = lx.NAME | lx.KEEP | lx.PLACE | lx.TITLE | lx.RANK | lx.BODY | lx.STREET | lx.CUE
        loose = sum(
            1 for i, (bits, shape) in enumerate(zip(self.bits, self.shapes, strict=True))
            if shape == reading.TITLE and bits & plain and not bits & named and len(self.words[i]) > 2 and not self._starts(i)
        )  # fmt: skip
        return (loose - 1) * 15 <= lower  # one may be the nickname that is asked about

    def _before(self, i: int) -> int:
        """Bits of the word before in the same phrase, 0 at a boundary. A collar number between is stepped over."""
        j = i - 1
        if j >= 0 and self.shapes[j] == reading.DIGITS and j:
            j -= 1
        if j < 0:
            return 0
        gap = self.read.text[self.read.ends[j] : self.read.starts[i]]
        if len(gap) > 8 or "\n" in gap or ";" in gap:
            return 0
        shortened = j == i - 1 and self.words[j] in SHORTENED
        return self.bits[j] if "." not in gap or shortened else 0

    def _cued(self, i: int) -> bool:
        """Does a title, rank, kin word or `named` stand right before?"""
        return bool(self._before(i) & (lx.TITLE | lx.RANK | lx.CUE))

    def _spoken_to(self, i: int) -> bool:
        j = i - 1
        return j >= 0 and self.words[j] in lx.SPEAKING and self._gap(i).strip() in ("", "/", "&", "+")

    def _head_after(self, i: int) -> bool:
        """Is the word the first part of a street's or an institution's name?"""
        if self._possessive(i) and self.bits[i] & lx.NAME:
            return False
        for j in (i + 1, i + 2):
            if j < self.n and self._gap(j) == " & " and self.words[j] in EMPLOYEES:
                return True
            if j >= self.n or self._gap(j) not in (" ", "-"):
                return False
            bits = self.bits[j]
            if j == i + 1 and self._surname_head(i, j):
                return False
            if self.words[j] in NO_HEADS and self.shapes[j] == reading.LOWER and self.read.casing == reading.PROSE:
                return False
            if bits & (lx.STREET | lx.BODY) or self.words[j] in lx.ABODES:
                shaped = self.shapes[j] != reading.LOWER or self.read.casing != reading.PROSE or bits & lx.BODY == 0
                return bool(shaped) or self.words[j] not in lx.CUES
            if (
                self.shapes[j] not in (reading.TITLE, reading.MIXED, reading.UPPER)
                and self.read.casing == reading.PROSE
            ):
                return False
            if bits & (lx.FUNCTION | lx.DOES):
                return False
        return False

    def _surname_head(self, i: int, j: int) -> bool:
        """`Caolan Ward`, `Sandy Hill`: a given name and a word that is a surname as well as a place, no place meant."""
        if (
            self.words[j] not in SURNAME_HEADS
            or not self.bits[i] & lx.GIVEN
            or self.bits[i] & (lx.PLACE | lx.KEEP | lx.COMMON)
        ):
            return False
        if self.words[i] in ROYAL or (self.read.casing == reading.PROSE and self.shapes[j] == reading.LOWER):
            return False
        return not i or self.words[i - 1] not in PLACE_BEFORE

    def _name_beside(self, i: int) -> bool:
        """Is a surer name the neighbour, nothing but a space, an initial or a comma between?"""
        for j in (i - 1, i + 1):
            if (
                0 <= j < self.n
                and self.bits[j] & lx.NAME
                and not self.bits[j] & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.PLACE)
            ):
                gap = self._gap(max(i, j))
                if gap in (" ", "-", ", ", "  "):
                    return True
        return False

    def _name_after(self, i: int) -> bool:
        j = i + 1
        if j >= self.n or self._gap(j) not in (" ", "-", "  "):
            return False
        bits, shape = self.bits[j], self.shapes[j]
        if bits & (lx.FUNCTION | lx.STREET | lx.BODY | lx.KEEP):
            return False
        if shape == reading.UPPER and len(self.words[j]) < 4 and not bits & lx.NAME:
            return False
        known_name = bool(bits & lx.ANY_NAME) or not bits & lx.KNOWN
        titled = shape in (reading.TITLE, reading.MIXED, reading.UPPER)
        return known_name and (titled or (not bits & (lx.WORD | lx.MAYBE_WORD) and bool(bits & lx.NAME)))

    def _does_after(self, i: int) -> bool:
        j = i + 1
        if j >= self.n:
            return False
        return bool(self.bits[j] & lx.DOES) and self._gap(j) == " "

    def _possessive(self, i: int) -> bool:
        return self.words[i].endswith("'s")

    def _judge_word(self, i: int, word: str, bits: int, shape: int, *, cased: bool) -> None:  # noqa: C901  # a table of cases, read from the top
        """A word that is an ordinary one: a name only by its company."""
        prose = self.read.casing == reading.PROSE
        if bits & lx.WORD and self._what_somebody_is(i):
            return
        ranked = self._before(i) & lx.RANK and self._gap(i) == " "
        if ranked and bits & lx.KEEP and (bits & lx.ANY_NAME or word in lx.MONTHS) and not (
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
            and not bits & (lx.FUNCTION | lx.KEEP | lx.CUE | lx.STREET | lx.TITLE | lx.RANK | lx.DOES)
            and not (bits & lx.BODY and not bits & lx.GIVEN)
        ):
            self._mark(i, MAYBE, "name.after-role")
            return
        if bits & lx.GIVEN and i and self.words[i - 1] in KIN and self._gap(i) == " " and self._end_of_phrase(i):
            self._mark(i, MAYBE, "name.after-kin")
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

    def _who_then(self, i: int) -> bool:
        """`says art from next door`: nothing that owns it before, and what only people do, or come from, behind."""
        before = self.words[i - 1] if i and not self._starts(i) else ""
        after = self.words[i + 1] if i + 1 < self.n and self._gap(i + 1) == " " else ""
        return (not before or before in BEFORE_PEOPLE) and (
            after in ("from", "who") or after in TELLS - {"is", "was", "left", "works"}
        )

    def _role_is(self, i: int) -> bool:
        """`pom is kez`: a role, `is`, and one word to the end of the phrase."""
        return (
            i > 1
            and self.words[i - 1] == "is"
            and self.words[i - 2] in ROLES
            and self._gap(i) == " "
            and self._end_of_phrase(i)
        )

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

    def _end_of_phrase(self, i: int) -> bool:
        j = i + 1
        return j >= self.n or self._gap(j).strip() != "" or bool(self.bits[j] & (lx.DOES | lx.FUNCTION))

    def _sure_given_before(self, i: int) -> bool:
        j = i - 1
        if j < 0 or self._gap(i) not in (" ", "-", "  "):
            return False
        bits = self.bits[j]
        return (bool(bits & lx.GIVEN) and not bits & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.MAYBE_WORD | lx.CUE)) or (
            self.score[j] >= PERSON and bool(bits & lx.GIVEN))  # fmt: skip

    def _name_after_bare(self, i: int) -> bool:
        j = i + 1
        return j < self.n and self._gap(j) == " " and bool(self.bits[j] & lx.ANY_NAME) and not self.bits[j] & lx.KNOWN

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

    def _by_nickname(self, i: int, bits: int, *, start: bool) -> bool:
        """`at Moggy's`, `says Spud has`: a thing's name with a capital where the note gives them to names alone."""
        if start or bits & (
            lx.FUNCTION | lx.KEEP | lx.BODY | lx.STREET | lx.PLACE | lx.CUE | lx.TITLE | lx.RANK | lx.DOES | lx.COMMON
        ):
            return False
        if self.words[i - 1] in REMARKABLE or self._titled_beside(i) or not self.capitals_mean:
            return False
        return self._possessive(i) or self._does_after(i) or self._acts_after(i) or self.words[i - 1] in BEFORE_PEOPLE

    def _titled_beside(self, i: int) -> bool:
        """A capital word on either side: rather the name of an organisation."""
        return any(0 <= j < self.n and self._gap(max(i, j)) == " " and self.shapes[j] in (reading.TITLE, reading.UPPER, reading.MIXED)
                   and not self._starts(j) for j in (i - 1, i + 1))  # fmt: skip

    def _spelt_out(self) -> None:
        """`B R A N N I G A N` and `k.a.t.h`: four single letters and more."""
        if list(map(len, self.words)).count(1) < SPELT_FROM:
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

    def _spoken_with(self, i: int) -> bool:
        """`spoke to`, `rang`, `discussed with`: a person comes next."""
        j = i - 1
        if j < 1 or self._gap(i) != " ":
            return False
        return self.words[j] in ("to", "with", "by", "from") and self.words[j - 1] in TALKING and self._gap(j) == " "

    def _with_whom(self, i: int, bits: int) -> bool:
        """`with Spud`: a rare word with a capital inside a sentence, where a person is expected."""
        return bool(i) and self.words[i - 1] in WITH_WHOM and self._gap(i) == " " and not bits & (lx.COMMON | lx.PLACE)

    def _quoted(self, i: int) -> bool:
        """Alone between quotation marks: a nickname, mostly."""
        text, start, end = self.read.text, self.read.starts[i], self.read.ends[i]
        return text[start - 1 : start] == '"' and text[end : end + 1] == '"'

    def _after_role(self, i: int) -> bool:
        """Kin or a role right before, in small letters or at the head of a sentence, the word itself capital."""
        j = i - 1
        return j >= 0 and bool(self.bits[j] & lx.CUE) and self._gap(i) == " " and (
            self.shapes[j] == reading.LOWER or self._starts(j)) and not self._head_after(i)  # fmt: skip

    def _after_acronym(self, i: int) -> bool:
        """`EAL Pat`, `HCA Lynda`: a role in capitals before."""
        j = i - 1
        return j >= 0 and self.shapes[j] == reading.UPPER and self._gap(i) == " " and len(self.words[j]) <= 5

    def _bracketed(self, i: int) -> bool:
        return self.read.text[self.read.ends[i] : self.read.ends[i] + 2] == " ("

    def _and_name(self, i: int) -> bool:
        j = i + 2
        return (
            j < self.n
            and self.words[i + 1] in ("and", "or")
            and bool(self.bits[j] & lx.NAME)
            and self.shapes[j] == reading.TITLE
        )

    def _given_beside(self, i: int) -> bool:
        """A given name before, or an initial, or a family name after: `Kath Young`, `R Young`."""
        j = i - 1
        if j >= 0 and self._gap(i) in (" ", ". ", "-", "  ", ".") and (
                len(self.words[j]) == 1 and self.shapes[j] == reading.TITLE and self.words[j] not in ("a", "i")):  # fmt: skip
            return True
        if j >= 0 and self._gap(i) in (" ", "-", "  ") and self.bits[j] & lx.GIVEN and self.shapes[j] != reading.LOWER and not (
                self.bits[j] & (lx.FUNCTION | lx.KEEP | lx.COMMON)):  # fmt: skip
            return True
        k = i + 1
        return k < self.n and self._gap(k) in (" ", "-") and self.shapes[k] != reading.LOWER and bool(
            self.bits[k] & lx.SURNAME) and not self.bits[k] & (lx.KNOWN | lx.FUNCTION) and bool(self.bits[i] & lx.GIVEN)  # fmt: skip

    def _judge_place(self, i: int, bits: int, shape: int) -> None:
        """Towns that are names too (Lincoln, Preston, Chelsea)."""
        if self._head_after(i):
            return
        before = self.words[i - 1] if i else ""
        if self._before(i) & (lx.TITLE | lx.RANK) or self._given_beside(i):
            self._mark(i, PERSON, "name.place-in-company")
        elif (bits & lx.NAME and (self._spoken_with(i) or before in ("with", "told", "asked", "by"))) or (
            bits & lx.GIVEN
            and self.read.casing != reading.PROSE
            and (
                before in ("was", "is", "that") and i + 1 < self.n and self.words[i + 1] in ("from", "who", "at", "and")
            )
        ):
            self._mark(i, MAYBE, "name.place-in-company")
        elif bits & lx.NAME and before not in PLACE_BEFORE:
            cued = self._before(i) & lx.CUE
            if (
                cued
                or (self._name_after(i) and shape != reading.LOWER)
                or (bits & lx.GIVEN and (self._does_after(i) or self._possessive(i)))
            ) or (bits & lx.GIVEN and shape == reading.TITLE and (before in BEFORE_PEOPLE or (
                    bits & lx.SURNAME == 0 and self._spoken_to(i)))):  # fmt: skip
                self._mark(i, MAYBE, "name.place-in-company")

    def _judge_name(self, i: int, word: str, bits: int, shape: int) -> None:
        """A name and no ordinary word: any case will do, short ones in lower case need company."""
        if self._head_after(i) and not self._cued(i) and not self._name_beside_left(i):
            return
        if len(lx.bare(word)) <= 3 and shape in (reading.LOWER, reading.UPPER, reading.SHOUTED):
            small = self.read.casing == reading.LOWER_ONLY and len(word) == 3
            company = self._cued(i) or self._name_beside(i) or self._spoken_to(i)
            if not (company or small or (shape == reading.LOWER and self._does_after(i))) or self._what_somebody_is(i):
                return
        if bits & lx.MAYBE_WORD and shape == reading.LOWER and not self._cued(i):
            return
        self._mark(i, PERSON, "name.known")

    def _what_somebody_is(self, i: int) -> bool:
        """`AA Hilary`, `TA Zdenka`: a few capitals before a name that is not written so."""
        return (
            self.read.casing == reading.PROSE and self.shapes[i] == reading.UPPER and len(self.words[i]) < 6
            and i + 1 < self.n and self.shapes[i + 1] == reading.TITLE and self._gap(i + 1) == " "
            and not self._before(i) & (lx.TITLE | lx.RANK)
        )  # fmt: skip

    def _name_beside_left(self, i: int) -> bool:
        j = i - 1
        return (
            j >= 0
            and self._gap(i) in (" ", "-")
            and bool(self.bits[j] & lx.GIVEN)
            and not self.bits[j] & (lx.KNOWN | lx.FUNCTION)
        )

    @cached_property
    def names_have_capitals(self) -> bool:
        """Does whoever wrote this give all names capitals: two or more do, and none has none?"""
        sure = lx.WORD | lx.MAYBE_WORD | lx.KEEP | lx.PLACE | lx.FUNCTION
        shapes = [s for b, s in zip(self.bits, self.shapes, strict=True) if b & lx.NAME and not b & sure]
        return shapes.count(reading.TITLE) > 1 and reading.LOWER not in shapes

    def _judge_unknown(self, i: int, word: str, bits: int, shape: int) -> None:
        """No curated list has it: a capital, or company, makes it a name."""
        if bits & (lx.CUE | lx.DOES | lx.STREET | lx.BODY) or not word.replace("'", "").isalpha():
            return
        if i + 1 < self.n and self.shapes[i + 1] == reading.DIGITS and not self._gap(i + 1) and not bits:
            return  # `ETCO2`
        rare = bits & (lx.RARE_GIVEN | lx.RARE_SURNAME)
        prose = self.read.casing == reading.PROSE
        if prose and shape in (reading.TITLE, reading.MIXED):
            self._judge_unknown_capital(i, word, bits)
            return
        company = (
            self._cued(i)
            or self._sure_given_before(i)
            or (self._name_after_bare(i) and bool(rare))
            or self._spoken_with(i)
            or self._role_is(i)
        )
        if bits & lx.MAYBE_WORD:
            if company and rare and (shape != reading.LOWER or self._before(i) & lx.TITLE):
                self._mark(i, MAYBE, "name.rare-in-company")
            return
        if prose and shape == reading.UPPER:
            if self._what_somebody_is(i):
                return
            if company or (len(word) > 5 and rare) or len(word) > 6:
                self._mark(i, PERSON if company else MAYBE, "name.capitals")
            return
        self._judge_unknown_small(i, lx.bare(word), shape, rare=bool(rare), company=company)

    def _judge_unknown_small(self, i: int, bare: str, shape: int, *, rare: bool, company: bool) -> None:
        """A word of no list in small letters, or in a note of one case."""
        prose = self.read.casing == reading.PROSE
        if len(bare) < 3 or not _sayable(bare) or (shape == reading.LOWER and (
                bare.endswith(MEDICINE) or (prose and _compound(bare, id(self.lexicon.bits))))):  # fmt: skip
            return
        if company:
            self._mark(i, MAYBE, "name.unknown-in-company")
        elif rare and len(bare) > 3 and not _typo_of(bare, id(self.lexicon.bits)):
            self._mark(i, MAYBE, "name.rare")
        elif prose and shape == reading.LOWER and self.names_have_capitals:
            return
        elif len(bare) > 3 and (len(bare) > 4 or not prose) and not _typo_of(bare, id(self.lexicon.bits)):
            self._mark(i, GUESS, "name.unknown")

    def _judge_unknown_capital(self, i: int, word: str, bits: int) -> None:
        if self._head_after(i) and not self._cued(i) and not self._name_beside_left(i):
            return
        start = self._starts(i)
        bare = lx.bare(word)
        close = self._cued(i) or self._given_beside(i) or self._possessive(i)
        if not bits & lx.ANY_NAME and not close and (self._place_before(i) or (
                start and _compound(bare, id(self.lexicon.bits)))):  # fmt: skip
            return
        if start and not close and not bits & lx.ANY_NAME and (bare.endswith(ABSTRACT) or not _sayable(bare)):
            return
        if i > 1 and self.words[i - 1] == "the" and self.shapes[i - 1] == reading.TITLE and not self._starts(i - 1):
            return  # `from The Limes`: a house of many, or a pub
        company = close or self._does_after(i) or self._acts_after(i)
        if bits & lx.MAYBE_WORD:
            if company or bits & lx.ANY_NAME:
                self._mark(i, MAYBE, "name.rare-capital")
            return
        if (
            start
            and not company
            and not bits & (lx.RARE_GIVEN | lx.RARE_SURNAME)
            and _typo_of(bare, id(self.lexicon.bits))
        ):
            return
        self._mark(i, PERSON if company else MAYBE, "name.unknown-capital")

    def _place_before(self, i: int) -> bool:
        """`in Idlib`: where something is, rather than somebody."""
        return (
            bool(i)
            and self.words[i - 1] in ("in", "near", "towards", "outside")
            and self._gap(i) == " "
            and self._end_of_phrase(i)
        )

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
        if capitals and gap in (" ", "-") and _syllable(word) and _syllable(self.words[i]):
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
                and (step < 0 or word not in ("a", "i"))
                and not (step < 0 and self._starts(j) and word in ("a", "i"))
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
        if bits & (lx.KEEP | lx.FUNCTION | lx.CUE | lx.BODY | lx.RANK | lx.TITLE | lx.STREET) or word in lx.MONTHS:
            return False
        if bits & lx.DOES and not bits & lx.NAME:
            return False
        if step < 0 and capitals and self._starts(j) and self.bits[i] & lx.ANY_NAME and not self.bits[i] & lx.KNOWN:
            several = i + 1 < self.n and self.score[i + 1] > 0 and len(word) < 5 and bits & lx.ANY_NAME  # `Man Fai Tse`
            return bool(bits & lx.NAME or several or not bits & lx.WORD)
        if titled and self.shapes[i] != reading.LOWER and (step > 0 or not self._starts(j)):
            return (
                bool(bits & (lx.NAME if bits & lx.COMMON and not (step > 0 and self.capitals_mean) else lx.ANY_NAME))
                or not bits & lx.KNOWN
                or (not bits & lx.COMMON and step > 0 and bool(self.bits[i] & lx.GIVEN))
            )
        if titled and step < 0:
            return (bool(bits & lx.NAME) and not bits & lx.COMMON) or not bits & lx.KNOWN
        surely = self.bits[i] & lx.ANY_NAME and not self.bits[i] & lx.KNOWN
        if (
            surely
            and bits & lx.NAME
            and not bits & lx.DOES
            and (step > 0 or bits & lx.GIVEN)
            and not (prose and bits & lx.WORD)
        ):
            return True
        unknown = not bits & (lx.WORD | lx.MAYBE_WORD) and (bool(bits & lx.ANY_NAME) or not bits)
        return unknown and len(word) > 1 and step > 0 and _sayable(lx.bare(word)) and bool(self.bits[i] & lx.GIVEN)

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

    def _beside_names(self) -> None:
        """`Green and White`, `Gift, Favour & Joy`: a name that is a word, linked to a found name."""
        if self.read.casing != reading.PROSE:
            self._pairs()
            return
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

    def _pairs(self) -> None:
        """`mark and will young`: where case says nothing, a given name that begins a sentence, `and`, a found name."""
        for i in range(self.n - 2):
            if self.bits[i] & lx.GIVEN and not self.score[i] and not self.bits[i] & (lx.FUNCTION | lx.KEEP | lx.CUE) and (
                    self.score[i + 2] and self.words[i + 1] in ("and", "n") and self._starts(i)):  # fmt: skip
                self._mark(i, MAYBE, "name.linked")

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
            if (not ordinary and (prose or not _typo_of(lx.bare(self.words[i]), id(self.lexicon.bits)))) or (
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
            if (capital or not wordy) and not modal and not (self._head_after(i) and not self._does_after(i)):
                self._mark(i, MAYBE, "name.again")

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


SYLLABLE = re.compile(
    r"(?:zh|ch|sh|tsz|sz|ts|tz|ng|kw|gw|[bpmfdtnlgkhjqxrzcswy])?"
    r"(?:iang|uang|iong|eung|[aeiou]{1,3}ng|[aeiou]{1,3}[nkptmrwyh]?|[aeo]w|[aou]y|yuen|yuk|ng)"
)
"""What Mandarin and Cantonese names are made of, as Latin letters spell them."""
NO_SYLLABLES = frozenset(
    "the he she me my we so to no go do be in on at an it is if us up of or by his her has had was can may did for not but you the our out".split()
)


@lru_cache(maxsize=20_000)
def _syllable(word: str) -> bool:
    return len(word) < 7 and word not in NO_SYLLABLES and SYLLABLE.fullmatch(word) is not None


VOWEL = re.compile(r"[aeiouy]")


def _sayable(word: str) -> bool:
    """Vowels enough to be spoken: `twds` and `rptd` are abbreviations."""
    vowels = len(VOWEL.findall(word))
    return vowels > 0 and len(word) <= vowels * 4 + 1 and vowels < len(word)
