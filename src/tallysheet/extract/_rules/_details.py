"""What else is said of seller and buyer: tax numbers, addresses, how to reach them."""

import re
from collections.abc import Iterator, Set

from tallysheet.extract._rules._addressee import SEPARATOR, STROKE
from tallysheet.extract._rules._blocks import Block, blocks, stated
from tallysheet.extract._rules._codes import find_codes
from tallysheet.extract._rules._draft import Gathered
from tallysheet.extract._rules._labels import fold, letters
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._marks import (
    EMAIL,
    PHONE,
    WEB,
    find_by_shape,
    find_ibans,
    find_labelled,
    find_vat_ids,
    phone_in,
)
from tallysheet.extract._rules._names import COUNTRIES, COUNTRY_OF, STREET, postcode
from tallysheet.extract._rules._owners import is_called, is_theirs, is_tied
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._rank import STRANGE, UNNAMED, is_of_parent, rank_of
from tallysheet.extract._rules._spanish import find_spanish
from tallysheet.extract._rules._view import Found, View

_TAX_NUMBER = re.compile(r"\d{2,3} ?/ ?\d{3,4} ?/ ?\d{4,5}|\d{2,3} \d{3}/\d{4,5}|\d{8}-[1-5]-\d{2}")
"""A number of a tax office (Germany, Austria, Hungary): one label may name it and a VAT number."""


_CUT = re.compile(r"n\.?i\.?f\.?(?: n\W*)?:? \d{8}")
"""A Portuguese number of which OCR lost a digit: they have nine, and Spanish ones a letter."""
_BY_THE_BUYER = re.compile(
    r"self.?bill|autofactur|gutschriftsverfahren|recipient created"
    r"|\b14 abs\.? ?2 (?:satz 2 )?ustg|einspruch gegen diese gutschrift|\bankaufs?abrechnung"
    r"|\bmilchgeld|expedida por el destinatario|factura de compra\b"
    r"|\brolnik\w* ryczalt|\bvat rr\b|sjalvfaktur|selvfaktur"
)
"""How a page says that the buyer writes it, and pays the seller into his account."""
_ON_BEHALF = re.compile(
    r"issued on behalf of|\bdes leistenden \w+|im namen und (?:fur|auf) rechnung|^im auftrag von\b"
    r"|au nom et pour le compte|in nome e per conto"
    r"|en nombre y por cuenta|em nome e por conta|namens en voor rekening"
)
"""How a page says that somebody else than the seller writes it."""


def gather_details(view: View, gathered: Gathered, parties: Parties) -> None:
    """Put what is said of the parties into *gathered*."""
    gathered.put("seller.name", parties.seller)
    gathered.put("buyer.name", parties.buyer)
    _gather_tax_numbers(view, gathered, parties)
    customers = find_codes(view, "customer")
    gathered.put("buyer.customer_number", customers[0] if customers else None)
    for path, block in (
        ("seller.address", parties.seller_block),
        ("buyer.address", parties.buyer_block),
        ("ship_to.address", parties.ship_block),
    ):
        if block:
            _gather_address(view, gathered, path, block)
    if "seller.address.postcode" not in gathered.values:
        for block in _other_addresses(view, parties):
            _gather_address(view, gathered, "seller.address", block)
            if "seller.address.postcode" in gathered.values:
                break
    _gather_contact(view, gathered, parties)


def _gather_tax_numbers(view: View, gathered: Gathered, parties: Parties) -> None:
    marks = [(mark, mark.span, 0.93, "pattern") for mark in find_vat_ids(view)]
    known = {mark.value for mark, *_ in marks}
    covered = {mark.span.line: mark.span for mark, *_ in marks}
    for mark, label in find_labelled(view, "vat_id"):
        over = covered.get(mark.span.line)
        apart = over is None or mark.span.first >= over.last or mark.span.last <= over.first
        other = _TAX_NUMBER.fullmatch(view.sheet.text(mark.span).strip(",;:()"))
        cut = _CUT.fullmatch(f"{fold(view.sheet.text(label.span))} {mark.value}")
        if apart and not (other or cut) and label.terms["vat_id"] >= 1:
            marks.append((mark, mark.span, 0.8, "label"))
    read = {mark.value for mark, *_ in marks}
    spanish = (mark for mark in find_spanish(view) if mark.value not in read)
    marks += [(mark, mark.span, 0.8, "pattern") for mark in spanish]
    single = _apart({mark.value for mark, *_ in marks})
    marks = [one for one in marks if one[0].value in single]
    # Where the page is askew, a number may have lost the words that make it the buyer's.
    marks.sort(key=lambda one: not is_called(view, one[1]))
    ours = []
    for mark, span, score, method in marks:
        found = Found(mark.value, span, score, method)
        if is_of_parent(view, span):
            continue
        if not is_theirs(view, span, parties):
            ours.append(found)
        elif "buyer.vat_id" not in gathered.values:
            gathered.put("buyer.vat_id", found)
    sellers = _sellers(view, ours, parties)
    if parties.seller and parties.seller.method != "label" and _is_for_another(view):
        return
    again = (one for one in ours if sellers and one.value == sellers.value)
    tied = next((one for one in again if is_tied(view, one.span, parties)), None)
    called = parties.seller is not None and parties.seller.method == "label"
    numbers = {mark.value for mark, *_ in marks}
    if tied and (called or not _is_of_other_land(view, tied.value, numbers)):
        gathered.put("seller.vat_id", tied)
    for mark, _ in find_labelled(view, "tax_number"):
        owner = "buyer" if is_theirs(view, mark.span, parties) else "seller"
        if f"{owner}.tax_number" not in gathered.values and mark.value not in known:
            span = mark.span
            text = view.sheet.text(span).strip(",;:")
            gathered.put(f"{owner}.tax_number", Found(text, span, 0.8, "label"))


def _is_of_other_land(view: View, number: str, numbers: Set[str]) -> bool:
    """Whether all accounts are of another land than *number*, and one of *numbers* is of theirs."""
    lands = {mark.value[:2] for mark in find_ibans(view)}
    if len(lands) != 1 or number[:2] in lands:
        return False
    return any(other[:2] in lands for other in numbers)


def is_by_the_buyer(view: View) -> bool:
    """Whether the page says that the buyer writes it: then who heads it does not sell."""
    return any(_BY_THE_BUYER.search(fold(line.text)) for line in view.sheet.lines)


def _is_for_another(view: View) -> bool:
    """Whether the page says that who writes it is not who sells: then whose is its number?"""
    on_behalf = any(_ON_BEHALF.search(fold(line.text)) for line in view.sheet.lines)
    return on_behalf or is_by_the_buyer(view)


def _sellers(view: View, ours: list[Found[str]], parties: Parties) -> Found[str] | None:
    """Which of *ours* is the seller's: of several none that stands with another company.

    And none where nothing near it says more for one than for the other. Beside the seller's name
    those of other lands may stand too: then the first is that of its own.
    """
    if len({one.value for one in ours}) < 2:
        return ours[0] if ours else None
    ranks = [rank_of(view, one.span, parties) for one in ours]
    first = min(ranks)
    alike = [one for one, rank in zip(ours, ranks, strict=True) if rank == first]
    called = [one for one in alike if is_called(view, one.span)]
    likely = called or alike
    rivals = {one.value for one in likely}
    if first != UNNAMED:
        land = likely[0].value[:2]
        rivals = {one for one in rivals if land.isalpha() and one.startswith(land)}
    return None if first == STRANGE or len(rivals) > 1 else likely[0]


def _apart(numbers: Set[str]) -> set[str]:
    """*numbers*, each once, though it is told again without its land, or in an EORI number.

    As in “CVR 49884206 · VAT DK49884206”. EORI numbers go on with zeros where a VAT number ends.
    """
    return {
        one
        for one in numbers
        if not any(
            other != one and (one.startswith(other) or other.endswith(one)) for other in numbers
        )
    }


def _gather_address(view: View, gathered: Gathered, path: str, block: Block) -> None:
    name = gathered.values.get(f"{path.split('.')[0]}.name", "")
    parts = [part for span in block.lines for part in _parts(view, span)]
    streets: list[tuple[str, Span]] = []
    for text, span in parts:
        country = COUNTRY_OF.get(fold(text).replace(" ", "").replace(".", ""))
        coded = postcode(text) if "@" not in text else None
        numbered_street = STREET.search(fold(text)) and any(map(str.isdigit, text))
        if coded and numbered_street and len(coded["code"]) == 4 and "city" in coded.groupdict():
            coded = None
        if coded and f"{path}.postcode" not in gathered.values:
            _gather_city(gathered, path, coded, span, streets)
        elif country:
            gathered.put(f"{path}.country", Found(country, span, 0.8, "layout"))
        elif (
            letters(text)
            and letters(text) != letters(name)
            and not gathered.values.get(f"{path}.postcode")
        ):
            streets.append((text, span))
    if f"{path}.postcode" not in gathered.values:
        return
    numbered = [one for one in streets if any(map(str.isdigit, one[0]))]
    for line, (text, span) in zip(("line1", "line2", "line3"), numbered, strict=False):
        gathered.put(f"{path}.{line}", Found(text.strip(" ,;"), span, 0.75, "layout"))


def _other_addresses(view: View, parties: Parties) -> Iterator[Block]:
    """Where else the seller's address may stand: beside the name, or first on the page."""
    if parties.seller is None:
        return
    name = letters(parties.seller.value)
    for line in (*view.sheet.lines[:40], *view.sheet.lines[40:][-12:]):
        for cell in line.cells:
            text = view.sheet.text(cell.span)
            if name in letters(text) and postcode(text):
                yield Block((cell.span,))
    theirs = {
        span.line: span
        for block in (parties.buyer_block, parties.ship_block)
        if block
        for span in block.lines
    }
    for line in view.sheet.lines[:12]:
        for cell in line.cells:
            text = view.sheet.text(cell.span)
            if theirs.get(line.number) != cell.span and SEPARATOR.search(text) and postcode(text):
                yield Block((cell.span,))
    for block in blocks(view)[:6]:
        free = all(theirs.get(span.line) != span for span in block.lines)
        if free and any(postcode(view.sheet.text(span)) for span in block.lines):
            yield Block(tuple(one for one in block.lines if not stated(view, one)))


def _gather_city(
    gathered: Gathered,
    path: str,
    coded: re.Match[str],
    span: Span,
    above: list[tuple[str, Span]],
) -> None:
    found = coded.groupdict()
    gathered.put(f"{path}.postcode", Found(found["code"], span, 0.8, "layout"))
    city = re.split(r" - | *\(", found.get("city") or "")[0].strip(" ,;.)-")
    if not city and above and not any(map(str.isdigit, above[-1][0])):
        city, span = above[-1]
    gathered.put(f"{path}.city", Found(city.strip(" ,"), span, 0.75, "layout"))
    gathered.put(f"{path}.region", _some(found.get("region"), span))
    land = found.get("land") or ""
    land = {"D": "DE", "F": "FR", "A": "AT", "B": "BE", "I": "IT", "E": "ES", "P": "PT"}.get(
        land, land
    )
    if land in COUNTRIES:
        gathered.put(f"{path}.country", Found(land, span, 0.8, "layout"))


def _some(text: str | None, span: Span) -> Found[str] | None:
    return Found(text, span, 0.7, "layout") if text else None


def _parts(view: View, span: Span) -> list[tuple[str, Span]]:
    """The lines of an address that stand in *span*, one beside the other."""
    parts = []
    for part in STROKE.split(view.sheet.text(span)[:200]):
        coded = postcode(part) if "@" not in part else None
        starts = [coded.start(name) for name in coded.groupdict() if coded[name]] if coded else []
        before = part[: min(starts, default=0)].rstrip(" ,")
        if coded and any(map(str.isdigit, before)):
            parts += [(before, span), (part[len(before) :].lstrip(" ,"), span)]
        elif part.strip():
            parts.append((part, span))
    return parts


def _gather_contact(view: View, gathered: Gathered, parties: Parties) -> None:
    theirs = {span.line for span in parties.buyer_block.lines} if parties.buyer_block else set()
    for path, form in (("seller.contact.email", EMAIL), ("seller.url", WEB)):
        for mark in find_by_shape(view, form):
            if mark.span.line not in theirs:
                gathered.put(path, Found(mark.value, mark.span, 0.75, "pattern"))
                break
    for row in view.labels:
        for label in row:
            line = view.sheet.lines[label.span.line]
            said = fold(view.sheet.text(label.span)).strip(".: ")
            if not said.startswith(("tel", "phone", "fon", "tlf")) or line.number in theirs:
                continue
            rest = Span(line.number, label.span.last, min(len(line.words), label.span.last + 8))
            text = view.sheet.text(rest).lstrip(":. ") if rest.last > rest.first else ""
            number = phone_in(text)
            if number and "seller.contact.phone" not in gathered.values:
                gathered.put("seller.contact.phone", Found(number, rest, 0.7, "label"))
    for line in view.sheet.lines:
        if "seller.contact.phone" in gathered.values:
            return
        for cell in line.cells if line.number not in theirs else ():
            text = view.sheet.text(cell.span)
            found = PHONE.search(text) if EMAIL.search(text) or WEB.search(text) else None
            if found and phone_in(found.group()):
                by_shape = Found(found.group().strip(), cell.span, 0.6, "pattern")
                gathered.put("seller.contact.phone", by_shape)
