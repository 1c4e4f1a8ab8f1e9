"""ZUGFeRD 1 (2014): the draft that the Cross Industry Invoice grew from.

Parties and totals are the same; documents, prices and lines go by older names,
and a reference is a plain ``ID`` with a plain ISO date. Of a direct debit, the
mandate stands as the ``ID`` of the payment means, its creditor in an attribute.
Among the lines stand some that charge nothing: their text is a note.
"""

from tallysheet.extract._einvoice._cii import (
    ACCOUNT,
    ADJUSTMENT,
    ALLOWANCE,
    BUYER,
    CHARGE,
    LINE,
    PARTY,
    PERIOD,
    TAX,
    TOTALS,
)
from tallysheet.extract._einvoice._terms import All, Each, In, Syntax, Table

HEADER = "HeaderExchangedDocument"
TRADE = "SpecifiedSupplyChainTradeTransaction"
AGREEMENT = f"{TRADE}/ApplicableSupplyChainTradeAgreement"
DELIVERY = f"{TRADE}/ApplicableSupplyChainTradeDelivery"
SETTLEMENT = f"{TRADE}/ApplicableSupplyChainTradeSettlement"
SUM = f"{SETTLEMENT}/SpecifiedTradeSettlementMonetarySummation"

OLD_ADJUSTMENT: Table = {
    **ADJUSTMENT,
    "vat_rate": ("CategoryTradeTax/ApplicablePercent", "AppliedTradeTax/ApplicablePercent"),
}

PRICES = "SpecifiedSupplyChainTradeAgreement"
QUANTITY = "SpecifiedSupplyChainTradeDelivery/BilledQuantity"
SUMS = "SpecifiedSupplyChainTradeSettlement"
LINE_SUM = f"{SUMS}/SpecifiedTradeSettlementMonetarySummation/LineTotalAmount"
ITEM = f"{TRADE}/IncludedSupplyChainTradeLineItem"
CHARGED = f"[SpecifiedTradeProduct/Name|{LINE_SUM}!=]"
TEXT_ONLY = f"[SpecifiedTradeProduct/Name|{LINE_SUM}=]"

OLD_LINE: Table = {
    **LINE,
    "period": In(f"{SUMS}/BillingSpecifiedPeriod", PERIOD),
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
    "vat_rate": f"{SUMS}/ApplicableTradeTax/ApplicablePercent",
    "allowances": Each((f"{SUMS}/SpecifiedTradeAllowanceCharge{ALLOWANCE}",), OLD_ADJUSTMENT),
    "charges": Each((f"{SUMS}/SpecifiedTradeAllowanceCharge{CHARGE}",), OLD_ADJUSTMENT),
}

ZUGFERD1 = Syntax(
    name="ZUGFeRD 1",
    root="CrossIndustryDocument",
    namespaces=("urn:ferd:CrossIndustryDocument:",),
    stated="SpecifiedExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
    table={
        "number": f"{HEADER}/ID",
        "kind": f"{HEADER}/TypeCode",
        "issue_date": f"{HEADER}/IssueDateTime/DateTimeString",
        "due_date": f"{SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString",
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
                "mandate": "SpecifiedTradeSettlementPaymentMeans/ID",
                "creditor_id": "SpecifiedTradeSettlementPaymentMeans/ID/@schemeAgencyID",
                "debited_iban": (
                    "SpecifiedTradeSettlementPaymentMeans/PayerPartyDebtorFinancialAccount/IBANID"
                ),
            },
        ),
        "buyer_reference": f"{AGREEMENT}/BuyerReference",
        "purchase_order": f"{AGREEMENT}/BuyerOrderReferencedDocument/ID",
        "contract": f"{AGREEMENT}/ContractReferencedDocument/ID",
        "despatch_advice": (
            f"{DELIVERY}/DespatchAdviceReferencedDocument/ID",
            f"{DELIVERY}/DeliveryNoteReferencedDocument/ID",
        ),
        "preceding_invoices": Each(
            (f"{SETTLEMENT}/InvoiceReferencedDocument",),
            {"number": "ID", "issue_date": ("IssueDateTime/DateTimeString", "IssueDateTime")},
        ),
        "notes": (
            f"{HEADER}/IncludedNote/Content",
            f"{ITEM}{TEXT_ONLY}/AssociatedDocumentLineDocument/IncludedNote/Content",
        ),
        "totals": In(SUM, TOTALS),
        "taxes": Each((f"{SETTLEMENT}/ApplicableTradeTax",), {**TAX, "rate": "ApplicablePercent"}),
        "allowances": Each(
            (f"{SETTLEMENT}/SpecifiedTradeAllowanceCharge{ALLOWANCE}",), OLD_ADJUSTMENT
        ),
        "charges": Each(
            (
                f"{SETTLEMENT}/SpecifiedTradeAllowanceCharge{CHARGE}",
                f"{SETTLEMENT}/SpecifiedLogisticsServiceCharge",
            ),
            OLD_ADJUSTMENT,
        ),
        "lines": Each((f"{ITEM}{CHARGED}",), OLD_LINE),
    },
)
