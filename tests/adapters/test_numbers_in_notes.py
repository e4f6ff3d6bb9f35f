"""Numbers, codes and handles: which are masked, and which tell the time, the dose or the road and stay, row by row.

In each row braces stand around what must go; every other word with a digit must stay.
"""

from __future__ import annotations

import re

import pytest

from hub.adapters.wordstock import load_engine
from hub.depersonalise.checks import AREAS
from hub.depersonalise.engine import redact_notes

GOES = re.compile(r"\{([^}]*)\}")
NUMBERED = re.compile(r"[^\W_]*\d[^\W_]*")


def check(row: str) -> None:
    """Redact a row without its braces, and compare what is masked with what they said."""
    note, goes, at = "", [], 0
    for found in GOES.finditer(row):
        note += row[at : found.start()]
        goes.append((len(note), len(note) + len(found[1])))
        note += found[1]
        at = found.end()
    note += row[at:]
    masked = {i for s in redact_notes(load_engine(), [note], [{}])[0].spans for i in range(s.start, s.end)}
    for start, end in goes:
        assert all(i in masked for i in range(start, end) if note[i].isalnum()), f"{note[start:end]} was left"
    for found in NUMBERED.finditer(note):
        if not any(start <= found.start() < end for start, end in goes):
            assert not masked.intersection(range(*found.span())), f"{found[0]} was masked"


@pytest.mark.parametrize(
    "row",
    [
        "1904 {6612} TO ATTEND. 1911 {6612} ON SCENE",
        "17:02 {4418} AND {2207} ON SCENE 17:09 STATE 6",
        "footage seized by {K327}. potassium k327 no",
        "0115 {3391} - MALE GONE ON ARRIVAL, NFA",
        "Passed to the night shift. {2188}",
        "it was upgraded to cat 2 by clin {771}",
        "handed to btp {6191} at 0310",
        "authorised by A/PS {2754} at 0310",
        "seen by Para {60517}, then HCP {0418} in the ward",
        "Tech {4402} and Firefighter {619} on scene",
        "officers {4402}, {3917} and {2250} attended",
        "handed to {5520}/{4471} at 0200hrs",
        "pc's {2231} and {3312} searched the car",
        "log closed by {0417} at 0310",
        "the crew, under [{5521}], resumed",
        "Will try again tmrw. ({2217})",
        "{BX21} DEPLOYED, {W14} attended, {KL03} to attend",
        "EMAS crew {3318} on scene 2214, hosp 2312",
        "SIA badge {0098 7741 2213 4410} shown",
    ],
)
def test_staff_numbers_go_with_or_without_a_rank(row: str) -> None:
    check(row)


@pytest.mark.parametrize(
    "row",
    [
        "0229 female screaming. 0235 door opened. 0240 two males left",
        "BP 198/110, HR 134, trop 45 -> 112, CK 4200, temp 38.9, sats 94 on air",
        "he owes 2113 in arrears, paid £5521 and 18,400 in all",
        "1200 plants, 450 wraps, 2500 miles and 750 ml of vodka, 250 mg and 20 ml",
        "on the A627(M), the M62 and the B6047 by the 118 bus",
        "in 2019 and 1987, between 2200 and 0300, then 0900-1700",
        "held under s136, then section 47 and S23 MDA; rang 999 and 101",
        "he is 5ft10, GCS 15, E4V4M6, G2P1 16/40, codeine 600mg/d",
        "took the 118 bus to town at 10 to 4, page 94 of 200",
        "van on the M6 at junction 14, car in lane 2 doing 90 mph on the A580",
        "white male, 5ft 10, black coat, red 3 stripe, size 12, age 34",
        "red car at 1905 with 2 males. CAR 2 UP, 3 MALES",
        "drives a Fiat 500 and a Peugeot 208, a Ford Focus 1.6 from 2012",
        "Aspirin 300, Sertraline 100, naloxone 400mcg given B12 5mg and 200 ml",
        "Triage: G3P1, BHCG 1240, obs 118/72 HR 92 sats 99, bed 14",
        "UC is 368.74 pcm, rent 612.33 and £1,182.40 of 2,500",
        "18:30-19:15, 1830-1915, 24/7, 2023/24, 2019-20, 2/52 and 20/40",
        "scored 18/27, 61.4%, wt 82.4kg, 1 x 45mm jet, 3.4km",
        "crisis line text log 22:41 them: its me again",
    ],
)
def test_times_doses_sums_roads_and_counts_stay(row: str) -> None:
    check(row)


@pytest.mark.parametrize(
    "note",
    [
        "court on the second of march, the third time in may",
        "he paid ninety quid and was ninety per cent sure",
        "in nineteen ninety four the team moved",
        "two or three men, one with four cans, in A & E",
        "then she went home.she said no.then left",
        "the signal was lost, the line busy, his account closed, the handle broken",
        "see the report.pdf, i.e. that of 9.30 a.m. today",
    ],
)
def test_words_that_look_like_numbers_and_handles_stay(note: str) -> None:
    assert redact_notes(load_engine(), [note], [{}])[0].text == note


@pytest.mark.parametrize(
    "row",
    [
        "log {318 of 21 May} refers",
        "CAD {1182 of 4 June 2024}",
        "see log {88 of 3rd} for this",
        "crime no {23*90114}. no answer",
        "{EMAS-23-881930} 80F",
        "job no {WMA 117 330 04} given",
        "the case {SEN:4471:22} is open",
        "URN {06 AB 4471 24}",
        "log {0447} 0211 female screaming",
        "mrn {31 772 118} came off a bike",
        "hospital number {H 044 719}",
        "the code for the gate is {1812}",
        "blue badge no {7 44 91 22}",
        "oyster {0614 8830 9940} in pocket",
        "meter serial {22 K 118 330}",
        "firearm certificate {45/F-0091827}",
        "exhibit {JKH/1} and {KP/22}",
        "knife seized as {RJT/3}",
        "exhibited as {TRB01}",
        "paid into {40-11-60} there",
        "a/c {7122 0991} used",
        "MMSI {235 044 718}, 2 POB, tasked 1412",
        "RSPCA inc {00118204}, insp {338} attended, 14 dogs, 2 dead",
        "BTP {118204 of 14/6}, 0714hrs, seat 22",
        "case {CB-118-204}, total 2529.50, rent 112.40",
        "EMIS {44718}, BP 142/88, HbA1c 61, amlodipine 10, metformin 500 bd",
        "YJMIS {118204}, ISS 25 hrs/wk, ext. {447}",
        "{PS-20240614-1182}, shoulder no {F0447}",
        "cert of posting {ZW 0447 1182 4GB}, signed for",
        "lat {53.381} lon {-1.470}, alt 120m",
        "he was upgraded by {208} at 1412",
        "log {0447} of today, someone is on the way",
        "{1187-161025} GRADE P1",
        "your reference is {SX-1283 of 9 June}",
        "ref {GRB ASB 20519} is open",
        "{ASB 24-814} rev 14 days",
        "tracking {JD00 0447 1182 0091}",
        "Bank: {20 45 77} / {4471 8820} (Mrs K)",
        "CRN {X 118827}, cell 14",
        "old IMEI {3569 3803 5644 809}",
        "card {4929} **** **** {4471} seen",
        "lock combo {4-4-7-1}",
        "UC claim under {RJ 25 89 15 X}.",
        "new lock key no {0759}",
    ],
)
def test_announced_numbers_go_in_any_grouping(row: str) -> None:
    check(row)


@pytest.mark.parametrize(
    "row",
    [
        "outside in a silver {B 214 VKC} now",
        "seen in {J 77214} (jersey plate) outside",
        "a red Corsa, {ABZ 1234}, on the drive",
        "driving {KUI 8821} towards Newry",
        "diplomatic plate {123 D 456}",
        "white transit on trade plates {118 AC}",
        "german plates {B-AB 1234}",
        "black merc with plate {M AB 1234}",
        "{AB 123 CD} Renault Clio",
        "spanish plate {1234 BCD}",
        "red focus {12 KK 1234}",
        "the car, {YK 07} or {YK 57} something",
        "THE MALE IS IN A VAN {CJ 12 PBX} NOW",
        "lives {M 14 5RT}",
        "oakes drives {bk90hzt} on false plates",
        "the van was {GX15.LUE} I think",
        "the partial {LN20} was seen",
    ],
)
def test_plates_go_in_any_shape_beside_a_vehicle(row: str) -> None:
    check(row)


@pytest.mark.parametrize("area", sorted(AREAS - {"zz"}))
def test_a_postcode_goes_behind_a_comma_in_every_area(area: str) -> None:
    upper = area.upper()
    check(f"at 7 Bullfinch Walk, {{{upper}24 9XK}}. Named tenant".replace("7 ", "", 1))
    check(f"moved to {{{upper}3 4LM}} last week, {{{area}7 1qd}} before that")
    check(f"AT {{{upper}2 6MV}}, MALE DETAINED, {{{upper}33CV}} SEARCHED")


@pytest.mark.parametrize(
    "row",
    [
        "birthday {fourth of june two thousand and one}",
        "op: and postcode? caller: {m nine nine, one zed zed} op: thanks",
        "DOB IS THE {TWENTY SECOND OF NOVEMBER SEVENTY SIX}",
        "date of birth {oh five oh three ninety one}",
        "born on {third of May 1982} there",
        "born {3rd of May eighty two}",
        "she is {ninety-four} and well",
        "her {ninetieth} birthday, his {ninety-third} year, her {98th} b'day",
        "born on the {3rd of the 4th, 1971}",
        "collar {two two one seven} said so",
        "plate ends {lima oscar golf}",
        "yob {1971}, her sister was born in {1988}",
        "DOB {112/83} on the form",
        "Leo Hart, {3.4.18}, seen. Teddy ({14.02.23}) well",
        "mum is {a hundred and two} next week",
        "his wife, {93} (born {11.2.31}), sat by",
        "{F94} fall, was almost {98} and turns {100} on Friday",
        "on {seven seven hundred nine hundred one two three}",
        "key code is {two two double seven}",
        "reg {golf foxtrot six six romeo oscar hotel}",
        "thats {W-A-L-S-H} he said",
        "surname {D FOR DOG A FOR APPLE Y FOR YELLOW}",
        "tel {07/700 900 943} or {07700_900_124}",
        "tel {0 1 6 3 2 9 6 0 2 2 1}",
    ],
)
def test_numbers_said_in_words_go(row: str) -> None:
    check(row)


@pytest.mark.parametrize(
    "row",
    [
        "on {insta.example.com/rob_barber}. he",
        "messages sent from {pear.viola} in which",
        "discord {shadow#4471} again",
        "on {youtu.be/dQw4w9} today",
        "his page {kelz.tumblr.com}",
        "write to {zorb@gmail} or {zorb at hotmail}",
        "then {dave88} keeps ringing",
        "gamertag {Void Reaper99} keeps on",
        'fb account "{Kev\'s Motors}" sells them',
        "an account snapchat: {liv.x.goss} has pictures",
        "add me on snap: {kay-tee.x03} he said",
        "messaged via Vinted, seller {lou-lou88}",
        "onlyfans.com/{missk}, cashapp {$misskx}",
        "discord user {Zed#0447}, xbox live tag '{MrSniperz}'",
        "email: {k at yahoo} or {lee.k2@northmoor}",
        "logs in as {klee04} daily",
    ],
)
def test_names_online_go(row: str) -> None:
    check(row)
