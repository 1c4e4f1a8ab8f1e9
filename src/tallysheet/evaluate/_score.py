"""How right a batch is: each document held against its truth, and all of them counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallysheet.evaluate._alike import Verdict, verdict
from tallysheet.evaluate._fields import FIELDS, Field, value_at
from tallysheet.evaluate._lines import RIGHT, LineCount, count_lines
from tallysheet.evaluate._pairs import paired
from tallysheet.evaluate._reliability import Bin, Reliability, Told, reliability
from tallysheet.evaluate._truth import Truth
from tallysheet.model import PART, Citation, Invoice, Record, Result, Status
from tallysheet.validate import CREDIT_NOTES

READ = (Verdict.EXACT, Verdict.ALIKE, Verdict.WRONG, Verdict.EXTRA)
NOTHING = Invoice()


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one document, and what is true of it."""

    field: Field
    verdict: Verdict
    true: object
    read: object
    citation: Citation | None
    """Where it was read."""
    sure: float | None = None
    """How probable it was said to be that it is right; none where nobody said."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One document, held against its truth."""

    document: str
    record: Record
    source: str | None
    """Who read it; none where nobody could."""
    values: tuple[Value, ...]
    lines: LineCount
    confidence: Mapping[str, float] = field(default_factory=dict)
    """How probable it was said to be that a value is right, by path; empty where nobody said."""
    trouble: str = ""
    """Why there is nothing to compare it with: it is no single invoice that can be read."""

    @property
    def wrong(self) -> tuple[Value, ...]:
        """What is not as it should be."""
        good = (*RIGHT, Verdict.ABSENT)
        return tuple(value for value in self.values if value.verdict not in good)

    @property
    def grave(self) -> tuple[Value, ...]:
        """The wrong values that were read where it matters most."""
        bad = (Verdict.WRONG, Verdict.EXTRA)
        return tuple(one for one in self.values if one.field.grave and one.verdict in bad)

    @property
    def is_false_success(self) -> bool:
        """Whether it is called done and holds a wrong value that matters, or is no invoice."""
        return self.record.status is Status.DONE and bool(self.trouble or self.grave)


@dataclass(frozen=True, slots=True)
class Score:
    """What all documents of a batch come to."""

    documents: tuple[Compared, ...]
    without_truth: tuple[str, ...]
    """Documents of the batch that the truth does not tell of."""
    without_document: tuple[str, ...]
    """Documents that the truth tells of and the batch does not have."""
    waiting: tuple[str, ...] = ()
    """Documents that nobody has read yet: they are not compared."""
    fields: Mapping[str, Counter[Verdict]] = field(default_factory=dict)
    """By label, how many values came out how."""
    lines: LineCount = field(default_factory=LineCount)
    reliability: Reliability = field(default_factory=Reliability)
    """Whether the probabilities of values are true."""

    @property
    def false_successes(self) -> tuple[Compared, ...]:
        """Called done, and wrong where it matters."""
        return tuple(one for one in self.documents if one.is_false_success)

    @property
    def only_extra(self) -> int:
        """How many of those are wrong only in that there is a value where the truth has none."""
        return sum(
            not one.trouble and all(value.verdict is Verdict.EXTRA for value in one.grave)
            for one in self.false_successes
        )

    def status(self, status: Status) -> int:
        """How many documents have *status*."""
        return sum(one.record.status is status for one in self.documents)


def score(truths: Mapping[str, Truth], batch: Iterable[tuple[str, Record, Result | None]]) -> Score:
    """Hold every document of *batch* against its truth.

    Args:
        truths: By document, as `read_truth` has them.
        batch: Documents with their records and, where there are any, results.
    """
    rows = {document: (record, result) for document, record, result in batch}
    known = paired(truths, rows)
    bound = {name.rpartition(PART)[0] for name in known if PART in name}
    compared, without_truth, waiting = [], [], []
    for document, (record, result) in rows.items():
        truth = known.get(document)
        if record.status in (Status.PENDING, Status.WORKING):
            waiting.append(document)
        elif record.status is Status.SPLIT and (truth is None or not truth.is_readable):
            continue  # its parts are compared
        elif truth is not None:
            compared.append(_compared(document, record, result, truth))
        elif document in bound:
            trouble = "it holds several documents, and was not parted"
            compared.append(_untold(document, record, result, trouble))
        else:
            without_truth.append(document)
    return Score(
        tuple(compared),
        tuple(without_truth),
        tuple(name for name in known if name not in rows),
        tuple(waiting),
        _counted(compared),
        sum((one.lines for one in compared), LineCount()),
        _reliability(compared),
    )


def _compared(document: str, record: Record, result: Result | None, truth: Truth) -> Compared:
    if not truth.is_readable:
        return _untold(document, record, result, "it cannot be read as one invoice")
    invoice = result.invoice if result else NOTHING
    citations: Mapping[str, Citation] = result.citations if result else {}
    sure: Mapping[str, float] = result.confidence if result else {}
    either_sign = (truth.values.get("kind") or invoice.kind) in CREDIT_NOTES
    values = []
    for one in FIELDS:
        if one.path in truth.values:
            true, read = truth.values[one.path], value_at(invoice, one.path)
            said = verdict(one.kind, true, read, either_sign=either_sign)
            where = citations.get(one.path)
            values.append(Value(one, said, true, read, where, sure.get(one.path)))
    lines = count_lines(truth.lines, truth.line_count, invoice.lines, either_sign=either_sign)
    return Compared(document, record, _source(result), tuple(values), lines, sure)


def _untold(document: str, record: Record, result: Result | None, trouble: str) -> Compared:
    sure = result.confidence if result else {}
    return Compared(document, record, _source(result), (), LineCount(), sure, trouble)


def _source(result: Result | None) -> str | None:
    return result.source if result else None


def _counted(compared: Iterable[Compared]) -> dict[str, Counter[Verdict]]:
    found: dict[str, Counter[Verdict]] = {one.label: Counter() for one in FIELDS}
    for document in compared:
        for value in document.values:
            found[value.field.label][value.verdict] += 1
    return {label: counts for label, counts in found.items() if counts}


def _reliability(compared: Iterable[Compared]) -> Reliability:
    """Of the values read that have a probability; results of before there was one have none."""
    return reliability(
        Told(value.sure, value.verdict in RIGHT)
        for document in compared
        for value in document.values
        if value.sure is not None and value.verdict in READ
    )


def rates(counts: Mapping[Verdict, int]) -> dict[str, float | None]:
    """Accuracy, precision and recall of one field, from 0 to 1; none where nothing was counted.

    Accuracy is what part of all documents is right, with nothing read where nothing is;
    precision what part of the values read is right, recall what part of those that are there.
    """
    right = sum(counts.get(one, 0) for one in RIGHT)
    every = sum(counts.values())
    return {
        "accuracy": part(right + counts.get(Verdict.ABSENT, 0), every),
        "precision": part(right, sum(counts.get(one, 0) for one in READ)),
        "recall": part(right, every - counts.get(Verdict.ABSENT, 0) - counts.get(Verdict.EXTRA, 0)),
    }


def part(some: float, of: float) -> float | None:
    """*some* of so many, from 0 to 1; none where there are none."""
    return some / of if of else None


def to_json(found: Score) -> dict[str, Any]:
    """A score as plain JSON values."""
    false, count = len(found.false_successes), len(found.documents)
    done, review = found.status(Status.DONE), found.status(Status.REVIEW)
    return {
        "documents": count,
        "statuses": dict(sorted(Counter(d.record.status.value for d in found.documents).items())),
        "false_successes": false,
        "false_successes_only_extra": found.only_extra,
        "false_success_rate": part(false, done),
        "review_rate": part(review, count),
        "fields": {
            label: {one.value: counts[one] for one in Verdict} | rates(counts)
            for label, counts in found.fields.items()
        },
        "lines": {name: getattr(found.lines, name) for name in LineCount.__dataclass_fields__},
        "calibration": [
            {name: getattr(one, name) for name in Bin.__dataclass_fields__}
            for one in found.reliability.bins
        ],
        "calibration_error": found.reliability.error,
        "brier": found.reliability.brier,
        "waiting": list(found.waiting),
        "without_truth": list(found.without_truth),
        "without_document": list(found.without_document),
        "wrong": [_document(one) for one in found.documents if one.wrong or one.is_false_success],
    }


def _document(one: Compared) -> dict[str, Any]:
    return {
        "document": one.document,
        "status": one.record.status.value,
        "source": one.source,
        "reason": one.record.reason,
        "false_success": one.is_false_success,
        "trouble": one.trouble or None,
        "values": [
            {
                "field": value.field.label,
                "path": value.field.path,
                "verdict": value.verdict.value,
                "true": text_of(value.true),
                "read": text_of(value.read),
            }
            for value in one.wrong
        ],
    }


def text_of(value: object) -> str | None:
    """A value as text; none where there is none."""
    return None if value is None else str(value)
