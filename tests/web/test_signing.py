"""From consultation to force by signatures, and every signature that proves nothing refused; parties leave and join."""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import psycopg
import pytest
import sqlalchemy

from hub import lifecycle
from hub.db import people, signing
from hub.db import protocol as protocols
from hub.decision import Allow, Conflict, Decision, NotFound, Refuse
from hub.demo.authenticator import Authenticator
from hub.journey import account, agree, oversee, sign
from protocols.assertion import PRESENT, Assertion, b64u
from protocols.schema import Faulty
from tests.web.conftest import Client
from tests.web.forms import send, token_of
from tests.web.seed import NORTHMOOR, PASSWORD, World, password_hash, text_of

ID, VERSION = "northmoor-violence", 3
PATH = f"/protocols/{ID}/{VERSION}"
PARTIES = ("northmoor-council", "northmoor-nhs-trust", "northmoor-police")
REASON = "for a good reason"
RP, ORIGIN = "localhost", "http://localhost"


def text_of_version(version: int = VERSION, **changes: str) -> str:
    text = text_of(ID).replace("version = 1", f"version = {version}", 1)
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def draft(world: World, text: str = "") -> None:
    assert isinstance(agree.draft(world.desk, world.caller("officer"), text or text_of_version()), agree.Drafted)


def act(world: World, who: str, deed: str) -> Decision:
    return agree.act(world.desk, world.caller(who), ID, VERSION, deed, REASON)


def opened(world: World) -> None:
    """Version 3 of the violence agreement, open for signature."""
    draft(world)
    for who, deed in (("officer", "consult"), ("second", "agree"), ("second", "open")):
        assert act(world, who, deed)


def stored(world: World, version: int = VERSION) -> protocols.Stored:
    with world.databases.release.transaction() as tx:
        found = protocols.find(tx, ID, version)
    assert found is not None
    return found


def digest(world: World) -> bytes:
    return bytes.fromhex(stored(world).digest)


def signatory(world: World, agency: str, passkey: bool = True) -> tuple[str, Authenticator]:
    """A signatory of an agency, with a passkey registered as the page does it."""
    who = f"chief-{agency}-{uuid.uuid4().hex[:6]}"
    world.people[who] = str(uuid.uuid4())
    with world.databases.release.transaction() as tx:
        people.insert(
            tx, people.Person(world.people[who], who, "Cass Arden", agency, password_hash(), None), world.desk.now()
        )
        people.set_roles(tx, world.people[who], [(NORTHMOOR, "signatory")])
    key = Authenticator(RP, ORIGIN)
    if passkey:
        made = key.register(sign.registration_challenge("s"))
        assert sign.register(world.desk, world.caller(who), "s", PASSWORD, "", "A key", made)
    return who, key


def give(world: World, who: str, assertion: Assertion | None) -> Decision:
    return agree.act(world.desk, world.caller(who), ID, VERSION, "sign", assertion=assertion)


def all_sign(world: World) -> dict[str, tuple[str, Authenticator]]:
    chiefs = {agency: signatory(world, agency) for agency in PARTIES}
    for who, key in chiefs.values():
        assert give(world, who, key.sign(digest(world)))
    return chiefs


def state(world: World, version: int = VERSION) -> str:
    return oversee.open_protocol(world.desk, world.caller("officer"), ID, version).shown.standing


# the way into force -------------------------------------------------------------------------------------------------


def test_in_force_when_all_have_signed_whatever_the_order(world: World, client: Client) -> None:
    opened(world)
    for agency in reversed(PARTIES):
        assert state(world) == "signing"
        who, key = signatory(world, agency)
        page = client(who).get(f"{PATH}/sign").text
        challenge = b64u(digest(world))
        assert f'data-challenge="{challenge}"' in page
        given = key.sign(digest(world))
        answer = send(client(who), f"{PATH}/sign", f"{PATH}/sign", digest=stored(world).digest, credential=given.credential,
                      authenticator_data=b64u(given.authenticator_data), client_data=b64u(given.client_data),
                      signature=b64u(given.signature))  # fmt: skip
        assert answer.status_code == 303, answer.text
    assert state(world) == "in-force"
    assert state(world, 1) == "renewed"
    text = client("auditor").get(f"{PATH}/signed").text
    assert stored(world).digest in text
    assert text.count("Cass Arden") >= 6


def test_each_act_of_the_table_that_nobody_has_a_role_for_is_refused(world: World) -> None:
    opened(world)
    for deed in lifecycle.ACTS:
        for who in ("analyst", "auditor", "operator"):
            refusal = act(world, who, deed)
            assert isinstance(refusal, Refuse)
            assert refusal.rule == "access.role"
        with pytest.raises(NotFound):
            act(world, "outsider", deed)
    assert state(world) == "signing"


def test_an_account_without_a_passkey_signs_no_tier_but_the_third(world: World, client: Client) -> None:
    opened(world)
    who, _ = signatory(world, "northmoor-police", passkey=False)
    refusal = give(world, who, None)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "protocol.passkey"
    assert "Register a passkey" in client(who).get(f"{PATH}/sign").text
    third = text_of("northmoor-analyst-violence").replace("version = 1", "version = 2", 1)
    agree.draft(world.desk, world.caller("officer"), third)
    for by, deed in (("officer", "consult"), ("second", "agree"), ("second", "open")):
        assert agree.act(world.desk, world.caller(by), "northmoor-analyst-violence", 2, deed)
    path = "/protocols/northmoor-analyst-violence/2"
    other = send(client(who), f"{path}/sign", f"{path}/sign", digest="0" * 64)
    assert other.status_code == 422
    assert "another text" in other.text
    with world.databases.release.transaction() as tx:
        found = protocols.find(tx, "northmoor-analyst-violence", 2)
    assert found is not None
    assert send(client(who), f"{path}/sign", f"{path}/sign", digest=found.digest).status_code == 303


# signatures that prove nothing --------------------------------------------------------------------------------------


def broken(key: Authenticator, challenge: bytes) -> Iterator[tuple[str, Assertion]]:
    """(rule, assertion): each wrong in one thing, made by the key that is registered."""
    yield "signing.origin", replace(key, origin="http://evil.example").sign(challenge)
    yield "signing.relying-party", replace(key, rp_id="evil.example").sign(challenge)
    yield "signing.other-text", key.sign(hashlib.sha256(b"another text").digest())
    yield "signing.unverified", replace(key, flags=PRESENT).sign(challenge)
    yield "signing.unregistered", replace(key, credential=b"n" * 32).sign(challenge)
    yield "signing.signature", replace(Authenticator(RP, ORIGIN), credential=key.credential).sign(challenge)
    sound = key.sign(challenge)
    yield "signing.signature", replace(sound, signature=sound.signature[:-1] + bytes([sound.signature[-1] ^ 1]))
    yield "signing.malformed", replace(sound, client_data=b"[]")
    yield "signing.malformed", replace(sound, authenticator_data=b"x")
    yield "signing.kind", replace(sound, client_data=sound.client_data.replace(b"webauthn.get", b"webauthn.create"))


def test_each_wrong_signature_is_refused_by_its_rule(world: World) -> None:
    opened(world)
    who, key = signatory(world, "northmoor-police")
    for rule, wrong in broken(key, digest(world)):
        refusal = give(world, who, wrong)
        assert isinstance(refusal, Refuse)
        assert refusal.rule == rule
    assert "northmoor-police" in stored(world).awaited_agencies
    assert give(world, who, key.sign(digest(world)))


def test_a_key_of_somebody_else_or_out_of_use_signs_nothing(world: World) -> None:
    opened(world)
    (who, key), (other, _) = signatory(world, "northmoor-police"), signatory(world, "northmoor-council")
    sign.revoke(world.desk, world.caller(who), b64u(key.credential))
    for by in (who, other):
        refusal = give(world, by, key.sign(digest(world)))
        assert isinstance(refusal, Refuse)
        assert refusal.rule == "signing.unregistered"
    with pytest.raises(NotFound):
        sign.revoke(world.desk, world.caller(other), b64u(key.credential))


def test_a_copied_key_is_found_by_its_counter(world: World) -> None:
    opened(world)
    who, key = signatory(world, "northmoor-police")
    copy = replace(key)
    key.count = 5
    assert give(world, who, key.sign(digest(world)))
    assert act(world, who, "withdraw")
    refusal = give(world, who, copy.sign(digest(world)))
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "signing.counter"


def test_a_signature_is_given_once(world: World) -> None:
    """Also where the authenticator counts nothing, and the agency has withdrawn meanwhile."""
    opened(world)
    who, key = signatory(world, "northmoor-police")
    key.count = -1
    given = key.sign(digest(world))
    assert give(world, who, given)
    again = give(world, who, given)
    assert isinstance(again, Refuse)
    assert again.rule == "protocol.unsigned"
    assert act(world, who, "withdraw")
    again = give(world, who, given)
    assert isinstance(again, Refuse)
    assert again.rule == "signing.replay"
    with world.databases.release.transaction() as tx:
        kept = signing.signatures(tx, ID, VERSION)
    assert [s.withdrawn_at is not None for s in kept] == [True]


# registering --------------------------------------------------------------------------------------------------------


def test_a_passkey_is_registered_on_the_account_page(world: World, client: Client) -> None:
    who, key = signatory(world, "northmoor-police", passkey=False)
    browser = client(who)
    page = browser.get("/account").text
    challenge = sign.registration_challenge(world.token(who))
    assert f'data-challenge="{b64u(challenge)}"' in page
    made = dict(
        zip(("client_data", "authenticator_data", "public_key"), map(b64u, key.register(challenge)), strict=True)
    )

    def post(**changes: str) -> str:
        form = {**made, "label": "Key on my ring", "password": PASSWORD, "csrf": token_of(page), **changes}
        answer = browser.post("/account/passkeys", data=form, headers={"Origin": "http://testserver"})
        return str(answer.headers.get("location") or answer.text)

    assert "password is not right" in post(password="something else")
    assert "Give the passkey a name" in post(label=" ")
    assert "cannot be read" in post(public_key="%%%")
    stale = b64u(key.register(hashlib.sha256(b"of another session").digest())[0])
    assert "another text" in post(client_data=stale)
    other = b64u(Authenticator(RP, ORIGIN).public_key)
    assert "another key than the one presented" in post(public_key=other)
    assert post() == "/account?done=passkey"
    assert "registered already" in post()
    assert "Key on my ring" in browser.get("/account").text
    gone = send(browser, "/account/passkeys/remove", "/account", passkey=b64u(key.credential))
    assert gone.headers["location"] == "/account?done=passkey-removed"
    assert "You have none" in browser.get("/account").text


def test_guesses_of_a_password_on_the_account_page_are_counted(world: World) -> None:
    who, key = signatory(world, "northmoor-police", passkey=False)
    made = key.register(sign.registration_challenge("s"))
    for _ in range(account.ACCOUNT_FAILURES):
        assert not sign.register(world.desk, world.caller(who), "s", "a wrong guess", "192.0.2.1", "x", made)
    refusal = sign.register(world.desk, world.caller(who), "s", PASSWORD, "192.0.2.1", "x", made)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "account.too-many"


# the frozen text ----------------------------------------------------------------------------------------------------


def test_a_text_is_changed_until_it_is_agreed_and_never_after(world: World) -> None:
    draft(world)
    newer = (
        text_of_version()
        .replace("necessity = ", "necessity = ", 1)
        .replace("breach-contact = ", "breach-contact = ", 1)
    )
    newer = newer.replace('title = "', 'title = "Again: ', 1)
    first = stored(world).digest
    with pytest.raises(Faulty):
        agree.revise(world.desk, world.caller("second"), ID, VERSION, text_of_version(4), first)
    assert isinstance(agree.revise(world.desk, world.caller("second"), ID, VERSION, newer, first), agree.Drafted)
    with pytest.raises(Conflict, match="meanwhile"):
        agree.revise(world.desk, world.caller("officer"), ID, VERSION, text_of_version(), first)
    assert act(world, "officer", "consult")
    for who in ("officer", "second"):  # both wrote some of it
        refusal = act(world, who, "agree")
        assert isinstance(refusal, Refuse)
        assert refusal.rule == "protocol.second-person"
    assert act(world, "third", "agree")
    with pytest.raises(Conflict, match="frozen"):
        agree.revise(world.desk, world.caller("officer"), ID, VERSION, text_of_version(), stored(world).digest)
    for change in ("text = 'x'", "digest = 'x'", "state = 'draft'", "title = 'x'"):
        with (
            world.databases.release.transaction() as tx,
            pytest.raises(sqlalchemy.exc.DBAPIError) as wrong,
        ):
            tx.sql(f"update protocol set {change} where id = :id and version = :version", id=ID, version=VERSION)
        assert isinstance(wrong.value.orig, psycopg.errors.RaiseException)


def test_a_signature_that_is_kept_cannot_be_changed(world: World) -> None:
    opened(world)
    who, key = signatory(world, "northmoor-police")
    assert give(world, who, key.sign(digest(world)))
    with world.databases.release.transaction() as tx, pytest.raises(sqlalchemy.exc.DBAPIError):
        tx.sql("update protocol_signature set digest = 'x'")


def together(*deeds: object) -> list[object]:
    """Do several things at once; what each returned or raised."""
    found: list[object] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(at: int) -> None:
        gate.wait()
        try:
            found[at] = deeds[at]()  # type: ignore[operator]
        except (Conflict, Faulty) as wrong:
            found[at] = wrong

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_who_agree_at_once_one_wins(world: World) -> None:
    draft(world)
    assert act(world, "officer", "consult")
    world.caller("second"), world.caller("third")
    found = together(lambda: act(world, "second", "agree"), lambda: act(world, "third", "agree"))
    assert sorted(type(f).__name__ for f in found) == ["Allow", "Conflict"]
    with world.databases.release.transaction() as tx:
        assert [a.act for a in protocols.acts_of(tx, ID, VERSION)].count("agree") == 1


def test_of_an_edit_and_an_agreement_at_once_the_signed_text_is_the_agreed_one(world: World) -> None:
    draft(world)
    assert act(world, "officer", "consult")
    before = stored(world).digest
    newer = text_of_version().replace('title = "', 'title = "Later: ', 1)
    world.caller("second"), world.caller("officer")
    edit, agreed = together(lambda: agree.revise(world.desk, world.caller("officer"), ID, VERSION, newer, before),
                            lambda: act(world, "third", "agree"))  # fmt: skip
    assert isinstance(agreed, Allow)
    assert isinstance(edit, agree.Drafted | Conflict)
    assert (stored(world).digest == before) == isinstance(edit, Conflict)
    assert act(world, "third", "open")
    who, key = signatory(world, "northmoor-police")
    assert bool(give(world, who, key.sign(bytes.fromhex(before)))) == isinstance(edit, Conflict)


def test_of_two_last_signatures_at_once_both_count(world: World) -> None:
    opened(world)
    chiefs = [signatory(world, agency) for agency in PARTIES]
    for who, _ in chiefs:
        world.caller(who)
    who, key = chiefs[0]
    assert give(world, who, key.sign(digest(world)))
    challenge = digest(world)
    found = together(*(lambda w=w, k=k: give(world, w, k.sign(challenge)) for w, k in chiefs[1:]))
    assert all(isinstance(f, Allow) for f in found)
    assert state(world) == "in-force"


def test_every_act_and_refusal_is_one_event(world: World) -> None:
    opened(world)
    who, key = signatory(world, "northmoor-police")
    give(world, who, None)
    give(world, who, key.sign(digest(world)))
    with world.databases.release.transaction() as tx:
        rows = tx.sql(
            "select leaf::json ->> 'action' as a, leaf::json ->> 'verdict' as v from ledger_entry order by sequence"
        )
        told = [(r.a, r.v) for r in rows if r.a.startswith("protocol.") and r.a != "protocol.draft"]
    acts = ["consult", "agree", "open", "sign", "sign"]
    assert told == [(f"protocol.{a}", v) for a, v in zip(acts, ["allow"] * 3 + ["refuse", "allow"], strict=True)]


def test_states_follow_one_another_on_the_page(world: World, client: Client) -> None:
    seen = []
    draft(world)
    for who, deed in ((None, None), ("officer", "consult"), ("second", "agree"), ("second", "open")):
        if who and deed:
            assert act(world, who, deed)
        seen.append(state(world))
        assert client("officer").get(PATH).status_code == 200
    assert all(any(r.start == a and r.end == b for r in lifecycle.TABLE) for a, b in pairwise(seen))


def test_a_text_that_came_to_contradict_what_it_stands_under_is_not_agreed(world: World) -> None:
    draft(world)
    assert act(world, "officer", "consult")
    above = text_of("northmoor-csp").replace("version = 1", "version = 2", 1)
    purposes = re.search(r"^purposes = .*$", above, re.MULTILINE)
    assert purposes
    narrower = above.replace(purposes[0], 'purposes = ["ASB"]', 1)
    assert isinstance(agree.draft(world.desk, world.caller("officer"), narrower), agree.Drafted)

    def step(who: str, deed: str) -> Decision:
        return agree.act(world.desk, world.caller(who), "northmoor-csp", 2, deed, REASON)

    assert step("officer", "consult")
    with world.databases.release.transaction() as tx:  # a text that may still change stops nothing
        assert agree._beside(tx, stored(world).document, settled=True)["northmoor-csp"].protocol.version == 1
    assert step("second", "agree")
    refusal = act(world, "second", "agree")
    assert isinstance(refusal, Refuse)
    assert "contradicts" in refusal.reason
