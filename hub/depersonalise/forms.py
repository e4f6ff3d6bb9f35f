"""Which forms does an identifier of the United Kingdom have? One expression a family, with the check of its kind.

Linear by construction: bounded repeats, nothing nested. `NEEDS`, `HINTS` and the `heads` of a cued form say where each
may stand at all, so that `patterns` looks nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hub.depersonalise.checks import (
    Check,
    is_card,
    is_iban,
    is_ip,
    is_licence,
    is_nhs,
    is_nino,
    is_postcode,
    is_upn,
    is_vrm,
)
from hub.depersonalise.dates import MONTH

SEP = r"[ .\-]?"
PHONE = r"(?:(?:\+|00) ?44[ .\-]?(?:\(0\)[ .\-]?)?|\(?\b[0o][ .\-]?)[1-9](?:[ .\-()]{0,2}\d){7,9}(?!\d)"
TLD = r"(?:com|co\.uk|org\.uk|org|net|uk|gov\.uk|nhs\.uk|ac\.uk|sch\.uk|police\.uk|pnn\.police\.uk|io|me|info|biz|eu|ie|pl|ro|de|fr|example|test|invalid)"
MAILERS = r"(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|btinternet|aol|protonmail|proton|ymail|talktalk|virginmedia|ntlworld)"
DIGIT_SAID = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|hundred|double|triple|treble|oh|nought|o)"
"""A number dictated: `oh seven seven double oh nine`."""
SITES = r"(?:facebook|fb|instagram|tiktok|twitter|x|snapchat|linkedin|youtube|t|vinted|onlyfans|linktr|telegram|discord|twitch|reddit|pinterest|vk)"
FAMILIES: list[tuple[str, str, str, Check | None, float]] = [
    ("EMAIL", "email", r"[\w.+\-]{1,64}(?:@| @ |\s?[(\[{]at[)\]}]\s?)[\w\-]{1,63}(?:(?:\.|\s?[(\[{]dot[)\]}]\s?)[\w\-]{1,63}){1,5}|[\w.+\-]{1,64}@[a-z][\w\-]{1,62}", None, 1.0),
    ("IBAN", "iban", r"\bgb\d\d ?[a-z]{4}(?: ?\d){14}\b", is_iban, 1.0),
    ("CARD", "card", r"(?<!\d)\d(?:[ \-]?\d){12,18}(?!\d)", is_card, 0.9),
    ("CARD", "card-grouped", r"(?<!\d)\d{4}([ \-])\d{4}\1\d{4}\1\d{4}(?!\d)", None, 0.9),
    ("DRIVING LICENCE", "driving-licence", r"\b[a-z9]{5} ?\d[0156]\d[0-3]\d{2} ?[a-z9]{2}[a-z0-9] ?[a-z]{2}\b", lambda t: is_licence(t.replace(" ", "")), 1.0),
    ("NINO", "nino", r"\b[a-ceghj-prtq-tw-z][a-ceghj-npq-tw-z][ \-]?\d\d[ \-]?\d\d[ \-]?\d\d(?:[ \-]?[a-d])?\b", is_nino, 1.0),
    ("NINO", "nino-any", r"\b[a-z]{2}[ \-./_]?\d\d[ \-./_]?\d\d[ \-./_]?\d\d[ \-./_]?[a-z]\b", None, 0.9),
    ("UPN", "upn", r"\b[a-hj-np-rt-z]\d{11}[\da-z]\b", is_upn, 1.0),
    ("ASN", "asn", r"\b\d\d/?[0-9a-z]{4}/?\d\d/?\d{1,11}[a-hj-np-rt-z]\b", lambda t: len(t.replace("/", "")) > 10, 0.9),
    ("PNC ID", "pnc", r"\b(?:(?:19|20)?\d\d/\d{1,7}|(?:19|20)\d{9})[a-hj-np-rt-z]\b", None, 0.9),
    ("CRO NUMBER", "cro", r"\b(?:\d{1,6}/\d\d|sf\d\d/\d{1,6})[a-hj-np-rt-z]\b", None, 0.9),
    ("NDTMS", "ndtms", r"\b[a-z]{2}\d{8}[mf]\b", None, 0.9),
    ("PHONE", "phone", PHONE, None, 0.95),
    ("PHONE", "phone-abroad", r"(?<!\w)(?:\+|00)[1-9]\d{0,2}(?:[ .\-()]{0,2}\d){6,12}(?!\d)", None, 0.9),
    ("NHS NUMBER", "nhs", r"(?<!\d)\d{3}[ \-.]?\d{3}[ \-.]?\d{4}(?!\d)", is_nhs, 0.95),
    ("IP ADDRESS", "ip", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)", is_ip, 0.95),
    ("IP ADDRESS", "ip6", r"(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}(?![\w:])", lambda t: t.count(":") >= 5 or "::" in t, 0.9),
    ("ACCOUNT", "sort-code", r"(?<!\d)\d\d[- ]\d\d[- ]\d\d(?:\D{1,20}\d{4} ?\d{4})(?!\d)", None, 0.9),
    ("VEHICLE", "vrm", r"\b[a-hj-pr-y][a-hj-pr-y]\d\d[ \-]?[a-hj-pr-z]{3}\b", is_vrm, 0.95),
    ("POSTCODE", "postcode", r"\b(?:[a-pr-uwyz][a-hk-y]?\d[a-hjkmnp-z\d]?)[ \-./]{0,2}\d[a-z]{2}\b", is_postcode, 0.95),
    ("PRISON NUMBER", "noms", r"\b[a-z]\d{4}[a-z]{2}\b", None, 0.9),
    ("GRID REFERENCE", "grid", r"\b(?:s[c-ehj-km-z]|n[a-dfg-ljm-nuw-z]|no(?! )|t[afglmqrv]|h[pu])[ ]?\d{3,5}[ ]?\d{3,5}\b", None, 0.8),
    ("GRID REFERENCE", "latitude", r"(?<![\d.])-?\d{1,2}\.\d{4,8}, ?-?\d{1,2}\.\d{4,8}(?!\d)", None, 0.9),
    ("REFERENCE", "parcel", r"\b[a-z]{2} ?\d{4} ?\d{4} ?\d ?gb\b", None, 0.8),
    ("ONLINE NAME", "numbered", r"(?<![\w.@/\-])[a-z]{6,20}\d{2,4}(?![\w@\-/])", None, 0.6),
    ("REFERENCE", "long-number", r"(?<![\d£$€.])\d{7,20}(?!\d)", None, 0.7),
]  # fmt: skip
NO_DIGITS: list[tuple[str, str, str, Check | None, float]] = [
    ("EMAIL", "email-spelt", rf"\b[\w.+\-]{{1,40}}(?: dot [\w\-]{{1,30}}){{0,3}} at [\w\-]{{1,30}}(?: dot [\w\-]{{1,20}}){{1,3}}|\b[\w.+\-]{{1,40}} at (?:[\w\-]{{1,30}}\.{TLD}|{MAILERS})\b", None, 0.9),
    ("ONLINE NAME", "url", r"\bhttps?://[^\s<>\"']{3,300}|\bwww\.[^\s<>\"']{3,300}|\b[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,3}\.(?:com|co\.uk|me|net|org|tv|gg|ee|be|app|link|bio|ly|io|fm|live|social|site|xyz)/[^\s<>\"']{1,300}|\b[\w\-]{1,63}\.(?:tumblr|blogspot|wordpress|bandcamp|carrd|substack|wixsite|weebly|neocities|livejournal|deviantart|itch)\.[a-z]{2,5}\b", None, 0.9),
    ("ONLINE NAME", "site", rf"\b{SITES}\.(?:com|me|tv)/[^\s<>\"']{{1,300}}", None, 0.9),
    ("ONLINE NAME", "underscored", r"(?<![\w.@/])[a-z][a-z\d]{0,30}(?:[._]?_[a-z\d]{1,30}){1,4}(?![\w@])", None, 0.85),
    ("ONLINE NAME", "at-name", r"(?<![\w.@])@[a-z_][\w.\-]{1,40}\w|(?<![\w$])\$[a-z]\w{2,30}", None, 0.9),
    ("PHONE", "phone-said", rf"\b{DIGIT_SAID}(?:[ ,\-]{{1,2}}{DIGIT_SAID}){{5,15}}\b", None, 0.9),
    ("LOCATION CODE", "what3words", r"/{3} ?[a-z]{2,25}\.[a-z]{2,25}\.[a-z]{2,25}\b|(?<=what3words )[a-z]+\.[a-z]+\.[a-z]+|\b(?:w3w|what3words)\W{1,4}(?:is |at )?[a-z]{2,25}[. ][a-z]{2,25}[. ][a-z]{2,25}\b", None, 0.95),
    ("LOCATION CODE", "what3words-bare", r"(?<![\w./@])[a-z]{4,20}\.[a-z]{4,20}\.[a-z]{4,20}(?!\w|[./@]\w)", None, 0.6),
]  # fmt: skip
Family = tuple[str, str, re.Pattern[str], Check | None, float]
WITH_DIGITS: list[Family] = [(k, f"pattern.{r}", re.compile(p), c, s) for k, r, p, c, s in FAMILIES]
AT_SITE = re.compile(rf" at (?:[\w\-]{{1,30}}\.{TLD}|{MAILERS}\b)")
SLASHED = re.compile(
    r"\.(?:(?:com|co\.uk|me|net|org|tv|gg|ee|be|app|link|bio|ly|io|fm|live|social|site|xyz)/"
    r"|(?:tumblr|blogspot|wordpress|bandcamp|carrd|substack|wixsite|weebly|neocities|livejournal|deviantart|itch)\.)"
)
THREE_WORDS = re.compile(r"\.[a-z]{4,20}\.[a-z]")
SAID = re.compile(
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|hundred|double|triple|oh|nought) (?:zero|one|two|three|four|five|six|seven|eight|nine|double|triple|oh|nought|o)[ ,]"
)
HINTS: dict[str, Callable[[str], object]] = {
    "email-spelt": lambda t: " at " in t and (" dot " in t or AT_SITE.search(t)),
    "url": lambda t: "://" in t or "www." in t or SLASHED.search(t),
    "site": SLASHED.search, "at-name": lambda t: "@" in t or "$" in t,
    "underscored": lambda t: "_" in t, "phone-said": lambda t: ("oh " in t or "zero " in t or "nought " in t or "double " in t) and SAID.search(t),
    "what3words": lambda t: "///" in t or "what3words" in t or "w3w" in t,
    "what3words-bare": THREE_WORDS.search,
}  # fmt: skip
"""What a note must hold for a family without digits to be looked for: cheaper to ask than the family itself."""
WITHOUT_DIGITS: list[tuple[Callable[[str], object], Family]] = [
    (HINTS[r], (k, f"pattern.{r}", re.compile(p), c, s)) for k, r, p, c, s in NO_DIGITS
]

CODE = re.compile(
    r"(?<![\w£$€.,/\-])(?=[a-z0-9/\-]{5,30}(?![\w]))(?=[^\s]{0,29}\d)(?=[a-z0-9/\-]*[a-z/\-])[a-z0-9]+(?:[/\-][a-z0-9]+){0,5}"
)
"""A run of letters and digits joined by strokes: taken for a reference by `_is_code`."""


class Cued(NamedTuple):
    """A form that begins with a cue word: tried only where one of its `heads` (a token, or its part) stands."""

    kind: str
    rule: str
    pattern: re.Pattern[str]
    score: float
    heads: frozenset[str]


HEAD = re.compile(r"[a-z']+")


def cued_form(kind: str, rule: str, score: float, cues: str, tail: str) -> Cued:
    """`cues` are parted by spaces; `_` in one is a space, and it may go on as an expression behind its first word."""
    words = sorted((c.replace("_", " ") for c in cues.split()), key=len, reverse=True)
    heads = frozenset(found[0] for w in words if (found := HEAD.match(w)))
    return Cued(kind, f"pattern.{rule}", re.compile(rf"\b(?:{'|'.join(words)}){tail}"), score, heads)


def cued_matches(
    pattern: re.Pattern[str], folded: str, places: Sequence[int], done: int, to: int
) -> Iterator[re.Match[str]]:
    """What `finditer` would find from `done` to `to`, had it to look at these places alone."""
    for place in places:
        if done <= place < to and (found := pattern.match(folded, place, to)):
            yield found
            done = found.end()


REF_CUE = cued_form(
    "REFERENCE", "reference-cued", 0.8,
    "ref refs reference references crime incident inc log urn crn crim occ occurrence case claim job call cad niche custody cust"
    " report id tenancy tenant rent account acct accoun a/c acc hospital hosp mrn unit patient pas collar badge warrant shoulder"
    " epaulette policy permit licence license passport pp uprn usrn upn uln utr nhs nino ni pnc cro asn noms nomis prison ptiurn imei"
    " badge serial frame booking fine ticket notice pcn order docket exhibit file number num no nos nr pin code membership payroll staff"
    " student pupil admission attendance episode visit record lims erf epr pcr prf carecode contact meter iccid sim insurance cert"
    " certificate keysafe key_safe keypad doorcode keycode",
    r"(?:\.|\b)(?: (?:ref(?:erence)?|no|number|num|id|code|log|account|card))?(?:\.|\b)[ :#\-=.(]{0,4}(?:is |was |of )?[#(]?"
    r"(?P<v>[a-z]{0,5}[ ]?\d[\w/\-]{2,24}(?: (?:of|/) \d\d?/\d\d?/\d\d(?:\d\d)?)?|[a-z]{1,6}[/\-][\w/\-]{0,20}\d[\w/\-]{0,20})",
)  # fmt: skip
LOCAL_PHONE = cued_form(
    "PHONE", "phone-local", 0.75,
    "tel phone phoned mob mobile ring rang call called calling landline number contact ext extension on text texted whatsapp home"
    " work cell fax t m p no voicemail",
    r"(?: (?:no|num|number|him|her|them|back|me|is|on))?[.: \-]{0,3}(?P<v>\(?\d{3,6}\)?[ \-]\d{3,6}(?:[ \-]\d{3,4})?|\d{6})(?![\d/])",
)  # fmt: skip
PLACED = cued_form(
    "GRID REFERENCE", "latitude-cued", 0.8, "lat latitude lon long longitude lng",
    r"[ .:=]{1,3}(?P<v>-?\d{1,3}\.\d{3,10})(?!\d)",
)  # fmt: skip
EXTENSION = cued_form("PHONE", "phone-extension", 0.8, "ext extn extension x", r"[.: ]{1,2}(?P<v>\d{3,6})(?![\d/:])")
MORE_VRM = re.compile(
    r"\b(?P<p>[a-z]\d{1,3})(?P<s>[ \-]?)(?P<l>[a-z]{3})\b|\b(?P<l2>[a-z]{3})(?P<s2>[ \-]?)(?P<p2>\d{1,3}[a-hj-npr-tv-y])\b"
)
SPACED = cued_form(
    "REFERENCE", "number-spaced", 0.8, "imei iccid sim card serial account acct",
    r"(?: (?:no|number|num|is|ref))?[ :.#\-]{0,3}(?P<v>\d{1,8}(?:[ \-]\d{1,8}){1,6})(?![\d/])",
)  # fmt: skip
KEYED = cued_form(
    "REFERENCE", "key-code", 0.7, "key_safe keysafe key_code keycode door_code doorcode entry_code keypad lockbox",
    r"[a-z ,\-]{1,30}[ :#](?P<v>[a-z]?\d{4}[a-z#]?)(?![\d/:])",
)  # fmt: skip
PART_PLATE = cued_form(
    "VEHICLE", "vrm-part", 0.7, "ends ending starts starting begins beginning",
    r"(?: in| with)? (?P<v>[a-z]{1,2}\d{1,2}|\d{1,2}(?!(?:am|pm|th|st|nd|rd|hr)\b)[a-z]{2,3})\b",
)  # fmt: skip
PASSPORT = cued_form("PASSPORT", "passport", 0.95, "passport ppt pp",
                 r"(?: (?:no|number|num|is|ref))*[ :.#\-]{0,3}(?P<v>[a-z]{0,2} ?\d{6,9})\b")  # fmt: skip
SORT = Cued("ACCOUNT", "pattern.account", re.compile(
    r"\b(?:sort(?: ?code)?|s/c|sc)[ :.#\-]{0,3}(?P<v>\d\d[- ]?\d\d[- ]?\d\d)\b"
    r"|\b(?:account|acct|acc|a/c)(?: (?:no|number|num))?[ :.#\-]{0,3}(?P<w>\d{6,10}|\d{4}[ -]\d{4})\b|\bending(?: in)? (?P<x>\d{4})\b"
), 0.9, frozenset("sort sortcode s sc account acct acc a ending".split()))  # fmt: skip
OF_DAY = re.compile(
    r"(?P<v>\d(?<!\w\d)(?:\d{0,4}(?: of | ?/ ?)\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,4} of \d{1,2}[/.]\d{1,2}"
    rf"|\d{{1,4}} \d{{2}}{MONTH}\d{{2}}|\d{{1,5}}(?= of (?:today|yesterday|tonight)\b)|\d{{1,5}} of (?:\d{{1,2}}(?:st|nd|rd|th)? ?{MONTH}(?: \d\d(?:\d\d)?)?)))\b"
)
STORM = re.compile(
    r"\b(?P<v>[a-z]{2,5}[-/]\d{6,8}[-/]\d{2,6}|\d\d/\d{4,7}/\d\d|\d{2}[a-z]{1,4}/?\d{3,8}/?\d{0,4}|[a-z]\d{6,7}|\d{6,7}/\d\d)\b"
)
RANKED = cued_form(
    "OFFICER", "collar", 0.95,
    "pc dc ps ds di dci pcso sgt insp supt wpc sc cso psi po constable sergeant inspector officer collar ff wm cm paramedic emt eca"
    " crew warden unit units c/s",
    r"(?: (?:no|number|collar))?[ :#.]{1,2}(?P<v>(?!ss?\d{2,3}\b|\d+(?:mg|ml|kg|hr|pm|am|st|nd|rd|th|yr|cm|mm)\b)[a-z]{0,3}\d{2,6}[a-z]{0,2})\b(?!\.\d)",
)  # fmt: skip
SEVERAL = cued_form(
    "OFFICER", "collars", 0.9, "officers pcs pcsos dcs constables",
    r" (?P<v>[a-z]{0,3}\d{3,6})\b(?= and \d| & \d|[/,] ?\d)",
)  # fmt: skip
"""Two numbers or more, since `armed officers 2251` tells the time."""
RANKED_NEXT = cued_form(
    "OFFICER", "collar-next", 0.8,
    "unit units pc pcs collar collars officer officers pcso pcsos crew crews",
    r" [a-z]{0,3}\d{2,6}(?:,| and| &|/) ?(?:pc )?(?P<v>[a-z]{0,3}\d{3,6})\b",
)  # fmt: skip
AFTER_NAME_COLLAR = re.compile(r"^[ ,(]{0,3}#?\(?(?P<v>(?!ss?\d{3}\b)[a-z]{0,2}\d{3,6}[a-z]?)\)?(?![\d/:])")
OLD = re.compile(
    r"\b(?:aged?|now|turn(?:ed|s|ing)?|ages?|nearly|almost|is|was|i'm|im|he's|she's|hes|shes)[ :]{1,2}(?P<v>9\d|1[0-2]\d)\b(?![/:%]|\.\d)|\b(?P<w>9\d|1[0-2]\d)[ \-]?(?:y/?o\b|yrs?\b|years?|y\.o|year[ \-]old|y/?o?[mf]\b|yo[mf]\b|(?<!1[0-2]\d)(?<!1[0-2]\d[ \-]) ?[mf]\b)(?! (?:tenancy|lease|sentence))|\((?P<x>9\d|1[01]\d)[,)]|[a-z]\)?, (?P<y>9\d|1[01]\d)(?=, [a-z]|\.(?: |$))"
    rf"|\b(?P<u>9\d|1[01]\d)(?= (?:in|next|this|on) (?:{MONTH}|birthday|year|week|month)\b)"
    r"|\b(?P<z>(?:9\d|1[01]\d)(?:st|nd|rd|th))(?= (?:birthday|b'?day|year|yr)\b)"
)
HANDLE = cued_form(
    "ONLINE NAME", "handle", 0.85,
    "social_media socials snapchat snap sc insta instagram ig tiktok tik_tok facebook fb twitter telegram discord kik steam psn xbox xbox_live gamertag"
    " gamer_tag roblox fortnite messenger signal wickr username user_name screenname screen_name handle profile account wechat viber imo hinge tinder bumble grindr reddit threads vinted line bsky bluesky mastodon vsco bereal yubo wizz kick twitch youtube soundcloud spotify strava steam minecraft"
    " ps4 ps5 onlyfans fansly badoo pof meetme gumtree ebay depop cashapp skype zoom line kakao qq vk threema session alias dmd dms",
    r"(?: (?:name|account|user|username|handle|profile|page|id|tag|called|under|as|is|was|named|with))*[ :=\-(\"']{1,4}"
    r"(?P<v>(?!(?:snapchat|snap|insta|instagram|tiktok|facebook|fb|twitter|telegram|discord|xbox|psn|whatsapp|username|handle)\b)@?[a-z][\w.\-#]{2,40})",
)  # fmt: skip
BORN = re.compile(
    r"\b(?:d\.? ?o\.? ?b|d of b|born|birth|b\.|bday|birthday|b'day|d/o/b|date of birth|turned|born on|dobs?)\b[^\n]{0,22}$"
)
YEARLESS = cued_form(
    "DATE OF BIRTH", "birthday", 0.8, r"birthday born bday dob turned_\d{1,2}",
    rf"(?:'s)?(?: (?:is|was|on|of|the))*[ :]{{1,2}}(?P<v>\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}/\d{{1,2}})\b",
)  # fmt: skip
BORN_YEAR = cued_form(
    "DATE OF BIRTH", "birth-year", 0.7, "born yob dob d.o.b b.",
    r"(?: in| approx| about| around| circa| c| year)?[ .:]{1,3}'?(?P<v>(?:19\d\d|20[0-2]\d))\b(?![/.\-]\d)",
)  # fmt: skip
BORN_DIGITS = cued_form(
    "DATE OF BIRTH", "birth-digits", 0.8, "dob d.o.b d/o/b date_of_birth",
    r"(?:'?s)?(?: (?:is|was))?[ :.\-]{1,3}(?P<v>(?=\d[\d ./\-_]{2,12})\d{1,8}(?:(?: ?[/\-_] ?|[ .])\d{1,4}){0,3})(?![\d:])",
)  # fmt: skip
NO_BIRTH = re.compile(
    r"\b(?:on|since|dated|convicted|from|until|till|by|before|after|review|tenancy|moved|started|began|of|visit|seen|offence|court|expires?|expiry|exp|valid|ends?|due|between|to)\W{1,3}$"
)
NOBODY: frozenset[str] = frozenset()
FIXED: tuple[Cued, ...] = (
    PASSPORT, SORT, Cued("REFERENCE", "pattern.log-of-day", OF_DAY, 0.9, NOBODY),
    Cued("REFERENCE", "pattern.crime-reference", STORM, 0.85, NOBODY), RANKED, SEVERAL, RANKED_NEXT, PART_PLATE, SPACED, KEYED, REF_CUE, LOCAL_PHONE, EXTENSION, PLACED,
    Cued("AGE", "pattern.age-over-89", OLD, 0.9, NOBODY), YEARLESS, BORN_YEAR, BORN_DIGITS,
)  # fmt: skip
"""In the order in which they are asked; those without heads are looked for by what their numbers need (`_may_hold`)."""
MEASURE = re.compile(
    r"^\d+(?:mgs?|mcg|ml|g|kg|kgs|cm|mm|m|km|hrs?|h|mins?|min|s|secs?|mph|kmh|st|lb|lbs|ft|in|x\d+|yo|yrs?|y|months?|mths?|wks?|days?|am|pm|th|rd|nd|k|mb|gb|ghz|v|w|bn|l|cc|bpm|mmhg|ish|s|p|hz|dp|bed|man|min|pt|ltr|lt)$"
)


DOSE_OR_ROAD = re.compile(r"\d+(?:mg|mcg|g|ml|l|kg|m|km|mmol|units?)/\d{0,2}[a-z]{1,5}|[abm]\d{1,4}m?")
NEEDS: dict[str, tuple[int, int, bool, str, int]] = {
    "iban": (16, 1, True, "", 0), "card": (13, 1, False, "", 0), "card-grouped": (16, 4, False, "", 0), "driving-licence": (6, 6, False, "", 0),
    "nino": (6, 1, False, "", 0), "nino-any": (6, 1, False, "", 0), "upn": (11, 11, True, "", 0), "asn": (8, 1, True, "", 0), "pnc": (3, 1, True, "", 0),
    "cro": (3, 1, True, "", 0), "ndtms": (8, 8, True, "", 0), "phone": (8, 1, False, "", 0),
    "phone-abroad": (8, 1, False, "", 0), "nhs": (10, 1, False, "", 0), "ip": (4, 1, False, ".", 3), "ip6": (1, 1, False, ":", 2),
    "sort-code": (14, 4, False, "", 0), "vrm": (2, 2, True, "", 0), "postcode": (2, 1, True, "", 0), "noms": (4, 4, True, "", 0),
    "grid": (6, 3, False, "", 0), "latitude": (10, 4, False, ".", 2), "long-number": (7, 7, False, "", 0), "numbered": (2, 2, True, "", 0), "parcel": (9, 4, False, "", 0),
}  # fmt: skip
"""What a zone must have for a family to be looked for in it: digits, the longest run of them, a digit that touches a
letter, a sign and how often."""
