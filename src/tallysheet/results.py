"""From a reading to its result: cited, looked over and encoded, in one trip to a child process.

All of it is computing, most of it with the words of the document, which therefore
go from child to child without being decoded on the event loop.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import starmap

from tallysheet.confidence import CALIBRATION, Evidence, Origin, check_confidence, evidence_of
from tallysheet.extract import (
    E_INVOICE,
    Rules,
    agreed_on,
    cited,
    doubts_of,
    doubts_of_second,
    failed,
    fits,
    only_asked,
    pages_of,
    read_words,
    seconded,
    taken_over,
)
from tallysheet.model import (
    Citation,
    Company,
    Draft,
    Finding,
    Invoice,
    Known,
    Marks,
    Page,
    Parsed,
    Result,
    Second,
    Severity,
)
from tallysheet.ports import Offload
from tallysheet.validate import gravest_first, known_about, marks_of, needs_review, validate

NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a record shows of a result: the first error, and whether a person must see it."""

    needs_review: bool
    code: str | None = None
    message: str | None = None

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "Shown":
        """What these findings, of which the gravest come first, come to."""
        for finding in findings:
            if finding.severity is Severity.ERROR:
                return cls(needs_review(findings), finding.code, finding.message)
        return cls(needs_review(findings))


@dataclass(frozen=True, slots=True)
class Written:
    """A result as it is to be stored."""

    data: bytes
    shown: Shown
    marks: Marks
    """What tells its copies."""
    failed: Sequence[str] = ()
    """Paths of fields that failed checks, and might be read once more."""
    pages: Sequence[int] = ()
    """Numbers of the pages on which these stand; empty where that is not known of one."""


async def write(
    result: Result,
    parsed: Parsed,
    *,
    required: Sequence[str],
    today: date,
    offload: Offload,
    review_below: float = 0.0,
    known: Known = NOTHING_KNOWN,
    again: bool = False,
) -> Written:
    """Finish a result: its values cited from *parsed* and weighed, its findings added, all encoded.

    Args:
        result: What was read, with citations and findings of whoever read it.
        parsed: The document.
        required: Paths of fields that must be there; see `require_known`.
        today: The day that dates may not be far ahead of.
        review_below: The probability of being right that a required field must have.
        known: What the user told about the parties of invoices.
        again: Whether what failed is to be told, since somebody is to read it once more.
        offload: Where the work is done.

    Raises:
        DocumentError: It took too long, or too much memory.
        WorkerLost: As *offload* says.
    """
    companies, accounts = known.companies, known_about(result.invoice, known).accounts
    # What an e-invoice says is exact, and nobody reads it once more.
    again = again and result.source != E_INVOICE
    telling = [list(required), today.isoformat(), review_below, companies, list(accounts), again]
    told = json.dumps(telling).encode()
    read = result.model_dump_json(exclude_unset=True).encode()
    # An e-invoice cites its XML, whatever stands on pages around it.
    pages = () if result.source == E_INVOICE else parsed.pages
    looked_in = Parsed(parsed.media_type, pages)
    # JSON of ours holds no line break.
    data = b"\n".join((told, read, looked_in.to_bytes(words_only=True)))
    head, _, encoded = (await offload.run(write_bytes, data)).data.partition(b"\n")
    *shown, marks, asked, stand_on = json.loads(head)
    made = Marks._make(marks)
    looks = pages[0].likeness if pages else ""
    made = made._replace(accounts=tuple(made.accounts), picture=looks)
    return Written(encoded, Shown(*shown), made, asked, stand_on)


def write_bytes(data: bytes) -> bytes:
    """The work of `write`, in the child."""
    told, read, words = data.split(b"\n", 2)
    required, today, review_below, companies, sellers, again = json.loads(told)
    known = Known(tuple(starmap(Company, companies)), dict.fromkeys(sellers, frozenset()))
    result, evidence = looked_over(
        Result.model_validate_json(read),
        Parsed.from_bytes(words),
        required=required,
        today=date.fromisoformat(today),
    )
    confidence = CALIBRATION.probabilities(origin_of(result), evidence)
    unsure = check_confidence(confidence, required, below=review_below)
    findings = gravest_first((*result.findings, *unsure))
    done = result.model_copy(update={"findings": findings, "confidence": confidence})
    shown = Shown.of(findings)
    marks = marks_of(result.invoice, known)
    asked = failed(findings) if again else ()
    stand_on = pages_of(asked, result.citations)
    told_of = [shown.needs_review, shown.code, shown.message, marks, asked, stand_on]
    head = json.dumps(told_of).encode()
    return head + b"\n" + encoded(done)


def looked_over(
    result: Result, parsed: Parsed, *, required: Sequence[str], today: date
) -> tuple[Result, dict[str, Evidence]]:
    """*result* cited and validated, and what speaks for and against its main values.

    The arguments are those of `write`.
    """
    draft = Draft(invoice=result.invoice, citations=result.citations)
    citations = cited(draft, parsed).citations
    second = _cited(result.second, parsed)
    origin = origin_of(result)
    # Rules are not held against themselves, and an e-invoice has been held against its pages.
    page = read_words(parsed) if origin is Origin.MODEL else Draft()
    against = tuple(doubts_of_second(result.invoice, citations, second))
    mended = _mended(result.invoice, second, against, required, today)
    doubts = (*doubts_of(result.invoice, page), *against, *mended)
    findings = validate(
        result.invoice,
        required=required,
        citations=citations,
        today=today,
        noticed=(*result.findings, *doubts),
        standard=result.standard,
    )
    update = {"citations": citations, "findings": findings, "second": second}
    done = result.model_copy(update=update)
    twice = agreed_on(result.invoice, page), seconded(result.invoice, second)
    evidence = evidence_of(done, origin, parsed.pages, *twice)
    graver = gravest_first(_misread(findings, citations, parsed.pages))
    return done.model_copy(update={"findings": graver}), evidence


def _mended(
    invoice: Invoice,
    second: Second | None,
    against: Sequence[Finding],
    required: Sequence[str],
    today: date,
) -> Iterator[Finding]:
    """What the values of *second* that are *against* the first ones would mend, and not break."""
    if second is None or not against:
        return
    others = taken_over(invoice, second)
    broken, left = (_broken(one, required, today) for one in (invoice, others))
    if left < broken:
        paths = tuple(path for finding in against for path in finding.fields)
        yield fits(second, sorted(broken - left), paths)


def _broken(invoice: Invoice, required: Sequence[str], today: date) -> set[str]:
    """The checks of *invoice* by itself that failed, by their codes."""
    found = validate(invoice, required=required, today=today)
    return {finding.code for finding in found if finding.severity is Severity.ERROR}


def _cited(second: Second | None, parsed: Parsed) -> Second | None:
    """*second* with what it quotes looked for; what it was not asked for is left out."""
    if second is None:
        return None
    second = only_asked(second)
    found = cited(Draft(invoice=second.invoice, citations=second.citations), parsed).citations
    return second.model_copy(update={"citations": found})


def _misread(
    findings: Sequence[Finding], citations: Mapping[str, Citation], pages: Sequence[Page]
) -> Iterator[Finding]:
    """*findings*, of which one weighs more where OCR read the words: the seller's VAT number.

    Printed ones fail the check of their country too often to ask a person about each. One that
    OCR read has most likely a letter or a digit that is another on the paper.
    """
    cited_at = citations.get("seller.vat_id")
    scanned = cited_at and any(page.scores and page.number == cited_at.page for page in pages)
    for finding in findings:
        if scanned and (finding.code, finding.fields) == ("vat_id.check", ("seller.vat_id",)):
            message = f"{finding.message} OCR read it, and may have taken a letter for another."
            yield finding.model_copy(update={"severity": Severity.ERROR, "message": message})
        else:
            yield finding


def origin_of(result: Result) -> Origin:
    """Who read it."""
    known = {E_INVOICE: Origin.E_INVOICE, Rules.name: Origin.RULES}
    return known.get(result.source, Origin.MODEL)


def encoded(result: Result) -> bytes:
    """The bytes of a result, of which its name is made."""
    return result.model_dump_json(exclude_none=True).encode("utf-8")


def decoded(data: bytes) -> Result:
    """The result that these bytes hold; fields of a newer version are passed over.

    Results are never written again, so nothing of them gets lost by that.

    Raises:
        ValueError: They hold none.
    """
    return Result.model_validate_json(data, extra="ignore")
