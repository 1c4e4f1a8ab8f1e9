"""An invoice as UBL 2.1, the XML of Peppol. Credit notes, another root, are not written here."""

from decimal import Decimal
from xml.etree.ElementTree import Element

from samples._xml import node, written
from tallysheet.model import Account, Address, Adjustment, Invoice, Line, Party, Tax

EN_16931 = "urn:cen.eu:en16931:2017"

DISCOUNT = "95"
NO_ACCOUNT = "1"


def write_ubl(invoice: Invoice) -> bytes:
    """The file that holds *invoice*, after EN 16931."""
    currency = str(invoice.currency)
    return written(
        node(
            "ubl:Invoice",
            node("cbc:CustomizationID", EN_16931),
            node("cbc:ID", invoice.number),
            node("cbc:IssueDate", _iso(invoice.issue_date)),
            node("cbc:DueDate", _iso(invoice.due_date)),
            node("cbc:InvoiceTypeCode", invoice.kind),
            *(node("cbc:Note", note) for note in invoice.notes),
            node("cbc:DocumentCurrencyCode", currency),
            node("cbc:BuyerReference", invoice.buyer_reference),
            node("cac:OrderReference", node("cbc:ID", invoice.purchase_order)),
            node("cac:AccountingSupplierParty", _party(invoice.seller)),
            node("cac:AccountingCustomerParty", _party(invoice.buyer)),
            node("cac:Delivery", node("cbc:ActualDeliveryDate", _iso(invoice.delivery_date))),
            *(_account(invoice, account) for account in invoice.payment.accounts),
            node("cac:PaymentTerms", node("cbc:Note", invoice.payment.terms)),
            *(_adjustment(row, currency, charge=False) for row in invoice.allowances),
            *(_adjustment(row, currency, charge=True) for row in invoice.charges),
            node(
                "cac:TaxTotal",
                _amount("TaxAmount", invoice.totals.tax, currency),
                *(_tax(tax, currency) for tax in invoice.taxes),
            ),
            _totals(invoice, currency),
            *(_line(line, at, currency) for at, line in enumerate(invoice.lines, start=1)),
        )
    )


def _party(party: Party) -> Element | None:
    contact = party.contact
    return node(
        "cac:Party",
        _address(party.address),
        _registration(party.vat_id, "VAT"),
        _registration(party.tax_number, "TAX"),
        node(
            "cac:PartyLegalEntity",
            node("cbc:RegistrationName", party.name),
            node("cbc:CompanyID", party.legal_id),
        ),
        node(
            "cac:Contact",
            node("cbc:Name", contact.name),
            node("cbc:Telephone", contact.phone),
            node("cbc:ElectronicMail", contact.email),
        ),
    )


def _registration(number: str | None, scheme: str) -> Element | None:
    if number is None:
        return None
    return node(
        "cac:PartyTaxScheme",
        node("cbc:CompanyID", number),
        node("cac:TaxScheme", node("cbc:ID", scheme)),
    )


def _address(address: Address) -> Element | None:
    return node(
        "cac:PostalAddress",
        node("cbc:StreetName", address.line1),
        node("cbc:CityName", address.city),
        node("cbc:PostalZone", address.postcode),
        node("cbc:CountrySubentity", address.region),
        node("cac:Country", node("cbc:IdentificationCode", address.country)),
    )


def _account(invoice: Invoice, account: Account) -> Element | None:
    return node(
        "cac:PaymentMeans",
        node("cbc:PaymentMeansCode", invoice.payment.means_code or NO_ACCOUNT),
        node("cbc:PaymentID", invoice.payment.reference),
        node(
            "cac:PayeeFinancialAccount",
            node("cbc:ID", account.iban),
            node("cac:FinancialInstitutionBranch", node("cbc:ID", account.bic)),
        ),
    )


def _adjustment(row: Adjustment, currency: str, *, charge: bool) -> Element | None:
    taxed = _category("cac:TaxCategory", row.vat_category, row.vat_rate)
    return node(
        "cac:AllowanceCharge",
        node("cbc:ChargeIndicator", "true" if charge else "false"),
        node("cbc:AllowanceChargeReasonCode", None if charge else DISCOUNT),
        node("cbc:AllowanceChargeReason", row.reason),
        node("cbc:MultiplierFactorNumeric", row.percent),
        _amount("Amount", row.amount, currency),
        _amount("BaseAmount", row.base, currency),
        taxed if row.vat_category else None,
    )


def _tax(tax: Tax, currency: str) -> Element | None:
    return node(
        "cac:TaxSubtotal",
        _amount("TaxableAmount", tax.base, currency),
        _amount("TaxAmount", tax.amount, currency),
        _category("cac:TaxCategory", tax.category, tax.rate, tax.exemption),
    )


def _category(
    tag: str, code: str | None, rate: Decimal | None, exemption: str | None = None
) -> Element | None:
    return node(
        tag,
        node("cbc:ID", code),
        node("cbc:Percent", rate),
        node("cbc:TaxExemptionReason", exemption),
        node("cac:TaxScheme", node("cbc:ID", "VAT")),
    )


def _totals(invoice: Invoice, currency: str) -> Element | None:
    totals = invoice.totals
    return node(
        "cac:LegalMonetaryTotal",
        _amount("LineExtensionAmount", totals.lines, currency),
        _amount("TaxExclusiveAmount", totals.net, currency),
        _amount("TaxInclusiveAmount", totals.gross, currency),
        _amount("AllowanceTotalAmount", totals.allowances, currency),
        _amount("ChargeTotalAmount", totals.charges, currency),
        _amount("PrepaidAmount", totals.paid, currency),
        _amount("PayableAmount", totals.due, currency),
    )


def _line(line: Line, at: int, currency: str) -> Element | None:
    return node(
        "cac:InvoiceLine",
        node("cbc:ID", line.id or str(at)),
        node("cbc:InvoicedQuantity", line.quantity, unitCode=line.unit),
        _amount("LineExtensionAmount", line.amount, currency),
        *(_adjustment(row, currency, charge=False) for row in line.allowances),
        *(_adjustment(row, currency, charge=True) for row in line.charges),
        node(
            "cac:Item",
            node("cbc:Name", line.name),
            node("cac:SellersItemIdentification", node("cbc:ID", line.seller_sku)),
            _category("cac:ClassifiedTaxCategory", line.vat_category, line.vat_rate),
        ),
        node("cac:Price", _amount("PriceAmount", line.unit_price, currency)),
    )


def _amount(name: str, value: Decimal | None, currency: str) -> Element | None:
    return node(f"cbc:{name}", value, currencyID=currency)


def _iso(day: object) -> str | None:
    return str(day) if day else None
