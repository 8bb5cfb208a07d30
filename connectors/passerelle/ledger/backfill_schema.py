"""The tables of backfills: what was asked, how far it is, batch by batch; what guards allow for a while."""

from __future__ import annotations

import sqlalchemy as sa

from .columns import Id, metadata, text, time

__all__ = ["backfill", "backfill_batch", "guard_allowance"]

#: One backfill: `wish` is what a person wants of it (pause, cancel), `state` where it stands.
backfill = sa.Table(
    "backfill",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    sa.Column("asked", sa.JSON(), nullable=False),
    text("asked_by"),
    # Who started it, where that can start it again: the same token is the same backfill.
    text("token", null=True, unique=True),
    text("state"),
    text("wish", server_default=sa.text("''")),
    sa.Column("plan_id", sa.BigInteger(), nullable=True),
    time("planned_since", null=True),
    sa.Column("total", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("done", sa.BigInteger(), nullable=False, server_default="0"),
    text("outcome", null=True),
    text("message", server_default=sa.text("''")),
    time("asked_at"),
    time("changed_at"),
    time("finished_at", null=True),
    sa.Index("ix_backfill_feed_id", "feed", "id"),
)

#: Batches of a backfill: so many changes of its plan, by their places; one without an end was interrupted.
backfill_batch = sa.Table(
    "backfill_batch",
    metadata,
    sa.Column(
        "backfill_id", sa.BigInteger(), sa.ForeignKey("backfill.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("plan_id", sa.BigInteger(), nullable=False),
    sa.Column("rank", sa.Integer(), nullable=False),
    sa.Column("last_seq", sa.BigInteger(), nullable=False),
    sa.Column("records", sa.Integer(), nullable=False),
    text("run_id"),
    time("started_at"),
    time("finished_at", null=True),
    sa.Column("counts", sa.JSON(), nullable=True),
)

#: A threshold of a feed's guard that a person set until a moment.
guard_allowance = sa.Table(
    "guard_allowance",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    text("rule"),
    sa.Column("allowed", sa.Double(), nullable=False),
    time("until"),
    text("given_by"),
    text("reason"),
    sa.Column("plan_id", sa.BigInteger(), nullable=True),
    time("given_at"),
    sa.Index("ix_guard_allowance_feed_until", "feed", "until"),
)
