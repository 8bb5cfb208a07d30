"""Questions to a collection: query parameters to one page of results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Names
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

from .field_tree import Leaf, Tree, child
from .predicate_compiler import Test, compile_predicate
from .predicate_grammar import And, Node, bind, parse
from .predicate_index import Paths, candidates, ids_above
from .predicate_times import TIMED, moments_of
from .problems import invalid_input
from .store import Collection, Doc

__all__ = ["MAX_LIMIT", "MAX_OFFSET", "Parameters", "Query", "View", "read_parameters"]

MAX_LIMIT = 500
MAX_OFFSET = 10_000
_DEFAULT_LIMIT = 20
# So many documents are looked at sooner than an index is asked for fewer.
_FEW = 2_000

Parameters: TypeAlias = dict[str, list[str]]
#: How a document is shown by an endpoint; None when the endpoint does not show it.
View: TypeAlias = Callable[[Doc], Doc | None]


def read_parameters(query_string: bytes, allowed: Names[str]) -> Parameters:
    """Read a query string; `var.` in `allowed` admits query variables.

    Raises:
        Problem: 400 InvalidInput for a parameter that the endpoint does not know.
    """
    parameters: Parameters = {}
    if not query_string:
        return parameters
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise invalid_input("Malformed parameter: the query string is not UTF-8, percent-encoded.") from error
    for name, value in pairs:
        if name not in allowed and not (name.startswith("var.") and "var." in allowed):
            raise invalid_input(
                f"Unknown query parameter '{name}'. Known here: {', '.join(sorted(allowed))}."
            )
        parameters.setdefault(name, []).append(value)
    return parameters


def single(parameters: Parameters, name: str) -> str | None:
    """The one value of a parameter.

    Raises:
        Problem: 400 InvalidInput when it is given several times.
    """
    values = parameters.get(name)
    if not values:
        return None
    if len(values) > 1:
        raise invalid_input(f"Malformed parameter: {name}: given {len(values)} times.")
    return values[0]


def flag(parameters: Parameters, name: str, *, default: bool) -> bool:
    """A parameter that is `true` or `false`."""
    text = single(parameters, name)
    if text is None:
        return default
    if text not in ("true", "false"):
        raise invalid_input(f"Malformed parameter: {name}: '{text}' is neither true nor false.")
    return text == "true"


def whole(parameters: Parameters, name: str, *, default: int, most: int) -> int:
    """A parameter that is a whole number from 0 to `most`."""
    text = single(parameters, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise invalid_input(f"Malformed parameter: {name}: '{text}' is not a number from 0 to {most}.")
    return int(text)


class Sorting(NamedTuple):
    """One `sort` expression."""

    path: tuple[str, ...]
    descending: bool


class Query(NamedTuple):
    """A question that is understood and can be put to any collection of its kind."""

    node: Node | None
    test: Test | None
    sort: tuple[Sorting, ...]
    limit: int
    offset: int
    with_total: bool

    @classmethod
    def of(cls, parameters: Parameters, tree: Tree) -> Query:
        """Understand the parameters of a collection's GET.

        Raises:
            Problem: 400 InvalidInput.
        """
        node, test = _predicate(parameters, tree)
        return cls(
            node=node,
            test=test,
            sort=tuple(_sorting(text, tree) for text in parameters.get("sort", ())),
            limit=whole(parameters, "limit", default=_DEFAULT_LIMIT, most=MAX_LIMIT),
            offset=whole(parameters, "offset", default=0, most=MAX_OFFSET),
            with_total=flag(parameters, "withTotal", default=True),
        )

    def answer(self, collection: Collection, paths: Paths, view: View | None = None) -> Doc:
        """Collect one page; without `sort` the order is that of the ids."""
        by_id = not self.sort or self.sort[0] == Sorting(("id",), descending=False)
        timed = self._timed()
        if by_id:
            results, total = self._page(self._ids(collection, paths), collection, view)
        elif timed is not None and self._reads_on(timed, collection, paths):
            timeline = collection.timeline(timed)
            places = timeline.between(*self._bounds(timed))
            results, total = self._page(map(timeline.id_at, places), collection, view)
        else:
            matches = list(self._matches(self._ids(collection, paths), collection, view))
            for path, descending in reversed(self.sort):
                matches.sort(key=partial(_sort_key, path), reverse=descending)
            results, total = matches[self.offset : self.offset + self.limit], len(matches)
        page = {"limit": self.limit, "offset": self.offset, "count": len(results), "results": results}
        if self.with_total:
            page["total"] = total if self.node is None else min(total, MAX_OFFSET)
        return page

    def any(self, collection: Collection, paths: Paths, view: View | None = None) -> bool:
        """Whether anything matches."""
        return next(self._matches(self._ids(collection, paths), collection, view), None) is not None

    def _timed(self) -> str | None:
        """The moment by which results are sorted upwards, those of one instant by id."""
        match self.sort:
            case (Sorting((path,), False),) | (Sorting((path,), False), Sorting(("id",), False)):
                return path if path in TIMED else None
        return None

    def _bounds(self, field: str) -> tuple[str | None, str | None]:
        return (None, None) if self.node is None else moments_of(self.node, field)

    def _reads_on(self, field: str, collection: Collection, paths: Paths) -> bool:
        """Whether to go along the timeline: unless an index names fewer documents than lie in the time."""
        if self.node is None:
            return True
        places = collection.timeline(field).between(*self._bounds(field))
        if len(places) <= _FEW:
            return True
        found = candidates(self.node, paths, collection)
        return found is None or len(found) > len(places)

    def _ids(self, collection: Collection, paths: Paths) -> Iterable[str]:
        if self.node is None:
            return collection.ids_after(None)
        found = candidates(self.node, paths, collection)
        above = ids_above(self.node)
        if found is not None:
            return sorted(found if above is None else (one for one in found if one >= above[0]))
        if above is not None:
            return collection.ids_after(above[0], inclusive=above[1])
        for field in TIMED:
            bounds = moments_of(self.node, field)
            if bounds != (None, None):
                timeline = collection.timeline(field)
                return sorted(timeline.ids(timeline.between(*bounds)))
        return collection.ids_after(None)

    def _matches(self, ids: Iterable[str], collection: Collection, view: View | None) -> Iterator[Doc]:
        test, docs = self.test, collection.docs
        for resource_id in ids:
            shown: Doc | None = docs[resource_id]
            if view is not None and shown is not None:
                shown = view(shown)
            if shown is not None and (test is None or test(shown)):
                yield shown

    def _page(
        self, ids: Iterable[str], collection: Collection, view: View | None
    ) -> tuple[Sequence[Doc], int]:
        """One page of documents in the order of `ids`, and how many match (seen, when no total is asked)."""
        if view is None and isinstance(ids, list) and self._ids_are_all():
            page = ids[self.offset : self.offset + self.limit]
            return [collection.docs[resource_id] for resource_id in page], len(ids)
        results: list[Doc] = []
        seen = 0
        end = self.offset + self.limit
        for doc in self._matches(ids, collection, view):
            if self.offset <= seen < end:
                results.append(doc)
            seen += 1
            if seen >= end and not self.with_total:
                break
        return results, seen

    def _ids_are_all(self) -> bool:
        """Whether the ids alone answer the predicate: there is none, or it is `id > x` and nothing else."""
        if self.node is None:
            return True
        above = ids_above(self.node)
        return above is not None and above[2]


def _predicate(parameters: Mapping[str, list[str]], tree: Tree) -> tuple[Node | None, Test | None]:
    texts = parameters.get("where")
    if not texts:
        return None, None
    nodes = tuple(parse(text) for text in texts)
    node = nodes[0] if len(nodes) == 1 else And(nodes)
    variables = {name.removeprefix("var."): v for name, v in parameters.items() if name.startswith("var.")}
    if any(":" in text for text in texts):
        node = bind(node, variables)
    return node, compile_predicate(node, tree)


@lru_cache(maxsize=128)
def _sort_parts(text: str) -> tuple[tuple[str, ...], bool]:
    parts = text.split()
    if not parts or len(parts) > 2 or (len(parts) == 2 and parts[1] not in ("asc", "desc")):  # noqa: PLR2004 - a field and its direction
        raise invalid_input(f"Malformed parameter: sort: '{text}' is not a field followed by asc or desc.")
    return tuple(name.strip("`") for name in parts[0].split(".")), parts[-1] == "desc"


def _sorting(text: str, tree: Tree) -> Sorting:
    path, descending = _sort_parts(text)
    found: Tree | None = tree
    for name in path:
        found = None if found is None else child(found, name)
    if not isinstance(found, Leaf) or found in (Leaf.TEXTS, Leaf.LOCALIZED):
        raise invalid_input(f"Malformed parameter: sort: '{'.'.join(path)}' is no field to sort by.")
    return Sorting(path, descending)


def _sort_key(path: tuple[str, ...], doc: Doc) -> tuple[int, Any]:
    value: Any = doc
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return 0, 0
    return (2, value) if isinstance(value, str) else (1, value)
