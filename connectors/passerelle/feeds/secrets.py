"""Secrets: each one also from a file (`NAME_FILE`) or, in flows, from a Prefect block (`NAME_BLOCK`)."""

from __future__ import annotations

import os
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource

from ..errors import ConfigError

__all__ = ["SecretEnvironment", "blocks_named", "check_provided", "is_secret", "provide"]

_FILE = "_file"
_BLOCK = "_block"
#: Stands for a secret until a flow has read its block: the settings can be looked at, nothing can be opened.
_WAITS = "waits for its Prefect block"

#: Values that flows took from blocks, by the name of the variable in lower case.
_provided: dict[str, str] = {}


class SecretEnvironment(EnvSettingsSource):
    """The environment, with the secrets that it names files or blocks of; for settings of any prefix."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(_completed(super()._load_env_vars(), self.settings_cls))


def provide(values: Mapping[str, str]) -> None:
    """Give secrets that were read from blocks, by the variable they stand for: PASSERELLE_LEDGER.

    They hold for every settings that are loaded in this process from now on.
    """
    _provided.update({name.lower(): value for name, value in values.items()})


def blocks_named(settings: type[BaseSettings]) -> dict[str, str]:
    """Name the blocks that secrets of these settings are to be read from, by the variable of each."""
    return {
        secret.upper(): block
        for name, block in os.environ.items()
        if block and name.lower().endswith(_BLOCK) and is_secret(settings, secret := name[: -len(_BLOCK)])
    }


def check_provided(settings: type[BaseSettings]) -> None:
    """Raise ConfigError while a secret waits for its block: only flows can read it."""
    waiting = [name for name in blocks_named(settings) if name.lower() not in _provided]
    if waiting:
        raise ConfigError(
            f"In Prefect blocks, which only flows read: {', '.join(waiting)}",
            advice="For commands set the variable itself, or NAME_FILE",
        )


def is_secret(settings: type[BaseSettings], variable: str) -> bool:
    """Say whether a variable (PASSERELLE_SFTP__PASSWORD) is a secret of these settings."""
    name, prefix = variable.lower(), settings.model_config.get("env_prefix", "").lower()
    return name.startswith(prefix) and _leads_to_secret(settings, name[len(prefix) :].split("__"))


def _completed(
    environment: Mapping[str, str | None], settings: type[BaseSettings]
) -> Iterator[tuple[str, str | None]]:
    """Walk the environment with the secrets put in; raises ConfigError naming all that cannot be read."""
    faults: list[str] = []
    for name, value in environment.items():
        ways = ((_FILE, _content), (_BLOCK, _of_block))
        ending, read = next((way for way in ways if name.endswith(way[0])), ("", _content))
        secret = name.removesuffix(ending)
        if not ending or not is_secret(settings, secret):
            yield name, value
        elif value:
            if environment.get(secret):
                faults.append(f"{secret.upper()} and {name.upper()} are both set: which one counts?")
                continue
            try:
                yield secret, read(secret, value)
            except ConfigError as error:
                faults.append(f"{name.upper()}: {error.message}")
    if faults:
        raise ConfigError(f"Secrets cannot be read: {'; '.join(faults)}", advice="Mend the variables named")


def _content(secret: str, path: str) -> str:  # noqa: ARG001 - the shape of a way to read
    """Read a file whose only line is the secret; the line's end is not part of it."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not written in UTF-8"
        raise ConfigError(f"{path} cannot be read: {reason}") from None
    text = text.rstrip("\r\n")
    if not text:
        raise ConfigError(f"{path} is empty")
    return text


def _of_block(secret: str, block: str) -> str:  # noqa: ARG001 - as above
    return _provided.get(secret, _WAITS)


def _leads_to_secret(kind: Any, parts: list[str]) -> bool:
    """Follow the parts of a variable's name through groups, tables by name, and what may be left out."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _leads_to_secret(get_args(kind)[0], parts)
    if origin in (Union, types.UnionType):
        return any(_leads_to_secret(one, parts) for one in get_args(kind))
    if not parts:
        return kind is SecretStr
    if origin is dict:
        return _leads_to_secret(get_args(kind)[1], parts[1:])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(parts[0])
        return field is not None and _leads_to_secret(field.annotation, parts[1:])
    return False
