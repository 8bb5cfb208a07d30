"""Pieces that were not found at picking, for those who count stock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index; what was not found before counts no more: it was counted since."""
    op.add_column("order_unit", sa.Column("lost", sa.Boolean(), nullable=False, server_default=sa.false()))
    rows = sa.text("lost AND state = 'cancelled'")
    op.create_index(
        "ix_order_unit_lost", "order_unit", ["sku", "changed_at"], sqlite_where=rows, postgresql_where=rows
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_order_unit_lost", "order_unit")
    op.drop_column("order_unit", "lost")
