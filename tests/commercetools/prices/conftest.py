"""A price list: a project of its own for each test, whose every request is judged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commercetools.shopfloor import Floor
from tests.contract.official import OfficialContract, find_description


@pytest.fixture(scope="session")
def official(pytestconfig: pytest.Config) -> OfficialContract:
    """The official OpenAPI description, made strict."""
    description = find_description()
    if description is None:
        pytest.skip("the official OpenAPI description is not here: name its folder in PASSERELLE_CONTRACTS")
    return OfficialContract(description, pytestconfig.cache.mkdir("contracts"))


@pytest.fixture
def floor(official: OfficialContract) -> Iterator[Floor]:
    """An empty project; after the test every request is held against the official description."""
    opened = Floor()
    yield opened
    assert opened.recorder.calls()
    opened.judge(official)
