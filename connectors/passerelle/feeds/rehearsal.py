"""Rehearsal: an invented shop and an invented ERP on this machine, and the workspace that joins them."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..commercetools import Client, CommercetoolsConfig, ensure, load_model
from ..errors import ConfigError
from ..files import SftpConfig
from .settings import Settings
from .workspace import Workspace

if TYPE_CHECKING:
    from ..retailer import Erp, SftpServer
    from ..sandbox import Sandbox

__all__ = ["Rehearsal"]


class Rehearsal:
    """A commerce API over HTTP and an ERP over SFTP, each a process of its own, on 127.0.0.1.

    Everything is kept below `home`: `erp/` is what the SFTP server serves, `shop.json` what the shop holds
    when it stops. Raises ConfigError when the `sandbox` extra is not installed.
    """

    def __init__(self, home: Path, *, mappings: Path, concurrency: int = 20, keep_shop: bool = True) -> None:
        self.home = home.resolve()
        self.mappings = mappings.resolve()
        self._concurrency = concurrency
        self._keep_shop = keep_shop
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start both servers."""
        try:
            from pydantic import SecretStr  # noqa: PLC0415

            from ..retailer import Erp, SftpServer, lay_folders  # noqa: PLC0415
            from ..sandbox import Sandbox, SandboxConfig  # noqa: PLC0415
        except ImportError as error:
            raise ConfigError(
                f"The rehearsal needs {error.name}", advice="pip install 'passerelle[sandbox]'"
            ) from error
        self.home.mkdir(parents=True, exist_ok=True)
        lay_folders(self.erp_root)
        with ExitStack() as stack:
            state = self.home / "shop.json" if self._keep_shop else None
            config = SandboxConfig(state=state, client_secret=SecretStr("sandbox-secret"))
            self.sandbox: Sandbox = stack.enter_context(Sandbox(config))
            self.sftp: SftpServer = stack.enter_context(SftpServer(self.erp_root))
            self.erp: Erp = Erp(self.erp_root)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both; what the shop holds is kept."""
        self._stack.close()

    @property
    def erp_root(self) -> Path:
        """The folder that the ERP's SFTP server serves."""
        return self.home / "erp"

    @property
    def workspace(self) -> Workspace:
        """The workspace that reads this ERP and writes to this shop."""
        return Workspace(
            Settings(
                home=self.home,
                mappings=self.mappings,
                sftp=SftpConfig(
                    host=self.sftp.host,
                    port=self.sftp.port,
                    username=self.sftp.user,
                    password=self.sftp.password,  # type: ignore[arg-type]  # pydantic wraps it
                    host_keys=(self.sftp.host_key,),
                ),
                commercetools=self.shop_config(),
                # One writer, no clock but this machine's: nothing can appear late.
                order_lag=0,
            )
        )

    def shop_config(self) -> CommercetoolsConfig:
        """The settings that reach this shop."""
        return CommercetoolsConfig(
            project_key=self.sandbox.project,
            client_id=self.sandbox.client_id,
            client_secret=self.sandbox.client_secret,
            auth_url=self.sandbox.url,
            api_url=self.sandbox.url,
            import_url=self.sandbox.import_url,
            concurrency=self._concurrency,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which any command finds this workspace."""
        return {
            "PASSERELLE_HOME": str(self.home),
            "PASSERELLE_MAPPINGS": str(self.mappings),
            "PASSERELLE_ORDER_LAG": "0",
            "PASSERELLE_SFTP__HOST": self.sftp.host,
            "PASSERELLE_SFTP__PORT": str(self.sftp.port),
            "PASSERELLE_SFTP__USERNAME": self.sftp.user,
            "PASSERELLE_SFTP__PASSWORD": self.sftp.password,
            "PASSERELLE_SFTP__HOST_KEYS": json.dumps([self.sftp.host_key]),
            "PASSERELLE_COMMERCETOOLS__PROJECT_KEY": self.sandbox.project,
            "PASSERELLE_COMMERCETOOLS__CLIENT_ID": self.sandbox.client_id,
            "PASSERELLE_COMMERCETOOLS__CLIENT_SECRET": self.sandbox.client_secret.get_secret_value(),
            "PASSERELLE_COMMERCETOOLS__AUTH_URL": self.sandbox.url,
            "PASSERELLE_COMMERCETOOLS__API_URL": self.sandbox.url,
            "PASSERELLE_COMMERCETOOLS__IMPORT_URL": self.sandbox.import_url,
            "PASSERELLE_COMMERCETOOLS__CONCURRENCY": str(self._concurrency),
        }

    def process_environment(self) -> dict[str, str]:
        """This process's environment with ours, for a subprocess."""
        return {**os.environ, **self.environment}

    async def set_up_project(self) -> list[str]:
        """Give the shop its product type, channels and tax category; say what was created."""
        async with Client(self.shop_config()) as client:
            return await ensure(client, load_model(self.mappings / "commercetools" / "model.yaml"))
