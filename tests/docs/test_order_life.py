"""The page of the 29 steps: every step is there as the table has it, has its test, mapping and how-to."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.fulfilment import STEPS, OrderStep, Timers
from passerelle.ledger import Ledger, NewOrder
from passerelle.records import Money, Order

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/order-life.md"
TEXT = PAGE.read_text("utf-8")
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(
        r"^(?:    )?(?:async )?def (test_step_\d\d_\w+)\(", path.read_text("utf-8"), re.MULTILINE
    )
}
_DAY = timedelta(days=1)


def anchor(heading: str) -> str:
    """The address that a heading gets on the page."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


SECTIONS = {
    anchor(heading): text
    for heading, text in re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}


def written(timer: timedelta | None) -> str:
    """How the page writes a timer."""
    if timer is None:
        return "none: not awaited unless a timer is set"
    if timer % _DAY:
        return f"{timer // timedelta(hours=1)} h"
    return f"{timer // _DAY} d"


def test_the_page_has_the_steps_and_no_other() -> None:
    """In the order of an order's life, at the addresses that `OrderStep.anchor` gives."""
    assert list(SECTIONS) == [step.anchor for step in STEPS]


@pytest.mark.parametrize("step", STEPS, ids=[step.slug for step in STEPS])
def test_a_step_is_told_as_it_is(step: OrderStep) -> None:
    """Names in both languages, who says it, key, timer with its default, what is shown and by whom."""
    told = re.sub(r"\s+", " ", SECTIONS[step.anchor])
    assert f"**{step.en}** ({step.fr})." in told
    assert f"- Who says it: {step.direction} -" in told
    assert f"- Key: {step.key} -" in told
    timer = "none" if step.timer is None else f"`{step.timer}`, {written(getattr(Timers(), step.timer))}"
    assert f"- Timer: {timer} -" in told
    for word in ("The shop shows", "`passerelle order` shows", "Carried by", "How to"):
        assert re.search(rf"- {re.escape(word)}: \S.{{5}}", told), word


@pytest.mark.parametrize("step", STEPS, ids=[step.slug for step in STEPS])
def test_a_step_has_its_test(step: OrderStep) -> None:
    """A test is named after it, and the page names that test."""
    name = f"test_step_{step.number:02}_{step.slug}"
    assert f"`{name}`" in SECTIONS[step.anchor]
    assert name in TESTS


def test_mappings_that_are_named_are_there() -> None:
    """`shipments.yaml` on the page is `mappings/erp/shipments.yaml`."""
    named = set(re.findall(r"`([\w-]+\.yaml)`", TEXT))
    assert named
    assert {name for name in named if not (ROOT / "mappings/erp" / name).is_file()} == set()


def test_every_how_to_of_orders_is_in_the_list() -> None:
    """A page that no list names is not found."""
    listed = (ROOT / "docs/how-to/README.md").read_text("utf-8")
    pages = sorted((ROOT / "docs/how-to/orders").glob("*.md"))
    assert pages
    assert [page.name for page in pages if f"(orders/{page.name})" not in listed] == []


def test_every_step_is_shown_by_passerelle_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that we only met has its 29 rows, in the order of the page."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    order = Order(
        id="o-1",
        version=1,
        order_number="W-1",
        created_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
        state="Open",
        payment_state="Paid",
        total=Money(1000, "EUR"),
        lines=(),
    )
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        ledger.orders.add_pending([NewOrder.of(order, "orders-out")])
    shown = CliRunner().invoke(app, ["order", "W-1", "--json"])
    assert shown.exit_code == 0, shown.output
    steps = [one["step"] for one in json.loads(shown.stdout)["steps"]]
    assert [one["slug"] for one in steps] == [step.slug for step in STEPS]
