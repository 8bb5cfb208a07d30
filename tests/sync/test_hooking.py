"""Hooks, whatever they say: what was decided once is what every later look goes by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import ConfigError
from passerelle.mapping import Mapping, load_incoming
from passerelle.records import Category
from passerelle.sync import RunReport
from passerelle.sync.drift import look_for_drift
from passerelle.sync.fingerprints import is_what_was_said, strong_fingerprint
from passerelle.testing import Shelf

from .desk import Desk, counted, open_ledger
from .hooked import Package, feed_text, installed

#: Wants something else each time that it is asked, and says all that a hook can say.
HARSH = """
name = record.name["en"]
if name.startswith("leave") or (live is not None and live.name["en"].startswith("stay")):
    return None
if name.startswith("bad"):
    raise ValueError("no")
return named(record, name + "/" + ("" if live is None else live.name["en"]))
"""


class Mute(Shelf[Category]):
    """A shelf that cannot say what it holds."""

    record_of = None  # type: ignore[assignment]  # as a sink that lacks it


def shop(kind: type[Shelf[Category]] = Shelf) -> Shelf[Category]:
    """A shop of categories, without a tree."""
    return kind(Category, key=lambda record: record.key, entity="category")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """A package of hooks."""
    with installed(tmp_path_factory.mktemp("hooks") / "site") as package:
        yield package


def mapping_with(package: Package, body: str, hooks: str = "") -> Mapping:
    """The feed whose one hook says this."""
    package.says(body)
    path = package.file.parents[1] / "category.yaml"
    path.write_text(feed_text(hooks) if hooks else feed_text(), encoding="utf-8")
    return load_incoming(path)


def lines(names: dict[str, str]) -> list[dict[str, str]]:
    """The rows of a file."""
    return [{"KEY": key, "TEXT": text, "PARENT": ""} for key, text in names.items()]


NAMES = st.text("ab", min_size=1, max_size=3).map(lambda text: f"n{text}")
WORDS = st.one_of(NAMES, NAMES, st.sampled_from(["leave", "bad", "stay"]))
FILES = st.lists(
    st.dictionaries(st.sampled_from(["K1", "K2", "K3"]), WORDS, min_size=1), min_size=1, max_size=4
)
EDITS = st.dictionaries(st.sampled_from(["k-K1", "k-K2", "k-K3"]), NAMES, max_size=1)


@settings(max_examples=15, deadline=None)
@given(files=FILES, edits=EDITS, careful=st.booleans())
async def test_a_second_run_plans_nothing(
    house: Package, files: list[dict[str, str]], edits: dict[str, str], *, careful: bool
) -> None:
    """Known by its raw values or compared with the shop once more, also where somebody edited the shop."""
    mapping = mapping_with(house, HARSH)
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        desk = Desk(ledger, mapping, shop())
        for names in files:
            await _carried(desk, names, careful=careful)
        for key, name in edits.items():
            if key in desk.shelf.contents():
                desk.shelf.put(Category(key=key, name={"en": name}))
        # What was wanted is set right, what was left alone is asked about: the shop is another one now.
        await desk.carry(lines(files[-1]), batch=2, recheck=True)
        await _carried(desk, files[-1], careful=True, edited=bool(edits))


async def _carried(desk: Desk, names: dict[str, str], *, careful: bool, edited: bool = False) -> None:
    report = await desk.carry(lines(names), batch=2)
    assert counted(report) == report.received
    shown = desk.shelf.versions()
    again = await desk.carry(lines(names), batch=2, recheck=careful)
    assert (again.planned, again.created, again.updated, desk.shelf.versions()) == (0, 0, 0, shown)
    looked = await look_for_drift(desk.job, RunReport(feed="category", entity="category", run_id="x"))
    found = {row.key for row in looked.rows}
    # What nobody speaks of (nor a word that is refused) stays as somebody edited it, and is told.
    spoken = {key for key, name in names.items() if name != "bad"}
    assert not found & spoken if edited else not found


async def test_a_target_that_does_not_read_back_shows_a_hook_nothing(tmp_path: Path, house: Package) -> None:
    """A hook that is to see what is live is refused before anything is asked; one before a create is not."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        desk = Desk(ledger, mapping_with(house, HARSH), shop(Mute))
        with pytest.raises(ConfigError, match="which hook asked is to see"):
            await desk.carry(lines({"K1": "na"}))
        desk = Desk(ledger, mapping_with(house, HARSH, "{before_create: asked}"), shop(Mute))
        assert (await desk.carry(lines({"K1": "na"}))).created == 1
        assert desk.shelf.contents()["k-K1"]["name"] == {"en": "na/"}


async def test_one_reading_of_the_shop_where_a_hook_wants_nothing_else(
    tmp_path: Path, house: Package
) -> None:
    """A batch is read once more only when something else is wanted of it."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        desk = Desk(ledger, mapping_with(house, "return record"), shop())
        await desk.carry(lines({"K1": "na", "K2": "nb"}), verify_sample=0)
        assert desk.shelf.reads == 1
        desk.mapping = mapping_with(house, HARSH)
        desk.shelf.reads = 0
        await desk.carry(lines({"K3": "na", "K4": "nb"}), verify_sample=0)
        assert desk.shelf.reads == 2


async def test_a_guard_sees_what_hooks_refuse(tmp_path: Path, house: Package) -> None:
    """A hook that refuses everything is seen by the share of rejects, as a bad file is."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        desk = Desk(ledger, mapping_with(house, HARSH), shop())
        planner, _ = await desk.plan(lines({"K1": "bad", "K2": "bad", "K3": "na"}))
        assert (planner.seen.rejected, planner.seen.received, planner.planned) == (2, 3, 1)


def test_a_fingerprint_says_of_which_words_it_is() -> None:
    """Whatever version of hooks stands behind it."""
    plain, hooked = strong_fingerprint(b"{}"), strong_fingerprint(b"{}", b"8 bytes!")
    assert plain != hooked
    assert is_what_was_said(b"{}", plain)
    assert is_what_was_said(b"{}", hooked)
    assert not is_what_was_said(b"[]", hooked)
    assert not is_what_was_said(b"{}", None)
