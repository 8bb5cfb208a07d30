"""Who may judge a request: the official description, the SDK's schemas, an independent server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from passerelle.sandbox import ApiClient, Sandbox, SandboxConfig
from tests.contract.mock_server import MockServer, missing_parts, running_mock
from tests.contract.official import OfficialContract, find_description
from tests.contract.recorder import Recorder
from tests.contract.sdk import SdkContract
from tests.contract.shops import Shop, new_project, signed_in


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


@pytest.fixture(scope="session")
def labd_http(labd: MockServer) -> Iterator[httpx.Client]:
    """A client with a token of the mock, which takes any credentials but asks for some."""
    with signed_in(labd.url, "any", "any") as client:
        yield client


@pytest.fixture
def mock_shop(labd: MockServer, labd_http: httpx.Client) -> Shop:
    """An empty project in the independent mock."""
    return Shop(labd_http, labd.url, new_project(), "any", "any", whole_orders=False)


#: An API client that may read products and nothing else.
READER = ApiClient(id="reader", secret=SecretStr("reads"), scopes=("view_products",))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The sandbox as a process of its own; every project key is a shop of its own."""
    with Sandbox(SandboxConfig(any_project=True, more_clients=(READER,))) as server:
        yield server


@pytest.fixture(scope="session")
def sandbox_http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client with a token of the sandbox."""
    with signed_in(sandbox.url, sandbox.client_id, sandbox.client_secret.get_secret_value()) as client:
        yield client


@pytest.fixture(scope="session")
def reader_http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client whose token allows to read products."""
    with signed_in(sandbox.url, READER.id, READER.secret.get_secret_value()) as client:
        yield client


@pytest.fixture
def sandbox_shop(sandbox: Sandbox, sandbox_http: httpx.Client) -> Shop:
    """An empty project in the sandbox."""
    secret = sandbox.client_secret.get_secret_value()
    return Shop(sandbox_http, sandbox.url, new_project(), sandbox.client_id, secret, whole_orders=True)


@pytest.fixture(params=["sandbox", "mock"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """An empty project, once in each of the servers."""
    made = request.getfixturevalue(f"{request.param}_shop")
    assert isinstance(made, Shop)
    return made
