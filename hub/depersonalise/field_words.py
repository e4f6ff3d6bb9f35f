"""What does the name of a record's field say? Its words, the roles that they may name, and whose the value is.

`vic_snm`, `ptFirstName`, `Caller Tel No`, `d.o.b` and `victimsurname` are read word by word; what is left when the role's
words are taken out tells whose the value is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from protocols.contract import Role

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SPLIT = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=\d)")
NO_PERSON = frozenset(
    "school ward street road site venue org organisation organization agency team station unit product file offence crime type"
    " category event operation op code town city county area district borough region parish beat hospital trust surgery gender"
    " locality neighbourhood neighborhood estate premises building shop pub club force division sector bcu lpu place location"
    " sex ethnicity ethnic nationality religion language status outcome disposal priority grade source method mo weapon colour"
    " make model service department dept description summary notes note text narrative version marital relationship role rank"
    " occupation reason result tenure property diagnosis complaint presenting triage acuity call signal day month class course"
    " vehicle vehicles veh car van bike subject year risk level plan need needs flag flags stage allegation incident vulnerability circumstances".split()
)  # fmt: skip
NO_REFERENCE = frozenset(
    "time date datetime timestamp at when created updated occurred reported start end duration amount cost value fee arrears"
    " balance count total score grade easting northing lat latitude lon lng longitude age weight height year qty version priority"
    " lsoa msoa ward beat offence code class category hour minutes mins attendance attendances number_of".split()
)  # fmt: skip
UNKNOWN_VALUE = frozenset(
    "unknown none nil null na nk n/a n/k not-known anonymous anon withheld refused tbc yes no true false y n m f male female".split()
)
ROLE_WORDS: list[tuple[Role, frozenset[str]]] = [
    (Role.DOB, frozenset("dob birth born birthdate birthday dateofbirth bday geni".split())),
    (Role.EMAIL, frozenset("email mail emailaddress emails eml".split())),
    (Role.PHONE, frozenset("phone tel telephone mobile mob landline msisdn cell phoneno telno mobileno fax phones telephones ph msisdn ffon".split())),
    (Role.POSTCODE, frozenset("postcode pcode postal zip pc postcodes postalcode pstcd".split())),
    (Role.NHS, frozenset("nhs nhsno nhsnumber".split())),
    (Role.NINO, frozenset("nino ni insurance natins nationalinsurance".split())),
    (Role.PNC, frozenset("pnc pncid".split())),
    (Role.CRO, frozenset("cro".split())),
    (Role.VRM, frozenset("vrm vrn registration plate reg index numberplate".split())),
    (Role.UPRN, frozenset("uprn".split())),
    (Role.UPN, frozenset("upn".split())),
    (Role.OFFICER, frozenset("collar shoulder badge warrant epaulette".split())),
    (Role.ADDRESS, frozenset("address addr addresses add add1 add2 add3 add4 line1 line2 house flat premise premises residence apartment home lives property cyfeiriad".split())),
    (Role.STREET, frozenset("street road location loc locus scene place whereabouts".split())),
    (Role.FORENAME, frozenset("forename forenames first firstname given givenname middle middlename midnm midname christian fname nickname preferred fn fnm forenm frnm vorname prenom".split())),
    (Role.SURNAME, frozenset("surname surnames last lastname family familyname maiden nee cyfenw sname lname sn snm snme surnm srnm lnm nachname".split())),
    (Role.FULL_NAME, frozenset("name nm nme enw fullname names alias aliases aka akas called known".split())),
]  # fmt: skip
PERSONS = frozenset(
    "victim suspect complainant tenant patient caller officer oic parent mother father witness neighbour offender informant"
    " resident client pupil student child subject perpetrator aggrieved carer guardian applicant nok contact gp doctor nurse"
    " worker keyworker manager landlord partner driver casualty occupier owner defendant service_user user sibling reporter"
    " author attending clinician professional referrer advocate executor deputy liaison next kin caseworker housemate cohabitee girlfriend boyfriend wife husband son daughter brother sister tutor responsible adult party parties serviceuser adultatrisk personatrisk nominal prisoner detainee claimant appellant paramedic practitioner teacher head lead sender member household person people individual linked".split()
)  # fmt: skip
SHORT_PERSONS = frozenset(
    "vic v susp comp ten pt wit off offdr clr cust appl inf agg aggr def resp int su yp dp aa".split()
)
"""As prefixes of fields' names only: `vic_snm`, `ptdob`."""
CODES = frozenset(
    "id ref refs reference references no num number nos urn crn noms nomis mrn pas asn ptiurn code token key".split()
)
"""Words of fields that hold a reference, whoever's it is: `victim_crn`, `tenant_ref`."""
NOT_NAMED = frozenset(
    "seen contact updated visit visited wearing attended review reviewed appointment aid response call used login".split()
)
"""What makes `first` and `last` say when, not who: `last_seen_wearing`."""
QUIET = frozenset(
    "full main primary secondary other current previous former old new present known first second third of the and to a alt alternative"
    " home work daytime evening details detail info by is as text value display".split()
)
TAKEN = (
    frozenset(w for _, words in ROLE_WORDS for w in words)
    | frozenset("title full no number 1 2 3 4 of date town post line ln dt nbr mid prev pref as".split())
    | QUIET
)
VOCABULARY = (
    TAKEN | PERSONS | SHORT_PERSONS | NO_PERSON | NO_REFERENCE | CODES | QUIET
    | frozenset("case prison tenancy licence account d o b hosp veh vehicle car ins nat national unique post address ln line dt prev pref as".split())
) - frozenset("a v o d b to".split())  # fmt: skip


class Key(NamedTuple):
    """What a field's path says: its words, those of its last part, the roles these may name, whose the value is."""

    words: frozenset[str]
    last: frozenset[str]
    roles: tuple[Role, ...]
    person: bool
    """Does the field hold a person, by its name alone (`victim`, `lead_officer`)?"""
    subject: str


def words_of(name: str) -> list[str]:
    """The words of a field's name: `ptFirstName` → pt, first, name; `victimsurname` → victim, surname."""
    found = [w for w in SPLIT.split(CAMEL.sub(" ", name).lower()) if w]
    return [w for word in found for w in (_unjoined(word) if len(word) > 4 else (word,))]


@lru_cache(maxsize=4096)
def _unjoined(word: str) -> tuple[str, ...]:
    """A word as known words written together, the longest first; itself where it is none."""
    return _cut(word, 6) or (word,)


def _cut(word: str, most: int) -> tuple[str, ...]:
    if word in VOCABULARY:
        return (word,)
    for at in range(len(word) - 1, 1, -1) if most > 1 else ():
        if word[:at] in VOCABULARY and (rest := _cut(word[at:], most - 1)):
            return (word[:at], *rest)
    return ()


def _with_joined(words: list[str]) -> frozenset[str]:
    """Words, each with its singular, and two or three neighbours as one: `d o b`, `nat ins`, `line 1`."""
    joined = ["".join(words[i : i + n]) for n in (2, 3) for i in range(len(words) - n + 1)]
    return frozenset([*words, *joined, *(w.removesuffix("s") for w in words)])


@lru_cache(maxsize=4096)
def read_key(path: tuple[str, ...]) -> Key:
    """What the path of a value says."""
    parts = [p for p in path if not p.isdigit()] or [""]
    last = words_of(parts[-1])
    asked = _with_joined(last)
    if parts[1:] and len(parts[-1]) == 1 and _with_joined(words_of(parts[-2])) & (PERSONS | SHORT_PERSONS):
        asked |= {"name"} if parts[-1] == "n" else _with_joined(words_of(parts[-2]))  # `parties.a`, `aggr.n`
    of_thing = asked & (NO_PERSON - PERSONS) and not asked & PERSONS
    unnamed = of_thing or (asked & {"first", "last", "known", "called"} and asked & NOT_NAMED)
    roles = tuple(r for r, names in ROLE_WORDS if asked & names and not (unnamed and r in PEOPLE))
    if not roles and not asked & (NO_PERSON | CODES):
        roles = _of_parents(parts[:-1])
    head = next((w for w in reversed(last) if w not in QUIET and not w.isdigit()), "")
    headed = not asked & (NO_PERSON - PERSONS) or not {head, head.removesuffix("s")}.isdisjoint(PERSONS) or bool(
        asked & {"adultatrisk", "personatrisk"})  # fmt: skip
    person = bool(asked & (PERSONS | SHORT_PERSONS)) and headed and not asked & CODES
    while len(path) > 1 and path[-1].isdigit():
        path = path[:-1]
    subject = ".".join([*path[:-1], "_".join(w for w in last if w not in TAKEN)]).strip(".")
    return Key(frozenset(w for p in path for w in words_of(p)), asked, roles, person, subject or "it")


def _of_parents(parents: list[str]) -> tuple[Role, ...]:
    """Roles that the nearest part of the path names: `address.premises`, `name.official`."""
    for part in reversed(parents):
        asked = _with_joined(words_of(part))
        if asked & NO_PERSON:
            return ()
        if roles := tuple(r for r, names in ROLE_WORDS if asked & names):
            return roles
        if asked & PERSONS:
            return ()
    return ()


PEOPLE = frozenset({Role.FORENAME, Role.SURNAME, Role.FULL_NAME})
