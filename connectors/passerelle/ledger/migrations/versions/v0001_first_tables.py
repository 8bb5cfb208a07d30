"""The first tables: runs, leases, files, fingerprints, plans, bindings, quarantine, orders, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "binding_kind",
        sa.Column("id", _ID, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_kind")),
        sa.UniqueConstraint("system", "entity", name=op.f("uq_binding_kind_system_entity")),
    )
    op.create_table(
        "feed",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("name", name=op.f("uq_feed_name")),
    )
    op.create_table(
        "file",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("archived_as", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("feed", "name", "sha256", name=op.f("uq_file_feed_name_sha256")),
    )
    op.create_index("ix_file_feed_sha256", "file", ["feed", "sha256"], unique=False)
    op.create_index("ix_file_series_sequence", "file", ["series", "sequence"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_started", sa.Double(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("taken_at", _TIME, nullable=False),
        sa.Column("heartbeat_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "order_cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("moved_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_order_cursor")),
    )
    op.create_table(
        "outbox_file",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("prepared_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("delivered_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_file")),
        sa.UniqueConstraint("feed", "name", name=op.f("uq_outbox_file_feed_name")),
        sa.UniqueConstraint("feed", "sequence", name=op.f("uq_outbox_file_feed_sequence")),
    )
    op.create_index(
        "ix_outbox_file_pending",
        "outbox_file",
        ["feed", "sequence"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "outbox_sequence",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_outbox_sequence")),
    )
    op.create_table(
        "plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("run_id", name=op.f("uq_plan_run_id")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("first_run_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_feed_opened_at", "quarantine", ["feed", "opened_at"], unique=False)
    op.create_index(
        "uq_quarantine_open",
        "quarantine",
        ["feed", "identity"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "run",
        sa.Column("no", _ID, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_started", sa.Double(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("interrupted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_run")),
        sa.UniqueConstraint("id", name=op.f("uq_run_id")),
    )
    op.create_index("ix_run_feed_no", "run", ["feed", "no"], unique=False)
    op.create_index(
        "ix_run_running",
        "run",
        ["feed"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "sequence",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("moved_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_sequence")),
    )
    op.create_table(
        "shop_order",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_order")),
        sa.UniqueConstraint("number", name=op.f("uq_shop_order_number")),
        sa.UniqueConstraint("shop_id", name=op.f("uq_shop_order_shop_id")),
    )
    op.create_table(
        "binding",
        sa.Column("kind_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("target_id", _KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["binding_kind.id"], name=op.f("fk_binding_kind_id_binding_kind")
        ),
        sa.PrimaryKeyConstraint("kind_id", "key", name=op.f("pk_binding")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_binding_kind_id_target_id", "binding", ["kind_id", "target_id"], unique=False)
    op.create_table(
        "fingerprint",
        sa.Column("feed_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("strong", sa.LargeBinary(), nullable=True),
        sa.Column("absent_fulls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_no", sa.BigInteger(), nullable=True),
        sa.Column("absent_run_no", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_fingerprint_feed_id_feed")),
        sa.PrimaryKeyConstraint("feed_id", "key", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_fingerprint_absent",
        "fingerprint",
        ["feed_id", "key"],
        unique=False,
        sqlite_where=sa.text("absent_fulls > 0"),
        postgresql_where=sa.text("absent_fulls > 0"),
    )
    op.create_table(
        "order_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_order_event_order_id_shop_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
    )
    op.create_index("ix_order_event_order_id", "order_event", ["order_id", "id"], unique=False)
    op.create_table(
        "order_step",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("outbox_id", sa.BigInteger(), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop_order.id"], name=op.f("fk_order_step_order_id_shop_order")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_file.id"], name=op.f("fk_order_step_outbox_id_outbox_file")
        ),
        sa.PrimaryKeyConstraint("order_id", "step", "attempt", name=op.f("pk_order_step")),
    )
    op.create_index("ix_order_step_outbox_id", "order_step", ["outbox_id"], unique=False)
    op.create_index("ix_order_step_step_state", "order_step", ["step", "state", "order_id"], unique=False)
    op.create_index(
        "uq_order_step_one_file",
        "order_step",
        ["order_id", "step"],
        unique=True,
        sqlite_where=sa.text("outbox_id IS NOT NULL AND state <> 'refused'"),
        postgresql_where=sa.text("outbox_id IS NOT NULL AND state <> 'refused'"),
    )
    op.create_table(
        "plan_item",
        sa.Column("plan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("strong", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("change", sa.LargeBinary(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_item_plan_id_plan")),
        sa.PrimaryKeyConstraint("plan_id", "seq", name=op.f("pk_plan_item")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("plan_item")
    op.drop_index(
        "uq_order_step_one_file",
        table_name="order_step",
        sqlite_where=sa.text("outbox_id IS NOT NULL AND state <> 'refused'"),
        postgresql_where=sa.text("outbox_id IS NOT NULL AND state <> 'refused'"),
    )
    op.drop_index("ix_order_step_step_state", table_name="order_step")
    op.drop_index("ix_order_step_outbox_id", table_name="order_step")
    op.drop_table("order_step")
    op.drop_index("ix_order_event_order_id", table_name="order_event")
    op.drop_table("order_event")
    op.drop_index(
        "ix_fingerprint_absent",
        table_name="fingerprint",
        sqlite_where=sa.text("absent_fulls > 0"),
        postgresql_where=sa.text("absent_fulls > 0"),
    )
    op.drop_table("fingerprint")
    op.drop_index("ix_binding_kind_id_target_id", table_name="binding")
    op.drop_table("binding")
    op.drop_table("shop_order")
    op.drop_table("sequence")
    op.drop_index(
        "ix_run_running",
        table_name="run",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_index("ix_run_feed_no", table_name="run")
    op.drop_table("run")
    op.drop_index(
        "uq_quarantine_open",
        table_name="quarantine",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_quarantine_feed_opened_at", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("plan")
    op.drop_table("outbox_sequence")
    op.drop_index(
        "ix_outbox_file_pending",
        table_name="outbox_file",
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.drop_table("outbox_file")
    op.drop_table("order_cursor")
    op.drop_table("lease")
    op.drop_index("ix_file_series_sequence", table_name="file")
    op.drop_index("ix_file_feed_sha256", table_name="file")
    op.drop_table("file")
    op.drop_table("feed")
    op.drop_table("binding_kind")
