"""How does a process that must not load the engine have a note redacted? It asks another process, over a pipe.

The child is started at the first question, answers one JSON line a question, keeps nothing, and ends with its parent.
One that does not answer in time is ended, and the next question starts another.
"""

from __future__ import annotations

import json
import select
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.decision import Unavailable

SECONDS = 30.0


@dataclass
class RedactionProcess:
    """The redaction process, by its command. Safe to ask from several threads: one question at a time."""

    command: Sequence[str]
    seconds: float = SECONDS
    _child: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def redact(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """The answer's notes. Raises `Unavailable` where the process does not answer."""
        with self._lock:
            try:
                answer = self._ask(json.dumps(question).encode() + b"\n")
            except (OSError, ValueError) as wrong:
                self._end()
                raise Unavailable("the redaction process does not answer; try again") from wrong
        if "notes" not in answer:
            raise Unavailable("the redaction process could not redact these notes")
        notes: list[dict[str, Any]] = answer["notes"]
        return notes

    def _ask(self, line: bytes) -> dict[str, Any]:
        child = self._running()
        if child.stdin is None or child.stdout is None:
            raise OSError("no pipe")
        child.stdin.write(line)
        child.stdin.flush()
        ready, _, _ = select.select([child.stdout], [], [], self.seconds)
        if not ready:
            raise OSError("no answer")
        answer: dict[str, Any] = json.loads(child.stdout.readline())
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            # the child's errors could quote what it works on: they go nowhere
            self._child = subprocess.Popen(  # noqa: S603 (ourselves)
                list(self.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:  # what was written to a pipe that nobody reads
                        continue
            self._child = None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()
