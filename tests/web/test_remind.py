"""Reminders and digests, handed to a real SMTP server on loopback: what is due, once, to offices, and nothing of a person."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import Message

import pytest

from hub import lifecycle
from hub.adapters.post import Mail, Post
from hub.db import clock as clocks
from hub.db import protocol as protocols
from hub.decision import Allow, Conflict, Refuse, Unavailable
from hub.journey import agencies, publish, recall, remind, using
from hub.journey.publishing import log
from tests.conftest import NOON
from tests.web.conftest import Client, Clock
from tests.web.seed import CAST, World

POLICE, COUNCIL = "northmoor-police", "northmoor-council"
BOXES = {POLICE: "partnerships@police.example", COUNCIL: "safety@council.example"}


class Server(socketserver.ThreadingTCPServer):
    """As much of RFC 5321 as a client needs; keeps what it was given. Refuses the recipients in `refused`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.mails: list[tuple[str, Message]] = []
        self.refused: set[str] = set()

    @property
    def post(self) -> Post:
        return Post("127.0.0.1", self.server_address[1], "none", "", "", "hub@hub.example")


class Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Server)
        self.say("220 here")
        to = ""
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "QUIT":
                return self.say("221 bye")
            if verb == "RCPT":
                to = line.partition("<")[2].rstrip(">")
                if to in self.server.refused:
                    self.say("550 no such mailbox")
                    continue
            if verb == "DATA":
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append((to, email.message_from_bytes(b"".join(lines))))
            self.say("250 fine")
        return None

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@pytest.fixture
def mailer() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def hub(world: World, mailer: Server) -> remind.Reminding:
    for agency, address in BOXES.items():
        assert agencies.set_mailbox(world.desk, agency, address)
    return remind.Reminding(world.databases.release, mailer.post.send, world.desk.now, "https://hub.example")


def texts(mailer: Server) -> list[tuple[str, str, str]]:
    """(to, subject, text) of what came, and the server is emptied."""
    found = [(to, str(m["Subject"]), m.get_payload(decode=True).decode()) for to, m in mailer.mails]  # type: ignore[union-attr]
    mailer.mails.clear()
    return found


@pytest.mark.parametrize(
    ("days", "warned"),
    [(91, 0), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, 0)],
)
def test_which_warning_stands_on_a_day(days: int, warned: int) -> None:
    review = date(2029, 3, 31)
    assert lifecycle.warning(review, review - timedelta(days=days)) == warned


def test_each_warning_goes_once_to_each_party_with_a_mailbox(
    hub: remind.Reminding, clock: Clock, mailer: Server
) -> None:
    for days, mails in ((91, 0), (90, 2), (89, 0), (30, 2), (29, 0), (5, 2), (0, 0)):
        clock.at = datetime(2029, 3, 31, 12, tzinfo=NOON.tzinfo) - timedelta(days=days)
        remind.remind(hub)
        found = [t for t in texts(mailer) if "csp information" in t[1].lower() or "Community Safety" in t[1]]
        assert (days, len(found)) == (days, mails)
        assert {to for to, _, _ in found} <= set(BOXES.values())
        for _, subject, text in found:
            assert f"in {days} days" in subject
            assert "Head of Partnerships and Partnerships Manager" in text
            assert "31 March 2029" in text
            assert "https://hub.example/protocols/northmoor-csp/1" in text


def test_a_stopped_or_unsigned_protocol_is_not_warned_of(
    hub: remind.Reminding, world: World, clock: Clock, mailer: Server
) -> None:
    clock.at = datetime(2029, 3, 1, 12, tzinfo=NOON.tzinfo)
    with world.databases.release.transaction() as tx:
        protocols.set_state(tx, "northmoor-violence", 1, "suspended")
    remind.remind(hub)
    subjects = {subject for _, subject, _ in texts(mailer)}
    assert any("Community Safety" in s for s in subjects)
    assert not any("violence in Northmoor" in s for s in subjects)  # version 2 is a draft


def test_what_the_server_refuses_waits_and_holds_nobody_else_up(
    hub: remind.Reminding, clock: Clock, mailer: Server
) -> None:
    clock.at = datetime(2029, 3, 1, 12, tzinfo=NOON.tzinfo)
    mailer.refused = {BOXES[COUNCIL]}
    first = remind.remind(hub)
    assert first.refused == first.reviews > 0
    assert {to for to, _, _ in texts(mailer)} == {BOXES[POLICE]}
    mailer.refused = set()
    assert remind.remind(hub) == remind.Reminded(reviews=first.refused)
    assert {to for to, _, _ in texts(mailer)} == {BOXES[COUNCIL]}


def test_where_there_is_no_server_nothing_is_taken_for_sent(
    hub: remind.Reminding, clock: Clock, mailer: Server
) -> None:
    clock.at = datetime(2029, 3, 1, 12, tzinfo=NOON.tzinfo)
    nowhere = remind.Reminding(hub.db, Post("127.0.0.1", 9, "none", "", "", "hub@hub.example").send, hub.now, "")
    assert remind.remind(nowhere) == remind.Reminded(failed=True)
    assert remind.remind(hub).reviews > 0


def test_a_server_without_tls_is_given_nothing(mailer: Server) -> None:
    post = Post("127.0.0.1", mailer.server_address[1], "starttls", "user", "secret", "hub@hub.example")
    with pytest.raises(Unavailable):
        post.send(Mail("a@b.example", "x", "y"), NOON)
    assert mailer.mails == []


def use(world: World, who: str, action: str, allowed: bool = True) -> None:
    """An event as the release's steps write it."""
    with world.databases.release.transaction() as tx:
        verdict = Allow(action) if allowed else Refuse(action, "no")
        log(tx, world.publishing, world.people[who], action, world.ids["published"], verdict)


def test_the_week_s_uses_go_to_the_owner_of_the_data_and_to_nobody_else(
    hub: remind.Reminding, world: World, clock: Clock, mailer: Server, client: Client
) -> None:
    for action in ("release.download", "release.download", "release.look"):
        use(world, "analyst", action)
    use(world, "analyst", "release.download", allowed=False)
    assert [u.times for u in using.uses(world.desk, world.caller("officer"))] == [2, 1]
    page = client("officer").get("/uses").text
    assert "Downloaded, 2 times" in page
    assert "Nobody used your data" in client("outsider").get("/uses").text
    clock.pass_(days=7)
    assert remind.remind(hub).digests == 1
    ((to, subject, text),) = [t for t in texts(mailer) if "Who used" in t[1]]
    assert (to, subject) == (BOXES[POLICE], "Who used your data: week from 23 November 2026")
    for words in ("downloaded 2 times by Northmoor Borough Council", "looked into once", "police-crime/1 by",
                  "Preventing and reducing serious violence", "(version 1)", "https://hub.example/uses"):  # fmt: skip
        assert words in text
    assert not any(name in text or who in text.split() for who, (name, _, _) in CAST.items())
    clock.pass_(days=1)
    assert remind.remind(hub).digests == 0
    with world.databases.release.transaction() as tx:
        assert ("uses", "2026-W48", COUNCIL) in clocks.sent(tx, "digest")  # nothing to say: settled


def test_an_address_that_is_none_is_refused(world: World) -> None:
    for address in ("nobody", "a@b", "a@b.example\r\nBcc: x@y.example", "a b@c.example", "a@b.example,c@d.example"):
        refusal = agencies.set_mailbox(world.desk, POLICE, address)
        assert isinstance(refusal, Refuse)
        assert refusal.rule == "agency.mailbox"
    assert not agencies.set_mailbox(world.desk, "no-such-agency", "a@b.example")
    with world.databases.release.transaction() as tx:
        assert clocks.mailboxes(tx) == {}


def test_a_mail_that_is_refused_says_nothing_of_its_address(mailer: Server) -> None:
    mailer.refused = {"a@b.example"}
    with pytest.raises(Conflict) as wrong:
        mailer.post.send(Mail("a@b.example", "x", "y"), NOON)
    assert "a@b" not in str(wrong.value)


def test_a_subject_of_two_lines_is_one_header(mailer: Server) -> None:
    mailer.post.send(Mail("a@b.example", "Review due: Violence\nBcc: c@d.example", "y"), NOON)
    (to, subject, _), *more = texts(mailer)
    assert (to, subject, more) == ("a@b.example", "Review due: Violence Bcc: c@d.example", [])


def test_a_recipient_is_told_of_a_recalled_copy_once_and_again_when_it_is_chased(
    hub: remind.Reminding, world: World, clock: Clock, mailer: Server
) -> None:
    remind.remind(hub)
    texts(mailer)
    release = world.ids["published"]
    assert publish.act(world.publishing, world.caller("officer"), release, "withdraw", "no longer needed")
    assert remind.remind(hub).notices == 1
    assert remind.remind(hub).notices == 0
    [(to, subject, text)] = texts(mailer)
    assert to == BOXES[COUNCIL], "the recipient's, nobody else's"
    assert "was withdrawn: destroy or replace every copy" in subject
    assert f"https://hub.example/releases/{release}" in text
    assert "told before" not in text
    assert not any(name in text for name, _, _ in CAST.values())
    clock.pass_(days=4)
    world.tokens.clear()
    assert recall.tend(world.publishing).chased == 1
    assert remind.remind(hub).notices == 1
    assert "This was told before" in texts(mailer)[-1][2]
    assert publish.acknowledge(world.publishing, world.caller("analyst"), release)
    clock.pass_(days=4)
    world.tokens.clear()
    recall.tend(world.publishing)
    assert remind.remind(hub).notices == 0
