"""How values stand in commercetools JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools.planning.wire import instant, moment, money_text, same_money, target_key
from passerelle.records import Money

zoned = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    timezones=st.sampled_from([UTC, ZoneInfo("Europe/Paris"), timezone(timedelta(hours=-9, minutes=-30))]),
)


@given(zoned)
def test_a_time_is_written_in_utc_with_milliseconds(at: datetime) -> None:
    """The instant survives to the millisecond, in the form 2026-11-01T00:00:00.000Z."""
    text = instant(at)

    assert len(text) == 24
    assert text.endswith("Z")
    assert timedelta(0) <= at - moment(text) < timedelta(milliseconds=1)


def test_a_day_in_paris_begins_in_utc_the_evening_before() -> None:
    """1 November 2026 begins in Paris at 23:00 UTC on 31 October."""
    assert instant(datetime(2026, 11, 1, tzinfo=ZoneInfo("Europe/Paris"))) == "2026-10-31T23:00:00.000Z"


def test_a_time_without_zone_is_refused() -> None:
    """A time without zone names no instant."""
    with pytest.raises(ValueError, match="no zone"):
        instant(datetime(2026, 11, 1))  # noqa: DTZ001 - this is the fault under test


def test_money_is_compared_exactly() -> None:
    """Cents with cents; a high precision price equals only the same exact amount."""
    cents = {"type": "centPrecision", "currencyCode": "EUR", "centAmount": 5990, "fractionDigits": 2}
    precise = {
        "type": "highPrecision", "currencyCode": "EUR", "centAmount": 5990, "preciseAmount": 599012,
        "fractionDigits": 4,
    }  # fmt: skip

    assert same_money(cents, Money(5990, "EUR"))
    assert not same_money(cents, Money(5990, "PLN"))
    assert not same_money(precise, Money(5990, "EUR"))
    assert same_money({**precise, "preciseAmount": 599000}, Money(5990, "EUR"))
    assert money_text(cents) == "59.90 EUR"
    assert money_text({"currencyCode": "JPY", "centAmount": 500}) == "500 JPY"


@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=4))
def test_every_key_is_one_that_commercetools_takes(parts: list[str]) -> None:
    """Keys have 2 to 256 characters of A-Z, a-z, 0-9, - and _."""
    key = target_key(*parts)

    assert 2 <= len(key) <= 256
    assert set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert target_key(*parts) == key


@given(
    st.tuples(st.text("a-_.é", min_size=1, max_size=5), st.text("a-_.é", min_size=1, max_size=5)),
    st.tuples(st.text("a-_.é", min_size=1, max_size=5), st.text("a-_.é", min_size=1, max_size=5)),
)
def test_different_facts_never_share_a_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    """A key that is bent to fit carries a digest of the exact facts."""
    assert (target_key(*one) == target_key(*other)) == (one == other)


def test_a_key_that_fits_stays_readable() -> None:
    """What the alphabet allows is not touched."""
    assert target_key("000123-012-38", "FR", "EUR") == "000123-012-38_FR_EUR"
    assert target_key("BL_2026_0001") == "BL_2026_0001"
