"""JSON out: values to one document with a list of records, or to one object a line; the values stay texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import TracebackType
from typing import BinaryIO

from ..errors import ConfigError
from .charset import codec_name
from .rows import Group, Value
from .text_writer import Rendering, TextWriter

__all__ = ["JsonWriter", "NdjsonWriter"]

_HALF = "Have it corrected where the record comes from"


class _JsonText(TextWriter):
    """What both have in common. What the charset lacks is written as an escape, and lost to nobody."""

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a record, and write nothing."""
        rendering = self._rendering()
        self._rendered(values, "", rendering)
        rendering.judge()

    def _rendered(self, value: Value, path: str, rendering: Rendering) -> str:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if text.isascii():
            return text
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            half = ascii(text[error.start])
            rendering.fault("not_writable", path, half, "whole characters", _HALF)
        is_unicode = (codec_name(self._charset) or "").startswith("utf")
        return text if is_unicode else json.dumps(value, separators=(",", ":"))


class NdjsonWriter(_JsonText):
    """Writes one JSON object a line; a `Writer`. There is no place for header and trailer."""

    def write_header(self, values: Group) -> None:
        """Write nothing."""

    def write(self, values: Group) -> None:
        """Write one record."""
        rendering = self._rendering()
        line = self._rendered(values, "", rendering)
        self._settle(rendering)
        self._put(line + self._newline)
        self._written += 1
        self.counts["records"] += 1

    def write_trailer(self, values: Group) -> None:
        """Write nothing."""


class JsonWriter(_JsonText):
    """Writes one JSON document; a `Writer`.

    `record` is the path of the list of records, `/` when the root is that list. The header's values stand
    in front of the list, the trailer's behind it: each at the names on the way to the list, as `JsonReader`
    gives them. When the root is the list, there is no place for either.
    """

    def __init__(self, stream: BinaryIO, *, file: str, charset: str = "utf-8", record: str = "/") -> None:
        super().__init__(stream, file=file, charset=charset, newline="\n")
        self._path = [name for name in record.split("/") if name]
        self._met: list[set[str]] = []
        self._trailer: Group = {}
        self._begun = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A file whose writing failed stays visibly cut short.
        if kind is None:
            self._begin({})
            self._put(f"{self._newline if self._written else ''}]")
            self._close(self._path, self._trailer, 0)
            self._put(self._newline)

    def write_header(self, values: Group) -> None:
        """Write what stands in front of the list."""
        self._begin(values)

    def write(self, values: Group) -> None:
        """Write one record."""
        rendering = self._rendering()
        text = self._rendered(values, "", rendering)
        self._settle(rendering)
        self._begin({})
        self._put(f"{',' if self._written else ''}{self._newline}{text}")
        self._written += 1
        self.counts["records"] += 1

    def write_trailer(self, values: Group) -> None:
        """Keep what stands behind the list, for the end of the document."""
        self._trailer = values

    def _begin(self, header: Group) -> None:
        if self._begun:
            return
        self._begun = True
        if header and not self._path:
            raise ConfigError(f"{self._file}: a list of records has no place for a header")
        group: Value = header
        for name in self._path:
            own = group if isinstance(group, dict) else {}
            self._put("{")
            self._met.append({name})
            self._members({key: value for key, value in own.items() if key != name}, first=True)
            self._put(f"{',' if len(own) > (name in own) else ''}{json.dumps(name)}:")
            group = own.get(name, {})
        self._put("[")

    def _close(self, path: Sequence[str], trailer: Value, depth: int) -> None:
        if not path:
            if trailer and not self._path:
                raise ConfigError(f"{self._file}: a list of records has no place for a trailer")
            return
        own = trailer if isinstance(trailer, dict) else {}
        self._close(path[1:], own.get(path[0], {}), depth + 1)
        known = self._met[depth]
        twice = known & {key for key in own if key != path[0]}
        if twice:
            raise ConfigError(f"{self._file}: {', '.join(sorted(twice))} stands in header and trailer")
        self._members({key: value for key, value in own.items() if key != path[0]}, first=False)
        self._put("}")

    def _members(self, values: Group, *, first: bool) -> None:
        rendering = self._rendering()
        text = self._rendered(values, "", rendering)[1:-1]
        self._settle(rendering)
        if text:
            self._met[-1] |= set(values) if first else set()
            self._put(text if first else f",{text}")
