"""Products of six variants with eight attributes each, from a seed, and what is wanted of every tenth.

What is wanted is said twice: as a record, and as the projection of the API that somebody edited, for tools
that compare projections. Each change is of one field, in turn one of the six of `_CHANGES`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple, TypeAlias

from msgspec import UnsetType
from msgspec.structs import replace

from passerelle.records import Product, Variant

__all__ = [
    "CATEGORIES",
    "EVERY",
    "PRODUCT_TYPE",
    "SAME_FOR_ALL",
    "base",
    "is_changed",
    "wanted",
    "wanted_live",
]

Json: TypeAlias = dict[str, Any]

EVERY = 10
CATEGORIES = tuple(f"cat-{number:02d}" for number in range(20))
SAME_FOR_ALL = ("gender", "material")
_VARIANTS = 6
_COLOURS = ("black", "white", "red", "navy", "olive", "sand")
_WORDS = ("soft", "warm", "light", "slim", "wide", "long", "short", "lined", "woven", "ribbed")


def _attribute(name: str, kind: Json) -> Json:
    return {
        "name": name,
        "label": {"en": name},
        "type": kind,
        "attributeConstraint": "SameForAll" if name in SAME_FOR_ALL else "None",
        "isRequired": False,
        "isSearchable": False,
    }


PRODUCT_TYPE: Json = {
    "key": "article",
    "name": "Article",
    "description": "Of eight attributes",
    "attributes": [
        _attribute("ean", {"name": "text"}),
        _attribute(
            "colour", {"name": "lenum", "values": [{"key": one, "label": {"en": one}} for one in _COLOURS]}
        ),
        _attribute("size", {"name": "text"}),
        _attribute("weight", {"name": "number"}),
        _attribute("washable", {"name": "boolean"}),
        _attribute("labels", {"name": "set", "elementType": {"name": "text"}}),
        _attribute(
            "gender", {"name": "enum", "values": [{"key": one, "label": one} for one in ("women", "men")]}
        ),
        _attribute("material", {"name": "text"}),
    ],
}


def base(number: int) -> Product:
    """The product as the shop has it."""
    draw = Random(f"pairs/{number}")  # noqa: S311 - a seed, no secret
    words = draw.choices(_WORDS, k=12)
    shared = {"gender": "women", "material": f"{words[0]} {words[1]}"}
    return Product(
        key=f"style-{number:07d}",
        product_type="article",
        name={"en": f"{words[2]} {number}", "fr": f"{words[3]} {number}", "de": f"{words[4]} {number}"},
        slug={"en": f"style-{number}"},
        description={"en": " ".join(words), "fr": " ".join(reversed(words))},
        categories=(CATEGORIES[number % 20], CATEGORIES[(number + 7) % 20]),
        variants=tuple(_variant(number, place, shared, draw) for place in range(_VARIANTS)),
    )


def _variant(number: int, place: int, shared: dict[str, str], draw: Random) -> Variant:
    sku = f"S{number:07d}-{place}"
    own: Json = {
        "ean": str(4_000_000_000_000 + 6 * number + place),
        "colour": _COLOURS[place],
        "size": str(36 + 2 * place),
        "weight": draw.randrange(100, 900),
        "washable": draw.random() < 0.5,
        "labels": draw.sample(_WORDS, 3),
    }
    images = tuple(f"https://images.example/{sku}/{side}.jpg" for side in ("front", "back"))
    return Variant(sku=sku, attributes=own | shared, images=images)


def is_changed(number: int) -> bool:
    """Whether something else is wanted of a product."""
    return number % EVERY == 0


def wanted(number: int) -> Product:
    """What is wanted of a product, as a record."""
    record = base(number)
    return _change(number).of_record(record) if is_changed(number) else record


def wanted_live(number: int, live: Json) -> Json:
    """What is wanted of a product, as its projection with the change made; the projection is used up."""
    if is_changed(number):
        _change(number).of_live(live)
    return live


class _Change(NamedTuple):
    """One change, told of a record and of a projection."""

    of_record: Callable[[Product], Product]
    of_live: Callable[[Json], None]


def _change(number: int) -> _Change:
    return _CHANGES[number // EVERY % len(_CHANGES)]


def _attribute_changed(place: int | None, name: str, value: Any, live_value: Any) -> _Change:
    """Another value of an attribute, of the variant at a place, or of all variants."""

    def of_record(record: Product) -> Product:
        variants = [
            replace(variant, attributes={**variant.attributes, name: value})  # type: ignore[dict-item]  # not UNSET
            if place in (None, index)
            else variant
            for index, variant in enumerate(record.variants or ())
        ]
        return replace(record, variants=tuple(variants))

    def of_live(live: Json) -> None:
        for index, variant in enumerate([live["masterVariant"], *live["variants"]]):
            if place in (None, index):
                (attribute,) = (one for one in variant["attributes"] if one["name"] == name)
                attribute["value"] = live_value

    return _Change(of_record, of_live)


def _renamed(record: Product) -> Product:
    return replace(record, name={"en": "another name"})


def _renamed_live(live: Json) -> None:
    live["name"] = {**live["name"], "en": "another name"}


def _less_categories(record: Product) -> Product:
    kept = () if isinstance(record.categories, UnsetType) else record.categories[:1]
    return replace(record, categories=kept)


def _less_categories_live(live: Json) -> None:
    del live["categories"][1:]


_CHANGES = (
    _Change(_renamed, _renamed_live),
    _attribute_changed(3, "size", "another size", "another size"),
    _attribute_changed(2, "weight", 7, 7),
    _attribute_changed(4, "colour", "black", {"key": "black", "label": {"en": "black"}}),
    _attribute_changed(None, "material", "another material", "another material"),
    _Change(_less_categories, _less_categories_live),
)
