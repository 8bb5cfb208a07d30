"""Companions: which files of a folder come with a main file, told by their names."""

from __future__ import annotations

from passerelle.files import FileName, FileNamePattern, Wanted, companions_of

MAIN = FileNamePattern.parse("ART_{zone}_{date:AAAAMMJJ}_{sequence:5}.csv")
NAMES = [
    "ART_FR_20261101_00007.csv",
    "TEXT_FR_20261101_00007_fr.csv",
    "TEXT_FR_20261101_7_en.csv",
    "TEXT_BE_20261101_00007_fr.csv",
    "TEXT_FR_20261102_00008_fr.csv",
    "STOCK_20261031_0600.csv",
    "STOCK_20261101_0600.csv",
    "STOCK_20261101_0559.csv",
    "colours.csv",
    "readme.txt",
]


def _main() -> FileName:
    found = MAIN.match("ART_FR_20261101_00007.csv")
    assert found is not None
    return found


def test_parts_that_both_names_have_agree_by_their_meaning() -> None:
    """Zone, date and sequence are those of the main file, with or without zeros; languages are all."""
    wanted = Wanted(FileNamePattern.parse("TEXT_{zone}_{date:AAAAMMJJ}_{sequence}_{language}.csv"))
    found = companions_of(_main(), wanted, NAMES)
    assert [file.name for file in found.files] == [
        "TEXT_FR_20261101_00007_fr.csv",
        "TEXT_FR_20261101_7_en.csv",
    ]
    assert found.missing == ()


def test_of_files_that_only_time_tells_apart_the_newest_is_taken() -> None:
    """What shares no moment with the main file is taken as it is now: its newest state."""
    pattern = FileNamePattern.parse("STOCK_{date:AAAAMMJJ}_{time:hhmm}.csv")
    assert [file.name for file in companions_of(_main(), Wanted(pattern, same=()), NAMES).files] == [
        "STOCK_20261101_0600.csv"
    ]


def test_a_name_without_parts_is_itself() -> None:
    """A file that is always called the same comes with every main file."""
    found = companions_of(_main(), Wanted(FileNamePattern.parse("colours.csv")), NAMES)
    assert [file.name for file in found.files] == ["colours.csv"]


def test_what_is_missing_is_said_with_the_parts_it_should_have() -> None:
    """A person who reads it knows which file to ask for."""
    wanted = Wanted(FileNamePattern.parse("PRICE_{zone}_{sequence:5}.csv"))
    found = companions_of(_main(), wanted, NAMES)
    assert found.files == ()
    (missing,) = found.missing
    assert missing.startswith("ART_FR_20261101_00007.csv waits for a file PRICE_{zone}_{sequence:5}.csv with")
    assert missing.endswith("zone FR, sequence 00007")
    assert companions_of(_main(), wanted._replace(optional=True), NAMES).missing == ()


def test_each_expected_value_needs_its_file() -> None:
    """Two languages are expected, one came: the other is named."""
    pattern = FileNamePattern.parse("TEXT_{zone}_{date:AAAAMMJJ}_{sequence}_{language}.csv")
    found = companions_of(_main(), Wanted(pattern, expect={"language": ["fr", "nl"]}), NAMES)
    (missing,) = found.missing
    assert "language nl, zone FR" in missing
