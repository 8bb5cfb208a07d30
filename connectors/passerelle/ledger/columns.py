"""What the tables are made of: times in UTC, ids, keys that sort by bytes, and the register of all tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

__all__ = ["Id", "Key", "UtcTime", "metadata", "text", "time"]


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment, aware and in UTC, also where the database knows no time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without zone: nobody could say later what it meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"received the time {value.isoformat()} without a zone, expected an aware one")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the time back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly this type.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Keys sort by bytes in both databases: faster in PostgreSQL, and the same order everywhere.
Key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def text(name: str, *, null: bool = False, **options: Any) -> sa.Column[str]:
    """Give a column of text."""
    return sa.Column(name, sa.Text(), nullable=null, **options)


def time(name: str, *, null: bool = False) -> sa.Column[datetime]:
    """Give a column with a moment."""
    return sa.Column(name, UtcTime(), nullable=null)
