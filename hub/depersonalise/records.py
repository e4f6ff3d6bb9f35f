"""Which of a record's fields are a person's, whatever the agency calls them? Roles by the names of fields, and by values.

`victim_surname`, `dob`, `addr1`, `caller_phone`, flat or nested: each value is given a role of the contract's, and the
person it belongs to, which is what is left of the field's name when the role is taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping

from hub.depersonalise import lexicon as lx
from hub.depersonalise.dates import find_dates
from hub.depersonalise.field_words import CODES, NO_PERSON, NO_REFERENCE, Key, read_key
from hub.depersonalise.lexicon import Lexicon
from hub.depersonalise.own_words import NAMES, Own, Said, dates_of, own_of
from hub.depersonalise.reading import clean, fold
from protocols.contract import Role

PHONE_VALUE = re.compile(r"^\+?[\d\s().\-/x]{9,20}$")
EMAIL_VALUE = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")
POSTCODE_VALUE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b", re.IGNORECASE)
NAME_VALUE = re.compile(r"[^\W\d_]+(?:['’\-. ,]+[^\W\d_]+)*\.?")
HANDLE_KEYS = frozenset(
    "snapchat snap instagram insta facebook tiktok twitter handle username social discord telegram gamertag".split()
)
UNKNOWN_VALUE = frozenset(
    "unknown none nil null na nk n/a n/k not-known anonymous anon withheld refused tbc yes no true false y n m f male female".split()
)
LABELS = ("system", "type", "kind", "label", "field", "attribute", "code", "use", "key", "name", "property")
LABELLED = frozenset("value val text number content data answer".split())
"""Of a pair such as `{"type": "surname", "value": …}`: where the name of the field stands, and where its value."""
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
        label = _label(record) if not LABELLED.isdisjoint(record) else None
        for key, value in record.items():
            inner = (*path, label if label and key in LABELLED else str(key))
            if isinstance(value, str):
                if depth < DEEPEST and (text := value.strip()) and len(text) <= LONGEST_VALUE:
                    yield inner, text
            else:
                yield from flatten(value, inner, depth + 1)
    elif isinstance(record, (list, tuple)):
        for at, value in enumerate(record):
            yield from flatten(value, (*path, str(at)), depth + 1)
    elif isinstance(record, (int, float)) and not isinstance(record, bool):
        yield path, str(record)


def _label(pair: Mapping[str, object]) -> str | None:
    """What a pair of label and value calls its value: the last part of `https://example.org/Id/nhs-number`."""
    found = next((v for k in LABELS if isinstance(v := pair.get(k), str) and v.strip()), "")
    return re.split(r"[/#:]", found.strip().rstrip("/"))[-1] or None


def own_of_record(record: Mapping[str, object], lexicon: Lexicon) -> Own:
    """What a record of any shape says about its people, ready for the search in its note."""
    return own_of(said_of_record(record, lexicon), lexicon)


def said_of_record(record: Mapping[str, object], lexicon: Lexicon) -> list[Said]:
    """The values of a record of any shape that identify: (value, role, whose it is)."""
    said: list[Said] = []
    for path, value in flatten(record):
        if value.lower() in UNKNOWN_VALUE:
            continue
        key = read_key(path)
        role = None
        for role in key.roles:
            if (role in PLAIN_NAMES and value.isalpha()) or _suits(role, value):
                break
        else:
            role = None
        if role in AS_IT_STANDS and "initials" not in key.last:
            said.append((value, role, key.subject))
        else:
            said += [(found, as_role, key.subject) for as_role, found in _roles(key, role, value, lexicon)]
    return said


PLAIN_NAMES = frozenset((Role.FORENAME, Role.SURNAME))
AS_IT_STANDS = frozenset(Role) - {Role.FULL_NAME, Role.OFFICER, Role.ADDRESS, Role.STREET}
"""Roles whose value needs no further reading."""


def _roles(key: Key, role: Role | None, value: str, lexicon: Lexicon) -> Iterator[tuple[Role, str]]:
    """The roles of one value: by its field's name first (`role`), by its look where that says nothing or the value is no such thing."""
    if "initials" in key.last and len(value) < 8:
        yield Role.FULL_NAME, " ".join([c for c in value if c.isalpha()])
        if len(value) > 2:
            yield Role.FORENAME, value
    elif role in (Role.FULL_NAME, Role.OFFICER) or (
        role is None and key.person and "@" not in value and _has_word(value)
    ):
        yield from _person_value(value, lexicon)
    elif role in (Role.ADDRESS, Role.STREET):
        yield (Role.REFERENCE if IP_VALUE.fullmatch(value) or THREE_WORDS.fullmatch(value) else role), value
        if found := POSTCODE_VALUE.search(value):
            yield Role.POSTCODE, found[0]
    elif role is not None:
        yield role, value
    else:
        yield from _by_look(key, value, lexicon)


def _suits(role: Role, value: str) -> bool:
    """May a value be what its field's name says? `last_seen` is no surname where a date stands in it."""
    if role is Role.DOB:
        return bool(dates_of(value))
    if role in NAMES:
        return value.isalpha() or (
            "@" not in value and (_has_word(value) if any(map(str.isdigit, value)) else bool(NAME_VALUE.search(value)))
        )
    if role is Role.POSTCODE:
        return POSTCODE_VALUE.search(value) is not None
    if role is Role.EMAIL:
        return "@" in value or " at " in value.lower()
    if role in FEWEST:
        return sum(map(str.isdigit, value)) >= FEWEST[role]
    return True


FEWEST = {Role.PHONE: 6, Role.NHS: 6, Role.NINO: 4, Role.PNC: 3, Role.CRO: 3, Role.VRM: 1, Role.UPRN: 6, Role.UPN: 6}
"""Digits that a number of a kind has at least."""


def _has_word(value: str) -> bool:
    """Is there a word of letters alone, as a name is: `PC 1234 Hart`, not `TEN/1234/01`?"""
    return any(len(w) > 1 and w.isalpha() for w in re.split(r"[\s,;.'’()\-]+", value)) and not re.fullmatch(
        r"[\w/]*\d[\w/]*", value
    )


def _by_look(key: Key, value: str, lexicon: Lexicon) -> Iterator[tuple[Role, str]]:
    folded = fold(clean(value))
    if found := EMAIL_VALUE.search(value):
        yield Role.EMAIL, found[0]
    elif key.last & HANDLE_KEYS or THREE_WORDS.fullmatch(value) or IP_VALUE.fullmatch(value):
        yield Role.REFERENCE, value
    elif HOUSE_VALUE.match(value) or FLAT_VALUE.fullmatch(folded):
        yield Role.ADDRESS, value
    elif (plate := PLATE_VALUE.search(value)) and (plate[0] == value or key.words & VEHICLES):
        yield Role.VRM, plate[0]
    elif POSTCODE_VALUE.fullmatch(value.strip()):
        yield Role.POSTCODE, value
    elif PHONE_VALUE.match(value) and sum(c.isdigit() for c in value) >= 10 and not find_dates(folded):
        yield Role.PHONE, value
        if value[0] not in "0+":  # a sort code and an account number
            yield from ((Role.REFERENCE, part) for part in value.split())
    elif any(c.isdigit() for c in value):
        if _is_reference(key, value, folded):
            yield Role.REFERENCE, value
    elif not key.words & NO_PERSON and len(value.split()) <= 5:
        yield from _person_value(value, lexicon, sure=False)


def _is_reference(key: Key, value: str, folded: str) -> bool:
    """Is a value with digits a reference, no date, time, count or measure?"""
    if re.fullmatch(r"[a-z]{1,5}[-/ ]?\d{5,9}[a-z]?", folded) and key.last & CODES:
        return True  # `RX310556` holds a date for who looks for one
    dated = find_dates(folded) and len(re.sub(r"[\WtzT]|\d\d:\d\d", "", _without_dates(folded))) < 3
    if dated or key.last & NO_REFERENCE or re.search(r"\d:\d\d", value) or len(value) > 30:
        return False
    if re.fullmatch(r"\d{6,}", value) or (
        re.fullmatch(r"\d{5,}", value) and key.last & {"id", "ref", "no", "number", "reference", "urn"}
    ):
        return True
    return (
        sum(map(str.isdigit, value)) >= 3 and len(value.split()) <= 4 and not re.fullmatch(r"[£$]?\d+(?:\.\d+)?", value)
    )


def _without_dates(folded: str) -> str:
    for start, end, _ in reversed(find_dates(folded)):
        folded = folded[:start] + folded[end:]
    return folded


FLAT_VALUE = re.compile(r"(?:flat|apartment|apt|room|unit|plot|no\.?|number) ?\w{1,4}")
PLATE_VALUE = re.compile(r"\b(?:[A-Z]{2}\d{2}[ -]?[A-Z]{3}|[A-Z]\d{1,3}[ -]?[A-Z]{3}|[A-Z]{3}[ -]?\d{1,3}[A-Z])\b")
VEHICLES = frozenset("vehicle vehicles veh car van bike vrm vrn reg registration".split())
THREE_WORDS = re.compile(r"/{0,3}[a-z]{3,20}\.[a-z]{3,20}\.[a-z]{3,20}")
IP_VALUE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
BESIDE = (
    (Role.EMAIL, EMAIL_VALUE),
    (Role.POSTCODE, POSTCODE_VALUE),
    (Role.PHONE, re.compile(r"(?<![\w/])(?:\+44|0)[\d ()\-]{8,16}\d(?!\w)")),
)
BORN = re.compile(r"[,;( ]*\b(?:d\.?o\.?b\.?|born|b\.?|date of birth)[:\s]*$", re.IGNORECASE)


def _beside_name(value: str) -> Generator[tuple[Role, str], None, str]:
    """What one field holds beside a person's name: `John Mercer b. 03/05/1982, 14 Alder Road, 07700 900123`. Returns the rest."""
    for role, form in BESIDE:
        for found in form.findall(value):
            yield role, found
        value = form.sub(" ", value)
    for start, end, _ in reversed(find_dates(fold(value))):
        yield Role.DOB, value[start:end]
        value = BORN.sub(" ", value[:start]) + "," + value[end:]
    if house := HOUSE_VALUE.search(value):
        yield Role.ADDRESS, house[0]
        value = value[: house.start()]
    for number in re.findall(r"\b[A-Za-z]{0,2}\d{3,8}\b", value):
        yield Role.OFFICER, number
    value = value.strip(" ,;-")
    dashed = re.search(r"\s+[-/]\s+|;|:\s", value)
    if dashed and all(fold(w) in lx.CUES for w in re.findall(r"[A-Za-z]+", value[dashed.end() :])):
        value = value[: dashed.start()]  # `Mary Mercer - mother`
    return value


HOUSE_VALUE = re.compile(
    r"(?<!\w)(?:flat \w{1,4},? )?\d{1,4}[a-z]? (?:[a-z']+ ){1,3}(?:" + "|".join(sorted(lx.STREETS)) + r")\b.*",
    re.IGNORECASE,
)


def _person_value(value: str, lexicon: Lexicon, *, sure: bool = True) -> Iterator[tuple[Role, str]]:
    """A person's name as a value, with a rank and collar number perhaps. Where the field does not say that it is a
    name (`sure`), its words must be names and nothing else."""
    value = yield from _beside_name(value)
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
