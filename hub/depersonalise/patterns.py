"""Which numbers, codes and addresses identify by their form? UK identifiers, each with the check that its kind has.

One pattern per family on the folded note, linear by construction (bounded repeats, nothing nested), the cheap test
first: a note without a digit or an @ is looked at for what has none. What no family knows but looks like a reference
(a long number, letters mixed with digits, anything after `ref`) is masked as a reference: forces and trusts each have
their own numbering. Sources: domain reference §4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from hub.depersonalise import reading
from hub.depersonalise.dates import MONTH, find_dates
from hub.depersonalise.lexicon import FUNCTION, FUNCTION_WORDS, KEEP, MAYBE_WORD, SURNAME, WORD, Lexicon
from hub.depersonalise.reading import Note
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
PHONE = r"(?:(?:\+|00) ?44[ .\-]?(?:\(0\)[ .\-]?)?|\(?\b[0o])[1-9](?:[ .\-()/]{0,2}\d){7,9}(?!\d)"
TLD = r"(?:com|co\.uk|org\.uk|org|net|uk|gov\.uk|nhs\.uk|ac\.uk|sch\.uk|police\.uk|pnn\.police\.uk|io|me|info|biz|eu|ie|pl|ro|de|fr|example|test|invalid)"
SITES = r"(?:facebook|fb|instagram|tiktok|twitter|x|snapchat|linkedin|youtube|t|vinted|onlyfans|linktr|telegram|discord|twitch|reddit|pinterest|vk)"
FAMILIES: list[tuple[str, str, str, Check | None, float]] = [
    ("EMAIL", "email", r"[\w.+\-]{1,64}(?:@| @ |\s?[(\[{]at[)\]}]\s?)[\w\-]{1,63}(?:(?:\.|\s?[(\[{]dot[)\]}]\s?)[\w\-]{1,63}){1,5}", None, 1.0),
    ("IBAN", "iban", r"\bgb\d\d ?[a-z]{4}(?: ?\d){14}\b", is_iban, 1.0),
    ("CARD", "card", r"(?<!\d)\d(?:[ \-]?\d){12,18}(?!\d)", is_card, 0.9),
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
    ("GRID REFERENCE", "grid", r"\b(?:s[c-ehj-km-z]|n[a-dfg-ljm-ouw-z]|t[afglmqrv]|h[pu])[ ]?\d{3,5}[ ]?\d{3,5}\b", None, 0.8),
    ("GRID REFERENCE", "latitude", r"(?<![\d.])-?\d{1,2}\.\d{4,8}, ?-?\d{1,2}\.\d{4,8}(?!\d)", None, 0.9),
    ("REFERENCE", "long-number", r"(?<![\d£$€.])\d{7,20}(?!\d)", None, 0.7),
]  # fmt: skip
NO_DIGITS: list[tuple[str, str, str, Check | None, float]] = [
    ("EMAIL", "email-spelt", rf"\b[\w.+\-]{{1,40}}(?: dot [\w\-]{{1,30}}){{0,3}} at [\w\-]{{1,30}}(?: dot [\w\-]{{1,20}}){{1,3}}|\b[\w.+\-]{{2,40}} at [\w\-]{{1,30}}\.{TLD}\b", None, 0.9),
    ("ONLINE NAME", "url", r"\bhttps?://[^\s<>\"']{3,300}|\bwww\.[^\s<>\"']{3,300}|\b[\w\-]{1,63}\.(?:com|co\.uk|me|net|org|tv|gg|ee)/[^\s<>\"']{1,300}", None, 0.9),
    ("ONLINE NAME", "site", rf"\b{SITES}\.(?:com|me|tv)/[^\s<>\"']{{1,300}}", None, 0.9),
    ("ONLINE NAME", "at-name", r"(?<![\w.@])@[a-z_][\w.\-]{1,40}\w", None, 0.9),
    ("LOCATION CODE", "what3words", r"/{3} ?[a-z]{2,25}\.[a-z]{2,25}\.[a-z]{2,25}\b|(?<=what3words )[a-z]+\.[a-z]+\.[a-z]+|\b(?:w3w|what3words)\W{1,4}(?:is |at )?[a-z]{2,25}[. ][a-z]{2,25}[. ][a-z]{2,25}\b", None, 0.95),
    ("LOCATION CODE", "what3words-bare", r"(?<![\w./@])[a-z]{4,20}\.[a-z]{4,20}\.[a-z]{4,20}(?![\w./@])", None, 0.6),
]  # fmt: skip
_WITH = [(k, f"pattern.{r}", re.compile(p), c, s) for k, r, p, c, s in FAMILIES]
_WITHOUT = [(k, f"pattern.{r}", re.compile(p), c, s) for k, r, p, c, s in NO_DIGITS]

CODE = re.compile(
    r"(?<![\w£$€.,/\-])(?=[a-z0-9/\-]{5,30}(?![\w]))(?=[^\s]{0,29}\d)(?=[a-z0-9/\-]*[a-z/\-])[a-z0-9]+(?:[/\-][a-z0-9]+){0,5}"
)
"""A run of letters and digits joined by strokes: taken for a reference by `_is_code`."""
REF_CUE = re.compile(
    r"\b(?:ref(?:erence)?s?|crime|incident|inc|log|urn|crn|crim|occ|occurrence|case|claim|job|call|cad|niche|custody|cust|report|id"
    r"|tenancy|tenant|rent|account|acc(?:oun)?t|a/c|hospital|hosp|mrn|unit|patient|pas|collar|badge|warrant|shoulder|epaulette|policy"
    r"|permit|licen[cs]e|passport|pp|uprn|usrn|upn|uln|utr|nhs|nino|ni|pnc|cro|asn|noms|nomis|prison|ptiurn|imei|serial|frame"
    r"|booking|fine|ticket|notice|pcn|order|docket|exhibit|file|number|num|no|nos|nr|pin|code|membership|payroll|staff|student|pupil"
    r"|admission|attendance|episode|visit|record|lims|erf|epr|pcr|prf|carecode|contact|meter|iccid|sim|insurance|cert(?:ificate)?)"
    r"(?:\.|\b)(?: (?:ref(?:erence)?|no|number|num|id|code|log|account|card))?(?:\.|\b)[ :#\-=.(]{0,4}(?:is |was |of )?[#(]?"
    r"(?P<v>[a-z]{0,5}[ ]?\d[\w/\-]{2,24}(?: (?:of|/) \d\d?/\d\d?/\d\d(?:\d\d)?)?|[a-z]{1,6}[/\-][\w/\-]{0,20}\d[\w/\-]{0,20})"
)
LOCAL_PHONE = re.compile(
    r"\b(?:tel|phone|phoned|mob|mobile|ring|rang|call|called|calling|landline|number|contact|ext|extension|on|text|texted|whatsapp|home|work|cell|fax|t|m|p|no|voicemail)"
    r"(?: (?:no|num|number|him|her|them|back|me|is|on))?[.: \-]{0,3}(?P<v>\(?\d{3,6}\)?[ \-]\d{3,6}(?:[ \-]\d{3,4})?|\d{6})(?![\d/])"
)
MORE_VRM = re.compile(
    r"\b(?P<p>[a-hj-npr-tv-y]\d{1,3})(?P<s>[ \-]?)(?P<l>[a-z]{3})\b|\b(?P<l2>[a-z]{3})(?P<s2>[ \-]?)(?P<p2>\d{1,3}[a-hj-npr-tv-y])\b"
)
DATELESS = re.compile(
    r"\b(?:reg(?:istration)?|vrm|index|plate|plates|vehicle|veh|car|van|moped|motorbike|vrn)(?: (?:no|number|mark|is|was|of|plate))?[ :.#\-(]{1,3}"
    r"(?P<v>[a-z]\d{1,3} ?[a-z]{3}|[a-z]{1,3} ?\d{1,4}|\d{1,4} ?[a-z]{1,3}|[a-z]{2,3} ?\d{2,4}[ ]?[a-z]{0,3})\b(?!/)"
)
PASSPORT = re.compile(r"\b(?:passport|ppt|pp)(?: (?:no|number|num|is|ref))*[ :.#\-]{0,3}(?P<v>[a-z]{0,2} ?\d{6,9})\b")
SORT = re.compile(
    r"\b(?:sort ?code|s/c|sc)[ :.#\-]{0,3}(?P<v>\d\d[- ]?\d\d[- ]?\d\d)\b"
    r"|\b(?:account|acct|acc|a/c)(?: (?:no|number|num))?[ :.#\-]{0,3}(?P<w>\d{6,10}|\d{4}[ -]\d{4})\b|\bending(?: in)? (?P<x>\d{4})\b"
)
OF_DAY = re.compile(
    rf"\b(?P<v>\d{{1,5}}(?: of | ?/ ?)\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|\d{{2,5}} \d{{2}}{MONTH}\d{{2}})\b"
)
STORM = re.compile(
    r"\b(?P<v>[a-z]{2,5}[-/]\d{6,8}[-/]\d{2,6}|\d\d/\d{4,7}/\d\d|\d{2}[a-z]{1,4}/?\d{3,8}/?\d{0,4}|[a-z]\d{6,7}|\d{6,7}/\d\d)\b"
)
RANKED = re.compile(
    r"\b(?:pc|dc|ps|ds|di|dci|pcso|sgt|insp|supt|wpc|sc|cso|psi|po|constable|sergeant|inspector|officer|collar|ff|wm|cm|paramedic|emt|eca|crew|warden|units?|c/s)"
    r"(?: (?:no|number|collar))?[ :#.]{1,2}(?P<v>[a-z]{0,3}\d{2,6}[a-z]{0,2})\b"
)
AFTER_NAME_COLLAR = re.compile(r"^[ ,(]{0,3}#?\(?(?P<v>[a-z]{0,2}\d{3,6}[a-z]?)\)?(?![\d/:])")
OLD = re.compile(
    r"\b(?:aged?|now|turned|is|was)[ :]{1,2}(?P<v>9\d|1[0-2]\d)\b(?![/:%]|\.\d)|\b(?P<w>9\d|1[0-2]\d)[ \-]?(?:y/?o\b|yrs?\b|years?|y\.o|year[ \-]old|y/?o?[mf]\b|yo[mf]\b| ?[mf]\b)(?! (?:tenancy|lease|sentence))|\((?P<x>9\d|1[01]\d)[,)]"
)
HANDLE = re.compile(
    r"\b(?:snapchat|snap|sc|insta(?:gram)?|ig|tiktok|tik tok|facebook|fb|twitter|telegram|discord|kik|steam|psn|xbox(?: live)?|gamertag|gamer tag"
    r"|roblox|fortnite|messenger|signal|wickr|username|user name|screen ?name|handle|profile|account)"
    r"(?: (?:name|account|user|username|handle|profile|page|id|called|under|as|is|was|named|with))*[ :=\-(\"']{1,4}"
    r"(?P<v>@?[a-z][\w.\-#]{2,40})"
)
BORN = re.compile(
    r"\b(?:d\.? ?o\.? ?b|born|birth|b\.|bday|birthday|b'day|d/o/b|date of birth|turned|born on|dobs?)\b[^\n]{0,22}$"
)
YEARLESS = re.compile(
    rf"\b(?:birthday|born|bday|dob)(?: (?:is|was|on|of|the))*[ :]{{1,2}}(?P<v>\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}/\d{{1,2}})\b"
)
NO_BIRTH = re.compile(
    r"\b(?:on|since|dated|convicted|from|until|till|by|before|after|review|tenancy|moved|started|began|of|visit|seen|offence|court|expires?|due|between|to)\W{1,3}$"
)
FIXED: list[tuple[str, str, re.Pattern[str], float]] = [
    ("PASSPORT", "pattern.passport", PASSPORT, 0.95), ("ACCOUNT", "pattern.account", SORT, 0.9),
    ("REFERENCE", "pattern.log-of-day", OF_DAY, 0.9), ("REFERENCE", "pattern.crime-reference", STORM, 0.85),
    ("OFFICER", "pattern.collar", RANKED, 0.95), ("VEHICLE", "pattern.vrm-cued", DATELESS, 0.8),
    ("REFERENCE", "pattern.reference-cued", REF_CUE, 0.8), ("PHONE", "pattern.phone-local", LOCAL_PHONE, 0.75),
    ("AGE", "pattern.age-over-89", OLD, 0.9), ("DATE OF BIRTH", "pattern.birthday", YEARLESS, 0.8),
]  # fmt: skip
MEASURE = re.compile(
    r"^\d+(?:mgs?|mcg|ml|g|kg|kgs|cm|mm|m|km|hrs?|h|mins?|min|s|secs?|mph|kmh|st|lb|lbs|ft|in|x\d+|yo|yrs?|y|months?|mths?|wks?|days?|am|pm|th|rd|nd|k|mb|gb|ghz|v|w|bn|l|cc|bpm|mmhg|ish|s|p|hz|dp|bed|man|min|pt|ltr|lt)$"
)


def find_patterns(read: Note, lexicon: Lexicon, forms: tuple[re.Pattern[str], ...] = ()) -> list[Span]:
    """Everything in a note that identifies by its form. `forms`: a site's own patterns for references."""
    folded = read.folded
    spans: list[Span] = []
    if read.zones:
        _numbers(read, spans)
        _dates(read, spans)
        for form in forms:
            spans += [Span(*m.span(), "REFERENCE", 0.95, "pattern.site-form") for m in form.finditer(folded)]
        spans += _plates(read, lexicon)
        spans += _codes(read, lexicon)
    at = "@" in folded or "at)" in folded or "at]" in folded
    if at:
        _run(_EMAIL, folded, spans, 0, len(folded))
    if at or DOTTED.search(folded) or " dot " in folded or "/" in folded or "what3" in folded or "w3w" in folded:
        _run(_WITHOUT, folded, spans, 0, len(folded))
    spans += _handles(read, lexicon)
    return spans


DOTTED = re.compile(r"[a-z]\.[a-z]")
_Made = tuple[str, str, re.Pattern[str], Check | None, float]


def _run(families: Sequence[_Made], folded: str, spans: list[Span], at: int, to: int) -> None:
    for kind, rule, pattern, check, score in families:
        for found in pattern.finditer(folded, at, to):
            if check is None or check(found[0]):
                spans.append(Span(*found.span(), kind, score, rule))


def _numbers(read: Note, spans: list[Span]) -> None:
    """Families by their form in the zones of digits, then what a cue before a number says it is."""
    folded = read.folded
    for at, to in read.zones:
        digits = sum(c.isdigit() for c in folded[at:to])
        _run(_BY_DIGITS[min(digits, MOST)], folded, spans, at, to)
    for at, to in _windows(read.zones):
        for kind, rule, pattern, score in FIXED:
            for found in pattern.finditer(folded, at, to):
                name = found.lastgroup or "v"
                start, end = found.span(name)
                value = found[name]
                if kind == "REFERENCE" and (MEASURE.match(value) or _is_time(found, value, folded, end)):
                    continue
                spans.append(Span(start, end, kind, score, rule))


def _windows(zones: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Zones with room before them for a cue, joined where they meet."""
    joined: list[tuple[int, int]] = []
    for start, end in zones:
        start = max(0, start - CUE_ROOM)
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


CUE_ROOM = 40
MOST = 10
LEAST_DIGITS = {
    "iban": 10, "card": 10, "driving-licence": 6, "nino": 6, "upn": 10, "asn": 8, "pnc": 3, "cro": 3, "ndtms": 8, "phone": 8,
    "phone-abroad": 8, "nhs": 10, "ip": 4, "ip6": 1, "sort-code": 10, "vrm": 2, "postcode": 2, "noms": 4, "grid": 6,
    "latitude": 10, "long-number": 7,
}  # fmt: skip
_EMAIL = [f for f in _WITH if f[1] == "pattern.email"]
_BY_DIGITS = [[f for f in _WITH if f[1] != "pattern.email" and LEAST_DIGITS[f[1].removeprefix("pattern.")] <= n]
              for n in range(MOST + 1)]  # fmt: skip
CLOCK = re.compile(
    r"(?:[01]\d|2[0-3])[0-5]\d(?:hrs?|h)?$|(?:19|20)\d\d$|\d{1,3}$|\d{1,2}/\d{1,2}(?:/\d{2,4})?$|\d{1,2}-\d{1,2}-\d{2,4}$|\d{1,4}-\d{1,4}$"
)


def _is_time(found: re.Match[str], value: str, folded: str, end: int) -> bool:
    if LOGGED.match(found[0]) and re.fullmatch(r"\d{3,6}", value):
        return False
    return CLOCK.match(value) is not None or folded[end : end + 1] == ":"


LOGGED = re.compile(r"(?:log|inc|incident|ref|reference|cad|job|case|crime)\b")


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


def _in_zones(pattern: re.Pattern[str], read: Note) -> Iterator[re.Match[str]]:
    for at, to in read.zones:
        yield from pattern.finditer(read.folded, at, to)


def _plates(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """Older plates: their letters must not be a word, unless the note writes them in capitals."""
    for found in _in_zones(MORE_VRM, read):
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
    for found in _in_zones(CODE, read):
        text = found[0]
        digits = sum(c.isdigit() for c in text)
        letters = sum(c.isalpha() for c in text)
        parts = re.split(r"[/\-]", text)
        if digits < 3 or MEASURE.match(text) or CLOCK.match(text) or any(
                p.isalpha() and len(p) > 3 and lexicon.of(p) & (WORD | KEEP) for p in parts):  # fmt: skip
            continue
        if all(p.isdigit() for p in parts):
            if digits < 7 or find_dates(text):
                continue
        elif letters and digits < 4 and len(text) < 7:
            continue
        if read.folded[found.end() : found.end() + 1] == ":" and digits < 6:
            continue
        yield Span(found.start(), found.end(), "REFERENCE", 0.65, "pattern.code")


def _handles(read: Note, lexicon: Lexicon) -> Iterator[Span]:
    """Names on social media: what follows the site's name, where it is no ordinary word."""
    for found in HANDLE.finditer(read.folded):
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
