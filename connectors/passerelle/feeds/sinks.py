"""Which sink carries which entity: the one place that knows every system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..commercetools import (
    CategorySink,
    ChannelSink,
    Client,
    CustomerGroupSink,
    CustomTypeSink,
    OrderImportSettings,
    PriceSettings,
    PriceSink,
    ProductSelectionSink,
    ProductSink,
    ProductTypeSink,
    StateSink,
    StockSettings,
    StockSink,
    StoreSink,
    TaxCategorySink,
)
from ..errors import ConfigError
from ..ledger import Ledger
from ..mapping import Mapping
from ..sync import RunReport, Sink
from .orders.editing import ClaimingEditSink
from .orders.importing import ClaimingImportSink
from .workspace import Workspace

__all__ = ["SYSTEM", "edit_sink", "import_sink", "sink_for"]

SYSTEM = "commercetools"

_BY_KEY: dict[str, Callable[..., Sink[Any]]] = {
    "product_type": ProductTypeSink,
    "custom_type": CustomTypeSink,
    "channel": ChannelSink,
    "tax_category": TaxCategorySink,
    "customer_group": CustomerGroupSink,
    "store": StoreSink,
    "product_selection": ProductSelectionSink,
    "state": StateSink,
    "category": CategorySink,
}
# What the target section may say of them: the word, the setting, what each answer means, the usual one first.
_POLICIES: dict[str, tuple[str, str, dict[Any, Any]]] = {
    **dict.fromkeys(("product_type", "custom_type"), ("remove", "remove", {"report": False, True: True})),
    **dict.fromkeys(
        ("store", "product_selection"), ("wiring", "wiring", {"keep": "keep", "replace": "replace"})
    ),
}


def sink_for(mapping: Mapping, client: Client) -> Sink[Any]:
    """Build the sink of a feed; raises ConfigError for an entity that the shop has no place for."""
    creates, only_create = mapping.spec.creates, mapping.only_create
    target = mapping.spec.target.get(SYSTEM, {})
    if mapping.entity in _BY_KEY:
        return _sink_by_key(mapping, client, target)
    match mapping.entity:
        case "product":
            return ProductSink(
                client,
                creates=creates,
                publish=_chosen(mapping, target, "publish", _same("keep", "always", "never", "prices")),
                master=_chosen(mapping, target, "master", _same("keep", "first")),
                only_create=only_create,
            )
        case "price":
            return PriceSink(
                client, creates=creates, only_create=only_create, settings=PriceSettings.of(target)
            )
        case "stock":
            return StockSink(
                client, creates=creates, only_create=only_create, settings=StockSettings.of(target)
            )
    raise ConfigError(
        f"Feed {mapping.feed}: {SYSTEM} takes no {mapping.entity!r}",
        advice="Such a feed can be read with the library, and tried, tested and explained; it is not run",
    )


def import_sink(mapping: Mapping, client: Client, ledger: Ledger, report: RunReport) -> ClaimingImportSink:
    """Build the sink of orders that were placed elsewhere; raises ConfigError for what its target says."""
    if not mapping.spec.creates:
        raise ConfigError(
            f"Feed {mapping.feed}: orders that were placed elsewhere are created, never completed",
            advice="Take creates: false out of the mapping",
        )
    settings = OrderImportSettings.of(mapping.spec.target.get(SYSTEM, {}))
    return ClaimingImportSink(client, ledger, report, settings=settings)


def edit_sink(
    workspace: Workspace, mapping: Mapping, client: Client, ledger: Ledger, report: RunReport
) -> ClaimingEditSink:
    """Build the sink of what the ERP changed in orders; raises ConfigError for what its target says."""
    said = sorted(mapping.spec.target.get(SYSTEM, {}).keys() - {"via"})
    if said:
        raise ConfigError(
            f"Feed {mapping.feed}: the target of a feed of order edits knows no {', '.join(said)}",
            advice="Take it out: how an order is read is said by the feed that it left by",
        )
    return ClaimingEditSink(client, ledger, report, outgoing=workspace.outgoing)


def _sink_by_key(mapping: Mapping, client: Client, target: dict[str, Any]) -> Sink[Any]:
    """Build the sink of what its key names, with the policy of its target section."""
    settings: dict[str, Any] = {"creates": mapping.spec.creates, "only_create": mapping.only_create}
    if mapping.entity in _POLICIES:
        word, setting, meanings = _POLICIES[mapping.entity]
        settings[setting] = _chosen(mapping, target, word, meanings)
    return _BY_KEY[mapping.entity](client, **settings)


def _chosen(mapping: Mapping, target: dict[str, Any], word: str, meanings: dict[Any, Any]) -> Any:
    """What the target section says of a policy, the first meaning when it says nothing.

    Raises:
        ConfigError: the policy is none of those that there are.
    """
    said = target.get(word, next(iter(meanings)))
    if said not in meanings:
        known = " or ".join(str(answer).lower() for answer in meanings)
        raise ConfigError(f"Feed {mapping.feed}: target.{SYSTEM}.{word} is {said!r}", advice=f"Say {known}")
    return meanings[said]


def _same(*answers: str) -> dict[Any, Any]:
    return {answer: answer for answer in answers}
