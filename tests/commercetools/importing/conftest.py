"""A yard for each test, whose requests pass the official descriptions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.commercetools.importing.yard import Yard, opened
from tests.contract.official import OfficialContract, find_description


@pytest.fixture(scope="session")
def import_description(pytestconfig: pytest.Config) -> OfficialContract | None:
    """The official description of the Import API, made strict; None where it is not at hand."""
    found = find_description("import-openapi.yaml")
    return None if found is None else OfficialContract(found, pytestconfig.cache.mkdir("contracts"))


@pytest.fixture
async def yard(tmp_path: Path, import_description: OfficialContract | None) -> AsyncIterator[Yard]:
    """An empty project; every import request that was sent there is held against the description."""
    async with opened(tmp_path) as made:
        yield made
        if import_description is not None:
            imports = [call for call in made.recorder.calls() if "/import-" in call.path]
            faults = [
                f"{call.method} {call.path}: {fault}"
                for call in imports
                for fault in import_description.check_request(call.method, call.path, call.body)
            ]
            assert faults == []
