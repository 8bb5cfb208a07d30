from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from passerelle.errors import Fatal
from passerelle.ledger import AlreadyExported, Content, Ledger, NewOrder, StepOutOfOrder, UnknownOrder
from tests.ledger.workers import Work, done_together

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def _order(number: str) -> NewOrder:
    return NewOrder(number=number, shop_id=f"id-{number}", destination="erp", created_at=DAY)


def _build(sequence: int) -> Content:
    return Content(f"CMDWEB_{sequence:05d}.xml", f"<FICHIER>{sequence}</FICHIER>".encode())


class TestPreparing:
    def test_number_bytes_and_orders_are_kept_together(self, ledger: Ledger) -> None:
        """The file is numbered, kept byte for byte and tied to its orders before anything leaves."""
        ledger.orders.add_pending([_order("W1"), _order("W2"), _order("W3")])
        run = ledger.runs.start("orders", mode="delta")
        file = ledger.outbox.prepare("orders", ["W1", "W3"], _build, run_id=run.id)
        assert (file.sequence, file.name, file.state) == (1, "CMDWEB_00001.xml", "prepared")
        assert file.content == b"<FICHIER>1</FICHIER>"
        assert (file.size, file.sha256) == (20, hashlib.sha256(file.content).hexdigest())
        assert ledger.outbox.pending() == [file]
        assert ledger.outbox.get("orders", file.name) == file
        assert ledger.outbox.numbers(file.id) == ["W1", "W3"]
        step = ledger.orders.step("W1", "export")
        assert step is not None
        assert (step.state, step.outbox_name, step.run_id) == ("claimed", file.name, run.id)
        assert [order.number for order, _ in ledger.orders.in_state("export", "pending")] == ["W2"]

    def test_an_order_that_is_in_a_file_is_refused_with_the_whole_file(self, ledger: Ledger) -> None:
        """Nothing of the second file is kept, and its number is used by the next one."""
        ledger.orders.add_pending([_order("W1"), _order("W2")])
        ledger.outbox.prepare("orders", ["W1"], _build)
        with pytest.raises(AlreadyExported, match="W1: export is claimed in CMDWEB_00001") as caught:
            ledger.outbox.prepare("orders", ["W2", "W1"], _build)
        assert [step.number for step in caught.value.blocked] == ["W1"]
        assert len(ledger.outbox.pending()) == 1
        assert ledger.outbox.prepare("orders", ["W2"], _build).sequence == 2

    def test_not_even_a_file_of_another_feed_takes_it(self, ledger: Ledger) -> None:
        """An order leaves once, whatever the file is called; each feed counts its own files."""
        ledger.orders.add_pending([_order("W1"), _order("W2")])
        ledger.outbox.prepare("orders", ["W1"], _build)
        with pytest.raises(AlreadyExported):
            ledger.outbox.prepare("orders-again", ["W1"], _build)
        assert ledger.outbox.prepare("orders-again", ["W2"], _build).sequence == 1

    def test_an_order_that_was_claimed_by_hand_is_not_taken(self, ledger: Ledger) -> None:
        """Only what is still to do goes into a file."""
        ledger.orders.add_pending([_order("W1")])
        ledger.orders.claim("W1", "export")
        with pytest.raises(AlreadyExported, match="claimed"):
            ledger.outbox.prepare("orders", ["W1"], _build)

    def test_a_failing_build_leaves_nothing(self, ledger: Ledger) -> None:
        """No number is lost and no order is claimed."""
        ledger.orders.add_pending([_order("W1")])

        def fail(sequence: int) -> Content:
            raise RuntimeError(f"no template for {sequence}")

        with pytest.raises(RuntimeError, match="no template"):
            ledger.outbox.prepare("orders", ["W1"], fail)
        assert ledger.outbox.prepare("orders", ["W1"], _build).sequence == 1

    def test_unknown_and_empty_are_said(self, ledger: Ledger) -> None:
        """A file without orders, with one twice, or with one that we never met is not written."""
        ledger.orders.add_pending([_order("W1")])
        with pytest.raises(UnknownOrder, match="W404"):
            ledger.outbox.prepare("orders", ["W1", "W404"], _build)
        for numbers in ([], ["W1", "W1"]):
            with pytest.raises(ValueError, match="none twice"):
                ledger.outbox.prepare("orders", numbers, _build)
        with pytest.raises(AlreadyExported, match="no_such_step"):
            ledger.outbox.prepare("orders", ["W1"], _build, step="no_such_step")


class TestDelivering:
    def test_states_go_on_and_delivered_is_final(self, ledger: Ledger) -> None:
        """Every state is kept before its act; a delivered file makes its orders' steps done, and stays so."""
        ledger.orders.add_pending([_order("W1"), _order("W2")])
        first = ledger.outbox.prepare("orders", ["W1"], _build)
        second = ledger.outbox.prepare("orders", ["W2"], _build)
        assert [file.sequence for file in ledger.outbox.pending("orders")] == [1, 2]
        assert ledger.outbox.set_state(first.id, "uploading").state == "uploading"
        assert ledger.outbox.set_state(first.id, "renaming", "as .tmp").note == "as .tmp"
        assert ledger.outbox.set_state(first.id, "uploading").state == "uploading"
        delivered = ledger.outbox.set_state(first.id, "delivered")
        assert delivered.delivered_at is not None
        assert [file.id for file in ledger.outbox.pending()] == [second.id]
        step = ledger.orders.step("W1", "export")
        assert step is not None
        assert (step.state, step.external_id) == ("done", first.name)
        assert ledger.outbox.set_state(first.id, "delivered") == delivered
        with pytest.raises(Fatal, match="was delivered"):
            ledger.outbox.set_state(first.id, "uploading")
        with pytest.raises(Fatal, match="knows no file"):
            ledger.outbox.set_state(10_000, "uploading")

    def test_claims_of_a_dead_run_in_a_file_are_not_in_doubt(self, ledger: Ledger) -> None:
        """The outbox knows how far the file came, so that it is delivered and not asked about."""
        ledger.orders.add_pending([_order("W1")])
        run = ledger.runs.start("orders", mode="delta")
        ledger.outbox.prepare("orders", ["W1"], _build, run_id=run.id)
        ledger.runs.finish(run.id, "failed")
        assert ledger.orders.doubt_abandoned() == []

    def test_two_processes_export_every_order_once(self, ledger: Ledger, ledger_url: str, work: Work) -> None:
        """Both work through the same list; every order is in exactly one file, and no number is missing."""
        numbers = [f"W{number:03d}" for number in range(40)]
        ledger.orders.add_pending([_order(number) for number in numbers])
        workers = [work("export", ledger_url, "orders") for _ in range(2)]
        said = done_together(*workers)
        assert sorted([*said[0], *said[1]]) == numbers
        files = ledger.outbox.pending()
        assert [file.sequence for file in files] == list(range(1, 41))
        assert sorted(file.content.decode() for file in files) == numbers


class Exporting(RuleBasedStateMachine):
    """Orders come, leave in files, are delivered, refused and tried again, in any order."""

    ledger: Ledger
    fresh: Callable[[str], str]

    orders = Bundle("orders")
    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.feed = self.fresh("feed")
        self.carried: dict[str, list[int]] = {}
        self.expected_sequence = 1
        self.refused: dict[str, int] = {}

    @initialize(target=orders, count=st.integers(1, 4))
    def start(self, count: int) -> object:
        """Some orders are there from the beginning."""
        return multiple(*[self._new() for _ in range(count)])

    @rule(target=orders)
    def arrive(self) -> str:
        """An order comes."""
        return self._new()

    @rule(order=orders)
    def arrive_again(self, order: str) -> None:
        """The same order comes again: nothing new."""
        assert self.ledger.orders.add_pending([_order(order)]).known == (order,)

    @rule(target=files, chosen=st.lists(orders, min_size=1, max_size=4, unique=True))
    def export(self, chosen: list[str]) -> object:
        """Orders go into a file if all of them are free, and otherwise none does."""
        free = all(len(self.carried[order]) == self.refused[order] for order in chosen)
        try:
            file = self.ledger.outbox.prepare(
                self.feed, chosen, lambda sequence: Content(f"{sequence}.xml", ",".join(chosen).encode())
            )
        except AlreadyExported:
            assert not free
            return multiple()
        assert free
        assert file.sequence == self.expected_sequence
        self.expected_sequence += 1
        for order in chosen:
            self.carried[order].append(file.id)
        return file.id

    @rule(file=files)
    def deliver(self, file: int) -> None:
        """A file arrives."""
        assert self.ledger.outbox.set_state(file, "delivered").delivered_at is not None

    @rule(order=orders)
    def refuse_and_try_again(self, order: str) -> None:
        """The other side refuses an order, unless its file has arrived; it may leave again."""
        before = self.ledger.orders.step(order, "export")
        try:
            self.ledger.orders.set_step(order, "export", "refused")
        except StepOutOfOrder:
            assert before is not None
            assert before.state == "done"
            return
        self.ledger.orders.try_again(order, "export")
        self.refused[order] = len(self.carried[order])

    @invariant()
    def no_order_is_in_two_files(self) -> None:
        """Every order is in the files that the model put it in; but for refused attempts, in one at most."""
        for order, files in self.carried.items():
            names = [
                (step.attempt, step.outbox_name, step.state)
                for step in self.ledger.orders.steps(order)
                if step.step == "export" and step.outbox_name is not None
            ]
            assert len(names) == len(files)
            assert len([name for name in names if name[2] != "refused"]) <= 1

    @invariant()
    def one_row_per_order_step_and_attempt(self) -> None:
        """Attempts of a step count from 1 without a hole."""
        for order in self.carried:
            attempts = sorted(step.attempt for step in self.ledger.orders.steps(order))
            assert attempts == list(range(1, len(attempts) + 1))

    def _new(self) -> str:
        number = self.fresh("W")
        assert self.ledger.orders.add_pending([_order(number)]).new == (number,)
        self.carried[number] = []
        self.refused[number] = 0
        return number


def test_no_order_is_ever_in_two_files(ledger: Ledger, fresh: Callable[[str], str]) -> None:
    """Whatever happens in whatever order, an order leaves once; again only after it was refused."""
    machine = type("Machine", (Exporting,), {"ledger": ledger, "fresh": staticmethod(fresh)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
