"""A draft is begun, checked, edited and compared: on pages, without script, and by `POST /v1/protocols/check`."""

from __future__ import annotations

import json
import re
import time
from html import unescape

import pytest
from joserfc.jwk import OKPKey

from hub.journey.agree import act
from protocols.contract import shipped_contracts
from protocols.library import shipped_templates
from protocols.lint import facts, lint
from protocols.schema import parse_document
from tests.web.conftest import Client
from tests.web.forms import send
from tests.web.seed import World, text_of
from tests.web.test_intake_door import ask, key

__all__ = ["key"]
VIOLENCE = text_of("northmoor-violence")
FAULTY = VIOLENCE.replace('victim_sex = "keep"', 'victim_sex = "publish"').replace(
    'deputy = "Partnerships Manager"\n', "", 1
)


def typed(page: str) -> str:
    """What stands in the editor."""
    found = re.search(r'<textarea[^>]*id="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def test_every_template_can_be_begun_with_the_partnerships_own_parties(client: Client) -> None:
    officer = client("officer")
    offered = officer.get("/protocols/new").text
    for name, template in shipped_templates().items():
        assert template.title in unescape(offered)
        page = officer.get(f"/protocols/new?template={name}&under=northmoor-csp").text
        document = parse_document(typed(page))
        assert document.protocol.template == name
        assert {p.agency for p in document.party} & {"northmoor-council", "northmoor-police"}
        assert "to put right" in page
    assert typed(officer.get("/protocols/new?template=own").text) == ""


@pytest.mark.parametrize(
    "query",
    ["template=none-such", "template=housing-asb&under=avon-csp", "of=avon-street/1", "of=northmoor-violence/77"],
)
def test_what_is_not_there_for_the_caller_is_not_found(query: str, client: Client) -> None:
    assert client("officer").get(f"/protocols/new?{query}").status_code == 404


@pytest.mark.parametrize("query", ["of=../../etc", "of=northmoor-violence", "of=a/0", "template=" + "x" * 99])
def test_a_hostile_query_is_refused(query: str, client: Client) -> None:
    assert client("officer").get(f"/protocols/new?{query}").status_code == 422


def test_the_editor_shows_each_finding_with_its_line_and_keeps_the_text(client: Client) -> None:
    page = send(client("officer"), "/protocols/new", text=FAULTY.replace("\n", "\r\n"), do="check")
    assert page.status_code == 200
    assert typed(page.text) == FAULTY
    line = 1 + FAULTY.split("\n").index('victim_sex = "publish"')
    assert f'href="#L{line}"' in page.text
    assert f'id="L{line}"' in page.text
    assert "dataset contract" in page.text
    assert "names no deputy" in page.text
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_findings_alone_for_whoever_types(client: Client) -> None:
    officer = client("officer")
    part = send(officer, "/protocols/new", text=FAULTY, do="findings").text
    assert "<html" not in part
    assert "publish" in part
    assert "No faults" in send(officer, "/protocols/new", text=VIOLENCE, do="findings").text
    assert "not TOML" in send(officer, "/protocols/new", text="= = <script>", do="findings").text
    evil = "<script>alert(1)</script>"
    part = send(officer, "/protocols/new", text=VIOLENCE.replace("northmoor-nhs-trust", evil), do="findings").text
    assert "<script" not in part


def test_a_new_version_is_drafted_from_an_old_one_and_compared(world: World, client: Client) -> None:
    officer = client("officer")
    text = typed(officer.get("/protocols/new?of=northmoor-violence/1").text)
    assert parse_document(text).protocol.version == 3  # 2 is a draft already
    changed = text.replace('vrm = "pseudonymise"', 'vrm = "drop"').replace("review = 2029-03-31", "review = 2028-03-31")
    answer = send(officer, "/protocols/new", text=changed)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/protocols/northmoor-violence/3")
    page = unescape(officer.get("/protocols/northmoor-violence/3/diff?against=1").text)
    for words in ("Flow Northmoor Police police-crime/1: vrm", "Replaced by a keyed pseudonym", "Not kept",
                  "Less is shared than before", "31 March 2028"):  # fmt: skip
        assert words in page
    assert "Nothing is different" not in page
    assert "<strong" not in page.partition("Compared with")[2].partition("</table>")[0]
    first = officer.get("/protocols/northmoor-violence/1/diff").text
    assert "version" in first
    assert officer.get("/protocols/northmoor-violence/1/diff?against=99").status_code == 404
    assert officer.get("/protocols/northmoor-violence/1/diff?against=template").status_code == 404
    assert officer.get("/protocols/northmoor-violence/1/diff?against=x").status_code == 422
    assert act(world.desk, world.caller("officer"), "northmoor-violence", 3, "discard", "a mistake of mine")


def test_a_draft_that_contradicts_the_document_above_it_is_not_added(client: Client) -> None:
    text = VIOLENCE.replace("version = 1", "version = 4", 1).replace('"CRIME_DISORDER"]', '"REOFFENDING"]', 1)
    text = text.replace('purpose = "CRIME_DISORDER"', 'purpose = "REOFFENDING"')
    answer = send(client("officer"), "/protocols/new", text=text)
    assert answer.status_code == 422
    assert "no purpose of northmoor-csp" in answer.text


def test_against_its_template_only_what_was_changed_shows(client: Client) -> None:
    officer = client("officer")
    text = typed(officer.get("/protocols/new?template=housing-asb&under=northmoor-csp").text)
    text = re.sub(r"FILL IN: ", "As agreed: ", text).replace("fill-in-id", "northmoor-nuisance")
    text = re.sub(r"# dpia-date = .*", "dpia-date = 2026-10-01", text).replace('grade = "keep"', 'grade = "drop"')
    answer = send(officer, "/protocols/new", text=text)
    assert answer.status_code == 303, answer.text
    page = unescape(officer.get("/protocols/northmoor-nuisance/1/diff").text)
    assert "Compared with the template" in page
    assert "police-incidents/1: grade" in page
    assert "police-incidents/1: beat" not in page


def test_standing_clauses_are_shown_in_full(client: Client) -> None:
    page = unescape(client("officer").get("/protocols/northmoor-violence/1").text)
    assert "Nobody tries to find out who a person in depersonalised information is" in page
    assert "DPA 2018 s.171" in page
    public = unescape(client().get("/register").text)
    assert "Nobody tries to find out who a person in depersonalised information is" in public
    assert "Lawful bases of those who receive" in public


def test_what_if_tries_each_flow_on_made_up_rows(client: Client) -> None:
    page = unescape(client("officer").get("/protocols/northmoor-violence/2/what-if").text)
    for words in ("Northmoor Police: Police recorded crime", "Northmoor Hospitals NHS Trust: Emergency-department",
                  "200: 190 would be sent, 10 held at their source", "Is required and empty", "to a ward: offence_group is sexual",
                  "Taken, then dropped", "nothing needs it", "[PERSON 1]"):  # fmt: skip
        assert words in page, words
    left = re.search(r"mo_summary.*?</tr>", page, re.DOTALL)
    assert left
    assert "Quillfeather" not in left[0].rpartition("<td")[2]
    held = page.partition("Rows that the hub holds already")[2].partition("Placed more coarsely")[0]
    for words in ("northmoor-violence version 1, northmoor-csp version 1", "Counted on 40 rows", "offence_group"):
        assert words in held, words
    assert (
        "Rows that the hub holds already" not in client("officer").get("/protocols/northmoor-nuisance/1/what-if").text
    )
    assert "moves nothing by itself" in client("officer").get("/protocols/northmoor-csp/1/what-if").text
    assert client("officer").get("/protocols/avon-street/1/what-if").status_code == 404


def test_the_accountability_pack_is_made_of_what_stands_and_happened(client: Client) -> None:
    page = unescape(client("auditor").get("/protocols/northmoor-violence/1/pack").text)
    for words in ("NM-DPIA-2026-07", "What came under it so far", "1,180", "Published", "Violence data for the council's analysts",
                  "A name or number is missed in a note", "The recipient finds out who somebody is", "DPA 2018 s.171",
                  "Nothing: the document is complete"):  # fmt: skip
        assert words in page, words
    assert "Olive Harrow" not in page  # an office is named, and no person but the reader
    assert "moves nothing by itself" in client("auditor").get("/protocols/northmoor-csp/1/pack").text
    avon = unescape(client("outsider").get("/protocols/avon-street/1/pack").text)
    assert "A name or number is missed in a note" not in avon


# by program -----------------------------------------------------------------------------------------------------------


def test_programs_get_the_same_findings(client: Client) -> None:
    answer = client("analyst").post("/v1/protocols/check", json={"text": FAULTY})
    assert answer.status_code == 200
    wanted = json.loads(json.dumps(facts(*lint(FAULTY, shipped_contracts()))))
    assert answer.json() == wanted
    assert answer.json()["complete"] is False
    assert client("analyst").post("/v1/protocols/check", json={"text": VIOLENCE}).json() == {
        "id": "northmoor-violence", "version": 1, "complete": True, "findings": [],
    }  # fmt: skip


def test_an_agencys_machine_asks_as_well(client: Client, key: OKPKey) -> None:
    orphan = VIOLENCE.replace('purposes = ["SERIOUS_VIOLENCE", "CRIME_DISORDER"]', 'purposes = ["REOFFENDING"]')
    found = ask(client(), key, "POST", "/v1/protocols/check", json={"text": orphan}).json()["findings"]
    assert any(f["rule"] == "access.between" for f in found)  # of northmoor-csp, to which the police are a party
    assert ask(client(), key, "POST", "/v1/protocols/check", json={"txt": ""}).status_code == 422
    assert client().post("/v1/protocols/check", json={"text": ""}).status_code == 401


def test_it_is_checked_against_the_callers_own_documents_only(client: Client) -> None:
    stranger = VIOLENCE.replace('parent = "northmoor-csp"', 'parent = "avon-csp"')
    for who, told in (("analyst", False), ("outsider", True)):
        found = client(who).post("/v1/protocols/check", json={"text": stranger}).json()["findings"]
        assert any(f["rule"] == "access.between" for f in found) == told


@pytest.mark.parametrize(
    "text", ["", "\x00", "a." * 30_000 + "b = 1", "[" * 90_000, "x" * 300_000, "é" * 1000, "\ud800"]
)
def test_no_text_makes_it_fall_over(text: str, client: Client) -> None:
    begun = time.process_time()
    answer = client("officer").post("/v1/protocols/check", content=json.dumps({"text": text}),
                                    headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code in (200, 422)
    assert time.process_time() - begun < 3
    if answer.status_code == 200:
        assert answer.json()["findings"]


def test_a_draft_is_changed_in_the_editor_until_it_is_agreed(client: Client, world: World) -> None:
    officer = client("officer")
    address = "/protocols/northmoor-violence/2"
    assert f'href="{address}/edit"' in officer.get(address).text
    shown = officer.get(f"{address}/edit").text
    digest = re.search(r'name="digest" value="(\w+)"', shown)
    assert digest
    text = typed(shown)
    newer = text.replace('title = "', 'title = "Once more: ', 1)
    for wrong, code in ((newer.replace("version = 2", "version = 3", 1), 422), ("", 422), ("=", 422)):
        refused = send(officer, f"{address}/edit", text=wrong, digest=digest[1])
        assert refused.status_code == code
        assert "The text was not changed" in refused.text
    changed = send(officer, f"{address}/edit", text=newer, digest=digest[1])
    assert changed.headers["location"] == f"{address}?done=revise"
    page = unescape(officer.get(changed.headers["location"]).text)
    assert "Once more: " in page
    assert "The text was changed" in page
    again = send(officer, f"{address}/edit", text=text, digest=digest[1])  # begun from a text that is no more
    assert again.status_code == 409
    assert "somebody changed this text meanwhile" in again.text
    assert client("second").get("/protocols/northmoor-violence/1/edit").status_code == 409
    assert client("auditor").get(f"{address}/edit").status_code == 403
