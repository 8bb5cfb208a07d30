"""When the shop was last looked through for orders, the last message of each, an index of what is late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "order_sweep",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("every", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("state_since", _TIME, nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "kind", name="pk_order_sweep"),
    )
    op.add_column("shop_order", sa.Column("message_number", sa.BigInteger(), nullable=True))
    op.drop_index("ix_order_awaited_due", "order_awaited")
    _index("ix_order_awaited_late", ["step", "due", "order_id", "subject"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_order_awaited_late", "order_awaited")
    _index("ix_order_awaited_due", ["due"])
    op.drop_column("shop_order", "message_number")
    op.drop_table("order_sweep")


def _index(name: str, columns: list[str]) -> None:
    rows = sa.text("due IS NOT NULL")
    op.create_index(name, "order_awaited", columns, sqlite_where=rows, postgresql_where=rows)
