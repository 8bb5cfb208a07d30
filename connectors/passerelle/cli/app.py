"""The commands of `passerelle`, one line of work each: what they do is in the rooms below."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import __version__
from .alerting import app as alerting_app
from .auditing import app as auditing_app
from .backfilling import app as backfilling_app
from .backup import app as backup_app
from .board import app as board_app
from .choosing import FEED, DespitePeak, Mode, Since, Skus, Until, Verify, run_options
from .deciding import app as deciding_app
from .environment import load_environment
from .logging_setup import set_up as set_up_logging
from .mapping import app as mapping_app
from .orders.commands import app as orders_app
from .owning import app as owning_app
from .peak import app as peak_app
from .reconciling import app as reconciling_app
from .showing import Json, Lang, chosen_language, errors_shown
from .stock import app as stock_app
from .web import app as web_app
from .working import app as working_app

__all__ = ["app"]

app = typer.Typer(
    name="passerelle",
    help="Carries products, prices, stock and orders between an ERP's files and commercetools.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(mapping_app, name="mapping")
app.add_typer(backfilling_app, name="backfill")
app.add_typer(owning_app)
app.add_typer(deciding_app)
app.add_typer(orders_app)
app.add_typer(stock_app)
app.add_typer(reconciling_app)
app.add_typer(board_app)
app.add_typer(web_app)
app.add_typer(alerting_app)
app.add_typer(auditing_app)
app.add_typer(backup_app)
app.add_typer(peak_app, name="peak")
app.add_typer(working_app)

Via = Literal["auto", "http", "import"]
Feed = Annotated[str, typer.Argument(help=FEED)]
Home = Annotated[Path, typer.Option("--home", help="Folder in which everything is kept.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same bytes.")]
Styles = Annotated[int, typer.Option(min=1, help="Styles of the retailer; 400 make about 6,000 SKUs.")]
Stores = Annotated[int, typer.Option(min=0, max=40, help="Stores beside the warehouse.")]

DEMO_HOME = Path(".passerelle") / "demo"


@app.callback()
def _start(
    env: Annotated[
        Path | None, typer.Option("--env", help="Read PASSERELLE_… variables from this file first.")
    ] = None,
) -> None:
    with errors_shown():
        if env is not None:
            load_environment(env)
        set_up_logging()


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@app.command()
def run(
    feed: Feed,
    mode: Mode = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, write nothing.")
    ] = False,
    sku: Skus = None,
    since: Since = None,
    until: Until = None,
    override_guard: Annotated[
        str, typer.Option(metavar="REASON", help="Let the guard pass, for this reason.")
    ] = "",
    despite_peak: DespitePeak = "",
    via: Annotated[
        Via | None, typer.Option(help="Which way new records take; left out, what the mapping says.")
    ] = None,
    verify: Verify = "200",
    parts: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Divide a large plan, so that `passerelle worker` can help."),
    ] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Carry what waits for a feed, and say what happened.

    Exit codes: 0 succeeded, 1 failed, 3 completed with rejects, 4 stopped by the guard.
    """
    from .running import run_feeds  # noqa: PLC0415 - only the commands that run feeds load their parts

    with errors_shown():
        chosen = chosen_language(lang)
        options = run_options(
            mode=mode,
            dry_run=dry_run,
            skus=sku,
            since=since,
            until=until,
            override_guard=override_guard,
            despite_peak=despite_peak,
            via=via,
            verify=verify,
            parts=parts,
        )
        raise typer.Exit(asyncio.run(run_feeds(feed, options, lang=chosen, as_json=as_json)))


@app.command()
def status(
    feed: Annotated[str | None, typer.Argument(help="One feed in detail.")] = None,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Show the last run of every feed, or one feed with its files and what is in quarantine."""
    from .status import show_status  # noqa: PLC0415

    with errors_shown():
        show_status(feed, lang=chosen_language(lang), as_json=as_json)


@app.command()
def probe(
    feed: Annotated[str, typer.Argument(help="A feed whose folders are tried.")],
    make_folder: Annotated[
        bool, typer.Option("--make-folder", help="Also try to make a folder; it stays there, empty.")
    ] = False,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Find out what a partner's server lets us do: list, read, write, rename, remove."""
    from .probing import probe_feed  # noqa: PLC0415

    with errors_shown():
        probe_feed(feed, make_folder=make_folder, lang=chosen_language(lang), as_json=as_json)


@app.command()
def doctor(
    feed: Annotated[str, typer.Argument(help="A feed, a group of feeds, or all.")] = "all",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Tell what the shop's project lacks for the feeds: scopes, languages, channels, types; write nothing.

    Exit codes: 0 nothing is missing, 1 something is.
    """
    from .doctor import examine_project  # noqa: PLC0415

    with errors_shown():
        raise typer.Exit(asyncio.run(examine_project(feed, lang=chosen_language(lang), as_json=as_json)))


@app.command()
def project(
    model: Annotated[
        Path | None, typer.Option(help="The model; else commercetools/model.yaml below the mappings.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it, after showing it.")] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Also change and remove what the model says otherwise.")
    ] = False,
    despite_peak: DespitePeak = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Show field by field what the shop's project lacks of its model (types, channels …); --apply does it.

    Exit codes: 0 succeeded, 1 failed, 3 something of the model points to what is nowhere.
    """
    from .modelling import set_up  # noqa: PLC0415

    with errors_shown():
        work = set_up(
            model,
            apply=apply,
            exact=exact,
            as_json=as_json,
            lang=chosen_language(lang),
            despite_peak=despite_peak,
        )
        raise typer.Exit(asyncio.run(work))


@app.command()
def generate(
    target: Annotated[Path, typer.Argument(help="Folder to write the ERP's files into.")],
    seed: Seed = 1,
    styles: Styles = 400,
    stores: Stores = 40,
    step: Annotated[Literal["full", "delta1", "delta2", "all"], typer.Option(help="Which files.")] = "full",
    trouble: Annotated[
        list[str] | None, typer.Option(help="A trouble to add; may be repeated. `list` names them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the files of an invented fashion house, as its ERP would."""
    from .generating import generate_files  # noqa: PLC0415

    with errors_shown():
        generate_files(
            target,
            seed=seed,
            styles=styles,
            stores=stores,
            step=step,
            troubles=trouble or [],
            as_json=as_json,
        )


@app.command()
def sandbox(
    home: Home = DEMO_HOME,
    seed: Seed = 1,
    styles: Styles = 400,
    stores: Stores = 40,
) -> None:
    """Keep an invented shop and ERP running on this machine, until Ctrl-C; print how to reach them."""
    from .rehearsing import keep_sandbox  # noqa: PLC0415

    with errors_shown():
        keep_sandbox(home, seed=seed, styles=styles, stores=stores)


@app.command()
def demo(
    home: Home = DEMO_HOME,
    seed: Seed = 1,
    styles: Styles = 400,
    stores: Stores = 40,
    lang: Lang = "",
) -> None:
    """Show a retailer's whole loop on real protocols: files in, shop filled, orders out and back."""
    from .demo import play_demo  # noqa: PLC0415

    with errors_shown():
        raise typer.Exit(
            asyncio.run(play_demo(home, seed=seed, styles=styles, stores=stores, lang=chosen_language(lang)))
        )


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the Prefect UI on 127.0.0.1.")] = 4200,
    web_port: Annotated[int, typer.Option(help="Port of the operators' page; 0 serves none.")] = 4280,
    schedules: Annotated[
        bool | None,
        typer.Option("--schedules/--no-schedules", help="Set all schedules going, or pause them."),
    ] = None,
    demo_shop: Annotated[
        bool, typer.Option("--demo", help="Also start the invented shop and ERP, and use them.")
    ] = False,
) -> None:
    """Start the Prefect server and serve all deployments of prefect.yaml on this machine."""
    from .serving import serve  # noqa: PLC0415

    with errors_shown():
        raise typer.Exit(
            serve(
                port=port,
                web_port=web_port or None,
                schedules=schedules,
                demo_home=DEMO_HOME if demo_shop else None,
            )
        )


if __name__ == "__main__":
    sys.exit(app())
