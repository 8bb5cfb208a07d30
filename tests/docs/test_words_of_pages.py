"""Commands and variables that pages name: each is one that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .commands import check_command, check_variable, commands_in
from .links import ROOT, pages
from .pages import blocks

#: What was is told there under the names that it had.
PAGES = [page for page in pages() if page.name != "CHANGELOG.md"]
#: A name with more behind it (`PASSERELLE_SFTP__…`) is the beginning of several.
VARIABLE = re.compile(r"\b(?:PASSERELLE|PREFECT)_[A-Z0-9_]*[A-Z0-9]\b(?!_|\*|…)")
#: Variables of the tests, which their pages tell.
OF_TESTS = ("PASSERELLE_BAD_DAY", "PASSERELLE_HISTORIES", "PASSERELLE_NO_SKIP", "PASSERELLE_SAMPLES")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_commands_of_a_page_exist(page: Path) -> None:
    """Also in blocks that are only read: a shell, a unit, a crontab."""
    for block in blocks(page):
        for words in commands_in(block.text):
            try:
                check_command(words)
            except ValueError as error:
                pytest.fail(f"{page.name}:{block.line}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_variables_of_a_page_are_read(page: Path) -> None:
    """By Passerelle, by Prefect, or by the tests that the page tells of."""
    for name in sorted(set(VARIABLE.findall(page.read_text("utf-8"))) - {*OF_TESTS}):
        try:
            check_variable(name)
        except ValueError as error:
            pytest.fail(f"{page.name}: {error}")


def test_commands_are_found_wherever_they_stand() -> None:
    """Behind a prompt, sudo, a folder, with an end that the shell takes, over two lines."""
    text = (
        "$ passerelle status\nsudo -u ops /opt/p/.venv/bin/passerelle run stock && passerelle plans\n"
        "passerelle plan stock \\\n  --sku A-1 > plan.txt\n# passerelle nothing\ncat passerelle.txt\n"
    )
    assert list(commands_in(text)) == [
        ["passerelle", "status"],
        ["passerelle", "run", "stock"],
        ["passerelle", "plans"],
        ["passerelle", "plan", "stock", "--sku", "A-1"],
    ]
