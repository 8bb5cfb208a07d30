"""The ledger's tables. Every change here needs a migration in `migrations/versions`; a test compares them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

__all__ = [
    "UtcTime",
    "before_image",
    "binding",
    "binding_kind",
    "bulk_claim",
    "call_share",
    "feed",
    "file",
    "fingerprint",
    "foreign_edit",
    "lease",
    "metadata",
    "order_cursor",
    "order_event",
    "order_step",
    "outbox_file",
    "outbox_sequence",
    "parked",
    "plan",
    "plan_item",
    "quarantine",
    "run",
    "sequence",
    "shop_order",
    "wanted",
]


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment, aware and in UTC, also where the database knows no time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without zone: nobody could say later what it meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"received the time {value.isoformat()} without a zone, expected an aware one")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the time back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly this type.
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Keys sort by bytes in both databases: faster in PostgreSQL, and the same order everywhere.
_Key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str, *, null: bool = False, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, **options)


def _time(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcTime(), nullable=null)


#: Feeds by name; `last_id` is the last fingerprint id given out, so that ids of a feed stay dense.
feed = sa.Table(
    "feed",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("name", unique=True),
    sa.Column("last_id", sa.BigInteger(), nullable=False, server_default="0"),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("no", _Id, primary_key=True),
    _text("id", unique=True),
    _text("feed"),
    _text("mode"),
    sa.Column("parameters", sa.JSON(), nullable=False),
    _text("host"),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.Column("process_started", sa.Double(), nullable=False),
    _time("started_at"),
    _time("finished_at", null=True),
    _text("outcome", null=True),
    sa.Column("interrupted", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("totals", sa.JSON(), nullable=False),
    _text("message", server_default=sa.text("''")),
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
    _text("name", primary_key=True),
    _text("token"),
    _text("host"),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.Column("process_started", sa.Double(), nullable=False),
    _text("purpose", server_default=sa.text("''")),
    _time("taken_at"),
    _time("heartbeat_at"),
    _time("expires_at"),
)

#: Parts of a target's call budget, by who holds them.
call_share = sa.Table(
    "call_share",
    metadata,
    _text("budget", primary_key=True),
    _text("holder", primary_key=True),
    sa.Column("weight", sa.Integer(), nullable=False),
    sa.Column("calls_per_second", sa.Double(), nullable=False),
    sa.Column("calls_at_once", sa.Integer(), nullable=False),
    _time("expires_at"),
)

file = sa.Table(
    "file",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("feed"),
    _text("series"),
    _text("name"),
    _text("sha256"),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("sequence", sa.BigInteger(), nullable=True),
    _text("mode", null=True),
    _text("state"),
    _text("note", server_default=sa.text("''")),
    _text("archived_as", null=True),
    _text("run_id", null=True),
    _time("recorded_at"),
    _time("changed_at"),
    # What the file calls itself inside: the same reference again is the same message sent twice.
    _text("reference", null=True),
    sa.UniqueConstraint("feed", "name", "sha256"),
    sa.Index("ix_file_feed_sha256", "feed", "sha256"),
    sa.Index("ix_file_feed_reference", "feed", "reference"),
    sa.Index("ix_file_series_sequence", "series", "sequence"),
)

sequence = sa.Table(
    "sequence",
    metadata,
    _text("series", primary_key=True),
    sa.Column("last", sa.BigInteger(), nullable=False),
    _text("mode", null=True),
    _time("moved_at"),
)

fingerprint = sa.Table(
    "fingerprint",
    metadata,
    sa.Column("feed_id", sa.Integer(), sa.ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    sa.Column("key", _Key, primary_key=True),
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
    sa.Column("id", _Id, primary_key=True),
    _text("run_id", unique=True),
    _time("created_at"),
    # A plan of a run lives as long as the run. One that a person is to decide about is kept: what made it,
    # of what it is about, and what became of it.
    _text("feed", null=True),
    _text("origin", server_default=sa.text("'run'")),
    _text("state", server_default=sa.text("'running'")),
    _text("digest", null=True),
    sa.Column("facts", sa.JSON(), nullable=True),
    _text("decided_by", null=True),
    _text("reason", null=True),
    _time("decided_at", null=True),
    _time("expires_at", null=True),
    sa.Index("ix_plan_feed_state", "feed", "state"),
)

plan_item = sa.Table(
    "plan_item",
    metadata,
    sa.Column("plan_id", sa.BigInteger(), sa.ForeignKey("plan.id"), primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    _text("key"),
    sa.Column("raw", sa.LargeBinary(), nullable=False),
    sa.Column("strong", sa.LargeBinary(), nullable=True),
    _text("kind"),
    sa.Column("record", sa.LargeBinary(), nullable=True),
    sa.Column("change", sa.LargeBinary(), nullable=True),
    sa.Column("rank", sa.Integer(), nullable=False),
    sqlite_with_rowid=False,
)

binding_kind = sa.Table(
    "binding_kind",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("system"),
    _text("entity"),
    sa.UniqueConstraint("system", "entity"),
)

binding = sa.Table(
    "binding",
    metadata,
    sa.Column(
        "kind_id", sa.BigInteger(), sa.ForeignKey("binding_kind.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("key", _Key, primary_key=True),
    sa.Column("target_id", _Key, nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    _time("since"),
    sa.Index("ix_binding_kind_id_target_id", "kind_id", "target_id"),
    sqlite_with_rowid=False,
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("feed"),
    _text("identity"),
    _text("record_key", null=True),
    _text("code"),
    sa.Column("faults", sa.JSON(), nullable=False),
    sa.Column("raw", sa.LargeBinary(), nullable=True),
    _text("file", null=True),
    _text("first_run_id"),
    _text("run_id"),
    sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
    _time("opened_at"),
    _time("seen_at"),
    _time("closed_at", null=True),
    _text("closed_by", null=True),
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
    sa.Column("key", _Key, primary_key=True),
    sa.Column("record", sa.LargeBinary(), nullable=False),
    sa.Column("run_no", sa.BigInteger(), nullable=True),
    _time("since"),
)

#: What was handed to a target's bulk door, and is not known to have arrived.
bulk_claim = sa.Table(
    "bulk_claim",
    metadata,
    sa.Column("feed_id", sa.Integer(), sa.ForeignKey("feed.id"), primary_key=True, autoincrement=False),
    sa.Column("key", _Key, primary_key=True),
    _text("place"),
    _text("name"),
    sa.Column("digest", sa.LargeBinary(), nullable=False),
    _text("number", null=True),
    _time("since"),
    sqlite_with_rowid=False,
)

#: Records that wait for something they point to.
parked = sa.Table(
    "parked",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("feed"),
    sa.Column("key", _Key, nullable=False),
    sa.Column("waits_for", sa.JSON(), nullable=False),
    sa.Column("record", sa.LargeBinary(), nullable=False),
    sa.Column("raw", sa.LargeBinary(), nullable=False),
    sa.Column("strong", sa.LargeBinary(), nullable=False),
    _text("file", null=True),
    sa.Column("line", sa.BigInteger(), nullable=True),
    sa.Column("ordinal", sa.BigInteger(), nullable=True),
    _text("first_run_id"),
    _text("run_id"),
    _time("parked_at"),
    _time("expires_at"),
    _time("closed_at", null=True),
    _text("closed_by", null=True),
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
    sa.Column("key", _Key, nullable=False),
    _text("entity"),
    _text("kind"),
    sa.Column("target_id", _Key, nullable=True),
    sa.Column("version", sa.BigInteger(), nullable=True),
    sa.Column("before", sa.LargeBinary(), nullable=True),
    sa.Column("record", sa.LargeBinary(), nullable=True),
    _time("at"),
)

#: Fields that somebody else changed in the target after we wrote them.
foreign_edit = sa.Table(
    "foreign_edit",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("feed"),
    sa.Column("key", _Key, nullable=False),
    _text("field"),
    sa.Column("ours", sa.JSON(), nullable=True),
    sa.Column("theirs", sa.JSON(), nullable=True),
    _text("policy"),
    sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
    _text("first_run_id"),
    _text("run_id"),
    _time("first_seen"),
    _time("last_seen"),
    _time("settled_at", null=True),
    sa.UniqueConstraint("feed", "key", "field"),
    sa.Index("ix_foreign_edit_feed_last_seen", "feed", "last_seen"),
)

shop_order = sa.Table(
    "shop_order",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("number", unique=True),
    _text("shop_id", unique=True),
    _text("destination"),
    _time("created_at"),
    _time("first_seen"),
    sa.Column("record", sa.LargeBinary(), nullable=True),
)

outbox_file = sa.Table(
    "outbox_file",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _text("feed"),
    sa.Column("sequence", sa.BigInteger(), nullable=False),
    _text("name"),
    sa.Column("content", sa.LargeBinary(), nullable=False),
    _text("sha256"),
    sa.Column("size", sa.BigInteger(), nullable=False),
    _text("state"),
    _text("note", server_default=sa.text("''")),
    _text("run_id", null=True),
    _time("prepared_at"),
    _time("changed_at"),
    _time("delivered_at", null=True),
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
    _text("feed", primary_key=True),
    sa.Column("last", sa.BigInteger(), nullable=False),
)

order_step = sa.Table(
    "order_step",
    metadata,
    sa.Column(
        "order_id", sa.BigInteger(), sa.ForeignKey("shop_order.id"), primary_key=True, autoincrement=False
    ),
    _text("step", primary_key=True),
    sa.Column("attempt", sa.Integer(), primary_key=True, autoincrement=False),
    _text("state"),
    _text("external_id", null=True),
    sa.Column("detail", sa.JSON(), nullable=False),
    _text("run_id", null=True),
    sa.Column("outbox_id", sa.BigInteger(), sa.ForeignKey("outbox_file.id"), nullable=True),
    _time("at"),
    # The last line of defence of "no order is in two files": only a refused attempt frees its order.
    sa.Index(
        "uq_order_step_one_file",
        "order_id",
        "step",
        unique=True,
        sqlite_where=sa.text("outbox_id IS NOT NULL AND state <> 'refused'"),
        postgresql_where=sa.text("outbox_id IS NOT NULL AND state <> 'refused'"),
    ),
    sa.Index("ix_order_step_step_state", "step", "state", "order_id"),
    sa.Index("ix_order_step_outbox_id", "outbox_id"),
)

#: What happened to an order, in the order in which it happened; rows are only ever added.
order_event = sa.Table(
    "order_event",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("order_id", sa.BigInteger(), sa.ForeignKey("shop_order.id"), nullable=False),
    _text("step"),
    sa.Column("attempt", sa.Integer(), nullable=False),
    _text("state"),
    _text("external_id", null=True),
    sa.Column("detail", sa.JSON(), nullable=False),
    _text("run_id", null=True),
    _time("at"),
    sa.Index("ix_order_event_order_id", "order_id", "id"),
)

order_cursor = sa.Table(
    "order_cursor",
    metadata,
    _text("source", primary_key=True),
    _time("created_at"),
    _text("shop_id"),
    _time("moved_at"),
)
