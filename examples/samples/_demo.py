"""The dozen that ``make demo`` reads: one of each thing that happens to people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from samples._chance import Chance
from samples._sample import Sample, broken_sample, hybrid_sample, pdf_sample, xml_sample
from samples._supplier import Supplier, make_supplier
from samples._truth import REVERSE, Plan, make_invoice
from tallysheet.model import Invoice

Make = Callable[[str, Supplier, Invoice, str], Sample]


@dataclass(frozen=True)
class Case:
    """What one sample is to be."""

    name: str
    note: str
    country: str
    look: str
    trade: str
    plan: Plan
    make: Make = pdf_sample
    company: str | None = None
    """The supplier's name, where that of the file tells it."""


CASES = (
    Case(
        name="2026-03_Muster-GmbH_RE-1042.pdf",
        note="A German letter with two VAT rates.",
        country="DE",
        look="letter",
        trade="kitchen",
        plan=Plan(lines=5, number="RE-1042", issued=date(2026, 3, 5)),
        company="Muster GmbH",
    ),
    Case(
        name="Invoice INV-20931.pdf",
        note="American: Letter paper, US dollars, sales tax, month before day.",
        country="US",
        look="band",
        trade="office",
        plan=Plan(lines=6, number="INV-20931"),
    ),
    Case(
        name="SI004418 part paid.pdf",
        note="British, paid in part: total, paid and due are three amounts.",
        country="GB",
        look="centred",
        trade="studio",
        plan=Plan(lines=4, number="SI004418", deposit=Decimal(30)),
    ),
    Case(
        name="Facture F2026-0193.pdf",
        note="French, with a discount across two VAT rates.",
        country="FR",
        look="boxed",
        trade="kitchen",
        plan=Plan(lines=6, number="F2026-0193", discount=Decimal(3)),
    ),
    Case(
        name="creditnota_20260077.pdf",
        note="A Dutch credit note: the money goes the other way.",
        country="NL",
        look="typed",
        trade="office",
        plan=Plan(lines=2, number="20260077", credit_note=True),
    ),
    Case(
        name="Fattura 214-2026.pdf",
        note="Italian, to a German customer: reverse charge, no VAT.",
        country="IT",
        look="centred",
        trade="studio",
        plan=Plan(lines=3, number="214/2026", untaxed=REVERSE, buyer_country="DE"),
    ),
    Case(
        name="factura_F26-3307.pdf",
        note="Spanish, 44 lines on two pages.",
        country="ES",
        look="ledger",
        trade="workshop",
        plan=Plan(lines=44, number="F26-3307"),
    ),
    Case(
        name="Fatura FA26-0871.pdf",
        note="Portuguese, boxes around everything.",
        country="PT",
        look="boxed",
        trade="office",
        plan=Plan(lines=4, number="FA26/0871"),
    ),
    Case(
        name="Rechnung 1187-26.pdf",
        note="Swiss, in francs. Net and VAT do not add up to the total: this needs a person.",
        country="CH",
        look="band",
        trade="workshop",
        plan=Plan(lines=4, number="1187-26", wrong_gross=True),
    ),
    Case(
        name="Küchenstudio Löwenzahn - Rechnung 118.pdf",
        note="A German hybrid: Factur-X, with the same invoice as XML inside.",
        country="DE",
        look="letter",
        trade="studio",
        plan=Plan(lines=4, number="2026-0118"),
        make=hybrid_sample,
        company="Küchenstudio Löwenzahn GmbH",
    ),
    Case(
        name="26-00815.xml",
        note="A Dutch e-invoice in UBL, with nothing to look at.",
        country="NL",
        look="typed",
        trade="workshop",
        plan=Plan(lines=7, number="26-00815"),
        make=xml_sample,
    ),
    Case(
        name="download (3).pdf",
        note="A PDF that broke off half way: it cannot be opened.",
        country="DE",
        look="letter",
        trade="office",
        plan=Plan(),
        make=broken_sample,
    ),
)


def demo_set(seed: int = 0) -> list[Sample]:
    """The dozen; the same *seed* gives the same bytes."""
    return [_sample(seed, case) for case in CASES]


def _sample(seed: int, case: Case) -> Sample:
    chance = Chance.of(seed, case.name)
    supplier = make_supplier(chance, case.country, look=case.look, trade=case.trade)
    if case.company:
        supplier = supplier.called(case.company)
    invoice = make_invoice(chance, supplier, case.plan)
    return case.make(case.name, supplier, invoice, case.note)
