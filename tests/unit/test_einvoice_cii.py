"""Cross Industry Invoice: every group of it, read from one small document."""

from datetime import date
from decimal import Decimal

from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.model import Draft, Invoice

PARTS = {
    "document": """
        <ram:ID> RE-7 </ram:ID><ram:TypeCode>380</ram:TypeCode>
        <ram:IssueDateTime>
          <udt:DateTimeString format="102">20240229</udt:DateTimeString>
        </ram:IssueDateTime>
        <ram:IncludedNote><ram:Content>First note</ram:Content></ram:IncludedNote>
        <ram:IncludedNote><ram:Content/></ram:IncludedNote>
        <ram:IncludedNote><ram:Content>Second note</ram:Content></ram:IncludedNote>""",
    "line": """
        <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID>
          <ram:IncludedNote><ram:Content>Fragile</ram:Content></ram:IncludedNote>
          <ram:IncludedNote><ram:Content>This side up</ram:Content></ram:IncludedNote>
        </ram:AssociatedDocumentLineDocument>
        <ram:SpecifiedTradeProduct>
          <ram:GlobalID schemeID="0160">4012345001235</ram:GlobalID>
          <ram:SellerAssignedID>S-1</ram:SellerAssignedID>
          <ram:BuyerAssignedID>B-1</ram:BuyerAssignedID>
          <ram:Name>Lamp</ram:Name><ram:Description>Brass</ram:Description>
        </ram:SpecifiedTradeProduct>
        <ram:SpecifiedLineTradeAgreement>
          <ram:GrossPriceProductTradePrice>
            <ram:ChargeAmount>12.50</ram:ChargeAmount>
            <ram:AppliedTradeAllowanceCharge>
              <ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
              <ram:ActualAmount>2.50</ram:ActualAmount>
            </ram:AppliedTradeAllowanceCharge>
          </ram:GrossPriceProductTradePrice>
          <ram:NetPriceProductTradePrice>
            <ram:ChargeAmount>10.0000</ram:ChargeAmount><ram:BasisQuantity>1</ram:BasisQuantity>
          </ram:NetPriceProductTradePrice>
        </ram:SpecifiedLineTradeAgreement>
        <ram:SpecifiedLineTradeDelivery>
          <ram:BilledQuantity unitCode="H87">3</ram:BilledQuantity>
        </ram:SpecifiedLineTradeDelivery>
        <ram:SpecifiedLineTradeSettlement>
          <ram:ApplicableTradeTax>
            <ram:CategoryCode>S</ram:CategoryCode>
            <ram:RateApplicablePercent>19.00</ram:RateApplicablePercent>
          </ram:ApplicableTradeTax>
          <ram:SpecifiedTradeAllowanceCharge>
            <ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator>
            <ram:ActualAmount>1.00</ram:ActualAmount><ram:Reason>Packing</ram:Reason>
          </ram:SpecifiedTradeAllowanceCharge>
          <ram:SpecifiedTradeSettlementLineMonetarySummation>
            <ram:LineTotalAmount>31.00</ram:LineTotalAmount>
          </ram:SpecifiedTradeSettlementLineMonetarySummation>
        </ram:SpecifiedLineTradeSettlement>""",
    "agreement": """
        <ram:BuyerReference>04-0</ram:BuyerReference>
        <ram:SellerTradeParty>
          <ram:ID>77</ram:ID><ram:GlobalID schemeID="0088">400000112345</ram:GlobalID>
          <ram:GlobalID schemeID="0088"/>
          <ram:Name>Lamps Ltd</ram:Name>
          <ram:SpecifiedLegalOrganization>
            <ram:ID>HRB 1</ram:ID><ram:TradingBusinessName>Lamps</ram:TradingBusinessName>
          </ram:SpecifiedLegalOrganization>
          <ram:DefinedTradeContact>
            <ram:PersonName>Ann</ram:PersonName>
            <ram:EmailURIUniversalCommunication>
              <ram:URIID>ann@lamps.test</ram:URIID>
            </ram:EmailURIUniversalCommunication>
          </ram:DefinedTradeContact>
          <ram:PostalTradeAddress>
            <ram:PostcodeCode>80333</ram:PostcodeCode><ram:LineOne>Street 1</ram:LineOne>
            <ram:CityName>Munich</ram:CityName><ram:CountryID>de</ram:CountryID>
          </ram:PostalTradeAddress>
          <ram:SpecifiedTaxRegistration>
            <ram:ID schemeID="FC">201/113</ram:ID>
          </ram:SpecifiedTaxRegistration>
          <ram:SpecifiedTaxRegistration>
            <ram:ID schemeID="VA">DE123456789</ram:ID>
          </ram:SpecifiedTaxRegistration>
        </ram:SellerTradeParty>
        <ram:BuyerTradeParty><ram:ID>C-9</ram:ID><ram:Name>Buyer</ram:Name></ram:BuyerTradeParty>
        <ram:BuyerOrderReferencedDocument>
          <ram:IssuerAssignedID>PO-1</ram:IssuerAssignedID>
        </ram:BuyerOrderReferencedDocument>""",
    "delivery": """
        <ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>
          <udt:DateTimeString format="102">20240228</udt:DateTimeString>
        </ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>""",
    "settlement": """
        <ram:PaymentReference>RE-7</ram:PaymentReference>
        <ram:InvoiceCurrencyCode>eur</ram:InvoiceCurrencyCode>
        <ram:TaxCurrencyCode>SEK</ram:TaxCurrencyCode>
        <ram:SpecifiedTradeSettlementPaymentMeans>
          <ram:TypeCode>58</ram:TypeCode>
          <ram:PayeePartyCreditorFinancialAccount>
            <ram:IBANID>DE12 1234 5678</ram:IBANID>
          </ram:PayeePartyCreditorFinancialAccount>
          <ram:PayeeSpecifiedCreditorFinancialInstitution>
            <ram:BICID>BYLADEM1001</ram:BICID>
          </ram:PayeeSpecifiedCreditorFinancialInstitution>
        </ram:SpecifiedTradeSettlementPaymentMeans>
        <ram:SpecifiedTradeSettlementPaymentMeans>
          <ram:TypeCode>10</ram:TypeCode>
        </ram:SpecifiedTradeSettlementPaymentMeans>
        <ram:ApplicableTradeTax>
          <ram:CalculatedAmount>5.89</ram:CalculatedAmount><ram:BasisAmount>31.00</ram:BasisAmount>
          <ram:CategoryCode>S</ram:CategoryCode>
          <ram:RateApplicablePercent>19.00</ram:RateApplicablePercent>
        </ram:ApplicableTradeTax>
        <ram:BillingSpecifiedPeriod>
          <ram:StartDateTime><udt:DateTimeString format="610">202402</udt:DateTimeString>
          </ram:StartDateTime>
          <ram:EndDateTime><udt:DateTimeString format="610">202402</udt:DateTimeString>
          </ram:EndDateTime>
        </ram:BillingSpecifiedPeriod>
        <ram:SpecifiedTradeAllowanceCharge>
          <ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
          <ram:ActualAmount>4.00</ram:ActualAmount><ram:Reason>Rebate</ram:Reason>
        </ram:SpecifiedTradeAllowanceCharge>
        <ram:SpecifiedTradeAllowanceCharge>
          <ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator>
          <ram:ActualAmount>3.00</ram:ActualAmount>
        </ram:SpecifiedTradeAllowanceCharge>
        <ram:SpecifiedLogisticsServiceCharge>
          <ram:Description>Freight</ram:Description><ram:AppliedAmount>1.00</ram:AppliedAmount>
        </ram:SpecifiedLogisticsServiceCharge>
        <ram:SpecifiedTradePaymentTerms>
          <ram:Description>2 % within 10 days</ram:Description>
          <ram:DueDateDateTime><udt:DateTimeString format="102">20240310</udt:DateTimeString>
          </ram:DueDateDateTime>
        </ram:SpecifiedTradePaymentTerms>
        <ram:SpecifiedTradePaymentTerms>
          <ram:Description>net within 30 days</ram:Description>
          <ram:DueDateDateTime><udt:DateTimeString format="102">20240330</udt:DateTimeString>
          </ram:DueDateDateTime>
        </ram:SpecifiedTradePaymentTerms>
        <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
          <ram:LineTotalAmount>31.00</ram:LineTotalAmount>
          <ram:TaxBasisTotalAmount>31.00</ram:TaxBasisTotalAmount>
          <ram:TaxTotalAmount currencyID="SEK">66.10</ram:TaxTotalAmount>
          <ram:TaxTotalAmount currencyID="EUR">5.89</ram:TaxTotalAmount>
          <ram:GrandTotalAmount>36.89</ram:GrandTotalAmount>
          <ram:TotalPrepaidAmount>0</ram:TotalPrepaidAmount>
          <ram:DuePayableAmount>36.89</ram:DuePayableAmount>
        </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:InvoiceReferencedDocument>
          <ram:IssuerAssignedID>RE-6</ram:IssuerAssignedID>
          <ram:FormattedIssueDateTime>
            <udt:DateTimeString format="102">20240101</udt:DateTimeString>
          </ram:FormattedIssueDateTime>
        </ram:InvoiceReferencedDocument>""",
}


def cii(**changed: str) -> str:
    """An invoice as XML, with some of its parts replaced."""
    part = PARTS | changed
    data = "urn:un:unece:uncefact:data:standard"
    return f"""<?xml version="1.0" encoding="ISO-8859-1"?>
    <rsm:CrossIndustryInvoice xmlns:rsm="{data}:CrossIndustryInvoice:100"
        xmlns:ram="{data}:ReusableAggregateBusinessInformationEntity:100"
        xmlns:udt="{data}:UnqualifiedDataType:100">
      <rsm:ExchangedDocument>{part["document"]}</rsm:ExchangedDocument>
      <rsm:SupplyChainTradeTransaction>
        <ram:IncludedSupplyChainTradeLineItem>{part["line"]}</ram:IncludedSupplyChainTradeLineItem>
        <ram:ApplicableHeaderTradeAgreement>{part["agreement"]}</ram:ApplicableHeaderTradeAgreement>
        <ram:ApplicableHeaderTradeDelivery>{part["delivery"]}</ram:ApplicableHeaderTradeDelivery>
        <ram:ApplicableHeaderTradeSettlement>{part["settlement"]}
        </ram:ApplicableHeaderTradeSettlement>
      </rsm:SupplyChainTradeTransaction>
    </rsm:CrossIndustryInvoice>"""


def totals(inside: str, currency: str = "EUR") -> Invoice:
    """An invoice with only these totals, as it is read."""
    name = "SpecifiedTradeSettlementHeaderMonetarySummation"
    code = f"<ram:InvoiceCurrencyCode>{currency}</ram:InvoiceCurrencyCode>"
    return read_e_invoice(cii(settlement=f"{code}<ram:{name}>{inside}</ram:{name}>")).invoice


def citation(draft: Draft, path: str) -> tuple[str, str, float]:
    """What the citation of *path* says."""
    cited = draft.citations[path]
    return cited.text, cited.method, cited.score


def test_the_head_of_an_invoice_is_read() -> None:
    """Number, kind, dates, currencies, references, notes; spaces trimmed, codes in capitals."""
    invoice = read_e_invoice(cii()).invoice

    assert (invoice.number, invoice.kind) == ("RE-7", "380")
    assert (invoice.issue_date, invoice.delivery_date) == (date(2024, 2, 29), date(2024, 2, 28))
    assert (invoice.currency, invoice.tax_currency) == ("EUR", "SEK")
    assert (invoice.buyer_reference, invoice.purchase_order) == ("04-0", "PO-1")
    assert invoice.notes == ("First note", "Second note")
    assert invoice.preceding_invoices[0].number == "RE-6"
    assert invoice.preceding_invoices[0].issue_date == date(2024, 1, 1)


def test_a_vat_id_and_a_tax_number_are_told_apart_by_their_scheme() -> None:
    """VA is the VAT identifier and FC the tax number, whichever stands first."""
    seller = read_e_invoice(cii()).invoice.seller

    assert (seller.vat_id, seller.tax_number) == ("DE123456789", "201/113")


def test_a_party_is_read_with_its_address_contact_and_identifiers() -> None:
    """An identifier without a value is none, and leaves no citation of its scheme behind."""
    draft = read_e_invoice(cii())
    seller, buyer = draft.invoice.seller, draft.invoice.buyer

    assert (seller.name, seller.trade_name, seller.legal_id) == ("Lamps Ltd", "Lamps", "HRB 1")
    assert [(i.value, i.scheme) for i in seller.ids] == [("400000112345", "0088"), ("77", None)]
    assert (seller.address.line1, seller.address.country) == ("Street 1", "DE")
    assert (seller.contact.name, seller.contact.email) == ("Ann", "ann@lamps.test")
    assert (buyer.name, buyer.customer_number) == ("Buyer", "C-9")
    assert sorted(path for path in draft.citations if path.startswith("seller.ids")) == [
        "seller.ids[0].scheme",
        "seller.ids[0].value",
        "seller.ids[1].value",
    ]


def test_of_several_due_dates_the_first_counts_and_all_terms_are_kept() -> None:
    """A discount date before the final one is what the standard's single due date becomes."""
    invoice = read_e_invoice(cii()).invoice

    assert invoice.due_date == date(2024, 3, 10)
    assert invoice.payment.terms == "2 % within 10 days\nnet within 30 days"


def test_an_account_is_read_as_it_is_written() -> None:
    """With its spaces: an e-invoice is exact. Payment means without an account add none."""
    draft = read_e_invoice(cii())
    payment = draft.invoice.payment

    assert [(a.iban, a.bic) for a in payment.accounts] == [("DE12 1234 5678", "BYLADEM1001")]
    assert (payment.means_code, payment.reference) == ("58", "RE-7")
    assert citation(draft, "payment.accounts[0].iban") == ("DE12 1234 5678", "e-invoice", 1.0)


def test_allowances_charges_and_freight_are_told_apart() -> None:
    """The indicator decides; a logistics charge is a charge."""
    invoice = read_e_invoice(cii()).invoice

    assert [(a.amount, a.reason) for a in invoice.allowances] == [(Decimal("4.00"), "Rebate")]
    assert [(c.amount, c.reason) for c in invoice.charges] == [
        (Decimal("3.00"), None),
        (Decimal("1.00"), "Freight"),
    ]


def test_a_line_is_read_with_prices_tax_and_charges() -> None:
    """Every term of a line, its numbers with as many places as were written."""
    draft = read_e_invoice(cii())
    (line,) = draft.invoice.lines

    assert (line.id, line.name, line.description) == ("1", "Lamp", "Brass")
    assert line.note == "Fragile\nThis side up"
    assert (line.seller_sku, line.buyer_sku, line.gtin) == ("S-1", "B-1", "4012345001235")
    assert (line.quantity, line.unit) == (Decimal(3), "H87")
    assert str(line.unit_price) == "10.0000"
    assert (line.gross_price, line.price_discount) == (Decimal("12.50"), Decimal("2.50"))
    assert (line.amount, line.vat_category, line.vat_rate) == (Decimal(31), "S", Decimal(19))
    assert [charge.reason for charge in line.charges] == ["Packing"]
    assert citation(draft, "lines[0].amount")[0] == "31.00"


def test_a_zero_is_a_value() -> None:
    """Nothing paid is not the same as nothing said."""
    invoice = read_e_invoice(cii()).invoice

    assert invoice.totals.paid == 0
    assert invoice.totals.rounding is None


def test_a_period_of_a_month_runs_from_its_first_to_its_last_day() -> None:
    """Notation 610 names a month, which as a period is unambiguous."""
    period = read_e_invoice(cii()).invoice.period

    assert (period.start, period.end) == (date(2024, 2, 1), date(2024, 2, 29))


def test_tax_in_two_currencies_goes_to_two_fields() -> None:
    """The currency of each amount decides, not its place."""
    found = read_e_invoice(cii()).invoice.totals

    assert (found.tax, found.tax_in_tax_currency) == (Decimal("5.89"), Decimal("66.10"))


def test_a_tax_currency_that_is_the_currency_of_the_document_changes_nothing() -> None:
    """One amount goes to one field."""
    xml = cii().replace("<ram:TaxCurrencyCode>SEK<", "<ram:TaxCurrencyCode>EUR<")

    found = read_e_invoice(xml).invoice.totals

    assert (found.tax, found.tax_in_tax_currency) == (Decimal("5.89"), None)


def test_tax_without_a_currency_is_in_the_currency_of_the_document() -> None:
    """Most invoices give one amount and leave the attribute out."""
    found = totals("<ram:TaxTotalAmount>5.89</ram:TaxTotalAmount>").totals

    assert (found.tax, found.tax_in_tax_currency) == (Decimal("5.89"), None)


def test_the_currency_of_an_amount_stands_in_where_the_document_names_none() -> None:
    """An empty currency code is mended from the total, and cited from there."""
    invoice = totals('<ram:GrandTotalAmount currencyID="CHF">1</ram:GrandTotalAmount>', currency="")

    assert invoice.currency == "CHF"


def test_signs_stay_as_written() -> None:
    """A correction is negative where the sender says so."""
    invoice = totals("<ram:GrandTotalAmount>-36.89</ram:GrandTotalAmount>")

    assert invoice.totals.gross == Decimal("-36.89")


def test_missing_groups_leave_fields_empty() -> None:
    """An invoice of nothing but a number is still read."""
    bare = dict.fromkeys(PARTS, "") | {"document": "<ram:ID>1</ram:ID>"}

    draft = read_e_invoice(cii(**bare))

    assert draft.invoice == Invoice(number="1")
    assert list(draft.citations) == ["number"]
    assert draft.warnings == ()


def test_every_value_found_has_a_citation() -> None:
    """The paths of the citations and of the values are the same set."""
    draft = read_e_invoice(cii())

    assert set(draft.citations) == set(paths(draft.invoice.model_dump(), ""))
    assert all(cited.page is None and cited.box is None for cited in draft.citations.values())


def paths(value: object, path: str) -> list[str]:
    """The field path of each value that is not empty."""
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in paths(v, f"{path}.{k}" if path else k)]
    if isinstance(value, tuple):
        return [p for at, v in enumerate(value) for p in paths(v, f"{path}[{at}]")]
    return [] if value is None else [path]
