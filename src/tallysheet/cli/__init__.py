"""The command line: ``tallysheet run``, and what one does with a batch afterwards."""

from importlib.metadata import version
from typing import Annotated

import typer

from tallysheet.cli._change import retry_command
from tallysheet.cli._config import config_app, schema_command
from tallysheet.cli._doctor import doctor_command
from tallysheet.cli._exit import ExitCode
from tallysheet.cli._export import export_command
from tallysheet.cli._look import show_command, status_command
from tallysheet.cli._run import run_command

__all__ = ["ExitCode", "app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run_command)
app.command("status")(status_command)
app.command("show")(show_command)
app.command("export")(export_command)
app.command("retry")(retry_command)
app.command("doctor")(doctor_command)
app.command("schema")(schema_command)
app.add_typer(config_app, name="config")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tallysheet {version('tallysheet')}")
        raise typer.Exit


@app.callback()
def _tallysheet(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Turn batches of invoices into checked data.

    Begin with: tallysheet run FOLDER. It needs no key, no server and no cloud.

    Exit codes: 0 done, 1 some documents failed, 2 usage, 3 needs review (with
    --fail-on-review), 4 nothing to do (with --fail-if-empty), 5 outage: run again,
    6 configuration, 7 manifest damaged, 130 and 143 stopped by a signal.
    """


def main() -> None:
    """Run the command line."""
    app(prog_name="tallysheet")
