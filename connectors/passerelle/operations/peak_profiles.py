"""Peak profiles: the files of `mappings/peak`, read and checked whole, all faults at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from ..errors import ConfigError
from ..feeds import Workspace
from ..feeds.peak_rules import LANES, PeakProfile
from ..files import safe_name
from ..mapping.loading import PEAK

__all__ = ["LoadedProfile", "load_profile", "profile_names"]

#: Lanes that stay as fast as ever: that is what peak mode is for.
_KEPT = ("stock", "order")


class LoadedProfile(NamedTuple):
    """A profile as it was read: its name, its rules, and its text as plain data, which the ledger keeps."""

    name: str
    rules: PeakProfile
    said: dict[str, Any]


def profile_names(workspace: Workspace) -> list[str]:
    """Name the profiles that there are."""
    folder = workspace.settings.mappings / PEAK
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load_profile(workspace: Workspace, name: str) -> LoadedProfile:
    """Read one profile and hold it against the feeds that there are.

    Raises:
        ConfigError: there is none of this name, or something of it is wrong; names every fault.
    """
    path = workspace.settings.mappings / PEAK / f"{safe_name(name)}.yaml"
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(profile_names(workspace)) or "none"
        raise ConfigError(f"There is no profile {name!r}", advice=f"{path.parent} has: {known}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    said = {} if said is None else said
    if not isinstance(said, dict):
        raise ConfigError(f"{path} is no profile: expected names such as lanes, stock, freeze")
    faults = _lane_faults(workspace, said.get("lanes"))
    try:
        rules = PeakProfile.model_validate(said)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False, include_context=False)
        faults += [f"{'.'.join(map(str, fault['loc'])) or 'profile'}: {fault['msg']}" for fault in told]
    if faults:
        raise ConfigError(
            f"{path}: {'; '.join(faults)}", advice="docs/how-to/operate/peak.md shows a profile"
        )
    return LoadedProfile(path.stem, rules, said)


def _lane_faults(workspace: Workspace, lanes: object) -> list[str]:
    """Say which lanes are none, and which must not be slowed."""
    if not isinstance(lanes, dict):
        return []
    feeds = workspace.feeds()
    kept = {feed for group in _KEPT for feed in feeds.get(group, ())}
    known = {feed for group, names in feeds.items() if group not in _KEPT for feed in names}
    faults: list[str] = []
    for name in map(str, lanes):
        if name in kept or name.removesuffix("s") in _KEPT:
            faults.append(f"lanes.{name}: stock and orders keep their lane in peak mode")
        elif name not in LANES and name not in known:
            faults.append(f"lanes.{name}: there is no such lane ({', '.join(LANES)}) and no such feed")
    return faults
