"""What the room offers."""

from __future__ import annotations

import ast
from pathlib import Path

from passerelle import commercetools


def _imported() -> list[str]:
    """List the names that the package's imports bring, whenever they are loaded."""
    tree = ast.parse(Path(commercetools.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return [alias.name for line in block.body if isinstance(line, ast.ImportFrom) for alias in line.names]


def test_public_is_what_is_listed() -> None:
    """Every name that the package brings is listed, in order, and nothing else."""
    assert sorted(_imported()) == list(commercetools.__all__)
    assert list(commercetools.__all__) == sorted(commercetools.__all__)


def test_what_is_listed_can_be_imported() -> None:
    """A name is loaded when it is asked for; one that is not listed is unknown, as in any module."""
    assert all(getattr(commercetools, name) is not None for name in commercetools.__all__)
    assert not hasattr(commercetools, "Missing")
