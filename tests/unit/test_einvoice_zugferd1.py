"""ZUGFeRD 1: where the draft differs from what became the Cross Industry Invoice."""

from datetime import date
from decimal import Decimal

from tallysheet.extract._einvoice import read_e_invoice

XML = """\ufeff<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
    xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
    xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15">
  <rsm:HeaderExchangedDocument><ram:ID>R-1</ram:ID><ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">20130806</udt:DateTimeString>
    </ram:IssueDateTime>
    <ram:IncludedNote><ram:Content>Thanks</ram:Content></ram:IncludedNote>
  </rsm:HeaderExchangedDocument>
  <rsm:SpecifiedSupplyChainTradeTransaction>
    <ram:ApplicableSupplyChainTradeAgreement>
      <ram:SellerTradeParty><ram:Name>Seller</ram:Name>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE1</ram:ID>
        </ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
      <ram:ContractReferencedDocument><ram:ID>V-1</ram:ID></ram:ContractReferencedDocument>
    </ram:ApplicableSupplyChainTradeAgreement>
    <ram:ApplicableSupplyChainTradeDelivery>
      <ram:DeliveryNoteReferencedDocument><ram:ID>L-1</ram:ID></ram:DeliveryNoteReferencedDocument>
    </ram:ApplicableSupplyChainTradeDelivery>
    <ram:ApplicableSupplyChainTradeSettlement>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans>
        <ram:ID schemeAgencyID="DE98ZZZ">M-1</ram:ID>
      </ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax><ram:ApplicablePercent>19.00</ram:ApplicablePercent>
      </ram:ApplicableTradeTax>
      <ram:InvoiceReferencedDocument><ram:IssueDateTime>2013-08-01T00:00:00</ram:IssueDateTime>
        <ram:ID>R-0</ram:ID></ram:InvoiceReferencedDocument>
      <ram:SpecifiedTradeSettlementMonetarySummation>
        <ram:GrandTotalAmount currencyID="EUR">11.90</ram:GrandTotalAmount>
      </ram:SpecifiedTradeSettlementMonetarySummation>
    </ram:ApplicableSupplyChainTradeSettlement>
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument>
        <ram:IncludedNote><ram:Content>Our offer of May</ram:Content></ram:IncludedNote>
      </ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedSupplyChainTradeSettlement/>
    </ram:IncludedSupplyChainTradeLineItem>
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:SpecifiedSupplyChainTradeAgreement>
        <ram:NetPriceProductTradePrice><ram:ChargeAmount currencyID="EUR">5.0</ram:ChargeAmount>
        </ram:NetPriceProductTradePrice></ram:SpecifiedSupplyChainTradeAgreement>
      <ram:SpecifiedSupplyChainTradeDelivery>
        <ram:BilledQuantity unitCode="C62">2</ram:BilledQuantity>
      </ram:SpecifiedSupplyChainTradeDelivery>
      <ram:SpecifiedSupplyChainTradeSettlement>
        <ram:ApplicableTradeTax><ram:ApplicablePercent>19</ram:ApplicablePercent>
        </ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementMonetarySummation>
          <ram:LineTotalAmount>10.00</ram:LineTotalAmount>
        </ram:SpecifiedTradeSettlementMonetarySummation>
      </ram:SpecifiedSupplyChainTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>
  </rsm:SpecifiedSupplyChainTradeTransaction>
</rsm:CrossIndustryDocument>"""


def test_the_older_names_are_read() -> None:
    """Head, references, tax and totals."""
    invoice = read_e_invoice(XML).invoice

    assert (invoice.number, invoice.issue_date) == ("R-1", date(2013, 8, 6))
    assert (invoice.seller.name, invoice.seller.vat_id) == ("Seller", "DE1")
    assert (invoice.contract, invoice.despatch_advice) == ("V-1", "L-1")
    assert [tax.rate for tax in invoice.taxes] == [Decimal("19.00")]
    assert invoice.totals.gross == Decimal("11.90")


def test_a_reference_carries_a_plain_date() -> None:
    """A time of day is left aside."""
    (before,) = read_e_invoice(XML).invoice.preceding_invoices

    assert (before.number, before.issue_date) == ("R-0", date(2013, 8, 1))


def test_a_direct_debit_stands_in_an_identifier_and_its_attribute() -> None:
    """The mandate is the value, the creditor its agency."""
    draft = read_e_invoice(XML)

    assert (draft.invoice.payment.mandate, draft.invoice.payment.creditor_id) == ("M-1", "DE98ZZZ")
    assert draft.citations["payment.creditor_id"].text == "DE98ZZZ"


def test_a_line_that_charges_nothing_is_a_note() -> None:
    """Text between the lines is kept, and counts as no line."""
    draft = read_e_invoice(XML)

    assert draft.invoice.notes == ("Thanks", "Our offer of May")
    assert [(line.quantity, line.unit_price, line.amount) for line in draft.invoice.lines] == [
        (2, 5, 10)
    ]
    assert draft.citations["lines[0].amount"].text == "10.00"
