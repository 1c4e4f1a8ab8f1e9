"""Every finding belongs to one check, so that what is told to have passed did."""

import re
from pathlib import Path

import pytest

from tallysheet.cli._checks_made import CHECKS, passed_by
from tallysheet.model import Finding, Invoice, Provenance, Result, Severity, Tax, Totals

PAGE = Path(__file__).parent.parent.parent / "docs" / "validation.md"
CODES = sorted(set(re.findall(r"^\| `([a-z_0-9.]+(?:<field>)?)` \|", PAGE.read_text(), re.M)))


def result(*codes: str, source: str = "rules", **read: object) -> Result:
    """A result of one page with findings of these codes."""
    return Result(
        document="a.pdf",
        sha256="ab",
        source=source,
        invoice=Invoice.model_validate(read),
        findings=tuple(
            Finding(code=code, severity=Severity.WARNING, message="So.") for code in codes
        ),
        provenance=Provenance(pages=1),
    )


@pytest.mark.parametrize("code", CODES)
def test_every_finding_that_is_documented_belongs_to_one_check(code: str) -> None:
    """None to two, and none to nobody: nothing passes that brought a finding."""
    told = code.replace("<field>", "number")

    assert len([check for check in CHECKS if check.tells(told)]) == 1


def test_what_is_not_there_is_not_said_to_have_passed() -> None:
    """Without totals there are no sums; with them there are, unless they are wrong."""
    totals = Totals.model_validate({"net": "1", "tax": "0", "gross": "1"})
    taxes = (Tax.model_validate({"rate": "0"}),)

    empty = passed_by(result())
    full = passed_by(result(totals=totals, taxes=taxes))
    wrong = passed_by(result("sum.gross", totals=totals, taxes=taxes))

    assert not {"sums", "VAT", "lines", "dates"} & set(empty)
    assert {"sums", "VAT"} <= set(full)
    assert set(full) - set(wrong) == {"sums"}


def test_pages_and_rules_are_held_against_whoever_read_something_else() -> None:
    """An e-invoice against its pages, a model against the rules, nobody against himself."""
    rules, model, xml = (
        set(passed_by(result(source=source))) for source in ("rules", "openai:test", "e-invoice")
    )

    assert "the model against the rules" in model - rules - xml
    assert "the pages against the e-invoice" in xml - rules - model
    assert {"all pages read", "values found in the document"} <= rules & model - xml
