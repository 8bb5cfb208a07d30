"""Product files of nested records (5.2 KB), from a seed: six variants, prices and colours with attributes.

Per product: three names and descriptions (with `&amp;`), two or three categories, six attributes; per variant
SKU, EAN, colour with three attributes, size, weight, three prices with three attributes, two images.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

__all__ = ["write_product6"]

_BLOCK = 1_000
_VARIANTS = 6
_LANGUAGES = ("de", "en", "fr")
_CURRENCIES = (("DE", "EUR"), ("CH", "CHF"), ("PL", "PLN"))
_COLOURS = ("black", "white", "red", "navy", "olive", "sand", "rose")
_WORDS = (
    *("soft", "warm", "light", "cotton", "wool", "linen", "cut", "slim", "wide", "long"),
    *("short", "lined", "quilted", "woven", "knitted", "ribbed"),
)


def write_product6(folder: Path, products: int, *, seed: int, every: int = 0) -> Path:
    """Write a full file with the number 1; every so-manieth product has a first variant of another size."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "PRODUCT6_C_00001_20261101.xml"
    with path.open("w", encoding="ascii", newline="", buffering=1 << 20) as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<Catalog xmlns="urn:example:catalog">\n')
        file.write("  <Header>\n    <Sequence>00001</Sequence>\n    <Mode>C</Mode>\n  </Header>\n")
        for start in range(0, products, _BLOCK):
            chance = Random(f"{seed}/{start}")  # noqa: S311 - a seed, no secret
            numbers = range(start, min(start + _BLOCK, products))
            file.write("".join(_product(n, chance, moved=every > 0 and n % every == 0) for n in numbers))
        file.write(f"  <Footer>\n    <Rows>{products:07d}</Rows>\n  </Footer>\n</Catalog>\n")
    return path


def _product(number: int, chance: Random, *, moved: bool) -> str:
    words = chance.choices(_WORDS, k=40)
    parts = [f'  <Product id="P{number:07d}" status="active">\n    <Number>P{number:07d}</Number>\n']
    parts += [
        f'    <Name lang="{language}">{words[0]} &amp; {words[1]} {language} {number}</Name>\n'
        f'    <Description lang="{language}">{" ".join(words[2:])} &amp; more</Description>\n'
        for language in _LANGUAGES
    ]
    parts.append("    <Categories>\n")
    parts += [
        f"      <Category>cat-{(number + step) % 97:03d}</Category>\n" for step in range(2 + number % 2)
    ]
    parts.append("    </Categories>\n    <Attributes>\n")
    parts += [f'      <Attribute name="a{place}">{words[place]}</Attribute>\n' for place in range(6)]
    parts.append("    </Attributes>\n    <Variants>\n")
    parts += [_variant(number, place, chance, moved=moved and place == 0) for place in range(_VARIANTS)]
    parts.append("    </Variants>\n  </Product>\n")
    return "".join(parts)


def _variant(number: int, place: int, chance: Random, *, moved: bool) -> str:
    colour = _COLOURS[(number + place) % len(_COLOURS)]
    cents = chance.randrange(1_000, 20_000)
    amount = f"{cents // 100},{cents % 100:02d}"
    prices = "".join(
        f'        <Price country="{country}" currency="{currency}" kind="list">{amount}</Price>\n'
        for country, currency in _CURRENCIES
    )
    sku = f"P{number:07d}-{place}"
    return (
        f"      <Variant>\n        <Sku>{sku}</Sku>\n"
        f"        <Ean>{4000000000000 + 6 * number + place}</Ean>\n"
        f'        <Colour code="{place:02d}" family="{colour}" rgb="{cents:06d}">{colour}</Colour>\n'
        f"        <Size>{35 if moved else 36 + 2 * place}</Size>\n"
        f"        <Weight>{cents % 900},5</Weight>\n{prices}"
        f"        <Image>{sku}/front.jpg</Image>\n        <Image>{sku}/back.jpg</Image>\n      </Variant>\n"
    )
