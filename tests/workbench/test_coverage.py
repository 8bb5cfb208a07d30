"""Coverage: what of the files is never read, what of the mapping is never needed."""

from __future__ import annotations

from passerelle.workbench.coverage import coverage
from tests.workbench.workplace import STOCK, Workplace, row


def test_names_that_are_never_read(workplace: Workplace) -> None:
    """Each with its count, how often it holds a text, and an example; header and trailer too."""
    path = workplace.stock(row("a", COLOUR=""), row("b", COLOUR="blue"), row("c"))
    covered = coverage(workplace.mapping(), [path])
    unread = [
        (use.part, use.path, use.count, use.filled, use.example) for use in covered.paths if not use.read
    ]
    assert unread == [("header", "WHEN", 1, 1, "20261101"), ("record", "COLOUR", 2, 1, "blue")]
    assert {use.path for use in covered.paths if use.read} == {"SKU", "PLACE", "QTY", "COUNT"}


def test_names_that_the_mapping_reads_and_no_file_has(workplace: Workplace) -> None:
    """A name that was misspelt reads nothing, and no flaw says so: this list does."""
    covered = coverage(
        workplace.mapping(STOCK.replace("from: DAYS", "from: DAYZ")), [workplace.stock(row("a"))]
    )
    assert covered.missing == ("DAYZ", "DUE")


def test_codes_without_a_row_and_rows_without_a_code(workplace: Workplace) -> None:
    """Counted over all files; a code is looked up without the blanks around it."""
    first = workplace.stock(row("a", place=" 012 "), row("b", place="99"), name="SHELF_20261101.xml")
    second = workplace.stock(row("c", place="99"), row("d", place="98"), name="SHELF_20261102.xml")
    covered = coverage(workplace.mapping(), [first, second])
    (codes,) = covered.codes
    assert (codes.to, codes.table, codes.rows, codes.hit) == ("supply_channel", "colours", 3, 1)
    assert codes.unknown == {"99": 2, "98": 1}
    assert codes.unused == ("013", "014")
    assert (covered.records, covered.rejected) == (4, 3)
    assert covered.codes_share == 1 / 3


def test_sentinels_and_defaults_count_when_they_are_needed(workplace: Workplace) -> None:
    """`none` for a date that means none, `default` for an absent or an empty text."""
    text = STOCK.replace("to: sku, from: SKU, via: trim", "to: sku, from: SKU, via: [trim, {default: none}]")
    path = workplace.stock(
        row("a", DUE="00000000"),
        row("b", DUE="20261201"),
        row("c", DUE="00000000"),
        "<PLACE>012</PLACE><QTY>1</QTY>",
    )
    rules = {(rule.to, rule.rule): rule.hits for rule in coverage(workplace.mapping(text), [path]).rules}
    assert rules == {
        ("sku", "default: none"): 1,
        ("expected_delivery", "date: AAAAMMJJ, zone: Europe/Paris, none: [00000000]"): 2,
    }


def test_fields_that_never_come_to_a_value(workplace: Workplace) -> None:
    """Left out in every record, or at fault in every record."""
    path = workplace.stock(row("a", qty="x"), row("b", qty="y"))
    fields = {field.to: field for field in coverage(workplace.mapping(), [path]).fields}
    assert (fields["quantity"].filled, fields["quantity"].faulty) == (0, 2)
    assert (fields["restockable_in_days"].filled, fields["restockable_in_days"].absent) == (0, 2)
    assert fields["sku"].filled == 2


def test_codes_of_a_list_count_each_time(workplace: Workplace) -> None:
    """A field of several texts looks each of them up; a condition counts when it holds."""
    text = """\
        feed: lists
        entity: product
        files: {folder: in, pattern: "L_{sequence}.xml", ready: {stable_for: 30s}}
        format: {xml: {charset: UTF-8, record: /F/R}}
        key: CODE
        codes: {groups: {values: {A: cat-a, B: cat-b, C: cat-c}}}
        fields:
          - {to: key, from: CODE, via: {key: p-}}
          - {to: categories, each: G, via: {code: groups}}
          - {to: tax_category, value: low, when: {path: CODE, is: x2}}
        """
    path = workplace.write(
        "L_1.xml",
        "<F><R><CODE>x1</CODE><G>A</G><G>B</G></R><R><CODE>x2</CODE><G>A</G><G>Z</G></R></F>",
    )
    covered = coverage(workplace.mapping(text, "lists.yaml"), [path])
    (codes,) = covered.codes
    assert (codes.hit, codes.unused, codes.unknown) == (2, ("C",), {"Z": 1})
    assert [(rule.to, rule.rule, rule.hits) for rule in covered.rules] == [
        ("tax_category", "when: {path: CODE, is: x2}", 1)
    ]
