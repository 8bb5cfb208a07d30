"""Standalone prices: one value for one SKU in one scope of country, currency, group, channel and validity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from msgspec import UnsetType

from ...errors import ReferenceMissing, Refused
from ...records import Money, Price
from ...sync.protocols import Change, FieldChange, Live
from ..http.client import Client, Json
from ..http.predicates import quoted
from ..planning.references import References
from ..planning.resource_sink import ResourceSink
from ..planning.steps import Step, created, updated
from ..planning.wire import instant, moment, money, money_text, same_money, target_key

__all__ = ["PriceSink", "price_key"]


def price_key(record: Price) -> str:
    """Name a price after its SKU and scope up to its first day: the same facts, the same key.

    The end of its validity is no part of it: a price whose end moves is the same price.
    """
    parts = [record.sku, record.country or "ALL", record.value.currency]
    if record.customer_group is not None:
        parts.append(f"group-{record.customer_group}")
    if record.channel is not None:
        parts.append(f"channel-{record.channel}")
    if record.valid_from is not None:
        parts.append(instant(record.valid_from).replace("-", "").replace(":", "").replace(".000", ""))
    return target_key(*parts)


class PriceSink(ResourceSink[Price]):
    """Carries standalone prices; a price the feed carries is an active price."""

    entity = "price"
    record_type = Price
    path = "standalone-prices"

    def __init__(
        self, client: Client, *, creates: bool = True, only_create: AbstractSet[str] = frozenset()
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self._channels = References(client, "channels")
        self._groups = References(client, "customer-groups")

    def key(self, record: Price) -> str:
        """The price's key in the shop."""
        return price_key(record)

    async def prepare(self) -> None:
        """Nothing is needed beforehand."""

    async def read_live(self, records: Sequence[Price]) -> Mapping[str, Live]:
        """Read all prices of the SKUs, and match each record by key, then by scope.

        Prices that others made, without our key, are found by scope and taken over as they are.
        """
        by_key: dict[str, Json] = {}
        by_sku: dict[str, list[Json]] = defaultdict(list)
        for price in await self._client.query_in(self.path, "sku", [record.sku for record in records]):
            by_sku[price["sku"]].append(price)
        await self._learn(records, by_sku)
        for price in [price for prices in by_sku.values() for price in prices]:
            price.update(self._named(price))
            if "key" in price:
                by_key[price["key"]] = price
        live: dict[str, Live] = {}
        for record in records:
            key = price_key(record)
            found = by_key.get(key) or _in_scope(record, by_sku[record.sku])
            if found is not None:
                live[key] = Live(found["id"], found["version"], found)
        return live

    async def _learn(self, records: Sequence[Price], live: Mapping[str, Sequence[Json]]) -> None:
        """Look up the channels and groups that either side names, if any does."""
        prices = [price for found in live.values() for price in found]
        await self._channels.learn(
            keys=[record.channel for record in records if record.channel is not None],
            ids=[price["channel"]["id"] for price in prices if "channel" in price],
        )
        await self._groups.learn(
            keys=[record.customer_group for record in records if record.customer_group is not None],
            ids=[price["customerGroup"]["id"] for price in prices if "customerGroup" in price],
        )

    def _named(self, price: Json) -> Json:
        """The price's references with their keys beside the ids."""
        named = {}
        if "channel" in price:
            named["channel"] = self._channels.named(price["channel"])
        if "customerGroup" in price:
            named["customerGroup"] = self._groups.named(price["customerGroup"])
        return named

    def identity(self, draft: dict[str, Any]) -> str:
        """By key, or among the SKU's prices by scope: either may be taken already."""
        return f"key = {quoted(draft['key'])} or sku = {quoted(draft['sku'])}"

    def same(self, draft: dict[str, Any], resource: Json) -> bool:
        """The same key, or the same scope."""
        named = {**resource, **self._named(resource)}
        return resource.get("key") == draft["key"] or _scope(named) == _scope(draft)

    def plan(self, record: Price, live: Live | None) -> Change | None:
        """Compare a price with the live one.

        Raises:
            ReferenceMissing: it does not exist and this feed does not create, or its channel or customer
                group does not exist (yet).
            Refused: the validity ends before it begins, or our key stands for another scope in the shop
                (no update action changes a scope), or the price says whether it contains the tax.
        """
        key = price_key(record)
        if not isinstance(record.tax_included, UnsetType):
            said = str(record.tax_included).lower()
            raise Refused(
                f"price {key} says tax_included: {said}, which no price holds here",
                code="tax_basis_not_carried",
                advice="The project's tax rates say it (included): leave the field out, or reckon the tax on"
                " or off with percent_on or percent_off",
            )
        if record.valid_from and record.valid_until and record.valid_from >= record.valid_until:
            raise Refused(
                f"price {key} would end ({instant(record.valid_until)}) before it begins",
                code="empty_validity",
                advice="Correct the dates in the source",
            )
        self._check_references(record)
        if live is None:
            self.absent(key)
            return created(key, _draft(record), _draft_fields(record))
        if not _same_scope(record, live.body):
            raise Refused(
                f"key {key} belongs to a price of another scope (id {live.id})",
                code="scope_differs",
                advice="Delete that price or give it another key: a scope cannot be changed",
            )
        return updated(key, live, _steps(record, live.body, self._only_create))

    def _check_references(self, record: Price) -> None:
        missing = [
            f"{kind} {key}"
            for kind, key, known in (
                ("channel", record.channel, self._channels),
                ("customer-group", record.customer_group, self._groups),
            )
            if key is not None and known.id(key) is None
        ]
        if missing:
            raise ReferenceMissing(
                f"price {price_key(record)} points to what is not there: {', '.join(missing)}",
                reference=", ".join(missing),
                advice="Create it in the project, or translate its code with a code table",
            )


def field_name(country: str | None) -> str:
    """How reports and the guard name the value: `price.FR`, `price` when it holds in every country."""
    return f"price.{country}" if country else "price"


def _same_instant(live: str | None, wanted: datetime | None) -> bool:
    if live is None or wanted is None:
        return live is None and wanted is None
    return moment(live) == moment(instant(wanted))


def _scope(price: Json) -> tuple[Any, ...]:
    since = price.get("validFrom")
    return (
        price["sku"],
        price["value"]["currencyCode"],
        price.get("country"),
        None if since is None else moment(since),
        _pointed(price.get("channel")),
        _pointed(price.get("customerGroup")),
    )


def _pointed(reference: Mapping[str, Any] | None) -> str | None:
    """What a reference points to: its key where it is known, else its id."""
    return None if reference is None else reference.get("key", reference.get("id"))


def _same_scope(record: Price, price: Json) -> bool:
    return _scope(price) == _scope(_draft(record))


def _in_scope(record: Price, prices: Sequence[Json]) -> Json | None:
    fitting = [price for price in prices if _same_scope(record, price)]
    exact = [price for price in fitting if _same_instant(price.get("validUntil"), record.valid_until)]
    return next(iter(exact or fitting), None)


def _draft(record: Price) -> dict[str, Any]:
    draft: dict[str, Any] = {
        "key": price_key(record),
        "sku": record.sku,
        "value": money(record.value),
        "active": True,
    }
    if record.country is not None:
        draft["country"] = record.country
    if record.customer_group is not None:
        draft["customerGroup"] = {"typeId": "customer-group", "key": record.customer_group}
    if record.channel is not None:
        draft["channel"] = {"typeId": "channel", "key": record.channel}
    if record.valid_from is not None:
        draft["validFrom"] = instant(record.valid_from)
    if record.valid_until is not None:
        draft["validUntil"] = instant(record.valid_until)
    return draft


def _draft_fields(record: Price) -> Iterator[FieldChange]:
    yield FieldChange(field_name(record.country), None, str(record.value))
    if record.valid_from is not None:
        yield FieldChange("validFrom", None, instant(record.valid_from))
    if record.valid_until is not None:
        yield FieldChange("validUntil", None, instant(record.valid_until))


def _steps(record: Price, live: Json, only_create: AbstractSet[str]) -> Iterator[Step]:
    if "value" not in only_create:
        yield from change_value(live["value"], record.value, field_name(record.country))
    if "valid_until" not in only_create:
        yield from set_validity(live.get("validFrom"), live.get("validUntil"), record)
    yield from change_active(active=live.get("active", True))


def change_value(live: dict[str, Any], wanted: Money, field: str) -> Iterator[Step]:
    """Set the amount; the same amount is no change."""
    if not same_money(live, wanted):
        action = {"action": "changeValue", "value": money(wanted)}
        yield Step.of(action, field, money_text(live), str(wanted))


def set_validity(live_from: str | None, live_until: str | None, record: Price) -> Iterator[Step]:
    """Move begin and end in one action, so that no moment lies between the two."""
    same_from = _same_instant(live_from, record.valid_from)
    same_until = _same_instant(live_until, record.valid_until)
    if same_from and same_until:
        return
    action: dict[str, Any] = {"action": "setValidFromAndUntil"}
    fields = []
    for name, live, wanted, same in (
        ("validFrom", live_from, record.valid_from, same_from),
        ("validUntil", live_until, record.valid_until, same_until),
    ):
        if wanted is not None:
            action[name] = instant(wanted)
        if not same:
            fields.append(FieldChange(name, live, action.get(name)))
    yield Step(action, tuple(fields))


def change_active(*, active: bool) -> Iterator[Step]:
    """Switch a price on that somebody switched off: the feed says that it holds."""
    if not active:
        yield Step.of({"action": "changeActive", "active": True}, "active", old=False, new=True)
