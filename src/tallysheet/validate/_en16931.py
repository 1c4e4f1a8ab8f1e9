"""Rules of EN 16931 that bind only e-invoices which claim to follow it, and matter for payment.

Warnings, all of them: the sender broke a rule, yet what is to be paid to whom is
told by other fields. What a short profile has no place for is not missed.
"""

from collections.abc import Iterator
from decimal import Decimal

from tallysheet.model import Finding, Invoice, Severity, Standard, leaves_of
from tallysheet.validate._currencies import MINOR_UNITS, USUAL
from tallysheet.validate._lists import COUNTRIES
from tallysheet.validate._vat import NAMES, RULES

SYNTAXES = frozenset({"CII", "UBL"})
"""ZUGFeRD 1 is older than the standard, and FatturaPA has rules of its own."""
SHORTEST = "MINIMUM"
"""The profile that has no place for VAT rows and terms of payment."""

TRANSFERS = frozenset({"30", "58"})
REASONED = frozenset({"E", "AE", "K", "G", "O"})
PREFIXES = COUNTRIES | {"EL", "EU"}
SUMS = frozenset({"base", "amount"})


def binds(standard: Standard | None) -> bool:
    """Whether an e-invoice of *standard* has to follow the rules."""
    return standard is not None and standard.syntax in SYNTAXES


def check_en16931(invoice: Invoice, standard: Standard) -> Iterator[Finding]:
    """Notice rules that are broken."""
    short = (standard.profile or "").endswith(SHORTEST)
    if not short:
        yield from _when_to_pay(invoice)
        yield from _breakdown(invoice)
    yield from _where_to_pay(invoice)
    yield from _seller(invoice)
    yield from _parties(invoice)
    yield from _vat_currency(invoice)
    yield from _decimals(invoice)
    yield from _prices(invoice)


def _when_to_pay(invoice: Invoice) -> Iterator[Finding]:
    due = invoice.totals.due
    if due and due > 0 and not invoice.due_date and not invoice.payment.terms:
        message = "Something is due, and neither a date nor terms of payment are given (BR-CO-25)."
        yield _broken("payment.when", ("due_date", "payment.terms"), message)


def _where_to_pay(invoice: Invoice) -> Iterator[Finding]:
    means, due = invoice.payment.means_code, invoice.totals.due
    named = any(account.iban for account in invoice.payment.accounts)
    if means in TRANSFERS and not named and due != 0:
        message = "It is to be paid by transfer, and no account is named (BR-61)."
        yield _broken("payment.account", ("payment.accounts",), message)


def _seller(invoice: Invoice) -> Iterator[Finding]:
    seller = invoice.seller
    if not (seller.ids or seller.legal_id or seller.vat_id):
        message = "The seller has no identifier, registration or VAT number (BR-CO-26)."
        yield _broken("seller.unnumbered", ("seller",), message)


def _breakdown(invoice: Invoice) -> Iterator[Finding]:
    if not invoice.taxes:
        yield _broken("tax.missing", ("taxes",), "There is no VAT breakdown (BR-CO-18).")
    categories = {row.category for row in invoice.taxes}
    if "O" in categories and len(categories) > 1:
        message = "What is outside VAT (O) stands beside other VAT rows (BR-O-11)."
        yield _broken("tax.mixed", ("taxes",), message)
    for at, row in enumerate(invoice.taxes):
        category = row.category or ""
        if category in REASONED and not row.exemption:
            message = (
                f"VAT row {at + 1} is {NAMES[category]} and gives no reason for that "
                f"({RULES[category]}-10)."
            )
            yield _broken("tax.exemption", (f"taxes[{at}].exemption",), message)


def _parties(invoice: Invoice) -> Iterator[Finding]:
    """BR-AE-02, BR-IC-02: who owes the VAT instead must be known to the tax office."""
    categories = {row.category or "" for row in invoice.taxes}
    categories |= {line.vat_category or "" for line in invoice.lines}
    seller, buyer = invoice.seller, invoice.buyer
    for category in sorted(categories & {"AE", "K"}):
        at_buyer = buyer.vat_id or (category == "AE" and buyer.legal_id)
        at_seller = seller.vat_id or (category == "AE" and seller.tax_number)
        if not at_buyer or not at_seller:
            who = "buyer" if not at_buyer else "seller"
            message = (
                f"Something is {NAMES[category]}, and the {who} has no VAT number "
                f"({RULES[category]}-02)."
            )
            yield _broken("tax.parties", (f"{who}.vat_id",), message)
    for path, text in (("seller.vat_id", seller.vat_id), ("buyer.vat_id", buyer.vat_id)):
        if text and text[:2].upper() not in PREFIXES:
            message = f"The {path.partition('.')[0]}'s VAT number names no country (BR-CO-09)."
            yield _broken("vat_id.prefix", (path,), message)


def _vat_currency(invoice: Invoice) -> Iterator[Finding]:
    wanted = invoice.tax_currency
    if not wanted or wanted == invoice.currency:
        return
    if invoice.totals.tax_in_tax_currency is None:
        message = f"VAT is accounted for in {wanted}, and not given in it (BR-53)."
        yield _broken("tax_currency.total", ("totals.tax_in_tax_currency",), message)


def _decimals(invoice: Invoice) -> Iterator[Finding]:
    """BR-DEC: nobody can pay a tenth of a cent."""
    digits = max(USUAL, MINOR_UNITS.get(invoice.currency or "", USUAL))
    fine = [
        leaf.path
        for leaf in leaves_of(invoice)
        if isinstance(leaf.value, Decimal)
        and (leaf.path.startswith("totals.") or leaf.name in SUMS)
        and leaf.value != round(leaf.value, digits)
    ]
    if fine:
        more = f" and {len(fine) - 1} more" if len(fine) > 1 else ""
        message = f"{fine[0]}{more}: an amount has more than {digits} decimals (BR-DEC)."
        yield _broken("decimals", tuple(fine[:20]), message)


def _prices(invoice: Invoice) -> Iterator[Finding]:
    for at, line in enumerate(invoice.lines):
        if line.unit_price is not None and line.unit_price < 0:
            message = f"The price of line {at + 1} is negative (BR-27)."
            yield _broken("line.price", (f"lines[{at}].unit_price",), message)


def _broken(code: str, fields: tuple[str, ...], message: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, fields=fields, message=message)
