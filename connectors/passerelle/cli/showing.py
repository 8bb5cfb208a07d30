"""Errors as people see them, and the options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..errors import PasserelleError
from .words import Language, language

__all__ = ["Json", "Lang", "chosen_language", "errors_shown"]

Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON, for machines.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of reports: en or fr.", show_default=False)]


class errors_shown:  # noqa: N801 - reads as a phrase: with errors_shown()
    """Turn our own errors into one line for people and exit code 1; anything else is a bug and stays loud."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Print what was wrong and what to do."""
        if isinstance(error, PasserelleError):
            # Escaped: a path such as DECLINAISON[1] or an extra in brackets is no markup.
            Console(stderr=True).print(
                f"[bold red]✗[/] {escape(str(error))}", highlight=False, soft_wrap=True
            )
            raise typer.Exit(1) from error


def chosen_language(asked: str) -> Language:
    """Choose the language of reports; an empty text asks for none."""
    return language(asked or None)
