"""The clock of a ledger's database, which decides about leases, is compared with ours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import SecretStr

from passerelle.feeds import Settings, Workspace
from passerelle.operations import checkup


async def test_clocks_that_are_apart_are_missing(postgresql_url: str, tmp_path: Path) -> None:
    """Seconds that nobody notices are good; a machine that is a minute behind is not.

    The middle between two looks at our clock is compared, so half of what the asking took is its error.
    """
    workspace = Workspace(Settings(home=tmp_path, ledger=SecretStr(postgresql_url), mappings=tmp_path))
    workspace.ledger().close()

    looks: list[dt.datetime] = []

    async def clock(behind: float) -> checkup.Checkup:
        looks.clear()

        def now() -> dt.datetime:
            looks.append(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=behind))
            return looks[-1]

        found = {one.check: one for one in await checkup.check_installation(workspace, (), now=now)}
        assert found["ledger"].state == "good"
        return found["ledger_clock"]

    for behind in (0, 3, 60):
        found = await clock(behind)
        apart, error = float(found.subject[0].removesuffix(" s")), (looks[1] - looks[0]).total_seconds() / 2
        assert abs(apart - behind) <= error + 0.1
        assert found.state == ("good" if abs(apart) <= 5 else "missing")
