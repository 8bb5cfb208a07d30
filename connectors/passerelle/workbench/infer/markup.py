"""XML of a sample: which element repeats, what stands before and behind it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ...errors import ConfigError
from ...formats.xml.doctype import is_bare_doctype
from .guess import Guess, Layout, Sure

__all__ = ["guess_xml"]

_SHOWN = 3
#: A DOCTYPE stands in front of the root.
_START = 1 << 20


@dataclass(slots=True)
class _Element:
    """All elements at one path."""

    count: int = 0
    groups: int = 0
    below: int = 0
    parents: set[int] = field(default_factory=set)
    first: int = 0
    last: int = 0


def guess_xml(data: bytes, charset: Guess) -> Layout:
    """Find the record path: the element that repeats under one parent and holds most of the file.

    Raises:
        ConfigError: the sample is no well-formed XML from its first byte on.
    """
    lies = charset.why.startswith("the prolog says") and charset.sure == "unsure"
    elements, spaces = _survey(data, charset.value if lies else None)
    candidates = sorted(_candidates(elements), key=lambda one: -one[1])
    if not candidates:
        raise ConfigError(
            "There is no element with elements below it: nothing in the sample looks like a record",
            advice="Give a sample with a few records",
        )
    record = candidates[0][0]
    repeated = elements[record].count > 1
    rivals = [path for path, weight in candidates[1:] if weight * 2 >= candidates[0][1]][:_SHOWN]
    sure: Sure = "unsure" if not repeated or rivals else "likely"
    spec: dict[str, object] = {"charset": charset.value, "record": _written(record)}
    notes = [f"charset: {charset}"]
    how = f"{elements[record].count} elements" if repeated else "it stands only once in the sample"
    others = f"; or {', '.join(map(_written, rivals))}" if rivals else ""
    notes.append(f"record: {sure}: {how}{others}")
    header, trailer = _beside(elements, record)
    if header is not None:
        spec["header"] = _written(header)
    if trailer is not None:
        spec["trailer"] = _written(trailer)
    if spaces:
        spec["ignore_namespaces"] = True
        notes.append(f"namespaces: {', '.join(sorted(spaces))}; names are read without them")
    if lies:
        spec["override_prolog"] = True
    if is_bare_doctype(data[:_START].decode(charset.value, "replace")):
        spec["doctype"] = "ignore"
        notes.append("doctype: it only names a DTD, which is never fetched")
    return Layout("xml", spec, sure, f"an element {_written(record)} that repeats", notes)


def _survey(data: bytes, encoding: str | None) -> tuple[dict[tuple[str, ...], _Element], set[str]]:
    elements: dict[tuple[str, ...], _Element] = {}
    spaces: set[str] = set()
    path: list[str] = []
    numbers: list[int] = []
    count = 0
    parser = etree.XMLPullParser(
        ["start", "end"], resolve_entities=False, no_network=True, load_dtd=False, encoding=encoding
    )
    for chunk in _chunks(data):
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            if not elements:
                raise ConfigError(f"The sample is not well-formed XML: {error.msg}") from error
            # A sample may be cut; what stands before the cut is enough.
            return elements, spaces
        for event, found in parser.read_events():
            # Any: lxml's stubs give each event the values of all others too.
            element: Any = found
            if event == "start":
                space, _, name = str(element.tag).rpartition("}")
                spaces |= {space[1:]} if space else set()
                path.append(name)
                count += 1
                _note(elements, path, numbers, count, len(element.attrib))
                numbers.append(count)
            else:
                here = elements[tuple(path)]
                here.groups += bool(len(element) or element.attrib)
                here.last = count
                path.pop()
                numbers.pop()
                element.clear()
    return elements, spaces


def _chunks(data: bytes) -> list[bytes]:
    stream = io.BytesIO(data)
    return list(iter(lambda: stream.read(65_536), b""))


def _note(
    elements: dict[tuple[str, ...], _Element], path: list[str], above: list[int], number: int, facts: int
) -> None:
    here = elements.setdefault(tuple(path), _Element(first=number))
    here.count += 1
    here.parents.add(above[-1] if above else 0)
    here.below += facts
    for depth in range(1, len(path)):
        elements[tuple(path[:depth])].below += 1 + facts


def _candidates(elements: dict[tuple[str, ...], _Element]) -> list[tuple[tuple[str, ...], int]]:
    """List what may be a record, with how much of the file it holds."""
    found = []
    for path, element in elements.items():
        # All records of a file stand side by side, and are groups.
        if len(path) < 2 or len(element.parents) > 1 or not element.groups:  # noqa: PLR2004  # root and below
            continue
        weight = element.below + element.count
        # What stands once wraps the records, or tells about the file.
        found.append((path, weight if element.count > 1 else weight // 4))
    return found


def _beside(
    elements: dict[tuple[str, ...], _Element], record: tuple[str, ...]
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Find what tells about the file: a group that stands once beside the records, before or behind them."""
    header = trailer = None
    for path, element in elements.items():
        single = (
            element.count == 1 and element.groups and len(path) == len(record) and path[:-1] == record[:-1]
        )
        if single and path != record:
            if element.first < elements[record].first and header is None:
                header = path
            elif element.first > elements[record].last:
                trailer = path
    return header, trailer


def _written(path: tuple[str, ...]) -> str:
    return "/" + "/".join(path)
