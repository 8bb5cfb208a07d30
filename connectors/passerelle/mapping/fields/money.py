"""Fields of money: an amount and its currency, exact, rounded only where the mapping says how."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from ...records import Money, minor_digits
from ..decimals import read_implied
from ..entities import Target
from ..functions.numbers import rounded
from ..generated import Careful, Code
from ..paths import ABSENT, Source, leaf_text
from ..pipeline import Pipeline
from ..unreadable import Unreadable
from .base import Base, Gaps, fetched, unwrapped
from .leaf import emit_operands, operand_values
from .scope import FAULTY, Scope

__all__ = ["MoneyField", "Rounds"]

_CURRENCY = re.compile("[A-Z]{3}")


class Rounds(NamedTuple):
    """How an amount is rounded; None for digits means those of its currency."""

    by: str
    digits: int | None


class MoneyField(Base):
    """An amount with its currency, exact in minor units or in the digits of a high precision price.

    `read` gives the number of the amount's text and its currency; `pipeline` is what happens to it then.
    `currency` is a place with its own pipeline, or the currency itself.
    """

    def __init__(
        self,
        to: str,
        target: Target,
        amount: Source,
        currency: tuple[Source, Pipeline] | str,
        pipeline: Pipeline,
        *,
        gaps: Gaps,
        only: Sequence[str] = (),
        minor_units: bool = False,
        rounds: Rounds | None = None,
        precise: int | None = None,
    ) -> None:
        super().__init__(to, target, None, gaps)
        self.amount = amount
        self.currency = currency
        self.pipeline = pipeline
        self.only = frozenset(only)
        self.minor_units = minor_units
        self.rounds = rounds
        self.precise = precise
        named = (currency[0],) if isinstance(currency, tuple) else ()
        self.sources = (amount, *named, *(operand.source for operand in pipeline.operands))
        self._both = lru_cache(16_384)(self._money)

    def _money(self, amount: str, currency: str, *raws: Any) -> Money:
        if not amount.strip() or not currency.strip():
            # What stands for nothing is the careful reading's to say, whatever the functions make of it.
            raise Careful
        return self._priced(amount, self._checked(currency), *raws)

    def _checked(self, text: str) -> str:
        if isinstance(self.currency, tuple) and self.currency[1].names:
            told = self.currency[1].convert(text)
            # A code that the table skips is no currency.
            text = told if isinstance(told, str) else ""
        currency = text.strip()
        if self.only and currency not in self.only:
            raise Unreadable("unknown_currency", " or ".join(sorted(self.only)))
        if _CURRENCY.fullmatch(currency) is None:
            raise Unreadable("unknown_currency", "three letters of ISO 4217")
        return currency

    def _priced(self, amount: str, currency: str, *raws: Any) -> Money:
        text: Any = read_implied(amount, minor_digits(currency)) if self.minor_units else amount
        number = Decimal(self.pipeline.convert(text, *raws))
        if self.rounds is not None:
            digits = self.rounds.digits
            if digits is None:
                digits = minor_digits(currency) if self.precise is None else self.precise
            number = rounded(number, digits, self.rounds.by)
        try:
            if self.precise is not None and self.precise > minor_digits(currency):
                return Money.precisely(number, currency, self.precise)
            return Money.of(number, currency)
        except ValueError as error:
            advice = f"{error}. Say in the mapping how it is rounded (round: half_up), or have it corrected"
            raise Unreadable(
                "too_many_decimals", f"an amount with the decimals of {currency}", advice
            ) from error

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        amount = self._text(scope, self.amount)
        currency = self._currency(scope)
        raws = operand_values(self.pipeline, scope)
        if not isinstance(amount, str):
            return FAULTY if currency is FAULTY else amount
        if not isinstance(currency, str) or raws is None:
            # The amount is still read, so that its own fault is told as well.
            if raws is not None and not self.minor_units:
                self._try(scope, self.amount, amount, lambda text: self.pipeline.convert(text, *raws))
            return FAULTY
        return self._try(scope, self.amount, amount, lambda text: self._priced(text, currency, *raws))

    def _currency(self, scope: Scope) -> Any:
        if not isinstance(self.currency, tuple):
            return self.currency
        text = self._text(scope, self.currency[0])
        return self._try(scope, self.currency[0], text, self._checked) if isinstance(text, str) else text

    def _try(self, scope: Scope, source: Source, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except Unreadable as error:
            return scope.fault(scope.at(source)[1], error, text)

    def _text(self, scope: Scope, source: Source) -> Any:
        values, path = scope.at(source)
        try:
            value = source.find(values)
            if value is ABSENT:
                return self.when_absent(scope, path)
            text = leaf_text(value)
        except Unreadable as error:
            return scope.fault(path, error, None)
        return self.when_empty(scope, path, text) if not text or text.isspace() else text

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result, amount = code.variable("a"), code.variable("x")
        # What is absent or empty has more than one meaning here: the careful reading knows it.
        code.line(f"{amount} = {fetched(code, self.amount, scopes, strict=True)}")
        unwrapped(code, amount)
        if isinstance(self.currency, tuple):
            currency = code.variable("x")
            code.line(f"{currency} = {fetched(code, self.currency[0], scopes, strict=True)}")
            unwrapped(code, currency)
        else:
            currency = code.bind(self.currency)
        operands = emit_operands(code, self.pipeline, scopes)
        code.line(f"{result} = {code.bind(self._both)}({amount}, {currency}{operands})")
        return result
