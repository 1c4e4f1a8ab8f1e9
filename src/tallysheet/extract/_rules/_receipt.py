"""The slip of a till: what was to be paid, when, and who sold it.

A slip names its total several times, rounds it, and says what was given and
what was handed back. The total is the figure that most of these agree on:
what a label says, or cash less change, may each be misread by OCR.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tallysheet.extract._rules._addressee import clean_name, is_label
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._marks import find_ibans, phone_in
from tallysheet.extract._rules._names import STREET, has_suffix, postcode
from tallysheet.extract._rules._numbers import Figure
from tallysheet.extract._rules._view import Found, View

MOST_LINES = 150
"""No slip has more lines."""
TOP_LINES = 8
"""Lines of the head of a slip, where its seller stands."""
SUMMARY_LINES = 5
"""Lines of a tax summary, which has totals of its own."""
AGREED = 3.0
"""What the signs of a total must come to for it to be sure."""

_SIGNS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        r"cash(?!\w)|bar|barzahlung|especes|contant|contanti|efectivo|numerario|hsac",
        r"change\w*|ruckgeld|rendu|rendu monnaie|wisselgeld|resto|cambio|troco",
        r"cashier|kassierer|kasse|caissier|caisse|kassa|cassa|cassiere|cajero|caja|operador",
        r"tender(?:ed)?|gegeben|credit card|kartenzahlung|carte bancaire|pinnen|bancomat|tarjeta"
        r"|pagamento (?:elettronico|contante)",
        r"receipt|kassenbon|quittung|bon|ticket|kassabon|scontrino|recibo|talao|guest check"
        r"|documento commerciale",
        r"rounding(?: adj\w*)?|arrotondamento|afronding",
        r"(?:gst|tax|vat) (?:summary|analysis)",
        r"thank you|come again|not returnable|vielen dank|merci|bedankt|grazie|gracias",
        r"table|counter|pax|pos|till|terminal|server|served by|tisch|mesa|tavolo",
    )
)
"""What slips say, by kind; invoices say one of these now and then."""
FEWEST_SIGNS = 3
NARROW = 60
"""Letters of the longest line where two signs are enough."""

_TOTAL = re.compile(
    r"\bt[o0][tl][ae][li1]\b|\btotal\w{0,2}\b|\bsumme\b|\bgesamt\w*|\btotaal\b|\btotale\b|\bsaldo\b"
    r"|zu zahlen|a payer|te betalen|da pagare|a pagar|\bimporte\b|p[ae]yable|amount due|balance due"
)
_STRONG = re.compile(
    r"\binc|\bin of\b|rounded|p[ae]yable|grand|\bnett?\b|\bdue\b|after|zu zahlen|a payer|da pagare"
    r"|a pagar|te betalen|gesamt"
)
_NO_TOTAL = re.compile(
    r"\bexcl|exkl|\bht\b|^dont\b|^davon\b|before|\bqty|quantity|\bitems?\b|\bdisc"
    r"|sav(?:ing|ed)|gespart|economies|ahorr|risparm"
    r"|\btotal (?:gst|tax|vat)|supplies"
    r"|(?:gst|tax|vat|mwst|tva|btw|iva) total|point|\bpax\b|included in|\bincludes\b|stuck|articles"
)
_SUBTOTAL = re.compile(r"\bsub ?-?to[tl][ae]|zwischensumme|sous-?total|subtotaal|subtotale")
_GIVEN = re.compile(
    r"^(?:cash|bar\b|hsac|tender|paid|payment|visa|master|credit|debit|card|gegeben|especes|contant"
    r"|efectivo|cb\b|pin\b)"
)
_CHANGE = re.compile(r"^(?:change|ruckgeld|rendu|wisselgeld|resto\b|cambio|troco)")
_ROUNDING = re.compile(r"\broun?ding|^rundung|^arrotond|^afronding|^redondeo|^arrondi")
_SUMMARY = re.compile(r"(?:gst|tax|vat|mwst|tva|btw|iva)\W{0,3}(?:summ?a?r?y|smay|analysis|detail)")
_INCLUDED = re.compile(r"\((?:incl|inkl|dont|davon|di\b|waarvan|of\b|include)")
"""How the words in brackets begin that tell what is in an amount."""
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a slip says."""

    total: Found[Decimal] | None
    rounding: Found[Decimal] | None
    day: Found[date] | None
    seller: Found[str] | None


def find_receipt(view: View) -> Receipt | None:
    """Read the document as the slip of a till, if it is one."""
    if not _is_slip(view):
        return None
    total, rounding = _total(view)
    return Receipt(total, rounding, _day(view), _seller(view))


def _is_slip(view: View) -> bool:
    lines = view.sheet.lines
    if not lines or len(lines) > MOST_LINES or find_ibans(view):
        return False
    if any("due_date" in one.terms and one.plain for row in view.labels for one in row):
        return False
    texts = [fold(line.text[:200]) for line in lines]
    signs = sum(bool(sign.search("\n".join(texts))) for sign in _SIGNS)
    return signs >= FEWEST_SIGNS - (max(map(len, texts)) <= NARROW)


@dataclass(frozen=True, slots=True)
class _Said:
    """One line with an amount at its end."""

    text: str
    value: Decimal
    span: Span


def _total(view: View) -> tuple[Found[Decimal] | None, Found[Decimal] | None]:
    said = list(_amounts(view))
    weights: dict[Decimal, float] = defaultdict(float)
    spans: dict[Decimal, Span] = {}
    for one in said:
        weight = _weight(one.text)
        if weight and one.value > 0:
            # The same label twice is one sign and a bit.
            weights[one.value] = max(weight, weights[one.value]) + min(weight, 0.5) * (
                one.value in spans
            )
            spans[one.value] = one.span
    named = dict(weights)
    rounding = next((one for one in said if _ROUNDING.search(one.text)), None)
    if rounding and 0 < abs(rounding.value) < 1:
        for value in named:
            for sign in (1, -1):
                if value + sign * rounding.value in named:
                    weights[value + sign * rounding.value] += 1.0
                    weights[value] -= 1.0
                    break
    for value, span, weight in _paid(said):
        if value in weights or weight > 1:
            weights[value] += weight
            spans.setdefault(value, span)
    if not weights:
        return None, None
    best = max(weights, key=lambda value: (weights[value], spans[value].line))
    if weights[best] < 1:
        return None, None
    sure = 0.9 if weights[best] >= AGREED else 0.6
    shown = best in named
    total = Found(best, spans[best], sure if shown else 0.5, "label" if shown else "arithmetic")
    rounded = rounding and any(best - rounding.value == value for value in named)
    if rounding and rounded and rounding.value:
        return total, Found(rounding.value, rounding.span, 0.8, "label")
    return total, None


def _amounts(view: View) -> Iterator[_Said]:
    """The lines that say something and end with an amount, tax summaries left out."""
    skip = -1
    for line in view.sheet.lines:
        text = fold(line.text[:200])
        if _SUMMARY.search(text):
            skip = line.number + SUMMARY_LINES
        end = _included_from(line)
        figures = [
            one
            for one in view.figures[line.number]
            if _is_amount(view, one) and one.span.first < end
        ]
        if figures and line.number > skip:
            last = figures[-1]
            before = fold(view.sheet.text(Span(line.number, 0, last.span.first)))
            yield _Said(before.lstrip("*-'\"° "), last.value, last.span)


def _included_from(line: Line) -> int:
    """Where what is in the amount begins, in brackets behind it."""
    words = enumerate(line.words)
    found = (at for at, word in words if at and _INCLUDED.match(fold(word.text)))
    return next(found, len(line.words))


def _is_amount(view: View, figure: Figure) -> bool:
    return figure.money or (not view.has_places and not figure.percent)


def _weight(text: str) -> float:
    """How plainly *text* says that the total follows."""
    if _GIVEN.search(text) or _CHANGE.search(text) or _NO_TOTAL.search(text):
        return 0.0
    if _SUBTOTAL.search(text):
        return 0.6
    if not _TOTAL.search(text):
        return 0.0
    return 2.0 if _STRONG.search(text) else 1.5


def _paid(said: list[_Said]) -> Iterator[tuple[Decimal, Span, float]]:
    """What was paid: the sum given, or what is left of it after the change."""
    for at, given in enumerate(said):
        if not _GIVEN.search(given.text) or given.value <= 0:
            continue
        yield given.value, given.span, 0.8
        for change in said[at + 1 : at + 4]:
            if _CHANGE.search(change.text) and 0 <= change.value < given.value:
                yield given.value - change.value, change.span, 1.5


def _day(view: View) -> Found[date] | None:
    """The day of the sale: the one beside the time of day, or the only one."""
    found: dict[date, Found[date]] = {}
    for row in view.days:
        for day in row:
            value = view.day(day)
            if value is None:
                continue
            line = view.sheet.lines[day.span.line]
            timed = bool(_CLOCK.search(_around(view, day.span, line)))
            known = found.get(value)
            score = max(0.7 if timed else 0.5, known.score if known else 0.0)
            found[value] = Found(value, known.span if known else day.span, score, "pattern")
    if not found:
        return None
    best = max(found.values(), key=lambda one: one.score)
    rivals = [one for one in found.values() if one.score == best.score]
    return best if len(rivals) == 1 else None


def _around(view: View, span: Span, line: Line) -> str:
    """The words beside a date, its own word among them where a time is glued to it."""
    first, last = max(0, span.first - 2), min(len(line.words), span.last + 3)
    beside = view.sheet.text(Span(line.number, span.last, last)) if last > span.last else ""
    before = view.sheet.text(Span(line.number, first, span.first)) if first < span.first else ""
    glued = view.sheet.text(span)
    return f"{before} {beside} {glued if ':' in glued else ''}"


def _seller(view: View) -> Found[str] | None:
    """The line of the head that has a legal form, else the first that can be a name."""
    names: list[tuple[str, Span]] = []
    for line in view.sheet.lines[:TOP_LINES]:
        span = Span(line.number, 0, len(line.words))
        text = line.text
        name = clean_name(text)
        said = any(one.plain for one in view.labels[line.number])
        if not name or said or is_label(view, span) or view.days[line.number] or phone_in(text):
            continue
        if has_suffix(name):
            return Found(name, span, 0.75, "pattern")
        if postcode(text) or (STREET.search(fold(text)) and any(map(str.isdigit, text))):
            break
        if len(letters(name)) > 4 and sum(map(str.isdigit, name)) <= 2:
            names.append((name, span))
    if not names:
        return None
    capital = [one for one in names if one[0].isupper()]
    name, span = (capital or names)[0]
    return Found(name, span, 0.55, "layout")
