"""The command line: ``tallysheet run``, and what one does with a batch afterwards."""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from tallysheet.cli._change import retry_command
from tallysheet.cli._check import check_command
from tallysheet.cli._config import config_app, schema_command
from tallysheet.cli._doctor import doctor_command
from tallysheet.cli._eval import eval_command
from tallysheet.cli._exit import ExitCode
from tallysheet.cli._explain import explain_command
from tallysheet.cli._export import export_command
from tallysheet.cli._look import show_command
from tallysheet.cli._race import race_command
from tallysheet.cli._run import run_command
from tallysheet.cli._simulate import simulate_command
from tallysheet.cli._speak import emit_error
from tallysheet.cli._status import status_command
from tallysheet.cli._verdict import approve_command, reject_command

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
app.command("explain")(explain_command)
app.command("export")(export_command)
app.command("approve")(approve_command)
app.command("reject")(reject_command)
app.command("retry")(retry_command)
app.command("eval")(eval_command)
app.command("check")(check_command)
app.command("doctor")(doctor_command)
app.command("race")(race_command)
app.command("simulate")(simulate_command)
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
    """Run the command line, and end the process with its exit code."""
    code = _run()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not by the usual way: the threads of the object store library may abort a process that
    # takes its interpreter down under them.
    os._exit(code)


def _run() -> int:
    try:
        return int(app(prog_name="tallysheet", standalone_mode=False) or 0)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ExitCode.FAILED)
    except Exception as error:
        if type(error).__name__ == "Abort":
            return int(ExitCode.INTERRUPTED)
        if not hasattr(error, "format_message"):
            raise
        if "--json" in sys.argv:
            emit_error(ExitCode.USAGE, "UsageError", error.format_message(), "See --help.")
        # typer has these errors from click, of its own or from outside by version: told by form.
        error.show()  # type: ignore[attr-defined]
        return int(ExitCode.USAGE)
