"""Feeds of stock movements: each movement is a record of its own, and takes nothing away when it is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from passerelle.errors import ConfigError
from passerelle.mapping import Mapping

Load = Callable[..., Mapping]

FIELDS = """
- {to: sku, from: SKU}
- {to: quantity, from: Q, as: integer}
- {to: relative, value: true}
- {to: movement, from: [DOC, LINE], via: {join: "/"}}
"""


def test_the_key_names_what_tells_movements_apart(load: Load) -> None:
    """With the article alone, the second movement would be a new version of the first."""
    with pytest.raises(ConfigError, match="told apart by DOC, LINE: name it in key too"):
        load(FIELDS, key="SKU")
    with pytest.raises(ConfigError, match="told apart by LINE"):
        load(FIELDS, key="[SKU, DOC]")
    assert load(FIELDS, key="[DOC, LINE]").entity == "stock"


def test_a_movement_that_is_over_takes_no_stock_away(load: Load) -> None:
    """A full file without it says nothing about the shelf."""
    with pytest.raises(ConfigError, match="a movement that is over takes no stock away"):
        load(FIELDS, key="[DOC, LINE]", rest="deletes: {absent: zero}\n")
