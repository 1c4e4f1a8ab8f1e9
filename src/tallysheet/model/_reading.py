"""What was read off a document, where it stands there, and what validation says of it.

A *field path* names one value of an invoice as Python would:
``totals.gross``, ``payment.accounts[0].iban``, ``lines[2].amount``.
"""

from enum import StrEnum

from pydantic import Field

from tallysheet.model._invoice import Invoice, Term
from tallysheet.model._provenance import Provenance
from tallysheet.model._words import Box


class Citation(Term):
    """Where a value stands in the document, and how it was found there."""

    page: int | None = Field(default=None, description="Page, counted from 1; none in an XML file")
    box: Box | None = Field(
        default=None, description="x0, y0, x1, y1 in points from the top left corner"
    )
    text: str = Field(description="The words as they stand there")
    method: str = Field(description="How the value was found, such as `e-invoice` or `label`")
    score: float = Field(description="How sure the method is, from 0 to 1", ge=0, le=1)


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """The document must be seen by a person."""
    WARNING = "warning"
    """Worth a look; the document may pass."""
    INFO = "info"
    """Worth knowing."""


class Finding(Term):
    """One thing that validation noticed. It never alters a value."""

    code: str = Field(description="A short stable name, such as `sum.gross`")
    severity: Severity
    fields: tuple[str, ...] = Field(default=(), description="The field paths concerned")
    message: str = Field(description="What was noticed, as one sentence with the figures")


class Standard(Term):
    """What an e-invoice says that it follows."""

    syntax: str = Field(description="`CII`, `UBL`, `ZUGFeRD 1` or `FatturaPA`")
    profile: str | None = Field(
        default=None, description="Such as `XRechnung` or `Factur-X EXTENDED`, where it is known"
    )
    version: str | None = Field(default=None, description="The version of the profile")
    identifier: str | None = Field(default=None, description="As the document has it (BT-24)")


class Draft(Term):
    """An invoice as some extractor proposes it, each value with its citation."""

    invoice: Invoice = Invoice()
    citations: dict[str, Citation] = Field(default={}, description="By field path")
    warnings: tuple[str, ...] = Field(
        default=(), description="What the reader should know, as sentences"
    )
    standard: Standard | None = Field(default=None, description="What an e-invoice follows")
    findings: tuple[Finding, ...] = Field(
        default=(), description="What the extractor noticed that validation cannot see"
    )


class Asked(Term):
    """What it took to have a document read."""

    attempts: int = Field(default=1, description="How often the extractor was asked")
    cost_usd: float = Field(default=0.0, description="What the model calls cost, in US dollars")
    tokens_in: int = Field(default=0, description="Tokens the model read, cached ones included")
    tokens_out: int = Field(default=0, description="Tokens the model wrote")
    tokens_cached: int = Field(default=0, description="Tokens read out of the prompt cache")
    prices: dict[str, tuple[float, float]] = Field(
        default={}, description="US dollars a million tokens in and out, by model, where known"
    )
    recalled: int = Field(default=0, description="Answers that came out of our own cache")
    recalled_usd: float = Field(
        default=0.0, description="What those had cost when they were given, in US dollars"
    )


class Reading(Asked):
    """A draft, and what it took to get it."""

    source: str = Field(description="`e-invoice`, `rules`, or the model's name")
    draft: Draft


class Second(Asked):
    """What a second model read of the fields that failed checks. It changes no value."""

    source: str = Field(description="The model's name")
    fields: tuple[str, ...] = Field(description="The field paths that it was asked for")
    invoice: Invoice = Field(default=Invoice(), description="What it read of them")
    citations: dict[str, Citation] = Field(
        default={}, description="By field path; a value without one counts nothing"
    )
    prompt: int = Field(description="The version of what it was told")


class Result(Term):
    """The immutable object that holds what became of one document."""

    format: int = Field(default=1, description="Version of this format")
    document: str = Field(description="The document's key")
    sha256: str = Field(description="The hash of its bytes")
    source: str = Field(description="`e-invoice`, `rules`, or the model's name")
    standard: Standard | None = Field(
        default=None, description="What the e-invoice follows, where it was read off one"
    )
    invoice: Invoice = Field(description="What was read")
    citations: dict[str, Citation] = Field(default={}, description="By field path")
    findings: tuple[Finding, ...] = Field(default=(), description="What validation noticed")
    warnings: tuple[str, ...] = Field(default=(), description="What a reader should know")
    second: Second | None = Field(
        default=None,
        description="What a second model read of the fields that failed checks, where one was"
        " asked; all other figures here leave it out",
    )
    confidence: dict[str, float] = Field(
        default={},
        description="How probable it is that a value is right, from 0 to 1, by field path: of"
        " the main fields only. Empty in results of before it was told",
    )
    attempts: int = Field(default=1, description="How often the extractor was asked")
    cost_usd: float = Field(default=0.0, description="What that cost, in US dollars")
    tokens_in: int = Field(default=0, description="Tokens the model read, cached ones included")
    tokens_out: int = Field(default=0, description="Tokens the model wrote")
    tokens_cached: int = Field(default=0, description="Tokens read out of the prompt cache")
    provenance: Provenance = Field(default=Provenance(), description="How it came about")
