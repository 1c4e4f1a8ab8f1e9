"""Documents whose truth is known, and what counts as read right.

A value counts only where a person could read it: it must be among the words of
the page, whatever its notation.
"""

import json
import re
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

from samples import Chance as Chance  # noqa: E402 - the samples are beside us, not installed
from samples import Sample, many  # noqa: E402 - likewise
from tallysheet.evaluate import bare, letters, value_at  # noqa: E402 - sorted behind the samples
from tallysheet.model import Invoice  # noqa: E402 - likewise

CORPORA = ROOT.parent / "shared" / "corpora"

SWISS_SUFFIX = re.compile(r"(?<=^che\d{9})(?:mwst|tva|iva)$")
"""What may follow a Swiss VAT number, which is the same without it."""

PATHS = {
    "number": "number",
    "issue date": "issue_date",
    "due date": "due_date",
    "currency": "currency",
    "seller": "seller.name",
    "seller VAT id": "seller.vat_id",
    "buyer": "buyer.name",
    "IBAN": "payment.accounts[0].iban",
    "net": "totals.net",
    "tax": "totals.tax",
    "gross": "totals.gross",
    "due": "totals.due",
}
MONEY = frozenset(["net", "tax", "gross", "due"])
DATES = frozenset(["issue date", "due date"])
NAMES = frozenset(["seller", "buyer"])

ZUGFERD = {
    "number": "number",
    "issue_date": "issue date",
    "due_date": "due date",
    "currency": "currency",
    "seller_name": "seller",
    "seller_vat_id": "seller VAT id",
    "buyer_name": "buyer",
    "iban": "IBAN",
    "net_total": "net",
    "vat_total": "tax",
    "gross_total": "gross",
    "amount_due": "due",
}
INVOICE2DATA = {
    "invoice_number": "number",
    "date": "issue date",
    "date_due": "due date",
    "currency": "currency",
    "issuer": "seller",
    "vat": "seller VAT id",
    "iban": "IBAN",
    "amount_untaxed": "net",
    "amount_tax": "tax",
    "amount": "gross",
}
RECEIPTS = "receipts"
"""The half of the slips: they are photographed, so all of their truth counts as visible."""
DAYS = (
    *("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d-%m-%y", "%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%d/%b/%Y", "%d%b%Y"),
)
"""How the truth of the receipts writes days."""
TUNED_ON = ("symtrax", "FNFE", "v1/correct/Intarsys")
"""Folders of the layouts that the rules were tuned on: the first half."""

MONTHS = (
    *("jan gen ene", "feb fev", "mar maa mrt", "apr avr abr", "may mai mei mag", "jun jui giu"),
    *("jul jui lug", "aug aou ago", "sep set", "oct okt ott out", "nov", "dec dez dic"),
)


@dataclass(frozen=True)
class Case:
    """One document and what is true of it."""

    half: str
    name: str
    data: bytes
    truth: Mapping[str, str]


def zugferd_cases(folder: Path) -> Iterator[Case]:
    """The PDFs of the ZUGFeRD corpus; their truth is the XML that they carry."""
    for row in (folder / "truth-zugferd.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(row)
        path = folder / entry["path"]
        if path.suffix.lower() == ".pdf":
            half = "zugferd A" if any(part in entry["path"] for part in TUNED_ON) else "zugferd B"
            truth = {ours: entry[theirs] for theirs, ours in ZUGFERD.items() if entry[theirs]}
            yield Case(half, path.name, path.read_bytes(), truth)


def invoice2data_cases(folder: Path) -> Iterator[Case]:
    """Real invoices; the truth is what the templates of invoice2data extract."""
    for path in sorted((folder / "invoice2data").glob("*.pdf")):
        (entry, *_) = json.loads(path.with_suffix(".json").read_text("utf-8"))
        entry["issuer"] = entry.get("partner_name") or entry["issuer"]
        truth = {ours: str(entry[key]) for key, ours in INVOICE2DATA.items() if entry.get(key)}
        yield Case("invoice2data", path.name, path.read_bytes(), truth)


def receipt_cases(folder: Path) -> Iterator[Case]:
    """Slips of tills, as pictures; what is true of them was typed in by people."""
    for path in sorted((folder / "sroie").glob("*.jpg")):
        entry = json.loads(path.with_suffix(".json").read_text("utf-8"))
        truth = {"seller": entry["company"], "gross": re.sub(r"[^\d.]", "", entry["total"])}
        if day := _day_of(entry["date"]):
            truth["issue date"] = day
        yield Case(RECEIPTS, path.name, path.read_bytes(), truth)


def _day_of(text: str) -> str | None:
    for form in DAYS:
        try:
            return date(*time.strptime(text.strip().title(), form)[:3]).isoformat()
        except ValueError:
            continue
    return None


def sample_cases(count: int, seed: int) -> Iterator[Case]:
    """Samples of our own making, in nine countries."""
    for sample in many(count, seed):
        yield sample_of("samples", sample)


def sample_of(half: str, sample: Sample) -> Case:
    """A sample of our own making, which holds one invoice."""
    found = {name: value_at(sample.truth or Invoice(), path) for name, path in PATHS.items()}
    truth = {name: str(value) for name, value in found.items() if value is not None}
    return Case(half, sample.name, sample.data, truth)


def is_right(field: str, true: str, read: object) -> bool:
    """Whether *read* says the same; signs of amounts differ between picture and XML."""
    if field in MONEY:
        return isinstance(read, Decimal) and abs(read) == abs(Decimal(true))
    if field in NAMES:
        rows = [*true.splitlines(), true]
        return any(bare(row) and bare(row) == bare(str(read)) for row in rows)
    return SWISS_SUFFIX.sub("", letters(str(read))) == SWISS_SUFFIX.sub("", letters(true))


def is_visible(field: str, true: str, text: str) -> bool:
    """Whether a person could read the value off *text*, in whatever notation."""
    if field in MONEY:
        whole, _, cents = f"{abs(Decimal(true)):.2f}".partition(".")
        parts = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ".", whole).split(".")
        form = "[ .,'’\u00a0]?".join(parts) + "[.,]" + cents
        return re.search(rf"(?<![\d.,]){form}(?!\d)", text) is not None
    if field in DATES:
        return _shows_day(date.fromisoformat(true), text)
    if field == "currency":
        return True
    if field in NAMES:
        return any(bare(row) and bare(row) in letters(text) for row in true.splitlines())
    return letters(true) in letters(text)


def _shows_day(day: date, text: str) -> bool:
    year = f"(?:{day.year}|{day.year % 100:02})"
    marks = r" ?[./-] ?"
    named = f"(?:{'|'.join(MONTHS[day.month - 1].split())})[a-z]*"
    forms = (
        f"0?{day.day}{marks}0?{day.month}{marks}{year}",
        f"0?{day.month}{marks}0?{day.day}{marks}{year}",
        f"{day.year}{marks}{day.month:02}{marks}{day.day:02}",
        rf"0?{day.day}\W*[a-z]{{0,2}}\W*(?:de )?{named}\W*(?:de )?{year}",
        rf"{named}\W*{day.day}\W*[a-z]{{0,2}}\W*{year}",
    )
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return any(re.search(rf"(?<!\d){form}(?!\d)", plain) for form in forms)
