"""Functions of identity: keys, slugs, paths of categories, references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from ..slugs import checked_key, sanitised_key, slug_of, transliterate
from ..unreadable import Unreadable
from .registry import Convert, reading

#: When a bent key gets a digest of the exact code behind it, so that two codes never give one key.
Suffix: TypeAlias = Literal["changed", "always", "never"]


@reading("key", ("text", "texts"), "text")
def key(prefix: str = "", *, sanitise: bool = False, suffix: Suffix = "changed", by: str = "-") -> Convert:
    """Make a canonical key: prefix and code, in the characters that the target takes in keys.

    Any other character is a fault, unless `sanitise: true` bends the code: letters lose their marks, the
    rest becomes `-`. Then `suffix` says when a digest of the exact code stands behind it: when it was
    `changed`, `always`, or `never`, where two codes may become one key. Several texts are joined with `by`.

    Example: `{key: cat-}` makes `"cat-0012"` of `" 0012 "`.
    """

    def read(value: str | Sequence[str]) -> str:
        text = value.strip() if isinstance(value, str) else by.join(part.strip() for part in value)
        if sanitise:
            return sanitised_key(prefix, text, suffix)
        return checked_key(prefix + text)

    return read


@reading("slug", ("text", "texts"), "text")
def slug(*, sanitise: bool = False, suffix: Suffix = "changed") -> Convert:
    """Make a slug; of several texts the last is a code, which is kept as it is and makes it unique.

    A code that cannot stand in a slug is a fault, unless `sanitise: true` bends it as `key` does.

    Example: `slug` makes `"robe-d-ete-0012"` of `["Robe d'été", "0012"]`.
    """

    def read(value: str | Sequence[str]) -> str:
        parts = [value] if isinstance(value, str) else list(value)
        if sanitise and len(parts) > 1:
            parts[-1] = sanitised_key("", parts[-1].strip(), suffix, shortest=1)
        return slug_of(parts)

    return read


@reading("path_key", ("text", "texts"), "text")
def path_key(by: str = ">", prefix: str = "") -> Convert:
    """Make the key of a category from its path: each step in plain small letters, joined by `_`.

    Example: `{path_key: ">", prefix: cat-}` makes `"cat-women_t-shirts"` of `"Women > T-Shirts"`.
    """
    if not by:
        raise ValueError("path_key needs the text between the steps")

    def read(value: str | Sequence[str]) -> str:
        steps = value.split(by) if isinstance(value, str) else value
        plain = ["-".join(_words(step)) for step in steps if step.strip()]
        if not plain or not all(plain):
            raise Unreadable("bad_key", f"a path of names, {by} between them")
        return checked_key(prefix + "_".join(plain))

    return read


def _words(text: str) -> list[str]:
    letters = transliterate(text).lower()
    return "".join(letter if letter.isalnum() else " " for letter in letters).split()


@reading("reference", "text", "any")
def reference(to: str) -> Convert:
    """Point to another resource by its key, for an attribute of type reference; it may come later.

    Example: `{reference: product}` makes `{typeId: product, key: style-7}` of `"style-7"`.
    """
    return lambda text: {"typeId": to, "key": checked_key(text.strip())}
