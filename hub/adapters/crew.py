"""Who does the work of a batch's chunks? A few processes, each with its own reference data, results in order.

A chunk is a pure function of its columns and versioned reference data, so that any process may take any chunk.
Children die with their parent (Linux), so that a killed worker leaves none behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from hub.decision import Unavailable

Item = TypeVar("Item")
Done = TypeVar("Done")
PR_SET_PDEATHSIG = 1


def die_with(parent: int, how: signal.Signals) -> None:
    """Let this process get the signal `how` when its parent dies (Linux; elsewhere nothing)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:  # it died before we could ask to die with it
        os._exit(1)


def _start(parent: int, prepare: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    die_with(parent, signal.SIGKILL)  # where that cannot be asked, the broken pipe ends the child at its next task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare(*arguments)


class Crew:
    """Processes that each ran `prepare(*arguments)` once, shared by threads. With `processes=1` all is done in the
    caller's own process, one thread at a time."""

    def __init__(self, processes: int, prepare: Callable[..., None], *arguments: Any) -> None:
        self.processes = processes
        self._prepare = (prepare, arguments)
        self._pool: ProcessPoolExecutor | None = None
        self._renewing = threading.Lock()
        if processes == 1:
            prepare(*arguments)
        else:
            self._pool = self._start_pool()

    def _start_pool(self) -> ProcessPoolExecutor:
        """Start every process now, from this thread: the death of the thread that starts a child ends the child."""
        # one core each: the frames' own threads would contend for the same cores
        os.environ["POLARS_MAX_THREADS"] = "1"
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self.processes, context, initializer=_start, initargs=(os.getpid(), *self._prepare))
        for ready in [pool.submit(os.getpid) for _ in range(self.processes)]:
            ready.result()
        return pool

    def ordered(self, work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
        """`work(item)` for every item, in the items' order; at most two items a process are in memory at once."""
        pool = self._pool
        if pool is None:
            yield from map(work, items)
            return
        under_way: deque[Future[Done]] = deque()
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) >= 2 * self.processes:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BrokenProcessPool as wrong:
            with self._renewing:
                if self._pool is pool:  # else another batch has met the same death first
                    self._pool = self._start_pool()
            raise Unavailable("a process of the crew died; the batch is taken up again") from wrong
        finally:
            for left in under_way:
                left.cancel()

    def close(self) -> None:
        """End the processes; work not begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
