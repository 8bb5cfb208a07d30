from __future__ import annotations

import msgspec
import pytest

from passerelle.errors import Fault, Position
from passerelle.ledger import Ledger, Quarantined


def _fault(code: str = "unknown_code", line: int | None = 12) -> Fault:
    return Fault(code, Position("STOCK_TOUS_C_00001.xml", 3, line, "DEPOT"), "999\0", "a depot", "Add it")


def _entry(key: str | None, *codes: str, raw: bytes | None = b"<LIGNE/>") -> Quarantined:
    return Quarantined(
        record_key=key,
        faults=tuple(_fault(code) for code in codes or ("unknown_code",)),
        raw=raw,
        file="STOCK_TOUS_C_00001.xml",
    )


class TestQuarantine:
    def test_everything_a_person_needs_comes_back(self, ledger: Ledger) -> None:
        """All faults with their positions, the raw text, file, run and time are kept as they were."""
        run = ledger.runs.start("stock", mode="full")
        faults = (_fault(), Fault("missing_value", Position("é.xml"), None, "a SKU"))
        ledger.quarantine.add(
            run.id, "stock", [Quarantined(record_key="sku/1", faults=faults, raw=b"\xe9\0", file="é.xml")]
        )
        (entry,) = ledger.quarantine.entries("stock")
        assert entry.faults == faults
        assert (entry.record_key, entry.code, entry.raw, entry.file) == (
            "sku/1",
            "unknown_code",
            b"\xe9\0",
            "é.xml",
        )
        assert (entry.run_id, entry.times, entry.closed_at) == (run.id, 1, None)
        assert entry.opened_at.tzinfo is not None

    def test_a_record_that_fails_every_night_is_one_entry(self, ledger: Ledger) -> None:
        """It counts its nights, keeps its beginning, shows its newest faults; a repeated task adds none."""
        runs = [ledger.runs.start("stock", mode="full") for _ in range(3)]
        ledger.quarantine.add(runs[0].id, "stock", [_entry("a")])
        (opened,) = ledger.quarantine.entries("stock")
        for run in (runs[1], runs[2], runs[2]):
            ledger.quarantine.add(run.id, "stock", [_entry("a", "missing_value")])
        (entry,) = ledger.quarantine.entries("stock")
        assert (entry.times, entry.code, entry.opened_at) == (3, "missing_value", opened.opened_at)
        assert (entry.first_run_id, entry.run_id) == (runs[0].id, runs[2].id)

    def test_a_later_success_closes_it(self, ledger: Ledger) -> None:
        """The same key of the same feed carried later closes the entry; a new failure opens a new one."""
        first, second, third = (ledger.runs.start("stock", mode="delta") for _ in range(3))
        ledger.quarantine.add(first.id, "stock", [_entry("a"), _entry("b")])
        ledger.quarantine.add(first.id, "prices", [_entry("a")])
        carried = [f"sku-{number}" for number in range(3000)]
        assert ledger.quarantine.resolve_keys("stock", [*carried, "a"], second.id) == 1
        assert ledger.quarantine.open_keys("stock") == {"b"}
        assert ledger.quarantine.open_keys("prices") == {"a"}
        ledger.quarantine.add(third.id, "stock", [_entry("a")])
        entries = ledger.quarantine.entries("stock", open_only=False)
        assert [(one.record_key, one.closed_by) for one in entries] == [
            ("a", second.id),
            ("b", None),
            ("a", None),
        ]
        assert ledger.quarantine.resolve_keys("no-such-feed", carried) == 0

    def test_a_record_without_key_is_known_by_its_text(self, ledger: Ledger) -> None:
        """It is one entry while it comes, and a full file without it closes it."""
        first, second, third = (ledger.runs.start("stock", mode="full") for _ in range(3))
        for run in (first, second):
            ledger.quarantine.add(run.id, "stock", [_entry(None), _entry(None, raw=b"<AUTRE/>")])
        assert [one.times for one in ledger.quarantine.entries("stock")] == [2, 2]
        ledger.quarantine.add(third.id, "stock", [_entry(None)])
        assert ledger.quarantine.resolve_unrepeated("stock", third.id) == 1
        assert [one.raw for one in ledger.quarantine.entries("stock")] == [b"<LIGNE/>"]

    def test_records_without_key_that_look_alike_are_several(self, ledger: Ledger) -> None:
        """Each of them is an entry, tonight and tomorrow: none hides behind another."""
        runs = [ledger.runs.start("prices", mode="full") for _ in range(2)]
        for run in runs:
            entries = [msgspec.structs.replace(_entry(None), alike=number) for number in range(3)]
            ledger.quarantine.add(run.id, "prices", entries)
        assert [one.times for one in ledger.quarantine.entries("prices")] == [2, 2, 2]

    def test_open_entries_are_counted_by_code(self, ledger: Ledger) -> None:
        """A report says what to mend first: the most frequent code leads."""
        run = ledger.runs.start("stock", mode="full")
        entries = [_entry(f"u{number}", "unknown_code") for number in range(3)]
        ledger.quarantine.add(run.id, "stock", [_entry("m", "missing_value"), *entries])
        ledger.quarantine.add(run.id, "prices", [_entry("p", "missing_value")])
        assert list(ledger.quarantine.grouped().items()) == [
            (("stock", "unknown_code"), 3),
            (("prices", "missing_value"), 1),
            (("stock", "missing_value"), 1),
        ]
        assert ledger.quarantine.grouped("prices") == {("prices", "missing_value"): 1}

    def test_entries_are_read_in_pieces(self, ledger: Ledger) -> None:
        """A long list is walked by id."""
        run = ledger.runs.start("stock", mode="full")
        ledger.quarantine.add(run.id, "stock", [_entry(f"k{number}") for number in range(5)])
        first = ledger.quarantine.entries(limit=3)
        rest = ledger.quarantine.entries(after=first[-1].id)
        assert [one.record_key for one in [*first, *rest]] == ["k0", "k1", "k2", "k3", "k4"]

    def test_nobody_is_put_aside_without_a_reason(self, ledger: Ledger) -> None:
        """An entry without a fault could not be mended by anyone."""
        run = ledger.runs.start("stock", mode="full")
        with pytest.raises(ValueError, match="without any fault"):
            ledger.quarantine.add(run.id, "stock", [Quarantined(record_key="a", faults=())])
