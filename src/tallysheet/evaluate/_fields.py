"""The fields that are compared: what they are called, where they stand, which weigh most."""

import re
from dataclasses import dataclass
from enum import Enum

from tallysheet.model import Invoice


class Kind(Enum):
    """How two values of a field are held against each other."""

    AMOUNT = "amount"
    DATE = "date"
    CODE = "code"
    """Identifiers, in which neither case, blanks nor punctuation mean anything."""
    TEXT = "text"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an invoice that the truth tells."""

    label: str
    """What people call it."""
    path: str
    """Where it stands in the canonical invoice."""
    flat: str
    """Its key in a truth file without invoices."""
    kind: Kind
    grave: bool = True
    """Whether a document that is called done must not be wrong in it: it decides who is paid
    how much, and what is booked when."""


FIELDS = (
    Field("number", "number", "number", Kind.TEXT),
    Field("type code", "kind", "type_code", Kind.CODE, grave=False),
    Field("issue date", "issue_date", "issue_date", Kind.DATE),
    Field("due date", "due_date", "due_date", Kind.DATE, grave=False),
    Field("currency", "currency", "currency", Kind.CODE),
    Field("seller", "seller.name", "seller_name", Kind.NAME, grave=False),
    Field("seller VAT id", "seller.vat_id", "seller_vat_id", Kind.CODE),
    Field("buyer", "buyer.name", "buyer_name", Kind.NAME, grave=False),
    Field("IBAN", "payment.accounts[0].iban", "iban", Kind.CODE),
    Field("net", "totals.net", "net_total", Kind.AMOUNT),
    Field("VAT", "totals.tax", "vat_total", Kind.AMOUNT),
    Field("gross", "totals.gross", "gross_total", Kind.AMOUNT),
    Field("due", "totals.due", "amount_due", Kind.AMOUNT),
)


def value_at(invoice: Invoice, path: str) -> object:
    """The value of *invoice* under a field path; none where there is none."""
    value: object = invoice
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        value = getattr(value, name)
        if index and isinstance(value, tuple):
            value = value[int(index)] if int(index) < len(value) else None
        if value is None or value == "":
            return None
    return value
