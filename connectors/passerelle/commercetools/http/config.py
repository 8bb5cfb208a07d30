"""Settings of one commercetools project: where it is, who we are, how hard we may press."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from ...errors import ConfigError
from .budget import CallLimits

__all__ = ["CommercetoolsConfig", "Hosts", "Region", "hosts", "import_address"]

Region = Literal[
    "us-central1.gcp", "us-east-2.aws", "europe-west1.gcp", "eu-central-1.aws", "australia-southeast1.gcp"
]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

#: The names under which the Merchant Center hands out the settings of an API client.
_ENVIRONMENT = {
    "CTP_PROJECT_KEY": "project_key",
    "CTP_CLIENT_ID": "client_id",
    "CTP_CLIENT_SECRET": "client_secret",
    "CTP_AUTH_URL": "auth_url",
    "CTP_API_URL": "api_url",
}

#: The Merchant Center hands out no address of the Import API: it is derived, unless this says another.
_IMPORT_URL = "CTP_IMPORT_URL"
_OFFICIAL_API = re.compile(r"https://api\.(?P<region>[a-z0-9-]+\.[a-z]+)\.commercetools\.com")


class Hosts(NamedTuple):
    """The three addresses of a region."""

    auth: str
    api: str
    importing: str


def hosts(region: Region) -> Hosts:
    """The authorization, API and Import API addresses of a region; regions share no data."""
    return Hosts(*(f"https://{name}.{region}.commercetools.com" for name in ("auth", "api", "import")))


def import_address(api_url: str) -> str:
    """The Import API that belongs to an API: its own host at commercetools, the same one elsewhere."""
    official = _OFFICIAL_API.fullmatch(api_url)
    return api_url if official is None else f"https://import.{official['region']}.commercetools.com"


class CommercetoolsConfig(BaseModel):
    """One project and one API client; give `region`, or both addresses for another installation.

    `scopes` left empty asks for every scope the API client has; `manage_products` without a project is
    completed with `:project_key`. Times are seconds. `concurrency` is both requests in flight and
    connections of one process; `calls_per_second` and `calls_at_once` are what all processes that work on
    the project may use together (None: no bound, for none is published), shared out by `priorities`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project_key: str = Field(pattern=r"^[a-z0-9_-]{2,36}$")
    #: The project's name as the Merchant Center shows it; when set, nothing is written to another one.
    project_name: str = ""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    region: Region | None = None
    auth_url: str = ""
    api_url: str = ""
    #: Derived from the region or from `api_url` when empty.
    import_url: str = ""
    scopes: tuple[str, ...] = ()
    #: Allow http:// to other machines than this one: the secret then travels in the clear.
    insecure: bool = False
    concurrency: Annotated[int, Field(ge=1, le=500)] = 20
    #: Fewer requests in flight while the API is pressed (docs/adr/0012); off, always `concurrency`.
    adaptive: bool = True
    calls_per_second: Annotated[float, Field(gt=0)] | None = None
    calls_at_once: Annotated[int, Field(ge=1)] | None = None
    #: Weights by entity when calls are short; what is not named has 1. Stock and orders go first.
    priorities: dict[str, Annotated[int, Field(ge=1, le=100)]] = {
        "stock": 4,
        "order": 4,
        "order_ack": 4,
        "order_file_ack": 4,
        "shipment": 4,
        "order_message": 4,
        "price": 2,
    }
    #: Headers that say when to come back (seconds, a date, or a Unix time); the first one given counts. The
    #: names that a 429 uses are not documented.
    retry_headers: tuple[str, ...] = ("Retry-After",)
    connect_timeout: Annotated[float, Field(gt=0)] = 5.0
    #: The API ends every request at 60 s (Error handling), so a longer wait has no answer to wait for.
    total_timeout: Annotated[float, Field(gt=0)] = 60.0
    #: No limit is published; users met HTTP 413 and 414 at about 25,000 characters.
    predicate_length: Annotated[int, Field(ge=200)] = 16_000
    #: One short of a page: a full page asks for the next one, which would be empty.
    predicate_values: Annotated[int, Field(ge=1, le=500)] = 499
    page_size: Annotated[int, Field(ge=1, le=500)] = 500

    @model_validator(mode="before")
    @classmethod
    def _fill_addresses(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("region"):
            auth, api, importing = hosts(data["region"])
            derived = {"auth_url": auth, "api_url": api, "import_url": importing}
            data = {**data, **{name: data.get(name) or address for name, address in derived.items()}}
        if isinstance(data, dict) and isinstance(data.get("api_url"), str) and not data.get("import_url"):
            return {**data, "import_url": import_address(data["api_url"].rstrip("/"))}
        return data

    @field_validator("auth_url", "api_url", "import_url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("expected an address such as https://api.europe-west1.gcp.commercetools.com")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _secret_stays_secret(self) -> Self:
        addresses = {"auth_url": self.auth_url, "api_url": self.api_url, "import_url": self.import_url}
        for name, url in addresses.items():
            if not url:
                raise ValueError(f"{name} is missing: set it, or set region")
            parts = urlsplit(url)
            if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not self.insecure:
                raise ValueError(f"{name} {url} would send the client secret in the clear: use https")
        return self

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> CommercetoolsConfig:
        """Read the `CTP_…` variables as the Merchant Center names them.

        Raises:
            ConfigError: variables are missing or wrong; names all of them, never their values.
        """
        missing = [name for name in _ENVIRONMENT if not environment.get(name)]
        if missing:
            raise ConfigError(
                f"missing in the environment: {', '.join(missing)}",
                advice="the Merchant Center shows them once, when an API client is made",
            )
        values = {field: environment[name] for name, field in _ENVIRONMENT.items()}
        scopes = tuple(environment.get("CTP_SCOPES", "").split())
        import_url = environment.get(_IMPORT_URL, "")
        try:
            return cls.model_validate({**values, "scopes": scopes, "import_url": import_url})
        except ValueError as error:
            # pydantic's text repeats the input, and the input holds the secret.
            faults = [
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                for fault in getattr(error, "errors", lambda **_: [])(include_input=False)
            ]
            raise ConfigError(f"commercetools settings: {'; '.join(faults)}") from None

    @property
    def call_limits(self) -> CallLimits | None:
        """What all processes may use together; None when nothing bounds them."""
        limits = CallLimits(self.calls_per_second, self.calls_at_once)
        return None if limits == (None, None) else limits

    def full_scopes(self) -> tuple[str, ...]:
        """The scopes as the token endpoint wants them, each ending in the project key."""
        return tuple(scope if ":" in scope else f"{scope}:{self.project_key}" for scope in self.scopes)
