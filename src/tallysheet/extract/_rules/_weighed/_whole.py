"""Whether a word with digits is a whole number of a document, and not a part of one."""

import re

from tallysheet.extract._rules._code_parts import PREFIX
from tallysheet.extract._rules._codes import EDGE, MISREAD, RUN_ON, is_anothers
from tallysheet.extract._rules._labels import Label, fold, letters, tokens
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._pairs import SKIPPED
from tallysheet.extract._rules._titled import TITLE
from tallysheet.extract._rules._view import View
from tallysheet.extract._rules._weighed._candidates import AROUND

MOST_BEFORE = 5
"""Words before it in its cell: behind more it is told of in a sentence."""
NEAR = 1.0
"""Heights of a line within which the next word may be a part of the same number."""
_CLEAN = re.compile(r"[^\W_]+(?:[-/._][^\W_]+)*")
_GLUED_DAY = re.compile(r"\d{3,}/\d{1,2}/\d{2,4}")
"""A day that runs on from what stands before it: ``7720418-0004/27/26``."""
_SERIES_WORDS = frozenset(["serie", "series", "serija", "seria", "serii"])
_PART = re.compile(r"[-/–—].{0,6}|(?=.*\d)[\dA-Z/.-]{1,6}|[A-Z]{1,2}")
"""What goes on with a number behind a blank."""


def whole_number(view: View, span: Span) -> str | None:
    """The number at *span*, where the words beside it cannot be a part of it as well.

    And where it stands in no sentence, nor in a list of documents, each with its amount.
    """
    line = view.sheet.lines[span.line]
    text = view.sheet.text(span).strip(AROUND)
    if not _CLEAN.fullmatch(text) or _GLUED_DAY.search(text) or RUN_ON.fullmatch(text):
        return None
    if line.page in view.sheet.scanned and MISREAD.search(text):
        return None
    told = span.first - line.cell_of(span.first).span.first > MOST_BEFORE
    if told or any(one.money for one in view.figures[span.line]):
        return None
    return None if _goes_on(line, span) or _follows(line, span) else text


def is_titled(view: View, span: Span) -> bool:
    """Whether the title of an invoice stands right before it, perhaps with the sign of a number."""
    line = view.sheet.lines[span.line]
    before = [word.text for word in line.words[: span.first]]
    if before and before[-1].lower() in SKIPPED:
        before.pop()
    return bool(before) and TITLE.fullmatch(letters(before[-1])) is not None


def is_headed(view: View, span: Span) -> bool:
    """Whether it stands below a heading, beside others, that is none of a number of the document.

    Something nobody knows is said of it then: ``Lease no`` over ``88-7766``.
    """
    own = view.sheet.lines[span.line].cell_of(span.first)
    if not span.line or len(view.sheet.lines[span.line].cells) == 1:
        return False
    above = view.sheet.lines[span.line - 1]
    heads = [cell for cell in above.cells if abs(cell.x0 - own.x0) < EDGE]
    return len(above.cells) > 1 and any(
        cell.span.last - cell.span.first <= MOST_BEFORE
        and not any(map(str.isdigit, view.sheet.text(cell.span)))
        and not any(_calls(view, label, cell.span) for label in view.labels[above.number])
        for cell in heads
    )


def _calls(view: View, label: Label, heading: Span) -> bool:
    """Whether *label* makes all of *heading* that of a number of the document."""
    if not heading.first <= label.span.first < label.span.last == heading.last:
        return False
    return bool(label.titles) or ("number" in label.terms and not is_anothers(view, label))


def _goes_on(line: Line, span: Span) -> bool:
    """Whether the word behind it may be a part of the number."""
    behind = line.words[span.last : span.last + 1]
    return any(
        word.x0 - line.words[span.last - 1].x1 < NEAR * line.height and _PART.fullmatch(word.text)
        for word in behind
    )


def _follows(line: Line, span: Span) -> bool:
    """Whether a word before it may be a part of the number, as its series is."""
    cell = line.cell_of(span.first).span
    before = line.words[cell.first : span.first]
    if any(token in _SERIES_WORDS for word in before for token in tokens(fold(word.text))):
        return True
    if not before or line.words[span.first].x0 - before[-1].x1 >= NEAR * line.height:
        return False
    text = before[-1].text
    series = PREFIX.fullmatch(text.strip("()").rpartition("-")[2])
    return bool(series) or text[-1].isdigit() or text[-1] in "/-" or not letters(text)
