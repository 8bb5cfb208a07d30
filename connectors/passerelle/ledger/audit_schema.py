"""The tables of what people decided: the audit log, the configuration last seen, peak mode."""

from __future__ import annotations

import sqlalchemy as sa

from .columns import Id, metadata, text, time

__all__ = ["audit", "config_seen", "peak"]

#: Who changed what, when and why. Rows are only ever added: the migration's triggers refuse anything else.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    time("at"),
    text("who"),
    text("what"),
    text("subject"),
    sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
    text("reason", server_default=sa.text("''")),
    sa.Index("ix_audit_at", "at"),
    sa.Index("ix_audit_subject", "subject", "id"),
)

#: The configuration as the last run saw it: what the next one is compared with.
config_seen = sa.Table(
    "config_seen",
    metadata,
    text("subject", primary_key=True),
    text("digest"),
    sa.Column("facts", sa.JSON(), nullable=False),
    time("since"),
)

#: Every time that peak mode was on, with the rules that held; one at most has no end yet.
peak = sa.Table(
    "peak",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("profile"),
    sa.Column("rules", sa.JSON(), nullable=False),
    time("since"),
    time("until"),
    text("switched_by"),
    text("reason"),
    time("ended_at", null=True),
    text("ended_by", null=True),
)
