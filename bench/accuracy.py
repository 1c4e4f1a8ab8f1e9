"""How much of what is on the page the rules read right, field by field.

Reads invoices from the page alone: an embedded e-invoice is left aside. A value
counts only where a person could read it: it must be among the words of the
page, whatever its notation. For each field and half: right / answered /
visible, recall (right of visible) and precision (right of answered).

The corpora are split in halves by layout; the rules were tuned on the first
half and on samples of other seeds. They come from few issuers: the figures say
how well rules read these layouts, not how well they read yours.

    python bench/accuracy.py [--json] [--samples N] [--seed S]
"""

import argparse
import asyncio
import json
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

from samples import many  # noqa: E402 - the samples are beside us, not installed
from tallysheet.extract import Rules  # noqa: E402
from tallysheet.model import Draft, Invoice, Parsed  # noqa: E402
from tallysheet.parse import parse  # noqa: E402
from tallysheet.ports import Question  # noqa: E402
from tallysheet.testing import Inline  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora"

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
TUNED_ON = ("symtrax", "FNFE", "v1/correct/Intarsys")
"""Folders of the layouts that the rules were tuned on: the first half."""

MONTHS = (
    *("jan gen ene", "feb fev", "mar maa mrt", "apr avr abr", "may mai mei mag", "jun jui giu"),
    *("jul jui lug", "aug aou ago", "sep set", "oct okt ott out", "nov", "dec dez dic"),
)
LEGAL_FORMS = frozenset(
    ["gmbh", "ag", "kg", "sarl", "sas", "sa", "bv", "nv", "srl", "spa", "ltd", "inc", "llc", "pvt"]
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


def sample_cases(count: int, seed: int) -> Iterator[Case]:
    """Samples of our own making, in nine countries."""
    for sample in many(count, seed):
        if sample.truth:
            found = {name: value_at(sample.truth, path) for name, path in PATHS.items()}
            truth = {name: str(value) for name, value in found.items() if value is not None}
            yield Case("samples", sample.name, sample.data, truth)


def value_at(invoice: Invoice, path: str) -> Any:
    """The value of *invoice* under a field path."""
    value: Any = invoice
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        value = getattr(value, name)
        if index:
            value = value[int(index)] if int(index) < len(value) else None
        if value is None:
            return None
    return value


def letters(text: str) -> str:
    """Letters and digits of *text*, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if char.isalnum())


def bare(name: str) -> str:
    """A name without its legal form: the registers and the letterhead differ on it."""
    words = [letters(word) for word in name.split()]
    return "".join(word for word in words if word not in LEGAL_FORMS)


def is_right(field: str, true: str, read: object) -> bool:
    """Whether *read* says the same; signs of amounts differ between picture and XML."""
    if field in MONEY:
        return isinstance(read, Decimal) and abs(read) == abs(Decimal(true))
    if field in NAMES:
        rows = [*true.splitlines(), true]
        return any(bare(row) and bare(row) == bare(str(read)) for row in rows)
    return letters(str(read)) == letters(true)


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


async def read(case: Case) -> tuple[Parsed, Invoice, float]:
    """Parse as the product does, then ask the rules; the seconds are the rules' alone."""
    parsed = replace(await parse(case.data, offload=Inline()), xml=None)
    start = time.process_time()
    answer = await Rules(Inline()).answer(Question(parsed))
    seconds = time.process_time() - start
    return parsed, Draft.model_validate_json(answer.text).invoice, seconds


async def measure(cases: Iterator[Case]) -> dict[str, Any]:
    """Count over all *cases*, by half and field."""
    tally: dict[str, dict[str, Counter[str]]] = {}
    pages = seconds = documents = 0.0
    for case in cases:
        parsed, invoice, took = await read(case)
        documents, pages, seconds = documents + 1, pages + len(parsed.pages), seconds + took
        text = " ".join(word.text for page in parsed.pages for word in page.words)
        fields = tally.setdefault(case.half, {name: Counter() for name in PATHS})
        for name, true in case.truth.items():
            if is_visible(name, true, text):
                value = value_at(invoice, PATHS[name])
                fields[name]["visible"] += 1
                fields[name]["answered"] += value is not None
                fields[name]["right"] += value is not None and is_right(name, true, value)
    return {
        "fields": {half: {k: dict(v) for k, v in fields.items()} for half, fields in tally.items()},
        "documents": int(documents),
        "pages": int(pages),
        "ms_a_page": round(1000 * seconds / max(1.0, pages), 1),
    }


def print_table(found: Mapping[str, Any]) -> None:
    """A line a field, a column a half."""
    halves = sorted(found["fields"])
    print("right / answered / visible, recall, precision".ljust(46))
    print("".ljust(15) + "".join(half.ljust(30) for half in halves))
    for name in PATHS:
        row = name.ljust(15)
        for half in halves:
            count = Counter(found["fields"][half][name])
            right, answered, visible = count["right"], count["answered"], count["visible"]
            recall = f"{100 * right / visible:5.1f} %" if visible else "    –  "
            precision = f"{100 * right / answered:5.1f} %" if answered else "    –  "
            row += f"{right:3}/{answered:3}/{visible:3} {recall} {precision}".ljust(30)
        print(row.rstrip())
    print(
        f"\n{found['documents']} documents, {found['pages']} pages, "
        f"{found['ms_a_page']} ms of CPU a page for the rules.\n"
        "The corpora come from few issuers and layouts, the samples from our own generator:\n"
        "expect less on invoices that look like none of them."
    )


def main() -> None:
    """Measure on what is there."""
    options = argparse.ArgumentParser(description="Accuracy of the rules, field by field.")
    options.add_argument("--json", action="store_true", help="print JSON")
    options.add_argument("--samples", type=int, default=90, help="how many samples of our own")
    options.add_argument("--seed", type=int, default=2027, help="the seed of the samples")
    chosen = options.parse_args()

    def cases() -> Iterator[Case]:
        if CORPORA.is_dir():
            yield from zugferd_cases(CORPORA)
            yield from invoice2data_cases(CORPORA)
        elif not chosen.json:
            print("The corpora are not here (../shared/corpora): samples of our own only.\n")
        yield from sample_cases(chosen.samples, chosen.seed)

    found = asyncio.run(measure(cases()))
    if chosen.json:
        print(json.dumps(found, indent=2))
    else:
        print_table(found)


if __name__ == "__main__":
    main()
