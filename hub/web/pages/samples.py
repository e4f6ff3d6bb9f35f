"""Made-up notes of several agencies, each with its made-up record, to show what redaction does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A note and its record. Everybody in it is made up; numbers are of ranges kept for drama and tests."""

    agency: str
    record: dict[str, str]
    text: str


SAMPLES = (
    Sample(
        "Police", {"victim_forename": "Perpetua", "victim_surname": "O'Quillfeather", "victim_dob": "1988-03-04",
                   "victim_phone": "07700 900123", "suspect_surname": "Hill", "suspect_forename": "Will"},
        "IP Perpetua O'Quillfeather (dob 4/3/88) states that her ex WILL HILL came to 14 Tanglewood Street at 02:15 and"
        " kicked the door. Tel 07700900123. Seen by neighbour Mrs Adeyinka. PC 4411 attended. Will attend again Tuesday.",
    ),
    Sample(
        "Emergency department", {"patient_name": "Dafydd Tregellas", "nhs_number": "999 001 2343"},
        "Pt Dafydd T., NHS 999 001 2343, assaulted outside the Railway Inn on Soho Road by two men, glass bottle, head"
        " injury. Mother Ferelith Tregellas informed on 01632 960 456. Alcohol: yes. Police informed: no.",
    ),
    Sample(
        "Housing", {"tenant_forename": "Katherine", "tenant_surname": "Blenkinsopp", "addr1": "Flat 3, 27 Harbinger Road"},
        "kath blenkinsopp rang again re noise from flat 4 above, says it is a lad called Tadhg and his mates, every night"
        " since may. wants visit. email kath.b88@example.com",
    ),
    Sample(
        "Fire and rescue", {"caller_name": "Gurmeet Dhaliwal", "caller_phone": "+44 7700 900456"},
        "BIN FIRE REAR OF SHOPS ON ELDERFLOWER CLOSE. CALLER GURMEET DHALIWAL SAW VRM AB12 CDE LEAVE TOWARDS THE PARK."
        " ONE PUMP, OUT ON ARRIVAL.",
    ),
    Sample(
        "Youth justice", {"young_person": "Zbyszko Wieczorkowski", "pnc": "2002/0073319Z"},
        "YP Zbyszko (PNC 02/73319Z) did not attend with his worker Eluned on 12 October. Father Mr Wieczorkowski says he"
        " stays with a friend, Kwabena, near the high street.",
    ),
)  # fmt: skip
