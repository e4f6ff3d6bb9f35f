"""Signing in: sessions that end when they should, limits that hold, forms that only this site can send."""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.keys import make_key
from hub.db import people
from hub.db import protocol as protocols
from hub.decision import NotFound, Refuse
from hub.journey import account, agencies
from tests.web.conftest import Client, Clock, TestClient
from tests.web.forms import ORIGIN, send, token_of
from tests.web.seed import NORTHMOOR, PASSWORD, World

HOME = "10.0.0.1"


def enter(browser: TestClient, name: str = "officer", following: str = "/") -> httpx.Response:
    return send(browser, "/sign-in", "/sign-in", name=name, password=PASSWORD, next=following)


def token(world: World, who: str = "officer", address: str = HOME) -> str:
    made = account.sign_in(world.desk, who, PASSWORD, address)
    assert isinstance(made, str)
    return made


def failing(world: World, times: int, who: str = "officer", address: str = HOME) -> list[str]:
    found = [account.sign_in(world.desk, who, "not the password", address) for _ in range(times)]
    return [f.rule if isinstance(f, Refuse) else "in" for f in found]


def test_a_person_signs_in_and_out(client: Client) -> None:
    browser = client()
    answer = enter(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "Olive Harrow" in browser.get("/").text
    held = browser.cookies["hub-session"]
    assert send(browser, "/sign-out").status_code == 303
    assert client().get("/", headers={"Cookie": f"hub-session={held}"}).status_code == 303


def test_the_session_is_new_whatever_cookie_came(client: Client) -> None:
    browser = client()
    browser.cookies.set("hub-session", "planted-by-somebody-else-0123456789")
    enter(browser)
    kept = {c.value for c in browser.cookies.jar if c.name == "hub-session"}
    fresh = [k for k in kept if k and not k.startswith("planted")]
    assert len(fresh) == 1
    assert client().get("/", headers={"Cookie": "hub-session=planted-by-somebody-else-0123456789"}).status_code == 303


def test_only_the_digest_of_a_token_is_kept(world: World) -> None:
    made = token(world)
    with world.databases.release.transaction() as tx:
        kept = [r.token_sha256 for r in tx.sql("select token_sha256 from web_session")]
        leaves = " ".join(r.leaf for r in tx.sql("select leaf from ledger_entry"))
    assert hashlib.sha256(made.encode()).hexdigest() in kept
    assert made not in kept
    assert made not in leaves
    assert PASSWORD not in leaves


@pytest.mark.parametrize(("span", "holds"), [(timedelta(minutes=59), True), (timedelta(minutes=60), False)])
def test_a_session_idles_out(world: World, clock: Clock, span: timedelta, holds: bool) -> None:
    made = token(world)
    clock.at += span
    assert (account.session(world.desk, made) is not None) is holds


def test_a_session_ends_however_much_it_is_used(world: World, clock: Clock) -> None:
    made = token(world)
    for _ in range(15):
        clock.pass_(minutes=30)
        assert account.session(world.desk, made) is not None
    clock.pass_(minutes=30)
    assert account.session(world.desk, made) is None


def test_a_closed_account_is_out_at_its_next_request(world: World, client: Client) -> None:
    browser = client("officer")
    assert browser.get("/").status_code == 200
    account.disable_person(world.desk, "officer")
    assert browser.get("/").status_code == 303
    assert failing(world, 1) == ["account.wrong"]
    assert account.sign_in(world.desk, "officer", PASSWORD, HOME) == account.WRONG


def test_a_changed_role_bites_at_the_next_request(world: World, client: Client) -> None:
    browser = client("officer")
    assert browser.get("/batches").status_code == 200
    assert account.set_roles(world.desk, "officer", [(NORTHMOOR, "analyst")])
    assert browser.get("/batches").status_code == 403


def test_a_new_password_ends_every_session(world: World) -> None:
    made = token(world)
    assert account.set_password(world.desk, "officer", "another long password")
    assert account.session(world.desk, made) is None
    assert account.sign_in(world.desk, "officer", PASSWORD, HOME) == account.WRONG
    assert isinstance(account.sign_in(world.desk, "officer", "another long password", HOME), str)


# limits -------------------------------------------------------------------------------------------------------------


def test_ten_failures_close_an_account_for_a_quarter_of_an_hour(world: World, clock: Clock) -> None:
    assert failing(world, 11) == ["account.wrong"] * 10 + ["account.too-many"]
    assert account.sign_in(world.desk, "officer", PASSWORD, HOME) == account.TOO_MANY
    clock.pass_(minutes=15, seconds=1)
    assert isinstance(account.sign_in(world.desk, "officer", PASSWORD, HOME), str)


def test_an_unknown_name_meets_the_same_limit(world: World) -> None:
    assert failing(world, 11, who="nobody-of-that-name") == failing(world, 11, who="analyst")


def test_strangers_cannot_lock_the_owner_out(world: World, clock: Clock) -> None:
    token(world)
    clock.pass_(days=3)
    rules = [failing(world, 1, address=f"192.0.2.{n}")[0] for n in range(12)]
    assert rules == ["account.wrong"] * 10 + ["account.too-many"] * 2
    assert isinstance(account.sign_in(world.desk, "officer", PASSWORD, HOME), str)
    assert isinstance(account.sign_in(world.desk, "second", PASSWORD, "192.0.2.1"), str)


def test_fifty_failures_close_an_address_and_no_other(world: World) -> None:
    rules = [failing(world, 1, who=f"guess-{n}")[0] for n in range(51)]
    assert rules == ["account.wrong"] * 50 + ["account.too-many"]
    assert account.sign_in(world.desk, "second", PASSWORD, HOME) == account.TOO_MANY
    assert isinstance(account.sign_in(world.desk, "second", PASSWORD, "10.0.0.2"), str)


def test_an_ipv6_caller_is_one_address(world: World) -> None:
    rules = [failing(world, 1, who=f"guess-{n}", address=f"2001:db8::{n:x}")[0] for n in range(51)]
    assert rules[-1] == "account.too-many"


def test_many_at_once_do_not_pass_the_limit_together(world: World) -> None:
    with ThreadPoolExecutor(12) as crowd:
        rules = list(crowd.map(lambda _: failing(world, 1)[0], range(24)))
    assert rules.count("account.wrong") == 10


def test_every_sign_in_is_in_the_ledger_and_a_flood_is_not(world: World) -> None:
    failing(world, 30)
    with world.databases.release.transaction() as tx:
        leaves = [r.leaf for r in tx.sql("select leaf from ledger_entry where leaf like '%account.sign-in%'")]
    assert sum("account.wrong" in leaf for leaf in leaves) == 10
    assert sum("account.too-many" in leaf for leaf in leaves) == 1


def test_what_was_typed_as_a_name_is_kept_nowhere(world: World) -> None:
    typed = "my-password-in-the-wrong-box"
    failing(world, 1, who=typed)
    digest = hashlib.sha256(typed.encode()).hexdigest()
    with world.databases.release.transaction() as tx:
        kept = " ".join(r.subject for r in tx.sql("select subject from sign_in_attempt"))
        kept += " ".join(r.leaf for r in tx.sql("select leaf from ledger_entry"))
    assert typed not in kept
    assert digest[:8] not in kept


# forms --------------------------------------------------------------------------------------------------------------

FORGED = {
    "no token": ({"csrf": ""}, ORIGIN),
    "another session's token": ({"csrf": "0" * 64}, ORIGIN),
    "another site": ({}, {"Origin": "https://elsewhere.example"}),
    "no origin at all": ({}, {}),
    "a nameless origin": ({}, {"Origin": "null"}),
    "cross-site by its own word": ({}, {**ORIGIN, "Sec-Fetch-Site": "cross-site"}),
    "a sibling's page": ({}, {**ORIGIN, "Sec-Fetch-Site": "same-site"}),
}


def test_forged_forms_are_refused(client: Client) -> None:
    path = "/protocols/northmoor-violence/1/suspend"
    for case, (fields, headers) in FORGED.items():
        answer = send(client("officer"), path, headers=headers, reason="a good enough reason", **fields)
        assert (answer.status_code, "request.forged" in answer.text) == (403, True), case
    assert "Suspended" not in client("officer").get("/protocols/northmoor-violence/1").text


def test_one_persons_token_is_no_good_for_another(client: Client) -> None:
    stolen = token_of(client("second").get("/register").text)
    answer = send(client("officer"), "/protocols/northmoor-violence/1/suspend", reason="a good reason", csrf=stolen)
    assert answer.status_code == 403


def test_signing_in_needs_the_sign_in_pages_token(client: Client) -> None:
    assert client().post("/sign-in", data={"name": "officer", "password": PASSWORD}, headers=ORIGIN).status_code == 403


LEADS = {
    "/batches?before=2026-01-01T00:00:00Z": "/batches?before=2026-01-01T00:00:00Z",
    **dict.fromkeys(
        ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "",
         "/\r\nSet-Cookie: a=b", "/x//elsewhere@", "/" + "a" * 400), "/",
    ),
}  # fmt: skip


def test_signing_in_leads_to_pages_of_this_hub_only(client: Client) -> None:
    for wanted, led in LEADS.items():
        assert enter(client(), following=wanted).headers["location"] == led


# accounts -----------------------------------------------------------------------------------------------------------


UNSOUND: list[tuple[dict[str, object], str]] = [
    ({"password": "short"}, "account.password"), ({"sign_in": "officer"}, "account.taken"),
    ({"agency": "no-such-agency"}, "account.agency"), ({"roles": [("no-such-csp", "analyst")]}, "account.partnership"),
    ({"roles": [(NORTHMOOR, "king")]}, "account.role"), ({"name": " "}, "account.name"),
]  # fmt: skip


def test_an_account_is_made_whole_or_not_at_all(world: World) -> None:
    sound: dict[str, object] = {"name": "Una Fresh", "sign_in": "una", "agency": "northmoor-police", "password": PASSWORD,
             "roles": [(NORTHMOOR, "analyst")]}  # fmt: skip
    for fields, rule in UNSOUND:
        refused = account.create_person(world.desk, **(sound | fields))  # type: ignore[arg-type]
        assert isinstance(refused, Refuse)
        assert refused.rule == rule
    with world.databases.release.transaction() as tx:
        assert people.find(tx, "una") is None


def test_a_new_account_signs_in(world: World) -> None:
    made = account.create_person(
        world.desk, "Una Fresh", " Una ", "northmoor-police", PASSWORD, [(NORTHMOOR, "analyst")]
    )
    assert isinstance(made, str)
    signed = account.session(world.desk, token(world, "UNA"))
    assert signed is not None
    assert signed.caller.roles == {(NORTHMOOR, "analyst")}
    with pytest.raises(NotFound):
        account.disable_person(world.desk, "nobody-of-that-name")


def test_sessions_are_listed_and_ended_by_their_owner_alone(world: World, client: Client) -> None:
    here = client("officer")
    world.begin("token-of-another-browser-0123456789", "officer")
    there = client()
    there.cookies.set("hub-session", "token-of-another-browser-0123456789")
    assert there.get("/account").status_code == 200
    page = here.get("/account").text
    assert page.count("Another browser") == 1
    assert page.count("This browser") == 1
    row = page[: page.index("Another browser")]
    found = re.search(r'name="session" value="([0-9a-f]{16})"', page[len(row) :])
    assert found
    assert send(client("second"), "/account/sessions/end", session=found[1]).status_code == 404
    assert there.get("/account").status_code == 200
    assert send(here, "/account/sessions/end", session=found[1]).status_code == 303
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_a_machines_key_is_registered_with_a_proof_and_overlaps_the_one_before(world: World, tmp_path: Path) -> None:
    made = [make_key(tmp_path / f"{n}.json", "northmoor-police") for n in range(2)]
    first, second = (m.request("northmoor-police") for m in made)
    private = json.loads((tmp_path / "0.json").read_text())
    for body, rule in (
        (made[0].public(), "agency.unproved"),
        ({**first, "proof": second["proof"]}, "agency.unproved"),
        ({**first, "kid": "another"}, "agency.other"),
        (made[0].request("northmoor-homes"), "agency.other"),
        ({**first, "x": "short"}, "agency.unproved"),
        (private, "agency.private"),
    ):
        refusal = agencies.register_agency_key(world.desk, "northmoor-police", body)
        assert isinstance(refusal, Refuse)
        assert refusal.rule == rule
    unknown = agencies.register_agency_key(world.desk, "nobody", made[0].request("nobody"))
    assert isinstance(unknown, Refuse)
    assert unknown.rule == "agency.unknown"
    for body in (first, second):
        assert agencies.register_agency_key(world.desk, "northmoor-police", body)
    assert not agencies.register_agency_key(world.desk, "northmoor-police", first)
    assert known(world, made[0].kid) == known(world, made[1].kid) == "northmoor-police"
    agencies.revoke_agency_key(world.desk, made[0].kid)
    assert known(world, made[0].kid) is None
    assert known(world, made[1].kid) == "northmoor-police"
    with pytest.raises(NotFound):
        agencies.revoke_agency_key(world.desk, made[0].kid)


def known(world: World, kid: str) -> str | None:
    with world.databases.release.transaction() as tx:
        found = protocols.agency_key(tx, kid)
    return found[0] if found else None
