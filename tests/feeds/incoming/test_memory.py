from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.feeds.incoming.memory import remembered_looks
from passerelle.files import Seen


def test_a_look_is_remembered_until_the_next_one(tmp_path: Path) -> None:
    """What one run saw, another one reads; each feed has a memory of its own."""
    with remembered_looks(tmp_path, "stock") as looks:
        looks["a.xml"] = Seen(3, 1.5, 2.5)
    with remembered_looks(tmp_path, "prices") as looks:
        assert looks == {}
    with remembered_looks(tmp_path, "stock") as looks:
        assert looks == {"a.xml": Seen(3, 1.5, 2.5)}
        del looks["a.xml"]
    with remembered_looks(tmp_path, "stock") as looks:
        assert looks == {}


@pytest.mark.parametrize("damage", [b"", b'{"a.xml": [1', b'{"a.xml": "b"}', b"\xff\xfe"])
def test_a_damaged_memory_costs_one_look(tmp_path: Path, damage: bytes) -> None:
    """It begins anew, and is whole again afterwards."""
    with remembered_looks(tmp_path, "stock") as looks:
        looks["a.xml"] = Seen(3, 1.5, 2.5)
    (tmp_path / "looks" / "stock.json").write_bytes(damage)
    with remembered_looks(tmp_path, "stock") as looks:
        assert looks == {}
        looks["b.xml"] = Seen(1, 1.0, 1.0)
    with remembered_looks(tmp_path, "stock") as looks:
        assert looks == {"b.xml": Seen(1, 1.0, 1.0)}


def test_a_look_that_failed_is_not_remembered(tmp_path: Path) -> None:
    """The folder broke off in the middle: half a look would call files new that are old."""

    def look() -> None:
        with remembered_looks(tmp_path, "stock") as looks:
            looks["a.xml"] = Seen(3, 1.5, 2.5)
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        look()
    with remembered_looks(tmp_path, "stock") as looks:
        assert looks == {}


def test_a_feed_with_any_name_stays_in_its_folder(tmp_path: Path) -> None:
    """A name is data, never a path."""
    with remembered_looks(tmp_path / "home", "../../stock") as looks:
        looks["a.xml"] = Seen(3, 1.5, 2.5)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and "looks" not in path.parts] == []
