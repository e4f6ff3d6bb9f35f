"""Which words are names, and which are ordinary? Read from ordinary packages and from our own lists, kept as one table.

Names come from the locales of Faker and mimesis (MIT), a census-wide list of name tokens in probablepeople (MIT), our own lists in
`hub/adapters/words`, and any file of one name a line in the folder `HUB_NAME_LISTS` (the statistical offices publish
such lists under the Open Government Licence). Ordinary words and how often they follow an article or a verb come from
symspellpy's frequency tables (MIT), towns from mimesis (MIT). Building takes about two seconds, so the table is kept in
the user's cache folder under a name that changes with its sources; without a writable folder it is built each time.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import importlib.util
import json
import os
import pkgutil
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hub.adapters.ner import load_model
from hub.adapters.tagger import load_tagger
from hub.decision import Fault
from hub.depersonalise import lexicon as lx
from hub.depersonalise.engine import Engine
from hub.depersonalise.lexicon import Lexicon
from hub.depersonalise.ordinary import is_ordinary
from hub.depersonalise.reading import fold

OWN = Path(__file__).parent / "words"
SOURCES = ("Faker", "probablepeople", "symspellpy", "mimesis")
FORM = 10
"""Raised when the table's meaning changes."""
ARTICLES = frozenset("the a an very this these is are was any some your his her their more to".split())
USED_AS_WORD = 0.2
COMMON_FROM = 60_000_000
OFTEN_FROM = 3_000_000
"""In a corpus of a trillion words. Lower, one name in six of those no list holds was taken for a misspelling."""
KEPT_TABLES = 5
"""Installations of one user side by side each keep their own table."""
RARE_BELOW = 2_000_000
"""A word seen less often than this may be one without a bigram to show it."""


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The stock of words, from the cache where it is fresh. Raises nothing: a cache that cannot be read is built anew."""
    kept = _cache_file()
    table = _read(kept) if kept is not None else None
    if table is None:
        table = build_bits()
        if kept is not None:
            _write(kept, table)
    return Lexicon(table, _nicknames(), _phrases())


@lru_cache(maxsize=1)
def load_engine() -> Engine:
    """The engine of notes with the whole stock, the site's own reference patterns (`HUB_REFERENCE_FORMS`, regular
    expressions parted by spaces) and a language model where `HUB_NER_MODEL` names one. Raises `Fault` on either."""
    forms = []
    for form in os.environ.get("HUB_REFERENCE_FORMS", "").split():
        try:
            forms.append(re.compile(form.lower() if form.islower() else form, re.IGNORECASE))
        except re.error:
            raise Fault("HUB_REFERENCE_FORMS holds what is no regular expression") from None
    model = load_model()
    engine = Engine(load_lexicon(), load_tagger(), forms=tuple(forms), more=(model,) if model is not None else ())
    gc.set_threshold(
        20_000, 20, 50
    )  # a look for garbage every 700 objects costs a notes' process a fifteenth of its time
    gc.freeze()  # the stock is never garbage: collections need not walk it, and forked workers share it
    return engine


def build_bits() -> dict[str, int]:
    """Folded word → bits of `hub.depersonalise.lexicon`."""
    given, surnames = (one | other for one, other in zip(_faker_names(), _mimesis_names(), strict=True))
    sure = _english_names() | _own("given") | _own("surnames") | _own("nicknames")
    given |= _own("given") | _own("nicknames") | _given_of_others("given")
    surnames |= _own("surnames") | _given_of_others("surnames")
    shares = _census_names()
    frequency, used = _word_use()
    bits: dict[str, int] = {}
    for word, seen in frequency.items():
        named = word in given or word in surnames
        true_word = is_ordinary(word) or used[word] >= USED_AS_WORD * seen
        if not true_word and seen < RARE_BELOW and not named and word not in shares:
            true_word = True
        if true_word:
            bits[word] = lx.WORD | (lx.COMMON if seen >= COMMON_FROM else 0) | (lx.OFTEN if seen >= OFTEN_FROM else 0)
        elif word not in sure:
            bits[word] = lx.MAYBE_WORD
    for word, share in shares.items():
        bits[word] = bits.get(word, 0) | (lx.RARE_GIVEN if share >= 0.5 else lx.RARE_SURNAME)
    for bit, rare, names in ((lx.GIVEN, lx.RARE_GIVEN, given), (lx.SURNAME, lx.RARE_SURNAME, surnames)):
        for word in names:
            # a word of English that only other languages' lists call a name (`unknown`, `locked`) hardly ever is one here
            known = bits.get(word, 0)
            foreign = known & lx.WORD and word not in sure and (bit == lx.GIVEN or known & lx.COMMON)
            bits[word] = known | (rare if foreign else bit)
    for word in _verbs(frequency) | {w for w in lx.IRREGULAR if not bits.get(w, 0) & lx.NAME}:
        bits[word] = bits.get(word, 0) | lx.ACTS
    for bit, words in ((lx.KEEP, _own("keep")), (lx.PLACE, _towns()), *lx.CLOSED):
        for word in words:
            bits[word] = bits.get(word, 0) | bit
    return bits


def _verbs(frequency: Mapping[str, int]) -> set[str]:
    """Third persons and pasts of stems that a list has in all of a regular verb's forms: `hold` is none, `park` is."""
    found = set()
    for word in frequency:
        if not word.endswith("ing") or len(word) < 6:
            continue
        stem = word[:-3]
        short = stem[:-1] if stem[-1] == stem[-2] else stem
        for third, past in ((stem + "s", stem + "ed"), (stem + "es", stem + "ed"), (short + "s", stem + "ed")):
            if third in frequency and past in frequency:
                found |= {third, past}
        if stem + "s" in frequency and stem in frequency:
            found.add(stem + "s")
    return found


def _one_word(names: object) -> Iterator[str]:
    """Latin names of a provider's list, each part folded; shares of a weighted list are left."""
    for name in names if isinstance(names, (list, tuple, dict)) else ():
        for part in fold(str(name)).replace("-", " ").split():
            plain = part.replace("'", "").replace(".", "")
            if len(plain) > 1 and plain.isascii() and plain.isalpha():
                yield plain


def _faker_names() -> tuple[set[str], set[str]]:
    people = importlib.import_module("faker.providers.person")
    given: set[str] = set()
    surnames: set[str] = set()
    for found in pkgutil.iter_modules(people.__path__):
        provider = importlib.import_module(f"faker.providers.person.{found.name}").Provider
        for attribute in dir(provider):
            kind = (
                given if attribute.startswith("first_name") else surnames if attribute.startswith("last_name") else None
            )
            if kind is not None:
                kind.update(_one_word(getattr(provider, attribute, ())))
    return given - lx.FUNCTION_WORDS - NO_NAMES, surnames - lx.FUNCTION_WORDS - NO_NAMES


def _mimesis_names() -> tuple[set[str], set[str]]:
    found = importlib.util.find_spec("mimesis")
    given: set[str] = set()
    surnames: set[str] = set()
    for path in Path(found.origin).parent.glob("datasets/*/person.json") if found and found.origin else ():
        people = json.loads(path.read_text("utf-8"))
        given.update(_one_word(_flat(people.get("names"))))
        surnames.update(_one_word(_flat(people.get("surnames"))))
    return given - lx.FUNCTION_WORDS - NO_NAMES, surnames - lx.FUNCTION_WORDS - NO_NAMES


def _flat(names: object) -> list[str]:
    """The names of a list, or of lists by gender."""
    if isinstance(names, dict):
        return [n for part in names.values() for n in _flat(part)]
    return [str(n) for n in names] if isinstance(names, list) else []


def _english_names() -> set[str]:
    """Names of the English-speaking lists, which are no words where a spelling list holds them."""
    found: set[str] = set()
    for locale in ("en_GB", "en_US", "en_IE", "en_IN", "en_NZ"):
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            if attribute.startswith(("first_name", "last_name")):
                found.update(_one_word(getattr(provider, attribute, ())))
    return found


NO_NAMES = frozenset(
    "von van der den de la le del di da dos das du al el bin ibn mr mrs ms dr jr sr ii iii iv phd dds md".split()
)


def _census_names() -> dict[str, float]:
    """Name token → share of its bearers who have it as a given name."""
    found = importlib.util.find_spec("probablepeople")
    if found is None or found.origin is None:
        return {}
    spec = importlib.util.spec_from_file_location("_census_names", Path(found.origin).parent / "ratios.py")
    if spec is None or spec.loader is None:
        return {}
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {w.lower(): s for w, s in module.ratios.items() if len(w) > 1 and w.isascii() and w.isalpha()}


def _word_use() -> tuple[dict[str, int], Counter[str]]:
    """How often each word is seen, and how often after an article, a pronoun or a verb: names hardly ever are."""
    found = importlib.util.find_spec("symspellpy")
    if found is None or found.origin is None:
        return {}, Counter()
    folder = Path(found.origin).parent
    seen = {}
    for line in (folder / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines():
        word, number = line.split()
        seen[word.replace("'", "")] = int(number)
    used: Counter[str] = Counter()
    for line in (folder / "frequency_bigramdictionary_en_243_342.txt").read_text("utf-8-sig").splitlines():
        first, second, number = line.split()
        if first in ARTICLES:
            used[second] += int(number)
    return seen, used


def _cities() -> list[str]:
    found = importlib.util.find_spec("mimesis")
    if found is None or found.origin is None:
        return []
    path = Path(found.origin).parent / "datasets" / "en-gb" / "address.json"
    return [fold(c).replace("-", " ") for c in json.loads(path.read_text("utf-8"))["city"]]


def _towns() -> set[str]:
    single = {c.replace("'", "") for c in _cities() if " " not in c}
    return (single | {w for line in _lines("places") for w in line.split() if " " not in line}) - lx.FUNCTION_WORDS


def _phrases() -> dict[str, tuple[tuple[str, ...], ...]]:
    several = [tuple(p.split()) for p in (*_cities(), *_lines("places")) if " " in p]
    return {first: tuple(p for p in several if p[0] == first) for first in {p[0] for p in several}}


def _lines(name: str) -> list[str]:
    path = OWN / f"{name}.txt"
    text = path.read_text("utf-8") if path.exists() else ""
    return [fold(line) for line in text.splitlines() if line and not line.startswith("#")]


def _own(name: str) -> set[str]:
    return {w.replace("'", "") for line in _lines(name) for w in line.replace("-", " ").split()}


def _given_of_others(name: str) -> set[str]:
    """Names a line from the user's own files: `given*.txt` and `surnames*.txt` in the folder of HUB_NAME_LISTS."""
    folder = os.environ.get("HUB_NAME_LISTS")
    found: set[str] = set()
    for path in sorted(Path(folder).glob(f"{name}*.txt")) if folder else ():
        found.update(_one_word(path.read_text("utf-8").splitlines()))
    return found


def _nicknames() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("nicknames"):
        group = line.split()
        found.setdefault(group[0], set()).update(group)
        for other in group[1:]:
            found.setdefault(other, set()).add(group[0])
    return {name: frozenset(others - {name}) for name, others in found.items()}


def _cache_file() -> Path | None:
    marks = [str(FORM), sys.version]
    for source in SOURCES:
        with contextlib.suppress(PackageNotFoundError):
            marks.append(f"{source} {version(source)}")
    folders = [OWN, Path(os.environ["HUB_NAME_LISTS"])] if os.environ.get("HUB_NAME_LISTS") else [OWN]
    for folder in folders:
        marks += [f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in sorted(folder.glob("*.txt"))]
    marks += [str(Path(m.__file__).stat().st_mtime_ns) for m in (lx, sys.modules[__name__]) if m.__file__]
    digest = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache" if os.environ.get("HOME") else None)
    return Path(base) / "partnership-hub" / f"words-{digest}.tab" if base else None


def _read(path: Path) -> dict[str, int] | None:
    try:
        with path.open("rb") as file:
            head, _, body = file.read().partition(b"\n\n")
    except OSError:
        return None
    words = body[: -int(head)].decode("ascii").split("\n") if head.isdigit() else []
    numbers = array("I")
    if words:
        numbers.frombytes(body[-int(head) :])
    return dict(zip(words, numbers, strict=True)) if len(words) == len(numbers) and words else None


def _write(path: Path, table: dict[str, int]) -> None:
    words = [w for w in table if w.isascii() and "\n" not in w]
    numbers = array("I", (table[w] for w in words)).tobytes()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in sorted(path.parent.glob("words-*.tab"), key=lambda p: -p.stat().st_mtime)[KEPT_TABLES - 1 :]:
            old.unlink(missing_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(f"{len(numbers)}\n\n".encode() + "\n".join(words).encode("ascii") + numbers)
        fresh.replace(path)
