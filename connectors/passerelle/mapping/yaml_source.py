"""YAML with its places: every value knows its file, line and column; files lie over one another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

__all__ = ["Flaw", "Node", "Place", "Scalar", "find", "load", "nearest", "plain", "read_alone"]

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

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
#: What stands for a locale of the feed and for the partner's code of it.
_LOCALE = "{locale}"
_LANG = "{lang}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or which there are."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names)}" if names else "there is none"


def load(path: Path, flaws: list[Flaw]) -> Node | None:
    """Read a mapping with all it extends, its `${variables}` replaced; None when nothing can be read."""
    node = _load(path, (), flaws)
    return None if node is None else _by_locale(_fill(node, flaws), flaws)


def read_alone(path: Path) -> Node | None:
    """Read one file as it stands, whatever it extends; None when it is no mapping file."""
    return _compose(path, [])


def _load(path: Path, over: tuple[Path, ...], flaws: list[Flaw]) -> Node | None:
    node = _compose(path, flaws)
    if node is None or not isinstance(node.value, dict):
        return None
    entries = dict(node.value)
    base = entries.pop("extends", None)
    if base is None:
        return replace(node, value=_without_dropped(entries))
    if not isinstance(base.value, str):
        flaws.append(Flaw(base.place, "extends names one file"))
        return None
    lower = path.parent / base.value
    if lower.resolve() in (path.resolve(), *over):
        flaws.append(Flaw(base.place, f"{base.value} extends itself"))
        return None
    if not lower.is_file():
        others = (other.name for other in lower.parent.glob("*.yaml") if other != path)
        flaws.append(Flaw(base.place, f"there is no {base.value}; {nearest(base.value, others)}"))
        return None
    below = _load(lower, (*over, path.resolve()), flaws)
    return None if below is None else _overlay(below, replace(node, value=entries))


def _compose(path: Path, flaws: list[Flaw]) -> Node | None:
    start = Place(str(path), 1, 1)
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        flaws.append(Flaw(start, f"cannot be read: {error.strerror}"))
        return None
    except UnicodeDecodeError:
        flaws.append(Flaw(start, "is not in UTF-8"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = start if mark is None else Place(str(path), mark.line + 1, mark.column + 1)
        flaws.append(Flaw(place, f"is not YAML: {error.problem or error.context}"))
        return None
    except yaml.YAMLError as error:
        flaws.append(Flaw(start, f"is not YAML: {error}"))
        return None
    if not isinstance(tree, yaml.MappingNode):
        flaws.append(Flaw(start, "a mapping file holds `name: value` lines"))
        return None
    return _node(tree, str(path), flaws)


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


def _overlay(below: Node, above: Node) -> Node:
    """Lay one file over another: mappings merge, lists of fields merge by `to`, null removes a name."""
    if isinstance(below.value, dict) and isinstance(above.value, dict):
        merged = dict(below.value)
        keys = {**(below.keys or {}), **(above.keys or {})}
        for key, value in above.value.items():
            if value.value is None:
                merged.pop(key, None)
            elif key in merged:
                merged[key] = _overlay(merged[key], value)
            else:
                merged[key] = value
        return Node(_without_dropped(merged), above.place, keys)
    if _is_fields(below) and _is_fields(above):
        return Node(_merge_fields(_items(below), _items(above)), above.place)
    return above


def _items(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else []


def _to(node: Node) -> Scalar:
    to = node.value.get("to") if isinstance(node.value, dict) else None
    return None if to is None or isinstance(to.value, dict | list) else to.value


def _is_fields(node: Node) -> bool:
    items = _items(node)
    return bool(items) and all(_to(item) is not None for item in items)


def _merge_fields(below: list[Node], above: list[Node]) -> list[Node]:
    merged = {_to(item): item for item in below}
    for item in above:
        to = _to(item)
        merged[to] = _overlay(merged[to], item) if to in merged else item
    return list(merged.values())


def _without_dropped(entries: dict[str, Node]) -> dict[str, Node]:
    """Leave out the fields that say `drop: true`: an overlay's way to take a field away."""
    return {
        key: replace(value, value=[item for item in _items(value) if not _dropped(item)])
        if _is_fields(value)
        else value
        for key, value in entries.items()
    }


def _dropped(item: Node) -> bool:
    drop = item.value.get("drop") if isinstance(item.value, dict) else None
    return drop is not None and drop.value is True


def _fill(node: Node, flaws: list[Flaw]) -> Node:
    """Put the texts under `with` in the place of their `${names}`."""
    if not isinstance(node.value, dict):
        return node
    entries = dict(node.value)
    given = entries.pop("with", None)
    texts: dict[str, str] = {}
    if given is not None:
        if not isinstance(given.value, dict):
            flaws.append(Flaw(given.place, "with holds `name: text` lines"))
        else:
            for name, item in given.value.items():
                if isinstance(item.value, str):
                    texts[name] = item.value
                else:
                    flaws.append(Flaw(item.place, f"{name} under with must be a text: put it in quotes"))
    return _filled(replace(node, value=entries), texts, flaws)


def _filled(node: Node, texts: dict[str, str], flaws: list[Flaw]) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={key: _filled(item, texts, flaws) for key, item in node.value.items()})
    if isinstance(node.value, list):
        return replace(node, value=[_filled(item, texts, flaws) for item in node.value])
    if isinstance(node.value, str) and "${" in node.value:
        unknown = [name for name in _VARIABLE.findall(node.value) if name not in texts]
        flaws += [
            Flaw(node.place, f"${{{name}}} is not under with; {nearest(name, texts)}") for name in unknown
        ]
        filled = _VARIABLE.sub(lambda found: texts.get(found[1], found[0]), node.value)
        return replace(node, value=filled)
    return node


def _by_locale(node: Node, flaws: list[Flaw]) -> Node:
    """Make of every field that says `{locale}` one for each of the feed's locales; `{lang}` is their code."""
    given = node.value.get("locales") if isinstance(node.value, dict) else None
    named = given.value if given is not None and isinstance(given.value, dict) else {}
    locales = {
        name: str(code.value) for name, code in named.items() if not isinstance(code.value, dict | list)
    }
    return _spoken(node, locales, flaws)


def _spoken(node: Node, locales: dict[str, str], flaws: list[Flaw]) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={key: _spoken(item, locales, flaws) for key, item in node.value.items()})
    if not isinstance(node.value, list):
        return node
    items: list[Node] = []
    for item in node.value:
        to = _to(item)
        if not isinstance(to, str) or _LOCALE not in to:
            items.append(_spoken(item, locales, flaws))
            continue
        if not locales:
            flaws.append(Flaw(item.place, f"{to} asks for locales: say them, such as locales: {{fr-FR: FR}}"))
        items += [_in_locale(item, locale, code) for locale, code in locales.items()]
    return replace(node, value=items)


def _in_locale(node: Node, locale: str, code: str) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={key: _in_locale(item, locale, code) for key, item in node.value.items()})
    if isinstance(node.value, list):
        return replace(node, value=[_in_locale(item, locale, code) for item in node.value])
    if isinstance(node.value, str):
        return replace(node, value=node.value.replace(_LOCALE, locale).replace(_LANG, code))
    return node


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
