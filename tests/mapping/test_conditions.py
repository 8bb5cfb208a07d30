"""Conditions: what they ask, of which record, and what is told of those that are wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from passerelle.mapping.conditions import Condition, compile_condition
from passerelle.mapping.spec.conditions import ConditionSpec
from passerelle.mapping.unreadable import Unreadable

ROW: dict[str, Any] = {
    "STATUS": " A ",
    "QTY": "1.234,5",
    "ZERO": "0",
    "BLANK": "\u00a0",
    "NONE": None,
    "GROUP": {"X": "1"},
    "TAGS": ["new", "sale"],
    "CODE": "AB-123",
}


def condition(depth: int = 0, **spec: Any) -> Condition:
    """Compile a condition without flaws."""
    flaws: list[str] = []
    made = compile_condition(
        ConditionSpec.model_validate(spec),
        depth=depth,
        header="H",
        report=lambda _at, message: flaws.append(message),
        at=(),
    )
    assert not flaws
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        ({"path": "STATUS", "is": "A"}, True),
        ({"path": "STATUS", "is": "a"}, False),
        ({"path": "STATUS", "is_not": "B"}, True),
        ({"path": "NOTHING", "is_not": "B"}, True),
        ({"path": "NOTHING", "is": ""}, False),
        ({"path": "STATUS", "in": ["A", "B"]}, True),
        ({"path": "STATUS", "not_in": ["A", "B"]}, False),
        ({"path": "ZERO", "is": 0}, True),
        ({"path": "TAGS", "is": "sale"}, True),
        ({"path": "TAGS", "is_not": "sale"}, False),
        ({"path": "CODE", "matches": "[A-Z]{2}-[0-9]+"}, True),
        ({"path": "CODE", "matches": "[A-Z]{2}"}, False),
        ({"path": "BLANK", "present": True}, True),
        ({"path": "NONE", "present": True}, True),
        ({"path": "NOTHING", "present": False}, True),
        ({"path": "BLANK", "empty": True}, True),
        ({"path": "NONE", "empty": True}, True),
        ({"path": "NOTHING", "empty": True}, True),
        ({"path": "ZERO", "empty": False}, True),
        ({"path": "GROUP", "empty": False}, True),
        ({"path": "QTY", "above": 1234, "decimal": "1.234,5"}, True),
        ({"path": "QTY", "above": "1234.5", "decimal": "1.234,5"}, False),
        ({"path": "QTY", "at_least": "1234.5", "decimal": "1.234,5"}, True),
        ({"path": "ZERO", "at_most": 0}, True),
        ({"path": "ZERO", "below": 0}, False),
        ({"path": "QTY", "above": 0, "below": 1000, "decimal": "1.234,5"}, False),
        ({"path": "BLANK", "above": 0}, False),
        ({"path": "NOTHING", "below": 0}, False),
        ({"all": [{"path": "STATUS", "is": "A"}, {"path": "ZERO", "is": "0"}]}, True),
        ({"all": [{"path": "STATUS", "is": "A"}, {"path": "ZERO", "is": "1"}]}, False),
        ({"any": [{"path": "STATUS", "is": "B"}, {"path": "ZERO", "is": "0"}]}, True),
        ({"not": {"path": "STATUS", "is": "A"}}, False),
    ],
)
def test_what_a_condition_asks(spec: dict[str, Any], holds: bool) -> None:  # noqa: FBT001  # the expected answer
    """Each test in its own words; absent, blank and zero are told apart."""
    assert condition(**spec).holds({}, ROW) is holds


def test_a_condition_asks_around() -> None:
    """It may ask the element, the record around it, the header, and the row's pseudo names."""
    row, item, header = {"A": "1", "#line": "7"}, {"A": "2"}, {"A": "3"}
    for path, value in (("A", "2"), ("../A", "1"), ("/H/A", "3"), ("#line", "7")):
        assert condition(depth=1, path=path, **{"is": value}).holds(header, row, item)


def test_a_number_that_is_none_is_a_fault() -> None:
    """Nothing is decided by a text that cannot be read: the fault names path and text."""
    with pytest.raises(Unreadable) as caught:
        condition(path="STATUS", above=1).holds({}, ROW)
    assert (caught.value.code, caught.value.path, caught.value.received) == ("not_a_number", "STATUS", "A")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "one of path, all, any and not"),
        ({"path": "A"}, "a path needs a test"),
        ({"is": "A"}, "one of path, all, any and not"),
        ({"path": "A", "is": "x", "not": {"path": "A", "is": "x"}}, "one of path"),
        ({"all": []}, "at least one condition"),
        ({"path": "A", "is": 1.5}, "in quotes"),
        ({"path": "A", "equals": "x"}, "Extra inputs"),
    ],
)
def test_conditions_that_are_none(spec: dict[str, Any], words: str) -> None:
    """What is missing or unknown is said."""
    with pytest.raises(ValidationError) as caught:
        ConditionSpec.model_validate(spec)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "at", "words"),
    [
        ({"path": "A//B", "is": "x"}, ("when", "path"), "is no path"),
        ({"path": "A", "matches": "("}, ("when", "matches"), "no regular expression"),
        ({"path": "A", "matches": "(a+)+"}, ("when", "matches"), "repeats a group"),
        ({"path": "A", "above": "much"}, ("when", "above"), "is no number"),
        ({"path": "A", "above": 1, "decimal": "9,99"}, ("when", "decimal"), "no example"),
        ({"any": [{"path": "../A", "is": "x"}]}, ("when", "any", 0, "path"), "climbs"),
        ({"not": {"path": "../A", "is": "x"}}, ("when", "not", "path"), "climbs"),
    ],
)
def test_flaws_are_told_where_they_stand(spec: dict[str, Any], at: tuple[Any, ...], words: str) -> None:
    """Paths, patterns and numbers are checked when the mapping is loaded."""
    flaws: list[tuple[Any, str]] = []
    made = compile_condition(
        ConditionSpec.model_validate(spec),
        depth=0,
        header=None,
        report=lambda where, message: flaws.append((where, message)),
        at=("when",),
    )
    assert made is None
    ((where, message),) = flaws
    assert where == at
    assert words in message
