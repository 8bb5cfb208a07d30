"""What files said of each SKU and place, and what was published for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "stock_claim",
        sa.Column("feed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", key, nullable=False),
        sa.Column("sku", key, nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("rules", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_stock_claim_feed_id_feed"),
        sa.PrimaryKeyConstraint("feed_id", "key", name="pk_stock_claim"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stock_claim_sku", "stock_claim", ["sku"])
    op.create_index(
        "ix_stock_claim_unknown",
        "stock_claim",
        ["feed_id", "key"],
        sqlite_where=sa.text("unknown > 0"),
        postgresql_where=sa.text("unknown > 0"),
    )
    left = (
        "state IN ('shipped', 'in_transit', 'delivered', 'collected', 'return_announced', 'returned',"
        " 'restocked', 'unusable')"
    )
    op.create_index(
        "ix_order_unit_left",
        "order_unit",
        ["sku", "changed_at"],
        sqlite_where=sa.text(left),
        postgresql_where=sa.text(left),
    )
    op.create_table(
        "stock_law",
        sa.Column("feed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rules", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_stock_law_feed_id_feed"),
        sa.PrimaryKeyConstraint("feed_id", name="pk_stock_law"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_order_unit_left", "order_unit")
    op.drop_table("stock_law")
    op.drop_table("stock_claim")
