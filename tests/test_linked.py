"""The same person in two agencies' rows is recognised inside the hub by keyed match keys, end to end through a night:
police crime and probation orders under the shipped template that sets `link`. Counts come out; no name does."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.commands.demo import DemoStage
from hub.db import protocol as protocols
from hub.db import session
from hub.demo.borough import make_borough, write_reference
from hub.demo.night import CRIME, make_night
from hub.journey.link import Counted, count_people
from protocols.contract import shipped_contracts
from protocols.library import fill, names_of, shipped_templates, values_of
from protocols.schema import parse_document
from tests.conftest import ROOT
from tests.running import Running, running

pytestmark = [pytest.mark.slow]
SEED, BOTH = 12, 6
CSP = "northmoor-csp"
Person = tuple[str, str, str]


def agreement() -> str:
    """The shipped template, filled in under the partnership's protocol."""
    template = shipped_templates()["violence-supervised"]
    above = values_of(parse_document((ROOT / "protocols" / "documents" / f"{CSP}.toml").read_text(encoding="utf-8")))
    said = (
        dict.fromkeys(template.values, "as was agreed")
        | above
        | {"id": "northmoor-supervised", "dpia-date": "2026-03-01", "effective": "2026-04-01", "review": "2028-03-31"}
    )
    return fill(template, {k: v for k, v in said.items() if k in names_of(template)}, date(2026, 11, 1))


@pytest.fixture(scope="module")
def suspects(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Person]]:
    """The police's extract and its distinct suspects with a forename, a surname and a date of birth."""
    extracts = make_night(make_borough(SEED), tmp_path_factory.mktemp("native"), 600, date(2026, 11, 23), SEED)
    path = next(e.path for e in extracts if e.source == CRIME)
    rows = csv.DictReader(path.read_text(encoding="cp1252").splitlines(), delimiter="|")
    named = [
        (r["SUS_FORENAME"], r["SUS_SURNAME"], r["SUS_DOB"])
        for r in rows
        if r.get("SUS_DOB") and r["SUS_FORENAME"] and r["SUS_SURNAME"]
    ]
    return path, [p for p in dict.fromkeys(named) if p[0].isalpha() and p[1].isalpha() and len(p[0]) > 2]


def orders(folder: Path, known: list[Person], postcode: str) -> Path:
    """Probation's extract: some of the police's suspects, spelt as another system spells them, and people of its own."""
    path = folder / "orders.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            ["Event Number", "Start", "Expected End", "Order Type", "RoSH", "Forename", "Surname", "DOB", "Postcode"]
        )
        for n, (forename, surname, born) in enumerate(
            [*known, ("Quillon", "Zebraman", "01/02/1970"), ("Ottoline", "Fernsby", "03/04/1981")]
        ):
            spelt = (
                (surname.lower(), forename.lower()) if n == 0 else (f" {forename.upper()}", surname.title())
            )  # one is turned
            out.writerow([f"E{n:05}", "02/11/2026", "01/11/2027", "CO", "M", *spelt, born, postcode])
    return path


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, suspects: tuple[Path, list[Person]]) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("linked")
    borough = make_borough(SEED)
    with running(folder) as found:
        stage = DemoStage(found.at)
        stage.load_reference(write_reference(borough, folder / "borough"))
        found.put_in_force(CSP)
        text = agreement()
        document = parse_document(text)
        with session.opened(found.at.app_url, "hub_release") as tx:
            protocols.insert(tx, document, text, "test", datetime.now(UTC))
            protocols.set_state(tx, document.id, document.protocol.version, "in-force")
        for agency in ("northmoor-police", "northmoor-probation"):
            found.add_agency(agency)
        found.start("web")
        found.start("worker")
        found.wait_until_up()
        postcode = str(borough.addresses["postcode"][0])
        assert found.send("northmoor-police", CRIME, suspects[0])["native_rows"] > 100
        assert found.send("northmoor-probation", "northmoor-probation-orders",
                          orders(folder, suspects[1][:BOTH], postcode))["native_rows"] == BOTH + 2  # fmt: skip
        stage.desk.db.engine.dispose()
        stage.publishing.db.engine.dispose()
        yield found


def test_who_both_know_is_counted_and_nobody_else(hub: Running) -> None:
    db = session.connect(hub.at.app_url, "hub_intake", 1)
    try:
        counted = count_people(db, shipped_contracts(), CSP)
    finally:
        db.engine.dispose()
    assert isinstance(counted, Counted)
    assert counted.shared == BOTH
    assert counted.people < counted.records


def test_no_name_is_kept_or_said(hub: Running, suspects: tuple[Path, list[Person]]) -> None:
    rows = " ".join(str(r.row) for r in hub.query("select cast(t.* as text) as row from pool_row t", CSP)).casefold()
    assert "northmoor-probation" in rows
    assert not [n for f, s, _ in suspects[1][:BOTH] for n in (f"{f} {s}", f"{s} {f}") if n.casefold() in rows]
    assert "zebraman" not in rows
    assert "fernsby" not in rows
