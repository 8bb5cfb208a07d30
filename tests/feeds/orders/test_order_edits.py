"""What the ERP changed in orders: seen with its price, approved, written once, never asked of the ERP."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.commercetools import Client
from passerelle.errors import ConfigError
from passerelle.feeds.approving import undo_run
from passerelle.feeds.drift import drift_of
from passerelle.sandbox import Sandbox
from passerelle.testing import Crash
from tests.sync.desk import open_ledger

from ..incoming.crashing import Death
from .erp_changes import FEED, ChangingErp, change, line
from .till import CHECKOUT

BEFORE, AFTER = (2, 12470), (1, 6480)


@pytest.fixture
async def shop(tmp_path: Path, shops: Sandbox) -> ChangingErp:
    """A shop with an order of two pieces, which the ERP has."""
    made = ChangingErp(tmp_path, shops, f"edit-{uuid4().hex[:12]}", checkout=CHECKOUT)
    await made.set_up()
    await made.sold()
    return made


async def test_nothing_is_changed_before_somebody_looked(shop: ChangingErp) -> None:
    """A run stops and says so; the plan shows lines and totals, old and new, and keeps nothing there."""
    report = await shop.bring(change("M-1", line("S-1", 1)))
    assert (report.outcome, report.updated) == ("stopped_by_guard", 0)
    assert (await shop.shown(), shop.edits()) == (BEFORE, [])
    planned = await shop.plan()
    assert planned.plan is not None
    with open_ledger(shop.ledger_path) as ledger:
        [item] = ledger.plans.stream(planned.plan.run_id)
    fields = {row.field: (row.old, row.new) for row in planned.report.changes}
    assert fields["lines.S-1.quantity"] == ("2", "1")
    assert fields["totalPrice"] == ("124.70 EUR", "64.80 EUR")
    assert fields["reason"][1] == "rupture"
    assert item.key
    assert (await shop.shown(), shop.edits()) == (BEFORE, [])


async def test_what_was_approved_is_done_and_the_erp_is_not_asked_to_follow(shop: ChangingErp) -> None:
    """The order comes back as a revision that the ERP knows: it made it. Money is moved by nobody."""
    shop.drop(change("M-1", line("S-1", 1)))
    report = await shop.approve(await shop.plan())
    assert (report.outcome, report.updated) == ("succeeded", 1), report
    assert await shop.shown() == AFTER
    [kept] = shop.edits()
    assert (kept.state, kept.before, kept.after, kept.revision) == ("done", 12470, 6480, 2)
    assert (kept.file, kept.feed) == ("MODCMD_00001_20261120.xml", FEED)
    life = shop.life()
    assert (life.revision, life.order is not None and life.order.total.cent_amount) == (2, 6480)
    assert [one.message.kind for one in life.messages] == ["changed"]
    assert shop.asked() == set()
    for _ in range(2):
        assert (await shop.run()).outcome == "succeeded"
    assert (shop.asked(), shop.life().revision) == (set(), 2)
    assert (await shop.run(FEED)).outcome == "succeeded"
    assert len(shop.edits()) == 1


async def test_the_same_document_again_changes_nothing(shop: ChangingErp) -> None:
    """Whether the ledger knows it, or lost everything and finds it in the shop by its key."""
    shop.drop(change("M-1", line("S-1", 1)))
    await shop.approve(await shop.plan())
    await shop.run(FEED)
    async with shop.workspace.client() as client:
        version = (await shop.order(client, "W-1"))["version"]
    report = await shop.bring(change("M-1", line("S-1", 1)))
    assert (report.outcome, report.unchanged, report.updated) == ("succeeded", 1, 0)
    await shop.act("W-1", {"action": "setCustomerEmail", "email": "other@example.com"})
    shop.forget()
    report = await shop.bring(change("M-1", line("S-1", 1)))
    assert (report.outcome, report.updated) == ("succeeded", 0)
    async with shop.workspace.client() as client:
        assert (await shop.order(client, "W-1"))["version"] == version + 1


async def test_a_number_that_says_something_else_is_refused(shop: ChangingErp) -> None:
    """The shop applied that edit once: a second one needs a number of its own."""
    shop.drop(change("M-1", line("S-1", 1)))
    await shop.approve(await shop.plan())
    await shop.run(FEED)
    report = await shop.bring(change("M-1", line("S-1", 3)))
    assert [row.code for row in report.rejects] == ["edit_reused"]
    assert await shop.shown() == AFTER


async def test_an_order_that_moved_since_is_planned_anew(shop: ChangingErp) -> None:
    """What was approved was of another order than it is now; the shop's own change is asked of the ERP."""
    shop.drop(change("M-1", line("S-1", 1)))
    planned = await shop.plan()
    await shop.act("W-1", {"action": "setCustomerEmail", "email": "other@example.com"})
    report = await shop.approve(planned)
    assert (report.moved, report.updated) == (1, 0)
    assert (await shop.shown(), shop.edits()) == (BEFORE, [])
    assert (await shop.run(FEED)).outcome == "stopped_by_guard"
    report = await shop.approve(await shop.plan())
    assert (report.updated, await shop.shown()) == (1, AFTER)
    # The customer's own change was never told: the ERP gets the order as it is.
    assert shop.asked() == {"change"}


async def test_of_two_edits_of_one_order_the_second_is_looked_at_again(shop: ChangingErp) -> None:
    """Its totals were worked out without the first."""
    shop.drop(change("M-1", line("S-1", 1)), change("M-2", line("S-1", 1, "50.00")))
    report = await shop.approve(await shop.plan())
    assert (report.updated, report.moved) == (1, 1)
    report = await shop.approve(await shop.plan())
    assert (report.updated, await shop.shown()) == (1, (1, 5490))
    assert [one.revision for one in shop.edits()] == [2, 3]
    assert shop.asked() == set()


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", ["lost_answer", "truncated"])
async def test_an_answer_that_is_lost_leaves_one_edit(shop: ChangingErp, kind: str, skip: int) -> None:
    """Of its creation or its application: it is found by its key."""
    shop.drop(change("M-1", line("S-1", 1)))
    planned = await shop.plan()
    # The first POST of the run is the preview of the look before it.
    path = f"/{shop.project}/orders/edits"
    shop.sandbox.fail({"path": path, "method": "POST", "kind": kind, "skip": 1 + skip})
    report = await shop.approve(planned)
    assert (report.outcome, report.updated) == ("succeeded", 1), report
    assert await shop.shown() == AFTER
    [kept] = shop.edits()
    assert (kept.state, kept.revision) == ("done", 2)
    async with shop.workspace.client() as client:
        assert len(await client.query_all("orders/edits", [None])) == 1


@pytest.mark.parametrize("first", ["poll", "edits"])
async def test_what_is_in_doubt_is_found_by_the_next_run(shop: ChangingErp, first: str) -> None:
    """Applied, and then nothing answered: nobody takes the order for changed by the shop."""
    shop.drop(change("M-1", line("S-1", 1)))
    planned = await shop.plan()
    path = f"/{shop.project}/orders/edits"
    shop.sandbox.fail({"path": path, "method": "POST", "kind": "lost_answer", "skip": 2})
    unread = {"path": f"{path}/key=W-1_M-1", "method": "GET", "kind": "status", "status": 503}
    shop.sandbox.fail({**unread, "skip": 2, "count": None})
    report = await shop.approve(planned)
    shop.sandbox.control("DELETE", "/faults")
    assert (report.updated, report.failed) == (0, 1), report
    [kept] = shop.edits()
    assert (kept.state, kept.in_doubt) == ("claimed", True)
    await shop.run("orders-out" if first == "poll" else FEED)
    await shop.run()
    [kept] = shop.edits()
    assert (kept.state, kept.revision) == ("done", 2)
    assert shop.asked() == set()
    assert (await shop.run(FEED)).outcome == "succeeded"
    assert await shop.shown() == AFTER


async def test_what_the_shop_refuses_is_put_aside_with_its_reason(shop: ChangingErp) -> None:
    """Before anybody is asked; an order that nobody took from the shop is refused, too, and never waits."""
    report = await shop.bring(
        change("M-1", line("S-9", 1)),
        change("M-2", number="W-404"),
        change("M-3", delivery="<VILLE>Rennes</VILLE>"),
    )
    assert (report.outcome, report.quarantined, report.parked) == ("completed_with_rejects", 3, 0)
    assert {row.code for row in report.rejects} == {"edit_refused", "unknown_order", "incomplete"}
    with open_ledger(shop.ledger_path) as ledger:
        reasons = [entry.faults[0].expected for entry in ledger.quarantine.entries(FEED)]
        assert ledger.parked.count(FEED) == 0
    assert any("S-9" in reason for reason in reasons)
    assert (await shop.shown(), shop.edits()) == (BEFORE, [])


async def test_lines_that_come_and_prices_and_addresses_are_shown(shop: ChangingErp) -> None:
    """Each by its name, old and new; what is so already is not an edit."""
    rennes = "<NOM>Quénard</NOM><VILLE>Rennes</VILLE><PAYS>FR</PAYS>"
    shop.drop(
        change("M-1", line("S-1", 2, "50.00"), line("S-2", 1, "10.00"), delivery=rennes),
        change("M-2", line("S-1", 2)),
    )
    planned = await shop.plan()
    fields = {row.field: (row.old, row.new) for row in planned.report.changes}
    assert fields["lines.S-1.price"] == ("59.90 EUR", "50.00 EUR")
    assert fields["lines.S-2.quantity"] == (None, "1")
    assert fields["shippingAddress.city"] == ("Lyon", "Rennes")
    assert fields["totalPrice"] == ("124.70 EUR", "114.90 EUR")
    assert planned.report.unchanged == 1
    await shop.approve(planned)
    async with shop.workspace.client() as client:
        body = await shop.order(client, "W-1")
    assert (body["totalPrice"]["centAmount"], body["shippingAddress"]["city"]) == (11490, "Rennes")
    assert [one["variant"]["sku"] for one in body["lineItems"]] == ["S-1", "S-2"]


async def test_a_feed_that_says_so_lets_edits_pass(shop: ChangingErp) -> None:
    """`ask_above` is zero for edits alone when the mapping is silent; nothing else raises it."""
    mapping = shop.workspace.incoming(FEED)
    guard = mapping.spec.guard.model_copy(update={"ask_above": 1})
    mapping.spec = mapping.spec.model_copy(update={"guard": guard})
    report = await shop.bring(change("M-1", line("S-1", 1)))
    assert (report.outcome, report.updated, await shop.shown()) == ("succeeded", 1, AFTER)


async def test_an_edit_is_not_taken_back_or_made_again(shop: ChangingErp) -> None:
    """The shop works totals out anew: what is right then is a change of its own."""
    shop.drop(change("M-1", line("S-1", 1)))
    report = await shop.approve(await shop.plan())
    with pytest.raises(ConfigError, match="works totals out anew"):
        await undo_run(shop.workspace, report.run_id)
    with pytest.raises(ConfigError, match="there is no drift"):
        await drift_of(shop.workspace, FEED)


@pytest.mark.slow
async def test_whenever_the_process_dies_the_edit_is_made_once_and_the_erp_not_asked(
    tmp_path: Path, shops: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every moment before and after each act, claim and call among them; the poll comes next."""

    async def begun(name: str) -> ChangingErp:
        made = ChangingErp(tmp_path / name, shops, f"edit-{uuid4().hex[:12]}")
        await made.set_up()
        await made.sold()
        made.drop(change("M-1", line("S-1", 1)))
        return made

    async def mortal(shop: ChangingErp, at: int | None) -> Death:
        death, planned = Death(at), await shop.plan()
        with death.upon(monkeypatch), monkeypatch.context() as patch:
            patch.setattr(Client, "act", death.acting_later(Client.act))
            patch.setattr(Client, "create", death.acting_later(Client.create))
            try:
                await shop.carry(planned)
            except* Crash:
                assert death.dead
        return death

    moments = (await mortal(await begun("calm"), None)).moments
    assert moments > 10
    for at in range(1, moments + 1):
        shop = await begun(f"{at}")
        assert (await mortal(shop, at)).dead, at
        shop.bury()
        await shop.export()
        assert shop.asked() == set(), at
        planned = await shop.plan()
        if planned.plan is not None:
            await shop.approve(planned)
        await shop.run(FEED)
        await shop.export()
        assert (await shop.shown(), shop.asked()) == (AFTER, set()), at
        [kept] = shop.edits()
        assert (kept.state, kept.revision) == ("done", 2), at
