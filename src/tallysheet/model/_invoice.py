"""The canonical invoice, in the terms of the European standard EN 16931-1.

Every field is optional: what a document does not say is absent, not guessed.
The number of the business term (BT) or group (BG) stands in each description.
Amounts are exact decimals, written as strings in JSON; dates are ISO 8601,
currencies ISO 4217, countries ISO 3166-1 alpha-2, units UN/ECE Recommendation 20.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

MOST_DIGITS = 18
MOST_DECIMALS = 30


def _sane(value: Decimal) -> Decimal:
    """Refuse what no invoice holds: its plain notation could fill a disk."""
    if not value.is_finite():
        raise ValueError("an amount must be a finite number")
    exponent = value.as_tuple().exponent
    if value.adjusted() >= MOST_DIGITS or (isinstance(exponent, int) and exponent < -MOST_DECIMALS):
        raise ValueError(f"an amount has at most {MOST_DIGITS} digits and {MOST_DECIMALS} decimals")
    return value


Number = Annotated[
    Decimal,
    AfterValidator(_sane),
    PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json"),
]
"""An exact decimal; a string without an exponent in JSON."""


class Term(BaseModel):
    """A group of terms: immutable, and no field beyond those named."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Period(Term):
    """From when to when the charge runs, both days included."""

    start: date | None = Field(default=None, description="First day (BT-73; in a line BT-134)")
    end: date | None = Field(default=None, description="Last day (BT-74; in a line BT-135)")


class Identifier(Term):
    """An identifier and the scheme it belongs to."""

    value: str = Field(description="The identifier (BT-29, BT-46, BT-60, BT-71)")
    scheme: str | None = Field(default=None, description="Its scheme, a code of ISO/IEC 6523")


class Address(Term):
    """A postal address (BG-5, BG-8, BG-12, BG-15)."""

    line1: str | None = Field(
        default=None, description="Street and number (BT-35, BT-50, BT-64, BT-75)"
    )
    line2: str | None = Field(default=None, description="Second line (BT-36, BT-51, BT-65, BT-76)")
    line3: str | None = Field(
        default=None, description="Third line (BT-162, BT-163, BT-164, BT-165)"
    )
    city: str | None = Field(default=None, description="City (BT-37, BT-52, BT-66, BT-77)")
    postcode: str | None = Field(default=None, description="Post code (BT-38, BT-53, BT-67, BT-78)")
    region: str | None = Field(default=None, description="Subdivision (BT-39, BT-54, BT-68, BT-79)")
    country: str | None = Field(
        default=None, description="Country code (BT-40, BT-55, BT-69, BT-80)"
    )


class Contact(Term):
    """Whom to ask (BG-6, BG-9)."""

    name: str | None = Field(default=None, description="Contact point (BT-41, BT-56)")
    phone: str | None = Field(default=None, description="Telephone (BT-42, BT-57)")
    email: str | None = Field(default=None, description="E-mail address (BT-43, BT-58)")


class Party(Term):
    """A seller (BG-4), buyer (BG-7), payee (BG-10) or place of delivery (BG-13)."""

    name: str | None = Field(default=None, description="Name (BT-27, BT-44, BT-59, BT-70)")
    trade_name: str | None = Field(default=None, description="Trading name (BT-28, BT-45)")
    vat_id: str | None = Field(default=None, description="VAT identifier (BT-31, BT-48)")
    tax_number: str | None = Field(default=None, description="Tax registration (BT-32)")
    legal_id: str | None = Field(
        default=None, description="Legal registration (BT-30, BT-47, BT-61)"
    )
    ids: tuple[Identifier, ...] = Field(
        default=(), description="Identifiers (BT-29, BT-46, BT-60, BT-71)"
    )
    customer_number: str | None = Field(
        default=None, description="The seller's number for the buyer"
    )
    address: Address = Field(
        default=Address(), description="Postal address (BG-5, BG-8, BG-12, BG-15)"
    )
    contact: Contact = Field(default=Contact(), description="Contact (BG-6, BG-9)")
    url: str | None = Field(default=None, description="Web site")
    endpoint: str | None = Field(default=None, description="Electronic address (BT-34, BT-49)")


class Account(Term):
    """An account to pay into (BG-17)."""

    iban: str | None = Field(
        default=None, description="Account identifier, an IBAN as a rule (BT-84)"
    )
    name: str | None = Field(default=None, description="Account name (BT-85)")
    bic: str | None = Field(default=None, description="Bank identifier (BT-86)")


class Payment(Term):
    """How to pay (BG-16, BG-19)."""

    means_code: str | None = Field(default=None, description="Payment means, UNTDID 4461 (BT-81)")
    reference: str | None = Field(default=None, description="Remittance information (BT-83)")
    terms: str | None = Field(default=None, description="Payment terms, as written (BT-20)")
    accounts: tuple[Account, ...] = Field(default=(), description="Accounts to pay into (BG-17)")
    mandate: str | None = Field(default=None, description="Direct debit mandate (BT-89)")
    creditor_id: str | None = Field(default=None, description="Creditor identifier (BT-90)")
    debited_iban: str | None = Field(default=None, description="Debited account (BT-91)")


class Adjustment(Term):
    """An allowance (BG-20, BG-27) or a charge (BG-21, BG-28); the amount has no sign."""

    amount: Number | None = Field(default=None, description="Amount (BT-92, BT-99, BT-136, BT-141)")
    base: Number | None = Field(
        default=None, description="What the percentage is of (BT-93, BT-100)"
    )
    percent: Number | None = Field(default=None, description="Percentage (BT-94, BT-101)")
    reason: str | None = Field(default=None, description="Reason (BT-97, BT-104, BT-139, BT-144)")
    vat_category: str | None = Field(default=None, description="VAT category (BT-95, BT-102)")
    vat_rate: Number | None = Field(default=None, description="VAT rate in percent (BT-96, BT-103)")


class Tax(Term):
    """One row of the VAT breakdown (BG-23)."""

    category: str | None = Field(default=None, description="VAT category, UNTDID 5305 (BT-118)")
    rate: Number | None = Field(default=None, description="Rate in percent (BT-119)")
    base: Number | None = Field(default=None, description="Taxable amount (BT-116)")
    amount: Number | None = Field(default=None, description="Tax amount (BT-117)")
    exemption: str | None = Field(default=None, description="Why there is no tax (BT-120, BT-121)")


class Totals(Term):
    """The sums of the document (BG-22)."""

    lines: Number | None = Field(default=None, description="Sum of line amounts, net (BT-106)")
    allowances: Number | None = Field(
        default=None, description="Sum of document allowances (BT-107)"
    )
    charges: Number | None = Field(default=None, description="Sum of document charges (BT-108)")
    net: Number | None = Field(default=None, description="Total without VAT (BT-109)")
    tax: Number | None = Field(default=None, description="Total VAT (BT-110)")
    tax_in_tax_currency: Number | None = Field(
        default=None, description="Total VAT, in `tax_currency` (BT-111)"
    )
    gross: Number | None = Field(default=None, description="Total with VAT (BT-112)")
    paid: Number | None = Field(default=None, description="Already paid (BT-113)")
    rounding: Number | None = Field(default=None, description="Rounding of the amount due (BT-114)")
    due: Number | None = Field(default=None, description="Amount due for payment (BT-115)")
    withheld: Number | None = Field(
        default=None, description="Tax that the buyer keeps back for the tax office"
    )
    stamp_duty: Number | None = Field(
        default=None, description="Stamp duty, which the gross total may hold or not"
    )
    prior_balance: Number | None = Field(
        default=None,
        description="Unpaid balance of earlier invoices, or claims of others collected with it",
    )


class Line(Term):
    """One invoice line (BG-25)."""

    id: str | None = Field(default=None, description="Line number (BT-126)")
    name: str | None = Field(default=None, description="Item name (BT-153)")
    description: str | None = Field(default=None, description="Item description (BT-154)")
    note: str | None = Field(default=None, description="Note (BT-127)")
    period: Period = Field(default=Period(), description="Period of the line (BG-26)")
    seller_sku: str | None = Field(default=None, description="The seller's item number (BT-155)")
    buyer_sku: str | None = Field(default=None, description="The buyer's item number (BT-156)")
    gtin: str | None = Field(default=None, description="Standard item number (BT-157)")
    quantity: Number | None = Field(default=None, description="Invoiced quantity (BT-129)")
    unit: str | None = Field(default=None, description="Unit of measure (BT-130)")
    unit_price: Number | None = Field(default=None, description="Net price of one unit (BT-146)")
    gross_price: Number | None = Field(default=None, description="Price before discount (BT-148)")
    price_discount: Number | None = Field(
        default=None, description="Discount on the price (BT-147)"
    )
    price_base_quantity: Number | None = Field(
        default=None, description="How many units the price is for (BT-149)"
    )
    amount: Number | None = Field(default=None, description="Line amount, net (BT-131)")
    vat_category: str | None = Field(default=None, description="VAT category (BT-151)")
    vat_rate: Number | None = Field(default=None, description="VAT rate in percent (BT-152)")
    allowances: tuple[Adjustment, ...] = Field(default=(), description="Allowances (BG-27)")
    charges: tuple[Adjustment, ...] = Field(default=(), description="Charges (BG-28)")


class Reference(Term):
    """Another document that this one refers to."""

    number: str | None = Field(default=None, description="Its number (BT-25)")
    issue_date: date | None = Field(default=None, description="Its date (BT-26)")


class Invoice(Term):
    """An invoice or credit note, by the terms of EN 16931-1."""

    number: str | None = Field(default=None, description="Invoice number (BT-1)")
    kind: str | None = Field(
        default=None, description="Type code, UNTDID 1001: 380 invoice, 381 credit note … (BT-3)"
    )
    issue_date: date | None = Field(default=None, description="Issue date (BT-2)")
    due_date: date | None = Field(default=None, description="Due date (BT-9)")
    tax_point_date: date | None = Field(default=None, description="Tax point date (BT-7)")
    delivery_date: date | None = Field(default=None, description="Actual delivery date (BT-72)")
    period: Period = Field(default=Period(), description="Invoicing period (BG-14)")
    currency: str | None = Field(default=None, description="Currency of the amounts (BT-5)")
    tax_currency: str | None = Field(default=None, description="VAT accounting currency (BT-6)")
    seller: Party = Field(default=Party(), description="Seller (BG-4)")
    buyer: Party = Field(default=Party(), description="Buyer (BG-7)")
    payee: Party = Field(default=Party(), description="Payee, where not the seller (BG-10)")
    ship_to: Party = Field(default=Party(), description="Delivery (BG-13)")
    payment: Payment = Field(default=Payment(), description="Payment instructions (BG-16)")
    buyer_reference: str | None = Field(default=None, description="Buyer reference (BT-10)")
    purchase_order: str | None = Field(default=None, description="Purchase order (BT-13)")
    sales_order: str | None = Field(default=None, description="Sales order (BT-14)")
    contract: str | None = Field(default=None, description="Contract (BT-12)")
    project: str | None = Field(default=None, description="Project (BT-11)")
    despatch_advice: str | None = Field(default=None, description="Despatch advice (BT-16)")
    preceding_invoices: tuple[Reference, ...] = Field(default=(), description="Preceding (BG-3)")
    notes: tuple[str, ...] = Field(default=(), description="Notes (BT-22)")
    totals: Totals = Field(default=Totals(), description="Document totals (BG-22)")
    taxes: tuple[Tax, ...] = Field(default=(), description="VAT breakdown (BG-23)")
    allowances: tuple[Adjustment, ...] = Field(
        default=(), description="Document allowances (BG-20)"
    )
    charges: tuple[Adjustment, ...] = Field(default=(), description="Document charges (BG-21)")
    lines: tuple[Line, ...] = Field(default=(), description="Invoice lines (BG-25)")
