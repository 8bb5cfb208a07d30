"""Up: a Prefect server and all deployments of prefect.yaml on this machine, started and stopped as one."""

from __future__ import annotations

import base64
import importlib.util
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import certifi
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..errors import ConfigError, Fatal, PasserelleError
from .services import Service, claim
from .supervising import Supervisor

__all__ = ["PrefectUp", "Served", "UpOptions", "prefect_environment", "run"]

HOST = "127.0.0.1"
_START_SECONDS = 180.0
#: Prefect gives a cancelled run 30 seconds to end; then come hooks and the last calls to the server.
_DRAIN_SECONDS = 60.0
_SERVER_STOP_SECONDS = 20.0
_PAGE_STOP_SECONDS = 65.0
_PAGE_NEEDS = ("starlette", "uvicorn", "jinja2")


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """Where and how to serve.

    `home` is the workspace's home (logs and Prefect's database go to `prefect/` below it); `project` holds
    prefect.yaml and flows/. `schedules` True sets all schedules going, False pauses them, None leaves each
    deployment as people set it. `limit` is how many runs may be at work at the same time. Every `sweep`
    seconds the runner looks for runs that only claim to live. On `web_port` the operators' page is served
    beside the Prefect UI; None serves none.
    """

    home: Path
    project: Path
    port: int = 4200
    schedules: bool | None = None
    limit: int = 4
    sweep: float = 10.0
    web_port: int | None = None


class Served(msgspec.Struct, frozen=True):
    """One deployment as the server knows it."""

    id: str
    name: str
    feed: str | None
    paused: bool
    schedules: list[str]


class PrefectUp:
    """Server and deployments, as long as the `with` block lasts; healthy once it is entered.

    Raises ConfigError when it cannot start here (Prefect missing, port taken, already up) and Fatal when a
    part does not get healthy. On leaving, running flows are cancelled, and no process is left behind.
    `stop` is looked at while waiting: set it from a signal handler. What happens meanwhile is told to `say`.
    """

    def __init__(
        self,
        options: UpOptions,
        *,
        stop: threading.Event | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.options = options
        self.stop = threading.Event() if stop is None else stop
        self._say = say
        self.folder = options.home.resolve() / "prefect"
        self.url = f"http://{HOST}:{options.port}"
        self.deployments: list[Served] = []
        self._services: list[Service] = []
        self._spare: list[Service] = []
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        _check_installed()
        _check_project(self.options.project)
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(claim(self.folder / "up.json", what=f"passerelle up, {self.url}"))
            environment = prefect_environment(self.folder, self.options.port)
            ready = self.folder / "served.json"
            ready.unlink(missing_ok=True)
            server, flows = self._server(environment), self._flows(environment, ready)
            page = self._page(environment)
            for service in (*page, flows, server):
                service.end_leftover()
            _check_port(self.options.port, "--port")
            if page and self.options.web_port is not None:
                _check_port(self.options.web_port, "--web-port")
            stack.enter_context(server)
            stack.enter_context(flows)  # loads while the server starts
            self.deployments = self._await_deployments(server, flows, ready)
            for service in page:
                stack.enter_context(service)
            self._services, self._spare = [server, flows], page
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def wait(self) -> None:
        """Return when `stop` is set; meanwhile start again what ends by itself.

        Raises:
            Fatal: a service ended five times in a row; with its last words.
        """
        supervisor = Supervisor(self._services, spare=self._spare, say=self._say)
        while not self.stop.wait(0.5):
            supervisor.check()

    def _server(self, environment: Mapping[str, str]) -> Service:
        return Service(
            "Prefect server",
            [
                sys.executable,
                "-m",
                "prefect",
                "server",
                "start",
                "--host",
                HOST,
                "--port",
                str(self.options.port),
            ],
            folder=self.options.project,
            environment=environment,
            log=self.folder / "server.log",
            stop_seconds=_SERVER_STOP_SECONDS,
        )

    def _flows(self, environment: Mapping[str, str], ready: Path) -> Service:
        command = [
            sys.executable,
            "-m",
            "flows.serve",
            "--ready",
            str(ready),
            "--limit",
            str(self.options.limit),
            "--sweep",
            str(self.options.sweep),
            "--sole",
        ]
        if self.options.schedules is not None:
            command.append("--schedules" if self.options.schedules else "--no-schedules")
        return Service(
            "runner of the flows",
            command,
            folder=self.options.project,
            environment=environment,
            log=self.folder / "flows.log",
            stop_seconds=_DRAIN_SECONDS,
        )

    def _page(self, environment: Mapping[str, str]) -> list[Service]:
        """Give the operators' page as a service, when it is wanted."""
        port = self.options.web_port
        if port is None:
            return []
        if missing := [name for name in _PAGE_NEEDS if importlib.util.find_spec(name) is None]:
            self._say(f"The operators' page needs {', '.join(missing)}: pip install 'passerelle[web]'")
            return []
        from ..web.serving import web_command  # noqa: PLC0415 - its parts are an extra

        return [
            Service(
                "operators' page",
                web_command(port),
                folder=self.options.project,
                environment=environment,
                log=self.folder / "web.log",
                stop_seconds=_PAGE_STOP_SECONDS,
            )
        ]

    def _await_deployments(self, server: Service, flows: Service, ready: Path) -> list[Served]:
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            for service in (server, flows):
                service.check()
            if time.monotonic() > deadline:
                raise Fatal(
                    f"The deployments were not ready within {_START_SECONDS:.0f} s",
                    advice=f"The last words of the server and the flows are in {self.folder}",
                )
            if self.stop.wait(0.1):
                raise KeyboardInterrupt
        return msgspec.json.decode(ready.read_bytes(), type=list[Served])


def run(options: UpOptions) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code: 0, or 1 with the reason printed."""
    console = Console()
    stop = threading.Event()
    try:
        with _signals_set(stop), ExitStack() as running:
            with console.status("Starting the Prefect server and the deployments…"):
                up = running.enter_context(
                    PrefectUp(options, stop=stop, say=lambda line: console.print(escape(line)))
                )
            _show(console, up)
            up.wait()
            console.print("Stopping: runs at work are cancelled, the ledger keeps what they did…")
    except KeyboardInterrupt:
        console.print("Stopped before it was up.")
    except PasserelleError as error:
        Console(stderr=True).print(f"[bold red]{escape(error.message)}[/]\n{escape(error.advice)}")
        return 1
    console.print("Stopped.")
    return 0


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal ask for a stop, also while stopping: that gets its time."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(console: Console, up: PrefectUp) -> None:
    table = Table(title="Deployments", title_justify="left")
    for head in ("deployment", "feed", "schedule", "state"):
        table.add_column(head)
    for served in up.deployments:
        schedules = ", ".join(served.schedules) or "by hand"
        table.add_row(served.name, served.feed or "", schedules, "paused" if served.paused else "on")
    console.print(table)
    if any(served.paused for served in up.deployments):
        console.print("Paused schedules start with: passerelle up --schedules")
    if up.options.web_port is not None:
        console.print(f"Operators' page: [bold]http://{HOST}:{up.options.web_port}[/]")
    console.print(f"Open [bold]{up.url}[/], stop with Ctrl-C. Logs: {escape(str(up.folder))}")


def _check_installed() -> None:
    if importlib.util.find_spec("prefect") is None:
        raise ConfigError(
            "Prefect is not installed", advice="Install it with: pip install 'passerelle[prefect]'"
        )


def _check_project(project: Path) -> None:
    missing = [name for name in ("prefect.yaml", "flows/serve.py") if not (project / name).is_file()]
    if missing:
        raise ConfigError(
            f"{project} has no {' and no '.join(missing)}",
            advice="Start this in the folder of the project, where prefect.yaml and flows/ are",
        )


def _check_port(port: int, option: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ConfigError(
                f"Port {port} on {HOST} is taken ({error.strerror})",
                advice=f"Stop what listens there, or choose another port: passerelle up {option} {port + 1}",
            ) from error


def prefect_environment(folder: Path, port: int) -> dict[str, str]:
    """Set Prefect up for one machine: own home, local only, quiet, and records written in batches.

    Without batches a task run costs the server four times the CPU, and SQLite answers "database is locked".
    Values in the first group may be set by the operator, the others are ours.
    """
    tunable = {
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_RUNNER_POLL_FREQUENCY": "3",
        # The shortest that Prefect allows: a run whose machine is gone is known after 90 s, not after 9 min.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_LOGGING_LEVEL": "INFO",
    }
    fixed = {
        "PASSERELLE_HOME": str(folder.parent),
        "PREFECT_HOME": str(folder),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_UI_URL": f"http://{HOST}:{port}",
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_ENABLED": "true",
        # The newer UI asks a tracking host for its settings even with analytics off; the first one does not.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # Prefect lets the pages of every site ask a server of this machine; ours answers its own page alone.
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port},http://localhost:{port}",
        # Each of its clients would read all authorities of the internet (0.15 s of CPU, four times a run) to
        # talk to this machine without TLS.
        "PREFECT_API_SSL_CERT_FILE": str(_one_authority(folder)),
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
    }
    if (key := _encryption_key(folder)) is not None:
        tunable["PREFECT_SERVER_ENCRYPTION_KEY"] = key
    # A profile or key for another server (Prefect Cloud) would send our runs there.
    foreign = {"PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"}
    inherited = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**tunable, **inherited, **fixed}


def _encryption_key(folder: Path) -> str | None:
    """Give the key for the secrets in Prefect's blocks, made at the first start; None: Prefect has its own.

    Prefect's own key stands in the same database as what it encrypts. A database that was made without our
    file goes on with that one: another key could not read what is there.
    """
    path = folder / "encryption.key"
    if not path.exists():
        if (folder / "prefect.db").exists():
            return None
        # A Fernet key: 32 random bytes, base64 with the alphabet of URLs.
        made = base64.urlsafe_b64encode(secrets.token_bytes(32))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
    return path.read_text(encoding="ascii")


def _one_authority(folder: Path) -> Path:
    """Give a file with one certificate authority, for clients that load some and use none."""
    path = folder / "authority.pem"
    if not path.exists():
        end = "-----END CERTIFICATE-----\n"
        first = Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0]
        path.write_text(first[first.index("-----BEGIN") :] + end, encoding="ascii")
    return path
