"""The plain fields of a product: texts, keywords, tax category, state, price mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Localized, Product
from ..http.client import Json
from ..planning.steps import Step, localized_step
from .known import Known, Lacking
from .limits import check_slugs
from .projection import key_of

__all__ = [
    "TEXTS",
    "check_price_mode",
    "check_state",
    "field_steps",
    "has_prices",
    "keywords_of",
    "merged_keywords",
    "setting_steps",
]

#: Texts of the record and how the API calls them.
TEXTS = {
    "name": "name",
    "slug": "slug",
    "description": "description",
    "meta_title": "metaTitle",
    "meta_description": "metaDescription",
    "meta_keywords": "metaKeywords",
}
#: Action, field of the API and of the record, for texts that may be taken away.
_TEXTS = (
    ("setDescription", "description", "description"),
    ("setMetaTitle", "metaTitle", "meta_title"),
    ("setMetaDescription", "metaDescription", "meta_description"),
    ("setMetaKeywords", "metaKeywords", "meta_keywords"),
)
_MODES = ("Embedded", "Standalone")


def field_steps(record: Product, live: Json) -> Iterator[Step]:
    """Texts and keywords: all that has a staged side and is not of a variant."""
    # Most texts are equal as they stand, or not the feed's: these cost a look, and nothing is called.
    if record.name != live["name"]:
        yield from _required_text("changeName", "name", live["name"], record.name, record.key)
    if record.slug != live["slug"]:
        for step in _required_text("changeSlug", "slug", live["slug"], record.slug, record.key):
            check_slugs(record.key, {} if isinstance(record.slug, UnsetType) else record.slug)
            yield step
    for action, field, name in _TEXTS:
        wanted = getattr(record, name)
        if wanted is not UNSET and wanted != live.get(field):
            yield from localized_step(action, field, live.get(field), wanted)
    if record.search_keywords is not UNSET:
        yield from set_search_keywords(live.get("searchKeywords") or {}, record)


def setting_steps(record: Product, live: Json, known: Known, lacking: Lacking) -> Iterator[Step]:
    """What takes effect at once: tax category, state, price mode.

    Raises:
        Refused: a state to which none leads from the live one, or no state at all.
    """
    if record.tax_category is not UNSET:
        yield from set_tax_category(live.get("taxCategory"), record.tax_category, known, lacking)
    if record.state is not UNSET:
        yield from transition_state(live.get("state"), record, known, lacking)
    if record.price_mode is not UNSET:
        yield from set_price_mode(live.get("priceMode", "Embedded"), record)


def _required_text(
    action: str, field: str, live: Localized, wanted: Localized | UnsetType, key: str
) -> Iterator[Step]:
    if isinstance(wanted, UnsetType) or wanted == live:
        return
    for step in localized_step(action, field, live, wanted):
        if step.action is not None and field not in step.action:
            raise Refused(
                f"product {key} would be left without any {field}",
                code="incomplete",
                advice="Send a text in at least one locale",
            )
        yield step


def set_search_keywords(live: Mapping[str, Sequence[Json]], record: Product) -> Iterator[Step]:
    """Set keywords by locale; a word that stays keeps how it is taken apart, other locales stay."""
    wanted = record.search_keywords
    if isinstance(wanted, UnsetType) or (not wanted and not (wanted is None and live)):
        return
    changed = {
        locale: words
        for locale, words in (dict.fromkeys(live, ()) if wanted is None else wanted).items()
        if set(words) != {one["text"] for one in live.get(locale, ())}
    }
    if not changed:
        return
    action = {"action": "setSearchKeywords", "searchKeywords": merged_keywords(live, changed)}
    fields = tuple(
        field
        for locale, words in changed.items()
        for field in Step.of(
            {}, f"searchKeywords.{locale}", keywords_of(live).get(locale), tuple(words) or None
        ).fields
    )
    yield Step(action, fields)


def merged_keywords(
    live: Mapping[str, Sequence[Json]], wanted: Mapping[str, Sequence[str]]
) -> dict[str, list[Json]]:
    """Live keywords with those of the record's locales laid over them, as the API takes them."""
    known = {(locale, one["text"]): one for locale, words in live.items() for one in words}
    words = {
        locale: [known.get((locale, word), {"text": word}) for word in dict.fromkeys(texts)]
        for locale, texts in wanted.items()
    }
    merged = {**{locale: list(words) for locale, words in live.items()}, **words}
    return {locale: words for locale, words in merged.items() if words}


def keywords_of(live: Mapping[str, Sequence[Json]]) -> dict[str, tuple[str, ...]]:
    """Live keywords as a record has them."""
    return {locale: tuple(one["text"] for one in words) for locale, words in live.items() if words}


def set_tax_category(
    live: Json | None, wanted: str | UnsetType | None, known: Known, lacking: Lacking
) -> Iterator[Step]:
    """Set or remove the tax category, compared by key. It takes effect at once: it knows no staged data."""
    old = key_of(live)
    if isinstance(wanted, UnsetType) or wanted == old:
        return
    action: Json = {"action": "setTaxCategory"}
    if wanted is not None:
        if known.tax_categories.id(wanted) is None:
            lacking.missing.append(f"tax-category {wanted}")
        action["taxCategory"] = {"typeId": "tax-category", "key": wanted}
    yield Step.of(action, "taxCategory", old, wanted)


def transition_state(live: Json | None, record: Product, known: Known, lacking: Lacking) -> Iterator[Step]:
    """Move the product to another state, along the transitions that the project allows."""
    wanted = record.state
    if isinstance(wanted, UnsetType) or (wanted is None and live is None):
        return
    old = key_of(live)
    if wanted == old:
        return
    if wanted is None:
        raise Refused(
            f"product {record.key} is in state {old} and should be in none: commercetools cannot do that",
            code="state_stays",
            advice="Name a state, or leave the field out",
        )
    state = known.states.get(wanted)
    if state is None:
        lacking.missing.append(f"state {wanted}")
        return
    check_state(record.key, state, None if old is None else known.states.get(old))
    identifier = {"typeId": "state", "key": wanted}
    yield Step.of({"action": "transitionState", "state": identifier}, "state", old, wanted)


def check_state(key: str, wanted: Json, before: Json | None) -> None:
    """Refuse a state that is none of products, or to which none leads: the first one must be initial."""
    name = wanted.get("key", wanted["id"])
    if wanted.get("type", "ProductState") != "ProductState":
        problem = f"{name} is a {wanted['type']}, not a state of products"
    elif before is None:
        if wanted.get("initial", True):
            return
        problem = f"{name} is not an initial state, and the product has none yet"
    else:
        ways = before.get("transitions")
        if ways is None or any(way["id"] == wanted["id"] for way in ways):
            return
        problem = f"no transition leads from {before.get('key', before['id'])} to {name}"
    raise Refused(
        f"product {key} cannot go into state {name}: {problem}",
        code="state",
        advice="Correct the source, or the states of the project",
    )


def set_price_mode(live: str, record: Product) -> Iterator[Step]:
    """Say where the product's prices are read from."""
    wanted = record.price_mode
    if isinstance(wanted, UnsetType) or wanted == live:
        return
    if wanted not in _MODES:
        raise Refused(
            f"product {record.key} has the price mode {wanted!r}: it is {' or '.join(_MODES)}",
            code="price_mode",
            advice="Correct the mapping",
        )
    yield Step.of({"action": "setPriceMode", "priceMode": wanted}, "priceMode", live, wanted)


def check_price_mode(record: Product, live: str | None) -> None:
    """Refuse embedded prices for a product whose prices are read from elsewhere: nobody would see them.

    `live` is the price mode of the product, None for a new one.
    """
    mode = live if isinstance(record.price_mode, UnsetType) else record.price_mode
    if mode != "Standalone" or not has_prices(record):
        return
    raise Refused(
        f"product {record.key} reads its prices from standalone prices, the record has embedded ones",
        code="price_mode",
        advice="Let a feed of the entity price carry them, or say `price_mode: Embedded` in the mapping",
    )


def has_prices(record: Product) -> bool:
    """Whether a variant of the record has embedded prices."""
    variants = () if isinstance(record.variants, UnsetType) else record.variants
    return any(not isinstance(one.prices, UnsetType) and one.prices for one in variants)
