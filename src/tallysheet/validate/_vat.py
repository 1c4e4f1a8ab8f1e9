"""The VAT breakdown: does each category bear what it may, and do the lines add up to its bases?

Category is a code of UNTDID 5305. Rules of EN 16931 are named as it names them:
BR-S for the standard rate, BR-IC for supplies within the Union, and so on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from tallysheet.model import Finding, Invoice, Severity, Tax
from tallysheet.validate._currencies import smallest_unit, written
from tallysheet.validate._equation import NOTHING, Equation

RULES = {"Z": "BR-Z", "E": "BR-E", "AE": "BR-AE", "K": "BR-IC", "G": "BR-G", "O": "BR-O"}
"""Categories that bear no VAT, and the rules about each."""
NAMES = {
    "Z": "zero rated",
    "E": "exempt",
    "AE": "reverse charge",
    "K": "supply within the Union",
    "G": "export",
    "O": "outside VAT",
}
TOLERANCE = Decimal(1)
"""By how many units of the currency BR-S-08 and its like let a base differ from its lines."""

HIGHEST = Decimal(35)
"""Per cent, where no rate is named: more than any VAT. Hungary's standard rate of 27 % is the
highest (European Commission, Taxes in Europe Database), and India's GST comes to 28 %."""
LEEWAY = Decimal("0.02")
"""Of that, for what is rounded line by line."""


class Group(NamedTuple):
    """What is taxed alike: category and rate, each as far as it is known."""

    category: str | None
    rate: Decimal


def check_vat(invoice: Invoice, *, exact: bool) -> Iterator[Finding]:
    """Notice VAT where there may be none, and bases that the lines do not add up to.

    Args:
        invoice: What was read.
        exact: Whether bases that differ are an error: paper leaves rows out. Then VAT is told by
            its rows, which may tax what is not in net (XRechnung's extension has such lines).
    """
    for at, row in enumerate(invoice.taxes):
        yield from _untaxed(at, row, invoice.currency)
    if not exact:
        yield from _share(invoice)
    for equation in _bases(invoice, exact=exact):
        finding = equation.judge(invoice.currency)
        if finding:
            yield finding


def _untaxed(at: int, row: Tax, currency: str | None) -> Iterator[Finding]:
    """BR-Z-09, BR-E-09, BR-AE-09, BR-IC-09, BR-G-09, BR-O-09: its VAT is nothing."""
    rule = RULES.get(row.category or "")
    if rule is None or not row.amount:
        return
    yield Finding(
        code="tax.category",
        severity=Severity.ERROR,
        fields=(f"taxes[{at}].category", f"taxes[{at}].amount"),
        message=f"VAT row {at + 1} is {NAMES[row.category or '']} ({row.category}), which bears "
        f"no VAT, but says {written(row.amount, currency)} ({rule}-09).",
    )


def _share(invoice: Invoice) -> Iterator[Finding]:
    """VAT is no higher than its rates make it, whatever rows were not read."""
    totals = invoice.totals
    stated = {"net": totals.net, "tax": totals.tax, "gross": totals.gross}
    names = [name for name, value in stated.items() if value is not None][:2]
    if len(names) < 2:
        return
    gross = totals.gross or NOTHING
    net = gross - (totals.tax or NOTHING) if totals.net is None else totals.net
    tax = gross - net if totals.tax is None else totals.tax
    rates = {row.rate for row in invoice.taxes if row.rate is not None}
    # Canada puts two taxes on all of net.
    most = max(*rates, min(sum(rates), HIGHEST)) if rates else HIGHEST
    if not net or abs(tax) <= abs(net) * most / 100 * (1 + LEEWAY) + TOLERANCE:
        return
    share = abs(tax) / abs(net)
    highest = f"the rates named make {most:f} % at most" if rates else "no VAT is so high"
    yield Finding(
        code="tax.share",
        severity=Severity.ERROR,
        fields=tuple(f"totals.{name}" for name in names),
        message=f"VAT of {written(tax, invoice.currency)} is {share:.0%} of net "
        f"{written(net, invoice.currency)}, and {highest}.",
    )


def _bases(invoice: Invoice, *, exact: bool) -> Iterator[Equation]:
    """BR-S-08, BR-Z-08 and their like: a base is the sum of what is taxed alike."""
    taxes = [(row.category, row.rate, row.base) for row in invoice.taxes]
    stated = _sums(taxes, named=exact)
    lines, more, less = (
        _sums([(row.vat_category, row.vat_rate, row.amount) for row in rows], named=exact)
        for rows in (invoice.lines, invoice.charges, invoice.allowances)
    )
    if not stated or not lines or more is None or less is None:
        return
    groups = dict.fromkeys((*stated, *lines, *more, *less))
    if not exact and groups.keys() != stated.keys():
        return  # rows that were not read
    parts = len(invoice.lines) + len(invoice.charges) + len(invoice.allowances)
    unit = smallest_unit(invoice.currency)
    for group in groups:
        yield Equation(
            code="tax.lines",
            fields=("taxes", "lines"),
            left=f"Lines, charges and allowances with {_called(group)} come to",
            expected=lines.get(group, NOTHING)
            + more.get(group, NOTHING)
            - less.get(group, NOTHING),
            right=f"their VAT row (BR-{_rule(group)}-08) says",
            stated=stated.get(group, NOTHING),
            slack=max(TOLERANCE, parts * unit),
            exact=parts * unit,
            worst=Severity.ERROR if exact else Severity.WARNING,
        )


def _sums(
    rows: Iterable[tuple[str | None, Decimal | None, Decimal | None]], *, named: bool
) -> dict[Group, Decimal] | None:
    """What each group comes to; nothing where a row does not say how it is taxed.

    Args:
        rows: Category, rate and amount of each.
        named: Whether a rate alone does not say it.
    """
    sums: defaultdict[Group, Decimal] = defaultdict(lambda: NOTHING)
    for category, rate, amount in rows:
        unknown = category is None if named else category is None and rate is None
        if amount is None or unknown or (rate is None and category not in RULES):
            return None
        sums[Group(category, rate or NOTHING)] += amount
    return dict(sums)


def _called(group: Group) -> str:
    rate = f"{group.rate.normalize():f} % VAT"
    return f"{rate} ({group.category})" if group.category else rate


def _rule(group: Group) -> str:
    return RULES.get(group.category or "S", "BR-S").removeprefix("BR-")
