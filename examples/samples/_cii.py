"""An invoice as UN/CEFACT Cross Industry Invoice: the XML inside Factur-X and XRechnung.

Elements stand in the order of the schema, which is not that of reason.
"""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from samples._xml import Content, node, written
from tallysheet.model import Account, Address, Adjustment, Invoice, Line, Party, Tax

EN_16931 = "urn:cen.eu:en16931:2017"

VAT = "VAT"
DISCOUNT = "95"
"""A reason for allowances, of UNTDID 5189."""

NO_ACCOUNT = "1"
"""Means of payment of UNTDID 4461: not defined."""


def write_cii(invoice: Invoice) -> bytes:
    """The file that holds *invoice*, after EN 16931."""
    return written(
        node(
            "rsm:CrossIndustryInvoice",
            node(
                "rsm:ExchangedDocumentContext",
                node("ram:GuidelineSpecifiedDocumentContextParameter", node("ram:ID", EN_16931)),
            ),
            node(
                "rsm:ExchangedDocument",
                node("ram:ID", invoice.number),
                node("ram:TypeCode", invoice.kind),
                _day("ram:IssueDateTime", invoice.issue_date),
                *(node("ram:IncludedNote", node("ram:Content", note)) for note in invoice.notes),
            ),
            node(
                "rsm:SupplyChainTradeTransaction",
                *(_line(line, at) for at, line in enumerate(invoice.lines, start=1)),
                _agreement(invoice),
                node("ram:ApplicableHeaderTradeDelivery", *_delivery(invoice)),
                _settlement(invoice),
            ),
        )
    )


def _line(line: Line, at: int) -> Element | None:
    return node(
        "ram:IncludedSupplyChainTradeLineItem",
        node("ram:AssociatedDocumentLineDocument", node("ram:LineID", line.id or str(at))),
        node(
            "ram:SpecifiedTradeProduct",
            node("ram:SellerAssignedID", line.seller_sku),
            node("ram:Name", line.name),
        ),
        node(
            "ram:SpecifiedLineTradeAgreement",
            node("ram:NetPriceProductTradePrice", node("ram:ChargeAmount", line.unit_price)),
        ),
        node(
            "ram:SpecifiedLineTradeDelivery",
            node("ram:BilledQuantity", line.quantity, unitCode=line.unit),
        ),
        node(
            "ram:SpecifiedLineTradeSettlement",
            node(
                "ram:ApplicableTradeTax",
                node("ram:TypeCode", VAT),
                node("ram:CategoryCode", line.vat_category),
                node("ram:RateApplicablePercent", line.vat_rate),
            ),
            *(_adjustment(row, charge=False) for row in line.allowances),
            *(_adjustment(row, charge=True) for row in line.charges),
            node(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                node("ram:LineTotalAmount", line.amount),
            ),
        ),
    )


def _agreement(invoice: Invoice) -> Element | None:
    return node(
        "ram:ApplicableHeaderTradeAgreement",
        node("ram:BuyerReference", invoice.buyer_reference),
        _party("ram:SellerTradeParty", invoice.seller),
        _party("ram:BuyerTradeParty", invoice.buyer),
        node(
            "ram:BuyerOrderReferencedDocument",
            node("ram:IssuerAssignedID", invoice.purchase_order),
        ),
    )


def _party(tag: str, party: Party) -> Element | None:
    contact = party.contact
    return node(
        tag,
        node("ram:Name", party.name),
        node("ram:SpecifiedLegalOrganization", node("ram:ID", party.legal_id)),
        node(
            "ram:DefinedTradeContact",
            node("ram:PersonName", contact.name),
            node("ram:TelephoneUniversalCommunication", node("ram:CompleteNumber", contact.phone)),
            node("ram:EmailURIUniversalCommunication", node("ram:URIID", contact.email)),
        ),
        _address(party.address),
        node("ram:SpecifiedTaxRegistration", node("ram:ID", party.tax_number, schemeID="FC")),
        node("ram:SpecifiedTaxRegistration", node("ram:ID", party.vat_id, schemeID="VA")),
    )


def _address(address: Address) -> Element | None:
    return node(
        "ram:PostalTradeAddress",
        node("ram:PostcodeCode", address.postcode),
        node("ram:LineOne", address.line1),
        node("ram:CityName", address.city),
        node("ram:CountryID", address.country),
        node("ram:CountrySubDivisionName", address.region),
    )


def _delivery(invoice: Invoice) -> Iterator[Content]:
    """The day of delivery; the element around it must be there even without one."""
    yield ""
    yield node(
        "ram:ActualDeliverySupplyChainEvent",
        _day("ram:OccurrenceDateTime", invoice.delivery_date),
    )


def _settlement(invoice: Invoice) -> Element | None:
    payment = invoice.payment
    return node(
        "ram:ApplicableHeaderTradeSettlement",
        node("ram:PaymentReference", payment.reference),
        node("ram:InvoiceCurrencyCode", invoice.currency),
        *(_account(account, payment.means_code) for account in payment.accounts),
        *(_tax(tax) for tax in invoice.taxes),
        *(_adjustment(row, charge=False) for row in invoice.allowances),
        *(_adjustment(row, charge=True) for row in invoice.charges),
        node(
            "ram:SpecifiedTradePaymentTerms",
            node("ram:Description", payment.terms),
            _day("ram:DueDateDateTime", invoice.due_date),
        ),
        _totals(invoice),
        *(
            node(
                "ram:InvoiceReferencedDocument",
                node("ram:IssuerAssignedID", other.number),
                _day("ram:FormattedIssueDateTime", other.issue_date, kind="qdt"),
            )
            for other in invoice.preceding_invoices
        ),
    )


def _account(account: Account, means: str | None) -> Element | None:
    return node(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        node("ram:TypeCode", means or NO_ACCOUNT),
        node("ram:PayeePartyCreditorFinancialAccount", node("ram:IBANID", account.iban)),
        node("ram:PayeeSpecifiedCreditorFinancialInstitution", node("ram:BICID", account.bic)),
    )


def _tax(tax: Tax) -> Element | None:
    return node(
        "ram:ApplicableTradeTax",
        node("ram:CalculatedAmount", tax.amount),
        node("ram:TypeCode", VAT),
        node("ram:ExemptionReason", tax.exemption),
        node("ram:BasisAmount", tax.base),
        node("ram:CategoryCode", tax.category),
        node("ram:RateApplicablePercent", tax.rate),
    )


def _adjustment(row: Adjustment, *, charge: bool) -> Element | None:
    return node(
        "ram:SpecifiedTradeAllowanceCharge",
        node("ram:ChargeIndicator", node("udt:Indicator", "true" if charge else "false")),
        node("ram:CalculationPercent", row.percent),
        node("ram:BasisAmount", row.base),
        node("ram:ActualAmount", row.amount),
        node("ram:ReasonCode", None if charge else DISCOUNT),
        node("ram:Reason", row.reason),
        node(
            "ram:CategoryTradeTax",
            node("ram:TypeCode", row.vat_category and VAT),
            node("ram:CategoryCode", row.vat_category),
            node("ram:RateApplicablePercent", row.vat_rate),
        ),
    )


def _totals(invoice: Invoice) -> Element | None:
    totals = invoice.totals
    return node(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        node("ram:LineTotalAmount", totals.lines),
        node("ram:ChargeTotalAmount", totals.charges),
        node("ram:AllowanceTotalAmount", totals.allowances),
        node("ram:TaxBasisTotalAmount", totals.net),
        node("ram:TaxTotalAmount", totals.tax, currencyID=invoice.currency),
        node("ram:GrandTotalAmount", totals.gross),
        node("ram:TotalPrepaidAmount", totals.paid),
        node("ram:DuePayableAmount", totals.due),
    )


def _day(tag: str, day: date | None, kind: str = "udt") -> Element | None:
    text = f"{day:%Y%m%d}" if day else None
    return node(tag, node(f"{kind}:DateTimeString", text, format="102"))
