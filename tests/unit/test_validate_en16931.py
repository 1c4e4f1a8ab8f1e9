"""Rules of EN 16931 for whoever claims to follow it, and codes that stand in no list."""

from typing import Any

import pytest

from tallysheet.model import Invoice, Severity, Standard, Term
from tallysheet.validate import validate

UBL = Standard(syntax="UBL", profile="XRechnung", version="3.0")

SOUND: dict[str, Any] = {
    "kind": "380",
    "currency": "EUR",
    "due_date": "2024-03-31",
    "seller": {"name": "A", "vat_id": "DE136695976", "address": {"country": "DE"}},
    "buyer": {"name": "B", "vat_id": "FR40303265045"},
    "payment": {"means_code": "58", "accounts": [{"iban": "DE89370400440532013000"}]},
    "totals": {"net": "100.00", "tax": "19.00", "gross": "119.00", "due": "119.00"},
    "taxes": [{"category": "S", "rate": "19", "base": "100.00", "amount": "19.00"}],
    "lines": [{"unit_price": "100", "amount": "100.00", "vat_category": "S", "vat_rate": "19"}],
}

REVERSED = {"category": "AE", "rate": "0", "base": "100.00", "amount": "0.00", "exemption": "§ 13b"}


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """*one* with what *other* has in its place, group by group."""
    both = one | other
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(name), dict):
            both[name] = merged(one[name], value)
    return both


def found(standard: Standard | None = UBL, **change: Any) -> list[str]:
    """The codes of what validation finds in the sound invoice after *change*, none an error."""
    invoice = Invoice.model_validate(merged(SOUND, change))
    findings = validate(invoice, required=(), standard=standard)
    assert all(one.severity is not Severity.ERROR for one in findings)
    return [one.code for one in findings]


def test_a_sound_invoice_breaks_no_rule() -> None:
    """Nothing is noticed."""
    assert found() == []


BREACHES: list[tuple[str, dict[str, Any]]] = [
    ("payment.when", {"due_date": None}),
    ("payment.account", {"payment": {"accounts": []}}),
    ("payment.account", {"payment": {"means_code": "30", "accounts": [{"bic": "COBADEFFXXX"}]}}),
    ("seller.unnumbered", {"seller": {"vat_id": None}}),
    ("tax.missing", {"taxes": []}),
    ("tax.exemption", {"taxes": [REVERSED | {"exemption": None}], "lines": []}),
    ("vat_id.prefix", {"buyer": {"vat_id": "12345678"}}),
    ("tax_currency.total", {"tax_currency": "SEK"}),
    ("decimals", {"totals": {"rounding": "0.001"}}),
    ("line.price", {"lines": [{"unit_price": "-1", "amount": "100.00"}]}),
]


@pytest.mark.parametrize(("code", "change"), BREACHES)
def test_a_rule_that_is_broken_is_told_with_its_number(code: str, change: dict[str, Any]) -> None:
    """Once, as a warning; and only where an e-invoice is bound by it."""
    totals = {"tax": None, "gross": None, "due": "119.00"} if code == "tax.exemption" else {}
    change = merged(change, {"totals": totals})

    assert [one for one in found(**change) if one == code] == [code]
    assert code not in found(None, **change)
    assert code not in found(Standard(syntax="FatturaPA"), **change)
    messages = {
        one.code: one.message
        for one in validate(
            Invoice.model_validate(merged(SOUND, change)), required=(), standard=UBL
        )
    }
    assert "(BR-" in messages[code]


@pytest.mark.parametrize(
    "change",
    [
        {"due_date": None, "payment": {"terms": "30 days"}},
        {"due_date": None, "totals": {"paid": "119.00", "due": "0.00"}},
        {"payment": {"means_code": "59", "accounts": []}},
        {"payment": {"accounts": []}, "totals": {"paid": "119.00", "due": "0.00"}},
        {"due_date": None, "totals": {"paid": "129.00", "due": "-10.00"}},
        {"seller": {"vat_id": None, "ids": [{"value": "4000001000005", "scheme": "0088"}]}},
        {"tax_currency": "EUR"},
        {"totals": {"rounding": "0.000"}},
    ],
)
def test_what_a_rule_allows_is_no_finding(change: dict[str, Any]) -> None:
    """Terms instead of a date, nothing due, a direct debit, zeros behind the point."""
    assert found(**change) == []


def test_three_decimals_are_right_where_the_currency_has_them() -> None:
    """A Tunisian dinar has a thousand parts."""
    totals = {"net": "100.000", "tax": "19.001", "gross": "119.001", "due": "119.001"}
    taxes = [{"category": "S", "rate": "19", "base": "100", "amount": "19.001"}]

    assert "decimals" not in found(currency="TND", totals=totals, taxes=taxes)
    assert "decimals" in found(currency="EUR", totals=totals, taxes=taxes)


def test_two_decimals_are_let_pass_in_any_currency() -> None:
    """The standard says two, also where a yen has no parts."""
    assert "decimals" not in found(currency="JPY", totals={"rounding": "0.50", "due": "119.50"})


def test_the_shortest_profile_is_asked_for_no_more_than_it_can_say() -> None:
    """Factur-X MINIMUM has totals alone."""
    minimum = Standard(syntax="CII", profile="Factur-X MINIMUM", version="1.0")

    assert found(minimum, due_date=None, taxes=[], lines=[], payment={"means_code": None}) == []


@pytest.mark.parametrize(
    ("category", "buyer", "expected"),
    [
        ("AE", {"vat_id": None}, ["tax.parties"]),
        ("AE", {"vat_id": None, "legal_id": "HRB 1"}, []),
        ("K", {"vat_id": None, "legal_id": "HRB 1"}, ["tax.parties"]),
        ("K", {}, []),
    ],
)
def test_who_owes_the_vat_instead_needs_a_number(
    category: str, buyer: dict[str, Any], expected: list[str]
) -> None:
    """Of a supply within the Union it must be that for VAT."""
    codes = found(
        buyer=buyer,
        taxes=[REVERSED | {"category": category}],
        lines=[],
        totals={"tax": "0.00", "gross": "100.00", "due": "100.00"},
    )

    assert codes == expected


def test_what_is_outside_vat_stands_alone() -> None:
    """BR-O-11; other countries' formats mix it."""
    change = {
        "taxes": [*SOUND["taxes"], REVERSED | {"category": "O", "base": "0.00"}],
        "lines": [],
    }

    assert found(**change) == ["tax.mixed"]
    assert found(Standard(syntax="FatturaPA"), **change) == []


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("kind.unknown", {"kind": "Invoice"}),
        ("country.unknown", {"seller": {"address": {"country": "UK"}}}),
        ("payment.means", {"payment": {"means_code": "99"}}),
    ],
)
def test_a_code_of_no_list_is_a_warning_wherever_it_was_read(
    code: str, change: dict[str, Any]
) -> None:
    """A model may make one up as well."""
    assert found(**change) == [code]
    assert found(None, **change) == [code]


def test_northern_ireland_and_kosovo_are_countries_here() -> None:
    """As VAT numbers and addresses name them."""
    for country in ("XI", "XK", "1A"):
        assert found(seller={"address": {"country": country}}) == []


def test_a_code_is_quoted_without_control_characters() -> None:
    """It ends up on terminals."""
    invoice = Invoice.model_validate({"kind": "\x1b[31m" + "x" * 99})

    (finding,) = validate(invoice, required=())

    assert finding.message.isprintable()
    assert len(finding.message) < 80


def test_every_field_that_a_finding_names_is_one() -> None:
    """Paths are for the review page to point at."""
    for _, change in BREACHES:
        invoice = Invoice.model_validate(merged(SOUND, change))
        for finding in validate(invoice, required=(), standard=UBL):
            for path in finding.fields:
                value: Any = invoice
                for name in path.replace("[0]", "").split("."):
                    value = value[0] if isinstance(value, tuple) else value
                    assert isinstance(value, Term)
                    value = getattr(value, name)
