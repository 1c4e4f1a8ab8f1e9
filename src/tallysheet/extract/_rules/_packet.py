"""Whether the pages of a document are one invoice or several, and which belongs to which.

A new invoice begins where the pages count from 1 again, or where another invoice number
stands beside a title, a date or a total of its own. A page without either goes with the one
before it: terms, delivery notes, the rest of a table. Where the signs contradict each other
nothing is parted, and the doubt is told.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tallysheet.extract._rules._codes import find_codes
from tallysheet.extract._rules._labels import fold
from tallysheet.extract._rules._own_number import SURE
from tallysheet.extract._rules._view import View, view_of
from tallysheet.model import Page, Parsed
from tallysheet.ports import Offload

_COUNTED = re.compile(
    r"\b(?:page|seite|(?<!\d )blatt|pagina|pag|pg|strona|hoja|folha|blad|p)\b[.:]? ?"
    r"(?:n[or]\b\.? ?)?"
    r"(?P<at>\d{1,3})(?: ?(?:/|of|von|de|di|van|sur|z|aus) ?(?P<of>\d{1,3}))?(?![\d.,]*\d)"
)
_ELSEWHERE = re.compile(r"\b(?:from|to|on|von|aus|auf|van|naar|a|au|de|da|del|della|la|report)\s*$")
"""Before such a count: what is carried over from another page, or to one."""
_BARE = re.compile(r"(?P<at>\d{1,3}) ?(?:/|of|von|de|di|van|sur) ?(?P<of>\d{1,3})")
"""Only where nothing else stands on a line at the edge of the page."""
_VAT_ID = re.compile(r"\b[A-Z]{2}[ ]?(?:[A-Z]?\d{8,12}|\d{3} ?\d{3} ?\d{3})\b")
_EDGE = 0.12
"""As a share of the height of the page."""
_TOTALS = ("gross", "due")
FEWEST_LETTERS = 5
"""A shorter number of an invoice may be any other one on a page."""


@dataclass(frozen=True, slots=True)
class Packet:
    """How the pages of a document go together."""

    invoices: tuple[range, ...]
    """The numbers of the pages of each invoice, in their order; one where nothing is parted."""
    doubt: str = ""
    """Why there may be more of them all the same, as a sentence."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """What one page says of where it belongs."""

    page: int
    at: int | None = None
    """Which page of its invoice it says it is."""
    of: int | None = None
    """Of how many."""
    number: str | None = None
    """The invoice number on it."""
    has_title: bool = False
    has_total: bool = False
    corrects: bool = False
    """Whether it has the title of a credit note or a correction."""
    text: str = ""
    """All that is on it, letters and digits only."""
    taxed_as: frozenset[str] = frozenset()
    """The VAT ids on it, of whomever."""

    @property
    def is_a_beginning(self) -> bool:
        """Whether an invoice could begin here."""
        return self.number is not None or self.has_title


async def invoices_in(parsed: Parsed, offload: Offload) -> Packet:
    """Tell the invoices on the pages of *parsed* apart, in a child process.

    Raises:
        DocumentError: It took too long, or too much memory.
        WorkerLost: As *offload* says.
    """
    if len(parsed.pages) < 2:
        return packet_of(parsed)
    worked = await offload.run(packet_bytes, parsed.to_bytes(words_only=True))
    ends, doubt = json.loads(worked.data)
    return Packet(tuple(range(first, last + 1) for first, last in ends), doubt)


def packet_bytes(data: bytes) -> bytes:
    """The work of `invoices_in`, in the child."""
    packet = packet_of(Parsed.from_bytes(data))
    return json.dumps([[(pages[0], pages[-1]) for pages in packet.invoices], packet.doubt]).encode()


def packet_of(parsed: Parsed) -> Packet:
    """Tell the invoices on the pages of *parsed* apart."""
    pages = parsed.pages
    whole = Packet((range(pages[0].number, pages[-1].number + 1),) if pages else ())
    if len(pages) < 2:
        return whole
    signs = [_signs_of(parsed, page) for page in pages]
    groups: list[list[_Signs]] = [[signs[0]]]
    doubts: list[str] = []
    for sign in signs[1:]:
        begins = _begins(groups[-1], sign)
        if begins is None:
            doubts.append(_doubt(_numbered(groups[-1]), sign))
        if begins:
            groups.append([])
        groups[-1].append(sign)
    if not _is_any(groups[0]) and len(groups) > 1:
        # A letter that came with the first invoice.
        groups[:2] = [groups[0] + groups[1]]
    if doubts or not all(map(_is_any, groups)):
        return replace(whole, doubt=(doubts or ["Its pages count from 1 more than once."])[0])
    return Packet(tuple(range(group[0].page, group[-1].page + 1) for group in groups))


def _is_any(group: Sequence[_Signs]) -> bool:
    """Whether there is an invoice on these pages."""
    return any(sign.is_a_beginning for sign in group)


def _numbered(group: Sequence[_Signs]) -> _Signs:
    """The page of *group* on which its number stands, else its first."""
    return next((sign for sign in group if sign.number), group[0])


def _doubt(first: _Signs, second: _Signs) -> str:
    if None in (first.number, second.number):
        return f"Pages {first.page} and {second.page} have each a title and a total of their own."
    return (
        f"Page {second.page} has another invoice number ({second.number}) than"
        f" page {first.page} ({first.number})."
    )


def _begins(group: Sequence[_Signs], sign: _Signs) -> bool | None:
    """Whether a new invoice begins with *sign*, after the pages of *group*; none if unclear."""
    number, last = _numbered(group).number, group[-1]
    if sign.at == 1:
        return sign.is_a_beginning
    if sign.at is not None and last.at is not None and sign.at == last.at + 1:
        return False
    known = {one for before in group for one in before.taxed_as}
    is_other = bool(sign.taxed_as and known and not sign.taxed_as & known)
    if is_other and sign.is_a_beginning:
        return True
    is_whole = sign.has_total and any(one.has_total for one in group)
    if number is not None and sign.number is not None:
        if _bare(number) == _bare(sign.number):
            return False
        return True if sign.has_title or is_whole else None
    if number is not None and sign.number is None and not sign.corrects and _is_told(number, sign):
        return False
    return None if sign.has_title and is_whole and not (sign.taxed_as & known) else False


def _is_told(number: str, sign: _Signs) -> bool:
    """Whether that page tells *number*, as one that follows, or the slip to pay with, does."""
    bare = _bare(number)
    return len(bare) >= FEWEST_LETTERS and bare in sign.text


def _signs_of(parsed: Parsed, page: Page) -> _Signs:
    view = view_of(replace(parsed, pages=(page,), xml=None))
    at, of = next(_counts(view, page), (None, None))
    numbers = [code for code in find_codes(view, "number") if code.score >= SURE]
    terms = {term for row in view.labels for label in row for term in label.terms}
    return _Signs(
        page.number,
        at,
        of,
        numbers[0].value if numbers else None,
        any(term.startswith("title_") for term in terms),
        any(term in terms for term in _TOTALS),
        any(term in terms for term in ("title_381", "title_384")),
        _bare("".join(line.text for line in view.sheet.lines)),
        frozenset(_VAT_ID.findall("\n".join(line.text for line in view.sheet.lines))),
    )


def _bare(number: str) -> str:
    return "".join(char for char in fold(number) if char.isalnum())


def _counts(view: View, page: Page) -> Iterator[tuple[int, int | None]]:
    """What the page says of its place among others, the surest first."""
    bare = []
    for line in view.sheet.lines:
        text = fold(line.text[:400])
        for found in _COUNTED.finditer(text):
            at, of = int(found["at"]), int(found["of"] or 0) or None
            is_here = of or not _ELSEWHERE.search(text, 0, found.start())
            if is_here and 1 <= at <= (of or at):
                yield at, of
        is_edge = line.box.y1 < _EDGE * page.height or line.box.y0 > (1 - _EDGE) * page.height
        alone = _BARE.fullmatch(text.strip()) if is_edge else None
        if alone and 1 <= int(alone["at"]) <= int(alone["of"]):
            bare.append((int(alone["at"]), int(alone["of"])))
    yield from bare
