"""The page of the stock law: each worked example is what the law says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from passerelle.fulfilment.availability import OpenPieces, PlaceRules, StockClaim, on_stock, published
from passerelle.mapping.spec import StockSpec

from .pages import blocks

PAGE = Path(__file__).parents[2] / "docs/reference/stock-law.md"
EXAMPLES = [block for block in blocks(PAGE) if block.text.startswith("# Example: ")]


def _name(text: str) -> str:
    return text.splitlines()[0].removeprefix("# Example: ")


def test_the_page_has_examples_of_every_meaning_and_mode() -> None:
    """A meaning or a mode without an example is not explained."""
    said = [yaml.safe_load(block.text) for block in EXAMPLES]
    assert {one["claim"]["means"] for one in said} == {"physical", "available", "net_of_web"}
    assert {one["mode"] for one in said if "mode" in one} == {"ReserveOnOrder", "TrackOnly"}
    assert {what for one in said for what in one.get("because", ())} == {
        "claimed", "sold", "lost", "on_hold", "unheard", "buffer", "below_zero", "minimum", "not_eligible",
    }  # fmt: skip


@pytest.mark.parametrize("text", [block.text for block in EXAMPLES], ids=_name)
def test_an_example_is_what_the_law_says(text: str) -> None:
    """Number, reasons, and what the shop is told."""
    said: dict[str, Any] = yaml.safe_load(text)
    claim = msgspec.convert({"sku": "A-1", **said["claim"]}, StockClaim)
    pieces = [msgspec.convert({"sku": "A-1", **one}, OpenPieces) for one in said.get("pieces", ())]
    rules = msgspec.convert(said.get("rules", {}), PlaceRules)
    answer = published(claim, pieces, rules, margin=timedelta(seconds=said.get("margin", 0)))
    assert answer.quantity == said["shows"]
    if "because" in said:
        assert {reason.what: reason.pieces for reason in answer.because} == said["because"]
    if "told" in said:
        told = on_stock(answer.quantity, answer.held, said["mode"], reserved=said["reserved"])
        assert told == said["told"]
        if "available_then" in said:
            assert told - said["reserved"] == said["available_then"]


def test_the_section_on_the_page_is_one() -> None:
    """What is shown as a section of a mapping is taken as one."""
    (block,) = (block for block in blocks(PAGE) if block.title == "the section of a mapping")
    StockSpec.model_validate(yaml.safe_load(block.text)["stock"])
