"""Records inside records: each is a row, with the values of the one around it beside its own."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import FileRefused
from passerelle.formats import Row
from passerelle.formats.xml.tree import XmlTreeReader
from tests.memory import alone, needs_proc

TREE = """\
<?xml version="1.0" encoding="UTF-8"?>
<Shop>
  <Head><No>7</No></Head>
  <Category id="1">
    <Name>Women</Name>
    <Category id="2"><Name>Coats</Name></Category>
    <Category id="3">
      <Name>Shirts</Name>
      <Sub>
        <Category id="4"><Name>Linen</Name></Category>
        <Category id="5"/>
      </Sub>
    </Category>
    <Rank>9</Rank>
  </Category>
  <Other><Category id="6"><Name>Men</Name></Category></Other>
  <Foot><Count>6</Count></Foot>
</Shop>
"""


def reader(content: str | bytes, **options: Any) -> XmlTreeReader:
    """Open a tree of categories."""
    data = content.encode() if isinstance(content, str) else content
    return XmlTreeReader(BytesIO(data), file="tree.xml", record="/Shop//Category", **options)


def rows(content: str | bytes, **options: Any) -> list[Row]:
    """Read all rows."""
    return list(reader(content, **options).rows())


PATHS = ["@id", "Name", "Rank", "#parent/@id"]


def test_each_record_is_a_row_with_its_parent() -> None:
    """Its own values without those of the records inside; of the parent what is asked for."""
    opened = reader(TREE, paths=PATHS, header="/Shop/Head", trailer="/Shop/Foot")
    assert opened.read_header() == {"No": "7"}
    one, three = {"@id": "1"}, {"@id": "3", "#parent": {"@id": "1"}}
    assert [(row.values, row.ordinal, row.line) for row in opened.rows()] == [
        ({"@id": "2", "Name": "Coats", "#parent": one}, 1, 6),
        ({"@id": "4", "Name": "Linen", "#parent": three}, 2, 10),
        ({"@id": "5", "#parent": three}, 3, 11),
        ({"@id": "3", "Name": "Shirts", "#parent": one}, 4, 7),
        ({"@id": "1", "Name": "Women", "Rank": "9"}, 5, 4),
        ({"@id": "6", "Name": "Men"}, 6, 16),
    ]
    assert (opened.count, opened.trailer) == (6, {"Count": "6"})


def test_what_is_asked_of_a_parent_stands_before_the_records_inside() -> None:
    """A value that comes too late would be taken for absent: the file is refused instead."""
    with pytest.raises(FileRefused) as caught:
        rows(TREE, paths=["@id", "#parent/Rank"])
    fault = caught.value.fault
    assert (fault.code, fault.position.line) == ("parent_told_late", 4)
    assert "<Rank>" in (fault.received or "")
    assert len(rows(TREE.replace("<Rank>9</Rank>", ""), paths=["@id", "#parent/Rank"])) == 6


def test_names_without_their_namespaces() -> None:
    """Prefixes are left out or translated, as in other XML."""
    content = TREE.replace("<Shop>", '<Shop xmlns="urn:shop">')
    found = rows(content.replace("<Rank>9</Rank>", ""), ignore_namespaces=True, paths=PATHS)
    assert [row.values["@id"] for row in found] == ["2", "4", "5", "3", "1", "6"]
    assert [row.line for row in found] == [6, 10, 11, 7, 4, 16]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (TREE[:-9], "truncated"),
        (TREE[: TREE.index("<Sub>")], "truncated"),
        (TREE.replace("Shop>", "Store>"), "wrong_root"),
        (TREE.replace("<Shop>", '<!DOCTYPE Shop [<!ENTITY a "b">]><Shop>'), "dtd_forbidden"),
        (TREE.replace("</Sub>", "</Sup>"), "malformed"),
        ("", "empty_file"),
    ],
)
def test_files_that_are_no_whole_tree(content: str, code: str) -> None:
    """They are refused as any XML is."""
    with pytest.raises(FileRefused) as caught:
        rows(content, paths=PATHS)
    assert caught.value.fault.code == code


Tree = dict[str, Any]
NODES: st.SearchStrategy[Tree] = st.recursive(
    st.fixed_dictionaries({"name": st.text("abé&<", max_size=3), "inside": st.just([])}),
    lambda below: st.fixed_dictionaries(
        {"name": st.text("ab", max_size=3), "inside": st.lists(below, max_size=3), "wrapped": st.booleans()}
    ),
    max_leaves=12,
)


def written(nodes: list[Tree], numbers: Iterator[int], parent: str, told: list[tuple[str, str, str]]) -> str:
    """Write a tree; `told` collects number, name and parent of each node, inner ones first."""
    text = ""
    for node in nodes:
        number = str(next(numbers))
        name = node["name"].replace("&", "&amp;").replace("<", "&lt;")
        inside = written(node["inside"], numbers, number, told)
        told.append((number, node["name"], parent))
        wrapped = f"<Sub>\n{inside}</Sub>" if node.get("wrapped") else inside
        text += f'<Category id="{number}"><Name>{name}</Name>{wrapped}</Category>\n'
    return text


def parent_of(row: Row) -> str:
    """Read the number of a row's parent; empty when it has none."""
    parent = row.values.get("#parent", {})
    assert isinstance(parent, dict)
    return str(parent.get("@id", ""))


@given(nodes=st.lists(NODES, max_size=4))
def test_any_tree_is_read_as_it_was_written(nodes: list[Tree]) -> None:
    """Every node gives one row, with its own name, its parent's number and its line."""
    told: list[tuple[str, str, str]] = []
    content = f"<Shop>{written(nodes, iter(range(999)), '', told)}</Shop>"
    found = rows(content, paths=PATHS)
    assert [(row.values["@id"], row.values["Name"], parent_of(row)) for row in found] == told
    lines = content.splitlines()
    assert all(f'id="{row.values["@id"]}"' in lines[(row.line or 0) - 1] for row in found)


class Endless(RawIOBase):
    """A tree of one root category with many inside, made as it is read."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._pieces = self._made(count)
        self._rest = b""

    @staticmethod
    def _made(count: int) -> Iterator[bytes]:
        yield b"<Shop><Category id='0'><Name>All</Name><Sub>"
        for number in range(1, count):
            yield b"<Category id='%d'><Name>%s</Name></Category>" % (number, b"n" * 200)
        yield b"</Sub></Category></Shop>"

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give the next bytes."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def resident() -> int:
    """Give the bytes of this process that stand in memory, those of libxml2 included."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def sizes() -> list[int]:
    """Read a wide tree: what the process has in memory after each thousand records."""
    stream: Any = Endless(40_000)
    opened = XmlTreeReader(stream, file="tree.xml", record="/Shop//Category", paths=PATHS)
    seen = [resident() for row in opened.rows() if row.ordinal % 1000 == 0]
    assert opened.count == 40_000
    return seen


@needs_proc
def test_a_wide_tree_stays_small_in_memory() -> None:
    """What was read is freed although the record around it is still open."""
    seen = alone(sizes)
    assert seen[-1] - seen[4] < 8 << 20
