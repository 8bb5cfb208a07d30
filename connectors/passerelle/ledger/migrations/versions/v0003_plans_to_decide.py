"""Plans that a person decides about, and what parking, undo, drift and foreign edits remember."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns of a plan and the four tables."""
    op.add_column("plan", sa.Column("feed", sa.Text(), nullable=True))
    op.add_column("plan", sa.Column("origin", sa.Text(), nullable=False, server_default=sa.text("'run'")))
    op.add_column("plan", sa.Column("state", sa.Text(), nullable=False, server_default=sa.text("'running'")))
    op.add_column("plan", sa.Column("digest", sa.Text(), nullable=True))
    op.add_column("plan", sa.Column("facts", sa.JSON(), nullable=True))
    op.add_column("plan", sa.Column("decided_by", sa.Text(), nullable=True))
    op.add_column("plan", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("plan", sa.Column("decided_at", _TIME, nullable=True))
    op.add_column("plan", sa.Column("expires_at", _TIME, nullable=True))
    op.create_index("ix_plan_feed_state", "plan", ["feed", "state"])
    op.create_table(
        "wanted",
        sa.Column("feed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("run_no", sa.BigInteger(), nullable=True),
        sa.Column("since", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name="fk_wanted_feed_id_feed"),
        sa.PrimaryKeyConstraint("feed_id", "key", name="pk_wanted"),
    )
    op.create_table(
        "parked",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("waits_for", sa.JSON(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("strong", sa.LargeBinary(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("first_run_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("parked_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_parked"),
    )
    op.create_index(
        "uq_parked_open",
        "parked",
        ["feed", "key"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "before_image",
        sa.Column("run_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", _KEY, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("run_no", "seq", name="pk_before_image"),
    )
    op.create_table(
        "foreign_edit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=True),
        sa.Column("theirs", sa.JSON(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("first_run_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("last_seen", _TIME, nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_foreign_edit"),
        sa.UniqueConstraint("feed", "key", "field", name="uq_foreign_edit_feed_key_field"),
    )
    op.create_index("ix_foreign_edit_feed_last_seen", "foreign_edit", ["feed", "last_seen"])


def downgrade() -> None:
    """Take all of it away."""
    for table in ("foreign_edit", "before_image", "parked", "wanted"):
        op.drop_table(table)
    op.drop_index("ix_plan_feed_state", table_name="plan")
    for column in (
        "expires_at", "decided_at", "reason", "decided_by", "facts", "digest", "state", "origin", "feed",
    ):  # fmt: skip
        op.drop_column("plan", column)
