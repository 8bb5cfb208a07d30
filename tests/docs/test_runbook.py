"""The runbook: a page for each kind of alert, with the same questions answered, and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from passerelle.operations.alerting import KINDS, WORDS, page_of

from .commands import check_command, commands_in
from .links import ROOT

RUNBOOK = ROOT / "docs" / "runbook"
PAGES = sorted(RUNBOOK.glob("*.md"))
SECTIONS = ["Effect on the shop", "First five minutes", "How to decide", "Who to call"]
#: Commands between the words of a sentence: in backquotes.
INLINE = re.compile(r"`(passerelle [^`]+)`")
#: Commands between the words of an alert: in brackets, or behind a colon.
SPOKEN = re.compile(r"(passerelle [a-z]+(?: [a-z{}-]+| --[a-z-]+| NUMBER| NUMÉRO)*)")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_alert_has_its_page(kind: str) -> None:
    """With the effect, the first five minutes, how to decide and who to call; the list leads to it."""
    page = RUNBOOK / page_of(kind)
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert f"({page.name})" in (RUNBOOK / "README.md").read_text(encoding="utf-8")


def test_no_page_is_of_a_kind_that_is_no_more() -> None:
    """A page that no alert leads to is not kept up."""
    assert {page.name for page in PAGES} == {"README.md", *(page_of(kind) for kind in KINDS)}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "docs/how-to/operate/alerts.md"], ids=lambda page: page.stem)
def test_its_commands_exist_with_these_options(page: Path) -> None:
    """At night nobody looks up how an option is called."""
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL).replace("\n", " ")
    inline = "\n".join(INLINE.findall(prose))
    found = [*commands_in(text), *commands_in(inline)]
    assert found or page.name == "README.md"
    for words in found:
        check_command([word for word in words if word != "…"])


def test_the_advice_of_an_alert_names_commands_that_exist() -> None:
    """In both languages."""
    said = [text for words in WORDS.values() for text in words.advice]
    found = [command for text in said for command in SPOKEN.findall(text)]
    assert len(found) > 20
    for command in found:
        filled = command.replace("{feed}", "stock").replace("NUMÉRO", "NUMBER").split()
        check_command(filled)
