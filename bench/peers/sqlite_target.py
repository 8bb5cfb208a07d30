"""A Singer target that keeps rows by key in SQLite, made with Meltano's SDK as its own SQLite target is.

Runs in its own environment: `python sqlite_target.py --config CONFIG` with `{"path_to_db": FILE}`.
"""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th
from singer_sdk.sql import SQLConnector, SQLSink, SQLTarget


class SqliteConnector(SQLConnector):
    """One database file."""

    allow_temp_tables = False
    allow_column_alter = False
    allow_merge_upsert = True

    def get_sqlalchemy_url(self, config: Any) -> str:
        """Name the database."""
        return f"sqlite:///{config['path_to_db']}"


class SqliteSink(SQLSink[SqliteConnector]):
    """Rows in batches as large as the SDK makes them by default."""

    connector_class = SqliteConnector


class SqliteTarget(SQLTarget):
    """The target with its one kind of sink."""

    name = "target-sqlite"
    default_sink_class = SqliteSink
    config_jsonschema = th.PropertiesList(th.Property("path_to_db", th.StringType, required=True)).to_dict()


if __name__ == "__main__":
    SqliteTarget.cli()
