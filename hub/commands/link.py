"""People across agencies, counted."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.commands.site import DataDir, screen, settings_of, site
from hub.db import session
from hub.journey.link import count_people
from protocols.contract import shipped_contracts

app = typer.Typer()


@app.command("linked")
def linked(
    partnership: Annotated[str, typer.Argument(help="id of the partnership")], data_dir: DataDir = None
) -> None:  # fmt: skip
    """How many people two or more agencies of a partnership know, by keyed match keys. Counts only; for the operator.

    Example: hub linked northmoor-csp
    """
    with site(settings_of(data_dir)) as at:
        db = session.connect(at.app_url, "hub_intake", 1)
        counted = count_people(db, shipped_contracts(), partnership)
        db.engine.dispose()
    screen.print(f"{counted.records} records that can be linked are of {counted.people} people;"
                 f" {counted.shared} are known to two agencies or more", highlight=False)  # fmt: skip
