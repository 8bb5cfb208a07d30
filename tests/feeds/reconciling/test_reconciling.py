"""Reconciliation in a small shop: lost, doubled, changed and unknown orders are named, and mended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.errors import ConfigError, FileRefused
from passerelle.feeds.reconciling.comparing import Reconciliation, reconciled
from passerelle.feeds.reconciling.repairs import collect_again, send_again, show_again
from passerelle.feeds.reconciling.rules import Difference
from passerelle.ledger import PlacedClaim
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.sync.desk import open_ledger

from ..noon import Day, noon
from ..orders.till import Till

HEAD = "NUMERO;NUMERO_ERP;REVISION;ETAT;TOTAL;DEVISE;DATE"


@dataclass
class NoonTill(Till):
    """A till whose orders are all of one day, whatever the hour."""

    day: Day = field(default_factory=noon)

    def reconciled(self, named: Path | None = None) -> AbstractAsyncContextManager[Reconciliation]:
        """Compare the orders of the day."""
        return reconciled(self.workspace, self.day.date, zone=self.day.zone, named=named)


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own, whose orders name any SKU."""
    with Sandbox(SandboxConfig(any_project=True, unknown_order_skus="accept"), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox) -> NoonTill:
    """A shop without orders, an ERP without files."""
    made = NoonTill(tmp_path, shops, f"till-{uuid4().hex[:12]}")
    await made.set_up()
    return made


def listed(till: NoonTill, *rows: str, sequence: int = 1, day: date | None = None) -> Path:
    """The ERP writes its list; `{day}` in a row is the day of the orders."""
    folder = till.home / "erp" / "out" / "etats"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"ETATCMD_{sequence:05d}_{day or till.day.date:%Y%m%d}.csv"
    lines = [HEAD, *(row.format(day=f"{till.day.date:%Y%m%d}") for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    path.with_suffix(".ok").touch()
    # A clock of its own, a little ahead: what left before this list is in it.
    ahead = datetime.now(UTC).timestamp() + 60
    os.utime(path, (ahead, ahead))
    return path


async def differ(till: NoonTill, named: Path | None = None) -> list[Difference]:
    """What differs on the day."""
    async with till.reconciled(named) as done:
        return list(done.sheet.found())


async def test_each_order_that_differs_is_named(till: NoonTill) -> None:
    """One is missing, one there twice, one has another amount, one another state, one is the ERP's alone."""
    for _ in range(5):
        till.place()
    await till.run()
    till.erp.take_orders()
    till.erp.acknowledge()
    await till.run("order-acks")
    till.place()  # W-6 comes after the last run
    numbers = till.erp.erp_numbers
    listed(
        till,
        f"W-1;{numbers['W-1']};1;ACCEPTE;59,90;EUR;{{day}}",
        f"W-3;{numbers['W-3']};1;ACCEPTE;59,90;EUR;{{day}}",
        "W-3;C99999999;1;ACCEPTE;59,90;EUR;{day}",
        f"W-4;{numbers['W-4']};1;ACCEPTE;49,90;EUR;{{day}}",
        f"W-5;{numbers['W-5']};1;EXPEDIE;59,90;EUR;{{day}}",
        "X-9;C00000099;1;ACCEPTE;10,00;EUR;{day}",
    )
    async with till.reconciled() as done:
        found = {(one.number, one.code): one.cause for one in done.sheet.found()}
        counts = {(one.side, one.state): (one.orders, one.amount) for one in done.counts}
        assert not done.agrees
    assert found == {
        ("W-2", "missing_in_erp"): "accepted_and_not_listed",
        ("W-3", "twice_in_erp"): "two_numbers",
        ("W-4", "amount_differs_in_erp"): "changed_in_erp",
        ("W-5", "state_differs_in_erp"): "message_lost",
        ("W-6", "missing_in_ledger"): "not_collected",
        ("X-9", "only_in_erp"): "unknown_to_us",
    }
    assert counts[("ledger", "confirmed")] == (5, 5 * 5990)
    assert counts[("shop", "Confirmed")] == (5, 5 * 5990)
    assert counts[("erp", "confirmed")] == (5, 2 * 5990 + 5990 + 4990 + 1000)
    assert counts[("erp", "shipped")] == (1, 5990)


async def test_an_order_that_was_never_collected_is_collected_by_its_repair(till: NoonTill) -> None:
    """It is taken down as by any poll, once, however often it is repaired."""
    shop_id = till.place()
    (found,) = await differ(till)
    assert (found.code, found.shop_id) == ("missing_in_ledger", shop_id)
    for new in (1, 0):
        reports = await collect_again(till.workspace, [shop_id])
        assert sum(report.received for report in reports) == new
        assert all(report.outcome == "succeeded" for report in reports)
    assert till.state("W-1") == "pending"
    (waiting,) = await differ(till)
    assert (waiting.code, waiting.cause) == ("paid_and_waiting", "export_pending")
    assert (await till.run()).created == 1
    assert await differ(till) == []


async def test_a_lost_order_leaves_again_when_a_person_says_so(till: NoonTill) -> None:
    """A new attempt with the old one refused: the ERP gets it once, though the shop says that it left."""
    till.place()
    await till.run()
    for name in till.files():
        (till.home / "erp" / "in" / "commandes" / name).unlink()  # nobody knows where it went
    listed(till)
    (found,) = await differ(till)
    assert (found.code, found.cause, found.repair) == ("missing_in_erp", "never_answered", "export")
    assert (await till.run()).created == 0
    sent = send_again(till.workspace, ["W-1", "W-7"], because="not at the ERP", by="Anna")
    assert (sent.numbers, [number for number, _ in sent.left]) == (("W-1",), ["W-7"])
    # Once: what is not out again yet is not lost.
    assert send_again(till.workspace, ["W-1"], because="impatience", by="Anna").numbers == ()
    assert (await till.run()).created == 1
    assert till.taken() == ["W-1"]
    assert (await till.run()).created == 0
    assert till.taken() == []
    with open_ledger(till.ledger_path) as ledger:
        attempts = [step for step in ledger.orders.steps("W-1") if step.step == "export"]
    assert [(step.attempt, step.state) for step in attempts] == [(1, "refused"), (2, "done")]
    assert attempts[0].detail["by"] == "Anna"


@pytest.mark.parametrize(("numbers", "because"), [([], "lost"), (["W-1"], "  ")])
async def test_nothing_is_sent_again_without_a_name_and_a_reason(
    till: NoonTill, numbers: list[str], because: str
) -> None:
    """A second order is worse than a late one: nobody sends all of them by mistake."""
    with pytest.raises(ConfigError, match="names it and says why"):
        send_again(till.workspace, numbers, because=because, by="Anna")


async def test_what_somebody_changed_in_the_shop_is_shown_again(till: NoonTill) -> None:
    """The shop says what the ledger says, also when nothing new was heard."""
    till.place()
    await till.run()
    till.erp.take_orders()
    till.erp.acknowledge()
    await till.run("order-acks")
    assert await differ(till) == []
    await till.act("W-1", {"action": "changeOrderState", "orderState": "Open"})
    (found,) = await differ(till)
    assert (found.code, found.cause, found.shop, found.ledger) == (
        "state_differs_in_shop", "changed_in_shop", "Open", "Confirmed",
    )  # fmt: skip
    assert (await show_again(till.workspace, ["W-1"])).updated == 1
    assert await differ(till) == []


async def test_the_newest_list_counts_and_stays_where_it_is(till: NoonTill) -> None:
    """Its sender tidies up; a list of before is not taken for the morning's."""
    till.place()
    await till.run()
    old = listed(till, day=date(2026, 1, 2))
    assert await differ(till) == []
    new = listed(till, sequence=2)
    assert [one.code for one in await differ(till)] == ["missing_in_erp"]
    assert old.exists()
    assert new.exists()
    newest = listed(till, "W-1;C1;1;RECU;59,90;EUR;{day}", sequence=3)
    async with till.reconciled() as done:
        assert (done.statement, done.sheet.codes()) == (newest.name, {})


async def test_a_row_that_cannot_be_read_is_told(till: NoonTill) -> None:
    """Its order may seem to be missing: nobody is sent to the ERP without knowing that."""
    till.place()
    await till.run()
    path = listed(till, "W-1;C1;1;RECU;59,90;EUR;{day}", "W-2;C1;1;PERDU;59,90;EUR;{day}")
    async with till.reconciled(path) as done:
        assert (done.unreadable, done.sheet.codes(), done.agrees) == (1, {}, False)
        assert "PERDU" in done.faults[0]


async def test_a_file_that_is_no_list_is_refused(till: NoonTill, tmp_path: Path) -> None:
    """Nothing is compared with it."""
    path = tmp_path / "other.csv"
    path.write_text("A;B\n1;2\n", encoding="utf-8")
    with pytest.raises(FileRefused):
        await differ(till, path)


async def test_what_was_placed_elsewhere_differs_in_nothing(till: NoonTill) -> None:
    """The shop shows it, the ERP that placed it has it in its list: nobody here sold it."""
    till.place(number="M-1")
    claim = PlacedClaim(
        number="M-1", placed_at=datetime.now(UTC), total=5990, currency="EUR", pieces=1, sender_number="1"
    )
    with till.workspace.ledger() as ledger:
        assert ledger.placed_orders.claim(claim, feed="old-orders")
    named = listed(till, "M-1;C-1;1;ACCEPTE;59,90;EUR;{day}")
    assert await differ(till, named) == []
    till.place(number="M-2")
    assert [(one.number, one.code) for one in await differ(till, named)] == [("M-2", "missing_in_ledger")]
