from __future__ import annotations

import os
import shlex
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.cli.environment import load_environment, write_environment
from passerelle.errors import ConfigError

NAMES = st.from_regex(r"PT_[A-Z0-9_]{1,12}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=30)


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@given(variables=st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]
) -> None:
    """Quotes, blanks, dollars, hashes, any letter: the value arrives as it was."""
    path = tmp_path_factory.mktemp("env") / "demo.env"
    write_environment(path, variables)
    for name in variables:
        os.environ.pop(name, None)
    load_environment(path)
    assert {name: os.environ[name] for name in variables} == variables


def test_a_shell_reads_the_same(tmp_path: Path) -> None:
    """The file is for `. demo.env` as well."""
    path = tmp_path / "demo.env"
    value = "it's $HOME and `date` # no comment"
    write_environment(path, {"PT_VALUE": value})
    shown = subprocess.run(
        ["sh", "-c", f'. {shlex.quote(str(path))} && printf %s "$PT_VALUE"'],
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout == value


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """It holds passwords; one that was open to all is closed."""
    path = tmp_path / "deep" / "demo.env"
    write_environment(path, {"PT_A": "1"})
    path.chmod(0o644)
    write_environment(path, {"PT_A": "2"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_set_already_stays(tmp_path: Path) -> None:
    """The shell's own word is stronger than the file's."""
    path = tmp_path / "demo.env"
    path.write_text("# a comment\n\n  export PT_A=file\nPT_B='two words'\r\n", encoding="utf-8")
    os.environ["PT_A"] = "shell"
    load_environment(path)
    assert (os.environ["PT_A"], os.environ["PT_B"]) == ("shell", "two words")


@pytest.mark.parametrize("line", ["sesame", "PT_A = sesame", "1A=sesame", "PT_A='sesame", "PT_A=sesame more"])
def test_a_line_that_is_no_assignment_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    """Never by its text: it may be a password."""
    path = tmp_path / "demo.env"
    path.write_text(f"PT_OK=1\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"demo\.env, line 2") as caught:
        load_environment(path)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"PT_A=\xe9"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    """Missing, or in another charset."""
    path = tmp_path / "demo.env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"demo\.env cannot be read"):
        load_environment(path)


@pytest.mark.parametrize("value", ["one\ntwo", "one\rtwo"])
def test_a_value_of_two_lines_is_refused_when_written(tmp_path: Path, value: str) -> None:
    """Not when it is read: by then nobody knows what it was."""
    with pytest.raises(ConfigError, match="PT_A"):
        write_environment(tmp_path / "demo.env", {"PT_A": value})
