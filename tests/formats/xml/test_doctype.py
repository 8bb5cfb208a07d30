"""A DOCTYPE that only names a DTD may be passed over; whatever declares something refuses the file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import FileRefused
from passerelle.formats import Row, XmlReader
from passerelle.formats.xml.doctype import is_bare_doctype
from passerelle.formats.xml.tree import XmlTreeReader

ROWS = "<A><B><C>1</C></B><B><C>x &amp; y</C></B></A>"


def read(content: str | bytes, *, bare_doctype: bool = True) -> list[Row]:
    """Read a file whose feed says `doctype: ignore`."""
    raw = content if isinstance(content, bytes) else content.encode()
    return list(XmlReader(BytesIO(raw), file="a.xml", record="/A/B", bare_doctype=bare_doctype).rows())


def refusal(content: str | bytes) -> FileRefused:
    """Give the refusal that must come."""
    with pytest.raises(FileRefused) as caught:
        read(content)
    return caught.value


BARE = [
    "<!DOCTYPE A>",
    '<!DOCTYPE A SYSTEM "http://127.0.0.1:9/a.dtd">',
    "<!DOCTYPE A SYSTEM 'file:///etc/passwd' >",
    '<!DOCTYPE A PUBLIC "-//example//A 1.0//EN" "a.dtd">',
    '<?xml version="1.0"?><!-- a ] > [ --><?pi [?>\n<!DOCTYPE\n A\tSYSTEM\n"a.dtd"\n>\n<!-- [ -->',
]


@pytest.mark.parametrize("doctype", BARE)
def test_a_bare_doctype_is_passed_over(doctype: str) -> None:
    """The rows are those of the file without it; a feed that does not say so refuses it as before."""
    assert [row.values for row in read(doctype + ROWS)] == [row.values for row in read(ROWS)]
    with pytest.raises(FileRefused) as caught:
        read(doctype + ROWS, bare_doctype=False)
    assert caught.value.fault.code == "dtd_forbidden"
    assert "doctype: ignore" in caught.value.fault.advice


DECLARING = [
    "<!DOCTYPE A []>",
    '<!DOCTYPE A [<!ENTITY e "x">]>',
    '<!DOCTYPE A SYSTEM "a.dtd" [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE A [<!ATTLIST B C CDATA "default">]>',
    '<!DOCTYPE A [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
    "<!DOCTYPE A [<!NOTATION n SYSTEM 'n'>]>",
    "<!DOCTYPE A [<!-- nothing -->]>",
    '<!DOCTYPE A PUBLIC "-//example//A" "a[1].dtd" [ ]>',
]


@pytest.mark.parametrize("doctype", DECLARING)
def test_declarations_refuse_the_file(doctype: str) -> None:
    """Entities, default attributes, notations, even nothing between the brackets."""
    fault = refusal(doctype + ROWS).fault
    assert (fault.code, fault.expected) == ("dtd_forbidden", "a DOCTYPE without declarations")
    assert "[ ]" in fault.advice


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_in_any_charset(charset: str) -> None:
    """The brackets are found whatever the bytes are."""
    prolog = f'<?xml version="1.0" encoding="{charset.removesuffix("-sig")}"?>'
    bare = f'{prolog}<!DOCTYPE A SYSTEM "a.dtd">{ROWS}'.encode(charset)
    assert len(read(bare)) == 2
    declaring = f'{prolog}<!DOCTYPE A SYSTEM "a.dtd" [<!ENTITY e "x">]>{ROWS}'.encode(charset)
    assert refusal(declaring).fault.code == "dtd_forbidden"


@pytest.mark.parametrize("doctype", BARE[:4])
@pytest.mark.parametrize("where", ["<C>a&e;b</C>", '<C d="a&e;b"/>'])
def test_an_entity_of_the_dtd_is_never_lost(doctype: str, where: str) -> None:
    """The DTD might declare it, and nobody reads the DTD: the file is refused, its text is not cut."""
    fault = refusal(f"{doctype}<A><B><C>1</C></B><B>{where}</B></A>").fault
    assert fault.code == "malformed"
    assert "e" in (fault.received or "")


class _Asked(BaseHTTPRequestHandler):
    """Notes that somebody asked for a DTD."""

    asked = 0

    def do_GET(self) -> None:
        """Count."""
        type(self).asked += 1
        self.send_error(404)


@pytest.fixture
def server() -> Iterator[str]:
    """A server of DTDs that nobody should ask."""
    running = HTTPServer(("127.0.0.1", 0), _Asked)
    thread = Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/a.dtd"
    running.shutdown()
    thread.join()
    running.server_close()


def test_the_dtd_is_never_fetched(server: str, tmp_path: Path) -> None:
    """Neither from the web nor from a file beside it, even one that would declare an entity."""
    (tmp_path / "a.dtd").write_text('<!ENTITY e "from the file">', "utf-8")
    for address in (server, (tmp_path / "a.dtd").as_uri()):
        assert len(read(f'<!DOCTYPE A SYSTEM "{address}">{ROWS}')) == 2
        assert refusal(f'<!DOCTYPE A SYSTEM "{address}"><A><B><C>&e;</C></B></A>').fault.code == "malformed"
    assert _Asked.asked == 0


def test_records_inside_records_too() -> None:
    """The reader of trees has the same rule."""

    def rows(doctype: str) -> int:
        content = f"{doctype}<A><B/></A>".encode()
        return len(
            list(XmlTreeReader(BytesIO(content), file="a.xml", record="/A//B", bare_doctype=True).rows())
        )

    assert rows('<!DOCTYPE A SYSTEM "a.dtd">') == 1
    with pytest.raises(FileRefused):
        rows('<!DOCTYPE A [<!ENTITY e "x">]>')


@given(st.text("<>!?-[]\"' \n%&;", max_size=40))
def test_nothing_with_a_bracket_is_bare(text: str) -> None:
    """Whatever stands before the `>` of a DOCTYPE: with a `[` outside of a comment it is not bare."""
    assert not is_bare_doctype(f'<!DOCTYPE A SYSTEM "a"[{text}]><A/>')


def test_a_long_start_costs_one_walk() -> None:
    """Blanks and comments without an end are not tried again and again."""
    begin = time.thread_time()
    for start in (
        " " * 500_000,
        "<!--" + "- " * 250_000,
        "<!DOCTYPE A" + " " * 500_000 + "x",
        "<?" * 250_000,
    ):
        assert not is_bare_doctype(start)
    assert time.thread_time() - begin < 5
