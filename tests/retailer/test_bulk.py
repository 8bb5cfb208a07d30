from __future__ import annotations

import time
from pathlib import Path

import pytest

from passerelle.retailer import write_stock
from passerelle.retailer.codes import DEPOTS
from tests.retailer.reading import read, texts


@pytest.mark.parametrize("rows", [0, 1, 41, 10_001])
def test_a_bulk_file_is_a_sound_stock_file(tmp_path: Path, rows: int) -> None:
    """Eight fields a line, unique keys, known depots, right trailer, marker beside it."""
    made = write_stock(tmp_path / "STOCK_TOUS_C_00001_20261101.xml", rows, seed=3)
    document = read(made.path)
    assert document.count == len(document.records) == made.rows == rows
    assert all(len(record) == 8 for record in document.records)
    assert len(document.by_key()) == rows
    assert set(texts(document, "DEPOT")) <= {depot.code for depot in DEPOTS}
    assert made.path.with_suffix(".ok").exists()
    assert made.size == made.path.stat().st_size
    reserved = zip(texts(document, "QTE_RESERVEE"), texts(document, "QTE_PHYSIQUE"), strict=True)
    assert all(few <= many for few, many in reserved)


@pytest.mark.parametrize("share", [0.0, 0.013, 0.5, 1.0])
def test_exactly_the_share_changes(tmp_path: Path, share: float) -> None:
    """Against the file of the same seed, that share of the lines has another quantity; the rest is equal."""
    rows = 12_345
    before = read(write_stock(tmp_path / "before.xml", rows, seed=4).path).by_key()
    made = write_stock(tmp_path / "after.xml", rows, seed=4, changed=share)
    after = read(made.path).by_key()
    assert before.keys() == after.keys()
    assert sum(before[key] != after[key] for key in before) == made.changed == int(rows * share)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    """Seed in, bytes out; another seed, other bytes."""
    contents = [
        write_stock(tmp_path / f"{index}.xml", 500, seed=seed, marker=False).path.read_bytes()
        for index, seed in enumerate((1, 1, 2))
    ]
    assert contents[0] == contents[1] != contents[2]
    assert not list(tmp_path.glob("*.ok"))


def test_a_share_is_between_nought_and_one(tmp_path: Path) -> None:
    """Twenty percent is 0.2."""
    with pytest.raises(ValueError, match="received 20"):
        write_stock(tmp_path / "stock.xml", 10, changed=20)


def test_bulk_writing_is_quick(tmp_path: Path) -> None:
    """A million rows take at most ten seconds; here a fifth of them."""
    # The time of this thread: not that of others, nor of the disk.
    started = time.thread_time()
    write_stock(tmp_path / "stock.xml", 200_000)
    assert time.thread_time() - started < 10 / 5 * 2  # twice the time: other tests run beside this one
