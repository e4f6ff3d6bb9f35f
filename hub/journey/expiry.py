"""When are a release's files destroyed? Once nobody may have them: its term has ended, or it was taken back.

What stays is the record, the signed certificate in it, and what later releases are compared with, for copies may still be
out there: the footprint (class keys, keyed digests of row numbers), and which cells of which rows were withheld. Event numbers read without the rows, so that a leak
that has them is traced all the same.
"""

from __future__ import annotations

from hub.db import release as releases
from hub.db.session import Tx
from hub.decision import Allow
from hub.journey.gates import STAY
from hub.journey.publishing import HUB, Publishing, log

ENDED = ("withdrawn", "recalled", "refused", "discarded")


def purge(hub: Publishing, tx: Tx) -> list[releases.Release]:
    """Destroy the files of releases, of the partnerships in scope, that ended or were taken back. Logged.

    Files go before the record says so: a purge that was killed is finished by the next.
    """
    found = releases.to_purge(tx, ENDED, hub.now().date())
    for one in found:
        folder = hub.folder / one.id
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name not in STAY:
                path.unlink()
        why = f"it was {one.state}" if one.state in ENDED else "its term had ended"
        releases.insert_act(tx, one.id, "purge", HUB, hub.now(), why)
        log(tx, hub, HUB, "release.purge", one.id, Allow("release.purged"), was=one.state)
    return found
