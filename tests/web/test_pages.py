"""What pages do: the acts on protocols, batches and releases; escaping, headers, limits; bad input without a 500."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.db import protocol as protocols
from hub.decision import Conflict, Refuse
from hub.journey import agree
from protocols.schema import Faulty
from tests.conftest import Databases
from tests.web.conftest import Client, Clock, TestClient
from tests.web.forms import ORIGIN, send, token_of
from tests.web.seed import World, build, fill, text_of

VIOLENCE = "/protocols/northmoor-violence"
REASON = "the review found a fault"


def draft_text(version: int = 3, **changes: str) -> str:
    text = text_of("northmoor-violence").replace("version = 1", f"version = {version}", 1)
    for old, new in changes.items():
        text = re.sub(rf"^{old} = .*$", f"{old} = {new}", text, count=1, flags=re.MULTILINE)
    return text


# protocols ----------------------------------------------------------------------------------------------------------


def test_a_protocol_is_drafted_by_one_and_agreed_by_another(client: Client) -> None:
    officer, second = client("officer"), client("second")
    answer = send(officer, "/protocols/new", text=draft_text().replace("\n", "\r\n"))
    assert answer.headers["location"] == f"{VIOLENCE}/3?done=draft"
    assert send(officer, f"{VIOLENCE}/3/agree").status_code == 409
    assert send(officer, f"{VIOLENCE}/3/consult").status_code == 303
    assert send(client("chief"), f"{VIOLENCE}/3/comment", reason="The council asks for wards.").status_code == 303
    refused = send(officer, f"{VIOLENCE}/3/agree")
    assert refused.status_code == 403
    assert "protocol.second-person" in refused.text
    assert send(second, f"{VIOLENCE}/3/agree").status_code == 303
    page = officer.get(f"{VIOLENCE}/3").text
    for words in ("Agreed text", "The council asks for wards.", "Cass Bellamy", "Open for signature"):
        assert words in page
    log = client("auditor").get("/log").text
    for rule in ("protocol.second-person", "access.protocol.agree", "access.protocol.draft"):
        assert rule in log


def test_a_file_is_taken_before_what_is_pasted(client: Client) -> None:
    browser = client("officer")
    token = token_of(browser.get("/protocols/new").text)
    answer = browser.post("/protocols/new", data={"csrf": token, "text": ""}, headers=ORIGIN,
                          files={"file": ("draft.toml", draft_text().encode())})  # fmt: skip
    assert answer.status_code == 303


def test_every_fault_of_a_draft_is_listed(client: Client) -> None:
    text = draft_text(review="2026-04-01", statement='""').replace('crime_ref = "drop"', 'crime_ref = "keep"')
    answer = send(client("officer"), "/protocols/new", text=text)
    assert answer.status_code == 422
    for words in ("the review date is not after", "does not say in words", "is not permitted"):
        assert words in answer.text
    assert answer.text.count('href="#text"') >= 3
    assert "Error: " in answer.text


OTHERS = [
    ({"id": '"avon-street"'}, "another partnership"),
    ({"parent": '"avon-csp"'}, "another partnership"),
    ({"id": '"northmoor-csp"'}, "differs from its earlier versions"),
]


def test_a_draft_takes_nothing_that_is_anothers(world: World) -> None:
    for changes, words in OTHERS:
        with pytest.raises(Faulty, match=words):
            agree.draft(world.desk, world.caller("officer"), draft_text(3, **changes))


def test_a_draft_for_another_partnership_is_refused(world: World) -> None:
    refused = agree.draft(world.desk, world.caller("officer"), draft_text(partnership='"avon-csp"'))
    assert isinstance(refused, Refuse)
    assert refused.rule == "access.other-partnership"


def test_a_version_is_never_drafted_twice(world: World) -> None:
    with pytest.raises(Conflict):
        agree.draft(world.desk, world.caller("officer"), draft_text(version=2))


def test_nobody_takes_another_partnerships_area(world: World) -> None:
    text = text_of("northmoor-csp").replace("version = 1", "version = 2", 1)
    with world.databases.release.transaction() as tx:
        codes = next(s for s in protocols.all_protocols(tx) if s.document.id == "avon-csp").document.area
    assert codes is not None
    assert agree.draft(world.desk, world.caller("officer"), text.replace("E06900001", codes.codes[0]))
    assert agree.act(world.desk, world.caller("officer"), "northmoor-csp", 2, "consult")
    refused = agree.act(world.desk, world.caller("second"), "northmoor-csp", 2, "agree")
    assert isinstance(refused, Refuse)
    assert refused.rule == "protocol.area"


def test_suspending_stops_downloads_and_resuming_lets_them_through(world: World, client: Client) -> None:
    path = f"/releases/{world.ids['published']}/files/rows.csv"
    assert client("analyst").get(path).status_code == 200
    assert send(client("second"), f"{VIOLENCE}/1/suspend", reason=REASON).status_code == 303
    stopped = client("analyst").get(path)
    assert stopped.status_code == 403
    assert "The rule is" in stopped.text
    assert send(client("second"), f"{VIOLENCE}/1/resume", reason=REASON).status_code == 303
    assert client("analyst").get(path).status_code == 200


def test_one_party_is_suspended_and_resumed(client: Client) -> None:
    browser = client("second")
    assert send(browser, f"{VIOLENCE}/1/suspend-party", reason=REASON, agency="no-such-agency").status_code == 404
    assert send(browser, f"{VIOLENCE}/1/suspend-party", reason=REASON, agency="northmoor-police").status_code == 303
    assert "Suspended parties: Northmoor Police" in browser.get(f"{VIOLENCE}/1").text
    assert send(browser, f"{VIOLENCE}/1/suspend-party", reason=REASON, agency="northmoor-police").status_code == 403
    assert send(browser, f"{VIOLENCE}/1/resume-party", reason=REASON, agency="northmoor-police").status_code == 303


def test_revoking_is_final_and_needs_a_reason(client: Client) -> None:
    browser = client("second")
    assert "cannot be undone" in browser.get(f"{VIOLENCE}/1/revoke").text
    unreasoned = send(browser, f"{VIOLENCE}/1/revoke", reason=" no ")
    assert unreasoned.status_code == 422
    assert 'href="#reason"' in unreasoned.text
    assert send(browser, f"{VIOLENCE}/1/revoke", reason=REASON).status_code == 303
    for deed in ("resume", "agree", "revoke", "suspend"):
        assert send(browser, f"{VIOLENCE}/1/{deed}", reason=REASON).status_code == 409
    assert "Reducing serious violence" not in client().get("/register").text


def test_the_public_register_names_no_person(client: Client) -> None:
    text = client().get("/register").text
    assert "Crime and Disorder Act 1998, section 115" in text
    assert "Kept as a band of 5 years" in text
    assert not re.search("Olive|Piers|Harrow|Lockyer", text)


# batches and releases -----------------------------------------------------------------------------------------------


def test_a_quality_report_accounts_for_rows_and_shows_no_value(world: World, client: Client) -> None:
    text = client("officer").get(f"/batches/{world.ids['pooled']}").text
    assert "the sums hold" in text
    for words in ("time.impossible", "committed_from", "1,240", "Postcode"):
        assert words in text
    assert "no such day" not in text


def test_the_sender_confirms_a_held_batch(world: World, client: Client) -> None:
    path = f"/batches/{world.ids['held']}"
    assert "Held: Northmoor Police" in client("officer").get("/").text
    assert send(client("second"), f"{path}/overrule").status_code == 403
    assert send(client("officer"), f"{path}/overrule").status_code == 303
    text = client("auditor").get(path).text
    assert "Waiting" in text
    assert "Olive Harrow" in text
    assert send(client("officer"), f"{path}/overrule").status_code == 409


def test_batches_come_a_page_at_a_time(world: World, client: Client, clock: Clock) -> None:
    from tests.web.seed import add_batch, references

    under = references(world, "northmoor-violence", "northmoor-csp")
    for _ in range(60):
        clock.pass_(seconds=1)
        add_batch(world, "northmoor-police", "police-crime/1", "SERIOUS_VIOLENCE", under, "stored")
    first = client("officer").get("/batches").text
    following = re.search(r'href="(/batches\?before=[^"]+)"', first)
    assert following
    second = client("officer").get(following[1].replace("&amp;", "&")).text
    ids = [set(re.findall(r'href="/batches/([0-9a-f-]{36})"', page)) for page in (first, second)]
    assert [len(i) for i in ids] == [50, 12]
    assert not ids[0] & ids[1]


def test_a_release_goes_from_making_to_download(world: World, client: Client) -> None:
    made = send(client("officer"), "/releases/new", agreement="northmoor-analyst-violence")
    path = made.headers["location"].partition("?")[0]
    assert client("analyst").get(f"{path}/files/rows.csv").status_code == 403
    own = send(client("officer"), f"{path}/approve")
    assert own.status_code == 403
    assert "release.second-person" in own.text
    assert send(client("second"), f"{path}/approve", note="as agreed").status_code == 303
    assert client("analyst").get(f"{path}/files/rows.csv").status_code == 403
    assert send(client("third"), f"{path}/approve").status_code == 303
    file = client("analyst").get(f"{path}/files/rows.csv")
    assert file.headers["content-disposition"].startswith("attachment")
    assert int(file.headers["content-length"]) == len(file.content)
    assert b"offence_group" in file.content
    assert send(client("officer"), f"{path}/withdraw", note="it was superseded").status_code == 303
    assert client("analyst").get(f"{path}/files/rows.csv").status_code == 403
    page = client("auditor").get(path).text
    assert "Anwen Bright" in page
    assert "Complete" in page
    assert "Olive Harrow" in page


def test_a_download_leaves_its_folder_by_no_name(world: World, client: Client) -> None:
    for file in ("../../keys/signing.json", "..%2f..%2fkeys%2fsigning.json", "no-such-file", "%00"):
        assert client("analyst").get(f"/releases/{world.ids['published']}/files/{file}").status_code == 404


# escaping, headers, limits ------------------------------------------------------------------------------------------


def test_what_people_write_is_escaped(world: World, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    answer = send(client("officer"), "/protocols/new", text=draft_text(title=f'"{evil}"', statement=f'"{evil}"'))
    assert answer.status_code == 303
    send(client("second"), f"{VIOLENCE}/1/suspend", reason=evil)
    send(client("officer"), f"{VIOLENCE}/3/consult")
    send(client("second"), f"{VIOLENCE}/3/comment", reason=evil)
    for path in ("/", "/protocols", f"{VIOLENCE}/3", f"{VIOLENCE}/3/comment", f"{VIOLENCE}/1", "/register", "/log"):
        if path == "/register":
            with world.databases.release.transaction() as tx:
                protocols.set_state(tx, "northmoor-violence", 3, "in-force")
        text = client("officer").get(path).text
        assert evil not in text
        assert "&lt;script&gt;" in text or path == "/log" or path == "/"
    typed = send(client("officer"), "/protocols/new", text=f"</textarea>{evil}").text
    assert evil not in typed
    assert evil not in send(client(), "/sign-in", "/sign-in", name=f'"{evil}', password="x").text


def test_every_answer_is_hardened(client: Client) -> None:
    for path in ("/", "/register", "/sign-in", "/log", "/no-such-page", "/v1/flows", "/healthz"):
        headers = client("officer").get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"


PAGES = ("/", "/protocols", f"{VIOLENCE}/1", f"{VIOLENCE}/2", "/protocols/new", "/batches", "/releases",
         "/releases/new", "/log", "/register", f"{VIOLENCE}/1/diff", f"{VIOLENCE}/1/revoke",
         "/protocols/new?template=istv&under=northmoor-csp", f"{VIOLENCE}/1/suspend-party",
         "/sign-in")  # fmt: skip


def test_pages_need_no_script_and_call_nobody(world: World, client: Client) -> None:
    held = [f"/batches/{world.ids[b]}" for b in ("pooled", "held")] + [f"/releases/{world.ids['published']}"]
    for path in (*PAGES, *held):
        text = client("" if path == "/sign-in" else "officer").get(path).text
        assert len(re.findall("<h1", text)) == 1, path
        assert '<html lang="en"' in text
        assert "Skip to main content" in text
        assert "<script>" not in text
        assert not re.findall(r'(?:src|href)="(?!/|#)', text), path
        assert not re.findall(r"\son[a-z]+=|style=", text), path
        assert re.findall("<caption", text) or "<table" not in text
        for field in re.findall(r'<(?:input|textarea|select)[^>]*id="([^"]+)"', text):
            assert f'for="{field}"' in text, path


def test_assets_hold_neither_the_crown_nor_the_typeface(world: World, client: Client) -> None:
    files = world.app.state.site.assets.files
    if "govuk-frontend.min.css" not in files:
        pytest.skip("GOV.UK Frontend is not installed")
    for name, content in files.items():
        assert b"GDS Transport" not in content
        assert b"@font-face" not in content
        answer = client().get(world.app.state.site.assets.address(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    for name in ("images/govuk-crest.svg", "fonts/bold-b542beb274-v2.woff2", "x/govuk-crest.svg"):
        assert client().get(f"/assets/{name}").status_code == 404


def test_over_tls_cookies_are_bound_to_the_host(databases: Databases, tmp_path: Path, clock: Clock) -> None:
    world = fill(build(databases, tmp_path, clock, "https://hub.example.org"))
    browser = TestClient(world.app, base_url="https://hub.example.org", follow_redirects=False)
    page = browser.get("/sign-in")
    fields = {"csrf": token_of(page.text), "name": "officer", "password": "a long enough demonstration"}
    assert browser.post("/sign-in", data=fields, headers={"Origin": "http://hub.example.org"}).status_code == 403
    answer = browser.post("/sign-in", data=fields, headers={"Origin": "https://hub.example.org"})
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-session=")
    assert "Secure" in answer.headers["set-cookie"]


BAD = [
    ("GET", f"{VIOLENCE}/99999999999999999999"), ("GET", f"{VIOLENCE}/-1"), ("GET", f"{VIOLENCE}/x"),
    ("GET", "/protocols/%00/1"), ("GET", "/protocols/Robert'); drop table person;--/1"), ("GET", "/batches/%00"),
    ("GET", "/batches?before=%00"), ("GET", "/batches?before=0001-01-01T00:00:00%2B23:59"), ("GET", "/log?before=-1"),
    ("GET", "/batches?before=9999-12-31T23:59:59-23:59"), ("GET", "/log?before=99999999999999999999"),
    ("GET", "/releases/%ff"), ("GET", "/log?before=%ED%A0%80"), ("GET", "/sign-in?next=%00"), ("GET", "/assets/x/%00"),
    ("PUT", "/"), ("DELETE", VIOLENCE), ("GET", "/" + "a" * 8000), ("GET", f"{VIOLENCE}/1/%00"),
]  # fmt: skip


def test_bad_addresses_are_refused_plainly(client: Client) -> None:
    for who in ("officer", ""):
        browser = client(who)
        found = {(method, path): browser.request(method, path).status_code for method, path in BAD}
        assert {k: v for k, v in found.items() if v not in (200, 303, 404, 405, 422)} == {}


FORM = "application/x-www-form-urlencoded"
BAD_FORMS = [
    (b"csrf=%00&reason=%00", FORM), (b"\xff\xfe\x00", FORM), (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"", "multipart/form-data"), (b"{}", "application/json"), (b"&".join(b"f%d=1" % n for n in range(5000)), FORM),
    (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\xff\xfe\r\n--x--\r\n',
     "multipart/form-data; boundary=x"),
]  # fmt: skip


def test_bad_forms_are_refused_plainly(client: Client) -> None:
    browser = client("officer")
    for path in ("/sign-in", "/protocols/new", "/sign-out", f"{VIOLENCE}/1/suspend"):
        for content, kind in BAD_FORMS:
            answer = browser.post(path, content=content, headers={**ORIGIN, "Content-Type": kind})
            assert answer.status_code in (400, 403, 413, 422), (path, content[:40])


def test_a_body_is_counted_as_it_comes(client: Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    headers = {**ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
    assert client("officer").post("/protocols/new", content=endless(), headers=headers).status_code == 413


def test_a_bug_is_a_page_without_detail(world: World, client: Client) -> None:
    browser = client("officer")
    object.__setattr__(world.app.state.site, "desk", None)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text
    assert answer.headers["content-security-policy"]


def test_the_log_of_requests_holds_no_id(world: World, client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client("officer").get(f"/batches/{world.ids['pooled']}?before=canary")
    send(client(), "/sign-in", "/sign-in", name="canary-name", password="canary-password")
    said = "".join(capfd.readouterr())
    assert "/batches/{batch}" in said
    assert world.ids["pooled"] not in said
    assert "canary" not in said
