"""Checking: all flaws of all mappings, each with its lines."""

from __future__ import annotations

import pytest

from passerelle.errors import ConfigError
from passerelle.workbench.checking import check
from tests.workbench.workplace import STOCK, Workplace


def test_sound_mappings_have_no_flaw(workplace: Workplace) -> None:
    """A folder is looked through; its mappings are counted once, however they were named."""
    path = workplace.write("shelf.yaml", STOCK)
    checked = check([workplace.folder, path])
    assert checked.flaws == ()
    assert checked.files == (str(path),)


def test_every_flaw_of_every_file_with_the_nearest_name(workplace: Workplace) -> None:
    """Two files, four flaws, in the order of their places; each says what was probably meant."""
    first = workplace.write("a.yaml", STOCK.replace("trim, {code: colours}", "trimm, {code: colours}"))
    second = workplace.write(
        "b.yaml", STOCK.replace("to: sku", "to: skuu").replace("CODE, to: key", "CODES, to: key")
    )
    checked = check([second, first])
    assert [(flaw.file, flaw.line) for flaw in checked.flaws] == [
        (str(first), 11),
        (str(second), 8),
        (str(second), 10),
        (str(second), 10),
    ]
    assert "did you mean 'trim'?" in checked.flaws[0].message
    assert "CODES" in checked.flaws[1].message


def test_the_lines_around_a_flaw_are_shown(workplace: Workplace) -> None:
    """Two lines before and after, with their numbers; the column is where the value starts."""
    path = workplace.write("a.yaml", STOCK.replace("charset: UTF-8", "charset: UTF-9"))
    (flaw,) = check([path]).flaws
    lines = STOCK.replace("UTF-8", "UTF-9").splitlines()
    assert [(line.number, line.text) for line in flaw.frame] == list(enumerate(lines, 1))[1:6]
    assert lines[flaw.line - 1][flaw.column - 1 :].startswith("UTF-9")


def test_one_feed_name_twice_in_a_folder_is_a_flaw(workplace: Workplace) -> None:
    """The second mapping is told, with the first one's name."""
    workplace.write("a.yaml", STOCK)
    workplace.write("b.yaml", STOCK)
    (flaw,) = check([workplace.folder]).flaws
    assert flaw.file.endswith("b.yaml")
    assert "a.yaml" in flaw.message


def test_a_path_that_is_not_there_is_an_error(workplace: Workplace) -> None:
    """A typing error in a name must not look like a folder without flaws."""
    with pytest.raises(ConfigError, match="There is no"):
        check([workplace.folder / "mapings"])


def test_unknown_names_do_not_hide_other_flaws(workplace: Workplace) -> None:
    """A misspelt name, a missing function, a wrong path, a code table: one round of corrections is enough.

    What a misspelt name should have said is not told as missing.
    """
    text = (
        STOCK.replace("key: [SKU, PLACE]", "keey: x\nkey: [SKU, ../PLACE]")
        .replace("to: sku, from: SKU", "to: sku, form: SKU")
        .replace("via: [trim, {code: colours}]", "via: [trim, {code: colour}]")
        .replace("as: integer", "as: integer, requird: true")
        .replace("AAAAMMJJ, zone", "AAAAMMXX, zone")
    )
    told = [
        (flaw.line, flaw.message.partition(";")[0][:40])
        for flaw in check([workplace.write("a.yaml", text)]).flaws
    ]
    assert [line for line, _ in told] == [6, 7, 11, 12, 13, 14]
    assert told[0][1] == "unknown key 'keey'"
    assert told[2][1] == "unknown key 'form'"
