"""Tokens and scopes."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from passerelle.sandbox import ApiClient, Sandbox, SandboxConfig
from passerelle.sandbox.auth import Tokens
from passerelle.sandbox.problems import Problem
from tests.sandbox.shopfront import NO_TLS, Shopfront, refusal, token_of

FORM = {"grant_type": "client_credentials"}


def secret(sandbox: Sandbox) -> str:
    """The client's secret in clear."""
    return sandbox.client_secret.get_secret_value()


def test_token_answer_has_the_documented_fields(sandbox: Sandbox) -> None:
    """A token comes with its life in seconds, its scopes and the type Bearer."""
    answer = httpx.post(
        f"{sandbox.url}/oauth/token",
        auth=(sandbox.client_id, secret(sandbox)),
        data=FORM,
        verify=NO_TLS,
        timeout=60,
    )
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "expires_in", "scope", "token_type"}
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 172_800


@pytest.mark.parametrize("auth", [("sandbox-client", "wrong"), ("nobody", "sandbox-secret"), None])
def test_wrong_client_is_refused(sandbox: Sandbox, auth: tuple[str, str] | None) -> None:
    """Only the configured client with its own secret gets a token."""
    answer = httpx.post(f"{sandbox.url}/oauth/token", auth=auth, data=FORM, verify=NO_TLS, timeout=60)
    refusal(answer, 401, "invalid_client")
    assert answer.json()["error"] == "invalid_client"


def test_other_grants_are_refused(sandbox: Sandbox) -> None:
    """The client credentials flow is the only one."""
    answer = httpx.post(
        f"{sandbox.url}/oauth/token",
        auth=(sandbox.client_id, secret(sandbox)),
        data={"grant_type": "password"},
        verify=NO_TLS,
        timeout=60,
    )
    refusal(answer, 400, "unsupported_grant_type")


def test_scopes_beyond_the_client_are_refused() -> None:
    """A client cannot ask for more than it was given, and its scopes hold in its project only."""
    config = SandboxConfig(
        more_clients=(ApiClient(id="stock", secret=SecretStr("pieces"), scopes=("manage_products",)),)
    )
    with Sandbox(config, in_process=True) as sandbox:
        for scope in ("manage_orders:demo", "manage_products:elsewhere", "manage_products"):
            answer = httpx.post(
                f"{sandbox.url}/oauth/token",
                auth=("stock", "pieces"),
                data={**FORM, "scope": scope},
                verify=NO_TLS,
                timeout=60,
            )
            refusal(answer, 400, "invalid_scope")
        granted = httpx.post(
            f"{sandbox.url}/oauth/token", auth=("stock", "pieces"), data=FORM, verify=NO_TLS, timeout=60
        ).json()
        assert granted["scope"] == "manage_products:demo"


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic x"}])
def test_requests_without_a_good_token_get_401(sandbox: Sandbox, header: dict[str, str]) -> None:
    """Every endpoint of the API asks for a token."""
    refused = httpx.get(f"{sandbox.url}/demo/products", headers=header, verify=NO_TLS, timeout=60)
    refusal(refused, 401, "invalid_token")
    assert refused.json()["error"] == "invalid_token"


def test_tokens_end() -> None:
    """A token is good until its life is over, by the clock, and no longer."""
    now = [0.0]
    config = SandboxConfig()
    tokens = Tokens(config.clients(), project="demo", any_project=False, seconds=10, clock=lambda: now[0])
    basic = "Basic c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ="
    bearer = "Bearer " + tokens.issue(basic, b"grant_type=client_credentials")["access_token"]
    now[0] = 9.9
    tokens.require(bearer, "demo", ("view_products",))
    now[0] = 10.0
    with pytest.raises(Problem, match="invalid_token"):
        tokens.require(bearer, "demo", ("view_products",))


def test_expired_tokens_on_demand(sandbox: Sandbox) -> None:
    """The control plane ends all tokens, as an API does when a client is revoked."""
    front = Shopfront(sandbox, "tokens-end")
    front.get("channels")
    sandbox.control("POST", "/tokens/expire")
    front.refused("GET", "channels", status=401, code="invalid_token")
    front.close()


@pytest.mark.parametrize(
    ("scope", "path", "may_read", "may_write"),
    [
        ("view_products", "inventory", True, False),
        ("view_products", "orders", False, False),
        ("manage_products", "products", True, True),
        ("manage_products", "channels", True, True),
        ("manage_products", "standalone-prices", False, False),
        ("manage_standalone_prices", "standalone-prices", True, True),
        ("view_standalone_prices", "standalone-prices", True, False),
        ("manage_channels", "channels", True, True),
        ("view_orders", "orders", True, False),
        ("manage_orders", "orders", True, True),
        ("manage_orders", "products", False, False),
        ("view_published_products", "product-projections", True, False),
    ],
)
def test_scopes_are_checked_for_each_endpoint(
    sandbox: Sandbox, scope: str, path: str, *, may_read: bool, may_write: bool
) -> None:
    """Reading and writing need the scopes of the resource; manage_products does not cover prices."""
    front = Shopfront(sandbox, "scopes", f"{scope}:scopes")
    assert (front.ask("GET", path).status_code == 403) is not may_read
    write = "orders/import" if path == "orders" else path
    if path != "product-projections":
        assert (front.ask("POST", write, {}).status_code == 403) is not may_write
    front.close()


def test_published_scope_does_not_show_staged(sandbox: Sandbox) -> None:
    """view_published_products shows what is for sale, and nothing else."""
    front = Shopfront(sandbox, "scopes", "view_published_products:scopes")
    front.get("product-projections")
    error = front.refused("GET", "product-projections", staged="true", status=403, code="insufficient_scope")
    assert "view_products:scopes" in error["message"]
    front.close()


def test_token_of_one_project_does_not_open_another() -> None:
    """A project that the token does not name answers 403, whether it exists or not."""
    with Sandbox(SandboxConfig(project="one"), in_process=True) as sandbox:
        front = Shopfront(sandbox, "two")
        front.refused("GET", "products", status=403, code="insufficient_scope")
        front.close()
        assert token_of(sandbox, "view_products:one")
