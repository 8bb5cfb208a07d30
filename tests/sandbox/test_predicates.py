"""The language of `where`: what it means, and what it refuses."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.sandbox.field_tree import Leaf, Tree
from passerelle.sandbox.predicate_compiler import compile_predicate
from passerelle.sandbox.predicate_grammar import bind, parse
from passerelle.sandbox.predicate_index import candidates
from passerelle.sandbox.problems import Problem
from passerelle.sandbox.store import Collection

Doc = dict[str, Any]
#: A predicate as text, and what it must mean.
Meaning = tuple[str, Callable[[Doc], bool]]

TREE: Tree = {
    "id": Leaf.TEXT,
    "key": Leaf.TEXT,
    "count": Leaf.NUMBER,
    "active": Leaf.BOOLEAN,
    "since": Leaf.TIME,
    "roles": Leaf.TEXTS,
    "name": Leaf.LOCALIZED,
    "channel": {"typeId": Leaf.TEXT, "id": Leaf.TEXT},
    "lines": {"sku": Leaf.TEXT, "quantity": Leaf.NUMBER},
}

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4) | st.sampled_from("abc")
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.25])
lines = st.fixed_dictionaries({}, optional={"sku": texts, "quantity": numbers})
documents: st.SearchStrategy[Doc] = st.fixed_dictionaries(
    {},
    optional={
        "key": texts,
        "count": numbers,
        "active": st.booleans(),
        "roles": st.lists(texts, max_size=3),
        "name": st.dictionaries(st.sampled_from(["fr-FR", "en"]), texts),
        "channel": st.fixed_dictionaries({"typeId": st.just("channel"), "id": texts}),
        "lines": st.lists(lines, max_size=3),
    },
)
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def written(value: Any) -> str:
    """A literal as a client writes it."""
    return json.dumps(value, ensure_ascii=False)


def compared(field: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Meaning]:
    """Every comparison of a scalar field."""

    def equal(value: Any) -> Meaning:
        return f"{field} = {written(value)}", lambda doc: field in doc and doc[field] == value

    def different(value: Any) -> Meaning:
        return f"{field}<>{written(value)}", lambda doc: not (field in doc and doc[field] == value)

    def ordered(sign: str, value: Any) -> Meaning:
        return (
            f"{field} {sign} {written(value)}",
            lambda doc: field in doc and SIGNS[sign](doc[field], value),
        )

    def among(chosen: list[Any]) -> Meaning:
        listed = ", ".join(map(written, chosen))
        return f"{field} in ({listed})", lambda doc: field in doc and doc[field] in chosen

    def not_among(chosen: list[Any]) -> Meaning:
        listed = ",".join(map(written, chosen))
        return f"{field} not in ({listed})", lambda doc: not (field in doc and doc[field] in chosen)

    several = st.lists(values, min_size=1, max_size=3)
    return st.one_of(
        values.map(equal),
        values.map(different),
        st.builds(ordered, st.sampled_from(sorted(SIGNS)), values),
        several.map(among),
        several.map(not_among),
    )


def presence(field: str) -> st.SearchStrategy[Meaning]:
    """Whether a field is there, or holds anything."""
    meanings: list[Meaning] = [
        (f"{field} is defined", lambda doc: field in doc),
        (f"{field} is not defined", lambda doc: field not in doc),
    ]
    return st.sampled_from(meanings)


def emptiness(field: str) -> st.SearchStrategy[Meaning]:
    """Whether a list holds anything."""
    meanings: list[Meaning] = [
        (f"{field} is empty", lambda doc: not doc.get(field)),
        (f"{field} is not empty", lambda doc: bool(doc.get(field))),
    ]
    return st.sampled_from(meanings)


def containing(field: str) -> st.SearchStrategy[Meaning]:
    """Whether a list of texts holds some."""

    def some(wanted: list[str]) -> Meaning:
        listed = ",".join(map(written, wanted))
        return f"{field} contains any ({listed})", lambda doc: bool(set(wanted) & set(doc.get(field, ())))

    def every(wanted: list[str]) -> Meaning:
        listed = ",".join(map(written, wanted))
        return (
            f"{field} contains all ({listed})",
            lambda doc: field in doc and set(wanted) <= set(doc[field]),
        )

    several = st.lists(texts, min_size=1, max_size=3)
    return several.map(some) | several.map(every)


def localized(locale: str, value: str) -> Meaning:
    """A text in one locale, in back-ticks."""
    return f"name(`{locale}` = {written(value)})", lambda doc: doc.get("name", {}).get(locale) == value


def some_line(inner: Meaning) -> Meaning:
    """A predicate on the elements of a list."""
    text, meant = inner
    return f"lines({text})", lambda doc: any(meant(line) for line in doc.get("lines", ()))


def on_channel(inner: Meaning) -> Meaning:
    """A predicate on an object."""
    text, meant = inner
    return f"channel({text})", lambda doc: "channel" in doc and meant(doc["channel"])


def negated(inner: Meaning) -> Meaning:
    """The opposite."""
    return f"not ({inner[0]})", lambda doc: not inner[1](doc)


def both(one: Meaning, other: Meaning) -> Meaning:
    """And."""
    return f"({one[0]}) and ({other[0]})", lambda doc: one[1](doc) and other[1](doc)


def either(one: Meaning, other: Meaning) -> Meaning:
    """Or."""
    return f"({one[0]}) or ({other[0]})", lambda doc: one[1](doc) or other[1](doc)


line_terms = compared("sku", texts) | compared("quantity", numbers)
line_predicates = st.recursive(line_terms, lambda inner: st.builds(both, inner, inner), max_leaves=2)
booleans: st.SearchStrategy[Meaning] = st.booleans().map(
    lambda wanted: (f"active = {written(wanted)}", lambda doc: doc.get("active") is wanted)
)
terms = st.one_of(
    compared("key", texts),
    compared("count", numbers),
    booleans,
    *(presence(field) for field in ("key", "count", "name", "lines")),
    emptiness("lines"),
    emptiness("roles"),
    containing("roles"),
    st.builds(localized, st.sampled_from(["fr-FR", "en"]), texts),
    line_predicates.map(some_line),
    compared("id", texts).map(on_channel),
)
predicates = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(negated), st.builds(both, inner, inner), st.builds(either, inner, inner)
    ),
    max_leaves=6,
)


@given(predicates, documents)
def test_predicates_mean_what_they_say(meaning: Meaning, document: Doc) -> None:
    """A compiled predicate agrees with what it was made from, whatever the document."""
    text, meant = meaning
    assert compile_predicate(parse(text), TREE)(document) is meant(document)


@given(predicates, st.lists(documents, max_size=6, unique_by=lambda doc: str(doc.get("key", ""))))
def test_indexes_lose_nothing(meaning: Meaning, docs: list[Doc]) -> None:
    """What the indexes offer holds every match, for any predicate."""
    collection = Collection(
        lambda doc: (("key", doc["key"]),) if "key" in doc else (),
        lambda doc: {("channel", doc["channel"]["id"])} if "channel" in doc else (),
        lambda field, value: Problem(400, "DuplicateField", f"{field} {value}"),
    )
    for number, doc in enumerate(docs):
        collection.add({"id": str(number), **doc})
    text, meant = meaning
    paths = {("key",): "key", ("channel", "id"): "channel"}
    found = candidates(parse(text), paths, collection)
    matching = {doc["id"] for doc in collection.docs.values() if meant(doc)}
    assert found is None or matching <= found


def test_and_binds_tighter_than_or() -> None:
    """`a or b and c` is `a or (b and c)`."""
    test = compile_predicate(parse('key="a" or key="b" and count=1'), TREE)
    assert test({"key": "a", "count": 2})
    assert not test({"key": "b", "count": 2})


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('name(fr-FR="é")', {"name": {"fr-FR": "é"}}),
        ('since > "2026-11-01T00:00:00+01:00"', {"since": "2026-10-31T23:00:00.001Z"}),
        ('since = "2026-11-01T00:00:00Z"', {"since": "2026-11-01T00:00:00.000Z"}),
        ('key = "quo\\"te \\\\ back"', {"key": 'quo"te \\ back'}),
        ('NOT (key="a") AND count >= -1.5', {"key": "b", "count": -1}),
        ('key in("a" , "b")', {"key": "b"}),
        ("lines is empty", {"lines": []}),
    ],
)
def test_accepted_forms(text: str, document: Doc) -> None:
    """Locales bare or in back-ticks, times in any zone, escapes, keywords in either case."""
    assert compile_predicate(parse(text), TREE)(document)


@pytest.mark.parametrize(
    "text",
    [
        "", "key", 'key = "a', "key = a", 'key == "a"', 'key = "a" and', 'and key = "a"',
        'not key = "a"', "count = 12px",
        "key in ()", 'key in "a"', 'key is "a"', 'key contains ("a")', '(key = "a"', 'key = "a")',
        "count = 1.2.3",
        "count = 1e5", 'key = "a" key = "b"', '"a" = key', "key = 'a'", "lines()", 'key like "a"',
    ],
)  # fmt: skip
def test_malformed_predicates(text: str) -> None:
    """What is no predicate is refused as malformed."""
    with pytest.raises(Problem, match="Malformed parameter: where") as refused:
        parse(text)
    assert refused.value.code == "InvalidInput"


@pytest.mark.parametrize(
    "text",
    [
        'colour = "red"', 'channel(key = "a")', 'lines(sku(x = "a"))', 'count = "1"', "key = 1", "key = true",
        'active = "true"', "active > false", 'channel = "a"', 'name = "a"', 'roles = "a"',
        'key contains any ("a")',
        'since > "yesterday"', 'since > "2026-11-01T00:00:00"', 'key in ("a", 1)', 'name(fr-FR(x="a"))',
        "colour is defined", "colour is empty", "name(en > 1)",
    ],
)  # fmt: skip
def test_predicates_that_cannot_fit(text: str) -> None:
    """A field that does not exist, or a literal of another type than its field, is refused."""
    with pytest.raises(Problem, match="Malformed parameter: where"):
        compile_predicate(parse(text), TREE)


def test_variables_take_the_type_of_their_field() -> None:
    """Query variables are bound to text, numbers or booleans, as the field says."""
    node = bind(
        parse("key in :keys and count > :least and active = :on"),
        {"keys": ["a", "b"], "least": ["1.5"], "on": ["true"]},
    )
    test = compile_predicate(node, TREE)
    assert test({"key": "b", "count": 2, "active": True})
    assert not test({"key": "b", "count": 1, "active": True})


@pytest.mark.parametrize("variables", [{}, {"x": ["a", "b"]}])
def test_variables_are_bound_once(variables: dict[str, list[str]]) -> None:
    """A variable without a value, or with several where one is meant, is refused."""
    with pytest.raises(Problem, match=":x"):
        bind(parse("key = :x"), variables)
