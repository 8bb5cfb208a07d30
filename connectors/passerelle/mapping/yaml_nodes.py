"""YAML with its places: every value knows its file, line and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

__all__ = ["Flaw", "Node", "Place", "Scalar", "compose", "find", "nearest", "plain"]

Scalar: TypeAlias = str | int | float | bool | None


class Place(NamedTuple):
    """Where something stands in a mapping; line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Flaw(NamedTuple):
    """One thing that is wrong in a mapping."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place; a mapping's keys have places of their own."""

    value: Scalar | dict[str, Node] | list[Node]
    place: Place
    keys: dict[str, Place] | None = None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml where it is built in
    """YAML 1.2's few plain types: NO is Norway, 0012 is a code, 2026-11-01 is a text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or which there are."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names)}" if names else "there is none"


def compose(path: Path, flaws: list[Flaw]) -> list[Node]:
    """Read the documents of a file, each of them a mapping; none when a flaw was found."""
    start = Place(str(path), 1, 1)
    try:
        trees = list(yaml.compose_all(path.read_text(encoding="utf-8"), Loader=_Loader))
    except OSError as error:
        flaws.append(Flaw(start, f"cannot be read: {error.strerror}"))
        return []
    except UnicodeDecodeError:
        flaws.append(Flaw(start, "is not in UTF-8"))
        return []
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = start if mark is None else Place(str(path), mark.line + 1, mark.column + 1)
        flaws.append(Flaw(place, f"is not YAML: {error.problem or error.context}"))
        return []
    except yaml.YAMLError as error:
        flaws.append(Flaw(start, f"is not YAML: {error}"))
        return []
    nodes = [_node(tree, str(path), flaws) for tree in trees]
    wrong = [node.place for node in nodes if not isinstance(node.value, dict)] if nodes else [start]
    flaws += [Flaw(place, "a mapping file holds `name: value` lines") for place in wrong]
    return [] if wrong else nodes


def _node(tree: yaml.Node, file: str, flaws: list[Flaw]) -> Node:
    place = Place(file, tree.start_mark.line + 1, tree.start_mark.column + 1)
    if isinstance(tree, yaml.MappingNode):
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for key_tree, value_tree in tree.value:
            key_place = Place(file, key_tree.start_mark.line + 1, key_tree.start_mark.column + 1)
            key = str(key_tree.value)
            if key in entries:
                flaws.append(Flaw(key_place, f"{key!r} stands twice, first in line {keys[key].line}"))
            entries[key] = _node(value_tree, file, flaws)
            keys[key] = key_place
        return Node(entries, place, keys)
    if isinstance(tree, yaml.SequenceNode):
        return Node([_node(item, file, flaws) for item in tree.value], place)
    return Node(_scalar(tree.tag.rpartition(":")[2], tree.value), place)


def _scalar(tag: str, text: str) -> Scalar:
    match tag:
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
        case _:
            return text


def plain(node: Node) -> Any:
    """Give the values without their places."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def find(node: Node, location: Sequence[str | int], *, key: bool = False) -> Place:
    """Give the place of a value (or of its key), or of the nearest thing around it that there is."""
    place = node.place
    for step in location:
        if isinstance(node.value, dict) and not isinstance(step, int):
            if step not in node.value:
                break
            place = (node.keys or {}).get(str(step), node.place)
            node = node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            place = node.place
        # A number may be the place in a list that was written as its only item.
    return place if key else node.place
