"""Slugs and keys: text that a URL and an API take, the same every time."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

from .unreadable import Unreadable

__all__ = ["checked_key", "sanitised_key", "slug_of", "transliterate"]

#: commercetools: key `^[A-Za-z0-9_-]{2,256}$`, slug `[a-zA-Z0-9_-]{2,256}` (API reference, limits).
_KEY = re.compile(r"[A-Za-z0-9_-]{2,256}")
_LONGEST = 256
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
        "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss", "ẞ": "Ss", "\u0131": "i", "ħ": "h", "Ħ": "H",
        "ĸ": "k", "ŋ": "n", "Ŋ": "N", "ŧ": "t", "Ŧ": "T", "€": "euro",
        # Apostrophes join two words: l'été is l-ete.
        "\u2019": "-", "\u2018": "-", "'": "-",
    }
)  # fmt: skip


def transliterate(text: str) -> str:
    """Write text in ASCII letters: `côtelé` is `cotele`, `żółty` is `zolty`; others are left out."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return apart.encode("ascii", "ignore").decode("ascii")


def slug_of(parts: list[str]) -> str:
    """Join texts to a slug. The last part, a code, is kept letter by letter: it makes the slug unique.

    Raises:
        Unreadable: the code itself cannot stand in a slug, or nothing is left.
    """
    *texts, code = [part.strip() for part in parts]
    if not texts:
        texts, code = [code], ""
    words = re.sub("[^a-z0-9]+", "-", transliterate("-".join(texts)).lower()).strip("-")
    if code and re.fullmatch("[A-Za-z0-9_-]+", code) is None:
        raise Unreadable("bad_slug", "a code of A-Z, a-z, 0-9, _ and - at the end of the slug")
    if len(parts) > 1 and not code:
        raise Unreadable("bad_slug", "a code at the end of the slug")
    room = _LONGEST - len(code) - 1
    slug = "-".join(part for part in (words[:room].strip("-"), code) if part)
    if _KEY.fullmatch(slug) is None:
        raise Unreadable("bad_slug", "text that gives a slug of 2 to 256 characters")
    return slug


def checked_key(key: str) -> str:
    """Give the key back when it is one; raises Unreadable when the target would refuse it."""
    if _KEY.fullmatch(key) is None:
        raise Unreadable(
            "bad_key", "2 to 256 characters of A-Z, a-z, 0-9, _ and -", "Translate it with a code table"
        )
    return key


def sanitised_key(prefix: str, code: str, suffix: str, *, shortest: int = 2) -> str:
    """Bend a code into the characters of keys: letters lose their marks, the rest becomes `-`.

    `suffix` says when a digest of the exact code stands behind it: `changed` (when it was bent), `always`
    or `never`. The same code always gives the same key.

    Raises:
        Unreadable: nothing is left of the code, or prefix and code are too long.
    """
    plain = re.sub("[^A-Za-z0-9_-]+", "-", transliterate(code)).strip("-")
    digest = blake2b(code.encode(), digest_size=4).hexdigest()
    if not plain and suffix == "never":
        raise Unreadable("bad_key", "a code of which a letter or digit is left")
    bent = suffix == "always" or (suffix == "changed" and plain != code)
    if bent:
        room = _LONGEST - len(prefix) - len(digest) - 1
        plain = "-".join(part for part in (plain[:room].strip("-"), digest) if part)
    key = prefix + plain
    return key if len(key) == shortest == 1 else checked_key(key)
