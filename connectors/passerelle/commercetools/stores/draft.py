"""The draft of a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import UnsetType

from ...errors import ReferenceMissing, Refused
from ...records import Store
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.pointed import Pointed

__all__ = ["PAGES", "check_store", "store_draft", "wired"]

#: A store's pages in a record and at commercetools.
PAGES = {
    "checkout": "checkoutUrlTemplate",
    "order": "orderUrlTemplate",
    "terms_of_service": "termsOfServiceUrl",
    "privacy_policy": "privacyPolicyUrl",
    "refund_policy": "refundPolicyUrl",
    "shipping_policy": "shippingPolicyUrl",
    "cookie_policy": "cookiePolicyUrl",
    "imprint": "imprintUrl",
    "faq": "faqUrl",
    "contact": "contactUrl",
}
#: Channels of a kind, and assortments, of a store (facts 2.2).
_MOST = 100


def store_draft(record: Store, custom: CustomFields, pointed: Pointed) -> Json:
    """The draft.

    Raises:
        ReferenceMissing: a channel or an assortment is not there.
        Refused: there are too many of them, or a page that stores do not have.
    """
    check_store(record, pointed)
    draft: Json = {"key": record.key, **custom.draft(record)}
    if isinstance(record.name, dict) and any(record.name.values()):
        draft["name"] = {locale: text for locale, text in record.name.items() if text}
    if not isinstance(record.languages, UnsetType):
        draft["languages"] = list(dict.fromkeys(record.languages))
    if not isinstance(record.countries, UnsetType):
        draft["countries"] = [{"code": code} for code in dict.fromkeys(record.countries)]
    for field, keys in (
        ("distributionChannels", record.distribution_channels),
        ("supplyChannels", record.supply_channels),
    ):
        if not isinstance(keys, UnsetType):
            draft[field] = [{"typeId": "channel", "key": key} for key in dict.fromkeys(keys)]
    if not isinstance(record.product_selections, UnsetType):
        draft["productSelections"] = [
            {
                "productSelection": {"typeId": "product-selection", "key": one.selection},
                "active": one.active,
            }
            for one in record.product_selections
        ]
    pages = {PAGES[name]: address for name, address in _pages(record).items() if address}
    if pages:
        draft["storefront"] = pages
    return draft


def wired(record: Store) -> Iterator[tuple[str, str]]:
    """Each (type id, key) that the record points to."""
    for keys in (record.distribution_channels, record.supply_channels):
        if not isinstance(keys, UnsetType):
            yield from (("channel", key) for key in keys)
    if not isinstance(record.product_selections, UnsetType):
        yield from (("product-selection", one.selection) for one in record.product_selections)


def check_store(record: Store, pointed: Pointed) -> None:
    """See that the record can be carried at all; raises as `store_draft` does."""
    for type_id, key in wired(record):
        if pointed.id(type_id, key) is None:
            raise ReferenceMissing(
                f"store {record.key}: there is no {type_id} {key}",
                reference=key,
                advice="Let the feed that brings it run first",
            )
    for name in ("distribution_channels", "supply_channels", "product_selections"):
        many = getattr(record, name)
        if not isinstance(many, UnsetType) and len(many) > _MOST:
            raise Refused(
                f"store {record.key} has {len(many)} {name.replace('_', ' ')}; at most {_MOST}",
                code="too_many",
                advice="Split the store",
            )
    selections = [] if isinstance(record.product_selections, UnsetType) else record.product_selections
    if len({one.selection for one in selections}) < len(selections):
        raise Refused(
            f"store {record.key} has one product selection twice",
            code="duplicate",
            advice="Correct the source",
        )
    for name in _pages(record):
        if name not in PAGES:
            raise Refused(
                f"store {record.key}: a store has no page {name}; it has {', '.join(PAGES)}",
                code="unknown_page",
                advice="Correct the mapping",
            )


def _pages(record: Store) -> Mapping[str, str | None]:
    return {} if isinstance(record.pages, UnsetType) else record.pages
