"""`passerelle order` and `passerelle orders` as a person types them, on a ledger of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli.app import app
from passerelle.cli.orders.views import life_view
from passerelle.cli.orders.words import ORDER_WORDS
from passerelle.cli.sheets import Cell, Sheet
from passerelle.cli.words import Language
from passerelle.errors import Fault, Position
from passerelle.fulfilment import STEPS, Request, Timers
from passerelle.ledger import (
    Content,
    EditClaim,
    Heard,
    Ledger,
    LifeStep,
    NewOrder,
    ParkedRecord,
    PlacedClaim,
    Quarantined,
    timeline,
)
from passerelle.records import MessageKind, MessageLine, Money, Order, OrderLine, OrderMessage

DAY = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """The ledger that the commands read."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("PASSERELLE_LANG", "en")
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened


def _type(*words: str, code: int = 0, environment: dict[str, str] | None = None) -> Result:
    result = CliRunner().invoke(app, list(words), env=environment)
    assert result.exit_code == code, result.output
    return result


def _met(ledger: Ledger, number: str, **changes: Any) -> None:
    line = OrderLine(
        id=f"{number}-a",
        sku="SKU-1",
        name="Scarf [wool]",
        quantity=2,
        unit_price=Money(1500, "EUR"),
        total=Money(3000, "EUR"),
    )
    values: dict[str, Any] = {
        "id": f"id-{number}",
        "version": 1,
        "order_number": number,
        "created_at": DAY,
        "state": "Open",
        "payment_state": "Paid",
        "total": Money(3000, "EUR"),
        "lines": (line,),
    }
    ledger.orders.add_pending([NewOrder.of(Order(**{**values, **changes}), "erp-orders")])


def _left(ledger: Ledger, *numbers: str) -> None:
    file = ledger.outbox.prepare("erp", numbers, lambda number: Content(f"CMD_{number:05d}.xml", b"<o/>"))
    ledger.outbox.set_state(file.id, "delivered")


def _note(ledger: Ledger, number: str, kind: str, ref: str, line: int = 12, **more: Any) -> None:
    more.setdefault("at", DAY + timedelta(hours=1))
    message = OrderMessage(order_number=number, kind=kind, ref=ref, **more)  # type: ignore[arg-type]  # the kind is the example's own
    ledger.order_book.note([Heard(message, "erp-messages", "MSG_0001.xml", line)])


def _steps(ledger: Ledger, number: str, now: datetime | None = None) -> dict[int, LifeStep]:
    life = ledger.order_book.life(number)
    if life is None:
        raise AssertionError(f"{number} is not in the ledger")
    return {one.step.number: one for one in timeline(life, now or datetime.now(tz=UTC))}


class TestOrder:
    def test_it_shows_all_29_steps(self, ledger: Ledger) -> None:
        """Each step has its row, whatever became of it, in either language."""
        _met(ledger, "W1")
        shown = _type("order", "W1").stdout
        in_french = _type("order", "W1", "--lang", "fr").stdout
        assert [step.number for step in STEPS if step.en not in shown] == []
        assert [step.number for step in STEPS if step.fr not in in_french] == []

    def test_it_tells_who_said_what_in_which_file_and_line(self, ledger: Ledger) -> None:
        """File and line of a message, the file that carried the order, times as the sender told them."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "accepted", "E-7", erp_number="E-7", line=4711)
        shown = _type("order", "W1").stdout
        for part in ("MSG_0001.xml:4711", "CMD_00001.xml", "erp-messages", "E-7", "30.00 EUR"):
            assert part in shown, part
        accepted = _steps(ledger, "W1")[7]
        assert (accepted.status, accepted.facts[0].at) == ("done", DAY + timedelta(hours=1))

    def test_what_is_awaited_has_its_time(self, ledger: Ledger) -> None:
        """Since when and until when; late is another word than awaited."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        now = datetime.now(tz=UTC)
        limit = Timers().functional_ack or timedelta()
        waits = _steps(ledger, "W1", now)[7]
        assert waits.status == "awaited"
        (awaited,) = waits.awaited
        assert awaited.due == awaited.since + limit
        assert _steps(ledger, "W1", now + limit)[7].status == "late"
        assert "awaited since" in _type("order", "W1").stdout

    def test_contradictions_come_first_with_advice(self, ledger: Ledger) -> None:
        """Red, before the timeline, with the file and line of what was not followed."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "accepted", "E-1", erp_number="E-1")
        _note(ledger, "W1", "accepted", "E-2", erp_number="E-2", at=DAY + timedelta(hours=9), line=99)
        shown = _type("order", "W1").stdout
        assert shown.index("Contradictions") < shown.index("Timeline")
        assert "MSG_0001.xml:99" in shown[: shown.index("Timeline")]
        assert "What to do" in shown
        assert "NOT FOLLOWED" in shown

    def test_what_most_orders_never_need_is_said_to_be_so(self, ledger: Ledger) -> None:
        """A delivery is never collected; an order that was accepted needs no technical word any more."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "accepted", "E-1", erp_number="E-1")
        steps = _steps(ledger, "W1")
        assert {number for number, one in steps.items() if one.status == "not_needed"} >= {6, 12, 18, 19, 21}
        assert steps[5].status == "done"

    def test_what_a_feed_of_ones_own_wrote_is_shown(self, ledger: Ledger) -> None:
        """Steps of older ledgers (each delivery one) and of others are told in their step, as they stand."""
        _met(ledger, "W1")
        run = ledger.runs.start("shipments", mode="delta")
        ledger.orders.set_step("W1", "ship BL-1", "done", external_id="BL-1", run_id=run.id)
        ledger.orders.set_step("W1", "reconcile", "refused", detail={"reason": "amount differs"})
        steps = _steps(ledger, "W1")
        assert [(one.what, one.ref, one.who) for one in steps[13].facts] == [
            ("ship_done", "BL-1", "shipments")
        ]
        assert steps[29].status == "refused"
        shown = _type("order", "W1").stdout
        assert "amount differs" in shown
        assert run.id in shown

    def test_why_an_order_waits_is_told(self, ledger: Ledger) -> None:
        """What a gate said, and since when."""
        _met(ledger, "W1")
        (queued,) = ledger.export_queue.of("erp-orders", ["W1"])
        detail = {"code": "unpaid", "reason": "no payment covers it", "since": DAY.isoformat()}
        ledger.export_queue.explain({queued.id: detail})
        (fact,) = _steps(ledger, "W1")[3].facts
        assert (fact.what, fact.text, fact.at) == ("waiting", "no payment covers it", DAY)
        assert "no payment covers it" in _type("order", "W1").stdout

    def test_requests_and_pieces_are_listed(self, ledger: Ledger) -> None:
        """What we owe others with its state, and every piece with its own."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "shipped", "BL-1", lines=(MessageLine(quantity=1, sku="SKU-1"),))
        asked = Request(kind="refund", key="refund/R-1", step=25, amount=Money(700, "EUR"))
        request = ledger.requests.ask("W1", asked)
        ledger.requests.claim(request.id)
        ledger.requests.settle(request.id, "in_doubt", answer={"reason": "timed out"})
        shown = _type("order", "W1").stdout
        for part in ("7.00 EUR", "timed out", "Scarf [wool]", "BL-1", "in doubt"):
            assert part in shown, part
        assert _steps(ledger, "W1")[25].status == "in_doubt"

    def test_what_was_put_aside_about_it_is_shown(self, ledger: Ledger) -> None:
        """Rejects and messages that wait stand with the order that they are about."""
        _met(ledger, "W1")
        run = ledger.runs.start("erp-messages", mode="delta")
        fault = Fault("not_a_number", Position("MSG_0002.xml", line=7), "two", "a number", "Ask the ERP")
        ledger.quarantine.add(
            run.id, "erp-messages", [Quarantined(record_key="W1/short/S-1", faults=(fault,))]
        )
        parked = ParkedRecord(
            key="W1/tracked/P-1",
            waits_for=("delivery BL-9",),
            record=b"{}",
            raw=b"1",
            strong=b"2",
            file="MSG_0003.xml",
            line=8,
        )
        ledger.parked.park(run.id, "erp-messages", [parked], age_limit=timedelta(days=3))
        shown = _type("order", "W1").stdout
        for part in ("W1/short/S-1", "Ask the ERP", "delivery BL-9", "MSG_0003.xml:8"):
            assert part in shown, part

    def test_an_unknown_number_names_its_neighbours(self, ledger: Ledger) -> None:
        """A digit too many at night: which orders there are, and what waits for this one."""
        for number in ("W1041", "W1042", "X2"):
            _met(ledger, number)
        run = ledger.runs.start("erp-messages", mode="delta")
        parked = ParkedRecord(
            key="W1043/accepted",
            waits_for=("order W1043",),
            record=b"{}",
            raw=b"1",
            strong=b"2",
            file="ACK_7.xml",
            line=3,
        )
        ledger.parked.park(run.id, "erp-messages", [parked], age_limit=timedelta(days=3))
        said = _type("order", "W1043", code=1).stderr
        assert "W1041, W1042" in said
        assert "ACK_7.xml:3" in said
        assert "commande" in _type("order", "W1043", "--lang", "fr", code=1).stderr

    def test_machines_read_the_same(self, ledger: Ledger) -> None:
        """One JSON document with everything."""
        _met(ledger, "W1")
        _left(ledger, "W1")
        _note(ledger, "W1", "accepted", "E-7", erp_number="E-7")
        body = json.loads(_type("order", "W1", "--json").stdout)
        assert [step["step"]["number"] for step in body["steps"]] == list(range(1, 30))
        assert body["life"]["state"]["erp_number"] == "E-7"

    def test_a_page_can_be_sent_to_somebody(self, ledger: Ledger, tmp_path: Path) -> None:
        """One file of HTML that needs nothing else; a name is no markup."""
        _met(ledger, "W1", lines=())
        _note(ledger, "W1", "refused", "R-1", reason="<b>no address</b>")
        page = tmp_path / "order.html"
        _type("order", "W1", "--html", str(page), "--lang", "fr")
        body = page.read_text(encoding="utf-8")
        assert '<html lang="fr">' in body
        assert "&lt;b&gt;no address&lt;/b&gt;" in body

    @pytest.mark.parametrize("kind", ["delivery", "ship_from_store", "click_and_collect", "reservation"])
    @pytest.mark.parametrize("lang", ["en", "fr"])
    def test_every_kind_of_message_has_words(self, ledger: Ledger, kind: str, lang: Language) -> None:
        """Whatever is said about whatever order, the timeline can be shown; nothing is left out."""
        kinds = get_args(MessageKind)
        _met(ledger, "W1", kind=kind, store="paris")
        for place, said in enumerate(kinds):
            _note(ledger, "W1", said, f"REF-{place}", at=DAY + timedelta(minutes=place))
        life = ledger.order_book.life("W1")
        if life is None:
            raise AssertionError("the order is not in the ledger")
        blocks = life_view(life, lang, now=datetime.now(tz=UTC))
        sheet = next(block for block in blocks if isinstance(block, Sheet) and len(block.rows) > len(STEPS))
        shown = " ".join(cell.text if isinstance(cell, Cell) else cell for row in sheet.rows for cell in row)
        assert [place for place in range(len(kinds)) if f"REF-{place}" not in shown] == []


class TestOrders:
    def test_the_list_for_the_morning(self, ledger: Ledger) -> None:
        """By step, the longest late first, with what to do; it ends with 3 so that a timer can tell."""
        _met(ledger, "W1")
        _met(ledger, "W2", created_at=DAY - timedelta(days=3), kind="ship_from_store", store="paris")
        _left(ledger, "W1")
        _note(ledger, "W1", "accepted", "E-1", erp_number="E-1")
        shown = _type("orders", "--overdue", code=3).stdout
        assert "3 Let through: 1 late" in shown
        assert ORDER_WORDS["late_gate"][0] in shown
        body = json.loads(_type("orders", "--overdue", "--json", code=3).stdout)
        steps = [one["awaited"]["step"] for one in body["overdue"]]
        assert steps == sorted(steps)
        assert sum(body["counts"].values()) == len(steps)
        assert {one["number"] for one in body["overdue"]} == {"W1", "W2"}
        of_store = json.loads(_type("orders", "--overdue", "--store", "paris", "--json", code=3).stdout)
        assert {one["number"] for one in of_store["overdue"]} == {"W2"}
        assert "en retard" in _type("orders", "--overdue", "--lang", "fr", code=3).stdout

    def test_nothing_late_is_good_news(self, ledger: Ledger) -> None:
        """And exit code 0."""
        _met(ledger, "W1", created_at=datetime.now(tz=UTC))
        assert "Nothing is late" in _type("orders", "--overdue").stdout

    def test_counts_and_amounts(self, ledger: Ledger) -> None:
        """By kind and state, of a day in its zone, of a state, of a store; amounts of a currency add up."""
        late_evening = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)  # already the 4th in Paris
        _met(ledger, "W1")
        _met(ledger, "W2", kind="click_and_collect", store="paris", total=Money(1250, "EUR"))
        _met(ledger, "W3", created_at=late_evening)
        _left(ledger, "W1", "W2")
        _note(ledger, "W1", "accepted", "E-1", erp_number="E-1")

        def listed(*words: str) -> list[str]:
            body = json.loads(_type("orders", *words, "--json").stdout)
            assert sum(one["orders"] for one in body["counts"]) == len(body["orders"])
            return [one["number"] for one in body["orders"]]

        assert listed() == ["W1", "W2", "W3"]
        assert listed("--day", "2026-11-03") == ["W1", "W2"]
        assert listed("--day", "2026-11-03", "--zone", "UTC") == ["W1", "W2", "W3"]
        assert listed("--day", "2026-11-04") == ["W3"]
        assert listed("--state", "Confirmed") == ["W1"]
        assert listed("--state", "Open", "--store", "paris") == ["W2"]
        assert listed("--state", "contradicted") == []
        shown = _type("orders").stdout
        assert "3 orders, 72.50 EUR" in shown
        assert "3 commandes" in _type("orders", "--lang", "fr").stdout

    def test_a_day_of_25_hours_is_one_day(self, ledger: Ledger) -> None:
        """The last Sunday of October in Paris ends an hour later than it began."""
        first, last = (
            datetime(2026, 10, 24, 22, 5, tzinfo=UTC),
            datetime(2026, 10, 25, 22, 55, tzinfo=UTC),
        )
        for number, moment in (
            ("W0", first - timedelta(minutes=10)),
            ("W1", first),
            ("W2", last),
            ("W3", last + timedelta(minutes=10)),
        ):
            _met(ledger, number, created_at=moment)
        body = json.loads(_type("orders", "--day", "2026-10-25", "--json").stdout)
        assert [one["number"] for one in body["orders"]] == ["W1", "W2"]

    def test_a_zone_that_is_none_is_said(self, ledger: Ledger) -> None:
        """One line for people, with an example."""
        assert ledger.order_book.near("W") == []
        said = _type("orders", "--day", "2026-11-03", "--zone", "Paris", code=1).stderr
        assert "Europe/Paris" in said

    def test_timers_are_the_retailers_own(self, ledger: Ledger, tmp_path: Path) -> None:
        """A file says how long a step may take; orders that are open are worked out anew when it changes."""
        _met(ledger, "W1", created_at=datetime.now(tz=UTC) - timedelta(hours=3))
        _type("orders", "--overdue")
        rules = tmp_path / "orders.yaml"
        rules.write_text("timers: {gate: PT2H, functional_ack: null}\n", encoding="utf-8")
        own = {"PASSERELLE_ORDER_RULES": str(rules)}
        assert "orders recompute" not in _type("order", "W1").stdout
        assert "orders recompute" in _type("order", "W1", environment=own).stdout
        _type("orders", "recompute", environment=own)
        assert "orders recompute" not in _type("order", "W1", environment=own).stdout
        body = json.loads(_type("orders", "--overdue", "--json", code=3).stdout)
        assert [(one["number"], one["awaited"]["step"]) for one in body["overdue"]] == [("W1", 3)]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("timers: {gates: PT2H}", "gates"),
            ("timers: {gate: soon}", "gate"),
            ("timers: [", "not understood"),
        ],
    )
    def test_rules_that_are_not_understood_are_said(
        self, ledger: Ledger, tmp_path: Path, text: str, told: str
    ) -> None:
        """Nothing starts with rules that nobody meant."""
        assert ledger.order_book.recompute_open() == 0
        rules = tmp_path / "orders.yaml"
        rules.write_text(text, encoding="utf-8")
        said = _type("orders", "recompute", code=1, environment={"PASSERELLE_ORDER_RULES": str(rules)}).stderr
        assert told in said
        assert "PT2H or P3D" in said


def test_an_order_shows_what_the_erp_changed_in_it(ledger: Ledger) -> None:
    """Totals before and after, where it stood, how it stands; of one in doubt who goes on with it."""
    _met(ledger, "W1")
    assert "Changed by the ERP" not in _type("order", "W1").output
    claim = EditClaim(
        number="W1",
        key="M-77",
        digest="d",
        before=12470,
        after=6480,
        currency="EUR",
        file="MODCMD_1.xml",
        line=12,
    )
    run = ledger.runs.start("order-edits", mode="apply")
    ledger.order_edits.claim(claim, feed="order-edits", run_id=run.id)
    shown = _type("order", "W1").output
    for told in ("M-77", "124.70 EUR", "64.80 EUR", "-59.90 EUR", "MODCMD_1.xml:12", "about to be applied"):
        assert told in shown, told
    ledger.runs.finish(run.id, "failed", {}, "interrupted")
    assert "in doubt" in _type("order", "W1").output
    assert "dans le doute" in _type("order", "W1", "--lang", "fr").output
    ledger.order_edits.done("W1", "M-77", before=12470, after=6480)
    ledger.order_edits.came_back("W1", "M-77", 2)
    assert "revision 2, of which the ERP is asked nothing" in " ".join(_type("order", "W1").output.split())
    [told] = json.loads(_type("order", "W1", "--json").output)["edits"]
    assert (told["state"], told["revision"], told["after"]) == ("done", 2, 6480)


def test_an_order_that_was_placed_elsewhere_says_whose_it_is(ledger: Ledger) -> None:
    """Where it came from, under which number, whether the shop has it; it has no life here."""
    claim = PlacedClaim(
        number="OLD-1",
        placed_at=DAY,
        total=12470,
        currency="EUR",
        pieces=2,
        sender_number="4711",
        file="REPRISE_1.xml",
        line=12,
    )
    run = ledger.runs.start("old-orders", mode="auto")
    ledger.placed_orders.claim(claim, feed="old-orders", run_id=run.id)
    shown = _type("order", "OLD-1").output
    for told in ("124.70 EUR", "4711", "old-orders, REPRISE_1.xml:12", "About to be written", "no stock"):
        assert told in shown
    ledger.runs.finish(run.id, "failed", {}, "interrupted")
    assert "In doubt" in _type("order", "OLD-1").output
    assert "Dans le doute" in _type("order", "OLD-1", "--lang", "fr").output
    ledger.placed_orders.settle([(claim, "id-1")], feed="old-orders", run_id=run.id)
    assert "In the shop since" in _type("order", "OLD-1").output
    told = json.loads(_type("order", "OLD-1", "--json").output)["placed_elsewhere"]
    assert (told["state"], told["shop_id"], told["sender_number"]) == ("done", "id-1", "4711")
