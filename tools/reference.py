"""Write docs/reference.md from the code: `make docs`. A test holds the two together.

What is public is said once, where it is: in the help texts, the enums, the
settings, the state table and the docstrings.
"""

import inspect
import os
import sys
from pathlib import Path
from typing import get_args

os.environ |= {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1"}

from typer.testing import CliRunner

from tallysheet import errors
from tallysheet.cli import ExitCode, app
from tallysheet.cli._explain import as_json_of
from tallysheet.export._rows import line
from tallysheet.manifest import Damage, Mended, Orphan, diagram
from tallysheet.model import Provenance, Record, Result, Status
from tallysheet.pipeline import Checked, Event, Plan, Planned, Repaired
from tallysheet.settings import ENVIRONMENT, Settings, load
from tallysheet.validate import __doc__ as checks

PLACE = Path(__file__).parent.parent / "docs" / "reference.md"
COMMANDS = (
    *(
        "run",
        "status",
        "show",
        "explain",
        "export",
        "approve",
        "reject",
        "retry",
        "eval",
        "check",
        "doctor",
        "race",
        "simulate",
        "schema",
    ),
    "config show",
)


def reference() -> str:
    """The whole page."""
    parts = (
        "# Reference",
        "Everything here is a promise: it changes only with a line in CHANGELOG.md."
        " This page is made from the code by `make docs`.",
        *_commands(),
        "## Exit codes",
        _table("code", "meaning", ((str(int(code)), _said(ExitCode, code)) for code in ExitCode)),
        "## Settings",
        inspect.cleandoc(load.__globals__["__doc__"]),
        _settings(),
        "## Statuses",
        _table("status", "meaning", ((s.value, _said(Status, s)) for s in Status)),
        f"```mermaid\n{diagram()}\n```",
        "## One exported line",
        "`tallysheet export` writes one JSON object a document; `tallysheet schema` prints the"
        " schema of its `invoice`.",
        f"```\n{_body(line)}\n```",
        "## Events",
        "`tallysheet run --json` prints one JSON object a line: `event` is the name in small"
        " letters, the rest are its fields. `tallysheet.run` yields the same as objects.",
        *(_fields(kind) for kind in get_args(Event)),
        "## A plan",
        "`tallysheet run --dry-run --json` prints one JSON object, a `Plan`; `tallysheet.plan`"
        " returns it. Each of its `examined` is a `Planned`.",
        *(_fields(kind) for kind in (Plan, Planned)),
        "## What check tells",
        "`tallysheet check --json` prints one JSON object: `sound`, which is true where nothing is"
        " wrong, and the fields of `Checked`.",
        *(_fields(kind) for kind in (Checked, Damage, Orphan, Repaired, Mended)),
        "## The manifest",
        "`manifest.json` holds `format`, `rev`, `nonce`, `parent`, `writers`, `workers`, `counts`,"
        " `segments`, and `records`: for each document what stands below, defaults left out.",
        _fields(Record),
        "## Results",
        "`results/<sha-256 of the object>.json`, immutable; what is absent is left out.",
        _table("field", "meaning", _model_rows(Result)),
        "Its `provenance`:",
        _table("field", "meaning", _model_rows(Provenance)),
        "## What explain tells",
        "`tallysheet explain DOCUMENT --json` prints one JSON object.",
        f"```\n{_body(as_json_of)}\n```",
        "## Findings",
        inspect.cleandoc(checks or "")
        .replace("====\n\n", "====\n")
        .replace("\n\n===", "\n\n```\n===")
        + "\n```",
        "## Errors",
        inspect.cleandoc(errors.__doc__ or "")
        .replace("::\n\n", "```\n")
        .replace("\n\nEvery error", "\n```\n\nEvery error"),
    )
    return "\n\n".join(parts) + "\n"


def _commands() -> list[str]:
    runner = CliRunner()
    parts = ["## Commands"]
    for command in COMMANDS:
        text = runner.invoke(app, [*command.split(), "--help"], prog_name="tallysheet").output
        parts.append(f"### tallysheet {command}\n\n```\n{text.rstrip()}\n```")
    return parts


def _settings() -> str:
    rows = (
        (f"`{name}`", f"`{field.default!r}`", str(field.description))
        for name, field in Settings.model_fields.items()
    )
    body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    note = f"In the environment: `{ENVIRONMENT}` and the name in capitals."
    return f"| setting | default | meaning |\n|---|---|---|\n{body}\n\n{note}"


def _model_rows(model: type) -> list[tuple[str, str]]:
    fields = model.model_fields
    return [(f"`{name}`", field.description or "") for name, field in fields.items()]


def _fields(kind: type) -> str:
    """A frozen dataclass: its docstring, and the sentence below each field."""
    said = _sentences(inspect.getsource(kind))
    rows = [(f"`{name}`", said.get(name, "")) for name in kind.__dataclass_fields__]
    head = f"### {kind.__name__}\n\n{inspect.cleandoc(kind.__doc__ or '')}"
    return f"{head}\n\n{_table('field', 'meaning', rows)}"


def _said(kind: type, member: object) -> str:
    return _sentences(inspect.getsource(kind)).get(member.name, "")


def _sentences(source: str) -> dict[str, str]:
    """The string that stands below each name of a class body."""
    lines = [row.strip() for row in source.splitlines()]
    said = {}
    for at, row in enumerate(lines[1:], start=1):
        above = lines[at - 1].replace("=", ":").split(":")[0].strip()
        if row.startswith('"""') and row.endswith('"""') and above.isidentifier():
            said[above] = row.strip('"')
    return said


def _body(function: object) -> str:
    text = inspect.cleandoc(function.__doc__ or "")
    return "\n".join(row for row in text.splitlines()[2:] if not row.startswith("=="))


def _table(left: str, right: str, rows: object) -> str:
    body = "\n".join(f"| {a} | {b} |" for a, b in rows)
    return f"| {left} | {right} |\n|---|---|\n{body}"


if __name__ == "__main__":
    PLACE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{PLACE} written\n")
