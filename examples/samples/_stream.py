"""As many samples as wanted: a few suppliers who write again and again, as in life."""

from collections.abc import Iterator
from decimal import Decimal

from samples._chance import Chance
from samples._country import CODES, slug
from samples._looks import LOOKS
from samples._sample import Sample, pdf_sample
from samples._supplier import Supplier, make_supplier
from samples._truth import Plan, make_invoice

SUPPLIERS = 36
"""Four in each country."""


def many(count: int, seed: int = 0) -> Iterator[Sample]:
    """*count* one-page PDFs; a longer stream begins as a shorter one of the same *seed*."""
    suppliers = [_supplier(seed, at) for at in range(SUPPLIERS)]
    for at in range(count):
        chance = Chance.of(seed, "invoice", at)
        supplier = chance.choice(suppliers)
        invoice = make_invoice(chance, supplier, _plan(chance))
        name = f"{at:06}_{slug(str(supplier.party.name))}.pdf"
        yield pdf_sample(name, supplier, invoice, "")


def _supplier(seed: int, at: int) -> Supplier:
    chance = Chance.of(seed, "supplier", at)
    return make_supplier(chance, CODES[at % len(CODES)], look=chance.choice(sorted(LOOKS)))


def _plan(chance: Chance) -> Plan:
    kind = chance.random()
    return Plan(
        lines=chance.randint(1, 6),
        credit_note=kind < 0.05,
        discount=Decimal(chance.choice((2, 3, 5, 10))) if 0.05 <= kind < 0.15 else None,
        deposit=Decimal(chance.choice((20, 30, 50))) if 0.15 <= kind < 0.2 else None,
    )
