from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from passerelle.feeds.wiring import name_pattern, name_rules, ready_rule, thresholds
from passerelle.files import MarkerReady, StableReady
from passerelle.mapping import FilesSpec, GuardSpec
from passerelle.sync import PriceMove, Seen, Thresholds, inspect
from tests.sync.desk import mapping_of


def files(**ready: Any) -> FilesSpec:
    """What a mapping says of its files."""
    return FilesSpec.model_validate({"folder": "out", "pattern": "A_{sequence:5}.xml", "ready": ready})


def test_the_ready_rule_is_the_one_declared() -> None:
    """A marker, or some time of rest."""
    marker, stable = ready_rule(files(marker=".ok")), ready_rule(files(stable_for="30s"))
    assert isinstance(marker, MarkerReady)
    assert marker.suffix == ".ok"
    assert isinstance(stable, StableReady)
    assert stable.seconds == 30


def test_a_name_is_read_with_the_modes_of_the_feed() -> None:
    """The ERP's letter becomes our word."""
    name = name_pattern(mapping_of("stock").spec.files).match("STOCK_TOUS_C_00007_20261101.xml")
    assert name is not None
    assert (name.sequence, name.mode) == (7, "full")


def test_reserved_words_are_a_list_or_one() -> None:
    """As the docs write them: a list of YAML, or a single word."""
    spec = {"folder": "in", "pattern": "A_{sequence:5}.xml", "ready": {"marker": ".ok"}}
    for said, meant in ((["tmp", "old"], ("tmp", "old")), ("tmp", ("tmp",))):
        named = FilesSpec.model_validate({**spec, "names": {"reserved": said}})
        assert name_rules(named).reserved == meant


def test_what_a_feed_leaves_out_has_the_guards_default() -> None:
    """Only what is written changes."""
    assert thresholds(GuardSpec()) == Thresholds()
    words = {"volume_drop": "50%", "removed_share": "2%", "floor": 9}
    said = thresholds(GuardSpec.model_validate(words))
    assert (said.volume_drop, said.removed_share, said.floor) == (0.5, 0.02, 9)
    assert said.absent_share == Thresholds().absent_share


def test_a_limit_of_nothing_allows_nothing() -> None:
    """Zero is a value: no line may go to zero."""
    assert thresholds(GuardSpec.model_validate({"zero_share": "0%"})).zero_share == 0


@pytest.mark.parametrize("rule", ["volume_drop", "zero_share", "absent_share", "reject_share"])
def test_a_rule_is_switched_off_by_allowing_all(rule: str) -> None:
    """`100%` stops nothing: no share is more than all. The other rules stay."""
    worst = Seen(full=True, known=100, received=100, absent=100, zeroed=100, rejected=100)
    worst = replace(worst, received=0) if rule == "volume_drop" else worst
    off = {breach.rule for breach in inspect(worst, thresholds(GuardSpec.model_validate({rule: "100%"})))}
    on = {breach.rule for breach in inspect(worst, thresholds(GuardSpec()))}
    assert len(on - off) == 1


def test_price_moves_are_guarded_as_declared() -> None:
    """By how much, and how many."""
    said = thresholds(GuardSpec.model_validate({"price_move": {"by": "60%", "share": "5%"}}))
    assert said.price_move == PriceMove(by=0.6, share=0.05)
    assert thresholds(GuardSpec()).price_move is None
