from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from passerelle.fulfilment import Request
from passerelle.ledger import (
    Content,
    Heard,
    Ledger,
    NewOrder,
    RequestOutOfOrder,
    RequestsTaken,
    RequestState,
    UnknownOrder,
)
from passerelle.records import MessageLine, Money, Order, OrderLine, OrderMessage
from tests.ledger.workers import Work, done_together

DAY = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
STATES: tuple[RequestState, ...] = ("pending", "claimed", "done", "in_doubt", "refused", "withdrawn")
CANCEL = Request(kind="cancel", key="cancel/C-1", step=22, lines=(("W1-a", 1),), detail={"why": "too late"})
REFUND = Request(kind="refund", key="refund/R-1", step=25, amount=Money(1500, "EUR"))


def _met(ledger: Ledger, *numbers: str) -> None:
    for number in numbers:
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
        )
        ledger.orders.add_pending([NewOrder.of(order, "erp")])


def _left(ledger: Ledger, *numbers: str) -> None:
    file = ledger.outbox.prepare("erp", numbers, lambda number: Content(f"CMD_{number:05d}.xml", b"<o/>"))
    ledger.outbox.set_state(file.id, "delivered")


def _note(ledger: Ledger, number: str, kind: str, ref: str, **more: Any) -> None:
    message = OrderMessage(order_number=number, kind=kind, ref=ref, at=DAY, **more)  # type: ignore[arg-type]  # the kind is the example's own
    ledger.order_book.note([Heard(message, "order-messages", "MSG_0001.xml", 12)])


class TestAsking:
    def test_a_key_is_asked_once(self, ledger: Ledger) -> None:
        """Whoever asks again, with whatever: it is the request that is there."""
        _met(ledger, "W1", "W2")
        first = ledger.requests.ask("W1", CANCEL)
        again = ledger.requests.ask("W1", Request(kind="cancel", key="cancel/C-1", step=22))
        assert first == again
        assert (first.number, first.request, first.state, first.origin) == ("W1", CANCEL, "pending", "asked")
        ledger.requests.ask("W2", CANCEL)
        assert [(one.number, one.id > 0) for one in ledger.requests.pending()] == [("W1", True), ("W2", True)]

    def test_amounts_and_kinds_are_kept(self, ledger: Ledger) -> None:
        """Money in minor units of its currency; feeds choose by kind and read page by page."""
        _met(ledger, "W1")
        refund = ledger.requests.ask("W1", REFUND)
        ledger.requests.ask("W1", CANCEL)
        assert [one.request for one in ledger.requests.pending(["refund"])] == [REFUND]
        assert [one.request for one in ledger.requests.pending(after=refund.id)] == [CANCEL]
        assert ledger.requests.counts() == {("refund", "pending"): 1, ("cancel", "pending"): 1}

    def test_an_unknown_order_is_named(self, ledger: Ledger) -> None:
        """Nothing is asked about an order that nobody met."""
        with pytest.raises(UnknownOrder, match="W404"):
            ledger.requests.ask("W404", CANCEL)
        assert ledger.requests.get("W404", "cancel/C-1") is None


class TestSending:
    def test_it_is_claimed_before_the_call_and_once(self, ledger: Ledger) -> None:
        """Claim, call, store the answer; whoever comes second gets nothing to send."""
        _met(ledger, "W1")
        run = ledger.runs.start("refunds", mode="delta")
        request = ledger.requests.ask("W1", REFUND)
        claimed = ledger.requests.claim(request.id, run_id=run.id)
        assert claimed is not None
        assert (claimed.state, claimed.run_id) == ("claimed", run.id)
        assert ledger.requests.claim(request.id) is None
        done = ledger.requests.settle(request.id, "done", external_id="PSP-1", answer={"status": "Success"})
        assert (done.external_id, done.answer, done.run_id) == ("PSP-1", {"status": "Success"}, run.id)
        assert ledger.requests.pending(states=("pending", "claimed", "in_doubt")) == []

    def test_a_lost_answer_is_read_before_it_is_sent_again(self, ledger: Ledger) -> None:
        """After a time-out: read first."""
        _met(ledger, "W1")
        request = ledger.requests.ask("W1", REFUND)
        ledger.requests.claim(request.id)
        ledger.requests.settle(request.id, "in_doubt", answer={"reason": "timed out"})
        assert ledger.requests.claim(request.id) is None
        assert [one.id for one in ledger.requests.pending(states=("in_doubt",))] == [request.id]
        assert ledger.requests.claim(request.id, after_reading=True) is not None

    def test_what_a_dead_run_claimed_is_in_doubt(self, ledger: Ledger) -> None:
        """Nobody will store its answer; what a living run claimed goes on."""
        _met(ledger, "W1", "W2")
        dead, alive = (ledger.runs.start("refunds", mode="delta") for _ in range(2))
        for number, run in (("W1", dead), ("W2", alive)):
            ledger.requests.claim(ledger.requests.ask(number, REFUND).id, run_id=run.id)
        ledger.runs.finish(dead.id, "failed")
        assert [one.number for one in ledger.requests.doubt_abandoned()] == ["W1"]
        assert ledger.requests.doubt_abandoned() == []

    @pytest.mark.parametrize("before", STATES)
    def test_which_state_may_follow_which(self, ledger: Ledger, before: RequestState) -> None:
        """The whole table: what is done stays done, what was refused is asked again as a new attempt."""
        allowed = {
            "pending": {"claimed", "done", "refused", "withdrawn"},
            "claimed": {"done", "in_doubt", "refused"},
            "in_doubt": {"done", "refused", "claimed"},
            "done": set(),
            "refused": {"pending"},
            "withdrawn": {"pending"},
        }
        ways: dict[RequestState, tuple[RequestState, ...]] = {
            "pending": (),
            "in_doubt": ("claimed", "in_doubt"),
        }
        for place, after in enumerate(STATES):
            number = f"W{place}"
            _met(ledger, number)
            request = ledger.requests.ask(number, REFUND)
            for state in ways.get(before, (before,)):
                ledger.requests.settle(request.id, state)
            if after == before or after in allowed[before]:
                moved = ledger.requests.settle(request.id, after)
                assert (moved.state, moved.attempt) == (after, 2 if after == "pending" != before else 1)
            else:
                with pytest.raises(RequestOutOfOrder):
                    ledger.requests.settle(request.id, after)
                kept = ledger.requests.get(number, REFUND.key)
                assert kept is not None
                assert kept.state == before

    def test_a_second_answer_is_no_answer(self, ledger: Ledger) -> None:
        """Done under another number than before: the other side may have done it twice."""
        _met(ledger, "W1")
        request = ledger.requests.ask("W1", REFUND)
        ledger.requests.settle(request.id, "done", external_id="PSP-1")
        assert ledger.requests.settle(request.id, "done", external_id="PSP-1").external_id == "PSP-1"
        with pytest.raises(RequestOutOfOrder):
            ledger.requests.settle(request.id, "done", external_id="PSP-2")

    def test_its_life_is_part_of_the_orders(self, ledger: Ledger) -> None:
        """Every move is an event of the order, with the request that it is about."""
        _met(ledger, "W1")
        request = ledger.requests.ask("W1", REFUND)
        ledger.requests.claim(request.id)
        ledger.requests.settle(request.id, "done", external_id="PSP-1")
        events = [one for one in ledger.orders.timeline("W1") if one.step == "refund"]
        assert [(one.state, one.external_id, one.detail["request"]) for one in events] == [
            ("claimed", None, "refund/R-1"),
            ("done", "PSP-1", "refund/R-1"),
        ]

    def test_two_processes_never_send_the_same(self, ledger: Ledger, ledger_url: str, work: Work) -> None:
        """Every request is claimed, each by one of them."""
        numbers = [f"W{number:02d}" for number in range(40)]
        _met(ledger, *numbers)
        for number in numbers:
            ledger.requests.ask(number, REFUND)
        workers = [work("send", ledger_url) for _ in range(2)]
        said = done_together(*workers)
        assert sorted([*said[0], *said[1]]) == numbers


class TestFiles:
    def test_a_file_carries_requests_once(self, ledger: Ledger) -> None:
        """Bytes, number and claims are one transaction; delivered is done, and never sent again."""
        _met(ledger, "W1", "W2")
        ids = [ledger.requests.ask(number, CANCEL).id for number in ("W1", "W2")]
        file = ledger.outbox.prepare_requests("cancels", ids, lambda number: Content(f"C_{number}", b"1"))
        assert [(one.state, one.outbox_name) for one in ledger.requests.of("W1")] == [("claimed", "C_1")]
        assert ledger.requests.claim(ids[0], after_reading=True) is None
        with pytest.raises(RequestsTaken):
            ledger.outbox.prepare_requests("cancels", ids, lambda number: Content(f"C_{number}", b"2"))
        ledger.outbox.set_state(file.id, "delivered")
        assert [(one.state, one.external_id) for one in ledger.requests.of("W2")] == [("done", "C_1")]
        # No number was used up by the file that was not prepared.
        more = ledger.requests.ask("W1", REFUND)
        assert ledger.outbox.prepare_requests("cancels", [more.id], _plain).sequence == 2

    def test_a_file_is_of_requests(self, ledger: Ledger) -> None:
        """None at all, or one twice, is a mistake of the caller."""
        for ids in ([], [1, 1]):
            with pytest.raises(ValueError, match="requests"):
                ledger.outbox.prepare_requests("cancels", ids, _plain)


def _plain(number: int) -> Content:
    return Content(f"C_{number}", b"1")


class TestFollowing:
    def test_what_follows_from_messages_is_opened_once(self, ledger: Ledger) -> None:
        """A customer asks to cancel: the ERP is asked, however often the message comes."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "cancel_asked", "C-1")
        _note(ledger, "W1", "cancel_asked", "C-1")
        _note(ledger, "W1", "invoiced", "F-1")
        (asked,) = ledger.requests.pending(["cancel"])
        assert (asked.number, asked.origin, asked.request.step) == ("W1", "derived", 22)

    def test_what_is_owed_no_more_is_withdrawn_while_nobody_knows(self, ledger: Ledger) -> None:
        """The answer came before we asked: nothing is asked, and the row tells that it once was to be."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "cancel_asked", "C-1")
        _note(ledger, "W1", "cancelled", "C-1")
        assert ledger.requests.pending(["cancel"]) == []
        assert [one.state for one in ledger.requests.of("W1") if one.request.kind == "cancel"] == [
            "withdrawn"
        ]

    def test_what_asks_for_something_else_is_another_row(self, ledger: Ledger) -> None:
        """Whoever read the request before wrote its file from what it said then: it cannot be claimed."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "cancel_asked", "C-1", lines=(MessageLine(quantity=1, sku="SKU-1"),))
        (before,) = ledger.requests.pending(["cancel"])
        _note(ledger, "W1", "cancel_asked", "C-1", lines=(MessageLine(quantity=2, sku="SKU-1"),))
        (after,) = ledger.requests.pending(["cancel"])
        assert (before.request.lines, after.request.lines) == ((("W1-a", 1),), (("W1-a", 2),))
        assert ledger.requests.claim(before.id) is None
        with pytest.raises(RequestsTaken):
            ledger.outbox.prepare_requests("cancels", [before.id], _plain)
        assert ledger.requests.claim(after.id) is not None

    def test_what_was_sent_stands(self, ledger: Ledger) -> None:
        """A request that may have arrived is never withdrawn, nor changed."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "cancel_asked", "C-1")
        (asked,) = ledger.requests.pending(["cancel"])
        sent = ledger.requests.claim(asked.id)
        _note(ledger, "W1", "shipped", "B-1", lines=(MessageLine(quantity=1, sku="SKU-1"),))
        assert ledger.requests.get("W1", asked.request.key) == sent

    def test_an_asked_request_is_not_withdrawn_by_messages(self, ledger: Ledger) -> None:
        """A person asked for it; that it does not follow from what was said is no reason to drop it."""
        _met(ledger, "W1")
        ledger.requests.ask("W1", REFUND)
        _note(ledger, "W1", "invoiced", "F-1")
        assert [one.state for one in ledger.requests.pending(["refund"])] == ["pending"]

    def test_a_change_of_an_exported_order_is_told(self, ledger: Ledger) -> None:
        """A new revision asks the ERP to change the order, once a revision, until it answers."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        order = ledger.order_book.orders(["W1"])["W1"]
        for version, email in ((2, "a@example.org"), (3, "b@example.org")):
            renewed = _with(order, version=version, customer_email=email)
            ledger.orders.add_pending([NewOrder.of(renewed, "erp")])
        changes = {one.request.key: one.state for one in ledger.requests.of("W1")}
        assert changes == {"change/2": "withdrawn", "change/3": "pending"}


def _with(order: Order, **changes: Any) -> Order:

    return msgspec.structs.replace(order, **changes)
