"""CRATE's scrubber on notes and records, in an environment of its own (GPL-3, never a part of the hub): lines in, lines out.

Run by a Python whose environment has crate-anon (0.20.9 was measured); it knows nothing of the hub. A line in is
`{"text", "words", "phrases", "dates", "numbers", "codes"}`, what the record says by how CRATE scrubs it; a line out is the
list of ranges that are masked. The last line is `{"seconds"}`: processor time of building one scrubber a record, and scrubbing.
"""

import datetime
import json
import logging
import sys
import time
import warnings
from typing import Any

from cardinal_pythonlib.hash import HmacSHA256Hasher  # type: ignore[import-not-found]
from crate_anon.anonymise.constants import ScrubMethod  # type: ignore[import-not-found]
from crate_anon.anonymise.scrub import NonspecificScrubber, PersonalizedScrubber  # type: ignore[import-not-found]

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
HASHER, MARK = HmacSHA256Hasher("k"), "\ue000"
METHODS = {
    "words": ScrubMethod.WORDS,
    "phrases": ScrubMethod.PHRASE,
    "numbers": ScrubMethod.NUMERIC,
    "codes": ScrubMethod.CODE,
}
OTHERS = NonspecificScrubber(
    hasher=HASHER, replacement_text=MARK, replacement_text_all_dates=MARK, scrub_all_numbers_of_n_digits=[10, 11],
    scrub_all_uk_postcodes=True, scrub_all_dates=False, scrub_all_email_addresses=True,
)  # fmt: skip


def scrub(line: dict[str, Any]) -> str:
    """The note with every masked stretch made one mark."""
    own = PersonalizedScrubber(
        hasher=HASHER, replacement_text_patient=MARK, replacement_text_third_party=MARK, nonspecific_scrubber=OTHERS,
        string_max_regex_errors=1, min_string_length_for_errors=4, min_string_length_to_scrub_with=2,
    )  # fmt: skip
    for kind, method in METHODS.items():
        for value in line[kind]:
            own.add_value(value, method)
    for day in line["dates"]:
        own.add_value(datetime.datetime.fromisoformat(day), ScrubMethod.DATE)
    return str(own.scrub(line["text"]))


def ranges(text: str, scrubbed: str) -> list[tuple[int, int]]:
    """Where the text was masked: what lies between the parts that are left."""
    found: list[tuple[int, int]] = []
    at = 0
    parts = scrubbed.split(MARK)
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        begins = len(text) - len(part) if last else text.find(part, at) if part else at
        if number and begins > at:
            found.append((at, begins))
        at = max(at, begins) + len(part)
    return found


def main() -> None:
    """Lines from standard input to standard output."""
    lines = [json.loads(line) for line in sys.stdin]
    start = time.process_time()
    done = [scrub(line) for line in lines]
    seconds = time.process_time() - start
    for line, scrubbed in zip(lines, done, strict=True):
        print(json.dumps(ranges(line["text"], scrubbed)))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
