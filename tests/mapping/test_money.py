"""Money: notation, quantity, arithmetic, declared rounding, high precision; never a guess."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats import Group
from passerelle.mapping import Flaw, Mapping
from passerelle.mapping.functions.numbers import ROUNDINGS, rounded
from passerelle.records import Money, minor_digits

from .twice import faults, read

Load = Callable[..., Mapping]
Flaws = Callable[..., list[Flaw]]


def price(load: Load, money: str, rest: str = "") -> Mapping:
    """Load a feed of prices."""
    return load(f"- {{to: sku, from: SKU}}\n- {{to: value, money: {money}}}", entity="price", rest=rest)


@pytest.mark.parametrize(
    ("money", "row", "value"),
    [
        ("{amount: P, currency: C, decimal: '1234,5'}", {"P": "12,9", "C": "EUR"}, Money(1290, "EUR")),
        ("{amount: P, currency: C, minor_units: true}", {"P": "1290", "C": "EUR"}, Money(1290, "EUR")),
        ("{amount: P, currency: C, minor_units: true}", {"P": "1290", "C": "JPY"}, Money(1290, "JPY")),
        ("{amount: P, currency: C, minor_units: true}", {"P": "1290-", "C": "KWD"}, Money(-1290, "KWD")),
        ("{amount: P, currency: {value: EUR}, implied_decimals: 3}", {"P": "0012900"}, Money(1290, "EUR")),
        ("{amount: P, currency: {value: JPY}, decimal: '1234.5'}", {"P": "1400.0"}, Money(1400, "JPY")),
        ("{amount: P, currency: {value: EUR}, decimal: auto}", {"P": "1.234,50"}, Money(123450, "EUR")),
        (
            "{amount: P, currency: {from: C, via: {code: money}}, decimal: '1234.5'}",
            {"P": "1", "C": "0"},
            Money(100, "EUR"),
        ),
        ("{amount: P, currency: {value: EUR}, decimal: '1234,5', per: 100}", {"P": "10"}, Money(10, "EUR")),
        (
            "{amount: P, currency: {value: EUR}, decimal: '1234,5', per: {from: PE}}",
            {"P": "10", "PE": "1000"},
            Money(1, "EUR"),
        ),
        (
            "{amount: P, currency: {value: EUR}, decimal: '1234,5', per: {from: PE, via: {code: units}}}",
            {"P": "10", "PE": "2"},
            Money(10, "EUR"),
        ),
        (
            "{amount: P, currency: {value: EUR}, decimal: '1234,5', per: {from: PE, default: 1}}",
            {"P": "10"},
            Money(1000, "EUR"),
        ),
        (
            "{amount: P, currency: {value: EUR}, decimal: auto, via: [{percent_off: {from: D, default: 0}}]}",
            {"P": "10", "D": "5.5"},
            Money(945, "EUR"),
        ),
        (
            "{amount: P, currency: {value: EUR}, decimal: auto, via: [{percent_on: 20}, {add: {from: I}}]}",
            {"P": "10", "I": "1.5"},
            Money(1350, "EUR"),
        ),
        (
            "{amount: P, currency: {value: EUR}, decimal: '1234,5', per: 3, round: half_up}",
            {"P": "10"},
            Money(333, "EUR"),
        ),
    ],
)
def test_how_amounts_are_read(load: Load, money: str, row: Group, value: Money) -> None:
    """Notation, currency, price quantity, discount, surcharge, impact: exact until the rounding."""
    tables = """
        codes:
          money: {values: {"0": EUR, "1": USD}}
          units: {values: {"0": 1, "1": 10, "2": 100, "3": 1000}}
    """
    mapping = price(load, money, tables)
    assert read(mapping, {"SKU": "a", **row}).value == value


@pytest.mark.parametrize(("way", "cents"), [("half_up", 11), ("half_even", 10), ("down", 10), ("up", 11)])
def test_rounding_is_configuration(load: Load, way: str, cents: int) -> None:
    """10.50 EUR per 100 pieces is 10.5 cents: 10 or 11, as the mapping says (facts: formats, Money)."""
    mapping = price(
        load, f"{{amount: P, currency: {{value: EUR}}, decimal: '1234,5', per: 100, round: {way}}}"
    )
    assert read(mapping, {"SKU": "a", "P": "10,50"}).value == Money(cents, "EUR")


def test_nothing_is_rounded_silently(load: Load) -> None:
    """Without a word on rounding, too many decimals are a fault that says what to write."""
    mapping = price(load, "{amount: P, currency: {value: EUR}, decimal: '1234,5', per: 100}")
    assert faults(mapping, {"SKU": "a", "P": "10,50"}) == {"P": "too_many_decimals"}


def test_a_high_precision_price_keeps_its_decimals(load: Load) -> None:
    """0.105 EUR stays what it is; its cents are rounded half-even, as the target would do it."""
    mapping = price(load, "{amount: P, currency: {value: EUR}, decimal: '1234,5', per: 100, precise: 4}")
    value = read(mapping, {"SKU": "a", "P": "10,50"}).value
    assert value == Money(10, "EUR", precise_amount=1050, fraction_digits=4)
    assert value.amount == Decimal("0.105")
    assert faults(mapping, {"SKU": "a", "P": "10,501"}) == {"P": "too_many_decimals"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"P": "1.234", "PE": "1"}, {"P": "ambiguous_number"}),
        ({"P": "12", "PE": "0"}, {"P": "division_by_zero"}),
        ({"P": "12"}, {"PE": "missing_value"}),
        ({"P": "12", "PE": ""}, {"PE": "empty_value"}),
        ({"P": "12", "PE": "x"}, {"PE": "not_a_number"}),
        ({"P": "12", "PE": ["1", "2"]}, {"PE": "repeated_element"}),
        ({"PE": "1"}, {"P": "missing_value"}),
    ],
)
def test_faults_of_amounts(load: Load, row: Group, expected: dict[str, str]) -> None:
    """Each in its own place: the amount's at the amount, the quantity's at the quantity."""
    mapping = price(load, "{amount: P, currency: {value: EUR}, decimal: auto, per: {from: PE}}")
    assert faults(mapping, {"SKU": "a", **row}) == expected


@pytest.mark.parametrize(
    ("money", "words"),
    [
        ("{amount: P, currency: C}", "one of decimal, implied_decimals and minor_units"),
        ("{amount: P, currency: C, decimal: '1,5', minor_units: true}", "one of decimal"),
        ("{amount: P, currency: {value: EURO}, decimal: auto}", "is no currency"),
        ("{amount: P, currency: {value: EUR}, only: USD, decimal: auto}", "not among only"),
        ("{amount: P, currency: {}, decimal: auto}", "either a place (from) or a value"),
        ("{amount: P, currency: C, decimal: auto, via: [{upper: }]}", "arithmetic only, not upper"),
        ("{amount: P, currency: C, decimal: auto, per: 0}", "nothing can be divided by 0"),
        ("{amount: P, currency: C, decimal: auto, per: {from: A//B}}", "is no path"),
        ("{amount: P, currency: C, decimal: auto, via: [{multiply: {from: X, via: {code: nope}}}]}", "nope"),
        ("{amount: P, currency: C, decimal: auto, round: nearest}", "half_up"),
        ("{amount: P, currency: C, decimal: auto, precise: 30}", "less than or equal to 20"),
    ],
)
def test_flaws_of_amounts(flaws_of: Flaws, money: str, words: str) -> None:
    """What an amount lacks is told when the mapping is loaded."""
    flaws = flaws_of(
        "feed: test\nentity: price\n"
        'files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}\n'
        "format: {xml: {charset: UTF-8, record: /F/R}}\nkey: SKU\n"
        f"fields:\n  - {{to: sku, from: SKU}}\n  - {{to: value, money: {money}}}\n"
    )
    assert any(words in flaw.message and flaw.place.line == 8 for flaw in flaws), flaws


amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)


@given(amounts, st.integers(0, 5), st.sampled_from(sorted(ROUNDINGS)))
def test_rounding_moves_less_than_one_unit(number: Decimal, digits: int, way: str) -> None:
    """A rounded number has the decimals asked for, and lies within one unit of the last of them."""
    found = rounded(number, digits, way)
    unit = Decimal(1).scaleb(-digits)
    assert found == found.quantize(unit)
    assert abs(found - number) < unit
    if way.startswith("half"):
        assert abs(found - number) <= unit / 2


@given(amounts, st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(7, 20))
def test_high_precision_is_exact(number: Decimal, currency: str, digits: int) -> None:
    """What goes in comes out, and the cents are within half a minor unit."""
    money = Money.precisely(number, currency, digits)
    assert money.amount == number
    assert abs(Decimal(money.cent_amount).scaleb(-minor_digits(currency)) - number) <= Decimal("0.5").scaleb(
        -minor_digits(currency)
    )


@pytest.mark.parametrize(("digits", "currency"), [(2, "EUR"), (21, "EUR"), (3, "KWD")])
def test_high_precision_has_more_digits_than_the_currency(digits: int, currency: str) -> None:
    """The target takes more digits than the currency has, and at most 20."""
    with pytest.raises(ValueError, match="decimals"):
        Money.precisely("1", currency, digits)
