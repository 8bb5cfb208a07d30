"""Copybooks: every clause to the place that the compiler gives it, and what has no place told by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from passerelle.formats.copybook import CopybookRecord, read_copybook


def lay_out(*lines: str, record: str | None = None, redefines: tuple[str, ...] = ()) -> CopybookRecord:
    """Read lines that start in column 8."""
    text = "\n".join(f"       {line}" for line in lines)
    return read_copybook(text, file="ARTICLE.cbl", record=record, redefines=redefines)


def places(record: CopybookRecord) -> list[tuple[str, int, int]]:
    """Give name, position and width of each field."""
    return [(one.name, one.at, one.width) for one in record.fields]


@pytest.mark.parametrize(
    ("clauses", "width", "kind", "decimals", "signed"),
    [
        ("PIC X(10)", 10, "text", 0, False),
        ("PICTURE IS XXX", 3, "text", 0, False),
        ("pic a(4)", 4, "text", 0, False),
        ("PIC 9(13)", 13, "text", 0, False),
        ("PIC 9(5)V99", 7, "zoned", 2, False),
        ("PIC S9(5)", 5, "zoned", 0, True),
        ("PIC S9(7) COMP-3", 4, "packed", 0, True),
        ("PIC S9(6) COMP-3", 4, "packed", 0, True),
        ("PIC S9(9)V99 USAGE IS COMP-3", 6, "packed", 2, True),
        ("PACKED-DECIMAL PIC 9(3)V9(3)", 4, "packed", 3, False),
        ("COMPUTATIONAL-3 PIC S9", 1, "packed", 0, True),
        ("PIC S9(4) COMP", 2, "binary", 0, True),
        ("PIC 9(5) BINARY", 4, "binary", 0, False),
        ("PIC S9(10)V9(8) COMP-4", 8, "binary", 8, True),
        ("PIC S9(9) USAGE COMP-5", 4, "binary", 0, True),
        ("PIC 9(3)P(2) COMP-3", 2, "packed", -2, False),
        ("PIC VP(2)9(3) COMP-3", 2, "packed", 5, False),
        ("PIC P(2)9(3) COMP-3", 2, "packed", 5, False),
        ("PIC S9(3)V COMP-3", 2, "packed", 0, True),
        ("PIC ZZZ,ZZ9.99-", 11, "text", 0, False),
        ("PIC 9(5).99CR", 10, "text", 0, False),
        ("PIC S9(3) VALUE ZERO COMP-3", 2, "packed", 0, True),
        ("PIC S9(3) VALUE -1.5 COMP-3", 2, "packed", 0, True),
        ("PIC X(3) JUSTIFIED RIGHT VALUE 'A. B'", 3, "text", 0, False),
        ("PIC 9(3) BLANK WHEN ZERO", 3, "text", 0, False),
        ("PIC X(4) SYNC", 4, "text", 0, False),
    ],
)
def test_pictures_and_usages(clauses: str, width: int, kind: str, decimals: int, *, signed: bool) -> None:
    """Each item has the width, the kind and the implied decimals that COBOL gives it."""
    record = lay_out("01 R.", f"    05 A {clauses}.", "    05 B PIC X.")
    first, second = record.fields
    assert (first.width, first.kind, first.decimals, first.signed) == (width, kind, decimals, signed)
    assert second.at == width + 1
    assert record.length == width + 1


@pytest.mark.parametrize(
    ("clauses", "width", "sign", "separate"),
    [
        ("PIC S9(5)", 5, "trailing", False),
        ("PIC S9(5) SIGN IS LEADING", 5, "leading", False),
        ("PIC S9(5) SIGN LEADING SEPARATE CHARACTER", 6, "leading", True),
        ("PIC S9(5) TRAILING SEPARATE", 6, "trailing", True),
        ("PIC 9(5)V9 SIGN TRAILING SEPARATE", 6, "trailing", False),
    ],
)
def test_signs(clauses: str, width: int, sign: str, *, separate: bool) -> None:
    """A separate sign takes a byte, and only where there is a sign."""
    (one,) = lay_out("01 R.", f"    05 A {clauses}.").fields
    assert (one.width, one.sign, one.separate) == (width, sign, separate)


def test_groups_fillers_and_conditions() -> None:
    """Groups hold items, FILLER takes place without a name, levels 66, 77, 78 and 88 take none."""
    record = lay_out(
        "01 ARTICLE.",
        "   05 CLE.",
        "      10 CODE PIC X(4).",
        "      10 FILLER PIC XX.",
        "   05 ETAT PIC X.",
        "      88 ACTIF VALUE 'A' 'B'.",
        "      88 SUPPRIME VALUES ARE 'S' THRU 'T'.",
        "   05 PIC X(3).",
        "   05 QTE PIC 9(3).",
        "   66 TOUT RENAMES CODE THRU QTE.",
        "77 COMPTEUR PIC 9(4).",
    )
    assert places(record) == [("CODE", 1, 4), ("ETAT", 7, 1), ("QTE", 11, 3)]
    assert record.length == 13


def test_a_group_hands_down_its_usage() -> None:
    """What a group says of usage and sign holds for what is below it."""
    record = lay_out(
        "01 R.", "  05 G COMP-3.", "    10 A PIC S9(3).", "    10 B PIC S9(5).", "  05 C PIC S9."
    )
    assert [(one.kind, one.width) for one in record.fields] == [("packed", 2), ("packed", 3), ("zoned", 1)]


def test_names_that_stand_in_two_groups() -> None:
    """Such a name gets its group in front, the others stay as they are."""
    record = lay_out(
        "01 R.",
        *("  05 DEPART.", "    10 SITE PIC X(3).", "    10 JOUR PIC X(8)."),
        *("  05 ARRIVEE.", "    10 SITE PIC X(3)."),
    )
    assert [one.name for one in record.fields] == ["DEPART.SITE", "JOUR", "ARRIVEE.SITE"]
    with pytest.raises(ConfigError, match="A stands 2 times"):
        lay_out("01 R.", "  05 A PIC X.", "  05 A PIC X.")


def test_tables() -> None:
    """An OCCURS is a table whose positions count from its own start; one inside it is spread over names."""
    record = lay_out(
        "01 R.",
        "  05 CODE PIC X(5).",
        "  05 PRIX OCCURS 3 TIMES INDEXED BY I.",
        "     10 PAYS PIC XX.",
        "     10 MONTANT PIC S9(5)V99 COMP-3 OCCURS 2.",
        "  05 TAILLE PIC X(2) OCCURS 4 TIMES.",
        "  05 FIN PIC X.",
    )
    prices, sizes = record.tables
    assert (prices.name, prices.at, prices.every, prices.times) == ("PRIX", 6, 10, 3)
    assert [(one.name, one.at) for one in prices.fields] == [
        ("PAYS", 1),
        ("MONTANT(1)", 3),
        ("MONTANT(2)", 7),
    ]
    assert (sizes.name, sizes.at, sizes.every, sizes.times) == ("TAILLE", 36, 2, 4)
    assert places(record) == [("CODE", 1, 5), ("FIN", 44, 1)]


REDEFINED = (
    "01 R.",
    "  05 KIND PIC X.",
    "  05 JOUR PIC 9(6).",
    "  05 JOUR-X REDEFINES JOUR.",
    "     10 AN PIC 99.",
    "     10 MOIS PIC 99.",
    "  05 LONG REDEFINES JOUR PIC X(9).",
    "  05 FIN PIC X.",
)


def test_redefines() -> None:
    """The first description is read, or the one that is named; the longest makes the room."""
    assert places(lay_out(*REDEFINED)) == [("KIND", 1, 1), ("JOUR", 2, 6), ("FIN", 11, 1)]
    chosen = lay_out(*REDEFINED, redefines=("jour-x",))
    assert places(chosen) == [("KIND", 1, 1), ("AN", 2, 2), ("MOIS", 4, 2), ("FIN", 11, 1)]
    assert places(lay_out(*REDEFINED, redefines=("LONG",)))[1] == ("LONG", 2, 9)
    with pytest.raises(ConfigError, match="ABSENT redefines nothing here"):
        lay_out(*REDEFINED, redefines=("ABSENT",))


def test_columns_of_a_card() -> None:
    """Sequence numbers, marks, change tags and what stands behind column 72 are no code."""
    text = (
        "000100* UN COMMENTAIRE.\r\n"
        "000200 01  R.                                                           MAJ12345\r\n"
        "V5        05  A PIC X(3) VALUE 'AB                                      MAJ12345\r\n"
        "      -           'C'.\r\n"
        "      /\r\n"
        "\r\n"
        "       EJECT\r\n"
        "000400    05  B PIC X(2). *> fin\r\n"
    )
    assert places(read_copybook(text, file="a.cbl")) == [("A", 1, 3), ("B", 4, 2)]


def test_free_lines() -> None:
    """A copybook whose levels begin further left is read as free lines."""
    text = f"01 R.\n  05 A{' ' * 80}PIC X(3).\n* comment\n  05 B PIC 9(2)V9.\n"
    record = read_copybook(text, file="a.cpy")
    assert [(one.name, one.width, one.decimals) for one in record.fields] == [("A", 3, 0), ("B", 3, 1)]


def test_a_piece_without_its_01() -> None:
    """A copybook that begins below level 01 describes one record."""
    record = lay_out("  03 A PIC X(2).", "  03 B PIC X(3).")
    assert (record.name, record.length) == ("", 5)


def test_which_record() -> None:
    """With several records one must be named, in any case."""
    lines = ("01 ENTETE.", "  05 A PIC X.", "01 LIGNE.", "  05 B PIC XX.")
    assert places(lay_out(*lines, record="ligne")) == [("B", 1, 2)]
    with pytest.raises(ConfigError, match="2 records: ENTETE, LIGNE"):
        lay_out(*lines)
    with pytest.raises(ConfigError, match="no record PIED; known: ENTETE, LIGNE"):
        lay_out(*lines, record="PIED")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  05 A PIC X OCCURS 1 TO 5 DEPENDING ON N.", "DEPENDING ON has no fixed place"),
        ("  05 A COMP-1.", "USAGE COMP-1 is not supported"),
        ("  05 A PIC N(5).", "N\\(5\\) is no symbol"),
        ("  05 A PIC X(3) COMP-3.", "is no number"),
        ("  05 A PIC S9(4) COMP SYNC.", "SYNCHRONIZED moves"),
        ("  05 A PIC 9(40) COMP-3.", "at most 38"),
        ("  05 A PIC 9(19) COMP.", "at most 18"),
        ("  05 A PIC X OCCURS 0.", "OCCURS 0"),
        ("  05 A PIC X OCCURS 999999.", "up to 100,000"),
        ("  05 A PIC X BIDULE 5.", "BIDULE is no clause"),
        ("  05 A PIC.", "nothing stands behind PIC"),
        ("  05 A.", "neither a picture nor items"),
        ("  05 A PIC X", "has no point at its end"),
        ("  05 A REDEFINES B PIC X.", "does not stand beside it"),
        ("  COPY AUTRE.", "COPY takes another file in"),
        ("  A PIC X.", "begins with its level"),
    ],
)
def test_flaws_are_told_with_their_line(line: str, message: str) -> None:
    """What has no place, or no meaning here, names the file and the line."""
    with pytest.raises(ConfigError, match=f"ARTICLE.cbl:2: .*{message}"):
        lay_out("01 R.", line)


def test_an_item_below_one_with_a_picture() -> None:
    """Only groups hold items."""
    with pytest.raises(ConfigError, match="B stands below A, which has a picture"):
        lay_out("01 R.", "  05 A PIC X.", "    10 B PIC X.")


def test_an_empty_copybook() -> None:
    """A file without entries describes nothing."""
    with pytest.raises(ConfigError, match="it describes none"):
        read_copybook("      * rien\n", file="a.cbl")


def test_the_sales_of_the_sample(samples: Path) -> None:
    """The copybook says of itself that a record has 27 bytes."""
    text = (samples / "fixedwidth-cobol/DTAR020.cbl").read_text()
    record = read_copybook(text, file="DTAR020.cbl")
    assert record.length == 27
    price = record.fields[-1]
    assert (price.name, price.at, price.width) == ("DTAR020-SALE-PRICE", 22, 6)
    assert (price.kind, price.decimals, price.signed) == ("packed", 2, True)
    assert not record.is_text


def test_the_receipts_of_the_sample(samples: Path) -> None:
    """Nine record types redefine each other in a copybook of 350 bytes; each is read by its name."""
    text = (samples / "fixedwidth-cobol/AmsReceipt.cbl").read_text()
    header = read_copybook(text, file="AmsReceipt.cbl")
    assert header.length == 350
    assert header.fields[1].name == "STDR-FH-DESCRIPTION"
    for kind in ("RH", "RD", "RS", "AS", "SO", "SC", "AP", "AR", "FT"):
        record = read_copybook(text, file="AmsReceipt.cbl", redefines=(f"STDR-{kind}",))
        last = record.fields[-1]
        assert record.length == 350
        # Two packed fields of two bytes are commented out in AS.
        assert last.at + last.width - 1 == (346 if kind == "AS" else 350)
        assert kind in last.name
