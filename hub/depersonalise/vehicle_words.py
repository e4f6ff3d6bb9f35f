"""Words beside which a vehicle's mark stands: what vehicles are called, makes and models, colours."""

from __future__ import annotations

from hub.depersonalise.lexicon import word_set

SURE = word_set("partial reg regs registration registered vrm vrms vrn plate plates index numberplate")
"""These say that a mark comes next, or stood before."""
KINDS = word_set(
    "car cars van vans lorry truck vehicle vehicles veh vehs v1 v2 motor motorbike motorcycle moped scooter mbike m/bike quad taxi cab"
    " minicab minibus bus coach trailer caravan campervan camper motorhome pickup jeep suv mpv saloon estate hatchback hatch convertible"
    " cabriolet coupe tipper flatbed dropside luton sprinter hgv lgv artic tractor ped pedder hearse limo ambulance wagon wag whip"
)
MAKES = word_set(
    "alfa aprilia astra audi bentley bmw citroen clio corsa cupra dacia daf defender discovery ducati duster fabia fiat fiesta ford"
    " focus freelander galaxy golf honda hyundai insignia isuzu iveco jag jaguar jazz juke kawasaki kia kuga kymco lambretta landrover"
    " leon lexus mazda megane meriva merc mercedes micra mini mitsubishi mondeo mokka navara nissan octavia passat peugeot"
    " piaggio picanto polo porsche prius puma qashqai renault rover saab scania seat sharan skoda smart sportage subaru suzuki swift"
    " tesla subaru lotus maserati lada proton daewoo ssangyong chrysler dodge chevrolet hummer infiniti byd polestar maxus ldv tiguan toureg toyota tourneo traffic trafic transit transporter triumph vauxhall vectra vespa vivaro volkswagen volvo vw"
    " yamaha yaris zafira vito caddy berlingo kangoo ranger hilux aygo picasso sportka twingo touran superb ibiza"
)
COLOURS = word_set("silver black blk white wht blue red grey gray gry green yellow orange gold purple maroon bronze beige brown cream"
               " turquoise burgundy pink blu")  # fmt: skip
VEHICLES = SURE | KINDS | MAKES | COLOURS
BEHIND = word_set(
    "no of is was on in the a an and to its with dark light old new his her my their our at being as which or and"
)
"""Short words that may stand before the mark; longer ones always may."""
LAWS = word_set("hba mda mha mca pace rta poa ca toa bail poca cja cda")
"""`S23 MDA` is a section of a law, `HbA1c` a reading."""
