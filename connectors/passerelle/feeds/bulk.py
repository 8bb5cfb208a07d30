"""Which way the new records of a feed take: what the run was asked, else what its mapping says."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ..commercetools import Client, ImportDoor
from ..errors import ConfigError
from ..mapping import Mapping
from ..sync import Job, RunReport, settle
from ..sync.bulk.door import Via
from .options import RunOptions
from .sinks import SYSTEM
from .wants import may_import

__all__ = ["door_for", "settle_claims", "via_of"]

R = TypeVar("R", bound=msgspec.Struct)

_WAYS: dict[str, Via] = {"auto": "auto", "http": "http", "import": "import"}


def door_for(mapping: Mapping, client: Client) -> ImportDoor | None:
    """Give the bulk door of a feed's records; None where there is none, or the feed creates nothing."""
    if not may_import(mapping):
        return None
    return ImportDoor(client, mapping.entity, owner=mapping.feed)


def via_of(mapping: Mapping, options: RunOptions) -> Via:
    """Give the way that is asked for; raises ConfigError for one that is not known."""
    asked = options.via or mapping.spec.target.get(SYSTEM, {}).get("via", "auto")
    if asked not in _WAYS:
        raise ConfigError(
            f"feed {mapping.feed}: target.{SYSTEM}.via is {asked!r}",
            advice=f"It is one of {', '.join(_WAYS)}",
        )
    return _WAYS[asked]


async def settle_claims(job: Job[R], report: RunReport) -> None:
    """Look what became of what earlier runs handed over; no call when that is nothing."""
    await settle(job, report)
