"""How does a native file become a dataset? A declarative mapping file per source; another system needs another file.

Nothing is guessed: delimiter, encoding, date formats, code translations and sentinels are declared, and what does not
fit the declaration is held at the source with its line and column.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from protocols.contract import Contract, Mode, Words, shipped_contracts


class Native(Words):
    """`[native]`: the file as its system writes it."""

    kind: Literal["csv", "xml", "xlsx"]
    delimiter: str = ","
    encoding: str = "utf-8"
    trailer: str = ""
    """A pattern on a row's first cell that marks the closing row; a number in the row is the source's own count."""
    sheet: str = ""
    record: str = ""
    """XML: the name of the element that is one record."""
    nulls: tuple[str, ...] = ("", "NULL", "N/A", "N/K", "UNKNOWN", "-")
    null_dates: tuple[str, ...] = ("01/01/1900", "31/12/9999", "1900-01-01", "9999-12-31", "11/11/1811", "01/01/1970")


class WindowOf(Words):
    """`[window]`: where a snapshot's window is found. `month`: the native month column, one month a file;
    `header`: two elements of the header; `dates`: first to last day of a contract field; `argument`: by hand."""

    by: Literal["month", "header", "dates", "argument"]
    first: str = ""
    last: str = ""


class Column(Words):
    """`[[column]]`: one contract field from one native column, several joined, a header's value, or a constant."""

    field: str
    native: tuple[str, ...] = ()
    header: str = ""
    constant: str = ""
    kind: Annotated[Literal["text", "date", "datetime", "number"], Field(alias="as")] = "text"
    format: str = ""
    join: str = " "
    codes: dict[str, str] = Field(default_factory=dict)
    nulls: tuple[str, ...] = ()


class Mapping(Words):
    """A whole mapping file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
    dataset: str
    purpose: str
    mode: Mode
    native: Native
    window: WindowOf | None = None
    column: tuple[Column, ...]
    ignored: tuple[str, ...] = ()

    @property
    def natives(self) -> tuple[str, ...]:
        """Every native column that the mapping reads, once."""
        return tuple(dict.fromkeys(n for c in self.column for n in c.native))

    def contract(self) -> Contract:
        """The contract it maps to. Raises `ValueError` when there is none."""
        found = shipped_contracts().get(self.dataset)
        if found is None:
            raise ValueError(f"mapping {self.name} names a dataset without a contract: {self.dataset}")
        return found


def load_mapping(source: str) -> Mapping:
    """A shipped mapping by name, or one from a file. Raises `ValueError` with what is wrong."""
    path = Path(source)
    if path.suffix == ".toml" and path.exists():
        text = path.read_text(encoding="utf-8")
    else:
        shipped = resources.files("connectors").joinpath("sources", f"{source}.toml")
        if not shipped.is_file():
            raise ValueError(f"there is no source '{source}'; shipped are {', '.join(shipped_names())}, or give a file")
        text = shipped.read_text(encoding="utf-8")
    mapping = Mapping.model_validate(tomllib.loads(text))
    fields = mapping.contract().fields
    faults = [f"{c.field} is no field of {mapping.dataset}" for c in mapping.column if c.field not in fields]
    faults += [f"{c.field}: a date needs its format" for c in mapping.column
               if c.kind in ("date", "datetime") and not c.format]  # fmt: skip
    faults += [f"{c.field}: reads nothing" for c in mapping.column if not (c.native or c.header or c.constant)]
    if faults:
        raise ValueError(f"mapping {mapping.name}: " + "; ".join(faults))
    return mapping


def shipped_names() -> list[str]:
    """Names of the shipped mappings."""
    folder = resources.files("connectors").joinpath("sources")
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
