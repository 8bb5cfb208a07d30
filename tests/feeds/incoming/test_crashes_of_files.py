"""A process that dies while files are claimed, unpacked, answered and put away: the next run mends it."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path

import pytest
from pydantic import SecretStr

from passerelle.feeds import Workspace
from passerelle.files import SftpConfig, SftpFolder
from passerelle.retailer import SftpServer
from passerelle.testing import Crash
from tests.sync.desk import line

from ..house import House, stock_xml
from .crashing import ACTS, Death
from .partner import NIGHT, later, partner
from .test_conventions_of_answers import FUNCTIONAL, STATUS_LINES, TECHNICAL, answered
from .test_several_files import ARTICLES, house_of
from .test_several_files import stock as joined_stock

pytestmark = pytest.mark.slow

Prepare = Callable[[Path], House]

#: A run has more moments than this, or the instruments do not work.
MOMENTS = 25
#: The folder of a day in our archive.
_DAY = re.compile(r"/\d{4}/\d{2}/\d{2}/")


def stock(*skus: str, quantity: int = 1) -> bytes:
    """A whole file that speaks of these SKUs."""
    return stock_xml([line(sku, quantity) for sku in skus], sequence=1, mode="C")


def lay(house: House, name: str, content: bytes | str = b"") -> None:
    """The partner puts just this file."""
    (house.inbox / name).write_bytes(content.encode() if isinstance(content, str) else content)


# What waits in the folder when the first run begins --------------------------------------------------


def with_answers(home: Path) -> House:
    """A file with a reject and one that is cut short; receipts, status lines and rejects are wanted."""
    words = (
        "acknowledge: {technical: recu, functional: lignes, at_most: 1}\n"
        "return_rejects: {folder: in/rejets, marker: .ok}\n"
    )
    house = answered(home, words, TECHNICAL, FUNCTIONAL, STATUS_LINES)
    house.put("STOCK_00001.xml", stock_xml([line(sku, "beaucoup") for sku in "BC"], sequence=1, mode="C"))
    house.put("STOCK_00002.xml", b"<FICHIER><ENTETE>")
    return house


def with_batch(home: Path, more: str = "") -> House:
    """Two files of one set, with a marker that lists them."""
    house = partner(
        home,
        'folder: out\npattern: "STOCK_{*}.xml"\nmode: delta\n'
        f'ready: {{batch: "FIN_{{date:AAAAMMJJ}}.ok"}}\n{more}',
    )
    names = ("STOCK_FR.xml", "STOCK_BE.xml")
    for number, name in enumerate(names):
        lay(house, name, stock("A", f"X{number}", quantity=number + 1))
    lay(house, "FIN_20261121.ok", "".join(f"{name};2\n" for name in names))
    return house


def with_claimed_batch(home: Path) -> House:
    """The same set, each file claimed by a rename."""
    return with_batch(home, "claim: rename\n")


def with_checksums(home: Path, more: str = "claim: rename\n") -> House:
    """Packed files with their checksums beside them, claimed by a rename."""
    house = partner(
        home,
        'folder: out\npattern: "STOCK_{*}.xml.gz"\nmode: delta\nunpack: gz\n'
        f"ready: {{checksum: .sha256}}\n{more}",
    )
    for name, skus in (("STOCK_1.xml.gz", "AB"), ("STOCK_2.xml.gz", "BC")):
        content = gzip.compress(stock(*skus), mtime=0)
        lay(house, name, content)
        lay(house, f"{name}.sha256", f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    return house


def with_archives(home: Path) -> House:
    """A zip of several documents with a manifest inside, and a marker."""
    house = partner(
        home,
        'folder: out\npattern: "STOCK_{*}.zip"\nmode: full\nready: {marker: .ok}\n'
        'unpack: {as: zip, members: "*.xml", manifest: "*.sha256"}\n',
    )
    documents = {f"{one}.xml": stock("A", one) for one in "PQ"}
    sums = [f"{hashlib.sha256(text).hexdigest()}  {name}" for name, text in documents.items()]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in documents.items():
            packed.writestr(name, text)
        packed.writestr("sums.sha256", "\n".join(sums))
    house.put("STOCK_1.zip", target.getvalue())
    return house


def with_pieces(home: Path, more: str = "") -> House:
    """A file in three pieces, each with its marker."""
    house = partner(
        home,
        'folder: out\npattern: "STOCK_{sequence}_{part}of{parts}.xml"\nmode: full\n'
        f"ready: {{marker: .ok}}\n{more}",
    )
    whole = stock("A", "B", "C")
    for part, (begin, end) in enumerate(((0, 80), (80, 200), (200, len(whole))), 1):
        house.put(f"STOCK_1_{part}of3.xml", whole[begin:end])
    return house


def with_claimed_pieces(home: Path) -> House:
    """The same pieces, claimed by a rename."""
    return with_pieces(home, "claim: rename\n")


def with_companions(home: Path) -> House:
    """A main file, one that comes with it alone, and a table that stays for all."""
    home.mkdir()
    house = house_of(home)
    house.now = NIGHT
    house.put("ART_00001.xml", ARTICLES)
    house.put("STOCK_00001.xml", joined_stock(("10", "3"), ("11", "4")))
    return house


SCENES = [
    with_answers,
    with_batch,
    with_claimed_batch,
    with_checksums,
    with_archives,
    with_pieces,
    with_claimed_pieces,
    with_companions,
]


def twin(house: House, home: Path) -> House:
    """The same house at another place; it lays its answers out with the same feeds."""
    made = house.twin(home)
    made.now = house.now
    mappings = house.workspace.settings.mappings
    made.workspace = Workspace(made.workspace.settings.model_copy(update={"mappings": mappings}))
    return made


class Onlooker:
    """A partner who looks all the time: what is there under its name is whole and stays as it is."""

    def __init__(self, house: House) -> None:
        self.folder = house.erp / "in"
        self.seen: dict[str, bytes] = {}

    def look(self) -> None:
        """Look at every answer that is not under a temporary name."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path.suffix != ".tmp":
                name = path.relative_to(self.folder).as_posix()
                assert self.seen.setdefault(name, path.read_bytes()) == path.read_bytes(), name
        for name in self.seen:
            assert not name.endswith(".ok") or any(
                other.startswith(name.removesuffix("ok")) and other != name for other in self.seen
            ), f"{name} came before its file"


async def die(house: House, at: int | None, patch: pytest.MonkeyPatch, eye: Onlooker) -> Death:
    """Run once and die at that moment."""
    death = Death(at, eye.look)
    with death.upon(patch), patch.context() as broken:
        broken.setattr(house.shelf, "apply", death.acting_later(house.shelf.apply))
        try:
            await house.run()
        except Crash:
            assert death.dead
    return death


def originals(house: House) -> dict[str, bytes]:
    """Every original that the ledger says is archived, read from the archive, by name."""
    archive, found = house.workspace.archive, {}
    with house.ledger() as ledger:
        for record in ledger.files.last(house.mapping.feed, 100):
            kept = archive.find(record.feed, record.sha256)
            assert kept is not None, record.name
            with archive.open(kept) as stream:
                found[record.name] = stream.read()
            assert hashlib.sha256(found[record.name]).hexdigest() == record.sha256
    return found


def ours(house: House) -> list[str]:
    """What we keep: originals with their index, answers that wait, notes of what is being put away.

    Whichever day it is: two houses may have one midnight between them.
    """
    kept = house.workspace.home
    found = [path for room in ("archive", "answers") for path in (kept / room).rglob("*") if path.is_file()]
    found += kept.glob("looks/*.departing.json")
    names = (path.relative_to(kept).as_posix() for path in found if path.suffix != ".part")
    return sorted({_DAY.sub("/day/", name) for name in names})


@pytest.mark.parametrize("scene", SCENES)
async def test_a_crash_at_any_moment_leaves_nothing_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: Prepare
) -> None:
    """Whenever it dies: nothing is lost or applied twice, every file is put away, every answer goes once."""
    begun = scene(tmp_path / "begun")
    calm = twin(begun, tmp_path / "calm")
    eye = Onlooker(calm)
    await die(calm, None, monkeypatch, eye)
    expected, answers, kept = calm.state(), eye.seen, originals(calm)
    assert expected["shop"] or answers
    for at in count(1):
        house = twin(begun, tmp_path / f"{at}")
        eye = Onlooker(house)
        death = await die(house, at, monkeypatch, eye)
        later(house, minutes=5)
        await die(house, None, monkeypatch, eye)
        assert house.state() == expected, f"moment {at}"
        assert (eye.seen, originals(house), ours(house)) == (answers, kept, ours(calm)), f"moment {at}"
        shutil.rmtree(house.home)
        if not death.dead:
            assert at > MOMENTS
            break


async def test_a_collector_that_dies_leaves_every_file_to_one_collector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two collectors share a folder, nothing else: one dies, the other goes on, each file is taken once."""
    words = 'folder: out\npattern: "STOCK_{*}.xml"\nmode: delta\nready: {marker: .ok}\nclaim: rename\n'
    for at in count(1):
        dying = partner(tmp_path / f"{at}", words)
        for sku in "AB":
            dying.put(f"STOCK_{sku}.xml", stock(sku))
        other = House(tmp_path / f"other-{at}", mapping=dying.mapping)
        other.workspace = Workspace(other.workspace.settings.model_copy(update={"folder": dying.erp}))
        other.now, other.shelf = dying.now, dying.shelf
        death = await die(dying, at, monkeypatch, Onlooker(dying))
        await other.run()
        await dying.run()
        assert dying.folders() == {"archive": ["STOCK_A.ok", "STOCK_A.xml", "STOCK_B.ok", "STOCK_B.xml"]}, (
            f"moment {at}"
        )
        assert set(dying.shelf.versions().values()) == {1}, f"moment {at}"
        taken = sorted([*dying.memory()["files"], *other.memory()["files"]])
        assert taken == [("STOCK_A.xml", "applied"), ("STOCK_B.xml", "applied")], f"moment {at}"
        if not death.dead:
            assert at > MOMENTS
            break


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    """A partner's SFTP server, a process of its own."""
    with SftpServer(tmp_path_factory.mktemp("sftp") / "root", start_timeout=120) as running:
        yield running


async def test_a_crash_on_a_real_server_leaves_nothing_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, erp: SftpServer
) -> None:
    """The same over SFTP: claimed, unpacked, checked, answered and put away, whenever the process dies."""
    begun = with_checksums(tmp_path / "begun", "claim: rename\nacknowledge: {technical: recu}\n")
    (tmp_path / "begun/feeds/recu.yaml").write_text(TECHNICAL, encoding="utf-8")
    (begun.erp / "in/acks").mkdir(parents=True)
    config = SftpConfig(
        host=erp.host,
        port=erp.port,
        username=erp.user,
        password=SecretStr(erp.password),
        host_keys=(erp.host_key,),
    )
    monkeypatch.setitem(ACTS, SftpFolder, ("rename", "remove", "write", "make_folder"))
    states: list[tuple[object, ...]] = []
    for at in chain([None], count(1)):
        house = begun.twin(tmp_path / f"{at}")
        house.now = begun.now
        shutil.copytree(house.erp, erp.root / f"{at}")
        house.erp = erp.root / f"{at}"
        house.inbox = house.erp / "out"
        changed = {"folder": None, "sftp": config, "sftp_root": f"{at}", "mappings": tmp_path / "begun/feeds"}
        house.workspace = Workspace(house.workspace.settings.model_copy(update=changed))
        eye = Onlooker(house)
        death = await die(house, at, monkeypatch, eye)
        await die(house, None, monkeypatch, eye)
        states.append((house.state(), eye.seen, originals(house), ours(house)))
        assert states[-1] == states[0], f"moment {at}"
        if at is not None and not death.dead:
            assert at > MOMENTS
            break
