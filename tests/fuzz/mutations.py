"""Mutations: a sound file made unsound, the same way each time for the same number."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from random import Random

__all__ = ["MUTATIONS", "mutate"]

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]

_MANY = 50_000
_DEEP = 20_000
_SPICES = (
    b"\x00",
    b"\x07",
    b"\x1a",
    b"\r",
    b"\n",
    b"\x85",
    b"\xa0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"&",
    b"<",
    b">",
    b"&amp;",
    b"&#0;",
    b"&#x110000;",
    b"&lol;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"-->",
    b"<?x?>",
    b'"',
    b"'",
    b";",
    b",",
    b"\t",
    b"|",
    b"+",
    b":",
    b"?",
    b"?'",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"1e999",
    b"-",
    b"NaN",
    b"../../etc/passwd",
    b"\xc3\x28",
    b"\xf0\x9f\x98\x80",
    b"\x0c",
    b"\x0d",
    b"\xc0",
    b"\xd0",
    b"=1+1",
)
_CHARSETS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037", "cp850", "utf-7")


def mutate(seeds: Sequence[bytes], number: int) -> bytes:
    """Make the mutated file of a number: one seed, one to four mutations one after the other."""
    chance = Random(number)  # noqa: S311 - repeatable on purpose, no secret
    content = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        content = chance.choice(MUTATIONS)(content, chance, seeds)
    return content


def _at(content: bytes, chance: Random) -> int:
    return chance.randint(0, len(content))


def _span(content: bytes, chance: Random, most: int = 400) -> tuple[int, int]:
    start = _at(content, chance)
    return start, min(len(content), start + chance.randint(1, most))


def _cut_end(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    return content[: _at(content, chance)]


def _cut_start(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    return content[_at(content, chance) :]


def _drop(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[end:]


def _repeat(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    start, end = _span(content, chance)
    return content[:end] + content[start:end] * chance.choice((1, 2, 50)) + content[end:]


def _splice(content: bytes, chance: Random, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return content[: _at(content, chance)] + other[_at(other, chance) :]


def _swap(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    first, second = sorted((_at(content, chance), _at(content, chance)))
    middle = (first + second) // 2
    return content[:first] + content[middle:second] + content[first:middle] + content[second:]


def _flip(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 30)) if content else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _spice(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    at = _at(content, chance)
    return content[:at] + chance.choice(_SPICES) + content[at:]


def _newlines(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(
        b"\n", chance.choice((b"\r", b"\r\n", b"", b"\n\n", b"\x85"))
    )


def _recode(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    text = content.decode("latin-1")
    charset = chance.choice(_CHARSETS)
    encoded = text.encode(charset, "replace")
    return chance.choice((b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) + encoded


def _misread(content: bytes, _chance: Random, _seeds: Sequence[bytes]) -> bytes:
    return content.decode("latin-1").encode("utf-8")


def _widen(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    """Make one text, attribute or column huge."""
    at = _at(content, chance)
    return content[:at] + chance.choice((b"A", b"9", b" ", b'"', b"\xe9")) * _MANY + content[at:]


def _nest(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    """Go deep where a record stands."""
    at = _at(content, chance)
    opening, closing = chance.choice(((b"<A>", b"</A>"), (b"[", b"]"), (b'{"a":', b"}"), (b"(", b")")))
    depth = chance.choice((50, 300, _DEEP))
    return content[:at] + opening * depth + chance.choice((b"", closing * depth)) + content[at:]


def _bomb(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    """Put a document type with entities in front, or an external one."""
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bombs = (
        f'<!DOCTYPE x [<!ENTITY e0 "ha">{layers}]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e9 SYSTEM "http://127.0.0.1:9/x">]>',
    )
    end = content.find(b"?>") + 2
    spoiled = content[:end] + chance.choice(bombs).encode() + content[end:]
    at = spoiled.rfind(b"</")
    return spoiled[:at] + b"&e9;" + spoiled[at:]


def _blow_up(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    """Say the same thing again and again: many more records than the trailer counts."""
    start, end = sorted((_at(content, chance), _at(content, chance)))
    return content[:end] + content[start:end] * chance.choice((3, 30)) + content[end:]


def _attributes(content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    """Give one element a thousand attributes, or one of them twice."""
    at = content.find(b">", _at(content, chance))
    many = b"".join(b' a%d="x"' % n for n in range(chance.choice((2, 1_000))))
    return content[: max(at, 0)] + many + chance.choice((b"", b' a1="again"')) + content[max(at, 0) :]


def _empty(_content: bytes, chance: Random, _seeds: Sequence[bytes]) -> bytes:
    return chance.choice((b"", b"\n", b" " * 70_000, b"\x00" * 10_000, b"\xef\xbb\xbf"))


#: What may happen to a file on its way; the commonest stand more than once.
MUTATIONS: tuple[Mutation, ...] = (
    _cut_end,
    _cut_end,
    _cut_start,
    _drop,
    _drop,
    _repeat,
    _splice,
    _splice,
    _swap,
    _flip,
    _flip,
    _spice,
    _spice,
    _spice,
    _newlines,
    _recode,
    _misread,
    _widen,
    _nest,
    _bomb,
    _blow_up,
    _attributes,
    _empty,
)
