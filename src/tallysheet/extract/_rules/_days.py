"""Dates by their labels: of issue, of delivery, until when to pay."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from tallysheet.extract._rules._code_parts import OF
from tallysheet.extract._rules._codes import is_anothers
from tallysheet.extract._rules._corrections import parted
from tallysheet.extract._rules._dates import Day
from tallysheet.extract._rules._labels import HINT, WEAK, Label, fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._lone import EDGE, MOST_PLACE, begins_period, date_with, lone_date
from tallysheet.extract._rules._pairs import BELOW, below, inside, past_translations, right_of
from tallysheet.extract._rules._terms import DAYS
from tallysheet.extract._rules._view import CONFIDENT, Found, View

LONGEST_PREFIX = 4
"""Letters of a word that may be part of a number; a longer one says what the date is of."""
MOST_MORE = 5
"""Words that a label goes on with before its colon."""
AFTER = frozenset(["·", "•", "|", "-", "–", "—"])
"""What parts a date from what the line goes on with."""
OTHERS = ("due_date", "delivery_date", "other_date")
"""What a date may be called that is not that of issue."""


def is_of_what_is_due(view: View, day: Day) -> bool:
    """Whether *day* stands right behind what is called due: “Total due 30 September”."""
    row = view.labels[day.span.line]
    return any("due" in label.terms and label.span.last == day.span.first for label in row)


def find_days(view: View, term: str, labels: Iterable[Label] | None = None) -> list[Found[date]]:
    """Candidates for the date that *term* names, the best first; beside *labels*, if given."""
    found: dict[date, Found[date]] = {}
    for label in view.labelled(term) if labels is None else labels:
        if term == "issue_date" and _is_of_another(view, label):
            continue
        for value, span, place in _days(view, label):
            if term == "issue_date" and begins_period(view, span):
                continue
            score = label.terms[term] * place * (1.0 if label.leads else 0.9)
            if term == "issue_date" and label.terms[term] <= WEAK:
                if _after_number(view, label):
                    score += 0.25
                else:
                    score += 0.15 * (1 - view.sheet.place(span)) if label.leads else -0.1
            known = found.get(value)
            if known is None or known.score < score:
                found[value] = Found(value, span, min(0.99, score), "label")
    return sorted(found.values(), key=lambda one: (-round(one.score, 2), one.span))


def _is_of_another(view: View, label: Label) -> bool:
    """Whether it is said of terms, of payments, or within a row with an amount, as of a deposit."""
    amounts = any(one.money and one.places for one in view.figures[label.span.line])
    within = amounts and not label.leads
    return within or _is_of_terms(view, label) or _heads_amounts(view, label)


def _is_of_terms(view: View, label: Label) -> bool:
    """Whether days stand before it, as in the terms “60 días fecha factura”."""
    before = view.sheet.text(view.sheet.before(label.span))
    return DAYS.search(fold(before)) is not None


def _heads_amounts(view: View, label: Label) -> bool:
    """Whether a mere “date” and an amount head the columns of a table, as of payments."""
    if label.terms["issue_date"] > WEAK:
        return False
    row = [one.terms for one in view.labels[label.span.line] if one.leads]
    return len(row) == 2 and any("gross" in one and one["gross"] <= WEAK for one in row)


def find_issue_date(
    view: View, kind: str, number: Found[str] | None, items: frozenset[int]
) -> Found[date] | None:
    """The issue date: by its label, or behind *number*, or the only date that stands alone on top.

    No label counts that heads a column of the table on the lines *items*.
    In a document that by its *kind* is a correction, what is called the date of an invoice is
    its own if there is no other.
    """
    own, others = parted(view, "issue_date", kind)
    labelled = _surest(view, (label for label in own if label.span.line not in items))
    beside = number and date_with(view, number.span)
    if labelled and labelled.score < WEAK and beside and beside.value != labelled.value:
        return beside  # “du 02/01/2025” may be said of an order
    if labelled:
        return labelled
    known = {term: find_days(view, term) for term in OTHERS}
    claimed = {found.span for days in known.values() for found in days}
    claimed |= {day.span for row in view.days for day in row if is_of_what_is_due(view, day)}
    behind = (_behind(view, number) or _under(view, number)) if number else None
    if behind and behind.span not in claimed:
        return behind
    due = {found.value for found in known["due_date"]}
    lone = lone_date(view, claimed, due, number.span if number else None)
    labelled = _surest(view, (label for label in others if label.leads))
    if lone and labelled and lone.value != labelled.value and not _is_behind_code(view, lone):
        return None
    return labelled or lone


def _behind(view: View, number: Found[str]) -> Found[date] | None:
    """The date right behind the *number* of the document, perhaps with a place in between."""
    first = number.span.last
    for day in view.days[number.span.line]:
        between = [
            word.text
            for word in view.sheet.words(Span(day.span.line, first, max(first, day.span.first)))
            if any(map(str.isalnum, word.text))
        ]
        placed = len(between) <= MOST_PLACE and between[-1:] and between[-1].endswith(",")
        said = [fold(text).strip(".,:") for text in between]
        named = any(
            first <= label.span.first < day.span.first
            and max(label.terms.values()) > HINT
            and fold(view.sheet.text(label.span)) not in OF
            for label in view.labels[day.span.line]
        )
        if day.span.first < first or named:
            continue
        value = view.day(day)
        if value and (placed or all(text in OF for text in said)):
            return Found(value, day.span, 0.6, "pattern")
        return None
    return None


def _under(view: View, number: Found[str]) -> Found[date] | None:
    """The date that begins the line right under the *number* and its label, before a separator.

    As in “Tax Invoice KC-2207” over “12 Mar 2025 · due 20 Apr 2025”.
    """
    own = view.sheet.lines[number.span.line].cell_of(number.span.first)
    for line in view.sheet.below(number.span, lines=1):
        for day in view.days[line.number][:1]:
            cell = line.cell_of(day.span.first)
            behind = line.words[day.span.last : day.span.last + 1]
            parted = cell.span.last > day.span.last and behind[0].text in AFTER
            if day.span.first == cell.span.first and abs(cell.x0 - own.x0) < EDGE and parted:
                value = view.day(day)
                return Found(value, day.span, 0.55, "pattern") if value else None
    return None


def _is_behind_code(view: View, day: Found[date]) -> bool:
    """Whether a number stands before it in its cell: then it is the date of what that is of."""
    before = view.sheet.text(view.sheet.before(day.span))
    return any(map(str.isdigit, before))


def _surest(view: View, labels: Iterable[Label]) -> Found[date] | None:
    found = find_days(view, "issue_date", labels)
    return found[0] if found and found[0].score >= CONFIDENT else None


def find_period(view: View) -> tuple[Found[date], Found[date]] | None:
    """The first and last day that a period label stands before."""
    for label in (*view.labelled("period"), *view.labelled("delivery_date")):
        region = right_of(view, label)
        spans = [region[0]] if region else list(below(view, label))[:1]
        for span in spans:
            days = [day for day in view.days[span.line] if inside(day.span, span)]
            if len(days) < 2:
                continue
            first, last = (view.day(day) for day in days[:2])
            if first and last and first < last <= first + timedelta(days=1100):
                return (
                    Found(first, days[0].span, 0.85, "label"),
                    Found(last, days[1].span, 0.85, "label"),
                )
    return None


def _days(view: View, label: Label) -> Iterator[tuple[date, Span, float]]:
    region = right_of(view, label)
    if region:
        for day in view.days[label.span.line]:
            close = day.span.first - region[0].first <= (3 if label.leads else 1)
            close = close or _is_after_colon(
                view, label, Span(day.span.line, region[0].first, day.span.first)
            )
            if _is_called_more(view, label, day.span):
                return
            if close and inside(day.span, region[0]) and (value := view.day(day)):
                yield value, day.span, region[1]
                return
        if region[1] == 1.0 and any(char.isdigit() for char in view.sheet.text(region[0])):
            return
    if label.span.last == len(view.sheet.lines[label.span.line].words):
        yield from _wrapped(view, label)
    column = [
        (value, day.span)
        for span in below(view, label)
        for day in view.days[span.line]
        if inside(day.span, span) and (value := view.day(day))
    ]
    # A column of several days is that of a table of items, each with its own.
    if column and (max(label.terms.values()) > WEAK or len({value for value, _ in column}) == 1):
        yield *column[0], BELOW


def _is_after_colon(view: View, label: Label, span: Span) -> bool:
    """Whether *span* ends what *label* says: “Date de la facture/Date de la livraison :”."""
    words = view.sheet.words(span)
    strong = max(label.terms.values()) > WEAK
    return strong and 0 < len(words) <= MOST_MORE and words[-1].text.endswith(":")


def _is_called_more(view: View, label: Label, span: Span) -> bool:
    """Whether a mere “date” is one of something, by the words between it and a colon.

    Words in brackets tell only how it is written.
    """
    last = past_translations(view, label)
    between = view.sheet.words(Span(span.line, last, max(span.first, last)))
    return (
        max(label.terms.values()) <= WEAK
        and len(between) > 0
        and between[-1].text.endswith(":")
        and any(word.text[0].isalpha() for word in between)
    )


def _wrapped(view: View, label: Label) -> Iterator[tuple[date, Span, float]]:
    """A date at the start of the next line, where *label* ends its own."""
    for line in view.sheet.below(label.span, lines=1):
        for day in view.days[line.number][:1]:
            value = view.day(day)
            if value and day.span.first == 0 and not label.leads:
                yield value, day.span, BELOW


def _after_number(view: View, label: Label) -> bool:
    """Whether the number of the document stands just before, as in ``Nr. 17 vom 3.4.2024``."""
    row = view.labels[label.span.line]
    before = [one for one in row if one.span.last <= label.span.first]
    return (
        bool(before)
        and any(one.leads and _names_document(one) for one in before)
        and "number" in before[-1].terms
        and not is_anothers(view, before[-1])
        and label.span.first - before[-1].span.last < 4
        and not any(
            word.text.isalpha() and len(word.text) > LONGEST_PREFIX
            for word in view.sheet.words(
                Span(label.span.line, before[-1].span.last, label.span.first)
            )
        )
    )


def _names_document(label: Label) -> bool:
    """Whether *label* is a title, or the label of a document's number."""
    return "number" in label.terms or label.titles
