"""A plugin of pytest: what the shell says of language, colours, proxies and settings is no input of a test.

It is cleared away before any test is collected, for programs that tests start as well, since some of it is
read when a module is imported. A test that wants such a variable sets it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

#: What the tests themselves are told by.
OURS = frozenset(
    {
        "PASSERELLE_BAD_DAY",
        "PASSERELLE_CONTRACTS",
        "PASSERELLE_HISTORIES",
        "PASSERELLE_NO_SKIP",
        "PASSERELLE_PARTS_RECORDS",
        "PASSERELLE_SAMPLES",
        "PASSERELLE_SCREENSHOTS",
    }
)
_FAMILIES = ("PASSERELLE_", "LC_", "AWS_")
#: How wide and how colourful rich and typer write; typer takes a run on GitHub for a terminal.
_DISPLAY = frozenset(
    {
        "COLUMNS",
        "LINES",
        "TERMINAL_WIDTH",
        "FORCE_COLOR",
        "NO_COLOR",
        "PY_COLORS",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "GITHUB_ACTIONS",
        "LANGUAGE",
    }
)
_HERE = ("127.0.0.1", "localhost")


def plain(shell: Mapping[str, str]) -> dict[str, str]:
    """Give the environment that tests live in: of a proxy, which pip may need, our own machine is spared."""
    kept = {
        name: text
        for name, text in shell.items()
        if name in OURS or not (name.startswith(_FAMILIES) or name in _DISPLAY)
    }
    spared = ",".join(filter(None, (shell.get("NO_PROXY"), shell.get("no_proxy"), *_HERE)))
    return {**kept, "LANG": "C.UTF-8", "NO_PROXY": spared, "no_proxy": spared}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Clear away, after pytest itself has seen how it may write; afterwards all is as it was."""
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    wanted = plain(os.environ)
    for name in os.environ.keys() - wanted.keys():
        patch.delenv(name)
    for name in ("LANG", "NO_PROXY", "no_proxy"):
        patch.setenv(name, wanted[name])
