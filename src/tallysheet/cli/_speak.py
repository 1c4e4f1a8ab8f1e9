"""How commands speak: data to stdout, everything else to stderr, errors with their fix.

Names and texts out of documents are strangers' input. What a terminal would
obey instead of show is replaced before it is printed.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from tallysheet.cli._exit import ExitCode, code_for
from tallysheet.errors import TallysheetError

AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON, for programs.")]
DocumentArgument = Annotated[
    str,
    typer.Argument(metavar="DOCUMENT", help="A document: its name in the batch, or its path."),
]
BatchOption = Annotated[
    str | None,
    typer.Option(
        "--batch", "-b", metavar="BATCH", help="The batch: its source, or where its manifest is."
    ),
]

MOST_SHOWN = 10
"""Rows of a list that a summary shows before it says how many more there are."""


def stderr() -> Console:
    """The console for people; plain where it is not a terminal."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def stdout() -> Console:
    """The console for what a command was asked for."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def clean(text: str) -> str:
    """*text* without anything that a terminal would obey or hide."""
    return "".join(c if c.isprintable() else "�" for c in text)


def plain(text: str, style: str = "") -> Text:
    """*text* as it stands: no markup in it is obeyed."""
    return Text(clean(text), style=style)


def say(text: str, style: str = "") -> None:
    """One message to people."""
    stderr().print(plain(text, style))


def emit(value: Any) -> None:
    """One JSON value to stdout, on a line of its own."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if any("\ud800" <= char <= "\udfff" for char in text):  # a file name that is no UTF-8
        text = json.dumps(value, separators=(",", ":"))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def emit_error(code: ExitCode, kind: str, message: str, fix: str) -> None:
    """An error as JSON, for programs."""
    emit({"error": {"code": int(code), "kind": kind, "message": message, "fix": fix}})


@contextmanager
def reporting(*, as_json: bool) -> Iterator[None]:
    """Turn an error into a message, its fix, and an exit code; with --json, into JSON as well."""
    try:
        yield
    except TallysheetError as error:
        code = code_for(error)
        if as_json:
            emit_error(code, type(error).__name__, error.message, error.fix)
        console = stderr()
        console.print(plain(f"tallysheet: {error.message}", "bold red"))
        if error.fix:
            console.print(plain(error.fix))
        raise typer.Exit(code) from None
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.DONE) from None
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
