"""Peak mode switched by people: profiles checked whole, moments as people mean them, all of it kept."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError
from passerelle.feeds import Settings, Workspace
from passerelle.feeds.peak import check_frozen, peak_now
from passerelle.ledger import Ledger
from passerelle.operations.peak import peak_off, peak_on, peak_status, read_moment
from passerelle.operations.peak_profiles import load_profile, profile_names
from tests.sync.desk import MAPPINGS

PARIS = "Europe/Paris"
NOW = dt.datetime(2026, 11, 26, 19, tzinfo=dt.UTC)


def utc(text: str) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the shipped feeds and profiles."""
    mappings = tmp_path / "mappings"
    for folder in ("erp", "peak"):
        shutil.copytree(MAPPINGS.parent / folder, mappings / folder)
    return Workspace(Settings(home=tmp_path / "ours", mappings=mappings, folder=tmp_path))


@pytest.fixture
def ledger(workspace: Workspace) -> Iterator[Ledger]:
    """Its ledger."""
    with workspace.ledger() as opened:
        yield opened


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("2026-11-30T08:00", "2026-11-30T07:00"),
            ("2026-07-14 08:00", "2026-07-14T06:00"),
            ("2026-11-30T08:00+00:00", "2026-11-30T08:00"),
            # Half past two comes twice: peak mode that ends then lasts through both.
            ("2026-10-25T02:30", "2026-10-25T01:30"),
            # It never comes: the clocks go from 2 to 3.
            ("2027-03-28T02:30", "2027-03-28T01:30"),
            ("2027-03-28T03:30", "2027-03-28T01:30"),
        ],
    )
    def test_a_moment_is_read_in_the_zone_of_the_profile(self, text: str, meant: str) -> None:
        """An offset counts more than the zone; both changes of clocks have one answer."""
        assert read_moment(text, PARIS) == utc(meant)

    @given(st.integers(0, 3 * 24 * 60))
    def test_what_ends_later_by_the_clock_never_ends_earlier(self, minutes: int) -> None:
        """Over the change of clocks too, a later time of the clock is no earlier moment."""
        local = utc("2026-10-24").replace(tzinfo=None) + dt.timedelta(minutes=minutes)
        later = local + dt.timedelta(minutes=90)
        assert read_moment(local.isoformat(), PARIS) <= read_moment(later.isoformat(), PARIS)

    def test_what_is_no_moment_is_said(self) -> None:
        """With the form that is expected."""
        with pytest.raises(ConfigError, match="2026-11-30T08:00"):
            read_moment("monday", PARIS)


class TestProfiles:
    def test_those_that_are_shipped_are_good(self, workspace: Workspace) -> None:
        """Every shipped profile loads, and no feed is taken from its folder."""
        assert profile_names(workspace) == ["black-friday", "soldes"]
        for name in profile_names(workspace):
            assert load_profile(workspace, name).rules.description
        assert "stock" in workspace.mappings

    def test_every_fault_is_told_at_once(self, workspace: Workspace) -> None:
        """Unknown lanes, a lane that must stay, wrong values, unknown words: one message."""
        (workspace.settings.mappings / "peak" / "bad.yaml").write_text(
            "zone: Europe/Lutece\n"
            "lanes:\n  stock: {every: 1h}\n  orders-out: {paused: true}\n  shoes: {batch: 5}\n"
            "  products: {every: soon, calls: 0%}\n  prices: {paused: true, every: 1h}\n"
            "stock: {buffer: -1}\nfreeze: [deletes, sales]\nfrozen: yes\n",
            "utf-8",
        )
        with pytest.raises(ConfigError) as caught:
            load_profile(workspace, "bad")
        told = str(caught.value)
        for fault in (
            "lanes.stock: stock and orders keep",
            "lanes.orders-out: stock and orders keep",
            "lanes.shoes: there is no such lane",
            "lanes.products.every",
            "lanes.prices",
            "stock.buffer",
            "zone",
            "frozen",
        ):
            assert fault in told

    def test_a_name_is_no_path(self, workspace: Workspace) -> None:
        """A profile of another folder is none."""
        with pytest.raises(ConfigError, match="black-friday, soldes"):
            load_profile(workspace, "../erp/stock")

    def test_the_feeds_own_lane_counts_more_than_its_kinds(self, workspace: Workspace) -> None:
        """A feed by name, then the narrower lane, then the catalogue."""
        (workspace.settings.mappings / "peak" / "p.yaml").write_text(
            "lanes: {catalogue: {batch: 1}, products: {batch: 2}, products-fr: {batch: 3}}\n", "utf-8"
        )
        rules = load_profile(workspace, "p").rules
        assert rules.lane("categories-fr", "category").batch == 1
        assert rules.lane("products-be", "product").batch == 2
        assert rules.lane("products-fr", "product").batch == 3
        assert rules.lane("stock", "stock").batch is None


class TestSwitching:
    def test_it_is_on_until_its_end_and_nobody_has_to_end_it(
        self, workspace: Workspace, ledger: Ledger
    ) -> None:
        """On from now, off at the moment that was typed, in the zone of the profile."""
        made = peak_on(
            workspace, ledger, profile="black-friday", until="2026-11-30T08:00", reason="sales", now=NOW
        )
        assert (made.since, made.until) == (NOW, utc("2026-11-30T07:00"))
        on = peak_now(ledger, made.until - dt.timedelta(seconds=1))
        assert on is not None
        assert on.told_until == "2026-11-30 08:00 CET"
        assert peak_now(ledger, made.until) is None
        status = peak_status(ledger, made.until)
        assert (status.now, status.coming, status.past) == (None, None, [made])

    def test_a_period_may_be_set_for_later(
        self, workspace: Workspace, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing holds before it begins; it can be called off."""
        # Who calls it off does so now, too: what is over cannot be called off.
        monkeypatch.setattr("passerelle.ledger.peak.utc_now", lambda: NOW)
        made = peak_on(
            workspace,
            ledger,
            profile="soldes",
            since="2027-01-06T08:00",
            until="2027-01-10",
            reason="sales",
            by="Zoé",
            now=NOW,
        )
        assert peak_now(ledger, NOW) is None
        assert peak_status(ledger, NOW).coming == made
        assert peak_now(ledger, utc("2027-01-06T07:00")) is not None
        assert peak_off(ledger, by="Max", reason="moved") is not None
        assert peak_now(ledger, utc("2027-01-06T07:00")) is None
        assert [(one.what, one.who) for one in ledger.audit.entries()] == [
            ("peak_off", "Max"),
            ("peak_on", "Zoé"),
        ]

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"reason": " "}, "reason"),
            ({"until": "2026-11-26T19:59"}, "before it begins"),
            ({"until": "2027-11-30"}, "62 days"),
            ({"since": "2026-11-29", "until": "2026-11-28"}, "before it begins"),
            ({"profile": "xmas"}, "black-friday, soldes"),
        ],
    )
    def test_what_makes_no_sense_switches_nothing(
        self, workspace: Workspace, ledger: Ledger, changes: dict[str, str], told: str
    ) -> None:
        """No reason, no future, no end, no profile: nothing is on and nothing is logged."""
        asked = {"profile": "black-friday", "until": "2026-11-30", "reason": "sales", **changes}
        with pytest.raises(ConfigError, match=told):
            peak_on(workspace, ledger, now=NOW, **asked)
        assert ledger.peak.last() == []

    def test_editing_the_profile_changes_nothing_until_somebody_switches(
        self, workspace: Workspace, ledger: Ledger
    ) -> None:
        """What holds is what was switched on, on every machine."""
        peak_on(workspace, ledger, profile="soldes", until="2026-11-30", reason="sales", now=NOW)
        (workspace.settings.mappings / "peak" / "soldes.yaml").write_text("freeze: []\n", "utf-8")
        with pytest.raises(Exception, match="Backfills are frozen by peak mode soldes"):
            check_frozen(ledger, "backfill", subject="backfill 1", now=NOW)

    def test_with_a_reason_what_is_frozen_happens_and_is_logged(
        self, workspace: Workspace, ledger: Ledger
    ) -> None:
        """The log says what, who and why; what is not frozen needs no reason."""
        peak_on(workspace, ledger, profile="soldes", until="2026-11-30", reason="sales", now=NOW)
        check_frozen(ledger, "undo", subject="plan 7", now=NOW)
        check_frozen(ledger, "repair", subject="plan 8", despite="prices wrong", by="Zoé", now=NOW)
        (entry,) = ledger.audit.entries(what=["peak_override"])
        assert (entry.subject, entry.who, entry.reason) == ("plan 8", "Zoé", "prices wrong")
