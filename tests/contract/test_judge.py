"""The judge of the suite hears every client, names who sent what, and leaves invented networks alone."""

from __future__ import annotations

import httpx
import pytest

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.errors import PasserelleError
from passerelle.sandbox import Sandbox
from tests.contract.judge import Judge
from tests.contract.shops import new_project


@pytest.fixture
def seat(judge: Judge) -> Judge:
    """The judge in his seat; what this test provokes it takes away again."""
    if not judge.is_able():
        pytest.skip(
            "the official descriptions are not here: put openapi.yaml and import-openapi.yaml into"
            " ../shared/contracts/commercetools, or name their folder in PASSERELLE_CONTRACTS"
        )
    return judge


def config(sandbox: Sandbox) -> CommercetoolsConfig:
    """A project of this test's own."""
    return CommercetoolsConfig(
        project_key=new_project(),
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        auth_url=sandbox.url,
        api_url=sandbox.url,
        import_url=sandbox.import_url,
    )


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"sku": "A", "quantityOnStock": 1, "depot": "1"}, "unknown field depot"),
        ({"sku": "A"}, "quantityOnStock is missing"),
    ],
)
async def test_a_wrong_body_is_named_with_its_test(
    seat: Judge, sandbox: Sandbox, request: pytest.FixtureRequest, body: dict[str, object], fault: str
) -> None:
    """Test, path, body and fault of a request by any client, though nobody asked for it."""
    settings = config(sandbox)
    async with Client(settings) as client:
        with pytest.raises(PasserelleError):
            await client.create("inventory", body)
    [sentence] = seat.take(settings.project_key)
    assert (sentence.test, sentence.method) == (request.node.nodeid, "POST")
    assert sentence.path == f"/{settings.project_key}/inventory"
    assert fault in str(sentence)
    assert '"sku":"A"' in str(sentence)


async def test_an_unknown_action_is_a_fault(seat: Judge, sandbox: Sandbox) -> None:
    """So is an unknown field of a known one."""
    settings = config(sandbox)
    async with Client(settings) as client:
        entry = await client.create("inventory", {"sku": "A", "quantityOnStock": 1})
        assert seat.take(settings.project_key) == []
        for action in ({"action": "changeQuantiy", "quantity": 2}, {"action": "changeQuantity", "amount": 2}):
            with pytest.raises(PasserelleError):
                await client.update("inventory", entry["id"], entry["version"], [action])
    assert len(seat.take(settings.project_key)) == 2


async def test_imports_have_a_description_of_their_own(seat: Judge, sandbox: Sandbox) -> None:
    """A request to the Import API is held against the Import API's words."""
    settings = config(sandbox)
    async with Client(settings) as client:
        await client.importing.submit("import-containers", {"key": "nightly", "resourceType": "inventory"})
        assert seat.take(settings.project_key) == []
        with pytest.raises(PasserelleError):
            await client.importing.submit("import-containers", {"key": "nightly", "kind": "inventory"})
    [sentence] = seat.take(settings.project_key)
    assert "unknown field kind" in str(sentence)


async def test_an_invented_network_is_left_alone(
    seat: Judge, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a function answers, the client is tested: what it is asked is no request of the API."""
    settings, hear = config(sandbox), seat.hear
    heard: list[str] = []

    def listening(method: str, path: str, content: bytes) -> None:
        heard.append(path)
        hear(method, path, content)

    monkeypatch.setattr(seat, "hear", listening)
    answers = httpx.MockTransport(lambda _: httpx.Response(200, json={"access_token": "t", "expires_in": 60}))
    async with Client(settings, transport=answers) as client:
        await client.get("nonesuch")
    # Threads of other tests may be heard meanwhile.
    assert [path for path in heard if settings.project_key in path] == []
    assert seat.take(settings.project_key) == []
