"""The rows of a document by themselves: VAT rows (BR-CO-17) and invoice lines."""

from collections.abc import Iterator
from decimal import Decimal

from tallysheet.model import Adjustment, Finding, Invoice, Line, Severity
from tallysheet.validate._currencies import smallest_unit, written
from tallysheet.validate._equation import NOTHING, Equation

HALF = Decimal("0.5")
PERCENT = Decimal("0.01")


def check_rows(invoice: Invoice) -> Iterator[Finding]:
    """Notice VAT rows and lines whose figures do not fit together."""
    for equation in (*_rates(invoice), *_bases(invoice), *_lines(invoice)):
        finding = equation.judge(invoice.currency)
        if finding:
            yield finding


def _rates(invoice: Invoice) -> Iterator[Equation]:
    """BR-CO-17: the tax of a row is its base times its rate.

    VAT may be rounded line by line. Where the lines are not known, a whole unit
    of the currency is let pass, as the standard's own test does.
    """
    unit = smallest_unit(invoice.currency)
    slack = len(invoice.lines) * unit if invoice.lines else max(unit, Decimal(1))
    for at, row in enumerate(invoice.taxes):
        if row.base is None or row.rate is None or row.amount is None:
            continue
        factor = row.rate * PERCENT
        yield Equation(
            code="tax.rate",
            fields=tuple(f"taxes[{at}].{name}" for name in ("base", "rate", "amount")),
            left=f"VAT of {_plain(row.rate)} % on {written(row.base, invoice.currency)} is",
            expected=row.base * factor,
            right="the VAT row says",
            stated=row.amount,
            slack=slack,
            # The base itself is rounded where prices hold the VAT.
            exact=unit * HALF * (1 + abs(factor)),
        )


def _bases(invoice: Invoice) -> Iterator[Equation]:
    """The bases make up the net total, unless each tax is on all of it (as in Canada).

    Only a warning: paper leaves out the row of what bears no VAT.
    """
    net = invoice.totals.net
    bases = [row.base for row in invoice.taxes if row.base is not None]
    if not bases or len(bases) < len(invoice.taxes) or net is None:
        return
    if all(base == net for base in bases):
        return
    yield Equation(
        code="tax.base",
        fields=("taxes", "totals.net"),
        left="The amounts that VAT is on add up to",
        expected=sum(bases, NOTHING),
        right="the net total says",
        stated=net,
        slack=len(bases) * smallest_unit(invoice.currency),
        worst=Severity.WARNING,
    )


def _lines(invoice: Invoice) -> Iterator[Equation]:
    """Quantity times price, less allowances, plus charges, is the amount of the line."""
    for at, line in enumerate(invoice.lines):
        equation = _line(at, line, invoice.currency)
        if equation:
            yield equation


def _line(at: int, line: Line, currency: str | None) -> Equation | None:
    quantity, price, amount = line.quantity, line.unit_price, line.amount
    if quantity is None or price is None or amount is None:
        return None
    per = line.price_base_quantity or Decimal(1)
    adjustment = _worth(line.charges) - _worth(line.allowances)
    expected = quantity * price / per + adjustment
    slack = smallest_unit(currency) + _blur(quantity, price, currency) / abs(per)
    if abs(expected - amount) <= slack:
        return None
    every = "" if per == 1 else f" per {_plain(per)}"
    return Equation(
        code="line.amount",
        fields=tuple(f"lines[{at}].{name}" for name in ("quantity", "unit_price", "amount")),
        left=f"{_plain(quantity)} × {written(price, currency)}{every}"
        f"{_adjusted(adjustment, currency)} is",
        expected=expected,
        right=f"the amount of line {at + 1} says",
        stated=amount,
        slack=slack,
        worst=Severity.WARNING,
    )


def _blur(quantity: Decimal, price: Decimal, currency: str | None) -> Decimal:
    """How far a product may be off because its factors are printed rounded."""
    of_price = HALF * min(_last_digit(price), smallest_unit(currency))
    whole = quantity == quantity.to_integral_value()
    of_quantity = NOTHING if whole else HALF * _last_digit(quantity)
    return abs(quantity) * of_price + abs(price) * of_quantity


def _last_digit(value: Decimal) -> Decimal:
    """The worth of the last digit that *value* is written with: 0.01 for 1.25."""
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else NOTHING


def _worth(rows: tuple[Adjustment, ...]) -> Decimal:
    return sum((row.amount or NOTHING for row in rows), NOTHING)


def _adjusted(adjustment: Decimal, currency: str | None) -> str:
    if not adjustment:
        return ""
    return f" {'−' if adjustment < 0 else '+'} {written(abs(adjustment), currency)}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
