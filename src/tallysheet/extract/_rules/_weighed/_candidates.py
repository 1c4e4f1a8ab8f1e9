"""All that may be one value of an invoice, each with what speaks for it and against it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._view import View
from tallysheet.extract._rules._weighed._surroundings import Surroundings, shape

T = TypeVar("T")

MOST_BEFORE, MOST_BEHIND = 100, 200
"""Amounts and codes that are looked at, the first and the last of a document: between them stand
the items."""
MOST_DAYS = 120
MOST_ADDED = 60
"""Amounts, the largest first, of which it is tried what others they make."""
FAR = 999
"""Days apart that count as very far."""
LONGEST_CODE = 40
AROUND = ".,;:()[]#"
"""What may stand around a code and is none of it."""
USUAL_RATES = (0.02, 0.28)
"""Between these the tax has some share of the net, where no rate is printed."""
NEAR_RATE = 0.0015
SUM_TERMS = (
    *("gross", "due", "net", "lines", "tax", "paid", "allowances", "charges", "withheld"),
    *("rounding", "prior_balance", "not_total"),
)
DATE_TERMS = ("issue_date", "due_date", "delivery_date", "other_date", "period", "terms", "number")
CODE_TERMS = (
    *("number", "preceding", "order", "sales_order", "customer", "delivery_note", "contract"),
    *("payment_reference", "buyer_reference", "vat_id", "tax_number", "legal_id", "other"),
    *("title_380", "title_381", "issue_date"),
)
"""Terms of labels that matter for each."""
CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Candidate:
    """Some words that may be a value, and what they are like."""

    key: str
    """The value, as it is compared with others."""
    span: Span
    names: tuple[str, ...]
    """Traits that it has."""
    numbers: dict[str, float]
    """How much it has of others."""


@dataclass(frozen=True)
class _Made:
    """What an amount is in sums that others on the page make, up to 3 where a rate is printed."""

    gross: int = 0
    net: int = 0
    tax: int = 0
    pairs: int = 0
    """Ways in which it is a sum."""


def key_of_amount(value: Decimal) -> str:
    """An amount as it is compared: without its sign, to two places."""
    return str(abs(value).quantize(CENTS)) if abs(value) < 10**12 else str(abs(value))


def amounts(around: Surroundings, items: frozenset[int]) -> Iterator[Candidate]:
    """The amounts of the page; *items* are the lines of the table."""
    view = around.view
    found = [one for one in view.all_figures() if _is_amount(view, one)]
    values = [abs(one.value) for one in found]
    ranks = {value: at for at, value in enumerate(sorted(set(values), reverse=True))}
    often = Counter(values)
    largest = max(values, default=Decimal(0))
    made = _sums(view, sorted(ranks, key=ranks.__getitem__)[:MOST_ADDED], set(values))
    last_item = max(items, default=None)
    last_page = view.sheet.lines[-1].page
    for one in _ends(found):
        value = abs(one.value)
        own = made.get(value, _Made())
        numbers = around.numbers(one.span, SUM_TERMS) | {
            "rank": ranks[value],
            "values": len(ranks),
            "of largest": float(value / largest) if largest else 0.0,
            "often": often[value],
            "negative": one.value < 0,
            "currency": bool(one.currency),
            "gross": own.gross,
            "pairs": own.pairs,
            "net": own.net,
            "tax": own.tax,
            "item": one.span.line in items,
            "behind items": -FAR if last_item is None else one.span.line - last_item,
            "last page": view.sheet.lines[one.span.line].page == last_page,
        }
        names = tuple(around.names(one.span))
        yield Candidate(key_of_amount(value), one.span, names, numbers)


def days(around: Surroundings, items: frozenset[int]) -> Iterator[Candidate]:
    """The dates of the page."""
    view = around.view
    read = [(day.span, view.day(day) or day.day_first) for row in view.days for day in row]
    found = [(span, value) for span, value in read if value is not None][:MOST_DAYS]
    often = Counter(value for _, value in found)
    order = {value: at for at, value in enumerate(sorted(often))}
    first, last = min(often, default=date.min), max(often, default=date.min)
    for at, (span, value) in enumerate(found):
        numbers = around.numbers(span, DATE_TERMS) | {
            "days": len(order),
            "rank": order[value],
            "rank from last": len(order) - 1 - order[value],
            "often": often[value],
            "at": at,
            "item": span.line in items,
            "since first": min(FAR, (value - first).days),
            "until last": min(FAR, (last - value).days),
        }
        names = tuple(around.names(span))
        yield Candidate(value.isoformat(), span, names, numbers)


def codes(around: Surroundings, items: frozenset[int]) -> Iterator[Candidate]:
    """The words with digits that are neither amounts nor dates."""
    view = around.view
    found: list[tuple[Span, str]] = []
    for line in view.sheet.lines:
        spans = [one.span for one in view.figures[line.number] if one.money or one.percent]
        spans += [day.span for day in view.days[line.number]]
        taken = {at for span in spans for at in range(span.first, span.last)}
        for at, word in enumerate(line.words):
            text = word.text.strip(AROUND).rpartition(":")[2]
            if at not in taken and any(map(str.isdigit, text)) and len(text) <= LONGEST_CODE:
                found.append((Span(line.number, at, at + 1), text))
    often = Counter(letters(text) for _, text in found)
    kept = set(_ends(found))
    for at, (span, text) in enumerate(found):
        if (span, text) not in kept:
            continue
        numbers = around.numbers(span, CODE_TERMS) | {
            "at": at,
            "letters": len(text),
            "digits": sum(map(str.isdigit, text)),
            "often": often[letters(text)],
            "item": span.line in items,
        }
        names = (*around.names(span), f"shape {shape(text)}")
        yield Candidate(letters(text), span, names, numbers)


def _ends(found: list[T]) -> list[T]:
    if len(found) <= MOST_BEFORE + MOST_BEHIND:
        return found
    return [*found[:MOST_BEFORE], *found[-MOST_BEHIND:]]


def _is_amount(view: View, one: Figure) -> bool:
    if one.percent:
        return False
    return one.money or bool(one.currency) or (not view.has_places and abs(one.value) >= 1)


def _sums(view: View, largest: list[Decimal], values: set[Decimal]) -> dict[Decimal, _Made]:
    """What each of the *largest* is in the sums net + tax = gross that *values* make."""
    rates = {float(one.value) / 100 for one in view.all_figures() if one.percent}
    known = sorted({float(value) for value in values if value > 0}, reverse=True)
    shown = {round(100 * value) for value in known}
    return {value: _made(float(value), known[:MOST_ADDED], shown, rates) for value in largest}


def _made(value: float, others: list[float], shown: set[int], rates: set[float]) -> _Made:
    gross = net = tax = pairs = 0
    for other in others:
        rest = value - other
        if 0 < rest <= other and round(100 * rest) in shown:
            pairs += 1
            gross = max(gross, _strength(rest / other, rates))
        if other != value and value > 0 and round(100 * (value + other)) in shown:
            if other < value:
                net = max(net, _strength(other / value, rates))
            else:
                tax = max(tax, _strength(value / other, rates))
    return _Made(gross, net, tax, min(pairs, 5))


def _strength(rate: float, rates: set[float]) -> int:
    """3 where *rate* is printed, 1 where some tax has it, otherwise 0."""
    if any(abs(rate - one) < NEAR_RATE for one in rates):
        return 3
    low, high = USUAL_RATES
    return int(low < rate < high)
