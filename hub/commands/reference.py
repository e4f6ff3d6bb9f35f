"""Reference data: the postcodes, UPRNs and addresses that places are found by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.adapters import gazetteer
from hub.commands.site import DataDir, screen, settings_of, stop

gazetteer_app = typer.Typer(no_args_is_help=True, help="Postcodes, UPRNs and addresses that places are found by.")


@gazetteer_app.command("load")
def gazetteer_load(
    file: Annotated[Path, typer.Argument(help="Code-Point Open, ONSPD, Open UPRN or an address list (CSV, .gz, .zip)")],
    data_dir: DataDir = None,
    vintage: Annotated[str, typer.Option(help="the release's date")] = "unstated",
) -> None:  # fmt: skip
    """Load reference points for the geocoder.

    Example: hub gazetteer load codepo_gb.zip --vintage 2025-11
    """
    try:
        reports = gazetteer.load_gazetteer(file, settings_of(data_dir).data_dir / "reference", vintage)
    except (gazetteer.Unreadable, OSError) as wrong:
        raise stop(1, str(wrong)) from None
    for report in reports:
        screen.print(f"{report.points} {report.kind} loaded, {report.without_position} without a position left out",
                     highlight=False)  # fmt: skip
