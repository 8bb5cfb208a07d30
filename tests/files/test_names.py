"""File names: what they say is read, and what is written reads back."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError
from passerelle.files import FileNamePattern

STOCK = "STOCK_{zone}_{mode}_{sequence:5}_{date:AAAAMMJJ}.xml"
MODES = {"C": "full", "D": "delta"}


def test_a_name_of_the_erp_is_read() -> None:
    """Zone, mode, sequence and day come out of the name, the mode translated."""
    found = FileNamePattern.parse(STOCK, modes=MODES).match("STOCK_TOUS_C_00042_20261101.xml")
    assert found is not None
    assert (found.sequence, found.mode, found.date) == (42, "full", dt.date(2026, 11, 1))
    assert found.parts == {"zone": "TOUS", "mode": "C", "sequence": "00042", "date": "20261101"}


@pytest.mark.parametrize(
    "name",
    [
        "STOCK_TOUS_C_00042_20261101.xml.tmp",
        "STOCK_TOUS_C_00042_20261101.ok",
        "STOCK_TOUS_X_00042_20261101.xml",
        "STOCK_TOUS_C_0042_20261101.xml",
        "STOCK_TOUS_C_100042_20261101.xml",
        "STOCK_TOUS_C_00042_20260231.xml",
        "STOCK_TOUS_C_00042_2026110.xml",
        "STOCK_A_B_C_00042_20261101.xml",
        "STOCK__C_00042_20261101.xml",
        "stock_TOUS_C_00042_20261101.xml",
        "STOCK_TOUS_C_00042_20261101.xml\n",
        "STOCK_../x_C_00042_20261101.xml",
        "STOCK_TOUS_C_٠٠٠٤٢_20261101.xml",
    ],
)
def test_other_names_are_not_ours(name: str) -> None:
    """A name is matched whole or not at all; an impossible day or an unknown mode is another file."""
    assert FileNamePattern.parse(STOCK, modes=MODES).match(name) is None


@pytest.mark.parametrize(
    ("text", "name", "date", "time"),
    [
        ("S_{date:AAMMJJ}.csv", "S_261101.csv", dt.date(2026, 11, 1), None),
        ("S_{date:YYYYMMDD}.csv", "S_20261101.csv", dt.date(2026, 11, 1), None),
        ("S_{date:YYMMDD}.csv", "S_261101.csv", dt.date(2026, 11, 1), None),
        ("S_{date:JJMMAAAA}.csv", "S_01112026.csv", dt.date(2026, 11, 1), None),
        ("S_{date:AAAA-MM-JJ}.csv", "S_2026-11-01.csv", dt.date(2026, 11, 1), None),
        ("S_{time:hhmmss}.csv", "S_021559.csv", None, dt.time(2, 15, 59)),
        ("S_{time:hhmm}.csv", "S_0215.csv", None, dt.time(2, 15)),
        ("S_{date:AAAAMMJJ}_{time:hhmmss}", "S_20261101_021559", dt.date(2026, 11, 1), dt.time(2, 15, 59)),
        ("S_{stamp:AAAAMMJJhhmmss}", "S_20261101021559", dt.date(2026, 11, 1), dt.time(2, 15, 59)),
    ],
)
def test_dates_and_times(text: str, name: str, date: dt.date | None, time: dt.time | None) -> None:
    """Days and times are written in the letters of French and English specifications."""
    found = FileNamePattern.parse(text).match(name)
    assert found is not None
    assert (found.date, found.time) == (date, time)


def test_anything_and_accents_and_case() -> None:
    """`{*}` is anything; accents match however they are composed; case only where it is told to."""
    assert FileNamePattern.parse("STOCK{*}.xml").match("STOCK_nightly run 3.xml") is not None
    assert FileNamePattern.parse("été_{zone}.xml").match("e\u0301te\u0301_FR.xml") is not None
    loose = FileNamePattern.parse(STOCK, modes=MODES, case_sensitive=False)
    found = loose.match("stock_fr_d_00001_20261101.XML")
    assert found is not None
    assert found.mode == "delta"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("STOCK_{zone.xml", "expected a name with parts"),
        ("", "expected a name with parts"),
        ("out/{zone}.xml", "expected a name with parts"),
        ("{Zone}.xml", "part {Zone} is not understood"),
        ("{date:AAAA}.xml", "not understood"),
        ("{date:AAAAMMJJMM}.xml", "not understood"),
        ("{sequence:0}.xml", "not understood"),
        ("{date:-}.xml", "not understood"),
        ("{zone}_{zone}.xml", "stands twice"),
        ("{zone}{country}.xml", "nothing separates {country}"),
        ("{zone}{sequence:5}{country}.xml", "nothing separates {country}"),
    ],
)
def test_a_wrong_pattern_says_what_is_wrong(text: str, message: str) -> None:
    """A pattern that cannot be read in one way only is a ConfigError."""
    with pytest.raises(ConfigError, match=message):
        FileNamePattern.parse(text)


zones = st.text(
    st.characters(codec="utf-8", exclude_characters="_/\0", exclude_categories=["Cs"]), min_size=1
)
days = st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2099, 12, 31))


@given(
    zone=zones,
    mode=st.sampled_from(["full", "delta"]),
    sequence=st.integers(min_value=0, max_value=99_999),
    date=days,
)
def test_what_is_written_reads_back(zone: str, mode: str, sequence: int, date: dt.date) -> None:
    """match(format(parts)) gives the parts, or format refuses (a zone that changes when it is normalised)."""
    pattern = FileNamePattern.parse(STOCK, modes=MODES)
    try:
        name = pattern.format(zone=zone, mode=mode, sequence=sequence, date=date)
    except ValueError as error:
        assert "does not read back" in str(error)  # noqa: PT017 either outcome is right, but only this error
        return
    found = pattern.match(name)
    assert found is not None
    assert (found.parts["zone"], found.mode, found.sequence, found.date) == (zone, mode, sequence, date)


@given(
    moment=st.datetimes(min_value=dt.datetime(2000, 1, 1), max_value=dt.datetime(2099, 12, 31)),  # noqa: DTZ001 names carry no zone
    form=st.sampled_from(["AAAAMMJJhhmmss", "AAMMJJhhmmss", "YYYY-MM-DD.hhmmss", "JJMMAAhhmmss"]),
)
def test_moments_read_back(moment: dt.datetime, form: str) -> None:
    """Every moment of this century that a form can hold reads back to the second."""
    pattern = FileNamePattern.parse(f"X_{{stamp:{form}}}.xml")
    found = pattern.match(pattern.format(stamp=moment))
    assert found is not None
    assert (found.date, found.time) == (moment.date(), moment.time().replace(microsecond=0))


def test_writing_refuses_what_it_cannot_say() -> None:
    """Missing, unknown or impossible parts are told, never guessed."""
    pattern = FileNamePattern.parse("CMDWEB_{sequence:5}_{date:AAAAMMJJ}.xml")
    assert pattern.format(sequence=7, date=dt.date(2026, 11, 1)) == "CMDWEB_00007_20261101.xml"
    day = dt.date(2026, 11, 1)
    with pytest.raises(ValueError, match=r"needs .*sequence.* received .*date"):
        pattern.format(date=day)
    with pytest.raises(ValueError, match="does not read back"):
        pattern.format(sequence=100_000, date=day)
    with pytest.raises(ValueError, match="does not read back"):
        pattern.format(sequence=-1, date=day)
    with pytest.raises(ValueError, match="has no year"):
        pattern.format(sequence=1, date=dt.time(2, 15))
    with pytest.raises(ValueError, match="is no date"):
        pattern.format(sequence=day, date=day)
    with pytest.raises(ValueError, match="cannot write one"):
        FileNamePattern.parse("A{*}").format()


def test_the_extension_of_a_pattern() -> None:
    """Markers are paired by stem: the pattern knows what follows it."""
    assert FileNamePattern.parse(STOCK).extension == ".xml"
    assert FileNamePattern.parse("STOCK_{zone}").extension == ""
