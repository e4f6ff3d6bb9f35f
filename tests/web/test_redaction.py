"""Words in doubt before an officer, samples side by side, and the machines' redaction: by whom, how, and what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from hub.adapters.redactor import RedactionProcess
from hub.adapters.wordbox import Word
from hub.db import review as words
from hub.decision import Tampered, Unavailable
from hub.depersonalise.doubt import Doubt
from hub.journey import review
from tests.web.conftest import Client, Clock
from tests.web.forms import send
from tests.web.seed import NORTHMOOR, World

POLICE = "northmoor-police"
DOUBTS = {NORTHMOOR: {"grace": Doubt("name.word", 0.5, 3, ("[PERSON 1] told ", "Grace", " to <leave>")),
                      "hill": Doubt("name.word", 0.4, 1, ("over the ", "hill", ""))}}  # fmt: skip


@pytest.fixture
def doubtful(world: World) -> World:
    """A hub whose police officers have two words to look at."""
    with world.databases.intake.transaction([NORTHMOOR]) as tx:
        review.keep_doubts(tx, world.reviewing.box, POLICE, DOUBTS, world.desk.now())
    return world


def lists(world: World) -> tuple[set[str], set[str]]:
    with world.databases.intake.transaction([NORTHMOOR]) as tx:
        found = review.lists_of(tx, world.reviewing.box, [NORTHMOOR], world.desk.now())[NORTHMOOR]
    return set(found.keep), set(found.mask)


def key_of(world: World, word: str) -> str:
    return world.reviewing.box.digest(NORTHMOOR, word).hex()


def test_an_officer_of_the_agency_sees_its_words_and_nobody_else_does(doubtful: World, client: Client) -> None:
    mine = client("officer").get("/review").text
    assert "<mark>Grace</mark> to &lt;leave&gt;" in mine
    assert "name.word" in mine
    for who in ("second", "outsider"):
        other = client(who).get("/review").text
        assert "Grace" not in other
        assert "No word waits." in other
    assert client("analyst").get("/review").status_code == 403


def test_what_the_officer_says_feeds_the_lists(doubtful: World, client: Client) -> None:
    officer = client("officer")
    for word, verdict in (("grace", "mask"), ("hill", "keep")):
        answer = send(officer, "/review", partnership=NORTHMOOR, key=key_of(doubtful, word), verdict=verdict)
        assert answer.headers["location"] == "/review?done=words"
    assert lists(doubtful) == ({"hill"}, {"grace"})
    send(officer, "/review", partnership=NORTHMOOR, key=key_of(doubtful, "hill"), verdict="mask")
    assert lists(doubtful) == (set(), {"grace", "hill"})
    log = client("auditor").get("/log").text
    assert "note.review" in log
    assert "grace" not in log.lower().replace("grace darling", "")


def test_a_decision_expires_and_a_purge_forgets_the_word(doubtful: World, client: Client, clock: Clock) -> None:
    send(client("officer"), "/review", partnership=NORTHMOOR, key=key_of(doubtful, "grace"), verdict="mask")
    with doubtful.databases.intake.transaction([NORTHMOOR]) as tx:
        assert words.purge(tx, clock.at + timedelta(days=review.WAITING_DAYS)) == 1  # hill, which nobody decided
        assert words.purge(tx, clock.at + timedelta(days=review.DECIDED_DAYS - 1)) == 0
    clock.pass_(days=review.DECIDED_DAYS)
    assert lists(doubtful) == (set(), set())


def test_the_same_word_again_is_counted_and_a_decided_one_not_asked_again(doubtful: World, client: Client) -> None:
    send(client("officer"), "/review", partnership=NORTHMOOR, key=key_of(doubtful, "grace"), verdict="keep")
    with doubtful.databases.intake.transaction([NORTHMOOR]) as tx:
        review.keep_doubts(tx, doubtful.reviewing.box, POLICE, DOUBTS, doubtful.desk.now())
    waiting, decided = review.to_review(doubtful.reviewing, doubtful.caller("officer"))
    assert [(s.word.word, s.kept.seen) for s in waiting] == [("hill", 2)]
    assert [(s.word.word, s.kept.seen) for s in decided] == [("grace", 6)]


@pytest.mark.parametrize(("field", "value", "status"), [("key", "zz", 404), ("key", "00" * 16, 404), ("verdict", "burn", 422),
                                                         ("partnership", "avon-csp", 403)])  # fmt: skip
def test_a_decision_on_nothing_is_refused(doubtful: World, client: Client, field: str, value: str, status: int) -> None:
    form = {"partnership": NORTHMOOR, "key": key_of(doubtful, "grace"), "verdict": "mask"} | {field: value}
    answer = send(
        client("officer"), "/review", partnership=form["partnership"], key=form["key"], verdict=form["verdict"]
    )
    assert answer.status_code == status


def test_another_agencys_officer_cannot_decide(doubtful: World, client: Client) -> None:
    answer = send(client("second"), "/review", partnership=NORTHMOOR, key=key_of(doubtful, "grace"), verdict="keep")
    assert answer.status_code == 404


def test_no_word_is_readable_in_the_database(doubtful: World) -> None:
    with doubtful.databases.intake.transaction([NORTHMOOR]) as tx:
        rows = [tuple(r) for r in tx.sql("select * from review_word")]
    assert len(rows) == 2
    held = b"".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row).lower()
    for word in (b"grace", b"hill", b"told"):
        assert word not in held
    box = doubtful.reviewing.box
    sealed = box.seal(NORTHMOOR, Word("grace", ("", "Grace", "")))
    with pytest.raises(Tampered):
        box.open("avon-csp", box.digest("avon-csp", "grace"), sealed)
    with pytest.raises(Tampered):
        box.open(NORTHMOOR, box.digest(NORTHMOOR, "hill"), sealed)


def test_a_batch_in_which_the_engine_found_less_is_marked_everywhere(world: World, client: Client) -> None:
    recall = {"phone": {"planted": 40, "masked": 20}, "name-in-record": {"planted": 40, "masked": 40}}
    with world.databases.intake.transaction() as tx:
        tx.sql("update batch set quality = quality || cast(:more as jsonb) where id = cast(:id as uuid)",
               more=json.dumps({"recall": recall, "drift": ["phone"]}), id=world.ids["pooled"])  # fmt: skip
    officer = client("officer")
    for path in ("/", "/batches"):
        assert "Finds less" in officer.get(path).text
    report = officer.get(f"/batches/{world.ids['pooled']}").text
    assert "found less than in the batches before" in report
    assert "35.2 %" in report
    assert "91.2 %" in report


# the redaction process -----------------------------------------------------------------------------------------------


def test_samples_are_shown_before_and_after(client: Client) -> None:
    for mode in ("balanced", "strict", "nonsense"):
        check_samples(client("auditor").get(f"/redaction?mode={mode}").text)


def check_samples(text: str) -> None:
    assert "<mark>Perpetua O&#39;Quillfeather</mark>" in text
    assert text.count("hub-sample") == 5
    after = [part.split("</p>")[0] for part in text.split(">After</h3>")[1:]]
    assert len(after) == 5
    for name in (
        "Quillfeather",
        "Tregellas",
        "blenkinsopp",
        "DHALIWAL",
        "Wieczorkowski",
        "900123",
        "999 001",
        "AB12 CDE",
    ):
        assert all(name not in one for one in after)
    assert "own.name" in text


def test_a_redaction_process_that_dies_or_hangs_is_replaced_and_said() -> None:
    sleeper = RedactionProcess([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.3)
    start = time.perf_counter()
    for _ in range(2):
        with pytest.raises(Unavailable, match="does not answer"):
            sleeper.redact({"mode": "balanced", "notes": []})
    assert time.perf_counter() - start < 20
    dead = RedactionProcess([sys.executable, "-c", "pass"], seconds=5)
    with pytest.raises(Unavailable):
        dead.redact({"mode": "balanced", "notes": []})
    sleeper.close()
    dead.close()


def test_a_question_that_is_none_is_answered_without_quoting_it(world: World) -> None:
    with pytest.raises(Unavailable) as raised:
        world.redactor.redact({"mode": "balanced", "notes": [{"txt": "Perpetua"}]})
    assert "Perpetua" not in str(raised.value)
    assert world.redactor.redact({"mode": "balanced", "notes": []}) == []


def test_the_web_process_holds_no_stock_of_words() -> None:
    """What a process has loaded once every page and the machines' door are imported."""
    code = "import sys, hub.web.app, hub.web.pages; print([m for m in sys.modules if m.split('.')[0] in ('spacy', 'presidio_analyzer') or m.startswith(('hub.adapters.wordstock', 'hub.adapters.recogniser'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
