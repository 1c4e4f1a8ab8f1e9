"""Whether a document calls itself something else than an invoice, by its title.

A reminder names the number, the date and the total of an invoice, and a statement those of
several: read as invoices they would be paid twice. What comes before an invoice, such as an
offer or an order, has sums that add up as well. All of them go to a person.
"""

import re
from collections.abc import Iterator
from statistics import median

from tallysheet.extract._rules._kind import INVOICE, TOP, titles_of
from tallysheet.extract._rules._labels import WEAK, Label, fold, lexicon
from tallysheet.extract._rules._layout import CELL_GAP, Line, Span
from tallysheet.extract._rules._pairs import inside
from tallysheet.extract._rules._view import View, meets
from tallysheet.model import Finding, Severity, Word

OTHER = "kind.other"
PROFORMA = "325"
STAMP = 60.0
"""Points by which the lines of a stamp begin apart at most."""
MOST_AFTER = 6
"""Words that may follow in the cell of a title, such as its number and its date, up to brackets."""
MOST_CELLS = 2
"""Cells of a line on which a title stands that is no taller than the rest of the page."""
ACCENT = 1.17
"""How much taller a capital with an accent is."""
_ACCENTED = re.compile(r"[À-ÖØ-ÞĀ-Ž]")
TALLER = 1.15
"""By how much a title is taller than what it outranks."""
_CALLED = rf"(?:(?:vat|tax) )?(?:{INVOICE})"
_NUMBERED = re.compile(rf"{_CALLED}|rg\b|rech\b|bolletta|parcella|bill\b")
"""What the label of an invoice's number has in it."""
_AND = r"(?:/|&|\band\b|\bund\b|\bet\b|\ben\b|\by\b|\be\b)"
_BOTH = re.compile(rf"{_AND} ?{_CALLED}\b|\b{_CALLED} ?{_AND}")
_BEHIND = re.compile(_CALLED)
"""How a title says that it is an invoice too: “Contract / Invoice”, “Contract invoice”."""
SUBJECT = re.compile(r"betreff|betr\.?|objet|subject|re|betreft|onderwerp|oggetto|asunto|assunto")
MOST_BEFORE = 2
"""Words before the subject of a letter: “Objet :”."""
_DENIED = re.compile(
    r"\bthis (?:document )?is not an invoice|\b(?:dies|das) ist keine rechnung"
    r"|\bkeine rechnung im sinne|\bn.est pas une facture|\bne constitue pas une facture"
    r"|\bnon (?:costituisce|e una|ha valore di) fattura|\bno (?:es una|constituye) factura"
    r"|\bno tiene validez (?:de|como) factura|\bnao (?:serve|e valido) (?:de|como) f?act?ura"
    r"|\b(?:dit )?is geen factuur|\bnie (?:jest|stanowi) faktur"
)
"""How documents say that they are no invoice."""
CAME = frozenset(["le", "am", "el", "em", "il", "op", "on"])
"""What a stamp goes on with in its next line, which says when an invoice came: “Reçu / le”."""
DASHES = ("-", "–", "—", ":", "|")
NTH = re.compile(
    r"\d{1,2}[a-z]{0,4}|und|and|et|en|e|y|urgent|dringend|first|second|third|last|final|friendly|erste|zweite|dritte|letzte|premier"
    r"|premiere|deuxieme|troisieme|dernier|derniere|eerste|tweede|derde|laatste|primo|secondo"
    r"|terzo|ultimo|primer|segundo|tercer|primeiro|terceiro|ihr|ihre|unser|unsere|your|our"
)
"""What may stand before such a title: “2. Mahnung”, “Final payment reminder”, “Ihr Angebot”."""


def find_other(view: View) -> Span | None:
    """What makes the document no invoice: a title at the head of the first page, or a sentence."""
    invoice, first = _invoice_title(view)
    named = _named_height(view)
    usual = max(named, median(line.height for line in view.sheet.lines))
    for line in _head(view):
        for label in _names_on(view, line):
            height = _height(view, label.span)
            if "neither" in label.terms or not _is_title(view, line, label, height):
                continue
            if _is_stamp(view, label) or _is_invoice_too(view, line, label):
                continue
            outranks = "demand" in label.terms or _is_pro_forma(view, label)
            if named and not outranks and height <= TALLER * usual:
                continue  # the number of a contract, an order or a delivery beside its own
            before = outranks and line.number <= first
            if height > TALLER * invoice or (before and height * TALLER > invoice):
                return label.span
    return next(_denials(view), None)


def _denials(view: View) -> Iterator[Span]:
    """Where a sentence says that this is none."""
    for line in view.sheet.lines:
        if _DENIED.search(fold(line.text)):
            yield Span(line.number, 0, len(line.words))


def _is_stamp(view: View, label: Label) -> bool:
    """Whether *label* is the first line of a stamp, and the next one says of when it is."""
    x0 = view.sheet.box(label.span).x0
    for line in view.sheet.below(label.span, lines=1):
        for cell in line.cells:
            near = abs(cell.x0 - x0) < STAMP
            if near and fold(line.words[cell.span.first].text).strip(".:") in CAME:
                return True
    return False


def _names_on(view: View, line: Line) -> Iterator[Label]:
    """What *line* may call the document, on a scan perhaps with a letter wrong."""
    return lexicon("others").find(line, CELL_GAP, blurred=line.page in view.sheet.scanned)


def _is_pro_forma(view: View, label: Label) -> bool:
    """Whether *label* is pro forma, or asks for an advance in Czech or Slovak.

    Such a page calls its number that of an invoice.
    """
    called = fold(view.sheet.text(label.span)).replace(" ", "").replace("-", "")
    return "proforma" in called or "zalohov" in called


def about_other(title: str) -> Finding:
    """What a person has to decide."""
    return Finding(
        code=OTHER,
        severity=Severity.ERROR,
        fields=("kind",),
        message=f"It calls itself “{title}”, which is no invoice: reject it, unless it is one.",
    )


def _head(view: View) -> Iterator[Line]:
    """The lines at the head of the first page."""
    page = view.sheet.lines[0].page
    for line in view.sheet.lines:
        if line.page != page or line.box.y0 > TOP * view.sheet.height_of(page):
            return
        yield line


def _height(view: View, span: Span) -> float:
    """How tall the letters at *span* are, without the accents that stand on capitals."""
    return max(
        (word.y1 - word.y0) / (ACCENT if _ACCENTED.search(word.text) else 1.0)
        for word in view.sheet.words(span)
    )


def _named_height(view: View) -> float:
    """How tall the tallest label at the head is that is of the number of an invoice; 0 for none."""
    return max(
        (
            _height(view, label.span)
            for line in _head(view)
            for label in view.labels[line.number]
            if label.terms.get("number", 0.0) > WEAK
            and _NUMBERED.search(fold(view.sheet.text(label.span)))
            and not any(meets(label.span, other.span) for other in _names_on(view, line))
        ),
        default=0.0,
    )


def _is_invoice_too(view: View, line: Line, label: Label) -> bool:
    """Whether it calls itself an invoice as well."""
    if _is_pro_forma(view, label):
        return False
    if any(_is_within(label.span, title) for _, title in titles_of(view, line.number)):
        return True
    cell = line.cell_of(label.span.first).span
    called = fold(view.sheet.text(cell))
    return bool(_BOTH.search(called)) or (
        "demand" not in label.terms
        and bool(_BEHIND.match(fold(view.sheet.text(cell._replace(first=label.span.last)))))
    )


def _invoice_title(view: View) -> tuple[float, int]:
    """How tall the tallest title of an invoice at the head is, and the first line with that."""
    found = [
        (_height(view, span), -line.number)
        for line in _head(view)
        for code, span in titles_of(view, line.number)
        if code != PROFORMA and not _is_part(view, line, span)
    ]
    height, line = max(found, default=(0.0, -len(view.sheet.lines)))
    return height, -line


def _is_part(view: View, line: Line, span: Span) -> bool:
    """Whether the title at *span* is part of another one, as in “invoice reminder”."""
    return any(_is_within(span, label.span) for label in _names_on(view, line))


def _is_within(span: Span, other: Span) -> bool:
    """Whether *span* is a part of *other*, and not all of it."""
    return inside(span, other) and span != other


def _is_subject(line: Line, label: Label, before: tuple[Word, ...]) -> bool:
    """Whether *label* is the subject of a letter, or the last part of it behind a dash."""
    if not before:
        return False
    said = [word for word in before if not NTH.fullmatch(fold(word.text).strip(".,:;°ºª"))]
    if 0 < len(said) <= MOST_BEFORE and SUBJECT.fullmatch(fold(said[0].text).strip(":")):
        return True
    ends = label.span.last == line.cell_of(label.span.first).span.last
    return ends and before[-1].text in DASHES


def _is_title(view: View, line: Line, label: Label, height: float) -> bool:
    """Whether *label* is a title, and no word of a sentence, heading of a column or reference."""
    cell = line.cell_of(label.span.first).span
    before = line.words[cell.first : label.span.first]
    if "demand" in label.terms and _is_subject(line, label, before):
        return True
    said = (fold(word.text).strip(".,:;°ºª") for word in before)
    behind = line.words[label.span.last : cell.last]
    open_ = next((at for at, word in enumerate(behind) if word.text[0] == "("), len(behind))
    if not all(map(NTH.fullmatch, said)) or open_ > MOST_AFTER:
        return False
    if height > TALLER * median(other.height for other in view.sheet.lines):
        return True
    refers = line.words[label.span.last - 1].text.endswith(":")
    alone = label.span.last - label.span.first == cell.last - cell.first
    shouted = alone and view.sheet.text(label.span).isupper()
    heads = "demand" in label.terms and cell.first == 0 and cell.last == label.span.last
    return (len(line.cells) <= MOST_CELLS or shouted or heads) and not refers
