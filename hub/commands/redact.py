"""Redact notes on one's own machine: lines of JSON in, lines of JSON out. No hub need run, nothing is sent anywhere."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Annotated, Any

import typer

app = typer.Typer()
CHUNK = 256
"""Lines that a worker takes at once."""
LONGEST_LINE = 64 * 1024 * 1024


class Mode(str, Enum):
    """How much is masked: what identifies, every unknown capitalised word as well, or the whole note."""

    balanced = "balanced"
    strict = "strict"
    drop = "drop"


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk of lines after redaction: output lines, explanations, and the numbers and reasons of malformed lines."""

    out: list[str]
    explained: list[str]
    faults: list[tuple[int, str]]
    read: int


@app.command("redact")
def redact(
    source: Annotated[
        Path, typer.Argument(metavar="IN.jsonl", help="lines of {id, agency, record, text}; - is standard input")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="lines of {id, text}; - is standard output")],
    mode: Annotated[
        Mode, typer.Option(help="balanced, strict (every unknown capitalised word) or drop")
    ] = Mode.balanced,
    explain: Annotated[
        Path | None, typer.Option(metavar="FILE", help="what was found: spans, type, layer, rule, score")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="processes")] = 1,
) -> None:
    """Redact notes: each note's own record is searched for, then forms, addresses and names of people.

    Lines come out in the order they came in, every id once. A malformed line is reported by its number and the rest
    goes on; the exit status is then 1. Example: hub redact notes.jsonl redacted.jsonl --explain found.jsonl
    """
    if str(source) != "-" and not source.is_file():
        _say(f"hub redact: {source} is not a file")
        raise typer.Exit(2)
    if str(source) != "-" and target.exists() and source.resolve() == target.resolve():
        _say("hub redact: the output would overwrite the input")
        raise typer.Exit(2)
    try:
        faults = _run(source, target, mode.value, explain, workers)
    except OSError as wrong:
        _say(f"hub redact: {wrong.filename or target}: {wrong.strerror}")
        raise typer.Exit(2) from None
    if faults:
        _say(f"{faults} malformed line{'s' if faults > 1 else ''} left out")
        raise typer.Exit(1)


def _run(source: Path, target: Path, mode: str, explain: Path | None, workers: int) -> int:
    """Redact a file; the number of malformed lines. The output is complete or absent: it is moved into place at the end."""
    faults = 0
    with ExitStack() as stack:
        lines = stack.enter_context(source.open("rb")) if str(source) != "-" else sys.stdin.buffer
        out, place = _output(stack, target)
        told, place_told = _output(stack, explain) if explain is not None else (None, None)
        progress = _Progress(source)
        seen: set[str] = set()
        for done in _redacted(_chunks(lines), mode, explain is not None, workers, stack):
            for number, reason in done.faults:
                _say(f"line {number}: {reason}", progress)
            faults += len(done.faults) + _write(done, out, told, seen, progress)
            progress.add(done.read)
        progress.end()
    for move in (place, place_told):
        if move is not None:
            move()
    return faults


def _write(done: Done, out: IO[str], told: IO[str] | None, seen: set[str], progress: _Progress) -> int:
    """Write a chunk; an id that was there already is a fault: every id comes once."""
    twice = 0
    for at, line in enumerate(done.out):
        number, key, text = line.split("\t", 2)
        if key in seen:
            _say(f"line {number}: its id was on an earlier line", progress)
            twice += 1
            continue
        seen.add(key)
        out.write(text)
        if told is not None:
            told.write(done.explained[at])
    return twice


def _output(stack: ExitStack, path: Path) -> tuple[IO[str], Callable[[], object] | None]:
    if str(path) == "-":
        return sys.stdout, None
    partial = path.with_name(f".{path.name}.part")
    file = stack.enter_context(partial.open("w", encoding="utf-8", newline="\n"))
    return file, lambda: partial.replace(path)


def _chunks(lines: IO[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    chunk: list[tuple[int, bytes]] = []
    size = 0
    number = 0
    while line := lines.readline(LONGEST_LINE):
        number += 1
        if not line.strip():
            continue
        chunk.append((number, line))
        size += len(line)
        if len(chunk) == CHUNK or size > 4_000_000:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _redacted(
    chunks: Iterator[list[tuple[int, bytes]]], mode: str, explain: bool, workers: int, stack: ExitStack
) -> Iterator[Done]:
    """Chunks redacted in their order, by this process or by several; few are under way at once, so memory stays flat."""
    if workers == 1:
        for chunk in chunks:
            yield work(chunk, mode, explain)
        return
    from hub.adapters.wordstock import load_engine

    load_engine()  # once, before the workers are made: they share its memory
    pool = stack.enter_context(ProcessPoolExecutor(workers))
    under_way: deque[Future[Done]] = deque()
    for chunk in chunks:
        under_way.append(pool.submit(work, chunk, mode, explain))
        if len(under_way) >= workers * 3:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def work(chunk: list[tuple[int, bytes]], mode: str, explain: bool) -> Done:
    """Redact one chunk of numbered lines."""
    from hub.adapters.wordstock import load_engine
    from hub.depersonalise.engine import redact_notes

    good: list[tuple[int, str, dict[str, Any]]] = []
    faults: list[tuple[int, str]] = []
    for number, line in chunk:
        try:
            good.append((number, *_read(line)))
        except ValueError as wrong:
            faults.append((number, str(wrong)))
    notes = [item["text"] or "" for _, _, item in good]
    records = [item.get("record") or {} for _, _, item in good]
    redacted = redact_notes(load_engine(), notes, records, mode)  # type: ignore[arg-type]  # the enum's own words
    out, explained = [], []
    for (number, key, item), done in zip(good, redacted, strict=True):
        answer = json.dumps({"id": item["id"], "text": done.text}, ensure_ascii=False)
        out.append(f"{number}\t{key}\t{answer}\n")
        if explain:
            found = [{"start": s.start, "end": s.end, "type": s.kind, "layer": s.layer, "rule": s.rule,
                      "score": round(s.score, 2), "certain": s.certain} for s in done.spans]  # fmt: skip
            explained.append(json.dumps({"id": item["id"], "spans": found}, ensure_ascii=False) + "\n")
    return Done(out, explained, faults, len(chunk))


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    """(key of the id, line's object). Raises `ValueError` with what is wrong, never with what the line holds."""
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not a line of JSON in UTF-8") from None
    if not isinstance(item, dict):
        raise ValueError("not an object with id, record and text")  # one kind of fault for the caller
    if not isinstance(item.get("id"), (str, int)) or isinstance(item.get("id"), bool):
        raise ValueError("no id")
    if "text" not in item or not isinstance(item["text"], (str, type(None))):
        raise ValueError("no text")
    if not isinstance(item.get("record"), (dict, list, type(None))):
        raise ValueError("the record is not an object")
    return json.dumps(item["id"]), item


class _Progress:
    """Lines done, on a terminal only."""

    def __init__(self, source: Path) -> None:
        self.shown = sys.stderr.isatty()
        self.lines = 0
        self.name = source.name

    def add(self, lines: int) -> None:
        self.lines += lines
        if self.shown:
            sys.stderr.write(f"\r{self.name}: {self.lines:,} notes")
            sys.stderr.flush()

    def end(self) -> None:
        if self.shown and self.lines:
            sys.stderr.write("\n")


def _say(words: str, progress: _Progress | None = None) -> None:
    if progress is not None and progress.shown:
        sys.stderr.write("\r")
    sys.stderr.write(words + os.linesep)
