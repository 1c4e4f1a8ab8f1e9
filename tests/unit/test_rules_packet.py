"""Several invoices in one file are told apart, and where that is unclear it is said."""

from dataclasses import replace
from itertools import islice

import pytest

from drawn import drawn
from samples import many
from tallysheet.extract._rules import packet_of
from tallysheet.model import Page, Parsed
from tallysheet.parse._pdf import read_pdf

ONE = """
Blau GmbH                          DE111111117
                                   Rechnung
Rechnungsnummer: B-100             Datum: 02.05.2024
Ware                               10,00 EUR
{total}
{foot}
"""
TWO = """
Rot AG                             ATU22222222
                                   Rechnung
Rechnungsnummer: R-200             Datum: 03.05.2024
Ware                               20,00 EUR
Gesamtbetrag                       23,80 EUR
{foot}
"""
TOTAL = "Gesamtbetrag                       11,90 EUR"
TERMS = "Es gelten unsere Bedingungen.\n{foot}"


def bound(*pages: str) -> Parsed:
    """These pages as one document."""
    drawings = [drawn(page) for page in pages]
    numbered = tuple(
        replace(drawing.pages[0], number=at) for at, drawing in enumerate(drawings, start=1)
    )
    return replace(drawings[0], pages=numbered)


def invoice(total: str = "", foot: str = "") -> str:
    """A page of the first invoice."""
    return ONE.format(total=total, foot=foot)


CASES = {
    "one page": ([invoice(TOTAL)], [range(1, 2)]),
    "two invoices": ([invoice(TOTAL), TWO], [range(1, 2), range(2, 3)]),
    "the second page of a long one": ([invoice(), invoice(TOTAL)], [range(1, 3)]),
    "pages that are counted": (
        [invoice(foot="Seite 1 von 2"), invoice(TOTAL, foot="Seite 2 von 2"), TWO],
        [range(1, 3), range(3, 4)],
    ),
    "counted from 1 again, by one seller": (
        [invoice(TOTAL, foot="Seite 1/1"), invoice(TOTAL, foot="Seite 1/1")],
        [range(1, 2), range(2, 3)],
    ),
    "terms after each": (
        [invoice(TOTAL), TERMS, TWO, TERMS],
        [range(1, 3), range(3, 5)],
    ),
    "what was carried over from page 1": (
        [invoice(), invoice("Übertrag von Seite 1             10,00 EUR"), invoice(TOTAL)],
        [range(1, 4)],
    ),
    "sheets that are sold": (
        [invoice(), invoice("Papier, 500 Blatt    1 Stk.    10,00 EUR"), invoice(TOTAL)],
        [range(1, 4)],
    ),
    "a letter before them": (
        ["Sehr geehrte Damen und Herren,", invoice(TOTAL, foot="Seite 1 von 1"), TWO],
        [range(1, 3), range(3, 4)],
    ),
}


@pytest.mark.parametrize(("pages", "wanted"), CASES.values(), ids=CASES)
def test_pages_that_belong_together_stay_together(pages: list[str], wanted: list[range]) -> None:
    """Their numbers, titles, totals and sellers say where another invoice begins."""
    packet = packet_of(bound(*pages))

    assert (list(packet.invoices), packet.doubt) == (wanted, "")


def test_signs_that_contradict_each_other_part_nothing_and_are_told() -> None:
    """Another number without a title or a total may be a reference; a person should look."""
    packet = packet_of(bound(invoice(TOTAL), "Rechnungsnummer: B-777"))

    assert packet.invoices == (range(1, 3),)
    assert packet.doubt == "Page 2 has another invoice number (B-777) than page 1 (B-100)."


def test_a_document_without_pages_is_no_packet() -> None:
    """As e-invoice XML has none."""
    assert packet_of(Parsed("application/xml")).invoices == ()


def test_invoices_of_many_layouts_bound_together_are_told_apart() -> None:
    """Drawn in seven languages; where two cannot be told apart, that is said."""
    documents = [read_pdf(sample.data) for sample in islice(many(60, 3), 60)]
    right = doubtful = 0

    for first, second in zip(documents[::2], documents[1::2], strict=True):
        packet = packet_of(_joined(first, second))
        end = len(first.pages) + 1
        right += packet.invoices == (range(1, end), range(end, end + len(second.pages)))
        doubtful += bool(packet.doubt)

    assert right + doubtful == 30
    assert right >= 27


def _joined(first: Parsed, second: Parsed) -> Parsed:
    pages: list[Page] = [*first.pages, *second.pages]
    return replace(
        first, pages=tuple(replace(page, number=at) for at, page in enumerate(pages, start=1))
    )


SLIP = "Zahlschein\nRechnung\nGesamtbetrag                       11,90 EUR\nZu {number}"


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (SLIP.format(number="B-1004"), False),
        (SLIP.format(number="C-2005"), True),
        (SLIP.format(number="B-1004").replace("Rechnung", "Gutschrift"), True),
    ],
)
def test_a_page_that_tells_the_number_of_the_one_before_goes_with_it(page: str, told: bool) -> None:
    """A slip to pay with has a title and a total of its own, as a credit note for it has."""
    first = invoice(TOTAL).replace("B-100", "B-1004").replace("DE111111117", "")

    assert bool(packet_of(bound(first, page)).doubt) is told
