"""Signing in through another service, a real one on loopback: who is let in, and every confusion that is not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hub import oidc
from hub.adapters.oidc import Provider, read_providers
from hub.db import outside as rows
from hub.db import people
from hub.decision import Refuse, Unavailable
from hub.demo.authenticator import Authenticator
from hub.journey import account, outside, recover, sign
from hub.journey.account import Proof
from tests.conftest import NOON, ROOT
from tests.web.conftest import Client, Clock, TestClient
from tests.web.provider import CLIENT, SECRET
from tests.web.seed import NORTHMOOR, PASSWORD, World

DONE = "/sign-in/with/force/done"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The service's address."""
    words = [sys.executable, "-m", "tests.web.provider", str(int(NOON.timestamp()))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{running.stdout.readline().strip()}"
        running.terminate()


def provider(service: str, realm: str = "good", name: str = "force") -> Provider:
    return Provider(name, "Northmoor Police", f"{service}/{realm}", CLIENT, SECRET)


def prepared(
    world: World, who: str, subject: str = "", address: str = "", until: datetime = NOON + 2 * outside.LIFE
) -> None:
    """An account that an administrator has prepared, by the service's name for the person or by an address."""
    world.people[who] = str(uuid.uuid4())
    with world.databases.release.transaction() as tx:
        people.insert(
            tx, people.Person(world.people[who], who, "Grace Marsh", "northmoor-police", people.OUTSIDE, None), NOON
        )
        people.set_roles(tx, world.people[who], [(NORTHMOOR, "liaison-officer"), (NORTHMOOR, "signatory")])
        if subject:
            assert rows.link(tx, "force", subject, world.people[who], NOON)
        if address:
            assert rows.invite(tx, "force", address, world.people[who], until)


@pytest.fixture
def served(world: World, service: str) -> World:
    """The hub with the service set, and an account for `grace`."""
    known = {"force": provider(service), "other": provider(service, name="other")}
    desk = replace(world.desk, providers=known)
    object.__setattr__(world.app.state.site, "desk", desk)
    world.desk = desk
    prepared(world, "grace", subject="grace")
    return world


def set_off(browser: TestClient, query: str = "", name: str = "force") -> str:
    """The address at the service that the hub sends a browser to."""
    answer = browser.get(f"/sign-in/with/{name}{query}")
    assert answer.status_code == 303
    return str(answer.headers["location"])


def vouched(address: str, who: str = "grace", lie: str = "") -> str:
    """The path that the service sends the browser back to."""
    answer = httpx.get(f"{address}&as={who}&lie={lie}")
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def come_back(browser: TestClient, who: str = "grace", lie: str = "", query: str = "") -> httpx.Response:
    answer: httpx.Response = browser.get(vouched(set_off(browser, query), who, lie))
    return answer


def rule_in(answer: httpx.Response) -> str:
    return answer.text.partition('<code class="hub-code">')[2].partition("<")[0]


def test_who_was_prepared_comes_in(served: World, client: Client) -> None:
    browser = client()
    page = browser.get("/sign-in?next=/protocols").text
    assert 'href="/sign-in/with/force?next=/protocols"' in page
    address = set_off(browser, "?next=/protocols")
    asked = parse_qs(urlsplit(address).query)
    assert asked["redirect_uri"] == [f"http://localhost{DONE}"]
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    answer = browser.get(vouched(address))
    assert answer.status_code == 200
    assert 'content="0; url=/protocols"' in answer.text
    cookies = answer.headers.get_list("set-cookie")
    assert any("hub-session=" in c and "samesite=strict" in c.lower() for c in cookies)
    assert "Grace Marsh" in browser.get("/protocols").text


def test_the_cookie_of_a_sign_in_is_out_of_reach_of_scripts(served: World, client: Client) -> None:
    cookie = client().get("/sign-in/with/force").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_an_invited_address_comes_in_once_and_is_known_by_name_from_then_on(served: World, client: Client) -> None:
    prepared(served, "ada", address="ada@police.example")
    assert come_back(client(), "ada", "unverified").status_code == 403
    assert come_back(client(), "ada", "verified-by-word").status_code == 403
    assert come_back(client(), "ada").status_code == 200
    with served.databases.release.transaction() as tx:
        assert rows.person_of(tx, "force", "ada") == served.people["ada"]
        assert tx.sql("select count(*) from outside_invitation").scalar() == 0
    assert come_back(client(), "ada", "unverified").status_code == 200


def test_an_invitation_ends(served: World, client: Client, clock: Clock) -> None:
    prepared(served, "ada", address="ada@police.example", until=NOON)
    assert rule_in(come_back(client(), "ada")) == "oidc.unknown"


LIES = {
    "nonce": "oidc.nonce", "no-nonce": "oidc.nonce", "issuer": "oidc.issuer", "mixed": "oidc.issuer",
    "none": "oidc.token", "hs256": "oidc.token", "other-key": "oidc.token", "unknown-key": "oidc.token",
    "expired": "oidc.expired", "future": "oidc.expired", "forever": "oidc.expired", "audience": "oidc.audience",
    "party": "oidc.audience", "presenter": "oidc.audience", "no-subject": "oidc.token", "times-by-word": "oidc.token",
    "redirect": "oidc.code",
}  # fmt: skip


def test_each_lie_is_refused_by_its_rule(served: World, client: Client) -> None:
    for lie, rule in LIES.items():
        browser = client()
        answer = come_back(browser, lie=lie)
        assert (lie, answer.status_code, rule_in(answer)) == (lie, 403, rule)
        assert browser.get("/").status_code == 303
        with served.databases.release.transaction() as tx:
            row = tx.sql("select leaf from ledger_entry order by sequence desc limit 1").one()
        noted = json.loads(row.leaf)
        assert (noted["action"], noted["rule"]) == ("account.sign-in", rule)


def test_nobody_else_comes_in(served: World, client: Client) -> None:
    assert rule_in(come_back(client(), "stranger")) == "oidc.unknown"
    with served.databases.release.transaction() as tx:
        people.set_disabled(tx, served.people["grace"], NOON)
    assert rule_in(come_back(client())) == "oidc.unknown"


def test_a_local_account_is_not_entered_through_a_service(served: World, client: Client) -> None:
    with served.databases.release.transaction() as tx:
        assert rows.link(tx, "force", "olive", served.people["officer"], NOON)
    assert rule_in(come_back(client(), "olive")) == "oidc.unknown"


def test_an_answer_counts_once_and_in_its_own_browser(served: World, client: Client, clock: Clock) -> None:
    browser, thief = client(), client()
    path = vouched(set_off(browser))
    kept = browser.cookies["hub-outside"]
    set_off(thief)
    assert rule_in(thief.get(path)) == "oidc.state"
    assert rule_in(client().get(path)) == "oidc.state"
    assert browser.get(path).status_code == 200
    again = client()
    again.cookies.set("hub-outside", kept)
    assert rule_in(again.get(path)) == "oidc.state"


def test_a_code_that_was_used_opens_nothing(served: World, client: Client) -> None:
    browser = client()
    used = parse_qs(urlsplit(vouched(set_off(browser))).query)["code"][0]
    httpx.post(f"{served.desk.providers['force'].issuer}/token", data={"code": used})
    state = parse_qs(urlsplit(set_off(browser)).query)["state"][0]
    assert rule_in(browser.get(f"{DONE}?code={used}&state={state}")) == "oidc.code"


def test_a_code_of_another_browser_opens_nothing(served: World, client: Client) -> None:
    """An attacker's code, injected into a victim's sign-in: PKCE and nonce are the victim's."""
    theirs = parse_qs(urlsplit(vouched(set_off(client()))).query)["code"][0]
    victim = client()
    state = parse_qs(urlsplit(set_off(victim)).query)["state"][0]
    assert rule_in(victim.get(f"{DONE}?code={theirs}&state={state}")) == "oidc.code"


def test_an_answer_meant_for_another_service_is_refused(served: World, client: Client) -> None:
    browser = client()
    path = vouched(set_off(browser))
    assert rule_in(browser.get(path.replace("/force/", "/other/"))) == "oidc.state"


def test_a_sign_in_takes_ten_minutes_at_most(served: World, client: Client, clock: Clock) -> None:
    browser = client()
    path = vouched(set_off(browser))
    clock.pass_(minutes=10, seconds=2)
    assert rule_in(browser.get(path)) == "oidc.state"


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=x", "?error=access_denied", "?code=x&state=%00", "?state=%ff&code=x"]
)
def test_answers_to_nothing_are_refused(served: World, client: Client, query: str) -> None:
    browser = client()
    set_off(browser)
    assert rule_in(browser.get(f"{DONE}{query}")) == "oidc.state"
    browser.cookies.set("hub-outside", "x" * 40 + ".W10")
    assert rule_in(browser.get(f"{DONE}{query}")) == "oidc.state"


def test_a_service_that_declines_is_told(served: World, client: Client) -> None:
    browser = client()
    state = parse_qs(urlsplit(set_off(browser)).query)["state"][0]
    assert rule_in(browser.get(f"{DONE}?error=access_denied&state={state}")) == "oidc.declined"


LEADS = ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/%0d%0aSet-Cookie: a=b")


def test_the_way_back_leads_to_this_hub_alone(served: World, client: Client) -> None:
    for wanted in LEADS:
        assert 'content="0; url=/"' in come_back(client(), query=f"?next={wanted}").text


def test_a_cookie_that_was_written_by_hand_leads_nowhere_else(served: World, client: Client) -> None:
    """Whoever writes their own cookie may bind what they like to it; the page that follows is this hub's all the same."""
    kept = outside._Kept("s" * 40, "force", int(NOON.timestamp()), False, "https://elsewhere.example")
    browser = client()
    browser.cookies.set("hub-outside", kept.cookie())
    asked = {"redirect_uri": f"http://localhost{DONE}", "state": kept.derive("state"), "nonce": kept.derive("nonce"),
             "code_challenge": oidc.challenge(kept.derive("verifier")), "as": "grace"}  # fmt: skip
    back = urlsplit(httpx.get(f"{served.desk.providers['force'].issuer}/authorize", params=asked).headers["location"])
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 200
    assert "elsewhere" not in answer.text


# services that lead elsewhere ---------------------------------------------------------------------------------------


def test_a_service_leads_the_hub_nowhere_else(served: World, client: Client, service: str) -> None:
    for realm in ("liar", "elsewhere", "inside", "moved", "endless"):
        desk = replace(served.desk, providers={"force": provider(service, realm)})
        object.__setattr__(served.app.state.site, "desk", desk)
        before = httpx.get(f"{service}/asked").json()
        answer = client().get("/sign-in/with/force")
        assert (realm, answer.status_code, "set-cookie" in answer.headers) == (realm, 503, False)
        after = httpx.get(f"{service}/asked").json()
        assert {k for k in after if after[k] != before.get(k)} == {
            f"{realm}/.well-known/openid-configuration",
            "asked/",
        }


def test_a_service_that_is_down_is_said_to_be(served: World, client: Client) -> None:
    gone = provider("http://127.0.0.1:9")
    object.__setattr__(served.app.state.site, "desk", replace(served.desk, providers={"force": gone}))
    answer = client().get("/sign-in/with/force")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert client().get("/sign-in/with/no-such-service").status_code == 404


def test_a_service_that_hangs_holds_nothing_else_up(served: World, client: Client, service: str, clock: Clock) -> None:
    """Of many who set off at once a few ask, the others are told at once; and pages go on."""
    desk = replace(served.desk, providers={"force": provider(service, "hanging")})
    object.__setattr__(served.app.state.site, "desk", desk)
    began = time.monotonic()
    with ThreadPoolExecutor(24) as crowd:
        waiting = [crowd.submit(lambda: client().get("/sign-in/with/force").status_code) for _ in range(24)]
        assert client().get("/sign-in").status_code == 200
        assert time.monotonic() - began < 3
        assert {one.result() for one in waiting} == {503}
    assert time.monotonic() - began < 12
    again = time.monotonic()
    assert client().get("/sign-in/with/force").status_code == 503
    assert time.monotonic() - again < 2


def test_the_hub_follows_no_redirect_with_its_secret(served: World, client: Client, service: str) -> None:
    come_back(client(), lie="redirect")
    assert "stolen/token" not in httpx.get(f"{service}/asked").json()


def test_keys_are_kept_and_asked_for_anew_seldom(served: World, client: Client, service: str, clock: Clock) -> None:
    count: Callable[[], int] = lambda: httpx.get(f"{service}/asked").json().get("good/keys", 0)  # noqa: E731
    come_back(client())
    before = count()
    for _ in range(3):
        come_back(client(), lie="unknown-key")
    assert count() == before
    clock.pass_(seconds=31)
    come_back(client(), lie="unknown-key")
    assert count() == before + 1


def test_a_flood_of_answers_is_stopped_by_address(served: World, client: Client, service: str) -> None:
    browser = client()
    rules = [rule_in(browser.get(f"{DONE}?code=x&state=y")) for _ in range(51)]
    assert rules == ["oidc.state"] * 50 + ["account.too-many"]


# what such an account may do ----------------------------------------------------------------------------------------


def entered(world: World, browser: TestClient, query: str = "", lie: str = "") -> str:
    answer = come_back(browser, lie=lie, query=query)
    assert answer.status_code == 200, answer.text
    return next(c.value or "" for c in browser.cookies.jar if c.name == "hub-session")


def test_a_passkey_takes_a_fresh_sign_in_each(served: World, client: Client, clock: Clock) -> None:
    browser = client()
    token = entered(served, browser)
    assert "/sign-in/with/force?again=true" in browser.get("/account").text
    clock.pass_(minutes=11)
    signed = account.session(served.desk, token)
    assert signed is not None
    assert signed.caller.outside
    key = Authenticator("localhost", "http://localhost")

    def register(session: str) -> str:
        made = key.register(sign.registration_challenge(session))
        found = sign.register(served.desk, signed.caller, session, PASSWORD, "", "A key", made)
        return found.rule if isinstance(found, Refuse) else "in"

    assert register(token) == "account.prove-again"
    clock.pass_(minutes=-11)
    assert rule_in(come_back(client(), lie="old-proof", query="?again=true")) == "oidc.stale"
    assert rule_in(come_back(client(), lie="no-proof", query="?again=true")) == "oidc.stale"
    fresh = entered(served, client(), "?again=true")
    assert register(fresh) == "in"
    assert account.confirm(served.desk, signed.caller, Proof(fresh)) == account.PROVE


def test_no_proof_is_taken_from_a_service_that_tells_none(served: World, client: Client) -> None:
    token = entered(served, client(), lie="no-proof")
    signed = account.session(served.desk, token)
    assert signed is not None
    assert account.confirm(served.desk, signed.caller, Proof(token)) == account.PROVE


def test_such_an_account_has_no_password_and_gets_none(served: World) -> None:
    for password in ("", people.OUTSIDE, PASSWORD):
        assert account.sign_in(served.desk, "grace", password, "10.0.0.1") == account.WRONG
    with pytest.raises(Exception, match="another service"):
        recover.ask(served.desk, "grace")


# settings -----------------------------------------------------------------------------------------------------------

SOUND = {
    "title": '"Police"',
    "issuer": '"https://login.police.example/x"',
    "client_id": '"hub"',
    "secret_file": '"{}/secret"',
}
UNSOUND = [
    {"issuer": '"http://login.police.example"'}, {"issuer": '"https://u:p@login.police.example"'}, {"issuer": "1"},
    {"client_id": '""'}, {"secret_file": '"/no/such/file"'}, {"secret_env": '"X"'}, {"extra": "1"},
    {"issuer": '"https://login.police.example?x=1"'},
]  # fmt: skip


def written(folder: Path, name: str = "force", **changes: str) -> Path:
    (folder / "secret").write_text("s3cret\n")
    body = "\n".join(f"{k} = {v}" for k, v in (SOUND | changes).items())
    (folder / "oidc.toml").write_text(f"[{name}]\n{body}\n".replace("{}", str(folder)))
    return folder / "oidc.toml"


def test_services_are_read_from_a_file(tmp_path: Path) -> None:
    found = read_providers(written(tmp_path))["force"]
    assert (found.title, found.secret) == ("Police", "s3cret")
    assert "s3cret" not in repr(found)
    assert read_providers(None) == {}


@pytest.mark.parametrize("changes", UNSOUND, ids=str)
def test_what_is_no_sound_service_is_refused_without_its_secret(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(Unavailable) as refused:
        read_providers(written(tmp_path, "force", **changes))
    assert "s3cret" not in str(refused.value)


def test_a_service_has_a_plain_name(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        read_providers(written(tmp_path, '"a/b"'))
