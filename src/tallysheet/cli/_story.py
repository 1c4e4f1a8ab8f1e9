"""The story of one document in plain sentences: what it is, who read it, what was checked."""

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from tallysheet.cli._checks_made import passed_by
from tallysheet.cli._document import SEVERITY_STYLES, named, read_again
from tallysheet.cli._progress import STYLES
from tallysheet.cli._speak import MOST_SHOWN, clean, plain
from tallysheet.cli._standing import Told, next_commands, why
from tallysheet.cli._summary import tokens_text, usd_text
from tallysheet.extract import E_INVOICE, Rules
from tallysheet.model import (
    Citation,
    Leaf,
    Provenance,
    Record,
    Result,
    Second,
    Status,
    leaves_of,
)

MOST_COLUMNS = 80
MOST_WORDS = 120
"""Characters of a value or a citation that are told."""
MAIN = (
    "number",
    "issue_date",
    "due_date",
    "currency",
    "seller.name",
    "seller.vat_id",
    "buyer.name",
    "totals.net",
    "totals.tax",
    "totals.gross",
    "totals.due",
    "payment.accounts[0].iban",
)
"""The values that are told; `show` has all of them."""


def print_story(told: Told, console: Console) -> None:
    """Tell it, at most 80 columns wide; commands stand unbroken on lines of their own."""
    width = min(MOST_COLUMNS, console.width)

    def tell(text: str, style: str = "", indent: str = "") -> None:
        lines = textwrap.wrap(
            # Blanks of all kinds, line breaks too, become plain ones instead of marks.
            clean(" ".join(text.split())),
            width,
            initial_indent=indent,
            subsequent_indent=f"{indent}  " if indent else "",
            break_on_hyphens=False,
        )
        for line in lines:
            console.print(plain(line, style), soft_wrap=True)

    record, result = told.row.record, told.row.result
    head = f"{told.row.document}: {record.status.value}"
    tell(head, f"bold {STYLES.get(record.status, '')}".strip())
    tell(why(told))
    console.print()
    tell(" ".join(_what_it_is(told)))
    if told.parts:
        for line in _parts(told.parts):
            tell(line, indent="  ")
    if result is not None:
        console.print()
        tell(" ".join((*_of_what(record), *_who_read_it(result))))
        console.print()
        tell("What was read, and the words that say so:")
        for line in _values(result):
            tell(line, indent="  ")
        console.print()
        if result.second is not None:
            tell(" ".join(_asked_again(result.second)))
            for line in _again(result.second):
                tell(line, indent="  ")
            console.print()
        for text, style in _checks(result):
            tell(text, style)
        for warning in result.warnings:
            tell(f"note: {warning}", "dim")
    console.print()
    console.print(plain("Next:", "bold"))
    for command in next_commands(told):
        console.print(plain(f"  {command}"), soft_wrap=True)


def main_values(result: Result) -> Iterator[tuple[Leaf, Citation | None]]:
    """The values that matter most, as far as they are there, and where each stands."""
    leaves = {leaf.path: leaf for leaf in leaves_of(result.invoice)}
    for path in MAIN:
        if path in leaves:
            yield leaves[path], result.citations.get(path)


def _what_it_is(told: Told) -> Iterator[str]:
    record = told.row.record
    if record.file is None:
        what = "a file"
    else:
        what = f"the part {told.row.document[len(record.file) + 1 :]} of the file {record.file},"
    yield f"It is {what} of {_many(record.size, 'byte')} in {told.url}."
    if record.sha256:
        yield f"The SHA-256 of its bytes is {record.sha256}."
    if told.twins:
        verb = "is a duplicate" if len(told.twins) == 1 else "are duplicates"
        yield f"{_listed(told.twins)} {verb} of it."
    if told.rivals:
        verb = "is" if len(told.rivals) == 1 else "are"
        yield f"{_listed(told.rivals)} {verb} in review on account of it."
    if record.attempts > 1:
        yield f"It was begun {record.attempts:,} times."
    paid_usd = told.row.result.cost_usd if told.row.result and record.of is None else 0.0
    if not math.isclose(record.cost_usd, paid_usd, abs_tol=1e-9):
        yield f"All work on it has cost {usd_text(record.cost_usd)} so far."


def _parts(parts: Mapping[str, Status]) -> Iterator[str]:
    for name, status in list(parts.items())[:MOST_SHOWN]:
        yield f"{name}: {status.value}"
    if len(parts) > MOST_SHOWN:
        yield f"… and {len(parts) - MOST_SHOWN:,} more"


def _of_what(record: Record) -> Iterator[str]:
    """Which reading the result is of, where that is not the document's own, or not its last."""
    if record.of is not None:
        yield f"What follows is of {record.of}."
    elif record.status in (Status.PENDING, Status.WORKING):
        yield "What follows is of an earlier reading."


def _who_read_it(result: Result) -> Iterator[str]:
    how = result.provenance
    when = f" on {how.read_at.astimezone():%Y-%m-%d at %H:%M}" if how.read_at else ""
    by = f", by tallysheet {how.tallysheet}" if how.tallysheet else ""
    if result.source == E_INVOICE:
        follows = f", which follows {named(result.standard)}," if result.standard else ""
        yield f"Its e-invoice{follows} was read{when}{by}."
    elif result.source == Rules.name:
        alone = ": no model was asked, and it cost nothing" if result.second is None else ""
        yield f"The rules read it{when}{by}{alone}."
    else:
        yield f"{result.source} read it{when}{by}."
        yield from _asked(result)
    yield from _took(how)


def _asked(result: Result) -> Iterator[str]:
    """What asking a model took."""
    how = result.provenance
    if how.recalled:
        came = "The answer" if how.recalled == 1 else f"{how.recalled:,} answers"
        yield (
            f"{came} came out of the cache of the batch, for nothing;"
            f" {usd_text(how.recalled_usd)} had been paid when it was given."
        )
    if result.attempts:
        tokens = tokens_text(result.tokens_in, result.tokens_out, result.tokens_cached)
        times = "once" if result.attempts == 1 else f"{result.attempts:,} times"
        yield f"It was asked {times}, for {usd_text(result.cost_usd)}: {tokens}."
    for model, (usd_in, usd_out) in how.prices.items():
        yield f"The price of {model}: {_usd(usd_in)} a million tokens in, {_usd(usd_out)} out."
    if how.tallysheet and not how.prices:
        yield "Its price is not known, or it is free."
    if how.prompt is not None:
        yield f"It was told prompt {how.prompt}, and to follow schema {how.schema_hash}."


def _took(how: Provenance) -> Iterator[str]:
    """What it took besides."""
    if how.seconds:
        stages = ", ".join(f"{stage} {_time(took_s)}" for stage, took_s in how.seconds.items())
        yield f"Time, waiting included: {stages}."
    if how.ocr_pages:
        score = f"{how.ocr_score:.0%}" if how.ocr_score is not None else "?"
        yield f"OCR read {_many(how.ocr_pages, 'page')}, and is {score} sure of the words."
    if how.hidden_words:
        yield f"{_many(how.hidden_words, 'word')} that nobody can see were left out."


def _values(result: Result) -> Iterator[str]:
    told = 0
    for leaf, cited in main_values(result):
        told += 1
        sure = result.confidence.get(leaf.path)
        right = "" if sure is None else f" (right with {100 * sure:.1f} %)"
        yield f"{leaf.path}: {_short(str(leaf.value))}{right}, {_where(cited)}"
    rest = sum(1 for _ in leaves_of(result.invoice)) - told
    if not told:
        yield "None of the main values."
    if rest:
        lines = f", {_many(len(result.invoice.lines), 'line')} among them"
        yield f"and {_many(rest, 'more value')}{lines if result.invoice.lines else ''}"


def _asked_again(second: Second) -> Iterator[str]:
    """Who read once more what failed a check, and what that took."""
    yield f"{second.source} was asked once more about what failed a check,"
    yield "without being told what was read before."
    if second.recalled:
        yield f"Its answer came out of the cache; {usd_text(second.recalled_usd)} had been paid."
    if second.attempts:
        tokens = tokens_text(second.tokens_in, second.tokens_out, second.tokens_cached)
        yield f"That cost {usd_text(second.cost_usd)}: {tokens}."
    for model, (usd_in, usd_out) in second.prices.items():
        yield f"The price of {model}: {_usd(usd_in)} a million tokens in, {_usd(usd_out)} out."
    yield f"It was told prompt {second.prompt}, and read:"


def _again(second: Second) -> Iterator[str]:
    for path, value, cited in read_again(second):
        yield f"{path}: {_short(value)}, {_where(cited)}" if value else f"{path}: nothing"


def _where(cited: Citation | None) -> str:
    if cited is None:
        return "not found in the document"
    place = "in the XML" if cited.page is None else f"on page {cited.page}"
    return f"{place}: “{_short(cited.text)}”"


def _checks(result: Result) -> Iterator[tuple[str, str]]:
    """Each finding, and what passed on a line of its own; with its style."""
    number = len(result.findings)
    yield f"The checks brought {_many(number, 'finding') if number else 'no finding'}.", ""
    for finding in result.findings:
        text = f"{finding.severity.value} {finding.code}: {finding.message}"
        yield text, SEVERITY_STYLES[finding.severity]
    if passed := passed_by(result):
        yield f"Passed: {', '.join(passed)}.", ""


def _short(text: str) -> str:
    return text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}…"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _usd(usd: float) -> str:
    """A price, with all its digits and at least two decimals."""
    return f"${usd:.2f}" if round(usd, 2) == usd else f"${usd:g}"
