"""A worker: takes jobs from the database, runs them, tries again or parks them; takes up what dead workers left.

Procrastinate keeps a heartbeat per worker. Every few seconds each worker looks for jobs of workers that fell silent,
and for batches that are stored but have no live job, and puts them back in the queue. That a job runs twice is no
harm: processing is fenced by a claim and commits once.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import procrastinate
from procrastinate import App, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from hub.decision import Unavailable

QUEUE = "process"
PATIENT_TRIES, TRIES = 10, 5


class Patience(procrastinate.BaseRetryStrategy):
    """Try again later what is unavailable just now, sooner what failed otherwise; then give up."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, or None to park the job."""
        unavailable = isinstance(exception, Unavailable)
        if job.attempts >= (PATIENT_TRIES if unavailable else TRIES):
            return None
        wait = min(300, 2**job.attempts) if unavailable else job.attempts + 1
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=wait))  # noqa: DTZ005, RUF100


def build(url: str, process: Callable[[str], None], give_up: Callable[[str], None]) -> App:
    """The application with its one task, `process(batch)`. `url`: libpq address of the login hub_app."""
    connector = PsycopgConnector(conninfo=url, kwargs={"options": "-c role=hub_intake -c timezone=UTC"})
    app = App(connector=connector)

    @app.task(name=QUEUE, queue=QUEUE, retry=Patience(), pass_context=True)
    def run(context: JobContext, batch: str) -> None:
        try:
            process(batch)
        except Exception as wrong:  # whatever it was, a batch must not be left behind without a word
            if Patience().get_retry_decision(exception=wrong, job=context.job) is None:
                give_up(batch)
            raise

    return app


async def _sweep(app: App, every: float, stale: float, orphans: Callable[[], list[str]]) -> None:
    """Put back what dead workers left, and batches whose job is gone."""
    manager = app.job_manager
    while True:
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=stale):
            await manager.retry_job(job)
        live = {
            str(job.task_kwargs.get("batch"))
            for status in ("todo", "doing")
            for job in await manager.list_jobs_async(status=status, queue=QUEUE)
        }
        for batch in await asyncio.to_thread(orphans):
            if batch not in live:
                await app.configure_task(QUEUE, lock=batch, queue=QUEUE).defer_async(batch=batch)
        await asyncio.sleep(every)


async def _run(app: App, stale: float, orphans: Callable[[], list[str]], together: int) -> None:
    async with app.open_async():
        sweep: Awaitable[None] = asyncio.create_task(_sweep(app, max(0.5, stale / 3), stale, orphans))
        try:
            await app.run_worker_async(
                queues=[QUEUE],
                name=f"worker-{uuid.uuid4().hex[:8]}",
                concurrency=together,
                wait=True,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=stale / 3,
                stalled_worker_timeout=stale,
                shutdown_graceful_timeout=30,
                delete_jobs="successful",
            )
        finally:
            sweep.cancel()  # type: ignore[attr-defined]


def run_worker(
    url: str,
    process: Callable[[str], None],
    give_up: Callable[[str], None],
    orphans: Callable[[], list[str]],
    stale_seconds: float,
    together: int = 1,
) -> None:
    """Work, on up to `together` batches at once, until told to stop (SIGTERM, SIGINT: the job under way is finished first)."""
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # its messages quote arguments and exceptions
    asyncio.run(_run(build(url, process, give_up), stale_seconds, orphans, together))
