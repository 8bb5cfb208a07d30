"""Queries: which entries are asked for, in as few questions as the length of an address allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..http.config import CommercetoolsConfig
from ..http.predicates import both, chunks, encoded_length, joined, one_of, quoted

__all__ = ["in_channel", "queries"]


def queries(
    skus: Mapping[str | None, Sequence[str]], config: CommercetoolsConfig, *, places: int
) -> list[str]:
    """Choose the reading that asks for least; `skus` are those of each channel, by its id.

    Where the records are most of the channels of a few SKUs, whole SKUs are read, as many as give one page;
    else each channel is asked for its own SKUs.
    """
    wanted = sum(len(part) for part in skus.values())
    different = list(dict.fromkeys(sku for part in skus.values() for sku in part))
    places = max(places, 1)
    if wanted and len(different) * places <= 2 * wanted:
        room = config.predicate_length - encoded_length("sku in ()")
        most = max(1, min(config.predicate_values, config.page_size // places))
        return [one_of("sku", part) for part in chunks(different, room=room, most=most)]
    return list(joined(_predicates(skus, config), room=config.predicate_length))


def in_channel(channel: str | None) -> str:
    """The entries of one channel, by its id, or those without any."""
    return "supplyChannel is not defined" if channel is None else f"supplyChannel(id = {quoted(channel)})"


def _predicates(skus: Mapping[str | None, Sequence[str]], config: CommercetoolsConfig) -> Iterator[str]:
    for channel, wanted in skus.items():
        place = in_channel(channel)
        room = config.predicate_length - encoded_length(f"(({place}) and (sku in ()))")
        for part in chunks(wanted, room=room, most=config.predicate_values):
            yield both(place, one_of("sku", part)) or place
