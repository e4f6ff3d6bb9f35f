"""Alembic's entry: `hub migrate` hands over a connection of the owner; nothing is read from a file."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
