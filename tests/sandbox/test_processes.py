"""The sandbox as a process: parallel writers, files, and how it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import orjson
import psutil
import pytest
from pydantic import SecretStr

from passerelle.errors import Fatal
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.sandbox.shopfront import DEPOT, NO_TLS, Shopfront, product, token_of, variant
from tests.waiting import until


async def test_one_of_many_parallel_updates_wins(sandbox: Sandbox) -> None:
    """Of 40 updates of one version sent at once, one is applied and 39 are told the current version."""
    front = Shopfront(sandbox, "parallel")
    front.create("inventory", {"key": "stock-1", "sku": "A", "quantityOnStock": 0})
    front.close()
    headers = {"authorization": f"Bearer {token_of(sandbox)}"}
    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(
        base_url=f"{sandbox.url}/parallel/", headers=headers, limits=limits, timeout=30, verify=NO_TLS
    ) as http:
        answers = await asyncio.gather(
            *(
                http.post(
                    "inventory/key=stock-1",
                    json={"version": 1, "actions": [{"action": "changeQuantity", "quantity": n}]},
                )
                for n in range(1, 41)
            )
        )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 39}
        conflicts = [answer.json()["errors"][0] for answer in answers if answer.status_code == 409]
        assert {conflict["currentVersion"] for conflict in conflicts} == {2}
        won = next(answer.json() for answer in answers if answer.status_code == 200)
        assert (await http.get("inventory/key=stock-1")).json() == won


def test_state_outlives_the_process(tmp_path: Path) -> None:
    """What was there when the sandbox was stopped is there when it starts again, indexes included."""
    config = SandboxConfig(state=tmp_path / "shop.json")
    with Sandbox(config) as sandbox:
        front = Shopfront(sandbox, "demo")
        front.catalogue()
        front.create("products", product("style-1", variant("A", colour="012"), publish=True))
        before, dumped = front.get("products/key=style-1"), sandbox.dump()
        front.close()
    with Sandbox(config) as sandbox:
        front = Shopfront(sandbox, "demo")
        assert front.get("products/key=style-1") == before
        assert sandbox.dump() == dumped
        front.refused("POST", "products", product("style-2", variant("A")), code="DuplicateField")
        front.update("products/key=style-1", 1, {"action": "unpublish"})
        front.close()


def test_killed_sandbox_keeps_what_was_saved(tmp_path: Path) -> None:
    """A process that is killed leaves the file as it was saved last, whole, and nothing beside it."""
    config = SandboxConfig(state=tmp_path / "shop.json")
    sandbox = Sandbox(config)
    with sandbox:
        front = Shopfront(sandbox, "demo")
        front.create("channels", DEPOT)
        assert sandbox.control("POST", "/save") == {"documents": 1}
        front.create("channels", {"key": "later"})
        front.close()
        sandbox.kill()
    assert [path.name for path in tmp_path.iterdir()] == ["shop.json"]
    with Sandbox(config) as again:
        front = Shopfront(again, "demo")
        assert [channel["key"] for channel in front.results("channels")] == ["depot-001"]
        front.close()


def test_saving_needs_a_file(sandbox: Sandbox) -> None:
    """A sandbox without a state file says so."""
    with pytest.raises(Fatal, match="without a state file"):
        sandbox.control("POST", "/save")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"format": 1, "projects": {"demo": {"widget": []}}}', b"\x00"]
)
def test_broken_state_is_refused(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that is no state stops the start, with its name; it is left as it was."""
    file = tmp_path / "shop.json"
    file.write_bytes(content)
    with pytest.raises(Fatal, match="did not start"), Sandbox(SandboxConfig(state=file)):
        pass
    assert "shop.json" in capfd.readouterr().err
    assert file.read_bytes() == content


def test_taken_port_is_refused(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    """A port that another server has is an error at the start."""
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(Fatal, match="did not start"), Sandbox(SandboxConfig(port=port)):
        pass
    assert str(port) in capfd.readouterr().err


PARENT = """
import sys, time
from passerelle.sandbox import Sandbox
sandbox = Sandbox()
sandbox.__enter__()
print(sandbox.pid, flush=True)
time.sleep(600)
"""


def test_sandbox_ends_with_its_parent() -> None:
    """When the process that started it is killed, the sandbox ends by itself."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert psutil.pid_exists(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def gone() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    until(gone)


def test_command_line(tmp_path: Path) -> None:
    """Started by hand it prints where it is, takes its secret from the environment, and saves on SIGTERM."""
    state = tmp_path / "shop.json"
    arguments = ["--project", "boutique", "--client-secret-env", "SHOP_SECRET", "--state", str(state)]
    process = subprocess.Popen(
        [sys.executable, "-m", "passerelle.sandbox", *arguments],
        stdout=subprocess.PIPE,
        env={**os.environ, "SHOP_SECRET": "très-secret"},
    )
    assert process.stdout is not None
    where = orjson.loads(process.stdout.readline())
    assert where["pid"] == process.pid
    assert where["url"].startswith("http://127.0.0.1:")
    answer = httpx.post(
        f"{where['url']}/oauth/token",
        auth=("sandbox-client", "très-secret"),
        data={"grant_type": "client_credentials"},
        verify=NO_TLS,
        timeout=60,
    )
    assert answer.json()["scope"] == "manage_project:boutique"
    process.terminate()
    process.wait(60)
    process.stdout.close()
    assert orjson.loads(state.read_bytes())["projects"].keys() == {"boutique"}


def test_secrets_do_not_show() -> None:
    """A configuration can be printed without its secrets, and they are in no process list."""
    config = SandboxConfig(client_secret=SecretStr("très-secret"))
    assert "très-secret" not in repr(config)
    with Sandbox(config) as sandbox:
        assert sandbox.pid is not None
        assert "très-secret" not in " ".join(psutil.Process(sandbox.pid).cmdline())
        assert token_of(sandbox)


def test_any_project_keeps_projects_apart(sandbox: Sandbox) -> None:
    """Each project key is a shop of its own."""
    one, other = Shopfront(sandbox, "shop-one"), Shopfront(sandbox, "shop-two")
    one.create("channels", DEPOT)
    assert other.get("channels")["total"] == 0
    other.create("channels", DEPOT)
    one.close()
    other.close()
