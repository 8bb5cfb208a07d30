"""Blocks: secrets that operators keep in Prefect, read once a process for the settings that name them."""

from __future__ import annotations

from typing import Any

from prefect.blocks.system import Secret
from pydantic_settings import BaseSettings

from passerelle.errors import ConfigError
from passerelle.feeds import Settings
from passerelle.feeds.secrets import blocks_named, provide

__all__ = ["read_secrets"]


async def read_secrets(settings: type[BaseSettings] = Settings) -> None:
    """Read the Secret block that each `PASSERELLE_…_BLOCK` names; no call where there is none.

    Raises:
        ConfigError: a block is not there, or holds no text.
    """
    values: dict[str, str] = {}
    faults: list[str] = []
    for variable, block in blocks_named(settings).items():
        try:
            found: Any = await Secret.aload(block.removeprefix("secret/"))
        except ValueError as error:
            faults.append(f"{variable}_BLOCK: {error}")
            continue
        value = found.get()
        if isinstance(value, str) and value:
            values[variable] = value
        else:
            faults.append(f"{variable}_BLOCK: the block {block!r} holds no text")
    if faults:
        raise ConfigError("; ".join(faults), advice="Make a Secret block of that name: Blocks, +, Secret")
    provide(values)
