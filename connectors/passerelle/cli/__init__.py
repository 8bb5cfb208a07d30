"""How does a person ask? `passerelle …`: parse, call, print."""

__all__ = ["main"]


def main() -> None:
    """Run the command line; the commands are loaded when they are needed."""
    from .app import app  # noqa: PLC0415 - a library import of passerelle.cli must not load typer and rich

    app()
