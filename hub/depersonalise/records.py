"""Which of a record's fields are a person's, whatever the agency calls them? Roles by the names of fields, and by values.

`victim_surname`, `dob`, `addr1`, `caller_phone`, flat or nested: each value is given a role of the contract's, and the
person it belongs to, which is what is left of the field's name when the role is taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from hub.depersonalise import lexicon as lx
from hub.depersonalise.dates import find_dates
from hub.depersonalise.lexicon import Lexicon
from hub.depersonalise.own_words import NAMES, Own, Said, own_of
from hub.depersonalise.reading import clean, fold
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
    " subject year risk level plan need needs flag flags stage allegation incident vulnerability circumstances".split()
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
    (Role.DOB, frozenset("dob birth born birthdate birthday dateofbirth bday".split())),
    (Role.EMAIL, frozenset("email mail emailaddress".split())),
    (Role.PHONE, frozenset("phone tel telephone mobile mob landline msisdn cell phoneno telno mobileno fax phones".split())),
    (Role.POSTCODE, frozenset("postcode pcode postal zip pc postcodes".split())),
    (Role.NHS, frozenset("nhs nhsno nhsnumber".split())),
    (Role.NINO, frozenset("nino ni insurance".split())),
    (Role.PNC, frozenset("pnc pncid".split())),
    (Role.CRO, frozenset("cro".split())),
    (Role.VRM, frozenset("vrm vrn registration plate reg index".split())),
    (Role.UPRN, frozenset("uprn".split())),
    (Role.OFFICER, frozenset("collar shoulder badge warrant epaulette".split())),
    (Role.ADDRESS, frozenset("address addr add1 add2 line1 line2 house flat premise premises residence apartment home lives property".split())),
    (Role.STREET, frozenset("street road location locus scene place".split())),
    (Role.FORENAME, frozenset("forename forenames first firstname given givenname middle middlename christian fname nickname preferred fn fnm forenm frnm vorname prenom".split())),
    (Role.SURNAME, frozenset("surname last lastname family familyname maiden sname lname sn surnm srnm lnm nachname".split())),
    (Role.FULL_NAME, frozenset("name nm nme fullname names alias aka nok oic gp called known".split())),
]  # fmt: skip
PERSONS = frozenset(
    "victim suspect complainant tenant patient caller officer oic parent mother father witness neighbour offender informant"
    " resident client pupil student child subject perpetrator aggrieved carer guardian applicant nok contact gp doctor nurse"
    " worker keyworker manager landlord partner driver casualty occupier owner defendant service_user user sibling reporter"
    " author attending clinician paramedic practitioner teacher head lead sender member household person people individual linked".split()
)  # fmt: skip
PHONE_VALUE = re.compile(r"^\+?[\d\s().\-/x]{9,20}$")
EMAIL_VALUE = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")
POSTCODE_VALUE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b", re.IGNORECASE)
NAME_VALUE = re.compile(r"[^\W\d_]+(?:['’\-. ,]+[^\W\d_]+)*\.?")
HANDLE_KEYS = frozenset(
    "snapchat snap instagram insta facebook tiktok twitter handle username social discord telegram gamertag".split()
)
LONGEST_VALUE = 200
DEEPEST = 8


def flatten(record: object, path: tuple[str, ...] = (), depth: int = 0) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path, value) of every scalar of a record, however nested."""
    if depth > DEEPEST:
        return
    if isinstance(record, str):
        text = record.strip()
        if text and len(text) <= LONGEST_VALUE:
            yield path, text
    elif isinstance(record, Mapping):
        for key, value in record.items():
            if isinstance(value, str):
                if depth < DEEPEST and (text := value.strip()) and len(text) <= LONGEST_VALUE:
                    yield (*path, str(key)), text
            else:
                yield from flatten(value, (*path, str(key)), depth + 1)
    elif isinstance(record, (list, tuple)):
        for at, value in enumerate(record):
            yield from flatten(value, (*path, str(at)), depth + 1)
    elif isinstance(record, (int, float)) and not isinstance(record, bool):
        yield path, str(record)


def _key_words(path: tuple[str, ...]) -> list[str]:
    return [w for part in path for w in SPLIT.split(CAMEL.sub(" ", part).lower()) if w]


def own_of_record(record: Mapping[str, object], lexicon: Lexicon) -> Own:
    """What a record of any shape says about its people, ready for the search in its note."""
    said: list[Said] = []
    for path, value in flatten(record):
        if value.lower() in UNKNOWN_VALUE:
            continue
        key = _read_key(path)
        if key.role in SURE:
            said.append((value, key.role, key.subject))
        else:
            said += [(found, role, key.subject) for role, found in _roles(key, value, lexicon)]
    return own_of(said, lexicon)


SURE = frozenset({Role.EMAIL, Role.POSTCODE, Role.NHS, Role.NINO, Role.PNC, Role.CRO, Role.VRM, Role.UPRN})
"""Roles that a field's name settles, whatever its value looks like."""


class Key(NamedTuple):
    """What a field's path says: its words, those of its last part, the role they name, whose the value is."""

    words: frozenset[str]
    last: frozenset[str]
    role: Role | None
    subject: str


TAKEN = frozenset(w for _, words in ROLE_WORDS for w in words) | frozenset(
    "title full no number 1 2 3 of date town".split()
)


@lru_cache(maxsize=4096)
def _read_key(path: tuple[str, ...]) -> Key:
    words = _key_words(path)
    named = path[-2] if path[-1].isdigit() and len(path) > 1 else path[-1]
    last = [w for w in SPLIT.split(CAMEL.sub(" ", named).lower()) if w]
    asked, joined = frozenset(last), "".join(last)
    role = next((r for r, names in ROLE_WORDS if asked & names or joined in names), None)
    if role is None and not asked & NO_PERSON and len(words) > len(last):
        role = next((r for r, names in ROLE_WORDS[:10] if names.intersection(words)), None)
    if role in NAMES and asked & NO_PERSON and not asked & PERSONS:
        role = None
    subject = ".".join([*path[:-1], "_".join(w for w in last if w not in TAKEN)]).strip(".")
    return Key(frozenset(words), asked, role, subject)


def _roles(key: Key, value: str, lexicon: Lexicon) -> Iterator[tuple[Role, str]]:
    """The roles of one value: by its field's name first, by its look where the name says nothing."""
    role, asked = key.role, key.last
    if role is Role.DOB and not find_dates(fold(value)):
        role = None
    if role in NAMES and not (value.isalpha() or NAME_VALUE.search(value)):
        role = None
    if (
        (role is Role.FULL_NAME or (role is None and asked & PERSONS))
        and any(c.isalpha() for c in value)
        and "@" not in value
    ):
        yield from _person_value(value, lexicon)
        return
    if role in (Role.ADDRESS, Role.STREET):
        yield role, value
        if found := POSTCODE_VALUE.search(value):
            yield Role.POSTCODE, found[0]
        return
    if role is Role.PHONE and sum(map(str.isdigit, value)) < 6:
        role = None
    if role is Role.OFFICER:
        yield from _person_value(value, lexicon)
        return
    if role is not None:
        yield role, value
        return
    yield from _by_look(key, value, lexicon)


def _by_look(key: Key, value: str, lexicon: Lexicon) -> Iterator[tuple[Role, str]]:
    found = EMAIL_VALUE.search(value)
    if found:
        yield Role.EMAIL, found[0]
        return
    if key.last & HANDLE_KEYS:
        yield Role.REFERENCE, value
        return
    folded = fold(clean(value))
    if POSTCODE_VALUE.fullmatch(value.strip()):
        yield Role.POSTCODE, value
    elif PHONE_VALUE.match(value) and sum(c.isdigit() for c in value) >= 10 and not find_dates(folded):
        yield Role.PHONE, value
    elif any(c.isdigit() for c in value):
        if find_dates(folded) or key.last & NO_REFERENCE or re.search(r"\d:\d\d", value) or len(value) > 30:
            return
        tokens = value.split()
        if (sum(c.isdigit() for c in value) >= 3 and len(tokens) <= 4 and not re.fullmatch(r"[£$]?\d+(?:\.\d+)?", value)) or (
                re.fullmatch(r"\d{5,}", value) and key.last & {"id", "ref", "no", "number", "reference", "urn"}) or re.fullmatch(r"\d{6,}", value):  # fmt: skip
            yield Role.REFERENCE, value
    elif not key.words & NO_PERSON and len(value.split()) <= 5:
        yield from _person_value(value, lexicon, sure=False)


def _person_value(value: str, lexicon: Lexicon, *, sure: bool = True) -> Iterator[tuple[Role, str]]:
    """A person's name as a value, with a rank and collar number perhaps. Where the field does not say that it is a
    name (`sure`), its words must be names and nothing else."""
    for number in re.findall(r"\b[A-Za-z]{0,2}\d{3,8}\b", value):
        yield Role.OFFICER, number
    letters = re.sub(r"\([^)]*\)", lambda m: m[0] if re.search(r"aka|known", m[0], re.IGNORECASE) else " ", value)
    parts = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", letters)
    if not parts or len(parts) > 8:
        return
    bits = [lexicon.of(fold(p)) for p in parts]
    strange = [len(p) > 3 and p[0].isupper() and not b & (lx.KNOWN | lx.DOES) for p, b in zip(parts, bits, strict=True)]
    if not sure and (not any(s or (b & lx.NAME and not b & (lx.KNOWN | lx.FUNCTION)) for b, s in zip(bits, strange, strict=True)) or any(
            b & (lx.KEEP | lx.BODY | lx.CUE) or (b & lx.WORD and not b & lx.ANY_NAME) for b in bits)):  # fmt: skip
        return
    if bits[0] & (lx.KEEP | lx.CUE | lx.BODY) and not bits[0] & lx.NAME:
        parts = parts[1:]  # `Nurse Jane Hart`, `mother: Jane`
    kept = " ".join(parts)
    yield Role.FULL_NAME, kept if "," not in letters else letters
