"""The embedded server is private: no network, no trust, no superuser for the application."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text

from hub.db.session import Tx, driver_url
from tests.conftest import Databases, Server


def test_the_application_is_neither_superuser_nor_exempt_from_row_security(databases: Databases) -> None:
    with databases.intake.transaction() as tx:
        row = tx.sql("select rolsuper, rolbypassrls, rolname from pg_roles where rolname = session_user").one()
        acting = tx.sql("select current_user").scalar()
    assert (row.rolsuper, row.rolbypassrls, row.rolname, acting) == (False, False, "hub_app", "hub_intake")


def test_a_wrong_password_is_refused(server: Server) -> None:
    wrong = driver_url(server.app_url).replace("hub_app:", "hub_app:x")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)


def test_the_login_alone_has_no_rights(databases: Databases) -> None:
    with psycopg.connect(driver_url(databases.app_url)) as db, pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute("select count(*) from batch")


@pytest.mark.parametrize("table", ["batch_key", "piece", "quarantine", "staging_row", "chunk_done", "pool_key"])
def test_release_cannot_read_identifiable_tables(databases: Databases, table: str) -> None:
    with databases.release.transaction() as tx, pytest.raises(Exception, match="permission denied"):
        tx.sql(f"select * from {table}")


@pytest.mark.parametrize("column", ["note", "source_key", "content"])
def test_release_cannot_read_per_person_columns_of_the_pool(databases: Databases, column: str) -> None:
    with databases.release.transaction() as tx, pytest.raises(Exception, match="permission denied"):
        tx.sql(f"select {column} from pool_row")


@pytest.mark.parametrize("table", ["person", "web_session", "sign_in_attempt"])
def test_intake_cannot_read_peoples_sign_ins(databases: Databases, table: str) -> None:
    with databases.intake.transaction() as tx, pytest.raises(Exception, match="permission denied"):
        tx.sql(f"select * from {table}")


def test_without_a_partnership_no_pooled_row_is_seen(databases: Databases) -> None:
    with databases.intake.transaction(["one"]) as tx:
        _insert(tx, "one")
        with pytest.raises(Exception, match="row-level security"), tx.connection.begin_nested():
            _insert(tx, "two")
    with databases.release.transaction() as tx:
        assert tx.sql("select count(*) from pool_row").scalar() == 0
    with databases.release.transaction(["two"]) as tx:
        assert tx.sql("select count(*) from pool_row").scalar() == 0
    with databases.release.transaction(["one"]) as tx:
        assert tx.sql("select count(*) from pool_row").scalar() == 1


def test_the_owner_of_the_tables_is_bound_by_row_security_too(databases: Databases) -> None:
    with psycopg.connect(driver_url(databases.owner_url)) as db:
        forced = db.execute("select bool_and(relforcerowsecurity) from pg_class where relname in"
                            " ('pool_row', 'release', 'download')").fetchone()  # fmt: skip
    assert forced == (True,)


def test_a_scope_ends_with_its_transaction(databases: Databases) -> None:
    with databases.release.transaction(["one"]) as tx:
        assert tx.connection.execute(text("select current_setting('hub.partnerships')")).scalar() == "one"
    with databases.release.transaction() as tx:
        assert tx.connection.execute(text("select current_setting('hub.partnerships')")).scalar() == ""


def _insert(tx: Tx, partnership: str) -> None:
    tx.sql(
        """
        insert into pool_row (row_id, partnership_id, dataset, agency_id, batch_id, current, time_precision,
          ambiguous_hour, geo_method, geo_confidence, place_floor, time_floor, fields, content)
        values (1, :partnership, 'd/1', 'a', gen_random_uuid(), true, 'none', false, 'none', 0, 'lsoa', 'date', '{}', '')
        """,
        partnership=partnership,
    )
