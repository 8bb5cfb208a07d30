"""Expectations: hours in local time, counted in true time, also when the clock is changed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passerelle.mapping import ExpectsSpec
from passerelle.operations.expectations import Expectation

PARIS = ZoneInfo("Europe/Paris")
#: Clocks go back in the night to 25 October 2026, and forward in the night to 28 March 2027.
BACK, FORWARD = dt.date(2026, 10, 25), dt.date(2027, 3, 28)
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def expectation(**values: Any) -> Expectation:
    """Make one of what a mapping says."""
    return Expectation(ExpectsSpec.model_validate(values))


def paris(text: str, fold: int = 0) -> dt.datetime:
    """Give the moment at which the clocks of Paris show this."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(dt.UTC)


def test_a_window_is_due_then_late_then_done() -> None:
    """Before its hours nothing is wrong, within them it is awaited, after the margin late since then."""
    nightly = expectation(between="05:00-06:30", late_after="30min")
    yesterday = paris("2026-11-22 05:40")
    at = {
        clock: nightly.standing(paris(f"2026-11-23 {clock}"), yesterday)
        for clock in ("04:59", "05:00", "06:59", "07:00", "12:00")
    }
    assert [one.state for one in at.values()] == ["fresh", "due", "due", "late", "late"]
    assert at["12:00"].late_since == paris("2026-11-23 07:00")
    assert (at["12:00"].begins, at["12:00"].ends) == (paris("2026-11-23 05:00"), paris("2026-11-23 06:30"))
    came = nightly.standing(paris("2026-11-23 12:00"), paris("2026-11-23 06:10"))
    assert (came.state, came.begins) == ("fresh", paris("2026-11-24 05:00"))


def test_what_came_late_yesterday_does_not_count_for_today() -> None:
    """Monday's file at nine in the evening is no file of Tuesday morning; one an hour early is."""
    nightly = expectation(between="05:00-06:30")
    noon = paris("2026-11-24 12:00")
    assert nightly.standing(noon, paris("2026-11-23 21:00")).state == "late"
    assert nightly.standing(noon, paris("2026-11-24 03:59")).state == "late"
    assert nightly.standing(noon, paris("2026-11-24 04:00")).state == "fresh"


def test_the_first_missing_day_is_told() -> None:
    """A feed that is silent since Friday is late since Friday, and the last hours missed are shown."""
    weekdays = expectation(between="05:00-06:30", days="mon-fri")
    sunday_before = paris("2026-11-12 05:30")  # a Thursday
    stands = weekdays.standing(paris("2026-11-17 12:00"), sunday_before)
    assert stands.late_since == paris("2026-11-13 07:00")
    assert stands.begins == paris("2026-11-17 05:00")
    over_weekend = weekdays.standing(paris("2026-11-15 12:00"), paris("2026-11-13 05:30"))
    assert (over_weekend.state, over_weekend.begins) == ("fresh", paris("2026-11-16 05:00"))


def test_nobody_is_late_for_what_was_before_the_watch_began() -> None:
    """A feed that was first run at eight is not late for five o'clock; never run, its last hours are told."""
    nightly = expectation(between="05:00-06:30")
    now = paris("2026-11-23 09:00")
    assert nightly.standing(now, None, since=paris("2026-11-23 08:00")).state == "fresh"
    assert nightly.standing(now, None, since=paris("2026-11-20 08:00")).late_since == paris(
        "2026-11-21 07:00"
    )
    assert nightly.standing(now, None).late_since == paris("2026-11-23 07:00")


def test_again_and_again_with_calm_hours() -> None:
    """Calm hours do not count: what came at five to ten in the evening is awaited at five past five."""
    stock = expectation(every="10min", late_after="20min", calm=["22:00-05:00"])
    last = paris("2026-11-22 21:55")
    at = [paris("2026-11-22 23:00"), paris("2026-11-23 05:04"), paris("2026-11-23 05:05")]
    assert [stock.standing(now, last).state for now in at] == ["fresh", "fresh", "due"]
    assert stock.standing(paris("2026-11-23 05:25"), last).late_since == paris("2026-11-23 05:25")
    assert stock.calm_until(paris("2026-11-22 23:00")) == paris("2026-11-23 05:00")
    assert not stock.is_calm(paris("2026-11-23 05:00"))


def test_days_off_do_not_count() -> None:
    """Every two hours on working days: Friday evening is followed by Monday morning."""
    shop = expectation(every="2h", days="mon-fri", late_after="30min")
    last = paris("2026-11-20 23:00")
    assert shop.standing(paris("2026-11-22 12:00"), last).state == "fresh"
    assert shop.standing(paris("2026-11-23 02:00"), last).late_at == paris("2026-11-23 01:30")


def test_calm_hours_put_lateness_off() -> None:
    """Nothing turns late at night: hours that end at midnight are late when the night is over."""
    evening = expectation(between="23:00-00:00", calm="00:00-06:00", late_after="30min")
    stands = evening.standing(paris("2026-11-23 07:00"), paris("2026-11-21 23:30"))
    assert stands.late_since == paris("2026-11-23 06:30")


def test_hours_that_never_open_never_turn_late() -> None:
    """Calm all round the clock is no endless search."""
    assert (
        expectation(every="10min", calm=["00:00-12:00", "12:00-00:00"])
        .standing(paris("2026-11-23 07:00"), paris("2026-11-01 07:00"))
        .state
        == "fresh"
    )


def test_hours_in_the_night_of_the_change() -> None:
    """02:15-02:45 lasts until the second 02:45 when the clock goes back, and is 03:15-03:45 when it jumps."""
    nightly = expectation(between="02:15-02:45")
    (back,) = nightly.occurrences(paris("2026-10-25 00:00"), paris("2026-10-26 00:00"))
    assert (back.begins, back.ends) == (paris("2026-10-25 02:15"), paris("2026-10-25 02:45", fold=1))
    (forward,) = nightly.occurrences(paris("2027-03-28 00:00"), paris("2027-03-29 00:00"))
    assert (forward.begins, forward.ends) == (paris("2027-03-28 03:15"), paris("2027-03-28 03:45"))


@pytest.mark.parametrize(
    ("between", "begins", "ends"),
    [
        ("02:00-03:00", "03:00", "04:00"),
        ("02:30-03:10", "03:30", "04:10"),
        ("01:30-02:30", "01:30", "03:30"),
        ("02:30-04:00", "03:30", "04:00"),
    ],
)
def test_hours_of_which_the_clock_skips_a_part(between: str, begins: str, ends: str) -> None:
    """They never end before they begin: hours of which nothing is left come behind the change."""
    (forward,) = expectation(between=between).occurrences(
        paris("2027-03-28 00:00"), paris("2027-03-29 00:00")
    )
    assert (forward.begins, forward.ends) == (paris(f"2027-03-28 {begins}"), paris(f"2027-03-28 {ends}"))


def test_nothing_is_expected_on_a_public_holiday() -> None:
    """Christmas and New Year are days off in both years; the file of the day after is awaited as ever."""
    nightly = expectation(between="05:00-06:30", days="mon-sat", holidays="FR")
    begins = [one.begins for one in nightly.occurrences(paris("2026-12-23 00:00"), paris("2027-01-05 00:00"))]
    days = (23, 24, 26, 28, 29, 30, 31)
    assert begins == [
        *(paris(f"2026-12-{day} 05:00") for day in days),
        paris("2027-01-02 05:00"),
        paris("2027-01-04 05:00"),
    ]
    arrived = paris("2026-12-24 05:30")
    on_the_day = nightly.standing(paris("2026-12-25 12:00"), arrived)
    assert (on_the_day.state, on_the_day.begins) == ("fresh", paris("2026-12-26 05:00"))
    assert nightly.standing(paris("2026-12-26 07:00"), arrived).late_since == paris("2026-12-26 07:00")


def test_moving_holidays_and_the_change_of_clocks() -> None:
    """Easter Monday 2027 comes the day after the clocks went forward: the pause is as long as it is."""
    nightly = expectation(between="05:00-06:30", days="mon-fri", holidays="FR")
    stands = nightly.standing(paris("2027-03-29 12:00"), paris("2027-03-26 05:30"))
    assert (stands.state, stands.begins) == ("fresh", paris("2027-03-30 05:00"))
    often = expectation(every="2h", days="mon-fri", holidays="FR", late_after="30min")
    last = paris("2027-03-26 23:00")
    # An hour of Friday, and then Tuesday: Saturday, a Sunday of 23 hours and Monday do not count.
    assert often.standing(paris("2027-03-29 20:00"), last).late_at == paris("2027-03-30 01:30")
    on_the_change = expectation(every="2h", closed="2026-10-25", late_after="30min")
    assert on_the_change.standing(paris("2026-10-25 12:00"), paris("2026-10-24 23:00")).late_at == paris(
        "2026-10-26 01:30"
    )


def test_parts_of_a_country_and_several_countries() -> None:
    """Good Friday is off in Moselle, not in Paris; of two countries the days of both are off."""

    def days(holidays: str | list[str]) -> list[str]:
        rule = expectation(between="05:00-06:30", holidays=holidays)
        found = rule.occurrences(paris("2027-03-25 00:00"), paris("2027-03-30 00:00"))
        return [f"{one.begins.astimezone(PARIS):%d}" for one in found]

    assert days("FR") == ["25", "26", "27", "28"]
    assert days("FR-57") == ["25", "27", "28"]
    assert days(["FR", "GB-ENG"]) == ["25", "27", "28"]


def test_hours_of_their_own_on_holidays() -> None:
    """An ERP that comes later on holidays is said twice; `expected` takes the holidays back with one word."""
    span = paris("2026-07-13 00:00"), paris("2026-07-16 00:00")

    def begins(**more: Any) -> list[str]:
        rule = expectation(between="05:00-06:30", holidays="FR", **more)
        return [f"{one.begins.astimezone(PARIS):%d}" for one in rule.occurrences(*span)]

    assert begins() == ["13", "15"]
    assert begins(on_holidays="only") == ["14"]
    assert begins(on_holidays="expected") == ["13", "14", "15"]


def test_closed_days_are_off_once() -> None:
    """The inventory in January and three weeks in August; what follows them is awaited, and late."""
    rule = expectation(between="05:00-06:30", closed=["2027-01-04", "2027-08-02..2027-08-22"])
    found = rule.occurrences(paris("2027-01-03 00:00"), paris("2027-01-06 00:00"))
    assert [one.begins for one in found] == [paris("2027-01-03 05:00"), paris("2027-01-05 05:00")]
    arrived = paris("2027-08-01 05:30")
    stands = rule.standing(paris("2027-08-03 05:00"), arrived)
    assert (stands.state, stands.begins) == ("fresh", paris("2027-08-23 05:00"))
    assert rule.standing(paris("2027-08-23 07:00"), arrived).late_since == paris("2027-08-23 07:00")
    often = expectation(every="1h", closed="2027-08-02..2027-08-22", late_after="0s")
    assert often.standing(paris("2027-08-22 23:59"), paris("2027-08-01 23:30")).state == "fresh"
    assert often.standing(paris("2027-08-23 00:30"), paris("2027-08-01 23:30")).state == "late"


@given(st.integers(2020, 2040), st.sampled_from(["FR", "BE", "DE-BY"]))
def test_each_day_of_a_year_is_of_one_kind(year: int, country: str) -> None:
    """With and without holidays and on them alone: together they are all days, apart they share none."""
    first, after = paris(f"{year}-01-01 00:00"), paris(f"{year + 1}-01-01 00:00")

    def days(**more: Any) -> set[dt.date]:
        rule = expectation(between="05:00-06:30", **more)
        return {one.begins.astimezone(PARIS).date() for one in rule.occurrences(first, after)}

    every, others, only = days(), days(holidays=country), days(holidays=country, on_holidays="only")
    assert others | only == every
    assert not others & only
    assert dt.date(year, 12, 25) in only
    assert dt.date(year, 1, 1) in only


clocks = st.times().map(lambda one: one.strftime("%H:%M"))
around_changes = st.sampled_from([BACK, FORWARD]).flatmap(
    lambda day: st.integers(-3 * 24 * 60, 3 * 24 * 60).map(
        lambda minutes: dt.datetime.combine(day, dt.time(), PARIS).astimezone(dt.UTC) + minutes * MINUTE
    )
)


@given(st.tuples(clocks, clocks).filter(lambda two: two[0] != two[1]), st.sampled_from([BACK, FORWARD]))
def test_every_local_day_has_its_hours_once(hours: tuple[str, str], change: dt.date) -> None:
    """Seven days around a change have seven times, in order, each beginning on its own local day."""
    nightly = expectation(between="-".join(hours))
    first = dt.datetime.combine(change - 3 * DAY, dt.time(), PARIS).astimezone(dt.UTC)
    last = dt.datetime.combine(change + 4 * DAY, dt.time(), PARIS).astimezone(dt.UTC)
    found = list(nightly.occurrences(first, last))
    assert [one.begins.astimezone(PARIS).date() for one in found] == [change + n * DAY for n in range(-3, 4)]
    for one in found:
        assert one.counts_from <= one.begins < one.ends < one.late_at
    assert [one.begins for one in found] == sorted(one.begins for one in found)


@given(around_changes, st.integers(0, 3000), clocks, st.sampled_from(["every", "between"]))
def test_lateness_grows_old_and_never_goes_back(
    arrived: dt.datetime, minutes: int, begin: str, kind: str
) -> None:
    """As time passes without an arrival a feed goes from fresh over due to late, and stays late."""
    end = (dt.datetime.fromisoformat(f"2026-01-01 {begin}") + 90 * MINUTE).strftime("%H:%M")
    rule = (
        expectation(every="45min", calm="22:00-05:00")
        if kind == "every"
        else expectation(between=f"{begin}-{end}")
    )
    order = ["fresh", "due", "late"]
    before, after = (rule.standing(arrived + n * MINUTE, arrived) for n in (minutes, minutes + 7))
    assert order.index(before.state) <= order.index(after.state)
    if before.state == "late":
        assert before.late_since == after.late_since


@given(around_changes)
def test_calm_hours_keep_off_as_long_as_the_clock_shows_them(moment: dt.datetime) -> None:
    """Calm from 22:00 to 05:00 means exactly the moments at which the clock of Paris shows these hours."""
    rule = expectation(every="10min", calm="22:00-05:00")
    local = moment.astimezone(PARIS).time()
    assert rule.is_calm(moment) == (local >= dt.time(22) or local < dt.time(5))
    until = rule.calm_until(moment)
    if until is not None:
        assert until.astimezone(PARIS).time() == dt.time(5)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "say between"),
        ({"between": "05:00-06:00", "every": "10min"}, "say between"),
        ({"every": "0s"}, "longer than no time"),
        ({"between": "5-6"}, "write hours such as"),
        ({"between": "05:00-05:00"}, "write hours such as"),
        ({"every": "10min", "days": "monday"}, "write days such as"),
        ({"every": "10min", "zone": "Paris"}, "write a time zone"),
        ({"every": "10min", "calm": "ten to five"}, "write hours such as"),
        ({"every": "10min", "holidays": "France"}, "write a country such as FR"),
        ({"every": "10min", "holidays": "XX"}, "no public holidays are known of XX"),
        ({"every": "10min", "holidays": "FR-75"}, "FR has no part 75"),
        ({"every": "10min", "on_holidays": "expected"}, "needs holidays: FR"),
        ({"every": "10min", "holidays": "FR", "on_holidays": "only"}, "say between"),
        ({"every": "10min", "closed": "31/12/2026"}, "write a day such as 2026-12-31"),
        ({"every": "10min", "closed": "2026-12-31..2026-12-01"}, "ends before it begins"),
        ({"every": "10min", "closed": "2026-01-01..2026-12-31"}, "longer than 100 days"),
    ],
)
def test_what_nobody_understands_is_refused(values: dict[str, str], told: str) -> None:
    """Each mistake says what to write instead."""
    with pytest.raises(ValidationError, match=told):
        ExpectsSpec.model_validate(values)
