"""Is this an ordinary word of a note? A short English list, with the jargon of police, housing and health logs.

Two layers ask: the record-aware search never takes an ordinary word for a misspelt name, and strict mode masks
capitalised words that are not in here. Short on purpose: a word list for the best engine is loaded elsewhere.
"""

from __future__ import annotations

from functools import lru_cache

FUNCTION_WORDS = frozenset(
    "a an and any are as at be but by can do for get had has he her him his if in is it its let man may me my new no not"
    " now of off old on one or our out own per say see she so the they to too two up us was way we who why will you".split()
)
"""Words so common that, as a name, they count only when capitalised or beside another part of the name."""

_STEMS = frozenset(
    """
    able abandon about above absent abuse accept access accident accommodate accompany accord account accuse acknowledge
    across act action active activity actual add address adjacent adjourn admission admit adult advance advice advise
    affect after afternoon afterwards again against age agency aggravate aggressive aggrieve ago agree agreement ahead
    aim air alarm alcohol alert alight alike alive all allegation allege alley alleyway allocate allow almost alone along
    alongside already also although always ambulance amend among amount anger angry animal animosity annoy annual another
    answer anti antisocial anxiety anxious any anybody anyone anything apart apologise apology apparent appear appliance
    application apply appoint appointment appropriate approx approximate area arch argue argument arm army around arrange
    arrangement arrears arrest arrival arrive arson article ashtray aside ask asleep assault assess assessment assist
    associate assume attach attack attempt attend attendance attention attic attitude authority available avenue average
    avoid await awake aware away awkward baby back background bag bail balcony ball band bandage bang bank bar bare bark
    barrier base basement basic bat bath bathroom battery bay beach bear beat because become bed bedroom beer before
    beforehand began begin behalf behave behaviour behind believe bell belong below belt bench bend beneath benefit
    beside best better between beyond bicycle big bike bill bin bird birthday bite black blade blame blanket bleach bleed
    blind block blood bloody blow blown blue blunt board boat body boil boiler bolt bonfire book boot border boss both
    bother bottle bottom bought bound boundary bowl box boy boyfriend bracelet branch brand break breakfast breath breathe
    brick bridge brief bright bring broke broken brother brought brown bruise brush bucket budget buggy build building
    bulb bump bunch bundle burglar burglary burn bus bush business busy button buy bypass bystander cab cabin cabinet cable
    cafe calf call calm came camera camp can cancel candle cannabis canal cannot capacity car caravan card cardboard care
    careful careless carer caretaker carpet carriage carry cart case cash castle cat catch caught cause caution ceiling
    cell central centre certain chain chair challenge chance change charge charity chase chat cheap check cheek cheese
    chest chicken child childminder children childcare chill chip choke choose chop church cigarette circle circumstance
    city civil claim class clean clear clerk client climb clinic clip clock close closure cloth clothes clothing club
    coach coat cocaine code coffee coin cold collar collect college colour come comfort comment commit common communal
    communicate community companion company compare compensate complain complainant complaint complete comply compose
    computer concern conclude concrete condition conduct confirm conflict confront confuse connect conscious consent
    consider consume contact contain content continue contract contractor control conversation convict cook cooker cool
    cooperate cope copy corner correct corridor corrosive cost cotton cough could council counsel count counter country
    couple courage course court courtyard cousin cover crack crash crate crawl crazy cream create credit cricket crime
    criminal crisis critical cross crowbar crowd crown cruel crush cry cuckoo cupboard curb cure currency current curse
    curtain custody customer cut cycle cyclist dad daily damage damp dance danger dangerous dark date daughter dawn day
    daytime dead deaf deal dealer dealt dear death debate debris debt decide decision deck declare decline decrease deep
    defecate defend deliberate deliver delivery demand dementia demolish demonstrate dent dentist deny depart department
    deposit depress depression descend describe description desk despite destroy detach detail detain detect detective
    deteriorate determine develop device diabetes diabetic diagnose diary did die differ different difficult difficulty
    dig dignity dining dinner direct direction dirt dirty disability disable disagree disappear disc discharge discipline
    disclose disclosure discount discover discuss discussion disease disguise dish dismiss disorder display dispose
    dispute disrupt distance distinctive distract distraught distress district disturb disturbance dive divert divorce
    dizzy doctor document dog domestic done door doorbell doorstep double doubt down downstairs drag drain draw drawer
    dreadful dress drew drill drink drive driven driver driveway drop drove drug drum drunk drunken dry due dump duration
    during dust duty dwell dwelling each ear early earn ease east easter easy eat edge educate effect effort egg eight
    either elbow elder elderly electric electricity electrician else elsewhere email embarrass emergency emotion
    emotional empty encourage end enforce engage engine enough enquire enquiry ensure enter entire entrance entry
    environment equip equipment erratic escalate escape escort especially essential establish estate estimate evening
    event eventually ever every everyone everything evict eviction evidence exact examine example except excess excessive
    exchange excite exclude excuse exercise exhaust exist exit expect expense explain explore explosion express extend
    extension extensive extent extra extreme eye eyebrow eyewitness face facial facility fact fail failure faint fair fall
    false family fan far farm fast fat father fault fear feature fed feed feel feet fell felt female fence ferry few field
    fierce fifteen fifth fifty fight figure file fill filth filthy final financial find fine finger finish fire firearm
    firework firm first fish fist fit five fix flame flash flat flatmate flee fled fling flood floor flow flower fluid fly
    foam focus fog fold follow food fool foot footage football footpath footprint footwear forbid force forced forecourt
    forehead foreign forensic forest forget forgot fork form former fort forth forty forward fought foul found fountain
    four fourth fox fracture frame fraud free freedom freeze frequent fresh fridge friend friendly fright frighten from
    front frost frozen frustrate fuel full fumes fun fund funeral fur furious furniture further future gain game gang gap
    garage garden gas gate gather gave general gentle gentleman get gift girl girlfriend give given glad glass glove glue
    goal gold gone good goods got grab grade graffiti grandchild granddaughter grandfather grandmother grandparent
    grandson grass grate gravel gray great green greet grew grey grievance grip grocery ground group grow growth grudge
    guard guess guest guide guilt guilty gum gun guy habit hair half hall hallway hammer hand handbag handcuff handle hang
    happen happy harass harassment hard hardly harm harsh hate have head headache headlight health hear heard hearing
    heart heat heater heavy hedge heel height held hello helmet help hence heroin herself hid hidden hide high highway
    himself hinge hire history hit hoard hob hold hole holiday home homeless homophobic honest hood hooded hoodie hook hope
    horn horrible horse hospital host hostel hostile hot hotel hour house household housing how however huge human humiliate
    hung hunger hungry hunt hurl hurry hurt husband hygiene hysterical ice idea identify idle ignite ignore ill illegal
    illness image imagine immediate immigrant impact imply important impossible impression improve inappropriate incident
    include income increase indecent indeed independent index indicate individual infant inform informant information
    injunction injure injury inn inner innocent inquiry inside insist inspect inspection instead instruct insult insurance
    insure intend intent intention interest interfere intermittent interpret interpreter interrupt intervene interview
    intimate intimidate into intoxicate intoxicated intruder invalid investigate investigation invite involve iron isolate
    issue item itself jacket jail jaw jealous jealousy jeans jewel jewellery job join joint joke journey judge judgement
    juice jump junction jury just juvenile keen keep kept kerb kettle key keyring keys kick kid kill kind kiss kit kitchen
    knee knew knife knock know known lad ladder lady laid lamp land landing landlady landlord landmark lane language laptop
    large laser last late later laugh laughter launch law lawful lawn lawyer lay layer lead leaflet leak learn lease
    leasehold least leather leave lecture led ledge left leg legal leisure length lenient less let letter letterbox level
    liable liaise liaison library licence lid life lift light lighter like likely limb limit limp line link lip liquid
    liquor list listen litter little live lobby local locate location lock locker lodge lodger loft long look loose lorry
    lose loss lost lot loud lounge love low lower loyal luck luggage lump lunch lung lurk machete machine mad made maggot
    magistrate mail main maintain maintenance major make male man manage management manager manner manual many map march
    mark market marriage married mask mass match mate material matter mattress mature maximum meal mean meant meanwhile
    measure meat mediate mediation medical medication medicine meet meeting melt member memory men mental mention menu mess
    message messy met metal meter method microwave mid middle midnight might mild mile milk mind mine minor minute mirror
    misbehave miss missing mistake mix mobile mobility model moment money monitor month moped more morning most mostly
    mother motion motive motor motorbike motorcycle motorist motorway mouth move much mud mug multiple mum murder music must
    mute naked name nappy narrow nasty nation nature near nearby nearly neat necessary neck necklace need needle neglect
    negotiate neighbour neighbourhood neighbouring neither nephew nerve nervous net never new news newspaper next nice
    niece night nightclub nil nine nobody nod noise noisy none noon nor normal north nose note nothing notice notify
    nuisance numb number numerous nurse nursery object oblige obscene observe obstruct obtain obvious occasion occupant
    occupier occupy occur odour offence offend offender offensive offer office officer officer often oil okay old once ongoing
    online only onto open operate opinion oppose opposite option oral orange order ordinary organise origin original other
    otherwise ought outburst outcome outdoor outer output outreach outside outstanding oven over overdose overdue overgrown
    overhear overnight owe own owner pack package paid pain paint pair pale palm pane panel panic pants paper parade
    paramedic parcel parent park parka part partial participate particular partner party pass passage passenger passer past
    patch path patient patrol pattern pause pavement pay payment peace pedestrian peer pen penalty pension pensioner people
    pepper per perceive percent perhaps period permanent permission permit perpetrator persist person personal persuade
    pest pet petrol pharmacy phone photo photograph physical piano pick picture piece pigeon pile pill pillow pin pint pipe
    pistol pit pitch place plain plan plant plaster plastic plate platform play player playground please pleasant plenty
    plumber pocket point poison poke pole police polite politics pool poor popular porch portable pose position possess
    possession possible post postal postman pot potential pound pour power practice pram pray precaution prefer pregnant
    premises prepare prescribe prescription presence present press pressure pretend pretty prevent previous price pride
    priest primary print prior priority prison private prize probable probably probation problem procedure proceed process
    procession produce professional profile profit program progress prohibit project promise promote prompt proof proper
    property propose prosecute prosecution prostitute protect protection protest prove provide provocation provoke pub
    public pull pump punch punish pupil purchase purple purpose purse pursue push put puzzle qualify quality quantity
    quarrel quarter queen query question queue quick quiet quit quite quote race racial racism racist radiator radio rag
    rage rail railing railway rain raise ram ramp ran random rang range rank rape rapid rare rash rat rate rather rattle
    raw reach react reaction read ready real realise really rear reason reassure recall receipt receive recent reception
    receptionist reckless recklessly recognise recommend record recover recovery recycle red reduce refer reference referral
    reflect refrain refuge refund refuse regard regarding regards region register registration regret regular reinforce
    reject relate relation relationship relative relax release relevant reliable relief relieve reluctant rely remain
    remark remember remind remove rent rental repair repay repeat repeatedly replace reply report represent request require
    rescue resemble reside residence resident residential resist resolve resource respect respond response responsible rest
    restaurant restrain restrict result retail retain retaliate retire return reveal revenge reverse review revisit revoke
    reward rib rice rid ride rider right ring riot rip rise risk river road roadside roar rob robbery rock rod rode role
    roll roof room rope rota rotten rough round roundabout route routine row rub rubbish rucksack rude ruin rule rumour run
    runaway rush sack sad safe safeguard safeguarding safety said sale saliva salt same sample sanction sandwich sat
    satisfy save saw say scaffold scald scale scar scare scarf scene schedule scheme school scissors scooter scratch scream
    screen screw screwdriver search season seat second secondary secret secretary section secure security see seek seem
    seen seize seizure self sell send senior sense sent sentence separate sequence serial series serious servant serve
    service session set settle seven seventh several severe sew sewage sex sexual shake shame shape share sharp shatter
    shave shed sheet shelf shell shelter shift shine ship shirt shock shoe shook shop shopkeeper shoplift shopper shopping
    shore short shortage shorts shot should shoulder shout shove show shower shown shut shutter sibling sick side sight
    sign signal silence silent silly silver similar simple since sing single sink siren sister sit site situation six size
    sketch skin skip skirt sky slam slap slash sleep slept slice slide slight slim slip slit slow slump slur small smash
    smear smell smile smoke smoker smoking smooth snap snatch sneak sniff snow soap sober social society sock sofa soft
    soil sold soldier solicitor solid solve some somebody somehow someone something sometimes somewhat somewhere son song
    soon sore sorry sort sought sound source south space spade span spanner spare spark speak speaker special speech speed
    spell spend spent spill spin spit spite splash split spoke spoken spoon sport spot sprain spray spread spring squad
    square squat squeeze stab staff stage stain stair staircase stairs stairwell stale stalk stall stamp stand stare start
    state statement station statue stay steady steal steam steel steep stem step stepfather stepmother stereo stick stiff
    still stink stir stock stole stolen stomach stone stood stop storage store storey storm story straight strain strange
    stranger strap stray stream street strength stress stretch strike string strip strong struck structure struggle student
    study stuff stumble style subject submit substance substantial suburb succeed success such sudden suffer sufficient
    sugar suggest suicidal suicide suit suitable suitcase sum summer summon summons supermarket supervise supper supply
    support suppose sure surface surgery surprise surrender surround suspect suspicion suspicious sustain swab swallow
    swap swear swelling swell swept swerve swing switch swollen swore sworn symptom syringe system table tablet tackle tail
    take taken talk tall tank tap tape target taser task taste tattoo taunt tax taxi tea teach teacher team tear tease
    teenage teenager teeth telephone television tell temper temperature temporary ten tenancy tenant tend tender tense tent
    term terrace terrible terrify terrified territory test text thank theft theme then there therefore these thick thief
    thigh thin thing think third thirty thorough thoroughfare though thought thousand threat threaten three threw throat
    through throughout throw thrown thumb ticket tidy tie tight till time tin tiny tip tired tissue title today toe together
    toilet told tomorrow tone tongue tonight took tool tooth top torch tore torn toss total touch tour toward towards towel
    tower town toy trace track tracksuit trade traffic trail trailer train trainer training tram transfer translate
    transport trap trash trauma travel tray treat treatment tree trespass trial trick tried trigger trip trolley trouble
    trousers truck true trust truth try tube tug turn tutor twelve twenty twice twin twist type typical tyre ugly umbrella
    unable unacceptable unaware uncle unconscious under underage underneath understand understood unfit uniform union unit
    university unkempt unknown unless unlikely unlock unpaid unpleasant unsafe unsteady until unusual unwell unwilling
    upload upon upper upset upstairs upward urge urgent urinate urine use useful usual vacant vacate valid valuable value
    van vandal vandalise vandalism various vary vehicle verbal verbally verify verse version very vet via vicinity victim
    video view village violence violent virus visible vision visit visitor vital voice volume volunteer vomit vote
    vulnerable wage wait waiting wake walk wall wallet wander want war ward warden wardrobe warm warn warning warrant wary
    wash waste watch water wave way weak weapon wear weather wedding week weekday weekend weekly weep weight welcome
    welfare well went were west wet what whatever wheel wheelchair when whenever where whereabouts whether which while
    whilst whisper whistle white whole whom whose wide widow wife wild willing win wind window wine wing winter wipe wire
    wish with withdraw withdrawn within without witness woke woman women wood word wore work worker workman workplace world
    worn worry worse worsen worst worth would wound wrap wreck wrist write written wrong wrote yard yeah year yell yellow
    yesterday yet yob young youngster youth zero zone
    alcoholic ambo anonymous apprehended attendee aggrv bailiff bystanders cctv chav complainants crackhead deceased
    dealing discriminated drugged enq evidential evicted fireworks flytip flytipping hatchet homeowner housemate hoodies
    hostels ineffective intel keyholder knives kicking loiter loitering misper misuse moody mobiles motorbikes naloxone
    neighbours nominal nonfatal nuisances officers outpatient overheard pavements perp persistent pets playing pooled
    premise quad rec regs reoffend repeats residents rowdy safeguard scuffle sharps shoplifter shouting slamming smelling
    squatter stalking streetlight substances suspects swearing sworn tagging tenants threats underpass unattended unsecured
    vape verballing wheelie witnessed youths
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december spring summer autumn winter christmas
    mr mrs ms miss dr pc dc ps pcso sgt insp supt dci acc ip ap susp poss inft sts veh reg vrm pnc nhs nino dob crn asb nfa
    mo cctv hrs ref tel uk gp uc cmht camhs marac mappa mash iom hmo rsl abh gbh twoc rtc rtw tbc tba cad oic niche osu
    nok wit wits comp agg hsg wc ed
    north south east west road street close avenue drive lane way gardens terrace court place crescent grove hill park mews
    walk row rd st ave house flat floor block
    """.split()
)  # fmt: skip

_ENDINGS = ("s", "es", "d", "ed", "ing", "er", "ers", "ly", "r", "al", "ally", "ment", "ful", "less", "y", "n")


@lru_cache(maxsize=65_536)
def is_ordinary(word: str) -> bool:
    """Is this folded word (lower case, no accents) in the list, itself or as an inflection of a listed word?"""
    if word in _STEMS or word in FUNCTION_WORDS:
        return True
    for ending in _ENDINGS:
        if not word.endswith(ending):
            continue
        stem = word[: -len(ending)]
        if len(stem) < 3 or (ending == "y" and stem[-1] == "e"):  # `tracey` is no adjective of `trace`
            continue
        if stem in _STEMS or (ending[0] in "aeiy" and (stem + "e" in _STEMS or stem + "y" in _STEMS)):
            return True
        doubled = stem[-1] == stem[-2] and stem[:-1] in _STEMS and ending in ("ed", "ing", "er", "ers")
        if doubled or (ending in ("es", "ed") and stem.endswith("i") and stem[:-1] + "y" in _STEMS):
            return True
    return False
