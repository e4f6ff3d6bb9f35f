"""Names that are words, and words that look like names: what grammar, company and capitals say of each, row by row."""

from __future__ import annotations

import pycrfsuite
import pytest

from hub.adapters.tagger import SHIPPED, CrfTagger, features
from hub.adapters.wordstock import load_engine
from hub.depersonalise.engine import redact_notes
from hub.depersonalise.reading import Note, clean


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("spoke with will at the flat, mark had a knife", "spoke with [PERSON 1] at the flat, [PERSON 2] had a knife"),
        ("his will was read and he will attend in may", "his will was read and he will attend in may"),
        ("mark and will young were seen by the shop", "[PERSON 1] and [PERSON 2] were seen by the shop"),
        ("her sister may is away, she says art from no 4 did it", "her sister [PERSON 1] is away, she says [PERSON 2] from no [ADDRESS 1] did it"),
        ("male seen, pom is kez", "male seen, pom is [PERSON 1]"),
        ("seen under dr faroe for her chest", "seen under dr [PERSON 1] for her chest"),
        ("Spoke to Mrs Law and Dr House about the law of the house.", "Spoke to Mrs [PERSON 1] and Dr [PERSON 2] about the law of the house."),
        ("The gate was open and Big Tel was stood there with a bat.", "The gate was open and [PERSON 1] was stood there with a bat."),
        ("Rob from Age UK visits on Fridays.", "[PERSON 1] from Age UK visits on Fridays."),
        ("He slept at Moggy's and lost his keys there.", "He slept at [PERSON 1]'s and lost his keys there."),
        ("She lodges with Yip Sze Man in the city.", "She lodges with [PERSON 1] in the city."),
        ("PS MARCH AND PC FORD ARRESTED A MALE AT THE SCENE", "PS [OFFICER 1] AND PC [OFFICER 2] ARRESTED A MALE AT THE SCENE"),
        ("DAUGHTER IQRA LOCKED IN BATHROOM AND MOTHER OUTSIDE", "DAUGHTER [PERSON 1] LOCKED IN BATHROOM AND MOTHER OUTSIDE"),
        ("KNIFE SEIZED AND SUSPECT ARRESTED AT THE SCENE", "KNIFE SEIZED AND SUSPECT ARRESTED AT THE SCENE"),
        ("She had a swollen L zygoma and prefers to stay near St Cuthbert's.", "She had a swollen L zygoma and prefers to stay near St Cuthbert's."),
        ("Sutured by ENP Lindiwe, then he'd like to go home.", "Sutured by ENP [PERSON 1], then he'd like to go home."),
        ("rang 01632 960 456. Alcohol taken", "rang [PHONE 1]. Alcohol taken"),
        ("VEH AB12 CDE LEAVE TOWARDS THE PARK", "VEH [VEHICLE 1] LEAVE TOWARDS THE PARK"),
        ("DETAINED 0455 DRINK DRIVE AT THE SCENE", "DETAINED 0455 DRINK DRIVE AT THE SCENE"),
        ("lives at 48 Clarence Road, top flat", "lives at [ADDRESS 1]"),
        ("seen on 15/10 - Rita rang the police about it", "seen on 15/10 - [PERSON 1] rang the police about it"),
        ("OFFICERS 4402 AND 3917 ON SCENE", "OFFICERS [OFFICER 1] AND [OFFICER 2] ON SCENE"),
        ("brought in by armed officers 2251 by road", "brought in by armed officers 2251 by road"),
        ("posted by bikelife_bails on the page", "posted by [ONLINE NAME 1] on the page"),
        ("took codeine 600mg/d on the A38", "took codeine 600mg/d on the A38"),
        ("her father, a widower, Mr Darko, 92, fell", "her father, a widower, Mr [PERSON 1], [AGE 1], fell"),
    ],
)  # fmt: skip
def test_what_is_a_name_and_what_is_none(note: str, left: str) -> None:
    assert redact_notes(load_engine(), [note], [None])[0].text == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("the one they call grip is back on the estate", "the one they call [PERSON 1] is back on the estate"),
        ("male aka smudge made off, street name is lefty", "male aka [PERSON 1] made off, street name is [PERSON 2]"),
        ("he goes by bus and is known as a risk to staff", "he goes by bus and is known as a risk to staff"),
        ("He calls himself Prophet and has their dog Tyson with him.", "He calls himself [PERSON 1] and has their dog [PERSON 2] with him."),
        ("The lurcher, Blue, is thin. Biscuit the dog bit him.", "The lurcher, [PERSON 1], is thin. [PERSON 2] the dog bit him."),
        ("PRESENT: JAN, CLIFF AND MO. ROOM BOOKED TILL FOUR.", "PRESENT: [PERSON 1], [PERSON 2] AND [PERSON 3]. ROOM BOOKED TILL FOUR."),
        ("The rota was left. - Mags, nights.", "The rota was left. - [PERSON 1], nights."),
        ("Ember's brother River in Y5 nodded.", "[PERSON 1]'s brother [PERSON 2] in Y5 nodded."),
        ("Defne misses Can, her brother, placed in Essex.", "[PERSON 1] misses [PERSON 2], her brother, placed in Essex."),
        ("Oreoluwa pushed him. Ore has a black eye.", "[PERSON 1] pushed him. [PERSON 2] has a black eye."),
        ("SON MARK MAY IN SPAIN, WIFE JUNE COPING BUT TIRED", "SON [PERSON 1] IN SPAIN, WIFE [PERSON 2] COPING BUT TIRED"),
        ("i met pearl in the park and she is scared of storm", "i met [PERSON 1] in the park and she is scared of [PERSON 2]"),
        ("asked storm if the bus was late, asked permission to go", "asked [PERSON 1] if the bus was late, asked permission to go"),
        ("Chip Green was arrested. Bail refused. Speed was a factor.", "[PERSON 1] was arrested. Bail refused. Speed was a factor."),
        ("entry refused, access denied and the plan agreed", "entry refused, access denied and the plan agreed"),
        ("her sister yogini attended with man fai zhou", "her sister [PERSON 1] attended with [PERSON 2]"),
        ("Husband Jun-Jun was told.", "Husband [PERSON 1] was told."),
    ],
)  # fmt: skip
def test_what_announces_a_name_and_where_only_one_can_stand(note: str, left: str) -> None:
    assert redact_notes(load_engine(), [note], [None])[0].text == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("She has begun taking Pickle round the block again.", "She has begun taking [PERSON 1] round the block again."),
        ("He was smoking in Reception when the Sabbath began.", "He was smoking in Reception when the Sabbath began."),
        ("Aidan Xavier Moran was in. AX has the money, FM told.", "[PERSON 1] was in. [PERSON 2] has the money, FM told."),
        ("Known as \"KJ\" on the estate. KJ was not seen.", "Known as \"[PERSON 1]\" on the estate. [PERSON 1] was not seen."),
        ("The GP rang and the NHS number was wrong.", "The GP rang and the NHS number was wrong."),
        ("will ring her back after six. jb", "will ring her back after six. [PERSON 1]"),
        ("Statement read over and countersigned K.L.", "Statement read over and countersigned [PERSON 1]."),
        ("Supervisor Keith D says she is a good worker.", "Supervisor [PERSON 1] says she is a good worker."),
        ("Bed 2 Nasir B, Bed 3 vacant.", "Bed 2 [PERSON 1], Bed 3 vacant."),
        ("Hepatitis B and vitamin D were discussed.", "Hepatitis B and vitamin D were discussed."),
        ("Named tenant Ana do Carmo Teixeira was out.", "Named tenant [PERSON 1] was out."),
        ("Leon to bring him on Friday. Police to attend.", "[PERSON 1] to bring him on Friday. Police to attend."),
        ("HE IS AT HIS UNCLE'S (IFAN TOP FIELD) TODAY", "HE IS AT HIS UNCLE'S ([PERSON 1]) TODAY"),
        ("The guinea pig Nutmeg was rehomed.", "The guinea pig [PERSON 1] was rehomed."),
        ("mum fern working nights. seen by r. pascoe", "mum [PERSON 1] working nights. seen by [PERSON 2]"),
        ("Mail bola.adeyemi@example.org. Bola heard him shout.", "Mail [EMAIL 1]. [PERSON 1] heard him shout."),
        ("spoke with hung vuong, son denied it", "spoke with [PERSON 1], [PERSON 2] denied it"),
        ("statement from ember sharif. keyworker kirit lad, asked ember to stay", "statement from [PERSON 1]. keyworker [PERSON 2], asked [PERSON 1] to stay"),
        ("spoke with karen hobbs, son denied it", "spoke with [PERSON 1], son denied it"),
    ],
)  # fmt: skip
def test_names_that_only_their_form_gives_away(note: str, left: str) -> None:
    assert redact_notes(load_engine(), [note], [None])[0].text == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("caller Ruth Adu, flat 2. she rang twice. precious v upset about it. ref sent to Ed.",
         "caller [PERSON 1], [ADDRESS 1]. she rang twice. [PERSON 2] upset about it. ref sent to [PERSON 3]."),
        ("Caller was upset. She rang twice. It was precious to her.", "Caller was upset. She rang twice. It was precious to her."),
    ],
)  # fmt: skip
def test_who_begins_sentences_without_a_capital_may_write_names_so(note: str, left: str) -> None:
    assert redact_notes(load_engine(), [note], [None])[0].text == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("Lives Wisteria, Church Walk and works at the bakery.", "Lives [ADDRESS 1] and works at the bakery."),
        ("found in a flat over the Ladbrokes on Soho Rd", "found in [ADDRESS 1]"),
        ("she lives in Church Walk and he lives in Leeds", "she lives in Church Walk and he lives in Leeds"),
        ("keeps him in caravan no 8, Fen End Farm", "keeps him in [ADDRESS 1]"),
        ("Unit 4 Gladstone Works was searched", "[ADDRESS 1] was searched"),
        ("drops it at the house with the blue door on Elswick Rd", "drops it at [ADDRESS 1]"),
        ("mr snow at 3 says he will cut it", "mr [PERSON 1] at [ADDRESS 1] says he will cut it"),
        ("E-scooter fire, 2nd floor rear, 61 Coldharbour Lane.", "E-scooter fire, [ADDRESS 1]."),
        ("He stays in the mobile home at Carr's Yard now.", "He stays in [ADDRESS 1] now."),
    ],
)  # fmt: skip
def test_homes_without_a_number_go_and_streets_stay(note: str, left: str) -> None:
    assert redact_notes(load_engine(), [note], [None])[0].text == left


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("Bins out again. brown (dob given) was there in a brown coat.", "Bins out again. [PERSON 1] (dob given) was there in a brown coat."),
        ("Obs stable. brown brought in by ambulance.", "Obs stable. [PERSON 1] brought in by ambulance."),
        ("Seen at two. brown paint was on the step.", "Seen at two. brown paint was on the step."),
    ],
)  # fmt: skip
def test_the_records_own_name_in_small_letters_goes_where_somebody_acts(note: str, left: str) -> None:
    assert redact_notes(load_engine(), [note], [{"surname": "Brown"}])[0].text == left


@pytest.mark.parametrize("note", ["will rang kath hill re the bins, she was out", "KATH. MARK, NO", "x y z"])
def test_the_field_is_asked_as_its_trainer_asks_it(note: str) -> None:
    """Two labels, a few sums a word: the marginals are those that CRFsuite itself gives."""
    theirs = pycrfsuite.Tagger()
    theirs.open(str(SHIPPED))
    read = Note(clean(note), load_engine().lexicon)
    theirs.set(features(read))
    mine = CrfTagger(SHIPPED).chances(read)
    assert mine == pytest.approx([theirs.marginal("P", i) for i in range(len(mine))], abs=1e-4)
