"""What the room offers."""

from __future__ import annotations

from types import ModuleType

from passerelle import commercetools


def test_public_is_what_is_listed() -> None:
    """Every name that can be imported without an underscore is listed, in order, and nothing else."""
    found = {
        name
        for name, value in vars(commercetools).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert set(commercetools.__all__) == found
    assert list(commercetools.__all__) == sorted(commercetools.__all__)
