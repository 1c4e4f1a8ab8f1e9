"""A hybrid PDF: what its e-invoice says, held against what a person sees on its pages.

People approve the page, machines pay by the XML: where the two differ, somebody
must look. A page that merely leaves a value out is no contradiction. So a value
is told to differ only where it stands nowhere on the pages *and* a label there
names another one. Totals must be those that the page names as such, wherever
else the e-invoice's figure may stand.

====================  ========  ==========================================================
code                  severity  what was noticed
====================  ========  ==========================================================
``page.<field>``      error     the pages say something else; a warning for a date without
                                a label, and for a number that holds or is held in the other
``page.iban``         error     the pages name accounts, and this is none of them
``page.unseen``       warning   a value that the pages ought to show stands nowhere on them
``page.unread``       info      the pages have no text to compare with
====================  ========  ==========================================================
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.extract._rules import read_words, told_as
from tallysheet.extract._sightings import Sightings, folded
from tallysheet.model import Citation, Draft, Finding, Parsed, Severity, leaves_of

Value = str | Decimal | date

NAMES = {
    "number": "invoice number",
    "issue_date": "issue date",
    "currency": "currency",
    "totals.net": "net total",
    "totals.tax": "VAT total",
    "totals.gross": "gross total",
    "totals.due": "amount due",
}
"""What is compared, and what people call it."""
PAID = ("totals.gross", "totals.due")
"""What is paid by: it must be what the page calls so."""
SHOWN = ("number", "issue_date", "totals.gross")
"""What no page leaves out."""
ON_A_LABEL = 0.8
"""From this score on the rules have read a value beside a label of its own."""
ON_A_DATE_LABEL = 0.6
"""The same for dates: “Date” says little, and yet there is no better label as a rule."""
BALANCED = 0.95
"""From this score on, totals fulfil net + VAT = gross on the page."""
PARTED = re.compile(r"[\W_]+")
MOST_SHOWN = 60
"""Characters of a value in a sentence."""
IBAN_LIKE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,}")
IBAN_AT = re.compile(r"payment\.accounts\[\d+\]\.iban")


def read_bytes(data: bytes) -> bytes:
    """Do both in a child process: what `to_read` framed, to a `Draft` as JSON.

    Raises:
        DocumentError: As `read_e_invoice`.
    """
    length, _, rest = data.partition(b"\n")
    end = int(length)
    xml, pages = rest[:end].decode("utf-8"), Parsed.from_bytes(rest[end:])
    return crosschecked(read_e_invoice(xml), pages).model_dump_json().encode("utf-8")


def to_read(parsed: Parsed, xml: str) -> bytes:
    """The argument of `read_bytes`. The XML goes as it is: as JSON, 20 MB would hold up a loop."""
    data = xml.encode("utf-8", "replace")
    pages = replace(parsed, xml=None).to_bytes(words_only=True)
    return b"%d\n%b%b" % (len(data), data, pages)


def crosschecked(draft: Draft, parsed: Parsed) -> Draft:
    """*draft* of an e-invoice, with what the pages around it have to say against it."""
    if not parsed.pages:
        return draft
    return draft.model_copy(update={"findings": (*draft.findings, *_findings(draft, parsed))})


def _findings(draft: Draft, parsed: Parsed) -> Iterator[Finding]:
    if not any(page.words for page in parsed.pages):
        message = "Its pages are pictures, so nobody compared them with the e-invoice."
        yield Finding(code="page.unread", severity=Severity.INFO, message=message)
        return
    seen, page = Sightings(parsed), read_words(parsed)
    stated, read = values_of(draft), values_of(page)
    unseen = {path for path, value in stated.items() if not stands(value, seen)}
    told = set()
    for path in NAMES:
        # Where the page names no amount due, it shows no more to pay than its total.
        on_page = "totals.gross" if path == "totals.due" and path not in read else path
        ours, theirs = stated.get(path), read.get(on_page)
        if ours is None or theirs is None or agree(on_page, ours, read):
            continue
        citation = page.citations[on_page]
        if path in unseen or (path == on_page in PAID and citation.score >= BALANCED):
            told.add(path)
            yield _differs(path, ours, theirs, citation, sure=path == on_page)
    yield from _accounts(stated, read, unseen)
    if absent := [path for path in SHOWN if path in unseen - told]:
        names = " and ".join(NAMES[path] for path in absent)
        message = f"The e-invoice has a value that its pages do not show: {names}."
        yield Finding(
            code="page.unseen", severity=Severity.WARNING, fields=tuple(absent), message=message
        )


def values_of(draft: Draft) -> dict[str, Value]:
    return {leaf.path: leaf.value for leaf in leaves_of(draft.invoice)}


def stands(value: Value, seen: Sightings) -> bool:
    """Whether *value* stands anywhere on the pages; nothing is often not written at all."""
    if isinstance(value, Decimal):
        return not value or abs(value) in seen.numbers
    if isinstance(value, date):
        return value in seen.dates
    return bool(seen.text(value))


def same(ours: Value, theirs: Value) -> bool:
    """Whether both say the same; credit notes are printed with either sign."""
    if isinstance(ours, Decimal) and isinstance(theirs, Decimal):
        return abs(ours) == abs(theirs)
    if isinstance(ours, str) and isinstance(theirs, str):
        return bare_of(ours) == bare_of(theirs)
    return ours == theirs


def agree(path: str, ours: Value, theirs: Mapping[str, Value]) -> bool:
    """Whether *theirs*, which the rules read off the page, have *ours* there.

    Of a total that the page rounds, both are the total to somebody: what it was before
    (BT-112), and what the page may call so.
    """
    return any(same(ours, their) for their in told_as(path, theirs))


def _differs(path: str, ours: Value, theirs: Value, citation: Citation, *, sure: bool) -> Finding:
    enough = ON_A_DATE_LABEL if isinstance(ours, date) else ON_A_LABEL
    doubtful = not sure or citation.score < enough or overlapping(ours, theirs)
    if path in PAID and isinstance(ours, Decimal) and isinstance(theirs, Decimal):
        doubtful = doubtful and abs(ours) < abs(theirs)  # nobody is to pay more than is shown
    return Finding(
        code=f"page.{path.rpartition('.')[2]}",
        severity=Severity.WARNING if doubtful else Severity.ERROR,
        fields=(path,),
        message=f"The {NAMES[path]} is {shown(ours)} in the e-invoice, "
        f"but page {citation.page} says “{shown(citation.text)}”.",
    )


def overlapping(ours: Value, theirs: Value) -> bool:
    """Whether one number is a part of the other, as where a year or a branch is left out."""
    if not (isinstance(ours, str) and isinstance(theirs, str)):
        return False
    one, other = (f" {' '.join(PARTED.split(folded(text)))} " for text in (ours, theirs))
    return one in other or other in one


def _accounts(
    stated: dict[str, Value], read: dict[str, Value], unseen: set[str]
) -> Iterator[Finding]:
    """Accounts to pay into that the pages do not name, where they name others."""
    pages = [str(value) for path, value in read.items() if IBAN_AT.fullmatch(path)]
    for path, account in stated.items():
        if path not in unseen or not IBAN_AT.fullmatch(path):
            continue
        if pages and IBAN_LIKE.fullmatch(bare_of(str(account)).upper()):
            yield Finding(
                code="page.iban",
                severity=Severity.ERROR,
                fields=(path,),
                message=f"The e-invoice asks to pay into {shown(account)}, "
                f"but its pages name {' and '.join(pages[:2])}: do not pay before you know.",
            )


def shown(value: Value) -> str:
    """*value* as a part of a sentence, made harmless for terminals and logs."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    plain = "".join(filter(str.isprintable, text))
    return plain if len(plain) <= MOST_SHOWN else plain[:MOST_SHOWN] + "…"


def bare_of(text: str) -> str:
    """Letters and digits alone, whatever their dress."""
    return "".join(filter(str.isalnum, folded(text)))
