"""The client: what it sends, what it repeats, what it never repeats."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from passerelle import __version__
from passerelle.commercetools import RetryPolicy, correlated
from passerelle.commercetools.http.client import MAX_ACTIONS
from passerelle.commercetools.http.scopes import Need
from passerelle.errors import ConfigError, Conflict, Fatal, ReferenceMissing, Refused, Retriable

from .conftest import Connect, FakeTime, granted

CHANGE = [{"action": "changeQuantity", "quantity": 3}]


def failure(status: int, code: str, message: str = "said the shop", **more: Any) -> httpx.Response:
    """An answer as commercetools gives it when it says no."""
    headers = more.pop("headers", {})
    error = {"code": code, "message": message, **more}
    return httpx.Response(
        status,
        json={"statusCode": status, "message": message, "errors": [error]},
        headers={"X-Correlation-ID": "abc-1", **headers},
    )


def entry(version: int = 2, **fields: Any) -> httpx.Response:
    """A resource at a version."""
    return httpx.Response(200, json={"id": "e1", "version": version, **fields})


class Script:
    """Answers in turn, the last one for ever; keeps what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next answer, or the next failure of the network."""
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


async def test_a_request_says_who_asks_and_accepts_gzip(connect: Connect) -> None:
    """User agent, token, gzip and a correlation id go with every call; a gzipped answer is read."""
    body = gzip.compress(orjson.dumps({"id": "e1", "version": 2}))
    script = Script(httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body)))

    def raw(request: httpx.Request) -> httpx.Response:
        script.requests.append(request)
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body))

    async with connect(raw) as client:
        assert await client.get("inventory/e1") == {"id": "e1", "version": 2}

    headers = script.requests[0].headers
    assert headers["User-Agent"] == f"passerelle/{__version__}"
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["Authorization"] == "Bearer t1"
    assert headers["X-Correlation-ID"]


async def test_a_journey_has_one_correlation_id(connect: Connect) -> None:
    """All calls of a record's journey carry the id given, cleaned of what a header cannot hold."""
    script = Script(entry())
    async with connect(script) as client:
        with correlated("stock/42/000123-012-38\r\nX: y"):
            await client.get("inventory/e1")
            await client.update("inventory", "e1", 1, CHANGE)
        await client.get("inventory/e1")

    ids = [request.headers["X-Correlation-ID"] for request in script.requests]
    assert ids[:2] == ["stock/42/000123-012-38-X:-y"] * 2
    assert ids[2] not in ids[:2]


@pytest.mark.parametrize("status", [502, 503])
async def test_a_busy_shop_is_asked_again_with_growing_pauses(
    connect: Connect, fake_time: FakeTime, status: int
) -> None:
    """502 and 503 are repeated, writes too: they were not carried out."""
    busy = failure(status, "OverCapacity")
    script = Script(busy, busy, busy, entry())
    async with connect(script) as client:
        await client.update("inventory", "e1", 1, CHANGE)

    assert fake_time.slept == [0.5, 1.0, 2.0]
    assert len({request.headers["X-Correlation-ID"] for request in script.requests}) == 1


async def test_tries_are_bounded(connect: Connect, fake_time: FakeTime) -> None:
    """After the last try the error says what the shop said."""
    script = Script(failure(503, "OverCapacity", "come back later"))
    async with connect(script) as client:
        with pytest.raises(Retriable, match=r"come back later .*HTTP 503, correlation id abc-1"):
            await client.get("inventory/e1")

    assert len(script.requests) == RetryPolicy().attempts
    assert len(fake_time.slept) == RetryPolicy().attempts - 1


async def test_the_shop_s_own_hint_comes_first(connect: Connect, fake_time: FakeTime) -> None:
    """429 with Retry-After waits as long as asked, plus a little so that not all come back at once."""
    script = Script(failure(429, "TooManyRequests", headers={"Retry-After": "7"}), entry())
    async with connect(script) as client:
        await client.update("inventory", "e1", 1, CHANGE)

    assert fake_time.slept == [pytest.approx(7.7)]


async def test_a_limit_silences_everybody(connect: Connect, fake_time: FakeTime) -> None:
    """While one call waits out a hint, the others do not knock either."""
    script = Script(failure(429, "TooManyRequests", headers={"Retry-After": "7"}), entry())
    policy = RetryPolicy(attempts=1, sleep=fake_time.sleep)
    async with connect(script, policy=policy) as client:
        with pytest.raises(Retriable) as caught:
            await client.get("inventory/e1")
        await client.get("inventory/e2")

    assert caught.value.retry_after == 7
    assert fake_time.slept == [pytest.approx(7)]


async def test_a_hint_beyond_patience_is_handed_on(connect: Connect, fake_time: FakeTime) -> None:
    """A pause of an hour is for the scheduler, not for a sleeping run."""
    script = Script(failure(429, "TooManyRequests", headers={"Retry-After": "3600"}))
    async with connect(script) as client:
        with pytest.raises(Retriable) as caught:
            await client.get("inventory/e1")

    assert caught.value.retry_after == 3600
    assert fake_time.slept == []


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        failure(500, "General"),
        failure(504, "General"),
    ],
)
async def test_a_write_without_answer_is_never_sent_twice(
    connect: Connect, lost: httpx.Response | Exception
) -> None:
    """A 500, a 504, a reset, a time-out after sending leave the outcome in doubt: read again, plan again."""
    script = Script(lost)
    async with connect(script) as client:
        with pytest.raises(Conflict, match="outcome in doubt"):
            await client.update("inventory", "e1", 1, CHANGE)
        with pytest.raises(Conflict, match="outcome in doubt"):
            await client.create("inventory", {"sku": "s", "quantityOnStock": 1})

    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        failure(500, "General"),
        failure(504, "General"),
    ],
)
async def test_a_read_without_answer_is_simply_repeated(
    connect: Connect, lost: httpx.Response | Exception
) -> None:
    """Reading twice changes nothing."""
    script = Script(lost, entry())
    async with connect(script) as client:
        assert await client.get("inventory/e1") == {"id": "e1", "version": 2}


async def test_a_write_that_never_left_is_repeated(connect: Connect, fake_time: FakeTime) -> None:
    """No connection, no effect: the same write goes out again."""
    script = Script(httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), entry())
    async with connect(script) as client:
        await client.update("inventory", "e1", 1, CHANGE)

    assert len(script.requests) == 3
    assert fake_time.slept == [0.5, 1.0]


async def test_a_call_that_hangs_ends(connect: Connect) -> None:
    """The total time-out holds whatever the network does; a write is then in doubt."""

    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/oauth/token":
                return granted()
            await asyncio.Event().wait()
            raise AssertionError

    async with connect(Hanging(), total_timeout=0.05) as client:
        with pytest.raises(Conflict, match="no answer in time"):
            await client.update("inventory", "e1", 1, CHANGE)


async def test_a_stale_version_tells_the_current_one(connect: Connect) -> None:
    """409 is a Conflict that carries the version the shop has."""
    script = Script(failure(409, "ConcurrentModification", currentVersion=7))
    async with connect(script) as client:
        with pytest.raises(Conflict) as caught:
            await client.update("inventory", "e1", 1, CHANGE)

    assert caught.value.data["current_version"] == 7
    assert len(script.requests) == 1


@pytest.mark.parametrize("code", ["ExactLockConflict", "ValidityLockConflict"])
async def test_a_locked_price_scope_is_asked_again_after_300_ms(
    connect: Connect, fake_time: FakeTime, code: str
) -> None:
    """These two 409 say: the same request again in 300 ms."""
    script = Script(failure(409, code), entry())
    async with connect(script) as client:
        await client.create("standalone-prices", {"sku": "s"})

    assert fake_time.slept == [pytest.approx(0.33)]


async def test_a_resource_that_is_gone_is_a_conflict(connect: Connect) -> None:
    """Deleted between reading and writing: read again, and create it."""
    async with connect(Script(failure(404, "ResourceNotFound"))) as client:
        with pytest.raises(Conflict, match="gone"):
            await client.update("inventory", "e1", 1, CHANGE)
        assert await client.get("inventory/e1") is None


async def test_a_missing_reference_is_named(connect: Connect) -> None:
    """The error names what the record points to."""
    answer = failure(400, "ReferencedResourceNotFound", typeId="channel", key="depot-999")
    async with connect(Script(answer)) as client:
        with pytest.raises(ReferenceMissing) as caught:
            await client.create("inventory", {"sku": "s"})

    assert caught.value.reference == "channel depot-999"


async def test_a_refusal_says_code_field_message_and_correlation_id(connect: Connect) -> None:
    """What support asks for is in the message."""
    async with connect(Script(failure(400, "InvalidField", "slug is too long", field="slug"))) as client:
        with pytest.raises(Refused) as caught:
            await client.create("products", {"key": "p"})

    assert caught.value.code == "InvalidField"
    for part in ("InvalidField", "slug is too long", "abc-1", "HTTP 400"):
        assert part in str(caught.value)


async def test_a_missing_scope_stops_the_run_and_names_the_scope(connect: Connect) -> None:
    """manage_products does not cover standalone prices: the message says which scope does."""
    async with connect(Script(failure(403, "insufficient_scope"))) as client:
        with pytest.raises(Fatal, match="manage_standalone_prices"):
            await client.create("standalone-prices", {"sku": "s"})


async def test_a_wrong_project_stops_the_run(connect: Connect) -> None:
    """A collection that is not there means another project key."""
    async with connect(Script(failure(404, "ResourceNotFound"))) as client:
        with pytest.raises(ConfigError, match="project key"):
            await client.page("inventory")


async def test_a_page_of_a_proxy_is_no_answer(connect: Connect) -> None:
    """200 with something that is no JSON: a read is repeated, a write is in doubt."""
    page = httpx.Response(200, text="<html>welcome</html>")
    async with connect(Script(page, entry())) as client:
        assert await client.get("inventory/e1")
    async with connect(Script(page)) as client:
        with pytest.raises(Conflict):
            await client.update("inventory", "e1", 1, CHANGE)


async def test_more_than_500_actions_go_in_several_requests(connect: Connect) -> None:
    """Each request carries at most 500 actions and the version that the one before left."""
    version = iter(range(11, 20))
    bodies: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(orjson.loads(request.content))
        return entry(next(version))

    actions = [{"action": "setAttribute", "name": f"a{n}"} for n in range(2 * MAX_ACTIONS + 1)]
    async with connect(handler) as client:
        written = await client.update("products", "p1", 10, actions)

    assert [body["version"] for body in bodies] == [10, 11, 12]
    assert [len(body["actions"]) for body in bodies] == [MAX_ACTIONS, MAX_ACTIONS, 1]
    assert [action for body in bodies for action in body["actions"]] == actions
    assert written["version"] == 13


async def test_pages_follow_the_last_id(connect: Connect) -> None:
    """Every resource once, by `id >`, sorted by id, without a total."""
    everything: list[dict[str, Any]] = [{"id": f"{n:03}", "version": 1} for n in range(7)]
    asked: list[httpx.QueryParams] = []

    def handler(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        asked.append(params)
        where = params.get("where", "")
        after = where.rsplit('id > "', 1)[1].split('"')[0] if "id >" in where else ""
        page = [r for r in everything if r["id"] > after][: int(params["limit"])]
        return httpx.Response(200, json={"results": page})

    async with connect(handler, page_size=3) as client:
        found = [resource async for resource in client.query("channels", 'key in ("a")')]

    assert found == everything
    assert len(asked) == 3
    assert all(p["sort"] == "id asc" and p["withTotal"] == "false" for p in asked)
    assert asked[1]["where"] == '(key in ("a")) and (id > "002")'


async def test_a_server_that_does_not_page_is_found_out(connect: Connect) -> None:
    """The same page twice would be walked for ever."""
    page = {"results": [{"id": "a", "version": 1}]}
    async with connect(Script(httpx.Response(200, json=page)), page_size=1) as client:
        with pytest.raises(ConfigError, match="channels answers a behind a: it does not sort by id"):
            _ = [resource async for resource in client.query("channels")]


async def test_a_server_that_does_not_sort_is_found_out(connect: Connect) -> None:
    """Behind a full page out of order something would be missing; a page that ends the answer has all."""
    page = {"results": [{"id": "b", "version": 1}, {"id": "a", "version": 1}]}
    answer = httpx.Response(200, json=page)
    async with connect(Script(answer), page_size=3) as client:
        assert [resource["id"] async for resource in client.query("channels")] == ["b", "a"]
    async with connect(Script(answer), page_size=2) as client:
        with pytest.raises(ConfigError, match="a behind b: it does not sort by id"):
            _ = [resource async for resource in client.query("channels")]


async def test_requests_in_flight_never_exceed_connections(connect: Connect) -> None:
    """Whoever calls, at most `concurrency` requests are under way."""
    flying = peak = 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal flying, peak
            if request.url.path == "/oauth/token":
                return granted()
            flying += 1
            peak = max(peak, flying)
            for _ in range(3):
                await asyncio.sleep(0)
            flying -= 1
            return entry()

    async with connect(Slow(), concurrency=4) as client:
        await asyncio.gather(*(client.get(f"inventory/{n}") for n in range(40)))

    assert peak == 4


async def test_the_hook_sees_what_leaves(connect: Connect) -> None:
    """Method, path below the project and the very bytes, for every try."""
    seen: list[tuple[str, str, bytes | None]] = []
    script = Script(failure(503, "OverCapacity"), entry())
    async with connect(script, on_request=lambda *call: seen.append(call)) as client:
        await client.update("inventory", "e1", 1, CHANGE)
        await client.get("inventory/e1")

    body = orjson.dumps({"version": 1, "actions": CHANGE})
    assert seen == [("POST", "/inventory/e1", body)] * 2 + [("GET", "/inventory/e1", None)]


async def test_the_first_error_ends_the_others(connect: Connect) -> None:
    """Work side by side stops at its first error, raised as it is and not in a group."""
    done: list[int] = []

    async def work(number: int) -> int:
        if number == 3:
            raise Refused("no", code="x")
        done.append(number)
        await asyncio.sleep(0)
        return number

    async with connect(Script(entry()), concurrency=2) as client:
        with pytest.raises(Refused, match="no"):
            await client.each(list(range(100)), work)
        assert await client.each([7, 8], work) == [7, 8]

    assert len(done) < 10


async def test_a_deletion_names_the_version_and_tells_what_was_there(connect: Connect) -> None:
    """DELETE …?version=; the resource as it was comes back, None when it was gone already."""
    script = Script(entry(4, sku="s"), failure(404, "ResourceNotFound"))
    async with connect(script) as client:
        assert await client.delete("inventory", "e/1", 4) == {"id": "e1", "version": 4, "sku": "s"}
        assert await client.delete("inventory", "e1", 4) is None

    (first, _) = script.requests
    assert (first.method, first.url.raw_path) == ("DELETE", b"/maison-lin/inventory/e%2F1?version=4")


async def test_a_deletion_whose_answer_was_lost_is_repeated(connect: Connect) -> None:
    """The version makes it safe: the second call deletes, or finds the resource gone."""
    for lost in (httpx.ReadError("reset"), failure(500, "General"), failure(504, "General")):
        script = Script(lost, failure(404, "ResourceNotFound"))
        async with connect(script) as client:
            assert await client.delete("inventory", "e1", 1) is None
        assert len(script.requests) == 2


async def test_a_deletion_of_a_newer_version_is_a_conflict(connect: Connect) -> None:
    """Somebody changed what we meant to delete: look again."""
    script = Script(failure(409, "ConcurrentModification", currentVersion=9))
    async with connect(script) as client:
        with pytest.raises(Conflict) as caught:
            await client.delete("inventory", "e1", 1)
    assert caught.value.data["current_version"] == 9
    assert len(script.requests) == 1


async def test_existence_is_asked_without_reading(connect: Connect) -> None:
    """HEAD: 200 is yes, 404 is no, and neither has a body."""
    script = Script(httpx.Response(200), httpx.Response(404))
    async with connect(script) as client:
        assert await client.exists("products/key=p") is True
        assert await client.exists("products", [("where", 'key = "q"')]) is False
    assert [request.method for request in script.requests] == ["HEAD", "HEAD"]


async def test_a_pending_operation_is_waited_out(connect: Connect, fake_time: FakeTime) -> None:
    """Under 409 as under 503 it says that nothing was done: the same request, with growing pauses."""
    for status in (409, 503):
        fake_time.slept.clear()
        script = Script(failure(status, "PendingOperation"), failure(status, "PendingOperation"), entry())
        async with connect(script) as client:
            await client.update("inventory", "e1", 1, CHANGE)
            assert client.congestion.halvings == 0
        assert fake_time.slept == [0.5, 1.0]


async def test_the_header_of_a_hint_is_a_setting(connect: Connect, fake_time: FakeTime) -> None:
    """No name is documented for 429: the first of the named headers that says something counts."""
    headers = {"X-RateLimit-Reset": "3", "Retry-After": "soon"}
    script = Script(failure(429, "TooManyRequests", headers=headers), entry())
    async with connect(script, retry_headers=("Retry-After", "X-RateLimit-Reset")) as client:
        await client.get("inventory/e1")
    assert fake_time.slept == [pytest.approx(3.3)]


async def test_the_import_api_is_another_host_of_the_same_line(connect: Connect) -> None:
    """One token, one bound on requests in flight, one count; a request there may be sent twice."""
    script = Script(httpx.ReadError("reset"), httpx.Response(201, json={"operationStatus": []}))
    async with connect(script, import_url="https://import.shop.example") as client:
        body = {"type": "inventory", "resources": []}
        assert await client.importing.submit("inventories/import-containers/c-1", body) == {
            "operationStatus": []
        }
        assert await client.importing.delete("import-containers/c-1") == {"operationStatus": []}
        assert (client.usage.writes, client.usage.again) == (3, 1)

    assert {str(request.url.host) for request in script.requests} == {"import.shop.example"}
    assert script.requests[0].url.path == "/maison-lin/inventories/import-containers/c-1"
    assert orjson.loads(script.requests[0].content) == body


async def test_a_busy_shop_gets_fewer_requests_at_once(connect: Connect) -> None:
    """Each 429 or 503 of a round trip halves what may be in flight, once; good answers bring it back."""
    script = Script(*[failure(503, "OverCapacity")] * 3, entry())
    async with connect(script, concurrency=16) as client:
        await asyncio.gather(*(client.get(f"inventory/{n}") for n in range(16)))
        assert client.usage.refused == 3
        assert client.congestion.halvings in {1, 2, 3}
        for _ in range(200):
            await client.get("inventory/e1")
        assert client.congestion.limit == 16


async def test_who_wants_no_adaption_gets_none(connect: Connect) -> None:
    """`adaptive: false` keeps as many requests in flight as the settings say."""
    flying = peak = 0

    class Busy(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal flying, peak
            if request.url.path == "/oauth/token":
                return granted()
            flying += 1
            peak = max(peak, flying)
            for _ in range(3):
                await asyncio.sleep(0)
            flying -= 1
            return failure(503, "OverCapacity")

    async with connect(Busy(), concurrency=4, adaptive=False, policy=RetryPolicy(attempts=1)) as client:
        for _ in range(3):
            peak = 0
            await asyncio.gather(*(client.get(f"inventory/{n}") for n in range(8)), return_exceptions=True)
            assert peak == 4


async def test_a_token_that_allows_too_little_stops_before_the_first_call(connect: Connect) -> None:
    """The token's answer names its scopes: what is missing is told without asking the API anything."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            scope = "view_products:maison-lin manage_products:other"
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600, "scope": scope})
        asked.append(request)
        return entry()

    async with connect(handler, own_tokens=True) as client:
        client.require([Need("inventory", write=True), Need("channels"), Need("standalone-prices")])
        with pytest.raises(ConfigError, match="may not write inventory, read standalone-prices") as caught:
            await client.get("inventory/e1")
        assert "manage_products, view_standalone_prices" in caught.value.advice
    async with connect(handler, own_tokens=True) as client:
        client.require([Need("inventory"), Need("channels")])
        assert await client.get("inventory/e1")
        assert await client.scopes() == {"view_products"}
        with pytest.raises(ConfigError, match="may not write orders"):
            client.require([Need("orders", write=True)])
    assert len(asked) == 1


async def test_nothing_is_written_to_a_project_of_another_name(connect: Connect) -> None:
    """With `project_name` the project is asked once, before the first write; reading asks nothing."""
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/maison-lin":
            return httpx.Response(200, json={"key": "maison-lin", "name": "Maison Lin (test)"})
        return entry()

    async with connect(handler, project_name="Maison Lin") as client:
        await client.get("inventory/e1")
        with pytest.raises(ConfigError, match=r"called 'Maison Lin \(test\)'.*nothing was written"):
            await client.create("inventory", {"sku": "s"})
        with pytest.raises(ConfigError):
            await client.delete("inventory", "e1", 1)
    assert [call for call in asked if not call.startswith("GET")] == []
    asked.clear()
    async with connect(handler, project_name="Maison Lin (test)") as client:
        await client.update("inventory", "e1", 1, CHANGE)
        await client.update("inventory", "e1", 2, CHANGE)
    assert asked == ["GET /maison-lin", "POST /maison-lin/inventory/e1", "POST /maison-lin/inventory/e1"]


async def test_the_project_tells_the_time(connect: Connect) -> None:
    """The Date header beside the settings: how far the clocks are apart."""
    answer = httpx.Response(
        200, json={"key": "maison-lin"}, headers={"Date": "Sun, 22 Nov 2026 06:00:00 GMT"}
    )
    async with connect(Script(answer)) as client:
        assert await client.project() == ({"key": "maison-lin"}, datetime(2026, 11, 22, 6, tzinfo=UTC))
    async with connect(Script(httpx.Response(200, json={}))) as client:
        assert await client.project() == ({}, None)
