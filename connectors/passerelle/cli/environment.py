"""Files of environment variables: written by the sandbox, read before a command."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from ..errors import ConfigError

__all__ = ["load_environment", "write_environment"]


def load_environment(path: Path) -> None:
    """Set every `NAME=value` of the file unless it is set already; shell quoting is understood.

    Raises:
        ConfigError: the file is missing, or a line is no assignment (its number is named, never its value).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path} cannot be read: it is not written in UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            words = shlex.split(line.strip().removeprefix("export "))
        except ValueError as error:
            raise ConfigError(f"{path}, line {number}: {error}") from None
        name, sign, value = words[0].partition("=") if len(words) == 1 else ("", "", "")
        if not sign or not name.isidentifier():
            raise ConfigError(f"{path}, line {number}: expected NAME=value")
        os.environ.setdefault(name, value)


def write_environment(path: Path, variables: Mapping[str, str]) -> None:
    """Write the variables for a shell and for `load_environment`; only the owner may read the file.

    Raises:
        ConfigError: a value has a line break, which no line can hold.
    """
    if broken := [name for name, value in variables.items() if "\n" in value or "\r" in value]:
        raise ConfigError(f"{path}: {', '.join(broken)} cannot be written, the value has a line break")
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
