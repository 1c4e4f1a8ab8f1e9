"""What an invoice says, made before anything is drawn, in exact arithmetic.

Lines → net → VAT by rate → gross → due, as EN 16931 adds them up, so that each
sum on a page is right to the cent; where one is to be wrong, it is made so here.
A term is left out where the supplier would not print it: the truth of a page is
what a person can read off it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from samples._chance import Chance
from samples._country import country
from samples._goods import ITEMS, Sale, sell
from samples._supplier import Supplier
from samples._tongue import Words
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

Row = TypeVar("Row", Line, Adjustment)

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
FIRST_DAY = date(2026, 1, 5)

INVOICE, CREDIT_NOTE = "380", "381"
SEPA_TRANSFER = "58"
STANDARD, ZERO, EXEMPT, REVERSE, SUPPLY, EXPORT = "S", "Z", "E", "AE", "K", "G"
"""VAT categories of UNTDID 5305."""

WHY_UNTAXED = {EXEMPT: "exempt", REVERSE: "reverse", SUPPLY: "supply", EXPORT: "export"}
"""The words that say why there is no VAT; zero is a rate, and needs no reason."""


@dataclass(frozen=True)
class Plan:
    """What kind of invoice it is to be."""

    lines: int = 4
    credit_note: bool = False
    discount: Decimal | None = None
    """In percent, on all goods."""
    deposit: Decimal | None = None
    """The part of the gross total that is paid already, in percent."""
    freight: bool = False
    """Whether carriage is charged for."""
    extras: bool = False
    """Whether lines have discounts and surcharges of their own."""
    mixed: bool = False
    """Whether lines take turns at all rates of the country, and at being exempt."""
    untaxed: str | None = None
    """The VAT category of all lines, where no VAT is due."""
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
    charges = _charges(chance, supplier, lines) if plan.freight else ()
    taxes = _taxes(lines, allowances, charges, supplier.words)
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
        totals=_totals(lines, allowances, charges, taxes, plan),
        taxes=taxes,
        allowances=allowances,
        charges=charges,
        lines=lines,
    )


def _line(supplier: Supplier, plan: Plan, at: int, sale: Sale) -> Line:
    category, rate = _taxed(supplier, plan, at, sale)
    worth = cents(sale.quantity * sale.price)
    allowances, charges = _extras(supplier, at, worth) if plan.extras else ((), ())
    return Line(
        id=str(at) if "pos" in supplier.columns else None,
        name=sale.name,
        seller_sku=sale.sku if "sku" in supplier.columns else None,
        quantity=sale.quantity,
        unit=sale.unit,
        unit_price=sale.price,
        amount=worth - _sum(row.amount for row in allowances) + _sum(row.amount for row in charges),
        vat_category=category,
        vat_rate=rate,
        allowances=allowances,
        charges=charges,
    )


def _taxed(supplier: Supplier, plan: Plan, at: int, sale: Sale) -> tuple[str, Decimal]:
    """The VAT category and rate of one line."""
    rates = supplier.country.rates
    if plan.untaxed:
        return plan.untaxed, Decimal(0)
    turn = at % (len(rates) + 1) if plan.mixed else min(sale.rate, len(rates) - 1)
    if turn == len(rates):
        return EXEMPT, Decimal(0)
    return STANDARD if rates[turn] else ZERO, rates[turn]


def _extras(
    supplier: Supplier, at: int, worth: Decimal
) -> tuple[tuple[Adjustment, ...], tuple[Adjustment, ...]]:
    """Allowances and charges of one line: a discount on every other, a surcharge on each third."""
    off = Decimal(5 + at % 4 * 5)
    allowance = Adjustment(amount=cents(worth * off / 100), base=worth, percent=off)
    if "discount" in supplier.columns:
        # A column has room for the amount alone.
        allowance = Adjustment(amount=allowance.amount)
    charge = Adjustment(amount=Decimal("4.50"), reason=supplier.words["line_charge"])
    return (allowance,) * (at % 2), (charge,) * (at % 3 == 0)


def _allowances(lines: tuple[Line, ...], percent: Decimal | None) -> tuple[Adjustment, ...]:
    """The discount, apart for each VAT rate, as the standard wants it."""
    if percent is None:
        return ()
    rows = []
    for category, rate in _rates(lines):
        base = _sum(line.amount for line in _within(lines, category, rate))
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


def _charges(chance: Chance, supplier: Supplier, lines: tuple[Line, ...]) -> tuple[Adjustment]:
    """Carriage, taxed like what is taxed most."""
    category, rate = _rates(lines)[0]
    return (
        Adjustment(
            amount=chance.price(490, 4900),
            reason=supplier.words["freight"],
            vat_category=category,
            vat_rate=rate,
        ),
    )


def _taxes(
    lines: tuple[Line, ...],
    allowances: tuple[Adjustment, ...],
    charges: tuple[Adjustment, ...],
    words: Words,
) -> tuple[Tax, ...]:
    rows = []
    for category, rate in _rates(lines):
        base = _sum(line.amount for line in _within(lines, category, rate))
        base -= _sum(row.amount for row in _within(allowances, category, rate))
        base += _sum(row.amount for row in _within(charges, category, rate))
        exemption = words[WHY_UNTAXED[category]] if category in WHY_UNTAXED else None
        amount = cents(base * rate / 100)
        rows.append(
            Tax(category=category, rate=rate, base=base, amount=amount, exemption=exemption)
        )
    return tuple(rows)


def _within(rows: Iterable[Row], category: str, rate: Decimal) -> Iterator[Row]:
    return (row for row in rows if (row.vat_category, row.vat_rate) == (category, rate))


def _rates(lines: tuple[Line, ...]) -> list[tuple[str, Decimal]]:
    """Each VAT category and rate that occurs, the highest first."""
    found = {(str(line.vat_category), line.vat_rate or Decimal(0)) for line in lines}
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _totals(
    lines: tuple[Line, ...],
    allowances: tuple[Adjustment, ...],
    charges: tuple[Adjustment, ...],
    taxes: tuple[Tax, ...],
    plan: Plan,
) -> Totals:
    total = _sum(line.amount for line in lines)
    discount = _sum(row.amount for row in allowances)
    more = _sum(row.amount for row in charges)
    tax = _sum(row.amount for row in taxes)
    net = total - discount + more
    gross = net + tax
    if plan.wrong_gross:
        gross += 10 * cents(gross / 100) + CENT
    paid = cents(gross * plan.deposit / 100) if plan.deposit else None
    return Totals(
        lines=total,
        allowances=discount if allowances else None,
        charges=more if charges else None,
        net=net,
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
    named = plan.untaxed in (REVERSE, SUPPLY) or "buyer_vat" in supplier.prints
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
    in_euro = supplier.notation.currency == "EUR"
    return Payment(
        means_code=SEPA_TRANSFER if in_euro and supplier.account else None,
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
