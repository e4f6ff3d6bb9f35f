"""The release's journey on a small hub: blind reviews, certificate, ranges, supersession, recall, schedule, request, trace."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pyrage
import pytest
import sqlalchemy
from typer.testing import CliRunner

from hub.__main__ import whole_app
from hub.db import protocol as protocols
from hub.decision import NotFound, Refuse
from hub.journey import gates, packing, publish, recall, trace, verify
from protocols.schema import parse_document
from protocols.wire import Certificate
from tests.conftest import NOON
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.seed import NORTHMOOR, POOL_ROW, World, add_batch, references, text_of

VIOLENCE = "northmoor-analyst-violence"


def state(world: World, release: str) -> str:
    return publish.open_release(world.publishing, world.caller("officer"), release).release.state


def make(world: World) -> str:
    made = publish.make_release(world.publishing, world.caller("officer"), VIOLENCE)
    assert isinstance(made, str)
    return made


def test_no_checker_sees_anothers_review_until_both_are_in(world: World, client: Client) -> None:
    release = world.ids["candidate"]
    hub = world.publishing
    assert publish.act(hub, world.caller("second"), release, "refuse", "the wards are too small")
    assert state(world, release) == "candidate"
    for who in ("officer", "third", "auditor"):
        page = client(who).get(f"/releases/{release}").text
        assert "1 of 2 reviews are in" in page
        assert "too small" not in page
        assert "Refused" not in page
    assert "you refused it" in client("second").get(f"/releases/{release}").text
    log = client("auditor").get("/log").text
    assert "release.review" in log
    assert "a checker refused" not in log
    twice = publish.act(hub, world.caller("second"), release, "approve")
    assert isinstance(twice, Refuse)
    assert twice.rule == "release.reviewed"
    own = publish.act(hub, world.caller("officer"), release, "approve")
    assert isinstance(own, Refuse)
    assert own.rule == "release.second-person"
    assert publish.act(hub, world.caller("third"), release, "approve")
    assert state(world, release) == "refused"
    page = client("officer").get(f"/releases/{release}").text
    assert "too small" in page
    assert "Piers Lockyer" in page


def test_a_newer_release_supersedes_and_says_what_is_different(world: World, client: Client) -> None:
    newer = world.ids["candidate"]
    for checker in ("second", "third"):
        assert publish.act(world.publishing, world.caller(checker), newer, "approve")
    assert state(world, newer) == "published"
    assert state(world, world.ids["published"]) == "superseded"
    third = make(world)
    page = client("officer").get(f"/releases/{third}").text
    assert "0 rows are new, 0 are gone and 0 have changed since release" in page
    with (
        world.databases.release.transaction([NORTHMOOR]) as tx,
        pytest.raises(sqlalchemy.exc.DBAPIError) as wrong,
    ):
        tx.sql("update release set recipient = 'northmoor-police' where id = cast(:id as uuid)", id=newer)
    assert isinstance(wrong.value.orig, psycopg.errors.RaiseException)


def folder_of(world: World, tmp_path: Path, key: str = "published") -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(world.publishing.folder / world.ids[key], copy)
    return copy


def test_a_certificate_holds_and_each_kind_of_tampering_is_refused(world: World, tmp_path: Path, clock: Clock) -> None:
    key, today = world.publishing.signer.key, clock().date()
    folder = folder_of(world, tmp_path)
    certificate, wrongs = verify.verify_folder(folder, key, today)
    assert wrongs == []
    assert isinstance(certificate, Certificate)
    assert certificate.k_reached >= certificate.k_agreed == 5
    assert certificate.released_rows == pl.read_csv(folder / "rows.csv").height
    assert verify.verify_folder(folder, key, date(2099, 1, 1))[1] == [f"it expired on {certificate.expires}"]

    def refused(words: str) -> None:
        found = verify.verify_folder(folder, key, today)[1]
        assert any(words in w for w in found), found
        shutil.rmtree(folder)
        folder_of(world, tmp_path)

    rows = folder / "rows.csv"
    rows.write_bytes(rows.read_bytes().replace(b"violence", b"Violence", 1))
    refused("rows.csv is not what was released")
    (folder / "rows.gpkg").unlink()
    refused("rows.gpkg is missing")
    (folder / "more.csv").write_text("x")
    refused("more.csv does not belong to it")
    page = folder / "certificate.html"
    page.write_text(page.read_text().replace("Rows released", "Rows  released"))
    refused("certificate.html is not what was released")
    (folder / "certificate.json").unlink()
    refused("there is no certificate.json")
    signed = folder / "certificate.json"
    body = json.loads(signed.read_text())
    body["certificate"]["k_reached"] = 50
    signed.write_text(json.dumps(body))
    refused("not as it was signed")
    body["jws"] = body["jws"][:-6] + "AAAAAA"
    body["certificate"]["k_reached"] = certificate.k_reached
    signed.write_text(json.dumps(body))
    refused("signature does not verify")
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("a", "b", 1))
    refused("SHA256SUMS")
    other = world.publishing.signer.key.generate_key("Ed25519")
    assert verify.verify_folder(folder, other, today)[0] is None


def test_files_are_verified_by_the_names_that_downloads_give_them(
    world: World, client: Client, tmp_path: Path, clock: Clock
) -> None:
    release, key, today = world.ids["published"], world.publishing.signer.key, clock().date()
    for file in publish.open_release(world.publishing, world.caller("officer"), release).release.files:
        answer = client("analyst").get(f"/releases/{release}/files/{file['name']}")
        name = re.search(r'filename="(release-\d+-[^"]+)"', answer.headers["Content-Disposition"])
        assert name
        (tmp_path / name[1]).write_bytes(answer.content)
    certificate, wrongs = verify.verify_folder(tmp_path, key, today)
    assert (certificate is not None, wrongs) == (True, [])
    (tmp_path / "rows.csv").write_text("not what was released")
    assert "./rows.csv does not belong to it" in verify.verify_folder(tmp_path, key, today)[1]


def test_downloads_resume_where_they_broke_off(world: World, client: Client) -> None:
    path = f"/releases/{world.ids['published']}/files/rows.csv"
    browser = client("analyst")
    whole = browser.get(path)
    assert whole.headers["accept-ranges"] == "bytes"
    size, tag = len(whole.content), whole.headers["etag"]
    rest = browser.get(path, headers={"Range": "bytes=100-", "If-Range": tag})
    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    assert whole.content[:100] + rest.content == whole.content
    for asked, expected in (("bytes=0-9", whole.content[:10]), ("bytes=-7", whole.content[-7:]),
                            ("bytes=5-999999999", whole.content[5:])):  # fmt: skip
        part = browser.get(path, headers={"Range": asked})
        assert (part.status_code, part.content) == (206, expected)
    for asked, tagged in (
        ("bytes=0-1,5-6", ""),
        ("lines=1-2", ""),
        ("bytes=9-3", ""),
        ("bytes=-", ""),
        ("bytes=0-1", '"other"'),
    ):
        headers = {"Range": asked} | ({"If-Range": tagged} if tagged else {})
        assert browser.get(path, headers=headers).content == whole.content
    beyond = browser.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert browser.get(path, headers={"Range": "bytes=-0"}).status_code == 416


def test_a_release_ends_with_its_term(world: World, client: Client, clock: Clock) -> None:
    path = f"/releases/{world.ids['published']}/files/rows.csv"
    last = publish.open_release(world.publishing, world.caller("officer"), world.ids["published"]).release.expires
    assert last is not None
    clock.at = datetime(last.year, last.month, last.day, 23, tzinfo=UTC)
    world.tokens.clear()
    assert client("analyst").get(path).status_code == 200
    clock.pass_(days=1)
    world.tokens.clear()
    late = client("analyst").get(path)
    assert late.status_code == 403
    assert "its term has ended" in late.text.lower()


@pytest.mark.parametrize(("deed", "why"), [("", "its term had ended"), ("withdraw", "it was withdrawn")])
def test_files_of_what_has_ended_are_destroyed_and_the_page_says_so(
    world: World, client: Client, clock: Clock, deed: str, why: str
) -> None:
    hub, release = world.publishing, world.ids["published"]
    assert recall.tend(hub).purged == ()
    before = publish.open_release(hub, world.caller("officer"), release).release
    assert before.expires is not None
    if deed:
        assert publish.act(hub, world.caller("officer"), release, deed, "no longer needed")
    else:
        clock.at = datetime.combine(before.expires, datetime.min.time(), UTC)
        assert recall.tend(hub).purged == (), "its last day is its own"
        clock.pass_(days=1)
    world.tokens.clear()
    assert (hub.folder / release / "rows.csv").is_file()
    purged = recall.tend(hub).purged
    assert release in purged
    assert (world.ids["candidate"] in purged) != bool(deed), "no candidate is approved past its term"
    assert recall.tend(hub).purged == ()
    left = {p.name for p in (hub.folder / release).iterdir()}
    assert {".classes.parquet", ".records.parquet"} <= left <= gates.STAY
    page = client("officer").get(f"/releases/{release}").text
    assert f"for {why}" in page
    assert "Files destroyed" in page
    assert "/look" not in page.split("<main")[1]
    assert client("analyst").get(f"/releases/{release}/files/rows.csv").status_code == 403
    assert client("analyst").get("/catalogue/northmoor-analyst-violence").status_code == 200
    refused = client("second").get(f"/releases/{release}/look")
    assert (refused.status_code, "release.purged" in refused.text) == (403, True)
    assert "release.purge" in client("auditor").get("/log").text
    late = publish.act(hub, world.caller("second"), world.ids["candidate"], "approve")
    assert bool(late) == bool(deed)


LATE = """
insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, event_month, event_day, occurred_from,
  time_precision, ambiguous_hour, easting, northing, geo_method, geo_precision_m, geo_confidence, lsoa, ward, district,
  place_floor, time_floor, fields, content)
select nextval('pool_row_id'), partnership_id, dataset, agency_id, batch_id, true, event_month, event_day, occurred_from,
  time_precision, ambiguous_hour, easting, northing, geo_method, geo_precision_m, geo_confidence, lsoa, ward, district,
  place_floor, time_floor, fields, content
from pool_row where row_id = :row
"""


@pytest.mark.parametrize(("late", "held"), [(0, 0), (1, 1), (4, 4), (5, 0)])
def test_late_rows_wait_until_they_are_k(world: World, late: int, held: int) -> None:
    """A seeded leak: the newer release minus the older would be one to four people."""
    row = held_rows(world, world.ids["published"])[0]
    with world.databases.intake.transaction([NORTHMOOR]) as tx:
        for _ in range(late):
            tx.sql(LATE, row=row)
    found = publish.open_release(world.publishing, world.caller("officer"), make(world)).release
    figures = found.counts["differencing"]
    assert (figures["rows_held_back"], figures["releases_compared"]) == (held, 2)
    assert found.counts["released_rows"] == 40 + late - held
    assert (figures["people_exposed_without_it"] > 0) == (held > 0)
    assert found.state == "candidate"


def test_the_command_verifies_with_nothing_but_the_key(world: World, tmp_path: Path) -> None:
    folder, key = folder_of(world, tmp_path), tmp_path / "hub.json"
    key.write_text(json.dumps(world.publishing.signer.public()))
    words = ["release", "verify", str(folder), "--key", str(key), "--on", "2026-12-01"]
    run = CliRunner()
    assert run.invoke(whole_app(), words).exit_code == 0
    (folder / "rows.csv").write_text("other")
    assert run.invoke(whole_app(), words).exit_code == 1
    assert run.invoke(whole_app(), [*words[:-1], "2099-01-01"]).exit_code == 1
    assert run.invoke(whole_app(), ["release", "verify", str(tmp_path / "none"), "--key", str(key)]).exit_code == 2
    key.write_text("no key")
    assert run.invoke(whole_app(), words).exit_code == 2


ERASE = "update pool_row set current = false, fields = '{}' where row_id = :row and partnership_id = :p"


def held_rows(world: World, release: str) -> list[int]:
    kept = pl.read_parquet(world.publishing.folder / release / ".rows.parquet")
    return kept["row_id"].to_list()


def test_what_a_source_erases_recalls_exactly_the_releases_that_hold_it(
    world: World, client: Client, clock: Clock
) -> None:
    hub = world.publishing
    published, candidate, foreign = (world.ids[k] for k in ("published", "candidate", "foreign"))
    row = held_rows(world, published)[0]
    assert recall.tend(hub) == recall.Tended()
    with world.databases.intake.transaction([NORTHMOOR]) as tx:
        tx.sql("update pool_row set current = false where row_id = :row", row=row + 1)  # corrected, not erased
        tx.sql(ERASE, row=row, p=NORTHMOOR)
    done = recall.tend(hub)
    assert set(done.recalled) == {published, candidate}
    assert len(done.built) == 1
    assert recall.tend(hub) == recall.Tended()
    assert (state(world, published), state(world, candidate)) == ("recalled", "recalled")
    assert publish.open_release(hub, world.caller("outsider"), foreign).release.state == "candidate"
    assert row not in held_rows(world, done.built[0])
    again = publish.open_release(hub, world.caller("officer"), done.built[0]).release.counts
    assert again["differencing"]["people_exposed_without_it"] > 0  # the recalled copy minus this one is that person
    assert again["differencing"]["rows_held_back"] >= 4
    assert state(world, done.built[0]) == "candidate"
    assert client("analyst").get(f"/releases/{published}/files/rows.csv").status_code == 403
    assert [str(n.release_id) for n in publish.open_notices(hub, world.caller("analyst"))] == [published]
    assert "Copies of this release must no longer be used" in client("analyst").get("/releases").text
    clock.pass_(days=4)
    world.tokens.clear()
    assert recall.tend(hub).chased == 1
    assert recall.tend(hub).chased == 0
    assert isinstance(publish.acknowledge(hub, world.caller("officer"), published), Refuse)
    assert send(client("analyst"), f"/releases/{published}/acknowledge").status_code == 303
    assert publish.open_notices(hub, world.caller("officer")) == []
    assert "Anwen Bright acknowledged it" in client("officer").get(f"/releases/{published}").text


def test_a_request_is_asked_and_answered_by_another(world: World) -> None:
    hub = world.publishing
    asked = publish.ask(
        hub, world.caller("analyst"), NORTHMOOR, "SERIOUS_VIOLENCE", "Where does violence at night rise?"
    )
    assert isinstance(asked, str)
    assert isinstance(publish.ask(hub, world.caller("operator"), NORTHMOOR, "ASB", "What is up?"), Refuse)
    assert [r.question for r in publish.requests(hub, world.caller("second"))] == ["Where does violence at night rise?"]
    assert publish.requests(hub, world.caller("outsider")) == []
    with pytest.raises(NotFound):
        publish.answer(hub, world.caller("outsider"), asked, VIOLENCE, "")
    wrong = publish.answer(hub, world.caller("second"), asked, "northmoor-csp", "")
    assert isinstance(wrong, Refuse)
    assert publish.answer(hub, world.caller("second"), asked, VIOLENCE, "within the agreement")
    assert isinstance(publish.answer(hub, world.caller("third"), asked, "", "no"), Refuse)
    found = publish.requests(hub, world.caller("analyst"))[0]
    assert (found.state, found.agreement_id) == ("agreed", VIOLENCE)
    release = make(world)
    certified = (hub.folder / release / "certificate.html").read_text()
    assert "question of 2026-11-23, by occurred, place" in certified
    assert "rise" not in certified, "a question's words stay in the request"


def test_a_request_on_its_pages_and_what_waits_for_whom(world: World, client: Client) -> None:
    question = "Where does <violence> at night rise?"
    sent = send(client("analyst"), "/requests", partnership=NORTHMOOR, purpose="SERIOUS_VIOLENCE", question=question)
    assert sent.status_code == 303
    assert send(client("analyst"), "/requests", partnership=NORTHMOOR, purpose="ASB", question="x").status_code == 422
    assert "Where does &lt;violence&gt;" in client("analyst").get("/requests").text
    assert "Answer a request" in client("second").get("/").text
    page = client("second").get("/requests").text
    one = re.search(r'action="(/requests/[0-9a-f-]{36})"', page)
    assert one
    assert "/requests/" not in client("analyst").get("/requests").text
    assert "How the question would be read" in page
    assert "occurred, place" in page, "night is a time, where a place"
    wrong = send(client("second"), one[1], agreement="", words="")
    assert wrong.status_code == 422
    assert f'id="words-{one[1].rpartition("/")[2]}-error"' in wrong.text
    assert 'id="question-error"' not in wrong.text
    assert send(client("second"), one[1], agreement=VIOLENCE, words="covered").status_code == 303
    agreed = client("analyst").get("/requests").text
    assert "Agreed" in agreed
    assert "How the question is read" in agreed
    assert "occurred, place" in agreed
    assert "Check release" in client("second").get("/").text
    assert "Check release" not in client("officer").get("/").text
    assert publish.act(world.publishing, world.caller("second"), world.ids["candidate"], "approve")
    assert "Check release" not in client("second").get("/").text


@pytest.mark.parametrize(
    ("schedule", "start"),
    [("nightly", datetime(2026, 11, 25, tzinfo=UTC)), ("monthly", datetime(2026, 11, 1, tzinfo=UTC)),
     ("quarterly", datetime(2026, 10, 1, tzinfo=UTC)), ("on-demand", None)],
)  # fmt: skip
def test_a_schedules_period_begins(schedule: str, start: datetime | None) -> None:
    assert recall.period_start(schedule, datetime(2026, 11, 25, 21, 5, tzinfo=UTC)) == start


def test_a_leak_is_traced_by_its_numbers(world: World, tmp_path: Path) -> None:
    rows = pl.read_csv(world.publishing.folder / world.ids["published"] / "rows.csv", infer_schema=False)
    leak = tmp_path / "leak.csv"
    rows.sample(5, seed=1).rename({"event_id": "ref"}).write_csv(leak, separator=";")
    found = trace.trace(world.publishing, trace.read_leak(leak))
    assert (found.verdict, found.recipients) == ("named", ("northmoor-council",))
    rows.drop("event_id").sample(5, seed=1).write_csv(leak)
    assert trace.trace(world.publishing, trace.read_leak(leak)).verdict == "not-told-apart"
    leak.write_text("a,b\n1,2\n")
    assert trace.trace(world.publishing, trace.read_leak(leak)).verdict == "not-ours"
    leak.write_bytes(b"")
    with pytest.raises(ValueError, match="cannot be read"):
        trace.read_leak(leak)


def test_a_pack_is_counted_opens_with_its_key_and_is_refused_when_touched_or_late(
    world: World, tmp_path: Path, clock: Clock
) -> None:
    hub, release, today = world.publishing, world.ids["published"], clock().date()
    mine, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    late = date(2099, 1, 1)
    one = packing.pack(hub, release, tmp_path, late, to=str(mine.to_public()))
    two = packing.pack(hub, release, tmp_path, today, passphrase="correct horse")
    assert isinstance(one, packing.Packed)
    assert isinstance(two, packing.Packed)
    assert (one.copy_number, two.copy_number) == (1, 2)
    assert one.expires < late  # not beyond the release's own term
    assert b"violence" not in one.path.read_bytes()
    key = hub.signer.key
    found = packing.unpack(one.path, tmp_path / "out", key, today, identity=str(mine))
    assert found.number == publish.open_release(hub, world.caller("officer"), release).release.number
    viewer = (tmp_path / "out" / "viewer.html").read_text()
    assert "<svg" in viewer
    assert "<script" not in viewer
    assert "http" not in viewer.replace("http://www.w3.org/2000/svg", "")
    assert verify.verify_folder(tmp_path / "out", key, today)[1] == []
    assert packing.unpack(two.path, tmp_path / "out2", key, today, passphrase="correct horse").copy_number == 2

    def refused(words: str, path: Path, **secret: str) -> None:
        with pytest.raises(packing.NoPack, match=words):
            packing.unpack(path, tmp_path / "never", key, today, **secret)
        assert not (tmp_path / "never").exists()

    refused("not for this key", one.path, identity=str(other))
    refused("not for this key", two.path, passphrase="wrong")
    (tmp_path / "torn").write_bytes(one.path.read_bytes()[:-50])
    refused("no pack", tmp_path / "torn", identity=str(mine))
    with pytest.raises(packing.NoPack, match="expired"):
        packing.unpack(one.path, tmp_path / "never", key, late, identity=str(mine))
    with pytest.raises(packing.NoPack, match="does not verify"):
        packing.unpack(one.path, tmp_path / "never", key.generate_key("Ed25519"), today, identity=str(mine))
    with pytest.raises(ValueError, match="no age public key"):
        packing.pack(hub, release, tmp_path, late, to="age1nothing")
    assert isinstance(packing.pack(hub, world.ids["candidate"], tmp_path, late, passphrase="x"), Refuse)


SCHEDULED = """
insert into release (id, partnership_id, agreement_id, agreement_version, recipient, title, state, author, counts, files,
  hold_rule, hold_reason, created_at, districts, datasets)
select gen_random_uuid(), :p, 'another', 1, 'northmoor-council', 'x', 'refused', 'hub', '{}', '[]', '', '', :at, '{}', '{}'
from generate_series(1, 210)
"""


def test_a_schedule_is_kept_once_a_period_however_many_releases_others_make(world: World, clock: Clock) -> None:
    text = text_of(VIOLENCE).replace("version = 1", "version = 2", 1).replace("k = 5", 'k = 5\nschedule = "quarterly"')
    document = parse_document(text)
    with world.databases.release.transaction([NORTHMOOR]) as tx:
        protocols.insert(tx, document, text, "importer", clock())
        protocols.set_state(tx, VIOLENCE, 2, "in-force")
        tx.sql(SCHEDULED, p=NORTHMOOR, at=clock())
    assert recall.tend(world.publishing).built == (), "one of this quarter is there"
    clock.pass_(days=40)
    first = recall.tend(world.publishing).built
    assert len(first) == 1
    with world.databases.release.transaction([NORTHMOOR]) as tx:
        tx.sql(SCHEDULED, p=NORTHMOOR, at=clock())
    assert recall.tend(world.publishing).built == ()


@pytest.mark.parametrize(
    ("named", "trust_rows", "state_made"), [(False, 1, "held"), (False, 5, "candidate"), (True, 1, "candidate")]
)
def test_a_partner_that_could_set_its_own_rows_aside_holds_the_release(
    world: World, named: bool, trust_rows: int, state_made: str
) -> None:
    """A seeded leak: groups of five and more, in which all but a few rows are one contributor's."""
    text = text_of(VIOLENCE).replace("version = 1", "version = 2", 1)
    text = text if named else text.replace('"dataset", ', "")
    fields = {"assault_method": "body-part"}
    batch = add_batch(world, "northmoor-nhs-trust", "ed-assaults/1", "SERIOUS_VIOLENCE",
                      references(world, "northmoor-violence", "northmoor-csp"), "pooled")  # fmt: skip
    at = NOON.replace(tzinfo=None) - timedelta(days=5)
    with world.databases.release.transaction([NORTHMOOR]) as tx:
        document = parse_document(text)
        protocols.insert(tx, document, text, "importer", NOON)
        protocols.set_state(tx, VIOLENCE, 2, "in-force")
        tx.sql("update release set state = 'discarded', published_at = null")  # nothing to be compared with
    with world.databases.intake.transaction([NORTHMOOR]) as tx:
        for _ in range(trust_rows):
            tx.sql(POOL_ROW.replace("generate_series(1, 40)", "generate_series(1, 1)"), partnership=NORTHMOOR,
                   dataset="ed-assaults/1", agency="northmoor-nhs-trust", batch=batch, month=at.date().replace(day=1),
                   day=at.date(), at=at, district="E06900001", fields=json.dumps(fields))  # fmt: skip
    found = publish.open_release(world.publishing, world.caller("officer"), make(world)).release
    assert (found.state, found.hold_rule) == (state_made, "release.intruder" if state_made == "held" else "")
    assert found.counts["released_rows"] == (40 if named else 40 + trust_rows)
