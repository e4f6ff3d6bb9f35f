"""How pages say what documents code: gateways, purposes, treatments, floors, states. Words for people, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.depersonalise.figures import wilson
from hub.geocode import FAULTS
from protocols.contract import Contract
from protocols.diff import ABSENT, Change
from protocols.library import Clause, clauses_of, shipped_clauses
from protocols.schema import Document, duration_words, treatment_of
from protocols.terms import GATEWAYS as GATEWAYS
from protocols.terms import PURPOSES as PURPOSES

LONDON = ZoneInfo("Europe/London")
REGIMES = {
    "ukgdpr-part2": "UK GDPR and Data Protection Act 2018, part 2 (general processing)",
    "dpa-part3": "Data Protection Act 2018, part 3 (law enforcement processing)",
    "not-personal-data": "Not personal data",
}
TIERS = {
    "partnership-protocol": "Partnership protocol",
    "purpose-agreement": "Purpose agreement",
    "access-agreement": "Access agreement",
}
PARTY_ROLES = {
    "responsible-authority": "Responsible authority",
    "co-operating": "Co-operating body",
    "participating": "Participating body",
    "processor": "Processor",
}
FLOORS = {
    "grid-1m": "to 1 metre",
    "grid-10m": "to a 10 metre square",
    "grid-100m": "to a 100 metre square",
    "grid-500m": "to a 500 metre square",
    "grid-1km": "to a 1 kilometre square",
    "lsoa": "to a lower layer super output area",
    "ward": "to a ward",
    "district": "to a district",
    "minute": "to the minute",
    "hour": "to the hour",
    "date": "to the day",
    "month": "to the month",
    "quarter": "to the quarter",
}
SUPPRESSIONS = {
    "nhs-1-7-round-5": "Counts of 1 to 7 hidden, others rounded to 5",
    "ndtms-under-5": "Counts under 5 hidden",
    "under-5": "Counts under 5 hidden",
    "partner-10": "Counts under 10 hidden",
    "public-20": "Counts under 20 hidden",
    "none": "None",
}
NOTES = {
    "balanced": "redacted, in the balanced mode",
    "strict": "redacted, in the strict mode",
    "drop": "not kept",
}
DPIA_OUTCOMES = {
    "proceed": "The sharing may go ahead",
    "proceed-with-measures": "The sharing may go ahead with the measures it names",
    "ico-consulted": "The sharing may go ahead; the Information Commissioner was consulted",
    "high-risk": "High risk is left over",
}
CONTROLLERS = {"joint": "Joint controllers", "separate": "Separate controllers, each for what it holds"}
REACHES = {
    "pool": ("Kept in the pool", "green"),
    "hub": ("Taken, then dropped", "yellow"),
    "source": ("Never sent", "grey"),
}
SENSITIVITIES = {
    "direct-identifier": "Identifies a person",
    "quasi-identifier": "Can help to identify",
    "sensitive": "Sensitive",
    "plain": "Plain",
}
TREATMENTS = {
    "keep": "Kept as it is",
    "drop": "Not kept",
    "pseudonymise": "Replaced by a keyed pseudonym, which never leaves",
    "redact": "Names, numbers and addresses taken out; never leaves",
    "geocode-then-drop": "Used to find the place, then not kept",
}
GENERALISED = {
    "hour": "Kept to the hour",
    "date": "Kept to the day",
    "month": "Kept to the month",
    "year": "Kept to the year",
    "outward": "Kept as the first half of the postcode",
    "sector": "Kept as the postcode sector",
    "first-letter": "Kept as its first letter",
}
STANDINGS = {
    "draft": ("Draft", "blue"),
    "consultation": ("In consultation", "blue"),
    "agreed": ("Agreed text", "turquoise"),
    "signing": ("Being signed", "turquoise"),
    "signed": ("Signed, not yet in force", "turquoise"),
    "in-force": ("In force", "green"),
    "review-due": ("In force, review due", "orange"),
    "renewed": ("Replaced by a later version", "grey"),
    "expired": ("Expired", "orange"),
    "suspended": ("Suspended", "yellow"),
    "revoked": ("Revoked", "red"),
    "discarded": ("Discarded", "grey"),
}
BATCH_STATES = {
    "receiving": ("Being received", "blue"),
    "stored": ("Waiting", "blue"),
    "processing": ("Being processed", "blue"),
    "pooled": ("In the pool", "green"),
    "held": ("Held", "yellow"),
    "refused": ("Refused", "red"),
}
RELEASE_STATES = {
    "candidate": ("Waiting for its checkers", "blue"),
    "held": ("Held", "yellow"),
    "published": ("Published", "green"),
    "refused": ("Refused", "red"),
    "discarded": ("Discarded", "grey"),
    "superseded": ("Superseded", "grey"),
    "withdrawn": ("Withdrawn", "orange"),
    "recalled": ("Recalled", "red"),
}
MODES = {
    "snapshot": "The whole of a stretch of time",
    "delta": "New and changed rows",
    "withdrawals": "Rows to be withdrawn",
}
DEEDS = {
    "draft": "Drafted",
    "revise": "Text changed",
    "consult": "Put into consultation",
    "comment": "Commented",
    "return": "Taken back to draft",
    "agree": "Text agreed and frozen",
    "open": "Opened for signature",
    "sign": "Signed",
    "approve": "Approved",
    "discard": "Discarded",
    "purge": "Files destroyed",
    "suspend": "Suspended",
    "resume": "Resumed",
    "revoke": "Revoked",
    "suspend-party": "A party suspended",
    "resume-party": "A party resumed",
    "withdraw": "Withdrawn",
    "make": "Made",
    "refuse": "Refused",
    "supersede": "Superseded",
    "recall": "Recalled",
}
METHODS = {
    "none": "No place found",
    "ambiguous": "Several places fit",
    "uprn": "UPRN",
    "grid-reference": "Grid reference",
    "easting-northing": "Easting and northing",
    "lonlat-ostn15": "Longitude and latitude (OSTN15)",
    "lonlat-helmert": "Longitude and latitude (derived from the grid)",
    "address": "Address",
    "address-fuzzy": "Address, misspelt",
    "address-name": "Name of a building at its postcode",
    "street-number": "Number and street",
    "place": "Named place",
    "junction": "Junction",
    "motorway": "Motorway junction",
    "marker-post": "Marker post",
    "street-town": "Street and town",
    "street": "Street",
    "postcode": "Postcode",
    "sector": "Postcode sector",
    "district": "Postcode district",
    "town": "Town",
}
PLACE_FAULTS = FAULTS


def treatment(words: str) -> str:
    """`band:5` → "Kept as a band of 5 years"."""
    try:
        name, argument = treatment_of(words)
    except ValueError:
        return words
    if name == "band":
        return f"Kept as a band of {argument} years"
    if name == "generalise":
        return GENERALISED.get(argument, words)
    return TREATMENTS.get(name, words)


def duration(text: str) -> str:
    """`P3Y` → "3 years"."""
    return duration_words(text)


def day(value: date | None) -> str:
    """`24 November 2026`."""
    return "" if value is None else f"{value.day} {value:%B %Y}"


def moment(value: datetime | None) -> str:
    """`24 November 2026 at 11:46am`, in London."""
    if value is None:
        return ""
    local = value.astimezone(LONDON)
    return f"{day(local.date())} at {local:%I:%M%p}".replace("at 0", "at ").replace("AM", "am").replace("PM", "pm")


def iso_day(text: str) -> str:
    """`2026-11-24` → "24 November 2026"."""
    return day(date.fromisoformat(text))


def instant(text: str) -> str:
    """A moment as the ledger writes it, as people read it."""
    return moment(datetime.fromisoformat(text))


def number(value: int | float | None) -> str:
    """`45,334`."""
    return "" if value is None else f"{value:,}"


def size(value: int) -> str:
    """`4.2 MB`."""
    amount = float(value)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def plain(text: str) -> str:
    """`postcode-unit` → "Postcode unit"."""
    words = text.replace("-", " ").replace("_", " ").replace(".", ": ")
    return words[:1].upper() + words[1:]


def references(names: Iterable[str]) -> str:
    """`northmoor-csp/1@8670b09e4d96` → "northmoor-csp version 1"."""
    return ", ".join(name.partition("@")[0].replace("/", " version ") for name in names)


def purpose(code: str) -> str:
    """`ASB` → "Reducing anti-social behaviour"."""
    return PURPOSES.get(code, code)


def named(ids: Iterable[str], titles: Mapping[str, str]) -> list[str]:
    """Ids as titles, where there is one."""
    return [titles.get(i, i) for i in ids]


def dataset_titles(ids: Iterable[str], contracts: Mapping[str, Contract]) -> list[str]:
    """Datasets by their contracts' titles."""
    return [contracts[i].title if i in contracts else i for i in ids]


FOUND_KINDS = {
    "name-in-record": "Names of the record's people",
    "name-of-others": "Names of people who are not in the record",
    "phone": "Telephone numbers",
    "email": "E-mail addresses",
    "nhs": "NHS numbers",
    "nino": "National Insurance numbers",
    "birth": "Dates of birth",
    "house": "House and street",
}
"""What live recall plants, by type."""


def share(counts: Mapping[str, int]) -> str:
    """The lower bound of the share of planted identifiers that were masked, in per cent."""
    low, _ = wilson(counts["masked"], counts["planted"])
    return f"{100 * low:.1f} %"


def standing_clauses(document: Document) -> list[Clause]:
    """The standing clauses that a document takes up, in full."""
    return clauses_of(document, shipped_clauses())


def change_place(where: str, titles: Mapping[str, str]) -> str:
    """`flow northmoor-police police-crime/1.fields.vrm` → "Flow Northmoor Police police-crime/1: vrm"."""
    head, *keys = where.replace(".fields.", ".").split(".")
    head = " ".join(titles.get(word, word) for word in head.removeprefix("protocol").split(" ") if word)
    said = f"{head}: {', '.join(k.replace('-', ' ') for k in keys)}" if head and keys else head or ", ".join(keys)
    return said[:1].upper() + said[1:].replace("-", " ") if not head else said[:1].upper() + said[1:]


_SIDES = {"gateway": GATEWAYS, "regime": REGIMES, "suppression": SUPPRESSIONS, "role": PARTY_ROLES, "tier": TIERS,
          "place-floor": FLOORS, "time-floor": FLOORS}  # fmt: skip


def change_words(change: Change, value: str) -> str:
    """What stands on one side of a difference, as people read it."""
    key = change.where.rpartition(".")[2]
    if value == ABSENT:
        return "Not there"
    if ".fields." in change.where:
        return treatment(value)
    if key == "purposes":
        return "; ".join(purpose(v) for v in value.split(", "))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return day(date.fromisoformat(value))
    return _SIDES.get(key, {}).get(value, duration(value))
