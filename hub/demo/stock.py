"""Made-up words: names of people of many origins, streets, pubs, things stolen. Nobody and nowhere in particular.

Every character exists in Windows-1252, since the police extract is written in it.
"""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words of a text, parted at blanks."""
    return tuple(text.split())


FORENAMES_F = words(
    "Amara Bethan Chloe Danuta Elif Farida Grace Hannah Ines Joanna Kamila Leila Maeve Nadia Olwen Priya Rosalind "
    "Siân Tamsin Uzma Violet Wanda Xiulan Yasmin Zoë Agnieszka Blessing Catrin Deepa Edith Fatou Gwen Halima Ivy "
    "Jorja Kavita Lucía Mercy Ngozi Oonagh Petra Rania Simran Thandiwe Ursula Verity Winnie Yetunde Zainab Aoife "
    "Brenda Carys Doreen Esme Freya Gaia Harriet Iris June Kezia Lena Mina Noor Orla Poppy Renée Saskia Tess"
)
FORENAMES_M = words(
    "Aidan Bilal Callum Dariusz Emeka Florian Gethin Hamza Ivan Jerome Kofi Leon Mateusz Nikhil Owain Piotr Quentin "
    "Rhys Sandeep Tariq Umar Vikram Wesley Xavier Yusuf Zoltan Arjun Baptiste Cedric Delroy Eamonn Farouk Gareth Hugo "
    "Ibrahim Jozef Kwame Lloyd Malik Nathan Olu Pascal Rafal Stellan Tobias Usman Viktor Winston Yannick Zac Alfie "
    "Barnaby Curtis Duncan Elis Femi Gavin Harvey Idris Jermaine Keiran Lorcan Micah Nico Oscar René Søren"
)
SURNAMES = words(
    "Abara Adeyinka Ahmadi Alderby Amankwah Askeby Balogun Banerjee Bartosz Begumar Birkwith Blaszak Bowerdene "
    "Brannigor Caddick Castellane Chakrabarti Chowdry Cobbledick Corrigane Crossthwaite Czerny Dankworth Delacroix "
    "Dervishi Dhaliwar Dragomir Dunstable Ekwueme Eriksholm Esparza Fairweather Farrukh Fenwright Ferreira Fofanah "
    "Gallowhay Georgiou Ghorbani Gillanders Goswami Grzybek Gwynfor Hagelund Hartigan Hawkesworth Heatherly Hossaini "
    "Hruska Ibekwe Iqbalar Ivanek Jablonski Jaiteh Jerrold Kaczmar Kalsi Kamaradi Kehinde Kilbride Kowalczuk Lachlane "
    "Lewandek Llewhelin Lonsdaler Lowrie Macaskie Mahlangu Malhotri Marchbank Mbeki-Rowe McAllerton Mehmeti Molyneaux "
    "Mukherji Müller Nakamura Ndiaye Nettleship Nowickar O'Brannor O'Dowdall Oduyale Okonjo Olszew Oyelarin Pankhania "
    "Papadakis Pennyfather Petrescu Pilkingham Popova Quarshie Quigleigh Rahimi Ramdeen Rasmusson Rokeby Rutherby "
    "Sandhur Satterthwaite Sekyere Sharples Siddiqar Silvestre Skarsgaard Smithells Szymaniak Tamang Tanveer "
    "Thistlewood Tranmere Tshabalala Uddinar Umeh Valdivia Vasilev Vosper Wadhwani Warsami Whitlocke Wojtas Wrenfield "
    "Yildirim Youngblood Zafarin Zielinska"
)
SURNAME_HEADS = words(
    "Ash Black Bram Burn Carl Cal Dun Eastl Farn Gar Hal Hask Kell Lang Marl Nor Old Pem Rad Rush Sel Stan Thorn Tun "
    "Ul Wel Wick Wyn Yar York"
)
SURNAME_TAILS = words(
    "acre bourne brook by cliffe combe den field ford gate ham hurst leigh ley more ridge shaw stone thorpe ton wick "
    "worth"
)
STREET_HEADS = words(
    "Adderstone Alderwick Bantock Barrowby Bellfounder Birchmere Bluecoat Bramhurst Brindle Calderstone Candlemaker "
    "Chaffinch Cinderhill Coppergate Cordwainer Cranmoor Curlew Dandelion Dovecote Drapers Eldermoor Fairholme "
    "Fellmonger Fennel Fieldfare Foxglove Fullers Gannister Garnet Glovers Goldcrest Greenfinch Hartside Hazelwick "
    "Heronsgate Hollowell Ironstone Jessamine Kestrel Kingcup Lapwing Larkrise Limekiln Linnet Loomgate Maltkiln "
    "Marlpit Meadowsweet Millrace Nettlebed Nightingale Northgate Oldforge Orchardleigh Ostler Pargeter Peartree "
    "Pinfold Plover Quarrymoor Ravensworth Redstart Ropewalk Rosebay Saddlers Saltmoor Silverdale Skylark Sorrel "
    "Spindle Starling Stonechat Sycamore Tannery Teasel Thimble Tollbar Turnstone Verbena Wagtail Weavers Whinfell "
    "Whitebeam Willowherb Woodlark Yarrow"
)
STREET_TAILS = words("Road Street Close Avenue Drive Lane Way Gardens Terrace Court Crescent Rise Grove Place")
COLOURS = words("silver black white blue red grey green dark-coloured yellow")
WARD_NAMES = (
    "Abbot's Reach",
    "Bankfoot",
    "Castle Moor",
    "Dyehouse",
    "Eastgate",
    "Furnace Hill",
    "Grange",
    "Harbour",
    "Inkermoor",
    "Kilnfield",
    "Lower Town",
    "Moorside",
    "Netherfield",
    "Overton",
    "Priory",
    "Quarry Bank",
    "Riverside",
    "Saltergate",
    "Tithe Barn",
    "Upper Moor",
    "Valley",
    "Westfield",
    "Yew Tree",
    "Zetland",
)
PLACE_KINDS = {
    "pub": (
        "The Brass Lantern",
        "The Weaver's Arms",
        "Rose & Anchor",
        "The Idle Miller",
        "The Three Herons",
        "The Copper Kettle",
        "The Old Tollhouse",
        "Fox & Thimble",
        "The Loom",
        "The Marlpit Inn",
    ),
    "park": (
        "Albion Recreation Ground",
        "Cinder Park",
        "Heron Water",
        "Jubilee Gardens",
        "Moorfield Park",
        "Pinfold Playing Field",
        "Tannery Meadow",
        "Whinfell Common",
    ),
    "car park": (
        "Multi-storey car park",
        "Loomgate car park",
        "Market Yard car park",
        "Riverside car park",
        "Station car park",
    ),
    "station": ("railway station", "bus station", "tram interchange"),
    "shop": ("Harbour Shopping Centre", "Kwikbuy Superstore", "Greenleaf Supermarket", "Fairholme Retail Park"),
    "school": ("Bluecoat Academy", "Larkrise Primary School", "Moorside College"),
    "hospital": ("General Hospital", "Priory Health Centre"),
}

CARS = ("Vauxhall Corsa", "Ford Fiesta", "VW Golf", "BMW 1 series", "Transit van", "Nissan Juke", "Audi A3", "moped")
ITEMS = (
    "a laptop and charger",
    "two mobile phones",
    "jewellery",
    "a games console",
    "power tools",
    "a handbag",
    "cash from the till",
    "a mountain bike",
    "bottles of spirits",
    "a wallet and cards",
    "designer trainers",
)
INJURIES = (
    "a cut above the left eye",
    "reddening to the neck",
    "a swollen hand",
    "a suspected broken nose",
    "no visible injury",
    "bruising to the forearm",
    "a graze to the knee",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
