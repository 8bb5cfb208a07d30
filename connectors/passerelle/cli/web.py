"""`passerelle web`: the page that operators look at, on this machine."""

from __future__ import annotations

import importlib.util
from typing import Annotated

import typer

from ..errors import ConfigError
from .showing import errors_shown

__all__ = ["app"]

app = typer.Typer()
_NEEDED = ("starlette", "uvicorn", "jinja2")


@app.command()
def web(
    port: Annotated[int, typer.Option(help="Its port; 0 takes any that is free.")] = 4280,
    host: Annotated[
        str, typer.Option(help="Its address; another than 127.0.0.1 needs tokens (PASSERELLE_WEB_TOKENS).")
    ] = "127.0.0.1",
) -> None:
    """Serve the page of the board, feeds, runs, plans and the landscape, until Ctrl-C."""
    with errors_shown():
        missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise ConfigError(
                f"The page needs {', '.join(missing)}",
                advice="Install it with: pip install 'passerelle[web]'",
            )
        from ..web.serving import serve_web  # noqa: PLC0415 - the extra is there, as just seen

        serve_web(port, host=host, started=lambda address: typer.echo(f"Open {address}, stop with Ctrl-C."))
