"""Auditing: at a run's start, what changed in the configuration since the last one, and what was let pass."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from .. import __version__
from ..ledger import Ledger, Run
from ..mapping import Mapping as IncomingMapping
from ..mapping import OutgoingMapping
from .settings import Settings
from .workspace import Workspace

__all__ = ["note_start", "settings_facts"]

#: By which of its values an entry of a list is known: an index would move when another is put before it.
_NAMES = ("to", "name", "key", "feed")
#: How one command is watched says nothing of the installation.
_OF_A_SHELL = {"log", "log_level"}
#: What a person lets pass in a run, by the option that says why.
_OVERRIDES = {"override_guard": "guard_override", "despite_peak": "peak_override"}


def note_start(workspace: Workspace, ledger: Ledger, what: object, run: Run) -> None:
    """Log what differs from what the last run of the feed saw, and what this one is allowed by a person.

    Two digests are compared when nothing changed; values of secrets are never looked at.
    """
    if isinstance(what, IncomingMapping | OutgoingMapping):
        spec = what.spec.model_dump(mode="json", exclude_defaults=True)
        # The version covers code tables and own functions, too; what leaves has none.
        version = {"version": what.version} if isinstance(what, IncomingMapping) else {}
        _note(ledger, f"mapping {what.feed}", spec, version)
    settings = settings_facts(workspace.settings)
    _note(ledger, f"settings of {workspace.settings.installation or platform.node()}", settings, {})
    for option, word in _OVERRIDES.items():
        if reason := run.parameters.get(option):
            ledger.audit.note(word, f"feed {run.feed}", after={"run": run.id}, reason=reason)


def settings_facts(settings: Settings) -> dict[str, Any]:
    """Say what the settings are where they are not the defaults; of a secret only that it is set."""
    facts: dict[str, Any] = settings.model_dump(mode="json", exclude_defaults=True, exclude=_OF_A_SHELL)
    # The same folder, whether a shell says .passerelle or a service says where that is.
    facts |= {"home": str(settings.home.resolve()), "mappings": str(settings.mappings.resolve())}
    if settings.order_rules is not None:
        facts["order_rules"] = {"file": str(settings.order_rules), "says": _yaml(settings.order_rules)}
    return {"version": __version__, **facts}


def _note(ledger: Ledger, subject: str, said: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    digest = _digest([said, more])
    if ledger.audit.config_seen(subject) != digest:
        ledger.audit.note_config(subject, digest, {**dict(_flat("", said)), **more})


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Walk to each single value, by a path that stays the same when something is put before it."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), one)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for place, one in enumerate(value):
            known = next((one[name] for name in _NAMES if isinstance(one, dict) and name in one), place)
            yield from _flat(f"{path}[{known}]", one)
    else:
        yield path, value


def _digest(said: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(said, order="deterministic"), digest_size=12).hexdigest()


def _yaml(path: Path) -> Any:
    """Read what a file of rules says; what cannot be read was refused when the ledger was opened."""
    try:
        return msgspec.to_builtins(yaml.safe_load(path.read_bytes()), str_keys=True)
    except (OSError, yaml.YAMLError, TypeError) as error:
        return f"cannot be read: {type(error).__name__}"
