"""Cross Industry Invoice of UN/CEFACT, D16B and later: Factur-X, ZUGFeRD 2, XRechnung.

A tax that is given in two currencies stands in two elements of the same name,
told apart by ``currencyID``; an allowance and a charge by ``ChargeIndicator``.
"""

from tallysheet.extract._einvoice._terms import All, Each, In, Syntax, Table

TRADE = "SupplyChainTradeTransaction"
AGREEMENT = f"{TRADE}/ApplicableHeaderTradeAgreement"
DELIVERY = f"{TRADE}/ApplicableHeaderTradeDelivery"
SETTLEMENT = f"{TRADE}/ApplicableHeaderTradeSettlement"
SUM = f"{SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"

ALLOWANCE = "[ChargeIndicator/Indicator!=true|1]"
CHARGE = "[ChargeIndicator/Indicator=true|1]"

ADDRESS: Table = {
    "line1": "LineOne",
    "line2": "LineTwo",
    "line3": "LineThree",
    "city": "CityName",
    "postcode": "PostcodeCode",
    "region": "CountrySubDivisionName",
    "country": "CountryID",
}

PARTY: Table = {
    "name": "Name",
    "trade_name": "SpecifiedLegalOrganization/TradingBusinessName",
    "vat_id": "SpecifiedTaxRegistration/ID[@schemeID=VA|VAT]",
    "tax_number": "SpecifiedTaxRegistration/ID[@schemeID=FC]",
    "legal_id": "SpecifiedLegalOrganization/ID",
    "ids": Each(("GlobalID", "ID"), {"value": ".", "scheme": "@schemeID"}),
    "address": In("PostalTradeAddress", ADDRESS),
    "contact": In(
        "DefinedTradeContact",
        {
            "name": ("PersonName", "DepartmentName"),
            "phone": "TelephoneUniversalCommunication/CompleteNumber",
            "email": "EmailURIUniversalCommunication/URIID",
        },
    ),
    "endpoint": "URIUniversalCommunication/URIID",
}

BUYER: Table = {**PARTY, "customer_number": "ID"}

PERIOD: Table = {
    "start": "StartDateTime/DateTimeString",
    "end": "EndDateTime/DateTimeString",
}

ADJUSTMENT: Table = {
    "amount": ("ActualAmount", "AppliedAmount"),
    "base": "BasisAmount",
    "percent": "CalculationPercent",
    "reason": ("Reason", "Description"),
    "vat_category": ("CategoryTradeTax/CategoryCode", "AppliedTradeTax/CategoryCode"),
    "vat_rate": (
        "CategoryTradeTax/RateApplicablePercent",
        "AppliedTradeTax/RateApplicablePercent",
    ),
}

ACCOUNT: Table = {
    "iban": (
        "PayeePartyCreditorFinancialAccount/IBANID",
        "PayeePartyCreditorFinancialAccount/ProprietaryID",
    ),
    "name": "PayeePartyCreditorFinancialAccount/AccountName",
    "bic": "PayeeSpecifiedCreditorFinancialInstitution/BICID",
}

TOTALS: Table = {
    "lines": "LineTotalAmount",
    "allowances": "AllowanceTotalAmount",
    "charges": "ChargeTotalAmount",
    "net": ("TaxBasisTotalAmount[@currencyID=$currency]", "TaxBasisTotalAmount"),
    "tax": (
        "TaxTotalAmount[@currencyID=$currency]",
        "TaxTotalAmount[@currencyID=]",
        "TaxTotalAmount[@currencyID!=$tax_currency]",
    ),
    "tax_in_tax_currency": "TaxTotalAmount[@currencyID=$tax_currency]",
    "gross": ("GrandTotalAmount[@currencyID=$currency]", "GrandTotalAmount"),
    "paid": "TotalPrepaidAmount",
    "rounding": "RoundingAmount",
    "due": "DuePayableAmount",
}

TAX: Table = {
    "category": "CategoryCode",
    "rate": "RateApplicablePercent",
    "base": "BasisAmount",
    "amount": "CalculatedAmount",
    "exemption": ("ExemptionReason", "ExemptionReasonCode"),
}

PRICES = "SpecifiedLineTradeAgreement"
QUANTITY = "SpecifiedLineTradeDelivery/BilledQuantity"
SUMS = "SpecifiedLineTradeSettlement"
LINE_SUM = f"{SUMS}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"

LINE: Table = {
    "id": "AssociatedDocumentLineDocument/LineID",
    "name": "SpecifiedTradeProduct/Name",
    "description": "SpecifiedTradeProduct/Description",
    "note": All("AssociatedDocumentLineDocument/IncludedNote/Content"),
    "period": In(f"{SUMS}/BillingSpecifiedPeriod", PERIOD),
    "seller_sku": "SpecifiedTradeProduct/SellerAssignedID",
    "buyer_sku": "SpecifiedTradeProduct/BuyerAssignedID",
    "gtin": "SpecifiedTradeProduct/GlobalID",
    "quantity": QUANTITY,
    "unit": f"{QUANTITY}/@unitCode",
    "unit_price": f"{PRICES}/NetPriceProductTradePrice/ChargeAmount",
    "gross_price": f"{PRICES}/GrossPriceProductTradePrice/ChargeAmount",
    "price_discount": (
        f"{PRICES}/GrossPriceProductTradePrice/AppliedTradeAllowanceCharge{ALLOWANCE}/ActualAmount"
    ),
    "price_base_quantity": (
        f"{PRICES}/NetPriceProductTradePrice/BasisQuantity",
        f"{PRICES}/GrossPriceProductTradePrice/BasisQuantity",
    ),
    "amount": LINE_SUM,
    "vat_category": f"{SUMS}/ApplicableTradeTax/CategoryCode",
    "vat_rate": f"{SUMS}/ApplicableTradeTax/RateApplicablePercent",
    "allowances": Each((f"{SUMS}/SpecifiedTradeAllowanceCharge{ALLOWANCE}",), ADJUSTMENT),
    "charges": Each((f"{SUMS}/SpecifiedTradeAllowanceCharge{CHARGE}",), ADJUSTMENT),
}

CII = Syntax(
    name="CII",
    root="CrossIndustryInvoice",
    namespaces=("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:",),
    stated="ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
    table={
        "number": "ExchangedDocument/ID",
        "kind": "ExchangedDocument/TypeCode",
        "issue_date": "ExchangedDocument/IssueDateTime/DateTimeString",
        "due_date": f"{SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString",
        "tax_point_date": f"{SETTLEMENT}/ApplicableTradeTax/TaxPointDate/DateString",
        "delivery_date": (
            f"{DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString"
        ),
        "period": In(f"{SETTLEMENT}/BillingSpecifiedPeriod", PERIOD),
        "currency": (f"{SETTLEMENT}/InvoiceCurrencyCode", f"{SUM}/GrandTotalAmount/@currencyID"),
        "tax_currency": f"{SETTLEMENT}/TaxCurrencyCode",
        "seller": In(f"{AGREEMENT}/SellerTradeParty", PARTY),
        "buyer": In(f"{AGREEMENT}/BuyerTradeParty", BUYER),
        "payee": In(f"{SETTLEMENT}/PayeeTradeParty", PARTY),
        "ship_to": In(f"{DELIVERY}/ShipToTradeParty", PARTY),
        "payment": In(
            SETTLEMENT,
            {
                "means_code": "SpecifiedTradeSettlementPaymentMeans/TypeCode",
                "reference": "PaymentReference",
                "terms": All("SpecifiedTradePaymentTerms/Description"),
                "accounts": Each(("SpecifiedTradeSettlementPaymentMeans",), ACCOUNT),
                "mandate": "SpecifiedTradePaymentTerms/DirectDebitMandateID",
                "creditor_id": "CreditorReferenceID",
                "debited_iban": (
                    "SpecifiedTradeSettlementPaymentMeans/PayerPartyDebtorFinancialAccount/IBANID"
                ),
            },
        ),
        "buyer_reference": f"{AGREEMENT}/BuyerReference",
        "purchase_order": f"{AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID",
        "sales_order": f"{AGREEMENT}/SellerOrderReferencedDocument/IssuerAssignedID",
        "contract": f"{AGREEMENT}/ContractReferencedDocument/IssuerAssignedID",
        "project": f"{AGREEMENT}/SpecifiedProcuringProject/ID",
        "despatch_advice": (
            f"{DELIVERY}/DespatchAdviceReferencedDocument/IssuerAssignedID",
            f"{DELIVERY}/DeliveryNoteReferencedDocument/IssuerAssignedID",
        ),
        "preceding_invoices": Each(
            (f"{SETTLEMENT}/InvoiceReferencedDocument",),
            {
                "number": "IssuerAssignedID",
                "issue_date": "FormattedIssueDateTime/DateTimeString",
            },
        ),
        "notes": "ExchangedDocument/IncludedNote/Content",
        "totals": In(SUM, TOTALS),
        "taxes": Each((f"{SETTLEMENT}/ApplicableTradeTax",), TAX),
        "allowances": Each((f"{SETTLEMENT}/SpecifiedTradeAllowanceCharge{ALLOWANCE}",), ADJUSTMENT),
        "charges": Each(
            (
                f"{SETTLEMENT}/SpecifiedTradeAllowanceCharge{CHARGE}",
                f"{SETTLEMENT}/SpecifiedLogisticsServiceCharge",
            ),
            ADJUSTMENT,
        ),
        "lines": Each((f"{TRADE}/IncludedSupplyChainTradeLineItem",), LINE),
    },
)
