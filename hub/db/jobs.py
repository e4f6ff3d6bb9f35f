"""Jobs, in the database they are about: inserted in the transaction that stores a batch, so neither is without
the other. A job's arguments are a batch id and nothing else."""

from __future__ import annotations

from procrastinate import App, SyncPsycopgConnector

from hub.db.session import Tx

PROCESS = "process"
_app = App(connector=SyncPsycopgConnector())


def defer_process(tx: Tx, batch: str) -> None:
    """Ask for a batch to be processed, when (and only if) this transaction commits."""
    task = _app.configure_task(name=PROCESS, lock=batch, queue=PROCESS, connection=tx.driver)
    task.defer(batch=batch)
