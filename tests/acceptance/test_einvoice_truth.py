"""Every e-invoice of the corpora against values read by code independent of ours.

The corpora are no part of the repository: they lie beside it or not at all.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tallysheet.errors import DocumentError
from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.model import Invoice
from tallysheet.parse._kind import LOT, kind_of
from tallysheet.parse._xml import decode
from tallysheet.parse.members import member, members_of

CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"
LEAST = 0.995

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not beside us")


def money(amount: Decimal | None) -> str | None:
    """As the truth writes it: two places."""
    return None if amount is None else f"{amount:.2f}"


def iban(invoice: Invoice) -> str | None:
    """The first account."""
    return invoice.payment.accounts[0].iban if invoice.payment.accounts else None


FIELDS: dict[str, Callable[[Invoice], Any]] = {
    "number": lambda i: i.number,
    "type_code": lambda i: i.kind,
    "issue_date": lambda i: i.issue_date and i.issue_date.isoformat(),
    "due_date": lambda i: i.due_date and i.due_date.isoformat(),
    "currency": lambda i: i.currency,
    "seller_name": lambda i: i.seller.name,
    "seller_vat_id": lambda i: i.seller.vat_id,
    "buyer_name": lambda i: i.buyer.name,
    "iban": iban,
    "net_total": lambda i: money(i.totals.net),
    "vat_total": lambda i: money(i.totals.tax),
    "gross_total": lambda i: money(i.totals.gross),
    "amount_due": lambda i: money(i.totals.due),
    "line_count": lambda i: len(i.lines),
}


def attachments(file: Path) -> Iterator[bytes]:
    """What is embedded in a PDF."""
    document = pypdfium2.PdfDocument(file)
    try:
        for at in range(document.count_attachments()):
            yield bytes(document.get_attachment(at).get_data())
    finally:
        document.close()


def xml_of(truth: dict[str, Any]) -> str:
    """The e-invoice that *truth* was read from, known by its hash."""
    file = CORPORA / truth["path"]
    candidates = attachments(file) if file.suffix == ".pdf" else iter([file.read_bytes()])
    return next(
        data for data in candidates if sha256(data).hexdigest().startswith(truth["xml_sha256"])
    ).decode("utf-8")


@pytest.mark.parametrize("name", ["truth-zugferd.jsonl", "truth-e-invoice.jsonl"])
def test_the_values_are_those_of_the_truth(name: str) -> None:
    """At least 995 of 1,000."""
    rows = [json.loads(row) for row in (CORPORA / name).read_text(encoding="utf-8").splitlines()]

    wrong = []
    for truth in rows:
        invoice = read_e_invoice(xml_of(truth)).invoice
        for field, value_of in FIELDS.items():
            expected, got = truth[field], value_of(invoice)
            if got != expected:
                wrong.append(f"{truth['path']} {field}: {got!r}, not {expected!r}")

    print("\n".join(wrong))  # noqa: T201 - what `pytest -rP` shows
    assert 1 - len(wrong) / (len(rows) * len(FIELDS)) >= LEAST


CUT_SHORT = "con-ritenuta-acconto-e-cassa-previdenziale.xml"
"""Its last line is missing."""


def test_every_fattura_is_read() -> None:
    """Each invoice of each file, two of which hold two; only what is no XML is refused."""
    files = sorted((CORPORA / "zugferd" / "fatturaPA").rglob("*.xml"))
    refused, lots, invoices = [], 0, []

    for file in files:
        data = file.read_bytes()
        lots += kind_of(data) == LOT
        names = [one.name for one in members_of(data)] if kind_of(data) == LOT else []
        try:
            parts = [member(data, name) for name in names] or [data]
            invoices += [read_e_invoice(decode(part)).invoice for part in parts]
        except DocumentError:
            refused.append(file.name)

    assert refused == [CUT_SHORT]
    assert lots == 2
    assert len(invoices) == len(files) + lots - len(refused) == 16
    for invoice in invoices:
        assert all((invoice.number, invoice.issue_date, invoice.kind, invoice.currency))
        assert all((invoice.seller.name, invoice.seller.vat_id, invoice.buyer.name, invoice.lines))
        totals = invoice.totals
        assert totals.net is not None
        assert totals.tax is not None
        assert totals.gross == totals.net + totals.tax
        assert totals.due is not None
