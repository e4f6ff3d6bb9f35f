"""In what company does a word of a note stand? What the rules for names ask: what is before and after it, and its note's habits.

Nothing here decides; each question is one place in the note, or one habit of whoever wrote it.
"""

from __future__ import annotations

from functools import cached_property
from itertools import compress

from hub.depersonalise import lexicon as lx
from hub.depersonalise import reading
from hub.depersonalise.lexicon import Lexicon, Lists
from hub.depersonalise.reading import Note
from hub.depersonalise.spelling import KNOWN_WORDS

PLACE_BEFORE = frozenset("in at near from to around of towards outside via into across through north south east west inner"
                         " greater central upper lower little great old new the".split())  # fmt: skip
TALKING = frozenset("ref refd refer handover handed spoke spoken speaking talked talking disclosed said handed lives living reported seen supported accompanied assessed"
                    " discussed liaised met meeting call calls email introduced referred passed".split())  # fmt: skip
SURNAME_HEADS = frozenset("vale gate croft ward hill green lane banks church marsh wood brook hall court park booth gates fields rivers parks bridge row dale"
                           " heath moor house street close cross meadows vale mount".split())  # fmt: skip
AGENT = ("er", "or", "ist", "ian", "man", "woman", "smith", "eer")
ROYAL = frozenset(
    "victoria albert alexandra george edward elizabeth charlotte william mary james charles henry st saint margaret".split()
)
SHORTENED = frozenset("mr mrs ms dr prof rev revd fr sr cllr mstr pc dc ps ds di dci sgt insp supt ch wpc".split())
"""Titles and ranks that may bear a full stop; after others a full stop ends the sentence."""
BEFORE_PEOPLE = frozenset(
    "of by with told asked that when if because but says said as and & while whilst where".split()
)
EPITHETS = frozenset("big little lil young old fat mad tall skinny ginger crazy mental baby".split())
ANIMALS = frozenset(
    "dog dogs cat cats puppy pup kitten horse pony rabbit parrot budgie hamster ferret mare gelding staffie staffy lurcher whippet"
    " greyhound labrador lab spaniel terrier alsatian husky rottweiler rottie collie poodle pitbull bulldog bully mastiff beagle"
    " chihuahua pug mongrel cockapoo tortoise pet guinea-pig snake akita jack-russell russell dachshund pig gerbil canary goldfish cockatiel parakeet"
    " chinchilla gecko lizard terrapin donkey goat foal filly stallion cob hound bitch jackdaw hen cockerel".split()
)
EMPLOYEES = frozenset("co sons partners associates bros".split())
WHO_DOES = frozenset(
    "the a an his her their my our your him them me us it up down out off over that to in on at with for by".split()
)
WITH_WHOM = frozenset("with told asked saw called named as w".split())
SIMPLE_TITLES = frozenset("mr mrs ms mx dr prof cllr".split())
LEADING = SIMPLE_TITLES | EPITHETS | {"st", "saint"}
"""What stands before a name, or before a church's."""
ROLES = frozenset(
    "pom com oic om pp sw hv gp ta hod dsl keyworker worker officer nurse midwife teacher tutor mentor carer mum dad mother father"
    " partner boyfriend girlfriend bf gf sister brother son daughter nan friend mate landlord manager name solicitor advocate".split()
)
NO_HEADS = frozenset("home act test plan order line form ground".split())
"""In small letters, verbs and adverbs rather than what an institution is called: `Kacper home alone`."""
OWNED = frozenset("the a an his her their my your our its own free good ill of this that".split())
"""Before a will that is a paper or a wish."""
START_AFTER = frozenset('.!?:;\n•*"|>')
WORDS = lx.WORD | lx.FUNCTION
HEADS = lx.STREET | lx.BODY
DOING = lx.FUNCTION | lx.DOES
CALLING = lx.TITLE | lx.RANK | lx.CUE
CAPITALS = (reading.TITLE, reading.MIXED, reading.UPPER)
NO_PLAIN_WORD = lx.NAME | lx.KEEP | lx.PLACE | lx.TITLE | lx.RANK | lx.BODY | lx.STREET | lx.CUE
PERSON, MAYBE, GUESS = 0.9, 0.55, 0.45


class Company:
    """A note's words with the questions that the rules for names ask of each."""

    def __init__(self, read: Note, lexicon: Lexicon, lists: Lists, *, strict: bool) -> None:
        self.read, self.lexicon, self.lists, self.strict = read, lexicon, lists, strict
        self.words, self.bits, self.shapes = read.words, read.bits, read.shapes
        self.n, self.prose = len(self.words), read.casing == reading.PROSE
        self.gaps = ["\n", *read.gaps[1:]]
        """What stands between token i-1 and i."""
        self.odd = (
            frozenset[int]()
            if read.plain
            else frozenset(
                i for i, (s, e) in enumerate(zip(read.starts, read.ends, strict=True)) if not read.text[s:e].isascii()
            )
        )
        self.quotes = '"' in read.text
        self.score = [0.0] * self.n
        self.rule = [""] * self.n
        self.marked: set[int] = set()
        """Tokens with a score: far fewer than all."""
        self.titles = [i for i in compress(range(self.n), read.loud) if self.shapes[i] == reading.TITLE]
        """Tokens with a capital before small letters."""
        self.letters = [i for i in compress(range(self.n), read.rare) if len(self.words[i]) == 1]
        """Tokens of a single letter."""
        KNOWN_WORDS.setdefault(id(lexicon.bits), lexicon.bits)  # type: ignore[arg-type]

    def _mark(self, i: int, score: float, rule: str) -> None:
        self.score[i], self.rule[i] = score, rule
        self.marked.add(i)

    def _starts(self, i: int) -> bool:
        """Does a sentence, line or item begin at token i?"""
        if not i:
            return True
        gap = self.gaps[i]
        mark = gap.strip(" '(\"-")
        return ("\n" in gap or (bool(mark) and mark[-1] in START_AFTER) or (gap.strip() in ("-", "--") and True)
                or (self.shapes[i - 1] == reading.DIGITS and i == 1))  # fmt: skip

    def _saint(self, i: int) -> bool:
        """`St Cuthbert's`: a church, a school, a street; not `Kate St John`, not `Mr St Clair`."""
        j = i - 1
        if (
            j < 0
            or self.words[j] not in ("st", "saint")
            or self.shapes[j] != reading.TITLE
            or self.gaps[i] not in (" ", ". ")
        ):
            return False
        before = self.bits[j - 1] if j else 0
        return not (before & (lx.GIVEN | lx.TITLE | lx.RANK) and self.gaps[j] in (" ", ". "))

    def _acts_after(self, i: int) -> bool:
        """`holds the phone`: a verb's form, then what it may be done to."""
        j = i + 1
        return j + 1 < self.n and bool(self.bits[j] & lx.ACTS) and self.gaps[j] == " " and (
            self.words[j + 1] in WHO_DOES and self.gaps[j + 1] == " ")  # fmt: skip

    @cached_property
    def capitals_mean(self) -> bool:
        """Does this note give capitals to names alone? Words that are nobody's name have none inside a sentence."""
        if not self.prose:
            return False
        bits = self.bits
        plain = [i for i in self.titles if bits[i] & WORDS and not bits[i] & NO_PLAIN_WORD]
        loose = sum(1 for i in plain if len(self.words[i]) > 2 and not self._starts(i))
        return (loose - 1) * 15 <= self.shapes.count(reading.LOWER)  # one may be the nickname that is asked about

    @cached_property
    def names_have_capitals(self) -> bool:
        """Does whoever wrote this give all names capitals: two or more do, and none has none?"""
        sure = lx.WORD | lx.MAYBE_WORD | lx.KEEP | lx.PLACE | lx.FUNCTION
        shapes = [s for b, s in zip(self.bits, self.shapes, strict=True) if b & lx.NAME and not b & sure]
        return shapes.count(reading.TITLE) > 1 and reading.LOWER not in shapes

    def _before(self, i: int) -> int:
        """Bits of the word before in the same phrase, 0 at a boundary. A collar number between is stepped over."""
        if not i:
            return 0
        j, gap = i - 1, self.gaps[i]
        if j and self.shapes[j] == reading.DIGITS:
            j -= 1
            gap = self.read.text[self.read.ends[j] : self.read.starts[i]]
        if gap == " ":
            return self.bits[j]
        if len(gap) > 8 or "\n" in gap or ";" in gap:
            return 0
        shortened = j == i - 1 and self.words[j] in SHORTENED
        return self.bits[j] if "." not in gap or shortened else 0

    def _cued(self, i: int) -> bool:
        """Does a title, rank, kin word or `named` stand right before?"""
        return bool(self._before(i) & CALLING)

    def _spoken_to(self, i: int) -> bool:
        j = i - 1
        return j >= 0 and self.words[j] in lx.SPEAKING and self.gaps[i].strip() in ("", "/", "&", "+")

    def _head_after(self, i: int) -> bool:
        """Is the word the first part of a street's or an institution's name?"""
        words, prose = self.words, self.prose
        if self.bits[i] & lx.NAME and words[i].endswith("'s"):
            return False
        for j in range(i + 1, min(i + 3, self.n)):
            word, bits, shape = words[j], self.bits[j], self.shapes[j]
            if self.gaps[j] not in (" ", "-"):
                return self.gaps[j] == " & " and word in EMPLOYEES
            if j == i + 1 and word in SURNAME_HEADS and self._surname_head(i, j):
                return False
            small = prose and shape == reading.LOWER
            if small and word in NO_HEADS:
                return False
            if bits & HEADS or word in lx.ABODES:
                return not small or bits & lx.BODY == 0 or word not in lx.CUES
            if (prose and shape not in CAPITALS) or bits & DOING:
                return False
        return False

    def _surname_head(self, i: int, j: int) -> bool:
        """`Caolan Ward`, `Sandy Hill`: a given name and a word that is a surname as well as a place, no place meant."""
        if self.words[j] not in SURNAME_HEADS or self.bits[i] & (lx.PLACE | lx.KEEP | lx.COMMON):
            return False
        if not self.bits[i] & lx.GIVEN:  # `fed by Packie Ward`
            return (
                not self.bits[i] & lx.KNOWN
                and i > 0
                and self.words[i - 1] in ("by", "with", "told", "asked")
                and self._end_of_phrase(j)
            )
        if self.words[i] in ROYAL or (self.prose and self.shapes[j] == reading.LOWER):
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
                gap = self.gaps[max(i, j)]
                if gap in (" ", "-", ", ", "  "):
                    return True
        return False

    def _name_beside_left(self, i: int) -> bool:
        j = i - 1
        return (
            j >= 0
            and self.gaps[i] in (" ", "-")
            and bool(self.bits[j] & lx.GIVEN)
            and not self.bits[j] & (lx.KNOWN | lx.FUNCTION)
        )

    def _name_after(self, i: int) -> bool:
        j = i + 1
        if j >= self.n or self.gaps[j] not in (" ", "-", "  "):
            return False
        bits, shape = self.bits[j], self.shapes[j]
        if bits & (lx.FUNCTION | lx.STREET | lx.BODY | lx.KEEP):
            return False
        if shape == reading.UPPER and len(self.words[j]) < 4 and not bits & lx.NAME:
            return False
        known_name = bool(bits & lx.ANY_NAME) or not bits & lx.KNOWN
        titled = shape in (reading.TITLE, reading.MIXED, reading.UPPER)
        return known_name and (titled or (not bits & (lx.WORD | lx.MAYBE_WORD) and bool(bits & lx.NAME)))

    def _name_after_bare(self, i: int) -> bool:
        j = i + 1
        return j < self.n and self.gaps[j] == " " and bool(self.bits[j] & lx.ANY_NAME) and not self.bits[j] & lx.KNOWN

    def _does_after(self, i: int) -> bool:
        j = i + 1
        if j >= self.n:
            return False
        return bool(self.bits[j] & lx.DOES) and self.gaps[j] == " "

    def _possessive(self, i: int) -> bool:
        return self.words[i].endswith("'s")

    def _end_of_phrase(self, i: int) -> bool:
        j = i + 1
        return j >= self.n or self.gaps[j].strip() != "" or bool(self.bits[j] & DOING)

    def _sure_given_before(self, i: int) -> bool:
        j = i - 1
        if j < 0 or self.gaps[i] not in (" ", "-", "  "):
            return False
        bits = self.bits[j]
        return (bool(bits & lx.GIVEN) and not bits & (lx.WORD | lx.KEEP | lx.FUNCTION | lx.MAYBE_WORD | lx.CUE)) or (
            self.score[j] >= PERSON and bool(bits & lx.GIVEN))  # fmt: skip

    def _given_beside(self, i: int) -> bool:
        """A given name before, or an initial, or a family name after: `Kath Young`, `R Young`."""
        j = i - 1
        if j >= 0 and self.gaps[i] in (" ", ". ", "-", "  ", ".") and (
                len(self.words[j]) == 1 and self.shapes[j] == reading.TITLE and self.words[j] not in ("a", "i")):  # fmt: skip
            return True
        if j >= 0 and self.gaps[i] in (" ", "-", "  ") and self.bits[j] & lx.GIVEN and self.shapes[j] != reading.LOWER and not (
                self.bits[j] & (lx.FUNCTION | lx.KEEP | lx.COMMON)):  # fmt: skip
            return True
        k = i + 1
        return k < self.n and self.gaps[k] in (" ", "-") and self.shapes[k] != reading.LOWER and bool(
            self.bits[k] & lx.SURNAME) and not self.bits[k] & (lx.KNOWN | lx.FUNCTION) and bool(self.bits[i] & lx.GIVEN)  # fmt: skip

    def _titled_beside(self, i: int) -> bool:
        """A capital word on either side: rather the name of an organisation."""
        return any(0 <= j < self.n and self.gaps[max(i, j)] == " " and self.shapes[j] in (reading.TITLE, reading.UPPER, reading.MIXED)
                   and not self._starts(j) for j in (i - 1, i + 1))  # fmt: skip

    def _spoken_with(self, i: int) -> bool:
        """`spoke to`, `rang`, `discussed with`: a person comes next."""
        j = i - 1
        if j < 1 or self.gaps[i] != " ":
            return False
        return self.words[j] in ("to", "with", "by", "from") and self.words[j - 1] in TALKING and self.gaps[j] == " "

    def _with_whom(self, i: int, bits: int) -> bool:
        """`with Spud`: a rare word with a capital inside a sentence, where a person is expected."""
        return bool(i) and self.words[i - 1] in WITH_WHOM and self.gaps[i] == " " and not bits & (lx.COMMON | lx.PLACE)

    def _quoted(self, i: int) -> bool:
        """Alone between quotation marks: a nickname, mostly."""
        text, start, end = self.read.text, self.read.starts[i], self.read.ends[i]
        return text[start - 1 : start] == '"' and text[end : end + 1] == '"'

    def _quoted_pair(self, i: int) -> bool:
        """The second of two words between quotation marks: `"Uncle Bay"`."""
        return self.gaps[i] == " " and self.gaps[i - 1].endswith(('"', "'")) and self.gaps[i + 1].startswith(('"', "'"))

    def _after_role(self, i: int) -> bool:
        """Kin or a role right before, in small letters or at the head of a sentence, the word itself capital."""
        j = i - 1
        return j >= 0 and self.gaps[i] == " " and (bool(self.bits[j] & lx.CUE) or self._agent(j)) and (
            self.shapes[j] == reading.LOWER or self._starts(j)) and not self._head_after(i)  # fmt: skip

    def _agent(self, j: int) -> bool:
        """`Mediator`, `sponsor`, `locksmith`: an ordinary word that says what somebody does."""
        word, bits = self.words[j], self.bits[j]
        return (
            len(word) > 5
            and word.endswith(AGENT)
            and bool(bits & lx.WORD)
            and not bits & (lx.FUNCTION | lx.PLACE)
            and word not in lx.MONTHS
        )

    def _after_acronym(self, i: int) -> bool:
        """`EAL Pat`, `HCA Lynda`: a role in capitals before."""
        j = i - 1
        return j >= 0 and self.shapes[j] == reading.UPPER and self.gaps[i] == " " and len(self.words[j]) <= 5

    def _bracketed(self, i: int) -> bool:
        return self.read.text[self.read.ends[i] : self.read.ends[i] + 2] == " ("

    def _and_name(self, i: int) -> bool:
        j = i + 2
        return (
            j < self.n
            and self.words[i + 1] in ("and", "or")
            and bool(self.bits[j] & lx.NAME or not self.bits[j] & lx.KNOWN)
            and self.shapes[j] == reading.TITLE
        )

    def _what_somebody_is(self, i: int) -> bool:
        """`AA Hilary`, `TA Zdenka`: a few capitals before a name that is not written so."""
        return (
            self.prose and self.shapes[i] == reading.UPPER and len(self.words[i]) < 6
            and i + 1 < self.n and self.shapes[i + 1] == reading.TITLE and self.gaps[i + 1] == " "
            and not self._before(i) & (lx.TITLE | lx.RANK)
        )  # fmt: skip

    def _place_before(self, i: int) -> bool:
        """`in Idlib`: where something is, rather than somebody."""
        return (
            bool(i)
            and self.words[i - 1] in ("in", "near", "towards", "outside")
            and self.gaps[i] == " "
            and self._end_of_phrase(i)
        )

    def _epithet_before(self, i: int, bits: int, shape: int) -> bool:
        """`Big Tel`: what people call somebody, both words with a capital inside a sentence."""
        j = i - 1
        return (
            j > 0 and shape == reading.TITLE and self.words[j] in EPITHETS and self.shapes[j] == reading.TITLE
            and self.gaps[i] == " " and not self._starts(j) and len(self.words[i]) > 1
            and not bits & (lx.FUNCTION | lx.BODY | lx.STREET | lx.PLACE | lx.CUE) and not self._head_after(i)
            and not (bits & lx.WORD and self.words[i].endswith("s")) and not (self.words[j] == "old" and self.words[j - 1] == "the")
        )  # fmt: skip

    def _after_simple_title(self, i: int, bits: int, shape: int) -> bool:
        """`Mrs Law`, `DR CHANCE`, `dr faroe`: a name, whatever else the word may be."""
        if not i or self.words[i - 1] not in SIMPLE_TITLES or self.gaps[i] not in (" ", ". "):
            return False
        if bits & (lx.FUNCTION | lx.TITLE | lx.RANK | lx.DOES):
            return False
        prose = self.prose
        named = bits & lx.ANY_NAME and not prose
        return bool((prose and shape == reading.TITLE) or named or not bits & (lx.WORD | lx.KEEP | lx.BODY | lx.CUE))

    def _role_is(self, i: int) -> bool:
        """`pom is kez`: a role, `is`, and one word to the end of the phrase."""
        return (
            i > 1
            and self.words[i - 1] == "is"
            and self.words[i - 2] in ROLES
            and self.gaps[i] == " "
            and self._end_of_phrase(i)
        )


def cased_first(read: Note, i: int) -> bool:
    """Does the token begin with a capital?"""
    return read.text[read.starts[i]].isupper()
