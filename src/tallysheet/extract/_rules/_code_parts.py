"""The words of which the number of a document consists, where it is written with blanks."""

import re

from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._view import View

MOST_LETTERS = 35
"""Letters of the longest number of a document."""
NUMBER = re.compile(r"[:#(\[]?(?P<code>[^\W_](?:(?:[\w./\\#+-]|\(\d+\))*[\w])?)[.,;:)\]]*")
AMOUNT = re.compile(r"\d{1,3}(?:[.,' ]\d{3})*[.,]\d{2}")
_TAXES = "VAT|TVA|BTW|UST|IVA|NIF|CIF|GST|ABN|TPS|TVQ|QST|HST"
"""What tax numbers are called: no part of a document's number."""
_PART = re.compile(
    rf"(?!(?:{_TAXES})\b)[A-Z]{{1,6}}|[A-Z]{{0,4}}(?=[./-]*\d)[\d./-]+[A-Z]?|\d+[A-Z]/\d+"
    r"|[A-Z\d]{1,8}/\d{1,9}|[A-Z]{1,4}/|/|[-–]"
)
_GROUP = re.compile(r"\d{2,5}|\d{1,4}[A-Z]\d{0,3}")
"""One of the groups in which a long number is written: ``0471 882 103 26B2``."""
FEWEST_GROUPS = 3
_CODED = re.compile(r"(?=[A-Z./-]*\d)[A-Z\d./-]+")
SEPARATORS = ("·", "•", "|")
"""What parts what a line tells, where no gap does."""
MOST_RUN, LONG = 3, 6
"""Words that may go on a number with blanks in it, and letters of its first one at least."""
LAST = re.compile(r"[A-Z]")
"""The last part of a number, ``228417 A``."""
SERIES = re.compile(r"[A-Z]{2,4}")
_NTH = re.compile(r"\d{1,2}\.")
"""Which of several bills: ``3/2025 - 2. Teilrechnung``."""
_GROUPED = re.compile(r"(?:[A-Z]{1,3}[-/]?)?\d{2,6}")
"""A part of a number of two parts."""
OF = frozenset(
    [
        "vom",
        "din",
        "dt",
        "dtd",
        "dated",
        "z",
        "dnia",
        "du",
        "del",
        "van",
        "de",
        "da",
        "do",
        "of",
        "from",
        "den",
        "le",
    ]
)
"""What may stand between the number of a document and its date."""
PREFIX = re.compile(rf"(?!(?:NO|NR|NUM|ID|N|{_TAXES})\b)[A-Z]{{1,4}}")
"""What a number begins with, apart from it: ``F 4187K20/0931``."""


def run_of(view: View, span: Span, spoken: set[int]) -> Span | None:
    """*span* with what else the cell holds, if that has digits throughout: ``5190.27 41.03``."""
    line = view.sheet.lines[span.line]
    cell = line.cell_of(span.first).span
    ends = (at for at in range(span.last, cell.last) if line.words[at].text in SEPARATORS)
    last = next(ends, cell.last)
    texts = [word.text for word in line.words[span.last : last]]
    first = line.words[span.first].text
    alike = "." in first or not any(map(AMOUNT.fullmatch, texts))
    fits = 0 < len(texts) <= MOST_RUN and alike and spoken.isdisjoint(range(span.last, last))
    coded = [bool(_CODED.fullmatch(text)) for text in texts]
    parts = all(one or LAST.fullmatch(text) for one, text in zip(coded, texts, strict=True))
    if fits and len(first) >= LONG and parts and coded[-1]:
        return span._replace(last=last)
    return None


def rest_of(view: View, span: Span, first: int) -> str:
    """The words of the cell from *first* on, as far as *span* goes."""
    line = view.sheet.lines[span.line]
    last = min(span.last, line.cell_of(span.first).span.last)
    return view.sheet.text(Span(span.line, first, last)) if first < last else ""


def groups_of(view: View, span: Span, spoken: set[int]) -> Span:
    """The groups of one long number at the start of *span*, those of a date left aside."""
    last = span.first
    end = min(span.last, view.sheet.lines[span.line].cell_of(span.first).span.last)
    while last < end and last not in spoken:
        if not _GROUP.fullmatch(view.sheet.lines[span.line].words[last].text):
            break
        last += 1
    return Span(span.line, span.first, last)


def joined_of(view: View, span: Span, spoken: set[int]) -> Span:
    """The parts in which a number is written, ``R 2024 / 0012``: all of a cell, or behind letters.

    Of ``FT A/1182 Original`` these are the first two words, of ``17 Original`` there are none.
    """
    last = min(span.last, view.sheet.lines[span.line].cell_of(span.first).span.last)
    texts = [word.text.strip(",;:") for word in view.sheet.words(Span(span.line, span.first, last))]
    dated = {one.span.first for one in view.labels[span.line] if "issue_date" in one.terms}
    fits = [
        bool(_PART.fullmatch(text))
        and span.first + at not in dated
        and span.first + at not in spoken
        and not AMOUNT.fullmatch(text)
        and not (_NTH.fullmatch(text) and texts[max(0, at - 1)] == "-")
        for at, text in enumerate(texts)
    ]
    count = fits.index(False) if False in fits else len(fits)
    known = SERIES.fullmatch(texts[0]) or _goes_on(view, span, texts, count)
    known = known or _ends(view, span, texts, count)
    if count < len(texts) and not known:
        count = 0
    behind = count > FEWEST_GROUPS or texts[max(0, count - 2)] == "/"
    series = count > 1 and behind and LAST.fullmatch(texts[count - 1])
    while count and not series and not any(map(str.isdigit, texts[count - 1])):
        count -= 1
    if count < 2 and _has_prefix(texts):
        count = 2 * any(map(str.isdigit, texts[1])) * (span.first + 1 not in spoken)
    words = sum(text.isalpha() and len(text) > 1 for text in texts[:count])
    right = 2 <= count <= 5 and words < 2 and len("".join(texts[:count])) <= MOST_LETTERS
    return Span(span.line, span.first, span.first + count * right)


def _ends(view: View, span: Span, texts: list[str], count: int) -> bool:
    """Whether a comma or a day ends a number of two parts: “R-25 0946, 28.11.”, “118 902 vom”.

    So does the label of the day, “118 774 Datum”.
    """
    if count != FEWEST_GROUPS - 1 or not all(map(_GROUPED.fullmatch, texts[:count])):
        return False
    last = view.sheet.words(span)[count - 1].text
    dated = any(
        label.span.first == span.first + count and "issue_date" in label.terms
        for label in view.labels[span.line]
    )
    return last.endswith(",") or dated or not OF.isdisjoint(texts[count : count + 1])


def _goes_on(view: View, span: Span, texts: list[str], count: int) -> bool:
    """Whether the cell goes on behind *count* parts with what is no part of the number.

    A stroke with blanks around it joins two, and a label ends it: “25 / 1196 Dallenwil”,
    “R 5840 Datum 3.4.”.
    """
    ends = any(label.span.first == span.first + count for label in view.labels[span.line])
    return texts[1:2] == ["/"] or (ends and bool(LAST.fullmatch(texts[0])))


def _has_prefix(texts: list[str]) -> bool:
    """Whether *texts* begin with letters before a number: all of the cell, or with a stroke."""
    whole = len(texts) == 2 or (len(texts) > 2 and "/" in texts[1])
    return whole and bool(PREFIX.fullmatch(texts[0]) and NUMBER.fullmatch(texts[1]))
