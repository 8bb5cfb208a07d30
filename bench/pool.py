"""Why the client does not use httpx's own connection pool."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
from rich.console import Console

from passerelle.commercetools import PooledTransport
from passerelle.sandbox import Sandbox

from .result import Result, figure

__all__ = ["measure"]

CONNECTIONS, LATENCY_MS, REQUESTS = 100, 50, 3_000
IDEAL = CONNECTIONS / LATENCY_MS * 1000


def measure(folder: Path, console: Console) -> list[Result]:  # noqa: ARG001 - every workload is given a folder
    """100 connections, 50 ms, 3,000 reads: httpx's own pool against ours (2,000 a second are possible)."""
    with Sandbox() as sandbox:
        token = httpx.post(
            f"{sandbox.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(sandbox.client_id, sandbox.client_secret.get_secret_value()),
        ).json()["access_token"]
        sandbox.control("POST", "/latency", {"ms": LATENCY_MS})
        url = f"{sandbox.url}/{sandbox.project}/channels"
        headers = {"Authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        own = asyncio.run(_rate(httpx.AsyncHTTPTransport(limits=limits), url, headers, REQUESTS // 5))
        ours = asyncio.run(_rate(PooledTransport(connections=CONNECTIONS), url, headers, REQUESTS))
    console.print(f"  httpx's own pool {own:.0f} requests/s, ours {ours:.0f}, possible {IDEAL:.0f}")
    return [
        figure("httpx's own pool, 100 connections at 50 ms", own, "requests/s"),
        figure("our transport, 100 connections at 50 ms", ours, "requests/s"),
        figure("httpx's own pool against our transport", own / ours, "times", 0.5),
    ]


async def _rate(
    transport: httpx.AsyncBaseTransport, url: str, headers: dict[str, str], requests: int
) -> float:
    """As many workers as connections, each with one request in flight."""
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
        left = iter(range(requests))

        async def work() -> None:
            for _ in left:
                (await client.get(url, headers=headers)).raise_for_status()

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        return requests / (time.perf_counter() - start)
