"""Sums, VAT rows and lines: what adds up, what rounding explains, and what is wrong."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tallysheet.model import Adjustment, Finding, Invoice, Line, Severity, Standard, Tax, Totals
from tallysheet.validate import needs_review, validate

UNITS = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "HUF": Decimal(1), "KWD": Decimal("0.001")}


def found(**fields: Any) -> dict[str, Severity]:
    """The codes that validation finds in an invoice, with their severities."""
    invoice = Invoice.model_validate({"currency": "EUR", **fields})
    return {finding.code: finding.severity for finding in validate(invoice, required=())}


def only(**fields: Any) -> Finding:
    """The one finding that there is."""
    (finding,) = validate(Invoice.model_validate({"currency": "EUR", **fields}), required=())
    return finding


def amounts(*values: str) -> list[dict[str, str]]:
    """Rows that hold nothing but an amount."""
    return [{"amount": value} for value in values]


RIGHT = [
    # The plain case
    {"totals": {"net": "100", "tax": "19", "gross": "119", "due": "119"}},
    # Nothing is known but what is to be paid
    {"totals": {"gross": "119"}},
    # No VAT is stated at all: nothing to compare
    {"totals": {"net": "100", "gross": "119"}},
    # One line has no amount, so the sum of the lines is not known
    {"lines": [{"amount": "60"}, {"name": "thanks"}], "totals": {"lines": "100"}},
    # Freight stands between the lines and net, and no total of the lines is stated
    {"lines": amounts("90"), "charges": amounts("10"), "totals": {"net": "100"}},
    # A discount known from the totals alone
    {"lines": amounts("110"), "totals": {"lines": "110", "allowances": "10", "net": "100"}},
    # A discount with the sign that it is printed with, in its row or in the totals
    {"allowances": amounts("-4", "-6"), "totals": {"allowances": "10"}},
    {"totals": {"lines": "110", "allowances": "-10", "net": "100"}},
    # … and a discount taken back
    {"totals": {"lines": "90", "allowances": "-10", "net": "100"}},
    # Paid in part, and rounded to five rappen
    {"totals": {"gross": "119.03", "paid": "19", "rounding": "0.02", "due": "100.05"}},
    # The gross total is rounded already, as Swedish and Swiss paper has it
    {"totals": {"net": "80.40", "tax": "20.10", "gross": "101", "rounding": "0.50", "due": "101"}},
    # A telephone bill with an unpaid balance
    {"totals": {"gross": "50", "prior_balance": "20", "due": "70"}},
    # A credit is negative all the way
    {"kind": "384", "totals": {"net": "-100", "tax": "-19", "gross": "-119", "due": "-119"}},
    # VAT rounded half up, and half to even
    {"taxes": [{"rate": "10", "base": "100.25", "amount": "10.03"}]},
    {"taxes": [{"rate": "10", "base": "100.25", "amount": "10.02"}]},
    # Prices hold the VAT: 9.99 is 8.39 + 1.60, though 19 % of 8.39 is 1.5941
    {"taxes": [{"rate": "19", "base": "8.39", "amount": "1.60"}]},
    # Two taxes on all of net, as in Canada
    {
        "taxes": [
            {"rate": "5", "base": "100", "amount": "5"},
            {"rate": "9.975", "base": "100", "amount": "9.98"},
        ],
        "totals": {"net": "100", "tax": "14.98"},
    },
    # Lines and VAT rows make the only total: no sums of either are printed
    {
        "lines": amounts("89.22", "31.14"),
        "taxes": [
            {"rate": "21", "base": "89.22", "amount": "18.74"},
            {"rate": "10", "base": "31.14", "amount": "3.11"},
        ],
        "totals": {"gross": "142.21"},
    },
    # Whole forints, though ISO 4217 divides them
    {"currency": "HUF", "taxes": [{"rate": "27", "base": "1001", "amount": "270"}]},
    # A price for a hundred pieces, a discount and a surcharge on the line
    {
        "lines": [
            {
                "quantity": "50",
                "unit_price": "10",
                "price_base_quantity": "100",
                "allowances": amounts("1"),
                "charges": amounts("2"),
                "amount": "6",
            }
        ]
    },
    # A price printed with fewer digits than it has: 1000 × 0.333
    {"lines": [{"quantity": "1000", "unit_price": "0.33", "amount": "333"}]},
    # Hours printed rounded: 1 h 20 min
    {"lines": [{"quantity": "1.33", "unit_price": "90", "amount": "120"}]},
    # A price per nothing is a price per piece
    {"lines": [{"quantity": "2", "unit_price": "3", "price_base_quantity": "0", "amount": "6"}]},
]


@pytest.mark.parametrize("fields", RIGHT)
def test_what_adds_up_has_no_finding(fields: dict[str, Any]) -> None:
    """Lawful ways to come to a total, and totals that there is nothing to say about."""
    assert found(**fields) == {}


ERROR, WARNING = Severity.ERROR, Severity.WARNING

WRONG = [
    # Lines against their total
    ({"lines": amounts("60", "30"), "totals": {"lines": "100"}}, {"sum.lines": ERROR}),
    # Lines against net where nothing stands between
    ({"lines": amounts("60", "30"), "totals": {"net": "100"}}, {"sum.lines": ERROR}),
    # Each of two lines may have been rounded
    ({"lines": amounts("60", "39.98"), "totals": {"net": "100"}}, {"sum.lines": WARNING}),
    # Lines against the only total
    ({"lines": amounts("60", "30"), "totals": {"gross": "100"}}, {"sum.lines": ERROR}),
    ({"lines": amounts("60", "40"), "totals": {"gross": "100"}}, {}),
    ({"lines": amounts("60", "30"), "totals": {"gross": "100", "tax": "16"}}, {}),
    # … but not by more
    ({"lines": amounts("60", "39.97"), "totals": {"net": "100"}}, {"sum.lines": ERROR}),
    # The lines hold the VAT, as for consumers
    (
        {"lines": amounts("119"), "totals": {"net": "100", "tax": "19", "gross": "119"}},
        {"sum.lines": WARNING},
    ),
    # Discounts against their total
    ({"allowances": amounts("5", "6"), "totals": {"allowances": "10"}}, {"sum.allowances": ERROR}),
    # Charges against their total
    ({"charges": amounts("5", "6"), "totals": {"charges": "10"}}, {"sum.charges": ERROR}),
    # The discount was forgotten
    ({"totals": {"lines": "100", "allowances": "10", "net": "100"}}, {"sum.net": ERROR}),
    # The charge is known from its row alone
    (
        {"lines": amounts("90"), "charges": amounts("20"), "totals": {"net": "100"}},
        {"sum.net": ERROR},
    ),
    # VAT rows against their total
    ({"taxes": amounts("19", "7"), "totals": {"tax": "20"}}, {"sum.tax": ERROR}),
    # Net and VAT against gross
    ({"totals": {"net": "100", "tax": "19", "gross": "120"}}, {"sum.gross": ERROR}),
    # … within rounding
    ({"totals": {"net": "100", "tax": "19", "gross": "119.02"}}, {"sum.gross": WARNING}),
    # … where the VAT total is known from the rows alone
    (
        {"taxes": amounts("19"), "totals": {"net": "100", "gross": "120"}},
        {"sum.gross": ERROR},
    ),
    # A cent is nothing that yen could be off by
    (
        {"currency": "JPY", "totals": {"net": "100", "tax": "10", "gross": "113"}},
        {"sum.gross": ERROR},
    ),
    # A dinar has a thousand fils
    (
        {"currency": "KWD", "totals": {"net": "1.000", "tax": "0.050", "gross": "1.060"}},
        {"sum.gross": ERROR},
    ),
    # More is due than is open
    ({"totals": {"gross": "119", "paid": "19", "due": "119"}}, {"sum.due": ERROR}),
    # Nothing is due, but nothing says that it was paid: a web shop's invoice
    (
        {"taxes": amounts("19"), "totals": {"gross": "119", "due": "0"}},
        {"sum.due": WARNING},
    ),
    # Totals alone, on paper
    ({"totals": {"gross": "119", "due": "100"}}, {"sum.due": ERROR}),
    # A whole invoice that does not say what was paid
    (
        {"taxes": amounts("19"), "totals": {"gross": "119", "due": "100"}},
        {"sum.due": ERROR},
    ),
    # A discount is not added
    ({"totals": {"lines": "100", "allowances": "10", "net": "110"}}, {"sum.net": ERROR}),
    # A rate that was not used
    (
        {"taxes": [{"rate": "19", "base": "100", "amount": "7"}], "lines": [{}]},
        {"tax.rate": ERROR},
    ),
    # A rate as a fraction instead of percent
    (
        {"taxes": [{"rate": "0.19", "base": "100", "amount": "19"}]},
        {"tax.rate": ERROR},
    ),
    # VAT rounded for each of three lines
    (
        {"taxes": [{"rate": "19", "base": "100", "amount": "19.03"}], "lines": [{}, {}, {}]},
        {"tax.rate": WARNING},
    ),
    # Lines unknown: as far as the standard's own test goes
    ({"taxes": [{"rate": "19", "base": "100", "amount": "20"}]}, {"tax.rate": WARNING}),
    # Something without VAT is not in the breakdown
    ({"taxes": [{"base": "80"}], "totals": {"net": "100"}}, {"tax.base": WARNING}),
    # A discount that the line does not say
    (
        {"lines": [{"quantity": "3", "unit_price": "10", "amount": "27"}]},
        {"line.amount": WARNING},
    ),
    # A credit note that is negative as well
    ({"kind": "381", "totals": {"gross": "-119"}}, {"sign.credit_note": WARNING}),
    # A credit that is not called so
    ({"kind": "380", "totals": {"gross": "-119"}}, {"sign.invoice": WARNING}),
]


@pytest.mark.parametrize(("fields", "codes"), WRONG)
def test_what_does_not_add_up_is_found(fields: dict[str, Any], codes: dict[str, Severity]) -> None:
    """Exactly the sum that is wrong is named, by how much decides how gravely."""
    assert found(**fields) == codes


def test_an_e_invoice_may_sum_up() -> None:
    """The profile MINIMUM of Factur-X has totals alone, and no place for what is paid."""
    invoice = Invoice(currency="EUR", totals=Totals(gross=Decimal(119), due=Decimal(100)))
    follows = Standard(syntax="CII", profile="Factur-X MINIMUM")

    found = {one.code: one.severity for one in validate(invoice, required=(), standard=follows)}

    assert found["sum.due"] == WARNING


MESSAGES = [
    (
        {"totals": {"net": "100", "tax": "19", "gross": "120"}},
        "Net 100.00 + VAT 19.00 is 119.00, but the gross total says 120.00.",
    ),
    (
        {"totals": {"gross": "119", "paid": "20", "due": "119"}},
        "Gross 119.00 − paid 20.00 is 99.00, but the amount due says 119.00.",
    ),
    (
        {"totals": {"lines": "90", "allowances": "10", "net": "90"}},
        "Line total 90.00 − allowances 10.00 is 80.00, but the net total says 90.00.",
    ),
    # No reading fits: the plain one is told
    (
        {"totals": {"net": "100", "tax": "19", "rounding": "5", "gross": "130"}},
        "Net 100.00 + VAT 19.00 is 119.00, but the gross total says 130.00.",
    ),
    # Without VAT, net and gross are the same: no talk of VAT in the lines
    (
        {"lines": amounts("60", "39.99"), "totals": {"net": "100", "gross": "100"}},
        "The 2 lines add up to 99.99, but the net total says 100.00; rounding may explain it.",
    ),
    (
        {"totals": {"lines": "90", "net": "100"}},
        "Line total is 90.00, but the net total says 100.00.",
    ),
    (
        {"lines": amounts("60", "39.99"), "totals": {"lines": "100"}},
        "The 2 lines add up to 99.99, but the total of the lines says 100.00;"
        " rounding may explain it.",
    ),
    (
        {"currency": "JPY", "taxes": amounts("1000"), "totals": {"tax": "100"}},
        "The only VAT row is 1000, but the VAT total says 100.",
    ),
    (
        {"lines": amounts("119"), "totals": {"net": "100", "gross": "119"}},
        "The lines add up to the total with VAT, 119.00, but line amounts should be without it,"
        " and the net total says 100.00.",
    ),
    (
        {"taxes": [{"rate": "19.00", "base": "100.005", "amount": "7"}]},
        "VAT of 19 % on 100.005 is 19.00095, but the VAT row says 7.00.",
    ),
    (
        {"lines": [{}, {"quantity": "3.0", "unit_price": "10", "amount": "27"}]},
        "3 × 10.00 is 30.00, but the amount of line 2 says 27.00.",
    ),
]


@pytest.mark.parametrize(("fields", "message"), MESSAGES)
def test_a_finding_is_one_sentence_with_the_figures(fields: dict[str, Any], message: str) -> None:
    """A person sees from the sentence alone what to compare on the page."""
    assert only(**fields).message == message


def test_a_finding_names_the_fields_concerned() -> None:
    """A page can point to the figures that do not fit."""
    finding = only(totals={"net": "100", "tax": "19", "gross": "120"})

    assert finding.fields == ("totals.net", "totals.tax", "totals.gross")


def test_many_findings_of_a_kind_are_cut_short() -> None:
    """An invoice of a thousand odd lines does not make a thousand findings."""
    lines = [Line(quantity=Decimal(2), unit_price=Decimal(3), amount=Decimal(7))] * 1000

    findings = validate(Invoice(lines=tuple(lines)), required=())

    assert len(findings) == 21
    assert findings[-1].message == "And 980 more like this."


def test_numbers_of_any_size_are_added_exactly() -> None:
    """The last digit counts, also where the default context would round it away."""
    net, tax = Decimal("9" * 17 + ".01"), Decimal("0." + "0" * 17 + "1")

    def totals(gross: Decimal) -> Invoice:
        return Invoice(totals=Totals(net=net, tax=tax, gross=gross))

    assert validate(totals(Decimal("9" * 17 + ".01" + "0" * 15 + "1")), required=()) == ()
    assert validate(totals(net), required=())[0].code == "sum.gross"


@dataclass
class Books:
    """An invoice that adds up in every way, open to change."""

    currency: str
    totals: dict[str, Decimal]
    lines: list[Line]
    taxes: list[Tax]
    allowances: list[Adjustment]
    charges: list[Adjustment]

    @property
    def unit(self) -> Decimal:
        """What amounts are rounded to."""
        return UNITS[self.currency]

    def shift(self, by: Decimal, *names: str) -> None:
        """Change some totals by the same amount."""
        for name in names:
            self.totals[name] += by

    def codes(self) -> list[str]:
        """What validation finds in it."""
        invoice = Invoice(
            currency=self.currency,
            totals=Totals(**self.totals),
            lines=tuple(self.lines),
            taxes=tuple(self.taxes),
            allowances=tuple(self.allowances),
            charges=tuple(self.charges),
        )
        findings = validate(invoice, required=())
        return sorted(each.code for each in findings if each.severity is Severity.ERROR)


@st.composite
def books(draw: st.DrawFn) -> Books:
    """Draw an invoice as the standard would compute it."""
    currency = draw(st.sampled_from(sorted(UNITS)))
    unit = UNITS[currency]
    cents = st.integers(1, 10_000_00).map(lambda n: n * unit)
    lines: list[Line] = []
    taxes: list[Tax] = []
    for rate in draw(st.lists(st.sampled_from([0, 7, 19, 25]), min_size=1, unique=True)):
        values = draw(st.lists(cents, min_size=1, max_size=4))
        lines += [Line(amount=value, vat_rate=Decimal(rate)) for value in values]
        base = sum(values, Decimal(0))
        amount = (base * rate / 100).quantize(unit, ROUND_HALF_UP)
        taxes.append(Tax(rate=Decimal(rate), base=base, amount=amount))
    allowances = [Adjustment(amount=value) for value in draw(st.lists(cents, max_size=2))]
    charges = [Adjustment(amount=row.amount) for row in allowances]
    net = sum((row.base or Decimal(0) for row in taxes), Decimal(0))
    tax = sum((row.amount or Decimal(0) for row in taxes), Decimal(0))
    moved = sum((row.amount or Decimal(0) for row in allowances), Decimal(0))
    paid = draw(st.just(Decimal(0)) | cents)
    totals = {"lines": net, "allowances": moved, "charges": moved, "net": net, "tax": tax}
    totals |= {"gross": net + tax, "paid": paid, "due": net + tax - paid}
    return Books(currency, totals, lines, taxes, allowances, charges)


@given(books())
def test_an_invoice_that_adds_up_has_no_finding(invoice: Books) -> None:
    """Whatever its lines, rates, currency, discounts and payments."""
    assert invoice.codes() == []


SHIFTS = [
    # The total of the lines alone, with all that follows from it
    ("sum.lines", ("lines", "net", "gross", "due"), lambda b: len(b.lines)),
    # Net, with what follows from it: net itself is what is wrong
    ("sum.net", ("net", "gross", "due"), lambda _: 3),
    ("sum.tax", ("tax", "gross", "due"), lambda b: len(b.taxes)),
    ("sum.gross", ("gross", "due"), lambda _: 2),
    ("sum.due", ("due",), lambda _: 2),
]


@given(books(), st.sampled_from(SHIFTS), st.sampled_from([-1, 1]))
def test_a_total_beyond_rounding_is_found_and_nothing_else(
    invoice: Books, shift: tuple[str, tuple[str, ...], Any], sign: int
) -> None:
    """One total off by a smallest unit more than rounding explains is exactly one error."""
    code, names, summands = shift
    # Where the tax is as small as rounding, net can pass for gross.
    most = 3 * (summands(invoice) + 1) * invoice.unit
    assume(abs(invoice.totals["net"]) > most)
    assume(invoice.totals["tax"] == 0 or abs(invoice.totals["tax"]) > most)

    invoice.shift(sign * (summands(invoice) + 1) * invoice.unit, *names)

    assert invoice.codes() == [code]


@given(books(), st.sampled_from(SHIFTS), st.sampled_from([-1, 1]))
def test_a_total_within_rounding_is_no_error(
    invoice: Books, shift: tuple[str, tuple[str, ...], Any], sign: int
) -> None:
    """One smallest unit is let pass everywhere."""
    _, names, _ = shift

    invoice.shift(sign * invoice.unit, *names)

    assert invoice.codes() == []


def test_only_an_error_needs_a_person() -> None:
    """Warnings and remarks let a document pass."""
    warning = Finding(code="a", severity=Severity.WARNING, message="")
    error = Finding(code="b", severity=Severity.ERROR, message="")

    assert not needs_review([warning])
    assert needs_review([warning, error])
    assert not needs_review([])
