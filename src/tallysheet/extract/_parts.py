"""Long documents are read in parts and put together again; nothing is cut off in silence.

An answer is some three times as long as the document, and what models may answer is
far less than what they can read. So a part is a run of whole pages, few enough that
its lines fit into one answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tallysheet.errors import DocumentError
from tallysheet.model import Citation, Draft, Page, Parsed

MOST_CHARACTERS = 12_000
"""Of words in one part: some 5,000 tokens, whose answer stays below 16,000."""
MOST_PICTURES = 5
"""In one part."""

LISTS = ("lines", "allowances", "charges")
"""What goes on from page to page."""
AT_THE_END = ("totals", "taxes", "payment")
"""What stands where the document ends; before, there is only what was carried over."""
SAME_EVERYWHERE = ("number", "currency")
"""What one invoice has only one of."""


def parts_of(parsed: Parsed) -> list[Parsed]:
    """The document in parts of whole pages, mostly one."""
    parts: list[list[Page]] = [[]]
    room, pictures = MOST_CHARACTERS, MOST_PICTURES
    for page in parsed.pages:
        takes = len(page.text) + 1
        shows = page.picture is not None
        if parts[-1] and (takes > room or shows > pictures):
            parts.append([])
            room, pictures = MOST_CHARACTERS, MOST_PICTURES
        parts[-1].append(page)
        room, pictures = room - takes, pictures - shows
    return [replace(parsed, pages=tuple(pages)) for pages in parts]


def halves_of(part: Parsed) -> tuple[Parsed, Parsed]:
    """A part of at least two pages as two shorter ones."""
    half = len(part.pages) // 2
    return replace(part, pages=part.pages[:half]), replace(part, pages=part.pages[half:])


def joined(drafts: Sequence[Draft]) -> Draft:
    """One draft of those of all parts, which come in the order of their pages.

    Lists go on; of other values the first counts, of totals and what else stands at
    the end the last.

    Raises:
        DocumentError: ``several_invoices``: two parts have different numbers.
    """
    if len(drafts) == 1:
        return drafts[0]
    invoice: dict[str, Any] = {}
    citations: dict[str, Citation] = {}
    warnings: dict[str, None] = {}
    for draft in drafts:
        said = draft.invoice.model_dump(exclude_defaults=True)
        _refuse_another(invoice, said)
        shifts = {name: len(invoice.get(name, ())) for name in LISTS}
        for path, citation in draft.citations.items():
            at = _shifted(path, shifts)
            if at not in citations or _is_at_the_end(path):
                citations[at] = citation
        _join(invoice, said)
        warnings |= dict.fromkeys(draft.warnings)
    return Draft.model_validate(
        {"invoice": invoice, "citations": citations, "warnings": tuple(warnings)}
    )


def _refuse_another(invoice: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    for name in SAME_EVERYWHERE:
        ours, theirs = invoice.get(name), said.get(name)
        if ours is not None and theirs is not None and ours != theirs:
            raise DocumentError(
                "several_invoices",
                f"Its pages have more than one {name}: {ours} and {theirs}.",
                "If it holds several invoices, add each as a file of its own.",
            )


def _join(invoice: dict[str, Any], said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if name in LISTS:
            invoice[name] = (*invoice.get(name, ()), *value)
        elif isinstance(value, dict):
            first, second = invoice.get(name, {}), value
            late = _is_at_the_end(name)
            invoice[name] = _over(first, second) if late else _over(second, first)
        elif name not in invoice or _is_at_the_end(name):
            invoice[name] = value


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two groups of values as one; where both have one, *above* counts."""
    group = {**below, **above}
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(name), dict):
            group[name] = _over(below[name], value)
    return group


def _is_at_the_end(path: str) -> bool:
    return path.partition(".")[0].partition("[")[0] in AT_THE_END


def _shifted(path: str, shifts: Mapping[str, int]) -> str:
    """``lines[0].amount`` of the second part, where the first one has 40 lines: ``lines[40]…``."""
    name, bracket, rest = path.partition("[")
    number, closing, tail = rest.partition("]")
    if not bracket or name not in shifts or not number.isdigit():
        return path
    return f"{name}[{int(number) + shifts[name]}{closing}{tail}"
