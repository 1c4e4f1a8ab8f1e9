"""The official examples of EN 16931 and XRechnung are valid: nobody is sent to look at one.

The corpora are no part of the repository: they lie beside it or not at all.
"""

from pathlib import Path

import pytest

from tallysheet.extract._einvoice import read_e_invoice
from tallysheet.model import Severity
from tallysheet.parse._xml import decode
from tallysheet.validate import validate

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "e-invoice"
REQUIRED = ("number", "issue_date", "currency", "seller.name", "totals.gross")
INVENTED = "12123412341234"
"""Their authors made up accounts, whose check digits are therefore wrong."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora are not beside us")


def test_no_official_example_has_an_error_but_for_invented_accounts() -> None:
    """All 105 of them, in both syntaxes."""
    files = [file for file in sorted(CORPUS.rglob("*")) if file.suffix.lower() == ".xml"]

    errors = []
    for file in files:
        draft = read_e_invoice(decode(file.read_bytes()))
        findings = validate(draft.invoice, required=REQUIRED, standard=draft.standard)
        errors += [
            (file.name, one.message)
            for one in findings
            if one.severity is Severity.ERROR
            and not (one.code == "iban.check" and INVENTED in one.message)
        ]

    assert len(files) > 100
    assert errors == []
