from __future__ import annotations

import ast
import re
from io import StringIO
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from rich.console import Console, RenderableType

from passerelle.cli import words
from passerelle.cli.tables import closing_line, outcome_text, report_view, runs_table
from passerelle.cli.words import Language, say
from passerelle.sync import ChangeRow, FileReport, Outcome, RunReport

LANGUAGES: tuple[Language, ...] = get_args(Language)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def shown(what: RenderableType) -> str:
    """What stands in a terminal of 140 columns, without colours."""
    console = Console(file=StringIO(), width=140, legacy_windows=False)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def report(**counts: object) -> RunReport:
    """A report with these counts."""
    made = RunReport(feed="stock", entity="stock", run_id="r")
    for name, value in counts.items():
        setattr(made, name, value)
    return made


def test_every_word_has_the_same_places_in_both_languages() -> None:
    """`{feed}` in the one is `{feed}` in the other: no translation breaks a line at night."""
    for word, texts in words._WORDS.items():  # noqa: SLF001 - the table itself is what is checked
        english, french = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in texts)
        assert english == french, word


def test_every_word_that_is_said_is_known() -> None:
    """Each `say("…")` of the command line names a word there is."""
    said: set[str] = set()
    for source in Path(words.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say" and node.args:
                said |= {str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant)}
    assert said
    assert said <= set(words._WORDS)  # noqa: SLF001 - as above


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_outcome_has_its_own_words(lang: Language) -> None:
    """Four outcomes, four texts, in both languages; "failed" the outcome is not "failed" the count."""
    texts = [outcome_text(outcome, lang).plain for outcome in OUTCOMES]
    assert len(set(texts)) == 4
    assert say("failed", lang) not in texts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_for_each_feed_with_its_counts(lang: Language) -> None:
    """Large numbers are grouped; the column of what was not taken shows only when there is any."""
    quiet = shown(runs_table([report(received=1_234_567, unchanged=1_234_567)], lang))
    assert "1\u202f234\u202f567" in quiet
    assert say("failed", lang) not in quiet
    both = shown(runs_table([report(received=3, failed=2), report(received=3)], lang))
    assert say("failed", lang) in both


def test_text_from_outside_is_shown_as_it_is() -> None:
    """Square brackets in names, keys and notes are text, not markup."""
    made = report(received=1, updated=1)
    made.files.append(FileReport("[red]a.xml", "held", "note [/] of [b]x[/b]"))
    made.changes.append(ChangeRow("[link=x]key", "update", "[i]field", "[old]", None))
    made.reject("unknown_code", "example [/red]", "advice [x]")
    made.notes.append("a note [/]")
    text = re.sub(r"\s+", " ", shown(report_view(made, "en")))
    for part in ("[red]a.xml", "note [/] of [b]x[/b]", "[link=x]key", "[i]field", "[old]", "a note [/]"):
        assert part in text
    assert "example [/red]" in text
    assert "advice [x]" in text


def test_more_changes_than_fit_are_announced() -> None:
    """The first ones are shown, and that there are more."""
    made = report(received=40, updated=40)
    made.changes += [ChangeRow(f"key-{number:02d}", "update", "quantity", "1", "2") for number in range(40)]
    text = shown(report_view(made, "en"))
    assert "key-24" in text
    assert "key-25" not in text
    assert "the first 25 are shown" in text


@pytest.mark.parametrize(("made", "expected"), [
    (report(), "Nothing new for stock"),
    (report(dry_run=True, received=3), "Dry run: nothing was written"),
    (report(received=3, created=1, updated=1), "2 records written"),
    (report(received=9, quarantined=2, failed=1, mismatched=1), "4 records were not taken"),
    (report(message="too few lines", advice="Ask the sender"), "too few lines. Ask the sender"),
    (report(message="Is it whole?", advice="Ask"), "Is it whole? Ask"),
])  # fmt: skip
def test_the_last_line_says_what_happened_and_what_to_do(made: RunReport, expected: str) -> None:
    """A message of the run comes first, then a dry run, rejects, nothing new, success."""
    assert expected in closing_line(made, "en").plain
    assert closing_line(made, "fr").plain
