"""A release that follows people: keyed for one recipient's series, never called depersonalised, handed out by passkey."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import psycopg
import pytest
import sqlalchemy
from typer.testing import CliRunner

from hub.__main__ import whole_app
from hub.db import people
from hub.db import protocol as protocols
from hub.decision import Refuse, Unavailable
from hub.demo.authenticator import Authenticator
from hub.depersonalise.pseudonym import normalise, pseudonymise, rotated
from hub.journey import interface, looking, packing, publish, recall, sign, step_up, trace, verify
from hub.journey.download import may_download
from protocols.assertion import b64u
from protocols.contract import Role
from protocols.schema import parse_document
from tests.protocols.test_personal import FOLLOWED, VIOLENCE
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.seed import NORTHMOOR, POOL_ROW, PSEUDONYMS, World, add_batch, password_hash, references

SERIES, THEIRS = "northmoor-followed", "northmoor-followed-nhs"
PURPOSE = "SERIOUS_VIOLENCE"


def pncs(*numbers: int) -> list[str]:
    """Police National Computer IDs with the check letter that is right."""
    tried = pl.Series([f"2026/{n:07d}{letter}" for n in numbers for letter in "ABCDEFGHJKLMNPQRTUVWXYZ"])
    return tried.filter(normalise(tried, Role.PNC).is_not_null()).to_list()


CLEAR = pncs(*range(1, 13))
CANARIES = ("Quillfeather", "07700 900123", "NM1 4ZZ")
PSEUDONYM = "suspect_pnc_pseudonym"


def put(world: World, text: str, state: str = "in-force") -> None:
    document = parse_document(text)
    with world.databases.release.transaction() as tx:
        protocols.insert(tx, document, text, "importer", world.desk.now() - timedelta(days=20))
        protocols.set_state(tx, document.id, document.protocol.version, state)


def add_rows(world: World, batch: str, clear: list[str], times: int = 1) -> None:
    """Rows of these people as the worker would have pooled them, with what a faulty worker would have let through."""
    ring = PSEUDONYMS.keyring(NORTHMOOR, PURPOSE)
    stand_ins = pseudonymise(pl.Series(clear * times), Role.PNC, ring)
    at = datetime(2026, 11, 18, 12, tzinfo=UTC).replace(tzinfo=None)
    for stand_in in stand_ins:
        fields = {"offence_group": "violence", "weapon_flag": "true", "suspect_pnc": stand_in,
                  "victim_surname": CANARIES[0], "victim_phone": CANARIES[1], "postcode": CANARIES[2]}  # fmt: skip
        with world.databases.intake.transaction([NORTHMOOR]) as tx:
            tx.sql(POOL_ROW.replace("generate_series(1, 40)", "generate_series(1, 1)"), partnership=NORTHMOOR,
                   dataset="police-crime/1", agency="northmoor-police", batch=batch, month=at.date().replace(day=1),
                   day=at.date(), at=at, district="E06900001", fields=json.dumps(fields))  # fmt: skip


@pytest.fixture
def followed(world: World) -> World:
    """The hub with an agreement that lets pseudonyms leave, two recipients of it, and a batch under it."""
    put(world, VIOLENCE.replace("version = 1", "version = 3", 1))
    put(world, FOLLOWED)
    theirs = FOLLOWED.replace(f'id = "{SERIES}"', f'id = "{THEIRS}"').replace(
        "Violence data for", "Followed, for the trust:"
    )
    put(world, theirs.replace('recipient = "northmoor-council"', 'recipient = "northmoor-nhs-trust"'))
    with world.databases.release.transaction() as tx:
        known = {(s.document.id, s.document.protocol.version): s for s in protocols.all_protocols(tx)}
    under = f"northmoor-violence/3@{known['northmoor-violence', 3].digest[:12]}"
    world.ids["followed"] = add_batch(world, "northmoor-police", "police-crime/1", PURPOSE,
                                      (under, *references(world, "northmoor-csp")), "pooled")  # fmt: skip
    add_rows(world, world.ids["followed"], CLEAR, 3)
    return world


def make(world: World, agreement: str = SERIES) -> str:
    made = publish.make_release(world.publishing, world.caller("officer"), agreement)
    assert isinstance(made, str), made
    return made


def approve(world: World, release: str) -> str:
    for checker in ("second", "third"):
        assert publish.act(world.publishing, world.caller(checker), release, "approve")
    return release


def rows_of(world: World, release: str) -> pl.DataFrame:
    return pl.read_parquet(world.publishing.folder / release / ".rows.parquet")


def groups(rows: pl.DataFrame) -> set[frozenset[int]]:
    """Which pool rows are of one person."""
    return {frozenset(g["row_id"].to_list()) for _, g in rows.group_by(PSEUDONYM)}


def test_two_recipients_follow_the_same_people_and_share_no_value(followed: World) -> None:
    ours, theirs = (rows_of(followed, make(followed, a)) for a in (SERIES, THEIRS))
    assert groups(ours) == groups(theirs)
    assert {len(g) for g in groups(ours)} == {3}
    assert len(groups(ours)) == len(CLEAR)
    for column in (PSEUDONYM, "event_id"):
        assert not set(ours[column]) & set(theirs[column])
    pooled = set(pseudonymise(pl.Series(CLEAR), Role.PNC, PSEUDONYMS.keyring(NORTHMOOR, PURPOSE)).str.tail(26))
    assert not pooled & set(ours[PSEUDONYM].str.tail(26))


def test_only_rows_that_came_under_the_flow_and_have_a_person_are_in_it(followed: World) -> None:
    found = publish.open_release(followed.publishing, followed.caller("officer"), make(followed)).release
    assert (found.counts["read_rows"], found.counts["released_rows"]) == (40 + 36, 36)
    assert found.tier == "L1"
    assert found.state == "candidate", "what an intruder finds is told, and stops nothing that claims nothing"
    assert found.counts["people"] == {PSEUDONYM: len(CLEAR)}
    assert found.counts["risk"]


def test_a_series_keeps_its_pseudonyms_over_releases_and_a_rotation(followed: World) -> None:
    first = rows_of(followed, approve(followed, make(followed)))
    new = PSEUDONYMS.with_new()
    old_ring, ring = PSEUDONYMS.keyring(NORTHMOOR, PURPOSE), new.keyring(NORTHMOOR, PURPOSE)
    add_rows(followed, followed.ids["followed"], CLEAR[:2])
    with followed.databases.intake.transaction([NORTHMOOR]) as tx:
        for row in tx.sql(
            "select row_id, fields ->> 'suspect_pnc' as p from pool_row where fields ? 'suspect_pnc'"
        ).all():
            if row.row_id % 2:  # a rotation half done: both epochs stand side by side
                moved = rotated(pl.Series([row.p]), old_ring, ring)[0]
                tx.sql("update pool_row set fields = jsonb_set(fields, '{suspect_pnc}', to_jsonb(cast(:p as text)))"
                       " where row_id = :row", p=moved, row=row.row_id)  # fmt: skip
    hub = followed.publishing
    object.__setattr__(hub, "keyring", new.keyring)
    release = make(followed)
    second = rows_of(followed, release)
    assert second.height == first.height + 2
    both = first.select("row_id", a=PSEUDONYM).join(second.select("row_id", b=PSEUDONYM), on="row_id")
    assert both.filter(pl.col("a") != pl.col("b")).height == 0
    assert set(second[PSEUDONYM]) == set(first[PSEUDONYM])
    said = publish.open_release(hub, followed.caller("officer"), release).release.counts["changes"]["words"]
    assert said.startswith("2 rows are new, 0 are gone and 0 have changed")


def salts(world: World) -> list[tuple[str, bool]]:
    with world.databases.release.transaction([NORTHMOOR]) as tx:
        return [(r.series, r.salt is not None) for r in tx.sql("select series, salt from series_salt order by id")]


def test_an_erasure_recalls_the_copies_and_shreds_their_key(followed: World, client: Client) -> None:
    hub = followed.publishing
    first = rows_of(followed, approve(followed, make(followed)))
    theirs = make(followed, THEIRS)
    assert salts(followed) == [(SERIES, True), (THEIRS, True)]
    row = first["row_id"][0]
    with followed.databases.intake.transaction([NORTHMOOR]) as tx:
        tx.sql("update pool_row set current = false, fields = '{}' where row_id = :row", row=row)
    done = recall.tend(hub)
    assert theirs in done.recalled
    assert salts(followed) == [(SERIES, False), (THEIRS, False), (SERIES, True), (THEIRS, True)]
    again = next(rows_of(followed, b) for b in done.built if rows_of(followed, b).columns == first.columns
                 and publish.open_release(hub, followed.caller("officer"), b).release.series == SERIES)  # fmt: skip
    assert row not in again["row_id"]
    assert not set(again[PSEUDONYM]) & set(first[PSEUDONYM])
    assert "release.shred-key" in client("auditor").get("/log").text
    with followed.databases.release.transaction([NORTHMOOR]) as tx, pytest.raises(sqlalchemy.exc.DBAPIError) as wrong:
        tx.sql("update series_salt set salt = '\\x00', shredded_at = null where salt is null")
    assert isinstance(wrong.value.orig, psycopg.errors.RaiseException)


@pytest.mark.parametrize("how", ["withdraw", "term"])
def test_the_key_goes_when_the_series_has_ended(followed: World, clock: Clock, how: str) -> None:
    release = approve(followed, make(followed))
    assert recall.tend(followed.publishing).recalled == ()
    assert salts(followed) == [(SERIES, True)]
    if how == "withdraw":
        assert publish.act(followed.publishing, followed.caller("officer"), release, "withdraw", "no longer needed")
    else:
        expires = publish.open_release(followed.publishing, followed.caller("officer"), release).release.expires
        assert expires is not None
        clock.at = datetime.combine(expires + timedelta(days=1), datetime.min.time(), UTC)
        followed.tokens.clear()
        recall.tend(followed.publishing)
    assert salts(followed) == [(SERIES, False)]


def test_no_pseudonym_reaches_a_depersonalised_release(followed: World) -> None:
    """Also where an agreement names the field among its own, past the linter."""
    text = FOLLOWED[: FOLLOWED.index("\n[access.personal]")].replace(f'id = "{SERIES}"', 'id = "northmoor-loose"')
    put(followed, text.replace('fields = ["dataset",', f'fields = ["suspect_pnc", "{PSEUDONYM}", "vrm", "dataset",'))
    for agreement in ("northmoor-loose", "northmoor-analyst-violence"):
        release = make(followed, agreement)
        assert not {"suspect_pnc", PSEUDONYM, "vrm"} & set(rows_of(followed, release).columns)
        for path in (followed.publishing.folder / release).iterdir():
            content = path.read_bytes()
            assert not re.search(rb"\b[pr]\d*-[a-z2-7]{26}\b", content), path.name
        assert publish.open_release(followed.publishing, followed.caller("officer"), release).release.tier == "L2"


def test_what_identifies_is_in_none_of_its_files(followed: World) -> None:
    release = make(followed)
    folder = followed.publishing.folder / release
    clear = [*CANARIES, *CLEAR]
    pooled = pseudonymise(pl.Series(CLEAR), Role.PNC, PSEUDONYMS.keyring(NORTHMOOR, PURPOSE)).to_list()
    for path in folder.iterdir():
        content = path.read_bytes()
        assert not [w for w in (*clear, *pooled) if w.encode() in content], path.name
    book = openpyxl.load_workbook(folder / "rows.xlsx", read_only=True)
    cells = {str(v) for sheet in book.worksheets for line in sheet.iter_rows(values_only=True) for v in line}
    book.close()
    assert not cells & {*clear, *pooled}
    assert {v for v in cells if v.startswith("r-")} == set(rows_of(followed, release)[PSEUDONYM])
    for parquet in (folder / "rows.parquet", folder / ".kinds.parquet"):
        held = {str(v) for c in pl.read_parquet(parquet).iter_columns() for v in c.to_list()}
        assert not held & {*clear, *pooled}
    assert PSEUDONYM not in pl.read_parquet(folder / ".kinds.parquet").columns, "pages count without following anybody"


def test_a_protocol_without_the_flow_refuses_with_rule_and_reason(world: World, client: Client) -> None:
    put(world, FOLLOWED)
    made = publish.make_release(world.publishing, world.caller("officer"), SERIES)
    assert isinstance(made, Refuse)
    assert made.rule == "access.no-personal-flow"
    assert "police-crime/1 from northmoor-police lets nothing of a person leave" in made.reason
    assert "access.no-personal-flow" in client("auditor").get("/log").text
    assert SERIES not in client("officer").get("/releases/new").text


def test_a_flow_that_no_longer_lets_them_leave_stops_downloads_at_once(followed: World) -> None:
    release = approve(followed, make(followed))
    put(followed, VIOLENCE.replace("version = 1", "version = 4", 1).replace('leaves-as = "pseudonymised"\n', ""))
    with followed.databases.release.transaction([NORTHMOOR]) as tx:
        found = may_download(followed.publishing, tx, followed.caller("analyst"), release)
    assert isinstance(found, Refuse)
    assert found.rule == "access.no-personal-flow"


def test_a_site_without_pseudonym_keys_makes_none(followed: World) -> None:
    object.__setattr__(followed.publishing, "keyring", None)
    with pytest.raises(Unavailable, match="no pseudonym keys"):
        publish.make_release(followed.publishing, followed.caller("officer"), SERIES)
    assert recall.tend(followed.publishing).built == ()


def test_the_certificate_says_what_it_is_and_so_does_verify(followed: World, tmp_path: Path, clock: Clock) -> None:
    hub = followed.publishing
    release = make(followed)
    folder = hub.folder / release
    certificate, wrongs = verify.verify_folder(folder, hub.signer.key, clock().date())
    assert certificate is not None
    assert (wrongs, certificate.tier) == ([], "L1")
    assert certificate.personal is not None
    assert (certificate.personal.dpia, certificate.personal.keyed_since) == ("NM-DPIA-2026-31", date(2026, 11, 23))
    for page in (folder / "certificate.html", folder / "certificate.json"):
        said = page.read_text(encoding="utf-8")
        assert "This is personal data: it is pseudonymised, not depersonalised and not anonymous" in said
        assert "agreed: 5" not in said
    key = tmp_path / "hub.json"
    key.write_text(json.dumps(hub.signer.public()))
    done = CliRunner().invoke(whole_app(), ["release", "verify", str(folder), "--key", str(key), "--on", "2026-12-01"])
    assert done.exit_code == 0
    assert "personal data: it is pseudonymised, not depersonalised" in " ".join(done.output.split())
    assert "not depersonalised" in json.loads((folder / "datapackage.json").read_text())["licenses"][0]["title"]
    meaning = pl.read_csv(folder / "dictionary.csv").filter(pl.col("column") == PSEUDONYM)["meaning"][0]
    assert "Personal data" in meaning


def passkey(world: World, who: str) -> Authenticator:
    party, token = world.desk.party, world.token(who)
    key = Authenticator(party.id, party.origins[0])
    made = key.register(sign.registration_challenge(token))
    assert sign.register(
        world.desk, world.caller(who), token, "a long enough demonstration", "192.0.2.1", "Blue key", made
    )
    return key


def prove(world: World, client: Client, key: Authenticator, release: str, who: str = "analyst") -> int:
    given = key.sign(step_up.challenge(world.token(who), release, world.desk.now()))
    answer = send(client(who), f"/releases/{release}/confirm", credential=given.credential,
                  authenticator_data=b64u(given.authenticator_data), client_data=b64u(given.client_data),
                  signature=b64u(given.signature))  # fmt: skip
    return int(answer.status_code)


def test_a_download_asks_for_a_passkey_as_signing_does(followed: World, client: Client, clock: Clock) -> None:
    release = approve(followed, make(followed))
    path = f"/releases/{release}/files/rows.csv"
    asked = client("analyst").get(path)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/releases/{release}/confirm")
    assert "None is registered" in client("analyst").get(f"/releases/{release}/confirm").text
    key = passkey(followed, "analyst")
    assert 'data-passkey="sign"' in client("analyst").get(f"/releases/{release}/confirm").text
    other = make(followed)
    wrong = key.sign(step_up.challenge(followed.token("analyst"), other, clock()))
    refused = step_up.prove(followed.desk, followed.caller("analyst"), followed.token("analyst"), release, wrong)
    assert isinstance(refused, Refuse)
    assert refused.rule == "signing.other-text"
    assert client("analyst").get(path).status_code == 303
    assert prove(followed, client, key, release) == 303
    assert client("analyst").get(path).status_code == 200
    assert client("analyst").get(f"/releases/{other}/files/rows.csv").status_code == 403
    clock.pass_(minutes=9)
    assert client("analyst").get(path).status_code == 200
    clock.pass_(minutes=1)
    assert client("analyst").get(path).status_code == 303, "ten minutes are over"
    assert prove(followed, client, key, release) == 303
    followed.tokens.pop("analyst")
    assert client("analyst").get(path).status_code == 303, "another session has proved nothing"
    assert "release.step-up" in client("auditor").get("/log").text
    late = key.sign(step_up.challenge(followed.token("analyst"), release, clock(), back=2))
    assert not step_up.prove(followed.desk, followed.caller("analyst"), followed.token("analyst"), release, late)
    assert not step_up.prove(followed.desk, followed.caller("second"), followed.token("second"), release, late)


def test_pages_for_depersonalised_data_do_not_offer_it(followed: World, client: Client, tmp_path: Path) -> None:
    hub, release = followed.publishing, approve(followed, make(followed))
    for refused in (
        interface.make_token(hub, followed.caller("analyst"), release),
        interface.open_rows(hub, followed.caller("analyst"), release, begins=True),
        looking.look_into(hub, followed.caller("analyst"), release),
        packing.pack(hub, release, tmp_path, date(2027, 1, 1), passphrase="x"),
    ):
        assert isinstance(refused, Refuse)
        assert refused.rule == "release.personal"
    checked = looking.look_into(hub, followed.caller("second"), release)
    assert isinstance(checked, looking.Looked)
    assert PSEUDONYM not in checked.kinds.columns
    catalogue = client("analyst").get("/catalogue").text
    listed, personal = catalogue.split("Personal data</h2>")
    assert SERIES not in listed
    assert SERIES in personal
    page = client("analyst").get(f"/catalogue/{SERIES}").text
    for words in ("not depersonalised", "NM-DPIA-2026-31", "Integrated offender management team"):
        assert words in page
    for words in ("Look into it", "Smallest group"):
        assert words not in page
    shown = client("analyst").get(f"/releases/{release}").text
    assert "This is personal data" in shown
    assert "Make a token" not in shown
    assert "Suppressed" not in shown
    assert "(personal data)" in client("analyst").get("/releases").text
    agreement = client("officer").get(f"/protocols/{SERIES}/1").text
    assert "Integrated offender management team" in agreement


def test_depersonalised_releases_are_not_held_back_for_it_and_its_leaks_are_traced(
    followed: World, tmp_path: Path
) -> None:
    hub = followed.publishing
    first, _ = approve(followed, make(followed)), approve(followed, make(followed, THEIRS))
    plain = publish.open_release(hub, followed.caller("officer"), make(followed, "northmoor-analyst-violence")).release
    assert plain.counts["differencing"]["releases_compared"] == 2, "the two depersonalised ones of the seed"
    leak = tmp_path / "leak.csv"
    rows = rows_of(followed, first)
    rows.drop("row_id", "event_id").sample(5, seed=1).write_csv(leak)
    found = trace.trace(hub, trace.read_leak(leak))
    assert (found.verdict, found.recipients) == ("named", ("northmoor-council",)), found


def test_made_up_rows_are_of_nobody(followed: World) -> None:
    put(followed, FOLLOWED.replace("k = 5", "k = 5\ncanaries = 2").replace("version = 1", "version = 2", 1))
    add_rows(followed, followed.ids["followed"], pncs(99) * 6)
    with followed.databases.intake.transaction([NORTHMOOR]) as tx:
        tx.sql("update pool_row set fields = fields || '{\"weapon_flag\": \"false\"}', easting = easting + 5000"
               " where row_id % 2 = 0 and fields ? 'suspect_pnc'")  # fmt: skip
    rows = rows_of(followed, make(followed))
    made_up, real = rows.filter(pl.col("row_id") < 0), rows.filter(pl.col("row_id") > 0)
    assert made_up.height == 2
    assert not set(made_up[PSEUDONYM]) & set(real[PSEUDONYM]), "nobody is said to have done what was made up"
    assert made_up[PSEUDONYM].n_unique() == 2


def test_another_agencys_analyst_may_not_prove_it(followed: World, client: Client) -> None:
    release = approve(followed, make(followed))
    who = str(uuid.uuid4())
    with followed.databases.release.transaction() as tx:
        now = followed.desk.now()
        people.insert(tx, people.Person(who, "visitor", "Vera Quist", "northmoor-police", password_hash(), None), now)
        people.set_roles(tx, who, ((NORTHMOOR, "analyst"),))
    followed.people["visitor"] = who
    assert client("visitor").get(f"/releases/{release}/confirm").status_code == 404
    assert client("visitor").get(f"/catalogue/{SERIES}").status_code == 404
