"""Functions of your own packages: named in a mapping by their module, imported only when installed."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

from ..yaml_source import nearest
from .hooks import HOOKS
from .registry import READING, WRITING

__all__ = ["imported", "modules_digest"]

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_]\w*)?")


def imported(entry: str) -> str:
    """Import `mypackage.erp` (or `mypackage.erp:season`), whose functions register themselves.

    Gives the name of the module.

    Raises:
        ValueError: it is no name of a module, belongs to no installed package, cannot be imported, or
            registers no function (of that name).
    """
    if _NAME.fullmatch(entry) is None:
        raise ValueError(
            f"{entry!r} is no name of a module: write mypackage.erp or mypackage.erp:my_function"
        )
    module, _, function = entry.partition(":")
    package = module.partition(".")[0]
    if package not in packages_distributions():
        raise ValueError(f"{package} is no installed package: install it where Passerelle runs")
    if module not in sys.modules:
        _import(module)
    known = [(one.name, one.module) for one in (*READING.values(), *WRITING.values())]
    known += [(one.name, one.module) for one in HOOKS.values()]
    own = sorted(name for name, there in known if there == module or there.startswith(f"{module}."))
    if not own:
        raise ValueError(
            f"{module} registers no function: decorate one with passerelle.mapping.reading (or writing, hook)"
        )
    if function and function not in own:
        raise ValueError(f"{module} registers no {function!r}; {nearest(function, own)}")
    return module


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except ValueError as error:
        # Two functions of one name: said by the registry.
        raise ValueError(f"{module}: {error}") from error
    except ImportError as error:
        raise ValueError(f"{module} cannot be imported: {error}") from error
    except Exception as error:  # a module of somebody else may fail in any way
        raise ValueError(f"{module} fails when it is imported: {type(error).__name__}: {error}") from error


def modules_digest(modules: Iterable[str]) -> bytes:
    """Digest the sources of modules: when a function changes, records are mapped again."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(set(modules)):
        path = getattr(sys.modules.get(name), "__file__", None)
        digest.update(name.encode())
        if path is not None and Path(path).is_file():
            digest.update(Path(path).read_bytes())
    return digest.digest()
