"""Terminals as a newcomer has them: one to type in, others in which something stays running."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

__all__ = ["Staying", "Typing", "until"]

_END = "--end-of-output--"
#: `passerelle up` gives its server 20 s to stop, the flows 60, its page 65; all else is quicker.
_STOP_SECONDS = 180.0


class Typing:
    """A shell that keeps its settings from command to command."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _end(self._shell, seconds=5)
        for pipe in (self._shell.stdin, self._shell.stdout):
            if pipe is not None:
                pipe.close()

    def enter(self, command: str) -> list[str]:
        """Type a command; give what it prints."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{command} </dev/null\nprintf '\\n%s\\n' {_END}\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        for line in self._shell.stdout:
            if line.rstrip("\n") == _END:
                return printed
            printed.append(line.rstrip("\n"))
        raise AssertionError(f"the shell ended at {command}:\n" + "\n".join(printed))


class Staying:
    """A terminal of its own in which the last command stays; its output goes to a file."""

    def __init__(self, folder: Path, environment: Mapping[str, str], commands: list[str], log: Path) -> None:
        *before, last = commands
        self._log = log
        with log.open("wb") as output:
            self._shell = subprocess.Popen(
                ["bash", "--norc", "--noprofile", "-ec", "\n".join([*before, f"exec {last}"])],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _end(self._shell, seconds=_STOP_SECONDS)

    def printed(self) -> list[str]:
        """Give what stands there by now; fails when the command has ended by itself."""
        # The last letter may be half written.
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        assert self._shell.poll() is None, "\n".join(["it ended by itself:", *lines])
        return lines


def _end(shell: subprocess.Popen[str] | subprocess.Popen[bytes], *, seconds: float) -> None:
    """Ctrl-C, then what is left of it: in its session, and in those of the services that it started."""
    left: list[psutil.Process] = []
    if shell.poll() is None:
        shell.send_signal(signal.SIGINT)
        try:
            shell.wait(seconds)
        except subprocess.TimeoutExpired:
            left = psutil.Process(shell.pid).children(recursive=True)
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGKILL)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    shell.wait()


def until(holds: Callable[[], bool], *, seconds: float, pause: float = 0.5) -> bool:
    """Look again and again until it holds; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
