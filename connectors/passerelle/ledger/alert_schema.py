"""The tables of alerts: what is wrong and since when, whom it was told, and how telling went."""

from __future__ import annotations

import sqlalchemy as sa

from .columns import Id, metadata, text, time

__all__ = ["OPEN_ALERT", "UNSENT", "alert", "alert_message", "alert_told"]

#: Alerts that are not over: the words of their index, which a query must repeat exactly.
OPEN_ALERT = "closed_at IS NULL"
#: Messages that did not leave, or of which that is not known.
UNSENT = "state <> 'sent'"

#: One thing that is wrong: of each kind, feed and subject one at a time is open.
alert = sa.Table(
    "alert",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("kind"),
    text("feed", server_default=sa.text("''")),
    text("subject", server_default=sa.text("''")),
    text("severity"),
    sa.Column("count", sa.BigInteger(), nullable=False),
    sa.Column("facts", sa.JSON(), nullable=False),
    # Since when it is wrong, as far as the ledger can tell; opened is when we first saw it.
    time("since"),
    time("opened_at"),
    time("seen_at"),
    time("closed_at", null=True),
    time("acknowledged_at", null=True),
    text("acknowledged_by", null=True),
    text("acknowledged_why", null=True),
    sa.Index(
        "uq_alert_open",
        "kind",
        "feed",
        "subject",
        unique=True,
        sqlite_where=sa.text(OPEN_ALERT),
        postgresql_where=sa.text(OPEN_ALERT),
    ),
    sa.Index("ix_alert_closed_at", "closed_at"),
)

#: Messages to a channel; `key` says what it tells, so that trying again is the same message.
alert_message = sa.Table(
    "alert_message",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("channel"),
    text("key"),
    text("severity"),
    text("subject"),
    text("state"),
    sa.Column("tries", sa.Integer(), nullable=False),
    text("error", server_default=sa.text("''")),
    time("made_at"),
    time("tried_at"),
    time("next_try_at", null=True),
    sa.Index("ix_alert_message_channel_id", "channel", "id"),
    sa.Index(
        "ix_alert_message_unsent",
        "channel",
        "id",
        sqlite_where=sa.text(UNSENT),
        postgresql_where=sa.text(UNSENT),
    ),
)

#: What a channel was told of an alert: the last row is what it knows.
alert_told = sa.Table(
    "alert_told",
    metadata,
    sa.Column("alert_id", sa.BigInteger(), sa.ForeignKey("alert.id"), primary_key=True, autoincrement=False),
    text("channel", primary_key=True),
    sa.Column(
        "message_id",
        sa.BigInteger(),
        sa.ForeignKey("alert_message.id"),
        primary_key=True,
        autoincrement=False,
    ),
    text("state"),
    sqlite_with_rowid=False,
)
