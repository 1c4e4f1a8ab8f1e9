"""The name in an address block, and the address that is left for the buyer."""

import re
from collections import Counter
from collections.abc import Iterator

from tallysheet.extract._rules._blocks import Block, blocks, stated
from tallysheet.extract._rules._labels import WEAK, fold, letters
from tallysheet.extract._rules._layout import Cell, Span
from tallysheet.extract._rules._names import (
    COUNTRY_OF,
    SALUTATIONS,
    STREET,
    SUFFIXES,
    has_suffix,
    postcode,
)
from tallysheet.extract._rules._view import Found, View

EDGE = 8.0
"""Lines of a name begin so near to each other, in points."""
MOST_LETTERS = 90
"""Letters of the longest name of a company."""
WINDOW = 130.0
"""The window of an envelope, in points."""
STROKE = re.compile(r"\s+[-–—•·●∙|*⋅■]+\s+|\s*[•·●|∙⋅]\s*|\s{2,}")
"""What parts street and city on one line, whatever commas do."""
SEPARATOR = re.compile(r"\s+[-–—•·●∙|*⋅■]+\s+|\s*[•·●|∙⋅]\s*|,\s+|\s{2,}")
"""What parts name, street and city on one line."""
FEWEST_PARTS = 3
"""Parts of a sender's line: name, street and city."""
HEAD = 0.3
"""Down to where on a page its head is."""
NO_NAMES = frozenset(
    ["bis", "von", "an", "to", "from", "ab", "a", "al", "du", "au", "de", "re", "cc"]
)
"""Words that stand where names do, as in “von … bis …” and at the head of mails."""
LEGAL = frozenset(["legal_id", "vat_id", "tax_number"])
"""What the line of a footer tells, and the line of a sender in a window does not."""
_OWNER = re.compile(r"(?:inh|inhaber|inhaberin|betreiber|geschaftsfuhrer|proprietor)\b")
"""How a line begins that tells who stands behind a name."""
_ATTENTION = re.compile(
    r"(?:(?:a|for) (?:l.|la |the )?(?:attention|atencion|atencao)|all.attenzione|attn"
    r"|zu handen|z\. ?hd|ter attentie)\b"
)
"""How a line begins that tells for whom a letter is."""
_FULL = re.compile(r"[^\d|•·/]{1,60}")
"""What is all name, in parts or not, if it ends with a legal form: ``Bitnorte – Sistemas, S.A.``"""
_ESTATE = re.compile(
    r"(?:Z\.?[IA]\.?(?:[CE]\.?)?|(?i:zone (?:ind|art|d.act|com)\w*|zona ind\w*\.?"
    r"|parc d.activités?|pol(?:[ií]gono|\.)(?: ind\w*\.?)?)) "
)
"""How the address on an industrial estate begins, which has no street."""
_MORE = re.compile(
    r"\s(?:tel|fax|siret|phone|siège|vat|ust|tva|au capital|capital social|capitale sociale)\b",
    re.IGNORECASE,
)
"""What a line goes on with behind a name."""
_REGISTERED = re.compile(r"\s*\((?=[^()]*\d{4})[^()]*\)\s*$")
"""A number of registration behind the name, in brackets."""


def name_of(view: View, block: Block) -> tuple[str, Span] | None:
    """The first line of *block* that can be a name."""
    for span in (block.name,) if block.name else block.lines[:5]:
        words = view.sheet.words(span)
        first = span.first
        while first < span.last and is_salutation(words[first - span.first].text):
            first += 1
        rest = Span(span.line, first, _before_number(view, Span(span.line, first, span.last)))
        if first < rest.last and (text := clean_name(view.sheet.text(rest))):
            if is_label(view, rest) or is_place(text) or _is_all_labels(view, rest):
                continue
            return text, rest
    return None


def _before_number(view: View, span: Span) -> int:
    """Where the name in *span* ends, if a register or tax number goes on behind it."""
    behind = (
        label.span.first
        for label in view.labels[span.line]
        if span.first < label.span.first < span.last and label.terms.keys() & LEGAL
    )
    return min(behind, default=span.last)


def is_place(text: str) -> bool:
    """Whether *text* is a line of an address, and no name."""
    street = STREET.search(fold(text)) and any(char.isdigit() for char in text)
    return postcode(text) is not None or (bool(street) and not has_suffix(text))


def with_form(view: View, name: Found[str]) -> str:
    """The name with its legal form, where that stands alone on the line below."""
    cell = view.sheet.lines[name.span.line].cell_of(name.span.first)
    for line in view.sheet.below(name.span, lines=1) if not has_suffix(name.value) else ():
        for other in line.cells:
            text = view.sheet.text(other.span)
            if abs(other.x0 - cell.x0) < EDGE and re.sub(r"[^a-z]", "", fold(text)) in SUFFIXES:
                return f"{name.value} {text}"
    return name.value


def clean_name(text: str) -> str:
    """*text* without what cannot belong to a name, or nothing if it is none."""
    parts = [part for part in SEPARATOR.split(text) if part.strip()]
    head = text
    if len(parts) > 2 or (len(parts) > 1 and postcode(text)):
        head = parts[0]
        form = re.split(r"[\s–-]", parts[1])[0] if len(parts) > 1 else ""
        if form and has_suffix(f"x {form}"):
            head = f"{head}, {form}"
    if _FULL.fullmatch(text) and has_suffix(text) == len(text) and not has_suffix(head):
        head = text
    head = _REGISTERED.sub("", head)
    end = has_suffix(head)
    if end and len(head) - end > 12:
        head = head[:end]
    head = _MORE.split(head, maxsplit=1)[0]
    head = head.strip(" :;-–|•·*,")
    count = Counter("a" if char.isalpha() else "0" if char.isdigit() else "." for char in head)
    plausible = 2 <= len(head) <= MOST_LETTERS and count["a"] >= 2 and count["0"] <= count["a"]
    plausible = (
        plausible
        and _OWNER.match(fold(head)) is None
        and _ATTENTION.match(fold(head)) is None
        and (end > 0 or _ESTATE.match(head) is None)
        and not head.startswith(("(", "©", "∥", "||", "॥"))
        and not any(mark in head for mark in ":→")
        and fold(head).strip(". ") not in NO_NAMES
        and fold(head).replace(" ", "") not in COUNTRY_OF
        and re.sub(r"[^a-z]", "", fold(head)) not in SUFFIXES
    )
    return head if plausible and "@" not in head and "www." not in head else ""


def is_salutation(text: str) -> bool:
    """Whether *text* is the word before a name: ``Herrn``, ``Mme.``."""
    folded = fold(text).replace(".", "").strip(":,;")
    return folded in SALUTATIONS and not text.isupper() and "ª" not in text


def _is_all_labels(view: View, span: Span) -> bool:
    """Whether every word of *span* belongs to a label: “Nome / Nome Empresarial”."""
    held = {
        at
        for label in view.labels[span.line]
        if {"name_field", "address_field"} & label.terms.keys()
        for at in range(label.span.first, label.span.last)
    }
    words = view.sheet.lines[span.line].words
    return all(
        at in held or not any(map(str.isalpha, words[at].text))
        for at in range(span.first, span.last)
    )


def is_label(view: View, span: Span) -> bool:
    """Whether *span* is no name but something with a label."""
    return any(max(label.terms.values()) >= WEAK for label in stated(view, span))


def find_addressee(
    view: View, seller: str, seller_block: Block | None, shipped: list[tuple[Found[str], Block]]
) -> tuple[Found[str] | None, Block | None]:
    """The address in the upper half of the first page that is not the seller's."""
    under = _under_sender(view, seller)
    if under:
        return under
    own = set(seller_block.lines) if seller_block else set()
    first_page = view.sheet.lines[0].page if view.sheet.lines else 1
    for block in blocks(view):
        top = view.sheet.lines[block.lines[0].line]
        if top.page != first_page or top.box.y0 > 0.5 * view.sheet.height_of(top.page):
            break
        coded = [at for at, span in enumerate(block.lines) if postcode(view.sheet.text(span))]
        if not coded or coded[0] == 0 or own & set(block.lines):
            continue
        address = Block(block.lines[_first_line(view, block, coded[0]) : coded[0] + 2])
        named = name_of(view, address)
        if named is None or is_label(view, named[1]) or seller in letters(named[0]):
            continue
        if seller and any(seller in letters(view.sheet.text(span)) for span in block.lines):
            continue
        return Found(named[0], named[1], 0.6, "layout"), address
    if shipped and letters(shipped[0][0].value) != seller:
        found, block = shipped[0]
        return Found(found.value, found.span, 0.5, "label"), block
    return None, None


def _first_line(view: View, block: Block, last: int) -> int:
    """Where the address that ends with line *last* of *block* begins: after a wider gap."""
    tops = [view.sheet.box(span).y0 for span in block.lines]
    first = last - 1
    pitch = max(1.0, tops[last] - tops[first])
    while first > 0 and last - first < 5 and tops[first] - tops[first - 1] <= 1.4 * pitch:
        first -= 1
    return first


def _under_sender(view: View, seller: str) -> tuple[Found[str], Block] | None:
    """The lines right under the sender's line of a letter, up to one with a postcode."""
    for line in view.sheet.lines[:25]:
        for cell in line.cells:
            if _is_footer(view, cell):
                continue
            text = view.sheet.text(cell.span)
            short = len(text) < len(seller) + 12
            if short or not (seller and seller in letters(text) and postcode(text)):
                continue
            block = Block(tuple(_column_under(view, cell)))
            named = name_of(view, block)
            if named and not is_label(view, named[1]):
                return Found(named[0], named[1], 0.55, "layout"), block
    return None


def in_window(view: View) -> frozenset[Span]:
    """The lines of addresses right under a sender's line: who they name is written to.

    The line has name, street and city in one, and its postcode stands on the page once more.
    """
    codes = Counter(
        found["code"] for line in view.sheet.lines if (found := postcode(line.text)) is not None
    )
    held: set[Span] = set()
    for line in view.sheet.lines[:25]:
        for cell in line.cells:
            found = postcode(text := view.sheet.text(cell.span))
            parts = [part for part in SEPARATOR.split(text) if part.strip()]
            if found is None or len(parts) < FEWEST_PARTS or codes[found["code"]] < 2:
                continue
            under = [one for one in _column_under(view, cell) if _begins_at(view, one, cell.x0)]
            last = postcode(view.sheet.text(under[-1])) if under else None
            if last is not None and last["code"] != found["code"]:
                held.update(under)
    return frozenset(held)


def _begins_at(view: View, span: Span, x0: float) -> bool:
    return abs(view.sheet.box(span).x0 - x0) < EDGE


def _is_footer(view: View, cell: Cell) -> bool:
    """Whether *cell* tells of a register or a tax number."""
    return any(
        label.plain and label.terms.keys() & LEGAL
        for label in view.labels[cell.span.line]
        if cell.span.first <= label.span.first < cell.span.last
    )


def _column_under(view: View, sender: Cell) -> Iterator[Span]:
    top = view.sheet.lines[sender.span.line]
    for line in view.sheet.lines[top.number + 1 : top.number + 20]:
        if line.page != top.page or line.box.y0 - top.box.y1 > WINDOW:
            return
        for cell in line.cells:
            if cell.x0 < sender.x1 and cell.x1 > sender.x0 - 5 and cell.x0 > sender.x0 - 60:
                if stated(view, cell.span):
                    return
                yield cell.span
                if postcode(view.sheet.text(cell.span)):
                    return
