"""Homes in all the ways in which people write them, and what looks like one and stays. Rows: the note, what is left."""

from __future__ import annotations

import pytest

from hub.adapters.wordstock import load_engine
from hub.depersonalise.engine import redact_notes

A = "[ADDRESS 1]"


def left_of(note: str) -> str:
    return redact_notes(load_engine(), [note], [None])[0].text


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("Found at Birch House, 9 Farrier Close at 0915 today.", f"Found at {A} at 0915 today."),
        ("Post to The Gatehouse, 14B Priory Road please.", f"Post to {A} please."),
        ("Lived at Lifeboat Cottage No. 2, The Quay for years.", f"Lived at {A} for years."),
        ("seen leaving rose villa, 6 north parade at 7pm with a bag", f"seen leaving {A} at 7pm with a bag"),
        ("lives at 2F1, 31 Marchmont Road third buzzer", f"lives at {A} third buzzer"),
        ("Address: Flat 0/1, 12 Kelso Street. Tenant in.", f"Address: {A}. Tenant in."),
        ("With her children at plot 3, Orchard Lea caravan site.", f"With her children at {A}."),
        ("Gave Plot 22, Willow Lane site as his address.", f"Gave {A} as his address."),
        ("works from garage at rear of 18 Burton Rd, sells bikes", f"works from {A}, sells bikes"),
        ("seen at Room 14, Block C, Priory Halls.", f"seen at {A}."),
        ("at my late mother's bungalow, 40 Links Avenue.", f"at {A}."),
        ("smoke alarms fitted 22 & 24 Weavers Row.", f"smoke alarms fitted {A}."),
        ("LOC REAR OF 61 PERTH ST, MALE ON ROOF", f"LOC {A}, MALE ON ROOF"),
        ("Home is 15 (3F2) Dalkeith Road, no lift.", f"Home is {A}, no lift."),
        ("Mother is at Beech Lodge refuge, room 2. Do not disclose.", f"Mother is at {A}. Do not disclose."),
        ("Barn alight at Top Hafod Farm, nr Llangurig.", f"Barn alight at {A}."),
        ("Re Flat 2 Corn Mill House: leak from above.", f"Re {A}: leak from above."),
        ("Their van is pitch 31 at Golden Gate Holiday Park.", f"Their van is {A}."),
        ("visits Bracken Cottage on Fell Lane daily", f"visits {A} daily"),
        ("delivering to Meadow Bank, 3 Croft Lane at the time", f"delivering to {A} at the time"),
        ("CHIMNEY FIRE SPRINGFIELD, CHURCH RD ONE HOSE REEL USED", f"CHIMNEY FIRE {A} ONE HOSE REEL USED"),
        ("She fled to the annexe at 8 Mallow Way.", f"She fled to {A}."),
        ("Re the YMCA: Flat 6, The Sorting Office, Bridge St ended.", f"Re the YMCA: {A} ended."),
    ],
)
def test_an_address_goes_whole(note: str, left: str) -> None:
    assert left_of(note) == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("He sleeps in the annexe at Copper Beeches now.", f"He sleeps in {A} now."),
        ("the neighbour at the Old Bakehouse rang", f"the neighbour at {A} rang"),
        ("he was seen at the Old Crown with her", "he was seen at the Old Crown with her"),
        ("They live at the flat over the Jade Garden on Hessle Road.", f"They live at {A}."),
        ("He rents a bedsit above the bookies, 22b Station Road.", f"He rents {A}."),
        ("down at the last cottage on Shore Road before the harbour.", f"down at {A}."),
        ("grow in end terrace next door to the old Woolworths, Market St.", f"grow in {A}."),
        ("She keeps to the white cottage by the ford in Mill Lane.", f"She keeps to {A}."),
        ("meeting at his narrowboat, Daisy May, Kings Lock moorings.", f"meeting at {A}."),
        ("They live on the houseboat Kittiwake at Pin Mill all year.", f"They live on {A} all year."),
        ("deals out of the house with the broken shutters on Nelson Street", f"deals out of {A}"),
        ("He lives in the converted chapel on Top Lane now.", f"He lives in {A} now."),
        ("on the third floor of Beaumont Point with no lift", f"on {A} with no lift"),
        ("the third floor of the building was dark", "the third floor of the building was dark"),
        ("She met him at the house on Mill Lane.", "She met him at the house on Mill Lane."),
        ("The boat was stolen from the marina; the flat below is noisy.", "The boat was stolen from the marina; the flat below is noisy."),
    ],
)  # fmt: skip
def test_a_home_described_goes_and_a_street_stays(note: str, left: str) -> None:
    assert left_of(note) == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("CALLER: forty two Ashgrove Lane, hurry please", f"CALLER: {A}, hurry please"),
        ("CALLER: seven B Carlton Rise, ring the top bell", f"CALLER: {A}, ring the top bell"),
        ("CALLER: NINETEEN HARBOUR VIEW THE FRONT ROOM IS ON FIRE", f"CALLER: {A} THE FRONT ROOM IS ON FIRE"),
        ("caller: number nine, station cottages near the pub", f"caller: number {A} near the pub"),
        ("CALLER: a hundred and twelve Norwood Road please", f"CALLER: {A} please"),
        ("CALLER: four-two-seven Romford Road above the barbers", f"CALLER: {A} above the barbers"),
        (
            "CALLER: Number twenty seven on the big estate. Please hurry.",
            f"CALLER: Number {A} on the big estate. Please hurry.",
        ),
        ("Twenty five people at the meeting on Park Road.", "Twenty five people at the meeting on Park Road."),
        ("seen on Seven Sisters Road, a one way street", "seen on Seven Sisters Road, a one way street"),
    ],
)
def test_an_address_said_in_words(note: str, left: str) -> None:
    assert left_of(note) == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("The complainant of 7 Ffordd Las says the dog barks.", f"The complainant of {A} says the dog barks."),
        ("Called at 12 Stryd y Ffynnon, no answer.", f"Called at {A}, no answer."),
        ("a complaint about 7 Park an Gwarry.", f"a complaint about {A}."),
        ("lives 41 Sutton Ridings. hearing aids in drawer. wants visit tues", f"lives {A}. hearing aids in drawer. wants visit tues"),
        ("KEYS TO 12 LOWER BARN GARTH, ALARM SET, GAS OFF", f"KEYS TO {A}, ALARM SET, GAS OFF"),
        ("the block, Peabody Buildings no 14, she knows", f"the block, {A}, she knows"),
        ("Noise from Plas Coch, 4 Lon Hir every weekend.", f"Noise from {A} every weekend."),
        ("The farm, Blaen-y-Cwm, has dogs loose.", f"The farm, {A}, has dogs loose."),
        ("Mrs Petrie of The Gables has rung.", "Mrs [PERSON 1] of [ADDRESS 1] has rung."),
        ("The Beeches School and The Elms surgery were told.", "The Beeches School and The Elms surgery were told."),
        ("lives at the old school house, chapel street with her dad and dogs", f"lives at {A} with her dad and dogs"),
        ("Alarm at Ardnacraig, Shore Rd again.", f"Alarm at {A} again."),
        ("Delivery for Longacre, nr Ottery.", f"Delivery for {A}."),
        ("A neighbour at An Cala, Main Street rang.", f"A neighbour at {A} rang."),
        ("PT FROM SYCAMORE LODGE, FELL IN BATHROOM, GCS 15", f"PT FROM {A}, FELL IN BATHROOM, GCS 15"),
        ("Cattle out at Bottom o' th' Hill Farm again.", f"Cattle out at {A} again."),
        ("died in the library of Marsham Abbey, near Godalming.", f"died in the library of {A}."),
        ("HE LIVES 40 HOURS AWAY, VISITED 2 OTHER PATIENTS", "HE LIVES 40 HOURS AWAY, VISITED 2 OTHER PATIENTS"),
        ("The school at Mill Lane was shut. Ward 6, bay 3.", "The school at Mill Lane was shut. Ward 6, bay 3."),
    ],
)  # fmt: skip
def test_streets_of_rare_kinds_and_houses_with_names(note: str, left: str) -> None:
    assert left_of(note) == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("Went across to 16, no reply.", f"Went across to {A}, no reply."),
        ("Went up to 28 days without it.", "Went up to 28 days without it."),
        ("the neighbour at 2F3 heard a bang", f"the neighbour at {A} heard a bang"),
        ("found with a tag for rm 5 over kebab shop", f"found with a tag for {A}"),
        ("She says the noise from 38 has been worse.", f"She says the noise from {A} has been worse."),
        ("fence between 18 and 20 is down", f"fence between {A} is down"),
        ("she wants the hedge of no 9 cut back", f"she wants the hedge of no {A} cut back"),
        (
            "54's dog was out and the car is parked o/s 31 again",
            "[ADDRESS 1]'s dog was out and the car is parked o/s [ADDRESS 2] again",
        ),
        ("post for 45A went to 45B.", "post for [ADDRESS 1] went to [ADDRESS 2]."),
        ("in his 20's, outside 9 to 5, from 14 residents", "in his 20's, outside 9 to 5, from 14 residents"),
        ("no reply from flats 4, 5 and 9", f"no reply from {A}"),
        ("no answer at 8, 10 or 12", f"no answer at {A}"),
        ("music from 10 until 12, party at 9", "music from 10 until 12, party at 9"),
        ("between 9 and 5, item no 4, then bus no 7", "between 9 and 5, item no 4, then bus no 7"),
    ],
)
def test_a_bare_door_goes_and_a_time_stays(note: str, left: str) -> None:
    assert left_of(note) == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("Seen with Ms Ode at 5 heol y felin. Dr Prasad knows.", "Seen with Ms [PERSON 1] at [ADDRESS 1]. Dr [PERSON 2] knows."),
        ("Ms Ode visited FLAT 2, 14 WIDE BARGATE today.", "Ms [PERSON 1] visited [ADDRESS 1] today."),
        ("Ms Ode lives at flat 22b tolburn house with Mr Pugh.", "Ms [PERSON 1] lives at [ADDRESS 1] with Mr [PERSON 2]."),
        ("Ms Ode is at the nook, chapel lane until Easter.", "Ms [PERSON 1] is at [ADDRESS 1] until Easter."),
        ("Ms Ode took 2 paracetamol at 4 different times.", "Ms [PERSON 1] took 2 paracetamol at 4 different times."),
    ],
)  # fmt: skip
def test_an_address_in_another_case_than_its_note(note: str, left: str) -> None:
    assert left_of(note) == left
