"""Which numbers, codes and addresses identify by their form? UK identifiers, each with the check that its kind has.

One pattern per family on the folded note, linear by construction (bounded repeats, nothing nested), the cheap test
first: a note without a digit or an @ is looked at for what has none. What no family knows but looks like a reference
(a long number, letters mixed with digits, anything after `ref`) is masked as a reference: forces and trusts each have
their own numbering. Sources: domain reference §4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from hub.depersonalise import reading
from hub.depersonalise.dates import MONTH, find_dates
from hub.depersonalise.lexicon import FUNCTION, FUNCTION_WORDS, KEEP, MAYBE_WORD, SURNAME, WORD, Lexicon
from hub.depersonalise.reading import Note, Zone
from hub.depersonalise.redaction import Span

A23 = "zabcdefghjklmnpqrtuvwxy"
UPN_LETTERS = "abcdefghjklmnpqrtuvwxyz"
AREAS = frozenset(
    "ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec en ex fk fy g gl"
    " gu gy ha hd hg hp hr hs hu hx ig im ip iv ja je ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nm nn np nr nw ol"
    " ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw ub w wa wc wd wf wn"
    " wr ws wv yo ze zz".split()
)
Check = Callable[[str], bool]


def _digits(text: str) -> str:
    return "".join([c for c in text if c.isdigit()])


def is_nhs(text: str) -> bool:
    """Modulus 11 over ten digits; repeated digits pass the sum and are no numbers."""
    digits = _digits(text)
    total = sum(int(d) * w for d, w in zip(digits, range(10, 0, -1), strict=False))
    return len(digits) == 10 and len(set(digits)) > 1 and total % 11 == 0


def is_nino(text: str) -> bool:
    """Prefixes that are issued, and the safe dummy QQ."""
    return text[:2] not in ("bg", "gb", "nk", "kn", "nt", "zz")


def is_pnc(text: str) -> bool:
    """PNC check letter over the last two digits of the year and the serial padded to seven."""
    head, _, serial = text[:-1].partition("/")
    if not serial:
        head, serial = (head[:4], head[4:]) if head[:2] in ("19", "20") and len(head) == 11 else (head[:2], head[2:])
    return A23[int(head[-2:] + serial.zfill(7)) % 23] == text[-1]


def is_cro(text: str) -> bool:
    """CRO check letter; the serial of the standard form is padded to six, that of the SF form is not."""
    if text.startswith("sf"):
        year, _, serial = text[2:-1].partition("/")
        return A23[int(year + serial) % 23] == text[-1]
    serial, _, year = text[:-1].partition("/")
    return A23[int(year + serial.zfill(6)) % 23] == text[-1]


def is_upn(text: str) -> bool:
    """UPN check letter: weights 2 to 13 modulo 23. A temporary number ends in a letter and is taken as it stands."""
    if not text[1:].isdigit():
        return True
    return UPN_LETTERS[sum(int(d) * w for d, w in zip(text[1:], range(2, 14), strict=True)) % 23] == text[0]


def is_card(text: str) -> bool:
    """Luhn's sum over 13 to 19 digits."""
    digits = [int(d) for d in _digits(text)][::-1]
    return (
        13 <= len(digits) <= 19
        and sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0
    )


def is_iban(text: str) -> bool:
    """Modulus 97."""
    squeezed = text.replace(" ", "")
    moved = squeezed[4:] + squeezed[:4]
    return moved.isalnum() and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def is_vrm(text: str) -> bool:
    """Age identifiers issued: 02 to 29 and 51 to 79."""
    age = int(text[2:4])
    return 2 <= age <= 29 or 51 <= age <= 79


def is_postcode(text: str) -> bool:
    """A postcode area of the United Kingdom; `b1 2nd` is a floor."""
    area = re.match(r"[a-z]{1,2}(?=\d)", text)
    return area is not None and area[0] in AREAS


def is_licence(text: str) -> bool:
    """Month (women's plus 50) and day of the driver number."""
    month, day = int(text[6:8]), int(text[8:10])
    return 1 <= month % 50 <= 12 and 1 <= day <= 31


def is_ip(text: str) -> bool:
    """Four numbers up to 255."""
    return all(int(p) <= 255 for p in text.split("."))


SEP = r"[ .\-]?"
PHONE = r"(?:(?:\+|00) ?44[ .\-]?(?:\(0\)[ .\-]?)?|\(?\b[0o])[1-9](?:[ .\-()]{0,2}\d){7,9}(?!\d)"
TLD = r"(?:com|co\.uk|org\.uk|org|net|uk|gov\.uk|nhs\.uk|ac\.uk|sch\.uk|police\.uk|pnn\.police\.uk|io|me|info|biz|eu|ie|pl|ro|de|fr|example|test|invalid)"
SITES = r"(?:facebook|fb|instagram|tiktok|twitter|x|snapchat|linkedin|youtube|t|vinted|onlyfans|linktr|telegram|discord|twitch|reddit|pinterest|vk)"
FAMILIES: list[tuple[str, str, str, Check | None, float]] = [
    ("EMAIL", "email", r"[\w.+\-]{1,64}(?:@| @ |\s?[(\[{]at[)\]}]\s?)[\w\-]{1,63}(?:(?:\.|\s?[(\[{]dot[)\]}]\s?)[\w\-]{1,63}){1,5}", None, 1.0),
    ("IBAN", "iban", r"\bgb\d\d ?[a-z]{4}(?: ?\d){14}\b", is_iban, 1.0),
    ("CARD", "card", r"(?<!\d)\d(?:[ \-]?\d){12,18}(?!\d)", is_card, 0.9),
    ("CARD", "card-grouped", r"(?<!\d)\d{4}([ \-])\d{4}\1\d{4}\1\d{4}(?!\d)", None, 0.9),
    ("DRIVING LICENCE", "driving-licence", r"\b[a-z9]{5} ?\d[0156]\d[0-3]\d{2} ?[a-z9]{2}[a-z0-9] ?[a-z]{2}\b", lambda t: is_licence(t.replace(" ", "")), 1.0),
    ("NINO", "nino", r"\b[a-ceghj-prtq-tw-z][a-ceghj-npq-tw-z][ \-]?\d\d[ \-]?\d\d[ \-]?\d\d(?:[ \-]?[a-d])?\b", is_nino, 1.0),
    ("UPN", "upn", r"\b[a-hj-np-rt-z]\d{11}[\da-z]\b", is_upn, 1.0),
    ("ASN", "asn", r"\b\d\d/?[0-9a-z]{4}/?\d\d/?\d{1,11}[a-hj-np-rt-z]\b", lambda t: len(t.replace("/", "")) > 10, 0.9),
    ("PNC ID", "pnc", r"\b(?:(?:19|20)?\d\d/\d{1,7}|(?:19|20)\d{9})[a-hj-np-rt-z]\b", None, 0.9),
    ("CRO NUMBER", "cro", r"\b(?:\d{1,6}/\d\d|sf\d\d/\d{1,6})[a-hj-np-rt-z]\b", None, 0.9),
    ("NDTMS", "ndtms", r"\b[a-z]{2}\d{8}[mf]\b", None, 0.9),
    ("PHONE", "phone", PHONE, None, 0.95),
    ("PHONE", "phone-abroad", r"(?<!\w)(?:\+|00)[1-9]\d{0,2}(?:[ .\-()]{0,2}\d){6,12}(?!\d)", None, 0.9),
    ("NHS NUMBER", "nhs", r"(?<!\d)\d{3}[ \-.]?\d{3}[ \-.]?\d{4}(?!\d)", is_nhs, 0.95),
    ("IP ADDRESS", "ip", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", is_ip, 0.95),
    ("IP ADDRESS", "ip6", r"(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}(?![\w:])", lambda t: t.count(":") >= 5 or "::" in t, 0.9),
    ("ACCOUNT", "sort-code", r"(?<!\d)\d\d[- ]\d\d[- ]\d\d(?:\D{1,20}\d{8})(?!\d)", None, 0.9),
    ("VEHICLE", "vrm", r"\b[a-hj-pr-y][a-hj-pr-y]\d\d[ \-]?[a-hj-pr-z]{3}\b", is_vrm, 0.95),
    ("POSTCODE", "postcode", r"\b(?:[a-pr-uwyz][a-hk-y]?\d[a-hjkmnp-z\d]?)[ \-]{0,2}\d[abd-hjlnp-uw-z]{2}\b", is_postcode, 0.95),
    ("PRISON NUMBER", "noms", r"\b[a-z]\d{4}[a-z]{2}\b", None, 0.9),
    ("GRID REFERENCE", "grid", r"\b(?:s[c-ehj-km-z]|n[a-dfg-ljm-nuw-z]|no(?! )|t[afglmqrv]|h[pu])[ ]?\d{3,5}[ ]?\d{3,5}\b", None, 0.8),
    ("GRID REFERENCE", "latitude", r"(?<![\d.])-?\d{1,2}\.\d{4,8}, ?-?\d{1,2}\.\d{4,8}(?!\d)", None, 0.9),
    ("REFERENCE", "long-number", r"(?<![\d£$€.])\d{7,20}(?!\d)", None, 0.7),
]  # fmt: skip
NO_DIGITS: list[tuple[str, str, str, Check | None, float]] = [
    ("EMAIL", "email-spelt", rf"\b[\w.+\-]{{1,40}}(?: dot [\w\-]{{1,30}}){{0,3}} at [\w\-]{{1,30}}(?: dot [\w\-]{{1,20}}){{1,3}}|\b[\w.+\-]{{2,40}} at [\w\-]{{1,30}}\.{TLD}\b", None, 0.9),
    ("ONLINE NAME", "url", r"\bhttps?://[^\s<>\"']{3,300}|\bwww\.[^\s<>\"']{3,300}|\b[\w\-]{1,63}\.(?:com|co\.uk|me|net|org|tv|gg|ee)/[^\s<>\"']{1,300}", None, 0.9),
    ("ONLINE NAME", "site", rf"\b{SITES}\.(?:com|me|tv)/[^\s<>\"']{{1,300}}", None, 0.9),
    ("ONLINE NAME", "numbered", r"(?<![\w.@/\-])[a-z]{6,20}\d{2,4}(?![\w@\-/])", None, 0.6),
    ("ONLINE NAME", "underscored", r"(?<![\w.@/])[a-z][a-z\d]{0,30}(?:[._]?_[a-z\d]{1,30}){1,4}(?![\w@])", None, 0.85),
    ("ONLINE NAME", "at-name", r"(?<![\w.@])@[a-z_][\w.\-]{1,40}\w", None, 0.9),
    ("LOCATION CODE", "what3words", r"/{3} ?[a-z]{2,25}\.[a-z]{2,25}\.[a-z]{2,25}\b|(?<=what3words )[a-z]+\.[a-z]+\.[a-z]+|\b(?:w3w|what3words)\W{1,4}(?:is |at )?[a-z]{2,25}[. ][a-z]{2,25}[. ][a-z]{2,25}\b", None, 0.95),
    ("LOCATION CODE", "what3words-bare", r"(?<![\w./@])[a-z]{4,20}\.[a-z]{4,20}\.[a-z]{4,20}(?![\w./@])", None, 0.6),
]  # fmt: skip
_Made = tuple[str, str, re.Pattern[str], Check | None, float]
_WITH: list[_Made] = [(k, f"pattern.{r}", re.compile(p), c, s) for k, r, p, c, s in FAMILIES]
AT_SITE = re.compile(rf" at [\w\-]{{1,30}}\.{TLD}")
SLASHED = re.compile(r"\.(?:com|co\.uk|me|net|org|tv|gg|ee)/")
THREE_WORDS = re.compile(r"\.[a-z]{4,20}\.[a-z]")
NUMBERED = re.compile(r"[a-z]\d\d")
HINTS: dict[str, Callable[[str], object]] = {
    "email-spelt": lambda t: " at " in t and (" dot " in t or AT_SITE.search(t)),
    "url": lambda t: "://" in t or "www." in t or SLASHED.search(t),
    "site": SLASHED.search, "at-name": lambda t: "@" in t,
    "underscored": lambda t: "_" in t, "numbered": NUMBERED.search,
    "what3words": lambda t: "///" in t or "what3words" in t or "w3w" in t,
    "what3words-bare": THREE_WORDS.search,
}  # fmt: skip
"""What a note must hold for a family without digits to be looked for: cheaper to ask than the family itself."""
_WITHOUT: list[tuple[Callable[[str], object], _Made]] = [
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


def _cued(kind: str, rule: str, score: float, cues: str, tail: str) -> Cued:
    """`cues` are parted by spaces; `_` in one is a space, and it may go on as an expression behind its first word."""
    words = sorted((c.replace("_", " ") for c in cues.split()), key=len, reverse=True)
    heads = frozenset(found[0] for w in words if (found := HEAD.match(w)))
    return Cued(kind, f"pattern.{rule}", re.compile(rf"\b(?:{'|'.join(words)}){tail}"), score, heads)


REF_CUE = _cued(
    "REFERENCE", "reference-cued", 0.8,
    "ref refs reference references crime incident inc log urn crn crim occ occurrence case claim job call cad niche custody cust"
    " report id tenancy tenant rent account acct accoun a/c acc hospital hosp mrn unit patient pas collar badge warrant shoulder"
    " epaulette policy permit licence license passport pp uprn usrn upn uln utr nhs nino ni pnc cro asn noms nomis prison ptiurn imei"
    " serial frame booking fine ticket notice pcn order docket exhibit file number num no nos nr pin code membership payroll staff"
    " student pupil admission attendance episode visit record lims erf epr pcr prf carecode contact meter iccid sim insurance cert"
    " certificate keysafe key_safe keypad doorcode keycode",
    r"(?:\.|\b)(?: (?:ref(?:erence)?|no|number|num|id|code|log|account|card))?(?:\.|\b)[ :#\-=.(]{0,4}(?:is |was |of )?[#(]?"
    r"(?P<v>[a-z]{0,5}[ ]?\d[\w/\-]{2,24}(?: (?:of|/) \d\d?/\d\d?/\d\d(?:\d\d)?)?|[a-z]{1,6}[/\-][\w/\-]{0,20}\d[\w/\-]{0,20})",
)  # fmt: skip
LOCAL_PHONE = _cued(
    "PHONE", "phone-local", 0.75,
    "tel phone phoned mob mobile ring rang call called calling landline number contact ext extension on text texted whatsapp home"
    " work cell fax t m p no voicemail",
    r"(?: (?:no|num|number|him|her|them|back|me|is|on))?[.: \-]{0,3}(?P<v>\(?\d{3,6}\)?[ \-]\d{3,6}(?:[ \-]\d{3,4})?|\d{6})(?![\d/])",
)  # fmt: skip
MORE_VRM = re.compile(
    r"\b(?P<p>[a-hj-npr-tv-y]\d{1,3})(?P<s>[ \-]?)(?P<l>[a-z]{3})\b|\b(?P<l2>[a-z]{3})(?P<s2>[ \-]?)(?P<p2>\d{1,3}[a-hj-npr-tv-y])\b"
)
DATELESS = _cued(
    "VEHICLE", "vrm-cued", 0.8,
    "reg registration vrm index partial plate plates vehicle veh car van moped motorbike vrn",
    r"(?: (?:no|number|mark|is|was|of|plate))?[ :.#\-(]{1,3}"
    r"(?P<v>[a-z]\d{1,3} ?[a-z]{3}|[a-z]{1,3} ?\d{1,4}|\d{1,4} ?[a-z]{1,3}|[a-z]{2,3} ?\d{2,4}[ ]?[a-z]{0,3})\b(?!/)",
)  # fmt: skip
PASSPORT = _cued("PASSPORT", "passport", 0.95, "passport ppt pp",
                 r"(?: (?:no|number|num|is|ref))*[ :.#\-]{0,3}(?P<v>[a-z]{0,2} ?\d{6,9})\b")  # fmt: skip
SORT = Cued("ACCOUNT", "pattern.account", re.compile(
    r"\b(?:sort ?code|s/c|sc)[ :.#\-]{0,3}(?P<v>\d\d[- ]?\d\d[- ]?\d\d)\b"
    r"|\b(?:account|acct|acc|a/c)(?: (?:no|number|num))?[ :.#\-]{0,3}(?P<w>\d{6,10}|\d{4}[ -]\d{4})\b|\bending(?: in)? (?P<x>\d{4})\b"
), 0.9, frozenset("sort sortcode s sc account acct acc a ending".split()))  # fmt: skip
OF_DAY = re.compile(
    r"(?P<v>\d(?<!\w\d)(?:\d{0,4}(?: of | ?/ ?)\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,4} of \d{1,2}[/.]\d{1,2}"
    rf"|\d{{1,4}} \d{{2}}{MONTH}\d{{2}}))\b"
)
STORM = re.compile(
    r"\b(?P<v>[a-z]{2,5}[-/]\d{6,8}[-/]\d{2,6}|\d\d/\d{4,7}/\d\d|\d{2}[a-z]{1,4}/?\d{3,8}/?\d{0,4}|[a-z]\d{6,7}|\d{6,7}/\d\d)\b"
)
RANKED = _cued(
    "OFFICER", "collar", 0.95,
    "pc dc ps ds di dci pcso sgt insp supt wpc sc cso psi po constable sergeant inspector officer collar ff wm cm paramedic emt eca"
    " crew warden unit units c/s",
    r"(?: (?:no|number|collar))?[ :#.]{1,2}(?P<v>[a-z]{0,3}\d{2,6}[a-z]{0,2})\b",
)  # fmt: skip
SEVERAL = _cued(
    "OFFICER", "collars", 0.9, "officers pcs pcsos dcs constables",
    r" (?P<v>[a-z]{0,3}\d{3,6})\b(?= and \d| & \d|[/,] ?\d)",
)  # fmt: skip
"""Two numbers or more, since `armed officers 2251` tells the time."""
RANKED_NEXT = _cued(
    "OFFICER", "collar-next", 0.8,
    "unit units pc pcs collar collars officer officers pcso pcsos crew crews",
    r" [a-z]{0,3}\d{2,6}(?:,| and| &|/) ?(?:pc )?(?P<v>[a-z]{0,3}\d{3,6})\b",
)  # fmt: skip
AFTER_NAME_COLLAR = re.compile(r"^[ ,(]{0,3}#?\(?(?P<v>[a-z]{0,2}\d{3,6}[a-z]?)\)?(?![\d/:])")
OLD = re.compile(
    r"\b(?:aged?|now|turned|is|was|i'm|im|he's|she's|hes|shes)[ :]{1,2}(?P<v>9\d|1[0-2]\d)\b(?![/:%]|\.\d)|\b(?P<w>9\d|1[0-2]\d)[ \-]?(?:y/?o\b|yrs?\b|years?|y\.o|year[ \-]old|y/?o?[mf]\b|yo[mf]\b| ?[mf]\b)(?! (?:tenancy|lease|sentence))|\((?P<x>9\d|1[01]\d)[,)]|[a-z]\)?, (?P<y>9\d|1[01]\d)(?=, [a-z]|\.(?: |$))"
)
HANDLE = _cued(
    "ONLINE NAME", "handle", 0.85,
    "snapchat snap sc insta instagram ig tiktok tik_tok facebook fb twitter telegram discord kik steam psn xbox xbox_live gamertag"
    " gamer_tag roblox fortnite messenger signal wickr username user_name screenname screen_name handle profile account wechat viber imo hinge tinder bumble grindr reddit threads vinted line",
    r"(?: (?:name|account|user|username|handle|profile|page|id|called|under|as|is|was|named|with))*[ :=\-(\"']{1,4}"
    r"(?P<v>@?[a-z][\w.\-#]{2,40})",
)  # fmt: skip
BORN = re.compile(
    r"\b(?:d\.? ?o\.? ?b|born|birth|b\.|bday|birthday|b'day|d/o/b|date of birth|turned|born on|dobs?)\b[^\n]{0,22}$"
)
YEARLESS = _cued(
    "DATE OF BIRTH", "birthday", 0.8, r"birthday born bday dob turned_\d{1,2}",
    rf"(?: (?:is|was|on|of|the))*[ :]{{1,2}}(?P<v>\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}/\d{{1,2}})\b",
)  # fmt: skip
NO_BIRTH = re.compile(
    r"\b(?:on|since|dated|convicted|from|until|till|by|before|after|review|tenancy|moved|started|began|of|visit|seen|offence|court|expires?|due|between|to)\W{1,3}$"
)
NOBODY: frozenset[str] = frozenset()
FIXED: tuple[Cued, ...] = (
    PASSPORT, SORT, Cued("REFERENCE", "pattern.log-of-day", OF_DAY, 0.9, NOBODY),
    Cued("REFERENCE", "pattern.crime-reference", STORM, 0.85, NOBODY), RANKED, SEVERAL, RANKED_NEXT, DATELESS, REF_CUE, LOCAL_PHONE,
    Cued("AGE", "pattern.age-over-89", OLD, 0.9, NOBODY), YEARLESS,
)  # fmt: skip
"""In the order in which they are asked; those without heads are looked for by what their numbers need (`_may_hold`)."""
MEASURE = re.compile(
    r"^\d+(?:mgs?|mcg|ml|g|kg|kgs|cm|mm|m|km|hrs?|h|mins?|min|s|secs?|mph|kmh|st|lb|lbs|ft|in|x\d+|yo|yrs?|y|months?|mths?|wks?|days?|am|pm|th|rd|nd|k|mb|gb|ghz|v|w|bn|l|cc|bpm|mmhg|ish|s|p|hz|dp|bed|man|min|pt|ltr|lt)$"
)


WORDED = re.compile(r"([a-z]{2,5}) \d{1,4}[a-z]?$")


def _worded(value: str, lexicon: Lexicon) -> bool:
    """`number ends 118`, `visit at 11a`: an ordinary word and a few digits are no reference."""
    found = WORDED.match(value)
    return found is not None and bool(lexicon.of(found[1]) & (WORD | FUNCTION))


DOSE_OR_ROAD = re.compile(r"\d+(?:mg|mcg|g|ml|l|kg|m|km|mmol|units?)/[a-z]{1,5}|[abm]\d{1,4}m?")


def find_patterns(read: Note, lexicon: Lexicon, forms: tuple[re.Pattern[str], ...] = ()) -> list[Span]:
    """Everything in a note that identifies by its form. `forms`: a site's own patterns for references."""
    folded = read.folded
    spans: list[Span] = []
    cues = _cues(read)
    if read.zones:
        _numbers(read, cues, lexicon, spans)
        _dates(read, spans)
        for form in forms:
            spans += [Span(*m.span(), "REFERENCE", 0.95, "pattern.site-form") for m in form.finditer(folded)]
        spans += _plates(read, lexicon)
        spans += _codes(read, lexicon)
    at = "@" in folded or "at)" in folded or "at]" in folded
    if at:
        _emails(folded, spans)
    for hint, family in _WITHOUT:
        if hint(folded):
            _run(family, folded, spans, 0, len(folded))
    spans += _handles(read, cues, lexicon)
    return spans


def _run(family: _Made, folded: str, spans: list[Span], at: int, to: int) -> None:
    kind, rule, pattern, check, score = family
    spans += [
        Span(*found.span(), kind, score, rule)
        for found in pattern.finditer(folded, at, to)
        if check is None or check(found[0])
    ]


def _emails(folded: str, spans: list[Span]) -> None:
    """Addresses around each `@` or `(at)`, so that the rest of the note is not read for them."""
    done = 0
    for sign in SIGN.finditer(folded):
        if sign.start() >= done and (
            found := _EMAIL[2].search(folded, max(done, sign.start() - LOCAL_PART), sign.end() + DOMAIN)
        ):
            spans.append(Span(*found.span(), "EMAIL", 1.0, _EMAIL[1]))
            done = found.end()


def _cues(read: Note) -> dict[str, list[int]]:
    """Rule of a cued form → the places, in order, where one of its heads stands."""
    found: dict[str, list[int]] = {}
    heads = HEADS.get
    for word, start in zip(read.words, read.starts, strict=True):
        for rule in heads(word, ()):
            found.setdefault(rule, []).append(start)
    if "'" in read.folded:
        for word, start in zip(read.words, read.starts, strict=True):
            if "'" in word:  # `victim's ref'd`: what stands behind an apostrophe begins a word too
                for part in PART.finditer(word):
                    for rule in heads(part[0], ()):
                        found.setdefault(rule, []).append(start + part.start())
                        found[rule].sort()
    return found


HEADS = {head: tuple(c.rule for c in (*FIXED, HANDLE) if head in c.heads) for c in (*FIXED, HANDLE) for head in c.heads}
PART = re.compile(r"[^']+")
SIGN = re.compile(r"@|at[)\]}]")
LOCAL_PART, DOMAIN = 68, 500
"""Characters before and after an `@` that an address may take up."""


def _numbers(read: Note, cues: Mapping[str, list[int]], lexicon: Lexicon, spans: list[Span]) -> None:
    """Families by their form in the zones of digits, then what a cue before a number says it is."""
    folded = read.folded
    for zone in read.zones:
        for family, sign, times in _families(min(zone.digits, 16), min(zone.longest, 11), touching=zone.touching):
            if not sign or folded.count(sign, zone.start, zone.end) >= times:
                _run(family, folded, spans, zone.start, zone.end)
    for window in _windows(read.zones):
        for cued in FIXED:
            if cued.heads:
                places = cues.get(cued.rule)
                if places is None:
                    continue
                matches = _matches(cued.pattern, folded, places, window.start, window.end)
            elif _may_hold(cued.pattern, window, folded):
                matches = cued.pattern.finditer(folded, window.start, window.end)
            else:
                continue
            for found in matches:
                name = found.lastgroup or "v"
                start, end = found.span(name)
                value = found[name]
                if cued.kind == "REFERENCE" and (
                    MEASURE.match(value) or _worded(value, lexicon) or _is_time(found, value, folded, end)
                ):
                    continue
                spans.append(Span(start, end, cued.kind, cued.score, cued.rule))


def _matches(
    pattern: re.Pattern[str], folded: str, places: Sequence[int], done: int, to: int
) -> Iterator[re.Match[str]]:
    """What `finditer` would find from `done` to `to`, had it to look at these places alone."""
    for place in places:
        if done <= place < to and (found := pattern.match(folded, place, to)):
            yield found
            done = found.end()


def _may_hold(pattern: re.Pattern[str], zone: Zone, folded: str) -> bool:
    """Has a zone the digits that a form without a cue needs?"""
    if pattern is OLD:
        return zone.aged
    stroke = folded.find("/", zone.start, zone.end) >= 0
    if pattern is OF_DAY:
        return zone.digits > 4 and (stroke or zone.touching or folded.find(" of ", zone.start, zone.end) >= 0)
    return zone.longest > 5 or (zone.longest > 3 and stroke) or (zone.longest > 2 and zone.touching)


def _windows(zones: list[Zone]) -> list[Zone]:
    """Zones with room before them for a cue, joined where they meet."""
    joined: list[Zone] = []
    for zone in zones:
        start = max(0, zone.start - CUE_ROOM)
        if joined and start <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Zone(last.start, zone.end, last.digits + zone.digits, max(last.longest, zone.longest),
                              last.runs + zone.runs, last.touching or zone.touching, last.aged or zone.aged)  # fmt: skip
        else:
            joined.append(zone._replace(start=start))
    return joined


CUE_ROOM = 40
NEEDS: dict[str, tuple[int, int, bool, str, int]] = {
    "iban": (16, 1, True, "", 0), "card": (13, 1, False, "", 0), "card-grouped": (16, 4, False, "", 0), "driving-licence": (6, 6, False, "", 0),
    "nino": (6, 1, False, "", 0), "upn": (11, 11, True, "", 0), "asn": (8, 1, True, "", 0), "pnc": (3, 1, True, "", 0),
    "cro": (3, 1, True, "", 0), "ndtms": (8, 8, True, "", 0), "phone": (8, 1, False, "", 0),
    "phone-abroad": (8, 1, False, "", 0), "nhs": (10, 1, False, "", 0), "ip": (4, 1, False, ".", 3), "ip6": (1, 1, False, ":", 2),
    "sort-code": (14, 8, False, "", 0), "vrm": (2, 2, True, "", 0), "postcode": (2, 1, True, "", 0), "noms": (4, 4, True, "", 0),
    "grid": (6, 3, False, "", 0), "latitude": (10, 4, False, ".", 2), "long-number": (7, 7, False, "", 0),
}  # fmt: skip
"""What a zone must have for a family to be looked for in it: digits, the longest run of them, a digit that touches a
letter, a sign and how often."""
_EMAIL = next(f for f in _WITH if f[1] == "pattern.email")


@lru_cache(maxsize=1024)
def _families(digits: int, longest: int, *, touching: bool) -> tuple[tuple[_Made, str, int], ...]:
    """The families that may be found in a zone, with the sign that each needs."""
    found = []
    for family in _WITH:
        least, run, touch, sign, times = NEEDS.get(family[1].removeprefix("pattern."), (99, 0, False, "", 0))
        if digits >= least and longest >= run and (touching or not touch):
            found.append((family, sign, times))
    return tuple(found)


CLOCK = re.compile(
    r"(?:[01]\d|2[0-3])[0-5]\d(?:hrs?|h)?$|(?:19|20)\d\d$|\d{1,3}$|\d{1,2}/\d{1,2}(?:/\d{2,4})?$|\d{1,2}-\d{1,2}-\d{2,4}$|\d{1,4}-\d{1,4}$"
)


def _is_time(found: re.Match[str], value: str, folded: str, end: int) -> bool:
    if LOGGED.match(found[0]) and re.fullmatch(r"\d{3,6}", value):
        return False
    return CLOCK.match(value) is not None or folded[end : end + 1] == ":"


LOGGED = re.compile(r"(?:log|inc|incident|ref|reference|cad|job|case|crime|[a-z ]{0,12}code|key ?safe|pin)\b")


def _dates(read: Note, spans: list[Span]) -> None:
    """Dates of birth: by a cue before, or standing right after a name with a year long past. Other dates stay."""
    folded = read.folded
    for start, end, meant in read.dates:
        before = folded[max(0, start - 40) : start]
        if BORN.search(before):
            spans.append(Span(start, end, "DATE OF BIRTH", 0.95, "pattern.birth-cued"))
        elif any(y < 2016 for y, _, _ in meant) and not any(2019 < y < 2035 for y, _, _ in meant):
            if not NO_BIRTH.search(before):
                spans.append(Span(start, end, "DATE OF BIRTH", 0.55, "pattern.date-long-past"))
        elif before.endswith(("(", "( ")) and all(y < 2020 or y > 2030 for y, _, _ in meant):
            spans.append(Span(start, end, "DATE OF BIRTH", 0.55, "pattern.date-bracketed"))


def _plates(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """Older plates: their letters must not be a word, unless the note writes them in capitals."""
    zones = [z for z in read.zones if z.touching]
    for found in (m for z in zones for m in MORE_VRM.finditer(read.folded, z.start, z.end)):
        letters = found["l"] or found["l2"]
        start, end = found.span()
        capitals = read.casing == reading.PROSE and read.text[start:end].isupper()
        spaced = found["s"] or found["s2"]
        wordy = lexicon.of(letters) & (WORD | KEEP | MAYBE_WORD)
        shown = capitals and not lexicon.of(letters) & FUNCTION and (not (wordy and spaced) or len(found[0]) > 7)
        if shown or (not wordy and (not spaced or read.casing != reading.PROSE)):
            yield Span(start, end, "VEHICLE", 0.75, "pattern.vrm-older")


def _codes(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """References by their look alone."""
    folded = read.folded
    zones = [z for z in read.zones if z.digits > 2 and (
        z.touching or folded.find("-", z.start, z.end) >= 0 or folded.find("/", z.start, z.end) >= 0)]  # fmt: skip
    for found in (m for z in zones for m in CODE.finditer(folded, z.start, z.end)):
        text = found[0]
        digits = sum(c.isdigit() for c in text)
        letters = sum(c.isalpha() for c in text)
        parts = re.split(r"[/\-]", text)
        if digits < 3 or MEASURE.match(text) or DOSE_OR_ROAD.fullmatch(text) or CLOCK.match(text) or any(
                p.isalpha() and len(p) > 3 and lexicon.of(p) & (WORD | KEEP) for p in parts):  # fmt: skip
            continue
        if all(p.isdigit() for p in parts):
            if digits < 7 or find_dates(text):
                continue
        elif letters and digits < 4 and len(text) < 7:
            continue
        if folded[found.end() : found.end() + 1] == ":" and digits < 6:
            continue
        yield Span(found.start(), found.end(), "REFERENCE", 0.65, "pattern.code")


def _handles(read: Note, cues: Mapping[str, list[int]], lexicon: Lexicon) -> Iterator[Span]:
    """Names on social media: what follows the site's name, where it is no ordinary word."""
    for found in _matches(HANDLE.pattern, read.folded, cues.get(HANDLE.rule, ()), 0, len(read.folded)):
        value = found["v"].rstrip(".-")
        start = found.start("v")
        plain = value.lstrip("@")
        marked = any(c in plain for c in "_.#") or any(c.isdigit() for c in plain)
        bits = lexicon.of(plain)
        if (
            marked
            or value.startswith("@")
            or (not bits & (WORD | MAYBE_WORD | KEEP | SURNAME) and plain not in FUNCTION_WORDS)
        ):
            yield Span(start, start + len(value), "ONLINE NAME", 0.85, "pattern.handle")
