"""How much of what is on the page the rules read right, field by field, and what is called done.

Reads invoices from the page alone: an embedded e-invoice is left aside. A value
counts only where a person could read it: it must be among the words of the
page, whatever its notation. All of slips and samples is on the paper, so all of
it counts, whatever OCR made of it. For each field and half: right / answered /
visible, recall (right of visible) and precision (right of answered). Below it
how many documents would be called done, how many of those hold a wrong value,
each such value with what is true, how many go to a person, and the same with some
values of the setting review_below.

The corpora are split in halves by layout; the rules were first tuned on half A
and on samples of other seeds, by now the misses of all have been looked at. They
come from few issuers: the figures say how well rules read these layouts, not how
well they read yours.

    python bench/accuracy.py [--json] [--samples N] [--seed S] [--receipts] [--paper N]
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from _evidence import ALL_TRUE, paper_cases
from _truth import (
    CORPORA,
    PATHS,
    RECEIPTS,
    Case,
    invoice2data_cases,
    is_right,
    is_visible,
    receipt_cases,
    sample_cases,
    zugferd_cases,
)
from tallysheet.confidence import CALIBRATION, Origin
from tallysheet.evaluate import value_at
from tallysheet.extract import Rules
from tallysheet.model import Draft, Parsed, Result
from tallysheet.parse import parse
from tallysheet.ports import Question
from tallysheet.results import looked_over
from tallysheet.settings import Settings
from tallysheet.testing import Inline
from tallysheet.validate import needs_review

TODAY = date(2026, 12, 1)
"""The day that no invoice may be far ahead of."""
COSTLY = frozenset(
    ["number", "issue date", "currency", "net", "tax", "gross", "due", "seller VAT id", "IBAN"]
)
"""Fields of which a wrong value must not be called done."""
BELOW = (0.0, 0.5, 0.8, 0.9, 0.95)
"""The values of review_below that are tried; 0 asks for nothing."""
NEVER = -1.0


async def read(case: Case) -> tuple[Parsed, Draft, float]:
    """Parse as the product does, then ask the rules; the seconds are the rules' alone."""
    parsed = replace(await parse(case.data, offload=Inline()), xml=None)
    start = time.process_time()
    answer = await Rules(Inline()).answer(Question(parsed))
    seconds = time.process_time() - start
    return parsed, Draft.model_validate_json(answer.text), seconds


def judged(parsed: Parsed, draft: Draft) -> float:
    """The review_below up to which the document would be called done; nothing where never."""
    result = Result(
        document="",
        sha256="",
        source=Rules.name,
        invoice=draft.invoice,
        citations=draft.citations,
        findings=draft.findings,
    )
    required = Settings().required
    result, evidence = looked_over(result, parsed, required=required, today=TODAY)
    if needs_review(result.findings):
        return NEVER
    sure = CALIBRATION.probabilities(Origin.RULES, evidence)
    return min(sure.get(path, 1.0) for path in required)


async def measure(cases: Iterator[Case]) -> dict[str, Any]:
    """Count over all *cases*, by half and field."""
    tally: dict[str, dict[str, Counter[str]]] = {}
    ends: dict[str, Counter[str]] = {}
    wrong_done: list[dict[str, str]] = []
    pages = seconds = documents = 0.0
    for case in cases:
        parsed, draft, took = await read(case)
        documents, pages, seconds = documents + 1, pages + len(parsed.pages), seconds + took
        text = " ".join(word.text for page in parsed.pages for word in page.words)
        fields = tally.setdefault(case.half, {name: Counter() for name in PATHS})
        wrong = []
        for name, true in case.truth.items():
            if case.half in (RECEIPTS, *ALL_TRUE) or is_visible(name, true, text):
                value = value_at(draft.invoice, PATHS[name])
                right = value is not None and is_right(name, true, value)
                fields[name].update(visible=1, answered=value is not None, right=right)
                if value is not None and not right and name in COSTLY:
                    told = {"document": case.name, "field": name, "ours": str(value)}
                    wrong.append({**told, "truth": true})
        sure = judged(parsed, draft)
        counts = ends.setdefault(case.half, Counter())
        counts.update(documents=1)
        for below in BELOW:
            done = sure >= below
            counts.update({f"done {below:g}": done, f"wrong {below:g}": done and bool(wrong)})
        default = sure >= Settings().review_below
        counts.update(done=default, review=not default, done_wrong=default and bool(wrong))
        wrong_done += wrong if default else []
    return {
        "fields": {half: {k: dict(v) for k, v in fields.items()} for half, fields in tally.items()},
        "ends": {half: dict(counts) for half, counts in ends.items()},
        "wrong_in_done": wrong_done,
        "documents": int(documents),
        "pages": int(pages),
        "ms_a_page": round(1000 * seconds / max(1.0, pages), 1),
    }


def print_table(found: Mapping[str, Any]) -> None:
    """A line a field, a column a half."""
    halves = sorted(found["fields"])
    print("right / answered / visible, recall, precision".ljust(46))
    print("".ljust(15) + "".join(half.ljust(30) for half in halves))
    for name in PATHS:
        row = name.ljust(15)
        for half in halves:
            count = Counter(found["fields"][half][name])
            right, answered, visible = count["right"], count["answered"], count["visible"]
            recall = f"{100 * right / visible:5.1f} %" if visible else "    –  "
            precision = f"{100 * right / answered:5.1f} %" if answered else "    –  "
            row += f"{right:3}/{answered:3}/{visible:3} {recall} {precision}".ljust(30)
        print(row.rstrip())
    print_ends(found)
    print_below(found)
    print(
        f"\n{found['documents']} documents, {found['pages']} pages, "
        f"{found['ms_a_page']} ms of CPU a page for the rules.\n"
        "The corpora come from few issuers and layouts, the samples from our own generator:\n"
        "expect less on invoices that look like none of them."
    )


def print_ends(found: Mapping[str, Any]) -> None:
    """How the documents end, and every wrong value that nobody would be shown."""
    print("\nof the documents".ljust(18) + "done    of those wrong    to a person")
    for half in sorted(found["ends"]):
        ends = Counter(found["ends"][half])
        wrong = 100 * ends["done_wrong"] / max(1, ends["done"])
        sent = 100 * ends["review"] / max(1, ends["documents"])
        print(
            f"{half.ljust(15)}{ends['done']:4} of {ends['documents']:<4}"
            f"{ends['done_wrong']:3} ({wrong:.1f} %)     {ends['review']:4} ({sent:.0f} %)"
        )
    for row in found["wrong_in_done"]:
        print(f"  {row['document']}: {row['field']} {row['ours']}, in truth {row['truth']}")


def print_below(found: Mapping[str, Any]) -> None:
    """What asking for probabilities does: sent to a person, and wrong of those done."""
    print("\nreview_below".ljust(16) + "".join(f"{below:g}".rjust(13) for below in BELOW))
    total = sum((Counter(ends) for ends in found["ends"].values()), Counter[str]())
    for half, ends in [*sorted(found["ends"].items()), ("all", total)]:
        row = half.ljust(15)
        for below in BELOW:
            done, wrong = (Counter(ends)[f"{what} {below:g}"] for what in ("done", "wrong"))
            sent = 100 * (1 - done / max(1, ends["documents"]))
            row += f"{sent:.0f} % {wrong}/{done}".rjust(13)
        print(row)


def main() -> None:
    """Measure on what is there."""
    options = argparse.ArgumentParser(description="Accuracy of the rules, field by field.")
    options.add_argument("--json", action="store_true", help="print JSON")
    options.add_argument("--samples", type=int, default=90, help="how many samples of our own")
    options.add_argument("--seed", type=int, default=2027, help="the seed of the samples")
    options.add_argument("--receipts", action="store_true", help="slips as well: OCR, minutes")
    options.add_argument("--paper", type=int, default=0, help="and so many on paper: minutes")
    chosen = options.parse_args()

    def cases() -> Iterator[Case]:
        if CORPORA.is_dir():
            yield from zugferd_cases(CORPORA)
            yield from invoice2data_cases(CORPORA)
            yield from receipt_cases(CORPORA) if chosen.receipts else ()
        elif not chosen.json:
            print("The corpora are not here (../shared/corpora): samples of our own only.\n")
        yield from sample_cases(chosen.samples, chosen.seed)
        yield from paper_cases(chosen.paper, chosen.seed)

    found = asyncio.run(measure(cases()))
    if chosen.json:
        print(json.dumps(found, indent=2))
    else:
        print_table(found)


if __name__ == "__main__":
    main()
