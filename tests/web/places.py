"""A small reference folder for tests of locating: two towns of squares, postcodes, streets, doors and names."""

from __future__ import annotations

from pathlib import Path

import geopandas
import shapely

from hub.adapters.areas import load_areas
from hub.adapters.gazetteer import load_gazetteer

ADDRESSES = """uprn,number,street,town,postcode,easting,northing
900000000001,1,Chapel Street,Ashby,AY1 1AA,380100,390100
900000000002,2,Chapel Street,Ashby,AY1 1AA,380120,390100
900000000003,1,Mill Lane,Ashby,AY1 1AB,380500,390500
900000000004,1,Chapel Street,Brook,AY2 2BB,382100,390100
"""
POSTCODES = """"AY1 1AA",10,380110,390100,"E92000001","E19000001","E18000001","","E06900001","E05900001"
"AY1 1AB",10,380500,390500,"E92000001","E19000001","E18000001","","E06900001","E05900001"
"AY2 2BB",10,382100,390100,"E92000001","E19000001","E18000001","","E06900002","E05900002"
"""
NAMES = """name,type,easting,northing
Victoria Park,park,380700,390700
Victoria Arcade,shopping centre,382300,390300
Market Place Car Park,car park,380300,390200
"""


def load_places(reference: Path, folder: Path) -> Path:
    """Load them; the reference folder."""
    folder.mkdir(parents=True, exist_ok=True)
    squares = [shapely.box(380_000, 390_000, 382_000, 392_000), shapely.box(382_000, 390_000, 384_000, 392_000)]
    for stem, entity in (("LSOA21", "E01"), ("WD23", "E05"), ("LAD23", "E06")):
        made = geopandas.GeoDataFrame(
            {f"{stem}CD": [f"{entity}900001", f"{entity}900002"], f"{stem}NM": ["Ashby", "Brook"]},
            geometry=squares, crs="EPSG:27700",
        )  # fmt: skip
        made.to_file(folder / f"{stem}.gpkg")
        load_areas(folder / f"{stem}.gpkg", reference)
    for name, text in (("addresses.csv", ADDRESSES), ("codepo.csv", POSTCODES), ("names.csv", NAMES)):
        (folder / name).write_text(text, encoding="utf-8")
        load_gazetteer(folder / name, reference, "2026")
    return reference
