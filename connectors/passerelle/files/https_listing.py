"""What lies in a folder that is served over HTTPS: an index page, a plain list or JSON, read into names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from ..errors import ConfigError
from ..formats.any_html import AnyHtml
from .folders import check_name
from .listing import LISTING_LIMIT, read_listing

__all__ = ["Listed", "ListingForm", "read_index"]

ListingForm = Literal["index", "lines", "json"]


class Listed(NamedTuple):
    """One name of a list; size and date where the list says them exactly."""

    name: str
    size: int | None = None
    modified: float | None = None


def read_index(form: ListingForm, content: bytes, *, base: str, items: str = "") -> list[Listed]:
    """Read a list; `base` is the path of the folder, `items` the key of the list in a JSON object.

    An index page names files by its links: those that lead elsewhere, or into sub-folders, are passed over.
    A JSON list holds names, or objects with `name` and perhaps `size` and `modified` (seconds since 1970,
    ISO 8601 or the date form of HTTP). Raises ConfigError when the list is of another kind.
    """
    if len(content) > LISTING_LIMIT * 16:
        raise ConfigError(f"The list of files of {base} has {len(content)} bytes, which no list needs")
    try:
        match form:
            case "index":
                return [Listed(name) for name in dict.fromkeys(_links(content, base))]
            case "lines":
                return [Listed(one.name) for one in read_listing(content) if one.name]
            case "json":
                return [_listed(one) for one in _array(json.loads(content), items)]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"The list of files of {base} cannot be read as {form}: {error}",
            advice="Open the address in a browser and set the form of listing that it shows",
        ) from error


class _Anchors(AnyHtml):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.targets += [value for name, value in attrs if name == "href" and value]


def _links(content: bytes, base: str) -> Iterator[str]:
    parser = _Anchors()
    parser.feed(content.decode("utf-8", "replace"))
    for target in parser.targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or parts.query:
            continue
        path = parts.path.removeprefix(base if base.endswith("/") else f"{base}/").removeprefix("./")
        try:
            yield check_name(unquote(path))
        except ValueError:
            continue  # a sub-folder, the folder above, or a way out: no file of this folder


def _array(value: Any, items: str) -> list[Any]:
    for key in filter(None, items.split("/")):
        value = value[key]
    if not isinstance(value, list):
        raise TypeError(f"expected a list of files, received {type(value).__name__}")
    return value


def _listed(one: Any) -> Listed:
    if isinstance(one, str):
        return Listed(check_name(one))
    size, modified = one.get("size"), one.get("modified")
    return Listed(
        check_name(str(one["name"])),
        int(size) if size is not None else None,
        _moment(modified) if modified is not None else None,
    )


def _moment(value: str | float) -> float:
    if not isinstance(value, str):
        return float(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = parsedate_to_datetime(value)
    if moment.tzinfo is None:
        raise ValueError(f"the date {value!r} has no zone")
    return moment.timestamp()
