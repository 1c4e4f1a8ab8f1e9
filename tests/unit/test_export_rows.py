"""The exported line of a document."""

import json
from datetime import date
from decimal import Decimal

import pytest

from tallysheet.export import line
from tallysheet.model import (
    Box,
    Citation,
    Finding,
    Invoice,
    Record,
    Result,
    Severity,
    Standard,
    Status,
    Totals,
)

KEYS = [
    *("document", "sha256", "status", "source", "invoice", "citations", "findings"),
    *("attempts", "cost_usd", "duplicate_of", "reason", "message", "warnings"),
    *("standard", "confidence", "because"),
]

READ = Result(
    document="a.pdf",
    sha256="ab",
    source="rules",
    invoice=Invoice(number="1", issue_date=date(2026, 1, 2), totals=Totals(gross=Decimal("1E+2"))),
    citations={
        "number": Citation(page=1, box=Box(1, 2, 3, 4), text="1", method="label", score=0.5)
    },
    findings=(Finding(code="missing.currency", severity=Severity.ERROR, message="No."),),
    warnings=("A page is blank.",),
    confidence={"number": 0.875},
)


def test_a_line_says_all_that_is_known_of_a_document() -> None:
    """What it costs and how often it was tried is the record's to say."""
    record = Record(
        status=Status.REVIEW, sha256="ab", attempts=2, cost_usd=0.5, reason="missing.currency"
    )

    row = line("a.pdf", record, READ)

    assert list(row) == KEYS
    assert (row["document"], row["sha256"], row["status"]) == ("a.pdf", "ab", "review")
    assert (row["source"], row["attempts"], row["cost_usd"]) == ("rules", 2, 0.5)
    assert (row["reason"], row["warnings"]) == ("missing.currency", ["A page is blank."])
    assert row["standard"] is None
    assert row["confidence"] == {"number": 0.875}


def test_a_line_says_what_an_e_invoice_follows() -> None:
    """Syntax, profile and version apart."""
    standard = Standard(syntax="UBL", profile="XRechnung", version="3.0", identifier="urn:x")
    result = READ.model_copy(update={"source": "e-invoice", "standard": standard})

    row = line("a.xml", Record(status=Status.DONE), result)

    assert row["standard"] == {
        "syntax": "UBL",
        "profile": "XRechnung",
        "version": "3.0",
        "identifier": "urn:x",
    }


def test_a_line_is_plain_json() -> None:
    """Amounts are exact strings without an exponent, dates ISO 8601, boxes lists."""
    row = json.loads(json.dumps(line("a.pdf", Record(status=Status.DONE), READ)))

    assert row["invoice"]["totals"]["gross"] == "100"
    assert row["invoice"]["issue_date"] == "2026-01-02"
    assert row["invoice"]["due_date"] is None
    assert row["citations"]["number"]["box"] == [1, 2, 3, 4]
    assert row["findings"][0]["severity"] == "error"


@pytest.mark.parametrize(
    "record",
    [
        Record(),
        Record(status=Status.FAILED, reason="encrypted", message="It needs a password."),
        Record(status=Status.DUPLICATE, of="b.pdf"),
    ],
)
def test_a_document_without_a_result_has_a_line_of_the_same_keys(record: Record) -> None:
    """Nothing is made up: no invoice, no source, and why."""
    row = line("a.pdf", record, None)

    assert list(row) == KEYS
    assert (row["source"], row["invoice"]) == (None, None)
    assert (row["citations"], row["findings"], row["warnings"]) == ({}, [], [])
    assert (row["duplicate_of"], row["reason"]) == (record.of, record.reason)
    assert row["message"] == record.message
