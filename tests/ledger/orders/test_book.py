from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.fulfilment import FulfilmentRules, Timers
from passerelle.ledger import Content, Heard, Ledger, LifeRules, NewOrder, OrderCursor
from passerelle.ledger.database import Database
from passerelle.ledger.orders.export_queue import Settled
from passerelle.ledger.orders.units import Touched
from passerelle.records import Address, MessageLine, Money, Order, OrderLine, OrderMessage
from tests.ledger.workers import Work, done_together

DAY = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def _order(number: str, **changes: Any) -> Order:
    line = OrderLine(
        id=f"{number}-a",
        sku="SKU-1",
        name="Scarf",
        quantity=2,
        unit_price=Money(1500, "EUR"),
        total=Money(3000, "EUR"),
    )
    order = Order(
        id=f"id-{number}",
        version=1,
        order_number=number,
        created_at=DAY,
        state="Open",
        payment_state="Paid",
        total=Money(3000, "EUR"),
        lines=(line,),
        shipping_address=Address(last_name="Ferrand", street="rue des Lilas", city="Lyon", country="FR"),
    )
    return msgspec.structs.replace(order, **changes)


def _met(ledger: Ledger, *orders: Order) -> None:
    ledger.orders.add_pending([NewOrder.of(order, "erp") for order in orders])


def _left(ledger: Ledger, *numbers: str) -> None:
    """Have orders leave in a file that is delivered."""
    file = ledger.outbox.prepare("erp", numbers, lambda number: Content(f"CMD_{number:05d}.xml", b"<o/>"))
    ledger.outbox.set_state(file.id, "delivered")


def _said(number: str, kind: str, ref: str, **more: Any) -> Heard:
    message = OrderMessage(order_number=number, kind=kind, ref=ref, **more)  # type: ignore[arg-type]  # the kind is the example's own
    return Heard(message, "order-messages", "MSG_0001.xml", 12)


def _row(ledger_url: str, number: str) -> Any:
    """Read an order's own row."""
    database = Database(ledger_url)
    with database.read() as connection:
        row = connection.execute(
            sa.text("SELECT * FROM shop_order WHERE number = :number"), {"number": number}
        ).one()
    database.close()
    return row


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Note every statement that goes through SQLAlchemy, and the bulk ones that go to the driver."""
    seen: list[str] = []

    def listen(*arguments: Any) -> None:
        seen.append(str(arguments[2]))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", listen)


class TestMeeting:
    def test_its_row_tells_what_lists_ask_for(self, ledger: Ledger, ledger_url: str) -> None:
        """Kind, store, total and currency stand beside the record; its pieces are there at once."""
        _met(ledger, _order("W1", kind="click_and_collect", store="paris"))
        row = _row(ledger_url, "W1")
        assert (row.kind, row.store, row.total, row.currency, row.revision) == (
            "click_and_collect",
            "paris",
            3000,
            "EUR",
            1,
        )
        life = ledger.order_book.life("W1")
        assert life is not None
        assert [(one.unit.index, one.unit.state, one.known_at) for one in life.pieces] == [
            (1, "ordered", None),
            (2, "ordered", None),
        ]

    def test_a_new_order_is_not_dirty(self, ledger: Ledger) -> None:
        """An order of which nothing was said looks in the shop as the shop made it: no call is needed."""
        _met(ledger, _order("W1"), _order("W2"))
        assert ledger.order_book.dirty() == []

    def test_the_same_order_again_is_nothing(self, ledger: Ledger) -> None:
        """However often it comes: no revision, no event, no other time."""
        _met(ledger, _order("W1"))
        before = ledger.order_book.life("W1")
        added = ledger.orders.add_pending([NewOrder.of(_order("W1"), "erp")] * 2)
        assert (added.new, added.known, added.revised, added.updated) == ((), ("W1", "W1"), (), ())
        assert ledger.order_book.life("W1") == before

    def test_twice_in_a_batch_is_one_order(self, ledger: Ledger) -> None:
        """The first one is new, the second is known, and the later word about it holds."""
        later = _order("W1", version=2, payment_state="Pending")
        added = ledger.orders.add_pending([NewOrder.of(_order("W1"), "erp"), NewOrder.of(later, "erp")])
        assert (added.new, added.known, added.updated) == (("W1",), ("W1",), ("W1",))
        assert ledger.order_book.orders(["W1"])["W1"].payment_state == "Pending"

    def test_of_two_readings_in_a_batch_the_newer_counts(self, ledger: Ledger) -> None:
        """A queue gives an order's messages in any order; the version says which reading is the newer one."""
        _met(ledger, _order("W1"))
        readings = [_order("W1", version=3, payment_state="Paid"), _order("W1", version=2, payment_state="")]
        ledger.orders.add_pending([NewOrder.of(order, "erp") for order in readings])
        assert ledger.order_book.orders(["W1"])["W1"].version == 3

    def test_a_change_before_it_left_is_no_revision(self, ledger: Ledger) -> None:
        """The ERP has not seen the old address: it gets the new one as the order's first revision."""
        _met(ledger, _order("W1"))
        moved = _order("W1", version=2, shipping_address=Address(last_name="Ferrand", city="Nice"))
        assert ledger.orders.add_pending([NewOrder.of(moved, "erp")]).updated == ("W1",)
        life = ledger.order_book.life("W1")
        assert life is not None
        assert life.order is not None
        assert (life.revision, life.order.shipping_address, life.revisions) == (
            1,
            moved.shipping_address,
            (),
        )

    def test_a_change_after_it_left_is_a_revision(self, ledger: Ledger) -> None:
        """What it was is kept; a payment that arrives is nothing that the ERP must learn of."""
        _met(ledger, _order("W1"))
        _left(ledger, "W1")
        paid = _order("W1", version=2, payment_state="Pending")
        assert ledger.orders.add_pending([NewOrder.of(paid, "erp")]).revised == ()
        moved = _order("W1", version=3, shipping_address=Address(last_name="Ferrand", city="Nice"))
        added = ledger.orders.add_pending([NewOrder.of(moved, "erp")])
        assert (added.revised, added.updated) == (("W1",), ())
        life = ledger.order_book.life("W1")
        assert life is not None
        assert life.order is not None
        assert (life.revision, life.order.revision, life.order.shipping_address) == (
            2,
            2,
            moved.shipping_address,
        )
        assert [one.revision for one in life.revisions] == [1]
        assert ledger.orders.add_pending([NewOrder.of(moved, "erp")]).revised == ()

    def test_an_older_reading_is_no_news(self, ledger: Ledger) -> None:
        """Messages come late and out of order: an order never goes back to an older version of itself."""
        _met(ledger, _order("W1", version=5, payment_state="Paid"))
        ledger.orders.add_pending([NewOrder.of(_order("W1", version=4, payment_state="Pending"), "erp")])
        assert ledger.order_book.orders(["W1"])["W1"].payment_state == "Paid"

    def test_a_line_that_is_taken_off_takes_its_pieces_along(self, ledger: Ledger) -> None:
        """They are nobody's any more, and whoever counts the SKU is told."""
        _met(ledger, _order("W1"))
        before = datetime.now(tz=UTC)
        fewer = msgspec.structs.replace(_order("W1").lines[0], quantity=1)
        ledger.orders.add_pending([NewOrder.of(_order("W1", version=2, lines=(fewer,)), "erp")])
        assert sum(one.pieces for one in ledger.order_book.open_pieces(["SKU-1"])) == 1
        assert [one.sku for one in ledger.order_book.touched(before)] == ["SKU-1"]

    def test_the_cursor_stands_still_when_an_order_cannot_be_kept(self, ledger: Ledger) -> None:
        """One transaction: orders, what follows from them, and how far the shop was read."""
        naive = OrderCursor(DAY.replace(tzinfo=None), "id-1")
        with pytest.raises(Exception, match="without a zone"):
            ledger.orders.add_pending([NewOrder.of(_order("W1"), "erp")], source="shop", cursor=naive)
        assert ledger.order_book.life("W1") is None


class TestNoting:
    def test_what_follows_is_stored(self, ledger: Ledger, ledger_url: str) -> None:
        """The words of the order, its pieces and its picture: all in the same transaction."""
        _met(ledger, _order("W1"))
        _left(ledger, "W1")
        noted = ledger.order_book.note([_said("W1", "accepted", "E-7", erp_number="E-7", at=DAY)])
        assert (noted.new, noted.known, noted.unknown, noted.changed) == (1, 0, (), ("W1",))
        row = _row(ledger_url, "W1")
        assert (row.order_state, row.erp_number) == ("Confirmed", "E-7")
        assert [(one.number, one.shop_id) for one in ledger.order_book.dirty()] == [("W1", "id-W1")]
        life = ledger.order_book.life("W1")
        assert life is not None
        assert {(one.unit.state, one.known_at) for one in life.pieces} == {("confirmed", DAY)}

    def test_a_duplicate_is_nothing(self, ledger: Ledger) -> None:
        """In the same batch, in the next file, a year later: it is one message."""
        _met(ledger, _order("W1"))
        said = _said("W1", "accepted", "E-7", erp_number="E-7")
        assert ledger.order_book.note([said, said]).new == 1
        before = ledger.order_book.life("W1")
        again = ledger.order_book.note([said._replace(file="MSG_0002.xml", line=3)])
        assert (again.new, again.known, again.changed) == (0, 1, ())
        assert ledger.order_book.life("W1") == before

    def test_an_unknown_order_is_given_back(self, ledger: Ledger) -> None:
        """Nothing is invented and nothing is lost: the caller parks it."""
        _met(ledger, _order("W1"))
        lost = _said("W404", "accepted", "E-9")
        noted = ledger.order_book.note([lost, _said("W1", "accepted", "E-7")])
        assert (noted.new, noted.unknown) == (1, (lost,))

    def test_an_order_without_a_record_is_unknown(self, ledger: Ledger) -> None:
        """Without its lines nobody can say where its pieces are: the message waits with the caller."""
        ledger.orders.add_pending(
            [
                NewOrder(number="W1", shop_id="1", destination="erp", created_at=DAY),
                NewOrder(number="W2", shop_id="2", destination="erp", created_at=DAY, record=b'{"a":1}'),
            ]
        )
        said = [_said("W1", "accepted", "E-1"), _said("W2", "accepted", "E-2")]
        noted = ledger.order_book.note(said)
        assert (noted.new, set(noted.unknown)) == (0, set(said))

    def test_it_joins_the_callers_transaction(self, ledger: Ledger) -> None:
        """What the caller drops was never said."""
        _met(ledger, _order("W1"))

        def fall_over() -> None:
            with ledger.transaction():
                ledger.order_book.note([_said("W1", "accepted", "E-7")])
                raise KeyError("something after it went wrong")

        with pytest.raises(KeyError):
            fall_over()
        assert ledger.order_messages.of("W1") == []
        assert ledger.order_book.dirty() == []

    def test_everything_that_was_said_is_kept(self, ledger: Ledger) -> None:
        """With the file and the line that said it; a correction stands beside what it corrects."""
        _met(ledger, _order("W1"))
        first = _said("W1", "shipped", "BL-1", at=DAY, lines=(MessageLine(quantity=1, sku="SKU-1"),))
        second = _said("W1", "shipped", "BL-1", at=DAY, lines=(MessageLine(quantity=2, sku="SKU-1"),))
        ledger.order_book.note([first])
        ledger.order_book.note([second._replace(file="MSG_0002.xml", line=40)])
        stored = ledger.order_messages.of("W1")
        assert [(one.key, one.message, one.file, one.line) for one in stored] == [
            ("shipped/BL-1", first.message, "MSG_0001.xml", 12),
            ("shipped/BL-1", second.message, "MSG_0002.xml", 40),
        ]
        known = ledger.order_messages.known(["W1", "W404"])
        assert known == {"W1": {"shipped/BL-1": frozenset(one.digest for one in stored)}}

    def test_a_batch_takes_a_bounded_number_of_statements(self, ledger: Ledger) -> None:
        """1,000 messages about 800 orders: as many statements as for 600 about 500, whole batches of them."""
        numbers = [f"W{number:04d}" for number in range(800)]
        _met(ledger, *(_order(number) for number in numbers))
        said = [_said(number, "accepted", f"E-{number}", at=DAY) for number in numbers]
        said += [_said(number, "invoiced", f"F-{number}", at=DAY) for number in numbers[:200]]
        with _statements() as seen:
            noted = ledger.order_book.note(said)
        assert (noted.new, len(noted.changed)) == (1000, 800)
        assert len(seen) < 60

    def test_two_processes_never_lose_a_message(self, ledger: Ledger, ledger_url: str, work: Work) -> None:
        """Both speak of the same orders at once; every message is kept and counts in the state."""
        numbers = [f"W{number}" for number in range(5)]
        _met(ledger, *(_order(number) for number in numbers))
        workers = [
            work("note", ledger_url, "A", "8", *numbers),
            work("note", ledger_url, "B", "8", *reversed(numbers)),
        ]
        assert done_together(*workers) == [[], []]
        expected = {f"{who}-{time}" for who in "AB" for time in range(8)}
        for number in numbers:
            assert {one.message.ref for one in ledger.order_messages.of(number)} == expected
            before = _row(ledger_url, number)
            ledger.order_book.recompute([number])
            # What the two left behind is what follows from all of it.
            assert _row(ledger_url, number) == before


#: Messages about one order, some of which cannot all be true.
_MESSAGES = st.lists(
    st.sampled_from(
        [
            ("accepted", "E-1", {"erp_number": "E-1", "at": DAY}),
            ("accepted", "E-2", {"erp_number": "E-2", "at": DAY + timedelta(hours=1)}),
            ("refused", "E-1", {"at": DAY + timedelta(hours=2), "reason": "no address"}),
            ("preparing", "T-1", {"at": DAY + timedelta(hours=3)}),
            ("shipped", "B-1", {"at": DAY, "lines": (MessageLine(quantity=1, sku="SKU-1"),)}),
            ("shipped", "B-2", {"at": DAY, "lines": (MessageLine(quantity=2, sku="SKU-1"),)}),
            ("tracked", "C-1", {"at": DAY, "delivery": "B-1", "parcel": "C-1", "tracking_id": "4711"}),
            ("cancelled", "K-1", {"at": DAY + timedelta(hours=4)}),
            ("returned", "R-1", {"at": DAY + timedelta(days=9), "return_number": "R-1"}),
        ]
    ),
    max_size=7,
)


class TestOrderOfArrival:
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(said=_MESSAGES, data=st.data())
    def test_it_does_not_matter(
        self, ledger: Ledger, ledger_url: str, fresh: Callable[[str], str], said: Any, data: st.DataObject
    ) -> None:
        """Shuffled, doubled, cut into batches anyhow: the same words, pieces, requests and awaited steps."""
        names = [fresh("W"), fresh("W")]
        ends = []
        for turn, name in enumerate(names):
            _met(ledger, _order(name))
            _left(ledger, name)
            heard = [_said(name, kind, ref, **more) for kind, ref, more in said]
            if turn:
                heard = data.draw(st.permutations([*heard, *heard]))
            while heard:
                count = data.draw(st.integers(1, len(heard))) if turn else len(heard)
                ledger.order_book.note(heard[:count])
                heard = heard[count:]
            ends.append(_end(ledger, ledger_url, name))
        assert ends[0] == ends[1]


def _end(ledger: Ledger, ledger_url: str, number: str) -> Any:
    """Tell what is stored of an order, without what is another's: its name and our own clock."""
    life = ledger.order_book.life(number)
    if life is None or life.state is None:
        raise AssertionError(f"{number} was not kept")
    row = _row(ledger_url, number)
    return (
        [(one.unit.index, one.unit.sku, one.unit.state, one.unit.delivery) for one in life.pieces],
        sorted((one.step, one.subject, one.pieces) for one in life.awaited),
        sorted(
            (one.request.key, one.request.amount, one.state)
            for one in life.requests
            if one.state != "withdrawn"
        ),
        sorted((one.key, one.verdict) for one in life.messages),
        (row.order_state, row.shipment_state, row.payment_state, row.erp_number, row.contradictions),
        sorted(one.code for one in life.state.contradictions),
    )


class TestDirt:
    def test_it_is_clean_when_the_shop_shows_the_newest_picture(self, ledger: Ledger) -> None:
        """A picture that was drawn before the last message cleans nothing."""
        _met(ledger, _order("W1"))
        ledger.order_book.note([_said("W1", "accepted", "E-7", erp_number="E-7", at=DAY)])
        (first,) = ledger.order_book.dirty()
        ledger.order_book.note([_said("W1", "shipped", "B-1", at=DAY)])
        assert not ledger.order_book.clean("W1", first.generation)
        (second,) = ledger.order_book.dirty()
        assert second.generation > first.generation
        assert ledger.order_book.clean("W1", second.generation, shop_version=9)
        assert ledger.order_book.dirty() == []

    def test_a_generation_never_comes_again(self, ledger: Ledger) -> None:
        """Cleaned and dirty again is another generation: a slow process cannot clean what it never showed."""
        _met(ledger, _order("W1"))
        ledger.order_book.note([_said("W1", "accepted", "E-7", erp_number="E-7", at=DAY)])
        slow = ledger.order_book.dirty()[0].generation
        assert ledger.order_book.clean("W1", slow)
        ledger.order_book.dirt.soil(["W1"])
        assert not ledger.order_book.clean("W1", slow)
        assert ledger.order_book.dirt.count() == 1

    def test_pages_go_on_after_the_last_one(self, ledger: Ledger) -> None:
        """An order that the shop refuses for ever hides no other."""
        numbers = [f"W{number}" for number in range(5)]
        _met(ledger, *(_order(number) for number in numbers))
        ledger.order_book.note([_said(number, "accepted", number, at=DAY) for number in numbers])
        first = ledger.order_book.dirty(3)
        rest = ledger.order_book.dirty(3, after=first[-1].id)
        assert [one.number for one in itertools.chain(first, rest)] == numbers


class TestStock:
    def test_pieces_are_open_until_they_leave(self, ledger: Ledger) -> None:
        """Sold and not gone counts; what left counts for who asks with a moment before."""
        _met(ledger, _order("W1"), _order("W2", created_at=DAY + timedelta(hours=1)))
        _left(ledger, "W1", "W2")
        gone = DAY + timedelta(days=1)
        ledger.order_book.note(
            [
                _said("W1", "accepted", "E-1", erp_number="E-1", at=DAY + timedelta(minutes=5)),
                _said("W2", "accepted", "E-2", erp_number="E-2", at=DAY + timedelta(minutes=65)),
                _said("W2", "cancelled", "K-2", at=DAY + timedelta(hours=2)),
            ]
        )
        (open_,) = ledger.order_book.open_pieces(["SKU-1", "SKU-9"])
        assert (open_.pieces, open_.ordered_at, open_.known_at, open_.kind) == (
            2,
            DAY,
            DAY + timedelta(minutes=5),
            "order",
        )
        ledger.order_book.note([_said("W1", "shipped", "B-1", at=gone)])
        assert ledger.order_book.open_pieces(["SKU-1"]) == []
        (left,) = ledger.order_book.open_pieces(["SKU-1"], left_after=gone - timedelta(minutes=1))
        assert (left.pieces, left.shipped_at) == (2, gone)
        assert ledger.order_book.open_pieces(["SKU-1"], left_after=gone) == []

    def test_the_erp_knows_an_order_from_its_file_when_it_never_answers(self, ledger: Ledger) -> None:
        """Without an acknowledgement the moment of the delivered file counts."""
        _met(ledger, _order("W1"))
        before = datetime.now(tz=UTC)
        _left(ledger, "W1")
        (piece,) = ledger.order_book.open_pieces(["SKU-1"])
        assert piece.known_at is not None
        assert before <= piece.known_at <= datetime.now(tz=UTC)

    def test_an_erp_that_counts_only_what_it_accepted_knows_nothing_of_a_file(self, sqlite_url: str) -> None:
        """By rule: a file that was delivered and not answered has taken nothing off the ERP's stock."""
        with Ledger.open(sqlite_url, life=LifeRules(rules=FulfilmentRules(known_at="accepted"))) as ledger:
            _met(ledger, _order("W1"))
            _left(ledger, "W1")
            (piece,) = ledger.order_book.open_pieces(["SKU-1"])
            assert piece.known_at is None
            ledger.order_book.note([_said("W1", "accepted", "E-1", erp_number="E-1", at=DAY)])
            (piece,) = ledger.order_book.open_pieces(["SKU-1"])
            assert piece.known_at == DAY

    def test_what_an_order_keeps_too_long_is_given_up_at_that_moment(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is written then: who asks what happened since hears of it, and only once it is over."""
        now = datetime.now(tz=UTC)
        placed, over = now - timedelta(days=3), now + timedelta(hours=1)
        with Ledger.open(sqlite_url, life=LifeRules(timers=Timers(stock=over - placed))) as ledger:
            _met(ledger, _order("W1", created_at=placed))
            (piece,) = ledger.order_book.open_pieces(["SKU-1"])
            assert (piece.kind, piece.pieces) == ("order", 2)
            assert ledger.order_book.touched(now + timedelta(minutes=30)) == []
            monkeypatch.setattr("passerelle.ledger.orders.units.utc_now", lambda: over)
            assert ledger.order_book.touched(now + timedelta(minutes=30)) == [Touched("SKU-1", over)]
            (piece,) = ledger.order_book.open_pieces(["SKU-1"])
            assert (piece.kind, piece.pieces) == ("given_up", 2)

    def test_a_reservation_is_kept_although_it_passes_no_gate_of_sales(self, ledger: Ledger) -> None:
        """It is a promise of its store, whatever the feed of orders said of it."""
        _met(ledger, msgspec.structs.replace(_order("W1"), kind="reservation"))
        queued = ledger.export_queue.page("erp", after=0, limit=9)
        ledger.export_queue.close([Settled(one.id, "refused") for one in queued], run_id=None)
        assert [one.kind for one in ledger.order_book.open_pieces(["SKU-1"])] == ["reservation"]

    def test_what_was_not_found_is_gone_since_then(self, ledger: Ledger) -> None:
        """For who asks with a moment before; cancelled pieces that are there are nobody's."""
        _met(ledger, _order("W1"), _order("W2"))
        _left(ledger, "W1", "W2")
        missed = DAY + timedelta(hours=2)
        ledger.order_book.note(
            [_said("W1", "short", "S-1", at=missed), _said("W2", "cancelled", "K-1", at=missed)]
        )
        assert ledger.order_book.open_pieces(["SKU-1"]) == []
        (lost,) = ledger.order_book.open_pieces(["SKU-1"], left_after=missed - timedelta(minutes=1))
        assert (lost.kind, lost.pieces, lost.shipped_at) == ("lost", 2, missed)
        assert ledger.order_book.open_pieces(["SKU-1"], left_after=missed) == []

    def test_pieces_that_a_revision_added_are_unknown_until_it_is_answered(self, ledger: Ledger) -> None:
        """The stock file of a night in which the ERP had not seen the change does not have them taken off."""
        _met(ledger, _order("W1"))
        _left(ledger, "W1")
        ledger.order_book.note([_said("W1", "accepted", "E-1", erp_number="E-1", at=DAY)])
        more = msgspec.structs.replace(_order("W1").lines[0], quantity=3)
        ledger.orders.add_pending([NewOrder.of(_order("W1", version=2, lines=(more,)), "erp")])
        known = {one.known_at: one.pieces for one in ledger.order_book.open_pieces(["SKU-1"])}
        assert known == {DAY: 2, None: 1}
        later = DAY + timedelta(hours=3)
        ledger.order_book.note([_said("W1", "changed", "C-2", revision=2, at=later)])
        known = {one.known_at: one.pieces for one in ledger.order_book.open_pieces(["SKU-1"])}
        assert known == {DAY: 2, later: 1}

    def test_a_reservation_is_told_apart(self, ledger: Ledger) -> None:
        """A promise of a store, that the ERP is never told."""
        _met(ledger, _order("W1", kind="reservation", store="paris"))
        assert [one.kind for one in ledger.order_book.open_pieces(["SKU-1"])] == ["reservation"]

    def test_the_open_pieces_have_an_index_of_their_own(self, sqlite_url: str) -> None:
        """A SKU that sells well has a hundred thousand pieces that left: they are not looked at."""
        with Ledger.open(sqlite_url) as ledger, _statements() as seen:
            ledger.order_book.open_pieces(["SKU-1"])
        (asked,) = (one for one in seen if "FROM order_unit" in one)
        database = Database(sqlite_url)
        with database.read() as connection:
            values = ("SKU-1",) * asked.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values).all()
        database.close()
        assert any("ix_order_unit_open" in row[-1] for row in plan)


class TestOverdue:
    def test_it_is_late_when_its_time_is_over(self, sqlite_url: str) -> None:
        """By step and the longest late first; each step has its own place in the list."""
        rules = LifeRules(timers=Timers(functional_ack=timedelta(hours=2)))
        with Ledger.open(sqlite_url, life=rules) as ledger:
            _met(ledger, *(_order(f"W{number}") for number in range(3)))
            _left(ledger, "W0")
            _left(ledger, "W1", "W2")
            now = datetime.now(tz=UTC)
            assert [one for one in ledger.order_book.overdue(now) if one.awaited.step == 7] == []
            late = ledger.order_book.overdue(now + timedelta(hours=3), step=7)
            assert [one.number for one in late] == ["W0", "W1", "W2"]
            assert ledger.order_book.overdue_counts(now + timedelta(hours=3))[7] == 3
            assert len(ledger.order_book.overdue(now + timedelta(hours=3), 1, step=7)) == 1
            ledger.order_book.note([_said("W0", "accepted", "E-0", erp_number="E-0", at=now)])
            late = ledger.order_book.overdue(now + timedelta(hours=3), step=7)
            assert [one.number for one in late] == ["W1", "W2"]

    def test_an_order_that_never_leaves_waits_at_no_gate(self, sqlite_url: str) -> None:
        """It was decided about: it is not in the list of every morning from then on."""
        with Ledger.open(sqlite_url) as ledger:
            _met(ledger, _order("W1"), _order("W2"))
            ledger.orders.set_step("W1", "export", "refused", detail={"reason": "too old"})
            late = ledger.order_book.overdue(DAY + timedelta(days=10))
            assert [(one.number, one.awaited.step) for one in late] == [("W2", 3)]


class TestUpgrading:
    def test_orders_of_an_older_ledger_are_worked_out(self, ledger_url: str) -> None:
        """Their amounts are told by the migration, their pieces when the ledger opens; none is dirty."""
        from alembic import command  # noqa: PLC0415 - half a second that no other test here needs

        from passerelle.ledger import upgrading  # noqa: PLC0415 - as above

        with Ledger.open(ledger_url) as ledger:
            _met(ledger, _order("W1"))
            ledger.orders.add_pending([NewOrder(number="W2", shop_id="2", destination="e", created_at=DAY)])
        database = Database(ledger_url)
        with database.write() as connection:
            command.downgrade(upgrading.alembic_config(connection), "0005")
        database.close()
        with Ledger.open(ledger_url) as ledger:
            (piece,) = ledger.order_book.open_pieces(["SKU-1"])
            assert piece.pieces == 2
            assert ledger.order_book.dirty() == []
        row = _row(ledger_url, "W1")
        assert (row.total, row.currency) == (3000, "EUR")
