"""Native files, sound and hostile: every row is read, or named as a fault, or the file is refused whole."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from connectors.mapping import Native
from connectors.native import DATE_CELL, FORMULA_CELL, Refused, read_native
from protocols.wire import RowFault

CSV = Native(kind="csv")
PIPE = Native(kind="csv", delimiter="|", encoding="cp1252", trailer=r"^TRAILER")
XML = Native(kind="xml", record="Assault")
XLSX = Native(kind="xlsx", sheet="Cases")


def rows(path: Path, native: Native, *wanted: str) -> list[tuple[int, list[str] | str]]:
    opened = read_native(path, native, wanted)
    return [(n, row.rule if isinstance(row, RowFault) else row) for n, row in opened.rows]


def refusal(path: Path, native: Native, *wanted: str) -> str:
    with pytest.raises(Refused) as no:
        list(read_native(path, native, wanted).rows)
    return str(no.value)


def workbook(path: Path, *lines: tuple[str | int | date, ...], sheet: str = "Cases") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for line in lines:
        page.append(line)
    book.save(path)
    book.close()
    return path


# CSV ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "native", "expected"),
    [
        (b"a,b\n1,2\n3,4\n", CSV, [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"\xef\xbb\xbfa,b\n1,2\n", CSV, [(2, ["1", "2"])]),
        (b"a,b\r\n1,2\r\n", CSV, [(2, ["1", "2"])]),
        (b'a,b\n"x\ny",2\nz,3\n', CSV, [(2, ["x\ny", "2"]), (4, ["z", "3"])]),
        (b'a|b\nhe said "no"|2\n', Native(kind="csv", delimiter="|"), [(2, ['he said "no"', "2"])]),
        (b'a|b\n"one|two ""three"""|2\n', PIPE, [(2, ['one|two "three"', "2"])]),
        ("a|b\ncafé – £5|2\n".encode("cp1252"), PIPE, [(2, ["café – £5", "2"])]),
        (b"a,b\n1\n2,3\n4,5,6\n", CSV, [(2, "source.ragged"), (3, ["2", "3"]), (4, "source.ragged")]),
        (b"a,b\n\n1,2\n\n", CSV, [(3, ["1", "2"])]),
        (b"a,b\n", CSV, []),
        (b"a,b\n1,x\x00y\n", CSV, [(2, ["1", "x\x00y"])]),
    ],
)  # fmt: skip
def test_csv_rows(tmp_path: Path, content: bytes, native: Native, expected: list[tuple[int, object]]) -> None:
    path = tmp_path / "extract.csv"
    path.write_bytes(content)
    assert rows(path, native, "a", "b") == expected


@pytest.mark.parametrize("closing", ["TRAILER|7", "TRAILER|23/11/2026|7", "TRAILER|7|||", "TRAILER|23/11/2026|7||"])
def test_a_trailer_is_the_sources_own_count_and_no_row(tmp_path: Path, closing: str) -> None:
    path = tmp_path / "extract.psv"
    path.write_text(f"a|b|c|d|e\n1|2|3|4|5\n{closing}\n")
    opened = read_native(path, PIPE, ("a", "b"))
    assert list(opened.rows) == [(2, ["1", "2", "3", "4", "5"])]
    assert opened.source_total == 7


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n", "missing"),
        (b"a,a\n1,2\n", "twice: a"),
        (b"a,c\n1,2\n", "missing: b"),
        (b'a,b\n"never closed,2\n3,4\n', "cannot be cut into rows from line 2"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b'a,b\n1,"x"y\n', "cannot be cut into rows"),
    ],
)
def test_csv_files_that_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "extract.csv"
    path.write_bytes(content)
    assert says in refusal(path, CSV, "a", "b")


def test_a_field_of_ten_megabytes_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_bytes(b'a,b\n"' + b"x" * 10_000_000 + b'",2\n')
    ((line, row),) = rows(path, CSV, "a", "b")
    assert (line, len(row[0])) == (2, 10_000_000)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_gzip_cut_short_is_refused(tmp_path: Path, kept: float) -> None:
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919 % 1000) for n in range(5_000)))
    path = tmp_path / "extract.csv.gz"
    path.write_bytes(whole[: int(len(whole) * kept)])
    said = refusal(path, CSV, "a", "b")
    assert "cut short" in said or "damaged" in said


def test_no_refusal_quotes_a_value(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_bytes(b'a,b\n"Perpetua Quillfeather,01632 960123\n')
    assert "Quillfeather" not in refusal(path, CSV, "a", "b")


# XML ----------------------------------------------------------------------------------------------------------------

SOUND = """<?xml version="1.0"?><r:Report xmlns:r="urn:x"><r:Site>NMH01</r:Site><r:Assault><r:Kind>01</r:Kind>
</r:Assault><r:Assault><r:Kind>02</r:Kind><r:Place>outside</r:Place></r:Assault></r:Report>"""


def test_xml_records_and_header(tmp_path: Path) -> None:
    path = tmp_path / "extract.xml"
    path.write_text(SOUND)
    opened = read_native(path, XML, ("Kind",))
    assert opened.header == {"Site": "NMH01"}
    assert opened.columns == ["Kind", "Place"]
    assert list(opened.rows) == [(1, ["01", ""]), (2, ["02", "outside"])]


def test_an_element_given_twice_is_a_fault_of_its_record(tmp_path: Path) -> None:
    path = tmp_path / "extract.xml"
    path.write_text("<R><Assault><Kind>01</Kind><Kind>02</Kind></Assault></R>")
    assert rows(path, XML, "Kind") == [(1, "source.repeated")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><R><Assault><Kind>&x;</Kind></Assault></R>', "entities"),
        ('<!DOCTYPE r SYSTEM "http://example.invalid/x.dtd"><R><Assault/></R>', "entities"),
        ('<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><R>&b;</R>', "entities"),
        ("<R><Assault><Kind>01</Kind></Assault>", "malformed"),
        ("not xml at all", "malformed"),
    ],
)  # fmt: skip
def test_xml_files_that_are_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "extract.xml"
    path.write_text(content)
    assert says in refusal(path, XML, "Kind")


# XLSX ---------------------------------------------------------------------------------------------------------------


def test_workbook_cells_keep_what_they_are(tmp_path: Path) -> None:

    path = workbook(
        tmp_path / "cases.xlsx",
        ("Case", "Opened", "Phone"),
        ("ASB-1", date(2026, 11, 20), "=1+1"),
        (17, "20/11/2026", "07700 900123"),
    )
    (_, first), (_, second) = rows(path, XLSX, "Case", "Opened", "Phone")
    assert first[1].startswith(f"{DATE_CELL}2026-11-20")
    assert first[2] == FORMULA_CELL
    assert second == ["17", "20/11/2026", "07700 900123"]


def test_workbooks_that_are_refused(tmp_path: Path) -> None:
    sound = workbook(tmp_path / "cases.xlsx", ("Case",), ("ASB-1",))
    cut = tmp_path / "cut.xlsx"
    for kept in (10, len(sound.read_bytes()) // 2, len(sound.read_bytes()) - 1):
        cut.write_bytes(sound.read_bytes()[:kept])
        assert "damaged" in refusal(cut, XLSX, "Case")
    assert "no sheet" in refusal(workbook(tmp_path / "other.xlsx", ("Case",), sheet="Else"), XLSX, "Case")
    assert "twice" in refusal(workbook(tmp_path / "twice.xlsx", ("Case", "Case")), XLSX, "Case")
    assert "empty" in refusal(workbook(tmp_path / "empty.xlsx"), XLSX, "Case")


def test_a_zip_bomb_is_refused_without_being_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    assert path.stat().st_size < 1_000_000
    assert "zip bomb" in refusal(path, XLSX, "Case")


@pytest.mark.parametrize("name", ["../outside.xml", "/etc/outside.xml", "xl\\..\\outside.xml"])
def test_a_path_that_leaves_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(name, "x")
    assert "leaves its folder" in refusal(path, XLSX, "Case")


def test_macros_and_outside_links_are_refused(tmp_path: Path) -> None:
    for name in ("xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml"):
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w") as packed:
            packed.writestr(name, "x")
        (tmp_path / "m.xlsx").write_bytes(kept.getvalue())
        assert "macros or links" in refusal(tmp_path / "m.xlsx", XLSX, "Case")
