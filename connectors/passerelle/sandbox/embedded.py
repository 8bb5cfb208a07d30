"""A sandbox for the length of a `with` block: in a process of its own, or in a thread of this one."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import orjson
from pydantic import SecretStr

from ..errors import Fatal
from .config import SandboxConfig
from .server import HOST, SandboxServer, listen

__all__ = ["Sandbox"]

# So long may a start take, and an answer of the control plane, while others keep the machine busy.
_START_SECONDS = 60
# Whoever is not done by then is killed, and with it goes the state that it was writing.
_STOP_SECONDS = 30
# Orders that are brought in at once: well within the time that an answer of the control plane may take.
_PART = 1_000


class Sandbox:
    """A running sandbox, its address and its control plane.

    `in_process=True` serves from a thread: it starts sooner and shares this interpreter's lock. Otherwise a
    process of its own serves, which ends with this one, however this one ends.
    """

    def __init__(self, config: SandboxConfig | None = None, *, in_process: bool = False) -> None:
        self.config = config or SandboxConfig()
        self.url = ""
        #: Where the Import API is.
        self.import_url = ""
        self._in_process = in_process
        self._process: subprocess.Popen[bytes] | None = None
        self._server: SandboxServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def project(self) -> str:
        """The project key."""
        return self.config.project

    @property
    def client_id(self) -> str:
        """The id of the API client."""
        return self.config.client_id

    @property
    def client_secret(self) -> SecretStr:
        """The secret of the API client."""
        return self.config.client_secret

    @property
    def pid(self) -> int | None:
        """The server's process; None when it is this one."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        """Start, and return when requests are taken.

        Raises:
            Fatal: the server did not start; its own words are in the message.
        """
        if self._in_process:
            self._start_thread()
        else:
            self._start_process()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; a state file is written."""
        self.close()

    def close(self) -> None:
        """Stop, if running."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        server, self._server = self._server, None
        if server is not None:
            server.should_exit = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_STOP_SECONDS)

    def kill(self) -> None:
        """End the process at once, as a power cut does; nothing is saved."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            _end(process)

    def _start_process(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "passerelle.sandbox", "--config-on-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._process = process
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise Fatal("The sandbox was started without pipes")
        timer = threading.Timer(_START_SECONDS, process.kill)
        timer.start()
        try:
            stdin.write(_with_secrets(self.config) + b"\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
        if not line:
            status = process.wait(_STOP_SECONDS)
            self.close()
            raise Fatal(
                f"The sandbox did not start (exit status {status})",
                advice="Its own words are on standard error",
            )
        said = orjson.loads(line)
        self.url, self.import_url = said["url"], said["importUrl"]

    def _start_thread(self) -> None:
        ports: Future[tuple[int, int]] = Future()
        server = SandboxServer(self.config, lambda *found: ports.set_result(found))
        listening = [listen(self.config.port), listen(self.config.import_port)]

        def serve() -> None:
            with listening[0], listening[1]:
                server.run(sockets=listening)

        self._server = server
        self._thread = threading.Thread(target=serve, name="sandbox", daemon=True)
        self._thread.start()
        try:
            self.url, self.import_url = (f"http://{HOST}:{port}" for port in ports.result(_START_SECONDS))
        except TimeoutError as error:
            self.close()
            raise Fatal("The sandbox did not start in time") from error

    # The control plane, for those who do not want to speak HTTP to it.

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control plane: `control("GET", "/stats")`.

        Raises:
            Fatal: it refused, with its reason.
        """
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            address.hostname or HOST, address.port, timeout=_START_SECONDS
        )
        try:
            content = None if body is None else orjson.dumps(body)
            connection.request(method, f"/_sandbox{path}", body=content)
            response = connection.getresponse()
            answer = orjson.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise Fatal(f"The sandbox refused {method} {path}: {answer}")
        return answer

    def stats(self) -> dict[str, Any]:
        """Counts since the last reset: `reads`, `writes`, `tokens`, `faults`, and `counts` in detail."""
        counts: dict[str, Any] = self.control("GET", "/stats")
        return counts

    def reset_stats(self) -> None:
        """Begin counting anew."""
        self.control("POST", "/stats/reset")

    def reset(self) -> None:
        """Begin with an empty shop."""
        self.control("POST", "/reset")

    def fail(self, *faults: dict[str, Any]) -> None:
        """Queue faults: `fail({"kind": "status", "status": 503, "method": "write", "count": 2})`."""
        self.control("POST", "/faults", list(faults))

    def pass_time(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass at once, and what becomes due in it happen."""
        self.control("POST", "/clock", {"seconds": seconds, "hours": hours, "days": days})

    def edit(
        self,
        path: str,
        key: str,
        *actions: dict[str, Any],
        client: str = "merchant-center",
        project: str | None = None,
    ) -> dict[str, Any]:
        """Change a resource as somebody else: `edit("products", "style-1")`. No actions: its version only.

        Raises:
            Fatal: it is not there, or an action is refused.
        """
        body = {"path": path, "key": key, "actions": list(actions), "client": client}
        edited: dict[str, Any] = self.control("POST", f"/{project or self.project}/edit", body)
        return edited

    def keep_messages(self, *, enabled: bool = True, days: int = 15, project: str | None = None) -> None:
        """Keep messages of what happens, for so many days, or keep none any more."""
        body = {"enabled": enabled, "deleteDaysAfterCreation": days}
        self.control("POST", f"/{project or self.project}/messages", body)

    def log(self, limit: int = 100) -> list[dict[str, Any]]:
        """The last requests, oldest first."""
        entries: list[dict[str, Any]] = self.control("GET", f"/log?{urlencode({'limit': limit})}")
        return entries

    def dump(self, project: str | None = None) -> dict[str, Any]:
        """The shop without ids, versions and times, to compare with another."""
        query = urlencode({"project": project or self.project})
        content: dict[str, Any] = self.control("GET", f"/dump?{query}")
        return content

    def shop(
        self, orders: int = 1, *, seed: int = 0, countries: Sequence[str] = (), project: str | None = None
    ) -> list[str]:
        """Let customers place paid orders of what is in stock; the order numbers."""
        body: dict[str, Any] = {"orders": orders, "seed": seed}
        if countries:
            body["countries"] = list(countries)
        numbers: list[str] = self.control("POST", f"/{project or self.project}/shop", body)["orderNumbers"]
        return numbers

    def live(self, per_minute: float, *, project: str | None = None, **more: Any) -> None:
        """Let customers place `per_minute` orders, pay, cancel and send back, as time passes here.

        `more` is what `Life` of the package `shopping` takes, in its words: `orders=100, paysLater=0.2`.
        """
        self.control("POST", f"/{project or self.project}/life", {"perMinute": per_minute, **more})

    def lives(self) -> list[dict[str, Any]]:
        """What the customers have done, counted."""
        told: list[dict[str, Any]] = self.control("GET", "/life")
        return told

    def stop_lives(self) -> list[dict[str, Any]]:
        """Let nobody do anything any more; what was done."""
        told: list[dict[str, Any]] = self.control("DELETE", "/life")
        return told

    def deliver(self, project: str | None = None, **rules: Any) -> None:
        """Notify subscriptions in this way from now on: `deliver(duplicates=0.2, disorder=10, seed=1)`."""
        self.control("POST", f"/{project or self.project}/notifications", rules)

    def delivered(self, project: str | None = None) -> bool:
        """Wait until the queues of subscriptions have what they can take; False when that took too long."""
        path = f"/{project or self.project}/notifications/delivered"
        return bool(self.control("POST", path)["delivered"])

    def history(self, orders: int, *, project: str | None = None, **more: Any) -> None:
        """Bring in paid orders of the past, in parts; `more` is what `History` takes (`days=30, seed=1`)."""
        for first in range(1, orders + 1, _PART):
            part = {"orders": min(_PART, orders - first + 1), "first": first, "total": orders, **more}
            self.control("POST", f"/{project or self.project}/history", part)


def _with_secrets(config: SandboxConfig) -> bytes:
    """The configuration as one line, secrets in clear: it goes through a pipe and nowhere else."""
    values = config.model_dump(mode="json")
    values["client_secret"] = config.client_secret.get_secret_value()
    for client, written in zip(config.more_clients, values["more_clients"], strict=True):
        written["secret"] = client.secret.get_secret_value()
    return orjson.dumps(values)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
