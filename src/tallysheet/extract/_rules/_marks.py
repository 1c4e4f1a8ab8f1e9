"""Identifiers that are known by their shape: VAT numbers, IBAN, BIC, e-mail, web, telephone."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from stdnum import bic, iban

from tallysheet.extract._rules._labels import Label
from tallysheet.extract._rules._layout import Line, Span
from tallysheet.extract._rules._pairs import below, right_of
from tallysheet.extract._rules._view import View

SWISS_ENDS = ("MWST", "TVA", "IVA", "VAT")
"""What may stand behind a Swiss VAT number, which is the same without it."""
VAT_FORMS: Mapping[str, re.Pattern[str]] = {
    code: re.compile(form)
    for code, form in {
        "AT": r"ATU\d{8}",
        "BE": r"BE[01]\d{9}",
        "CH": rf"CHE\d{{9}}(?:{'|'.join(SWISS_ENDS)})?",
        "CZ": r"CZ\d{8,10}",
        "DE": r"DE\d{9}",
        "DK": r"DK\d{8}",
        "EE": r"EE\d{9}",
        "EL": r"EL\d{9}",
        "ES": r"ES[A-Z\d]\d{7}[A-Z\d]",
        "FI": r"FI\d{8}",
        "FR": r"FR[A-Z\d]{2}\d{9}",
        "GB": r"GB\d{9}(?:\d{3})?",
        "HR": r"HR\d{11}",
        "HU": r"HU\d{8}",
        "IE": r"IE\d[A-Z\d]\d{5}[A-Z]{1,2}",
        "IT": r"IT\d{11}",
        "LT": r"LT\d{9}(?:\d{3})?",
        "LU": r"LU\d{8}",
        "LV": r"LV\d{11}",
        "MT": r"MT\d{8}",
        "NL": r"NL\d{9}B\d{2}",
        "NO": r"NO\d{9}MVA",
        "PL": r"PL\d{10}",
        "PT": r"PT\d{9}",
        "SE": r"SE\d{12}",
        "SI": r"SI\d{8}",
        "SK": r"SK\d{10}",
        "XI": r"XI\d{9}",
    }.items()
}
MOST_PARTS = 6
"""Words that one VAT number may be written in."""
MOST_PREFIX = 3
"""Letters before a number that may be part of it, as its country is."""
IBAN_PARTS = 9
"""Words that one IBAN may be written in."""

_BARE = re.compile(r"(?=(?:[A-Z]*\d){7})[A-Z\d]{8,15}")
_PROVINCE = re.compile(r"[A-Z]{2}\d{11}")
_CODE = re.compile(r"[A-Z0-9]+")
EMAIL = re.compile(r"[\w.+-]{1,64}@(?P<domain>[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})")
WEB = re.compile(
    r"(?:https?://)?(?:www\.)(?P<domain>[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})(?:/\S*)?"
    r"|https?://(?P<bare>[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})(?:/\S*)?"
)
FREEMAIL = frozenset(
    [
        "gmail",
        "gmx",
        "web",
        "outlook",
        "hotmail",
        "yahoo",
        "icloud",
        "t-online",
        "orange",
        "wanadoo",
        "free",
        "libero",
        "live",
        "aol",
        "example",
        "proton",
        "protonmail",
        "ziggo",
        "kpnmail",
        "sapo",
        "tiscali",
        "laposte",
        "msn",
        *("sii", "dian", "sunat", "fazenda", "hacienda", "agenziaentrate", "anaf", "sat"),
    ]
)
"""Domains that say nothing of whose they are, those of tax offices among them."""
PHONE = re.compile(r"\(?\+?\d[\d()/.\s-]{6,22}\d")


_ENDS = ".,;)"
"""What ends a number: “VAT reg 296161187. 14 days”."""
_STROKES = re.compile(r"[·•∙|(]")
"""What OCR glues to the end of a number."""


_BIC_BEHIND = re.compile(r"(?<=\d)BIC(?![A-Z]).*")
"""The next label, glued to the last group of an account number."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An identifier and where it stands."""

    value: str
    span: Span


def compact(text: str) -> str:
    """Capital letters and digits of *text* alone."""
    return "".join(_CODE.findall(text.upper()))


def find_vat_ids(view: View) -> list[Mark]:
    """VAT numbers with the prefix of their country, in order of the page."""
    return [mark for line in view.sheet.lines for mark in _vat_ids_of(view, line)]


def _vat_ids_of(view: View, line: Line) -> Iterator[Mark]:
    dated = {at for day in view.days[line.number] for at in range(day.span.first, day.span.last)}
    at = 0
    while at < len(line.words):
        mark = _vat_at(line, at, dated)
        if mark:
            yield mark
            at = mark.span.last
        else:
            at += 1


def _vat_at(line: Line, at: int, dated: Container[int]) -> Mark | None:
    """The number that begins with that word; those of a date are no part of it."""
    text = compact(line.words[at].text)
    if text[:2] not in VAT_FORMS or not line.words[at].text.strip("(:,;.")[:2].isupper():
        return None
    account = at and line.words[at - 1].text.strip("(:,;.").upper() == "IBAN"
    if account or _iban_at(line, at)[1]:
        return None
    form = VAT_FORMS[text[:2]]
    joined = ""
    best = None
    for last in range(at, min(len(line.words), at + MOST_PARTS)):
        if last > at and line.words[last].x0 - line.words[last - 1].x1 > line.height:
            break
        if last > at and (last in dated or line.words[last].text.startswith("(")):
            break
        joined += compact(line.words[last].text)
        if form.fullmatch(joined):
            best = Mark(joined, Span(line.number, at, last + 1))
        if len(joined) > 16:
            break
    return best


def find_labelled(view: View, term: str) -> list[tuple[Mark, Label]]:
    """Tax numbers without a prefix, each with the label that says what it is."""
    found = []
    for label in view.labelled(term):
        region = right_of(view, label)
        mark = _bare_in(view, region[0]) if region else None
        if mark is None and not (region and region[1] == 1.0):
            spans = list(below(view, label))[:1]
            mark = _bare_in(view, spans[0]) if spans else None
        if mark:
            found.append((mark, label))
    return found


def _bare_in(view: View, span: Span) -> Mark | None:
    """The number at the start of *span*, its parts joined."""
    words = view.sheet.words(span)
    joined = ""
    best = None
    for at, word in enumerate(words[:MOST_PARTS]):
        part, *more = _STROKES.split(word.text.strip(",;:()"))
        if at and (word.x0 - words[at - 1].x1 > 10 or not any(char.isdigit() for char in part)):
            break
        if len(part) > MOST_PREFIX and part.isalpha():
            break  # a place: “CRC Aveiro 500177406”
        if best and part.startswith(("BDO", "BD0")):
            break  # the next number, of Polish waste
        if not re.fullmatch(r"[A-Za-z\d./-]+", part):
            break
        joined += compact(part)
        if len(joined) > 18:
            break
        if _BARE.fullmatch(joined):
            best = Mark(joined, Span(span.line, span.first, span.first + at + 1))
            if word.text[-1] in _ENDS:
                break
        elif best and len(joined) > 15:
            break
        if more:
            break
    if best and _PROVINCE.fullmatch(best.value) and best.value[:2] not in VAT_FORMS:
        return Mark(best.value[2:], best.span)  # “R.I. BO 00488204710”: of Bologna
    return best


def find_ibans(view: View) -> list[Mark]:
    """Account numbers whose check digits are right, first; others only after a label."""
    good, doubtful = [], []
    for line in view.sheet.lines:
        for at, word in enumerate(line.words):
            if not re.match(r"[A-Z]{2}\d\d", word.text):
                continue
            mark, valid = _iban_at(line, at)
            if mark and not valid and (whole := _wrapped(view, mark)):
                mark, valid = whole, True
            if mark and valid:
                good.append(mark)
            elif mark and _says_iban(view, line.number):
                doubtful.append(mark)
    return good or doubtful


def _says_iban(view: View, line: int) -> bool:
    """Whether that line, or the end of the one above, speaks of an IBAN."""
    above = view.folded(line - 1)[-3:] if line else []
    return any("iban" in token for token in (*view.folded(line), *above))


def _iban_at(line: Line, at: int) -> tuple[Mark | None, bool]:
    joined = ""
    longest = None
    for last in range(at, min(len(line.words), at + IBAN_PARTS)):
        text, *more = _STROKES.split(_BIC_BEHIND.sub("|", line.words[last].text.strip(",;.")))
        if last > at and (
            line.words[last].x0 - line.words[last - 1].x1 > line.height
            or not re.fullmatch(r"[A-Z\d]{1,16}", text)
        ):
            break
        joined += compact(text)
        if 15 <= len(joined) <= 34:
            longest = Mark(joined, Span(line.number, at, last + 1))
            if iban.is_valid(joined):
                return longest, True
        if more or line.words[last].text[-1] in ",;.":
            break
    return longest, False


def _wrapped(view: View, mark: Mark) -> Mark | None:
    """The account number that begins as *mark* at the end of a cell and goes on below that."""
    line = view.sheet.lines[mark.span.line]
    cell = line.cell_of(mark.span.first)
    if cell.span.last != mark.span.last:
        return None
    for row in view.sheet.below(mark.span, lines=1):
        for other in row.cells:
            if other.x0 > cell.x1 or other.x1 < cell.x0:
                continue
            joined = mark.value
            for word in view.sheet.words(other.span)[:IBAN_PARTS]:
                joined += compact(_STROKES.split(word.text)[0])
                if iban.is_valid(joined):
                    return Mark(joined, mark.span)
    return None


def find_bics(view: View) -> list[Mark]:
    """Bank identifiers, each after a label that says so or beside an IBAN."""
    found = []
    for line in view.sheet.lines:
        said = -9
        for at, word in enumerate(line.words):
            folded = word.text.casefold()
            if "bic" in folded or "swift" in folded:
                said = at
            text = word.text.strip(",;.:()")
            text = text.split(":")[-1] if ":" in text else text
            if at - said <= 6 and text.isupper() and len(text) in (8, 11) and bic.is_valid(text):
                found.append(Mark(text, Span(line.number, at, at + 1)))
    return found


def find_by_shape(view: View, form: re.Pattern[str]) -> list[Mark]:
    """Every match of *form* inside one word."""
    found = []
    for line in view.sheet.lines:
        for at, word in enumerate(line.words):
            if len(word.text) < 200 and (shape := form.search(word.text)):
                found.append(Mark(shape.group().rstrip(".,;"), Span(line.number, at, at + 1)))
    return found


def phone_in(text: str) -> str | None:
    """The telephone number at the start of *text*."""
    found = PHONE.match(text[:40])
    return found.group().strip() if found and sum(map(str.isdigit, found.group())) >= 7 else None
