"""In how many ways does a note write what its record says? Spellings of names, addresses, numbers and dates, by family."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator

from tests.evaluation.own_people import Person

Spelt = Iterator[tuple[str, str, str]]
"""(family, what is written, kind of sentence it stands in)."""
MONTHS = "January February March April May June July August September October November December".split()
SHORT_STREETS = {"Road": "Rd", "Street": "St", "Close": "Cl", "Avenue": "Ave", "Drive": "Dr", "Lane": "Ln", "Way": "Way", "Gardens": "Gdns",
                 "Terrace": "Terr", "Crescent": "Cres", "Court": "Ct", "Place": "Pl", "Grove": "Gr", "Square": "Sq"}  # fmt: skip
NICKNAMES = {"Gareth": "Gaz", "Tracey": "Trace", "Nigel": "Nige", "Stuart": "Stu", "Beverley": "Bev", "Trevor": "Trev", "Gemma": "Gem", "Darren": "Daz", "Kirsty": "Kirst",
             "Alistair": "Ali", "Declan": "Dec", "Siobhan": "Shiv", "Abdulrahman": "Abdul", "Mohammed": "Mo", "Katarzyna": "Kasia", "Malgorzata": "Gosia", "Krzysztof": "Krzys",
             "Agnieszka": "Aga", "Wojciech": "Wojtek", "Imogen": "Immy", "Callum": "Cal", "Rhiannon": "Rhi", "Dafydd": "Dai", "Olumide": "Olu", "Folasade": "Sade",
             "Babatunde": "Tunde", "Chinedu": "Nedu", "Giuseppina": "Pina", "Salvatore": "Salvo", "Vincenzo": "Enzo", "Joaquim": "Quim", "Mustafa": "Mus"}  # fmt: skip
SOUNDS = (("ph", "f"), ("ck", "k"), ("kh", "k"), ("ee", "i"), ("oo", "u"), ("y", "i"), ("v", "w"), ("sz", "sh"), ("cz", "ch"), ("ou", "u"), ("aa", "a"), ("q", "k"), ("z", "s"),
          ("x", "h"), ("j", "y"), ("dh", "d"), ("gh", "g"))  # fmt: skip


TELLING = re.compile(r"^(?:mrs?|ms|dr\.?|the) +|^mr(?=[a-z])|['\u2019]s$|s'$", re.IGNORECASE)
"""Titles and possessive endings do not identify."""


def spellings(dice: random.Random, person: Person) -> Spelt:
    """Every family's spellings of one person's values, a few of each."""
    yield from names(dice, person)
    yield from parts_of_names(dice, person)
    yield from misspelt(dice, person)
    yield from addresses(person)
    yield from numbers(person)
    yield from births(person)
    yield from mails(person)


def names(dice: random.Random, p: Person) -> Spelt:
    first, middle, last, a, b, c = p.first, p.middle, p.last, p.first[0], p.middle[0], p.last[0]
    for family, forms in {
        "name whole": (f"{first} {last}", f"{first} {middle} {last}", f"{first} {b}. {last}", f"{first} {b} {last}", f"{first}  {last}"),
        "name reversed": (f"{last}, {first}", f"{last.upper()}, {first}", f"{last} {first}", f"{last.upper()} {first} {middle}", f"{last}, {first} {b}"),
        "name with initial": (f"{a} {last}", f"{a}. {last}", f"{a}.{last}", f"{last} {a}", f"{last}, {a}.", f"{a}{b} {last}", f"{a}.{b}. {last}", f"{last} {a}{b}", f"{first} {c}", f"{first} {c}."),
        "initials": (f"{a}.{c}.", f"{a}{c}", f"{a}.{c}", f"{a} {c}", f"{a}{b}{c}", f"{a}.{b}.{c}.", f"{a}/{c}"),
        "name alone": (first, last, middle, p.known_as, p.maiden, f"Mr {last}", f"Mrs {p.maiden}", f"Ms {last}", f"Dr. {last}"),
        "name in capitals": (f"{first} {last}".upper(), last.upper(), first.upper(), f"{last.upper()} {a}", f"MR {last.upper()}"),
        "name in small": (f"{first} {last}".lower(), last.lower(), first.lower(), f"mr {last.lower()}", f"{first} {last.lower()}", f"{first.lower()} {last}"),
        "name possessive": (f"{first}'s", f"{last}'s", f"{first}s", f"{last}s", f"{last}s'", f"{first}\u2019s", f"{last.upper()}'S", f"{last.upper()}S", f"{first.lower()}s", f"the {last}s"),
        "name run together": (f"{first}{last}", f"{first}.{last}", f"{first}_{last}", f"{last}/{first}", f"{first}\n{last}", f"{first},{last}", f"{last}({first})", f"({last})", f"\"{first}\"",
                              f"{first}-{last}", f"*{last}*", f"{last}:{first}", f"{first.upper()}{last.upper()}"),
    }.items():  # fmt: skip
        for form in dice.sample(forms, min(5, len(forms))):
            yield family, form, f"person {TELLING.sub('', form)}"


def parts_of_names(dice: random.Random, p: Person) -> Spelt:
    for name in (p.first, p.last, p.maiden):
        bits = [b for b in re.split(r"['\u2019\- ]", name) if len(b) > 2]
        if re.search(r"['\u2019\- ]", name):
            for bit in bits:
                yield "double name, one half", bit, "person"
                yield "double name, one half", bit.upper(), "person"
            for glue in ("", " ", "-", "\u2019", "'", "\n", "/"):
                yield "double name, other joint", re.sub(r"['\u2019\- ]", glue, name), "person"
                yield "double name, other joint", re.sub(r"['\u2019\- ]", glue, name).upper(), "person"
                yield "double name, other joint", re.sub(r"['\u2019\- ]", glue, name).lower(), "person"
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        if plain != name:
            yield "accents", plain, "person"
        marked = name.translate(str.maketrans("eoa", "\u00e9\u00f6\u00e1"))
        yield "accents", marked, "person"
        yield "accents", unicodedata.normalize("NFD", marked), "person"
    if short := NICKNAMES.get(p.first):
        yield "nickname", short, "person"
        yield "nickname", f"{short} {p.last}", "person"


def misspelt(dice: random.Random, p: Person) -> Spelt:
    for name in (p.first, p.last):
        if " " in name or "-" in name or "'" in name or not name.isascii():
            continue
        low = name.lower()
        for sound, other in SOUNDS:
            if sound in low[1:] and len(name) > 5:
                yield "transliteration", low.replace(sound, other, 1).capitalize(), "person"
        if len(name) < 5:
            continue
        at = dice.randrange(1, len(name) - 1)
        letter = dice.choice("aeinrst")
        swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        for family, form in {
            "one letter more": name[:at] + letter + name[at:], "one letter fewer": name[:at] + name[at + 1 :],
            "one letter other": name[:at] + letter + name[at + 1 :], "two exchanged": swapped,
            "doubled letter": name[:at] + name[at] + name[at:], "last letter gone": name[:-1], "last letter more": name + letter,
        }.items():  # fmt: skip
            for cased in (form, form.upper(), form.lower()):
                yield family, cased, "person"
        if len(name) > 5:
            yield "first letter wrong", dice.choice("BDKMNPST") + name[1:], "person"
            yield "first letter wrong", name[1:].capitalize(), "person"
            yield "first letter wrong", name[1].upper() + name[0].lower() + name[2:], "person"
        yield "misspelt possessive", swapped + "'s", f"person {swapped}"
        yield "misspelt with initial", f"{p.first[0]} {swapped}", "person"


def addresses(p: Person) -> Spelt:
    if p.house:
        for form in (p.house, p.house.upper(), p.house.lower(), p.house.replace("The Old", "Old")):
            yield "house by name", form, "address"
        return
    head, _, suffix = p.street.rpartition(" ")
    short, n = f"{head} {SHORT_STREETS[suffix]}", p.number
    for family, forms in {
        "house and street": (f"{n} {p.street}", f"{n}, {p.street}", f"{n} {p.street}".upper(), f"{n} {p.street}".lower(), f"{n}  {p.street}", f"{n}\n{p.street}"),
        "street abbreviated": (f"{n} {short}", f"{n} {short}.", f"{n}, {short}", f"{n} {short}".lower(), f"{n} {short}".upper()),
        "house, bare street": (f"{n} {head}", f"{n}, {head}", f"{n} {head}".lower(), f"no {n} {head}", f"no. {n} {head}"),
        "house, other forms": (f"No {n} {p.street}", f"No.{n} {p.street}", f"number {n} {p.street}", f"#{n} {p.street}", f"{n}-{p.street}", f"{n} on {p.street}", f"house {n} {short}"),
    }.items():  # fmt: skip
        for form in forms:
            yield (
                family,
                form,
                f"address {form[form.index(n[0]) :] if family == 'house, other forms' else re.sub('^no[. ]+', '', form)}",
            )
    for form in (
        f"{p.street} {n}",
        f"{p.street}, {n}",
        f"{short} no {n}",
        f"{p.street} - number {n}",
        f"{p.street} (no. {n})",
        f"{p.street} at {n}",
        f"{p.street} {n}".upper(),
    ):
        yield "street, then house", form, f"after {n}"
    for form in (f"number {n}", f"no {n}", f"no. {n}", f"at {n}", f"No {n}"):
        yield "house alone", form, f"after {n}"
    if n[-1].isalpha():
        for form in (
            f"{n[:-1]} {n[-1]} {p.street}",
            f"{n[:-1]}-{n[-1]} {p.street}",
            f"{n[:-1]}{n[-1].lower()} {p.street}",
        ):
            yield "house with letter", form, "address"
    elif len(head) > 4 and head.isalpha():
        yield "street misspelt", f"{n} {head[:3] + head[4:]} {suffix}", "address"
        yield "street misspelt", f"{n} {head[:-1]} {SHORT_STREETS[suffix]}", "address"
    if f := p.flat:
        for form in (f"Flat {f}, {n} {p.street}", f"flat {f} {n} {short}", f"{f}/{n} {p.street}", f"{n}/{f} {p.street}", f"Flat {f}", f"flat {f}", f"FLAT {f}", f"Flt {f}, {n} {p.street}",
                     f"{n} {p.street} flat {f}", f"{n} {p.street}, Flat {f}", f"Apt {f} {n} {p.street}"):  # fmt: skip
            yield "flat and house", form, "address"


def numbers(p: Person) -> Spelt:
    code = p.postcode.replace(" ", "")
    for form in (
        p.postcode,
        code,
        p.postcode.lower(),
        code.lower(),
        f"{code[:-2]} {code[-2:]}",
        f"{code[:-3]}  {code[-3:]}",
        f"{code[:-3]}-{code[-3:]}",
        f"{code[:-3]}.{code[-3:]}",
        f"{code[:2]} {code[2:]}",
    ):
        yield "postcode", form, "number"
    d = "0" + re.sub(r"\D", "", p.phone).removeprefix("44").lstrip("0")
    rest = d[1:]
    for form in (d, f"{d[:5]} {d[5:]}", f"{d[:5]} {d[5:8]} {d[8:]}", f"{d[:4]} {d[4:7]} {d[7:]}", f"{d[:5]}-{d[5:]}", f"{d[:5]}.{d[5:8]}.{d[8:]}", f"({d[:5]}) {d[5:]}", f"+44{rest}", f"+44 {rest}",
                 f"+44 (0){rest}", f"+44(0) {rest[:4]} {rest[4:]}", f"0044{rest}", f"0044 {rest[:4]} {rest[4:]}", f"44{rest}", rest, f"{d[:3]} {d[3:7]} {d[7:]}", " ".join(d), f"{d[:5]}/{d[5:]}",
                 f"{d[:2]} {d[2:4]} {d[4:6]} {d[6:8]} {d[8:]}", f"{d[:5]}\n{d[5:]}", f"tel{d}", f"+44-{rest[:4]}-{rest[4:]}", f"{d[:5]}_{d[5:]}"):  # fmt: skip
        yield "phone", form, "number"
    for form in (
        f"ends {d[-6:]}",
        f"ending {d[-6:]}",
        f"last six {d[-6:]}",
        f"last 6 digits {d[-6:]}",
        f"number ending {d[-6:]}",
        f"ends {d[-6:-3]} {d[-3:]}",
    ):
        yield "phone's end", form, f"after {re.search(r'[0-9 ]+$', form)[0].strip()}"  # type: ignore[index]
    yield from codes(p)


def codes(p: Person) -> Spelt:
    n = p.nhs
    for form in (
        n,
        f"{n[:3]} {n[3:6]} {n[6:]}",
        f"{n[:3]}-{n[3:6]}-{n[6:]}",
        f"{n[:3]}.{n[3:6]}.{n[6:]}",
        f"{n[:5]} {n[5:]}",
        f"NHS{n}",
        f"{n[:3]} {n[3:6]}  {n[6:]}",
    ):
        yield "NHS number", form, "number"
    i = p.nino
    for form in (
        i,
        f"{i[:2]} {i[2:4]} {i[4:6]} {i[6:8]} {i[8]}",
        i.lower(),
        f"{i[:8]} {i[8]}",
        i[:8],
        f"{i[:2]}-{i[2:8]}-{i[8]}",
        i[-4:] and f"{i[:2]} {i[2:8]} {i[8]}",
        f"{i[:2]} {i[2:5]} {i[5:8]} {i[8]}",
    ):
        yield "NINO", form, "number"
    year, serial = p.pnc.split("/")
    bare = serial.lstrip("0")
    for form in (
        p.pnc,
        f"{year[2:]}/{bare}",
        f"{year[2:]}/{serial}",
        f"{year}/{bare}",
        f"{year}{serial}",
        f"{year} {serial}",
        p.pnc.lower(),
        f"{year[2:]}-{bare}",
        f"{year[2:]} {bare}",
        f"{year[2:]}/{bare[:-1]} {bare[-1]}",
    ):
        yield "PNC", form, "number"
    for form in (p.cro, p.cro.lower(), p.cro.replace("/", " "), p.cro.replace("/", "-"), f"{p.cro[:-1]} {p.cro[-1]}"):
        yield "CRO", form, "number"
    v = p.plate.replace(" ", "")
    for form in (
        p.plate,
        v,
        v.lower(),
        p.plate.lower(),
        f"{v[:4]}-{v[4:]}",
        f"{v[:2]} {v[2:4]} {v[4:]}",
        f"{v[:4]}\n{v[4:]}",
        " ".join(v),
        f"{v[:4]}.{v[4:]}",
    ):
        yield "plate", form, "number"
    for family, value in {"UPRN": p.uprn, "UPN": p.upn}.items():
        for form in (
            value,
            value.lower(),
            f"{value[:4]} {value[4:8]} {value[8:]}",
            f"{family}{value}",
            f"{value[:6]}-{value[6:]}",
        ):
            yield family, form, "number"
    for family, value in {
        "hospital number": p.hospital,
        "CRN": p.crn,
        "NOMS": p.noms,
        "tenancy": p.tenancy,
        "case": p.case,
    }.items():
        parts = re.split(r"[/]", value)
        for form in {
            value,
            value.lower(),
            *(glue.join(parts) for glue in ("-", " ", "", ".", "_", " / ")),
            f"#{value}",
            f"({value})",
        }:
            yield f"reference: {family}", form, "number"
    for form in (f"PC {p.collar}", f"collar {p.collar}", p.collar, f"pc{p.collar}", f"#{p.collar}"):
        yield "collar", form, f"after {p.collar}"


def births(p: Person) -> Spelt:
    year, month, day = p.born
    word, yy = MONTHS[month - 1], f"{year % 100:02}"
    ordinal = f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
    forms = (
        [f"{day:02}{s}{month:02}{s}{year}" for s in "/.- \\"]
        + [f"{day}{s}{month}{s}{yy}" for s in "/.-"]
        + [f"{day:02}{month:02}{year}", f"{day:02}{month:02}{yy}"]
    )
    forms += [
        p.dob,
        p.dob.replace("-", "/"),
        p.dob.replace("-", ""),
        p.dob.replace("-", "."),
        f"{day:02} / {month:02} / {year}",
        f"{day}/{month}/{year}",
        f"{day:02} {month:02} {yy}",
    ]
    forms += [f"{day} {word} {year}", f"{ordinal} {word} {year}", f"{ordinal} of {word} {year}", f"{day}-{word[:3]}-{year}", f"{day} {word[:3]} {yy}", f"{day}{word[:3].upper()}{year}", f"{day} {word[:3]} '{yy}",
              f"{word} {day}, {year}", f"{word} {ordinal} {year}", f"{word[:3]} {day} {year}", f"{word} the {ordinal} {year}", f"{ordinal} {word[:3].lower()} {yy}", f"{day}.{word[:3]}.{yy}", f"{day} {word}, {year}",
              f"{ordinal} of {word} {yy}", f"{day:02}{word[:3]}{yy}", f"{ordinal} day of {word} {year}", f"{word.upper()} {day} {year}", f"{day}/{word[:3]}/{year}", f"{ordinal} of {word}, {year}",
              f"{year} {word[:3]} {day:02}", f"{year}-{word[:3]}-{day:02}"]  # fmt: skip
    if day > 12:
        forms += [f"{month}/{day}/{year}", f"{month:02}-{day:02}-{yy}"]
    for form in forms:
        yield "date of birth", form, "birth"


def mails(p: Person) -> Spelt:
    local, _, host = p.email.partition("@")
    for form in (p.email, p.email.upper(), f"{local} at {host}", f"{local}(at){host}", f"{local} [at] example [dot] com", f"{local} at example dot com", f"{local} @ {host}", f"mailto:{p.email}", f"<{p.email}>",
                 f"{local}@gmail.com", f"{local}@"):  # fmt: skip
        yield "e-mail", form, f"after {local}"
    for form in (local, f"@{local}", local.upper(), f"snap: {local}", f"insta {local}_"):
        yield "e-mail, local part", form, f"after {local}"
