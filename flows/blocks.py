"""Blocks: secrets that operators keep in Prefect, read once a process for the settings that name them."""

from __future__ import annotations

from typing import Any

from prefect.blocks.system import Secret

from passerelle.errors import ConfigError
from passerelle.feeds import Settings
from passerelle.feeds.secrets import blocks_named, provide

__all__ = ["read_secrets"]


async def read_secrets() -> None:
    """Read the Secret block that each `PASSERELLE_…_BLOCK` names; no call where there is none.

    Raises:
        ConfigError: a block is not there, holds no text, or a variable stands for no secret.
    """
    values: dict[str, str] = {}
    faults: list[str] = []
    for variable, block in blocks_named(Settings).items():
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
