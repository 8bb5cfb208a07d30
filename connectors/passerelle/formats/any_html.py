"""HTML as it comes: the parser of the standard library, for texts that nobody checked."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["AnyHtml"]

_CDATA = "<![cdata["


class AnyHtml(HTMLParser):
    """Parses any text: what is no markup is data, a marked section (`<![…`) holds nothing to show."""

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002  # the library's
        """Pass over `<![if …]>` or `<![CDATA[…]]>`; the library raises AssertionError at others."""
        is_cdata = self.rawdata[i : i + len(_CDATA)].lower() == _CDATA
        end = "]]>" if is_cdata else ">"
        found = self.rawdata.find(end, i)
        if found < 0:
            return -1
        if report:
            self.unknown_decl(self.rawdata[i + 3 : found])
        return found + len(end)
