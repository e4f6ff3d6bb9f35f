"""Reference data: boundaries, and the postcodes, UPRNs and addresses that places are found by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.adapters import areas, gazetteer
from hub.commands.site import DataDir, screen, settings_of, stop

areas_app = typer.Typer(no_args_is_help=True, help="Boundaries that tell whose a row is.")
gazetteer_app = typer.Typer(no_args_is_help=True, help="Postcodes, UPRNs and addresses that places are found by.")


@areas_app.command("load")
def areas_load(
    file: Annotated[Path, typer.Argument(help="GeoJSON (.gz), GeoPackage or Shapefile")],
    data_dir: DataDir = None,
    kind: Annotated[str, typer.Option(help="lsoa, ward or district, where the columns do not say")] = "",
    vintage: Annotated[str, typer.Option(help="the year of the boundaries, where the columns do not say")] = "",
    code: Annotated[str, typer.Option(help="the column that holds the area code")] = "",
) -> None:  # fmt: skip
    """Load a set of boundaries.

    Example: hub areas load lsoa_2011.geojson.gz
    """
    try:
        report = areas.load_areas(file, settings_of(data_dir).data_dir / "reference", kind, vintage, code)
    except areas.Unreadable as wrong:
        raise stop(1, str(wrong)) from None
    screen.print(f"{report.areas} {report.kind} areas of {report.vintage} loaded, {report.mended} mended",
                 highlight=False)  # fmt: skip


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
