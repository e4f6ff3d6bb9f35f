"""People of made-up records, and the shapes in which agencies' systems give them: flat, nested, in lists, abbreviated."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.evaluation.names import FILES, read_names

STREETS = "Alder Birchfield Copley Denholme Elmwood Fairhaven Glebe Hazelmere Ivydale Kestrel Larkfield Moorside Netherby Oakdale Pinfold Station Church Mill Park Queens St_John's Long".split()
SUFFIXES = "Road Street Close Avenue Drive Lane Way Gardens Terrace Crescent Court Place Grove Square".split()
HOUSES = "Rose_Cottage The_Old_Forge Fellside Larch_House Hill_Farm Sandholme The_Willows Beech_Lodge".split()
TOWNS = "Northmoor Harwick Saltby Wendle".split()
ROLES = "victim suspect complainant tenant patient caller officer parent mother witness carer next_of_kin pupil offender neighbour client".split()
SHORT_ROLES = {"victim": "vic", "suspect": "susp", "complainant": "comp", "tenant": "ten", "patient": "pt", "next_of_kin": "nok",
               "witness": "wit", "officer": "off", "offender": "offdr", "caller": "clr"}  # fmt: skip
CHECKS = "ZABCDEFGHJKLMNPQRTUVWXY"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a record is about. `home` is number and street; `house` a dwelling's name where it has no number."""

    role: str
    first: str
    middle: str
    last: str
    maiden: str
    known_as: str
    born: tuple[int, int, int]
    flat: str
    number: str
    street: str
    house: str
    town: str
    postcode: str
    phone: str
    email: str
    nhs: str
    nino: str
    pnc: str
    cro: str
    plate: str
    uprn: str
    upn: str
    hospital: str
    crn: str
    noms: str
    tenancy: str
    case: str
    collar: str

    @property
    def line(self) -> str:
        """The first line of the address: `Flat 3, 14 Alder Road`."""
        return self.house or (f"Flat {self.flat}, " if self.flat else "") + f"{self.number} {self.street}"

    @property
    def dob(self) -> str:
        return "{}-{:02}-{:02}".format(*self.born)


def make_person(dice: random.Random, role: str, origin: str) -> Person:
    """Somebody with names of an origin; the same for one state of `dice`."""
    given, family = names_of(origin)
    first, middle = dice.sample(given, 2)
    last, maiden = dice.sample(family, 2)
    if dice.random() < 0.15:
        last = f"{last}-{dice.choice(family)}"
    letters = "ABCDEFGHJKLMNPRSTUVWXY"
    plate = f"{''.join(dice.choices(letters, k=2))}{dice.choice(['12', '19', '66', '71'])} {''.join(dice.choices(letters, k=3))}"
    year, serial = dice.randint(1975, 2019), dice.randint(1000, 999999)
    street = dice.choice(STREETS).replace("_", " ") + " " + dice.choice(SUFFIXES)
    plain = "".join(c for c in (first[0] + last).lower() if c.isascii() and c.isalpha())
    return Person(
        role, first, middle, last, maiden, dice.choice(["Dodge", "Smiffy", "Tich", "Big Daz", "Scouse"]),
        (dice.randint(1940, 2012), dice.randint(1, 12), dice.randint(1, 28)),
        dice.choice(["", "", "3", "12B"]), dice.choice([str(dice.randint(2, 250)), f"{dice.randint(2, 99)}{dice.choice('AB')}"]),
        street, dice.choice(HOUSES).replace("_", " ") if dice.random() < 0.2 else "", dice.choice(TOWNS),
        f"{dice.choice(['M', 'LS', 'B', 'NE', 'CF', 'E', 'SW'])}{dice.randint(1, 20)} {dice.randint(1, 9)}{''.join(dice.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}",
        dice.choice([f"07700 900{dice.randint(0, 999):03}", f"01632 960{dice.randint(0, 999):03}", f"+447700900{dice.randint(0, 999):03}"]),
        f"{plain}{dice.randint(1, 99)}@example.com", nhs_number(dice),
        f"{dice.choice(['AB', 'JK', 'PW', 'SR'])}{dice.randint(100000, 999999)}{dice.choice('ABCD')}",
        f"{year}/{serial:07}{CHECKS[(year % 100 * 10**7 + serial) % 23]}",
        f"{serial}/{year % 100:02}{CHECKS[(year % 100 * 10**6 + serial) % 23]}",
        plate, str(dice.randint(100000000000, 199999999999)), f"{dice.choice('ABCDEFG')}{dice.randint(10**11, 10**12 - 1)}",
        f"{dice.choice(['RX', 'H', 'MRN'])}{dice.randint(100000, 999999)}", f"{dice.choice('ABXE')}{dice.randint(100000, 999999)}",
        f"A{dice.randint(1000, 9999)}{''.join(dice.choices('ACEFKRTVWX', k=2))}", f"TEN/{dice.randint(10000, 99999)}/{dice.randint(1, 9):02}",
        f"{dice.choice(['NM', 'HW', 'CAS'])}/{dice.randint(10000, 999999)}/{dice.randint(19, 26)}", f"{dice.randint(1000, 9999)}",
    )  # fmt: skip


@cache
def names_of(origin: str) -> tuple[list[str], list[str]]:
    """Given and family names of an origin."""
    both = [read_names(file)[origin] for _, file in FILES]
    return [n for given, _ in both for n in given], [n for _, family in both for n in family]


def nhs_number(dice: random.Random) -> str:
    """Ten digits that pass modulus 11, in the range kept for tests."""
    while True:
        stem = "999" + "".join(dice.choices("0123456789", k=6))
        check = 11 - sum(int(d) * w for d, w in zip(stem, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return stem + str(check % 11)


Fields = dict[str, Any]
WRITTEN = {
    "plain": ("forename", "middle_name", "surname", "maiden_name", "known_as", "dob", "addr1", "town", "postcode", "phone", "email", "nhs_number", "nino", "pnc_id",
              "cro_number", "vrm", "uprn", "upn", "hospital_number", "crn", "noms_id", "tenancy_ref", "case_ref", "collar_number"),
    "long": ("first_name", "middle_names", "last_name", "previous_surname", "preferred_name", "date_of_birth", "address_line_1", "post_town", "post_code", "telephone_number",
             "email_address", "nhs_no", "national_insurance_number", "pnc_number", "cro_no", "vehicle_registration", "property_uprn", "unique_pupil_number", "hosp_no",
             "case_reference_number", "prison_number", "tenancy_reference", "incident_ref", "shoulder_no"),
    "short": ("fnm", "mid_nm", "snm", "maiden", "aka", "d.o.b", "addr_ln1", "addr_ln3", "pcode", "tel_no", "email_addr", "nhsNumber", "ni_no", "pnc", "cro", "veh_reg", "uprn",
              "upn", "hosp_no", "crn", "noms", "ten_ref", "ref", "collar"),
    "system": ("given", "other_given", "family", "nee", "alias", "birth_dt", "add_1", "add_3", "pc", "mob", "e-mail", "nhs", "nat_ins", "pncid", "crono", "reg_no", "uprn_no", "upn_no",
               "mrn", "delius_crn", "noms_no", "tenancy_id", "urn", "oic_collar"),
}  # fmt: skip
STYLES: dict[str, Callable[[str], str]] = {
    "snake": lambda k: k,
    "camel": lambda k: "".join(w if not i else w.capitalize() for i, w in enumerate(k.replace(".", "").split("_"))),
    "pascal": lambda k: "".join(w.capitalize() for w in k.replace(".", "").split("_")),
    "spaced": lambda k: k.replace("_", " ").title(),
    "shouted": str.upper,
    "kebab": lambda k: k.replace("_", "-"),
    "joined": lambda k: k.replace("_", "").replace(".", ""),
}
"""How a system writes the name of a field."""


def values_of(person: Person) -> tuple[str, ...]:
    """In the order of `WRITTEN`."""
    return (person.first, person.middle, person.last, person.maiden, person.known_as, person.dob, person.line, person.town, person.postcode, person.phone,
            person.email, person.nhs, person.nino, person.pnc, person.cro, person.plate, person.uprn, person.upn, person.hospital, person.crn, person.noms,
            person.tenancy, person.case, person.collar)  # fmt: skip


def flat(person: Person, words: str, style: str, *, short: bool = False) -> Fields:
    """`{"victim_surname": …}` in a system's words and style."""
    role = SHORT_ROLES.get(person.role, person.role) if short else person.role
    return {STYLES[style](f"{role}_{k}"): v for k, v in zip(WRITTEN[words], values_of(person), strict=True)}


def nested(person: Person, words: str, style: str) -> Fields:
    """`{"victim": {"surname": …}}`."""
    return {person.role: {STYLES[style](k): v for k, v in zip(WRITTEN[words], values_of(person), strict=True)}}


def one_field(person: Person, form: str) -> Fields:
    """Names and address joined in one field each; the rest as `plain`."""
    made = {
        "normal": f"{person.first} {person.middle} {person.last}", "titled": f"Mr {person.first} {person.middle} {person.last}",
        "turned": f"{person.last.upper()}, {person.first} {person.middle}",
        "titled after": f"{person.last}, {person.first} {person.middle} (Mrs)", "spaced": f"{person.last.upper()} {person.first} {person.middle}",
    }  # fmt: skip
    rest = dict(zip(WRITTEN["plain"], values_of(person), strict=True))
    for name in ("forename", "middle_name", "surname", "addr1", "town", "postcode"):
        del rest[name]
    rest["name"] = made[form] + f" nee {person.maiden}"
    rest["address"] = f"{person.line}, {person.town}, {person.postcode}"
    return {f"{person.role}_{k}": v for k, v in rest.items()}


def listed(people: list[Person]) -> Fields:
    """`{"people": [{"role": …, "name": {…}}]}`."""
    return {"people": [{"role": p.role, "person_id": i, "name": {"first": p.first, "middle": p.middle, "last": p.last, "title": "Mr"},
                        **dict(zip(WRITTEN["plain"][3:], values_of(p)[3:], strict=True))} for i, p in enumerate(people)]}  # fmt: skip


def as_resource(person: Person) -> Fields:
    """As health systems exchange patients: lists of names, telecoms and identifiers."""
    systems = {"nhs-number": person.nhs, "local-mrn": person.hospital, "nino": person.nino, "pnc": person.pnc, "cro": person.cro, "uprn": person.uprn, "upn": person.upn,
               "crn": person.crn, "noms": person.noms, "tenancy": person.tenancy, "case": person.case, "vrm": person.plate, "collar": person.collar}  # fmt: skip
    return {
        "resourceType": "Patient",
        "name": [{"use": "official", "family": person.last, "given": [person.first, person.middle]},
                 {"use": "maiden", "family": person.maiden}, {"use": "nickname", "text": person.known_as}],
        "birthDate": person.dob, "gender": "female",
        "telecom": [{"system": "phone", "value": person.phone, "use": "mobile"}, {"system": "email", "value": person.email}],
        "address": [{"line": [person.line], "city": person.town, "postalCode": person.postcode}],
        "identifier": [{"system": f"https://example.org/Id/{k}", "value": v} for k, v in systems.items()],
    }  # fmt: skip


def make_record(dice: random.Random, people: list[Person]) -> tuple[str, Fields]:
    """(shape, record) of people, in one of the shapes."""
    shape = dice.choice(["flat", "flat", "flat short", "nested", "one field", "listed", "resource"])
    words, style = dice.choice(list(WRITTEN)), dice.choice(list(STYLES))
    record: Fields = {"event_type": "Assault", "status": "Open", "occurred": "2026-03-04T21:15", "priority": 2}
    if shape == "listed":
        return shape, record | listed(people)
    if shape == "resource":
        return shape, record | as_resource(people[0]) | {"contact": [as_resource(p) for p in people[1:]]}
    form = dice.choice(["normal", "titled", "turned", "titled after", "spaced"])
    for person in people:
        if shape == "one field":
            record |= one_field(person, form)
        elif shape == "nested":
            record |= nested(person, words, style)
        else:
            record |= flat(person, words, style, short=shape == "flat short")
    return f"{shape} {form if shape == 'one field' else words + ' ' + style}", record
