"""Back into an account by two people: operator and officer; never by one, never twice, never late, never by guessing."""

from __future__ import annotations

import pytest

from hub.decision import Conflict, NotFound, Refuse
from hub.journey import account, recover, sign
from tests.web.conftest import Client, Clock
from tests.web.forms import ORIGIN, send, token_of
from tests.web.seed import PASSWORD, World
from tests.web.test_signing import signatory

FRESH = "quite another long password"


def request_of(world: World, who: str, officer: str = "second") -> str:
    return next(r.id for r in recover.waiting(world.desk, world.caller(officer)) if r.person == world.people[who])


def test_a_person_gets_back_in_by_operator_and_officer(world: World, client: Client) -> None:
    who, _ = signatory(world, "northmoor-police")
    code = recover.ask(world.desk, who)
    before = client(who)
    assert before.get("/account").status_code == 200
    browser = client()

    def redeem(**changes: str) -> int:
        form = {"name": who, "code": code, "password": FRESH, "csrf": token_of(browser.get("/recover").text), **changes}
        return int(browser.post("/recover", data=form, headers=ORIGIN).status_code)

    assert redeem() == 403  # no officer has confirmed it
    assert "asked to get back in" in client("second").get("/").text
    assert send(client("second"), f"/recoveries/{request_of(world, who)}").status_code == 303
    assert redeem(code="another code") == 403
    assert redeem(name="second") == 403
    assert redeem(password="short") == 403
    assert before.get("/account").status_code == 200
    assert redeem() == 303
    assert before.get("/account").status_code == 303  # the old session ended
    assert redeem() == 403  # once
    assert not isinstance(account.sign_in(world.desk, who, FRESH, "192.0.2.1"), Refuse)
    assert isinstance(account.sign_in(world.desk, who, PASSWORD, "192.0.2.2"), Refuse)
    assert sign.passkeys(world.desk, world.caller("second")) == []
    world.tokens.pop(who)
    assert sign.passkeys(world.desk, world.caller(who)) == []
    log = client("auditor").get("/log").text
    for action in ("account.recovery-confirm", "account.recovery"):
        assert action in log


def test_nobody_confirms_for_themselves_for_strangers_or_twice(world: World) -> None:
    recover.ask(world.desk, "second")
    mine = request_of(world, "second", "officer")
    assert recover.waiting(world.desk, world.caller("second")) == []
    refusal = recover.confirm(world.desk, world.caller("second"), mine)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "account.second-person"
    for who in ("outsider", "analyst", "operator"):
        with pytest.raises(NotFound):
            recover.confirm(world.desk, world.caller(who), mine)
    assert recover.confirm(world.desk, world.caller("officer"), mine)
    with pytest.raises((Conflict, NotFound)):
        recover.confirm(world.desk, world.caller("third"), mine)


def test_a_code_is_void_after_a_day_and_when_another_is_made(world: World, clock: Clock) -> None:
    first = recover.ask(world.desk, "analyst")
    recover.confirm(world.desk, world.caller("second"), request_of(world, "analyst"))
    second = recover.ask(world.desk, "analyst")
    assert not recover.redeem(world.desk, "analyst", first, FRESH, "192.0.2.1")
    assert not recover.redeem(world.desk, "analyst", second, FRESH, "192.0.2.1")  # the new one is not confirmed
    recover.confirm(world.desk, world.caller("second"), request_of(world, "analyst"))
    clock.pass_(hours=25)
    assert not recover.redeem(world.desk, "analyst", second, FRESH, "192.0.2.1")
    world.tokens.clear()
    assert recover.waiting(world.desk, world.caller("second")) == []
    with pytest.raises(NotFound):
        recover.ask(world.desk, "nobody at all")


def test_guesses_are_counted(world: World) -> None:
    code = recover.ask(world.desk, "analyst")
    recover.confirm(world.desk, world.caller("second"), request_of(world, "analyst"))
    for _ in range(account.ACCOUNT_FAILURES):
        assert not recover.redeem(world.desk, "analyst", "a guess", FRESH, "192.0.2.1")
    refusal = recover.redeem(world.desk, "analyst", code, FRESH, "192.0.2.1")
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "account.too-many"
