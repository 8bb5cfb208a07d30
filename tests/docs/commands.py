"""Commands as documentation and templates write them, held against the programs' own parsers; none is run."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args, get_origin

import cyclopts
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.feeds import Settings
from passerelle.operations.alerting.settings import AlertSettings
from passerelle.web.settings import WebSettings

from .links import ROOT

__all__ = ["check_command", "check_variable", "commands_in"]

_MODELS: tuple[type[BaseSettings], ...] = (Settings, AlertSettings, WebSettings)
_PROGRAMS = ("passerelle", "prefect")
_LINE = re.compile(r"^\s*(?:\$ )?(?:sudo (?:-\w+ \S+ )*)?(?:\S*/bin/)?((?:passerelle|prefect) .*)$")


def commands_in(text: str) -> Iterator[list[str]]:
    """List the commands of ours in a script: one a line, with or without a prompt, sudo and a folder."""
    for line in text.replace("\\\n", " ").splitlines():
        if found := _LINE.match(line):
            for part in re.split(r"\s(?:&&|\|\||\||;|>>?)\s", found[1]):
                words = shlex.split(part, comments=True)
                if words and words[0] in _PROGRAMS:
                    yield words


def check_command(words: Sequence[str]) -> None:
    """Raise ValueError when the program has no such command, or the command no such option."""
    program, *rest = words
    name = program.rpartition("/")[2]
    if name == "passerelle":
        _check_ours(rest)
    elif name == "prefect":
        _check_prefect(rest)
    else:
        raise ValueError(f"{program} is no program of ours")


def _check_ours(words: list[str]) -> None:
    if words[:1] == ["--env"]:  # its file is the reader's
        words = words[2:]
    # Help is shown once all words are understood, and before anything is done.
    result = CliRunner().invoke(app, [*words, "--help"])
    if result.exit_code:
        raise ValueError(f"passerelle {shlex.join(words)}: {result.output}")


def _check_prefect(words: list[str]) -> None:
    # Loading it takes seconds; its parser has no public name.
    from prefect.cli._app import _app  # noqa: PLC0415 - as said

    rest = [word for word in words if word not in {"--no-prompt", "--prompt"}]
    try:
        _app.parse_args(rest, exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        raise ValueError(f"prefect {shlex.join(words)}: {error}") from error


def check_variable(name: str) -> None:
    """Raise ValueError when neither Passerelle nor Prefect reads such a variable of the environment.

    A secret may come from a file, which `NAME_FILE` names, or from a block of Prefect (`NAME_BLOCK`).
    """
    plain = name.removesuffix("_FILE").removesuffix("_BLOCK")
    if name.startswith("PASSERELLE_"):
        known = any(_reads_it(model, plain) for model in _MODELS) or name in _read_elsewhere()
    else:
        known = plain in _prefect_variables()
    if not known:
        raise ValueError(f"nothing reads {name}")


def _reads_it(model: type[BaseSettings], name: str) -> bool:
    prefix = str(model.model_config.get("env_prefix", ""))
    return name.startswith(prefix) and _reads(model, name.removeprefix(prefix).lower().split("__"))


def _reads(kind: Any, words: list[str]) -> bool:
    """Tell whether a setting of this type has a part of these names; a dictionary takes any key."""
    if not words:
        return True
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(words[0])
        return field is not None and _reads(field.annotation, words[1:])
    if get_origin(kind) is dict:
        return _reads(get_args(kind)[1], words[1:])
    return any(_reads(part, words) for part in get_args(kind))


@cache
def _read_elsewhere() -> frozenset[str]:
    """Variables that are read where they are needed, and are no settings of a workspace."""
    sources = (path.read_text("utf-8") for path in (ROOT / "connectors").rglob("*.py"))
    return frozenset(name for text in sources for name in re.findall(r"\"(PASSERELLE_[A-Z_]+)\"", text))


@cache
def _prefect_variables() -> frozenset[str]:
    from prefect.server.utilities import encryption  # noqa: PLC0415 - loads Prefect, as do the next ones
    from prefect.settings import Settings as PrefectSettings  # noqa: PLC0415
    from prefect.settings.legacy import _get_settings_fields  # noqa: PLC0415 - there is no public list

    apart = re.findall(r"\"(PREFECT_[A-Z_]+)\"", inspect.getsource(encryption))
    return frozenset([*_get_settings_fields(PrefectSettings), *apart])
