"""The second factor of a local account: a code from an app, good once. Its secret is opened here and nowhere else."""

from __future__ import annotations

from hub import totp
from hub.adapters.lockbox import LockBox
from hub.db import totp as apps
from hub.db.session import Tx
from hub.decision import Unavailable
from hub.journey.desk import Desk


def box(desk: Desk) -> LockBox:
    """What seals people's secrets at this desk. Raises `Unavailable` where nothing does."""
    if desk.box is None:
        raise Unavailable("no key for people's secrets is at hand")
    return desk.box


def place(person: str) -> str:
    """What a person's secret is bound to."""
    return f"totp/{person}"


def check_code(desk: Desk, tx: Tx, person: str, typed: str) -> bool:
    """Is this the app's code of now, never used before? True as well for an account that has no app; spends the code."""
    app = apps.find(tx, person)
    if app is None or app.confirmed_at is None:
        return True
    secret = box(desk).open(place(person), app.sealed)
    step = totp.step_shown(secret, typed, desk.now(), app.last_step)
    return step is not None and apps.spend(tx, person, step)
