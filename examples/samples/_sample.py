"""One sample: a file as it comes in, and what a careful person would read off it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from samples._cii import NO_ACCOUNT, write_cii
from samples._draw import draw
from samples._looks import look_of
from samples._sheet import NOTHING_ELSE, Sheet
from samples._supplier import Supplier
from samples._ubl import write_ubl
from samples._wording import word
from tallysheet.model import PART, Invoice


@dataclass(frozen=True)
class Sample:
    """A document and its truth."""

    name: str
    """The name of the file."""
    data: bytes
    truth: Invoice | None
    """What it says; nothing where it cannot be read, or holds several invoices."""
    note: str
    """What is special about it."""
    parts: Mapping[str, Invoice] = field(default_factory=dict)
    """What each of several invoices says, under the name of its part: ``pages=3-4``."""

    @property
    def truths(self) -> Mapping[str, Invoice | None]:
        """What each document says, under the key that it has in a batch."""
        if not self.parts:
            return {self.name: self.truth}
        return {f"{self.name}{PART}{part}": invoice for part, invoice in self.parts.items()}

    def lines(self) -> Iterator[str]:
        """The truth as lines of JSON, one a document, as ``truth.jsonl`` has them."""
        for key, truth in self.truths.items():
            invoice = truth and truth.model_dump(mode="json", exclude_defaults=True)
            entry = {"document": key, "invoice": invoice, "note": self.note}
            yield json.dumps(entry, ensure_ascii=False)


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
            truth.writelines(f"{line}\n" for line in sample.lines())


def sheet_of(
    supplier: Supplier,
    invoice: Invoice,
    *,
    after: Sheet | None = None,
    inked: bool = True,
    spoken: Mapping[str, str] = NOTHING_ELSE,
) -> Sheet:
    """The last page of *invoice* as *supplier* draws it; for the rest see `draw`."""
    look = replace(look_of(supplier.look), accent=supplier.accent)
    return draw(
        word(invoice, supplier),
        look,
        paper=supplier.country.paper,
        created=day_of(invoice),
        after=after,
        inked=inked,
        spoken=spoken,
    )


def day_of(invoice: Invoice) -> date:
    """The day on which *invoice* was made.

    Raises:
        ValueError: It says of none.
    """
    if invoice.issue_date is None:
        raise ValueError("an invoice is made on some day")
    return invoice.issue_date


def _pdf(supplier: Supplier, invoice: Invoice, xml: bytes | None = None) -> bytes:
    sheet = sheet_of(supplier, invoice)
    if xml:
        sheet.embed_invoice(xml, day_of(invoice))
    return sheet.finish()


def as_e_invoice(invoice: Invoice) -> Invoice:
    """*invoice* with what the standard wants, and without what it has no term for."""
    lines = tuple(
        line.model_copy(update={"id": line.id or str(at)})
        for at, line in enumerate(invoice.lines, start=1)
    )
    payment: dict[str, str | None] = {}
    if invoice.payment.accounts:
        payment = {
            "means_code": invoice.payment.means_code or NO_ACCOUNT,
            "reference": invoice.number,
        }
    changes = {
        "lines": lines,
        "seller": invoice.seller.model_copy(update={"url": None}),
        "buyer": invoice.buyer.model_copy(update={"customer_number": None}),
        "payment": invoice.payment.model_copy(update=payment),
    }
    return invoice.model_copy(update=changes)
