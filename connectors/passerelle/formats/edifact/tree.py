"""EDIFACT segments as values, and back: `e3` is element 3, `e3.2` its second component.

The first component has both names, `e3` and `e3.1`, so that a path does not depend on whether a sender gives
the others. What a segment leaves empty is absent. A segment below a group's trigger stands under its own tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...errors import ConfigError
from ..rows import Group, Value

__all__ = ["TAG", "element_values", "elements_of", "put", "segments_in"]

TAG = re.compile("[A-Z][A-Z0-9]{2}")
_NAME = re.compile(r"e([1-9]\d?)(?:\.([1-9]\d?))?")
#: Names that are made once: those of the first elements and components, which are nearly all there are.
_KNOWN, _WIDE = 24, 9


def _names(element: int, most: int) -> list[str]:
    return [f"e{element}.{component}" for component in range(1, most + 1)]


_NAMES = [_names(element, _WIDE) for element in range(1, _KNOWN + 1)]
_FIRST = [f"e{element}" for element in range(1, _KNOWN + 1)]


def element_values(elements: list[list[str]]) -> Group:
    """Name the components of a segment; its first element, the tag, is left out."""
    values: Group = {}
    for index, components in enumerate(elements[1:]):
        text = components[0]
        known = index < _KNOWN
        if text:
            values[_FIRST[index] if known else f"e{index + 1}"] = text
            values[_NAMES[index][0] if known else f"e{index + 1}.1"] = text
        if len(components) > 1:
            names = (
                _NAMES[index] if known and len(components) <= _WIDE else _names(index + 1, len(components))
            )
            for name, text in zip(names[1:], components[1:], strict=False):
                if text:
                    values[name] = text
    return values


def put(values: Group, tag: str, segment: Group) -> None:
    """Put a segment among those that stand at the same level; a second one of its tag makes a list."""
    before = values.get(tag)
    if before is None:
        values[tag] = segment
    elif isinstance(before, list):
        before.append(segment)
    else:
        values[tag] = [before, segment]


def elements_of(values: Mapping[str, Value], path: str) -> list[list[str]]:
    """Give the elements of a segment from their names; gaps are empty.

    Raises ConfigError for a name that is neither an element nor a segment, and for two names of one
    component (`e3` and `e3.1`) with different texts.
    """
    elements: list[list[str]] = []
    for name, value in values.items():
        found = _NAME.fullmatch(name)
        if found is None:
            if TAG.fullmatch(name) is None:
                raise ConfigError(
                    f"{path}/{name} is no name of EDIFACT", advice="Use e1, e1.2, or a tag such as LIN"
                )
            continue
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise ConfigError(f"{path}/{name} holds {type(value).__name__}, expected one text")
        _place(elements, int(found[1]), int(found[2] or 1), value, f"{path}/{name}")
    return elements


def segments_in(values: Mapping[str, Value], path: str) -> Iterator[tuple[str, str, Mapping[str, Value]]]:
    """Walk over the segments of a message: tag, path and values, a group's trigger before its members."""
    for tag, value in values.items():
        if TAG.fullmatch(tag) is None:
            if _NAME.fullmatch(tag) is None or not path:
                raise ConfigError(
                    f"{path}/{tag} is no segment".lstrip("/"),
                    advice="Use tags such as BGM or LIN, e1 or e1.2",
                )
            continue
        items = value if isinstance(value, list) else [value]
        for number, item in enumerate(items, 1):
            place = f"{path}/{tag}[{number}]" if len(items) > 1 else f"{path}/{tag}"
            place = place.lstrip("/")
            if item is None:
                continue
            if not isinstance(item, dict):
                raise ConfigError(f"{place} holds {type(item).__name__}, expected elements such as e1")
            yield tag, place, item
            yield from segments_in(item, place)


def _place(elements: list[list[str]], element: int, component: int, text: str, path: str) -> None:
    elements.extend([] for _ in range(element - len(elements)))
    components = elements[element - 1]
    components.extend("" for _ in range(component - len(components)))
    if components[component - 1] not in ("", text):
        raise ConfigError(
            f"{path}: {text!r} and {components[component - 1]!r} are given for one component",
            advice=f"e{element} and e{element}.1 are the same: give one of them",
        )
    components[component - 1] = text
