"""Kinds of samples: what happens to people who pay invoices, as often as is wanted.

A new kind is a row of `KINDS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from samples._chance import Chance
from samples._hidden import WAYS, hidden_sample
from samples._packet import packet_sample
from samples._sample import Sample, day_of, hybrid_sample, pdf_sample, xml_sample
from samples._scan import photographed, scanned, worn
from samples._supplier import Counts, Supplier
from samples._truth import EXEMPT, EXPORT, REVERSE, SUPPLY, ZERO, Plan, make_invoice
from tallysheet.model import Invoice

UNION = ("DE", "ES", "FR", "IT", "NL", "PT")
ABROAD = ("CH", "GB", "US")
"""Where exports from there go."""

FIRST_NUMBER = 1000


@dataclass(frozen=True)
class Job:
    """One sample to be made."""

    chance: Chance
    suppliers: Sequence[Supplier]
    at: int
    """Its place in the stream: no two invoices of a stream have one number."""
    stem: str
    """The name of the file, without its ending."""
    lines: tuple[int, int]
    """The fewest and the most lines of an invoice."""

    def invoice(self, supplier: Supplier, plan: Plan, nth: int = 0) -> Invoice:
        """The *nth* of the file's invoices, by *plan* and with as many lines as wanted."""
        serial = FIRST_NUMBER + 10 * self.at + nth
        width = supplier.number_pattern.count("#")
        number = supplier.number_pattern.replace("#" * width, f"{serial:0{width}}")
        plan = replace(plan, lines=self.chance.randint(*self.lines), number=number)
        return make_invoice(self.chance, supplier, plan)


Make = Callable[[Job], Sample]


@dataclass(frozen=True)
class Kind:
    """One thing that happens."""

    help: str
    make: Make
    lines: tuple[int, int] = (1, 6)
    """The fewest and the most lines, where nobody says."""


def _drawn(plan: Callable[[Chance, Supplier], Plan], note: str = "") -> Make:
    """One invoice in one PDF."""

    def make(job: Job) -> Sample:
        supplier = job.chance.choice(job.suppliers)
        invoice = job.invoice(supplier, plan(job.chance, supplier))
        return pdf_sample(f"{job.stem}.pdf", supplier, invoice, note)

    return make


def _adjusted(chance: Chance, _: Supplier) -> Plan:
    """Discounts and surcharges; where all three are left out, the lines have them."""
    discount = Decimal(chance.choice((2, 3, 5, 10))) if chance.random() < 1 / 2 else None
    freight = chance.random() < 1 / 2
    extras = chance.random() < 1 / 2 or not (discount or freight)
    return Plan(discount=discount, freight=freight, extras=extras)


def _untaxed(chance: Chance, supplier: Supplier) -> Plan:
    """Nothing is taxed: for what is sold, or for where it goes."""
    home = supplier.country.code
    if home not in UNION:
        return Plan(untaxed=chance.choice((EXEMPT, ZERO)))
    why = chance.choice((EXEMPT, EXPORT, REVERSE, SUPPLY))
    places = {EXEMPT: (home,), EXPORT: ABROAD}.get(why, UNION)
    elsewhere = [place for place in places if why == EXEMPT or place != home]
    return Plan(untaxed=why, buyer_country=chance.choice(elsewhere))


def _packet(job: Job) -> Sample:
    """Two to four invoices, of one supplier or of several, the pages counted or not."""
    chance = job.chance
    some = chance.sample(list(job.suppliers), chance.randint(1, 3))
    counts: Counts = chance.choice(("never", "long", "always"))
    bound = []
    for nth in range(chance.randint(2, 4)):
        supplier = replace(some[nth % len(some)], counts=counts)
        bound.append((supplier, job.invoice(supplier, Plan(), nth)))
    sample = packet_sample(
        f"{job.stem}.pdf", bound, f"{len(bound)} invoices bound together; pages counted: {counts}."
    )
    if chance.random() < 1 / 4:
        return scanned(sample, chance, worn(chance), day_of(bound[0][1]))
    return sample


def _scan(job: Job) -> Sample:
    """A PDF of pictures; one in four a picture file, if it has one page."""
    chance = job.chance
    supplier = chance.choice(job.suppliers)
    invoice = job.invoice(supplier, Plan())
    sample = pdf_sample(f"{job.stem}.pdf", supplier, invoice, "")
    if job.lines[1] <= 6 and chance.random() < 1 / 4:
        return photographed(sample, chance, worn(chance))
    return scanned(sample, chance, worn(chance), day_of(invoice))


def _hidden(job: Job) -> Sample:
    """A lie that no person sees."""
    supplier = job.chance.choice(job.suppliers)
    invoice = job.invoice(supplier, Plan())
    way = WAYS[job.chance.randrange(len(WAYS))]
    return hidden_sample(f"{job.stem}.pdf", supplier, invoice, way=way, chance=job.chance)


def _e_invoice(make: Callable[[str, Supplier, Invoice, str], Sample], ending: str) -> Make:
    """One that XML holds as well, or alone."""

    def make_one(job: Job) -> Sample:
        supplier = job.chance.choice([one for one in job.suppliers if one.party.vat_id])
        invoice = job.invoice(supplier, _adjusted(job.chance, supplier))
        return make(f"{job.stem}.{ending}", supplier, invoice, "")

    return make_one


KINDS: Mapping[str, Kind] = {
    "plain": Kind("one page, nothing special", _drawn(lambda _c, _s: Plan())),
    "long": Kind(
        "many pages; headings and sums go over", _drawn(lambda _c, _s: Plan()), lines=(60, 400)
    ),
    "adjusted": Kind("discounts, surcharges, carriage", _drawn(_adjusted)),
    "mixed": Kind(
        "all VAT rates at once, and none", _drawn(lambda _c, _s: Plan(mixed=True)), lines=(3, 9)
    ),
    "untaxed": Kind("zero-rated, exempt, reverse charge", _drawn(_untaxed)),
    "prepaid": Kind(
        "paid in part", _drawn(lambda c, _: Plan(deposit=Decimal(c.choice((20, 30, 50, 100)))))
    ),
    "credit": Kind("credit notes", _drawn(lambda _c, _s: Plan(credit_note=True))),
    "packet": Kind("two to four bound together", _packet),
    "scan": Kind("pages as pictures, worn and turned", _scan),
    "hidden": Kind("text that only machines see", _hidden),
    "hybrid": Kind("Factur-X: PDF with XML inside", _e_invoice(hybrid_sample, "pdf")),
    "xml": Kind("UBL, nothing to look at", _e_invoice(xml_sample, "xml")),
}
