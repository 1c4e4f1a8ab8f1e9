"""Universal Business Language 2 of OASIS, invoice and credit note: Peppol, XRechnung.

The two differ in a few names only. A creditor's identifier for direct debits is
hidden among the identifiers of seller or payee, under the scheme ``SEPA``.
"""

from tallysheet.extract._einvoice._terms import Each, In, Sum, Syntax, Table

ALLOWANCE = "[ChargeIndicator!=true|1]"
CHARGE = "[ChargeIndicator=true|1]"

EXTENSION = "#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0"
COLLECTING = f"urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0{EXTENSION}"
"""In this extension prepaid payments are claims of others, collected as well (BG-DEX-09)."""

SELLER_PARTY = "AccountingSupplierParty/Party"
BUYER_PARTY = "AccountingCustomerParty/Party"
SEPA = "PartyIdentification/ID[@schemeID=SEPA]"

ADDRESS: Table = {
    "line1": "StreetName",
    "line2": "AdditionalStreetName",
    "line3": "AddressLine/Line",
    "city": "CityName",
    "postcode": "PostalZone",
    "region": "CountrySubentity",
    "country": "Country/IdentificationCode",
}

PARTY: Table = {
    "name": ("PartyLegalEntity/RegistrationName", "PartyName/Name"),
    "trade_name": ".[PartyLegalEntity/RegistrationName!=]/PartyName/Name",
    "vat_id": "PartyTaxScheme[TaxScheme/ID=VAT|GST]/CompanyID",
    "tax_number": "PartyTaxScheme[TaxScheme/ID!=VAT|GST]/CompanyID",
    "legal_id": "PartyLegalEntity/CompanyID",
    "ids": Each(
        ("PartyIdentification/ID[@schemeID!=SEPA]",), {"value": ".", "scheme": "@schemeID"}
    ),
    "address": In("PostalAddress", ADDRESS),
    "contact": In("Contact", {"name": "Name", "phone": "Telephone", "email": "ElectronicMail"}),
    "url": "WebsiteURI",
    "endpoint": "EndpointID",
}

BUYER: Table = {**PARTY, "customer_number": "PartyIdentification/ID[@schemeID=]"}

SHIP_TO: Table = {
    "name": "DeliveryParty/PartyName/Name",
    "ids": Each(("DeliveryLocation/ID",), {"value": ".", "scheme": "@schemeID"}),
    "address": In("DeliveryLocation/Address", ADDRESS),
}

PERIOD: Table = {"start": "StartDate", "end": "EndDate"}

ADJUSTMENT: Table = {
    "amount": "Amount",
    "base": "BaseAmount",
    "percent": "MultiplierFactorNumeric",
    "reason": "AllowanceChargeReason",
    "vat_category": "TaxCategory/ID",
    "vat_rate": "TaxCategory/Percent",
}

PAYMENT: Table = {
    "means_code": "PaymentMeans/PaymentMeansCode",
    "reference": "PaymentMeans/PaymentID",
    "terms": "PaymentTerms/Note",
    "accounts": Each(
        ("PaymentMeans/PayeeFinancialAccount",),
        {
            "iban": "ID",
            "name": "Name",
            "bic": (
                "FinancialInstitutionBranch/ID",
                "FinancialInstitutionBranch/FinancialInstitution/ID",
            ),
        },
    ),
    "mandate": "PaymentMeans/PaymentMandate/ID",
    "creditor_id": (f"{SELLER_PARTY}/{SEPA}", f"PayeeParty/{SEPA}"),
    "debited_iban": "PaymentMeans/PaymentMandate/PayerFinancialAccount/ID",
}

TOTALS: Table = {
    "lines": "LegalMonetaryTotal/LineExtensionAmount",
    "allowances": "LegalMonetaryTotal/AllowanceTotalAmount",
    "charges": "LegalMonetaryTotal/ChargeTotalAmount",
    "net": "LegalMonetaryTotal/TaxExclusiveAmount",
    "tax": (
        "TaxTotal/TaxAmount[@currencyID=$currency]",
        "TaxTotal/TaxAmount[@currencyID=]",
        "TaxTotal/TaxAmount[@currencyID!=$tax_currency]",
    ),
    "tax_in_tax_currency": "TaxTotal/TaxAmount[@currencyID=$tax_currency]",
    "withheld": "WithholdingTaxTotal/TaxAmount",
    "gross": "LegalMonetaryTotal/TaxInclusiveAmount",
    "paid": "LegalMonetaryTotal/PrepaidAmount",
    "rounding": "LegalMonetaryTotal/PayableRoundingAmount",
    "due": "LegalMonetaryTotal/PayableAmount",
    "prior_balance": Sum(f".[CustomizationID={COLLECTING}]/PrepaidPayment/PaidAmount"),
}

TAX: Table = {
    "category": "TaxCategory/ID",
    "rate": ("TaxCategory/Percent", "Percent"),
    "base": "TaxableAmount",
    "amount": "TaxAmount",
    "exemption": ("TaxCategory/TaxExemptionReason", "TaxCategory/TaxExemptionReasonCode"),
}

LINE: Table = {
    "id": "ID",
    "name": "Item/Name",
    "description": "Item/Description",
    "note": "Note",
    "period": In("InvoicePeriod", PERIOD),
    "seller_sku": "Item/SellersItemIdentification/ID",
    "buyer_sku": "Item/BuyersItemIdentification/ID",
    "gtin": "Item/StandardItemIdentification/ID",
    "quantity": ("InvoicedQuantity", "CreditedQuantity"),
    "unit": ("InvoicedQuantity/@unitCode", "CreditedQuantity/@unitCode"),
    "unit_price": "Price/PriceAmount",
    "gross_price": "Price/AllowanceCharge/BaseAmount",
    "price_discount": f"Price/AllowanceCharge{ALLOWANCE}/Amount",
    "price_base_quantity": "Price/BaseQuantity",
    "amount": "LineExtensionAmount",
    "vat_category": "Item/ClassifiedTaxCategory/ID",
    "vat_rate": "Item/ClassifiedTaxCategory/Percent",
    "allowances": Each((f"AllowanceCharge{ALLOWANCE}",), ADJUSTMENT),
    "charges": Each((f"AllowanceCharge{CHARGE}",), ADJUSTMENT),
}

TABLE: Table = {
    "number": "ID",
    "kind": ("InvoiceTypeCode", "CreditNoteTypeCode"),
    "issue_date": "IssueDate",
    "due_date": ("DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate"),
    "tax_point_date": "TaxPointDate",
    "delivery_date": "Delivery/ActualDeliveryDate",
    "period": In("InvoicePeriod", PERIOD),
    "currency": ("DocumentCurrencyCode", "LegalMonetaryTotal/PayableAmount/@currencyID"),
    "tax_currency": "TaxCurrencyCode",
    "seller": In(SELLER_PARTY, PARTY),
    "buyer": In(BUYER_PARTY, BUYER),
    "payee": In("PayeeParty", PARTY),
    "ship_to": In("Delivery", SHIP_TO),
    "payment": In(".", PAYMENT),
    "buyer_reference": "BuyerReference",
    "purchase_order": "OrderReference/ID",
    "sales_order": "OrderReference/SalesOrderID",
    "contract": "ContractDocumentReference/ID",
    "project": (
        "ProjectReference/ID",
        "AdditionalDocumentReference[DocumentTypeCode=50]/ID",
    ),
    "despatch_advice": "DespatchDocumentReference/ID",
    "preceding_invoices": Each(
        ("BillingReference/InvoiceDocumentReference",), {"number": "ID", "issue_date": "IssueDate"}
    ),
    "notes": "Note",
    "totals": In(".", TOTALS),
    "taxes": Each(("TaxTotal[TaxAmount/@currencyID!=$tax_currency]/TaxSubtotal",), TAX),
    "allowances": Each((f"AllowanceCharge{ALLOWANCE}",), ADJUSTMENT),
    "charges": Each((f"AllowanceCharge{CHARGE}",), ADJUSTMENT),
    "lines": Each(("InvoiceLine", "CreditNoteLine"), LINE),
}

UBL_INVOICE = Syntax(
    name="UBL",
    root="Invoice",
    namespaces=("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",),
    stated="CustomizationID",
    table=TABLE,
    kind="380",
)

UBL_CREDIT_NOTE = Syntax(
    name="UBL",
    root="CreditNote",
    namespaces=("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",),
    stated="CustomizationID",
    table=TABLE,
    kind="381",
)
