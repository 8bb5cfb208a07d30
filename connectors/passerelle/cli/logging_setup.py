"""What every command sets up first when it is asked for: log lines, telemetry, progress of an upgrade."""

from __future__ import annotations

import os

from rich.console import Console

from .. import tracks

__all__ = ["set_up"]

#: Only with one of these are the settings read for it.
_ASKED = ("PASSERELLE_LOG", "PASSERELLE_TELEMETRY__OTLP")


def set_up() -> None:
    """Start what the environment asks for; loads nothing when it asks for nothing.

    Raises:
        ConfigError: the settings are wrong, or ask for what is not installed.
    """
    if not tracks.upgrades:
        tracks.upgrades.append(_show_upgrade)
    if any(os.environ.get(name) for name in _ASKED):
        from ..feeds import Settings  # noqa: PLC0415 - `passerelle --help` loads no settings
        from ..operations.telemetry import start_telemetry  # noqa: PLC0415 - as above

        start_telemetry(Settings.load())


def _show_upgrade(done: int, total: int) -> None:
    """Tell people that the first start after an upgrade takes its time, and how much is done."""
    if total:
        from .words import language, say  # noqa: PLC0415 - as above

        console = Console(stderr=True)
        console.print(
            f"{say('upgrade_orders', language())}: {done:,} / {total:,}", style="dim", highlight=False
        )
