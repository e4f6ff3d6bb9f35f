"""Reference data: the postcodes, UPRNs and addresses that places are found by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from hub.adapters import gazetteer
from hub.commands import calibrate
from hub.commands.site import DataDir, screen, settings_of, stop

gazetteer_app = typer.Typer(no_args_is_help=True, help="Postcodes, UPRNs and addresses that places are found by.")


@gazetteer_app.command("load")
def gazetteer_load(
    file: Annotated[Path, typer.Argument(help="a product as downloaded, or any list with positions (CSV, GeoJSON, GeoPackage, .gz, .zip)")],
    data_dir: DataDir = None,
    vintage: Annotated[str, typer.Option(help="the release's date")] = "unstated",
    mapping: Annotated[list[str] | None, typer.Option("--map", help="column=role, for a list whose columns do not say")] = None,
    kind: Annotated[str, typer.Option(help="what a list is of: car park, park, school, station, retail …")] = "",
) -> None:  # fmt: skip
    """Load reference data for the geocoder: Code-Point Open, ONSPD or NSPL, OS Open UPRN, Names and Roads, AddressBase,
    marker posts, or a list of your own.

    Example: hub gazetteer load codepo_gb.zip --vintage 2025-11
    """
    reference = settings_of(data_dir).data_dir / "reference"
    given = dict(m.rsplit("=", 1) for m in mapping or [] if "=" in m)
    with screen.status(f"reading {file.name}") as status:
        try:
            reports = gazetteer.load_gazetteer(
                file, reference, vintage, gazetteer=gazetteer.open_gazetteer(reference), columns=given, kind=kind,
                progress=lambda rows: status.update(f"{rows:,} rows read"),
            )  # fmt: skip
        except (gazetteer.Unreadable, ValueError, OSError) as wrong:
            raise stop(1, f"{wrong}. Nothing has changed.") from None
    for report in reports:
        screen.print(f"{report.points} {report.kind} loaded, {report.without_position} without a position left out",
                     highlight=False)  # fmt: skip
    for old in reports[0].replaced:
        screen.print(f"they take the place of {reports[0].product} of {old}, which stays on disk", highlight=False)


@gazetteer_app.command("list")
def gazetteer_list(data_dir: DataDir = None) -> None:
    """Show what is loaded, in which vintage, and what it has taken the place of."""
    for entry in gazetteer.index_of(settings_of(data_dir).data_dir / "reference")["layers"]:
        rows = ", ".join(f"{n} {kind}" for kind, n in entry["rows"].items())
        state = f"retired {entry['retired']}" if entry.get("retired") else "in use"
        screen.print(
            f"{entry['product']} {entry['vintage']}: {rows}; loaded {entry['loaded']}, {state}", highlight=False
        )


@gazetteer_app.command("retire")
def gazetteer_retire(
    product: Annotated[str, typer.Argument(help="as `hub gazetteer list` names it")],
    vintage: Annotated[str, typer.Argument(help="which one; all where not given")] = "",
    data_dir: DataDir = None,
) -> None:
    """Take a source out of use; its files stay for what was placed by it."""
    count = gazetteer.retire(settings_of(data_dir).data_dir / "reference", product, vintage)
    if not count:
        raise stop(1, f"no {product} {vintage} is in use".replace("  ", " "))
    screen.print(f"{count} taken out of use", highlight=False)


@gazetteer_app.command("calibrate")
def gazetteer_calibrate(
    truth: Annotated[Path, typer.Argument(help="CSV of places with their true easting and northing")],
    east: Annotated[str, typer.Option(help="the column of true eastings")] = "EASTING",
    north: Annotated[str, typer.Option(help="the column of true northings")] = "NORTHING",
    data_dir: DataDir = None,
) -> None:
    """Measure precision and confidence anew on places whose true position is known, and put the tables in force.

    Example: hub gazetteer calibrate premises.csv --east X --north Y
    """
    reference = settings_of(data_dir).data_dir / "reference"
    try:
        frame = pl.read_csv(truth, infer_schema=False)
        measured, table = calibrate.measure(frame, east, north, gazetteer.open_gazetteer(reference))
    except (ValueError, OSError, pl.exceptions.PolarsError) as wrong:
        raise stop(1, str(wrong)) from None
    gazetteer.save_calibration(reference, measured)
    for band, answers, claimed, right in table.iter_rows():
        screen.print(f"confidence {band}: {answers} answers, claimed {claimed:.1%}, right {right:.1%}", highlight=False)
    screen.print("the measured tables are in force for processes started from now on", highlight=False)
