"""How right a batch is, on the terminal: field by field, and then what it comes to."""

from collections.abc import Sequence

from rich.console import Console

from tallysheet.cli._speak import MOST_SHOWN, plain
from tallysheet.cli._summary import usd_text
from tallysheet.evaluate import (
    Compared,
    LineCount,
    Reliability,
    Score,
    Threshold,
    Verdict,
    diagram,
    part,
    rates,
    text_of,
)
from tallysheet.model import Status

COUNTED = (Verdict.EXACT, Verdict.ALIKE, Verdict.WRONG, Verdict.MISSED, Verdict.EXTRA)
RATES = ("precision", "recall", "accuracy")
MOST_NAMED = 3


def print_score(
    found: Score,
    tried: Sequence[Threshold],
    console: Console,
    *,
    cost_usd: float,
    seconds: float | None,
) -> None:
    """Print a score.

    Args:
        found: What was found.
        tried: What other values of ``--review-below`` would make of it.
        console: Where to.
        cost_usd: What reading all documents cost.
        seconds: What it took, where that is known.
    """
    documents = len(found.documents)
    console.print(plain(_row("field", [one.value for one in COUNTED], RATES), "bold"))
    for label, counts in found.fields.items():
        told = [f"{counts[one]:,}" for one in COUNTED]
        rated = rates(counts)
        console.print(plain(_row(label, told, [percent(rated[name]) for name in RATES])))
    _print_lines(found.lines, console)
    _print_reliability(found.reliability, console)
    done, review = found.status(Status.DONE), found.status(Status.REVIEW)
    false = found.false_successes
    console.print()
    console.print(
        plain(
            f"done and wrong     {_of(len(false), done)} called done",
            "bold red" if false else "bold green",
        )
    )
    if found.only_extra:
        console.print(
            plain(f"  of those, {found.only_extra:,} only in a value that the truth does not have")
        )
    console.print(plain(f"sent to review     {_of(review, documents)} compared"))
    if failed := found.status(Status.FAILED):
        console.print(plain(f"could not be read  {_of(failed, documents)}"))
    console.print(plain(f"a document         {_took(documents, cost_usd, seconds)}"))
    _print_false(false, console)
    _print_tried(tried, documents, console)
    _print_alone(found.waiting, "not read yet", console)
    _print_alone(found.without_truth, "not in the truth", console)
    _print_alone(found.without_document, "not in the batch", console)


def _print_lines(lines: LineCount, console: Console) -> None:
    """How many line items were read; nothing where the truth does not tell of them."""
    if not lines.documents:
        return
    console.print()
    if lines.true or lines.read:
        amounts, whole = part(lines.amounts, lines.true), part(lines.whole, lines.true)
        real = percent(part(lines.amounts, lines.read))
        told = f"{percent(amounts)} read with their amount, {percent(whole)} whole"
        console.print(plain(f"line items         {lines.true:,} there: {told}"))
        console.print(plain(f"                   {lines.read:,} read: {real} of them are there"))
    complete = _of(lines.complete, lines.documents)
    console.print(plain(f"number of items    right in {complete} documents"))


def percent(value: float | None) -> str:
    """A part as people read it."""
    return "–" if value is None else f"{100 * value:.1f} %"


def _row(label: str, counts: Sequence[str], rated: Sequence[str]) -> str:
    return (
        f"{label:<14}"
        + "".join(f"{count:>7}" for count in counts)
        + "".join(f"{rate:>10}" for rate in rated)
    )


def _of(some: int, of: int) -> str:
    share = part(some, of)
    return f"{some:,} of {of:,}" + (f" ({percent(share)})" if share is not None else "")


def _took(documents: int, cost_usd: float, seconds: float | None) -> str:
    cost = usd_text(part(cost_usd, documents) or 0.0)
    each = part(seconds, documents) if seconds is not None else None
    return cost if each is None else f"{each:.2f} s, {cost}"


def _print_reliability(found: Reliability, console: Console) -> None:
    """Whether probabilities say how often values are right."""
    if found.brier is None:
        return
    head, *lines = diagram(found)
    console.print()
    console.print(plain(head, "bold"))
    for line in lines:
        console.print(plain(line))
    brier = f"Brier score {found.brier:.3f}"
    console.print(plain(f"off by             {percent(found.error)} on the mean; {brier}"))


def _print_tried(tried: Sequence[Threshold], documents: int, console: Console) -> None:
    """What asking for more would cost and bring."""
    if not tried:
        return
    console.print()
    rows = (
        ("with --review-below", [f"{one.below:g}" for one in tried]),
        ("  sent to review", [percent(part(one.review, documents)) for one in tried]),
        ("  done and wrong", [f"{one.false_successes:,} of {one.done:,}" for one in tried]),
    )
    for name, told in rows:
        console.print(plain(f"{name:<19}" + "".join(f"{text:>10}" for text in told)))


def _print_false(false: Sequence[Compared], console: Console) -> None:
    for one in false[:MOST_SHOWN]:
        console.print(plain(f"  {one.document}: {_why(one)}", "red"))
    if len(false) > MOST_SHOWN:
        console.print(plain(f"  … and {len(false) - MOST_SHOWN:,} more: --json or --html", "dim"))


def _why(one: Compared) -> str:
    told = (
        f"{value.field.label} {value.read} instead of {text_of(value.true) or 'none'}"
        for value in one.grave
    )
    return one.trouble or "; ".join(told)


def _print_alone(names: Sequence[str], what: str, console: Console) -> None:
    if names:
        shown = ", ".join(names[:MOST_NAMED])
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        console.print(plain(f"{len(names):,} {what}: {shown}{more}", "yellow"))
