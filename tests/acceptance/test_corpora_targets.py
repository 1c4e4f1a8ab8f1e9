"""What the rules have to read off the pages of the corpora, and how the documents end.

The corpora are no part of the repository: they lie beside it or not at all.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"

LEAST = {
    "number": 0.98,
    "issue date": 0.98,
    "gross": 0.98,
    "currency": 0.98,
    "seller VAT id": 0.98,
    "net": 0.96,
    "tax": 0.96,
    "seller": 0.92,
}
"""The share of the values that a person sees on the ZUGFeRD pages, read with the XML off."""
OF_ELEVEN = ("number", "issue date", "gross", "net", "currency", "seller")
"""What is counted together on the invoices of invoice2data."""

pytestmark = [
    pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not beside us"),
    pytest.mark.timeout(240),
]


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """The figures of `bench/accuracy.py`."""
    command = [sys.executable, str(ROOT / "bench" / "accuracy.py"), "--json", "--samples", "1"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("field", LEAST)
def test_zugferd_pages_are_read(measured: dict[str, Any], field: str) -> None:
    """Both halves, the one that was looked at while the rules were written and the other."""
    counts: Counter[str] = Counter()
    for half in ("zugferd A", "zugferd B"):
        counts.update(measured["fields"][half][field])

    assert counts["visible"] > 130
    assert counts["right"] / counts["visible"] >= LEAST[field]


def test_nine_of_ten_values_of_invoice2data_are_read(measured: dict[str, Any]) -> None:
    """Counted over eleven invoices of as many issuers."""
    fields = measured["fields"]["invoice2data"]
    right = sum(fields[name]["right"] for name in OF_ELEVEN)
    visible = sum(fields[name]["visible"] for name in OF_ELEVEN)

    assert visible > 55
    assert right / visible >= 0.9


def test_of_what_is_done_nothing_is_wrong_and_most_is_done(measured: dict[str, Any]) -> None:
    """At most 40 % go to a person."""
    for group in ("zugferd A", "zugferd B", "invoice2data"):
        end = measured["ends"][group]
        assert end["done_wrong"] == 0
        assert end["review"] / end["documents"] <= 0.4
