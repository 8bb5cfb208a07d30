"""Lives of orders: what was said of them, where their pieces are, what is owed and awaited."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_OPEN_PIECE = (
    "state IN ('ordered', 'exported', 'confirmed', 'allocated', 'claimed', 'preparing', 'packed', 'ready')"
)

#: Name, columns, and the rows that it holds when it does not hold all.
_INDEXES: tuple[tuple[str, list[str], str | None], ...] = (
    ("ix_shop_order_created_at", ["created_at", "id"], None),
    ("ix_shop_order_store_created_at", ["store", "created_at"], None),
    ("ix_shop_order_open", ["order_state", "created_at"], "closed_at IS NULL"),
    ("ix_shop_order_closed_at", ["closed_at", "id"], "closed_at IS NOT NULL"),
    ("ix_shop_order_dirty", ["id"], "dirty > 0"),
    ("ix_shop_order_contradictions", ["id"], "contradictions > 0"),
    ("ix_shop_order_view", ["id"], "view IS NULL"),
)


def upgrade() -> None:
    """Add the columns of an order and the five tables."""
    for column in _columns():
        op.add_column("shop_order", column)
    for name, columns, where in _INDEXES:
        _index(name, "shop_order", columns, where)
    _tell_totals()
    op.create_table(
        "order_revision",
        *_of_order("order_revision"),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "revision", name="pk_order_revision"),
    )
    op.create_table(
        "order_message",
        sa.Column("id", _ID, nullable=False),
        *_of_order("order_message"),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("at", _TIME, nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False, server_default=sa.text("'followed'")),
        sa.PrimaryKeyConstraint("id", name="pk_order_message"),
        sa.UniqueConstraint("order_id", "key", "digest", name="uq_order_message_order_id_key_digest"),
    )
    op.create_table(
        "order_unit",
        *_of_order("order_unit"),
        sa.Column("line", _KEY, nullable=False),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", _KEY, nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", _TIME, nullable=True),
        sa.Column("shipped_at", _TIME, nullable=True),
        sa.Column("known_at", _TIME, nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("parcel", sa.Text(), nullable=True),
        sa.Column("return_number", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "line", "idx", name="pk_order_unit"),
        sqlite_with_rowid=False,
    )
    _index("ix_order_unit_open", "order_unit", ["sku"], _OPEN_PIECE)
    _index("ix_order_unit_changed_at", "order_unit", ["changed_at", "sku"], None)
    op.create_table(
        "order_request",
        sa.Column("id", _ID, nullable=False),
        *_of_order("order_request"),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, server_default=sa.text("'derived'")),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_file.id"], name="fk_order_request_outbox_id_outbox_file"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_request"),
        sa.UniqueConstraint("order_id", "key", name="uq_order_request_order_id_key"),
        sqlite_autoincrement=True,
    )
    _index(
        "ix_order_request_open",
        "order_request",
        ["kind", "id"],
        "state IN ('pending', 'claimed', 'in_doubt')",
    )
    _index("ix_order_request_outbox_id", "order_request", ["outbox_id"], None)
    op.create_table(
        "order_awaited",
        *_of_order("order_awaited"),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("due", _TIME, nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("order_id", "step", "subject", name="pk_order_awaited"),
        sqlite_with_rowid=False,
    )
    _index("ix_order_awaited_due", "order_awaited", ["due"], "due IS NOT NULL")


def downgrade() -> None:
    """Take all of it away."""
    for table in ("order_awaited", "order_request", "order_unit", "order_message", "order_revision"):
        op.drop_table(table)
    for name, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name="shop_order")
    for column in reversed(_columns()):
        op.drop_column("shop_order", column.name)


def _of_order(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=f"fk_{table}_order_id_shop_order"),
    )


def _index(name: str, table: str, columns: list[str], where: str | None) -> None:
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)


def _tell_totals() -> None:
    """Tell the amounts of the orders that are there: their records hold them."""
    if op.get_bind().dialect.name == "sqlite":
        # A record that is none of ours has no total.
        op.execute(
            "UPDATE shop_order SET total = json_extract(CAST(record AS TEXT), '$.total.cent_amount'),"
            " currency = json_extract(CAST(record AS TEXT), '$.total.currency')"
            " WHERE record IS NOT NULL AND json_valid(CAST(record AS TEXT))"
        )
        return
    op.execute(
        "UPDATE shop_order SET"
        " total = (convert_from(record, 'UTF8')::json #>> '{total,cent_amount}')::bigint,"
        " currency = convert_from(record, 'UTF8')::json #>> '{total,currency}'"
        " WHERE record IS NOT NULL"
    )


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("kind", sa.Text(), nullable=False, server_default=sa.text("'delivery'")),
        sa.Column("store", sa.Text(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("order_state", sa.Text(), nullable=False, server_default=sa.text("'Open'")),
        sa.Column("shipment_state", sa.Text(), nullable=True),
        sa.Column("payment_state", sa.Text(), nullable=True),
        sa.Column("erp_number", sa.Text(), nullable=True),
        sa.Column("contradictions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("view", sa.LargeBinary(), nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("dirty", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("shop_version", sa.BigInteger(), nullable=True),
    )
