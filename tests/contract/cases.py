"""Requests that the API takes, and requests that it refuses: one table for every judge.

A shop is set up by `SHOP`, in this order; each case then is one request to that shop. Bodies are as they
go over the wire, but for `VERSION` and `LINE`: the shop's own answers fill them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

__all__ = ["BAD", "GOOD", "LINE", "SHOP", "VERSION", "Case", "fill"]

#: Stands for the version that the resource has now.
VERSION: Final = "<version>"
#: Stands for the id of the order's first line.
LINE: Final = "<line>"

#: The id of nothing.
NOBODY: Final = "4d6e2a4c-7f0f-4d3e-9c4b-2f3f1b1a9c77"
EUR: Final = {"currencyCode": "EUR", "centAmount": 12990}
ADDRESS: Final = {
    "firstName": "Maud",
    "lastName": "Lerivage",
    "streetName": "rue des Tanneurs",
    "streetNumber": "4",
    "postalCode": "99123",
    "city": "Valbrune",
    "country": "FR",
}


def key(kind: str, name: str) -> dict[str, str]:
    """Point to a resource by its key."""
    return {"typeId": kind, "key": name}


def attribute(name: str, kind: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Define one attribute of a product type."""
    return {"name": name, "label": {"fr-FR": name}, "isRequired": False, "type": dict(kind), **more}


SHOP: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "tax-categories",
        {
            "key": "normal",
            "name": "Taux normal",
            "rates": [{"name": "TVA 20", "amount": 0.2, "includedInPrice": True, "country": "FR"}],
        },
    ),
    ("channels", {"key": "depot-001", "roles": ["InventorySupply"], "name": {"fr-FR": "Entrepôt"}}),
    ("channels", {"key": "depot-101", "roles": ["InventorySupply"]}),
    ("channels", {"key": "erp", "roles": ["OrderExport"]}),
    (
        "product-types",
        {
            "key": "article",
            "name": "Article",
            "description": "Everything the shop sells",
            "attributes": [
                attribute("ean", {"name": "text"}),
                attribute(
                    "colour",
                    {"name": "lenum", "values": [{"key": "012", "label": {"fr-FR": "Bleu nuit"}}]},
                ),
                attribute("size", {"name": "text"}),
                attribute("weight_g", {"name": "number"}),
                attribute("material", {"name": "text"}, attributeConstraint="SameForAll"),
                attribute(
                    "gender",
                    {
                        "name": "enum",
                        "values": [{"key": "F", "label": "Femme"}, {"key": "H", "label": "Homme"}],
                    },
                    attributeConstraint="SameForAll",
                ),
            ],
        },
    ),
    ("categories", {"key": "cat-0001", "name": {"fr-FR": "Vestes"}, "slug": {"fr-FR": "vestes"}}),
    (
        "categories",
        {
            "key": "cat-0002",
            "name": {"fr-FR": "Vestes longues"},
            "slug": {"fr-FR": "vestes-longues"},
            "parent": key("category", "cat-0001"),
            "orderHint": "0.2",
        },
    ),
    (
        "products",
        {
            "key": "style-000123",
            "productType": key("product-type", "article"),
            "name": {"fr-FR": "Veste Arzal"},
            "slug": {"fr-FR": "veste-arzal-000123"},
            "categories": [key("category", "cat-0001")],
            "taxCategory": key("tax-category", "normal"),
            "masterVariant": {
                "sku": "000123-012-38",
                "attributes": [
                    {"name": "ean", "value": "3612345678901"},
                    {"name": "colour", "value": "012"},
                    {"name": "size", "value": "38"},
                    {"name": "weight_g", "value": 450},
                    {"name": "gender", "value": "F"},
                ],
            },
            "variants": [
                {
                    "sku": "000123-012-40",
                    "attributes": [{"name": "size", "value": "40"}, {"name": "gender", "value": "F"}],
                }
            ],
        },
    ),
    (
        "inventory",
        {
            "key": "stock-1",
            "sku": "000123-012-38",
            "quantityOnStock": 12,
            "supplyChannel": key("channel", "depot-001"),
        },
    ),
    ("standalone-prices", {"key": "price-1", "sku": "000123-012-38", "value": EUR, "country": "FR"}),
    (
        "orders/import",
        {
            "orderNumber": "W100001",
            "totalPrice": EUR,
            "country": "FR",
            "customerEmail": "maud@example.org",
            "shippingAddress": ADDRESS,
            "orderState": "Open",
            "lineItems": [
                {
                    "name": {"fr-FR": "Veste Arzal"},
                    "variant": {"sku": "000123-012-38"},
                    "price": {"value": EUR},
                    "quantity": 1,
                }
            ],
            # Without it the API has nowhere to put a delivery.
            "shippingInfo": {
                "shippingMethodName": "Colis",
                "price": {"currencyCode": "EUR", "centAmount": 0},
                "shippingRate": {"price": {"currencyCode": "EUR", "centAmount": 0}},
            },
        },
    ),
)


class Case(NamedTuple):
    """One request; `unseen_by` names the judges that cannot know what is wrong with a bad one."""

    name: str
    path: str
    body: Any
    unseen_by: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


def update(*actions: Any) -> dict[str, Any]:
    """Write the body of an update."""
    return {"version": VERSION, "actions": list(actions)}


def fill(body: Any, *, version: Any = 1, line: str = "line-1") -> Any:
    """Put what the shop answered in the place of `VERSION` and `LINE`."""
    if isinstance(body, dict):
        return {name: fill(value, version=version, line=line) for name, value in body.items()}
    if isinstance(body, list):
        return [fill(value, version=version, line=line) for value in body]
    if isinstance(body, str):
        return {VERSION: version, LINE: line}.get(body, body)
    return body


PRODUCT: Final = "products/key=style-000123"
STOCK: Final = "inventory/key=stock-1"
PRICE: Final = "standalone-prices/key=price-1"
ORDER: Final = "orders/order-number=W100001"
TYPE: Final = "product-types/key=article"

GOOD: Final = (
    Case("category with all texts", "categories", {
        "key": "cat-0009",
        "name": {"fr-FR": "Robes", "nl-BE": "Jurken"},
        "slug": {"fr-FR": "robes", "nl-BE": "jurken"},
        "description": {"fr-FR": "Toutes les robes"},
        "parent": key("category", "cat-0002"),
        "orderHint": "0.0009",
        "externalId": "0009",
    }),
    Case("category moves", "categories/key=cat-0002", update(
        {"action": "changeName", "name": {"fr-FR": "Longues", "pl-PL": "Długie"}},
        {"action": "changeSlug", "slug": {"fr-FR": "longues"}},
        {"action": "changeOrderHint", "orderHint": "0.3"},
        {"action": "setExternalId", "externalId": "0002"},
    )),
    Case("supply channel", "channels", {"key": "depot-102", "roles": ["InventorySupply"]}),
    Case("channel renamed", "channels/key=depot-001", update(
        {"action": "changeName", "name": {"fr-FR": "Entrepôt central"}},
        {"action": "addRoles", "roles": ["ProductDistribution"]},
    )),
    Case("tax category", "tax-categories", {
        "key": "reduit",
        "name": "Taux réduit",
        "rates": [{"name": "TVA 5,5", "amount": 0.055, "includedInPrice": True, "country": "FR"}],
    }),
    Case("product type grows", TYPE, update(
        {"action": "addAttributeDefinition", "attribute": attribute("collection", {"name": "text"})},
        {"action": "addPlainEnumValue", "attributeName": "gender", "value": {"key": "E", "label": "Enfant"}},
        {
            "action": "addLocalizedEnumValue",
            "attributeName": "colour",
            "value": {"key": "020", "label": {"fr-FR": "Écru"}},
        },
    )),
    Case("product with one variant", "products", {
        "key": "style-000200",
        "productType": key("product-type", "article"),
        "name": {"fr-FR": "Robe Quiberon"},
        "slug": {"fr-FR": "robe-quiberon-000200"},
        "masterVariant": {"sku": "000200-012-36", "attributes": [{"name": "size", "value": "36"}]},
        "publish": True,
    }),
    Case("product texts", PRODUCT, update(
        {"action": "changeName", "name": {"fr-FR": "Veste Arzal II"}, "staged": False},
        {"action": "changeSlug", "slug": {"fr-FR": "veste-arzal-ii"}, "staged": False},
        {"action": "setDescription", "description": {"fr-FR": "Chaude"}, "staged": False},
        {"action": "setDescription"},
    )),
    Case("product categories and tax", PRODUCT, update(
        {"action": "removeFromCategory", "category": key("category", "cat-0001")},
        {"action": "addToCategory", "category": key("category", "cat-0002")},
        {"action": "setTaxCategory", "taxCategory": key("tax-category", "normal")},
    )),
    Case("product variants", PRODUCT, update(
        {"action": "removeVariant", "sku": "000123-012-40"},
        {
            "action": "addVariant",
            "sku": "000123-012-42",
            "attributes": [{"name": "size", "value": "42"}, {"name": "gender", "value": "F"}],
        },
        {"action": "publish"},
    )),
    Case("product attributes", PRODUCT, update(
        {"action": "setAttribute", "sku": "000123-012-38", "name": "size", "value": "38/40", "staged": False},
        {"action": "setAttribute", "variantId": 1, "name": "weight_g"},
        {"action": "setAttributeInAllVariants", "name": "material", "value": "Laine", "staged": False},
    )),
    Case("stock with zero", "inventory", {
        "key": "stock-2",
        "sku": "000123-012-40",
        "quantityOnStock": 0,
        "supplyChannel": key("channel", "depot-001"),
        "restockableInDays": 4,
        "expectedDelivery": "2026-12-01T00:00:00.000Z",
    }),
    Case("stock to zero", STOCK, update({"action": "changeQuantity", "quantity": 0})),
    Case("stock moves", STOCK, update(
        {"action": "addQuantity", "quantity": 3},
        {"action": "removeQuantity", "quantity": 2},
        {"action": "setRestockableInDays", "restockableInDays": 7},
        {"action": "setExpectedDelivery", "expectedDelivery": "2026-12-24T00:00:00.000Z"},
        {"action": "setSupplyChannel", "supplyChannel": key("channel", "depot-101")},
    )),
    Case("price of a period", "standalone-prices", {
        "key": "price-2",
        "sku": "000123-012-38",
        "value": {"type": "centPrecision", "currencyCode": "EUR", "centAmount": 8990},
        "country": "FR",
        "validFrom": "2027-01-07T23:00:00.000Z",
        "validUntil": "2027-02-03T23:00:00.000Z",
    }),
    Case("price changes", PRICE, update(
        {"action": "changeValue", "value": {"currencyCode": "EUR", "centAmount": 11990}},
        {"action": "setValidFrom", "validFrom": "2026-11-01T00:00:00.000Z"},
        {"action": "setValidUntil", "validUntil": "2026-12-01T00:00:00.000Z"},
        {"action": "changeActive", "active": False},
    )),
    Case("order of the web", "orders/import", {
        "orderNumber": "W100002",
        "totalPrice": EUR,
        "lineItems": [
            {
                "name": {"fr-FR": "Veste Arzal"},
                "variant": {"sku": "000123-012-38"},
                "price": {"value": EUR},
                "quantity": 1,
            }
        ],
        "shippingAddress": ADDRESS,
    }),
    Case("order taken by the ERP", ORDER, update(
        {"action": "updateSyncInfo", "channel": key("channel", "erp"), "externalId": "CMD77"},
        {"action": "changeOrderState", "orderState": "Confirmed"},
    )),
    Case("order shipped", ORDER, update(
        {
            "action": "addDelivery",
            "items": [{"id": LINE, "quantity": 1}],
            "parcels": [{"trackingData": {"carrier": "Colissia", "trackingId": "CX123"}}],
        },
        {"action": "changeShipmentState", "shipmentState": "Shipped"},
    )),
)  # fmt: skip

OFFICIAL_AND_SDK: Final = frozenset({"official", "sdk"})
SDK: Final = frozenset({"sdk"})

BAD: Final = (
    Case("stock without quantity", "inventory", {"sku": "000123-012-40"}),
    Case("quantity as text", "inventory", {"sku": "000123-012-40", "quantityOnStock": "5"}),
    Case("quantity as fraction", "inventory", {"sku": "000123-012-40", "quantityOnStock": 5.5}),
    Case("quantity as truth", "inventory", {"sku": "000123-012-40", "quantityOnStock": True}),
    Case("quantity is null", "inventory", {"sku": "000123-012-40", "quantityOnStock": None}),
    Case("unknown field in stock", "inventory", {"sku": "000123-012-40", "quantityOnStock": 5, "depot": "1"}),
    Case("channel of the wrong kind", "inventory", {
        "sku": "000123-012-40", "quantityOnStock": 5, "supplyChannel": key("category", "cat-0001"),
    }, SDK),
    Case("channel by id and key", "inventory", {
        "sku": "000123-012-40",
        "quantityOnStock": 5,
        "supplyChannel": {"typeId": "channel", "key": "depot-001", "id": NOBODY},
    }, SDK),
    Case("channel by nothing", "inventory", {
        "sku": "000123-012-40", "quantityOnStock": 5, "supplyChannel": {"typeId": "channel"},
    }, SDK),
    Case("key too short", "inventory", {"key": "s", "sku": "000123-012-40", "quantityOnStock": 5}, SDK),
    Case("key with a blank", "inventory", {
        "key": "stock 2", "sku": "000123-012-40", "quantityOnStock": 5,
    }, SDK),
    Case("day without zone", "inventory", {
        "sku": "000123-012-40", "quantityOnStock": 5, "expectedDelivery": "2026-12-01",
    }),
    Case("change without quantity", STOCK, update({"action": "changeQuantity"})),
    Case("misspelled action", STOCK, update({"action": "changeQuantiy", "quantity": 1})),
    Case("action of another resource", STOCK, update({"action": "changeName", "name": {"fr-FR": "x"}})),
    Case("unknown field in action", STOCK, update({"action": "changeQuantity", "quantity": 1, "sku": "x"})),
    Case("action without a name", STOCK, update({"quantity": 1})),
    Case("update without version", STOCK, {"actions": [{"action": "changeQuantity", "quantity": 1}]}),
    Case("version as text", STOCK, {
        "version": "1", "actions": [{"action": "changeQuantity", "quantity": 1}],
    }),
    Case("update without actions", STOCK, {"version": VERSION}),
    Case("actions are no list", STOCK, {
        "version": VERSION, "actions": {"action": "changeQuantity", "quantity": 1},
    }),
    Case("too many actions", STOCK, update(*[{"action": "changeQuantity", "quantity": 1}] * 501), SDK),
    Case("price without value", "standalone-prices", {"sku": "000123-012-40"}),
    Case("price without currency", "standalone-prices", {"sku": "000123-012-40", "value": {"centAmount": 1}}),
    Case("price in fractions of a cent", "standalone-prices", {
        "sku": "000123-012-40", "value": {"currencyCode": "EUR", "centAmount": 59.9},
    }),
    Case("currency of two letters", "standalone-prices", {
        "sku": "000123-012-40", "value": {"currencyCode": "EU", "centAmount": 5990},
    }, SDK),
    Case("country of three letters", "standalone-prices", {
        "sku": "000123-012-40", "value": EUR, "country": "FRA",
    }, SDK),
    Case("price of no instant", "standalone-prices", {
        "sku": "000123-012-40", "value": EUR, "validFrom": "20261101",
    }),
    Case("price without the new value", PRICE, update({"action": "changeValue"})),
    Case("category without slug", "categories", {"name": {"fr-FR": "Robes"}}),
    Case("category name is no text", "categories", {"name": "Robes", "slug": {"fr-FR": "robes"}}),
    Case("locale of the ERP", "categories", {
        "name": {"french": "Robes"}, "slug": {"fr-FR": "robes"},
    }, SDK),
    Case("slug with a blank", "categories", {
        "name": {"fr-FR": "Robes"}, "slug": {"fr-FR": "les robes"},
    }, SDK),
    Case("product without type", "products", {"name": {"fr-FR": "Robe"}, "slug": {"fr-FR": "robe"}}),
    Case("unknown field in variant", "products", {
        "productType": key("product-type", "article"),
        "name": {"fr-FR": "Robe"},
        "slug": {"fr-FR": "robe"},
        "masterVariant": {"sku": "000200-012-36", "ean": "3612345678901"},
    }),
    Case("attribute without name", "products", {
        "productType": key("product-type", "article"),
        "name": {"fr-FR": "Robe"},
        "slug": {"fr-FR": "robe"},
        "masterVariant": {"sku": "000200-012-36", "attributes": [{"value": "36"}]},
    }),
    Case("name not renamed", PRODUCT, update({"action": "changeName", "nam": {"fr-FR": "Veste"}})),
    Case("attribute of no variant", PRODUCT, update({
        "action": "setAttribute", "name": "size", "value": "1",
    }), SDK),
    Case("product type without description", "product-types", {"name": "Article"}),
    Case("unknown kind of attribute", "product-types", {
        "name": "A", "description": "B", "attributes": [attribute("ean", {"name": "string"})],
    }),
    Case("constraint that does not exist", "product-types", {
        "name": "A",
        "description": "B",
        "attributes": [attribute("ean", {"name": "text"}, attributeConstraint="Same")],
    }),
    Case("enum value without label", "product-types", {
        "name": "A",
        "description": "B",
        "attributes": [attribute("gender", {"name": "enum", "values": [{"key": "F"}]})],
    }),
    Case("tax rate without country", "tax-categories", {
        "name": "Taux", "rates": [{"name": "TVA", "amount": 0.2, "includedInPrice": True}],
    }),
    Case("channel role that does not exist", "channels", {"key": "depot-103", "roles": ["Warehouse"]}),
    Case("channel without key", "channels", {"roles": ["InventorySupply"]}),
    Case("order without total", "orders/import", {"orderNumber": "W100003"}),
    Case("order line without price", "orders/import", {
        "totalPrice": EUR,
        "lineItems": [{"name": {"fr-FR": "Veste"}, "variant": {"sku": "000123-012-38"}, "quantity": 1}],
    }),
    Case("order state that does not exist", ORDER, update({
        "action": "changeOrderState", "orderState": "Done",
    })),
    Case("delivery without quantity", ORDER, update({"action": "addDelivery", "items": [{"id": LINE}]})),
    Case("delivery items are no list", ORDER, update({
        "action": "addDelivery", "items": {"id": LINE, "quantity": 1},
    })),
    Case("sync info without channel", ORDER, update({"action": "updateSyncInfo", "externalId": "CMD77"})),
    # Right in form, wrong in this shop: only a server can know.
    Case("line that the order lacks", ORDER, update({
        "action": "addDelivery", "items": [{"id": NOBODY, "quantity": 1}],
    }), OFFICIAL_AND_SDK),
    Case("channel that does not exist", "inventory", {
        "sku": "000123-012-40", "quantityOnStock": 5, "supplyChannel": key("channel", "depot-999"),
    }, OFFICIAL_AND_SDK),
    Case("category that does not exist", PRODUCT, update({
        "action": "addToCategory", "category": key("category", "cat-9999"),
    }), OFFICIAL_AND_SDK),
    Case("stock that is there already", "inventory", {
        "sku": "000123-012-38", "quantityOnStock": 5, "supplyChannel": key("channel", "depot-001"),
    }, OFFICIAL_AND_SDK),
    Case("slug that is taken", "categories", {
        "name": {"fr-FR": "Vestes"}, "slug": {"fr-FR": "vestes"},
    }, OFFICIAL_AND_SDK),
    Case("SKU that is taken", PRODUCT, update({
        "action": "addVariant", "sku": "000123-012-40", "attributes": [{"name": "gender", "value": "F"}],
    }), OFFICIAL_AND_SDK),
    Case("variant without what all have", PRODUCT, update({
        "action": "addVariant", "sku": "000123-012-42",
    }), OFFICIAL_AND_SDK),
    Case("attribute that the type lacks", PRODUCT, update({
        "action": "setAttribute", "sku": "000123-012-38", "name": "sleeve", "value": "long",
    }), OFFICIAL_AND_SDK),
    Case("attribute value of the wrong type", PRODUCT, update({
        "action": "setAttribute", "sku": "000123-012-38", "name": "weight_g", "value": "450",
    }), OFFICIAL_AND_SDK),
    Case("stale version", STOCK, {
        "version": 99, "actions": [{"action": "changeQuantity", "quantity": 1}],
    }, OFFICIAL_AND_SDK),
)  # fmt: skip
