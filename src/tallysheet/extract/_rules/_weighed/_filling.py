"""What the rules did not find and the page makes so probable that it is taken."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import product

from tallysheet.extract._rules._codes import NUMBERED
from tallysheet.extract._rules._days import is_of_what_is_due
from tallysheet.extract._rules._view import Found
from tallysheet.extract._rules._weighed._probable import (
    GROSS,
    ISSUE_DATE,
    NET,
    NUMBER,
    SELLER,
    TAX,
    Probable,
)
from tallysheet.extract._rules._weighed._whole import is_headed, is_titled, whole_number

METHOD = "weighed"
"""How a citation says that its value was found here."""
SCORE = 0.55
"""Of such a value: nothing calls it so, which e-invoices and models are not contradicted by."""
SURE = 0.95
"""From this probability on a date or a seller is taken."""
NUMBER_SURE, TITLED_SURE = 0.9, 0.75
"""And a number; and one right behind a title."""
TOTAL_SURE, PARTS_SURE = 0.9, 0.7
"""And a total; and the net and the VAT that make it, both together."""
MOST_PARTS = 5
"""Amounts that are tried as net, and as VAT, the most probable first."""
OTHER_DATES = ("due_date", "delivery_date", "other_date", "period", "terms", "number")
"""Terms of labels that call a date another one than that of issue."""


def find_number(probable: Probable) -> Found[str] | None:
    """The number of the document, where nothing beside it can be a part of it.

    Not one that something else is called by, known or not.
    """
    one = probable.best(NUMBER, TITLED_SURE)
    if one is None:
        return None
    view = probable.view
    sure = is_titled(view, one.span) or probable.best(NUMBER, NUMBER_SURE)
    other = is_headed(view, one.span) or any(one.numbers[f"called {term}"] for term in NUMBERED)
    unknown = one.numbers["colon"] and one.numbers["called"] < 1 and not is_titled(view, one.span)
    text = whole_number(view, one.span) if sure and not other and not unknown else None
    return Found(text, one.span, SCORE, METHOD) if text else None


def find_date(probable: Probable) -> Found[date] | None:
    """The date of issue.

    Not one that a label calls something else or that stands behind a colon, since something
    nobody knows is said of it; nor one of an item, nor one of which nobody knows the day from
    the month.
    """
    one = probable.best(ISSUE_DATE, SURE)
    if one is None:
        return None
    view = probable.view
    day = next(day for day in view.days[one.span.line] if day.span == one.span)
    value = view.day(day)
    other = any(one.numbers[f"called {term}"] for term in OTHER_DATES)
    if value is None or other or one.numbers["colon"] or one.numbers["item"]:
        return None
    return None if is_of_what_is_due(view, day) else Found(value, one.span, SCORE, METHOD)


def find_seller(probable: Probable) -> Found[str] | None:
    """The name of the seller."""
    one = probable.best(SELLER, SURE)
    return Found(probable.name(one), one.span, SCORE, METHOD) if one else None


def find_sums(probable: Probable) -> Mapping[str, Found[Decimal]]:
    """The total with the net and the VAT that make it, by path; none if one of them is unsure."""
    gross = probable.best(GROSS, TOTAL_SURE)
    if gross is None:
        return {}
    values = {one.span: one.value for one in probable.view.all_figures()}
    made = [
        (sure_of_net * sure_of_tax, net, tax)
        for (sure_of_net, net), (sure_of_tax, tax) in product(
            probable.of(NET)[:MOST_PARTS], probable.of(TAX)[:MOST_PARTS]
        )
        if values[net.span] > 0 < values[tax.span]
        and values[net.span] + values[tax.span] == values[gross.span]
    ]
    probability, net, tax = max(made, key=lambda one: one[0], default=(0.0, gross, gross))
    if probability < PARTS_SURE:
        return {}
    return {
        path: Found(values[one.span], one.span, SCORE, METHOD)
        for path, one in ((NET, net), (TAX, tax), (GROSS, gross))
    }
