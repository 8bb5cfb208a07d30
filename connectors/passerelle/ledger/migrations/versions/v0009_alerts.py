"""What is wrong and since when, whom it was told, and how telling went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "alert",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("acknowledged_at", _TIME, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_alert_open",
        "alert",
        ["kind", "feed", "subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_alert_closed_at", "alert", ["closed_at"])
    op.create_table(
        "alert_message",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("tried_at", _TIME, nullable=False),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert_message"),
    )
    op.create_index("ix_alert_message_channel_id", "alert_message", ["channel", "id"])
    unsent = sa.text("state <> 'sent'")
    op.create_index(
        "ix_alert_message_unsent",
        "alert_message",
        ["channel", "id"],
        sqlite_where=unsent,
        postgresql_where=unsent,
    )
    op.create_table(
        "alert_told",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_told_alert_id_alert"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["alert_message.id"], name="fk_alert_told_message_id_alert_message"
        ),
        sa.PrimaryKeyConstraint("alert_id", "channel", "message_id", name="pk_alert_told"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_file_stopped",
        "file",
        ["feed", "changed_at"],
        sqlite_where=sa.text("state IN ('held', 'refused')"),
        postgresql_where=sa.text("state IN ('held', 'refused')"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_file_stopped", "file")
    op.drop_table("alert_told")
    op.drop_table("alert_message")
    op.drop_table("alert")
