from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger, VerdictKind

shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _apply(ledger: Ledger, series: str, number: int, sha256: str, mode: str = "delta") -> None:
    record = ledger.files.record(
        "stock", f"{series}-{number}-{sha256}.xml", sha256, 10, sequence=number, mode=mode, series=series
    )
    ledger.files.set_state(record.id, "applied")


class TestJudge:
    @pytest.mark.parametrize(
        ("number", "sha256", "mode", "kind"),
        [
            (4, "new", "delta", "next"),
            (4, "new", "full", "next"),
            (6, "new", "delta", "gap"),
            (6, "new", "full", "full_supersedes"),
            (3, "three", "delta", "repeated_same"),
            (3, "three", "full", "repeated_same"),
            (3, "other", "delta", "repeated_other"),
            (3, "other", "full", "repeated_other"),
            (2, "new", "delta", "late"),
            (2, "new", "full", "late"),
            (1, "one", "delta", "repeated_same"),
        ],
    )
    def test_after_one_and_three(
        self, ledger: Ledger, number: int, sha256: str, mode: str, kind: VerdictKind
    ) -> None:
        """1 and 3 are applied, 2 never came: every number and mode has its one meaning."""
        _apply(ledger, "stock/FR", 1, "one")
        _apply(ledger, "stock/FR", 3, "three", "full")
        verdict = ledger.sequences.judge("stock/FR", number, sha256, mode)
        assert (verdict.kind, verdict.expected) == (kind, 4)
        assert str(number) in verdict.message

    @pytest.mark.parametrize("mode", ["full", "delta", None])
    def test_the_first_file_of_a_series_is_first(self, ledger: Ledger, mode: str | None) -> None:
        """Whatever its number and mode, and whatever other series have seen."""
        _apply(ledger, "stock/BE", 1, "one")
        verdict = ledger.sequences.judge("stock/FR", 17, "x", mode)
        assert (verdict.kind, verdict.expected) == ("first", None)

    def test_what_was_refused_was_not_applied(self, ledger: Ledger) -> None:
        """A file that was refused may come again under its number, mended."""
        _apply(ledger, "stock", 1, "one")
        record = ledger.files.record("stock", "2.xml", "broken", 10, sequence=2, mode="delta")
        ledger.files.set_state(record.id, "refused", "cut short")
        assert ledger.sequences.judge("stock", 2, "mended", "delta").kind == "next"
        assert ledger.sequences.judge("stock", 2, "broken", "delta").kind == "next"

    def test_the_missing_numbers_are_named(self, ledger: Ledger) -> None:
        """The night shift reads which files to ask for."""
        ledger.sequences.advance("stock", 41)
        assert "42 is missing" in ledger.sequences.judge("stock", 43, "x", "delta").message
        assert "42 to 44 is missing" in ledger.sequences.judge("stock", 45, "x", "delta").message

    @shared
    @given(
        files=st.lists(
            st.tuples(st.integers(1, 12), st.sampled_from("xyz"), st.sampled_from(["full", "delta"])),
            max_size=15,
        )
    )
    def test_judged_against_a_history(
        self, ledger: Ledger, fresh: Callable[[str], str], files: list[tuple[int, str, str]]
    ) -> None:
        """Applying whatever comes, each verdict is what the plain history of numbers and contents says."""
        series = fresh("series")
        applied: dict[int, set[str]] = {}
        for number, sha256, mode in files:
            kind = ledger.sequences.judge(series, number, sha256, mode).kind
            last = max(applied, default=None)
            if last is None:
                assert kind == "first"
            elif number > last:
                jumped = "full_supersedes" if mode == "full" else "gap"
                assert kind == ("next" if number == last + 1 else jumped)
            elif number in applied:
                assert kind == ("repeated_same" if sha256 in applied[number] else "repeated_other")
            else:
                assert kind == "late"
            _apply(ledger, series, number, sha256, mode)
            applied.setdefault(number, set()).add(sha256)
            assert ledger.sequences.last(series) == max(applied)


class TestFiles:
    def test_a_file_is_found_by_its_content(self, ledger: Ledger) -> None:
        """The same content under another name is recognised; the one that was applied is the answer."""
        first = ledger.files.record("stock", "a.xml", "same", 10, archived_as="2026/a.xml.gz")
        assert ledger.files.find("stock", "same") == first
        ledger.files.set_state(first.id, "applied", "200 lines")
        ledger.files.record("stock", "b.xml", "same", 10, state="skipped")
        found = ledger.files.find("stock", "same")
        assert found is not None
        assert (found.name, found.state, found.note, found.archived_as) == (
            "a.xml",
            "applied",
            "200 lines",
            "2026/a.xml.gz",
        )
        assert ledger.files.find("prices", "same") is None
        assert [record.name for record in ledger.files.last("stock", 5)] == ["b.xml", "a.xml"]

    def test_a_file_collected_again_is_the_same_file(self, ledger: Ledger) -> None:
        """A run that died after collecting starts over on the same row; what is applied stays applied."""
        first = ledger.files.record("stock", "a.xml", "sum", 10, run_id="1", archived_as="a.gz")
        again = ledger.files.record("stock", "a.xml", "sum", 10, run_id="2")
        assert (again.id, again.run_id, again.archived_as) == (first.id, "2", "a.gz")
        ledger.files.set_state(first.id, "applied")
        assert ledger.files.record("stock", "a.xml", "sum", 10, run_id="3").state == "applied"

    def test_an_applied_file_moves_its_series_and_none_moves_it_back(self, ledger: Ledger) -> None:
        """State and sequence change together; a late file that was applied all the same changes nothing."""
        for number in (5, 3):
            record = ledger.files.record("stock", f"{number}.xml", f"{number}", 10, sequence=number)
            ledger.files.set_state(record.id, "held")
        assert ledger.sequences.last("stock") is None
        for record in ledger.files.last("stock", 2)[::-1]:
            ledger.files.set_state(record.id, "applied")
            assert ledger.sequences.last("stock") == 5
