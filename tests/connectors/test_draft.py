"""`connector check --protocol DRAFT`: what would leave, how far it gets, what stays, and what stands in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.__main__ import app, screen
from tests.conftest import ROOT

VIOLENCE = (ROOT / "protocols" / "documents" / "northmoor-violence.toml").read_text(encoding="utf-8")
HEAD = "Site Code,Arrival Date,Arrival Time,Assault Date,Assault Time,Assault Method,Assault Method Other,Location Type,Location Description,Nurse"
ROWS = (
    "NMH02,26/10/2026,22:24,26/10/2026,18:41,01,,03,Nettlebed Lane near shops,A Name",
    "NMH02,26/10/2026,09:02,26/10/2026,07:12,10,,02,The Old Tollhouse,A Name",
    "NMH02,26/10/2026,17:07,26/10/2026,16:36,04,,01,,A Name",
    "NMH02,26/10/2026,17:07,31/02/2026,16:36,04,,01,,A Name",
)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.csv"
    path.write_text("\n".join([HEAD, *ROWS]) + "\n")
    return path


def check(extract: Path, text: str, *words: str, code: int = 1) -> Result:
    draft = extract.parent / "draft.toml"
    draft.write_text(text)
    screen.width = 220  # no word parted
    done = CliRunner().invoke(app, ["check", "northmoor-nhs-ed-csv", str(extract), "--protocol", str(draft), *words])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


def told(extract: Path, text: str, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(check(extract, text, "--json", *words).stdout)
    return found


def test_fields_and_rows_are_accounted_for(extract: Path) -> None:
    found = told(extract, VIOLENCE)
    draft = found["draft"]
    assert (found["native_rows"], found["sound"], found["held_at_source"]) == (4, 3, 1)
    assert found["unmapped"] == ["Nurse"]
    assert (draft["from"], draft["rows"], draft["faults"], draft["in_the_way"]) == ("northmoor-nhs-trust", 3, [], [])
    fates = {f["field"]: (f["reach"], f["filled"]) for f in draft["fields"]}
    assert fates == {
        "site_code": ("pool", 3), "arrival_at": ("pool", 3), "assault_at": ("pool", 3), "assault_method": ("pool", 3),
        "assault_method_other": ("hub", 0), "assault_place_type": ("pool", 3), "assault_place_description": ("hub", 2),
    }  # fmt: skip
    assert draft["placed_more_coarsely"] == {
        "ward: assault_place_type is home": 1, "ward: assault_method is sexual-assault": 1,
    }  # fmt: skip


def test_what_people_read(extract: Path) -> None:
    said = check(extract, VIOLENCE).output
    for words in ("3 rows from northmoor-nhs-trust", "Arrival Date + Arrival Time", "dropped", "columns that stay here: Nurse",
                  "1 rows placed more coarsely", "3 sound, 1 held"):  # fmt: skip
        assert words in said
    assert "Tollhouse" not in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("effective = 2026-04-01", "effective = 2028-04-01", "begins on 2028-04-01"),
        ('purposes = ["SERIOUS_VIOLENCE", "CRIME_DISORDER"]', 'purposes = ["CRIME_DISORDER"]', "rows are sent for SERIOUS_VIOLENCE"),
        ('statement = "Pool', 'statement = ""  # "Pool', "1 faults"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_and_the_fields_are_shown_all_the_same(
    old: str, new: str, says: str, extract: Path
) -> None:
    draft = told(extract, VIOLENCE.replace(old, new))["draft"]
    assert any(says in words for words in draft["in_the_way"])
    assert len(draft["fields"]) == 7


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("not toml", (), "not TOML"),
        (VIOLENCE.replace("liaison-officer", "liason-officer", 1), (), "did you mean 'liaison-officer'?"),
        (VIOLENCE, ("--agency", "northmoor-police"), "no flow of ed-assaults/1 from northmoor-police"),
        (VIOLENCE.replace('from = "northmoor-police"\ndataset = "police-crime/1"', 'from = "northmoor-police"\ndataset = "ed-assaults/1"'),
         (), "flows of ed-assaults/1 from northmoor-police, northmoor-nhs-trust; say --agency"),
    ],
)  # fmt: skip
def test_a_draft_under_which_nothing_would_be_sent(text: str, words: tuple[str, ...], says: str, extract: Path) -> None:
    assert says in " ".join(check(extract, text, *words).output.split())


def test_a_draft_that_cannot_be_read(extract: Path) -> None:
    words = ["check", "northmoor-nhs-ed-csv", str(extract), "--protocol"]
    for name, content in (("none.toml", None), ("bytes.toml", b"\xff\xfe")):
        if content is not None:
            (extract.parent / name).write_bytes(content)
        assert CliRunner().invoke(app, [*words, str(extract.parent / name)]).exit_code == 2
