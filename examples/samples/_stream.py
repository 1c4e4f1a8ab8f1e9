"""As many samples as wanted: a few suppliers who write again and again, as in life."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from samples._chance import Chance
from samples._country import CODES, slug
from samples._kinds import KINDS, Job
from samples._looks import LOOKS
from samples._sample import Sample, pdf_sample
from samples._supplier import Supplier, make_supplier
from samples._truth import Plan, make_invoice

SUPPLIERS = 36
"""Four in each country."""

CURRENCIES = (
    *("AUD", "CAD", "CHF", "CZK", "DKK", "EUR"),
    *("GBP", "HUF", "NOK", "PLN", "RON", "SEK", "USD"),
)
"""In which suppliers of a mix may want to be paid, by their codes."""


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


def mix(
    count: int,
    seed: int = 0,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    lines: tuple[int, int] | None = None,
) -> Iterator[Sample]:
    """*count* samples of *kinds*, one kind after the other; see `KINDS`.

    Args:
        count: How many files. A longer stream begins as a shorter one of the same rest.
        seed: Another one gives others.
        kinds: Which kinds there are to be.
        lines: The fewest and the most lines of an invoice, where not as each kind has them.
    """
    suppliers = [_varied(seed, at) for at in range(SUPPLIERS)]
    for at in range(count):
        name = kinds[at % len(kinds)]
        kind = KINDS[name]
        chance = Chance.of(seed, "mix", name, at)
        yield kind.make(Job(chance, suppliers, at, f"{at:06}_{name}", lines or kind.lines))


def _varied(seed: int, at: int) -> Supplier:
    """A supplier in a layout of its own, perhaps in another currency than that of its country."""
    chance = Chance.of(seed, "varied", at)
    supplier = make_supplier(chance, CODES[at % len(CODES)], look=f"{seed}/{at}")
    notation = supplier.notation
    if chance.random() < 1 / 4:
        amount = chance.choice(("{c}\N{NO-BREAK SPACE}{n}", "{n}\N{NO-BREAK SPACE}{c}"))
        notation = replace(notation, currency=chance.choice(CURRENCIES), amount=amount)
    with_column = {"discount"} if chance.random() < 1 / 3 else set()
    return replace(
        supplier,
        notation=notation,
        columns=supplier.columns | with_column,
        counts=chance.choice(("never", "long", "long", "always")),
        carries=chance.random() < 1 / 2,
    )
