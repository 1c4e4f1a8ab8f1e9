"""`tallysheet config show` and `tallysheet schema`."""

import json
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import typer
from rich.table import Table

from tallysheet.cli._speak import AsJson, emit, plain, reporting, stdout
from tallysheet.model import Invoice
from tallysheet.settings import load

MASK = "********"

config_app = typer.Typer(no_args_is_help=True, help="See the settings and where they come from.")


@config_app.command("show")
def config_show_command(as_json: AsJson = False) -> None:
    """Print each setting, its value, and the place that decided it.

    A flag beats TALLYSHEET_* in the environment, which beats tallysheet.toml or
    [tool.tallysheet] in pyproject.toml, which beats the user's file.

    Examples:

      tallysheet config show

      TALLYSHEET_CONCURRENCY=8 tallysheet config show --json
    """
    with reporting(as_json=as_json):
        loaded = load()
        values = loaded.settings.model_dump(mode="json")
        shown = {key: _masked(key, value) for key, value in values.items()}
        if as_json:
            rows = {k: {"value": v, "from": loaded.origins[k]} for k, v in shown.items()}
            emit(rows)
            return
        table = Table(box=None, pad_edge=False)
        for heading in ("setting", "value", "from"):
            table.add_column(heading, overflow="fold")
        for key, value in shown.items():
            text = "–" if value is None else json.dumps(value, ensure_ascii=False)
            table.add_row(plain(key), plain(text), plain(loaded.origins[key], "dim"))
        stdout().print(table)


def _masked(key: str, value: Any) -> Any:
    """A command may hold a password, and so may an address before its ``@``."""
    if value is None:
        return None
    if key in ("api_key_command", "pdf_passwords_command"):
        return MASK
    if key == "base_url":
        parts = urlsplit(value)
        if parts.username or parts.password:
            host = parts.netloc.rpartition("@")[2]
            return urlunsplit(parts._replace(netloc=f"{MASK}@{host}"))
    return value


def schema_command(as_json: AsJson = False) -> None:
    """Print the JSON Schema of the canonical invoice.

    Examples:

      tallysheet schema > invoice.schema.json
    """
    schema = Invoice.model_json_schema(mode="serialization")
    typer.echo(json.dumps(schema, indent=None if as_json else 2, ensure_ascii=False))
