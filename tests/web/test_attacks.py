"""Attacks that go for every page and form there is, as a running hub shows them. Those on one thing stand beside it:

fixation, forged sign-ins, open redirects, guesses: test_account; codes and step-up: test_factor; services that lie:
test_outside; wrong signatures, agreeing or editing at once: test_signing; the machines' door: test_intake_door.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import httpx
import psycopg
import pytest
import structlog

from hub.adapters.oidc import Provider
from hub.commands.site import configure_logs
from hub.db import session
from hub.decision import Conflict, Refuse
from hub.demo.authenticator import Authenticator
from hub.journey import agree, publish, sign
from tests.conftest import ROOT
from tests.web.conftest import Client
from tests.web.forms import ORIGIN, send
from tests.web.forms_found import TEXTS, Form, crawl
from tests.web.seed import CAST, PASSWORD, World, text_of
from tests.web.test_routes import TABLE
from tests.web.test_signing import ID, VERSION, digest, give, opened, signatory, stored, together

EVIL = "\"'></textarea><script>alert(1)</script><img src=x onerror=alert(1)>"
RAW = ("<script>alert(1)", "<img src=x", "</textarea><script>")
pytestmark = pytest.mark.slow
INSIDE = ("officer", "second", "analyst", "auditor", "operator", "admin", "chief")


def seeds(world: World) -> list[str]:
    """Pages that are clicked to in some states only."""
    path = "/protocols/northmoor-violence"
    return [f"{path}/1/suspend", f"{path}/1/revoke", f"{path}/1/suspend-party", f"{path}/2/consult", f"{path}/2/discard",
            "/protocols/new", "/releases/new", f"/releases/{world.ids['candidate']}/approve", "/requests", "/places/review",
            f"/releases/{world.ids['published']}/withdraw", f"/batches/{world.ids['held']}/overrule", "/review",
            "/account/app", "/protocols/new?template=istv&under=northmoor-csp"]  # fmt: skip


@pytest.fixture
def forms(world: World, client: Client) -> list[Form]:
    force = Provider("force", "Northmoor Police", "http://127.0.0.1:1/x", "hub", "s")
    world.desk = replace(world.desk, providers={"force": force})
    object.__setattr__(world.app.state.site, "desk", world.desk)
    asked = publish.ask(
        world.publishing, world.caller("analyst"), "northmoor-csp", "SERIOUS_VIOLENCE", "How many, where and when?"
    )
    assert isinstance(asked, str), asked
    found = crawl(world, client, seeds=seeds(world))
    assert len({f.action for f in found}) >= 25, sorted({f.action for f in found})
    return found


def post(client: Client, form: Form, fields: dict[str, str], csrf: bool = True) -> httpx.Response:
    page = form.page if not form.who else "/register"
    more = {} if csrf else {"csrf": ""}
    return send(client(form.who), form.action, page, ORIGIN, **fields, **more)


# every form ---------------------------------------------------------------------------------------------------------


def test_no_form_is_taken_without_the_token_of_its_session(world: World, client: Client, forms: list[Form]) -> None:
    for form in forms:
        answer = post(client, form, form.filled("x"), csrf=False)
        assert (answer.status_code, "request.forged" in answer.text) == (403, True), form
        elsewhere = send(
            client(form.who), form.action, form.page, {"Origin": "https://elsewhere.example"}, **form.filled("x")
        )
        assert elsewhere.status_code == 403, form


def test_html_in_every_text_field_is_text_on_every_page(world: World, client: Client, forms: list[Form]) -> None:
    """Sent by everybody who is offered the form; then every page is read again by everybody."""
    attacked, echoed = set(), 0
    for form in sorted(forms, key=lambda f: f.action):
        texts = {name for name, (kind, _) in form.fields.items() if kind in TEXTS}
        if not texts:
            continue
        answer = post(client, form, form.filled(EVIL))
        attacked |= texts
        assert answer.status_code < 500, (form, answer.status_code)
        assert not any(raw in answer.text for raw in RAW), form
        echoed += "&lt;script&gt;alert(1)" in answer.text
    assert echoed >= 5
    written = set()
    for template in (ROOT / "hub" / "web" / "templates").glob("*.html"):
        written |= set(
            re.findall(r'govuk(?:Input|Textarea)\(\{[^}]*?"name": "([\w-]+)"', template.read_text(encoding="utf-8"))
        )
    assert written - attacked <= BESIDE, "a field that no form offered"
    for path in (
        "/register?find=",
        f"/releases/{world.ids['published']}/look?from=",
        f"/releases/{world.ids['published']}/look?to=",
    ):
        answer = client("officer").get(path + quote(EVIL))
        assert answer.status_code < 500
        assert not any(raw in answer.text for raw in RAW), path
    for who in CAST:
        for path in pages(world, client, who):
            text = client(who).get(path).text
            assert not any(raw in text for raw in RAW), (who, path)


def pages(world: World, client: Client, who: str) -> list[str]:
    """The pages that somebody clicks their way to."""
    seen: list[str] = []

    class Recording:
        def __init__(self, browser: object) -> None:
            self.browser = browser

        def get(self, path: str) -> httpx.Response:
            seen.append(path)
            answer: httpx.Response = self.browser.get(path)  # type: ignore[attr-defined]
            return answer

    crawl(world, lambda name: Recording(client(name)), [who])  # type: ignore[arg-type, return-value]
    return seen


BESIDE = {"where", "find", "from", "to"}
"""Fields of no form that is posted here: words that wait for a place (see test_places), and those that stand in an address."""
OVER = "x" * (1024 * 1024 + 1)
SHAPES: list[tuple[bytes, str]] = [
    (b"\xff\xfe\x00", "application/x-www-form-urlencoded"), (b"csrf=%00&x=%ff", "application/x-www-form-urlencoded"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"), (b"", "multipart/form-data"), (b"[" * 5000, "application/json"),
    (b"&".join(b"f%d=1" % n for n in range(3000)), "application/x-www-form-urlencoded"),
    (b'--x\r\nContent-Disposition: form-data; name="a\r\nSet-Cookie: e=1"\r\n\r\n1\r\n--x--\r\n', "multipart/form-data; boundary=x"),
]  # fmt: skip


def test_oversized_and_malformed_forms_are_refused_everywhere(world: World, client: Client, forms: list[Form]) -> None:
    once = {form.action: form for form in forms}
    for form in once.values():
        browser = client(form.who)
        for content, kind in SHAPES:
            answer = browser.post(form.action, content=content, headers={**ORIGIN, "Content-Type": kind})
            assert answer.status_code in (303, 400, 403, 413, 422), (form.action, content[:20], answer.status_code)
            assert answer.status_code != 303 or answer.headers["location"].startswith("/sign-in")
        large = send(browser, form.action, form.page, ORIGIN, **dict.fromkeys(list(form.fields)[:1], OVER))
        assert large.status_code == 413, form.action
        if TEXTS & {kind for kind, _ in form.fields.values()}:
            long = send(browser, form.action, form.page, ORIGIN, **form.filled("y" * 9000))
            assert long.status_code < 500, form.action


# mass assignment ----------------------------------------------------------------------------------------------------

CANARY = "mass-canary"


def test_no_form_sets_a_column_that_it_does_not_show(world: World, client: Client) -> None:
    """Sound forms, with a further field for every column of the tables that they write to, and for what pages work with."""
    third = world.people["third"]
    draft = text_of("northmoor-violence").replace("version = 1", "version = 7", 1)
    sound: list[tuple[str, str, str, dict[str, str]]] = [
        ("officer", "/protocols/new", "protocol protocol_act", {"text": draft}),
        ("second", "/protocols/northmoor-violence/1/suspend", "protocol protocol_act", {"reason": "a good enough reason"}),
        ("analyst", "/requests", "release_request", {"partnership": "northmoor-csp", "purpose": "SERIOUS_VIOLENCE", "question": "How many where and when?"}),
        ("admin", "/officers/new", "person membership account_recovery", {"partnership": "northmoor-csp", "name": "Una Fresh", "sign-in": "una",
                                    "agency": "northmoor-police", "role-analyst": "yes"}),
        ("admin", f"/officers/{third}/roles", "person membership", {"partnership": "northmoor-csp", "role-auditor": "yes"}),
        ("officer", "/agencies/northmoor-police/mailbox", "mailbox agency", {"address": "office@police.example"}),
        ("admin", "/settings/northmoor-csp/second-factor", "partnership", {"needed": "no"}),
        ("second", "/account/app", "totp web_session", {"password": PASSWORD}),
    ]  # fmt: skip
    for who, path, tables, fields in sound:
        more = dict.fromkeys(
            (*columns(world, tables.split()), "role", "roles", "person", "actor", "caller", "by"), CANARY
        )
        answer = send(client(who), path, "/register", ORIGIN, **(more | fields | {"csrf": token(client, who)}))
        assert answer.status_code in (200, 303), (path, answer.text[-800:])
    with psycopg.connect(session.driver_url(world.databases.owner_url)) as db:
        db.execute("select set_config('hub.partnerships', 'northmoor-csp,avon-csp', false)")
        asked = "select table_name from information_schema.tables where table_schema = 'public'"
        for table in [name for (name,) in db.execute(asked)]:
            found = db.execute(f'select count(*) from "{table}" t where t::text like %s', (f"%{CANARY}%",)).fetchone()
            assert found == (0,), table
        state = db.execute(
            "select state, author from protocol where id = 'northmoor-violence' and version = 7"
        ).fetchone()
        assert state == ("draft", world.people["officer"])
        roles = db.execute("select role from membership where person_id = %s", (third,)).fetchall()
        assert roles == [("auditor",)]
        una = db.execute("select agency_id, password_hash, disabled_at from person where sign_in = 'una'").fetchone()
        assert una == ("northmoor-police", "", None)


def columns(world: World, tables: list[str]) -> list[str]:
    """The columns of these tables."""
    asked = "select distinct column_name from information_schema.columns where table_schema = 'public' and table_name = any(%s)"
    with psycopg.connect(session.driver_url(world.databases.owner_url)) as db:
        found = [name for (name,) in db.execute(asked, (tables,))]
    assert len(found) >= 2
    return found


def token(client: Client, who: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client(who).get("/register").text)
    assert found
    return found[1]


# what belongs to others ---------------------------------------------------------------------------------------------

NONE = "00000000-0000-4000-8000-000000000000"


def others(world: World) -> dict[str, tuple[str, str]]:
    """By the word in a route's path: (what is another partnership's, what is not there)."""
    return {
        "{batch}": (world.ids["theirs"], NONE), "{release}": (world.ids["foreign"], NONE),
        "{protocol}/{version}": ("avon-street/1", "no-such-thing/1"), "{person}": (world.people["outsider"], NONE),
        "{agency}": ("avon-and-somerset-police", "no-such-agency"), "{kid}": ("avon-1", "avon-2"),
        "{partnership}": ("avon-csp", "no-such-csp"), "{recovery}": (world.ids["recovery"], NONE),
        "{request_id}": (world.ids["request"], NONE), "{series}": ("avon-analyst", "no-such-series"),
    }  # fmt: skip


def test_what_is_anothers_and_what_is_not_there_look_alike_on_every_route(world: World, client: Client) -> None:
    plant(world)
    asked = 0
    for route in TABLE:
        method, path = route.split(" ")
        word = next((w for w in others(world) if w in path), "")
        if not word or path.startswith("/v1"):
            continue
        path = path.replace("{deed}", "suspend" if "protocols" in path else "approve").replace("{file}", "rows.csv")
        path = path.replace("{chart}", "time")
        for who in INSIDE:
            browser = client(who)
            found = []
            for one in others(world)[word]:
                target = path.replace(word, one)
                answer = (
                    browser.get(target)
                    if method == "GET"
                    else send(browser, target, "/register", ORIGIN, reason="a good reason")
                )
                found.append((answer.status_code, answer.text.replace(one, "…")))
            assert found[0] == found[1], (route, who, found[0][0], found[1][0])
            assert found[0][0] in (403, 404, 422), (route, who, found[0][0])
            asked += 1
    assert asked >= 200


def plant(world: World) -> None:
    """Things of the other partnership that the filled hub does not have by itself."""
    avon = world.caller("outsider")
    asked = publish.ask(
        world.publishing, avon, "avon-csp", "CRIME_DISORDER", "How many street crimes are there by ward?"
    )
    assert isinstance(asked, str), asked
    world.ids["request"] = asked
    with world.databases.release.transaction() as tx:
        tx.sql("insert into account_recovery (id, person_id, code_sha256, asked_at, expires_at) values (gen_random_uuid(),"
               " cast(:p as uuid), 'x', :now, :later)", p=world.people["outsider"], now=world.desk.now(),
               later=world.desk.now() + world.desk.session_life)  # fmt: skip
        world.ids["recovery"] = str(tx.sql("select id from account_recovery").scalar())
        tx.sql("insert into agency_key (kid, agency_id, public_jwk, registered_at) values ('avon-1',"
               " 'avon-and-somerset-police', '{}', :now)", now=world.desk.now())  # fmt: skip


# headers and logs ---------------------------------------------------------------------------------------------------

INJECTED = "x%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a%3Cscript%3Ealert(1)%3C/script%3E"


def test_nothing_that_is_asked_becomes_a_header_or_a_frame(world: World, client: Client) -> None:
    for route in TABLE:
        method, path = route.split(" ")
        for who in ("officer", ""):
            target = re.sub(r"\{[a-z_]+\}", INJECTED, path)
            answer = client(who).request(method, f"{target}?next={INJECTED}&done={INJECTED}&before={INJECTED}&state={INJECTED}",
                                         headers={**ORIGIN, "X-Request-Id": "evil", "Cookie": "hub-form=evil\x7f"})  # fmt: skip
            assert answer.status_code < 500, (route, answer.status_code)
            spoken = "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
            assert "evil" not in spoken, route
            assert "<script>alert" not in answer.text, route
            assert answer.headers["x-frame-options"] == "DENY", route
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], route
            assert answer.headers["x-content-type-options"] == "nosniff", route
            assert answer.headers.get("location", "/").startswith("/"), route


def test_every_line_of_the_log_is_one_event_of_allowed_fields(
    world: World, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs()
    try:
        forged = 'x"}\n{"event": "request", "route": "/forged", "status": 200}\r\n'
        client("officer").get(
            f"/protocols/{INJECTED}/1?before={INJECTED}", headers={"User-Agent": "forged", "Referer": "forged"}
        )
        send(client(), "/sign-in", "/sign-in", ORIGIN, name=forged, password=forged)
        send(client("officer"), "/protocols/northmoor-violence/1/suspend", "/register", ORIGIN, reason=forged)
        client().get("/v1/flows", headers={"Authorization": "Bearer forged.forged.forged"})
    finally:
        structlog.reset_defaults()
    lines = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
    events = [json.loads(line) for line in lines]
    assert len(events) >= 6
    allowed = {"event", "level", "timestamp", "method", "route", "status", "ms", "rule", "batch", "state", "error"}
    assert all(set(event) <= allowed for event in events)
    assert "forged" not in " ".join(lines).replace("request.forged", "")


def test_a_token_of_endless_brackets_is_refused_plainly(world: World, client: Client) -> None:
    """JSON that nests deeper than any parser follows, wherever a machine or a browser may send some."""
    deep = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 20_000).decode().rstrip("=")
    shut = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 9000 + b"]" * 9000 + b"}").decode().rstrip("=")
    for token in (deep, shut):
        for form in (f"{token}.{token}.x", f"{token}.e30.x"):
            answer = client().get("/v1/flows", headers={"Authorization": f"Bearer {form}"})
            assert answer.status_code == 401, form[:30]
    for path in ("/v1/manifests", "/v1/redact", "/v1/geocode", "/v1/protocols/check"):
        answer = client("officer").post(
            path, content=b'{"text":' + b"[" * 50_000, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code < 500, path


# guesses from several processes -------------------------------------------------------------------------------------

GUESS = """
import sys
from datetime import datetime
from argon2 import PasswordHasher
from hub.db import session
from hub.journey import account
from hub.journey.desk import Desk
url, now, number, names, address = sys.stdin.read().split("\\n")[:5]
quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
desk = Desk(session.connect(url, "hub_release", 1), {}, lambda: datetime.fromisoformat(now), hasher=quick)
for n in range(int(number)):
    name = names if names == "officer" else f"{names}-{sys.argv[1]}-{n}"
    found = account.sign_in(desk, name, "not the password", f"10.0.{sys.argv[1]}.{n}" if address == "many" else address)
    print(found.rule)
"""


def guesses(world: World, number: int, names: str, address: str) -> list[str]:
    """What four processes were told that guessed at once."""
    told = "\n".join((world.databases.app_url, world.desk.now().isoformat(), str(number), names, address, ""))
    running = [subprocess.Popen([sys.executable, "-c", GUESS, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                cwd=ROOT) for n in range(4)]  # fmt: skip
    threads = [
        threading.Thread(target=lambda one=one: outcomes.append(one.communicate(told, timeout=120)[0]))
        for one in running
    ]
    outcomes: list[str] = []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one.returncode == 0 for one in running)
    return " ".join(outcomes).split()


def test_several_processes_share_the_limits_of_an_account_and_of_an_address(world: World) -> None:
    account = guesses(world, 5, "officer", "many")
    assert (account.count("account.wrong"), account.count("account.too-many")) == (10, 10)
    address = guesses(world, 15, "guess", "192.0.2.7")
    assert (address.count("account.wrong"), address.count("account.too-many")) == (50, 10)


# passkeys and protocols ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    ["https://localhost", "http://localhost:8115", "http://localhost.evil.example", "http://evil.example", "null"],
)
def test_a_passkey_made_on_another_origin_is_not_registered(world: World, origin: str) -> None:
    made = Authenticator("localhost", origin).register(sign.registration_challenge("s"))
    refusal = sign.register(world.desk, world.caller("chief"), "s", PASSWORD, "", "A key", made)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "signing.origin"


def test_of_a_signature_and_an_edit_at_once_the_text_is_frozen(world: World) -> None:
    """Whoever wins, what is signed is the text that stands, to the letter."""
    opened(world)
    who, key = signatory(world, "northmoor-police")
    before = stored(world)
    newer = before.text.replace('title = "', 'title = "Later: ', 1)
    world.caller("officer")
    challenge = digest(world)
    edited, signed = together(lambda: agree.revise(world.desk, world.caller("officer"), ID, VERSION, newer, before.digest),
                              lambda: give(world, who, key.sign(challenge)))  # fmt: skip
    assert isinstance(edited, Conflict)
    assert signed
    after = stored(world)
    assert (after.text, after.digest) == (before.text, before.digest)
    assert "northmoor-police" not in after.awaited_agencies


def test_of_one_signature_given_many_times_at_once_one_is_kept(world: World) -> None:
    opened(world)
    who, key = signatory(world, "northmoor-police")
    key.count = -1
    given = key.sign(digest(world))
    world.caller(who)
    found = together(*[lambda: give(world, who, given)] * 6)
    assert sum(bool(f) for f in found) == 1


def approving(world: World, who: str) -> Callable[[], object]:
    return lambda: publish.act(world.publishing, world.caller(who), world.ids["candidate"], "approve", "as agreed")


def test_two_checkers_at_once_are_two_and_one_checker_twice_is_one(world: World) -> None:
    for who in ("second", "third"):
        world.caller(who)
    twice = together(approving(world, "second"), approving(world, "second"))
    assert sum(bool(f) and not isinstance(f, Conflict) for f in twice) == 1
    assert (
        publish.open_release(world.publishing, world.caller("second"), world.ids["candidate"]).release.state
        == "candidate"
    )
    together(approving(world, "third"), approving(world, "third"))
    assert (
        publish.open_release(world.publishing, world.caller("second"), world.ids["candidate"]).release.state
        == "published"
    )


def test_two_different_checkers_at_once_publish_once(world: World) -> None:
    for who in ("second", "third"):
        world.caller(who)
    found = together(approving(world, "second"), approving(world, "third"))
    assert all(bool(f) for f in found), found
    with world.databases.release.transaction(["northmoor-csp"]) as tx:
        acts = [
            r.act
            for r in tx.sql(
                "select act from release_act where release_id = cast(:id as uuid)", id=world.ids["candidate"]
            )
        ]
    assert acts.count("approve") == 2
    assert (
        publish.open_release(world.publishing, world.caller("second"), world.ids["candidate"]).release.state
        == "published"
    )
