"""Which checks a result went through, told by what it holds; see ``docs/validation.md``.

A check is made only where what it needs is there, and says nothing where all is well.
So what passed is what was there to be checked and brought no finding.
"""

from collections.abc import Callable
from typing import NamedTuple

from tallysheet.extract import E_INVOICE, Rules
from tallysheet.model import PART, Party, Result

PAGES = f"{PART}pages="
"""What the name of a document holds that is some pages of a file."""


class Check(NamedTuple):
    """Some checks of one kind."""

    name: str
    """What people call it."""
    codes: tuple[str, ...]
    """The findings it can bring; with a point at the end all that begin so."""
    is_made: Callable[[Result], object]
    """Whether a result holds what it needs."""

    def found(self, result: Result) -> bool:
        """Whether a finding of *result* is one of its own."""
        return any(self.tells(finding.code) for finding in result.findings)

    def tells(self, code: str) -> bool:
        """Whether a finding of this code comes of it."""
        return any(code == own or (own[-1] == "." and code.startswith(own)) for own in self.codes)


def _parties(result: Result) -> tuple[Party, Party]:
    return result.invoice.seller, result.invoice.buyer


CHECKS = (
    Check("required fields", ("missing.",), lambda r: True),
    Check(
        "values found in the document",
        ("uncited", "uncited."),
        lambda r: r.source != E_INVOICE,
    ),
    # How probable a value had to be, a result does not tell: nobody knows whether it was asked.
    Check("probability", ("unsure.",), lambda r: False),
    # Beside an e-invoice pages are only evidence, and a part has been parted already.
    Check(
        "all pages read",
        ("pages.unread",),
        lambda r: r.source != E_INVOICE and r.provenance.pages,
    ),
    Check(
        "one invoice only",
        ("pages.several",),
        lambda r: r.source != E_INVOICE and r.provenance.pages and PAGES not in r.document,
    ),
    Check(
        "the pages against the e-invoice",
        ("page.",),
        lambda r: r.source == E_INVOICE and r.provenance.pages,
    ),
    Check(
        "the model against the rules",
        ("rules.",),
        lambda r: r.source not in (E_INVOICE, Rules.name),
    ),
    Check(
        "the second reading",
        ("second.",),
        lambda r: r.second is not None and r.second.citations,
    ),
    Check(
        "sums",
        ("sum.", "tax_currency.total"),
        lambda r: r.invoice.totals.gross is not None and r.invoice.totals.net is not None,
    ),
    Check(
        "one total only",
        ("totals.several",),
        lambda r: r.source != E_INVOICE and r.invoice.totals.gross is not None,
    ),
    Check("one seller only", ("seller.several",), lambda r: r.source != E_INVOICE),
    Check("the rules against fitted numbers", ("unlikely.",), lambda r: r.source == Rules.name),
    Check("VAT", ("tax.",), lambda r: r.invoice.taxes),
    Check("number", ("number.",), lambda r: r.invoice.number),
    Check("lines", ("line.",), lambda r: r.invoice.lines),
    Check("signs", ("sign.",), lambda r: r.invoice.totals.gross is not None),
    Check("dates", ("date.", "period."), lambda r: r.invoice.issue_date),
    Check("currency", ("currency.", "decimals"), lambda r: r.invoice.currency),
    Check(
        "accounts",
        ("iban.", "bic.", "payment.", "account."),
        lambda r: r.invoice.payment.accounts,
    ),
    Check(
        "VAT ids",
        ("vat_id.", "buyer.", "seller.unnumbered"),
        lambda r: r.invoice.seller.vat_id or r.invoice.buyer.vat_id,
    ),
    Check(
        "national numbers",
        ("tax_number.", "legal_id.", "id."),
        lambda r: any(p.tax_number or p.legal_id or p.ids for p in _parties(r)),
    ),
    Check("codes", ("kind.", "country."), lambda r: r.invoice.kind),
    Check(
        "duplicates",
        ("duplicate.",),
        lambda r: r.invoice.number or r.invoice.totals.gross,
    ),
)
"""All of them, in the order in which they are told."""


def passed_by(result: Result) -> list[str]:
    """The checks that *result* went through without a finding."""
    return [c.name for c in CHECKS if c.is_made(result) and not c.found(result)]
