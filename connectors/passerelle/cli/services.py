"""Services: programs that a command starts beside itself, and stops again with all their children."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psutil

from ..errors import ConfigError, Fatal
from ..ledger.owners import lives, process_started

__all__ = ["Service", "claim", "end_session", "how_it_ended"]

_LAST_LINES = 15
#: So long have the children of a killed service to end by themselves.
_END_SECONDS = 5.0


class Service:
    """One program in a session of its own, so that Ctrl-C reaches us and not it; its output goes to a log.

    Whatever it started is found by that session, even after it is gone itself.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        stop_seconds: float,
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._folder = folder
        self._environment = environment
        self._stop_seconds = stop_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._trace = log.with_suffix(".pid")

    def end_leftover(self) -> None:
        """End what is left of this service from a command that was killed before it could stop it."""
        with suppress(FileNotFoundError):
            holder = _read_holder(self._trace)
            if lives(holder.pid, holder.started):
                with suppress(psutil.NoSuchProcess):
                    left = psutil.Process(holder.pid)
                    left.terminate()
                    with suppress(psutil.TimeoutExpired):
                        left.wait(self._stop_seconds)
                kill_group(holder.pid)
            elif not psutil.pid_exists(holder.pid):
                # It was killed itself, and its children work on. Nobody else can have a session of its
                # number: a number is not given out again while a session bears it.
                end_session(holder.pid)
        self._trace.unlink(missing_ok=True)

    def start(self) -> None:
        """Start it; what it says goes on in its log, of which one is kept from before."""
        if self._process is None and self.log.exists():
            self.log.replace(self.log.with_suffix(f"{self.log.suffix}.1"))
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and modules, no shell
                self._command,
                cwd=self._folder,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _write_holder(self._trace, self._process.pid, self.name)

    def stop(self) -> None:
        """Ask it to end, and end it with all its children when its time is over."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
        kill_group(self._process.pid)
        self._process.wait()
        self._trace.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def ended(self) -> int | None:
        """The exit code when it has ended by itself, a signal as negative number; None while it works."""
        return None if self._process is None else self._process.poll()

    def clear(self) -> None:
        """End what an ended service left at work: its children, which nobody would stop any more."""
        if self._process is not None:
            end_session(self._process.pid)

    def last_words(self) -> Fatal:
        """Make the error that says how it ended, with the last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        return Fatal(
            f"The {self.name} {how_it_ended(self.ended)}",
            advice="\n".join(["Its last words:", *lines, f"All of them: {self.log}"]),
        )

    def check(self) -> None:
        """Raise Fatal with the last lines of its log when it has ended by itself."""
        if self.ended is not None:
            raise self.last_words()


def how_it_ended(code: int | None) -> str:
    """Say an exit code in words: `ended with code 1`, `was killed (SIGKILL)`."""
    if code is None or code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed ({signal.Signals(-code).name})"
    except ValueError:
        return f"was killed (signal {-code})"


def kill_group(leader: int) -> None:
    """Kill what is left of a process group; nothing left is fine."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def end_session(leader: int, *, seconds: float = _END_SECONDS) -> int:
    """End the processes of a session whose leader is gone, kindly first; count them."""
    left = [process for process in psutil.process_iter() if _session(process.pid) == leader]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, alive = psutil.wait_procs(left, timeout=seconds)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=seconds)
    return len(left)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


class _Holder(msgspec.Struct, frozen=True):
    pid: int
    started: float
    what: str


@contextmanager
def claim(path: Path, *, what: str) -> Iterator[None]:
    """Hold a file as the sign that this process is at work; raises ConfigError when a live one holds it.

    A holder that died (its pid is gone, or was given to another process) is no obstacle.
    """
    with suppress(FileNotFoundError):
        holder = _read_holder(path)
        if lives(holder.pid, holder.started):
            raise ConfigError(
                f"Already at work as process {holder.pid}: {holder.what}",
                advice=f"Use that one, or stop it with: kill {holder.pid}",
            )
    _write_holder(path, os.getpid(), what)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _write_holder(path: Path, pid: int, what: str) -> None:
    with suppress(psutil.NoSuchProcess):  # it ended at once: whoever checks on it says so
        path.write_bytes(msgspec.json.encode(_Holder(pid, process_started(pid), what)))


def _read_holder(path: Path) -> _Holder:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Holder)
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{path} cannot be read: {error}", advice="If nothing is at work, delete it"
        ) from error
