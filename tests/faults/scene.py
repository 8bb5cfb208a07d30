"""A scene for hard days: an ERP folder, a project in a shop that is a process of its own, a workspace."""

from __future__ import annotations

import json
import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from passerelle.commercetools import (
    Allowance,
    Client,
    CommercetoolsConfig,
    RetryPolicy,
    ensure,
    load_model,
)
from passerelle.feeds import Settings, Workspace
from passerelle.retailer import House, Mode, lay_folders
from passerelle.retailer.layout import Node, Record
from passerelle.retailer.model import feed_of
from passerelle.retailer.sheet import drop
from passerelle.sandbox import Sandbox

__all__ = ["PROJECT", "Scene"]

PROJECT = Path(__file__).parents[2]


class _Quick(Workspace):
    """A workspace that comes back after milliseconds where a real one waits for seconds."""

    policy = RetryPolicy(first=0.005, longest=0.04)

    @asynccontextmanager
    async def client(self, allowance: Allowance | None = None) -> AsyncIterator[Client]:
        """Open the connection to the shop."""
        assert self.settings.commercetools is not None
        async with Client(self.settings.commercetools, allowance=allowance, retry=self.policy) as client:
            yield client


@dataclass
class Scene:
    """`project` names it in the shop; everything of ours and of the ERP's lies below `home`."""

    home: Path
    shop: Sandbox
    project: str
    styles: int
    concurrency: int = 8
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        lay_folders(self.erp)
        self.house = House.invent(seed=7, styles=self.styles, stores=1)
        self.workspace = _Quick(
            Settings(
                home=self.home / "ours",
                mappings=PROJECT / "mappings",
                folder=self.erp,
                commercetools=self.config,
                order_lag=0,
            )
        )

    @property
    def erp(self) -> Path:
        """The ERP's folder."""
        return self.home / "erp"

    @property
    def config(self) -> CommercetoolsConfig:
        """The way to the project."""
        return CommercetoolsConfig(
            project_key=self.project,
            client_id=self.shop.client_id,
            client_secret=self.shop.client_secret,
            auth_url=self.shop.url,
            api_url=self.shop.url,
            concurrency=self.concurrency,
        )

    async def set_up(self) -> None:
        """Give the shop its model."""
        async with Client(self.config) as client:
            await ensure(client, load_model(PROJECT / "mappings" / "commercetools" / "model.yaml"))

    def drop(self, *names: str) -> None:
        """Let the ERP write the opening day's files of these feeds (`ARTICLES_FR`)."""
        for name in names:
            drop(self.house.day(1).sheet(feed_of(name)), self.erp / feed_of(name).folder)

    def drop_again(self, name: str, sequence: int, change: Callable[[str, str], str]) -> None:
        """Write a full file under a later number, with texts changed: `change(element, text)`."""
        sheet = self.house.day(1).sheet(feed_of(name), mode=Mode.FULL)
        day = sheet.day + timedelta(days=sequence - 1)
        records = [_changed(record, change) for record in sheet.records]
        drop(
            replace(sheet, sequence=sequence, day=day, named_on=day, records=records),
            self.erp / feed_of(name).folder,
        )

    async def run(self, feed: str) -> dict[str, Any]:
        """Carry a feed in a process of its own; its report."""
        process = await create_subprocess_exec(
            sys.executable,
            *("-m", "passerelle.cli.app", "run", feed, "--json"),
            env=self._environment(),
            cwd=PROJECT,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, words = await process.communicate()
        assert out, words.decode()[-2000:]
        report: dict[str, Any] = json.loads(out)
        return report

    def dump(self) -> dict[str, Any]:
        """What the shop shows."""
        return self.shop.dump(self.project)

    def _environment(self) -> dict[str, str]:
        shop = "PASSERELLE_COMMERCETOOLS__"
        return {
            **{name: text for name, text in os.environ.items() if not name.startswith("PASSERELLE_")},
            "PASSERELLE_HOME": str(self.workspace.home),
            "PASSERELLE_MAPPINGS": str(PROJECT / "mappings"),
            "PASSERELLE_FOLDER": str(self.erp),
            f"{shop}PROJECT_KEY": self.project,
            f"{shop}CLIENT_ID": self.shop.client_id,
            f"{shop}CLIENT_SECRET": self.shop.client_secret.get_secret_value(),
            f"{shop}AUTH_URL": self.shop.url,
            f"{shop}API_URL": self.shop.url,
            f"{shop}CONCURRENCY": str(self.concurrency),
        }


def _changed(record: Record, change: Callable[[str, str], str]) -> Record:
    return record._replace(fields=tuple(_nodes(record.fields, change)))


def _nodes(nodes: Sequence[Node], change: Callable[[str, str], str]) -> list[Node]:
    return [
        Node(name, change(name, content) if isinstance(content, str) else content) for name, content in nodes
    ]
