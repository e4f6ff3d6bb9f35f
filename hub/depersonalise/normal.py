"""Which one form do all spellings of an identifier share? A normaliser per identifier, on whole columns.

A value that cannot be the identifier (a wrong check digit, a placeholder such as `N/K`, a number of the wrong length)
has no normal form: it is null and gets no pseudonym, so that strangers never meet in one. Forms and check rules are
those of the issuing bodies: NHS Data Dictionary (modulus 11), HMRC's NIM39110 (NINO), the Home Office's PNC and CRO
check letters, DfE's UPN guide, DVLA's INF104 (marks), Royal Mail's postcode shapes.

What is known to stay ambiguous: a PNC or CRO year has two digits in its short form, so that numbers exactly a century
apart meet; a date of birth with a two-digit year is read in 1930 to 2029.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import polars as pl

from protocols.contract import Role

A23 = "ZABCDEFGHJKLMNPQRTUVWXY"
"""Check letters of PNC and CRO numbers; UPN has an alphabet of its own."""
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
PLACEHOLDERS = (
    "NK", "NA", "NONE", "NULL", "NIL", "UNKNOWN", "NOTKNOWN", "NOTSTATED", "NOTGIVEN", "NOTRECORDED", "REFUSED", "ANON",
    "ANONYMOUS", "NOFIXEDABODE", "NFA", "TBC", "TEST", "WITHHELD", "UNNAMED", "XXX", "NOTAPPLICABLE", "NOTPROVIDED",
)  # fmt: skip
BIRTHS_OF_NOBODY = ("1900-01-01", "1901-01-01", "1811-11-11", "1911-11-11", "1970-01-01", "9999-12-31", "2099-12-31")
"""Dates that systems write where nobody said one."""
PUNCTUATION = list(" \t\r\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
UNDECOMPOSED = {"Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Þ": "TH", "Æ": "AE", "Œ": "OE", "ẞ": "SS", "Ħ": "H", "Ŧ": "T",
                "Ŋ": "NG", "Ə": "E", "ʼ": "", "ʹ": ""}  # fmt: skip
"""Letters that Unicode does not take apart into a plain letter and a mark."""
TITLES = r"(?i)^\s*(?:(?:MR|MRS|MS|MISS|MX|MASTER|DR|PROF|REV|SIR|DAME|LORD|LADY|MSTR)\b[.\s]+)+"
RANKS = r"^(?:POLICE CONSTABLE|CONSTABLE|SERGEANT|INSPECTOR|WARRANT|COLLAR|PCSO|WPC|DCI|INSP|SGT|PC|PS|DC|DS|DI|SC|CI|NO|NUMBER)\b[.\s:]*"
MONTHS = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))
Normaliser = Callable[[pl.Series], pl.Series]


def _on(values: pl.Series, expression: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return pl.DataFrame({"v": values}).select(expression(pl.col("v")).alias("v")).to_series()


def _only(values: pl.Series, clear: str, rest: Normaliser, quick: Normaliser | None = None) -> pl.Series:
    """`quick` (or as they are) for values of the form that is clear at once, the slower `rest` for the others."""
    at_once = values.str.contains(clear).fill_null(value=True)
    if at_once.all():
        return quick(values) if quick else values
    slow = ~at_once
    return (quick(values) if quick else values).scatter(slow.arg_true(), rest(values.filter(slow)))


def _plain(values: pl.Series) -> pl.Series:
    """Capitals without accents; punctuation stays. Letters of other alphabets stay what they are."""
    upper = values.str.to_uppercase()
    foreign = (upper.str.len_bytes() != upper.str.len_chars()).fill_null(value=False)
    if not foreign.any():
        return upper
    # NFKD costs ten times all the rest: only the few that need it pay
    folded = upper.filter(foreign).str.normalize("NFKD").str.to_uppercase().str.replace_many(UNDECOMPOSED)
    folded = folded.str.normalize("NFKD").str.replace_all(r"[\p{M}\p{Cf}\p{Cc}]", "")
    return upper.scatter(foreign.arg_true(), folded) if folded.len() else upper


def squeezed(values: pl.Series) -> pl.Series:
    """Capital letters and digits alone, accents folded; null where nothing is left or a placeholder stands."""
    plain = _plain(values).str.replace_many(PUNCTUATION, [""])
    if (plain.str.len_bytes() != plain.str.len_chars()).any():
        plain = plain.str.replace_all(r"[^\p{Lu}\p{Ll}\p{Lo}\p{Nd}]+", "")
    return _on(plain, lambda c: pl.when(~_is_nothing(c)).then(c))


def _is_nothing(c: pl.Expr) -> pl.Expr:
    """A placeholder, empty, or one character again and again (`0000000000`, `XXXX`)."""
    return (
        (c == "")
        | c.is_in(PLACEHOLDERS)
        | ((c.str.len_bytes() > 3) & (c.str.strip_chars_start(c.str.slice(0, 1)) == ""))
    )


def _digits(values: pl.Series) -> pl.Series:
    plain = values.str.replace_many(PUNCTUATION, [""])
    return _only(plain, r"^\d*$", lambda v: v.str.replace_all(r"\D+", ""))


def _check_sum(number: pl.Expr, weights: tuple[int, ...]) -> pl.Expr:
    """Weighted sum of a whole number's last digits, leftmost weight first."""
    last = len(weights) - 1
    return pl.sum_horizontal([number // 10 ** (last - i) % 10 * w for i, w in enumerate(weights)])


def _letter(number: pl.Expr, alphabet: str) -> pl.Expr:
    return (number % 23).replace_strict(dict(enumerate(alphabet)), return_dtype=pl.Utf8)


LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
JOINS = [[f"{a}/{b}" for a in one for b in other] for one, other in ((LETTERS, DIGITS), (DIGITS, LETTERS))]


def reference(values: pl.Series) -> pl.Series:
    """A reference or an address: case and the kind of separator do not count, the place of one between digits does."""
    plain = _plain(values)
    if (plain.str.len_bytes() != plain.str.len_chars()).any():
        plain = plain.str.replace_all(r"[^\p{L}\p{Nd}]+", "/")
    separated = plain.str.replace_many(PUNCTUATION, ["/"])
    if separated.str.contains("//", literal=True).any():
        separated = separated.str.replace_all(r"/{2,}", "/")
    joined = separated.str.strip_chars("/")
    for pairs in JOINS:  # NM/123 is NM123
        joined = joined.str.replace_many(pairs, [p.replace("/", "") for p in pairs])
    return _on(joined, lambda c: pl.when(~_is_nothing(c.str.replace_all("/", "", literal=True))).then(c))


def name(values: pl.Series) -> pl.Series:
    """Forename or surname: titles, accents, case, spaces, hyphens and apostrophes do not count."""
    titled = values.str.contains(TITLES).fill_null(value=False)
    if titled.any():
        values = values.str.strip_chars().str.replace(TITLES, "")  # `MR ` may be a surname
    return squeezed(values)


def full_name(values: pl.Series) -> pl.Series:
    """A whole name: as `name`, and `SMITH, John` is `John Smith`."""
    if values.str.contains(",", literal=True).any():
        halves = values.str.splitn(",", 2).struct.unnest()
        last, first = halves["field_0"], halves["field_1"]
        one_comma = first.is_not_null() & ~first.str.contains(",", literal=True)
        values = values.zip_with(~one_comma.fill_null(value=False), first + " " + last)
    return name(values)


def nhs(values: pl.Series) -> pl.Series:
    """Ten digits whose last is the modulus-11 check; CHI and H&C numbers follow the same rule."""
    digits = _digits(values)

    def sound(c: pl.Expr) -> pl.Expr:
        number = c.cast(pl.Int64, strict=False)
        right = (c.str.len_bytes() == 10) & (_check_sum(number, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0)
        return pl.when(right & (number % 1_111_111_111 != 0)).then(c)

    return _on(digits, sound)


NINO_FORM = r"^(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6})[A-D]?$"
NINO_NEVER = r"^(?:BG|GB|NK|KN|NT|TN|ZZ)"


def nino(values: pl.Series) -> pl.Series:
    """Two letters and six digits; the suffix, which is often missing, does not tell people apart."""
    return _on(
        squeezed(values),
        lambda c: pl.when(c.str.contains(NINO_FORM) & ~c.str.contains(NINO_NEVER)).then(c.str.slice(0, 8)),
    )


def pnc(values: pl.Series) -> pl.Series:
    """`02/73319Z`, `2002/0073319Z` and `20020073319Z` are one PNC ID; the letter checks year and serial."""
    compact = values.str.to_uppercase().str.replace_many([" ", "-", "."], [""])

    def whole(c: pl.Expr) -> pl.Expr:
        year, serial = c.str.slice(2, 2), c.str.slice(5, 7)
        number = (year + serial).cast(pl.Int64, strict=False)
        right = _letter(number, A23) == c.str.tail(1)
        return pl.when(right).then(year + "/" + serial.str.strip_chars_start("0") + c.str.tail(1))

    def sound(c: pl.Expr) -> pl.Expr:
        form = r"^(?:19|20)?(\d{2})/(\d{1,7})([A-Z])$"
        joined = r"^(?:19|20)(\d{2})(\d{7})([A-Z])$"
        year, serial, letter = (pl.coalesce(c.str.extract(form, i), c.str.extract(joined, i)) for i in (1, 2, 3))
        number = year.cast(pl.Int64, strict=False) * 10**7 + serial.cast(pl.Int64, strict=False)
        return pl.when(_letter(number, A23) == letter).then(year + "/" + serial.str.strip_chars_start("0") + letter)

    return _only(compact, r"^(?:19|20)\d{2}/\d{7}[A-Z]$", lambda v: _on(v, sound), lambda v: _on(v, whole))


def cro(values: pl.Series) -> pl.Series:
    """`NNNNNN/YYL` (checked with six digits) or file-only `SFYY/NNNNNNL` (checked as it is written)."""
    compact = values.str.to_uppercase().str.replace_many([" ", "-", "."], [""])

    def sound(c: pl.Expr) -> pl.Expr:
        file, usual = r"^SF(\d{2})/(\d{1,6})([A-Z])$", r"^(\d{1,6})/(\d{2})([A-Z])$"
        serial, year, letter = (c.str.extract(usual, i) for i in (1, 2, 3))
        together = (c.str.extract(file, 1) + c.str.extract(file, 2)).cast(pl.Int64, strict=False)
        of_file = pl.when(_letter(together, A23) == c.str.extract(file, 3)).then(c)
        return pl.coalesce(_numbered(serial, year, letter), of_file)

    def whole(c: pl.Expr) -> pl.Expr:
        return _numbered(c.str.slice(0, 6), c.str.slice(7, 2), c.str.tail(1))

    return _only(compact, r"^\d{6}/\d{2}[A-Z]$", lambda v: _on(v, sound), lambda v: _on(v, whole))


def _numbered(serial: pl.Expr, year: pl.Expr, letter: pl.Expr) -> pl.Expr:
    number = (year + serial.str.zfill(6)).cast(pl.Int64, strict=False)
    return pl.when(_letter(number, A23) == letter).then(serial.str.strip_chars_start("0") + "/" + year + letter)


MARKS = (
    r"^(?:[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Z]|[A-Z]{1,3}\d{1,4}|\d{1,4}[A-Z]{1,3}"
    r"|\d{3}[DX]\d{3})$"
)


def vrm(values: pl.Series) -> pl.Series:
    """A registration mark of any British form. O and 0, I and 1 are put right where the current form says which."""

    def sound(c: pl.Expr) -> pl.Expr:
        swap = {"O": "0", "I": "1"}
        age = c.str.slice(2, 2).str.replace_many(list(swap), list(swap.values()))
        letters = [c.str.slice(*at).str.replace_many(["0", "1"], ["O", "I"]) for at in ((0, 2), (4, 3))]
        mended = letters[0] + age + letters[1]
        current = (c.str.len_bytes() == 7) & mended.str.contains(r"^[A-HJ-PR-Y]{2}\d{2}[A-HJ-PR-Z]{3}$")
        return pl.when(c.str.contains(MARKS)).then(c).when(current).then(mended)

    return _on(squeezed(values), sound)


def phone(values: pl.Series) -> pl.Series:
    """National digits with their 0 for Great Britain, `+` and digits for the rest of the world; extensions stay."""
    plain = values.str.to_uppercase().str.replace_many(["(0)", " ", "-", ".", "(", ")", "/", "TEL", ":"], [""])
    plain = _on(plain, lambda c: pl.when(c.str.starts_with("+44")).then("0" + c.str.slice(3).str.strip_chars_start("0"))
                .when(c.str.starts_with("0044")).then("0" + c.str.slice(4).str.strip_chars_start("0")).otherwise(c))  # fmt: skip

    def at_home(c: pl.Expr) -> pl.Expr:
        return pl.when(c.str.slice(2).str.strip_chars_start(c.str.slice(2, 1)) != "").then(c)

    def sound(c: pl.Expr) -> pl.Expr:
        number = c.str.replace(r"(?:EXT|X|#)\d{1,6}$", "").str.replace(r"^00", "+")
        extension = c.str.extract(r"(?:EXT|X|#)(\d{1,6})$", 1)
        home = pl.coalesce(
            number.str.extract(r"^\+?440?([1-9]\d{8,9})$", 1), number.str.extract(r"^0?([1-9]\d{8,9})$", 1)
        )
        abroad = number.str.extract(r"^(\+(?:[1-35-9]\d|4[0-35-9])\d{5,12})$", 1)
        found = pl.coalesce("0" + home, abroad)
        same = found.str.slice(2).str.strip_chars_start(found.str.slice(2, 1)) == ""
        return pl.when(~same).then(pl.coalesce(found + "X" + extension, found))

    return _only(plain, r"^0[1-9]\d{8,9}$", lambda v: _on(v, sound), lambda v: _on(v, at_home))


def email(values: pl.Series) -> pl.Series:
    """The address alone, in lower case; `Name <a@b>` and `mailto:` are read; googlemail.com is gmail.com."""

    def sound(c: pl.Expr) -> pl.Expr:
        address = c.str.to_lowercase().str.extract(r"([^\s<>:;,@]+@[^\s<>:;,@]+\.[^\s<>:;,@]+?)\.?\s*(?:[>;,]|$)", 1)
        return address.str.replace("@googlemail.com", "@gmail.com", literal=True)

    plain = values.str.strip_chars().str.to_lowercase()
    clear = r"^[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$"
    return _only(plain, clear, lambda v: _on(v, sound),
                 lambda v: v.str.replace("@googlemail.com", "@gmail.com", literal=True))  # fmt: skip


POSTCODE = r"^(?:[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY])\d[ABD-HJLNP-UW-Z]{2}|GIR0AA)$"


def postcode(values: pl.Series) -> pl.Series:
    """`AB12CD` without a space, letters O and I for digits and the reverse put right where the shape says which."""

    def sound(c: pl.Expr) -> pl.Expr:
        outward, inward = c.str.head(c.str.len_bytes() - 3), c.str.tail(3)
        to_digit = (["O", "I"], ["0", "1"])
        first = outward.str.slice(0, 1).str.replace_many(["0", "1"], ["O", "I"])
        middle, last = outward.str.slice(1, outward.str.len_bytes() - 2), outward.str.tail(1)
        mended = first + middle + pl.when(outward.str.len_bytes() > 1).then(last.str.replace_many(*to_digit))
        four = pl.when(mended.str.len_bytes() == 4).then(
            mended.str.slice(0, 2) + mended.str.slice(2, 1).str.replace_many(*to_digit) + mended.str.slice(3)
        )
        whole = pl.coalesce(four, mended) + inward.str.slice(0, 1).str.replace_many(*to_digit) + inward.str.slice(1)
        return pl.when(whole.str.contains(POSTCODE)).then(whole)

    return _only(squeezed(values), POSTCODE, lambda v: _on(v, sound))


def uprn(values: pl.Series) -> pl.Series:
    """One to twelve digits without leading zeros; a spreadsheet's `.0` is taken off."""
    return _on(values, lambda c: c.str.strip_chars().str.extract(r"^0*([1-9]\d{0,11})(?:\.0+)?$", 1))


def upn(values: pl.Series) -> pl.Series:
    """Thirteen characters, the first a check letter over the rest; temporary numbers end in a letter (unchecked)."""

    def sound(c: pl.Expr) -> pl.Expr:
        number = c.str.slice(1, 12).cast(pl.Int64, strict=False)
        right = _letter(_check_sum(number, tuple(range(2, 14))), UPN_LETTERS) == c.str.slice(0, 1)
        permanent = (c.str.len_bytes() == 13) & right
        return pl.when(permanent | c.str.contains(r"^[A-HJ-NP-RT-Z]\d{11}[A-HJ-NP-RT-Z]$")).then(c)

    return _on(squeezed(values), sound)


YEAR_FIRST = re.compile(r"(?P<y>\d{4})[-/. ]?(?P<m>\d{1,2})[-/. ]?(?P<d>\d{1,2})")
DAY_FIRST = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/. ]*(?:of )?(?P<m>\d{1,2}|[a-z]{3,9})\.?,?[-/. ]+(?P<y>\d{4}|\d{2})"
    r"|(?P<d2>\d{2})(?P<m2>\d{2})(?P<y2>\d{4})"
    r"|(?P<m3>[a-z]{3,9})\.? +(?P<d3>\d{1,2})(?:st|nd|rd|th)?,? +(?P<y3>\d{4}|\d{2})"
)
MIDNIGHT = re.compile(r"[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?z?$")


def birth(values: pl.Series) -> pl.Series:
    """`YYYY-MM-DD` from any British spelling of a date; null where it is none or one that stands for nothing."""
    canonical = r"^\d{4}-\d{2}-\d{2}$"

    def sound(c: pl.Expr) -> pl.Expr:
        return pl.when(~c.is_in(BIRTHS_OF_NOBODY) & c.str.to_date("%Y-%m-%d", strict=False).is_not_null()).then(c)

    def spelt(texts: pl.Series) -> pl.Series:
        # few birthdays are distinct, and Python's own dates know them all
        read = {text: _read_birth(text) for text in texts.unique()}
        return texts.replace_strict(read, return_dtype=pl.Utf8)

    return _on(_only(values, canonical, spelt), sound)


def _read_birth(text: str) -> str | None:
    plain = MIDNIGHT.sub("", " ".join(text.lower().split()))
    for pattern in (YEAR_FIRST, DAY_FIRST):  # no eight digits are sound in both orders: no year begins with a month
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        year, month, day = (next(v for k, v in found.groupdict().items() if k[0] == part and v) for part in "ymd")
        number = int(month) if month.isdigit() else MONTHS.get(month[:3], 0)
        century = "" if len(year) == 4 else "20" if year < "30" else "19"
        try:
            return date(int(century + year), number, int(day)).isoformat()
        except ValueError:
            continue
    return None


def officer(values: pl.Series) -> pl.Series:
    """A collar or warrant number without the rank, which changes in a career."""
    return squeezed(_on(values, lambda c: c.str.to_uppercase().str.strip_chars().str.replace(RANKS, "")
                        .str.replace(r"^(?:PCSO|WPC|PC|PS|DC|DS|DI)(\d)", "$1")))  # fmt: skip


NORMALISERS: dict[Role, Normaliser] = {
    Role.FORENAME: name, Role.SURNAME: name, Role.FULL_NAME: full_name, Role.DOB: birth, Role.NHS: nhs,
    Role.NINO: nino, Role.PNC: pnc, Role.CRO: cro, Role.VRM: vrm, Role.PHONE: phone, Role.EMAIL: email,
    Role.POSTCODE: postcode, Role.UPRN: uprn, Role.UPN: upn, Role.OFFICER: officer,
}  # fmt: skip
"""Every other identifier (a crime or tenancy reference, an address) is told as `reference` does."""


def normalise(values: pl.Series, role: Role) -> pl.Series:
    """A text column in normal form (Utf8), null where a value is none of its kind or stands for nothing."""
    texts = values.cast(pl.Utf8)
    return NORMALISERS.get(role, reference)(texts).alias(values.name)
