from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter
from pydantic import SecretStr

from flows.watch import watch_alerts
from passerelle.feeds import Workspace, run_feed
from passerelle.ledger import LeaseHeld

from .conftest import PROJECT

#: The first test of a session waits for the server to start, and on a busy machine that is a minute.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def failing(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose shop is not set: each run fails; no file is expected, so none is late at seven."""
    mappings = shutil.copytree(PROJECT / "mappings", home / "mappings")
    stock = mappings / "erp" / "stock.yaml"
    before, _, after = stock.read_text(encoding="utf-8").partition("expects:\n")
    stock.write_text(before + "format:" + after.partition("\nformat:")[2], encoding="utf-8")
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(mappings))
    monkeypatch.setenv("PASSERELLE_FOLDER", str(home))
    return Workspace.load()


async def _events(*names: str, since: datetime) -> dict[str, list[tuple[str, str]]]:
    """Wait for these events: resource and severity of each, by name."""
    asked = EventFilter(
        occurred=EventOccurredFilter.model_validate({"since": since, "until": since + timedelta(hours=1)}),
        event=EventNameFilter(name=list(names)),
    )
    deadline = time.monotonic() + 60
    async with get_client() as client:
        while True:
            page = await client.read_events(asked, limit=50)
            found: dict[str, list[tuple[str, str]]] = {}
            for event in page.events:
                place = (event.resource.id, str(event.payload["severity"]))
                found.setdefault(event.event, []).append(place)
            if set(found) == set(names):
                return found
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.25)


@pytest.mark.usefixtures("prefect_server")
async def test_a_look_emits_what_it_opened_and_closed(failing: Workspace) -> None:
    """Automations build on `passerelle.alert.opened` and `.closed`; what is open stands in an artifact."""
    since = datetime.now(UTC)
    for _ in range(2):
        assert (await run_feed(failing, "stock")).outcome == "failed"
    state = await watch_alerts(dry_run=True, return_state=True)
    assert state.message == "Dry run: 1 feed that fails"
    with failing.ledger() as ledger:
        assert ledger.alerts.last() == []
    state = await watch_alerts(dry_run=False, return_state=True)
    assert (state.name, state.message) == ("Completed", "1 feed that fails; 1 opened, 0 closed")
    with failing.ledger() as ledger:
        run = ledger.runs.start("stock", mode="auto")
        ledger.runs.finish(run.id, "succeeded")
    state = await watch_alerts(dry_run=False, return_state=True)
    assert state.message == "nothing is wrong; 0 opened, 1 closed"
    found = await _events("passerelle.alert.opened", "passerelle.alert.closed", since=since)
    place = [("passerelle.alert.run_failed", "critical")]
    assert found == {"passerelle.alert.opened": place, "passerelle.alert.closed": place}
    async with get_client() as client:
        shown = await client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["alerts"]))
        )
    assert any("stock fails" in str(one.data) for one in shown)


@pytest.mark.usefixtures("prefect_server")
async def test_a_second_look_steps_aside(failing: Workspace) -> None:
    """One look at a time: the other one is no failure."""
    with failing.ledger() as ledger, ledger.leases.take("alerts", ttl=60):
        with pytest.raises(LeaseHeld):
            ledger.leases.take("alerts", ttl=60)
        state = await watch_alerts(dry_run=False, return_state=True)
    assert state.is_completed()
    assert "Another look is under way" in str(state.message)


@pytest.mark.usefixtures("prefect_server")
async def test_the_address_of_a_channel_may_stand_in_a_block(
    failing: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every other secret: who runs flows keeps it in Prefect, and it is in no message."""
    await Secret(value=SecretStr("http://127.0.0.1:9/secret-path")).save("night-hook", overwrite=True)
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__NIGHT__FORMAT", "json")
    monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__NIGHT__URL_BLOCK", "night-hook")
    monkeypatch.setenv("PASSERELLE_ALERTS__WINDOW", "0")
    for _ in range(2):
        await run_feed(failing, "stock")
    state = await watch_alerts(dry_run=False, return_state=True)
    assert "not reached: night" in str(state.message)
    with failing.ledger() as ledger:
        assert "secret-path" not in str(ledger.alerts.messages.last())


@pytest.mark.usefixtures("prefect_server")
async def test_a_channel_that_does_not_answer_fails_nothing(
    failing: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is completed, under a name that says that somebody was not reached."""
    for name, value in {"FORMAT": "json", "URL": "http://127.0.0.1:9/hook"}.items():
        monkeypatch.setenv(f"PASSERELLE_ALERTS__WEBHOOKS__NIGHT__{name}", value)
    for _ in range(2):
        await run_feed(failing, "stock")
    state = await watch_alerts(dry_run=False, return_state=True)
    assert (state.name, state.is_completed()) == ("NotEverybodyTold", True)
    assert "not reached: night" in str(state.message)
