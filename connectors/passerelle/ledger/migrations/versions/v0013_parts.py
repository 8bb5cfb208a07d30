"""Plans that several processes carry out together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _part() -> sa.Column[int]:
    return sa.Column("part", sa.Integer(), autoincrement=False, nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "plan_division",
        _number("run_no"),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("foreign_met", sa.Integer(), nullable=False),
        sa.Column("lease_seconds", sa.Double(), nullable=False),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("began_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("run_no", name="pk_plan_division"),
    )
    op.create_table(
        "plan_part",
        _number("run_no"),
        _part(),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("process_started", sa.Double(), nullable=True),
        sa.Column("beat_at", _TIME, nullable=True),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("times", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("notes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("noted", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("run_no", "part", name="pk_plan_part"),
    )
    op.create_table(
        "plan_part_item",
        _number("run_no"),
        _part(),
        _number("seq"),
        sa.PrimaryKeyConstraint("run_no", "part", "seq", name="pk_plan_part_item"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_part_note",
        _number("run_no"),
        _part(),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_no", "part", "no", name="pk_plan_part_note"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("plan_part_note", "plan_part_item", "plan_part", "plan_division"):
        op.drop_table(name)
