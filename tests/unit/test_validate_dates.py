"""Dates out of order and out of reach."""

from datetime import date, timedelta
from typing import Any

import pytest

from tallysheet.model import Invoice, Severity
from tallysheet.validate import validate

TODAY = date(2026, 3, 1)

CASES = [
    # In order, and on the same day
    ({"issue_date": "2026-02-01", "due_date": "2026-03-01"}, []),
    ({"issue_date": "2026-02-01", "due_date": "2026-02-01"}, []),
    # Already paid, or day and month changed places
    ({"issue_date": "2026-02-01", "due_date": "2026-01-31"}, ["date.order"]),
    # Nothing to compare with
    ({"due_date": "1980-01-01"}, []),
    # A year read wrong
    ({"issue_date": "1989-12-31"}, ["date.past"]),
    ({"issue_date": "1990-01-01"}, []),
    # Next week's rent, and next year's
    ({"issue_date": "2026-03-08"}, []),
    ({"issue_date": "2026-03-09"}, ["date.future"]),
    # Periods of the invoice and of a line
    ({"period": {"start": "2026-01-01", "end": "2026-01-01"}}, []),
    ({"period": {"start": "2026-01-02", "end": "2026-01-01"}}, ["period.order"]),
    ({"period": {"end": "2026-01-01"}}, []),
    ({"lines": [{"period": {"start": "2026-01-02", "end": "2026-01-01"}}]}, ["period.order"]),
]


@pytest.mark.parametrize(("fields", "codes"), CASES)
def test_odd_dates_are_warnings(fields: dict[str, Any], codes: list[str]) -> None:
    """None of them sends money astray, so none stops the document."""
    findings = validate(Invoice.model_validate(fields), required=(), today=TODAY)

    assert [finding.code for finding in findings] == codes
    assert {finding.severity for finding in findings} <= {Severity.WARNING}


def test_an_invoice_that_is_dated_months_ahead_goes_to_a_person() -> None:
    """The first day on which that is so, and the last on which it is only odd."""
    severities = [
        next(
            iter(
                validate(Invoice(issue_date=TODAY + timedelta(days=days)), required=(), today=TODAY)
            )
        ).severity
        for days in (90, 91)
    ]

    assert severities == [Severity.WARNING, Severity.ERROR]


def test_an_invoice_that_is_due_in_another_year_altogether_goes_to_a_person() -> None:
    """One of its dates is misread; a year to pay, and some months, are not unheard of."""
    issued = date(2024, 1, 31)
    found = [
        [
            (finding.code, finding.severity)
            for finding in validate(
                Invoice(issue_date=issued, due_date=issued + timedelta(days=days)), required=()
            )
        ]
        for days in (500, 501)
    ]

    assert found == [[], [("date.apart", Severity.ERROR)]]


def test_without_a_clock_nothing_is_in_the_future() -> None:
    """Validation is pure: the day is handed in."""
    invoice = Invoice(issue_date=TODAY + timedelta(days=9999))

    assert validate(invoice, required=()) == ()


def test_a_period_of_a_line_is_found_by_its_path() -> None:
    """The message counts lines as people do, the path as Python does."""
    period = {"start": "2026-01-02", "end": "2026-01-01"}
    invoice = Invoice.model_validate({"lines": [{}, {"period": period}]})

    (finding,) = validate(invoice, required=())

    assert finding.fields == ("lines[1].period.start", "lines[1].period.end")
    assert finding.message == (
        "The period of line 2 ends on 2026-01-01, before it starts on 2026-01-02."
    )
