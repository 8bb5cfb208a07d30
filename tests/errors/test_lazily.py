"""What a package offers is there, whenever it is asked for, and nothing of it before."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

PACKAGES = ["passerelle.commercetools", "passerelle.feeds", "passerelle.files"]
#: Heavy, and of no use to a run over a local folder in which nothing changed.
NOT_NEEDED = [
    "paramiko",
    "cryptography",
    "aiohttp",
    "httpx",
    "commercetools",
    "alembic",
    "rich",
    "typer",
    "prefect",
]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there(package: str) -> None:
    """`__all__` can be imported, name by name, and no name is hidden by the submodule of the same name."""
    module = import_module(package)
    for name in module.__all__:
        assert not isinstance(getattr(module, name), ModuleType), name
    folder = Path(str(module.__file__)).parent
    assert not {path.stem for path in folder.glob("*.py")} & set(module.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_there_is_told_as_everywhere(package: str) -> None:
    """A misspelt import is an ImportError, a misspelt attribute an AttributeError."""
    module = import_module(package)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_a_run_over_a_local_folder_loads_no_network() -> None:
    """What reads, maps and compares needs neither SFTP nor the shop's client."""
    code = (
        "import sys; from passerelle.feeds.incoming.run import IncomingRun;"
        "from passerelle.feeds.settings import Settings; from passerelle.feeds.workspace import Workspace;"
        f"print([name for name in {NOT_NEEDED!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
