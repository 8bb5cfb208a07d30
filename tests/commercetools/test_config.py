"""Settings: complete or refused, and the secret stays secret."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from passerelle.commercetools import CommercetoolsConfig, Region
from passerelle.errors import ConfigError

from .conftest import settings


@pytest.mark.parametrize("region", get_args(Region))
def test_a_region_gives_its_three_addresses(region: Region) -> None:
    """Auth, API and Import API of one region belong together."""
    config = settings(region=region, auth_url="", api_url="")

    assert [config.auth_url, config.api_url, config.import_url] == [
        f"https://{host}.{region}.commercetools.com" for host in ("auth", "api", "import")
    ]


def test_there_are_five_regions() -> None:
    """As the documentation lists them."""
    assert len(get_args(Region)) == 5


def test_the_import_host_follows_the_api_s() -> None:
    """The usual variables name no import host: it is derived; CTP_IMPORT_URL says another one."""
    derived = settings(api_url="https://api.us-east-2.aws.commercetools.com/")
    assert derived.import_url == "https://import.us-east-2.aws.commercetools.com"
    assert settings(api_url="https://api.shop.example").import_url == "https://api.shop.example"
    environment = {
        "CTP_PROJECT_KEY": "p1",
        "CTP_CLIENT_ID": "sync",
        "CTP_CLIENT_SECRET": "s",
        "CTP_AUTH_URL": "https://auth.shop.example",
        "CTP_API_URL": "https://api.shop.example",
        "CTP_IMPORT_URL": "https://imports.shop.example",
    }
    assert CommercetoolsConfig.from_environment(environment).import_url == "https://imports.shop.example"
    with pytest.raises(ValidationError, match="in the clear"):
        settings(import_url="http://import.shop.example")


def test_plain_http_is_for_this_machine_only() -> None:
    """A client secret does not travel in the clear unless somebody says so."""
    assert settings(api_url="http://127.0.0.1:8080/", auth_url="http://localhost:8080").api_url.endswith(
        "8080"
    )
    with pytest.raises(ValidationError, match="in the clear"):
        settings(auth_url="http://auth.shop.example")
    assert settings(auth_url="http://auth.shop.example", insecure=True).insecure


def test_the_environment_names_all_that_is_missing() -> None:
    """Every missing variable at once."""
    with pytest.raises(ConfigError, match="CTP_CLIENT_ID, CTP_CLIENT_SECRET, CTP_AUTH_URL, CTP_API_URL"):
        CommercetoolsConfig.from_environment({"CTP_PROJECT_KEY": "p1"})


def test_a_wrong_setting_never_shows_the_secret() -> None:
    """Neither the error nor the settings in a log hold the secret."""
    environment = {
        "CTP_PROJECT_KEY": "Not A Key",
        "CTP_CLIENT_ID": "sync",
        "CTP_CLIENT_SECRET": "very-secret",
        "CTP_AUTH_URL": "https://auth.shop.example",
        "CTP_API_URL": "https://api.shop.example",
    }
    with pytest.raises(ConfigError, match="project_key") as caught:
        CommercetoolsConfig.from_environment(environment)

    assert "very-secret" not in str(caught.value)
    assert "very-secret" not in repr(settings())


def test_scopes_are_completed_with_the_project() -> None:
    """`manage_products` becomes `manage_products:project`."""
    config = settings(scopes=("manage_products", "view_orders:maison-lin"))

    assert config.full_scopes() == ("manage_products:maison-lin", "view_orders:maison-lin")
