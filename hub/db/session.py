"""How is the database reached? Engines by role, one transaction at a time, one partnership scope each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text

RoleName = Literal["hub_intake", "hub_release"]
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction. `sql` runs a statement with named parameters (`:name`)."""

    connection: Connection

    def sql(self, statement: str, /, **parameters: Any) -> Any:
        """Run one statement; the result is SQLAlchemy's (rows have attributes by column name)."""
        return self.connection.execute(text(statement), parameters)

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """The psycopg connection beneath, for COPY and for jobs inserted in this same transaction."""
        return cast("psycopg.Connection[Any]", self.connection.connection.driver_connection)

    def scope(self, partnerships: Iterable[str]) -> None:
        """Let this transaction see these partnerships' rows, and no others (row-level security)."""
        self.sql("select set_config('hub.partnerships', :scope, true)", scope=",".join(sorted(partnerships)))


@dataclass(frozen=True, slots=True)
class Database:
    """The hub's database, signed in as the application and acting as one of its two roles."""

    url: str = field(repr=False)
    role: RoleName
    engine: Engine

    @contextmanager
    def transaction(self, partnerships: Iterable[str] = ()) -> Iterator[Tx]:
        """Commit when the block ends, roll back when it raises. Sees only the named partnerships' pooled rows."""
        with self.engine.connect() as connection, connection.begin():
            tx = Tx(connection)
            if seen := sorted(partnerships):  # without a scope nothing is seen: it ends with each transaction
                tx.scope(seen)
            yield tx


def connect(url: str, role: RoleName, pool_size: int = 5) -> Database:
    """A database handle whose every connection acts as `role`. `url` is SQLAlchemy's, of the login `hub_app`."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        hide_parameters=True,  # an error text must never quote a row
        connect_args={"options": f"-c role={role} -c timezone=UTC"},
    )
    return Database(url, role, engine)


@contextmanager
def opened(url: str, role: RoleName, partnerships: Iterable[str] = ()) -> Iterator[Tx]:
    """One transaction on a connection of its own, closed afterwards: for commands."""
    db = connect(url, role, 1)
    try:
        with db.transaction(partnerships) as tx:
            yield tx
    finally:
        db.engine.dispose()


def driver_url(url: str) -> str:
    """The same address as libpq writes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def migrate(owner_url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`, as the owner of the tables. Several processes may call it at once."""
    from alembic import command  # here, since it takes a second to import and most processes never migrate
    from alembic.config import Config

    engine = create_engine(owner_url, hide_parameters=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(731959)"))
        connection.commit()
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
        connection.commit()
        connection.execute(text("select pg_advisory_unlock(731959)"))
        connection.commit()
    engine.dispose()
