"""What does a word say by itself? One dictionary from a folded word to what it may be: a name, an ordinary word, a cue.

The stock is read elsewhere (`hub.adapters.wordstock`); here is its form, and the small closed classes that the rules
name one by one: titles, ranks, kin, verbs that people do, kinds of streets and of institutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

GIVEN, SURNAME, RARE_GIVEN, RARE_SURNAME = 1, 2, 4, 8
"""Names of curated lists, and names that only a census-wide list holds (it holds many ordinary words too)."""
WORD, MAYBE_WORD, COMMON = 16, 32, 64
"""A word that English uses with articles and verbs; one of a spelling list with no such use seen; a very common one."""
KEEP, PLACE, TITLE, RANK, CUE, DOES, STREET, BODY, FUNCTION = 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768
ACTS = 65536
"""A form of a regular verb that says what somebody does or did (`holds`, `parked`); nouns look the same."""
OFTEN = 131072
"""A word met often enough to be what somebody meant to write: only of these is an unknown word taken for a misspelling."""
NAME = GIVEN | SURNAME
ANY_NAME = NAME | RARE_GIVEN | RARE_SURNAME
DULL = FUNCTION | KEEP | DOES | CUE | STREET | BODY
"""In prose, in small letters, no name."""
ORDINARY = OFTEN | FUNCTION | KEEP
NO_MISSPELLING = WORD | KEEP | FUNCTION | TITLE | RANK | CUE | STREET | BODY
"""No misspelt name, whatever it resembles."""
MONONYMS = frozenset(
    "mc mac o d l dell de da di du la le van von der den al el bin ben ibn abdul abu fitz st san".split()
)
"""First parts of names of several words."""
KNOWN = WORD | MAYBE_WORD | KEEP | PLACE | TITLE | RANK | CUE | STREET | BODY | FUNCTION


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FUNCTION_WORDS = word_set(
    "a an and any are as at be been but by can could did do does for from get go got had has have he her here him his how i"
    " if in into is it its let may me more my no nor not now of off on once one only onto or our out over own per said same"
    " say see she should since so some such than that the their them then there these they this those though through to too"
    " two under until up upon us very was we were what when where which while who whom whose why will with would yet you your"
    " hes shes theyre youre weve theyve ive youve theyd itll thats whos heres theres"
    " about above after again against all also am because before being below between both during each few further having just"
    " most other s t don ll re ve d m st nd rd th via x near behind beside inside outside towards along across around within without"
)
TITLES = word_set("mr mrs ms miss mx master dr doctor prof professor rev revd reverend sir lady lord dame fr father sr imam rabbi"
              " cllr councillor mstr messrs madam pastor vicar canon bishop")  # fmt: skip
RANKS = word_set("pc dc ps ds di dci dsupt pcso sgt insp supt ch wpc wdc tdc spc sc csupt acc dcc con const gm sm officers pcs pcsos dcs constables sergeants constable sergeant"
             " inspector superintendent cso csw psi po spo wm cm ff")  # fmt: skip
CUES = word_set(
    "named called aka alias caller victim suspect witness informant complainant aggrieved offender subject defendant tenant"
    " neighbour neighbor resident patient pupil student client mother father mum mam mom dad daddy mummy brother sister son"
    " daughter wife husband partner boyfriend girlfriend bf gf friend mate cousin uncle aunt auntie aunty nephew niece nan"
    " gran grandad grandma granddad grandmother grandfather grandson granddaughter stepdad stepfather stepmum stepmother"
    " stepson stepdaughter landlord landlady carer daughter sibling twin twins child children baby ex fiance fiancee"
    " officer oic ocm teacher headteacher head tutor deputy worker nurse midwife consultant surgeon physio paramedic"
    " manager caseworker keyworker warden concierge solicitor driver passenger rider cyclist owner occupier householder"
    " keeper guardian parent applicant perpetrator perp susp vic ip ap inf inft wit nok comp agg hv sw gp yp lodger tutor ta"
    " foster lad lass guy bloke fella adopted name names surname forename para tech emt eca crewmate granny nana nanny grandpa brothers sisters sons daughters cousins friends mates teachers nurses"
    " girlf boyf hubby missus bro sis dtr dau gson flatmate housemate roommate colleague workmate classmate supervisor cleaner godson godfather godmother"
)
SPEAKING = word_set("to with by from and told asked saw for against rang called met phoned texted contacted informed spoke re about"
                " between via per & + attn visited arrested assaulted threatened hit punched tell ask call ring")  # fmt: skip
"""Words after which a person often stands, though anything may."""
DOES_WORDS = word_set(
    "said says states stated stating reports reported rang rings called calls asked asks told tells was is has had did does"
    " denied denies admitted admits alleged alleges claims claimed disclosed discloses confirmed confirms explained explains"
    " feels felt thinks thought believes believed wants wanted refused refuses declined declines attended attends arrived"
    " left lives lived resides works worked went came goes gets got became becomes appeared appears seemed seems looked"
    " presented presents engaged engages agreed agrees answered opened shouted shouts screamed threatened hit punched kicked"
    " grabbed pushed slapped threw smashed ran walked drove fell collapsed cried sat stood started began continues continued"
    " remains remained moved returned visited phoned texted messaged emailed contacted advised informed saw heard found"
    " took gave made put kept sent used uses needs needed can cannot could would should must also then later again"
    " rung apologised acknowledged accepted described describes mentioned mentions noted notes repeated struggles struggled"
    " suffers suffered sustained complained complains witnessed expressed discussed shared showed spoke speaks turned tried"
    " knows knew likes loves hates won't wont didn't didnt doesn't doesnt wasn't wasnt hasn't hasnt hadn't hadnt isn't isnt who will may might must shall"
)
STREETS = word_set(
    "road street close avenue drive lane way gardens garden terrace court place crescent grove hill park square mews walk row"
    " rd st ave av ln dr cl ct cres cresc crt pl sq terr ter gdns gro parade rise view green bank brow fold wharf quay gate"
    " path passage yard circus esplanade promenade broadway bypass parkway boulevard blvd croft dale end heath meadow meadows"
    " mount orchard paddock paddocks ridge vale villas wynd loan brae approach arcade causeway common drove pk hl wy"
)
ABODES = word_set("house court lodge heights tower towers apartments flats mansions hall point block villa cottage farm hostel bungalow"
              " barn rectory vicarage manor grange mill wharf quay building buildings residences maisonettes chambers hse crt cottages farmhouse barns"
              " stables gatehouse")  # fmt: skip
"""What a dwelling is called that needs no street: with a number it is an address."""
BODIES = word_set(
    "school academy college university hospital infirmary surgery clinic practice centre center church mosque temple"
    " synagogue gurdwara ward unit team council police station trust service services hotel inn pub arms tavern club shop"
    " store stores supermarket market bank library museum theatre cinema gym stadium ground estate hostel hub nursery primary"
    " secondary house home homes housing association group ltd plc llp limited company co solicitors foundation charity"
    " project programme program scheme act order review panel forum partnership prison hmp court constabulary fire rescue"
    " ambulance department dept committee office international united rovers city town athletic wanderers albion fc afc rfc"
    " river canal bridge tunnel junction roundabout motorway services airport railway line bus tram coach road street"
    " rec recreation leisure baths allotments precinct retail industrial depot academy pavilion barracks"
    " suite room ward clinic assessment form scale score plan test protocol policy law laws bill disease syndrome"
)
"""Heads of names of organisations and public places: what stands before them is no person."""
IRREGULAR = word_set(
    "takes gives gave makes keeps comes brings brought sees hears finds runs drives drove drinks drank eats ate sleeps slept stands sits holds held"
    " tells leaves begins breaks broke builds buys bought catches caught chooses chose cuts deals draws falls feeds fed fights forgets forgot grows"
    " hangs hides hid hits hurts leads lends lent lets lies loses lost means meets pays paid puts reads rides rode rings rises sells sold sends"
    " shakes shook shows shuts sings speaks spends stole steals sticks stuck strikes swears swore sweeps teaches taught tears tore throws"
    " understands wakes woke wears wore wins writes wrote drew thinks thought"
)
"""What somebody does or did, of verbs that are not regular: `takes all the money`, `drives a van`."""
MONTHS = word_set("january february march april may june july august september october november december")
CLOSED: tuple[tuple[int, frozenset[str]], ...] = (
    (TITLE, TITLES), (RANK, RANKS), (CUE, CUES), (DOES, DOES_WORDS), (STREET, STREETS), (BODY, BODIES),
    (FUNCTION, FUNCTION_WORDS),
)  # fmt: skip


def is_plain(bits: int) -> bool:
    """An ordinary word that is met often and is nobody's name."""
    return bool(bits & (WORD | FUNCTION | KEEP) and not bits & ANY_NAME and bits & ORDINARY)


Met = tuple[str, int, int, bool, bool]
"""A word: folded, its bits, its shape, may it be a name in prose, may it be a name of the record otherwise written."""


@dataclass(frozen=True, slots=True)
class Lists:
    """A partnership's own words, folded: `keep` are never masked by guess, `mask` always are."""

    keep: frozenset[str] = frozenset()
    mask: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`bits`: folded word → what it may be; `nicknames`: name → every other name its bearer may go by;
    `phrases`: places of several words, folded, by their first word."""

    bits: Mapping[str, int] = field(default_factory=dict)
    nicknames: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phrases: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    met: dict[str, Met] = field(default_factory=dict, repr=False, compare=False)
    """Words met lately as they were written: what `reading` has worked out."""

    def of(self, word: str) -> int:
        """What a folded word may be, 0 where it is unknown. `girl's` and `o'neill` are looked up without apostrophe."""
        found = self.bits.get(word)
        if found is None and "'" in word:
            head, _, tail = word.partition("'")
            found = self.bits.get(head, 0) if tail in SHORTENED else 0
            found = found & FUNCTION or self.bits.get(bare(word), 0)
        return found or 0


SHORTENED = frozenset("d ll ve re m t".split())
"""What is left of a verb behind a pronoun: `he'd`, `they've`."""


def bare(word: str) -> str:
    """A folded word without its possessive ending and without apostrophes."""
    return word.removesuffix("'s").replace("'", "")


SMALL = Lexicon({w: bit for bit, group in CLOSED for w in group})
"""The closed classes alone: what the engine knows where no stock is installed."""
