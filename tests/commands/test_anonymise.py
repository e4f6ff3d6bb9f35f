"""`hub anonymise` as somebody types it: good files, and every bad one with a clear message and nothing written."""

from __future__ import annotations

import csv
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from hub.adapters import table_file
from hub.commands.anonymise import app

AGES = [[str(a), f"{a // 10 * 10}-{a // 10 * 10 + 9}", "*"] for a in range(90)]
WARDS = [[f"L{n:02d}", f"W{n // 4}", "*"] for n in range(20)]


def write(path: Path, rows: list[list[str]], delimiter: str = ";") -> Path:
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target, delimiter=delimiter).writerows(rows)
    return path


def people(count: int, seed: int = 1) -> list[list[str]]:
    draw = random.Random(seed)
    return [
        [str(draw.randrange(90)), f"L{draw.randrange(20):02d}", f"O{draw.randrange(4)}", f'seen; "twice" {n}']
        for n in range(count)
    ]


HEAD = ["age", "lsoa", "offence", "remark"]


def run(
    folder: Path, rows: list[list[str]], *options: str, delimiter: str = ";", lsoa: list[list[str]] = WARDS
) -> tuple[Result, list[dict[str, str]] | None]:
    source = write(folder / "in.csv", rows, delimiter)
    target = folder / "out.csv"
    ages, places = write(folder / "h_age.csv", AGES), write(folder / "h_lsoa.csv", lsoa)
    given = [
        str(source),
        str(target),
        "--quasi",
        "age,lsoa",
        "--hierarchy",
        f"age={ages}",
        "--hierarchy",
        f"lsoa={places}",
    ]
    result = CliRunner().invoke(app, [*given, *options])
    if not target.exists():
        return result, None
    with target.open(newline="", encoding="utf-8") as written:
        return result, list(csv.DictReader(written, delimiter=delimiter))


@pytest.mark.parametrize("mode", ["local", "global"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_classes_are_large_labels_true_and_other_columns_untouched(tmp_path: Path, mode: str, delimiter: str) -> None:
    rows = people(500)
    result, out = run(
        tmp_path, [HEAD, *rows], "--k", "4", "--mode", mode, "--max-suppressed", "0.2", delimiter=delimiter
    )
    assert result.exit_code == 0, result.output
    assert out is not None
    assert [[r["offence"], r["remark"]] for r in out] == [r[2:] for r in rows]
    sizes = Counter((r["age"], r["lsoa"]) for r in out)
    assert min(n for key, n in sizes.items() if key != ("*", "*")) >= 4
    for before, after in zip(rows, out, strict=True):
        assert after["age"] in AGES[int(before[0])] or after["age"] == "*"
        assert after["lsoa"] in next(r for r in WARDS if r[0] == before[1]) or after["lsoa"] == "*"


def test_diversity_closeness_and_the_report(tmp_path: Path) -> None:
    report = tmp_path / "risk.html"
    result, out = run(
        tmp_path,
        [HEAD, *people(800)],
        "--k",
        "3",
        "--l",
        "2",
        "--t",
        "0.5",
        "--sensitive",
        "offence",
        "--report",
        str(report),
    )
    assert result.exit_code == 0, result.output
    assert out is not None
    mixed: dict[tuple[str, str], set[str]] = {}
    for row in out:
        mixed.setdefault((row["age"], row["lsoa"]), set()).add(row["offence"])
    assert all(len(values) >= 2 for key, values in mixed.items() if key != ("*", "*"))
    page = report.read_text()
    assert "partner agency that knows the sensitive value" in page
    assert "remark is nearly unique" in page
    assert "twice" not in page


def test_a_known_sensitive_value_is_provided_for(tmp_path: Path) -> None:
    result, out = run(tmp_path, [HEAD, *people(800)], "--k", "3", "--sensitive", "offence", "--sensitive-known")
    assert result.exit_code == 0, result.output
    assert out is not None
    cells = Counter((r["age"], r["lsoa"], r["offence"]) for r in out)
    assert min(n for key, n in cells.items() if key[:2] != ("*", "*")) >= 2


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([], [], "is empty"),
        ([HEAD], [], "no rows"),
        ([HEAD, *people(1)], [], "fewer than k"),
        ([HEAD, *people(8)], ["--k", "9"], "fewer than k = 9"),
        ([HEAD, *people(9), ["Jo Bloggs", "L00", "O1", ""]], [], "data rows 10"),
        ([HEAD, *people(9), ["", "L00", "O1", ""]], [], "an empty cell needs an empty leaf"),
        ([HEAD, *people(9), ["12.5", "L00", "O1", ""]], [], "no leaf"),
        ([HEAD, *people(9), ["12", "L00"]], [], "more or fewer cells"),
        ([["age", "age", "lsoa"], ["1", "2", "L00"]], [], "one name twice"),
        ([["age", "offence"], ["1", "O1"]], [], "no column lsoa"),
        ([HEAD, *people(50)], ["--k", "1"], "k must be 2"),
        ([HEAD, *people(50)], ["--t", "3", "--sensitive", "offence"], "t must be"),
        ([HEAD, *people(50)], ["--l", "2"], "sensitive column"),
        ([HEAD, *people(50)], ["--sensitive", "age"], "cannot be a quasi-identifier"),
        ([HEAD, *people(50)], ["--mode", "middling"], "local or global"),
        ([HEAD, *people(50)], ["--weight", "age=much"], "number above 0"),
        ([HEAD, *people(50)], ["--hierarchy", "offence=x.csv"], "not in --quasi"),
        ([HEAD, *people(40)], ["--k", "40", "--max-suppressed", "0.01"], "would suppress"),
        ([HEAD, *[[str(n % 90), "L00", "O1", ""] for n in range(50)]], ["--l", "2", "--sensitive", "offence", "--mode", "global"], "no one coding"),
    ],
)  # fmt: skip
def test_bad_input_is_told_and_nothing_is_written(
    tmp_path: Path, rows: list[list[str]], options: list[str], said: str
) -> None:
    result, out = run(tmp_path, rows, *options)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
    assert "Bloggs" not in result.output
    assert out is None
    assert not list(tmp_path.glob("*.part"))


def test_a_missing_or_faulty_hierarchy_is_told(tmp_path: Path) -> None:
    result, out = run(tmp_path, [HEAD, *people(50)], lsoa=[["L00", "W0", "*"], ["L01", "W0"]])
    assert "line 2" in result.output
    assert out is None
    result, out = run(tmp_path, [HEAD, *people(50)], lsoa=WARDS[:-1])
    assert "no leaf" in " ".join(result.output.split())
    assert out is None


def test_an_all_unique_file_is_fully_suppressed(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [["ref", "x"], *[[f"R{n}", "1"] for n in range(300)]])
    result = CliRunner().invoke(app, [str(source), str(tmp_path / "out.csv"), "--quasi", "ref"])
    assert result.exit_code == 0
    assert "300 suppressed" in result.output
    assert (tmp_path / "out.csv").read_text().count("*;1") == 300


def test_two_thousand_columns(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(2000)]
    source = write(tmp_path / "in.csv", [names, *[[str((n * m) % 3) for n in range(2000)] for m in range(30)]])
    target = tmp_path / "out.csv"
    wide = CliRunner().invoke(app, [str(source), str(target), "--quasi", "c1,c2,c5", "--k", "3"])
    assert wide.exit_code == 0, wide.output
    assert len(target.read_text().splitlines()[0].split(";")) == 2000
    target.unlink()
    all_of_them = CliRunner().invoke(app, [str(source), str(target), "--quasi", ",".join(names)])
    assert all_of_them.exit_code != 0
    assert "at most 60" in " ".join(all_of_them.output.split())
    assert not target.exists()


def test_k_map_reads_a_population(tmp_path: Path) -> None:
    census = write(
        tmp_path / "people.csv",
        [["age", "lsoa", "count"], *[[str(a), f"L{n:02d}", "7"] for a in range(90) for n in range(20)]],
    )
    result, out = run(tmp_path, [HEAD, *people(60)], "--population", str(census))
    assert result.exit_code == 0, result.output
    assert out is not None
    assert "*" not in {r["age"] for r in out}
    assert all("-" not in r["age"] for r in out)  # seven people of each age and area live there: nothing is coarsened


def test_the_original_is_never_written_over(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", [HEAD, *people(50)])
    before = source.read_bytes()
    result = CliRunner().invoke(app, [str(source), str(source), "--quasi", "age"])
    assert result.exit_code == 2
    assert source.read_bytes() == before


def test_hierarchies_that_come_with_the_hub(tmp_path: Path) -> None:
    draw = random.Random(4)
    rows = [[str(draw.randrange(99)), draw.choice(["W1", "W2", "A1", "NS"]), f"2026-0{draw.randrange(1, 7)}-1{draw.randrange(9)}",
             f"{draw.randrange(400000, 402000):06d}{draw.randrange(300000, 302000):06d}"] for _ in range(400)]  # fmt: skip
    source = write(tmp_path / "in.csv", [["age", "eth", "day", "at"], *rows])
    target = tmp_path / "out.csv"
    given = ["--quasi", "age,eth,day,at", "--hierarchy", "age=@age,eth=@ethnicity,day=@time,at=@grid", "--k", "4"]
    result = CliRunner().invoke(app, [str(source), str(target), *given])
    assert result.exit_code == 0, result.output
    with target.open(newline="") as written:
        out = list(csv.DictReader(written, delimiter=";"))
    sizes = Counter(tuple(r.values()) for r in out)
    assert min(n for key, n in sizes.items() if set(key) != {"*"}) >= 4
    bad = CliRunner().invoke(app, [str(source), str(target), "--quasi", "eth", "--hierarchy", "eth=@age"])
    assert "no leaf" in " ".join(bad.output.split())
    none = CliRunner().invoke(app, [str(source), str(target), "--quasi", "eth", "--hierarchy", "eth=@shoe-size"])
    assert "no classification" in " ".join(none.output.split())


PEOPLE = people(300)
NASTY = [[*row[:3], f'a "quoted"\nline {n}\r\n; more'] for n, row in enumerate(PEOPLE)]


def test_quoted_newlines_pass_whole(tmp_path: Path) -> None:
    result, out = run(tmp_path, [HEAD, *NASTY])
    assert result.exit_code == 0, result.output
    assert out is not None
    assert [r["remark"] for r in out] == [r[3] for r in NASTY]


def text_of(rows: list[list[str]], delimiter: str, ends: str = "\r\n") -> str:
    return "".join(delimiter.join(row) + ends for row in rows)


PLAIN = [[*row[:3], f"seen {n}"] for n, row in enumerate(PEOPLE)]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"\xef\xbb\xbf" + text_of([HEAD, *PLAIN], ";").encode(), []),
        (b"\xef\xbb\xbf" + text_of([[f'"{c}"' for c in r] for r in [HEAD, *PLAIN]], ",", "\n").encode(), []),
        (text_of([HEAD, *PLAIN], ";", "\r").encode(), []),
        (text_of([[*HEAD[:3], "remark, free, text, or none"], *PLAIN], ";").encode(), []),
        (text_of([[*HEAD[:3], '"a,b,c,d,e"'], *PLAIN], ";").encode(), []),
        (text_of([HEAD, *PLAIN], "\t").encode(), ["--delimiter", "\\t"]),
    ],
)
def test_a_table_is_read_as_its_program_wrote_it(tmp_path: Path, content: bytes, options: list[str]) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    result = CliRunner().invoke(app, [str(source), str(target), "--quasi", "age,lsoa", "--hierarchy",
                                      f"age={write(tmp_path / 'h.csv', AGES)}", *options])  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "300 rows" in result.output
    assert len(target.read_text(encoding="utf-8").splitlines()) == 301


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text_of([HEAD, *PLAIN], ";").encode() + b'5;L01;O1;"never closed\n6;L02;O1;x\n', "opened and never closed"),
        (b'age;lsoa;offence;remark\n5;L01;O1;"here\n6;L02;O1;x\n7;L03;O1;"there"\n' * 9, "do not pair, as seen in line 4"),
        (text_of([HEAD, *PLAIN], ";").encode() + b'5;L01;O1;a 5" pipe\n', "do not pair, as seen in line 302"),
        (text_of([HEAD, *PLAIN], ";").encode() + "5;L01;O1;caf\u00e9\n".encode("latin-1"), "not UTF-8"),
        (text_of([[*HEAD[:3], "remarqu\u00e9"], *PLAIN], ";").encode("latin-1"), "not UTF-8"),
        (text_of([HEAD, *PLAIN], ";").encode("utf-16"), "not UTF-8"),
        (text_of([["age", "lsoa", "lsoa", "x"], *PLAIN], ";").encode(), "one name twice"),
    ],
)  # fmt: skip
def test_what_would_lose_rows_or_letters_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    result = CliRunner().invoke(app, [str(source), str(target), "--quasi", "age,lsoa"])
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
    assert not target.exists()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet='ab"\n\r;,é', max_size=6), min_size=1, max_size=30), st.integers(1, 7))
def test_quotes_of_any_sound_file_pair_in_blocks_of_any_size(cells: list[str], block: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "in.csv", [["a", "b"], *[[c, "x"] for c in cells]])
        found = table_file.TableFile(path, ";", ("a", "b"))
        table_file.check_quotes(found, block)
        body = path.read_bytes()
        if body.count(b'"'):
            path.write_bytes(body + b'"')
            with pytest.raises(table_file.Unreadable):
                table_file.check_quotes(found, block)


def test_an_empty_line_of_a_table_of_one_column_is_a_row(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("x\n" + "a\n\n" * 20)
    result = CliRunner().invoke(app, [str(source), str(target), "--quasi", "x"])
    assert result.exit_code == 0, result.output
    assert "40 rows, 0 suppressed" in result.output


ARX = {
    "bom": b"\xef\xbb\xbf" + text_of(AGES, ";").encode(),
    "quotes and CRLF": text_of([[f'"{c}"' for c in r] for r in AGES], ";").encode(),
    "all of it": b"\xef\xbb\xbf" + text_of([[f'"{c}"' for c in r] for r in AGES], ";").encode(),
    "tabs": text_of(AGES, "\t").encode(),
    "commas": text_of(AGES, ",", "\n").encode(),
    "blank lines": text_of(AGES, ";", "\n\n").encode(),
    "carriage returns": text_of(AGES, ";", "\r").encode(),
}


@pytest.mark.parametrize("name", ARX)
def test_a_hierarchy_is_read_as_arx_and_spreadsheets_write_it(tmp_path: Path, name: str) -> None:
    source, ages = write(tmp_path / "in.csv", [HEAD, *PLAIN]), tmp_path / "h.csv"
    ages.write_bytes(ARX[name])
    given = [str(source), str(tmp_path / "out.csv"), "--quasi", "age", "--hierarchy", f"age={ages}"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as written:
        told = {r["age"] for r in csv.DictReader(written, delimiter=";")}
    assert told <= {label for row in AGES for label in row}
    assert any("-" in t for t in told)
