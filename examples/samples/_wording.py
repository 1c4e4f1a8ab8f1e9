"""An invoice as its supplier words it: every string on the page, and no place for any.

Layouts draw these strings and invent none, so whatever the truth holds is visible
in each of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from samples._country import country
from samples._supplier import Supplier
from samples._truth import CREDIT_NOTE, NOTHING
from tallysheet.model import Address, Invoice, Line

COLUMNS = ("pos", "sku", "item", "quantity", "price", "discount", "rate", "amount")
"""All that a table of lines can have, from the left."""

ALWAYS = frozenset({"item", "quantity", "price", "amount"})

HEADINGS = {"discount": "less"}
"""Columns whose heading is not the word of the same key."""


class Pair(NamedTuple):
    """Something with a label."""

    label: str
    value: str


class Sum(NamedTuple):
    """A row of the totals."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True)
class Wording:
    """All that is written on one invoice."""

    title: str
    meta: tuple[Pair, ...]
    """Number, dates and references."""
    name: str
    """The seller's."""
    address: tuple[str, ...]
    contact: tuple[Pair, ...]
    ids: tuple[Pair, ...]
    bank: tuple[Pair, ...]
    from_label: str
    buyer_label: str
    buyer: tuple[str, ...]
    intro: str
    columns: tuple[str, ...]
    headings: Mapping[str, str]
    rows: tuple[Mapping[str, str], ...]
    before_tax: tuple[Sum, ...]
    taxes: tuple[Sum, ...]
    tax_table: tuple[tuple[str, str, str], ...]
    """Rate, base and amount, the headings first: what `taxes` says, as a table."""
    after_tax: tuple[Sum, ...]
    notes: tuple[str, ...]
    page: str
    """With ``{n}`` and ``{of}``; empty where pages are not counted."""
    counts_one: bool
    """Whether a single page is counted, too."""
    running: tuple[str, ...]
    """What all lines up to each one come to, where pages carry that over."""
    carried: str
    """In front of that at the end of a page, with ``{to}`` for the next page."""
    brought: str
    """In front of it at the beginning of a page, with ``{n}`` for the one before."""

    @property
    def sums(self) -> tuple[Sum, ...]:
        """All totals in their order."""
        return self.before_tax + self.taxes + self.after_tax


def word(invoice: Invoice, supplier: Supplier) -> Wording:
    """Word *invoice* as *supplier* does."""
    words = supplier.words
    columns = tuple(key for key in COLUMNS if key in ALWAYS | supplier.columns)
    return Wording(
        title=words["credit_note" if invoice.kind == CREDIT_NOTE else "invoice"],
        meta=tuple(_meta(invoice, supplier)),
        name=str(invoice.seller.name),
        address=_address(invoice.seller.address, supplier),
        contact=tuple(_contact(invoice, supplier)),
        ids=tuple(_ids(invoice, supplier)),
        bank=tuple(_bank(invoice, supplier)),
        from_label=words["from"],
        buyer_label=words["bill_to"],
        buyer=(str(invoice.buyer.name), *_address(invoice.buyer.address, supplier)),
        intro="" if invoice.kind == CREDIT_NOTE else words["intro"],
        columns=columns,
        headings={key: words[HEADINGS.get(key, key)] for key in columns},
        rows=tuple(_row(line, supplier) for line in invoice.lines),
        before_tax=tuple(_before_tax(invoice, supplier)),
        taxes=tuple(_taxes(invoice, supplier)),
        tax_table=tuple(_tax_table(invoice, supplier)),
        after_tax=tuple(_after_tax(invoice, supplier)),
        notes=tuple(_notes(invoice, supplier)),
        page="" if supplier.counts == "never" else words["page"],
        counts_one=supplier.counts == "always",
        running=tuple(_running(invoice, supplier)) if supplier.carries else (),
        carried=words["carried"],
        brought=words["brought"],
    )


def _meta(invoice: Invoice, supplier: Supplier) -> Iterator[Pair]:
    words, day = supplier.words, supplier.notation.date
    credit = invoice.kind == CREDIT_NOTE
    yield Pair(words["credit_number" if credit else "number"], str(invoice.number))
    if invoice.issue_date:
        yield Pair(words["date"], day(invoice.issue_date))
    if invoice.delivery_date:
        yield Pair(words["delivered"], day(invoice.delivery_date))
    for other in invoice.preceding_invoices:
        when = f" ({day(other.issue_date)})" if other.issue_date else ""
        yield Pair(words["preceding"], f"{other.number}{when}")
    if invoice.buyer.customer_number:
        yield Pair(words["customer"], invoice.buyer.customer_number)
    if invoice.purchase_order:
        yield Pair(words["order"], invoice.purchase_order)
    if invoice.buyer.vat_id:
        yield Pair(words["buyer_vat"], invoice.buyer.vat_id)
    if invoice.seller.contact.name:
        yield Pair(words["contact"], invoice.seller.contact.name)
    if invoice.due_date and "due" in supplier.prints:
        yield Pair(words["due"], day(invoice.due_date))


def _address(address: Address, supplier: Supplier) -> tuple[str, ...]:
    home = country(str(address.country))
    abroad = () if home.code == supplier.country.code else (str(home.data["name"]).upper(),)
    return home.lines(address) + abroad


def _contact(invoice: Invoice, supplier: Supplier) -> Iterator[Pair]:
    contact = invoice.seller.contact
    yield Pair(supplier.words["phone"], str(contact.phone))
    yield Pair(supplier.words["email"], str(contact.email))
    if invoice.seller.url:
        yield Pair("Web", invoice.seller.url)


def _ids(invoice: Invoice, supplier: Supplier) -> Iterator[Pair]:
    for key in ("vat_id", "tax_number", "legal_id"):
        value = getattr(invoice.seller, key)
        if value:
            yield Pair(supplier.words[key], value)


def _bank(invoice: Invoice, supplier: Supplier) -> Iterator[Pair]:
    for account in invoice.payment.accounts:
        yield Pair(supplier.words["bank"], supplier.country.bank)
        yield Pair("IBAN", in_fours(str(account.iban)))
        yield Pair("BIC", str(account.bic))


def in_fours(iban: str) -> str:
    """*iban* as it is printed."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _row(line: Line, supplier: Supplier) -> Mapping[str, str]:
    write = supplier.notation
    unit = supplier.language.units[str(line.unit)]
    less = sum((row.amount or NOTHING for row in line.allowances), NOTHING)
    return {
        "pos": line.id or "",
        "sku": line.seller_sku or "",
        "item": "\n".join((line.name or "", *_below(line, supplier))),
        "quantity": f"{write.plain(line.quantity or NOTHING)} {unit}",
        "price": write.cell(line.unit_price or NOTHING),
        "discount": write.cell(-less) if less else "",
        "rate": f"{write.plain(line.vat_rate or NOTHING)} %",
        "amount": write.cell(line.amount or NOTHING),
    }


def _below(line: Line, supplier: Supplier) -> Iterator[str]:
    """What stands below the name of an item."""
    words, write = supplier.words, supplier.notation
    for row in line.allowances:
        if row.base is not None:
            yield words["line_discount"].format(
                percent=write.plain(row.percent or NOTHING),
                base=write.number(row.base),
                amount=write.number(-(row.amount or NOTHING)),
            )
    for row in line.charges:
        yield f"{row.reason}: {write.number(row.amount or NOTHING)}"


def _running(invoice: Invoice, supplier: Supplier) -> Iterator[str]:
    """What all lines up to each one come to."""
    amounts = (line.amount or NOTHING for line in invoice.lines)
    yield from map(supplier.notation.cell, accumulate(amounts))


def _before_tax(invoice: Invoice, supplier: Supplier) -> Iterator[Sum]:
    words, write = supplier.words, supplier.notation
    if invoice.allowances or invoice.charges:
        yield Sum(words["lines"], _money(invoice.totals.lines, supplier))
    for row in invoice.allowances:
        percent, base = write.plain(row.percent or NOTHING), write.number(row.base or NOTHING)
        label = words["discount"].format(percent=percent, base=base)
        yield Sum(label, write.money(-(row.amount or NOTHING)))
    if len(invoice.allowances) > 1:
        yield Sum(words["discounts"], write.money(-(invoice.totals.allowances or NOTHING)))
    for row in invoice.charges:
        yield Sum(str(row.reason), _money(row.amount, supplier))
    yield Sum(words["net"], _money(invoice.totals.net, supplier))


def _taxes(invoice: Invoice, supplier: Supplier) -> Iterator[Sum]:
    words, write = supplier.words, supplier.notation
    several = len(invoice.taxes) > 1
    for row in invoice.taxes:
        rate, base = write.plain(row.rate or NOTHING), write.number(row.base or NOTHING)
        label = words["vat_on" if several else "vat"].format(rate=rate, base=base)
        yield Sum(label, _money(row.amount, supplier))
    if several:
        yield Sum(words["vat_amount"], _money(invoice.totals.tax, supplier))


def _tax_table(invoice: Invoice, supplier: Supplier) -> Iterator[tuple[str, str, str]]:
    words, write = supplier.words, supplier.notation
    yield words["vat_rate"], words["vat_base"], words["vat_amount"]
    for row in invoice.taxes:
        rate = f"{write.plain(row.rate or NOTHING)} %"
        yield rate, write.number(row.base or NOTHING), write.number(row.amount or NOTHING)


def _after_tax(invoice: Invoice, supplier: Supplier) -> Iterator[Sum]:
    words, totals = supplier.words, invoice.totals
    partly = totals.paid is not None
    yield Sum(words["gross"], _money(totals.gross, supplier), strong=not partly)
    if partly:
        yield Sum(words["paid"], _money(-(totals.paid or NOTHING), supplier))
        yield Sum(words["due_amount"], _money(totals.due, supplier), strong=True)


def _notes(invoice: Invoice, supplier: Supplier) -> Iterator[str]:
    for row in invoice.taxes:
        if row.exemption:
            yield row.exemption
    if invoice.payment.terms:
        yield invoice.payment.terms
    yield supplier.words["thanks"]


def _money(value: Decimal | None, supplier: Supplier) -> str:
    return supplier.notation.money(value or NOTHING)
