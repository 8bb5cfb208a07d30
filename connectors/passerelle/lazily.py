"""Packages that load a public name when it is asked for: a run pays for no part that it does not use."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["lazily"]


def lazily(package: str) -> Callable[[str], Any]:
    """Make the `__getattr__` of a package from what its `if TYPE_CHECKING:` block imports.

    The names stand once, where the type checker reads them. A private submodule's name in the block loads
    that module; any other name raises AttributeError, as on every module.
    """
    homes: dict[str, str] = {}

    def load(name: str) -> Any:
        if not homes:
            homes.update(_homes(package))
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name], package), name)

    return load


def _homes(package: str) -> dict[str, str]:
    """Read which submodule each name comes from."""
    spec = find_spec(package)
    source = None if spec is None or spec.loader is None else spec.loader.get_source(package)  # type: ignore[attr-defined]  # every loader of source has it
    blocks = (node for node in ast.parse(source or "").body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name: "." * line.level + (line.module or "")
        for block in blocks
        if isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for line in block.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
