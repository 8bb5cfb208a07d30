"""Rules for the lives of orders: how long each step may take and who is asked for what, in one YAML file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ...errors import ConfigError
from ...fulfilment import FulfilmentRules, Timers
from ...ledger import LifeRules

__all__ = ["read_life_rules"]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    timers: Timers = Timers()
    rules: FulfilmentRules = FulfilmentRules()


def read_life_rules(path: Path | None) -> LifeRules:
    """Read `timers:` and `rules:` of a file, durations as ISO 8601 (`PT2H`, `P3D`); without one the defaults.

    Raises:
        ConfigError: the file cannot be read, or says something that is no timer or rule; names its place.
    """
    if path is None:
        return LifeRules()
    try:
        read = msgspec.yaml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ConfigError(
            f"The rules for orders {path} cannot be read: {error.strerror}",
            advice="PASSERELLE_ORDER_RULES names the file; leave it out to use the defaults",
        ) from error
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"The rules for orders {path} are not understood: {error}",
            advice="Timers are durations such as PT2H or P3D, null for a step that is not awaited",
        ) from error
    return LifeRules(rules=read.rules, timers=read.timers)
