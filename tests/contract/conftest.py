"""Who may judge a request: the official description, the SDK's schemas, an independent server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.mock_server import MockServer, missing_parts, running_mock
from tests.contract.official import OfficialContract, find_description
from tests.contract.recorder import Recorder
from tests.contract.sdk import SdkContract


@pytest.fixture(scope="session")
def official(pytestconfig: pytest.Config) -> OfficialContract:
    """The official OpenAPI description, made strict; what is parsed of it is kept in pytest's cache."""
    description = find_description()
    if description is None:
        pytest.skip(
            "the official OpenAPI description is not here: put oas/api/openapi.yaml of commercetools'"
            " api-reference into ../shared/contracts/commercetools, or name its folder in"
            " PASSERELLE_CONTRACTS"
        )
    return OfficialContract(description, pytestconfig.cache.mkdir("contracts"))


@pytest.fixture(scope="session")
def sdk() -> SdkContract:
    """The schemas of the independent Python SDK, made strict."""
    return SdkContract()


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of this test's own; wrap a transport with it."""
    return Recorder()


@pytest.fixture(scope="session")
def labd() -> Iterator[MockServer]:
    """The independent mock, one process a session; take a project key of your own in each test."""
    missing = missing_parts()
    if missing is not None:
        pytest.skip(missing)
    with running_mock() as server:
        yield server
