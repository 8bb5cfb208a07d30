"""Backfills with their batches, and what guards allow for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "backfill",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("planned_since", _TIME, nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("done", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_backfill"),
        sa.UniqueConstraint("token", name="uq_backfill_token"),
    )
    op.create_index("ix_backfill_feed_id", "backfill", ["feed", "id"])
    op.create_table(
        "backfill_batch",
        sa.Column("backfill_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["backfill_id"], ["backfill.id"], name="fk_backfill_batch_backfill_id_backfill"
        ),
        sa.PrimaryKeyConstraint("backfill_id", "number", name="pk_backfill_batch"),
    )
    op.create_table(
        "guard_allowance",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Double(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("given_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guard_allowance"),
    )
    op.create_index("ix_guard_allowance_feed_until", "guard_allowance", ["feed", "until"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("guard_allowance")
    op.drop_table("backfill_batch")
    op.drop_table("backfill")
