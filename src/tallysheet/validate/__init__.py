"""Looks an invoice over and says what does not fit. Never alters a value.

A finding of severity *error* sends the document to a person. Within rounding,
which is one smallest unit of the currency for each summand, a sum is a warning.

====================  ========  ==========================================================
code                  severity  what was noticed, and by which rule
====================  ========  ==========================================================
``missing.<field>``   error     a required field is absent
``uncited.<field>``   error     a required field has a value that the document does not show
``uncited``           warning   so have other fields, all in one finding
``sum.lines``         error     Σ line amounts ≠ total of the lines, or net (BR-CO-10), or gross
                                where that is the only sum; a warning where they add up to
                                the total with VAT
``sum.allowances``    error     Σ allowances ≠ their total (BR-CO-11)
``sum.charges``       error     Σ charges ≠ their total (BR-CO-12)
``sum.net``           error     lines − allowances + charges ≠ net (BR-CO-13)
``sum.tax``           error     Σ VAT rows ≠ VAT total (BR-CO-14)
``sum.gross``         error     net + VAT ≠ gross (BR-CO-15)
``sum.due``           error     gross − paid + rounding ≠ due (BR-CO-16); a warning where
                                nothing is due, or in an e-invoice of totals alone, and paid
                                is not stated
``tax.rate``          error     base × rate ≠ VAT of the row (BR-CO-17)
``tax.base``          warning   Σ bases ≠ net: paper leaves out what bears no VAT
``tax.share``         error     VAT is more of net than its rates make, or than any VAT
``tax.category``      error     VAT on what bears none (BR-Z-09, BR-E-09, BR-AE-09 …)
``tax.lines``         error     what is taxed alike ≠ base of its VAT row (BR-S-08 …); a warning
                                within 1.00, and where no e-invoice has to follow EN 16931
``line.amount``       warning   quantity × price ≠ line amount: paper hides discounts
``sign.credit_note``  warning   a credit note with a negative total
``sign.invoice``      warning   a negative total, and not a credit note
``date.order``        warning   due before issued: happens where it is already paid
``date.past``         warning   issued before 1990
``date.apart``        error     due some seventeen months after it was issued, or later
``date.future``       warning   issued more than a week ahead; an error beyond three months
``period.order``      warning   a period ends before it starts (BR-29, BR-30)
``currency.unknown``  error     not in ISO 4217 (a warning for the VAT currency)
``currency.retired``  warning   withdrawn since 2020
``iban.check``        error     wrong check digits: money could go astray
                                (a warning for the payer's own account)
``iban.form``         info      no IBAN, perhaps a local account number; a warning where
                                it holds no digit, or a SEPA transfer needs an IBAN
``bic.form``          warning   not of the form of ISO 9362
``bic.country``       warning   the bank is in another country than the IBAN
``vat_id.check``      warning   does not pass its country's check: too often so in fact; an
                                error for the seller's where OCR read it
``number.borrowed``   error     the invoice's number is that of a company or an account
``tax_number.check``  warning   has the form of a number of its country, and wrong check digits
``tax_number.form``   warning   of digits, and not the form of a German tax number
``legal_id.check``    warning   the same of a registration
``id.check``          warning   the same of an identifier that names its scheme
``kind.unknown``      warning   no type of document (BR-CL-01)
``country.unknown``   warning   no country (BR-CL-14)
``payment.means``     warning   no means of payment (BR-CL-16)
``tax.unknown``       warning   no VAT category (BR-CL-17, BR-CL-18)
====================  ========  ==========================================================

With what the user told (settings ``our_companies`` and ``known_accounts_file``) furthermore
``buyer.vat_id`` (error: the buyer's VAT number is not ours), ``buyer.name`` (warning: the
buyer's name is not ours) and ``account.changed`` (error: an account that is not known of a
known seller).

Of e-invoices in CII and UBL, which have to follow EN 16931, furthermore, as warnings:
``payment.when`` (BR-CO-25), ``payment.account`` (BR-61), ``seller.unnumbered`` (BR-CO-26),
``tax.missing`` (BR-CO-18), ``tax.mixed`` (BR-O-11), ``tax.exemption`` (BR-E-10 …),
``tax.parties`` (BR-AE-02, BR-IC-02), ``vat_id.prefix`` (BR-CO-09), ``tax_currency.total``
(BR-53), ``decimals`` (BR-DEC), ``line.price`` (BR-27). What an extractor notices itself
comes with the rest: see ``extract/_crosscheck``, ``extract/_doubt``, ``extract/_second`` and
``parse``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Context, localcontext

from tallysheet.model import Citation, Finding, Invoice, Severity, Standard
from tallysheet.validate._codes import check_codes
from tallysheet.validate._dates import check_dates
from tallysheet.validate._en16931 import binds, check_en16931
from tallysheet.validate._known import accounts_of, check_known, companies_of, known_about
from tallysheet.validate._lists import check_lists
from tallysheet.validate._marks import marks_of
from tallysheet.validate._presence import check_citations, check_presence, require_known
from tallysheet.validate._registered import check_registered
from tallysheet.validate._rows import check_rows
from tallysheet.validate._signs import CREDIT_NOTES, check_signs
from tallysheet.validate._sums import check_sums
from tallysheet.validate._vat import check_vat

__all__ = [
    "CREDIT_NOTES",
    "accounts_of",
    "check_known",
    "companies_of",
    "gravest_first",
    "known_about",
    "marks_of",
    "needs_review",
    "require_known",
    "validate",
]

WEIGHT = (Severity.ERROR, Severity.WARNING, Severity.INFO)

EXACT = Context(prec=120)
"""Digits enough that no sum or product of amounts is ever rounded by us."""

CHECKS = (check_rows, check_signs, check_codes, check_registered, check_lists)
"""What is looked at in every invoice in the same way."""

MOST_OF_A_KIND = 20
"""Findings kept of one code: a thousand odd lines are one problem."""


def validate(
    invoice: Invoice,
    *,
    required: Sequence[str],
    citations: Mapping[str, Citation] | None = None,
    today: date | None = None,
    noticed: Sequence[Finding] = (),
    standard: Standard | None = None,
) -> tuple[Finding, ...]:
    """Return what does not fit in *invoice*, the gravest first.

    Args:
        invoice: What was read.
        required: Paths of fields that must be there, such as ``totals.gross``.
        citations: Where each value stands, if values without one are to be noticed.
        today: The day that dates may not be far ahead of, if that is to be noticed.
        noticed: What the extractor noticed itself, to be told with the rest.
        standard: What it claims to follow, where it was read off an e-invoice.

    Raises:
        ConfigError: A path in *required* is not that of a field.
    """
    with localcontext(EXACT):
        findings = [*noticed, *_findings(invoice, required, citations, today, standard)]
    return gravest_first(_bounded(findings))


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """*findings* by severity; those of one stay in their order."""
    return tuple(sorted(findings, key=lambda finding: WEIGHT.index(finding.severity)))


def needs_review(findings: Iterable[Finding]) -> bool:
    """Whether a person must see the document."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _findings(
    invoice: Invoice,
    required: Sequence[str],
    citations: Mapping[str, Citation] | None,
    today: date | None,
    standard: Standard | None,
) -> Iterator[Finding]:
    yield from check_presence(invoice, required)
    if citations is not None:
        yield from check_citations(invoice, required, citations)
    yield from check_sums(invoice, may_sum_up=standard is not None)
    for check in CHECKS:
        yield from check(invoice)
    yield from check_vat(invoice, exact=binds(standard))
    if standard is not None and binds(standard):
        yield from check_en16931(invoice, standard)
    yield from check_dates(invoice, today)


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The first few findings of each code, and a word about the others."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        kinds[finding.code].append(finding)
    for code, kind in kinds.items():
        yield from kind[:MOST_OF_A_KIND]
        if rest := kind[MOST_OF_A_KIND:]:
            gravest = min((finding.severity for finding in rest), key=WEIGHT.index)
            message = f"And {len(rest)} more like this."
            yield Finding(code=code, severity=gravest, message=message)
