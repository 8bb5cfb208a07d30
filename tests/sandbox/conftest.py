"""One sandbox process for all tests of the room, and a project of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.contract.official import OfficialContract, find_description
from tests.sandbox.import_hall import ImportHall
from tests.sandbox.judging import judged
from tests.sandbox.shopfront import Shopfront

_numbers = count(1)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox in its own process, for any project."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


@pytest.fixture
def shopfront(sandbox: Sandbox) -> Iterator[Shopfront]:
    """An empty project."""
    front = Shopfront(sandbox, f"project-{next(_numbers)}")
    yield front
    front.close()


@pytest.fixture
def catalogue(shopfront: Shopfront) -> Shopfront:
    """A project with a product type, a warehouse, a tax category and a category."""
    shopfront.catalogue()
    return shopfront


@pytest.fixture(scope="session")
def description(pytestconfig: pytest.Config) -> OfficialContract | None:
    """The official OpenAPI description, made strict; None where it is not at hand."""
    found = find_description()
    return None if found is None else OfficialContract(found, pytestconfig.cache.mkdir("contracts"))


@pytest.fixture
def front(shopfront: Shopfront, description: OfficialContract | None) -> Iterator[Shopfront]:
    """An empty project; what is asked and answered there is held against the official description."""
    if description is None:
        yield shopfront
        return
    with judged(shopfront, description) as faults:
        yield shopfront
    assert faults == []


@pytest.fixture(scope="session")
def import_description(pytestconfig: pytest.Config) -> OfficialContract | None:
    """The official description of the Import API, made strict; None where it is not at hand."""
    found = find_description("import-openapi.yaml")
    return None if found is None else OfficialContract(found, pytestconfig.cache.mkdir("contracts"))


@pytest.fixture
def hall(import_description: OfficialContract | None) -> Iterator[ImportHall]:
    """The Import API of a sandbox of one test alone, whose clock may be moved, with an open container.

    What is answered there is held against the official description.
    """
    with Sandbox(in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        hall = ImportHall(front, import_description)
        hall.open()
        yield hall
        hall.close()
        front.close()
        assert hall.faults == []
