"""The truth: what each document says, told by somebody else, as JSON Lines.

A line is one document, in either of two forms:

- ``{"document": KEY, "invoice": {…}}``: a canonical invoice (``tallysheet schema``), as the
  generator of samples and `tallysheet export` write it. A field that is left out is not in the
  document, and its lines are all that it has. An invoice that is null cannot be read by anybody.
- ``{"path": KEY, "number": …, "gross_total": …, …}``: single fields. Null says that the document
  has no such value; a field that is left out is not compared.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import ValidationError

from tallysheet.errors import ConfigError
from tallysheet.evaluate._fields import FIELDS, Field, Kind, value_at
from tallysheet.model import Invoice, Line

LINE_COUNT = "line_count"
FLAT = {field.flat: field for field in FIELDS}
SEE = "Mend that line; what a truth file holds stands in docs/accuracy.md."


@dataclass(frozen=True, slots=True)
class Truth:
    """What one document says."""

    document: str
    """Its key, as the file has it."""
    values: Mapping[str, object] = field(default_factory=dict)
    """By field path; none where there is no such value."""
    lines: tuple[Line, ...] | None = None
    """Its items, where they are told."""
    line_count: int | None = None
    """How many items it has, where that is told."""
    is_readable: bool = True
    """Whether it is one invoice at all."""


def read_truth(rows: Iterable[str], name: str) -> dict[str, Truth]:
    """Read a truth file.

    Args:
        rows: Its lines.
        name: What to call the file in an error.

    Returns:
        What each document says, by its key.

    Raises:
        ConfigError: A line is no JSON object, names no document or one that was named before,
            or holds a value that cannot be one; says which line and field.
    """
    found: dict[str, Truth] = {}
    for at, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            truth = _truth(row, found)
        except _Wrong as error:
            raise ConfigError(f"{name}, line {at}: {error}.", SEE) from None
        found[truth.document] = truth
    if not found:
        raise ConfigError(f"{name} tells of no document.", "Give a file of JSON Lines.")
    return found


class _Wrong(Exception):
    """What is wrong with a line."""


def _truth(row: str, known: Container[str]) -> Truth:
    """One line of the file, after those that are *known*."""
    try:
        entry = json.loads(row)
    except ValueError as error:
        raise _Wrong(f"this is no JSON ({error})") from None
    if not isinstance(entry, dict):
        raise _Wrong("this is no JSON object")
    key = entry.get("document", entry.get("path"))
    if not isinstance(key, str) or not key:
        raise _Wrong("neither “document” nor “path” names a document")
    if key in known:
        raise _Wrong(f"{key} was told before")
    if "invoice" in entry:
        return _whole(key, entry["invoice"])
    return _flat(key, entry)


def _whole(key: str, raw: object) -> Truth:
    if raw is None:
        return Truth(key, is_readable=False)
    try:
        invoice = Invoice.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, ("invoice", *first["loc"])))
        raise _Wrong(f"field {where}: {first['msg']}") from None
    values = {one.path: value_at(invoice, one.path) for one in FIELDS}
    return Truth(key, values, invoice.lines, len(invoice.lines))


def _flat(key: str, entry: Mapping[str, object]) -> Truth:
    values = {one.path: _value(one, entry[name]) for name, one in FLAT.items() if name in entry}
    count = entry.get(LINE_COUNT)
    if count is not None and (type(count) is not int or count < 0):
        raise _Wrong(f"field {LINE_COUNT}: {count!r} is no count of lines")
    if not values and count is None:
        raise _Wrong(f"there is no field of {', '.join(FLAT)}, and no “invoice”")
    return Truth(key, values, line_count=count)


def _value(one: Field, raw: object) -> object:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str):
        raise _Wrong(f"field {one.flat}: {raw!r} is no text; write it in quotes")
    if one.kind is Kind.AMOUNT:
        return _read(Decimal, one, raw, "no amount such as 1234.50")
    if one.kind is Kind.DATE:
        return _read(date.fromisoformat, one, raw, "no date such as 2026-03-31")
    return raw


def _read(read: Callable[[str], object], one: Field, raw: str, wrong: str) -> object:
    try:
        value = read(raw)
    except (ValueError, InvalidOperation):
        raise _Wrong(f"field {one.flat}: {raw!r} is {wrong}") from None
    if isinstance(value, Decimal) and not value.is_finite():
        raise _Wrong(f"field {one.flat}: {raw!r} is {wrong}")
    return value
