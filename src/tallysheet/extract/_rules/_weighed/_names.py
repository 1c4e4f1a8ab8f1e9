"""Names on the page that may be the seller's, with what tells whose they are."""

from collections import Counter
from collections.abc import Iterator

from tallysheet.extract._rules._addressee import EDGE, clean_name, is_label, is_place
from tallysheet.extract._rules._labels import fold, letters, tokens
from tallysheet.extract._rules._layout import Cell, Span
from tallysheet.extract._rules._letterhead import cells_of_parties, domains, matches, reaches
from tallysheet.extract._rules._names import STREET, has_suffix, postcode
from tallysheet.extract._rules._view import View
from tallysheet.extract._rules._weighed._candidates import Candidate
from tallysheet.extract._rules._weighed._surroundings import Surroundings, pieces

PARTIES = ("seller", "buyer", "ship_to", "name_field", "address_field", "customer", "other")
MOST_NAMES = 160
MOST_OWN = 12
"""Words of a name that are looked at."""
UNDER = 5
"""Lines below a name that may be its address."""


def names(around: Surroundings) -> Iterator[tuple[str, Candidate]]:
    """Names of whoever may sell, each as it would be told."""
    view = around.view
    found = [
        (name, cell)
        for cell in cells_of_parties(view)
        if len(text := view.sheet.text(cell.span)) <= 220
        and (name := clean_name(text))
        and not is_place(name)
        and not is_label(view, cell.span)
    ][:MOST_NAMES]
    hosts = domains(view)
    often = Counter(letters(name) for name, _ in found)
    order = {key: at for at, key in enumerate(often)}
    whole = [letters(line.text) for line in view.sheet.lines[:300]]
    for at, (name, cell) in enumerate(found):
        key = letters(name)
        numbers = around.numbers(cell.span, PARTIES) | {
            "at": at,
            "order": order[key],
            "often": often[key],
            "again": sum(key in text for text in whole),
            "form": bool(has_suffix(name)),
            "own words": len(name.split()),
            "letters": len(key),
            "digits": sum(map(str.isdigit, name)),
            "upper": sum(map(str.isupper, name)) / len(name),
            "host": matches(key, hosts),
            "hosts": len(hosts),
            "rest": cell.span.last - cell.span.first - len(name.split()),
            "sender": postcode(view.sheet.text(cell.span)) is not None,
            "reaches": reaches(view, cell),
        }
        numbers |= _below(view, cell)
        own = tokens(name)[:MOST_OWN]
        traits = (
            *around.names(cell.span),
            *(f"own {word}" for word in own),
            *(f"own~{piece}" for word in own for piece in pieces(word)),
        )
        yield name, Candidate(key, cell.span, traits, numbers)


def _below(view: View, cell: Cell) -> dict[str, float]:
    """How far below in its column a postcode, a street and a label of a party stand."""
    found = {"postcode below": 9.0, "street below": 9.0, "customer below": 9.0}
    for nth, line in enumerate(view.sheet.below(cell.span, lines=UNDER), start=1):
        for other in line.cells:
            if abs(other.x0 - cell.x0) > EDGE:
                continue
            text = view.sheet.text(other.span)[:120]
            if postcode(text):
                found["postcode below"] = min(found["postcode below"], nth)
            if STREET.search(fold(text)):
                found["street below"] = min(found["street below"], nth)
            if _is_called(view, other.span, "customer"):
                found["customer below"] = min(found["customer below"], nth)
    return found


def _is_called(view: View, span: Span, term: str) -> bool:
    """Whether a label in *span* may mean *term*."""
    return any(
        term in label.terms and span.first <= label.span.first < span.last
        for label in view.labels[span.line]
    )
