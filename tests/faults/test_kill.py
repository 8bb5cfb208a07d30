"""A run is killed with SIGKILL, wherever it is; the next run makes good what was left."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from passerelle.commercetools import Client, CommercetoolsConfig, ensure, load_model
from passerelle.retailer import Erp, SftpServer, generate
from passerelle.sandbox import Sandbox, SandboxConfig

PROJECT = Path(__file__).parents[2]
SEED = 2026
MOMENTS = 25
STYLES, STORES, ORDERS = 5, 1, 8
#: One feed of each kind, and both directions of orders: what differs between countries is only data.
FEEDS = ("categories-fr", "products-fr", "products-be", "prices-fr", "prices-pl", "stock", "orders-out")


@dataclass
class Story:
    """One retailer: its folder on the SFTP server, its project in the shop, its home."""

    name: str
    home: Path
    erp_root: Path
    shop: Sandbox
    sftp: SftpServer
    mappings: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the command line needs to find this retailer."""
        shop = "PASSERELLE_COMMERCETOOLS__"
        sftp = "PASSERELLE_SFTP__"
        return {
            **os.environ,
            "PASSERELLE_HOME": str(self.home),
            "PASSERELLE_MAPPINGS": str(self.mappings),
            "PASSERELLE_ORDER_LAG": "0",
            "PASSERELLE_SFTP_ROOT": self.name,
            f"{sftp}HOST": self.sftp.host,
            f"{sftp}PORT": str(self.sftp.port),
            f"{sftp}USERNAME": self.sftp.user,
            f"{sftp}PASSWORD": self.sftp.password,
            f"{sftp}HOST_KEYS": json.dumps([self.sftp.host_key]),
            f"{shop}PROJECT_KEY": self.name,
            f"{shop}CLIENT_ID": self.shop.client_id,
            f"{shop}CLIENT_SECRET": self.shop.client_secret.get_secret_value(),
            f"{shop}AUTH_URL": self.shop.url,
            f"{shop}API_URL": self.shop.url,
            f"{shop}CONCURRENCY": "4",
        }

    async def set_up(self) -> None:
        """Give the shop its model, and the ERP its full files."""
        config = CommercetoolsConfig(
            project_key=self.name,
            client_id=self.shop.client_id,
            client_secret=self.shop.client_secret,
            auth_url=self.shop.url,
            api_url=self.shop.url,
        )
        async with Client(config) as client:
            await ensure(client, load_model(PROJECT / "mappings" / "commercetools" / "model.yaml"))
        generate(self.erp_root, seed=SEED, styles=STYLES, stores=STORES, step="full")

    def next_day(self) -> list[str]:
        """The ERP sends its deltas, customers order; the order numbers."""
        generate(self.erp_root, seed=SEED, styles=STYLES, stores=STORES, step="delta1")
        return self.shop.shop(ORDERS, seed=SEED, project=self.name)

    def run(self) -> subprocess.Popen[bytes]:
        """Start `passerelle run all` in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "passerelle.cli.app", "run", "all"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=PROJECT,
        )

    def run_through(self) -> int:
        """Run to the end, successfully; how often it asked the shop."""
        before = self.asked()
        process = self.run()
        try:
            _, words = process.communicate(timeout=600)
        finally:
            self._kill(process)
        assert process.returncode == 0, words.decode()[-2000:]
        return self.asked() - before

    def run_killed_at(self, call: int, behind: float) -> bool:
        """Run and kill so many seconds after the shop was asked so often; False when it was over before."""
        before = self.asked()
        process = self.run()
        try:
            while process.poll() is None and self.asked() - before < call:
                time.sleep(0.002)  # between two looks, not instead of one
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=behind)
        finally:
            self._kill(process)
        return process.returncode == -signal.SIGKILL

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        """End a run that has not ended: nobody else does, it has a process group of its own."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def asked(self) -> int:
        """How often the shop was asked until now."""
        stats = self.shop.stats()
        return int(stats["reads"]) + int(stats["writes"])

    def erp(self) -> Erp:
        """The ERP, opened on what it knows already."""
        return Erp(self.erp_root, state=self.home / "erp-state")

    def dump(self) -> dict[str, Any]:
        """What the shop shows."""
        return self.shop.dump(self.name)


def _leave_few(folder: Path) -> None:
    """Take away the feeds that this story does not have; of a country's file, the documents of the others."""
    for path in folder.glob("*.yaml"):
        head, *feeds = path.read_text("utf-8").split("---\n")
        kept = [feed for feed in feeds if set(re.findall(r"^feed: (\S+)$", feed, re.MULTILINE)) & set(FEEDS)]
        if kept:
            path.write_text("---\n".join([head, *kept]), encoding="utf-8")
        elif feeds or path.stem not in (*FEEDS, "product-texts"):
            path.unlink()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Sandbox, SftpServer, Path]]:
    """One SFTP server and one commerce API for all retailers of this module."""
    base = tmp_path_factory.mktemp("street")
    mappings = base / "mappings"
    shutil.copytree(PROJECT / "mappings", mappings)
    _leave_few(mappings / "erp")
    config = SandboxConfig(any_project=True)
    with Sandbox(config) as shop, SftpServer(base / "sftp") as sftp:
        yield base, shop, sftp, mappings


def _story(street: tuple[Path, Sandbox, SftpServer, Path], name: str) -> Story:
    base, shop, sftp, mappings = street
    home = base / "homes" / name
    home.mkdir(parents=True)
    return Story(name, home, base / "sftp" / name, shop, sftp, mappings)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_after_a_kill_the_next_run_makes_good(
    street: tuple[Path, Sandbox, SftpServer, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at any of 25 random moments and run again, the shop equals that of an undisturbed run.

    A moment is a number of calls to the shop, or a little later, while files are carried: a machine that is
    slow comes to it later, and comes to it.

    The ERP has every order once, also when it takes its files between the kill and the next run. Half of
    the kills hit the first load, half the deltas with the order export. Stock is carried before orders: what
    these take off it is worked out by one run more, in every story.
    """
    undisturbed = _story(street, "undisturbed")
    await undisturbed.set_up()
    # How often such a run asked the shop when one went through last.
    lengths = {"first load": undisturbed.run_through()}
    numbers = undisturbed.next_day()
    lengths["deltas, orders"] = undisturbed.run_through()
    undisturbed.run_through()
    wanted = undisturbed.dump()
    assert sorted(order.number for order in undisturbed.erp().take_orders().orders) == sorted(numbers)

    dice = random.Random(SEED)  # noqa: S311 - moments, no secrets
    told = Table("no", "stage", "killed at call", "of", "state", title=f"SIGKILL at {MOMENTS} moments")
    killed = 0
    for number in range(MOMENTS):
        story = _story(street, f"kill-{number:02d}")
        await story.set_up()
        first_load = number % 2 == 0
        if not first_load:
            lengths["first load"] = story.run_through()
            assert story.next_day() == numbers
        stage = "first load" if first_load else "deltas, orders"
        moment, behind = dice.randrange(1, lengths[stage]), dice.choice([0.0, dice.uniform(0, 0.2)])
        hit = story.run_killed_at(moment, behind)
        killed += hit
        when = f"{moment} + {behind:.2f} s"
        told.add_row(
            str(number),
            stage,
            when,
            str(lengths[stage]),
            "killed" if hit else "over before",
        )
        if not first_load and number % 4 == 1:
            # The ERP is quick: it takes what lies there before anybody runs again.
            story.erp().take_orders()
        story.run_through()
        if first_load:
            assert story.next_day() == numbers
            lengths["deltas, orders"] = story.run_through()
        story.run_through()
        erp = story.erp()
        erp.take_orders()
        assert sorted(erp.orders) == sorted(numbers), f"moment {number} (call {when}): lost orders"
        assert erp.duplicates == [], f"moment {number} (call {when}): orders twice"
        assert erp.refused_files == []
        assert story.dump() == wanted, f"moment {number} (call {when}): another shop"
    with capsys.disabled():
        Console().print("\n", told)
    assert killed >= MOMENTS // 2, "most runs were over before their moment: the moments prove little"
