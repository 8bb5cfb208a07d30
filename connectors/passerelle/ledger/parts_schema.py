"""The tables of a plan that several processes carry out: its parts, who holds each, what was answered."""

from __future__ import annotations

import sqlalchemy as sa

from .columns import metadata, text, time

__all__ = ["plan_division", "plan_part", "plan_part_item", "plan_part_note"]


def _run_no() -> sa.Column[int]:
    return sa.Column("run_no", sa.BigInteger(), primary_key=True, autoincrement=False)


def _part() -> sa.Column[int]:
    return sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False)


#: A plan that is divided; it is written last, so that nobody sees a division by halves.
plan_division = sa.Table(
    "plan_division",
    metadata,
    _run_no(),
    text("feed"),
    text("file"),
    sa.Column("base", sa.BigInteger(), nullable=False),
    # Version of the program and of the mapping: a process with others leaves the parts alone.
    text("recipe"),
    sa.Column("options", sa.JSON(), nullable=False),
    # Fields of others that were met while it was planned.
    sa.Column("foreign_met", sa.Integer(), nullable=False),
    sa.Column("lease_seconds", sa.Double(), nullable=False),
    # Why all should stop, as the first process that had to stop says it.
    sa.Column("fault", sa.JSON(), nullable=True),
    time("began_at"),
)

#: A part of a plan, and who holds it; those of a later wave wait for all of the earlier ones.
plan_part = sa.Table(
    "plan_part",
    metadata,
    _run_no(),
    _part(),
    sa.Column("wave", sa.Integer(), nullable=False),
    sa.Column("items", sa.BigInteger(), nullable=False),
    sa.Column("is_done", sa.Boolean(), nullable=False, server_default=sa.false()),
    text("token", null=True),
    text("host", null=True),
    sa.Column("pid", sa.Integer(), nullable=True),
    sa.Column("process_started", sa.Double(), nullable=True),
    time("beat_at", null=True),
    time("expires_at", null=True),
    # How often it was taken, how many notes it has, how many items they answer.
    sa.Column("times", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("notes", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("noted", sa.BigInteger(), nullable=False, server_default="0"),
)

#: The items of a part that were not answered yet.
plan_part_item = sa.Table(
    "plan_part_item",
    metadata,
    _run_no(),
    _part(),
    sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

#: What became of a group of items, for the report of the run.
plan_part_note = sa.Table(
    "plan_part_note",
    metadata,
    _run_no(),
    _part(),
    sa.Column("no", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary(), nullable=False),
)
