"""Names by origin, written by hand for measuring."""

from __future__ import annotations

from functools import cache
from pathlib import Path

Names = dict[str, tuple[list[str], list[str]]]
FILES = (("names that the rules were mended on", "names.txt"), ("written after that", "fresh_names.txt"),
         ("written last", "third_names.txt"))  # fmt: skip


@cache
def read_names(file: str = "names.txt") -> Names:
    """Origin → (given names, family names)."""
    found: Names = {}
    for line in (Path(__file__).parent / file).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            origin, names = line.split(":", 1)
            given, family = ([n.replace("_", " ") for n in part.split()] for part in names.split("|"))
            found[origin] = (given, family)
    return found
