"""Notes made by the thousand for speed and for breadth of names: given and family names written by hand for measuring, of
31 origins, in sentences of nine agencies, with misspellings, capitals and small letters sown in.
"""

from __future__ import annotations

import random

from tests.evaluation.names import read_names
from tests.evaluation.notes import Case, marked
from tests.evaluation.own_people import names_of, nhs_number

AT_HOME = ("British", "Irish", "Welsh", "Jamaican")
"""Origins that half of the notes are of."""
SENTENCES = {
    "police": [
        "At approx 2145hrs officers attended {A} following a report of a verbal argument between {S} and {T}.",
        "{S} (dob {D}) was found in the garden, intoxicated and shouting at passers by.",
        "Caller {T} states {S} has been banging on the front door and making threats since this morning.",
        "PC {O} spoke to {T}, who did not wish to provide a statement at this time.",
        "A silver Focus {V} was seen leaving at speed towards the retail park.",
        "Area searched, no trace. CCTV from the petrol station has been requested.",
    ],
    "housing": [
        "I visited {A} today and spoke with the tenant, {S}, about the state of the communal hallway.",
        "{T} next door says the dog barks from early morning until the family come home.",
        "Arrears letter returned from {A}, {P}. Contact number given as {F}.",
        "The surveyor found damp in the back bedroom and has ordered a new extractor fan.",
        "{S} asked whether her sister {T} can be added to the tenancy; advised of the procedure.",
    ],
    "ed": [
        "{S} brought in by ambulance with chest pain, NHS {N}, obs stable on arrival.",
        "pt accompanied by {T} who can be reached on {G}.",
        "Seen by Dr {O}, bloods sent, ECG normal sinus rhythm, for observation overnight.",
        "Wound cleaned and closed with six sutures, tetanus given, to see the practice nurse.",
    ],
    "probation": [
        "{S} attended his appointment on time and engaged well with the session.",
        "He has moved in with his partner {T} at {B}; a home visit will be made before approval.",
        "He recognised that alcohol played a part in the offence and agreed to a referral.",
        "I will discuss the case with {O} at supervision and review the risk assessment.",
    ],
    "school": [
        "{S} told the class teacher that {T} had shouted at her mother again at the weekend.",
        "She was quiet during the morning and did not want to go out to play.",
        "Spoke to mum on {F}, who said that {T} no longer lives at the address.",
        "Shared with the designated lead and logged; {O} will speak to the health visitor.",
    ],
    "asb": [
        "Music until 3am again from {B}, third night running, children could not sleep.",
        "{T} was out on the street with a group of lads on nuisance bikes.",
        "Reported by {S}, {E}, who asks that the neighbours are not told.",
        "Diary sheets sent, officer will call back within five working days.",
    ],
}  # fmt: skip
STREETS = "Alder Birchfield Copley Denholme Elmwood Fairhaven Glebe Hazelmere Ivydale Kestrel Larkfield Moorside Netherby Oakdale Pinfold".split()
SUFFIXES = "Road Street Close Avenue Drive Lane Way Gardens Terrace Crescent".split()
MONTHS = "January February March April May June July August September October November December".split()


def generate(count: int, seed: int, length: int = 330) -> list[Case]:
    """`count` cases of at least `length` characters, the same for one seed."""
    dice = random.Random(seed)
    return [_one(dice, length) for _ in range(count)]


def _one(dice: random.Random, length: int) -> Case:
    origins = list(read_names())
    origin = dice.choice(AT_HOME if dice.random() < 0.5 else origins)
    given, family = (dice.choice(n) for n in names_of(origin))
    year, month, day = dice.randint(1945, 2012), dice.randint(1, 12), dice.randint(1, 28)
    street = f"{dice.choice(STREETS)} {dice.choice(SUFFIXES)}"
    record = {
        "subject_forename": given, "subject_surname": family, "dob": f"{year}-{month:02}-{day:02}",
        "addr1": f"{dice.randint(1, 199)} {street}", "postcode": _postcode(dice), "mobile": f"07700 900{dice.randint(0, 999):03}",
        "nhs_number": nhs_number(dice), "email": f"{_ascii(given)}.{_ascii(family)}{dice.randint(1, 99)}@example.com",
    }  # fmt: skip
    agency = dice.choice(list(SENTENCES))
    text = ""
    while len(text) < length:
        sentence = dice.choice(SENTENCES[agency])
        for slot in "ASTODVPFNGBE":
            while "{" + slot + "}" in sentence:
                sentence = sentence.replace("{" + slot + "}", _slot(dice, slot, record, origin, (year, month, day)), 1)
        text += sentence + " "
    return marked(agency, origin, record, text.strip())


def _ascii(word: str) -> str:
    return "".join(c for c in word.lower() if c.isascii() and c.isalpha()) or "x"


def _spelt(dice: random.Random, name: str) -> str:
    roll = dice.random()
    if roll < 0.1:
        return name.upper()
    if roll < 0.18:
        return name.lower()
    if roll < 0.25 and len(name) > 5:
        at = dice.randrange(2, len(name) - 2)
        return (
            name[:at] + name[at + 1] + name[at] + name[at + 2 :]
            if name[at].isalpha() and name[at + 1].isalpha()
            else name
        )
    return name


def _slot(dice: random.Random, slot: str, record: dict[str, str], origin: str, born: tuple[int, int, int]) -> str:
    year, month, day = born
    given, family = record["subject_forename"], record["subject_surname"]
    other, others = (dice.choice(n) for n in names_of(origin))
    spaced = record["mobile"]
    nhs = record["nhs_number"]
    if slot == "D":
        forms = [f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year % 100:02}", f"{day} {MONTHS[month - 1]} {year}"]
        return "{DOB|" + dice.choice(forms) + "}"
    made = {
        "S": ("PERSON", _spelt(dice, dice.choice([f"{given} {family}", f"{given} {family}", family, given]))),
        "T": ("PERSON", _spelt(dice, dice.choice([f"{other} {others}", f"{other} {others}", other]))),
        "O": ("OFFICER", others), "A": ("ADDRESS", record["addr1"]),
        "B": ("ADDRESS", f"{dice.randint(1, 250)} {dice.choice(STREETS)} {dice.choice(SUFFIXES)}"),
        "P": ("POSTCODE", dice.choice([record["postcode"], record["postcode"].replace(" ", "").lower()])),
        "F": ("PHONE", dice.choice([spaced, spaced.replace(" ", ""), "+44 " + spaced[1:]])),
        "G": ("PHONE", f"01632 960{dice.randint(0, 999):03}"), "E": ("EMAIL", record["email"]),
        "N": ("NHS", dice.choice([nhs, f"{nhs[:3]} {nhs[3:6]} {nhs[6:]}"])),
        "V": ("VEHICLE", f"{dice.choice('ABCDEFGKLMN')}{dice.choice('ABCDEFGKLM')}{dice.choice(['12', '19', '66', '71'])} {''.join(dice.choices('ABCDEFGHJKLMNOPRSTUVWXYZ', k=3))}"),
    }  # fmt: skip
    kind, value = made[slot]
    return "{" + f"{kind}|{value}" + "}"


def _postcode(dice: random.Random) -> str:
    return f"{dice.choice(['M', 'LS', 'B', 'NE', 'CF', 'E', 'SW'])}{dice.randint(1, 20)} {dice.randint(1, 9)}{''.join(dice.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"
