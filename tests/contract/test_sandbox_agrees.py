"""The sandbox against those who do not know it: the official description, the SDK, an independent mock.

Otherwise everybody who tests against the sandbox tests our own misunderstanding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.cases import BAD, GOOD, PRODUCT, SHOP, Case, fill, update
from tests.contract.official import OfficialContract
from tests.contract.sdk import SdkContract
from tests.contract.shops import Shop

#: What the mock cannot do, by case: it answers otherwise than the API would.
MOCK_LACKS = {
    "category moves": "changeOrderHint",
    "channel renamed": "addRoles",
    "product type grows": "addPlainEnumValue",
    "stock moves": "addQuantity",
    "price changes": "setValidFrom",
    "order shipped": "shippingInfo of an imported order",
}
#: What the mock lets pass, though the API refuses it.
MOCK_IS_LAX = frozenset(
    {
        "unknown field in stock",
        "channel of the wrong kind",
        "key too short",
        "key with a blank",
        "day without zone",
        "change without quantity",
        "unknown field in action",
        "too many actions",
        "currency of two letters",
        "country of three letters",
        "price of no instant",
        "locale of the ERP",
        "slug with a blank",
        "unknown field in variant",
        "name not renamed",
        "unknown kind of attribute",
        "enum value without label",
        "stock that is there already",
        "slug that is taken",
        "SKU that is taken",
        "variant without what all have",
        "attribute that the type lacks",
        "attribute value of the wrong type",
        "order state that does not exist",
        "sync info without channel",
    }
)
#: Where the mock breaks down (500), though the API refuses.
MOCK_BREAKS = frozenset({"price without the new value", "order without total", "order line without price"})
#: Every resource has its own.
OWN = frozenset(
    {
        "id",
        "version",
        "createdAt",
        "lastModifiedAt",
        "createdBy",
        "lastModifiedBy",
        "lastMessageSequenceNumber",
        "productId",
    }
)
#: Where the mock answers something else than the API does: path -> why.
MOCK_IS_WRONG = {
    r"externalId$": "it answers an empty text where the draft said nothing",
    r"orderHint$": "it answers an empty text where the API makes a hint of its own",
    r"^active$": "it takes a new price for inactive; the API's default is active",
    r"^lineItems\.0\.variant\.price$": "it puts a price into the variant of an imported order",
    r"^lineItems\.0\.state$": "it leaves the pieces of an imported order without the built-in state",
    r"syncedAt$": "the instant at which each of them was told",
}


def gap(case: Case) -> frozenset[int]:
    """With which status the mock answers wrongly; empty when it does not."""
    if case.name in MOCK_LACKS:
        return frozenset({400})
    if case.name in MOCK_IS_LAX:
        return frozenset({200, 201})
    return frozenset({500}) if case.name in MOCK_BREAKS else frozenset()


def test_an_update_answers_what_it_changed(sandbox_shop: Shop) -> None:
    """The cases reach the sandbox as they are meant: the stock of the first depot goes to zero."""
    [case] = [case for case in GOOD if case.name == "stock to zero"]
    sandbox_shop.set_up()

    answer = sandbox_shop.ask(case).json()

    assert (answer["key"], answer["quantityOnStock"], answer["version"]) == ("stock-1", 0, 2)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_request_is_taken(sandbox_shop: Shop, official: OfficialContract, case: Case) -> None:
    """What both judges let pass the sandbox takes, and its answer is as described."""
    sandbox_shop.set_up()

    answer = sandbox_shop.ask(case)

    assert answer.is_success, answer.text
    assert official.check_answer("POST", f"/demo/{case.path}", answer.status_code, answer.json()) == []


@pytest.mark.parametrize("case", BAD, ids=str)
def test_a_bad_request_is_refused(
    sandbox_shop: Shop, official: OfficialContract, sdk: SdkContract, case: Case
) -> None:
    """What a judge refuses the sandbox refuses too, as a described error, and nothing has changed."""
    request = ("POST", f"/demo/{case.path}", fill(case.body))
    sandbox_shop.set_up()
    before = sandbox_shop.contents()

    answer = sandbox_shop.ask(case)

    assert bool(official.check_request(*request)) is ("official" not in case.unseen_by)
    assert bool(sdk.check_request(*request)) is ("sdk" not in case.unseen_by)
    assert answer.status_code in {400, 409}, answer.text
    assert official.check_answer("POST", f"/demo/{case.path}", answer.status_code, answer.json()) == []
    assert sandbox_shop.contents() == before


@pytest.mark.parametrize("query", ["", "?limit=1&offset=1&sort=id asc&withTotal=false", '?where=id > "0"'])
@pytest.mark.parametrize(
    "collection", [*sorted({path.partition("/")[0] for path, _ in SHOP}), "product-projections"]
)
def test_a_page_is_as_described(
    sandbox_shop: Shop, official: OfficialContract, collection: str, query: str
) -> None:
    """Lists have the described frame, and what is in them is as described."""
    sandbox_shop.set_up()
    sandbox_shop.ask(Case("publish", PRODUCT, update({"action": "publish"}))).raise_for_status()

    answer = sandbox_shop.request("GET", f"{collection}{query}")

    assert answer.json()["results"] or "offset" in query
    sent = answer.request.url.raw_path.decode()
    assert official.check_request("GET", sent, None) == []
    assert official.check_answer("GET", sent, answer.status_code, answer.json()) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "inventory/key=nothing"),
        ("GET", "orders/order-number=nothing"),
        ("DELETE", "inventory/key=stock-1"),
        ("DELETE", "inventory/key=stock-1?version=99"),
        ("GET", "inventory?limit=501"),
        ("GET", "inventory?where=sku in"),
        ("GET", "inventory?nonesuch=1"),
        ("GET", "nonesuch"),
        ("PUT", "inventory/key=stock-1"),
    ],
)
def test_a_refusal_is_as_described(
    sandbox_shop: Shop, official: OfficialContract, method: str, path: str
) -> None:
    """Whatever is refused is refused with a described status and body."""
    sandbox_shop.set_up()

    answer = sandbox_shop.request(method, path)

    assert answer.is_client_error
    sent = answer.request.url.raw_path.decode()
    assert official.check_answer(method, sent, answer.status_code, answer.json()) == []


@pytest.mark.parametrize("token", ["", "Bearer invented"])
def test_a_stranger_is_told_so(sandbox_shop: Shop, official: OfficialContract, token: str) -> None:
    """A request without a token, or with one that nobody gave out, is refused as described."""
    address = f"{sandbox_shop.url}/{sandbox_shop.project}/inventory"

    answer = httpx.get(address, headers={"Authorization": token}, timeout=30)

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert official.check_answer("GET", "/demo/inventory", answer.status_code, answer.json()) == []


def test_a_weak_token_is_told_so(
    sandbox_shop: Shop, reader_http: httpx.Client, official: OfficialContract
) -> None:
    """A token that may only read products writes no stock."""
    answer = reader_http.post(f"/{sandbox_shop.project}/inventory", json={"sku": "A", "quantityOnStock": 1})

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert official.check_answer("POST", "/demo/inventory", answer.status_code, answer.json()) == []


@pytest.mark.parametrize("case", [case for case in GOOD if not gap(case)], ids=str)
def test_the_mock_answers_the_same(sandbox_shop: Shop, mock_shop: Shop, case: Case) -> None:
    """Where the independent mock can do it, the sandbox has every field that it has, with the same value."""
    mock_shop.set_up()
    sandbox_shop.set_up()

    theirs, ours = mock_shop.ask(case), sandbox_shop.ask(case)

    assert theirs.is_success, theirs.text
    assert ours.is_success, ours.text
    assert list(differences(theirs.json(), ours.json())) == []


@pytest.mark.parametrize(
    "case", [case for case in BAD if case.name not in MOCK_IS_LAX | MOCK_BREAKS], ids=str
)
def test_the_mock_refuses_the_same(sandbox_shop: Shop, mock_shop: Shop, case: Case) -> None:
    """What the independent mock refuses the sandbox refuses with the same status."""
    mock_shop.set_up()
    sandbox_shop.set_up()

    theirs, ours = mock_shop.ask(case), sandbox_shop.ask(case)

    assert ours.status_code == theirs.status_code, (ours.text, theirs.text)


@pytest.mark.parametrize("case", [case for case in (*GOOD, *BAD) if gap(case)], ids=str)
def test_a_gap_of_the_mock_is_still_one(mock_shop: Shop, case: Case) -> None:
    """What is left out of the comparison is left out because the mock answers wrongly, to this day."""
    mock_shop.set_up()

    assert mock_shop.ask(case).status_code in gap(case)


def differences(theirs: Any, ours: Any, at: str = "") -> Iterator[str]:
    """Name what they answer and we do not, or otherwise."""
    if any(re.search(pattern, at) for pattern in MOCK_IS_WRONG):
        return
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() - OWN):
            path = f"{at}.{name}".lstrip(".")
            if name == "attributes":
                yield from differences(values(theirs[name]), values(ours.get(name, [])), f"{path}=")
            elif name in ours or any(re.search(pattern, path) for pattern in MOCK_IS_WRONG):
                yield from differences(theirs[name], ours.get(name), path)
            else:
                yield f"{path}: missing, they have {theirs[name]!r}"
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (their, our) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(their, our, f"{at}.{index}")
    elif theirs != ours:
        yield f"{at}: {ours!r}, they have {theirs!r}"


def values(attributes: Any) -> Any:
    """Write a variant's attributes by name; definitions of a product type stay as they are.

    The mock keeps the key of an enum value where the API answers key and label, and a removed attribute
    without a value where the API answers nothing.
    """
    if any("type" in one for one in attributes):
        return attributes
    return {
        one["name"]: one["value"].get("key", one["value"]) if isinstance(one["value"], dict) else one["value"]
        for one in attributes
        if "value" in one
    }
