from __future__ import annotations

import datetime as dt
import uuid

import pytest
from prefect import flow
from prefect.client.orchestration import get_client

from flows.starting import idempotency_key, start_run


@flow(name="asked")
def asked(*, feed: str, dry_run: bool) -> None:
    """A flow that nobody runs."""


def test_other_parameters_are_another_wish() -> None:
    """The order of parameters is not; a date and its text are the same."""
    key = idempotency_key("f/d", {"feed": "stock", "dry_run": True}, "2026-11-27")
    assert key == idempotency_key("f/d", {"dry_run": True, "feed": "stock"}, "2026-11-27")
    others = {
        idempotency_key("f/d", {"feed": "stock", "dry_run": False}, "2026-11-27"),
        idempotency_key("f/e", {"feed": "stock", "dry_run": True}, "2026-11-27"),
        idempotency_key("f/d", {"feed": "stock", "dry_run": True}, "2026-11-28"),
    }
    assert len(others | {key}) == 4
    day = dt.date(2026, 11, 27)
    assert idempotency_key("f/d", {"day": day}, "") == idempotency_key("f/d", {"day": "2026-11-27"}, "")


@pytest.mark.usefixtures("prefect_server")
async def test_a_wish_is_one_run_and_a_changed_wish_is_another() -> None:
    """Prefect alone would answer the changed one with the first run."""
    async with get_client() as client:
        name = f"d-{uuid.uuid4()}"
        await client.create_deployment(await client.create_flow(asked), name=name)
        wish = {"feed": "stock", "dry_run": True}
        first, again, real = [
            await start_run(client, f"asked/{name}", parameters, occasion="sha256:1")
            for parameters in (wish, wish, wish | {"dry_run": False})
        ]
        assert first.id == again.id != real.id
        assert (await client.read_flow_run(real.id)).parameters["dry_run"] is False
