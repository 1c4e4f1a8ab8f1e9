"""Exported lines as JSON Lines and CSV."""

import csv as reader
import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.export import line
from tallysheet.export.text import csv, jsonl
from tallysheet.model import (
    Account,
    Finding,
    Invoice,
    Line,
    Party,
    Payment,
    Record,
    Result,
    Severity,
    Status,
    Totals,
)


def row_of(invoice: Invoice, document: str = "a.pdf", **fields: str) -> dict[str, object]:
    """The exported line of a document that was read."""
    finding = Finding(code="sum.gross", severity=Severity.ERROR, message="No.")
    result = Result(
        document="a.pdf",
        sha256="ab",
        source="rules",
        invoice=invoice,
        findings=(finding, finding.model_copy(update={"code": "tax.rate"})),
    )
    return line(document, Record(status=Status.REVIEW, sha256="ab", **fields), result)


def read(pieces: Iterator[str]) -> list[dict[str, str]]:
    """What a program reads back from CSV."""
    return list(reader.DictReader(StringIO("".join(pieces), newline="")))


TEA = Invoice(
    number="R-1",
    kind="381",
    issue_date=date(2026, 1, 2),
    currency="EUR",
    seller=Party(name='Müller & "Söhne", Köln'),
    totals=Totals(net=Decimal("-10.50"), gross=Decimal("-12.50")),
    payment=Payment(accounts=(Account(iban="DE1", bic="X"), Account(iban="DE2"))),
    lines=(
        Line(id="1", name="Tea", quantity=Decimal(-3), amount=Decimal("-10.50")),
        Line(name="-"),
    ),
)


def test_csv_has_a_header_and_a_row_a_document() -> None:
    """Amounts stay numbers, the first account counts, findings are their codes."""
    (row,) = read(csv([row_of(TEA, reason="sum.gross")]))

    assert " ".join(row) == (
        "document sha256 status source number kind issue_date due_date currency seller_name"
        " seller_vat_id seller_tax_number seller_country buyer_name buyer_vat_id net tax gross"
        " paid due iban bic payment_reference purchase_order lines findings reason"
    )
    assert {name: value for name, value in row.items() if value} == {
        "document": "a.pdf",
        "sha256": "ab",
        "status": "review",
        "source": "rules",
        "number": "R-1",
        "kind": "381",
        "issue_date": "2026-01-02",
        "currency": "EUR",
        "seller_name": 'Müller & "Söhne", Köln',
        "net": "-10.50",
        "gross": "-12.50",
        "iban": "DE1",
        "bic": "X",
        "lines": "2",
        "findings": "sum.gross tax.rate",
        "reason": "sum.gross",
    }


def test_csv_of_lines_has_a_row_a_line() -> None:
    """What belongs to the document is repeated; a document without lines has no row."""
    nothing = line("b.pdf", Record(), None)

    tea, dash = read(csv([row_of(TEA), nothing, row_of(Invoice())], lines=True))

    assert " ".join(tea) == (
        "document number seller_name currency line name description seller_sku quantity unit"
        " unit_price amount vat_rate"
    )
    assert (tea["document"], tea["number"], tea["line"]) == ("a.pdf", "R-1", "1")
    assert (tea["name"], tea["quantity"], tea["amount"]) == ("Tea", "-3", "-10.50")
    assert (dash["name"], dash["amount"]) == ("'-", "")


def test_a_document_without_an_invoice_is_a_row_of_what_is_known() -> None:
    """A failed document is listed with its reason."""
    record = Record(status=Status.FAILED, reason="encrypted")

    (row,) = read(csv([line("b.pdf", record, None)]))

    assert (row["document"], row["status"], row["reason"]) == ("b.pdf", "failed", "encrypted")
    assert (row["gross"], row["lines"], row["findings"]) == ("", "", "")


def test_csv_comes_in_pieces_as_rows_come() -> None:
    """A batch of any size is written without being held."""

    def rows() -> Iterator[dict[str, object]]:
        yield row_of(TEA)
        raise AssertionError("asked for a row too early")

    pieces = csv(rows())

    assert next(pieces).startswith("document,sha256,")
    assert next(pieces).startswith("a.pdf,ab,")


def test_csv_is_as_rfc_4180_has_it() -> None:
    """Rows end in CR LF, and quotes are doubled."""
    text = "".join(csv([row_of(TEA)]))

    assert text.count("\r\n") == text.count("\n") == 2
    assert '"Müller & ""Söhne"", Köln"' in text


def test_only_for_excel_is_there_a_byte_order_mark() -> None:
    """Other programs would take it for a part of the first name."""
    assert "".join(csv([], excel=True)).startswith("\ufeffdocument,")
    assert "".join(csv([])).startswith("document,")


DANGERS = [
    # Each character that begins a formula, or is dropped before one
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("\nx", "'\nx"),
    # Behind what cannot be seen
    ("  =1", "'  =1"),
    ("\u00a0\u200b\ufeff=1", "'\u00a0\u200b\ufeff=1"),
    ("\x01=1", "'\x01=1"),
    ("\0=1", "'=1"),
    # Full width
    ("\uff1d1", "'\uff1d1"),
    ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
    # Behind the semicolon at which a German spreadsheet splits
    ("a;=1;b; @c", "a;'=1;b;' @c"),
    # Harmless
    ("1-2=3", "1-2=3"),
    ("a; b", "a; b"),
    (" x", " x"),
    ("'=1", "'=1"),
    ("a\0b", "ab"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "cell"), DANGERS)
def test_a_cell_of_text_is_never_a_formula(text: str, cell: str) -> None:
    """A quote goes before what a spreadsheet would run, and nothing else is changed."""
    row = {"document": text, "invoice": {"number": text, "seller": {"name": text}}}

    (read_back,) = read(csv([row]))

    assert {read_back[name] for name in ("document", "number", "seller_name")} == {cell}


def test_a_typed_column_is_no_way_around() -> None:
    """Only what is a number or a date goes without a quote there."""
    row = {"invoice": {"totals": {"net": "=1", "gross": "-1.5", "due": "-1+2"}}}

    (read_back,) = read(csv([row]))

    assert read_back["net"] == "'=1"
    assert read_back["gross"] == "-1.5"
    assert read_back["due"] == "'-1+2"


def begins_formula(cell: str) -> bool:
    """Whether a spreadsheet that skips blanks could take *cell* for a formula."""
    seen = cell.lstrip().lstrip("\u200b\ufeff").lstrip()
    return cell[:1] in tuple("\t\r\n\0") or unicodedata.normalize("NFKC", seen[:1]) in tuple("=+-@")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('=+-@\t\r\n\0 ;",\uff1d\u200b'),
    max_size=12,
)


@given(text=TEXTS)
def test_whatever_a_document_says_no_cell_of_text_begins_a_formula(text: str) -> None:
    """Re-read from the file, for every column of text, split at commas or semicolons."""
    invoice = Invoice(
        number=text,
        kind=text,
        currency=text,
        seller=Party(name=text, vat_id=text),
        payment=Payment(accounts=(Account(iban=text, bic=text),)),
        lines=(Line(id=text, name=text, description=text),),
    )
    rows = [row_of(invoice, document=text, reason=text)]

    for lines in (False, True):
        (row,) = read(csv(rows, lines=lines))

        assert not any(begins_formula(cell) for cell in row.values())
        parts = [part for cell in row.values() for part in cell.split(";")]
        assert not any(part.lstrip(" ").startswith(("=", "+", "-", "@")) for part in parts)


@given(st.lists(st.text(), max_size=5))
def test_jsonl_is_one_line_a_row_with_every_value_as_it_was(texts: list[str]) -> None:
    """Line feeds inside values are escaped, and nothing is neutralised."""
    pieces = list(jsonl({"document": text} for text in texts))

    assert all(piece.count("\n") == 1 and piece.endswith("\n") for piece in pieces)
    assert [json.loads(piece)["document"] for piece in pieces] == texts


def test_a_file_name_that_is_no_utf_8_can_be_written() -> None:
    """JSON escapes the half characters, CSV has question marks for them."""
    rows = [row_of(TEA, document="caf\udce9.pdf")]

    (piece,) = jsonl(rows)
    (row,) = read(csv(rows))

    assert json.loads(piece.encode("utf-8"))["document"] == "caf\udce9.pdf"
    assert row["document"] == "caf?.pdf"
    assert "Müller" in next(jsonl([row_of(TEA)]))
