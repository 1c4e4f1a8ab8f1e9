"""What has to be there, and has to be seen in the document.

A value that an extractor states and cannot point to on a page may be made up.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, get_args, get_origin

from tallysheet.errors import ConfigError
from tallysheet.model import Citation, Finding, Invoice, Severity, Term, leaves_of

STEP = re.compile(r"([a-z0-9_]+)(?:\[([0-9]{1,6})\])?")

JUDGED = ("kind", "country", "unit", "category", "vat_category", "means_code", "scheme")
"""Codes that an extractor concludes from the whole: they stand nowhere as such."""

MOST_NAMED = 20
"""How many fields one finding names."""


def require_known(required: Sequence[str]) -> None:
    """Make sure that *required* are paths of fields.

    Raises:
        ConfigError: One of them is not.
    """
    for path in required:
        _steps(path)


def check_presence(invoice: Invoice, required: Sequence[str]) -> Iterator[Finding]:
    """Notice required fields that are missing.

    Raises:
        ConfigError: A path in *required* is not that of a field.
    """
    for path in required:
        if not _is_there(_value(invoice, path)):
            message = f"The required field {path} is missing."
            yield _gap(f"missing.{path}", Severity.ERROR, (path,), message)


def check_citations(
    invoice: Invoice, required: Sequence[str], citations: Mapping[str, Citation]
) -> Iterator[Finding]:
    """Notice values that nothing in the document is cited for."""
    groups = {above for path in citations for above in _upwards(path)}
    for path in required:
        seen = path in groups or _is_cited(path, citations)
        if not seen and _is_there(_value(invoice, path)):
            message = f"The value of the required field {path} was not found in the document."
            yield _gap(f"uncited.{path}", Severity.ERROR, (path,), message)
    settled = {*required, *citations}
    others = [
        leaf.path
        for leaf in leaves_of(invoice)
        if not (leaf.path in settled or leaf.name in JUDGED or _is_cited(leaf.path, settled))
    ]
    if others:
        message = f"Not found in the document: the value of {_listed(others)}."
        yield _gap("uncited", Severity.WARNING, tuple(others[:MOST_NAMED]), message)


def _value(invoice: Invoice, path: str) -> object:
    """What stands under *path*, or nothing."""
    value: Any = invoice
    for name, index in _steps(path):
        value = getattr(value, name, None)
        if index is not None:
            value = value[index] if value is not None and index < len(value) else None
    return value


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[tuple[str, int | None], ...]:
    """*path* taken apart, and held against the fields that an invoice can have."""
    steps: list[tuple[str, int | None]] = []
    inside: Any = Invoice
    for part in path.split("."):
        match = STEP.fullmatch(part)
        field = getattr(inside, "model_fields", {}).get(match[1]) if match else None
        if match is None or field is None:
            raise _unknown(path)
        index = None if match[2] is None else int(match[2])
        inside = field.annotation
        if index is not None:
            if get_origin(inside) is not tuple:
                raise _unknown(path)
            inside = get_args(inside)[0]
        steps.append((match[1], index))
    return tuple(steps)


def _unknown(path: str) -> ConfigError:
    return ConfigError(
        f"{path!r} is not a field of an invoice.",
        "Required fields are written as in `tallysheet schema`: totals.gross, lines[0].amount.",
    )


def _is_there(value: object) -> bool:
    if isinstance(value, Term):
        return any(_is_there(inner) for _, inner in value)
    return value not in (None, "", ())


def _is_cited(path: str, citations: Collection[str]) -> bool:
    """Whether *path*, or a group that it belongs to, is among *citations*."""
    return any(above in citations for above in _upwards(path))


def _upwards(path: str) -> Iterator[str]:
    """*path* and the groups around it: ``lines[0].name``, ``lines[0]``, ``lines``."""
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]


def _listed(paths: Sequence[str]) -> str:
    more = len(paths) - 3
    return ", ".join(paths[:3]) + (f" and {more} more" if more > 0 else "")


def _gap(code: str, severity: Severity, fields: tuple[str, ...], message: str) -> Finding:
    return Finding(code=code, severity=severity, fields=fields, message=message)
