"""What an invoice says, made before anything is drawn, in exact arithmetic.

Lines → net → VAT by rate → gross → due, as EN 16931 adds them up, so that each
sum on a page is right to the cent; where one is to be wrong, it is made so here.
A term is left out where the supplier would not print it: the truth of a page is
what a person can read off it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from samples._chance import Chance
from samples._country import country
from samples._goods import ITEMS, Sale, sell
from samples._supplier import Supplier
from tallysheet.model import (
    Adjustment,
    Invoice,
    Line,
    Party,
    Payment,
    Reference,
    Tax,
    Totals,
)

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
FIRST_DAY = date(2026, 1, 5)

INVOICE, CREDIT_NOTE = "380", "381"
SEPA_TRANSFER = "58"
STANDARD, ZERO, REVERSE = "S", "Z", "AE"
"""VAT categories of UNTDID 5305."""


@dataclass(frozen=True)
class Plan:
    """What kind of invoice it is to be."""

    lines: int = 4
    credit_note: bool = False
    discount: Decimal | None = None
    """In percent, on all goods."""
    deposit: Decimal | None = None
    """The part of the gross total that is paid already, in percent."""
    reverse_charge: bool = False
    wrong_gross: bool = False
    """Whether the gross total on the page is not what net and VAT add up to."""
    buyer_country: str | None = None
    number: str | None = None
    issued: date | None = None


def cents(value: Decimal) -> Decimal:
    """*value* rounded as tradespeople do."""
    return value.quantize(CENT, ROUND_HALF_UP)


def make_invoice(chance: Chance, supplier: Supplier, plan: Plan) -> Invoice:
    """An invoice of *supplier* by *plan*."""
    sales = sell(chance, supplier.trade, supplier.language.goods[supplier.trade], count=plan.lines)
    lines = tuple(_line(supplier, plan, at, sale) for at, sale in enumerate(sales, start=1))
    allowances = _allowances(lines, plan.discount)
    taxes = _taxes(lines, allowances, supplier.words["reverse"])
    issued = plan.issued or FIRST_DAY + timedelta(days=chance.randrange(200))
    due = issued + timedelta(days=supplier.days)
    shown = supplier.prints
    return Invoice(
        number=plan.number or chance.fill(supplier.number_pattern),
        kind=CREDIT_NOTE if plan.credit_note else INVOICE,
        issue_date=issued,
        due_date=None if plan.credit_note else due,
        delivery_date=issued - timedelta(chance.randrange(9)) if "delivered" in shown else None,
        currency=supplier.notation.currency,
        seller=_seller(supplier),
        buyer=_buyer(chance, supplier, plan),
        payment=_payment(supplier, plan, due),
        purchase_order=chance.fill("45######") if "order" in shown else None,
        preceding_invoices=_preceding(chance, supplier, plan, issued),
        totals=_totals(lines, allowances, taxes, plan),
        taxes=taxes,
        allowances=allowances,
        lines=lines,
    )


def _line(supplier: Supplier, plan: Plan, at: int, sale: Sale) -> Line:
    rates = supplier.country.rates
    rate = Decimal(0) if plan.reverse_charge else rates[min(sale.rate, len(rates) - 1)]
    category = REVERSE if plan.reverse_charge else STANDARD if rate else ZERO
    return Line(
        id=str(at) if "pos" in supplier.columns else None,
        name=sale.name,
        seller_sku=sale.sku if "sku" in supplier.columns else None,
        quantity=sale.quantity,
        unit=sale.unit,
        unit_price=sale.price,
        amount=cents(sale.quantity * sale.price),
        vat_category=category,
        vat_rate=rate,
    )


def _allowances(lines: tuple[Line, ...], percent: Decimal | None) -> tuple[Adjustment, ...]:
    """The discount, apart for each VAT rate, as the standard wants it."""
    if percent is None:
        return ()
    rows = []
    for category, rate in _rates(lines):
        base = _sum(line.amount for line in lines if line.vat_rate == rate)
        rows.append(
            Adjustment(
                amount=cents(base * percent / 100),
                base=base,
                percent=percent,
                vat_category=category,
                vat_rate=rate,
            )
        )
    return tuple(rows)


def _taxes(
    lines: tuple[Line, ...], allowances: tuple[Adjustment, ...], reverse: str
) -> tuple[Tax, ...]:
    rows = []
    for category, rate in _rates(lines):
        base = _sum(line.amount for line in lines if line.vat_rate == rate)
        base -= _sum(row.amount for row in allowances if row.vat_rate == rate)
        exemption = reverse if category == REVERSE else None
        amount = cents(base * rate / 100)
        rows.append(
            Tax(category=category, rate=rate, base=base, amount=amount, exemption=exemption)
        )
    return tuple(rows)


def _rates(lines: tuple[Line, ...]) -> list[tuple[str, Decimal]]:
    """Each VAT category and rate that occurs, the highest first."""
    found = {(str(line.vat_category), line.vat_rate or Decimal(0)) for line in lines}
    return sorted(found, key=lambda pair: -pair[1])


def _totals(
    lines: tuple[Line, ...],
    allowances: tuple[Adjustment, ...],
    taxes: tuple[Tax, ...],
    plan: Plan,
) -> Totals:
    total = _sum(line.amount for line in lines)
    discount = _sum(row.amount for row in allowances)
    tax = _sum(row.amount for row in taxes)
    gross = total - discount + tax
    if plan.wrong_gross:
        gross += 10 * cents(gross / 100) + CENT
    paid = cents(gross * plan.deposit / 100) if plan.deposit else None
    return Totals(
        lines=total,
        allowances=discount if allowances else None,
        net=total - discount,
        tax=tax,
        gross=gross,
        paid=paid,
        due=gross - (paid or NOTHING),
    )


def _seller(supplier: Supplier) -> Party:
    party = supplier.party
    if "contact" in supplier.prints:
        return party
    return party.model_copy(update={"contact": party.contact.model_copy(update={"name": None})})


def _buyer(chance: Chance, supplier: Supplier, plan: Plan) -> Party:
    """A company with what a supplier knows of its customers."""
    home = country(plan.buyer_country or supplier.country.code)
    trade = chance.choice(sorted(ITEMS))
    party = home.company(chance, trade, unlike=str(supplier.party.name))
    named = plan.reverse_charge or "buyer_vat" in supplier.prints
    return Party(
        name=party.name,
        vat_id=party.vat_id if named else None,
        customer_number=chance.fill("10###") if "customer" in supplier.prints else None,
        address=party.address,
    )


def _payment(supplier: Supplier, plan: Plan, due: date) -> Payment:
    if plan.credit_note:
        terms = supplier.words["refund"]
    else:
        day = supplier.notation.date(due)
        terms = supplier.words["terms"].format(days=supplier.days, date=day)
    return Payment(
        means_code=SEPA_TRANSFER if supplier.notation.currency == "EUR" else None,
        terms=terms,
        accounts=(supplier.account,) if supplier.account else (),
    )


def _preceding(
    chance: Chance, supplier: Supplier, plan: Plan, issued: date
) -> tuple[Reference, ...]:
    if not plan.credit_note:
        return ()
    earlier = issued - timedelta(days=chance.randint(10, 60))
    return (Reference(number=chance.fill(supplier.number_pattern), issue_date=earlier),)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), NOTHING)
