"""`hub protocol check`, `templates`, `new` and `diff` as a person runs them, without a hub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.commands.protocol import protocol_app
from hub.commands.site import screen
from tests.conftest import ROOT

FOLDER = ROOT / "protocols" / "documents"
CSP, VIOLENCE, AVON = (str(FOLDER / f"{n}.toml") for n in ("northmoor-csp", "northmoor-violence", "avon-csp"))


def run(*words: str, code: int = 0) -> Result:
    screen.width = 240  # no word parted
    done = CliRunner().invoke(protocol_app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


def test_check_tells_people_and_programs_and_ends_by_what_it_found(tmp_path: Path) -> None:
    assert run("check", CSP, VIOLENCE).output.count("complete") == 2
    assert "1 warning" in run("check", AVON).output
    run("check", AVON, "--strict", code=1)
    bad = tmp_path / "bad.toml"
    bad.write_text(Path(VIOLENCE).read_text().replace("liaison-officer", "[red]officer[/]", 1))
    run("check", str(bad), code=1)
    bad.write_text(Path(VIOLENCE).read_text().replace("liaison-officer", "liason-officer", 1))
    assert "did you mean 'liaison-officer'?" in run("check", str(bad), code=1).output
    told = json.loads(run("check", str(bad), CSP, "--json", code=1).stdout)
    assert [t["complete"] for t in told] == [False, True]
    line = told[0]["findings"][0]["line"]
    assert bad.read_text().split("\n")[line - 1].startswith("liason-officer")
    assert told[0]["findings"][0]["path"] == ["party", 0, "liason-officer"]


def test_check_against_the_documents_given_beside_it(tmp_path: Path) -> None:
    child = tmp_path / "child.toml"
    child.write_text(Path(VIOLENCE).read_text().replace('"CRIME_DISORDER"]', '"REOFFENDING"]', 1))
    run("check", str(child), code=1)  # its lawful basis is for another purpose
    assert "no purpose of northmoor-csp" not in run("check", str(child), code=1).output
    assert "no purpose of northmoor-csp" in run("check", str(child), CSP, code=1).output


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_check_of_what_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    run("check", str(path), code=2)


def test_a_draft_from_a_template_and_its_differences(tmp_path: Path) -> None:
    assert "housing-asb" in run("templates").output
    assert "policy-document" in run("templates", "housing-asb").output
    run("templates", "none-such", code=2)
    assert "security-1@" in run("clauses").output
    draft = tmp_path / "draft.toml"
    words = ("new", "housing-asb", "--under", CSP, "--set", "id=northmoor-nuisance", "--out", str(draft))
    assert "left to be done" in run(*words).output
    run(*words, code=2)  # it is there already
    run("new", "housing-asb", "--set", "colour=red", code=2)
    run("new", "none-such", code=2)
    assert 'agency = "northmoor-homes"' in draft.read_text()
    told = json.loads(run("check", str(draft), "--json", code=1).stdout)
    assert {f["rule"] for f in told[0]["findings"]} == {"heading.filled-in", "heading.impact"}
    assert "no difference" in run("diff", str(draft), str(draft)).output
    changed = tmp_path / "changed.toml"
    changed.write_text(draft.read_text().replace('grade = "keep"', 'grade = "drop"'))
    (found,) = json.loads(run("diff", str(draft), str(changed), "--json", code=1).stdout)
    assert (found["before"], found["after"], found["meaning"]) == ("keep", "drop", "less is shared than before")
    assert "northmoor-homes housing-asb/1" not in run("diff", "template", str(changed), code=1).output
    run("diff", "template", CSP, code=2)
