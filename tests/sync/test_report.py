from __future__ import annotations

from itertools import permutations
from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from passerelle.sync import EXIT_CODES, Outcome, RunReport, worst

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def empty() -> RunReport:
    """A report of nothing."""
    return RunReport(feed="stock", entity="stock", run_id="r")


def test_each_outcome_has_an_exit_code_of_its_own() -> None:
    """A shell can tell the four apart; only success is 0, and 2 is left to wrong usage."""
    assert set(EXIT_CODES) == set(OUTCOMES)
    assert sorted(EXIT_CODES.values()) == [0, 1, 3, 4]
    assert EXIT_CODES["succeeded"] == 0


@given(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=5))
def test_the_worst_outcome_stays_whatever_comes_after(outcomes: list[Outcome]) -> None:
    """The order in which a run learns of its troubles does not decide its outcome."""
    report = empty()
    expected: Outcome = "succeeded"
    for outcome in outcomes:
        report.settle(outcome)
        expected = worst(expected, outcome)
    assert report.outcome == expected
    assert report.exit_code == EXIT_CODES[expected]


def test_the_message_belongs_to_the_outcome() -> None:
    """Of several messages the first one of the worst outcome is shown, with its advice."""
    for order in permutations(OUTCOMES):
        report = empty()
        for outcome in order:
            report.settle(outcome, f"first {outcome}", f"do {outcome}")
            report.settle(outcome, f"second {outcome}", "do nothing")
        assert (report.message, report.advice) == ("first failed", "do failed")


def test_an_outcome_without_words_keeps_those_that_are_there() -> None:
    """`completed_with_rejects` is settled at the end of every run: it takes no message away."""
    report = empty()
    report.settle("completed_with_rejects", "3 records were not taken", "run again")
    report.settle("completed_with_rejects")
    assert report.message == "3 records were not taken"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), max_size=20))
def test_rejects_are_counted_by_cause_with_one_example(rejects: list[tuple[str, int]]) -> None:
    """Nothing is lost in the counting, and the example is the first one."""
    report = empty()
    for number, (code, count) in enumerate(rejects):
        report.reject(code, f"example {number}", f"advice {number}", count)
    assert sum(row.count for row in report.rejects) == sum(count for _, count in rejects)
    for row in report.rejects:
        first = next(number for number, (code, _) in enumerate(rejects) if code == row.code)
        assert (row.example, row.advice) == (f"example {first}", f"advice {first}")


def test_a_report_is_whole_in_json() -> None:
    """A machine reads every count, and the exit code."""
    report = empty()
    report.settle("stopped_by_guard", "too few", "ask")
    read = msgspec.json.decode(report.to_json())
    assert read["exit_code"] == 4
    assert set(read) == {*RunReport.__struct_fields__, "exit_code"}
