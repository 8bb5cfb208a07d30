from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from flows.artifacts import SHOWN_ROWS, change_rows, foreign_rows, reject_rows
from flows.summary import headline, plain, summary
from passerelle.feeds import RunReport
from passerelle.sync import ChangeRow, FileReport, ForeignRow, Outcome, RejectRow

FILE = Path("/var/lib/passerelle/reports/stock-run-1.json")


def _report(outcome: Outcome = "succeeded") -> RunReport:
    return RunReport(feed="stock", entity="stock", run_id="run-1", outcome=outcome)


def _inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


@given(st.text(max_size=80))
@example("<script>alert(1)</script>")
@example("![pixel](http://tracker.example/x.png)")
@example("a | b | c")
@example("# 1. not a heading")
@example("12) not a list")
@example("- - -")
@example("```")
@example("&copy; &#60;b&#62;")
@example("[a]: http://tracker.example")
def test_foreign_text_is_shown_and_never_obeyed(text: str) -> None:
    """Whatever an ERP writes, Markdown makes one paragraph of plain text of it, with the same characters."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(plain(text))
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert {token.type for token in _inline(tokens)} <= {"text", "text_special"}
    shown = "".join(token.content for token in _inline(tokens)).replace("\u200b", "")
    assert shown.split() == plain_words(text)


def plain_words(text: str) -> list[str]:
    """Split as a reader would: control characters separate words, too."""
    return (
        "".join(" " if ord(mark) < 0x20 or 0x7F <= ord(mark) <= 0x9F else mark for mark in text)
        .replace("\u200b", "")
        .split()
    )


@pytest.mark.parametrize("address", ["https://x.example/a", "www.x.example", "someone@x.example"])
def test_addresses_do_not_become_links(address: str) -> None:
    """GitHub-flavoured renderers link bare addresses: the mark that makes them one is escaped."""
    assert "\\" in plain(f"see {address}")


def test_long_text_is_cut() -> None:
    """One record cannot fill the page."""
    assert len(plain("x" * 1000)) == 300


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("succeeded", "Yes."),
        ("completed_with_rejects", "Yes, but 2 records not carried."),
        ("stopped_by_guard", "No: the guard stopped it"),
        ("failed", "No: it failed."),
    ],
)
def test_the_first_words_say_whether_it_worked(outcome: Outcome, verdict: str) -> None:
    """Yes or no comes first."""
    report = _report(outcome)
    report.quarantined, report.failed = 1, 1
    assert headline(report).startswith(verdict)


def test_a_dry_run_says_that_nothing_was_written() -> None:
    """Nobody takes the result of a dry run for the shop."""
    report = _report()
    report.dry_run = True
    report.received, report.unchanged, report.pending = 3, 2, 1
    assert "1 record would change, nothing was written" in headline(report)


def test_a_refused_file_is_not_told_as_lost_records() -> None:
    """Rejects without a record are a file: no count is made up for it."""
    report = _report("completed_with_rejects")
    report.reject("truncated", "STOCK_TOUS_C_00001_20261101.xml, line 9")
    assert headline(report) == "Yes, but something was refused. 0 records changed."


def test_what_the_guard_held_back_is_counted() -> None:
    """Received records that were neither written nor refused are shown, so that the counts add up."""
    report = _report("stopped_by_guard")
    report.received, report.unchanged, report.pending = 1500, 500, 1000
    text = summary(report, report_file=FILE)
    assert "| Received | Created | Updated | Not written | Unchanged |" in text
    assert "| 1\u202f500 | 0 | 0 | 1\u202f000 | 500 |" in text


def test_what_waits_and_what_it_cost_are_counted() -> None:
    """Records that wait, calls and repeated calls have a column when there are any, and none else."""
    report = _report()
    heads = "| Wait for something | Waited and came | Calls | Calls repeated |"
    assert "Calls" not in summary(report, report_file=FILE)
    report.parked, report.resumed, report.calls, report.calls_again = 3, 2, 1200, 7
    text = summary(report, report_file=FILE)
    assert heads in text
    assert "| 3 | 2 | 1\u202f200 | 7 |" in text


def test_what_others_changed_is_told_with_what_became_of_it() -> None:
    """Set right or left to them, before what was refused; a dry run only would."""
    report = _report()
    assert "others" not in summary(report, report_file=FILE)
    report.foreign, report.foreign_left = 5, 2
    report.foreign_edits = [ForeignRow("a", "name.fr-FR", "Robe", "Jupe", "keep")]
    text = summary(report, report_file=FILE)
    assert "5 fields since we wrote them: 3 set right, 2 left to them" in text
    assert "artifact `stock-foreign`" in text
    assert text.index("What did others change?") < text.index("What was refused, and why?")
    report.dry_run = True
    assert "3 would be set right" in summary(report, report_file=FILE)


def test_every_decision_about_a_foreign_edit_has_words() -> None:
    """The table tells both values, escaped, and what is done in words."""
    decisions = get_args(get_type_hints(ForeignRow)["decision"])
    report = _report()
    report.foreign_edits = [ForeignRow("a", "name.fr-FR", "<b>", None, one) for one in decisions]
    rows = foreign_rows(report)
    assert len({row["what is done"] for row in rows}) == len(decisions)
    assert (rows[0]["we wrote"], rows[0]["the shop has"]) == ("\\<b\\>", "")


def test_a_summary_answers_in_the_order_in_which_one_asks() -> None:
    """Worked? What changed? What was refused, why, and what to do? Where is the file?"""
    report = _report("completed_with_rejects")
    report.fields = {"quantity": 3}
    report.reject("unknown_code", "depot 999", "Add it to depots.csv", 2)
    report.parked = 4
    report.files = [
        FileReport("STOCK_TOUS_C_00001_20261101.xml", "applied"),
        FileReport("B.xml", "held", "number 7 is missing"),
    ]
    text = summary(report, report_file=FILE)
    parts = [
        "Did it work?",
        "What changed?",
        "quantity",
        "What was refused, and why?",
        "2 records: unknown",
        "Add it to depots.csv",
        "depot 999",
        "What is waited for?",
        "4 records until",
        "B.xml is held: number 7 is missing",
        "Where is the file?",
        "STOCK",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_erp_text_in_a_summary_is_escaped() -> None:
    """Messages, examples, advice, file names and notes all come from outside."""
    evil = "<img src=http://tracker.example/x.png>"
    report = _report("failed")
    report.message = report.advice = evil
    report.rejects = [RejectRow(evil, 1, evil, evil)]
    report.files = [FileReport(evil, "refused", evil)]
    report.fields = {evil: 1}
    assert "\\<img" in summary(report, report_file=FILE)
    assert evil not in summary(report, report_file=FILE)


def test_no_remote_image_loads_whatever_a_partner_writes() -> None:
    """Not by Markdown, by HTML or by an address that links itself: in every text that a report takes over."""
    evil = "![x](http://tracker.example/x.png) <img src=http://tracker.example/x.png> http://tracker.example"
    report = _report("completed_with_rejects")
    report.message = report.advice = evil
    report.notes = [evil]
    report.rejects = [RejectRow(evil, 1, evil, evil)]
    report.files = [FileReport(evil, "held", evil), FileReport(evil, "refused", evil)]
    report.fields = {evil: 1}
    report.changes = [ChangeRow(evil, "update", evil, evil, evil)]
    report.foreign_edits = [ForeignRow(evil, evil, evil, evil, "keep")]
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    rows = [*change_rows(report), *foreign_rows(report), *reject_rows(report)]
    texts = [summary(report, report_file=FILE), headline(report)]
    texts += [cell for row in rows for cell in row.values() if isinstance(cell, str)]
    for text in texts:
        tokens = markdown.parse(text)
        kinds = {token.type for token in [*tokens, *_inline(tokens)]}
        assert not kinds & {"image", "link_open", "html_inline", "html_block"}, text
        assert "http://tracker" not in text  # the colon is escaped: nothing links itself


def test_tables_show_the_first_rows_escaped() -> None:
    """The UI reads cells as Markdown and fetches their images; a table holds 200 rows at most."""
    report = _report()
    report.changes = [ChangeRow("k", "update", "name.fr-FR", None, "![x](http://tracker.example)")] * (
        SHOWN_ROWS + 1
    )
    report.rejects = [RejectRow("rare", 1, "<b>"), RejectRow("frequent", 9, "e")]
    rows = change_rows(report)
    assert len(rows) == SHOWN_ROWS
    assert rows[0]["before"] == ""
    assert "![" not in rows[0]["after"]
    assert [row["reason"] for row in reject_rows(report)] == ["frequent", "rare"]
