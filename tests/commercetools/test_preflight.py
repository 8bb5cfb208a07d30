"""What a project lacks, told from a few reads; what may not be looked at is not known, never "good"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from passerelle.commercetools import Client, Finding, Need, Wants, examine, needs_of

from .conftest import Connect

Held = dict[str, list[dict[str, Any]]]

NOW = datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC)
PROJECT = {
    "key": "maison-lin",
    "name": "Maison Lin",
    "languages": ["fr-FR", "nl-BE"],
    "currencies": ["EUR"],
    "countries": ["FR", "BE"],
    "productCatalogModel": "Classic",
}


def shop(
    *,
    project: dict[str, Any] | None = None,
    scope: str = "manage_project:maison-lin",
    date: str = "Sun, 22 Nov 2026 06:00:05 GMT",
    held: Held | None = None,
) -> Callable[[httpx.Request], httpx.Response]:
    """A project with these settings and resources."""

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/maison-lin").strip("/")
        if path == "oauth/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600, "scope": scope})
        if path == "":
            if project is None:
                return httpx.Response(403, json={"errors": [{"code": "insufficient_scope", "message": "no"}]})
            return httpx.Response(200, json=project, headers={"Date": date})
        return httpx.Response(200, json={"results": (held or {}).get(path, [])})

    return handler


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    """Each check is answered once."""
    assert len({finding.check for finding in findings}) == len(findings)
    return {finding.check: finding for finding in findings}


def stock(**more: Any) -> Wants:
    """A stock feed."""
    return Wants("stock", "stock", needs_of("stock"), **more)


async def found(connect: Connect, handler: Any, *wants: Wants, **config: Any) -> dict[str, Finding]:
    """What the examination of such a shop finds."""

    async def look(client: Client) -> list[Finding]:
        return await examine(client, wants, now=NOW)

    async with connect(handler, own_tokens=True, **config) as client:
        return by_check(await look(client))


async def test_a_project_that_has_everything_is_good(connect: Connect) -> None:
    """Nothing is missing, nothing unknown."""
    wants = stock(
        locales={"fr-FR"},
        currencies={"EUR"},
        countries={"BE"},
        channels={"depot-001": frozenset({"InventorySupply"})},
        keys={"product-types": {"article"}},
        attributes={"article": frozenset({"colour"})},
        price_mode="Standalone",
    )
    held: Held = {
        "channels": [{"id": "1", "key": "depot-001", "roles": ["InventorySupply", "Primary"]}],
        "product-types": [{"id": "2", "key": "article", "attributes": [{"name": "colour"}]}],
    }
    answers = await found(connect, shop(project=PROJECT, held=held), wants)
    assert {finding.state for finding in answers.values()} == {"good"}


async def test_a_modular_project_has_no_embedded_prices(connect: Connect) -> None:
    """The model is told; a feed that has such prices is named, one whose prices stand alone is not."""
    modular = {**PROJECT, "productCatalogModel": "Modular"}
    styles = Wants("styles", "product", price_mode="Embedded")
    answers = await found(connect, shop(project=modular), styles)
    assert answers["catalog_model"] == Finding("catalog_model", "missing", ("Modular",), ("styles",))
    answers = await found(connect, shop(project=modular), Wants("prices", "price", price_mode="Standalone"))
    assert answers["catalog_model"] == Finding("catalog_model", "good", ("Modular",))
    answers = await found(connect, shop(project=PROJECT), styles)
    assert answers["catalog_model"].state == "good"


async def test_every_lack_is_named_with_who_wants_it(connect: Connect) -> None:
    """Locales, currencies, countries, channels, roles, keys, attributes, by feed."""
    names = Wants("names-pl", "product", locales={"pl-PL", "fr-FR"}, countries={"PL"})
    wants = stock(
        currencies={"PLN"},
        countries={"PL"},
        channels={"web": frozenset({"InventorySupply"}), "depot-9": frozenset({"InventorySupply"})},
        keys={"product-types": {"article", "shoe"}, "tax-categories": {"normal"}},
        attributes={"article": frozenset({"colour", "size"}), "shoe": frozenset({"heel"})},
    )
    held: Held = {
        "channels": [{"id": "1", "key": "web", "roles": ["ProductDistribution"]}],
        "product-types": [{"id": "2", "key": "article", "attributes": [{"name": "colour"}]}],
    }
    answers = await found(connect, shop(project=PROJECT, held=held), names, wants)

    assert answers["locales"] == Finding("locales", "missing", ("pl-PL",), ("names-pl",))
    assert answers["currencies"] == Finding("currencies", "missing", ("PLN",), ("stock",))
    assert answers["countries"] == Finding("countries", "missing", ("PL",), ("names-pl", "stock"))
    assert answers["channels"] == Finding("channels", "missing", ("depot-9",), ("stock",))
    assert answers["roles"] == Finding("roles", "missing", ("web: InventorySupply",), ("stock",))
    assert answers["references"].subject == ("product-types/shoe", "tax-categories/normal")
    # A type that is not there is told once, not attribute by attribute.
    assert answers["attributes"] == Finding("attributes", "missing", ("article.size",), ("stock",))


async def test_missing_scopes_are_named_by_the_narrowest_that_helps(connect: Connect) -> None:
    """And what they hide is unknown, not good."""
    price = Wants("prices", "price", needs_of("price", ["value", "customer_group"]), price_mode="Standalone")
    scope = "view_orders:maison-lin manage_standalone_prices:other-project"
    answers = await found(
        connect, shop(scope=scope), stock(channels={"a": frozenset()}, keys={"types": {"t"}}), price
    )
    assert answers["scopes"] == Finding(
        "scopes",
        "missing",
        ("manage_products", "view_channels", "manage_standalone_prices", "view_customer_groups"),
        ("stock", "prices"),
    )
    unknown = {check for check, finding in answers.items() if finding.state == "unknown"}
    assert unknown >= {"identity", "clock", "locales", "catalog_model", "channels", "roles", "price_mode"}


async def test_the_import_api_is_needed_by_those_that_go_by_it_alone(connect: Connect) -> None:
    """A feed that says so lacks the scope; one that goes the cheaper way is told, and can do without."""
    few = shop(project=PROJECT, scope="manage_products:maison-lin")
    by_it = stock(importing="import")
    either = Wants("prices", "price", importing="auto")
    scope = ("manage_import_containers",)
    answers = await found(connect, few, by_it, either)
    assert answers["importing"] == Finding("importing", "missing", scope, ("stock",))
    answers = await found(connect, few, either)
    assert answers["importing"] == Finding("importing", "unknown", scope, ("prices",))
    more = shop(project=PROJECT, scope="manage_products:maison-lin manage_import_containers:maison-lin")
    answers = await found(connect, more, by_it, either)
    assert answers["importing"] == Finding("importing", "good", scope)
    answers = await found(connect, few, stock())
    assert answers["importing"] == Finding("importing", "good")


async def test_another_project_is_told(connect: Connect) -> None:
    """By its name, when the settings say one."""
    answers = await found(connect, shop(project=PROJECT), project_name="Maison Lin (production)")
    assert answers["identity"] == Finding(
        "identity", "missing", ("maison-lin (Maison Lin)", "maison-lin", "Maison Lin (production)")
    )
    assert (await found(connect, shop(project=PROJECT), project_name="Maison Lin"))[
        "identity"
    ].state == "good"


async def test_clocks_that_are_apart_are_told(connect: Connect) -> None:
    """Against the Date header; a minute is let pass."""
    answers = await found(connect, shop(project=PROJECT, date="Sun, 22 Nov 2026 06:01:30 GMT"))
    assert answers["clock"] == Finding("clock", "missing", ("+90 s",))
    answers = await found(connect, shop(project=PROJECT, date="Sun, 22 Nov 2026 05:59:20 GMT"))
    assert answers["clock"] == Finding("clock", "good", ("-40 s",))


async def test_products_that_hide_the_prices_of_a_feed_are_named(connect: Connect) -> None:
    """A product in the other mode takes such prices without a word and shows none."""
    held = {"products": [{"id": "p1", "key": "style-1"}]}
    price = Wants("prices", "price", price_mode="Standalone")
    answers = await found(connect, shop(project=PROJECT, held=held), price)
    assert answers["price_mode"] == Finding("price_mode", "missing", ("Embedded", "style-1"), ("prices",))
    product = Wants("products", "product", price_mode="Embedded")
    answers = await found(connect, shop(project=PROJECT), price, product)
    assert answers["price_mode"].subject == ("Embedded", "Standalone")


async def test_without_a_token_there_is_one_finding(connect: Connect) -> None:
    """What is wrong with the client id or secret is told first; nothing else can be."""

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/oauth/token"
        return httpx.Response(401, json={"error": "invalid_client"})

    answers = await found(connect, handler, stock())
    assert list(answers) == ["token"]
    assert answers["token"].state == "missing"


def test_a_dry_run_needs_to_read_only() -> None:
    """What is read to resolve references comes from the fields; nothing is named twice."""
    assert needs_of("stock", ["sku", "supply_channel"]) == (Need("inventory", write=True), Need("channels"))
    assert needs_of("stock", dry_run=True) == (Need("inventory"), Need("channels"))
    assert needs_of("price", ["value", "channel", "custom.note"]) == (
        Need("standalone-prices", write=True),
        Need("channels"),
        Need("types"),
    )
    assert needs_of("purchase_order") == ()
