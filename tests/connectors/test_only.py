"""Mended records alone are sent again: those on the list, as additions, and no count of the whole file is claimed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from connectors.keys import make_key
from connectors.mapping import Mapping, load_mapping
from connectors.native import Refused
from connectors.outbox import Outbox
from connectors.send import Sender, queue_extract, read_list

MAPPING = """
name = "homes"
dataset = "housing-asb/1"
purpose = "ASB"
mode = "snapshot"
[native]
kind = "csv"
[[column]]
field = "case_ref"
native = ["Case"]
[[column]]
field = "opened_on"
native = ["Opened"]
as = "date"
format = "%d/%m/%Y"
[[column]]
field = "reported_on"
native = ["Opened"]
as = "date"
format = "%d/%m/%Y"
[[column]]
field = "category"
native = ["Kind"]
codes = { "Noise" = "noise" }
"""
FIELDS = ("case_ref", "opened_on", "reported_on", "category")


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    (path := tmp_path / "homes.toml").write_text(MAPPING)
    return load_mapping(str(path))


def save(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_only_the_listed_records_are_sent_and_as_additions(mapping: Mapping, tmp_path: Path) -> None:
    export = save(tmp_path / "export.csv", "Case,Opened,Kind\nA1,01/11/2026,Noise\nA2,02/11/2026,Noise\n=A3,03/11/2026,Noise\n"
                  "A4,32/11/2026,Noise\n")  # fmt: skip
    listed = save(tmp_path / "to-mend.csv", "case_ref,line,rules\nA2,3,time.impossible\n'=A3,4,x\nA9,5,x\n")
    box = Outbox(tmp_path / "outbox")
    sender = Sender("northmoor-homes", make_key(tmp_path / "k.json", "northmoor-homes"), "ASB", FIELDS, None,
                    lambda: datetime(2026, 11, 23, tzinfo=UTC))  # fmt: skip
    entry, extract = queue_extract(export, mapping, sender, box, read_list(listed, mapping))
    manifest = json.loads(entry.manifest)
    assert (manifest["mode"], manifest["window"], manifest["rows"]) == ("delta", None, 2)
    assert (manifest["native_rows"], manifest["held_at_source"], manifest["source_total"]) == (None, 0, None)
    assert extract.native_rows == 4
    sent = pl.concat([pl.read_parquet(p) for p in (tmp_path / "outbox").rglob("*.parquet")])
    assert sent["case_ref"].to_list() == ["A2", "=A3"]


def test_what_is_no_list_sends_nothing(mapping: Mapping, tmp_path: Path) -> None:
    for content in ("", "other\nA1\n"):
        with pytest.raises(Refused, match="no list of records"):
            read_list(save(tmp_path / "list.csv", content), mapping)
    with pytest.raises(Refused, match="no list of records"):
        read_list(tmp_path / "none.csv", mapping)
    unkeyed = mapping.model_copy(update={"dataset": "ed-assaults/1"})
    with pytest.raises(Refused, match="no key"):
        read_list(save(tmp_path / "list.csv", "case_ref\nA1\n"), unkeyed)
