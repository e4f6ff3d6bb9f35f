"""On which line of a TOML text does a key stand? For the links beside an editor; never for reading values."""

from __future__ import annotations

import re

from protocols.wording import Path

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*=")
FENCE = re.compile(r'"""|' + r"'''")

LONGEST = 300
"""Characters of a line that are looked at: no header or key is longer, and hostile lines cost no time."""


def line_numbers(text: str) -> dict[Path, int]:
    """The line of each table and key, by path. Lines within strings of many lines are passed over."""
    found: dict[Path, int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: Path = ()
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        start = line[:LONGEST]
        header = HEADER.match(start)
        key = None if header else KEY.match(start)
        if header:
            names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                for below in [c for c in counts if len(c) > len(names) and c[: len(names)] == names]:
                    del counts[below]
            table = _indexed(names, counts)
            found.setdefault(table, number)
        elif key:
            found.setdefault((*table, key[1].strip("\"'")), number)
        fences = FENCE.findall(line)
        fence = fences[-1] if len(fences) % 2 else ""
    return found


def _indexed(names: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> Path:
    """`("flow", "fields")` → `("flow", 1, "fields")` within the second flow."""
    path: list[str | int] = []
    for depth, name in enumerate(names, 1):
        path.append(name)
        if names[:depth] in counts:
            path.append(counts[names[:depth]])
    return tuple(path)


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of a place, or of the nearest thing around it; 1 where the text has neither."""
    near = (at for n in range(len(path), 0, -1) for at in (path[:n], (*path[:n], 0)))
    return next((lines[at] for at in near if at in lines), 1)
