"""Where does the geocoder's knowledge lie? Reference points on disk, memory-mapped, and the loaders that fill them."""

from __future__ import annotations

import json
from pathlib import Path

from hub.adapters.durable import write_durably
from hub.adapters.gazetteer.load import LoadReport, load_gazetteer
from hub.adapters.gazetteer.lookup import ArrowGazetteer
from hub.adapters.gazetteer.store import Unreadable, index_of, open_layers, retire
from hub.geocode.precision import Calibration

CALIBRATION = "calibration.json"


def open_gazetteer(reference: Path) -> ArrowGazetteer:
    """The gazetteer of a reference folder; an empty one where nothing was loaded.

    Raises `Tampered` where a file is missing or was written by another version of the hub.
    """
    path = reference / CALIBRATION
    held = Calibration.of_json(json.loads(path.read_text())) if path.exists() else Calibration()
    return ArrowGazetteer(open_layers(reference), held)


def save_calibration(reference: Path, calibration: Calibration) -> None:
    """Puts measured tables in force for every worker that opens the gazetteer from now on."""
    reference.mkdir(parents=True, exist_ok=True)
    write_durably(reference / CALIBRATION, json.dumps(calibration.to_json(), indent=1).encode())


__all__ = ["ArrowGazetteer", "LoadReport", "Unreadable", "index_of", "load_gazetteer", "open_gazetteer", "retire",
           "save_calibration"]  # fmt: skip
