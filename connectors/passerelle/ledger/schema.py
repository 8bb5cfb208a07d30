"""The ledger's tables. Every change here needs a migration in `migrations/versions`; a test compares them."""

from __future__ import annotations

import sqlalchemy as sa

from .alert_schema import alert, alert_message, alert_told
from .audit_schema import audit, config_seen, peak
from .backfill_schema import backfill, backfill_batch, guard_allowance
from .columns import Id, Key, UtcTime, metadata, text, time
from .orders.schema import (
    order_awaited,
    order_cursor,
    order_edit,
    order_event,
    order_message,
    order_request,
    order_revision,
    order_step,
    order_sweep,
    order_unit,
    placed_order,
    shop_order,
)
from .parts_schema import plan_division, plan_part, plan_part_item, plan_part_note
from .stock_schema import stock_claim, stock_law

__all__ = [
    "STOPPED_FILE",
    "UtcTime",
    "alert",
    "alert_message",
    "alert_told",
    "audit",
    "backfill",
    "backfill_batch",
    "before_image",
    "binding",
    "binding_kind",
    "bulk_claim",
    "call_share",
    "config_seen",
    "feed",
    "file",
    "fingerprint",
    "foreign_edit",
    "guard_allowance",
    "lease",
    "metadata",
    "order_awaited",
    "order_cursor",
    "order_edit",
    "order_event",
    "order_message",
    "order_request",
    "order_revision",
    "order_step",
    "order_sweep",
    "order_unit",
    "outbox_file",
    "outbox_sequence",
    "parked",
    "peak",
    "placed_order",
    "plan",
    "plan_division",
    "plan_item",
    "plan_part",
    "plan_part_item",
    "plan_part_note",
    "quarantine",
    "run",
    "sequence",
    "shop_order",
    "stock_claim",
    "stock_law",
    "wanted",
]


#: Feeds by name; `last_id` is the last fingerprint id given out, so that ids of a feed stay dense.
feed = sa.Table(
    "feed",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("name", unique=True),
    sa.Column("last_id", sa.BigInteger(), nullable=False, server_default="0"),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("no", Id, primary_key=True),
    text("id", unique=True),
    text("feed"),
    text("mode"),
    sa.Column("parameters", sa.JSON(), nullable=False),
    text("host"),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.Column("process_started", sa.Double(), nullable=False),
    time("started_at"),
    time("finished_at", null=True),
    text("outcome", null=True),
    sa.Column("interrupted", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("totals", sa.JSON(), nullable=False),
    text("message", server_default=sa.text("''")),
    sa.Index("ix_run_feed_no", "feed", "no"),
    sa.Index(
        "ix_run_running",
        "feed",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    ),
)

lease = sa.Table(
    "lease",
    metadata,
    text("name", primary_key=True),
    text("token"),
    text("host"),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.Column("process_started", sa.Double(), nullable=False),
    text("purpose", server_default=sa.text("''")),
    time("taken_at"),
    time("heartbeat_at"),
    time("expires_at"),
)

#: Parts of a target's call budget, by who holds them.
call_share = sa.Table(
    "call_share",
    metadata,
    text("budget", primary_key=True),
    text("holder", primary_key=True),
    sa.Column("weight", sa.Integer(), nullable=False),
    sa.Column("calls_per_second", sa.Double(), nullable=False),
    sa.Column("calls_at_once", sa.Integer(), nullable=False),
    time("expires_at"),
)

#: A file that stays where it is, or was refused: the words of its index, which a query must repeat exactly.
STOPPED_FILE = "state IN ('held', 'refused')"

file = sa.Table(
    "file",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    text("series"),
    text("name"),
    text("sha256"),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("sequence", sa.BigInteger(), nullable=True),
    text("mode", null=True),
    text("state"),
    text("note", server_default=sa.text("''")),
    text("archived_as", null=True),
    text("run_id", null=True),
    time("recorded_at"),
    time("changed_at"),
    # What the file calls itself inside: the same reference again is the same message sent twice.
    text("reference", null=True),
    sa.UniqueConstraint("feed", "name", "sha256"),
    sa.Index("ix_file_feed_sha256", "feed", "sha256"),
    # What came last of a feed, which boards and watches ask all day.
    sa.Index("ix_file_feed_id", "feed", "id"),
    sa.Index("ix_file_feed_reference", "feed", "reference"),
    sa.Index("ix_file_series_sequence", "series", "sequence"),
    sa.Index(
        "ix_file_stopped",
        "feed",
        "changed_at",
        sqlite_where=sa.text(STOPPED_FILE),
        postgresql_where=sa.text(STOPPED_FILE),
    ),
)

sequence = sa.Table(
    "sequence",
    metadata,
    text("series", primary_key=True),
    sa.Column("last", sa.BigInteger(), nullable=False),
    text("mode", null=True),
    time("moved_at"),
)

fingerprint = sa.Table(
    "fingerprint",
    metadata,
    sa.Column("feed_id", sa.Integer(), sa.ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    sa.Column("key", Key, primary_key=True),
    sa.Column("id", sa.BigInteger(), nullable=False),
    sa.Column("raw", sa.LargeBinary(), nullable=False),
    sa.Column("strong", sa.LargeBinary(), nullable=True),
    sa.Column("absent_fulls", sa.Integer(), nullable=False, server_default="0"),
    # The numbers of the runs that last stored the record and last missed it; no foreign keys on this path.
    sa.Column("run_no", sa.BigInteger(), nullable=True),
    sa.Column("absent_run_no", sa.BigInteger(), nullable=True),
    sa.Index(
        "ix_fingerprint_absent",
        "feed_id",
        "key",
        sqlite_where=sa.text("absent_fulls > 0"),
        postgresql_where=sa.text("absent_fulls > 0"),
    ),
    # The row lives in the key's own tree: one descent a look-up instead of two.
    sqlite_with_rowid=False,
)

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("run_id", unique=True),
    time("created_at"),
    # A plan of a run lives as long as the run. One that a person is to decide about is kept: what made it,
    # of what it is about, and what became of it.
    text("feed", null=True),
    text("origin", server_default=sa.text("'run'")),
    text("state", server_default=sa.text("'running'")),
    text("digest", null=True),
    sa.Column("facts", sa.JSON(), nullable=True),
    text("decided_by", null=True),
    text("reason", null=True),
    time("decided_at", null=True),
    time("expires_at", null=True),
    sa.Index("ix_plan_feed_state", "feed", "state"),
)

plan_item = sa.Table(
    "plan_item",
    metadata,
    sa.Column("plan_id", sa.BigInteger(), sa.ForeignKey("plan.id"), primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    text("key"),
    sa.Column("raw", sa.LargeBinary(), nullable=False),
    sa.Column("strong", sa.LargeBinary(), nullable=True),
    text("kind"),
    sa.Column("record", sa.LargeBinary(), nullable=True),
    sa.Column("change", sa.LargeBinary(), nullable=True),
    sa.Column("rank", sa.Integer(), nullable=False),
    sqlite_with_rowid=False,
)

binding_kind = sa.Table(
    "binding_kind",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("system"),
    text("entity"),
    sa.UniqueConstraint("system", "entity"),
)

binding = sa.Table(
    "binding",
    metadata,
    sa.Column(
        "kind_id", sa.BigInteger(), sa.ForeignKey("binding_kind.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("key", Key, primary_key=True),
    sa.Column("target_id", Key, nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    time("since"),
    sa.Index("ix_binding_kind_id_target_id", "kind_id", "target_id"),
    sqlite_with_rowid=False,
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    text("identity"),
    text("record_key", null=True),
    text("code"),
    sa.Column("faults", sa.JSON(), nullable=False),
    sa.Column("raw", sa.LargeBinary(), nullable=True),
    text("file", null=True),
    text("first_run_id"),
    text("run_id"),
    sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
    time("opened_at"),
    time("seen_at"),
    time("closed_at", null=True),
    text("closed_by", null=True),
    sa.Index(
        "uq_quarantine_open",
        "feed",
        "identity",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index("ix_quarantine_feed_opened_at", "feed", "opened_at"),
)

#: What the target holds of a record because we wrote it, or agreed with it: the last record that it took.
wanted = sa.Table(
    "wanted",
    metadata,
    sa.Column("feed_id", sa.Integer(), sa.ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    sa.Column("key", Key, primary_key=True),
    sa.Column("record", sa.LargeBinary(), nullable=False),
    sa.Column("run_no", sa.BigInteger(), nullable=True),
    time("since"),
)

#: What was handed to a target's bulk door, and is not known to have arrived.
bulk_claim = sa.Table(
    "bulk_claim",
    metadata,
    sa.Column("feed_id", sa.Integer(), sa.ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    sa.Column("key", Key, primary_key=True),
    text("place"),
    text("name"),
    sa.Column("digest", sa.LargeBinary(), nullable=False),
    text("number", null=True),
    time("since"),
    sqlite_with_rowid=False,
)

#: Records that wait for something they point to.
parked = sa.Table(
    "parked",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    sa.Column("key", Key, nullable=False),
    sa.Column("waits_for", sa.JSON(), nullable=False),
    sa.Column("record", sa.LargeBinary(), nullable=False),
    sa.Column("raw", sa.LargeBinary(), nullable=False),
    sa.Column("strong", sa.LargeBinary(), nullable=False),
    text("file", null=True),
    sa.Column("line", sa.BigInteger(), nullable=True),
    sa.Column("ordinal", sa.BigInteger(), nullable=True),
    text("first_run_id"),
    text("run_id"),
    time("parked_at"),
    time("expires_at"),
    time("closed_at", null=True),
    text("closed_by", null=True),
    sa.Index(
        "uq_parked_open",
        "feed",
        "key",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

#: What a resource was before a run changed it, and the version that the change left: what undo needs.
before_image = sa.Table(
    "before_image",
    metadata,
    sa.Column("run_no", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("key", Key, nullable=False),
    text("entity"),
    text("kind"),
    sa.Column("target_id", Key, nullable=True),
    sa.Column("version", sa.BigInteger(), nullable=True),
    sa.Column("before", sa.LargeBinary(), nullable=True),
    sa.Column("record", sa.LargeBinary(), nullable=True),
    time("at"),
)

#: Fields that somebody else changed in the target after we wrote them.
foreign_edit = sa.Table(
    "foreign_edit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    sa.Column("key", Key, nullable=False),
    text("field"),
    sa.Column("ours", sa.JSON(), nullable=True),
    sa.Column("theirs", sa.JSON(), nullable=True),
    text("policy"),
    sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
    text("first_run_id"),
    text("run_id"),
    time("first_seen"),
    time("last_seen"),
    time("settled_at", null=True),
    sa.UniqueConstraint("feed", "key", "field"),
    sa.Index("ix_foreign_edit_feed_last_seen", "feed", "last_seen"),
)

outbox_file = sa.Table(
    "outbox_file",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("feed"),
    sa.Column("sequence", sa.BigInteger(), nullable=False),
    text("name"),
    sa.Column("content", sa.LargeBinary(), nullable=False),
    text("sha256"),
    sa.Column("size", sa.BigInteger(), nullable=False),
    text("state"),
    text("note", server_default=sa.text("''")),
    text("run_id", null=True),
    time("prepared_at"),
    time("changed_at"),
    time("delivered_at", null=True),
    sa.UniqueConstraint("feed", "sequence"),
    sa.UniqueConstraint("feed", "name"),
    sa.Index(
        "ix_outbox_file_pending",
        "feed",
        "sequence",
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    ),
)

outbox_sequence = sa.Table(
    "outbox_sequence",
    metadata,
    text("feed", primary_key=True),
    sa.Column("last", sa.BigInteger(), nullable=False),
)
