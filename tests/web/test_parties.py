"""Protocols are stopped for all or for one, parties leave and join: reads end with it, also those under way."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from hub.decision import Refuse
from hub.journey import agree, download
from tests.web.conftest import Client
from tests.web.seed import World
from tests.web.test_signing import PATH, REASON, act, all_sign, digest, give, opened, signatory, state, stored


def cut(world: World, who: str, stop: str, agency: str) -> str:
    """The rule by which a download that is under way is cut, after an act on the agreement that it leans on."""
    reader = world.caller("analyst")
    hub = replace(world.publishing, chunk_bytes=16)
    begun = download.open_download(hub, reader, world.ids["published"], "rows.csv", lambda: reader)
    assert isinstance(begun, download.Download)
    next(begun.chunks)
    assert agree.act(world.desk, world.caller(who), "northmoor-analyst-violence", 1, stop, REASON, agency)
    stopped = time.monotonic()
    slowly = (threading.Event().wait(0.02) for _ in begun.chunks)
    with pytest.raises(download.Cut) as ended:
        list(slowly)
    assert time.monotonic() - stopped <= 1
    return ended.value.refusal.rule


@pytest.mark.parametrize(
    ("who", "stop", "agency", "rule"),
    [
        ("second", "suspend", "", "protocol.suspended"),
        ("second", "revoke", "", "protocol.revoked"),
        ("second", "suspend-party", "northmoor-police", "protocol.party-suspended"),
        ("chief", "withdraw", "", "protocol.suspended"),
    ],
)
def test_a_download_under_way_is_cut_within_a_second(
    world: World, who: str, stop: str, agency: str, rule: str
) -> None:  # fmt: skip
    assert cut(world, who, stop, agency) == rule


def test_a_party_that_cannot_be_spared_suspends_the_whole_by_leaving_and_mends_it_by_signing(world: World) -> None:
    opened(world)
    chiefs = all_sign(world)
    who, key = chiefs["northmoor-nhs-trust"]
    assert act(world, who, "withdraw")
    assert state(world) == "suspended"
    refusal = act(world, "second", "resume")
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "protocol.quorum"
    assert give(world, who, key.sign(digest(world)))
    assert act(world, "second", "resume")
    assert state(world) == "in-force"


def test_an_agency_joins_by_signing_and_the_text_stays_frozen(world: World, client: Client) -> None:
    opened(world)
    all_sign(world)
    before = stored(world).digest
    who, key = signatory(world, "northmoor-homes")
    assert give(world, who, key.sign(digest(world)))
    assert stored(world).joined_agencies == {"northmoor-homes"}
    assert stored(world).digest == before
    assert "Joined" in client("auditor").get(PATH).text
