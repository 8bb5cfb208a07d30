"""Documents: the feeds of one mapping file, `---` between them, and the address of each: `FILE#feed`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from .yaml_nodes import Flaw, Node, Place, compose

__all__ = ["VARIABLE", "Document", "address", "addresses", "base_of", "documents", "feeds_of", "file_of"]

#: What stands for a text under `with`.
VARIABLE = re.compile(r"\$\{([^}]*)\}")
_MARK = "#"
_WITH = "with"
_UNNAMED = (
    "each of several documents says its feed; only the first may hold nothing but `with`, for all below it"
)


class Document(NamedTuple):
    """One feed as its file says it, whatever it extends; `name` is empty when it does not say its feed."""

    name: str
    node: Node

    @property
    def extends(self) -> str:
        """What it lies over: a file beside it or `FILE#feed`; empty when it stands alone."""
        base = self.node.value.get("extends") if isinstance(self.node.value, dict) else None
        return base.value if base is not None and isinstance(base.value, str) else ""


def file_of(path: Path) -> tuple[Path, str]:
    """Split an address into the file and the feed that is meant; an empty name means the file's only one."""
    if _MARK not in path.name or path.is_file():
        return path, ""
    file, _, name = path.name.rpartition(_MARK)
    return path.with_name(file), name


def base_of(file: Path, extends: str) -> tuple[Path, str]:
    """Find what a document of a file extends; `#feed` alone is another document of the same file."""
    return (file, extends[1:]) if extends.startswith(_MARK) else file_of(file.parent / extends)


def address(file: Path, name: str) -> Path:
    """Give the address of one of several feeds of a file."""
    return file.with_name(f"{file.name}{_MARK}{name}")


def addresses(path: Path) -> list[Path]:
    """Give how each feed of a file is loaded: by the path itself when it is the only one, else `FILE#feed`.

    A path that is an address already stays so, as does that of a file that cannot be read.
    """
    file, name = file_of(path)
    return [path] if name else _addresses(path, documents(file, []))


def feeds_of(files: Iterable[Path]) -> list[Path]:
    """Give how each feed of these files is loaded; a nameless file that others of them extend is no feed."""
    extended: set[Path] = set()
    unnamed: set[Path] = set()
    found: list[Path] = []
    for path in files:
        file, name = file_of(path)
        said = documents(file, [])
        if not any(document.name for document in said):
            unnamed.add(path)
        extended.update(base_of(file, one.extends)[0].resolve() for one in said if one.extends)
        found += [path] if name else _addresses(path, said)
    return [path for path in found if path not in unnamed or path.resolve() not in extended]


def _addresses(file: Path, found: Sequence[Document]) -> list[Path]:
    names = dict.fromkeys(one.name for one in found if one.name)
    # Several without any name have no address: loading the file tells what they lack.
    return [address(file, one) for one in names] if names and len(found) > 1 else [file]


def documents(file: Path, flaws: list[Flaw]) -> list[Document]:
    """Read the feeds of a file, each with what the file says under `with` for all of them."""
    nodes = compose(file, flaws)
    shared = _shared(nodes)
    if shared is not None:
        nodes = [_sharing(node, shared) for node in nodes[1:]]
    found = [Document(_name(node), node) for node in nodes]
    if len(found) > 1:
        flaws += _misnamed(found)
    return found


def _shared(nodes: Sequence[Node]) -> Node | None:
    """Give what stands under `with` for all documents: the first, when it holds nothing else."""
    first = nodes[0].value if len(nodes) > 1 else None
    return first[_WITH] if isinstance(first, dict) and list(first) == [_WITH] else None


def _sharing(node: Node, shared: Node) -> Node:
    """Put the shared texts under those of one document, whose own come first."""
    entries = node.value if isinstance(node.value, dict) else {}
    keys = {_WITH: shared.place, **(node.keys or {})}
    own = entries.get(_WITH)
    if own is None:
        texts = shared
    elif isinstance(own.value, dict) and isinstance(shared.value, dict):
        places = {**(shared.keys or {}), **(own.keys or {})}
        texts = Node({**shared.value, **own.value}, own.place, places)
    else:
        # What is wrong with one of the two is told where it is used.
        texts = own if isinstance(shared.value, dict) else shared
    return replace(node, value={**entries, _WITH: texts}, keys=keys)


def _name(node: Node) -> str:
    """Give the feed's name as the document itself says it, its `${names}` filled from its own `with`."""
    entries = node.value if isinstance(node.value, dict) else {}
    feed, given = entries.get("feed"), entries.get(_WITH)
    if feed is None or isinstance(feed.value, dict | list | None):
        return ""
    texts = given.value if given is not None and isinstance(given.value, dict) else {}
    return VARIABLE.sub(
        lambda found: str(texts[found[1]].value) if found[1] in texts else found[0], str(feed.value)
    )


def _misnamed(found: Sequence[Document]) -> list[Flaw]:
    first: dict[str, Place] = {}
    flaws = []
    for name, node in found:
        place = _place(node)
        if not name:
            flaws.append(Flaw(place, _UNNAMED))
        elif first.setdefault(name, place) != place:
            flaws.append(
                Flaw(place, f"feed {name!r} stands twice in this file, first in line {first[name].line}")
            )
    return flaws


def _place(node: Node) -> Place:
    """Give the place of the feed's name, or of the document."""
    feed = node.value.get("feed") if isinstance(node.value, dict) else None
    return node.place if feed is None else feed.place
