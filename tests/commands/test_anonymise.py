"""`hub anonymise` as somebody types it: good files, and every bad one with a clear message and nothing written."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

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
