"""Hooks of a feed: found in its modules by name, fit for its records, and part of its version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from passerelle.mapping import Flaw, hook, load_incoming
from tests.sync.hooked import BOTH, Package, feed_text, installed

Flaws = Callable[..., list[Flaw]]


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    """A package with a hook for categories, `asked`, and one for prices, `asked_of_prices`."""
    with installed(tmp_path / "site") as made:
        made.writes(
            '@hook("asked", "category")\ndef asked(record, live):\n    return record\n\n\n'
            '@hook("asked_of_prices", ("price", "stock"))\ndef of_prices(record, live):\n    return record\n'
        )
        yield made


def test_hooks_are_found_in_the_feed_s_modules(tmp_path: Path, package: Package) -> None:
    """Named in the YAML; another source of the module is another version of both, hooks and mapping."""
    path = tmp_path / "category.yaml"
    path.write_text(feed_text(), encoding="utf-8")
    one = load_incoming(path)
    assert one.hooks is not None
    assert [(moment, found.name) for moment, found in one.hooks.named()] == [
        ("before_create", "asked"),
        ("before_update", "asked"),
    ]
    path.write_text(feed_text("{before_update: asked}"), encoding="utf-8")
    other = load_incoming(path)
    assert other.hooks is not None
    assert (other.hooks.before_create, other.hooks.version != one.hooks.version) == (None, True)
    package.says("return None")
    path.write_text(feed_text(), encoding="utf-8")
    changed = load_incoming(path)
    assert changed.hooks is not None
    assert changed.hooks.version != one.hooks.version
    assert changed.version != one.version


def test_what_is_carried(tmp_path: Path, package: Package) -> None:
    """A field, what is part of it, and a list that is made of fields; nothing beside."""
    path = tmp_path / "product.yaml"
    text = feed_text("{before_create: asked_too}").replace("category", "product").partition("fields:")[0]
    text += (
        "fields:\n  - {to: key, from: KEY}\n  - {to: name.en, from: T}\n  - to: variants\n    each: .\n"
        "    fields: [{to: sku, from: KEY}, {to: attributes.colour, from: C}, {to: key, from: I}]\n"
    )
    path.write_text(text, encoding="utf-8")
    package.says("return record", name="asked_too", entity="product")
    hooks = load_incoming(path).hooks
    assert hooks is not None
    names = ("name.en", "variants", "variants.attributes.colour", "variants.key")
    assert all(hooks.is_carried(name) for name in names)
    others = (
        "name",
        "name.de",
        "description",
        "variants.attributes",
        "variants.attributes.size",
        "variants.prices",
    )
    assert not any(hooks.is_carried(name) for name in others)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("hooks", "path", "words"),
    [
        (
            "{before_create: aksed}",
            "before_create",
            "no hook 'aksed' in the modules of functions; did you mean 'asked'?",
        ),
        (
            "{before_update: asked_of_prices}",
            "before_update",
            "asked about price and stock, not about category",
        ),
        (
            "{before_delete: asked}",
            "before_delete",
            "unknown key 'before_delete'; did you mean 'before_",
        ),
        ("{}", "hooks", "say before_create, before_update, or both"),
    ],
)
def test_flaws_of_hooks(flaws_of: Flaws, hooks: str, path: str, words: str) -> None:
    """Told when the mapping is checked, where the name stands, with the nearest one."""
    text = feed_text(hooks)
    flaws = flaws_of(text)
    [place] = [flaw.place for flaw in flaws if words in flaw.message]
    assert place.line == 4
    assert place.file == "test.yaml"
    line = text.splitlines()[3]
    assert path in line[: place.column + len(path)]


def test_flaws_of_feeds_that_take_no_hook(flaws_of: Flaws, package: Package) -> None:
    """Stock under its law, movements, and a create of a feed that creates nothing."""
    package.says("return record", entity="stock")
    stock = feed_text().replace("entity: category", "entity: stock").partition("fields:")[0]
    stock += "fields: [{to: sku, from: KEY}, {to: quantity, from: Q, as: integer}"
    law = flaws_of("stock: {means: physical, at: {header: AT, form: AAAAMMJJ}}\n" + stock + "]\n")
    assert any("say stock or hooks" in flaw.message for flaw in law), law
    moved = flaws_of(stock.replace("key: KEY", "key: [KEY, M]") + ", {to: movement, from: M}]\n")
    assert any("a movement happened as it did" in flaw.message for flaw in moved), moved
    completing = flaws_of("creates: false\n" + stock + "]\n")
    assert [flaw.message for flaw in completing] == [
        "a feed that only completes what others create creates nothing"
    ]


@pytest.mark.usefixtures("package")
def test_a_hook_of_a_module_that_is_not_named(flaws_of: Flaws) -> None:
    """It is there, but its source would be no part of the version."""
    [flaw] = flaws_of(
        feed_text(BOTH.replace("before_update: asked", "")[:-2] + "}").replace(
            "functions: maison_hooks.rules\n", ""
        )
    )
    assert flaw.message.endswith("name the module that registers it in functions")


def two(record: object, live: object) -> object:
    """A hook as it should be."""
    return record if live is None else live


def one(record: object) -> object:
    """Sees too little."""
    return record


def three(record: object, live: object, more: object) -> object:
    """Wants too much."""
    return (record, live, more)


@pytest.mark.parametrize(
    ("name", "entity", "decide", "words"),
    [
        ("asked", "category", two, "already, in maison_hooks.rules"),
        ("new", "order", two, "no hook is asked about order, only about"),
        ("new", (), two, "no hook is asked about nothing"),
        ("new", "category", one, "plain function of two values"),
        ("new", "category", three, "plain function of two values"),
    ],
)
def test_what_cannot_be_registered(
    tmp_path: Path, package: Package, name: str, entity: str | tuple[str, ...], decide: Any, words: str
) -> None:
    """Said where it is written."""
    path = tmp_path / "category.yaml"
    path.write_text(feed_text(), encoding="utf-8")
    load_incoming(path)
    assert package.asked == []
    with pytest.raises(ValueError, match=words):
        hook(name, entity)(decide)


async def test_a_hook_waits_for_nothing() -> None:
    """A function that must be awaited is none: it would read elsewhere."""

    async def decide(record: object, live: object) -> object:
        return record if live is None else live

    assert await decide(1, None) == 1
    with pytest.raises(ValueError, match="plain function"):
        hook("waits", "category")(decide)
