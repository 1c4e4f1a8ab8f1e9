"""What kind of document it is, by its title."""

from tallysheet.extract._rules._labels import Label, fold, lexicon, tokens
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._view import Found, View

TOP = 0.6
"""How far down its page a title stands at most."""
MOST_WORDS = 7
"""A title's cell has at most so many words."""
INVOICE = "rechnung|invoice|facture|factura|fattura|fatura|factuur|faktura"
"""What an invoice is called, as alternatives of a pattern."""
COMPOUND = ("rechnung", "factuur", "faktura")
"""How a compound title such as ``Handelsrechnung`` ends."""


def find_kind(view: View) -> Found[str] | None:
    """The type code (UNTDID 1001) that the title names; the tallest and first title decides."""
    if not view.sheet.lines:
        return None
    best: tuple[tuple[bool, float, float], Found[str]] | None = None
    for line in view.sheet.lines:
        if line.page != view.sheet.lines[0].page:
            break
        top = line.box.y0 / max(1.0, view.sheet.height_of(line.page))
        for code, span in () if is_set_off(view, line.number) else titles_of(view, line.number):
            words = view.sheet.words(span)
            height = round(max(word.y1 - word.y0 for word in words))
            rank = (top < TOP, float(height), -top)
            if best is None or rank > best[0]:
                score = 0.9 if top < TOP else 0.6
                best = rank, Found(code, span, score, "title")
    return best[1] if best else None


def is_set_off(view: View, number: int) -> bool:
    """Whether that line says what is taken off, as a credit note is: “Credit note 117   -246.00”.

    What it is called is no title of this document, nor is its number this one's.
    """
    amounts = [one for one in view.figures[number] if one.money]
    words = view.sheet.lines[number].words
    said = words[: amounts[-1].span.first] if amounts else ()
    return bool(amounts) and amounts[-1].value < 0 and any(word.text.islower() for word in said)


def _codes(view: View, label: Label) -> list[str]:
    """The titles that *label* is, or begins with, as ``Invoice No`` does."""
    codes = [term for term in label.terms if term.startswith("title_")]
    if codes or label.terms.get("number", 0.0) < 1:
        return codes
    words = view.sheet.words(label.span)
    known = lexicon("labels").terms
    for last in range(len(words) - 1, 0, -1):
        key = "".join(token for word in words[:last] for token in tokens(word.text))
        codes = [term for term in known.get(key, ()) if term.startswith("title_")]
        if codes:
            return codes
    return []


def titles_of(view: View, number: int) -> list[tuple[str, Span]]:
    """The type codes that titles on that line name, and where they stand."""
    line = view.sheet.lines[number]
    found = []
    for label in view.labels[number]:
        codes = _codes(view, label)
        own = line.cell_of(label.span.first).span
        short = own.last - own.first <= MOST_WORDS or "number" in label.terms
        if codes and label.leads and short:
            code = max(codes, key=lambda term: (term != "title_380", term))
            found.append((code.removeprefix("title_"), label.span))
    if not found:
        for cell in line.cells:
            word = fold(line.words[cell.span.first].text).strip(":.,")
            if word.endswith(COMPOUND) and cell.span.last - cell.span.first <= MOST_WORDS:
                found.append(("380", Span(number, cell.span.first, cell.span.first + 1)))
    return found
