"""The token: one for all, renewed early, once, and never at the price of a run."""

from __future__ import annotations

import asyncio
import base64

import httpx
import pytest

from passerelle.errors import ConfigError, Fatal

from .conftest import Connect, FakeTime, granted

GOOD = {"id": "e1", "version": 1}


class Door:
    """A shop that lets in only the tokens it issued last."""

    def __init__(self, *, life: float = 3600) -> None:
        self.life = life
        self.issued = 0
        self.broken = False
        self.valid: set[str] = set()
        self.forms: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Issue a token, or let the latest one in."""
        if request.url.path == "/oauth/token":
            self.forms.append(request)
            if self.broken:
                return httpx.Response(503)
            self.issued += 1
            self.valid = {f"t{self.issued}"}
            return granted(f"t{self.issued}", self.life)
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.valid:
            return httpx.Response(401, json={"error": "invalid_token", "message": "invalid_token"})
        return httpx.Response(200, json=GOOD)


async def test_one_token_serves_all_calls(connect: Connect) -> None:
    """Callers that start together share one token request, made by the client credentials flow."""
    door = Door()
    async with connect(door, own_tokens=True, scopes=("manage_products",)) as client:
        await asyncio.gather(*(client.get("inventory/e1") for _ in range(30)))

    assert len(door.forms) == 1
    expected = base64.b64encode(b"sync:very-secret").decode()
    assert door.forms[0].headers["Authorization"] == f"Basic {expected}"
    assert door.forms[0].content == b"grant_type=client_credentials&scope=manage_products%3Amaison-lin"


async def test_a_token_is_renewed_before_it_ends(connect: Connect, fake_time: FakeTime) -> None:
    """Renewal comes when a twentieth of the life is left."""
    door = Door(life=3600)
    async with connect(door, own_tokens=True) as client:
        await client.get("inventory/e1")
        fake_time.now += 3419
        await client.get("inventory/e1")
        assert door.issued == 1
        fake_time.now += 2
        await client.get("inventory/e1")

    assert door.issued == 2


async def test_a_token_that_is_refused_is_replaced_once_for_all(connect: Connect) -> None:
    """401 while a token should hold: one new token for everybody, and the same call again."""
    door = Door()
    async with connect(door, own_tokens=True) as client:
        await client.get("inventory/e1")
        door.valid.clear()
        answers = await asyncio.gather(*(client.get("inventory/e1") for _ in range(30)))

    assert answers == [GOOD] * 30
    assert door.issued == 2


async def test_a_fresh_token_that_is_refused_stops_the_run(connect: Connect) -> None:
    """A second 401 is no matter of time."""

    def closed(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        return httpx.Response(401, json={"error": "invalid_token", "message": "invalid_token"})

    async with connect(closed, own_tokens=True) as client:
        with pytest.raises(Fatal, match="access token"):
            await client.get("inventory/e1")


async def test_wrong_credentials_are_a_wrong_setting(connect: Connect) -> None:
    """The message names API client and project, never the secret."""
    refusal = httpx.Response(
        401, json={"error": "invalid_client", "message": "Please provide valid credentials"}
    )
    async with connect(lambda _: refusal, own_tokens=True) as client:
        with pytest.raises(ConfigError, match="API client sync of project maison-lin") as caught:
            await client.get("inventory/e1")

    assert "very-secret" not in str(caught.value)


async def test_an_auth_server_that_is_away_costs_nothing_while_the_token_holds(
    connect: Connect, fake_time: FakeTime
) -> None:
    """Renewal is early so that a pause of the authorization server is survived."""
    door = Door(life=3600)
    async with connect(door, own_tokens=True) as client:
        await client.get("inventory/e1")
        door.broken = True
        fake_time.now += 3500
        assert await client.get("inventory/e1") == GOOD

    assert fake_time.now < 1000 + 3600
