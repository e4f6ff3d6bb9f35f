"""How does a release follow another of its series? What was shown stays as it was shown, what is new is recoded apart.

Two local recodings of nearly the same rows differ in thousands of classes, and every difference tells something. Here
a row that stood in the last release keeps its labels as long as they are true of it, and new rows form classes among
themselves: every class then grows by none or by k rows and more (incremental anonymisation, Byun 2006; m-invariance,
Xiao 2007). What has been withdrawn is the differencing check's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from hub.decision import Refuse
from hub.disclosure.criteria import Model
from hub.disclosure.differencing import Footprint, digests
from hub.disclosure.hierarchy import STAR, Hierarchy
from hub.disclosure.microdata import recode


@dataclass(frozen=True, slots=True)
class Followed:
    """A release's rows in the order given: recoded table, how many kept their labels, were recoded, and must wait.

    Rows that wait have `*` in every quasi-identifier: too few are new to form a class.
    """

    frame: pl.DataFrame
    kept: int
    recoded: int
    waiting: int


def recode_after(
    frame: pl.DataFrame,
    records: pl.Series,
    hierarchies: Sequence[Hierarchy],
    model: Model,
    before: Footprint,
    key: bytes,
    sensitive: str | None = None,
    weights: Mapping[str, float] | None = None,
) -> Followed | Refuse:
    """Recode `frame` (as `recode` takes it) so that it can follow the release of `before`.

    `records` and `key`: as given to `take_footprint` for the release before, with the same other columns. Refused
    where `recode` refuses the new rows for anything but their being too few.
    """
    names = [h.column for h in hierarchies]
    numbered = frame.with_columns(pl.col(n).cast(pl.Utf8).fill_null("") for n in names).with_row_index("_row")
    placed = before.rows.join(before.classes.drop("count"), on="class").drop("class").unique("record")
    marked = numbered.with_columns(_record=digests(frame, names, records, key))
    met = marked.join(placed, left_on="_record", right_on="record", suffix=":was")
    for hierarchy in hierarchies:
        met = met.join(_true_labels(hierarchy), on=[hierarchy.column, f"{hierarchy.column}:was"], how="semi")
    kept = met.select("_row", *(pl.col(f"{n}:was").alias(n) for n in names))
    new = numbered.join(kept, on="_row", how="anti", maintain_order="left")
    done = recode(new.drop("_row"), hierarchies, model, sensitive, weights, key=key)
    if isinstance(done, Refuse) and done.rule != "disclosure.too-few":
        return done
    waiting = new.height if isinstance(done, Refuse) else done.suppressed
    fresh = new.with_columns(pl.lit(STAR).alias(n) for n in names) if isinstance(done, Refuse) else (
        done.frame.with_columns(new["_row"]))  # fmt: skip
    labels = pl.concat([kept, fresh.select("_row", *names)]).sort("_row")
    released = frame.with_columns(labels[n] for n in names)
    return Followed(released, kept.height, new.height - waiting, waiting)


def _true_labels(hierarchy: Hierarchy) -> pl.DataFrame:
    """Every leaf with every label that is true of it."""
    pairs = {(leaf, level.labels[code]) for level in hierarchy.levels
             for leaf, code in zip(hierarchy.leaves, level.codes.tolist(), strict=True)}  # fmt: skip
    columns = {hierarchy.column: pl.Utf8, f"{hierarchy.column}:was": pl.Utf8}
    return pl.DataFrame(sorted(pairs), schema=columns, orient="row")
