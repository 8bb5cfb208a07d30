"""Mappings as files say them: documents lie over one another, their variables and locales are put in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import ConfigError
from .documents import VARIABLE, Document, addresses, base_of, documents, file_of
from .yaml_nodes import Flaw, Node, Place, Scalar, find, nearest, plain

__all__ = ["Flaw", "Node", "Place", "Scalar", "find", "load", "nearest", "plain"]

#: What stands for a locale of the feed and for the partner's code of it.
_LOCALE = "{locale}"
_LANG = "{lang}"


def load(path: Path, flaws: list[Flaw]) -> Node | None:
    """Read a mapping with all it extends, its `${variables}` replaced; None when nothing can be read.

    `path` names a file, or one of the feeds in it: `poland.yaml#prices-pl`.

    Raises:
        ConfigError: the file holds several feeds, and the path names none of them.
    """
    file, name = file_of(path)
    found = documents(file, flaws)
    several = [str(one) for one in addresses(path)] if len(found) > 1 and not name else []
    if len(several) > 1:
        raise ConfigError(
            f"{file} holds several feeds: {', '.join(several)}",
            advice=f"Name one of them, such as {several[0]}",
        )
    chosen = _chosen(found, name, Place(str(file), 1, 1), flaws)
    node = None if chosen is None else _load(file, chosen, (), flaws)
    return None if node is None else _by_locale(_fill(node, flaws), flaws)


def _chosen(found: list[Document], name: str, place: Place, flaws: list[Flaw]) -> Document | None:
    """Choose the document of this name, or the only one; `place` is where it was named."""
    if not found:
        return None
    if not name and len(found) == 1:
        return found[0]
    names = [one.name for one in found if one.name]
    if not name:
        told = ", ".join(names)
        flaws.append(Flaw(place, f"there are several feeds, say which after a #: {told}"))
        return None
    if name not in names:
        flaws.append(Flaw(place, f"there is no feed {name!r}; {nearest(name, names)}"))
        return None
    return found[names.index(name)]


def _load(file: Path, document: Document, over: tuple[Place, ...], flaws: list[Flaw]) -> Node | None:
    node = document.node
    if not isinstance(node.value, dict):
        return None
    entries = dict(node.value)
    base = entries.pop("extends", None)
    if base is None:
        return replace(node, value=_without_dropped(entries))
    found = _base(file, base, flaws)
    if found is None:
        return None
    lower, chosen = found
    # Whatever path led there, a document starts in one place of one file.
    here = node.place._replace(file=str(file.resolve()))
    if chosen.node.place._replace(file=str(lower.resolve())) in (here, *over):
        flaws.append(Flaw(base.place, f"{base.value} extends itself"))
        return None
    below = _load(lower, chosen, (*over, here), flaws)
    return None if below is None else _overlay(below, replace(node, value=entries))


def _base(file: Path, base: Node, flaws: list[Flaw]) -> tuple[Path, Document] | None:
    """Find what a document extends: a file beside it, or one feed of a file."""
    if not isinstance(base.value, str):
        flaws.append(Flaw(base.place, "extends names one file, or one feed of a file: FILE#feed"))
        return None
    lower, name = base_of(file, base.value)
    if not lower.is_file():
        others = (other.name for other in lower.parent.glob("*.yaml") if other != file)
        flaws.append(Flaw(base.place, f"there is no {base.value}; {nearest(base.value, others)}"))
        return None
    chosen = _chosen(documents(lower, flaws), name, base.place, flaws)
    return None if chosen is None else (lower, chosen)


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
        unknown = [name for name in VARIABLE.findall(node.value) if name not in texts]
        flaws += [
            Flaw(node.place, f"${{{name}}} is not under with; {nearest(name, texts)}") for name in unknown
        ]
        filled = VARIABLE.sub(lambda found: texts.get(found[1], found[0]), node.value)
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
