"""How instants, money, keys and texts stand in commercetools JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from ...records import Localized, Money, minor_digits

__all__ = [
    "instant",
    "locales_changed",
    "merged",
    "moment",
    "money",
    "money_text",
    "same_money",
    "target_key",
]

_KEY_PART = re.compile(r"[A-Za-z0-9-]+")
_KEY_ALONE = re.compile(r"(?!.*__)[A-Za-z0-9_-]+")
_NOT_KEY = re.compile(r"[^A-Za-z0-9-]+")
_KEY_LONGEST = 256
_KEY_SHORTEST = 2


def instant(moment: datetime) -> str:
    """Write a zoned time as commercetools does: UTC, milliseconds, `Z`."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone: which instant is it?")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read commercetools' time; the result is in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def money(value: Money) -> dict[str, Any]:
    """Write an amount as a Money draft: whole minor units, or a high precision one with all its decimals."""
    cents = {"currencyCode": value.currency, "centAmount": value.cent_amount}
    if value.precise_amount is None:
        return cents
    return {
        "type": "highPrecision",
        **cents,
        "preciseAmount": value.precise_amount,
        "fractionDigits": value.fraction_digits,
    }


def _exact(live: Mapping[str, Any]) -> Decimal:
    if live.get("type") == "highPrecision":
        return Decimal(int(live["preciseAmount"])).scaleb(-int(live["fractionDigits"]))
    return Decimal(int(live["centAmount"])).scaleb(-minor_digits(str(live["currencyCode"])))


def same_money(live: Mapping[str, Any], wanted: Money) -> bool:
    """Whether both are the same amount, exactly: 0.1234 EUR in high precision is not 0.12 EUR.

    The same number with more decimals than before is the same amount.
    """
    return live["currencyCode"] == wanted.currency and _exact(live) == wanted.amount


def money_text(live: Mapping[str, Any]) -> str:
    """An amount as a person reads it: `59.90 EUR`."""
    return f"{_exact(live):f} {live['currencyCode']}"


def target_key(*parts: str) -> str:
    """Name a resource after business facts in commercetools' alphabet (letters, digits, `-`, `_`; 2-256).

    Parts are joined with `_`. The same parts always give the same key, other parts another one: where a
    part has to be bent to fit, a digest of the exact parts is added.
    """
    fits = _KEY_ALONE if len(parts) == 1 else _KEY_PART
    if all(fits.fullmatch(part) for part in parts):
        text = "_".join(parts)
        if _KEY_SHORTEST <= len(text) <= _KEY_LONGEST:
            return text
    text = "_".join(_NOT_KEY.sub("-", part) for part in parts)
    digest = blake2b("\x1f".join(parts).encode(), digest_size=9).hexdigest()
    return f"{text[: _KEY_LONGEST - len(digest) - 2]}__{digest}"


def locales_changed(
    live: Localized | None, wanted: Localized
) -> Iterator[tuple[str, str | None, str | None]]:
    """Each locale that the record names and the target holds otherwise: locale, old text, new text.

    An empty text means that the locale has none.
    """
    held = live or {}
    for locale, text in wanted.items():
        old, new = held.get(locale), text or None
        if old != new:
            yield locale, old, new


def merged(live: Localized | None, wanted: Localized) -> Localized:
    """The target's texts with the record's locales laid over them; other locales stay as they are."""
    return {locale: text for locale, text in {**(live or {}), **wanted}.items() if text}
