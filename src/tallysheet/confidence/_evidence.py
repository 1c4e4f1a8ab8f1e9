"""What speaks for a value and what against it, in terms that can be weighed.

====================  =====================================================================
term                  value
====================  =====================================================================
a field path          1: how well this field is read as a rule
``score``             log odds of the score of the citation, which is how sure the method is
``<sort>.<method>``   1: a name or a date that was found in this way, such as ``name.layout``
``uncited``           1: it stands nowhere on the pages
``error``             1: a finding that is an error names the field
``checksum``          1: its check digits are wrong, which many documents print so
``balanced``          1: an amount of three that fulfil net + VAT = gross, without an error
``gaps``              how many of what every invoice has were not found: see `CORE`
``ocr``               1: OCR read the words that it stands in
``blur``              tenths that the score of the worst of these words lacks to 1
``agreed.text``       1: the rules read the same as the model, off words that the file has
``agreed.ocr``        1: the same of words that OCR read, and may have misread for both
``second.text``       1: a second model read the same, off words that the file has
``second.ocr``        1: the same of words that OCR read
``second.other``      1: a second model read another value that the page has
``read``              1: it stands in an e-invoice
``unseen``            1: a warning that its pages do not show it, or show it otherwise
``compared``          1: its pages were held against it, and say nothing against this
====================  =====================================================================
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from tallysheet.model import Citation, Finding, Page, Result, Severity, leaves_of

Evidence = Mapping[str, float]
"""Values by term; what is left out is 0."""


class Origin(StrEnum):
    """Who read a value: what is evidence depends on it."""

    E_INVOICE = "e-invoice"
    RULES = "rules"
    MODEL = "model"


FIELDS: Mapping[str, str] = {
    "number": "number",
    "issue_date": "date",
    "due_date": "date",
    "currency": "currency",
    "seller.name": "name",
    "seller.vat_id": "id",
    "buyer.name": "name",
    "payment.accounts[0].iban": "id",
    "totals.net": "amount",
    "totals.tax": "amount",
    "totals.gross": "amount",
    "totals.due": "amount",
}
"""The main fields, and of which sort each is. Of others nobody has counted how often they are
right, and nothing is said."""
TOTALS = ("totals.net", "totals.tax", "totals.gross")
CORE = ("number", "issue_date", "currency", "seller.name", "totals.gross")
"""Where one of these was not found, the page is not understood well."""
FOUND_IN_WAYS = ("name", "date")
"""Sorts of which some ways to find them are worth less than their scores say."""
LEAST, MOST = 0.3, 0.995
"""Bounds of a score, whose log odds have none."""
NOTHING: Mapping[str, bool] = {}
EDGE = 0.5
"""Points by which a word may stand out of the box of its citation."""


def evidence_of(
    result: Result,
    origin: Origin,
    pages: Sequence[Page],
    agreed: Collection[str] = (),
    seconded: Mapping[str, bool] = NOTHING,
) -> dict[str, Evidence]:
    """What is known of each main field of *result* that has a value.

    Args:
        result: Cited and looked over.
        origin: Who read it.
        pages: What it was read off, for the scores of OCR.
        agreed: Paths of which the rules read the same as the model.
        seconded: Of each path that a second model read as well, whether it read the same.
    """
    head = result.invoice.model_copy(update={"lines": ()})  # of which there may be thousands
    there = [leaf.path for leaf in leaves_of(head) if leaf.path in FIELDS]
    wrong = {path for f in result.findings if f.severity is Severity.ERROR for path in f.fields}
    if origin is Origin.E_INVOICE:
        return {path: dict(_of_xml(path, result, wrong)) for path in there}
    misfit = {path for f in result.findings if f.code.endswith(".check") for path in f.fields}
    gaps = float(sum(path not in there for path in CORE))
    balanced = all(path in there for path in TOTALS) and not wrong & {*TOTALS}
    scanned = {page.number: page for page in pages if page.scores}
    found: dict[str, Evidence] = {}
    for path in there:
        citation = result.citations.get(path)
        terms = {path: 1.0, "gaps": gaps}
        terms |= _of_place(FIELDS[path], citation)
        terms |= _of_ocr(citation, scanned)
        terms["error"] = float(path in wrong)
        terms["checksum"] = float(path in misfit)
        terms["balanced"] = float(balanced and path in TOTALS)
        words = "ocr" if "ocr" in terms else "text"
        terms[f"agreed.{words}"] = float(path in agreed)
        if path in seconded:
            terms[f"second.{words}" if seconded[path] else "second.other"] = 1.0
        found[path] = {term: value for term, value in terms.items() if value}
    return found


def _of_xml(path: str, result: Result, wrong: Collection[str]) -> Iterator[tuple[str, float]]:
    yield "read", 1.0
    if path in wrong:
        yield "error", 1.0
    elif any(f.code.startswith("page.") and path in f.fields for f in result.findings):
        yield "unseen", 1.0
    elif result.provenance.pages and not _has(result.findings, "page.unread"):
        yield "compared", 1.0


def _has(findings: Sequence[Finding], code: str) -> bool:
    return any(finding.code == code for finding in findings)


def _of_place(sort: str, citation: Citation | None) -> dict[str, float]:
    """Where it stands, and how that was found."""
    if citation is None:
        return {"uncited": 1.0}
    score = min(MOST, max(LEAST, citation.score))
    terms = {"score": math.log(score / (1 - score))}
    if sort in FOUND_IN_WAYS:
        terms[f"{sort}.{citation.method}"] = 1.0
    return terms


def _of_ocr(citation: Citation | None, scanned: Mapping[int, Page]) -> dict[str, float]:
    """How surely OCR read the words that it stands in."""
    page = scanned.get(citation.page or 0) if citation else None
    if citation is None or citation.box is None or page is None:
        return {}
    x0, y0, x1, y1 = citation.box
    inside = [
        score
        # Where a document has too many words, the last page was cut, and its scores were not.
        for word, score in zip(page.words, page.scores, strict=False)
        if x0 - EDGE <= word.x0
        and word.x1 <= x1 + EDGE
        and y0 - EDGE <= word.y0
        and word.y1 <= y1 + EDGE
    ]
    return {"ocr": 1.0, "blur": 10 * (1 - min(inside, default=1.0))}
