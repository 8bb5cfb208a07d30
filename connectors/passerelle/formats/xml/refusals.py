"""Why an XML file is refused: the parser's errors in the words of the night shift."""

from __future__ import annotations

from typing import Any

from ...errors import Fault, FileRefused, Position

__all__ = ["Refusals", "path_of"]

# libxml2's own numbers (xmlerror.h).
_DOCUMENT_END = 5
_INVALID_CHAR = 9
_TAG_NOT_FINISHED = 77
_INVALID_ENCODING = 81
_NO_REFERENCE = (23, 68)

_ADVICE = {
    _INVALID_CHAR: "Characters below U+0020 are not XML: ask the sender to drop them, or say"
    " illegal_characters: remove (or blank) below xml",
    **dict.fromkeys(
        _NO_REFERENCE,
        "In XML an & is written &amp;: ask the sender to do so, or say bare_ampersands: escape below xml",
    ),
}


class Refusals:
    """Makes the refusals of one file; `count` is how many of its records were read."""

    def __init__(self, file: str, root: str) -> None:
        self.file = file
        self.root = root
        self.count = 0

    def because(
        self, code: str, received: str | None, expected: str, advice: str = "", *, line: int | None = None
    ) -> FileRefused:
        """Refuse with a code; the position holds the last good record."""
        position = Position(self.file, self.count or None, line or None)
        return FileRefused(Fault(code, position, received, expected, advice))

    def empty(self) -> FileRefused:
        """There is nothing in it."""
        return self.because(
            "empty_file", None, f"an XML file with the root <{self.root}>", "Ask for the file again"
        )

    def malformed(self, text: str, line: int | None, advice: str = "") -> FileRefused:
        """It is no XML."""
        return self.because("malformed", text, "well-formed XML", advice, line=line)

    def wrong_namespace(self, text: str, line: int | None) -> FileRefused:
        """A prefix is not declared, or its address is none; the parser tells it some records later."""
        advice = "Ask the sender to declare each prefix with its address (xmlns:…)"
        position = Position(self.file, line=line)
        return FileRefused(Fault("malformed", position, text, "XML with declared namespaces", advice))

    def missing(self, what: str, path: list[str]) -> FileRefused:
        """It has no header, or no trailer."""
        advice = "Its controls cannot be checked: ask for the file again"
        return self.because(f"{what}_missing", None, f"an element {path_of(path)}", advice)

    def doctype(self, doctype: str) -> FileRefused:
        """It has a DTD."""
        advice = (
            "DTDs and entities are never read: ask the sender to leave them out, or say doctype: ignore below"
            " xml for one that only names a DTD"
        )
        return self.because("dtd_forbidden", doctype, "XML without DOCTYPE", advice, line=1)

    def declarations(self, doctype: str) -> FileRefused:
        """Its DOCTYPE declares something, where only the name of a DTD is let pass."""
        advice = "Declarations and entities are never read: ask the sender to leave out what stands in [ ]"
        return self.because("dtd_forbidden", doctype, "a DOCTYPE without declarations", advice, line=1)

    def wrong_root(self, name: str, line: int | None) -> FileRefused:
        """It is another kind of file."""
        advice = "This is another kind of file: check the folder and the pattern of the feed"
        return self.because("wrong_root", f"<{name}>", f"<{self.root}>", advice, line=line)

    def no_record(self, silent: int, path: list[str]) -> FileRefused:
        """It goes on and on without one."""
        advice = "Check the record path of the feed against the file"
        return self.because("no_record", f"{silent} bytes without one", f"an element {path_of(path)}", advice)

    def parser_error(self, error: Any, *, charset: str, cut_short: bool, at_end: bool) -> FileRefused:
        """Say what libxml2 found; `cut_short` when the bytes do not end as a whole file does."""
        # Any: lxml's stubs do not know the fields of its errors.
        code, line, text = error.code, error.lineno, error.msg
        if code == _DOCUMENT_END and not at_end:
            advice = "Two files may have been joined, or an end mark was added: ask for the file again"
            return self.because(
                "content_after_root", text, f"nothing after </{self.root}>", advice, line=line
            )
        if code == _INVALID_ENCODING:
            advice = "Ask the sender which charset the bytes are in, and declare it"
            return self.because("wrong_charset", text, f"bytes in {charset}", advice, line=line)
        if at_end and (code == _TAG_NOT_FINISHED or cut_short):
            advice = "The file is cut short: ask for it again; nothing of it was taken"
            expected = f"the end of the file with </{self.root}>"
            return self.because("truncated", text, expected, advice, line=line)
        return self.malformed(text, line, _ADVICE.get(code, ""))


def path_of(names: list[str]) -> str:
    """Write the names from the root as a path."""
    return "/" + "/".join(names)
