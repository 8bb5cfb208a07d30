"""Code tables: CSV with a header line, two columns of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.mapping import CodeTable


def table(folder: Path, content: str, encoding: str = "utf-8") -> CodeTable:
    """Write and read a table."""
    path = folder / "t.csv"
    path.write_bytes(content.encode(encoding))
    return CodeTable.read("t", path, "CODE", "key")


def test_two_columns_of_a_csv(tmp_path: Path) -> None:
    """Cells are trimmed; a mark at the start and quotes are nothing special; repeated lines agree."""
    found = table(tmp_path, '\ufeffname;CODE;key\nx; 01 ;"a;b"\ny;02;c\nz;02;c\n')
    assert found.entries == {"01": "a;b", "02": "c"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("CODE;name\n1;x\n", "has no column key; it has CODE, name"),
        ("CODE;key\n1;a\n1;b\n", "line 3: 1 means both a and b"),
        ("CODE;key\n1;\n;b\n2\n", "line 2: key is empty; line 3: CODE is empty; line 4: key is empty"),
        ("", "has no column CODE and key"),
    ],
)
def test_every_fault_of_a_table_is_told(tmp_path: Path, content: str, words: str) -> None:
    """A table that cannot be trusted is not loaded."""
    with pytest.raises(ValueError, match="code table") as caught:
        table(tmp_path, content)
    assert words in str(caught.value)


def test_a_table_in_another_charset_or_absent(tmp_path: Path) -> None:
    """Tables are UTF-8."""
    with pytest.raises(ValueError, match="not in UTF-8"):
        table(tmp_path, "CODE;key\né;a\n", "iso-8859-1")
    with pytest.raises(ValueError, match="cannot be read"):
        CodeTable.read("t", tmp_path / "none.csv", "CODE", "key")


def test_backwards(tmp_path: Path) -> None:
    """A table is read backwards when no two codes mean the same."""
    assert table(tmp_path, "CODE;key\n1;a\n2;b\n").reversed() == {"a": "1", "b": "2"}
    with pytest.raises(ValueError, match="1 and 2 both mean a"):
        table(tmp_path, "CODE;key\n1;a\n2;a\n").reversed()


def test_a_table_over_another_adds_rows_and_has_the_last_word(tmp_path: Path) -> None:
    """What a country lays over the table of all: new codes, and what it means otherwise; nothing is lost."""
    base = table(tmp_path, "CODE;key\n1;a\n2;b\n")
    laid = base.under(CodeTable.inline("t", {"2": "B", "3": "c"}))
    assert laid.entries == laid.meanings("key") == {"1": "a", "2": "B", "3": "c"}
    assert base.entries == {"1": "a", "2": "b"}
    assert laid.digest not in (base.digest, base.under(CodeTable.inline("t", {"2": "B"})).digest)
    assert laid.file == "t.csv or the mapping"


def test_a_table_of_several_columns_takes_meanings_by_name(tmp_path: Path) -> None:
    """A column may be left out of a new row, never guessed."""
    (tmp_path / "t.csv").write_text("CODE;key;label\n1;a;un\n", encoding="utf-8")
    base = CodeTable.read("t", tmp_path / "t.csv", "CODE", {"id": "key", "fr": "label"})
    laid = base.under(CodeTable.inline("t", {"2": {"id": "b", "fr": "deux"}, "3": {"id": "c"}}))
    assert laid.columns == {"id": {"1": "a", "2": "b", "3": "c"}, "fr": {"1": "un", "2": "deux"}}
    assert laid.entries == laid.columns["id"]
    with pytest.raises(ValueError, match=r"give each meaning the name of its own, such as \{id: …\}"):
        base.under(CodeTable.inline("t", {"2": "b"}))
    with pytest.raises(ValueError, match="has no 'key'; known: fr, id"):
        base.under(CodeTable.inline("t", {"2": {"key": "b"}}))
