"""The strict schemas of the SDK let good requests pass and name what is wrong with bad ones."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.cases import BAD, GOOD, SHOP, Case, fill
from tests.contract.official import OfficialContract
from tests.contract.sdk import NOT_IN_SDK, RESOURCES, SdkContract


@pytest.mark.parametrize(("path", "body"), SHOP, ids=[body.get("key", path) for path, body in SHOP])
def test_the_shop_of_the_cases_is_right(sdk: SdkContract, path: str, body: Any) -> None:
    """The drafts that set up the shop are good ones."""
    assert sdk.check_request("POST", f"/demo/{path}", body) == []


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_request_passes(sdk: SdkContract, case: Case) -> None:
    """A request that the API takes has no fault."""
    assert sdk.check_request("POST", f"/demo/{case.path}", fill(case.body)) == []


@pytest.mark.parametrize("case", [case for case in BAD if "sdk" not in case.unseen_by], ids=str)
def test_a_bad_request_is_refused(sdk: SdkContract, case: Case) -> None:
    """A request that the API refuses for its form has a fault."""
    assert sdk.check_request("POST", f"/demo/{case.path}", fill(case.body)) != []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("inventory", {"sku": "A"}, r"^\$: quantityOnStock is missing \(InventoryEntryDraft\)$"),
        (
            "orders/order-number=1",
            {"version": 1, "actions": [{"action": "addDelivery", "items": [{"id": "a"}]}]},
            r"\$\.actions\[0\]\.items\[0\]: quantity is missing \(DeliveryItem\)",
        ),
        ("nonesuch", {}, "no such path"),
    ],
)
def test_a_fault_names_place_and_cause(sdk: SdkContract, path: str, body: Any, expected: str) -> None:
    """A fault says where it is and what is wrong."""
    faults = sdk.check_request("POST", f"/demo/{path}", body)

    assert any(re.search(expected, fault) for fault in faults), faults


@pytest.mark.parametrize(
    ("schema", "field"), [pytest.param(*allowed, id=".".join(allowed)) for allowed in NOT_IN_SDK]
)
def test_an_allowance_is_right(official: OfficialContract, schema: str, field: str) -> None:
    """What the SDK is forgiven for not knowing, the official description knows."""
    known = official.concrete(schema) if schema.endswith("UpdateAction") else official.properties(schema)

    assert field in known


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=list(RESOURCES))
def test_both_judges_require_the_same(official: OfficialContract, sdk: SdkContract, resource: Any) -> None:
    """The SDK and the official description miss the same fields in an empty draft."""

    def missing(faults: list[str]) -> set[str]:
        return {match[1] for fault in faults if (match := re.match(r"^\$: (\w+) is missing", fault))}

    assert missing(sdk.check_schema(resource.module, resource.create, {})) == missing(
        official.check_schema(resource.create, {})
    )
