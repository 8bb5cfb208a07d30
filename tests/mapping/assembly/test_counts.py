"""Counts: of every row that was read there is an answer what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Assemble = Callable[..., Any]

TEXT = """
inputs:
  sizes:
    files: {pattern: "sizes.xml"}
    where: {path: N, is_not: x}
    compute: [{to: NUMBER, from: N, via: {decimal: "1234.5"}}]
where: {path: KIND, is: a}
join: {SIZE: {input: sizes, on: {ID: REF}, take: all, missing: reject}}
keep: {path: ID, is_not: "9"}
each: SIZE
"""
MAIN = st.fixed_dictionaries({"ID": st.sampled_from(["1", "2", "3", "9"]), "KIND": st.sampled_from("ab")})
SIZE = st.fixed_dictionaries(
    {"REF": st.sampled_from(["1", "2", "9", "7", ""]), "N": st.sampled_from(["1", "2", "x", "?"])}
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    main=st.lists(MAIN, max_size=8), sizes=st.lists(SIZE, max_size=8), memory=st.sampled_from([0, 9, 9999])
)
def test_every_row_is_given_left_out_or_faulty(
    assemble: Assemble, main: list[dict[str, str]], sizes: list[dict[str, str]], memory: int
) -> None:
    """Main rows and rows of inputs add up, reckoned by hand from the rows themselves."""
    made = assemble(TEXT, main, sizes=sizes, in_memory=memory)
    counts, told = made.counts, made.counts.inputs["sizes"]
    asked = [row for row in main if row["KIND"] == "a"]
    stored = [row for row in sizes if row["N"] != "x" and row["REF"]]
    assert (counts.read, counts.filtered) == (len(main), len(main) - len(asked))
    assert (counts.assembled, counts.dropped) == (len(asked), sum(row["ID"] == "9" for row in asked))
    expected = [[size for size in stored if size["REF"] == row["ID"]] for row in asked if row["ID"] != "9"]
    # A row with nothing to join, or with a partner that is wrong, is faulty as often as it would be given.
    faulty = [found for found in expected if not found or any(size["N"] == "?" for size in found)]
    given_ = [found for found in expected if found not in faulty]
    assert counts.given == sum(map(len, given_)) == len(made.values)
    assert counts.faulty == sum(max(len(found), 1) for found in faulty)
    keys = {row["ID"] for row in asked}
    orphans = [size for size in stored if size["REF"] not in keys]
    assert told.read == len(sizes)
    assert told.filtered == sum(size["N"] == "x" for size in sizes)
    assert (told.stored, told.orphans) == (len(stored), len(orphans))
    assert told.read == told.filtered + told.faulty + told.without_key + told.stored
    wrong = [size for size in sizes if size["N"] == "?" and (not size["REF"] or size in orphans)]
    assert len(made.bad) == len(wrong), "a wrong row that no record needs is told once"


def test_what_people_are_told(assemble: Assemble) -> None:
    """The notes name what was left out, and the first of the rows that belong to nothing."""
    made = assemble(
        TEXT,
        [{"ID": "1", "KIND": "a"}, {"ID": "1", "KIND": "b"}, {"ID": "9", "KIND": "a"}],
        sizes=[{"REF": "1", "N": "1"}, {"REF": "7", "N": "1"}, {"REF": "", "N": "1"}, {"REF": "1", "N": "x"}],
    )
    assert made.counts.notes() == [
        "1 of 3 rows do not meet where",
        "1 of 2 assembled records do not meet keep",
        "sizes: 1 of 4 rows do not meet where",
        "sizes: 1 rows have an empty key, nothing can ask for them",
        "sizes: 1 of 2 rows belong to no record: sizes.xml line 3 (7)",
    ]
