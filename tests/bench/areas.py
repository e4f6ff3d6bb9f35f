"""How fast and how truly do points find their areas, beside the usual ways, in one run on the same points?

`make bench-areas` prints four tables from the folder of real open data: points a second (process time), what a worker
pays to open a layer, accuracy where the truth is published, and the five classes on real sets.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import polars as pl
import shapely
from rich.console import Console
from rich.table import Table

from hub.adapters.areas import load_areas, open_layers
from hub.adapters.boundaries import Boundaries, Said, read_boundaries
from hub.geocode import coterminous
from hub.geocode.areas import Layer
from hub.geocode.coterminous import AreaSet
from hub.geocode.lonlat import parse_lonlat
from tests.conftest import SHARED

GM, AVON = SHARED / "boundaries_greater_manchester", SHARED / "boundaries_avon_somerset"
CODE_POINT = SHARED / "codepoint_open"
FILES = {
    "lsoa 2021": (GM / "gm_lsoa_2021_generalised.geojson.gz", Said("lsoa", "2021")),
    "lsoa 2011": (GM / "gm_lsoa_2011_super_generalised.geojson.gz", Said("lsoa", "2011")),
    "ward 2022": (GM / "gm_ward_2022_generalised.geojson.gz", Said("ward", "2022")),
    "ward 2023": (GM / "gm_ward_2023_generalised.geojson.gz", Said("ward", "2023")),
    "authority 2023": (GM / "gm_local_authority_2023_full.geojson.gz", Said("district", "2023")),
    "Trafford ward 2023": (GM / "trafford_ward_2023_full.geojson.gz", Said("ward", "2023")),
    "Avon ward 2013": (AVON / "ward_2013.geojson.gz", Said("ward", "2013")),
    "Avon authority": (AVON / "local_authority.geojson.gz", Said("district", "2016", "CODE", "NAME")),
}
POINTS, SLOW_POINTS = 1_000_000, 20_000
screen = Console(width=130)


def timed(work: Callable[[], np.ndarray], times: int = 3) -> tuple[float, np.ndarray]:
    """Least process seconds of some runs, and the answer."""
    best, answer = np.inf, np.empty(0)
    for _ in range(times):
        start = time.process_time()
        answer = work()
        best = min(best, time.process_time() - start)
    return best, answer


def first_of(point: np.ndarray, area: np.ndarray, count: int) -> np.ndarray:
    """The first area of each point, -1 where there is none."""
    answer = np.full(count, -1)
    order = np.lexsort((area, point))[::-1]
    answer[point[order]] = area[order]
    return answer


def by_tree(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    point, area = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")
    return first_of(point, area, len(x))


def by_sjoin(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y), crs=27700)
    found = points.sjoin(geopandas.GeoDataFrame(geometry=shapes, crs=27700), predicate="within")
    return first_of(found.index.to_numpy(), found["index_right"].to_numpy(), len(x))


def by_prepared(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    answer = np.full(len(x), -1)
    for number in reversed(range(len(shapes))):
        shapely.prepare(shapes[number])
        west, south, east, north = shapely.bounds(shapes[number])
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        answer[near[shapely.contains_xy(shapes[number], x[near], y[near])]] = number
    return answer


PEERS = {"STRtree.query": by_tree, "geopandas sjoin within": by_sjoin, "prepared, contains_xy": by_prepared}


def speed(sets: dict[str, Boundaries], layers: dict[str, Layer]) -> None:
    table = Table(
        "areas",
        "engine",
        "points",
        "points/s",
        "agrees with the table",
        title="points a second, one thread; wanted of the table: 2 M on LSOAs, 3 M on authorities",
    )
    x, y = np.empty(0), np.empty(0)
    for name in ("lsoa 2021", "authority 2023"):
        shapes, cells = sets[name].shapes, layers[name].cells
        west, south, east, north = shapely.total_bounds(shapes)
        rng = np.random.default_rng(7)
        x, y = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)
        seconds, ours = timed(lambda c=cells, x=x, y=y: c.areas_of(x, y))  # type: ignore[misc]
        table.add_row(name, "cell table (the hub)", f"{POINTS:,}", f"{POINTS / seconds:,.0f}", "")
        for peer, work in PEERS.items():
            if peer == "prepared, contains_xy" and len(shapes) > 100:
                continue
            count = SLOW_POINTS if peer == "STRtree.query" and len(shapes) < 100 else POINTS // 4
            fresh = shapely.from_wkb(shapely.to_wkb(shapes))  # as nobody has prepared them
            seconds, theirs = timed(lambda w=work, s=fresh, x=x[:count], y=y[:count]: w(s, x, y), 1)  # type: ignore[misc]
            same = (theirs == ours[:count]).mean()
            table.add_row(name, peer, f"{count:,}", f"{count / seconds:,.0f}", f"{same:.6f}")
    lsoa = layers["lsoa 2021"]
    inside = np.flatnonzero(lsoa.cells.areas_of(x, y) >= 0)[:100_000]
    seconds, _ = timed(lambda: lsoa.edge_distances(x[inside], y[inside]), 1)
    table.add_row("lsoa 2021", "edge_distance_m", "100,000", f"{len(inside) / seconds:,.0f}", "")
    screen.print(table)


OPENING = """
import sys, time, psutil
from pathlib import Path
import numpy as np
from hub.adapters.areas import open_layers
rss = lambda: psutil.Process().memory_info().rss
before = rss()
start = time.perf_counter()
layers = open_layers(Path(sys.argv[1]))
opened = time.perf_counter() - start
for layer in layers.values():
    layer.codes_of(np.array([380000.5]), np.array([398000.5]))
first = time.perf_counter() - start
print(f"{opened * 1000:.0f} {first * 1000:.0f} {(rss() - before) / 2**20:.0f}")
"""


def opening(references: dict[str, Path], built: dict[str, float]) -> None:
    table = Table(
        "layer", "load, s", "on disk, MB", "open, ms", "first answer, ms", "memory, MiB", title="what a worker pays"
    )
    for name, reference in references.items():
        said = subprocess.run([sys.executable, "-c", OPENING, str(reference)], capture_output=True, text=True,
                              check=True).stdout.split()  # fmt: skip
        size = sum(p.stat().st_size for p in reference.rglob("*") if p.is_file()) / 1e6
        table.add_row(name, f"{built[name]:.1f}", f"{size:.1f}", *said)
    screen.print(table)


def truth(sets: dict[str, Boundaries], layers: dict[str, Layer]) -> None:
    """Postcodes whose publisher says the area, for areas that the set holds."""
    # a boundary drawn with a point every hundred metres or more is generalised: what lies beside it is coded to the neighbour
    table = Table("published points", "area", "boundary, m a point", "rows", "equal, >= 99.9 %", "furthest of the others from their area, m",
                  title="postcode to area, where the truth is published")  # fmt: skip

    def row(words: str, name: str, frame: pl.DataFrame, column: str) -> None:
        layer, shapes = layers[name], sets[name].shapes
        known = frame.filter(pl.col(column).is_in(layer.codes.to_list()))
        x, y = known["e"].to_numpy() + 0.5, known["n"].to_numpy() + 0.5
        same = (layer.codes_of(x, y) == known[column]).fill_null(value=False)
        number = known.filter(~same)[column].replace_strict({c: n for n, c in enumerate(layer.codes)}).to_numpy()
        off = ~same.to_numpy()
        away = shapely.distance(shapes[number.astype(int)], shapely.points(x[off], y[off]))
        drawn = shapely.length(shapes).sum() / shapely.get_num_coordinates(shapes).sum()
        table.add_row(
            words,
            name,
            f"{drawn:.0f}",
            f"{known.height:,}",
            f"{same.sum() / same.len():.4%}",
            f"{away.max():.1f}" if len(away) else "",
        )

    for words, file, kinds in (
        ("Code-Point Open 2025-11, Greater Manchester", "codepoint_2025-11_greater_manchester_M_OL_BL_SK_WN_WA",
         {"authority 2023": "Admin_district_code", "ward 2023": "Admin_ward_code"}),
        ("Code-Point Open 2014-08, Bristol", "codepoint_2014-08_bristol_BS", {"Avon ward 2013": "Admin_ward_code"}),
        ("Code-Point Open 2025-11, Avon", "codepoint_2025-11_avon_somerset_BS_BA_TA",
         {"Avon authority": "Admin_district_code"}),
    ):  # fmt: skip
        frame = pl.read_csv(CODE_POINT / f"{file}.csv.gz", infer_schema=False).with_columns(
            e=pl.col("Eastings").cast(pl.Float64), n=pl.col("Northings").cast(pl.Float64)
        ).filter(pl.col("e") > 0)  # fmt: skip
        for name, column in kinds.items():
            row(words, name, frame, column)
    onspd = pl.read_csv(SHARED / "postcodes_trafford_onspd" / "trafford_postcodes.csv.gz", infer_schema=False)
    points = parse_lonlat(onspd["lon"], onspd["lat"], "from-grid-helmert")
    placed = onspd.with_columns(e=points["easting"].cast(pl.Float64), n=points["northing"].cast(pl.Float64))
    for name, column in (("authority 2023", "la_code"), ("ward 2023", "ward_code"), ("Trafford ward 2023", "ward_code"),
                         ("lsoa 2021", "lsoa_code")):  # fmt: skip
        row("ONSPD February 2025, Trafford", name, placed.drop_nulls(["e", "n"]), column)
    screen.print(table)


COMPARED = [("ward 2023", "authority 2023", 60.0), ("authority 2023", "ward 2023", 60.0),
            ("Trafford ward 2023", "ward 2023", 60.0), ("ward 2022", "ward 2023", 60.0),
            ("lsoa 2021", "ward 2023", 60.0), ("lsoa 2011", "lsoa 2021", 200.0)]  # fmt: skip


def classes(sets: dict[str, Boundaries]) -> None:
    table = Table("A", "B", "slivers, m", *coterminous.CLASSES, "seconds", "same code: identical", title="Appendix E")
    found = {name: AreaSet(s.codes, s.shapes) for name, s in sets.items()}
    for a, b, sliver in COMPARED:
        start = time.process_time()
        result = coterminous.compare(found[a], found[b], found["ward 2023"], sliver)
        seconds = time.process_time() - start
        same = result.classes.filter(pl.col("a").is_in(found[b].codes))
        share = f"{(same['class'] == coterminous.IDENTICAL).sum():,} of {same.height:,}" if same.height else ""
        counts = result.counts()
        table.add_row(a, b, f"{sliver:.0f}", *(f"{counts[c]:,}" for c in coterminous.CLASSES), f"{seconds:.1f}", share)
    screen.print(table)


def main() -> None:
    """Print the tables."""
    if not SHARED.is_dir():
        sys.exit("the folder of real open data (../shared/data) is not beside this checkout")
    sets = {name: read_boundaries(path, said) for name, (path, said) in FILES.items()}
    with tempfile.TemporaryDirectory() as folder:
        references, built, layers = {}, {}, {}
        for name, (path, said) in FILES.items():
            references[name] = Path(folder) / name.replace(" ", "-")
            start = time.process_time()
            load_areas(path, references[name], said.kind, said.vintage, said.code, name=said.name)
            built[name] = time.process_time() - start
            layer = next(iter(open_layers(references[name]).values()))
            assert isinstance(layer, Layer)
            layers[name] = layer
        speed(sets, layers)
        opening({n: references[n] for n in ("lsoa 2021", "ward 2023", "authority 2023")}, built)
        truth(sets, layers)
        classes(sets)


if __name__ == "__main__":
    main()
