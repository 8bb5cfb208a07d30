"""The strict official description lets good requests pass and names what is wrong with bad ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.contract.cases import BAD, GOOD, SHOP, Case, fill
from tests.contract.official import CORRECTIONS, OfficialContract, find_description

#: Examples that ship with the description and break its own rules: file -> what is wrong with it.
FAULTY_EXAMPLES = {
    "OrderAddParcelToDeliveryAction": "items is one object, not a list",
}
OUR_RESOURCES = (
    "Category",
    "Channel",
    "Common",
    "Inventory",
    "Order",
    "Product",
    "ProductType",
    "StandalonePrice",
    "TaxCategory",
)


def our_examples() -> list[Any]:
    """List the examples of the resources that Passerelle writes; none where the description is missing."""
    description = find_description()
    if description is None:
        return []
    return [
        pytest.param(path, id=path.stem)
        for folder in OUR_RESOURCES
        for path in sorted((description.parent / "examples" / "api" / folder).glob("*.json"))
        if path.stem not in FAULTY_EXAMPLES
    ]


@pytest.mark.parametrize("path", our_examples())
def test_an_example_of_the_description_passes(official: OfficialContract, path: Path) -> None:
    """What the API's own documentation sends is right; strictness refuses nothing of it."""
    if official.knows(path.stem):
        assert official.check_schema(path.stem, json.loads(path.read_bytes())) == []


def test_a_faulty_example_is_seen(official: OfficialContract) -> None:
    """The examples left out are left out for a reason that the contract names."""
    description = find_description()
    assert description is not None
    [path] = (description.parent / "examples" / "api").rglob("OrderAddParcelToDeliveryAction.json")

    faults = official.check_schema(path.stem, json.loads(path.read_bytes()))

    assert any("$.items: expected a list" in fault for fault in faults)


@pytest.mark.parametrize(("path", "body"), SHOP, ids=[body.get("key", path) for path, body in SHOP])
def test_the_shop_of_the_cases_is_right(official: OfficialContract, path: str, body: Any) -> None:
    """The drafts that set up the shop are good ones."""
    assert official.check_request("POST", f"/demo/{path}", body) == []


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_request_passes(official: OfficialContract, case: Case) -> None:
    """A request that the API takes has no fault."""
    assert official.check_request("POST", f"/demo/{case.path}", fill(case.body)) == []


@pytest.mark.parametrize("case", [case for case in BAD if "official" not in case.unseen_by], ids=str)
def test_a_bad_request_is_refused(official: OfficialContract, case: Case) -> None:
    """A request that the API refuses for its form has a fault."""
    assert official.check_request("POST", f"/demo/{case.path}", fill(case.body)) != []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("inventory", {"sku": "A"}, r"^\$: quantityOnStock is missing \(InventoryEntryDraft\)$"),
        ("inventory", {"sku": "A", "quantityOnStok": 1}, "unknown field quantityOnStok .* quantityOnStock"),
        (
            "inventory/key=ab",
            {"version": 1, "actions": [{"action": "changeQuantiy", "quantity": 1}]},
            r"\$\.actions\[0\]\.action: unknown \"changeQuantiy\", did you mean changeQuantity\?",
        ),
        (
            "orders/order-number=1",
            {"version": 1, "actions": [{"action": "addDelivery", "items": [{"id": "a"}]}]},
            r"\$\.actions\[0\]\.items\[0\]: quantity is missing \(DeliveryItem\)",
        ),
    ],
)
def test_a_fault_names_place_and_cause(
    official: OfficialContract, path: str, body: Any, expected: str
) -> None:
    """A fault says where it is, what is wrong, and which word comes near."""
    faults = official.check_request("POST", f"/demo/{path}", body)

    assert any(re.search(expected, fault) for fault in faults), faults


@pytest.mark.parametrize(
    ("method", "path", "good"),
    [
        ("GET", "/demo/inventory?where=sku+in+(%22a%22)&limit=500&withTotal=false&sort=id+asc", True),
        ("GET", "/demo/inventory?where=sku%3D:sku&var.sku=a", True),
        ("GET", "/demo/products/key=style-1", True),
        ("DELETE", "/demo/inventory/key=ab?version=3", True),
        ("DELETE", "/demo/inventory/key=ab", False),
        ("DELETE", "/demo/inventory/key=ab?version=x", False),
        ("GET", "/demo/inventory?limit=501", False),
        ("GET", "/demo/inventory?offset=10001", False),
        ("GET", "/demo/inventory?filter=sku", False),
        ("GET", "/demo/stock", False),
        ("PUT", "/demo/inventory/key=ab", False),
        ("PATCH", "/demo/inventory", False),
        ("POST", "/demo/inventory", False),
    ],
)
def test_paths_methods_and_parameters(
    official: OfficialContract, method: str, path: str, *, good: bool
) -> None:
    """A path, a method or a parameter that the API does not have is a fault, and so is a missing body."""
    assert (official.check_request(method, path, None) == []) is good


def test_a_read_takes_no_body(official: OfficialContract) -> None:
    """A body in a GET is a fault."""
    assert official.check_request("GET", "/demo/inventory", {}) == ["$: GET takes no body"]


STOCK_LEVEL = {
    "id": "1c2d7a52-1111-4c51-8d0a-6a3c1a0c9e11",
    "version": 1,
    "createdAt": "2026-11-01T02:15:00.000Z",
    "lastModifiedAt": "2026-11-01T02:15:00.000Z",
    "sku": "000123-012-38",
    "quantityOnStock": 0,
    "availableQuantity": 0,
}


@pytest.mark.parametrize(
    ("status", "answer", "good"),
    [
        (201, STOCK_LEVEL, True),
        (201, {**STOCK_LEVEL, "quantity": 0}, False),
        (201, {k: v for k, v in STOCK_LEVEL.items() if k != "version"}, False),
        (200, STOCK_LEVEL, False),
        (
            400,
            {"statusCode": 400, "message": "No", "errors": [{"code": "InvalidInput", "message": "No"}]},
            True,
        ),
        (400, {"statusCode": 400, "message": "No", "errors": [{"code": "Invented", "message": "No"}]}, False),
        (
            400,
            {
                "statusCode": 400,
                "message": "Taken",
                "errors": [{"code": "DuplicateField", "message": "Taken"}],
            },
            False,
        ),
        (429, {"statusCode": 429, "message": "Slowly"}, True),
        (418, {"statusCode": 418, "message": "Tea"}, False),
    ],
)
def test_answers_are_held_too(official: OfficialContract, status: int, answer: Any, *, good: bool) -> None:
    """An answer has a described status, all its fields, no others, and a known error code."""
    assert (official.check_answer("POST", "/demo/inventory", status, answer) == []) is good


def test_every_correction_is_still_needed(official: OfficialContract) -> None:
    """A correction of a schema that the description no longer has is stale."""
    assert [name for name in CORRECTIONS if not official.knows(name)] == []


def test_the_parsed_description_is_kept(tmp_path: Path) -> None:
    """The second start reads the kept digest: it has the content's name and is not written again."""
    description = find_description()
    if description is None:
        pytest.skip("the official OpenAPI description is not here (see the fixture `official`)")
    OfficialContract(description, tmp_path)
    [kept] = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns

    again = OfficialContract(description, tmp_path)

    assert again.knows("ProductDraft")
    assert [(path, path.stat().st_mtime_ns) for path in tmp_path.iterdir()] == [(kept, before)]
