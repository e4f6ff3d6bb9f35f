"""A code from an app as second factor: set up, asked for, good once whatever process is asked; and it signs nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b32decode
from pathlib import Path

import pytest

from hub import access, totp
from hub.adapters.lockbox import PEOPLE, LockBox
from hub.db import protocol as protocols
from hub.db import totp as apps
from hub.decision import Allow, Refuse, Tampered, Unavailable
from hub.journey import account, agree, enrol, sign
from hub.journey.account import Proof
from tests.conftest import ROOT
from tests.web.conftest import Client, Clock, TestClient
from tests.web.forms import ORIGIN, send
from tests.web.seed import NORTHMOOR, PASSWORD, World
from tests.web.test_signing import ID, VERSION, act, digest, draft, give, opened, signatory, stored

HOME = "10.0.0.1"


def code(world: World, secret: bytes, ahead: int = 0) -> str:
    return totp.code_of(secret, totp.step_of(world.desk.now()) + ahead)


def proof(world: World, who: str, password: str = PASSWORD, shown: str = "") -> Proof:
    return Proof(world.token(who), password, shown, HOME)


def set_up(world: World, who: str) -> bytes:
    """Set up an app as its owner does; its secret. The clock moves on, so that the next code is a fresh one."""
    caller = world.caller(who)
    assert enrol.begin(world.desk, caller, proof(world, who))
    secret = enrol.enrolment(world.desk, caller).secret
    assert secret is not None
    assert enrol.confirm(world.desk, caller, world.token(who), code(world, secret))
    clock = world.desk.now
    assert isinstance(clock, Clock)
    clock.pass_(seconds=30)
    return secret


def rule(found: object) -> str:
    return found.rule if isinstance(found, Refuse) else "in"


def enter(world: World, who: str, shown: str, password: str = PASSWORD) -> str:
    return rule(account.sign_in(world.desk, who, password, HOME, shown))


def test_an_app_is_set_up_by_its_pages(world: World, client: Client) -> None:
    browser = client("officer")
    refused = send(browser, "/account/app", "/account/app", password="not the password")
    assert refused.status_code == 422
    assert re.search(r'id="password-error"', refused.text)
    assert send(browser, "/account/app", "/account/app", password=PASSWORD).status_code == 303
    page = browser.get("/account/app")
    key = re.search(r'hub-key">([A-Z2-7 ]{39})<', page.text)
    assert key
    assert f"secret={key[1].replace(' ', '')}" in page.text
    assert page.text.count("<svg") >= 1
    assert page.headers["cache-control"] == "no-store"
    secret = b32decode(key[1].replace(" ", ""))
    wrong = send(browser, "/account/app/confirm", "/account/app", code="000000")
    assert (wrong.status_code, 'id="code-error"' in wrong.text) == (422, True)
    assert send(browser, "/account/app/confirm", "/account/app", code=code(world, secret)).status_code == 303
    after = browser.get("/account/app").text
    assert key[1] not in after
    assert "secret=" not in after


def test_signing_in_asks_for_a_code_and_tells_no_guesser_what_was_wrong(world: World, clock: Clock) -> None:
    secret = set_up(world, "officer")
    assert enter(world, "officer", "") == "account.wrong"
    assert enter(world, "officer", "000000") == "account.wrong"
    assert enter(world, "officer", code(world, secret), "not the password") == "account.wrong"
    assert enter(world, "officer", code(world, secret)) == "in"
    assert enter(world, "second", "") == "in"


def test_a_wrong_password_spends_no_code(world: World) -> None:
    secret = set_up(world, "officer")
    assert enter(world, "officer", code(world, secret), "not the password") == "account.wrong"
    assert enter(world, "officer", code(world, secret)) == "in"


def test_a_code_is_good_once_and_no_earlier_one_after_it(world: World, clock: Clock) -> None:
    secret = set_up(world, "officer")
    before, shown = code(world, secret), code(world, secret, 1)
    assert enter(world, "officer", shown) == "in"
    assert enter(world, "officer", shown) == "account.wrong"
    assert enter(world, "officer", before) == "account.wrong"
    clock.pass_(seconds=60)
    assert enter(world, "officer", code(world, secret)) == "in"


def test_the_code_that_set_the_app_up_lets_nobody_in(world: World, clock: Clock) -> None:
    secret = set_up(world, "officer")
    clock.pass_(seconds=-30)
    assert enter(world, "officer", code(world, secret)) == "account.wrong"


REPLAY = """
import sys
from datetime import datetime
from pathlib import Path
from hub.adapters.lockbox import LockBox
from hub.db import session
from hub.journey import account
from hub.journey.desk import Desk
from argon2 import PasswordHasher
url, folder, now, name, password, code = sys.stdin.read().split("\\n")[:6]
quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
desk = Desk(session.connect(url, "hub_release", 1), {}, lambda: datetime.fromisoformat(now), hasher=quick, box=LockBox(Path(folder)))
found = account.sign_in(desk, name, password, "10.0.0." + sys.argv[1], code)
print("in" if isinstance(found, str) else found.rule)
"""


def test_of_several_processes_one_takes_a_code(world: World) -> None:
    secret = set_up(world, "officer")
    box = world.desk.box
    assert box is not None
    told = "\n".join((world.databases.app_url, str(box.folder), world.desk.now().isoformat(), "officer", PASSWORD,
                      code(world, secret), ""))  # fmt: skip
    running = [subprocess.Popen([sys.executable, "-c", REPLAY, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True, cwd=ROOT) for n in range(4)]  # fmt: skip
    for one in running:
        assert one.stdin is not None
        one.stdin.write(told)
        one.stdin.close()
        one.stdin = None
    said = sorted(one.communicate(timeout=60)[0].split()[-1] for one in running)
    assert said == ["account.wrong"] * 3 + ["in"]


def test_a_step_up_takes_a_code_of_its_own(world: World, clock: Clock) -> None:
    """Neither the code that signed in nor that of an earlier step-up opens anything again."""
    secret = set_up(world, "officer")
    shown = code(world, secret)
    assert enter(world, "officer", shown) == "in"
    caller = world.caller("officer")
    refused = account.confirm(world.desk, caller, proof(world, "officer", shown=shown))
    assert rule(refused) == "account.wrong-code"
    assert rule(account.confirm(world.desk, caller, proof(world, "officer"))) == "account.wrong-code"
    clock.pass_(seconds=30)
    shown = code(world, secret)
    assert account.confirm(world.desk, caller, proof(world, "officer", shown=shown))
    assert rule(account.confirm(world.desk, caller, proof(world, "officer", shown=shown))) == "account.wrong-code"
    assert enter(world, "officer", shown) == "account.wrong"


def test_the_app_is_removed_with_password_and_code(world: World, client: Client, clock: Clock) -> None:
    secret = set_up(world, "officer")
    browser = client("officer")
    assert send(browser, "/account/app", "/account/app", password=PASSWORD, code=code(world, secret)).status_code == 409
    clock.pass_(seconds=30)
    for fields in ({"password": PASSWORD}, {"code": code(world, secret)}):
        assert send(browser, "/account/app/remove", "/account/app", headers=ORIGIN, **fields).status_code == 422
    sound = {"password": PASSWORD, "code": code(world, secret)}
    assert send(browser, "/account/app/remove", "/account/app", headers=ORIGIN, **sound).status_code == 303
    assert enter(world, "officer", "") == "in"


def test_setting_up_ends_the_other_sessions(world: World) -> None:
    other = "another-token-of-the-officer-0123456789"
    world.begin(other, "officer")
    set_up(world, "officer")
    assert account.session(world.desk, other) is None
    assert account.session(world.desk, world.token("officer")) is not None


def test_what_is_being_set_up_counts_for_nothing_and_ends(world: World, clock: Clock) -> None:
    caller = world.caller("officer")
    assert enrol.begin(world.desk, caller, proof(world, "officer"))
    assert enter(world, "officer", "") == "in"
    clock.pass_(minutes=15)
    assert enrol.enrolment(world.desk, caller) == enrol.Enrolment()


def test_guesses_of_a_code_are_counted(world: World) -> None:
    set_up(world, "officer")
    assert [enter(world, "officer", "000000") for _ in range(11)] == ["account.wrong"] * 10 + ["account.too-many"]


def test_the_secret_is_nowhere_in_clear(world: World) -> None:
    secret = set_up(world, "officer")
    set_up(world, "second")
    with world.databases.release.transaction() as tx:
        app, other = apps.find(tx, world.people["officer"]), apps.find(tx, world.people["second"])
        leaves = " ".join(r.leaf for r in tx.sql("select leaf from ledger_entry"))
        kept = " ".join(str(r) for r in tx.sql("select row_to_json(t)::text from totp t"))
    assert app is not None
    assert other is not None
    for text in (secret.hex(), totp.in_groups(secret), totp.in_groups(secret).replace(" ", "")):
        assert text not in leaves + kept
    box = world.desk.box
    assert box is not None
    assert box.open(f"totp/{world.people['officer']}", app.sealed) == secret
    with pytest.raises(Tampered):
        box.open(f"totp/{world.people['officer']}", other.sealed)


def test_without_its_key_nobody_passes_and_it_is_said(world: World, client: Client, tmp_path: Path) -> None:
    set_up(world, "officer")
    (tmp_path / "keys" / PEOPLE).unlink()
    with pytest.raises(Unavailable):
        account.sign_in(world.desk, "officer", PASSWORD, HOME, "123456")
    assert send(client(), "/sign-in", "/sign-in", name="officer", password=PASSWORD).status_code == 503
    (tmp_path / "keys" / PEOPLE).write_text(json.dumps({"key": "short"}))
    with pytest.raises(Unavailable):
        LockBox(tmp_path / "keys").seal("x", b"x")


def test_who_has_an_app_agrees_a_text_and_signs_nothing_with_it(world: World, client: Client) -> None:
    draft(world)
    assert act(world, "officer", "consult")
    set_up(world, "second")
    assert isinstance(act(world, "second", "agree"), Allow)
    assert act(world, "second", "open")
    who, key = signatory(world, "northmoor-police", passkey=False)
    secret = set_up(world, who)
    for tier, version in ((ID, VERSION), ("northmoor-csp", 2)):
        if tier != ID:
            open_partnership(world)
        refusal = agree.act(
            world.desk, world.caller(who), tier, version, "sign", digest=digest_of(world, tier, version)
        )
        assert rule(refusal) == "protocol.passkey"
    page = send(client(who), f"/protocols/{ID}/{VERSION}/sign", f"/protocols/{ID}/{VERSION}", digest=stored(world).digest,
                code=code(world, secret))  # fmt: skip
    assert page.status_code == 422
    assert "northmoor-police" in stored(world).awaited_agencies
    made = key.register(sign.registration_challenge(world.token(who)))
    without = sign.register(world.desk, world.caller(who), world.token(who), PASSWORD, HOME, "A key", made)
    assert rule(without) == "account.wrong-code"
    assert sign.register(
        world.desk, world.caller(who), world.token(who), PASSWORD, HOME, "A key", made, code(world, secret)
    )
    assert give(world, who, key.sign(digest(world)))


def digest_of(world: World, protocol: str, version: int) -> str:
    with world.databases.release.transaction() as tx:
        found = protocols.find(tx, protocol, version)
    assert found is not None
    return found.digest


def open_partnership(world: World) -> None:
    text = (ROOT / "protocols" / "documents" / "northmoor-csp.toml").read_text(encoding="utf-8")
    agree.draft(world.desk, world.caller("officer"), text.replace("version = 1", "version = 2", 1))
    for by, deed in (("officer", "consult"), ("second", "agree"), ("second", "open")):
        assert agree.act(world.desk, world.caller(by), "northmoor-csp", 2, deed)


def test_where_the_word_of_another_service_lets_in_it_signs_no_tier(world: World) -> None:
    """Whom another service vouches for signs nothing but by a passkey registered here, not even the third tier."""
    opened(world)
    third = (ROOT / "protocols" / "documents" / "northmoor-analyst-violence.toml").read_text(encoding="utf-8")
    agree.draft(world.desk, world.caller("officer"), third.replace("version = 1", "version = 2", 1))
    for by, deed in (("officer", "consult"), ("second", "agree"), ("second", "open")):
        assert agree.act(world.desk, world.caller(by), "northmoor-analyst-violence", 2, deed)
    who, _ = signatory(world, "northmoor-police", passkey=False)
    outside = access.Caller(world.people[who], "northmoor-police", frozenset({(NORTHMOOR, "signatory")}), outside=True)
    for protocol, version in (("northmoor-analyst-violence", 2), (ID, VERSION)):
        given = digest_of(world, protocol, version)
        assert rule(agree.act(world.desk, outside, protocol, version, "sign", digest=given)) == "protocol.passkey"


def test_a_partnership_may_ask_for_a_second_factor(world: World, client: Client) -> None:
    with world.databases.release.transaction() as tx:
        tx.sql("update partnership set needs_second_factor = true where id = :id", id=NORTHMOOR)
    browser: TestClient = client("officer")
    assert browser.get("/batches").headers["location"] == "/account/app"
    assert "asks for a second factor" in browser.get("/account/app").text
    assert browser.get("/account").status_code == 200
    assert (
        send(browser, "/protocols/northmoor-violence/1/suspend", reason="a good reason").headers["location"]
        == "/account/app"
    )
    assert client("outsider").get("/batches").status_code == 200
    set_up(world, "officer")
    assert browser.get("/batches").status_code == 200
