"""The tables of the stock law: what files said of each SKU and place, and what was published for it."""

from __future__ import annotations

import sqlalchemy as sa

from .columns import Key, metadata, text, time

__all__ = ["stock_claim", "stock_law"]

#: Claims that a later snapshot may change: the words of their index, which a query must repeat exactly.
_UNKNOWN_PIECES = "unknown > 0"


def _feed() -> sa.Column[int]:
    return sa.Column(
        "feed_id",
        sa.Integer(),
        sa.ForeignKey("feed.id"),
        primary_key=True,
        nullable=False,
        autoincrement=False,
    )


#: The last word of a feed on one SKU in one place, by the key of its record, and what it came to.
stock_claim = sa.Table(
    "stock_claim",
    metadata,
    _feed(),
    sa.Column("key", Key, primary_key=True),
    sa.Column("sku", Key, nullable=False),
    text("place", null=True),
    sa.Column("quantity", sa.BigInteger(), nullable=False),
    time("at", null=True),
    text("file", null=True),
    sa.Column("available", sa.BigInteger(), nullable=False),
    sa.Column("written", sa.BigInteger(), nullable=False),
    sa.Column("unknown", sa.BigInteger(), nullable=False),
    sa.Column("because", sa.JSON(), nullable=False),
    sa.Column("rules", sa.LargeBinary(), nullable=False),
    time("since"),
    sa.Index("ix_stock_claim_sku", "sku"),
    sa.Index(
        "ix_stock_claim_unknown",
        "feed_id",
        "key",
        sqlite_where=sa.text(_UNKNOWN_PIECES),
        postgresql_where=sa.text(_UNKNOWN_PIECES),
    ),
    sqlite_with_rowid=False,
)

#: How far a feed's law is carried: the last full snapshot, which changes of pieces were looked at, which
#: rules hold for all of its claims.
stock_law = sa.Table(
    "stock_law",
    metadata,
    _feed(),
    time("full_at", null=True),
    time("looked_at", null=True),
    sa.Column("rules", sa.LargeBinary(), nullable=True),
)
