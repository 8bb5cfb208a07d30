"""The clock of a ledger's database, which decides about leases, is compared with ours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import SecretStr

from passerelle.feeds import Settings, Workspace
from passerelle.operations import checkup


async def test_clocks_that_are_apart_are_missing(postgresql_url: str, tmp_path: Path) -> None:
    """Seconds that nobody notices are good; a machine that is a minute behind is not."""
    workspace = Workspace(Settings(home=tmp_path, ledger=SecretStr(postgresql_url), mappings=tmp_path))
    workspace.ledger().close()

    async def clock(behind: float) -> checkup.Checkup:
        now = lambda: dt.datetime.now(dt.UTC) - dt.timedelta(seconds=behind)  # noqa: E731 - a clock
        found = {one.check: one for one in await checkup.check_installation(workspace, (), now=now)}
        assert found["ledger"].state == "good"
        return found["ledger_clock"]

    assert (await clock(0)).state == (await clock(3)).state == "good"
    late = await clock(60)
    assert (late.state, late.subject[0].startswith(("+60", "+59"))) == ("missing", True)
