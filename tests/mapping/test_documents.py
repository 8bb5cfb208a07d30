"""Several feeds in one file: each a document, named by `FILE#feed`, its flaws in their own lines."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from passerelle.errors import ConfigError
from passerelle.mapping import Mapping, load_feed, load_feeds, load_incoming, load_mapping
from passerelle.mapping.documents import addresses, feeds_of

BASE = """\
entity: stock
files: {folder: "out-${zone}", pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: "${charset}", record: /F/R}}
key: SKU
fields:
  - {to: sku, from: SKU, via: trim}
  - {to: quantity, from: QTE, via: {decimal: "1 234,5"}, as: integer}
"""
TWO = """\
# Two countries, one charset.
with: {charset: ISO-8859-2, zone: XX}
---
extends: base.yaml
feed: stock-pl
with: {zone: PL}
---
extends: base.yaml
feed: stock-si
with: {zone: SI, charset: UTF-8}
fields:
  - {to: supply_channel, value: si}
"""


def written(folder: Path, **files: str) -> Path:
    """Write mappings; gives the folder."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return folder


def facts(mapping: object) -> tuple[str, str, str, list[str]]:
    """Say of a mapping what the two documents say otherwise."""
    assert isinstance(mapping, Mapping)
    spec = mapping.spec
    return mapping.feed, spec.files.folder, spec.format.charset, list(mapping.fields)


PL = ("stock-pl", "out-PL", "ISO-8859-2", ["sku", "quantity"])
SECOND = "base.yaml\nfeed: stock-si"
SI = ("stock-si", "out-SI", "UTF-8", ["sku", "quantity", "supply_channel"])


def test_each_document_is_a_feed(tmp_path: Path) -> None:
    """Each extends its own base; what the first document says under `with` holds for all, their own first."""
    folder = written(tmp_path, base=BASE, two=TWO)
    feeds = load_feeds(folder)
    assert [facts(feed) for feed in feeds.values()] == [PL, SI]
    assert [feed.file for feed in feeds.values()] == [
        str(tmp_path / "two.yaml#stock-pl"),
        str(tmp_path / "two.yaml#stock-si"),
    ]
    for name, wanted in (("stock-pl", PL), ("stock-si", SI)):
        assert facts(load_incoming(tmp_path / f"two.yaml#{name}")) == wanted
        assert facts(load_feed(folder, name)) == wanted
    assert load_feed(folder, "stock-xx") is None


def test_which_of_several_is_asked(tmp_path: Path) -> None:
    """A path alone does not say which; the error names all, and one to begin with."""
    written(tmp_path, base=BASE, two=TWO)
    path = tmp_path / "two.yaml"
    with pytest.raises(ConfigError) as caught:
        load_mapping(path)
    assert str(caught.value).startswith(f"{path} holds several feeds: {path}#stock-pl, {path}#stock-si")
    assert f"such as {path}#stock-pl" in str(caught.value)
    with pytest.raises(ConfigError, match=r"there is no feed 'stock-pp'; did you mean 'stock-pl'\?"):
        load_mapping(tmp_path / "two.yaml#stock-pp")


def test_the_only_feed_of_a_file_has_two_names(tmp_path: Path) -> None:
    """The file's own, and with its feed; texts above one document are just its texts."""
    folder = written(
        tmp_path, base=BASE, one="with: {zone: FR, charset: UTF-8}\n---\nextends: base.yaml\nfeed: fr\n"
    )
    for path in (folder / "one.yaml", folder / "one.yaml#fr"):
        assert facts(load_mapping(path))[:3] == ("fr", "out-FR", "UTF-8")
    assert addresses(folder / "one.yaml") == [folder / "one.yaml"]
    assert list(load_feeds(folder)) == ["fr"]


def test_a_document_may_be_extended(tmp_path: Path) -> None:
    """From another file by `FILE#feed`, its texts with it; in the same file by `#feed`.

    What a file says for all its feeds is as if each said it: nearer than what a base says.
    """
    folder = written(
        tmp_path,
        base=BASE,
        two=TWO + '---\nextends: "#stock-si"\nfeed: stock-hr\nwith: {zone: HR}\n',
        other="extends: two.yaml#stock-si\nfeed: stock-at\nwith: {zone: AT}\n",
    )
    feeds = load_feeds(folder)
    assert facts(feeds["stock-hr"]) == ("stock-hr", "out-HR", "ISO-8859-2", SI[3])
    assert facts(feeds["stock-at"]) == ("stock-at", "out-AT", "UTF-8", SI[3])


def test_the_name_may_be_made_of_the_texts(tmp_path: Path) -> None:
    """`feed: stock-${zone}` is called by what it becomes."""
    folder = written(tmp_path, base=BASE, two=TWO.replace("stock-pl", "'stock-${zone}'"))
    assert facts(load_mapping(folder / "two.yaml#stock-PL"))[0] == "stock-PL"
    assert set(load_feeds(folder)) == {"stock-PL", "stock-si"}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (TWO.replace("feed: stock-si\n", ""), (8, 1), "each of several documents says its feed"),
        (TWO.replace("stock-si", "stock-pl"), (9, 7), "stands twice in this file, first in line 5"),
        (TWO.replace("to: supply_channel", "to: suply_channel"), (12, 10), "mean 'supply_channel'?"),
        (TWO.replace("charset: ISO-8859-2", "charset: 8859"), (2, 17), "put it in quotes"),
        (TWO.replace(SECOND, "two.yaml\nfeed: stock-si"), (8, 10), "several feeds, say which"),
        (TWO.replace(SECOND, "'#stock-si'\nfeed: stock-si"), (8, 10), "extends itself"),
        (TWO.replace(SECOND, "'#stock-pp'\nfeed: stock-si"), (8, 10), "no feed 'stock-pp'"),
        (TWO.replace(SECOND, "bose.yaml\nfeed: stock-si"), (8, 10), "mean 'base.yaml'?"),
        (TWO + "---\n- a list\n", (14, 1), "a mapping file holds `name: value` lines"),
        (TWO + "---\nfeed: [\n", (15, 1), "is not YAML"),
        (TWO + "---\nfeed: a\nfeed: b\n", (15, 1), "'feed' stands twice, first in line 14"),
        ("with: {zone: PL}\n---\n" + TWO, (4, 1), "only the first may hold nothing but `with`"),
    ],
)  # fmt: skip
def test_every_flaw_stands_in_its_own_document(
    tmp_path: Path, text: str, place: tuple[int, int], words: str
) -> None:
    """Line and column of the file, also below the first `---`."""
    folder = written(tmp_path, base=BASE, two=text)
    with pytest.raises(ConfigError) as caught:
        load_feeds(folder)
    found = [flaw for flaw in caught.value.data["flaws"] if words in flaw.message]
    assert [(flaw.place.file, flaw.place.line, flaw.place.column) for flaw in found] == [
        (str(tmp_path / "two.yaml"), *place)
    ]


def test_documents_that_extend_each_other_in_a_ring_are_told(tmp_path: Path) -> None:
    """Through another file as well."""
    folder = written(
        tmp_path,
        a="extends: b.yaml#b\nfeed: a\n---\nextends: base.yaml\nfeed: c\nwith: {zone: X, charset: UTF-8}\n",
        b="extends: a.yaml#a\nfeed: b\n---\nextends: a.yaml#c\nfeed: d\n",
        base=BASE,
    )
    with pytest.raises(ConfigError) as caught:
        load_feeds(folder)
    assert {flaw.message for flaw in caught.value.data["flaws"]} == {
        "b.yaml#b extends itself",
        "a.yaml#a extends itself",
    }


def test_what_others_extend_without_being_a_feed_is_none(tmp_path: Path) -> None:
    """A base without a name is loaded with each that extends it; one that nobody extends is told."""
    folder = written(tmp_path, base=BASE, two=TWO)
    files = [folder / "base.yaml", folder / "two.yaml"]
    assert feeds_of(files) == [folder / "two.yaml#stock-pl", folder / "two.yaml#stock-si"]
    written(tmp_path, alone=BASE)
    with pytest.raises(ConfigError, match=r"alone\.yaml:1:1: feed is missing"):
        load_feeds(folder)


def test_one_name_in_two_files_is_told(tmp_path: Path) -> None:
    """Also when one of them holds several."""
    alone = "extends: base.yaml\nfeed: stock-pl\nwith: {zone: PL, charset: UTF-8}\n"
    folder = written(tmp_path, base=BASE, two=TWO, three=alone)
    with pytest.raises(ConfigError, match=r"feed 'stock-pl' is already in .*three\.yaml"):
        load_feeds(folder)
    assert load_feed(folder, "stock-pl") is None


def test_a_name_with_a_mark_that_is_a_file_is_that_file(tmp_path: Path) -> None:
    """Whoever names a file `a#b.yaml` gets it."""
    folder = written(tmp_path, base=BASE)
    odd = (
        written(folder, **{"a#b": "extends: base.yaml\nfeed: odd\nwith: {zone: X, charset: UTF-8}\n"})
        / "a#b.yaml"
    )
    assert load_mapping(odd).feed == "odd"


def test_the_version_is_that_of_a_feed_in_its_own_file(tmp_path: Path) -> None:
    """A feed that moves into a file with others has mapped what it had mapped."""
    folder = written(
        tmp_path,
        base=BASE,
        two=TWO,
        alone="extends: base.yaml\nfeed: stock-pl\nwith: {zone: PL, charset: ISO-8859-2}\n",
    )
    versions = {
        load_incoming(folder / name).version
        for name in ("alone.yaml", "two.yaml#stock-pl", "two.yaml#stock-si")
    }
    assert load_incoming(folder / "alone.yaml").version == load_incoming(folder / "two.yaml#stock-pl").version
    assert len(versions) == 2
