"""Settings from the environment: read with their secrets, or one error that names every wrong variable."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from ..errors import ConfigError
from .secrets import SecretEnvironment

__all__ = ["LoadedSettings", "SecretSettings"]


class LoadedSettings(BaseSettings):
    """Settings of the prefix that `model_config` names; `told_as` is what an error calls them."""

    told_as: ClassVar[str] = "The environment"

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            ConfigError: naming every variable that is wrong, never its value.
        """
        try:
            return cls()
        except ValidationError as error:
            prefix = cls.model_config.get("env_prefix", "")
            faults = [
                f"{prefix}{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            ]
            raise ConfigError(f"{cls.told_as} cannot be read: {'; '.join(faults)}") from None


class SecretSettings(LoadedSettings):
    """The same, each secret also from a file (`…PASSWORD_FILE`) or, in flows, from a Prefect block."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours takes its place
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - `--env` reads files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - NAME_FILE reads secrets
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what is handed in, then the environment with its files of secrets."""
        return init_settings, SecretEnvironment(settings_cls)
