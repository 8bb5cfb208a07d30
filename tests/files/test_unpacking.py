"""Unpacking: members come streamed and whole, bombs and tricks are refused, keys decide what is readable."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import stat
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pysequoia
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from passerelle.errors import ConfigError, FileRefused
from passerelle.files import PgpRules, UnpackLimits, UnpackRules, expiring_keys, unpack, unpacked_streams
from tests.memory import alone, high_water, needs_proc

CONTENT = b"<FICHIER><LIGNE/></FICHIER>" * 400
#: Made with GnuPG for these tests: its password is `sésame`.
LOCKED_KEY = Path(__file__).with_name("locked_key.asc")
OTHER = b"SKU;QTE\r\n000001-012-38;4\r\n"

Unpacking = Callable[..., list[tuple[str, bytes]]]


def unpacked(
    folder: Path, packed: bytes, *layers: str, name: str = "STOCK.xml.gz", **rules: Any
) -> list[tuple[str, bytes]]:
    """Unpack bytes and read every member to its end; nothing is left beside them."""
    path = folder / "packed"
    path.write_bytes(packed)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    settings = UnpackRules(layers, **rules)  # type: ignore[arg-type]  # any words, to see wrong ones refused
    try:
        with unpack(path, settings, name=name, workdir=work) as members:
            return [(member.name, member.open().read()) for member in members]
    finally:
        assert list(work.iterdir()) == []


@pytest.fixture
def unpacking(tmp_path: Path) -> Unpacking:
    """Unpack in a folder of this test."""
    return partial(unpacked, tmp_path)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """Pack a tar."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]  # any mode
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def refused(unpacking: Unpacking, *args: Any, **options: Any) -> str:
    """Give the code of the refusal that must come."""
    with pytest.raises(FileRefused) as caught:
        unpacking(*args, **options)
    assert caught.value.fault.expected
    return caught.value.fault.code


def test_gzip_loses_its_suffix(unpacking: Unpacking) -> None:
    """A gzip gives one member, named like the file without `.gz`."""
    assert unpacking(gzip.compress(CONTENT), "gz") == [("STOCK.xml", CONTENT)]


def test_gzip_of_several_streams_is_one_file(unpacking: Unpacking) -> None:
    """Streams that were joined, as some tools write them, give one content."""
    assert unpacking(gzip.compress(b"a") + gzip.compress(b"b"), "gz") == [("STOCK.xml", b"ab")]


@given(cut=st.integers(1, 60))
def test_a_cut_gzip_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """However many bytes are missing at the end, the content is never taken for whole."""
    folder = tmp_path_factory.mktemp("cut")
    path = folder / "packed"
    path.write_bytes(gzip.compress(CONTENT)[:-cut])
    with (
        pytest.raises(FileRefused) as caught,
        unpack(path, UnpackRules(("gz",)), name="x.gz", workdir=folder) as members,
    ):
        [member.open().read() for member in members]
    assert caught.value.fault.code in ("truncated", "not_packed")


def test_a_cut_gzip_is_refused_when_its_end_was_not_read(tmp_path: Path) -> None:
    """A reader that stops early does not hide that the file is cut."""
    path = tmp_path / "packed"
    content = hashlib.shake_128(b"x").digest(1 << 20)
    path.write_bytes(gzip.compress(content)[:-8])
    with unpack(path, UnpackRules(("gz",)), name="x.gz", workdir=tmp_path) as members:
        assert next(members).open().read(7) == content[:7]
        with pytest.raises(FileRefused, match="end of the packed data"):
            next(members)


def test_a_changed_byte_is_refused(unpacking: Unpacking) -> None:
    """What the checksum contradicts is damaged."""
    packed = bytearray(gzip.compress(CONTENT))
    packed[-8] ^= 1
    assert refused(unpacking, bytes(packed), "gz") == "damaged"


def test_plain_content_where_packed_is_declared(unpacking: Unpacking) -> None:
    """A file that is not packed as declared is refused: the partner changed something."""
    assert refused(unpacking, CONTENT, "gz") == "not_packed"
    assert refused(unpacking, CONTENT, "zip") == "not_packed"
    assert refused(unpacking, b"", "gz") == "not_packed"


def test_nothing_declared_gives_the_file(unpacking: Unpacking) -> None:
    """Without layers, the file is its own member."""
    assert unpacking(CONTENT, name="STOCK.xml") == [("STOCK.xml", CONTENT)]


def test_zip_with_one_file_per_store(unpacking: Unpacking) -> None:
    """Members come in the order of the archive; folders are no members."""
    members = {"stores/": b"", "stores/001.xml": CONTENT, "stores/002.xml": OTHER}
    assert unpacking(zipped(members), "zip") == [("001.xml", CONTENT), ("002.xml", OTHER)]


def test_tar_gz_streams(unpacking: Unpacking) -> None:
    """A tar inside a gzip gives its members in order, with long names."""
    long = f"{'dossier/' * 30}002.xml"
    packed = tarred({"001.xml": CONTENT, long: OTHER})
    assert unpacking(packed, "gz", "tar") == [("001.xml", CONTENT), ("002.xml", OTHER)]


def test_members_that_nobody_reads_are_passed_over(tmp_path: Path) -> None:
    """A member need not be opened, and one that was passed cannot be read later."""
    path = tmp_path / "packed"
    path.write_bytes(tarred({"001.xml": CONTENT, "002.xml": OTHER}))
    rules = UnpackRules(("gz", "tar"))
    with unpack(path, rules, name="x.tgz", workdir=tmp_path) as members:
        assert [(member.name, member.size) for member in members] == [("001.xml", 10800), ("002.xml", 26)]
    with unpack(path, rules, name="x.tgz", workdir=tmp_path) as members:
        first = next(members)
        first.open().read()
        with pytest.raises(LookupError, match="once"):
            first.open()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd", "a/../../passwd"])
@pytest.mark.parametrize(("pack", "layers"), [(zipped, ("zip",)), (tarred, ("gz", "tar"))])
def test_names_are_data(
    tmp_path: Path, name: str, pack: Callable[..., bytes], layers: tuple[Any, ...]
) -> None:
    """A name that climbs is a name: nothing is written under it, and our own form of it stays flat."""
    path = tmp_path / "packed"
    path.write_bytes(pack({name: b"root:x:0:0"}))
    with unpack(path, UnpackRules(layers), name="x", workdir=tmp_path) as members:
        (member,) = members
    assert member.name == "passwd"
    assert member.plain == "passwd"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["packed"]


SMALL = UnpackLimits(total=1 << 20, members=3, ratio=20, free=1 << 16)


def test_a_gzip_bomb_is_refused_after_a_little(unpacking: Unpacking) -> None:
    """Convention 18, gzip: what swells beyond the ratio is refused long before it is read as a whole."""
    assert refused(unpacking, gzip.compress(bytes(900_000)), "gz", limits=SMALL) == "too_large"


def test_a_short_file_of_blanks_is_no_bomb(unpacking: Unpacking) -> None:
    """The ratio counts only beyond what is free."""
    assert unpacking(gzip.compress(bytes(60_000)), "gz", limits=SMALL)[0][1] == bytes(60_000)


def test_a_gzip_in_a_gzip_is_bounded_as_a_whole(unpacking: Unpacking) -> None:
    """Layers do not multiply what may come out: the ratio is that of the file that came."""
    bomb = gzip.compress(gzip.compress(bytes(900_000)))
    assert refused(unpacking, bomb, "gz", "gz", limits=SMALL) == "too_large"


def test_the_total_of_all_members_counts(unpacking: Unpacking) -> None:
    """Many members, each within the limits, are too large together."""
    noise = [hashlib.sha256(bytes([number])).digest() * 14_000 for number in range(3)]
    members = {f"{number}.xml": content for number, content in enumerate(noise)}
    packed = zipped(members, zipfile.ZIP_STORED)
    assert refused(unpacking, packed, "zip", limits=SMALL) == "too_large"


def test_a_stated_size_is_believed_when_it_is_too_large(unpacking: Unpacking) -> None:
    """A member that announces too much is refused unread."""
    packed = zipped({"a.xml": bytes(2 << 20)})
    assert refused(unpacking, packed, "zip", limits=SMALL._replace(ratio=10_000)) == "too_large"


def test_a_member_larger_than_it_states_is_damaged(unpacking: Unpacking) -> None:
    """A zip that lies about a size does not get past its checksum."""
    packed = zipped({"a.xml": CONTENT})
    lied = packed.replace(struct.pack("<L", len(CONTENT)), struct.pack("<L", 100))
    assert lied != packed
    assert refused(unpacking, lied, "zip") in ("damaged", "truncated")


@pytest.mark.parametrize(("pack", "layers"), [(zipped, ("zip",)), (tarred, ("gz", "tar"))])
def test_too_many_members(unpacking: Unpacking, pack: Callable[..., bytes], layers: tuple[str, ...]) -> None:
    """An archive of very many members is refused, folders counted."""
    packed = pack({f"{number}.xml": b"" for number in range(4)})
    assert refused(unpacking, packed, *layers, limits=SMALL) == "too_many_members"


def test_members_that_overlap_are_refused(unpacking: Unpacking) -> None:
    """Directory entries that share the bytes of one member are a bomb's."""
    packed = zipped({"a.xml": CONTENT, "b.xml": CONTENT})
    directory = packed.index(b"PK\x01\x02")
    second = packed.index(b"PK\x01\x02", directory + 4)
    shared = bytearray(packed)
    shared[second + 42 : second + 46] = struct.pack("<L", 0)
    assert refused(unpacking, bytes(shared), "zip") == "damaged"


def test_an_archive_inside_an_archive_is_refused(unpacking: Unpacking) -> None:
    """Only what the feed declares is unpacked; a packed member is told, not fed to a reader."""
    assert refused(unpacking, zipped({"a.zip": zipped({"b.xml": CONTENT})}), "zip") == "nested_archive"


def test_a_password_is_refused(unpacking: Unpacking) -> None:
    """A member with a password is named as such."""
    packed = bytearray(zipped({"a.xml": CONTENT}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    assert refused(unpacking, bytes(packed), "zip") == "unsupported_member"


def test_other_compressions_are_refused(unpacking: Unpacking) -> None:
    """LZMA and its like, whose memory the sender chooses, are not unpacked."""
    assert refused(unpacking, zipped({"a.xml": CONTENT}, zipfile.ZIP_LZMA), "zip") == "unsupported_member"


def test_links_are_refused(unpacking: Unpacking) -> None:
    """A symbolic link is no file, in a zip and in a tar."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        link = zipfile.ZipInfo("a.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(unpacking, target.getvalue(), "zip") == "unsupported_member"
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        info = tarfile.TarInfo("a.xml")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    assert refused(unpacking, target.getvalue(), "tar") == "unsupported_member"


@pytest.mark.parametrize("left", [400, 512 + 10800 - 40, 11776])
def test_a_cut_tar_is_refused(unpacking: Unpacking, left: int) -> None:
    """A tar without its end is cut, even between two members."""
    packed = tarred({"001.xml": CONTENT, "002.xml": OTHER}, "w")
    assert refused(unpacking, packed[:left], "tar") in ("truncated", "damaged")


def test_headers_cannot_fill_the_memory(unpacking: Unpacking) -> None:
    """A tar header that states megabytes of attributes is refused while it is read."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("a.xml")
        info.pax_headers = {"comment": "x" * (3 << 20)}
        tar.addfile(info)
    assert refused(unpacking, target.getvalue(), "tar") == "damaged"


def test_a_cut_zip_is_refused(unpacking: Unpacking) -> None:
    """A zip without its directory is refused as damaged."""
    assert refused(unpacking, zipped({"a.xml": CONTENT})[:-30], "zip") == "damaged"


def growth_by_unpacking(path: str) -> list[int]:
    """Unpack a file to its end: the bytes that came out, and those by which the process grew."""
    before, total = high_water(), 0
    with unpack(Path(path), UnpackRules(("gz",)), name="x.gz", workdir=Path(path).parent) as members:
        for member in members:
            with member.open() as stream:
                while piece := stream.read(1 << 16):
                    total += len(piece)
    return [total, high_water() - before]


@needs_proc
def test_memory_stays_flat(tmp_path: Path) -> None:
    """A member is unpacked while it is read: a hundred megabytes pass through a few."""
    path = tmp_path / "packed"
    block = hashlib.sha256(b"x").digest() * 4096
    with gzip.open(path, "wb", compresslevel=1) as target:
        for _ in range(800):
            target.write(block)
    total, growth = alone(growth_by_unpacking, str(path))
    assert total == 800 * len(block)
    assert growth < 30_000_000


# Manifests -------------------------------------------------------------------------------------------


def manifest(members: dict[str, bytes], algorithm: str = "md5") -> bytes:
    """List checksums as md5sum and sha256sum write them."""
    lines = [f"{hashlib.new(algorithm, content).hexdigest()}  {name}" for name, content in members.items()]
    return "\r\n".join([*lines, ""]).encode()


MEMBERS = {"001.xml": CONTENT, "002.xml": OTHER}


@pytest.mark.parametrize(("pack", "layers"), [(zipped, ("zip",)), (tarred, ("gz", "tar"))])
@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
@pytest.mark.parametrize("first", [True, False])
def test_a_manifest_is_compared(
    unpacking: Unpacking, pack: Callable[..., bytes], layers: tuple[str, ...], algorithm: str, *, first: bool
) -> None:
    """Wherever the manifest stands, its checksums hold for the members, and it is none itself."""
    listed = {f"ENVOI.{algorithm}": manifest(MEMBERS, algorithm)}
    members = listed | MEMBERS if first else MEMBERS | listed
    assert dict(
        unpacking(pack(members), *layers, manifest="*.md5" if algorithm == "md5" else "*.sha256")
    ) == (MEMBERS)


@pytest.mark.parametrize(
    ("members", "listed", "code"),
    [
        (MEMBERS | {"002.xml": OTHER + b"\n"}, MEMBERS, "checksum_mismatch"),
        ({"001.xml": CONTENT}, MEMBERS, "missing_member"),
        (MEMBERS | {"003.xml": b""}, MEMBERS, "unlisted_member"),
        (MEMBERS | {"autre/001.xml": CONTENT}, MEMBERS, "duplicate_member"),
    ],
)
def test_what_the_manifest_contradicts_is_refused(
    unpacking: Unpacking, members: dict[str, bytes], listed: dict[str, bytes], code: str
) -> None:
    """Changed, missing, surplus and doubled members refuse the file."""
    packed = zipped(members | {"ENVOI.md5": manifest(listed)})
    assert refused(unpacking, packed, "zip", manifest="*.md5") == code


def test_a_manifest_that_is_missing_or_none(unpacking: Unpacking) -> None:
    """Without the manifest that the feed declares nothing is taken; one that lists paths is refused."""
    assert refused(unpacking, zipped(MEMBERS), "zip", manifest="*.md5") == "manifest_missing"
    ill = zipped(MEMBERS | {"x.md5": manifest({"../001.xml": CONTENT})})
    assert refused(unpacking, ill, "zip", manifest="*.md5") == "manifest_unreadable"


def test_the_manifest_judges_what_nobody_read(tmp_path: Path) -> None:
    """A member that is passed over is compared all the same."""
    path = tmp_path / "packed"
    path.write_bytes(zipped(MEMBERS | {"002.xml": b"changed", "x.md5": manifest(MEMBERS)}))
    with (
        pytest.raises(FileRefused, match=r"002\.xml"),
        unpack(path, UnpackRules(("zip",), manifest="*.md5"), name="x", workdir=tmp_path) as members,
    ):
        list(members)


# PGP -------------------------------------------------------------------------------------------------


class Keys:
    """Our key, the partner's, and a stranger's."""

    ours = pysequoia.Tsk.generate("Boutique <boutique@example.org>")
    theirs = pysequoia.Tsk.generate("Fournisseur <fournisseur@example.org>")
    stranger = pysequoia.Tsk.generate("Inconnu <inconnu@example.org>")


def rules_for(folder: Path, *, signed: bool = False) -> PgpRules:
    """Write the keys down as a partner's settings name them."""
    secret = folder / "ours.asc"
    secret.write_text(str(Keys.ours))
    signer = folder / "theirs.asc"
    signer.write_text(str(Keys.theirs.extract_certificate()))
    return PgpRules(secret, signers=(signer,) if signed else ())


def encrypted(content: bytes, *, signer: pysequoia.Tsk | None = None, armor: bool = True) -> bytes:
    """Encrypt for us."""
    recipients = [Keys.ours.extract_certificate()]
    return pysequoia.encrypt(content, recipients, None if signer is None else signer.signer(), armor=armor)


@pytest.mark.parametrize("armor", [True, False])
def test_pgp_round_trip(unpacking: Unpacking, tmp_path: Path, *, armor: bool) -> None:
    """What is encrypted for us is read, in both forms, and the plain copy is gone afterwards."""
    packed = encrypted(CONTENT, armor=armor)
    assert unpacking(packed, "pgp", name="STOCK.xml.pgp", pgp=rules_for(tmp_path)) == [("STOCK.xml", CONTENT)]


def test_pgp_around_zip_and_gzip(unpacking: Unpacking, tmp_path: Path) -> None:
    """Layers are taken off from the outside in."""
    pgp = rules_for(tmp_path)
    assert unpacking(encrypted(zipped(MEMBERS)), "pgp", "zip", pgp=pgp) == list(MEMBERS.items())
    assert unpacking(encrypted(gzip.compress(OTHER)), "pgp", "gz", name="A.csv.gz.gpg", pgp=pgp) == [
        ("A.csv", OTHER)
    ]


def test_a_key_from_the_settings() -> None:
    """A key may come as text; nothing of it stands in what is printed of the rules."""
    pgp = PgpRules(SecretStr(str(Keys.ours)), SecretStr("sésame"))
    assert "BEGIN" not in repr(pgp)
    assert "sésame" not in repr(pgp)


def test_a_key_with_a_password(unpacking: Unpacking) -> None:
    """A locked key opens with its password alone; the text of neither stands in the message."""
    text = LOCKED_KEY.read_text()
    recipient = pysequoia.Tsk.from_bytes(text.encode()).extract_certificate()
    packed = pysequoia.encrypt(OTHER, [recipient])
    locked = PgpRules(SecretStr(text), SecretStr("sésame"))
    assert unpacking(packed, "pgp", pgp=locked)[0][1] == OTHER
    for password in (None, SecretStr("mot de passe")):
        with pytest.raises(ConfigError, match="does not open") as caught:
            unpacking(packed, "pgp", pgp=locked._replace(password=password))
        assert "mot de passe" not in str(caught.value)


def test_signatures(unpacking: Unpacking, tmp_path: Path) -> None:
    """With signers declared, only a good signature of one of them opens the file."""
    pgp = rules_for(tmp_path, signed=True)
    assert unpacking(encrypted(OTHER, signer=Keys.theirs), "pgp", pgp=pgp)[0][1] == OTHER
    assert refused(unpacking, encrypted(OTHER), "pgp", pgp=pgp) == "bad_signature"
    assert refused(unpacking, encrypted(OTHER, signer=Keys.stranger), "pgp", pgp=pgp) == "bad_signature"


def test_pgp_for_someone_else(unpacking: Unpacking, tmp_path: Path) -> None:
    """A file for another key says so; plain and damaged ones are told apart."""
    pgp = rules_for(tmp_path)
    wrong = pysequoia.encrypt(OTHER, [Keys.stranger.extract_certificate()])
    assert refused(unpacking, wrong, "pgp", pgp=pgp) == "not_for_us"
    assert refused(unpacking, OTHER, "pgp", pgp=pgp) == "not_packed"
    assert refused(unpacking, b"", "pgp", pgp=pgp) == "not_packed"
    assert refused(unpacking, encrypted(CONTENT, armor=False)[:-50], "pgp", pgp=pgp) == "damaged"


def refused_for_what_it_hides(folder: str) -> str:
    """Unpack a message that holds little and becomes much: the code of its refusal."""
    packed, pgp = encrypted(bytes(3 << 20)), rules_for(Path(folder))
    return refused(partial(unpacked, Path(folder)), packed, "pgp", pgp=pgp, limits=SMALL)


def test_what_a_message_hides_is_bounded(tmp_path: Path) -> None:
    """An encrypted file that would become larger than the limit is stopped while it is written."""
    # The limit is that of a whole process: in one of its own, no other thread writes a large file meanwhile.
    assert alone(refused_for_what_it_hides, str(tmp_path)) == "too_large"


def test_wrong_keys_are_a_matter_of_settings(unpacking: Unpacking, tmp_path: Path) -> None:
    """A key that is missing or none is no fault of the file, and its text is never repeated."""
    with pytest.raises(ConfigError, match="cannot be read"):
        unpacking(encrypted(OTHER), "pgp", pgp=PgpRules(tmp_path / "absent.asc"))
    with pytest.raises(ConfigError) as caught:
        unpacking(encrypted(OTHER), "pgp", pgp=PgpRules(SecretStr("sésame, ouvre-toi")))
    assert "sésame" not in str(caught.value)
    with pytest.raises(ConfigError, match="name no PGP key"):
        unpacking(OTHER, "pgp")


def test_the_extra_is_named_when_it_is_missing(
    unpacking: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pysequoia the message says what to install."""
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    with pytest.raises(ConfigError, match=r"passerelle\[pgp\]"):
        unpacking(b"-", "pgp", pgp=PgpRules(tmp_path / "ours.asc"))


def test_keys_that_expire_are_told(tmp_path: Path) -> None:
    """A key is told thirty days before its end, and after it; one without end never."""
    now = dt.datetime.now(dt.UTC)
    theirs = Keys.theirs.extract_certificate()
    ending = theirs.set_expiration(now + dt.timedelta(days=20), Keys.theirs.certifier())
    rules = rules_for(tmp_path)._replace(signers=(str(ending),))
    (soon,) = expiring_keys(rules, now)
    assert f"expires on {now + dt.timedelta(days=20):%Y-%m-%d}" in soon
    assert list(expiring_keys(rules, now - dt.timedelta(days=20))) == []
    (late,) = expiring_keys(rules, now + dt.timedelta(days=21))
    assert "expired on" in late


@pytest.mark.parametrize("layers", [("zip", "gz"), ("tar", "pgp")])
def test_layers_that_cannot_be(layers: tuple[Any, ...]) -> None:
    """An archive is the innermost layer: its members are the files."""
    with pytest.raises(ConfigError, match="last layer"):
        UnpackRules(layers)


def test_a_disk_error_is_not_the_files_fault() -> None:
    """An error of our own disk is not told as a damaged file."""
    with pytest.raises(OSError, match="No space"), unpacked_streams.reading_packed("x"):
        raise OSError(28, "No space left on device")


def test_every_error_of_the_decompressors_is_translated() -> None:
    """The errors of zlib reach nobody as they are."""
    with pytest.raises(FileRefused), unpacked_streams.reading_packed("x"):
        zlib.decompress(b"no")
