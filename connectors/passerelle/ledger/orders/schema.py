"""The tables of orders: what was sold, what was said of it, where its pieces are, what is owed, awaited."""

from __future__ import annotations

import sqlalchemy as sa

from ..columns import Id, Key, metadata, text, time

__all__ = [
    "LEFT_PIECE",
    "LOST_PIECE",
    "OPEN_PIECE",
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
    "placed_order",
    "shop_order",
]

#: A piece that was sold and has not left: the words of its index, which a query must repeat exactly.
OPEN_PIECE = (
    "state IN ('ordered', 'exported', 'confirmed', 'allocated', 'claimed', 'preparing', 'packed', 'ready')"
)

#: A piece that left its place: sent or handed over, whatever became of it then.
LEFT_PIECE = (
    "state IN ('shipped', 'in_transit', 'delivered', 'collected', 'return_announced', 'returned',"
    " 'restocked', 'unusable')"
)

#: A piece that was not found where it should lie, and was given up.
LOST_PIECE = "lost AND state = 'cancelled'"


def _of_order(*, key: bool = True) -> sa.Column[int]:
    """Say which order a row belongs to; mostly the first part of its key, so that its rows lie together."""
    return sa.Column(
        "order_id",
        sa.BigInteger(),
        sa.ForeignKey("shop_order.id"),
        primary_key=key,
        nullable=False,
        autoincrement=False,
    )


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    rows = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


shop_order = sa.Table(
    "shop_order",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("number", unique=True),
    text("shop_id", unique=True),
    text("destination"),
    time("created_at"),
    time("first_seen"),
    sa.Column("record", sa.LargeBinary(), nullable=True),
    # What lists and alarms ask for, so that they need not read the record; amounts in minor units.
    text("kind", server_default=sa.text("'delivery'")),
    text("store", null=True),
    sa.Column("total", sa.BigInteger(), nullable=True),
    text("currency", null=True),
    sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
    # What follows from the messages; worked out anew each time and never changed by hand.
    text("order_state", server_default=sa.text("'Open'")),
    text("shipment_state", null=True),
    text("payment_state", null=True),
    text("erp_number", null=True),
    sa.Column("contradictions", sa.Integer(), nullable=False, server_default="0"),
    time("closed_at", null=True),
    # The picture that the shop should show: its digest (none: never worked out), how many there were, and the
    # one that the shop does not show yet (0: it shows the last).
    sa.Column("view", sa.LargeBinary(), nullable=True),
    sa.Column("generation", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("dirty", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("shop_version", sa.BigInteger(), nullable=True),
    # The number of the last message of the shop about it: the next one has the next number.
    sa.Column("message_number", sa.BigInteger(), nullable=True),
    # Since when only this row is kept of it, and the digest of what it was and what was said of it.
    time("forgotten_at", null=True),
    sa.Column("digest", sa.LargeBinary(), nullable=True),
    sa.Index("ix_shop_order_created_at", "created_at", "id"),
    sa.Index("ix_shop_order_store_created_at", "store", "created_at"),
    _partial("ix_shop_order_open", "order_state", "created_at", where="closed_at IS NULL"),
    # What retention asks for: orders that were closed long ago, of which more than one line is kept.
    _partial(
        "ix_shop_order_closed_at",
        "closed_at",
        "id",
        where="closed_at IS NOT NULL AND forgotten_at IS NULL",
    ),
    _partial("ix_shop_order_dirty", "id", where="dirty > 0"),
    _partial("ix_shop_order_contradictions", "id", where="contradictions > 0"),
    _partial("ix_shop_order_view", "id", where="view IS NULL"),
)

#: What an order was before the shop changed it in ways that others must learn of: one row a past revision.
order_revision = sa.Table(
    "order_revision",
    metadata,
    _of_order(),
    sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("record", sa.LargeBinary(), nullable=False),
    text("run_id", null=True),
    time("until"),
)

order_step = sa.Table(
    "order_step",
    metadata,
    _of_order(),
    text("step", primary_key=True),
    sa.Column("attempt", sa.Integer(), primary_key=True, autoincrement=False),
    text("state"),
    text("external_id", null=True),
    sa.Column("detail", sa.JSON(), nullable=False),
    text("run_id", null=True),
    sa.Column("outbox_id", sa.BigInteger(), sa.ForeignKey("outbox_file.id"), nullable=True),
    time("at"),
    # The last line of defence of "no order is in two files": only a refused attempt frees its order.
    _partial(
        "uq_order_step_one_file",
        "order_id",
        "step",
        unique=True,
        where="outbox_id IS NOT NULL AND state <> 'refused'",
    ),
    sa.Index("ix_order_step_step_state", "step", "state", "order_id"),
    sa.Index("ix_order_step_outbox_id", "outbox_id"),
)

#: What happened to an order, in the order in which it happened; rows are only ever added.
order_event = sa.Table(
    "order_event",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("order_id", sa.BigInteger(), sa.ForeignKey("shop_order.id"), nullable=False),
    text("step"),
    sa.Column("attempt", sa.Integer(), nullable=False),
    text("state"),
    text("external_id", null=True),
    sa.Column("detail", sa.JSON(), nullable=False),
    text("run_id", null=True),
    time("at"),
    sa.Index("ix_order_event_order_id", "order_id", "id"),
)

order_cursor = sa.Table(
    "order_cursor",
    metadata,
    text("source", primary_key=True),
    time("created_at"),
    text("shop_id"),
    time("moved_at"),
)

#: When each feed last looked for orders in each source, and how often it should (seconds); `state` is the
#: health of a subscription in the shop's words.
order_sweep = sa.Table(
    "order_sweep",
    metadata,
    text("feed", primary_key=True),
    text("kind", primary_key=True),
    time("began_at"),
    time("ended_at", null=True),
    sa.Column("every", sa.BigInteger(), nullable=True),
    text("state", null=True),
    time("state_since", null=True),
    text("run_id", null=True),
)

#: Everything that was said about an order, whoever said it and however often it was corrected.
order_message = sa.Table(
    "order_message",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _of_order(key=False),
    # The fact that it is about, and what it says of it: the same twice is one row.
    sa.Column("key", Key, nullable=False),
    sa.Column("digest", sa.LargeBinary(), nullable=False),
    text("kind"),
    sa.Column("record", sa.LargeBinary(), nullable=False),
    time("at", null=True),
    time("received_at"),
    text("feed"),
    text("file", null=True),
    sa.Column("line", sa.BigInteger(), nullable=True),
    text("run_id", null=True),
    text("verdict", server_default=sa.text("'followed'")),
    sa.UniqueConstraint("order_id", "key", "digest"),
)

#: Where each piece is. A piece that left its order (a line taken off) stays as `gone`.
order_unit = sa.Table(
    "order_unit",
    metadata,
    _of_order(),
    sa.Column("line", Key, primary_key=True),
    sa.Column("idx", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("sku", Key, nullable=False),
    text("place", null=True),
    text("state"),
    time("since", null=True),
    time("shipped_at", null=True),
    # When the ERP knew of it: from then on its own stock may have it taken off.
    time("known_at", null=True),
    text("delivery", null=True),
    text("parcel", null=True),
    text("return_number", null=True),
    text("why", null=True),
    sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("lost", sa.Boolean(), nullable=False, server_default=sa.false()),
    time("changed_at"),
    _partial("ix_order_unit_open", "sku", where=OPEN_PIECE),
    sa.Index("ix_order_unit_changed_at", "changed_at", "sku"),
    # What the stock law asks: pieces of some SKUs that left not long ago.
    _partial("ix_order_unit_left", "sku", "changed_at", where=LEFT_PIECE),
    _partial("ix_order_unit_lost", "sku", "changed_at", where=LOST_PIECE),
    sqlite_with_rowid=False,
)

#: What we owe others; `origin` tells what follows from the messages from what somebody asked for.
order_request = sa.Table(
    "order_request",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _of_order(key=False),
    sa.Column("key", Key, nullable=False),
    text("kind"),
    sa.Column("step", sa.Integer(), nullable=False),
    text("state"),
    text("origin", server_default=sa.text("'derived'")),
    sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    text("currency", null=True),
    sa.Column("lines", sa.JSON(), nullable=False),
    sa.Column("detail", sa.JSON(), nullable=False),
    text("external_id", null=True),
    sa.Column("answer", sa.JSON(), nullable=False),
    text("run_id", null=True),
    sa.Column("outbox_id", sa.BigInteger(), sa.ForeignKey("outbox_file.id"), nullable=True),
    time("opened_at"),
    time("at"),
    sa.UniqueConstraint("order_id", "key"),
    _partial("ix_order_request_open", "kind", "id", where="state IN ('pending', 'claimed', 'in_doubt')"),
    sa.Index("ix_order_request_outbox_id", "outbox_id"),
    # A number never comes again: whoever read a request that is no more claims nothing by it.
    sqlite_autoincrement=True,
)

#: What should happen next to an order, since when it is awaited and when it is late.
order_awaited = sa.Table(
    "order_awaited",
    metadata,
    _of_order(),
    sa.Column("step", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("subject", Key, primary_key=True),
    text("name"),
    time("since"),
    time("due", null=True),
    sa.Column("pieces", sa.Integer(), nullable=False, server_default="0"),
    # The list for the morning: of each step the longest late first, so many and no more.
    _partial("ix_order_awaited_late", "step", "due", "order_id", "subject", where="due IS NOT NULL"),
    sqlite_with_rowid=False,
)

#: Orders of the shop that were placed elsewhere: nothing more is kept of them, and nobody here acts on them.
placed_order = sa.Table(
    "placed_order",
    metadata,
    sa.Column("number", Key, primary_key=True),
    text("feed"),
    text("sender_number", null=True),
    text("state"),
    time("placed_at"),
    sa.Column("total", sa.BigInteger(), nullable=False),
    text("currency"),
    sa.Column("pieces", sa.BigInteger(), nullable=False),
    text("shop_id", null=True),
    text("file", null=True),
    sa.Column("line", sa.BigInteger(), nullable=True),
    text("run_id", null=True),
    time("at"),
)

#: Edits that an ERP has made of orders in the shop; nothing of the customer is kept of them.
order_edit = sa.Table(
    "order_edit",
    metadata,
    sa.Column("number", Key, primary_key=True),
    sa.Column("key", Key, primary_key=True),
    text("feed"),
    text("state"),
    text("digest"),
    sa.Column("before", sa.BigInteger(), nullable=False),
    sa.Column("after", sa.BigInteger(), nullable=False),
    text("currency"),
    sa.Column("revision", sa.BigInteger(), nullable=True),
    text("file", null=True),
    sa.Column("line", sa.BigInteger(), nullable=True),
    text("run_id", null=True),
    time("at"),
)
