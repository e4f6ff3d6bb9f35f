"""Train the statistical layer of the redaction of notes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.adapters.tagger import train
from hub.adapters.wordstock import load_lexicon
from hub.commands.site import screen

app = typer.Typer()


@app.command("tagger-train")
def tagger_train(
    target: Annotated[Path, typer.Argument(metavar="MODEL", help="where the trained layer is kept (HUB_TAGGER_MODEL)")],
    notes: Annotated[int, typer.Option(min=100, help="how many notes are made to train on")] = 6000,
    seed: Annotated[int, typer.Option(help="the same seed and words make the same notes")] = 1,
) -> None:
    """Train the statistical layer anew, on notes made here: after adding name lists of one's own, or words that stay.

    Example: hub tagger-train company.crf, then HUB_TAGGER_MODEL=company.crf
    """
    train(load_lexicon(), target, notes, seed)
    screen.print(f"{target.name}: trained on {notes:,} notes", highlight=False)
