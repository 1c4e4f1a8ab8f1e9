"""How to pay: accounts, references, terms, and the due date that the terms give."""

import re
from datetime import date, timedelta

from tallysheet.extract._rules._codes import EDGE, find_codes
from tallysheet.extract._rules._days import find_days
from tallysheet.extract._rules._draft import Gathered
from tallysheet.extract._rules._labels import Label, fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import Mark, find_bics, find_ibans
from tallysheet.extract._rules._owners import is_theirs
from tallysheet.extract._rules._pairs import below, right_of
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._terms import DAYS, OTHERWISE, PAYING, days_to_pay
from tallysheet.extract._rules._view import CONFIDENT, Found, View
from tallysheet.extract._rules._whose import THEIRS

MOST_ACCOUNTS = 6
LONGEST_TERMDAYS = 120

_UNTIL = re.compile(
    r"(?:\bbis(?: zum| spatestens)?|\bby|\bbefore|\buntil|\bavant le|\bau plus tard le|\bvoor|\bop"
    r"|\buiterlijk|\bentro il|\bantes del?|\bhasta el|\bate(?: ao dia| a)?|\bam|\bon) ?:?$"
)
_PAID = re.compile(r"\bpaid on|\bbezahlt am|\bbetaald op")
"""What says of a date that the money came on it."""
LABEL_AND_VALUE = 2
"""Cells of a line that says what it tells."""
_DEBIT = re.compile(
    r"lastschrift|mandat|direct debit|einzug|einzieh|eingezogen|ziehen wir|abbuch|abgebucht von"
    r"|belasten|prelev|\bcompte debite|\b(?:bezahlt|gezahlt|zahlung) von\b|\bpaid from\b"
    r"|\bcargo en\b|\bde cargo\b|\bafschrijving\b|\bdebito em conta|\bpayer iban|kundenkonto:? iban"
    r"|domicili(?!ation)|incass|addebit|debited|adeudo|debito direto"
    r"|\b(?:ihr(?:em|es)? konto|your account|votre compte|uw rekening|vostro conto|su cuenta)\b"
    r"|\baf ?te ?schrijven|afgeschreven|machtig"
    r"|\b(?:ihre bank|votre banque|banque du client|v(?:ost?r|s\.? ?)a? ?banca"
    r"|banca (?:del )?cliente|su banco|riba\b|ricevuta bancaria)|\blcr\b.*domiciliation"
)
"""What people call the account of the buyer, from which money is taken."""
_OF_CLIENTS = re.compile(
    r"anderkonto|fremdgeld|treuhand|derden(?:geld|rekening)|carpa\b"
    r"|\b(?:client|trust|escrow) account"
    r"|comptes? (?:de )?tiers|conto terzi|cuenta de (?:terceros|clientes)|rachunek powierniczy"
)
"""What lawyers and agents call the account that holds money of others."""
_NOT_TO_PAY = re.compile(
    r"kaution|konto gesperrt|konto (?:do|dla) zwrot|\bzwrot\w* na|\bwyplat\w na|ruckzahlung"
    r"|erstattung|auszahlung|spendenkonto|waarborgrekening|uitbetaling|terugbetaling"
    r"|compte de garantie|remboursement|conto cauzion|rimborso|\baccredito su\b|cuenta de fianza"
    r"|devolucion en|\bdeposit account|\brefund|\bpayout|\bpayable to you\b|\bwe (?:will )?pay\b"
)
"""What people call an account that nobody pays an invoice into."""
_ASSIGNED = re.compile(
    r"\babgetreten|schuldbefreiend|\bfactoring\b|affactur|subrog|\bcedut[oa]\b|\bcedid[oa]\b"
    r"|\bassigned to\b|gecedeerd|cesj[ai]"
)
"""How a page says that the claim was sold: then only the account told there is paid into."""
BELOW = 3
"""Lines below that which may hold the account."""
BEFORE = 8
"""Words before an account that may say so."""
_SENTENCES = re.compile(r"(?<=\w{4})[.;!] (?=[A-ZÄÖÜÉ])")
"""Where a sentence ends, and no abbreviation."""


def gather_payment(
    view: View, gathered: Gathered, issued: Found[date] | None, parties: Parties
) -> None:
    """Put accounts, reference, terms and due date into *gathered*."""
    _gather_accounts(view, gathered, parties)
    references = find_codes(view, "payment_reference")
    gathered.put("payment.reference", references[0] if references else None)
    terms = _terms(view)
    gathered.put("payment.terms", terms)
    due = next(iter(find_days(view, "due_date")), None)
    if due and issued and due.value < issued.value:
        later = [one for one in find_days(view, "due_date") if one.value >= issued.value]
        due = later[0] if later else None
    if due is None or due.score < CONFIDENT:
        due = _due_in_words(view)
    if due:
        gathered.put("due_date", due)
    elif issued:
        gathered.put("due_date", _due_by_terms(view, issued))


def _gather_accounts(view: View, gathered: Gathered, parties: Parties) -> None:
    ibans = {mark.value: mark for mark in reversed(find_ibans(view))}
    ordered = sorted(ibans.values(), key=lambda mark: mark.span)
    held = {mark.span.line for mark in ordered}
    ours = [
        mark
        for mark in ordered
        if not _debited(view, mark, held)
        and not is_theirs(view, mark.span, parties)
        and not _is_headed_theirs(view, mark)
    ]
    bics = find_bics(view)
    if len(ours) < len(ordered):
        debited = next(mark for mark in ordered if mark not in ours)
        gathered.put("payment.debited_iban", Found(debited.value, debited.span, 0.8, "pattern"))
    ours = [mark for mark in ours if not _is_called(view, mark, ordered, _NOT_TO_PAY)]
    ours = [mark for mark in ours if not _is_called(view, mark, ordered, _OF_CLIENTS)] or ours
    ours = _of_the_assignee(view, ours) or ours
    for at, mark in enumerate(ours[:MOST_ACCOUNTS]):
        path = f"payment.accounts[{at}]"
        gathered.put(f"{path}.iban", Found(mark.value, mark.span, 0.95, "pattern"))
        near = [one for one in bics if abs(one.span.line - mark.span.line) <= 4]
        if near:
            bic = min(near, key=lambda one: abs(one.span.line - mark.span.line))
            gathered.put(f"{path}.bic", Found(bic.value, bic.span, 0.9, "label"))
    if not ordered and bics:
        gathered.put("payment.accounts[0].bic", Found(bics[0].value, bics[0].span, 0.8, "label"))


def _is_called(view: View, mark: Mark, others: list[Mark], names: re.Pattern[str]) -> bool:
    """Whether one of *names* is in what the sentence says before the account, back to another.

    Where the account begins its line, that stands on the one above.
    """
    line, last = mark.span.line, mark.span.first
    if line and not last:
        line, last = line - 1, len(view.sheet.lines[line - 1].words)
    ends = [one.span.last for one in others if one.span.line == line and one.span.last <= last]
    before = view.sheet.text(Span(line, max(0, last - BEFORE, *ends), last))
    said = _SENTENCES.split(before)[-1]
    return bool(names.search(fold(f"{_heading_of(view, mark)} {said}")))


def _heading_of(view: View, mark: Mark) -> str:
    """What stands over the account with a colon, where nothing but its sign is before it."""
    line = view.sheet.lines[mark.span.line]
    cell = line.cell_of(mark.span.first)
    before = fold(view.sheet.text(Span(line.number, cell.span.first, mark.span.first)))
    if not line.number or before.strip(" :") not in ("", "iban"):
        return ""
    for one in view.sheet.lines[line.number - 1].cells:
        text = view.sheet.text(one.span)
        if abs(one.x0 - cell.x0) < EDGE and text.endswith(":") and len(text.split()) <= BEFORE:
            return text
    return ""


def _is_headed_theirs(view: View, mark: Mark) -> bool:
    """Whether that makes it the buyer's: “Votre IBAN :”."""
    return bool(THEIRS & set(fold(_heading_of(view, mark)).strip(" :").split()))


def _of_the_assignee(view: View, ours: list[Mark]) -> list[Mark]:
    """Those of *ours* that stand where the page says that the claim was sold."""
    lines = [line.number for line in view.sheet.lines if _ASSIGNED.search(fold(line.text))]
    return [mark for mark in ours if any(0 <= mark.span.line - at <= BELOW for at in lines)]


def _debited(view: View, mark: Mark, others: set[int]) -> bool:
    """Whether the account is the buyer's, to be debited.

    The words on its line say so, or those on the line above, unless they speak
    of one of the *others*, by the lines those stand on.
    """
    line = view.sheet.lines[mark.span.line]
    words = line.text
    leads = mark.span.first < line.cells[0].span.last or len(line.cells) == LABEL_AND_VALUE
    if line.number and line.number - 1 not in others and leads:
        words = f"{view.sheet.lines[line.number - 1].text[-200:]} {words}"
    return bool(_DEBIT.search(fold(words)))


def _terms(view: View) -> Found[str] | None:
    for row in view.labels:
        for label in row:
            if label.terms.get("terms", 0) < 1 or not label.leads:
                continue
            span = _terms_of(view, label)
            text = view.sheet.text(span) if span else ""
            if span and sum(map(str.isalpha, text)) >= 4 and len(text) < 250:
                return Found(text, span, 0.8, "label")
    for line in view.sheet.lines:
        folded = fold(line.text[:300])
        if DAYS.search(folded) and PAYING.search(folded) and not OTHERWISE.search(folded):
            return Found(line.text, Span(line.number, 0, len(line.words)), 0.6, "pattern")
    return None


def _terms_of(view: View, label: Label) -> Span | None:
    """The rest of the cell; all of it where no colon parts label and terms; else what is below."""
    line = view.sheet.lines[label.span.line]
    cell = line.cell_of(label.span.first).span
    if label.span.last < cell.last:
        words = line.words
        colon = words[label.span.last - 1].text.endswith(":") or words[label.span.last].text == ":"
        first = label.span.last + (words[label.span.last].text == ":")
        return Span(line.number, first if colon else label.span.first, cell.last)
    region = right_of(view, label)
    return region[0] if region else next(below(view, label), None)


def _due_in_words(view: View) -> Found[date] | None:
    """The date that a sentence about paying names, as ``Please pay by 3 May 2024``."""
    for line in view.sheet.lines:
        for day in view.days[line.number]:
            start = max(0, day.span.first - 12)
            before = fold(view.sheet.text(Span(line.number, start, day.span.first)))
            clause = re.split(r"[.;,](?!\d)", before)[-1]
            value = view.day(day)
            asked = PAYING.search(clause) and _UNTIL.search(clause) and not _PAID.search(clause)
            if value and asked and not OTHERWISE.search(clause):
                return Found(value, day.span, 0.75, "pattern")
    return None


def _due_by_terms(view: View, issued: Found[date]) -> Found[date] | None:
    """The issue date and so many days, if the terms name one number of days only."""
    found = {
        days: Span(line.number, 0, len(line.words))
        for line in view.sheet.lines
        for days in days_to_pay(line.text)
    }
    if len(found) != 1:
        return None
    ((days_, span),) = found.items()
    if not 0 < days_ <= LONGEST_TERMDAYS:
        return None
    return Found(issued.value + timedelta(days=days_), span, 0.6, "arithmetic")
