"""The guard stops what would harm the shop, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from passerelle.sync import PriceMove, Seen, Thresholds, inspect


def rules(seen: Seen, allowed: Thresholds | None = None) -> list[str]:
    """Name the rules that are broken."""
    return [breach.rule for breach in inspect(seen, allowed or Thresholds())]


def test_a_full_with_a_third_of_its_lines_gone_is_stopped_twice() -> None:
    """A third fewer lines breaks the volume rule and the absence rule, and both say what to do."""
    breaches = inspect(Seen(full=True, known=300, received=200, absent=100), Thresholds())
    assert [breach.rule for breach in breaches] == ["volume", "absent"]
    assert "33.3 %" in breaches[0].seen
    assert all("--override-guard" in breach.advice for breach in breaches)


def test_a_delta_may_be_small() -> None:
    """A delta says nothing about what it leaves out: no volume rule, no absence rule."""
    assert rules(Seen(full=False, known=10_000, received=3)) == []


def test_a_first_full_has_nothing_to_compare_with() -> None:
    """While the ledger knows nothing of a feed, no share can be broken but that of rejects."""
    assert rules(Seen(full=True, known=0, received=6000, zeroed=6000)) == []


def test_zero_stock_within_the_threshold_passes_and_above_it_stops() -> None:
    """Forty of a hundred may go to zero by default, forty-one may not."""
    assert rules(Seen(full=False, known=100, received=100, zeroed=40)) == []
    assert rules(Seen(full=False, known=100, received=100, zeroed=41)) == ["zeroed"]


def test_a_few_records_are_no_share() -> None:
    """Below the floor a share means nothing: three of three absent lines stop nobody."""
    assert rules(Seen(full=True, known=3, received=0, absent=3)) == []


def test_many_rejects_mean_that_the_layout_changed() -> None:
    """When a third of a file cannot be read, the file is wrong and not its records."""
    assert rules(Seen(full=False, known=0, received=100, rejected=31)) == ["rejects"]


def test_prices_that_all_lose_two_digits_are_stopped() -> None:
    """Prices a hundred times too low are many far moves, whatever their sign."""
    allowed = Thresholds(price_move=PriceMove(by=0.6, share=0.05))
    moves = [-0.99] * 20
    assert rules(Seen(full=False, known=100, received=100, moves=moves), allowed) == ["price_move"]
    assert rules(Seen(full=False, known=100, received=100, moves=[0.3] * 20), allowed) == []


@pytest.mark.parametrize("rule", ["volume_drop", "absent_share", "zero_share", "reject_share"])
def test_each_rule_can_be_switched_off(rule: str) -> None:
    """None switches a rule off and leaves the others alone."""
    harm = Seen(full=True, known=100, received=50, absent=90, zeroed=90, rejected=50)
    left = rules(harm, replace(Thresholds(), **{rule: None}))
    assert len(left) == len(rules(harm)) - 1


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0, 1))
def test_more_absence_never_turns_a_stop_into_a_pass(known: int, absent: int, share: float) -> None:
    """The absence rule is monotonous: if N absent records stop a run, N + 1 do."""
    allowed = Thresholds(absent_share=share, volume_drop=None, zero_share=None, reject_share=None)
    one = inspect(Seen(full=True, known=known, absent=absent), allowed)
    more = inspect(Seen(full=True, known=known, absent=absent + 1), allowed)
    assert len(more) >= len(one)
