"""Exported lines as text: JSON Lines and CSV, a piece at a time.

CSV is for spreadsheets, and a spreadsheet runs what looks like a formula. So in
columns of text a quote goes before it; columns of numbers and dates hold nothing
else and stay as they are, so that -12.50 is still a number. JSON Lines are for
programs and hold every value as it was read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from csv import writer
from io import StringIO
from typing import NamedTuple

Row = Mapping[str, object]

BOM = "\ufeff"

_BLANK = r"[\x00-\x20\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*"
_START = "[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
FORMULA = re.compile(rf"^(?=[\t\r\n]|{_BLANK}{_START})|(?<=;)(?={_BLANK}{_START})")
"""Where a formula could begin: at the start, and after the semicolon at which
spreadsheets of many countries split. Full-width signs count as well."""

HALF = re.compile("[\ud800-\udfff]")
"""Half characters, as in a file name that is no UTF-8: only an escape carries them."""

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}|")
"""What a typed column holds: a number, a date, or nothing."""


class Column(NamedTuple):
    """One column of a CSV file: its name, where its value stands, what it holds."""

    name: str
    path: str
    typed: bool = False
    """Numbers or dates; text otherwise."""


DOCUMENTS = (
    Column("document", "document"),
    Column("sha256", "sha256"),
    Column("status", "status"),
    Column("source", "source"),
    Column("number", "invoice.number"),
    Column("kind", "invoice.kind"),
    Column("issue_date", "invoice.issue_date", typed=True),
    Column("due_date", "invoice.due_date", typed=True),
    Column("currency", "invoice.currency"),
    Column("seller_name", "invoice.seller.name"),
    Column("seller_vat_id", "invoice.seller.vat_id"),
    Column("seller_tax_number", "invoice.seller.tax_number"),
    Column("seller_country", "invoice.seller.address.country"),
    Column("buyer_name", "invoice.buyer.name"),
    Column("buyer_vat_id", "invoice.buyer.vat_id"),
    Column("net", "invoice.totals.net", typed=True),
    Column("tax", "invoice.totals.tax", typed=True),
    Column("gross", "invoice.totals.gross", typed=True),
    Column("paid", "invoice.totals.paid", typed=True),
    Column("due", "invoice.totals.due", typed=True),
    Column("iban", "invoice.payment.accounts.0.iban"),
    Column("bic", "invoice.payment.accounts.0.bic"),
    Column("payment_reference", "invoice.payment.reference"),
    Column("purchase_order", "invoice.purchase_order"),
    Column("lines", "invoice.lines", typed=True),
    Column("findings", "findings"),
    Column("reason", "reason"),
)
"""One row a document; ``lines`` is how many it has, ``findings`` their codes."""

LINES = (
    Column("document", "document"),
    Column("number", "invoice.number"),
    Column("seller_name", "invoice.seller.name"),
    Column("currency", "invoice.currency"),
    Column("line", "line.id"),
    Column("name", "line.name"),
    Column("description", "line.description"),
    Column("seller_sku", "line.seller_sku"),
    Column("quantity", "line.quantity", typed=True),
    Column("unit", "line.unit"),
    Column("unit_price", "line.unit_price", typed=True),
    Column("amount", "line.amount", typed=True),
    Column("vat_rate", "line.vat_rate", typed=True),
)
"""One row an invoice line; documents without lines have none."""


def jsonl(rows: Iterable[Row]) -> Iterator[str]:
    """Write each exported line as JSON, ending in a line feed."""
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        if HALF.search(text):
            text = json.dumps(row, separators=(",", ":"))
        yield text + "\n"


def csv(
    rows: Iterable[Row], *, lines: bool = False, excel: bool = False, header: bool = True
) -> Iterator[str]:
    r"""Write exported lines as CSV by RFC 4180: a header, then a piece for each row.

    Rows end in ``\r\n``. Encode the pieces as UTF-8.

    Args:
        rows: What `tallysheet.export.line` made.
        lines: One row an invoice line instead of one a document.
        excel: Begin with a byte order mark: Excel takes the file for UTF-8 only then,
            and other programs may take the mark for a part of the first name.
        header: Whether to begin with the names; no, where these rows follow others.
    """
    columns = LINES if lines else DOCUMENTS
    if header:
        yield (BOM if excel else "") + _record(column.name for column in columns)
    for row in rows:
        for one in _lines_of(row) if lines else (row,):
            yield _record(_cell(one, column) for column in columns)


def _lines_of(row: Row) -> Iterator[Row]:
    found = _at(row, "invoice.lines")
    for item in found if isinstance(found, list) else []:
        yield {**row, "line": item}


def _cell(row: Row, column: Column) -> str:
    value = _at(row, column.path)
    if column.path == "findings":
        value = _codes(value)
    elif column.path == "invoice.lines" and isinstance(value, list):
        value = len(value)
    text = "" if value is None else str(value)
    return text if column.typed and PLAIN.fullmatch(text) else _harmless(text)


def _harmless(text: str) -> str:
    """*text* so that a spreadsheet shows it and never runs it."""
    written = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return FORMULA.sub("'", written)


def _codes(findings: object) -> str:
    if not isinstance(findings, list):
        return ""
    return " ".join(str(_at(finding, "code")) for finding in findings)


def _at(value: object, path: str) -> object:
    """What stands under *path* in nested dicts and lists, or nothing."""
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _record(cells: Iterable[str]) -> str:
    text = StringIO()
    writer(text, lineterminator="\r\n").writerow(list(cells))
    return text.getvalue()
