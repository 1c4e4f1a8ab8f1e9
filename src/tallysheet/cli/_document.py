"""One document on the terminal: what was read, where it stands, and what was noticed."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from tallysheet.cli._progress import STYLES
from tallysheet.cli._speak import plain
from tallysheet.cli._summary import tokens_text, usd_text
from tallysheet.model import Citation, Result, Second, Severity, Standard, leaves_of
from tallysheet.pipeline import Row

MOST_LINES = 40
SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def print_document(row: Row, console: Console) -> None:
    """Print one document of a batch."""
    record = row.record
    head = f"{row.document}: {record.status.value}"
    if record.of is not None:
        head += f" of {record.of}"
    console.print(plain(head, f"bold {STYLES.get(record.status, '')}".strip()))
    if row.result is None:
        if record.message:
            reason = f"{record.reason}: " if record.reason else ""
            console.print(plain(f"{reason}{record.message}"))
        return
    console.print(plain(_took(row.result), "dim"))
    _print_fields(row, console)
    if row.result.second is not None:
        _print_second(row.result.second, console)
    for finding in row.result.findings:
        style = SEVERITY_STYLES[finding.severity]
        console.print(plain(f"{finding.severity.value} {finding.code}: {finding.message}", style))
    for warning in row.result.warnings:
        console.print(plain(f"note: {warning}", "dim"))


def _took(result: Result) -> str:
    """Who read it, and what that took."""
    if result.standard is not None:
        return f"read off its e-invoice: {named(result.standard)}"
    if not result.tokens_in:
        return f"read by {result.source}"
    tokens = tokens_text(result.tokens_in, result.tokens_out)
    return f"read by {result.source} for {usd_text(result.cost_usd)}: {tokens}"


def named(standard: Standard) -> str:
    """What an e-invoice follows: ``XRechnung 3.0 in CII``."""
    if standard.profile is None:
        return " ".join(filter(None, (standard.syntax, standard.identifier)))
    profile = f"{standard.profile} {standard.version}"
    return profile if standard.syntax in profile else f"{profile} in {standard.syntax}"


def _print_fields(row: Row, console: Console) -> None:
    assert row.result is not None  # noqa: S101  the caller has looked
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("field", overflow="fold")
    table.add_column("value", overflow="fold")
    table.add_column("right", justify="right", style="dim")
    table.add_column("where it stands", overflow="fold", style="dim")
    leaves = list(leaves_of(row.result.invoice))
    for leaf in leaves[:MOST_LINES]:
        where = _where(row.result.citations.get(leaf.path))
        sure = row.result.confidence.get(leaf.path)
        right = "" if sure is None else f"{100 * sure:.1f} %"
        table.add_row(plain(leaf.path), plain(str(leaf.value)), plain(right), plain(where))
    console.print(table)
    if len(leaves) > MOST_LINES:
        console.print(plain(f"… and {len(leaves) - MOST_LINES} more fields: --json", "dim"))


def _print_second(second: Second, console: Console) -> None:
    """What was read once more, one value a line."""
    tokens = tokens_text(second.tokens_in, second.tokens_out)
    asked = f"{second.source}, asked once more for {usd_text(second.cost_usd)} ({tokens}), read"
    console.print(plain(asked, "dim"))
    for path, value, citation in read_again(second):
        where = f", {_where(citation)}" if citation else ", which stands nowhere on the pages"
        console.print(plain(f"  {path}: {value}{where}" if value else f"  {path}: nothing"))


def read_again(second: Second) -> Iterator[tuple[str, str, Citation | None]]:
    """Each field that was asked for once more: its value, or nothing, and where that stands."""
    values = {leaf.path: str(leaf.value) for leaf in leaves_of(second.invoice)}
    for path in second.fields:
        yield path, values.get(path, ""), second.citations.get(path)


def _where(citation: Citation | None) -> str:
    if citation is None:
        return ""
    if citation.page is None:
        return "in the XML"
    if citation.box is None:
        return f"page {citation.page}"
    return f"page {citation.page}, {citation.box.x0:.0f}/{citation.box.y0:.0f} pt"
