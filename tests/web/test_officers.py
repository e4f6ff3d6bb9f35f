"""People, agencies, keys and settings on their pages: every change bites at the next request, and reaches no other partnership."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.keys import AgencyKey, make_key
from hub.adapters.oidc import Provider
from hub.db import outside as outside_rows
from hub.db import people
from hub.db import protocol as protocols
from hub.decision import Conflict, NotFound, Refuse
from hub.journey import account, agencies, recover, staff
from hub.journey.desk import Desk
from hub.journey.staff import Asked, Invited
from tests.web.conftest import Client, Clock, TestClient
from tests.web.forms import send
from tests.web.seed import AVON, NORTHMOOR, PASSWORD, World

NEW = {"partnership": NORTHMOOR, "name": "Una  Fresh", "sign-in": "Una.Fresh", "agency": "northmoor-police",
       "role-analyst": "yes"}  # fmt: skip


def post(browser: TestClient, path: str, page: str, fields: dict[str, str]) -> httpx.Response:
    return send(browser, path, page, {"Origin": "http://testserver"}, **fields)


def id_of(world: World, sign_in: str) -> str:
    with world.databases.release.transaction() as tx:
        found = people.find(tx, sign_in)
    assert found is not None
    return found.id


def rule(found: object) -> str:
    return found.rule if isinstance(found, Refuse) else "done"


def last_event(world: World) -> dict[str, object]:
    with world.databases.release.transaction() as tx:
        row = tx.sql("select leaf from ledger_entry order by sequence desc limit 1").one()
    found: dict[str, object] = json.loads(row.leaf)
    return found


# inviting -----------------------------------------------------------------------------------------------------------


def test_somebody_is_invited_confirmed_by_another_and_comes_in(world: World, client: Client) -> None:
    answer = post(client("admin"), "/officers/new", "/officers/new", NEW)
    assert answer.status_code == 200
    code = re.search(r'hub-key">([\w-]{16})<', answer.text)
    assert code
    noted = last_event(world)
    assert (noted["action"], noted["verdict"]) == ("person.invite", "allow")
    assert "Fresh" not in json.dumps(noted)
    una = {"name": "una.fresh", "code": code[1], "password": "a password of Una's own"}
    assert post(client(), "/recover", "/recover", una).status_code == 403
    assert "Una Fresh is invited and has not come in" in client("admin").get("/").text
    waiting = recover.waiting(world.desk, world.caller("officer"))
    assert [w.name for w in waiting] == ["Una Fresh"]
    assert "An administrator invited them" in client("officer").get("/recoveries").text
    assert recover.confirm(world.desk, world.caller("officer"), waiting[0].id)
    assert post(client(), "/recover", "/recover", una).status_code == 303
    token = account.sign_in(world.desk, "una.fresh", una["password"], "10.0.0.1")
    assert isinstance(token, str)
    signed = account.session(world.desk, token)
    assert signed is not None
    assert signed.caller.roles == {(NORTHMOOR, "analyst")}
    assert "Una Fresh" not in client("admin").get("/").text


def test_a_code_that_ran_out_is_made_anew(world: World, client: Client, clock: Clock) -> None:
    made = staff.invite(world.desk, world.caller("admin"), asked())
    assert isinstance(made, Invited)
    clock.pass_(days=7)
    world.tokens.clear()
    assert recover.waiting(world.desk, world.caller("officer")) == []
    page = client("admin").get(f"/officers/{made.person}").text
    assert f"/officers/{made.person}/code" in page
    answer = post(client("admin"), f"/officers/{made.person}/code", "/officers", {})
    fresh = re.search(r'hub-key">([\w-]{16})<', answer.text)
    assert fresh
    assert fresh[1] != made.code
    waiting = recover.waiting(world.desk, world.caller("officer"))
    assert recover.confirm(world.desk, world.caller("officer"), waiting[0].id)
    una = {"name": "una", "password": "a password of Una's own"}
    assert post(client(), "/recover", "/recover", una | {"code": made.code}).status_code == 403
    assert post(client(), "/recover", "/recover", una | {"code": fresh[1]}).status_code == 303
    with pytest.raises(Conflict):
        staff.new_code(world.desk, world.caller("admin"), made.person)


def test_an_invited_account_has_no_way_in_before(world: World) -> None:
    assert isinstance(staff.invite(world.desk, world.caller("admin"), asked()), Invited)
    for password in ("", people.NO_PASSWORD, people.OUTSIDE, PASSWORD):
        assert account.sign_in(world.desk, "una", password, "10.0.0.1") == account.WRONG


def asked(**changes: object) -> Asked:
    sound: dict[str, object] = {"partnership": NORTHMOOR, "name": "Una Fresh", "sign_in": "una", "agency": "northmoor-police",
             "roles": frozenset({"analyst"})}  # fmt: skip
    return Asked(**(sound | changes))  # type: ignore[arg-type]


def test_who_invited_somebody_does_not_confirm_them(world: World) -> None:
    account.set_roles(world.desk, "admin", [(NORTHMOOR, "administrator"), (NORTHMOOR, "liaison-officer")])
    caller = world.caller("admin")
    assert isinstance(staff.invite(world.desk, caller, asked()), Invited)
    assert recover.waiting(world.desk, caller) == []
    waiting = recover.waiting(world.desk, world.caller("second"))[0]
    assert rule(recover.confirm(world.desk, caller, waiting.id)) == "account.second-person"
    assert recover.confirm(world.desk, world.caller("second"), waiting.id)


UNSOUND: list[tuple[dict[str, object], str, str]] = [
    ({"name": " "}, "person.name", "name"), ({"name": "x" * 121}, "person.name", "name"),
    ({"sign_in": "a b"}, "person.sign-in", "sign-in"), ({"sign_in": "a\r\nb"}, "person.sign-in", "sign-in"),
    ({"sign_in": "officer"}, "person.sign-in-taken", "sign-in"), ({"agency": ""}, "person.agency", "agency"),
    ({"agency": "avon-and-somerset-police"}, "person.agency", "agency"), ({"roles": frozenset()}, "person.roles", "role-"),
    ({"roles": frozenset({"operator"})}, "person.roles", "role-"), ({"roles": frozenset({"king"})}, "person.roles", "role-"),
    ({"partnership": AVON}, "access.other-partnership", ""), ({"partnership": "no-such"}, "access.other-partnership", ""),
    ({"provider": "nobody", "subject": "x"}, "person.provider", "provider"),
]  # fmt: skip


def test_an_unsound_invitation_makes_no_account(world: World) -> None:
    for changes, wrong, _ in UNSOUND:
        assert rule(staff.invite(world.desk, world.caller("admin"), asked(**changes))) == wrong
        assert last_event(world)["rule"] == wrong
    for who in ("officer", "auditor", "operator"):
        assert rule(staff.invite(world.desk, world.caller(who), asked())) == "access.role"
    with world.databases.release.transaction() as tx:
        assert people.find(tx, "una") is None


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(world: World, client: Client) -> None:
    browser = client("admin")
    for fields, field in (({"name": ""}, "name"), ({"sign-in": "x"}, "sign-in"), ({"agency": ""}, "agency"),
                          ({"role-analyst": ""}, "roles")):  # fmt: skip
        answer = post(browser, "/officers/new", "/officers/new", NEW | fields)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text, field
        assert "There is a problem" in answer.text
        if "name" not in fields:
            assert 'value="Una  Fresh"' in answer.text


def test_who_signs_in_elsewhere_is_prepared_by_address_or_name(world: World) -> None:
    world.desk = with_provider(world)
    admin = world.caller("admin")
    by_address = staff.invite(world.desk, admin, asked(provider="force", address="una@police.example"))
    assert isinstance(by_address, Invited)
    assert by_address.code == ""
    again = asked(sign_in="una2", provider="force", address="una@police.example")
    assert rule(staff.invite(world.desk, admin, again)) == "person.subject"
    assert isinstance(staff.invite(world.desk, admin, asked(sign_in="una3", provider="force", subject="u-3")), Invited)
    for fields, wrong in (({}, "person.subject"), ({"subject": "x", "address": "a@b.example"}, "person.subject"),
                          ({"address": "no address"}, "person.address"), ({"subject": "a\nb"}, "person.subject"),
                          ({"subject": "u-3"}, "person.subject")):  # fmt: skip
        assert rule(staff.invite(world.desk, admin, asked(sign_in="una4", provider="force", **fields))) == wrong
    with world.databases.release.transaction() as tx:
        assert outside_rows.person_of(tx, "force", "u-3") == id_of(world, "una3")
        assert tx.sql("select count(*) from account_recovery").scalar() == 0


def with_provider(world: World) -> Desk:
    return replace(world.desk, providers={"force": Provider("force", "Police", "http://127.0.0.1:1/x", "hub", "s")})


def test_an_invitation_that_nobody_took_frees_its_address(world: World, clock: Clock) -> None:
    world.desk = with_provider(world)
    assert isinstance(
        staff.invite(world.desk, world.caller("admin"), asked(provider="force", address="u@police.example")), Invited
    )
    clock.pass_(days=7)
    world.tokens.clear()
    later = asked(sign_in="una2", provider="force", address="u@police.example")
    assert isinstance(staff.invite(world.desk, world.caller("admin"), later), Invited)


# changing -----------------------------------------------------------------------------------------------------------


def test_roles_change_at_the_next_request_and_elsewhere_stay(world: World, client: Client) -> None:
    account.set_roles(world.desk, "third", [(NORTHMOOR, "liaison-officer"), (AVON, "analyst"), (NORTHMOOR, "operator")])
    person, browser = world.people["third"], client("third")
    assert browser.get("/review").status_code == 200
    fields = {"partnership": NORTHMOOR, "role-auditor": "yes"}
    answer = post(client("admin"), f"/officers/{person}/roles", "/officers", fields)
    assert answer.headers["location"] == f"/officers/{person}?done=roles"
    assert last_event(world)["action"] == "person.roles"
    assert browser.get("/review").status_code == 403
    assert world.caller("third").roles == {(NORTHMOOR, "auditor"), (AVON, "analyst"), (NORTHMOOR, "operator")}


def test_without_a_role_somebody_leaves_and_may_be_added_again(world: World, client: Client) -> None:
    person, browser = world.people["third"], client("admin")
    answer = post(browser, f"/officers/{person}/roles", "/officers", {"partnership": NORTHMOOR})
    assert answer.headers["location"] == "/officers?done=roles-gone"
    assert client("third").get("/protocols").status_code == 403
    assert browser.get(f"/officers/{person}").status_code == 404
    back = {"partnership": NORTHMOOR, "known": "THIRD ", "role-signatory": "yes"}
    assert post(browser, "/officers/add", "/officers/new", back).status_code == 303
    assert world.caller("third").roles == {(NORTHMOOR, "signatory")}
    again = post(browser, "/officers/add", "/officers/new", back)
    assert (again.status_code, 'id="known-error"' in again.text) == (422, True)


def test_nobody_changes_their_own_roles_or_closes_their_own_account(world: World) -> None:
    caller = world.caller("admin")
    assert (
        rule(staff.change_roles(world.desk, caller, caller.person, NORTHMOOR, ["liaison-officer"]))
        == "person.own-roles"
    )
    assert rule(staff.close(world.desk, caller, caller.person)) == "person.own-account"
    assert rule(staff.add(world.desk, caller, NORTHMOOR, "admin", frozenset({"auditor"}))) == "person.own-roles"


def test_an_account_is_closed_and_opened_again(world: World, client: Client) -> None:
    person, browser, admin = world.people["third"], client("third"), client("admin")
    assert browser.get("/").status_code == 200
    assert "Close the account of Thea Marlow?" in admin.get(f"/officers/{person}/close").text
    assert post(admin, f"/officers/{person}/close", "/officers", {}).status_code == 303
    assert browser.get("/").status_code == 303
    assert account.sign_in(world.desk, "third", PASSWORD, "10.0.0.1") == account.WRONG
    assert "Closed" in admin.get(f"/officers/{person}").text
    with pytest.raises(Conflict):
        staff.close(world.desk, world.caller("admin"), person)
    assert post(admin, f"/officers/{person}/reopen", "/officers", {}).status_code == 303
    assert isinstance(account.sign_in(world.desk, "third", PASSWORD, "10.0.0.1"), str)
    assert browser.get("/").status_code == 303


def test_whoever_belongs_elsewhere_too_is_not_closed_from_here(world: World) -> None:
    for more in ((AVON, "analyst"), (NORTHMOOR, "operator")):
        account.set_roles(world.desk, "third", [(NORTHMOOR, "liaison-officer"), more])
        assert rule(staff.close(world.desk, world.caller("admin"), world.people["third"])) == "person.elsewhere"
    assert account.session(world.desk, world.token("third")) is not None


def test_people_of_another_partnership_look_like_none(world: World, client: Client) -> None:
    admin, theirs, none = client("admin"), world.people["outsider"], "00000000-0000-4000-8000-000000000000"
    for path in ("/officers/{}", "/officers/{}/close"):
        found = [admin.get(path.format(x)) for x in (theirs, none)]
        assert [f.status_code for f in found] == [404, 404]
        assert found[0].text == found[1].text
    for path in ("/officers/{}/roles", "/officers/{}/close", "/officers/{}/reopen"):
        found = [post(admin, path.format(x), "/officers", {"partnership": NORTHMOOR}) for x in (theirs, none)]
        assert [f.status_code for f in found] == [404, 404]
    assert "Avril" not in admin.get("/officers").text
    add = [post(admin, "/officers/add", "/officers/new", {"partnership": NORTHMOOR, "known": k, "role-analyst": "yes"})
           for k in ("outsider", "no-such-name")]  # fmt: skip
    assert add[0].text.replace("outsider", "no-such-name").count("nobody has this sign-in name".capitalize()) == 2
    assert [a.status_code for a in add] == [422, 422]
    assert account.set_roles(world.desk, "second", [(NORTHMOOR, "administrator"), (AVON, "analyst")])
    assert (
        rule(staff.change_roles(world.desk, world.caller("second"), world.people["third"], AVON, ["analyst"]))
        == "access.role"
    )


def test_an_empty_partnership_is_said_to_be(world: World, client: Client) -> None:
    assert account.set_roles(world.desk, "nobody", [(AVON, "administrator")])
    account.set_roles(world.desk, "outsider", [])
    text = client("nobody").get("/officers").text
    assert "Nora Plain" in text
    with world.databases.release.transaction() as tx:
        tx.sql("update protocol set state = 'revoked' where partnership_id = :p", p=AVON)
    assert client("nobody").get("/agencies").status_code == 200
    assert "None is registered" in client("nobody").get("/keys").text


# agencies and keys --------------------------------------------------------------------------------------------------


def certificate(common_name: str = "machine.police.example") -> tuple[str, str, str]:
    """(PEM, SHA-256 in hex, PEM of the private key) of a self-signed certificate."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    named = x509.SubjectAlternativeName([x509.DNSName(common_name)])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30)).add_extension(named, critical=False).sign(key, SHA256()))  # fmt: skip
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return made.public_bytes(Encoding.PEM).decode(), made.fingerprint(SHA256()).hex(), private


def request_of(folder: Path, name: str, agency: str = "northmoor-police") -> tuple[AgencyKey, str]:
    made = make_key(folder / f"{name}.json", agency)
    return made, json.dumps(made.request(agency))


def known(world: World, kid: str) -> str | None:
    with world.databases.release.transaction() as tx:
        found = protocols.agency_key(tx, kid)
    return found[0] if found else None


def test_keys_are_registered_overlap_and_are_revoked(world: World, client: Client, tmp_path: Path) -> None:
    operator = client("operator")
    first, second = request_of(tmp_path, "one"), request_of(tmp_path, "two")
    pem, mark, _ = certificate()
    assert post(operator, "/keys/new", "/keys/new", {"request": first[1]}).headers["location"] == "/keys?done=key"
    assert "Overlapping" not in operator.get("/keys").text
    assert post(operator, "/keys/new", "/keys/new", {"request": second[1], "certificate": pem}).status_code == 303
    page = operator.get("/keys").text
    assert page.count("Overlapping") == 2
    assert mark[:16] in page
    officer = client("officer")
    assert "cannot be undone" in officer.get(f"/keys/{first[0].kid}/revoke").text
    assert known(world, first[0].kid) == "northmoor-police"
    assert post(officer, f"/keys/{first[0].kid}/revoke", "/keys", {}).status_code == 303
    assert known(world, first[0].kid) is None
    assert known(world, second[0].kid) == "northmoor-police"
    assert last_event(world)["action"] == "agency.key-revoke"
    assert post(officer, f"/keys/{first[0].kid}/revoke", "/keys", {}).status_code == 409
    assert "only key in use" in officer.get(f"/keys/{second[0].kid}/revoke").text


def test_a_key_that_proves_nothing_is_refused_beside_its_field(world: World, client: Client, tmp_path: Path) -> None:
    operator = client("operator")
    made, sound = request_of(tmp_path, "one")
    private = (tmp_path / "one.json").read_text()
    body = json.loads(sound)
    foreign = request_of(tmp_path, "avon", "avon-and-somerset-police")[1]
    for text in ("", "[]", "{}", "x", json.dumps(body | {"proof": "a.b.c"}), json.dumps(body | {"kid": "a/b"}), foreign,
                 json.dumps(body | {"agency": 1, "proof": 7}), "[" * 100_000):  # fmt: skip
        answer = post(operator, "/keys/new", "/keys/new", {"request": text})
        assert (answer.status_code, 'id="request-error"' in answer.text) == (422, True), text[:20]
        assert last_event(world)["verdict"] == "refuse"
    answer = post(
        operator, "/keys/new", "/keys/new", {"request": json.dumps(json.loads(private) | {"proof": body["proof"]})}
    )
    assert "must never leave the agency" in answer.text
    assert json.loads(private)["d"] not in answer.text
    answer = post(operator, "/keys/new", "/keys/new", {"request": sound, "certificate": "x"})
    assert 'id="certificate-error"' in answer.text
    assert known(world, made.kid) is None


def test_a_key_is_revoked_by_its_own_agency_or_the_operator(world: World, client: Client, tmp_path: Path) -> None:
    made, text = request_of(tmp_path, "one")
    assert agencies.register(world.desk, world.caller("operator"), text) == made.kid
    for who in ("second", "auditor", "admin"):
        assert client(who).get(f"/keys/{made.kid}/revoke").status_code == 409
        assert rule(agencies.revoke(world.desk, world.caller(who), made.kid)) in (
            "access.other-agency",
            "access.other-partnership",
        )
    with pytest.raises(NotFound):
        agencies.revoke(world.desk, world.caller("outsider"), made.kid)
    assert client("outsider").get(f"/keys/{made.kid}/revoke").text == client("outsider").get("/keys/none/revoke").text
    assert known(world, made.kid) is not None


def test_an_agencys_page_and_its_mailbox(world: World, client: Client) -> None:
    officer = client("officer")
    page = officer.get("/agencies/northmoor-police").text
    assert "Reducing serious violence" in page
    assert "its machines cannot send yet" in page
    box = "/agencies/northmoor-police/mailbox"
    wrong = post(officer, box, "/agencies/northmoor-police", {"address": "no address"})
    assert (wrong.status_code, 'id="address-error"' in wrong.text) == (422, True)
    assert post(officer, box, "/agencies/northmoor-police", {"address": "office@police.example"}).status_code == 303
    assert "office@police.example" in officer.get("/agencies/northmoor-police").text
    for who in ("second", "auditor", "admin"):
        assert "office@police.example" not in client(who).get("/agencies/northmoor-police").text
        assert post(client(who), box, "/agencies", {"address": "mine@elsewhere.example"}).status_code == 403
    assert officer.get("/agencies/avon-and-somerset-police").text == officer.get("/agencies/no-such-agency").text
    assert "office@" not in json.dumps(last_event(world))


# settings -----------------------------------------------------------------------------------------------------------


def test_a_partnership_asks_for_a_second_factor_on_its_settings_page(world: World, client: Client) -> None:
    admin = client("admin")
    page = admin.get("/settings").text
    assert "HUB_SESSION_HOURS" in page
    assert "HUB_DATABASE_URL" not in page
    assert "HUB_SMTP_PASSWORD" not in page
    path = f"/settings/{NORTHMOOR}/second-factor"
    assert "Ask everybody for a second factor?" in admin.get(path).text
    assert post(admin, path, "/settings", {"needed": "yes"}).status_code == 303
    assert client("officer").get("/batches").headers["location"] == "/account/app"
    assert last_event(world)["action"] == "settings.second-factor"
    assert client("outsider").get("/batches").status_code == 200
    for other in (AVON, "no-such"):
        assert rule_or_missing(world, other) == "missing"


def rule_or_missing(world: World, partnership: str) -> str:
    try:
        return rule(staff.ask_second_factor(world.desk, world.caller("admin"), partnership, True))
    except NotFound:
        return "missing"


def test_the_operator_prepares_an_account_whole_or_not_at_all(world: World) -> None:
    world.desk = with_provider(world)
    roles = [(NORTHMOOR, "administrator"), (NORTHMOOR, "operator")]

    def made(provider: str = "force", agency: str = "northmoor-police", subject: str = "u-9", **more: str) -> str:
        found = staff.prepare(world.desk, "Una Fresh", "Una", agency, roles, provider, subject, **more)
        return rule(found)

    assert made(provider="nobody") == "person.provider"
    assert made(subject="") == "person.subject"
    assert made(agency="no-such") == "account.agency"
    with world.databases.release.transaction() as tx:
        assert people.find(tx, "una") is None
    assert made() == "done"
    assert made() == "person.subject"
    assert made(subject="", address="u@police.example") == "account.taken"
    with world.databases.release.transaction() as tx:
        assert outside_rows.person_of(tx, "force", "u-9") == id_of(world, "una")
        assert tx.sql("select count(*) from outside_invitation").scalar() == 0
