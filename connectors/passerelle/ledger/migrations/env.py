"""Alembic's entry: run the migrations on the connection and in the transaction that the ledger opened."""

from alembic import context

config = context.config
connection = config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=config.attributes["metadata"],
    # SQLite changes tables by copying them.
    render_as_batch=connection.dialect.name == "sqlite",
    # Both databases can take back a half-done migration, and the ledger's transaction does.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
