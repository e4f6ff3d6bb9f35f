"""Values to paths: each label holds its leaf, and what cannot be read has none."""

from __future__ import annotations

import pytest

from hub.adapters.classifications import classification
from hub.disclosure.standard import age_path, place_path, time_path


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("0", ("0", "0-4", "0-9", "0-19", "*")),
        ("37", ("37", "35-39", "30-39", "20-39", "*")),
        ("84", ("84", "80-84", "80-89", "80+", "*")),
        ("97", ("97", "90+", "90+", "80+", "*")),
        ("131", None),
        ("-1", None),
        ("3.5", None),
        ("", None),
        ("٣", None),
    ],
)
def test_ages(value: str, path: tuple[str, ...] | None) -> None:
    assert age_path(value) == path


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("2026-11-23T02:15", ("2026-11-23T02:15", "2026-11-23T02", "2026-11-23", "2026-11", "2026Q4", "2026", "*")),
        ("2026-11-23", ("2026-11-23", "2026-11-23", "2026-11-23", "2026-11", "2026Q4", "2026", "*")),
        ("2026-03", ("2026-03", "2026-03", "2026-03", "2026-03", "2026Q1", "2026", "*")),
        ("2026", ("2026", "2026", "2026", "2026", "2026", "2026", "*")),
        ("2026-13", None),
        ("23/11/2026", None),
    ],
)
def test_times(value: str, path: tuple[str, ...] | None) -> None:
    assert time_path(value) == path


def test_places_with_their_areas() -> None:
    known = place_path({"384123395456": ("E01000001", "E05000001", "E08000009")})
    assert known("384123395456") == (
        "384123395456", "384100395400/100m", "384000395000/1km", "E01000001", "E05000001", "E08000009", "*",
    )  # fmt: skip
    assert known("384123395457") is None
    assert place_path({})("384123395456") == (
        "384123395456",
        "384100395400/100m",
        "384000395000/1km",
        "380000390000/10km",
        "*",
    )


def test_classifications_carry_their_vintage() -> None:
    ethnicity = classification("ethnicity", "eth")
    assert (ethnicity.vintage, len(ethnicity.leaves)) == ("census-2011-18+1", 19)
    assert len(set(ethnicity.levels[1].labels)) == 6
    assert classification("offence", "crime").vintage == "hocr-2022"
