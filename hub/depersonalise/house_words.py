"""Which words tell of a home in Britain, its kind, its place and what it stands beside? Closed classes that rules share."""

from __future__ import annotations

from hub.depersonalise import lexicon as lx
from hub.depersonalise.lexicon import word_set

HOMES = word_set(
    "flat flats apartment apartments apt bedsit bedsits maisonette house hse houses bungalow cottage studio room rooms annexe annex"
    " shed garage garages lockup caravan trailer terrace terraced semi farmhouse barn shack chalet squat lodge vicarage rectory"
    " outbuilding outhouse summerhouse portakabin container digs cabin dwelling property home place tent yurt cellar loft attic"
    " basement conversion stable stables penthouse static van camper campervan motorhome hostel hmo up"
)
"""Where somebody lives or sleeps; `up` of a lock-up."""
SURE_HOMES = HOMES - {
    "van",
    "home",
    "place",
    "property",
    "room",
    "rooms",
    "up",
    "basement",
    "terrace",
    "container",
    "loft",
}
ADJECTIVES = word_set(
    "last first second third end corner big little small tiny large old new white red green blue yellow black brown grey pink"
    " purple orange top ground upper lower basement rear front back attic garden middle next furthest far only other semi mid"
    " terraced terrace detached council rented private empty derelict abandoned converted boarded burnt stone brick thatched"
    " pebbledashed whitewashed tall single double one two three four bed bedroomed bedroom floor storey self contained lock"
    " static mobile disused left right hand tumbledown bsmt basmt upstairs downstairs ex former"
)
PLACED = word_set(
    "last first second third end corner big little white red green blue yellow black brown grey pink purple orange only only"
    " thatched derelict abandoned boarded burnt pebbledashed whitewashed furthest tall stone"
)
"""Adjectives that tell one home of a street from the others."""
DETERMINERS = word_set("the a an his her their my our this that some your")
WHERE = word_set(
    "above over below behind beside opposite opp next rear back near nr facing beneath under underneath beyond past before"
    " adjoining adjacent side end top bottom corner off between alongside along by"
)
WHERE_GLUE = word_set(
    "at to the of on in and a an from door doors two three left right hand round around down parked far it's"
)
CONNECTORS = word_set("y yr an na nan ar of the o th a' ap in on by upon under le la de")
"""Small words inside a name: `Heol y Felin`, `Top o' th' Fold Farm`, `Park an Gwarry`."""
CELTIC = word_set("y yr an na nan ar ap o th")
HOUSE_NAMES = word_set(
    "cottage cottages farm farmhouse bungalow rectory vicarage barn grange villa manor gatehouse stables priory barton steading"
    " parsonage presbytery manse lodge oast homestead smallholding croft"
)
NAMED = (
    lx.ABODES
    | HOUSE_NAMES
    | word_set(
        "dwellings buildings chalet maltings almshouses quays foyer orchard studios cotts hses mill forge refuge hostel hotel halls inn guesthouse"
    )
)
"""How the name of a house or block ends."""
CELTIC_HOUSES = word_set(
    "plas ty tyn tyddyn bryn glan hafod bwthyn fferm blaen nant bron llwyn maes rhiw tan pen cefn cae llys nyth awel gwel trem gorwel"
    " tigh taigh cnoc chy tre bal tir druim balla achadh"
)
"""How the names of houses begin in Wales, the Highlands and Cornwall."""
CELTIC_STREETS = CELTIC_HOUSES | word_set(
    "lon heol ffordd stryd rhodfa cilgant clos rhes teras gerddi parc pont pant bro dol erw min clwyd rhos stad cwrt cwm coed ynys gardd sraid rubha bealach park"
)
"""How the names of streets begin there."""
WELSH_KINDS = word_set("lon heol ffordd stryd rhodfa cilgant clos rhes teras gerddi maes sraid")
"""Kinds of street that come first: `Ffordd y Mor`."""
VIEWS = word_set("view bank end nook brow fold croft acre meadow orchard garth rise mount thatch hollow dene dell lea")
"""How streets are called, and houses too: `Meadow Bank, 3 Croft Lane`."""
SITE_TAILS = word_set(
    "site sites caravan holiday traveller travellers gypsy moorings mooring marina boatyard estate campsite caravans trailer est allotments allotment chalets hostel refuge"
)
MOORINGS = word_set(
    "moorings mooring marina lock locks basin wharf quay canal dock docks harbour cut boatyard mill creek staithe"
)
KINDS_OF_STREET = lx.STREETS | word_set(
    "lanes ridings riding turn pen strand chase spinney copse glade dell garth gill ghyll nook snicket ginnel twitten vennel pend"
    " hoe combe coombe dene dingle leys lea mead meads meade pastures furlong acre acres piece crofts closes drang loke hythe staithe"
    " hurst holt shaw knoll bluff cliff walks weir corner cross market bridge la cotts marina stairs steps ropewalk backs"
    " vw cotts cott gr grn cresc tce trc terr mws orch pk bldgs crt cls clse wk wlk gdn bdwy dve drv rdg mt pas psge yd rw"
    " pightle quadrant link links loaning loan gait wynds row rows nab fields field woods wood glen glebe mall pavement shambles"
)
"""What a street may be called, rare kinds too: only beside a number, a cue or another part of an address."""
NUMBER_WORDS = word_set("no number num nos nr")
DAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun january february"
    " march april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec"
    " christmas easter"
)
STREETS_ALONE = word_set("road rd street st lane ln avenue ave drive close crescent terrace way grove gardens")
"""Kinds of street that are no house's or block's: behind one no street of its own follows."""
BUILDINGS = word_set(
    "chapel church schoolhouse school mill pub station pumphouse bank bakery forge smithy dairy granary byre oast lighthouse"
    " schoolroom bakehouse brewery maltings warehouse factory shop stores works smokehouse boathouse tollhouse coach windmill box"
)
"""What may have been turned into a home: `the converted chapel on Top Lane`."""
HOUSEY = word_set(
    "gables willows limes hollies beeches laurels firs cedars elms oaks pines nook haven birches poplars sycamores chestnuts"
    " hawthorns larches rowans maples conifers hedges retreat hermitage homestead orchards shieling bothy coppice rookery dovecote"
    " anchorage shrubbery ivies brambles heathers ferns bluebells primroses manse rectory vicarage chalet spinney croft bungalow"
    " cottage paddocks grange lodge gatehouse old coach steading presbytery parsonage foxes hoppers stables barn evergreens"
)
"""Behind `The`, what a house is called: `The Gables`."""
LANDMARKS = word_set(
    "shop shops pub store stores takeaway chippy chip bank bookies bookmakers garage cafe salon barbers barber bakery butchers"
    " chemist pharmacy post office launderette laundrette laundry restaurant club church chapel surgery library kebab supermarket"
    " newsagent newsagents florist florists bakers hairdressers off-licence offy offlicence bar gym pizzeria dosa curry"
    " tattoo parlour tanning nail vape betting temple mosque gurdwara synagogue school nursery college station depot sorting"
    " viaduct bridge ford lock slipway harbour lighthouse pier allotments allotment cemetery graveyard crematorium park playground"
    " pond windmill watermill mill quarry phone box postbox pillar cenotaph memorial clock tower substation pylon layby railway level"
    " crossing footbridge underpass roundabout crossroads junction reservoir weir dam foundry brewery tannery works factory"
    " warehouse yard scrapyard sawmill garden centre petrol carwash wash fish fried chicken undertakers dentist dentists vets opticians"
    " greengrocers grocers ironmongers tailors cobblers jewellers pawnbrokers hotel inn hall market arcade precinct funeral"
)
"""What a home may be told by: trades, landmarks, and the words before them."""
NOT_DOORS = word_set(
    "court item case question exhibit count platform bus route ward bed bay table form page section para paragraph question step stage"
    " issue vol volume room cell channel line gate lane stop box ticket order draft version photo image fig figure appendix annex"
    " run job log ref pump appliance engine station tel phone mobile house account acc crime incident unit team level grade tier"
    " priority option version trial attempt visit call week day year class pack batch lot size size's shot phase"
)
"""What else bears a number behind `no`."""
