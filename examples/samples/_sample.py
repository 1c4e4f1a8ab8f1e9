"""One sample: a file as it comes in, and what a careful person would read off it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from samples._cii import write_cii
from samples._draw import draw
from samples._looks import LOOKS
from samples._supplier import Supplier
from samples._ubl import write_ubl
from samples._wording import word
from tallysheet.model import Invoice


@dataclass(frozen=True)
class Sample:
    """A document and its truth."""

    name: str
    """The name of the file."""
    data: bytes
    truth: Invoice | None
    """What it says; nothing where it cannot be read."""
    note: str
    """What is special about it."""

    def line(self) -> str:
        """The truth as one line of JSON, as ``truth.jsonl`` has it."""
        invoice: Mapping[str, Any] | None = None
        if self.truth:
            invoice = self.truth.model_dump(mode="json", exclude_defaults=True)
        entry = {"document": self.name, "invoice": invoice, "note": self.note}
        return json.dumps(entry, ensure_ascii=False)


def pdf_sample(name: str, supplier: Supplier, invoice: Invoice, note: str) -> Sample:
    """A PDF that shows *invoice*."""
    return Sample(name, _pdf(supplier, invoice), invoice, note)


def hybrid_sample(name: str, supplier: Supplier, invoice: Invoice, note: str) -> Sample:
    """A PDF that shows *invoice* and carries it as Factur-X, too."""
    invoice = as_e_invoice(invoice)
    return Sample(name, _pdf(supplier, invoice, write_cii(invoice)), invoice, note)


def xml_sample(name: str, supplier: Supplier, invoice: Invoice, note: str) -> Sample:
    """A UBL file: it has no looks, whoever the supplier is."""
    del supplier
    invoice = as_e_invoice(invoice)
    return Sample(name, write_ubl(invoice), invoice, note)


def broken_sample(name: str, supplier: Supplier, invoice: Invoice, note: str) -> Sample:
    """The first half of a PDF: a download that broke off."""
    data = _pdf(supplier, invoice)
    return Sample(name, data[: len(data) // 2], None, note)


def write_samples(samples: Iterable[Sample], folder: Path) -> None:
    """Write the files to ``folder/invoices/`` and what they say to ``folder/truth.jsonl``.

    The truth stays outside the folder that is read, so that nothing can look at it.
    """
    documents = folder / "invoices"
    documents.mkdir(parents=True, exist_ok=True)
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for sample in samples:
            (documents / sample.name).write_bytes(sample.data)
            truth.write(sample.line() + "\n")


def _pdf(supplier: Supplier, invoice: Invoice, xml: bytes | None = None) -> bytes:
    look = replace(LOOKS[supplier.look], accent=supplier.accent)
    paper = supplier.country.paper
    if invoice.issue_date is None:
        raise ValueError("an invoice is made on some day")
    return draw(word(invoice, supplier), look, paper=paper, created=invoice.issue_date, xml=xml)


def as_e_invoice(invoice: Invoice) -> Invoice:
    """*invoice* with what the standard wants, and without what it has no term for."""
    lines = tuple(
        line.model_copy(update={"id": line.id or str(at)})
        for at, line in enumerate(invoice.lines, start=1)
    )
    changes = {
        "lines": lines,
        "seller": invoice.seller.model_copy(update={"url": None}),
        "buyer": invoice.buyer.model_copy(update={"customer_number": None}),
        "payment": invoice.payment.model_copy(update={"reference": invoice.number}),
    }
    return invoice.model_copy(update=changes)
