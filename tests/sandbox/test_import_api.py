"""The Import API: containers, requests, what becomes of operations, and when."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from passerelle.sandbox import SandboxConfig, create_app
from tests.sandbox.import_hall import CONTAINER, ImportHall, cents, key, typed
from tests.sandbox.shopfront import NO_TLS, Shopfront, refusal


def category(name: str, **more: Any) -> dict[str, Any]:
    """A category as imports write it."""
    return {"key": name, "name": {"en": name}, "slug": {"en": name}, **more}


def test_the_import_api_has_an_address_of_its_own(hall: ImportHall) -> None:
    """Neither API answers at the address of the other."""
    assert hall.sandbox.import_url != hall.sandbox.url
    hall.front.refused("GET", "import-containers", status=404, code="ResourceNotFound")
    refusal(hall.ask("GET", "categories"), 404, "ResourceNotFound")


def test_a_process_of_its_own_says_where(shopfront: Shopfront) -> None:
    """A sandbox in another process takes imports at the address that it announced."""
    hall = ImportHall(shopfront)
    hall.open()
    hall.imported("categories", "category", category("cat-1"))
    assert shopfront.get("categories/key=cat-1")["version"] == 1
    hall.close()


async def test_without_ports_the_host_tells() -> None:
    """Without a server, a host name that begins with `import.` is the Import API's, as in reality."""
    transport = httpx.ASGITransport(create_app(SandboxConfig()))
    async with httpx.AsyncClient(transport=transport, verify=NO_TLS) as http:
        form = {"grant_type": "client_credentials"}
        token = await http.post(
            "http://sandbox/oauth/token", auth=("sandbox-client", "sandbox-secret"), data=form
        )
        http.headers["authorization"] = f"Bearer {token.json()['access_token']}"
        opened = await http.post("http://import.sandbox/demo/import-containers", json={"key": "nightly"})
        assert opened.status_code == 201
        assert (await http.get("http://sandbox/demo/import-containers")).status_code == 404


def test_containers(hall: ImportHall) -> None:
    """A container lives 72 hours unless its policy says otherwise; it changes at its version only."""
    kept = hall.ask("GET", f"import-containers/{CONTAINER}").json()
    assert (kept["version"], "retentionPolicy" in kept) == (1, False)
    policy = {"strategy": "ttl", "config": {"timeToLive": "2h"}}
    short = hall.open("short", retentionPolicy=policy, resourceType="category")
    assert short["retentionPolicy"] == policy
    for life in ("59m", "31d", "2x", "0h"):
        wrong = {"key": "wrong", "retentionPolicy": {**policy, "config": {"timeToLive": life}}}
        refusal(hall.ask("POST", "import-containers", wrong), 400, "InvalidField")
    refusal(hall.ask("POST", "import-containers", {"key": "short"}), 400, "DuplicateField")
    refusal(hall.ask("POST", "import-containers", {}), 400, "RequiredField")
    changed = hall.ask("PUT", "import-containers/short", {"version": 1})
    assert (changed.json()["version"], "resourceType" in changed.json()) == (2, False)
    stale = refusal(hall.ask("PUT", "import-containers/short", {"version": 1}), 409, "ConcurrentModification")
    assert (stale["specifiedVersion"], stale["currentVersion"]) == (1, 2)
    hall.pass_time(hours=2)
    refusal(hall.ask("GET", "import-containers/short"), 404, "ResourceNotFound")
    hall.pass_time(hours=69.9)
    assert hall.ask("GET", f"import-containers/{CONTAINER}").status_code == 200
    hall.pass_time(hours=0.2)
    refusal(hall.ask("GET", f"import-containers/{CONTAINER}"), 404, "ResourceNotFound")


def test_a_container_of_one_type(hall: ImportHall) -> None:
    """A container with a resource type takes no requests of another."""
    hall.ask("PUT", f"import-containers/{CONTAINER}", {"version": 1, "resourceType": "inventory"})
    refusal(hall.post("categories", "category", category("cat-1")), 400, "InvalidOperation")


def test_one_to_twenty_resources(hall: ImportHall) -> None:
    """A request has one to twenty resources, of the type that its path says."""
    many = [category(f"cat-{n}") for n in range(21)]
    refusal(hall.post("categories", "category", *many), 400, "InvalidInput")
    refusal(hall.post("categories", "category"), 400, "InvalidInput")
    refusal(hall.post("categories", "product", many[0]), 400, "InvalidField")
    assert len(hall.submit("categories", "category", *many[:20])) == 20


def test_unknown_fields_refuse_the_request(hall: ImportHall) -> None:
    """A field that is not supported fails the whole request, with its name and the resource's place."""
    limited = {"key": "stock-1", "sku": "A", "quantityOnStock": 1, "minCartQuantity": 2}
    good = {"key": "stock-2", "sku": "B", "quantityOnStock": 1}
    error = refusal(hall.post("inventories", "inventory", good, limited), 400, "InvalidField")
    assert (error["field"], error["invalidValue"], error["resourceIndex"]) == ("minCartQuantity", 2, 1)
    by_id = category("cat-1", parent={"typeId": "category", "id": "4711"})
    error = refusal(hall.post("categories", "category", by_id), 400, "InvalidField")
    assert error["field"] == "parent.id"
    assert hall.front.get("inventory")["total"] == 0


def test_a_bad_resource_fails_alone(hall: ImportHall) -> None:
    """What lacks a field or has a wrong value fails at once; the rest of its request goes on."""
    answer = hall.post("categories", "category", {"key": "cat-1", "name": {"en": "x"}}, category("cat-2"))
    bad, good = answer.json()["operationStatus"]
    assert (bad["state"], bad["errors"][0]["code"]) == ("validationFailed", "RequiredField")
    assert bad["errors"][0]["field"] == "slug"
    assert hall.operation(good["operationId"])["state"] == "imported"


def test_accepted_is_not_imported(hall: ImportHall) -> None:
    """An operation is in progress until the desk has come to it; the summary counts it."""
    hall.sandbox.control("POST", "/demo/imports/pace", {"delayMs": 3_600_000})
    [number] = hall.submit("categories", "category", category("cat-1"))
    assert hall.operation(number)["state"] == "processing"
    assert hall.front.get("categories")["total"] == 0
    hall.pass_time(seconds=3_000)
    assert hall.states() == {"processing": 1}
    hall.pass_time(seconds=600)
    assert hall.front.get("categories")["total"] == 1
    operation = hall.operation(number)
    assert (operation["state"], operation["resourceVersion"], operation["resourceKey"]) == (
        "imported",
        1,
        "cat-1",
    )
    assert hall.states() == {"imported": 1}


def test_steps_by_hand(hall: ImportHall) -> None:
    """A desk that works by hand processes as many operations as it is told, the oldest first."""
    hall.sandbox.control("POST", "/demo/imports/pace", {"byHand": True})
    hall.submit("categories", "category", *(category(f"cat-{n}") for n in range(3)))
    assert hall.states() == {"processing": 3}
    assert hall.sandbox.control("POST", "/demo/imports/step", {"operations": 2}) == {"processed": 2}
    assert hall.front.keys("categories", "key is defined") == {"cat-0", "cat-1"}


def test_summaries_lag(hall: ImportHall) -> None:
    """A summary is eventually consistent: it may say what was so a while ago."""
    hall.sandbox.control("POST", "/demo/imports/pace", {"summaryLagMs": 600_000})
    hall.submit("categories", "category", category("cat-1"))
    assert hall.states() == {}
    hall.pass_time(seconds=600)
    assert hall.states() == {"imported": 1}


def test_an_unresolved_reference_resolves_itself(hall: ImportHall) -> None:
    """A child waits for its parent, and is imported when the parent comes, by whichever API."""
    child = hall.bring("categories", "category", category("child", parent=key("category", "parent")))
    assert child["state"] == "unresolved"
    assert child["unresolvedReferences"] == [{"typeId": "category", "key": "parent"}]
    hall.front.create("categories", category("parent"))
    assert hall.operation(child["id"])["state"] == "imported"
    parent = hall.front.get("categories/key=parent")
    assert hall.front.get("categories/key=child")["parent"]["id"] == parent["id"]


def test_operations_live_48_hours(hall: ImportHall) -> None:
    """What is unresolved after 48 hours is gone, and leaves no trace but what it did not import."""
    child = hall.bring("categories", "category", category("child", parent=key("category", "parent")))
    hall.pass_time(hours=47.9)
    assert hall.states() == {"unresolved": 1}
    hall.pass_time(hours=0.2)
    assert hall.states() == {}
    refusal(hall.ask("GET", f"import-operations/{child['id']}"), 404, "ResourceNotFound")
    hall.front.create("categories", category("parent"))
    hall.front.refused("GET", "categories/key=child", status=404, code="ResourceNotFound")


def test_what_the_api_refuses_is_not_imported(hall: ImportHall) -> None:
    """The rules of the resources hold: a slug that is taken fails, with the error of the Import API."""
    hall.imported("categories", "category", category("cat-1"))
    failed = hall.bring("categories", "category", {**category("cat-2"), "slug": {"en": "cat-1"}})
    assert failed["state"] == "validationFailed"
    assert failed["errors"][0]["code"] == "DuplicateField"


@pytest.mark.parametrize(
    ("state", "name"),
    [("rejected", "before"), ("canceled", "before"), ("partiallyImported", "after")],
)
def test_outcomes_on_command(hall: ImportHall, state: str, name: str) -> None:
    """An operation can be made to fail inside the platform, to be canceled, or to stop half way."""
    hall.imported("categories", "category", category("cat-1", description={"en": "before"}))
    hall.sandbox.control("POST", "/demo/imports/outcomes", {"state": state, "resourceKey": "cat-1"})
    wanted = {**category("cat-1"), "name": {"en": "after"}, "metaKeywords": {"en": "k"}}
    assert hall.bring("categories", "category", category("cat-2"))["state"] == "imported"
    operation = hall.bring("categories", "category", wanted)
    assert operation["state"] == state
    assert bool(operation.get("errors")) is (state != "canceled")
    now = hall.front.get("categories/key=cat-1")
    assert now["name"] == {"en": {"before": "cat-1", "after": "after"}[name]}
    assert "metaKeywords" not in now
    assert hall.bring("categories", "category", wanted)["state"] == "imported"


def test_listing_operations(hall: ImportHall) -> None:
    """Operations are paged, and found by state and by the key of their resource."""
    hall.submit("categories", "category", *(category(f"cat-{n}") for n in range(3)))
    hall.submit("categories", "category", category("child", parent=key("category", "none")))
    path = f"import-containers/{CONTAINER}/import-operations"
    page = hall.ask("GET", path, limit=2, offset=1).json()
    assert (page["count"], page["total"], page["offset"]) == (2, 4, 1)
    assert [one["resourceKey"] for one in page["results"]] == ["cat-1", "cat-2"]
    [waiting] = hall.ask("GET", path, state="unresolved").json()["results"]
    assert waiting["resourceKey"] == "child"
    [found] = hall.ask("GET", path, resourceKey="cat-2").json()["results"]
    assert found["state"] == "imported"
    latest = hall.ask("GET", path, sort="resourceKey desc", limit=1).json()["results"]
    assert latest[0]["resourceKey"] == "child"
    refusal(hall.ask("GET", path, state="lost"), 400, "InvalidField")
    refusal(hall.ask("GET", path, limit=501), 400, "InvalidInput")


def test_scopes_of_both_kinds(hall: ImportHall) -> None:
    """Containers want their own scope, a request that of its resource."""
    hall.http.headers["authorization"] = "Bearer nothing"
    refusal(hall.ask("GET", "import-containers"), 401, "invalid_token")
    narrow = Shopfront(hall.sandbox, "demo", "manage_products:demo")
    hall.http.headers["authorization"] = narrow.http.headers["authorization"]
    refusal(hall.ask("GET", "import-containers"), 403, "insufficient_scope")
    price = {"key": "price-1", "sku": "A", "value": cents(100)}
    refusal(hall.post("standalone-prices", "standalone-price", price), 403, "insufficient_scope")
    hall.submit("categories", "category", category("cat-1"))
    narrow.close()


def test_imports_are_their_client_s(hall: ImportHall) -> None:
    """What is imported later is the change of the client that asked for it."""
    hall.imported("categories", "category", category("cat-1"))
    assert hall.front.get("categories/key=cat-1")["lastModifiedBy"]["clientId"] == hall.sandbox.client_id


def test_deleting_a_container(hall: ImportHall) -> None:
    """A container goes with its operations; what they imported stays."""
    operation = hall.imported("categories", "category", category("cat-1"))
    assert hall.ask("DELETE", f"import-containers/{CONTAINER}").status_code == 200
    refusal(hall.ask("GET", f"import-operations/{operation['id']}"), 404, "ResourceNotFound")
    assert hall.front.get("categories")["total"] == 1


def test_stock_is_absolute(hall: ImportHall) -> None:
    """Stock is set, what is left out is removed, but limits, which no import can name, stay."""
    hall.front.create("channels", {"key": "depot", "roles": ["InventorySupply"]})
    entry = {"key": "stock-1", "sku": "A", "quantityOnStock": 5.0, "restockableInDays": 3}
    hall.imported("inventories", "inventory", {**entry, "supplyChannel": key("channel", "depot")})
    limit = {"action": "setInventoryLimits", "minCartQuantity": 2}
    hall.front.update("inventory/key=stock-1", 1, limit)
    del entry["restockableInDays"]
    wanted = {**entry, "quantityOnStock": 0, "supplyChannel": key("channel", "depot")}
    assert hall.imported("inventories", "inventory", wanted)["resourceVersion"] == 3
    found = hall.front.get("inventory/key=stock-1")
    assert (found["quantityOnStock"], found["minCartQuantity"]) == (0, 2)
    assert "restockableInDays" not in found
    assert hall.imported("inventories", "inventory", wanted)["resourceVersion"] == 3
    moved = hall.bring("inventories", "inventory", {**wanted, "sku": "B"})
    assert moved["errors"][0] == {
        "code": "InvalidFieldUpdate",
        "message": "The fields sku cannot be updated.",
        "fields": ["sku"],
    }


def test_price_scopes_are_fixed(hall: ImportHall) -> None:
    """A standalone price loses what is left out; country and SKU cannot be changed."""
    price = {"key": "price-1", "sku": "A", "value": cents(1_999), "country": "FR"}
    tiers = [{"minimumQuantity": 10, "value": cents(1_799)}]
    hall.imported(
        "standalone-prices",
        "standalone-price",
        {**price, "tiers": tiers, "validFrom": "2026-11-01T00:00:00.000Z", "active": False},
    )
    hall.imported("standalone-prices", "standalone-price", {**price, "value": cents(1_899)})
    found = hall.front.get("standalone-prices/key=price-1")
    assert (found["value"]["centAmount"], found["active"]) == (1_899, True)
    assert not {"tiers", "validFrom"} & found.keys()
    abroad = hall.bring("standalone-prices", "standalone-price", {**price, "country": "BE"})
    assert abroad["errors"][0]["fields"] == ["country"]
    twin = hall.bring("standalone-prices", "standalone-price", {**price, "key": "price-2"})
    assert (twin["state"], twin["errors"][0]["code"]) == ("validationFailed", "ResourceCreation")
    assert "DuplicateStandalonePriceScope" in twin["errors"][0]["message"]


SHIRT: dict[str, Any] = {
    "key": "shirt",
    "name": {"en": "Shirt"},
    "slug": {"en": "shirt"},
    "productType": key("product-type", "article"),
    "categories": [key("category", "cat-1")],
    "taxCategory": key("tax-category", "normal"),
    "masterVariant": {
        "key": "shirt-red",
        "sku": "SHIRT-R",
        "attributes": [typed("colour", "enum", "012"), typed("sizes", "text-set", ["38", "40"])],
        "prices": [{"key": "eur", "value": cents(1_999), "country": "FR"}],
    },
    "variants": [
        {"key": "shirt-blue", "sku": "SHIRT-B", "attributes": [typed("colour", "enum", "013")]},
    ],
}


def attributes(found: dict[str, Any]) -> dict[str, Any]:
    """A variant's attributes by name."""
    return {one["name"]: one["value"] for one in found["attributes"]}


def test_a_product_whole(hall: ImportHall) -> None:
    """A product draft creates, then replaces: what it leaves out goes, what it keeps keeps its ids."""
    hall.front.catalogue()
    hall.imported("product-drafts", "product-draft", {**SHIRT, "publish": True})
    first = hall.front.get("products/key=shirt")["masterData"]
    assert first["published"] is True
    assert attributes(first["current"]["masterVariant"])["sizes"] == ["38", "40"]
    master = {**SHIRT["masterVariant"], "attributes": [typed("colour", "enum", "013")]}
    master["prices"] = [{"key": "eur", "value": cents(1_799), "country": "FR"}]
    white = {"key": "shirt-white", "sku": "SHIRT-W", "attributes": []}
    wanted = {**SHIRT, "masterVariant": master, "variants": [white], "publish": True}
    del wanted["categories"], wanted["taxCategory"]
    hall.imported("product-drafts", "product-draft", wanted)
    found = hall.front.get("products/key=shirt")
    data = found["masterData"]["current"]
    assert found["masterData"]["hasStagedChanges"] is False
    assert (data["categories"], "taxCategory" in found) == ([], False)
    assert [one["key"] for one in data["variants"]] == ["shirt-white"]
    assert attributes(data["masterVariant"]) == {"colour": {"key": "013", "label": "blue"}}
    [price], [before] = data["masterVariant"]["prices"], first["current"]["masterVariant"]["prices"]
    assert (price["id"], price["value"]["centAmount"]) == (before["id"], 1_799)
    again = hall.imported("product-drafts", "product-draft", wanted)
    assert again["resourceVersion"] == found["version"]


def test_publish_in_imports(hall: ImportHall) -> None:
    """`publish` false takes off sale; true puts on sale with a draft, but not with the product alone."""
    hall.front.catalogue()
    hall.imported("product-drafts", "product-draft", SHIRT)

    def published() -> bool:
        return bool(hall.front.get("products/key=shirt")["masterData"]["published"])

    bare = {name: SHIRT[name] for name in ("key", "name", "slug", "productType")}
    assert published() is False
    hall.imported("products", "product", {**bare, "publish": True})
    assert published() is False
    hall.imported("product-drafts", "product-draft", {**SHIRT, "publish": True})
    assert published() is True
    hall.imported("product-drafts", "product-draft", SHIRT)
    assert published() is True
    hall.imported("products", "product", {**bare, "publish": False})
    assert published() is False


def test_another_master_variant(hall: ImportHall) -> None:
    """The variant that a draft names first becomes the master, and the old one goes when it is left out."""
    hall.front.catalogue()
    hall.imported("product-drafts", "product-draft", SHIRT)
    [blue] = SHIRT["variants"]
    hall.imported("product-drafts", "product-draft", {**SHIRT, "masterVariant": blue, "variants": []})
    staged = hall.front.get("products/key=shirt")["masterData"]["staged"]
    assert (staged["masterVariant"]["key"], staged["variants"]) == ("shirt-blue", [])


def test_variants_by_themselves(hall: ImportHall) -> None:
    """Variants wait for their product, go into its empty master, and replace their own content."""
    hall.front.catalogue()
    red = {
        "key": "shirt-red",
        "sku": "SHIRT-R",
        "isMasterVariant": True,
        "product": key("product", "shirt"),
        "attributes": [typed("colour", "enum", "012"), typed("weight", "number", 120)],
    }
    waiting = hall.bring("product-variants", "product-variant", red)
    assert waiting["unresolvedReferences"] == [{"typeId": "product", "key": "shirt"}]
    bare = {name: SHIRT[name] for name in ("key", "name", "slug", "productType")}
    hall.imported("products", "product", bare)
    assert hall.operation(waiting["id"])["state"] == "imported"
    staged = hall.front.get("products/key=shirt")["masterData"]["staged"]
    assert (staged["masterVariant"]["sku"], staged["variants"]) == ("SHIRT-R", [])
    red["attributes"] = [typed("colour", "enum", "013")]
    hall.imported("product-variants", "product-variant", red)
    staged = hall.front.get("products/key=shirt")["masterData"]["staged"]
    assert attributes(staged["masterVariant"]) == {"colour": {"key": "013", "label": "blue"}}
    second = hall.bring("product-variants", "product-variant", {**red, "key": "other", "sku": "O"})
    assert second["errors"][0]["code"] == "NewMasterVariantAdditionNotAllowed"
    hall.imported(
        "product-variants",
        "product-variant",
        {**red, "key": "other", "sku": "O", "isMasterVariant": False, "attributes": []},
    )
    patch = {
        "productVariant": key("product-variant", "other"),
        "attributes": {"weight": {"type": "number", "value": 7}, "colour": None},
    }
    hall.imported("product-variant-patches", "product-variant-patch", patch, "patches")
    [other] = hall.front.get("products/key=shirt")["masterData"]["staged"]["variants"]
    assert attributes(other) == {"weight": 7}
    price = {
        "key": "eur",
        "value": cents(500),
        "product": key("product", "shirt"),
        "productVariant": key("product-variant", "other"),
    }
    for amount in (500, 450):
        hall.imported("prices", "price", {**price, "value": cents(amount)})
    [other] = hall.front.get("products/key=shirt")["masterData"]["staged"]["variants"]
    assert [one["value"]["centAmount"] for one in other["prices"]] == [450]


@pytest.mark.parametrize("product_first", [True, False], ids=["product first", "variant first"])
def test_waiting_for_the_master_variant(hall: ImportHall, *, product_first: bool) -> None:
    """A product whose type requires attributes waits for its master variant, whichever comes first."""
    strict = {
        "key": "strict",
        "name": "Strict",
        "description": "",
        "attributes": [
            {"name": "ean", "label": {"en": "EAN"}, "isRequired": True, "type": {"name": "text"}},
        ],
    }
    hall.imported("product-types", "product-type", strict)
    bare = {name: SHIRT[name] for name in ("key", "name", "slug")}
    red = {
        "key": "shirt-red",
        "isMasterVariant": True,
        "product": key("product", "shirt"),
        "attributes": [typed("ean", "text", "4006381333931")],
    }
    requests: list[tuple[str, str, Any]] = [
        ("products", "product", {**bare, "productType": key("product-type", "strict")}),
        ("product-variants", "product-variant", red),
    ]
    first, second = requests if product_first else reversed(requests)
    waiting = hall.bring(*first)
    assert waiting["state"] == ("waitForMasterVariant" if product_first else "unresolved")
    hall.imported(*second)
    assert hall.operation(waiting["id"])["state"] == "imported"
    staged = hall.front.get("products/key=shirt")["masterData"]["staged"]
    assert attributes(staged["masterVariant"]) == {"ean": "4006381333931"}


def test_attribute_types_are_told(hall: ImportHall) -> None:
    """The type of a value must be the one of the definition: it cannot be derived."""
    hall.front.catalogue()
    wrong = {**SHIRT["masterVariant"], "attributes": [typed("colour", "text", "012")]}
    failed = hall.bring("product-drafts", "product-draft", {**SHIRT, "masterVariant": wrong})
    assert (failed["state"], failed["errors"][0]["code"]) == ("validationFailed", "InvalidField")
    assert failed["errors"][0]["allowedValues"] == ["enum"]


def test_product_types_grow_and_shrink(hall: ImportHall) -> None:
    """Attributes come, are relabelled and go; the type of one that stays is never changed."""
    colour = {
        "name": "colour",
        "label": {"en": "Colour"},
        "isRequired": False,
        "type": {"name": "enum", "values": [{"key": "012", "label": "red"}]},
    }
    weight = {"name": "weight", "label": {"en": "Weight"}, "isRequired": False, "type": {"name": "number"}}
    base = {"key": "article", "name": "Article", "description": ""}
    hall.imported("product-types", "product-type", {**base, "attributes": [colour, weight]})
    values = [{"key": "012", "label": "Red"}, {"key": "013", "label": "Blue"}]
    wanted = {**base, "attributes": [{**colour, "type": {"name": "enum", "values": values}}]}
    hall.imported("product-types", "product-type", wanted)
    [attribute] = hall.front.get("product-types/key=article")["attributes"]
    assert attribute["type"]["values"] == values
    other = {**base, "attributes": [{**colour, "type": {"name": "text"}}]}
    assert hall.bring("product-types", "product-type", other)["errors"][0]["code"] == "InvalidOperation"


def test_custom_fields_by_type(hall: ImportHall) -> None:
    """A type is imported, and custom fields by it, each with the name of its type."""
    field = {"name": "note", "label": {"en": "Note"}, "required": False, "type": {"name": "String"}}
    definition = {
        "key": "notes",
        "name": {"en": "Notes"},
        "resourceTypeIds": ["category"],
        "fieldDefinitions": [field],
    }
    custom = {"type": key("type", "notes"), "fields": {"note": {"type": "String", "value": "Hi"}}}
    waiting = hall.bring("categories", "category", category("cat-1", custom=custom))
    assert waiting["state"] == "unresolved"
    hall.imported("types", "type", definition)
    assert hall.operation(waiting["id"])["state"] == "imported"
    found = hall.front.get("categories/key=cat-1")
    assert found["custom"]["fields"] == {"note": "Hi"}
    wrong = {"type": key("type", "notes"), "fields": {"note": {"type": "Number", "value": 1}}}
    failed = hall.bring("categories", "category", category("cat-1", custom=wrong))
    assert failed["errors"][0]["allowedValues"] == ["String"]
    hall.imported("categories", "category", category("cat-1"))
    assert "custom" not in hall.front.get("categories/key=cat-1")
