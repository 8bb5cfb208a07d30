"""A file's control reference: what tells that the same message came twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the reference and its index."""
    op.add_column("file", sa.Column("reference", sa.Text(), nullable=True))
    op.create_index("ix_file_feed_reference", "file", ["feed", "reference"])


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_file_feed_reference", table_name="file")
    op.drop_column("file", "reference")
