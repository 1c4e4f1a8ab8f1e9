"""Whether a scan is known again, and told from the next bill of the same seller.

Invoices are drawn and scanned. Each comes once more as a bad photo of the scan: smaller,
turned by 0.6°, out of focus, grained, saved with JPEG quality 40. And each seller's next bill
comes: the same page with another number and later dates, once over the same amount and once
over another. OCR and the rules read them all; what they read off each is held against the
first scan by the manifest, with and without the marks of pictures, as it was read and as if
some of it had not been. Then 300 invoices of 36 sellers, no two of them copies, are held
against each other by what is printed there, without their sellers.

A row says in how many bits two pictures differ (the median, and the most), and how many of
the second ones are taken for copies: without → with pictures.

    python bench/pictures.py [--invoices 25] [--receipts FOLDER]

With 25 invoices it takes a quarter of an hour, nearly all of it for OCR.
"""

import argparse
import asyncio
import io
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pypdfium2
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))

from samples import Chance, Wear, many
from samples._country import CODES
from samples._looks import LOOKS
from samples._sample import pdf_sample
from samples._scan import pictures_of
from samples._supplier import Supplier, make_supplier
from samples._truth import Plan, make_invoice
from tallysheet.extract import Rules, extract
from tallysheet.manifest import Manifest, Outcome
from tallysheet.manifest._marks import NEAR_BITS
from tallysheet.model import Document, Invoice, Known, Marks, Status
from tallysheet.parse._kind import JPEG
from tallysheet.parse._likeness import likeness_of
from tallysheet.parse._lines import Sheet
from tallysheet.parse._pdf import read_pdf
from tallysheet.parse._picture import read_picture
from tallysheet.pipeline._clock import SystemClock
from tallysheet.store import MemoryStore
from tallysheet.testing import Inline
from tallysheet.validate import marks_of

SCAN = Wear(dpi=200, blur=0.3, noise=8, quality=85)
SMALLER = 0.8
PHOTO = Wear(dpi=160, askew=0.6, blur=1.0, noise=40, quality=40)
FIRST_DAY = date(2026, 2, 3)
A_MONTH = timedelta(30)
OTHERS = 300
SEEN_DPI = 100
CLOCK = SystemClock()

NO_SELLER = {"seller_id": "", "seller_name": "", "accounts": ()}
UNREAD: Mapping[str, Mapping[str, object]] = {
    "as read": {},
    "no seller": NO_SELLER,
    "no number": {"number": ""},
    "neither": {**NO_SELLER, "number": ""},
}
"""What OCR is taken not to have read off the second one."""


class Pair(NamedTuple):
    """What was read off a first document, and off another one."""

    first: Marks
    second: Marks

    @property
    def bits(self) -> int:
        """In how many the pictures differ."""
        return (int(self.first.picture, 16) ^ int(self.second.picture, 16)).bit_count()

    def meets(self, unread: Mapping[str, object], *, seen: bool) -> bool:
        """Whether the second one is taken for a copy; pictures count if they are *seen*."""
        pair = (self.first, self.second._replace(**unread))
        marks = [one if seen else one._replace(picture="") for one in pair]
        return bool(asyncio.run(copies_in(marks)))


async def copies_in(documents: list[Marks]) -> int:
    """How many of them are taken for copies of earlier ones."""
    async with Manifest.on(MemoryStore(), clock=CLOCK) as sheet:
        await sheet.add([Document(str(at), f"sha {at}", 1, "") for at in range(len(documents))])
        for claim, marks in zip(await sheet.claim(limit=len(documents)), documents, strict=True):
            await sheet.finish(claim, Outcome(Status.DONE, marks=marks))
        codes = [code async for _, record in sheet.records() for code in record.meets]
        return sum(code.startswith("duplicate.") for code in codes)


def scanned(supplier: Supplier, invoice: Invoice, chance: Chance) -> bytes:
    """Its first page as a scanner gives it."""
    return next(pictures_of(pdf_sample("", supplier, invoice, "").data, chance, SCAN))


def photographed(scan: bytes, chance: Chance) -> bytes:
    """The same picture, taken again badly."""
    with Image.open(io.BytesIO(scan)) as picture:
        size = (round(picture.width * SMALLER), round(picture.height * SMALLER))
        small = picture.convert("L").resize(size)
    bound = io.BytesIO()
    small.save(bound, "PDF", resolution=PHOTO.dpi, quality=95)
    return next(pictures_of(bound.getvalue(), chance, PHOTO))


def invoices(count: int) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Of each: a scan, the photo of it, the next bill over as much, and over another amount."""
    looks = sorted(LOOKS)
    for at in range(count):
        chance = Chance.of(0, "pictures", at)
        supplier = make_supplier(chance, CODES[at % len(CODES)], look=looks[at % len(looks)])
        plan = Plan(lines=1 + at % 6, issued=FIRST_DAY + timedelta(at))
        first = make_invoice(chance, supplier, plan)
        later = replace(plan, issued=FIRST_DAY + timedelta(at) + A_MONTH)
        other = make_invoice(chance, supplier, later)
        days = {"issue_date": other.issue_date, "due_date": other.due_date}
        same = first.model_copy(update={"number": other.number, **days})
        dearer = same.model_copy(
            update={"lines": other.lines, "taxes": other.taxes, "totals": other.totals}
        )
        scan = scanned(supplier, first, chance)
        bills = (scanned(supplier, bill, chance) for bill in (same, dearer))
        yield (scan, photographed(scan, chance), *bills)


async def read(picture: bytes) -> Marks:
    """What tells copies, as OCR and the rules read it off a JPEG file."""
    parsed, offload = read_picture(picture, JPEG), Inline()
    reading = await extract(parsed, sha256="", offload=offload, model=Rules(offload), cache=None)
    marks = marks_of(reading.draft.invoice, Known())
    return marks._replace(picture=parsed.pages[0].likeness)


def read_pairs(pictures: list[tuple[bytes, ...]]) -> list[list[Pair]]:
    """The first picture of each row with each of the others, those of one kind together."""
    rows = [[asyncio.run(read(picture)) for picture in row] for row in pictures]
    return [[Pair(row[0], row[at]) for row in rows] for at in range(1, len(rows[0]))]


def tell(what: str, pairs: list[Pair]) -> None:
    """Print a row: how far apart they are, and how many meet, without and with pictures."""
    apart = sorted(pair.bits for pair in pairs)
    shown = [f"{median(apart):.0f}, {apart[-1]}"]
    for unread in UNREAD.values():
        before, now = (sum(p.meets(unread, seen=seen) for p in pairs) for seen in (False, True))
        shown.append(f"{before} → {now}")
    print(f"{what:34}{len(pairs):4}" + "".join(f"{text:>12}" for text in shown), flush=True)


def others() -> None:
    """Print how many of different invoices meet, and how many look the same."""
    documents, busy_s = [], 0.0
    for sample in many(OTHERS, seed=7):
        assert sample.truth is not None
        (page, *_) = read_pdf(sample.data).pages
        with pypdfium2.PdfDocument(sample.data) as document:
            drawn = document[0].render(scale=SEEN_DPI / 72).to_pil().convert("RGB")
        began_s = time.process_time()
        looks = likeness_of(drawn, Sheet(tuple(page.words), (), 0), page.width, page.height)
        busy_s += time.process_time() - began_s
        documents.append(marks_of(sample.truth, Known())._replace(picture=looks, **NO_SELLER))
    near = sum(Pair(*two).bits <= NEAR_BITS for two in combinations(documents, 2))
    print(
        f"\n{OTHERS} different invoices: {near:,} of {OTHERS * (OTHERS - 1) // 2:,} pairs look"
        f" the same, {asyncio.run(copies_in(documents))} meet;"
        f" {1000 * busy_s / OTHERS:.1f} ms of CPU a page"
    )


def main(count: int, receipts: Path | None) -> None:
    """Print a table."""
    heads = ("bits", *UNREAD)
    print(f"{'':38}" + "".join(f"{head:>12}" for head in heads))
    kinds = ("the same invoice again", "the next bill, the same amount", "the next bill, another")
    for what, pairs in zip(kinds, read_pairs(list(invoices(count))), strict=True):
        tell(what, pairs)
    if receipts is not None:
        scans = [file.read_bytes() for file in islice(sorted(receipts.glob("*.jpg")), count)]
        if not scans:
            sys.exit(f"There is no .jpg in {receipts}.")
        again = [(s, photographed(s, Chance.of(0, "receipt", at))) for at, s in enumerate(scans)]
        (pairs,) = read_pairs(again)
        tell("the same receipt again", pairs)
        least = min(Pair(a.first, b.first).bits for a, b in combinations(pairs, 2))
        print(f"\nDifferent receipts differ in at least {least} bits.")
    others()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=25)
    parser.add_argument("--receipts", type=Path)
    told = parser.parse_args()
    main(told.invoices, told.receipts)
