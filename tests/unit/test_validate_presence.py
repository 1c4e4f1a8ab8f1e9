"""Required fields that are missing, and values that the document does not show."""

from decimal import Decimal

import pytest

from tallysheet.errors import ConfigError
from tallysheet.model import Account, Citation, Invoice, Line, Party, Payment, Severity, Totals
from tallysheet.validate import needs_review, validate

SEEN = Citation(text="…", method="label", score=1.0)

WHOLE = Invoice(
    number="1",
    kind="380",
    seller=Party(name="Ann"),
    totals=Totals(gross=Decimal(0)),
    payment=Payment(accounts=(Account(iban="DE89370400440532013000"),)),
    lines=(Line(name="Tea", unit="C62"), Line(name="Cake")),
)

PATHS = [
    # A plain field, one in a group, one that is zero
    ("number", True),
    ("seller.name", True),
    ("totals.gross", True),
    # A group and a list count as there if anything is in them
    ("seller", True),
    ("lines", True),
    ("payment.accounts[0].iban", True),
    ("lines[1].name", True),
    # Absent: a field, a group, a row, a field of a row
    ("due_date", False),
    ("buyer", False),
    ("taxes", False),
    ("lines[2].name", False),
    ("lines[1].unit", False),
    # The amount due does not stand in for the gross total
    ("totals.due", False),
]


@pytest.mark.parametrize(("path", "there"), PATHS)
def test_a_required_field_must_be_there(path: str, there: bool) -> None:
    """A missing one is an error that names it."""
    findings = validate(WHOLE, required=[path])

    assert [finding.code for finding in findings] == ([] if there else [f"missing.{path}"])
    assert needs_review(findings) is not there


@pytest.mark.parametrize(
    "path",
    [
        # A slip, and a field of a field that has none
        "totals.gros",
        "number.value",
        # A list without saying which, and an index where there is no list
        "lines.amount",
        "number[0]",
        # No paths at all
        "",
        "lines[-1]",
        "lines[0]]",
        "__class__",
        "model_fields",
    ],
)
def test_a_path_of_no_field_is_the_users_mistake(path: str) -> None:
    """It would otherwise send every document to review."""
    with pytest.raises(ConfigError, match="not a field of an invoice"):
        validate(WHOLE, required=[path])


def test_a_required_value_that_nothing_is_cited_for_is_an_error() -> None:
    """An extractor that cannot point to the number may have made it up."""
    findings = validate(WHOLE, required=["number", "due_date"], citations={"seller": SEEN})

    codes = {finding.code: finding.severity for finding in findings}
    assert codes["uncited.number"] is Severity.ERROR
    assert "uncited.due_date" not in codes


def test_other_uncited_values_are_one_warning() -> None:
    """All in one: a long list of lines would drown everything else."""
    (finding,) = validate(WHOLE, required=[], citations={"number": SEEN, "seller.name": SEEN})

    assert finding.severity is Severity.WARNING
    assert finding.fields == (
        "payment.accounts[0].iban",
        "totals.gross",
        "lines[0].name",
        "lines[1].name",
    )
    assert finding.message == (
        "Not found in the document: the value of payment.accounts[0].iban, totals.gross,"
        " lines[0].name and 1 more."
    )


def test_a_citation_of_a_group_covers_what_is_in_it() -> None:
    """And a required group is covered by a citation of any value in it."""
    cited = ["number", "seller", "totals", "payment", "lines"]

    assert validate(WHOLE, required=[], citations=dict.fromkeys(cited, SEEN)) == ()
    cited = ["number", "seller.name", "totals.gross", "payment.accounts[0]", "lines[0].name"]
    required = ["seller", "lines"]
    findings = validate(WHOLE, required=required, citations=dict.fromkeys(cited, SEEN))
    assert not needs_review(findings)


def test_without_citations_nothing_is_uncited() -> None:
    """Validation of an invoice that comes from elsewhere does not ask where it stands."""
    assert validate(WHOLE, required=["number"]) == ()


def test_errors_come_first() -> None:
    """The first finding is the one to tell."""
    totals = Totals(net=Decimal(-1), tax=Decimal(0), gross=Decimal(-9))
    invoice = Invoice(totals=totals, currency="?")

    findings = validate(invoice, required=())

    severities = [finding.severity for finding in findings]
    assert severities == [Severity.ERROR, Severity.ERROR, Severity.WARNING]
