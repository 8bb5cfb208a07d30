"""Errors carry what the night shift needs, wherever they travel."""

import pickle

import pytest

from passerelle import errors
from passerelle.errors import (
    ConfigError,
    Conflict,
    DataError,
    Fatal,
    Fault,
    FileRefused,
    GuardStop,
    Obstructed,
    PasserelleError,
    Position,
    ReferenceMissing,
    Refused,
    Retriable,
    Skippable,
)

FAULT = Fault(
    "unknown_code", Position("STOCK.xml", 12, 345, "LIGNE/DEPOT"), "999", "a depot of depots.csv", "Add it"
)

EXAMPLES: list[PasserelleError] = [
    Retriable("busy", retry_after=3.0),
    Conflict("moved", version=4),
    Skippable("no", code="odd"),
    DataError((FAULT,), record_key="a|b"),
    ReferenceMissing("no parent", reference="cat-1"),
    Refused("400", code="InvalidField"),
    Obstructed("in the way", group="A-1"),
    FileRefused(FAULT),
    Fatal("stop", advice="call"),
    ConfigError("bad"),
    GuardStop("empty shop"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_with_its_data(error: PasserelleError) -> None:
    """Errors cross processes: type, text and data are the same afterwards."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_every_error_of_the_tree_is_tried_above() -> None:
    """A new error class joins the pickling test."""
    kinds = {getattr(errors, name) for name in errors.__all__}
    tree = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, PasserelleError)}
    assert tree - {PasserelleError} == {type(error) for error in EXAMPLES}


def test_a_fault_names_file_line_path_value_and_what_to_do() -> None:
    """One line says what was received where, what was expected, and the next step."""
    assert str(FAULT) == (
        "STOCK.xml, record 12, line 345, LIGNE/DEPOT: received '999', expected a depot of depots.csv. Add it"
    )


def test_nothing_received_is_not_an_empty_text() -> None:
    """A missing value and an empty one read differently."""
    assert "received nothing" in str(FAULT._replace(received=None))
    assert "received ''" in str(FAULT._replace(received=""))
