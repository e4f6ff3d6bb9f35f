"""Run the hub: the web process, workers, migrations."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer

from hub.adapters import areas, keys
from hub.adapters.crew import Crew, die_with
from hub.adapters.redactor import RedactionProcess
from hub.adapters.settings import Settings
from hub.adapters.wordbox import read_wordbox
from hub.commands.site import (
    FRONTEND,
    DataDir,
    Port,
    check_settings,
    configure_logs,
    desk,
    locating,
    now,
    open_vault,
    proving,
    publishing,
    receiving,
    reminding,
    reviewing,
    screen,
    settings_of,
    settle,
    site,
    stop,
)  # fmt: skip
from hub.db import batch as batches
from hub.db import session
from hub.journey import recall, remind, reverify
from hub.journey.proving import Proved, Proving, prove
from hub.journey.publishing import Publishing
from hub.journey.remind import Reminding
from protocols.contract import shipped_contracts

app = typer.Typer()


@app.command()
def serve(
    data_dir: DataDir = None, port: Port = None,
    worker: Annotated[bool, typer.Option(help="start a worker beside the web process")] = True,
) -> None:  # fmt: skip
    """Run the web process, and one worker beside it.

    Example: hub serve --data-dir /srv/hub --port 8115
    """
    import uvicorn

    from hub.web.app import create_app
    from hub.web.locate import add_locating
    from hub.web.pages import PageSettings, add_pages, warm
    from hub.web.proxy import BehindProxy

    configure_logs()
    settings = settings_of(data_dir, port)
    check_settings(settings)
    # the server raises the signal again when it has shut down: it must end this process by the way out, not at once
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with site(settings) as at, _worker_beside(settings, worker):
        redactor = RedactionProcess([sys.executable, "-m", "hub", "redactor"])
        web = create_app(receiving(at), redactor)
        add_locating(web, locating(at))
        pages = PageSettings(settings.public_url, FRONTEND, settings.demo, settings.shown)
        hub = publishing(at)
        people = desk(at)
        add_pages(web, people, hub, pages, reviewing(at), redactor)
        settle(people)
        threading.Thread(target=warm, args=(web,), daemon=True).start()  # who asks meanwhile is answered all the same
        threading.Thread(target=_tend, args=(hub, reminding(at), proving(at)), daemon=True).start()
        try:
            served = BehindProxy(web, settings.trusted_proxies, settings.client_certificate_header)
        except ValueError:
            raise stop(2, "HUB_TRUSTED_PROXIES names something that is no address or network") from None
        uvicorn.run(served, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
                    proxy_headers=False, timeout_graceful_shutdown=5)  # fmt: skip


TEND_SECONDS, REMIND_SECONDS, REVERIFY_SECONDS = 15, 600, 3600


def _tend(hub: Publishing, post: Reminding | None, heads: Proving) -> None:
    """Recall, build what is due and chase, every few seconds, for as long as the web process runs; have the log's head
    stamped and its witnesses told; compare every hour what can be read with what the policy says; and send, where there
    is a mail server, what is due by e-mail."""
    log, reminded, reverified = structlog.get_logger(), -math.inf, -math.inf
    while True:
        time.sleep(TEND_SECONDS)
        try:
            done = recall.tend(hub)
            if done != recall.Tended():
                log.info("tended")
            if time.monotonic() - reverified > REVERIFY_SECONDS:
                reverified = time.monotonic()
                if reverify.reverify(hub).differences:
                    log.error("policy.differs")
            if prove(heads) != Proved():
                log.info("proved")
            if post is not None and time.monotonic() - reminded > REMIND_SECONDS:
                reminded = time.monotonic()
                sent = remind.remind(post)
                if sent != remind.Reminded():
                    log.info("reminded")
        except Exception as wrong:  # noqa: BLE001 (the next round tries again; a message could quote a row)
            log.error("failed", error=type(wrong).__name__)


@contextmanager
def _worker_beside(settings: Settings, wanted: bool) -> Iterator[None]:
    """A worker process for as long as the block runs, started anew when it dies."""
    if not wanted:
        yield
        return
    ended = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not ended.is_set():
            child = subprocess.Popen(  # noqa: S603 (ourselves)
                [sys.executable, "-m", "hub", "work", "--data-dir", str(settings.data_dir), "--with", str(os.getpid())],
                start_new_session=True,
            )
            running[:] = [child]
            child.wait()
            ended.wait(1)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        for child in running:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()


@app.command()
def work(
    data_dir: DataDir = None,
    beside: Annotated[int, typer.Option("--with", hidden=True, help="the web process to end with")] = 0,
) -> None:
    """Run one worker: any number, on any machine that reaches the database and the data folder.

    Example: hub work --data-dir /srv/hub
    """
    from hub.journey import chunk, process
    from hub.worker.loop import run_worker

    configure_logs()
    if beside:
        die_with(beside, signal.SIGTERM)
    log = structlog.get_logger()
    settings = settings_of(data_dir)
    check_settings(settings)
    with site(settings, stop=False) as at:
        keys.read_pseudonym_root(settings.keys)  # now rather than at the first chunk
        hub = process.Processing(
            db=session.connect(at.app_url, "hub_intake"),
            vault=open_vault(settings),
            signer=keys.read_signer(settings.keys),
            contracts=shipped_contracts(),
            crew=Crew(settings.processes, chunk.prepare, keys.PseudonymFile(settings.keys), at.reference),
            districts=areas.loaded_codes(at.reference, "district"),
            erasures=settings.data_dir / "erasures.jsonl",
            box=read_wordbox(settings.keys),
            chunk_rows=settings.chunk_rows,
            quarantine_days=settings.quarantine_days,
            shrink_limit=settings.shrink_limit,
            now=now,
        )

        def run(batch: str) -> None:
            try:
                process.process(hub, batch)
                log.info("processed", batch=batch)
            except Exception as wrong:
                # the kind of the fault and its place only: a message could quote a row
                frame = traceback.extract_tb(wrong.__traceback__)[-1]
                log.error(
                    "failed", batch=batch, error=f"{type(wrong).__name__} at {Path(frame.filename).name}:{frame.lineno}"
                )
                raise

        def orphans() -> list[str]:
            with hub.db.transaction() as tx:
                return batches.unfinished(tx)

        try:
            # two batches at once, where there is a crew: one's first and last steps fill the gaps of the other
            run_worker(session.driver_url(at.app_url), run, lambda b: process.hold_failed(hub, b), orphans,
                       settings.stale_seconds, together=min(2, settings.processes))  # fmt: skip
        finally:
            hub.crew.close()


@app.command()
def redactor() -> None:
    """Answer questions about notes on standard input, one JSON line each. The web process starts it for itself.

    Example: echo '{"mode": "balanced", "notes": [{"text": "rang Kath on 07700 900123"}]}' | hub redactor
    """
    from hub.adapters.wordstock import load_engine
    from hub.worker.redactor import serve as answer

    answer(load_engine(), shipped_contracts(), sys.stdin.buffer, sys.stdout.buffer)


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database's schema up to date (needs HUB_OWNER_URL where the database is not the embedded one).

    Example: hub migrate
    """
    settings = settings_of(data_dir)
    if settings.database_url and not settings.owner_url:
        raise stop(2, "HUB_OWNER_URL is not set: migrations run as the owner of the tables")
    with site(settings):
        screen.print("the schema is up to date")
