"""What a language model read, held against what the rules read off the same words.

A model may be talked into a lie, or take the amount of a line for the total; and then
its value stands on the page and is cited. So whoever is paid, how much, when and for what
must also be what the labels, the layout and the sums of the page say. Where the rules
are unsure they say nothing, and where a model left a value out it is not contradicted.

====================  ========  ==========================================================
code                  severity  what was noticed
====================  ========  ==========================================================
``rules.<field>``     error     the rules read another value off the page; of a name that is
                                longer or shorter nothing is said
``rules.iban``        error     the page names accounts that the model left out, or names
                                another one first
``rules.lines``       error     the model's lines come to another sum than those of the page's
                                table, which make up its net total; a warning where they are
                                only more or fewer
``totals.several``    error     the page names two totals: see ``_rules/_rivals``
``number.several``    error     the page gives two numbers much the same name: see there
``seller.several``    error     either of two names may be the seller's: see there
``currency.several``  error     the page marks a sum with another currency: see there
``kind.other``        error     it calls itself something else: see ``_rules/_others``
====================  ========  ==========================================================
"""

import re
from collections.abc import Iterator, Mapping

from tallysheet.extract._crosscheck import (
    IBAN_AT,
    NAMES,
    Value,
    agree,
    bare_of,
    overlapping,
    shown,
    values_of,
)
from tallysheet.extract._currencies import forms_of, mark_of
from tallysheet.extract._rules import OTHER, UNDECIDED
from tallysheet.extract._sightings import folded
from tallysheet.model import Citation, Draft, Finding, Invoice, Severity

SELLER = "seller.name"
CALLED = {**NAMES, SELLER: "seller", "seller.vat_id": "seller's VAT number"}
"""What is compared, and what people call it."""
TAKEN_OVER = (*UNDECIDED, OTHER)
"""What the rules find whoever reads the values."""
MARK = re.compile(r"[^\W\d_]+|[$\u00a3\u00a5\u20ac]")
"""A currency in the words of an amount."""


ALSO_AGREED = ("due_date", "buyer.name", "payment.accounts[0].iban")
"""What is compared to be surer, and not to be contradicted."""


def agreed_on(invoice: Invoice, page: Draft) -> frozenset[str]:
    """Paths of which *invoice*, of a model, has what the rules read off the *page*."""
    ours, theirs = values_of(Draft(invoice=invoice)), values_of(page)
    both = [path for path in (*CALLED, *ALSO_AGREED) if path in ours and path in theirs]
    return frozenset(path for path in both if agree(path, ours[path], theirs))


def doubts_of(invoice: Invoice, page: Draft) -> Iterator[Finding]:
    """Where the rules read something else off the *page* than *invoice* has, of a model."""
    ours, theirs = values_of(Draft(invoice=invoice)), values_of(page)
    for path in CALLED:
        our, their = ours.get(path), theirs.get(path)
        if our is None or their is None or agree(path, our, theirs):
            continue
        if path == SELLER and overlapping(our, their):
            continue
        if path == "totals.due" and not our:
            continue  # it is settled already, and nothing will be paid
        yield _doubt(path, our, page.citations[path])
    currency, total = ours.get("currency"), page.citations.get("totals.gross")
    if currency and total and theirs.get("currency", currency) == currency:
        yield from _marks(str(currency), total)
    yield from _accounts(ours, theirs)
    yield from _lines(invoice, page.invoice)
    yield from (finding for finding in page.findings if finding.code in TAKEN_OVER)


def _marks(currency: str, total: Citation) -> Iterator[Finding]:
    """Another currency beside the total, whatever the rest of the page speaks of."""
    marks = [mark for mark in MARK.findall(total.text) if mark_of(mark)]
    forms = {folded(form) for form in forms_of(currency)}
    if marks and not any(folded(mark) in forms for mark in marks):
        yield _doubt("currency", currency, total)


def _doubt(path: str, value: Value, citation: Citation) -> Finding:
    return Finding(
        code=f"rules.{path.removeprefix('totals.')}",
        severity=Severity.ERROR,
        fields=(path,),
        message=f"The model read {shown(value)} as the {CALLED[path]}, "
        f"but page {citation.page} says “{shown(citation.text)}”.",
    )


def _lines(ours: Invoice, page: Invoice) -> Iterator[Finding]:
    """A list that was cut, or grew, against rows of the page that are all there by their sum."""
    said, read = ([line.amount for line in invoice.lines] for invoice in (ours, page))
    rows = [amount for amount in read if amount is not None]
    total = page.totals.net if page.totals.lines is None else page.totals.lines
    if not read or len(rows) < len(read) or sum(rows) != total or len(said) == len(read):
        return
    short = abs(sum(amount or 0 for amount in said)) != abs(total)
    yield Finding(
        code="rules.lines",
        severity=Severity.ERROR if short else Severity.WARNING,
        fields=("lines",),
        message=f"The model read {len(said):,} lines, "
        f"but the {len(read):,} rows of the page's table make up its total.",
    )


def _accounts(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> Iterator[Finding]:
    """Accounts that the page names, where the model names others, or fewer, or in another order."""
    said, read = (
        [bare_of(str(value)) for path, value in values.items() if IBAN_AT.fullmatch(path)]
        for values in (ours, theirs)
    )
    if said and read and (said[0] != read[0] or set(read) - set(said)):
        others = [shown(one.upper()) for one in dict.fromkeys(read) if one != said[0]]
        yield Finding(
            code="rules.iban",
            severity=Severity.ERROR,
            fields=("payment.accounts[0].iban",),
            message=f"The model read {shown(said[0].upper())} as the account, "
            f"but the page names {' and '.join(others[:2])}: do not pay before you know.",
        )
