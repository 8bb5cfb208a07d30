"""What fits parts: feeds whose plan many processes may send, and why it is one process for the others."""

from __future__ import annotations

from ..errors import ConfigError
from ..mapping import Mapping, OutgoingMapping
from .options import RunOptions
from .orders.speaking import SPOKEN

__all__ = ["check_parts", "divided_as_set", "undivided_because"]


def undivided_because(mapping: Mapping | OutgoingMapping) -> str:
    """Say why a feed is carried by one process alone; empty when its plan can be divided."""
    if isinstance(mapping, OutgoingMapping):
        return "it goes out: each document leaves once, by the process that claimed it"
    if mapping.entity in SPOKEN:
        return "what is said of orders goes into the ledger, in the order in which it was said"
    if mapping.entity == "order_edit":
        return "edits of orders are previewed and applied one after the other"
    return ""


def check_parts(mapping: Mapping | OutgoingMapping, options: RunOptions) -> None:
    """Raise ConfigError when parts are asked of a run that one process carries alone."""
    if (options.parts or 1) == 1:
        return
    if why := undivided_because(mapping):
        raise ConfigError(
            f"feed {mapping.feed} cannot be carried in parts ({options.parts} are asked for): {why}",
            advice="Run it without --parts; PASSERELLE_PARTS may stay set, it is for the other feeds",
        )
    if options.via == "import":
        raise ConfigError(
            f"feed {mapping.feed}: --via import and {options.parts} parts are asked for, and new records "
            "that go by the Import API are handed over by one process",
            advice="Leave --parts out, or send them one by one in parts: --via http",
        )


def divided_as_set(mapping: Mapping | OutgoingMapping, options: RunOptions, parts: int) -> RunOptions:
    """Say in the options what the settings say of parts, where it means something.

    Who takes the run up must know it; a run that is not divided is not taken up.
    """
    if options.parts is not None or parts == 1 or undivided_because(mapping):
        return options
    return options.model_copy(update={"parts": parts})
