"""From the words of a document to a draft of its invoice."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tallysheet.extract._rules._codes import find_codes
from tallysheet.extract._rules._days import find_days, find_issue_date, find_period
from tallysheet.extract._rules._details import gather_details, is_by_the_buyer
from tallysheet.extract._rules._draft import Gathered, readable
from tallysheet.extract._rules._fitted import fitted
from tallysheet.extract._rules._item import Row
from tallysheet.extract._rules._kind import find_kind
from tallysheet.extract._rules._others import about_other, find_other
from tallysheet.extract._rules._own_number import find_number
from tallysheet.extract._rules._parties import find_parties
from tallysheet.extract._rules._payment import gather_payment
from tallysheet.extract._rules._receipt import Receipt, find_receipt
from tallysheet.extract._rules._rivals import (
    NUMBERS,
    SELLERS,
    TOTALS,
    about_foreign,
    about_several,
    marked_otherwise,
    without_tip,
)
from tallysheet.extract._rules._table import find_table
from tallysheet.extract._rules._totals import Sums, find_totals
from tallysheet.extract._rules._view import Found, View, view_of
from tallysheet.extract._rules._weighed import Opinion
from tallysheet.model import Draft, Finding, Parsed, Severity

CREDIT_NOTE = "381"
CUT = Finding(
    code="text.cut",
    severity=Severity.ERROR,
    message="It holds more text than any invoice; only the beginning of it was read.",
)
MOST_TOLD = 60
"""Letters of a line in a sentence."""
_AMOUNT = re.compile(r"lines\[\d+\]\.amount")


def read_words(parsed: Parsed) -> Draft:
    """Read the invoice off the words of *parsed*.

    Amounts keep the sign they have on the page, with one exception: where a
    credit note (381) prints its total below zero, all signs are turned, because
    a credit note of EN 16931 carries positive amounts.
    """
    view = view_of(parsed)
    gathered = Gathered(view.sheet)
    if not view.sheet.lines:
        return gathered.draft()
    kind = find_kind(view)
    gathered.put("kind", kind)
    table = fitted(view, find_table(view))
    findings = [CUT] if view.sheet.cut else []
    issued = _gather_header(view, gathered, table.lines, findings, kind.value if kind else "")
    parties = find_parties(view)
    gather_payment(view, gathered, issued, parties)
    gather_details(view, gathered, parties)
    sums = find_totals(view, table)
    gross = sums.found.get("gross")
    turned = bool(kind and kind.value == CREDIT_NOTE and gross and gross.value < 0)
    sign = -1 if turned else 1
    _gather_sums(gathered, sums, sign)
    _gather_rows(gathered, (*table.rows, *sums.items), sign)
    slip = find_receipt(view)
    receipt = _without_total(slip, sums) if slip else None
    if receipt:
        _gather_receipt(gathered, receipt)
    opinion = Opinion(view, table.lines, parties)
    opinion.fill(gathered)
    if parties.sellers and "seller.name" not in gathered.values:
        findings.append(about_several(SELLERS, *parties.sellers))
    elif (
        parties.seller
        and parties.buyer
        and parties.seller.method != "label"
        and is_by_the_buyer(view)
    ):
        findings.append(about_several(SELLERS, parties.seller.value, parties.buyer.value))
    if other := find_other(view):
        findings.append(about_other(readable(view.sheet.text(other))))
    told = receipt.total if receipt else None
    total = told or gross
    rival = total and (without_tip(view, total) or (_other(told, gross) if told else sums.rival))
    if total and rival:
        lines = (_line_of(view, one) for one in (total, rival))
        findings.append(about_several(TOTALS, *lines))
    if view.currency and (marked := marked_otherwise(view, sums.found)):
        findings.append(about_foreign(view.currency.value, _line_of(view, marked)))
    findings += opinion.doubts(gathered, findings, slip=told is not None)
    return gathered.draft(tuple(findings))


def _without_total(receipt: Receipt, sums: Sums) -> Receipt:
    """*receipt*; without its total where net and tax make a larger one: it is a part of that."""
    net, gross = sums.found.get("net"), sums.found.get("gross")
    if receipt.total is None or not net or not gross or gross.value <= receipt.total.value:
        return receipt
    tax = sum((row.amount.value for row in sums.taxes), Decimal())
    made = tax and net.value + tax == gross.value
    return replace(receipt, total=None, rounding=None) if made else receipt


def _other(told: Found[Decimal], gross: Found[Decimal] | None) -> Found[Decimal] | None:
    """The total of an invoice where the slip's is another one, but for how it was rounded."""
    if gross is None or abs(gross.value - told.value) < 1:
        return None
    return gross


def _line_of(view: View, found: Found[Decimal]) -> str:
    """The line on which it stands, as it may be told."""
    return readable(view.sheet.lines[found.span.line].text)[:MOST_TOLD]


def answer_bytes(data: bytes) -> bytes:
    """Read an encoded `Parsed`; answer a `Draft` as JSON. Runs in a child process."""
    draft = read_words(Parsed.from_bytes(data))
    return draft.model_dump_json(exclude_defaults=True).encode()


def _gather_header(
    view: View, gathered: Gathered, items: frozenset[int], findings: list[Finding], kind: str
) -> Found[date] | None:
    taken: set[str] = set()
    for path, term in (
        ("purchase_order", "order"),
        ("buyer_reference", "buyer_reference"),
        ("sales_order", "sales_order"),
        ("contract", "contract"),
        ("despatch_advice", "delivery_note"),
        ("preceding_invoices[0].number", "preceding"),
    ):
        codes = find_codes(view, term)
        if codes and gathered.put(path, codes[0]):
            taken.add(codes[0].value)
    number, rival = find_number(view, kind, taken=taken, top=min(items, default=None))
    gathered.put("number", number)
    if number and rival:
        findings.append(about_several(NUMBERS, number.value, rival.value))
    issued = find_issue_date(view, kind, number, items)
    if issued and issued.method != "label" and issued.span.line in items:
        issued = None  # the day of an item
    gathered.put("issue_date", issued)
    period = find_period(view)
    if period:
        gathered.put("period.start", period[0])
        gathered.put("period.end", period[1])
    else:
        delivered = find_days(view, "delivery_date")
        gathered.put("delivery_date", delivered[0] if delivered else None)
    gathered.put("currency", view.currency)
    return issued


def _gather_sums(gathered: Gathered, sums: Sums, sign: int) -> None:
    for name, found in sums.found.items():
        signless = name in ("paid", "allowances", "charges", "withheld", "prior_balance")
        value = found.value if signless and found.value > 0 else found.value * sign
        gathered.put(f"totals.{name}", Found(value, found.span, found.score, found.method))
    for at, row in enumerate(sums.taxes):
        for name, one, way in (
            ("rate", row.percent, 1),
            ("base", row.base, sign),
            ("amount", row.amount, sign),
        ):
            if one:
                turned = Found(one.value * way, one.span, one.score, one.method)
                gathered.put(f"taxes[{at}].{name}", turned)


def _gather_receipt(gathered: Gathered, receipt: Receipt) -> None:
    """What the slip of a till says goes for the total; for the rest it fills gaps.

    Its items are kept only if they make that total: more than rows that look like items stand
    on a slip, and crumpled paper hides some.
    """
    if "issue_date" not in gathered.values:
        gathered.put("issue_date", receipt.day)
    if "seller.name" not in gathered.values:
        gathered.put("seller.name", receipt.seller)
    total = receipt.total
    if total is None:
        return
    off = receipt.rounding.value if receipt.rounding else Decimal(0)
    values = gathered.values
    net, tax = values.get("totals.net"), values.get("totals.tax")
    if net is None or tax is None or net + tax not in (total.value, total.value - off):
        gathered.drop("totals.net", "totals.tax", "totals.lines", "taxes")
    gathered.drop("totals.paid", "totals.due", "totals.rounding")
    gathered.put("totals.gross", total)
    gathered.put("totals.rounding", receipt.rounding)
    amounts = [value for path, value in values.items() if _AMOUNT.fullmatch(path)]
    if sum(amounts) not in (total.value, total.value - off, values.get("totals.net")):
        gathered.drop("lines")


def _gather_rows(gathered: Gathered, rows: Iterable[Row], sign: int) -> None:
    for at, row in enumerate(rows):
        path = f"lines[{at}]"
        for name in ("quantity", "unit_price", "vat_rate", "amount"):
            figure = row.figures.get(name)
            if figure:
                turned = sign if name in ("amount", "quantity") and _turns(row, name) else 1
                found = Found(figure.value * turned, figure.span, 0.85, "table")
                gathered.put(f"{path}.{name}", found)
        for term in ("allowances", "charges"):
            own = [figure for kind, figure in row.adjustments if kind == term]
            for nth, figure in enumerate(own):
                found = Found(abs(figure.value), figure.span, 0.8, "table")
                gathered.put(f"{path}.{term}[{nth}].amount", found)
        sheet = gathered.sheet
        for name, span in (("id", row.position), ("seller_sku", row.sku)):
            if span:
                gathered.put(f"{path}.{name}", Found(sheet.text(span), span, 0.8, "table"))
        if row.unit:
            gathered.put(f"{path}.unit", Found(*row.unit, 0.8, "table"))
        if row.texts:
            first, rest = row.texts[0], row.texts[1:]
            gathered.put(f"{path}.name", Found(sheet.text(first), first, 0.8, "table"))
            if rest:
                text = " ".join(map(sheet.text, rest))
                gathered.put(f"{path}.description", Found(text, rest[0], 0.75, "table"))


def _turns(row: Row, name: str) -> bool:
    """Whether the sign of that figure is turned with the others in a credit note."""
    quantity = row.figures.get("quantity")
    return name == "amount" or bool(quantity and quantity.value < 0)
