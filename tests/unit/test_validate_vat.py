"""The VAT breakdown: categories that bear no VAT, and bases that the lines add up to."""

from typing import Any

import pytest

from tallysheet.model import Invoice, Severity, Standard
from tallysheet.validate import validate

ERROR, WARNING = Severity.ERROR, Severity.WARNING
UBL = Standard(syntax="UBL", profile="Peppol BIS Billing", version="3.0")


def found(standard: Standard | None = None, **fields: Any) -> list[tuple[str, Severity]]:
    """What validation finds in the VAT of an invoice: codes with their severities."""
    findings = validate(Invoice.model_validate(fields), required=(), standard=standard)
    codes = ("tax.category", "tax.lines", "tax.share", "tax.unknown")
    return [(one.code, one.severity) for one in findings if one.code in codes]


def row(category: str | None, rate: str | None, base: str, amount: str) -> dict[str, str | None]:
    """A row of the breakdown."""
    return {"category": category, "rate": rate, "base": base, "amount": amount}


def line(amount: str, category: str | None, rate: str | None) -> dict[str, str | None]:
    """A line, charge or allowance."""
    return {"amount": amount, "vat_category": category, "vat_rate": rate}


@pytest.mark.parametrize("category", ["Z", "E", "AE", "K", "G", "O"])
def test_vat_on_what_bears_none_is_an_error(category: str) -> None:
    """Whoever pays it pays too much; nothing is right."""
    assert found(taxes=[row(category, "0", "100", "19")]) == [("tax.category", ERROR)]
    assert found(taxes=[row(category, "0", "100", "0.00")]) == []


def test_each_category_is_named_by_its_rule() -> None:
    """Supplies within the Union have the letters IC in the standard."""
    invoice = Invoice.model_validate({"taxes": [row("K", "0", "100", "19")]})

    (finding,) = (f for f in validate(invoice, required=()) if f.code == "tax.category")

    assert finding.message == (
        "VAT row 1 is supply within the Union (K), which bears no VAT, but says 19.00 (BR-IC-09)."
    )
    assert finding.fields == ("taxes[0].category", "taxes[0].amount")


def test_other_categories_may_bear_vat() -> None:
    """The standard rate, and the islands' own taxes; what is in no list is noticed."""
    assert found(taxes=[row("S", "19", "100", "19"), row("L", "7", "100", "7")]) == []
    assert found(taxes=[row("X", "19", "100", "19")]) == [("tax.unknown", WARNING)]


TOO_MUCH = [
    # OCR lost the thousand of net and gross alike, so they still add up
    ({"net": "425.59", "tax": "285.12", "gross": "710.71"}, ["20"]),
    ({"net": "425.59", "tax": "285.12", "gross": "710.71"}, []),
    # or the decimal mark of gross, and VAT was not read
    ({"net": "1017.30", "gross": "124111"}, []),
    ({"net": "-100", "tax": "-58", "gross": "-158"}, ["19", "7"]),
    # the net was taken for gross: what it would be net of VAT, bears no such VAT
    ({"tax": "272.37", "gross": "1361.86"}, ["20"]),
]
PLAUSIBLE = [
    ({"net": "100", "tax": "27", "gross": "127"}, []),
    ({"net": "100", "tax": "15", "gross": "115"}, ["19", "7"]),
    ({"net": "3", "tax": "0.61", "gross": "3.61"}, ["19"]),
    ({"net": "0", "tax": "19", "gross": "19"}, ["19"]),
    ({"net": "100", "gross": "90"}, []),
    ({"gross": "119", "tax": "119"}, []),
    ({"gross": "119", "tax": "19"}, ["19"]),
    ({"gross": "119"}, ["19"]),
]


@pytest.mark.parametrize(("totals", "rates"), TOO_MUCH)
def test_vat_is_no_more_of_net_than_any_rate_makes_it(
    totals: dict[str, str], rates: list[str]
) -> None:
    """A figure that was misread in net and gross alike is noticed by nothing else."""
    taxes = [{"rate": rate} for rate in rates]

    assert found(totals=totals, taxes=taxes) == [("tax.share", ERROR)]
    assert found(UBL, totals=totals, taxes=taxes) == []


@pytest.mark.parametrize(("totals", "rates"), PLAUSIBLE)
def test_vat_below_its_highest_rate_is_plausible(totals: dict[str, str], rates: list[str]) -> None:
    """Some of net may bear none; of a prepaid invoice only VAT is left."""
    assert found(totals=totals, taxes=[{"rate": rate} for rate in rates]) == []


TWO_RATES = {
    "taxes": [row("S", "19.00", "109", "20.71"), row("S", "7", "50", "3.50")],
    "lines": [line("100", "S", "19"), line("20", "S", "7.0"), line("30", "S", "7")],
    "charges": [line("10", "S", "19")],
    "allowances": [line("1", "S", "19")],
}


def test_bases_are_made_up_of_lines_charges_and_allowances() -> None:
    """However many decimals a rate is written with."""
    assert found(UBL, **TWO_RATES) == []


@pytest.mark.parametrize(
    ("standard", "amount", "expected"),
    [
        (UBL, "97.00", [("tax.lines", ERROR)]),
        (UBL, "99.50", [("tax.lines", WARNING)]),  # the standard's own tolerance
        (UBL, "99.96", []),  # five roundings
        (None, "97.00", [("tax.lines", WARNING)]),
        (Standard(syntax="ZUGFeRD 1"), "97.00", [("tax.lines", WARNING)]),
    ],
)
def test_a_base_that_its_lines_do_not_make_up_is_noticed(
    standard: Standard | None, amount: str, expected: list[tuple[str, Severity]]
) -> None:
    """An error where the standard binds; paper leaves things out."""
    lines = [line(amount, "S", "19"), *TWO_RATES["lines"][1:]]

    assert found(standard, **(TWO_RATES | {"lines": lines})) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [line("100", None, None), line("50", "S", "7")]},
        {"lines": []},
        {"taxes": []},
        {"charges": [line("10", None, None)]},
        {"lines": [line("100", None, "19"), line("50", "S", "7")]},
        {"lines": [line("100", "S", None), line("50", "S", "7")]},
    ],
)
def test_what_is_not_known_is_not_compared(change: dict[str, Any]) -> None:
    """A line without its rate may belong anywhere."""
    assert found(UBL, **(TWO_RATES | change)) == []


def test_a_rate_without_a_row_is_an_error_where_the_standard_binds() -> None:
    """Elsewhere it is a row that was not read."""
    fields = TWO_RATES | {"taxes": TWO_RATES["taxes"][:1]}

    assert found(UBL, **fields) == [("tax.lines", ERROR)]
    assert found(None, **fields) == []


def test_what_is_outside_vat_has_no_rate() -> None:
    """It counts as nothing per cent."""
    fields = {"taxes": [row("O", None, "100", "0")], "lines": [line("100", "O", None)]}

    assert found(UBL, **fields) == []
    assert found(UBL, **(fields | {"lines": [line("90", "O", "0")]})) == [("tax.lines", ERROR)]
