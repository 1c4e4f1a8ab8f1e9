"""Numbers by their labels: that of the document, of its order, its customer, its delivery."""

import re
from collections.abc import Iterable, Iterator

from stdnum import iban

from tallysheet.extract._rules._code_parts import (
    AMOUNT,
    FEWEST_GROUPS,
    LAST,
    MOST_LETTERS,
    NUMBER,
    SERIES,
    groups_of,
    joined_of,
    rest_of,
    run_of,
)
from tallysheet.extract._rules._dated_codes import OF_YEAR, by_month, like_a_day
from tallysheet.extract._rules._labels import HINT, WEAK, Label, fold
from tallysheet.extract._rules._layout import Span
from tallysheet.extract._rules._names import STREET, postcode
from tallysheet.extract._rules._pairs import (
    BELOW,
    SAME_CELL,
    SKIPPED,
    TERM,
    below,
    right_of,
    translations,
)
from tallysheet.extract._rules._titled import TITLE, follows_title, title_bonus
from tallysheet.extract._rules._view import Found, View
from tallysheet.extract._rules._wrapped import begun_above, goes_on

OTHERS = frozenset(["order", "sales_order", "customer", "contract", "delivery_note"])
"""What has numbers besides the document."""
NUMBERED = OTHERS | {"preceding", "other"}
"""What a sign behind it is the number of: “Meter no.”"""
EDGE = 8.0
"""Points by which a heading and what stands below it begin apart at most."""
HEAD = 0.4
"""Down to where on a page its head is."""

_NTH = re.compile(r"\d{1,2}")
_COUNTED = re.compile(r" [-–] ")
"""What parts which one of several bills it is from its number: ``N° 2 – F2025/117``."""
_OF_PARTS = re.compile(
    r"situation|abschlag|teilrechnung|acompte|termijn|acconto|progress|interim|claim|valuation|application"
)
RUN_ON = re.compile(r".*\d[A-Z]?[^\W\d_A-Z]{3,}.*")
"""A number that goes on with a word, as where OCR lost the space between them."""
MISREAD = re.compile(
    r"(?<![a-z])[a-z]\d|(?<=\d)I(?=[A-Z\d])|(?<=[A-Z])l(?![a-z])|(?<=\d)[A-F]{0,2}O[A-F]{0,2}\d"
    r"|(?<=[/-])[0O](?!\w)|\b0(?=[A-Z])"
)
"""One small letter before a digit: where OCR read ``t050-26``, the paper has a digit; of ``127IA``
the I is most likely a stroke, the small L of ``Cl-118`` an I, and the O of ``4EO17C`` a zero;
the end of ``2804/0`` is either, as is the beginning of ``0D-118``."""
INVOICES = "FT|FR|FS"
"""Kinds of invoices, as programs that Portugal or Angola certified call them."""
_CERTIFIED = re.compile(rf"(?:{INVOICES}) [A-Z\d.-]{{1,12}}/\d{{1,9}}|F[A-Z\d]{{3}}-\d{{4,8}}")
"""How programs that Portugal or Angola certified number invoices, and Peru: without a label."""
_TAX_NUMBER = re.compile(
    r"\d{9}RT\d{4}|\d{10}TQ\d{4}|3\d{13}3|\d{10}-20\d{6}-[\dA-F]{6,12}(?:-[\dA-F]{2,6}){1,2}"
)
"""A tax number of Canada, of Québec or of Saudi Arabia, or what the Polish tax office calls an
invoice (KSeF)."""
_HOUSE = re.compile(r"\d{1,4}[a-z]?")
"""The number of a house, as English and French addresses begin."""
_DATED = re.compile(r"20\d\d\W\d|\d\W20\d\d")
"""A number with a year in it, which no item has."""
_OF_KIND = re.compile(r"TD\d\d|PA|B2B|PR")
"""Kinds of Italian invoices, which may stand before the word for “number”."""
_DAYS = frozenset(["tage", "tagen", "days", "jours", "dagen", "giorni", "gg", "dias", "dni"])
"""Behind these figures they say when to pay: ``Fatura 30 dias``."""
_BUSINESS = re.compile(r"[BCG]2[BCG]|TD\d\d|\d\.\d")
"""Who sells to whom, ``B2B``, the kind of document in Italy, ``TD24``, or a version, ``4.0``."""
_TYPE = re.compile(r"\((?:3[2-9]\d|751|87[5-7])\)")
"""The code of a kind of document (UNTDID 1001) behind its title: ``Credit note (381)``."""

_YEAR = re.compile(r"20[12]\d")
"""A year is a part of a number, or of a period: alone it was none in any of six documents."""
_SIGN = re.compile(r"^(?:No|Nr|nr|no)\.?(?=[A-Z]{1,4}-?\d|\d)")
"""The sign of a number that runs into it: ``NoIN-0300417``, ``nr9/2025``."""
_GLUED = re.compile(r"^n(?=[A-Z]{1,4}-?\d)|(?<=\d)d\.d\.?$")
"""What OCR glued to a number: the sign of one before it, and “dated” behind it."""


def find_codes(view: View, term: str, labels: Iterable[Label] | None = None) -> list[Found[str]]:
    """Candidates for the number that *term* names, the best first; beside *labels*, if given."""
    found: dict[str, Found[str]] = {}
    for label in view.labelled(term) if labels is None else labels:
        if term == "number" and is_anothers(view, label):
            continue
        for value, span, place in _codes(view, label, term):
            if term == "number" and _is_counted(view, label, value):
                value = _COUNTED.split(value, maxsplit=1)[-1]
                if _NTH.fullmatch(value):
                    continue
            if term == "number" and _YEAR.fullmatch(value):
                continue
            value = begun_above(view, value, span) if term == "number" else value
            score = label.terms[term] * place * (1.0 if label.leads else 0.85)
            if term == "number":
                certified = 0.2 if label.terms[term] < WEAK and _CERTIFIED.fullmatch(value) else 0.0
                score += max(certified, title_bonus(view, label))
            known = found.get(value)
            best = max(score, known.score) if known else score
            repeated = 0.04 if known else 0.0
            # The pages that follow repeat it: it counts where it stands first, above the items.
            first = known.span if known else span
            found[value] = Found(value, first, min(0.99, best + repeated), "label")
    return sorted(found.values(), key=lambda one: (-round(one.score, 2), one.span))


def find_certified(view: View) -> list[Found[str]]:
    """The number in the form of Portugal that stands alone at the head, if there is just one."""
    first = view.sheet.lines[0].page
    found = {
        text: Found(text, cell.span, WEAK, "pattern")
        for line in view.sheet.lines
        if line.page == first and line.box.y0 < HEAD * view.sheet.height_of(first)
        for cell in line.cells
        if _CERTIFIED.fullmatch(text := view.sheet.text(cell.span))
    }
    return list(found.values()) if len(found) == 1 else []


def code_in(view: View, span: Span) -> tuple[str, Span] | None:
    """The number at the start of *span*, perhaps of several words, if there is one."""
    words = view.sheet.words(span)
    if TERM.fullmatch(words[0].text):
        rest = Span(span.line, span.first + 1, span.last)
        return code_in(view, rest) if len(words) > 1 else None
    if len(words) > 2 and _OF_KIND.fullmatch(words[0].text) and words[1].text.lower() in SKIPPED:
        return code_in(view, Span(span.line, span.first + 2, span.last))
    if len(words) > 2 and SERIES.fullmatch(words[0].text) and words[1].text.lower() in SKIPPED:
        number = words[2].text.strip(".,;")
        if number.isdigit():  # “Seria NCS nr. 1284”
            return f"{words[0].text} {number}", Span(span.line, span.first, span.first + 3)
    if len(words) > 1 and SERIES.fullmatch(words[0].text) and OF_YEAR.fullmatch(words[1].text):
        return f"{words[0].text} {words[1].text}", Span(span.line, span.first, span.first + 2)
    spoken = {at for day in view.days[span.line] for at in range(day.span.first, day.span.last)}
    for at, word in enumerate(words[:2]):
        text = _SIGN.sub("", word.text)
        if text.endswith("/") and span.first + at + 1 in spoken:
            text = text.rstrip("/")  # “9004471820/ 03.04.2025”, as under “Number / Date”
        elif _next(view, span.first + at + 1, span.line).isdigit():
            text = text.rstrip("/")  # “18/ 2025”
        elif _next(view, span.first + at + 1, span.line).isalpha():
            text = text.rstrip("-")  # “R25-012- Objekt”
        if view.sheet.lines[span.line].page in view.sheet.scanned:
            text = _GLUED.sub("", text)
        typed = _TYPE.fullmatch(text)
        if typed or span.first + at in spoken or not (shape := NUMBER.fullmatch(text)):
            return None
        code = shape["code"]
        if at == 0:
            joined = joined_of(view, span, spoken)
            if joined.last - joined.first > 1:
                parts = view.sheet.words(joined)
                return " ".join(word.text.strip(",;:") for word in parts), joined
            groups = groups_of(view, span, spoken)
            if groups.last - groups.first >= FEWEST_GROUPS:
                return view.sheet.text(groups), groups
        if any(char.isdigit() for char in code):
            if RUN_ON.fullmatch(code) or _BUSINESS.fullmatch(code):
                return None
            if view.sheet.lines[span.line].page in view.sheet.scanned and MISREAD.search(code):
                return None
            if (
                _TAX_NUMBER.fullmatch(code)
                or AMOUNT.fullmatch(code)
                or len(code) > MOST_LETTERS
                or iban.is_valid(rest_of(view, span, span.first + at))
            ):
                return None
            behind = fold(words[at + 1].text).strip(".,;:") if at + 1 < len(words) else ""
            if behind.startswith("%") or behind in _DAYS:
                return None
            last = span.first + at + 1
            if whole := run_of(view, Span(span.line, span.first + at, last), spoken):
                return view.sheet.text(whole), whole
            if LAST.fullmatch(rest_of(view, span, last)):
                return f"{code} {words[at + 1].text}", Span(span.line, span.first + at, last + 1)
            return code, Span(span.line, span.first + at, last)
        if not (code.isupper() and len(code) <= 6) or word.text.endswith(":"):
            return None
    return None


def _next(view: View, at: int, number: int) -> str:
    words = view.sheet.lines[number].words
    return words[at].text if at < len(words) else ""


def is_anothers(view: View, label: Label) -> bool:
    """Whether a mere hint ends what something else is called: ``Custame no.`` of a scan."""
    if label.terms["number"] > HINT:
        return False
    row = view.labels[label.span.line]
    cell = view.sheet.lines[label.span.line].cell_of(label.span.first).span
    before = (one for one in row if one.span.last == label.span.first > cell.first)
    if any(one.terms.keys() <= NUMBERED for one in before):
        return True
    if _is_headed(view, label):
        return True
    called = fold(view.sheet.called(label.span).replace(" ", ""))
    return not label.leads and TITLE.match(called) is None and not follows_title(view, label)


def _is_headed(view: View, label: Label) -> bool:
    """Whether the heading of something else stands right above: ``Order`` over ``# 2218``.

    A title just before the sign, ``Rechnung # RE-507``, says what the number is of.
    """
    words = view.sheet.lines[label.span.line].words
    if label.span.first and TITLE.fullmatch(fold(words[label.span.first - 1].text)):
        return False
    own = view.sheet.lines[label.span.line].cell_of(label.span.first)
    above = view.labels[label.span.line - 1] if label.span.line else ()
    heads = [(other, view.sheet.box(other.span)) for other in above if other.leads]
    return any(
        other.terms.keys() & OTHERS
        and "number" not in other.terms
        and (abs(box.x0 - own.x0) < EDGE or own.x0 < box.x0 < box.x1 < own.x1)
        for other, box in heads
    )


def _is_counted(view: View, label: Label, value: str) -> bool:
    """Whether *value* says which one of several bills of parts it is: ``Situation n°3``."""
    called = fold(view.sheet.called(label.span))
    return bool(_NTH.fullmatch(_COUNTED.split(value)[0]) and _OF_PARTS.search(called))


def _codes(view: View, label: Label, term: str) -> Iterator[tuple[str, Span, float]]:
    region = right_of(view, label)
    if region:
        same = region[1] == SAME_CELL
        code = by_month(view, label, region[0]) if same else None
        code = code or code_in(view, region[0]) or goes_on(view, region[0])
        code = code or (like_a_day(view, label, region[0]) if same else None)
        if code and not same and _is_of_address(view, code[1]):
            code = None
        if code:
            yield (*code, region[1])
            return
        if region[1] == 1.0:
            return
    for span in below(view, label):
        code = code_in(view, span)
        said = max(one.terms.get(term, 0.0) for one in translations(view, label))
        if code and (said > WEAK or _stands_alone(view, code[1])):
            yield (*code, BELOW)
        return


def _is_of_address(view: View, span: Span) -> bool:
    """Whether *span* begins a cell beside the label with a house and its street, or a city."""
    line = view.sheet.lines[span.line]
    cell = line.cell_of(span.first).span
    words = line.words[cell.first : cell.last]
    if _HOUSE.fullmatch(words[0].text) and len(words) > 1:
        street = STREET.search(fold(view.sheet.text(cell)))
        if words[1].text.istitle() or street:
            return True
    found = postcode(view.sheet.text(cell)) if cell.first == span.first else None
    return found is not None and found.start("code") == 0 and bool(found.groupdict().get("city"))


def _stands_alone(view: View, span: Span) -> bool:
    """Whether *span* is no part of a longer text, as goods under a title are, nor of an item."""
    cell = view.sheet.lines[span.line].cell_of(span.first).span
    alone = cell.first == span.first
    if alone and cell == span and _DATED.search(view.sheet.text(span)):
        return True
    return alone and not any(one.money for one in view.figures[span.line])
