from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from prefect import Flow
from pydantic import TypeAdapter, ValidationError

from flows.backfill import Selection, backfill
from flows.forms import StockFeed, Via, Window, known_feeds, run_options
from flows.orders import exchange_orders
from flows.prices import sync_prices
from flows.products import sync_products
from flows.stock import sync_stock

FLOWS: list[Flow[..., Any]] = [sync_stock, sync_prices, sync_products, exchange_orders, backfill]
ENTITIES = {
    "sync-stock": ("stock",),
    "sync-prices": ("price",),
    "sync-products": ("category", "product"),
    "exchange-orders": ("order",),
    "backfill": ("category", "product", "price", "stock"),
}


def _properties(flow: Flow[..., Any]) -> dict[str, dict[str, Any]]:
    return flow.parameters.properties


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_field_of_a_form_says_what_it_is_for(flow: Flow[..., Any]) -> None:
    """Each parameter has a type and a description; only the docstring's Args reach the form."""
    for name, schema in _properties(flow).items():
        assert schema.get("description"), name
        assert "type" in schema or "$ref" in schema, name


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_form_offers_the_feeds_of_the_workspace(flow: Flow[..., Any]) -> None:
    """The feed is a drop-down of exactly the feeds that have a mapping, and must be chosen."""
    offered = _properties(flow)["feed"]["enum"]
    assert offered == list(known_feeds(*ENTITIES[flow.name]))
    assert offered
    assert flow.parameters.required == ["feed"]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_run_by_hand_is_a_dry_run_unless_switched(flow: Flow[..., Any]) -> None:
    """Who starts a run from the form without a thought writes nothing to the shop."""
    assert _properties(flow)["dry_run"]["default"] is True


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_no_field_shows_a_type_switch(flow: Flow[..., Any]) -> None:
    """A field that may stay empty is an empty field, not a choice between a type and None."""
    text = flow.parameters.model_dump_json()
    assert "anyOf" not in text
    assert "null" not in text


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_peak_mode_can_be_passed_with_a_reason(flow: Flow[..., Any]) -> None:
    """A text that is empty unless somebody writes why."""
    field = _properties(flow)["despite_peak"]
    assert (field["type"], field["default"]) == ("string", "")
    assert "in spite of peak mode" in " ".join(field["description"].split())


def test_blanks_are_no_reason() -> None:
    """Who leaves the field alone, or types a blank, asks for nothing."""
    assert run_options(dry_run=False, despite_peak="  ").despite_peak == ""
    assert run_options(dry_run=False, despite_peak=" wrong photo ").despite_peak == "wrong photo"


def test_the_mode_is_a_drop_down() -> None:
    """Three modes, of which `auto` is the one to leave alone."""
    mode = _properties(sync_stock)["mode"]
    assert (mode["enum"], mode["default"]) == (["auto", "full", "delta"], "auto")


@pytest.mark.parametrize("flow", [sync_stock, sync_prices, sync_products], ids=lambda flow: flow.name)
def test_the_way_is_a_drop_down(flow: Flow[..., Any]) -> None:
    """Which way new records take is the mapping's word unless somebody chooses."""
    via = _properties(flow)["via"]
    assert (via["enum"], via["default"]) == (["mapping", "auto", "http", "import"], "mapping")


@pytest.mark.parametrize(("chosen", "asked"), [("mapping", None), ("auto", "auto"), ("import", "import")])
def test_the_chosen_way_is_the_run_s(chosen: Via, asked: str | None) -> None:
    """What nobody chose is not said, so the mapping decides."""
    assert run_options(dry_run=True, via=chosen).via == asked


def test_the_window_is_a_group_of_two_calendars() -> None:
    """Both days are dates with a description, in the order in which one reads them."""
    window = sync_stock.parameters.definitions["Window"]["properties"]
    assert [(side["format"], side["position"]) for side in window.values()] == [("date", 0), ("date", 1)]
    assert all(side["description"] for side in window.values())


def test_what_a_backfill_carries_is_a_group_with_help() -> None:
    """SKUs and files are pasted, days are calendars; each says what it is for, in the order of reading."""
    fields = backfill.parameters.definitions["Selection"]["properties"]
    assert [schema["position"] for schema in fields.values()] == [0, 1, 2, 3, 4]
    assert [name for name, schema in fields.items() if schema.get("format") == "date"] == [
        "start",
        "end",
        "as_of",
    ]
    assert all(schema["description"] and schema["title"] for schema in fields.values())
    assert Selection().model_dump(exclude_defaults=True) == {}


def test_an_unknown_feed_is_refused_with_what_is_known() -> None:
    """A feed typed over the API is checked as well, and the message lists the right ones."""
    with pytest.raises(ValidationError, match="expected one of the feeds stock"):
        TypeAdapter(StockFeed).validate_python("stocks")


def test_pasted_skus_add_to_the_list_each_once() -> None:
    """Blanks, commas, semicolons and line breaks separate pasted SKUs; the order is kept."""
    options = run_options(
        dry_run=True, skus=(" 000001-001-36 ", ""), sku_text="000002-001-36;\n000001-001-36,\t3\n"
    )
    assert options.skus == ("000001-001-36", "000002-001-36", "3")


def test_no_sku_means_all() -> None:
    """An empty field and blanks ask for everything, not for a SKU without name."""
    assert run_options(dry_run=True, sku_text=" \n ").skus == ()


def test_a_window_becomes_the_dates_of_the_run() -> None:
    """Either side may stay open."""
    options = run_options(dry_run=True, window=Window(start=date(2026, 11, 1)))
    assert (options.since, options.until) == (date(2026, 11, 1), None)


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    """The server lets it pass, so the flow must not."""
    with pytest.raises(ValidationError):
        run_options(dry_run=True, window=Window(start=date(2026, 11, 2), end=date(2026, 11, 1)))


def test_blanks_are_no_reason_to_pass_the_guard() -> None:
    """A reason of blanks is none: the guard decides."""
    assert run_options(dry_run=False, override_guard="  ").override_guard == ""
