"""A total that was rounded to coins or whole units, and what it was before."""

from decimal import Decimal

import pytest

from drawn import drawn
from tallysheet.extract._rules import read_words
from tallysheet.model import Invoice
from tallysheet.validate import validate

ITEMS = (
    "Artikel                 Antal     Pris     Summa\n"
    "Skrivbord                   1   3 180,00   3 180,00\n"
    "Frakt                       1     149,00     149,00\n"
)
IN_ONE_LINE = (
    "Exkl. moms    Moms kr     Öresavr.    Att betala\n"
    "14 741,50     3 685,38    0,12        18 427,00"
)


def read(text: str) -> Invoice:
    """The invoice on a page."""
    return read_words(drawn(text)).invoice


@pytest.mark.parametrize(
    ("text", "gross", "rounding", "due"),
    [
        pytest.param(
            f"{ITEMS}Exkl. moms   3 329,00\nMoms 25 %   832,25\nÖresutj.   -0,25\n"
            "Att betala SEK   4 161,00\nFörfallodatum 2026-09-28",
            *("4161.25", "-0.25", "4161.00"),
            id="net and tax",
        ),
        pytest.param(
            "Elhandel   335,99\nNät   498,14\nMoms 25 % på 834,13 kr   208,53\n"
            "Öresavrundning   0,34\nAtt betala   1 043,00\nFörfallodatum 2025-02-28",
            *("1042.66", "0.34", "1043.00"),
            id="items and tax",
        ),
        pytest.param(
            "Jahresprogramm   2'160.00\nPlakat   840.00\nBildrechte   240.00\n"
            "Zwischentotal   3'240.00\nMWST 8.1%   262.44\nRundung   0.01\n"
            "Total CHF   3'502.45\nZahlbar innert 30 Tagen, IBAN CH93 0076 2011 6238 5295 7",
            *("3502.44", "0.01", "3502.45"),
            id="a sum of the items and tax",
        ),
        pytest.param(
            "Označení dodávky        %DPH     Cena        DPH      Kč celkem\n"
            "Oběhové čerpadlo          21  12 450,00   2 614,50   15 064,50\n"
            "Montáž                    12   3 200,00     384,00    3 584,00\n"
            "Součet                        15 650,00   2 998,50   18 648,50\n"
            "Zaokrouhlení                                              0,50\n"
            "Celkem k úhradě                                      18 649,00",
            *("18648.50", "0.50", "18649.00"),
            id="printed, without a name",
        ),
        pytest.param(
            "Exkl. moms    Fakt.avg   Moms %   Momsbelopp   Öresavr.   Att betala SEK\n"
            "5 914,90      49,00      25,00    1 490,98     0,12       7 455,00\n"
            "Förfallodatum 2025-12-07",
            *("7454.88", "0.12", "7455.00"),
            id="in one line with a fee that has no known name",
        ),
        pytest.param(
            IN_ONE_LINE,
            *("18426.88", "0.12", "18427.00"),
            id="in one line",
        ),
        pytest.param(
            "Netto   100,00\nMwSt 19%   19,03\nRundung   0,03\nZu zahlen   119,00 EUR",
            *("119.03", "-0.03", "119.00"),
            id="without its sign",
        ),
        pytest.param(
            "Netto   100,00\nMwSt 19%   19,00\nGesamtbetrag   119,00\nRundung   0,04\n"
            "Zu zahlen   119,04 EUR",
            *("119.00", "0.04", "119.04"),
            id="named beside the rounded one",
        ),
    ],
)
def test_the_total_is_that_before_it_was_rounded(
    text: str, gross: str, rounding: str, due: str
) -> None:
    """Net and VAT make the total (BR-CO-15), and the rounding what is due (BR-CO-16)."""
    invoice = read(text)

    totals = invoice.totals
    found = (totals.gross, totals.rounding, totals.due)
    assert found == (Decimal(gross), Decimal(rounding), Decimal(due))
    assert not any(one.code.startswith("sum.") for one in validate(invoice, required=()))


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        (IN_ONE_LINE, ["14741.50", "3685.38", "18426.88", "0.12"]),
        # Five Rappen, which nothing names; and the tax of several rates is known by its rows alone.
        (
            "Totale netto   1'271.00\nIVA 2.6% su 434.00   11.28\nIVA 8.1% su 837.00   67.80\n"
            "Totale da pagare CHF   1'350.10",
            ["1271.00", None, "1350.08", "0.02"],
        ),
    ],
)
def test_net_and_tax_stay_what_they_are(text: str, sums: list[str | None]) -> None:
    """A rounding is a part of neither."""
    totals = read(text).totals

    wanted = [None if one is None else Decimal(one) for one in sums]
    assert [totals.net, totals.tax, totals.gross, totals.rounding] == wanted


def test_a_rounding_that_nothing_shows_changes_no_total() -> None:
    """Neither its parts nor a figure say what the total was before."""
    totals = read("Repair of a bicycle   80.00\nRounding   0.02\nTotal   95.00 EUR").totals

    assert totals.gross in (None, Decimal("95.00"))
    assert totals.rounding is None
