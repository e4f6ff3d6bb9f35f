"""The names of our own lists: apart from the names that measure, and none of them an ordinary word."""

from __future__ import annotations

import pytest

from hub.adapters.wordstock import OWN, load_engine
from hub.depersonalise import lexicon as lx
from hub.depersonalise.reading import fold
from tests.evaluation.names import FILES, read_names


@pytest.mark.parametrize("name", ["given", "surnames"])
def test_names_that_measure_stand_apart_from_the_lists_written_after_them(name: str) -> None:
    """Recall by origin is fiction where the measuring names are copied into the lists."""
    lines = (OWN / f"{name}.txt").read_text("utf-8").splitlines()
    mark = next(i for i, line in enumerate(lines) if line.startswith("# Written after the names of tests/evaluation"))
    written = {word for line in lines[mark:] if not line.startswith("#") for word in line.split()}
    measured = {
        fold(part).replace("'", "")
        for _, file in FILES[:2]  # the third was written apart from the lists, and they from it
        for both in read_names(file).values()
        for names in both
        for one in names
        for part in one.replace("-", " ").split()
    }
    assert len(written) > 3000
    assert not written & measured


@pytest.mark.parametrize("name", ["given", "surnames"])
def test_no_listed_name_is_a_word_that_stays(name: str) -> None:
    lines = (OWN / f"{name}.txt").read_text("utf-8").splitlines()
    mark = next(i for i, line in enumerate(lines) if line.startswith("# Written after the names of tests/evaluation"))
    bits = load_engine().lexicon.bits
    stays = lx.KEEP | lx.FUNCTION | lx.OFTEN | lx.COMMON | lx.WORD | lx.PLACE
    assert not [w for line in lines[mark:] if not line.startswith("#") for w in line.split() if bits[w] & stays]
