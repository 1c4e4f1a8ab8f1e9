"""Universal Business Language: the invoice, and where the credit note differs."""

from datetime import date
from decimal import Decimal

import pytest

from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.extract._einvoice._ubl import COLLECTING
from tallysheet.model import Invoice

SELLER = """
    <cac:Party><cbc:EndpointID schemeID="EM">in@lamps.test</cbc:EndpointID>
      <cac:PartyIdentification><cbc:ID schemeID="0088">400</cbc:ID></cac:PartyIdentification>
      <cac:PartyIdentification><cbc:ID schemeID="SEPA">DE98ZZZ</cbc:ID></cac:PartyIdentification>
      <cac:PartyName><cbc:Name>Lamps</cbc:Name></cac:PartyName>
      <cac:PostalAddress><cbc:StreetName>Street 1</cbc:StreetName>
        <cac:AddressLine><cbc:Line>Yard</cbc:Line></cac:AddressLine>
        <cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country>
      </cac:PostalAddress>
      <cac:PartyTaxScheme><cbc:CompanyID>F-tax</cbc:CompanyID>
        <cac:TaxScheme><cbc:ID>TAX</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
      <cac:PartyTaxScheme><cbc:CompanyID>SE1234567801</cbc:CompanyID>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
      <cac:PartyLegalEntity><cbc:RegistrationName>Lamps AB</cbc:RegistrationName>
        <cbc:CompanyID>5512</cbc:CompanyID></cac:PartyLegalEntity>
    </cac:Party>"""

HEAD = f"""
    <cbc:ID>F-1</cbc:ID><cbc:IssueDate>2024-02-29+01:00</cbc:IssueDate>
    <cbc:DueDate>2024-03-30</cbc:DueDate>
    <cbc:Note>One</cbc:Note><cbc:Note>Two</cbc:Note>
    <cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>
    <cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>
    <cac:OrderReference><cbc:ID>PO-1</cbc:ID><cbc:SalesOrderID>SO-1</cbc:SalesOrderID>
    </cac:OrderReference>
    <cac:AccountingSupplierParty>{SELLER}</cac:AccountingSupplierParty>
    <cac:AccountingCustomerParty><cac:Party>
      <cac:PartyIdentification><cbc:ID>C-9</cbc:ID></cac:PartyIdentification>
      <cac:PartyName><cbc:Name>Buyer</cbc:Name></cac:PartyName>
    </cac:Party></cac:AccountingCustomerParty>
    <cac:Delivery><cbc:ActualDeliveryDate>2024-02-28</cbc:ActualDeliveryDate>
      <cac:DeliveryLocation><cbc:ID>L-1</cbc:ID>
        <cac:Address><cbc:CityName>Lund</cbc:CityName></cac:Address></cac:DeliveryLocation>
      <cac:DeliveryParty><cac:PartyName><cbc:Name>Shop</cbc:Name></cac:PartyName>
      </cac:DeliveryParty></cac:Delivery>
    <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
      <cbc:PaymentDueDate>2024-04-01</cbc:PaymentDueDate>
      <cbc:PaymentID>F-1</cbc:PaymentID>
      <cac:PayeeFinancialAccount><cbc:ID>SE35 5000</cbc:ID><cbc:Name>Lamps</cbc:Name>
        <cac:FinancialInstitutionBranch><cbc:ID>ESSESESS</cbc:ID></cac:FinancialInstitutionBranch>
      </cac:PayeeFinancialAccount></cac:PaymentMeans>
    <cac:PaymentMeans><cbc:PaymentMeansCode>59</cbc:PaymentMeansCode>
      <cac:PaymentMandate><cbc:ID>M-1</cbc:ID>
        <cac:PayerFinancialAccount><cbc:ID>SE00 1</cbc:ID></cac:PayerFinancialAccount>
      </cac:PaymentMandate></cac:PaymentMeans>
    <cac:PaymentTerms><cbc:Note>30 days</cbc:Note></cac:PaymentTerms>
    <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>
      <cbc:MultiplierFactorNumeric>10</cbc:MultiplierFactorNumeric>
      <cbc:Amount currencyID="SEK">10</cbc:Amount><cbc:BaseAmount>100</cbc:BaseAmount>
    </cac:AllowanceCharge>
    <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>
      <cbc:Amount currencyID="SEK">5</cbc:Amount></cac:AllowanceCharge>
    <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">2.10</cbc:TaxAmount>
      <cac:TaxSubtotal><cbc:TaxableAmount>8.40</cbc:TaxableAmount></cac:TaxSubtotal></cac:TaxTotal>
    <cac:TaxTotal><cbc:TaxAmount currencyID="SEK">23.75</cbc:TaxAmount>
      <cac:TaxSubtotal><cbc:TaxableAmount>95</cbc:TaxableAmount>
        <cbc:TaxAmount>23.75</cbc:TaxAmount>
        <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent></cac:TaxCategory>
      </cac:TaxSubtotal></cac:TaxTotal>
    <cac:LegalMonetaryTotal><cbc:LineExtensionAmount>100</cbc:LineExtensionAmount>
      <cbc:TaxExclusiveAmount>95</cbc:TaxExclusiveAmount>
      <cbc:TaxInclusiveAmount>118.75</cbc:TaxInclusiveAmount>
      <cbc:PayableRoundingAmount>0.25</cbc:PayableRoundingAmount>
      <cbc:PayableAmount>119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>"""

REST_OF_LINE = """
    <cbc:LineExtensionAmount>100</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Lamp</cbc:Name>
      <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent>
      </cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount>25</cbc:PriceAmount>
      <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>
        <cbc:Amount>5</cbc:Amount><cbc:BaseAmount>30</cbc:BaseAmount></cac:AllowanceCharge>
    </cac:Price>"""


def ubl(root: str = "Invoice", kind: str = "380", quantity: str = "Invoiced") -> str:
    """An invoice or credit note as XML."""
    schema = "urn:oasis:names:specification:ubl:schema:xsd"
    return f"""<{root} xmlns="{schema}:{root}-2" xmlns:cac="{schema}:CommonAggregateComponents-2"
        xmlns:cbc="{schema}:CommonBasicComponents-2">{HEAD}
      <cbc:{root}TypeCode>{kind}</cbc:{root}TypeCode>
      <cac:{root}Line><cbc:ID>1</cbc:ID>
        <cbc:{quantity}Quantity unitCode="C62">4</cbc:{quantity}Quantity>{REST_OF_LINE}
      </cac:{root}Line></{root}>"""


@pytest.fixture(name="invoice")
def fixture_invoice() -> Invoice:
    """The sample, read."""
    draft = read_e_invoice(ubl())
    assert draft.warnings == ()
    return draft.invoice


def test_the_head_is_read(invoice: Invoice) -> None:
    """A date with a time zone is the date as written; notes repeat."""
    assert (invoice.number, invoice.kind) == ("F-1", "380")
    assert (invoice.issue_date, invoice.due_date) == (date(2024, 2, 29), date(2024, 3, 30))
    assert (invoice.currency, invoice.tax_currency) == ("SEK", "EUR")
    assert (invoice.purchase_order, invoice.sales_order) == ("PO-1", "SO-1")
    assert invoice.notes == ("One", "Two")


def test_the_registered_name_is_the_name_and_the_other_the_trading_name(invoice: Invoice) -> None:
    """Where only one name stands, it is the name, and there is no trading name."""
    assert (invoice.seller.name, invoice.seller.trade_name) == ("Lamps AB", "Lamps")
    assert (invoice.buyer.name, invoice.buyer.trade_name) == ("Buyer", None)


def test_tax_schemes_tell_vat_id_and_tax_number_apart(invoice: Invoice) -> None:
    """Only the scheme VAT makes a VAT identifier."""
    assert (invoice.seller.vat_id, invoice.seller.tax_number) == ("SE1234567801", "F-tax")


def test_a_creditor_identifier_is_no_identifier_of_the_seller(invoice: Invoice) -> None:
    """The scheme SEPA marks what belongs to the direct debit."""
    assert [(i.value, i.scheme) for i in invoice.seller.ids] == [("400", "0088")]
    assert invoice.payment.creditor_id == "DE98ZZZ"
    assert (invoice.payment.mandate, invoice.payment.debited_iban) == ("M-1", "SE00 1")


def test_payment_and_delivery_are_read(invoice: Invoice) -> None:
    """Accounts, terms, and where the goods went."""
    (account,) = invoice.payment.accounts

    assert (account.iban, account.name, account.bic) == ("SE35 5000", "Lamps", "ESSESESS")
    assert (invoice.payment.means_code, invoice.payment.terms) == ("58", "30 days")
    assert (invoice.ship_to.name, invoice.ship_to.address.city) == ("Shop", "Lund")
    assert invoice.delivery_date == date(2024, 2, 28)


def test_totals_and_taxes_are_those_of_the_document_currency(invoice: Invoice) -> None:
    """The total in the tax currency is kept apart, though it stands first."""
    totals = invoice.totals

    assert (totals.tax, totals.tax_in_tax_currency) == (Decimal("23.75"), Decimal("2.10"))
    assert (totals.net, totals.gross) == (Decimal(95), Decimal("118.75"))
    assert (totals.rounding, totals.due) == (Decimal("0.25"), Decimal("119.00"))
    assert [(t.category, t.rate, t.base) for t in invoice.taxes] == [("S", 25, 95)]


def test_allowances_and_charges_are_told_apart(invoice: Invoice) -> None:
    """The indicator decides."""
    assert [(a.amount, a.base, a.percent) for a in invoice.allowances] == [(10, 100, 10)]
    assert [c.amount for c in invoice.charges] == [5]


def test_a_price_shows_its_discount(invoice: Invoice) -> None:
    """The base of the price's allowance is the price before it."""
    (line,) = invoice.lines

    assert (line.unit_price, line.gross_price, line.price_discount) == (25, 30, 5)


def test_a_credit_note_is_read_by_its_own_names(invoice: Invoice) -> None:
    """Type code, lines and credited quantity differ in name; all else is the same."""
    credit = read_e_invoice(ubl("CreditNote", kind="381", quantity="Credited")).invoice

    assert credit.kind == "381"
    assert (credit.lines[0].quantity, credit.lines[0].unit) == (Decimal(4), "C62")
    assert credit.model_copy(update={"kind": "380"}) == invoice


@pytest.mark.parametrize(("root", "kind"), [("Invoice", "380"), ("CreditNote", "381")])
def test_without_a_type_the_root_says_what_it_is(root: str, kind: str) -> None:
    """UBL 2.1 asks for none: a credit note must not pass for an invoice."""
    xml = (
        f'<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"><ID>1</ID></{root}>'
    )
    draft = read_e_invoice(xml)

    assert draft.invoice.kind == kind
    assert draft.citations["kind"].text == root


def test_a_due_date_may_stand_with_the_payment() -> None:
    """A credit note has no other place for it."""
    xml = ubl().replace("<cbc:DueDate>2024-03-30</cbc:DueDate>", "")

    assert read_e_invoice(xml).invoice.due_date == date(2024, 4, 1)


def test_claims_of_others_are_due_in_the_extension_that_collects_them() -> None:
    """Elsewhere the same element tells of payments that were made."""
    schema = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    claims = "".join(
        f"<PrepaidPayment><PaidAmount>{amount}</PaidAmount></PrepaidPayment>"
        for amount in ("19.96", "10.00")
    )
    totals = [
        read_e_invoice(
            f'<Invoice xmlns="{schema}"><CustomizationID>{identifier}</CustomizationID>'
            f"{claims}</Invoice>"
        ).invoice.totals
        for identifier in (COLLECTING, "urn:cen.eu:en16931:2017")
    ]

    assert [one.prior_balance for one in totals] == [Decimal("29.96"), None]


def test_withheld_tax_is_read() -> None:
    """Spain and Italy have it in their own documents."""
    withheld = (
        "<cac:WithholdingTaxTotal><cbc:TaxAmount>15.00</cbc:TaxAmount></cac:WithholdingTaxTotal>"
    )
    xml = ubl().replace("<cac:LegalMonetaryTotal>", f"{withheld}<cac:LegalMonetaryTotal>")

    assert read_e_invoice(xml).invoice.totals.withheld == Decimal("15.00")
