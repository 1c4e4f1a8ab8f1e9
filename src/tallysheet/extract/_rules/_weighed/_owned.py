"""Tax numbers that may be the seller's, and names that may be, with what tells whose they are."""

from collections.abc import Iterator

from tallysheet.extract._rules._labels import letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import compact, find_labelled, find_vat_ids
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._spanish import find_spanish
from tallysheet.extract._rules._weighed._candidates import FAR, Candidate
from tallysheet.extract._rules._weighed._surroundings import Surroundings, plain

OWNERS = ("vat_id", "tax_number", "legal_id", "seller", "buyer", "customer", "ship_to", "other")
MOST_NUMBERS = 40
LINES_ABOVE = 3


def tax_numbers(around: Surroundings, parties: Parties) -> Iterator[Candidate]:
    """The VAT numbers of the page, whoever's they are."""
    view = around.view
    marks = [*find_vat_ids(view), *(mark for mark, _ in find_labelled(view, "vat_id"))]
    marks += find_spanish(view)
    spans = {mark.span: mark.value for mark in reversed(marks)}
    found = sorted(spans.items())[:MOST_NUMBERS]
    different = {
        value: at for at, value in enumerate(dict.fromkeys(spans[span] for span, _ in found))
    }
    for at, (span, value) in enumerate(found):
        numbers = around.numbers(span, OWNERS) | {
            "at": at,
            "numbers": len(different),
            "which": different[value],
            "from seller": _lines_from(parties.seller.span if parties.seller else None, span),
            "from buyer": _lines_from(parties.buyer.span if parties.buyer else None, span),
            "beside seller": _beside(around, parties.seller.span if parties.seller else None, span),
            "beside buyer": _beside(around, parties.buyer.span if parties.buyer else None, span),
        }
        names = (
            *around.names(span),
            *(f"near {word}" for word in _near(around, span)),
        )
        yield Candidate(letters(compact(value)), span, names, numbers)


def _lines_from(name: Span | None, span: Span) -> float:
    return FAR if name is None else max(-FAR, min(FAR, span.line - name.line))


def _beside(around: Surroundings, name: Span | None, span: Span) -> float:
    """How far right of the name it begins, of the width of the page."""
    if name is None:
        return FAR
    sheet = around.view.sheet
    return (sheet.box(span).x0 - sheet.box(name).x0) / around.width


def _near(around: Surroundings, span: Span) -> Iterator[str]:
    """The words of its cell and of the lines above it in that column."""
    sheet = around.view.sheet
    line = sheet.lines[span.line]
    cell = line.cell_of(span.first)
    yield from plain(line.words[cell.span.first : cell.span.last])
    for up in sheet.lines[max(0, span.line - LINES_ABOVE) : span.line]:
        if up.page == line.page:
            over = tuple(word for word in up.words if word.x0 < cell.x1 and word.x1 > cell.x0)
            yield from plain(over)
