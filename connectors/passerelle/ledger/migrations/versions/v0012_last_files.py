"""An index of the files of a feed as they came: what came last is found without looking through all."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.create_index("ix_file_feed_id", "file", ["feed", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_file_feed_id", table_name="file")
