"""The table of the steps of an order's life."""

from __future__ import annotations

import pytest

from passerelle.fulfilment import STEPS, Timers, step


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_table_of_steps_is_whole(language: str) -> None:
    """29 steps in the order of an order's life, each with a name in both languages and a known timer."""
    assert [one.number for one in STEPS] == list(range(1, 30))
    assert len({one.slug for one in STEPS}) == len(STEPS)
    assert all(one.name("fr" if language == "fr" else "en") for one in STEPS)
    assert {one.timer for one in STEPS if one.timer} <= set(Timers.__struct_fields__)
    assert all(step(one.slug) is one and step(one.number) is one for one in STEPS)
