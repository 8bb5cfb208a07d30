"""More bad days: answers that lie, gateways, limits of rate and length, and others who edit the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from passerelle.errors import Fatal
from passerelle.sandbox import ApiClient, Sandbox, SandboxConfig
from tests.sandbox.import_hall import ImportHall
from tests.sandbox.shopfront import DEPOT, NO_TLS, Shopfront, product, refusal, token_of, variant
from tests.waiting import until


@pytest.fixture
def stormy() -> Iterator[Shopfront]:
    """A sandbox for one test alone: its weather is nobody else's."""
    with Sandbox(in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        yield front
        front.close()


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_that_applied(stormy: Shopfront, status: int) -> None:
    """The answer is an error, and yet it was done: repeating it meets what is there."""
    stormy.sandbox.fail({"kind": "status", "status": status, "method": "POST", "applied": True})
    assert stormy.ask("POST", "channels", DEPOT).status_code == status
    stormy.refused("POST", "channels", DEPOT, code="DuplicateField")


def test_a_code_of_choice(stormy: Shopfront) -> None:
    """A status is told with the code, the message and the fields that were asked for."""
    lock = {"sku": "A", "currency": "EUR", "country": "FR"}
    stormy.sandbox.fail(
        {"kind": "status", "status": 409, "code": "ExactLockConflict", "message": "Locked.", "details": lock},
        {"kind": "status", "status": 400, "code": "QueryTimedOut"},
        {"kind": "status", "status": 503, "code": "PendingOperation"},
    )
    error = refusal(stormy.ask("GET", "channels"), 409, "ExactLockConflict")
    assert (error["message"], error["sku"], error["country"]) == ("Locked.", "A", "FR")
    refusal(stormy.ask("GET", "channels"), 400, "QueryTimedOut")
    refusal(stormy.ask("GET", "channels"), 503, "PendingOperation")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_page_of_a_gateway(stormy: Shopfront, status: int) -> None:
    """A gateway knows nothing of the API: its answer is HTML."""
    stormy.sandbox.fail({"kind": "status", "status": status, "html": True, "retryAfter": 2})
    answer = stormy.ask("GET", "channels")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    assert answer.text.startswith("<html>")
    assert answer.headers["retry-after"] == "2"


def test_a_slow_answer(stormy: Shopfront) -> None:
    """The answer is whole but comes in pieces, with a pause before each."""
    stormy.create("channels", DEPOT)
    stormy.sandbox.fail({"kind": "slow", "latencyMs": 20, "pieces": 5})
    began = time.monotonic()
    assert stormy.get("channels")["total"] == 1
    assert time.monotonic() - began >= 0.1


def test_faults_of_one_host(stormy: Shopfront) -> None:
    """A fault may be meant for the Import API alone, though both have the same words in their paths."""
    hall = ImportHall(stormy)
    hall.open()
    stormy.sandbox.fail({"kind": "status", "host": "import", "path": "/demo/categories"})
    stormy.get("categories")
    category = {"key": "cat-1", "name": {"en": "c"}, "slug": {"en": "c-1"}}
    refusal(hall.post("categories", "category", category), 503, "OverCapacity")
    assert hall.post("categories", "category", category).status_code == 201
    counted = {one["resource"] for one in stormy.sandbox.stats()["counts"]}
    assert {"categories", "import of categories", "import-containers"} <= counted
    hall.close()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "slow"},
        {"kind": "reset", "code": "General"},
        {"kind": "latency", "latencyMs": 1, "applied": True},
        {"kind": "status", "html": True, "code": "General"},
    ],
)
def test_faults_that_make_no_sense(stormy: Shopfront, fault: dict[str, Any]) -> None:
    """A fault that could not do what it says is refused."""
    with pytest.raises(Fatal, match="InvalidJsonInput"):
        stormy.sandbox.fail(fault)


def test_a_rate_limit(stormy: Shopfront) -> None:
    """After a burst, requests are refused until time has passed; the headers say how long."""
    limit = {"perSecond": 0.01, "burst": 3, "retryAfterAs": "fraction", "remainingHeader": "X-Left"}
    stormy.sandbox.control("POST", "/rate-limit", limit)
    *granted, refused = [stormy.ask("GET", "channels") for _ in range(4)]
    assert [answer.status_code for answer in granted] == [200, 200, 200]
    refusal(refused, 429, "TooManyRequests")
    assert (refused.headers["x-ratelimit-limit"], refused.headers["x-left"]) == ("0.01", "0")
    assert 0 < float(refused.headers["retry-after"]) <= 100
    stormy.sandbox.control("POST", "/rate-limit", {"perSecond": 20, "burst": 1})
    until(lambda: stormy.ask("GET", "channels").status_code == 429)
    until(lambda: stormy.ask("GET", "channels").status_code == 200)
    stormy.sandbox.control("DELETE", "/rate-limit")
    assert {stormy.ask("GET", "channels").status_code for _ in range(10)} == {200}


def test_names_and_forms_of_the_retry_header(stormy: Shopfront) -> None:
    """The header's name and form are not documented: both can be chosen, or the header left out."""
    hard: dict[str, Any] = {"perSecond": 0.001, "burst": 1}

    def refused(**more: Any) -> httpx.Headers:
        stormy.sandbox.control("POST", "/rate-limit", {**hard, **more})
        stormy.ask("GET", "channels")
        answer = stormy.ask("GET", "channels")
        assert answer.status_code == 429
        return answer.headers

    assert 900 <= int(refused()["retry-after"]) <= 1_000
    assert int(refused(retryAfterAs="unix", retryAfterHeader="X-Reset")["x-reset"]) > time.time() + 900
    when = parsedate_to_datetime(refused(retryAfterAs="date")["retry-after"]).timestamp()
    assert when > time.time() + 900
    assert "retry-after" not in refused(retryAfterHeader=None)


def test_the_limit_of_the_configuration() -> None:
    """A sandbox may be limited from its start; the token endpoint is not."""
    with Sandbox(SandboxConfig(requests_per_second=0.001), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        statuses = [front.ask("GET", "channels").status_code for _ in range(3)]
        token_of(sandbox)
        front.close()
    assert statuses == [200, 429, 429]


def test_long_addresses(stormy: Shopfront) -> None:
    """An address beyond what a gateway takes is refused by it, with the status that it was told to give."""
    long = " or ".join(f'key = "depot-{number:06}"' for number in range(1_000))
    answer = stormy.ask("GET", "channels", where=long)
    assert (answer.status_code, answer.headers["content-type"]) == (414, "text/html")
    with Sandbox(SandboxConfig(longest_url=1_000, too_long_status=413), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        assert front.ask("GET", "channels", where=long[:1_500]).status_code == 413
        assert front.ask("GET", "channels", where='key = "a-key"').status_code == 200
        front.close()


def test_bounds_of_a_page(stormy: Shopfront) -> None:
    """At most 500 results from at most 10000 on."""
    assert stormy.ask("GET", "channels", limit=500, offset=10_000).status_code == 200
    stormy.refused("GET", "channels", limit=501, code="InvalidInput")
    stormy.refused("GET", "channels", offset=10_001, code="InvalidInput")


def test_who_changed_it() -> None:
    """A resource says which client made it and which changed it last, for which user of theirs."""
    clients = (ApiClient(id="pim", secret="pim-secret"),)  # type: ignore[arg-type]  # pydantic makes a secret of it
    with Sandbox(SandboxConfig(more_clients=clients), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        created = front.create("channels", DEPOT)
        assert created["createdBy"] == {"clientId": "sandbox-client", "isPlatformClient": False}
        form = {"grant_type": "client_credentials"}
        token = httpx.post(
            f"{sandbox.url}/oauth/token", auth=("pim", "pim-secret"), data=form, verify=NO_TLS, timeout=60
        ).json()["access_token"]
        front.http.headers.update({"authorization": f"Bearer {token}", "x-external-user-id": "jean"})
        action = {"action": "changeName", "name": {"en": "Depot"}}
        changed = front.update("channels/key=depot-001", 1, action)
        front.close()
    assert changed["createdBy"]["clientId"] == "sandbox-client"
    assert changed["lastModifiedBy"] == {
        "clientId": "pim",
        "isPlatformClient": False,
        "externalUserId": "jean",
    }


def test_one_foreign_edit(stormy: Shopfront) -> None:
    """Somebody else changes a resource on command; the client that planned before meets a conflict."""
    stormy.catalogue()
    stormy.create("products", product("style-1", variant("A")))
    action = {"action": "setDescription", "description": {"en": "Edit {n}"}}
    edited = stormy.sandbox.edit("products", "style-1", action)
    assert (edited["version"], edited["lastModifiedBy"]["clientId"]) == (2, "merchant-center")
    assert edited["masterData"]["staged"]["description"] == {"en": "Edit 1"}
    rename = {"action": "changeName", "name": {"en": "x"}}
    stormy.refused_update("products/key=style-1", 1, rename, status=409, code="ConcurrentModification")
    assert stormy.sandbox.edit("channels", "depot-001", client="erp")["version"] == 2
    with pytest.raises(Fatal, match="ResourceNotFound"):
        stormy.sandbox.edit("channels", "none")


def test_an_edit_between_reading_and_writing(stormy: Shopfront) -> None:
    """The fault `foreign_edit` lets somebody be faster, as often as it is told, by key or by id."""
    created = stormy.create("channels", DEPOT)
    stormy.sandbox.fail({"kind": "foreign_edit", "method": "write", "path": "/demo/channels", "count": 2})
    rename = {"action": "changeName", "name": {"en": "Depot"}}
    for path, version in (("channels/key=depot-001", 1), (f"channels/{created['id']}", 2)):
        stormy.refused_update(path, version, rename, status=409, code="ConcurrentModification")
    assert stormy.update("channels/key=depot-001", 3, rename)["version"] == 4


def test_someone_edits_all_the_time(stormy: Shopfront) -> None:
    """An editor changes resources in turn, so many times a second, until stopped."""
    for number in (1, 2):
        stormy.create("channels", {"key": f"depot-{number}"})
    name = {"action": "changeName", "name": {"en": "Edit {n}"}}
    editor = {"path": "channels", "keys": ["depot-1", "depot-2"], "perSecond": 200, "actions": [name]}
    stormy.sandbox.control("POST", "/demo/editors", editor)
    until(lambda: stormy.get("channels/key=depot-2")["version"] >= 3)
    [ended] = stormy.sandbox.control("DELETE", "/editors")
    versions = [stormy.get(f"channels/key=depot-{number}")["version"] for number in (1, 2)]
    assert sum(versions) - 2 == ended["edits"]
    assert ended["refused"] == 0
    assert stormy.get("channels/key=depot-1")["lastModifiedBy"]["clientId"] == "merchant-center"
    assert stormy.get("channels/key=depot-1")["version"] == versions[0]


def test_someone_edits_as_often_as_others_ask(stormy: Shopfront) -> None:
    """An editor may keep pace with the requests to its project: what it does then needs no clock."""
    for number in (1, 2):
        stormy.create("channels", {"key": f"depot-{number}"})
    name = {"action": "changeName", "name": {"en": "Edit {n}"}}
    editor = {"path": "channels", "keys": ["depot-1", "depot-2"], "perRequest": 0.4, "actions": [name]}
    stormy.sandbox.control("POST", "/demo/editors", editor)
    versions = [stormy.get("channels/key=depot-1")["version"] for _ in range(10)]
    assert versions == [1, 1, 2, 2, 2, 2, 2, 3, 3, 3]
    assert stormy.sandbox.dump()["channels"]
    [ended] = stormy.sandbox.control("DELETE", "/editors")
    assert (ended["edits"], ended["refused"]) == (4, 0)
    assert stormy.get("channels/key=depot-2")["version"] == 3
    for pace in ({}, {"perSecond": 1, "perRequest": 1}):
        with pytest.raises(Fatal, match="either perSecond or perRequest"):
            stormy.sandbox.control("POST", "/demo/editors", {"path": "channels", "keys": ["depot-1"], **pace})


def test_the_clock(stormy: Shopfront) -> None:
    """Time can be made to pass: what is made afterwards is younger; a reset puts the clock right."""
    first = stormy.create("channels", DEPOT)
    stormy.sandbox.pass_time(days=2)
    second = stormy.create("channels", {"key": "depot-2"})
    assert stormy.sandbox.control("GET", "/clock")["aheadSeconds"] == 172_800
    assert second["createdAt"][:10] > first["createdAt"][:10]
    stormy.sandbox.reset()
    assert stormy.sandbox.control("GET", "/clock")["aheadSeconds"] == 0
