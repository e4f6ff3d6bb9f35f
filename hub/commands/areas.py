"""Boundaries: load them, list their versions, and see how two sets of them fit each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.progress import Progress
from rich.table import Table

from hub.adapters import areas
from hub.adapters.boundaries import Boundaries, plain_kind, read_boundaries
from hub.commands.site import DataDir, screen, settings_of, stop
from hub.geocode import coterminous
from hub.geocode.areas import KINDS
from hub.geocode.coterminous import AreaSet
from hub.geocode.cutting import build_cells

areas_app = typer.Typer(no_args_is_help=True, help="Boundaries that tell whose a row is.")
KIND_HELP = f"{', '.join(KINDS)} (lad is district), where the columns do not say"


@areas_app.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="GeoJSON (.gz), GeoPackage or Shapefile (.shp, or zipped)")],
    data_dir: DataDir = None,
    kind: Annotated[str, typer.Option(help=KIND_HELP)] = "",
    vintage: Annotated[str, typer.Option(help="the year of the boundaries, where the columns do not say")] = "",
    code: Annotated[str, typer.Option(help="the column that holds the area code")] = "",
    name: Annotated[str, typer.Option(help="the column that holds the area's name")] = "",
    crs: Annotated[str, typer.Option(help="the coordinate system, where the file does not say (EPSG:27700)")] = "",
) -> None:  # fmt: skip
    """Load a set of boundaries as the current version of its kind; earlier versions stay.

    Example: hub areas load lsoa_2011.geojson.gz
    """
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(file.name, total=1.0)
        try:
            report = areas.load_areas(
                file, settings_of(data_dir).data_dir / "reference", kind, vintage, code, name=name, crs=crs,
                progress=lambda share: bar.update(task, completed=share),
            )  # fmt: skip
        except areas.Unreadable as wrong:
            raise stop(1, str(wrong)) from None
    screen.print(f"{report.areas} {report.kind} areas of {report.vintage} loaded, {report.mended} mended",
                 highlight=False)  # fmt: skip
    for note in report.notes:
        screen.print(f"note: {note}", highlight=False, markup=False)
    if report.gone:
        screen.print(f"note: {len(report.gone)} codes of the version before are not in this one ({report.gone[0]}, …);"
                     f" protocols that name them need a new version, or `hub areas use {report.kind}` the vintage"
                     " before", highlight=False, markup=False)  # fmt: skip


@areas_app.command("lookup")
def lookup(
    file: Annotated[Path, typer.Argument(help="CSV (.gz) with two or more columns of area codes")],
    data_dir: DataDir = None,
    vintage: Annotated[str, typer.Option(help="the year, where the columns do not say")] = "",
) -> None:  # fmt: skip
    """Load a look-up from one kind of area to others (LAD to CSP and PFA, ward to BCU).

    Example: hub areas lookup LAD23_CSP23_PFA23_EW_LU.csv
    """
    try:
        reports = areas.load_lookup(file, settings_of(data_dir).data_dir / "reference", vintage)
    except areas.Unreadable as wrong:
        raise stop(1, str(wrong)) from None
    for report in reports:
        screen.print(f"{report.areas} {report.kind} areas of {report.vintage} looked up {report.notes[0]}",
                     highlight=False)  # fmt: skip


@areas_app.command("list")
def list_versions(data_dir: DataDir = None) -> None:
    """List the versions of every kind; one of each is current.

    Example: hub areas list
    """
    table = Table("kind", "vintage", "areas", "from", "current")
    for v in areas.versions(settings_of(data_dir).data_dir / "reference"):
        table.add_row(v.kind, v.vintage, str(v.areas), v.source or "boundaries", "yes" if v.current else "")
    screen.print(table)


@areas_app.command("use")
def use(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    vintage: Annotated[str, typer.Argument(help="as `hub areas list` shows it")],
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Make a loaded vintage the current one; batches from now on are coded by it.

    Example: hub areas use lsoa 2011
    """
    try:
        chosen = areas.use_version(settings_of(data_dir).data_dir / "reference", kind, vintage)
    except areas.Unreadable as wrong:
        raise stop(1, str(wrong)) from None
    screen.print(f"{chosen.kind} areas of {chosen.vintage} are current; restart the workers", highlight=False)


CLASS_WORDS = {
    "identical": "identical", "several-in-one": "several of A in one of B", "one-of-several": "several of B in one of A",
    "cut-at-wards": "cut along wards", "cut-below": "cut below wards", "cut": "cut (say --wards to tell how)",
    "apart": "meets nothing of B",
}  # fmt: skip


@areas_app.command("compare")
def compare(
    a: Annotated[str, typer.Argument(help="a boundary file, or a loaded kind (district, ward@2022)")],
    b: Annotated[str, typer.Argument(help="the set it is compared with, likewise")],
    data_dir: DataDir = None,
    wards: Annotated[str, typer.Option(help="wards that tell how areas are cut [the loaded wards]")] = "",
    sliver_m: Annotated[float, typer.Option(min=0, help="overlaps nowhere wider are slivers; for super-generalised"
                        " files 200")] = coterminous.SLIVER_M,
    sliver_share: Annotated[float, typer.Option(min=0, max=0.5, help="overlaps of a smaller share of both areas are"
                            " slivers")] = coterminous.SLIVER_SHARE,
    points: Annotated[Path | None, typer.Option(help="CSV with easting, northing and perhaps weight: apportion by"
                      " them too")] = None,
    csv: Annotated[Path | None, typer.Option(help="write the apportionment table there")] = None,
) -> None:  # fmt: skip
    """Sort every area of A into the five classes of co-terminosity with B, and say what share of it lies in which.

    The classes are those of Appendix E of "Calling Time on Crime" (2000).

    Example: hub areas compare beats.gpkg district --csv shares.csv
    """
    reference = settings_of(data_dir).data_dir / "reference"
    try:
        first, second = _set(a, reference), _set(b, reference)
        third = _set(wards or "ward", reference) if wards or _has_wards(reference) else None
        sets = [AreaSet(s.codes, s.shapes) for s in (first, second)]
        inner = AreaSet(third.codes, third.shapes) if third else None
        found = coterminous.compare(sets[0], sets[1], inner, sliver_m, sliver_share)
        overlaps = found.overlaps
        if points is not None:
            overlaps = coterminous.apportion_points(overlaps, _placed(points, first, second))
    except areas.Unreadable as wrong:
        raise stop(1, str(wrong)) from None
    table = Table(
        "class", "areas of A", title=f"{len(first.codes)} areas of A by how they meet {len(second.codes)} of B"
    )
    for name, number in found.counts().items():
        table.add_row(CLASS_WORDS[name], f"{number:,}")
    screen.print(table)
    if csv is not None:
        named = overlaps.join(found.classes.select("a", "class"), on="a", how="left", maintain_order="left")
        for side, one in (("a", first), ("b", second)):
            names = dict(zip(one.codes, one.names, strict=True))
            named = named.with_columns(pl.col(side).replace_strict(names, default="").alias(f"{side}_name"))
        first_columns = ["a", "a_name", "class", "b", "b_name"]
        named.select(*first_columns, *[c for c in overlaps.columns if c not in first_columns]).write_csv(csv)
        screen.print(f"{overlaps.height} overlaps written to {csv}", highlight=False)


def _has_wards(reference: Path) -> bool:
    return any(v.kind == "ward" and not v.source for v in areas.versions(reference))


def _set(words: str, reference: Path) -> Boundaries:
    """The areas of a file, or of a loaded kind (`kind` or `kind@vintage`)."""
    kind, _, vintage = words.partition("@")
    if plain_kind(kind) in KINDS and not Path(words).exists():
        return areas.open_boundaries(reference, kind, vintage)
    return read_boundaries(Path(words), any_kind=True)


def _placed(points: Path, first: Boundaries, second: Boundaries) -> pl.DataFrame:
    """Which area of each set holds each point, and what it weighs. Raises `Unreadable`."""
    try:
        frame = pl.read_csv(points, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError):
        raise areas.Unreadable(f"{points.name} cannot be read as CSV") from None
    if not {"easting", "northing"} <= set(frame.columns):
        raise areas.Unreadable(f"{points.name} needs the columns easting and northing")
    weight = pl.col("weight") if "weight" in frame.columns else pl.lit("1")
    numbers = frame.select(*[c.cast(pl.Float64, strict=False).alias(n) for n, c in (
        ("easting", pl.col("easting")), ("northing", pl.col("northing")), ("weight", weight))])  # fmt: skip
    placed = numbers.drop_nulls()
    if placed.height < numbers.height:
        screen.print(f"note: {numbers.height - placed.height} points without a position or weight left out",
                     highlight=False)  # fmt: skip
    x, y = placed["easting"].to_numpy(), placed["northing"].to_numpy()
    columns = {}
    for side, one in (("a", first), ("b", second)):
        number = pl.Series(build_cells(one.shapes).areas_of(x, y))
        columns[side] = pl.Series(one.codes, dtype=pl.Utf8).gather(number.set(number < 0, None))
    return pl.DataFrame(columns | {"weight": placed["weight"]})
