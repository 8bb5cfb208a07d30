"""Orders of which only one line is kept: since when, and the digest of what they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NAME = "ix_shop_order_closed_at"


def upgrade() -> None:
    """Add the columns; the index of what is closed passes over what is forgotten already."""
    op.add_column("shop_order", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shop_order", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.drop_index(_NAME, "shop_order")
    _index("closed_at IS NOT NULL AND forgotten_at IS NULL")


def downgrade() -> None:
    """Drop them: what is forgotten does not come back."""
    op.drop_index(_NAME, "shop_order")
    _index("closed_at IS NOT NULL")
    op.drop_column("shop_order", "digest")
    op.drop_column("shop_order", "forgotten_at")


def _index(which: str) -> None:
    rows = sa.text(which)
    op.create_index(_NAME, "shop_order", ["closed_at", "id"], sqlite_where=rows, postgresql_where=rows)
