"""Which words for a place may be shown again? Only those that name somewhere public, and nobody's home.

A location-quality report quotes what an agency writes most often and nobody can place. A location may be a home, or
hold a person's name, so a text is quoted only if every part of it, up to the last comma, says in a word that it is a
street or a public place, if it holds no number but a road's, and nothing that names people or dwellings; and only if
several rows write it (`LEAST_ROWS`). Whatever is doubtful stays unsaid.
"""

from __future__ import annotations

import re

LEAST_ROWS = 5
LONGEST = 80
ROAD_NUMBER = re.compile(
    r"\b(?:[AB]\d{1,4}(?:\(M\))?|M\d{1,2}|J(?:UNCTION|CT|NC)?\s?\d{1,2}[AB]?)(?=\W|$)", re.IGNORECASE
)
PLACE_WORDS = re.compile(
    r"\b(?:roads?|rd|streets?|st|lanes?|ln|avenue|ave|drive|dr|way|close|crescent|cres|place|square|sq|hill|row|walk|"
    r"parade|terrace|bypass|roundabout|junction|jct|jnc|flyover|underpass|subway|bridge|car\s?park|park|playground|"
    r"recreation|rec|common|green|woods?|woodland|forest|beach|pier|promenade|canal|towpath|river|lake|reservoir|"
    r"allotments?|cemetery|church|chapel|cathedral|mosque|temple|synagogue|school|academy|college|university|library|"
    r"museum|theatre|cinema|stadium|arena|leisure|sports|swimming|gym|baths|hospital|clinic|surgery|pharmacy|station|"
    r"interchange|airport|terminal|bus\s?stop|tram\s?stop|depot|market|precinct|shopping|arcade|mall|centre|retail|"
    r"supermarket|store|superstore|petrol|services|garage|pub|public house|inn|hotel|bar|club|nightclub|restaurant|"
    r"takeaway|cafe|bank|post office|town hall|civic|council|court|police|fire station|community|estate|quay|docks?|"
    r"marina|field|fields|pavilion|motorway|slip|footpath|cycle\s?path|railway|platform|[AB]\d{1,4}|M\d{1,2})\b",
    re.IGNORECASE,
)
DWELLINGS = re.compile(
    r"\b(?:home|flats?|apartments?|apt|room|bedsit|maisonette|bungalow|cottages?|farmhouse|villa|caravan|chalet|plot|lodge|"
    r"rectory|vicarage|manse|barn|manor|mews|hostel|refuge|shelter|care home|nursing|address|house|residence|residents?|"
    r"property|premises of|lives?|living|victims?|suspects?|offenders?|patients?|witness|tenants?|neighbours?|landlord)\b",
    re.IGNORECASE,
)
PUBLIC_HOUSES = re.compile(r"\b(?:public|custom|opera|coffee|ale|guild)\s+house\b", re.IGNORECASE)
OUTSIDE = re.compile(r"\bo/s\b", re.IGNORECASE)
PEOPLE = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|mx|sir|rev|pc|dc|sgt|mums?|mothers?|dads?|fathers?|nans?|grans?|sons?|daughters?|brothers?|"
    r"sisters?|wife|husband|partner|boyfriend|girlfriend|aunts?|uncles?|friends?|ex|his|her|their|my|child(?:ren)?)\b",
    re.IGNORECASE,
)
STRANGE = re.compile(r"[@\d\"#*\\<>{}]|https?:|www\.")


def names_a_public_place(words: str) -> bool:
    """May these words be quoted? They name a street or a public place, and neither a person nor a home."""
    text = " ".join(words.split())
    if not 3 <= len(text) <= LONGEST:
        return False
    plain = OUTSIDE.sub("outside", PUBLIC_HOUSES.sub("pub", text))
    if STRANGE.search(ROAD_NUMBER.sub(" ", plain)) or DWELLINGS.search(plain) or PEOPLE.search(plain):
        return False
    parts = [p.strip() for p in re.split(r"[,;/&]| and ", plain) if p.strip()]
    # the last part behind a comma may be a town; whatever comes before it must say what it is
    before = parts[:-1] if len(parts) > 1 else parts
    return bool(before) and all(PLACE_WORDS.search(part) for part in before)
