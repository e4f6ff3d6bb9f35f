"""Classifications that come with the hub: hierarchies as files in ARX's form, named by subject and vintage."""

from __future__ import annotations

import csv
from pathlib import Path

from hub.decision import NotFound
from hub.disclosure import Hierarchy, make_hierarchy

FOLDER = Path(__file__).parent / "hierarchies"


def shipped() -> dict[str, Path]:
    """Subject to file: `ethnicity`, `offence`."""
    return {path.stem.partition("_")[0]: path for path in sorted(FOLDER.glob("*.csv"))}


def classification(subject: str, column: str) -> Hierarchy:
    """The hierarchy of a subject for a column, with its vintage. Raises `NotFound`."""
    path = shipped().get(subject)
    if path is None:
        raise NotFound(f"no classification {subject} comes with the hub; there are {', '.join(shipped())}")
    with path.open(encoding="utf-8", newline="") as source:
        made = make_hierarchy(column, list(csv.reader(source, delimiter=";")), path.stem.partition("_")[2])
    assert isinstance(made, Hierarchy)
    return made
