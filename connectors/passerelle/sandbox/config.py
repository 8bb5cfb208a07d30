"""Settings of one sandbox: whose project it plays, who may come in, how strict the open questions are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

__all__ = ["ApiClient", "SandboxConfig"]


class ApiClient(BaseModel):
    """An API client and its scopes, named without the project: `manage_products`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    secret: SecretStr
    scopes: tuple[str, ...] = ("manage_project",)


class SandboxConfig(BaseModel):
    """What a sandbox is started with; the defaults are those of the demo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,35}$")] = "demo"
    any_project: bool = False
    """Create a project when its key is first used: one project a test keeps tests apart."""
    client_id: str = "sandbox-client"
    client_secret: SecretStr = SecretStr("sandbox-secret")
    more_clients: tuple[ApiClient, ...] = ()
    token_seconds: Annotated[float, Field(gt=0)] = 172_800
    overlapping_prices: Literal["refuse", "accept"] = "refuse"
    """Two standalone prices of one scope whose validity overlaps; the documentation of the API disagrees."""
    unconfigured: Literal["refuse", "accept"] = "accept"
    """Currencies, countries and languages that the project is not configured for."""
    unknown_order_skus: Literal["refuse", "accept"] = "refuse"
    """Whether an imported order may name a SKU that no product has."""
    advised_returns: Literal["arrive", "stay"] = "arrive"
    """Whether an advised return can be set to `Returned`; the documentation names no transitions to it."""
    stock_lag_seconds: Annotated[float, Field(ge=0)] = 0
    """How long what an order takes from stock does not show; up to ten seconds at the real API."""
    reserved_stock: Literal["leave", "stay"] = "leave"
    """Whether reserved pieces leave the stock with the order, or stay on the shelf until they are shipped."""
    cancelled_stock: Literal["keep", "release"] = "keep"
    """Whether a cancelled order keeps what it took from stock, or gives it back."""
    requests_per_second: Annotated[float, Field(gt=0)] | None = None
    """More are refused with 429; None answers all."""
    longest_url: Annotated[int, Field(ge=1_000)] = 25_000
    """Path and query in characters; no limit is published, this is where users met one."""
    too_long_status: Literal[413, 414] = 414
    gzip: bool = False
    state: Path | None = None
    """File that is read at the start and written on shutdown; None keeps everything in memory."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    import_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where the Import API is: a host of its own, as at commercetools."""

    def clients(self) -> dict[str, ApiClient]:
        """Every client that may ask for a token, by id."""
        first = ApiClient(id=self.client_id, secret=self.client_secret)
        return {client.id: client for client in (first, *self.more_clients)}
