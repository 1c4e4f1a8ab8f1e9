"""What becomes of documents that a second model is asked about, by simulated readings.

It is asked as `--second-model` asks, and errs by chance as bench/_evidence.py says. Told is how
often it sees a mistake of the first reading; whom it spares with --review-below; and what would
come of taking its values over, which no run does. Two minutes of CPU; without the corpora in
../shared/corpora, on samples of our own alone.

    python bench/second.py
    python bench/second.py --review-below 0.9 --samples 40
"""

import argparse
import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain

from _evidence import Read, can_tell, looked_at, readings, unsure, wrong_in
from _truth import CORPORA, PATHS, Case, invoice2data_cases, sample_cases, zugferd_cases
from tallysheet.extract import failed, taken_over
from tallysheet.model import Finding, Severity
from tallysheet.validate import needs_review

SEED = 2030
"""Of samples that nothing was fitted to."""
ROWS = {
    "documents": "read",
    "done": "done at once",
    "done wrong": "  of these with a wrong main value",
    "review": "to a person, and asked about again",
    "review wrong": "  of these with a wrong main value",
    "told": "  of these told another value of a field",
    "told right": "    and the first one is wrong",
    "spared": "done after all: both read the same, it was only doubtful",
    "spared wrong": "  of these with a wrong main value",
    "fits": "told that checks would not have failed with its values",
    "fits wrong": "  and one of these values is wrong",
    "mended": "would be done if its values were taken over",
    "mended wrong": "  of these with a wrong main value",
}


def cases(samples: int, *, quick: bool) -> Iterator[Case]:
    """Documents with text."""
    if CORPORA.is_dir() and not quick:
        yield from chain(zugferd_cases(CORPORA), invoice2data_cases(CORPORA))
    yield from sample_cases(samples, SEED)


def fate(case: Case, read: Read, below: float) -> Iterator[str]:
    """What becomes of one reading, as keys of `ROWS`."""
    yield "documents"
    wrong = {name for name in read.wrong if can_tell(case, name, read.truth)}
    first, evidence = looked_at(read)
    findings = (*first.findings, *unsure(read, evidence, below))
    if not needs_review(findings):
        yield from ("done", *(["done wrong"] if wrong else []))
        return
    yield from ("review", *(["review wrong"] if wrong else []))
    if not (asked := failed(findings)):
        return
    again, evidence = looked_at(read, read.again(asked))
    findings = (*again.findings, *unsure(read, evidence, below))
    if not needs_review(findings):
        yield from ("spared", *(["spared wrong"] if wrong else []))
    names = {path: name for name, path in PATHS.items()}
    told = {names.get(path, "") for path in differing(findings)}
    if told:
        yield from ("told", *(["told right"] if told & wrong else []))
    for finding in findings:
        if finding.code != "second.fits":
            continue
        mended = wrong_in(taken_over(again.invoice, again.second), read.truth)
        left = {name for name in mended if can_tell(case, name, read.truth)}
        yield from ("fits", *(["fits wrong"] if left & {*map(names.get, finding.fields)} else []))
        if all(is_mended(one, finding) for one in findings):
            yield from ("mended", *(["mended wrong"] if left else []))


def differing(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Fields of which the second reading has another value."""
    for finding in findings:
        if finding.code.startswith("second.") and finding.severity is Severity.ERROR:
            yield from finding.fields


def is_mended(finding: Finding, fits: Finding) -> bool:
    """Whether *finding* would be gone with the values of the second reading."""
    # What the rules hold against a model, and doubt, would be weighed anew.
    again = finding.code.partition(".")[0] in ("second", "rules", "unsure")
    return again or finding.severity is not Severity.ERROR or finding.code in fits.message


async def counted(some: Iterator[Case], below: float) -> dict[tuple[str, bool], Counter[str]]:
    """All fates, by who read first and whether the page was whole."""
    found: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for case in some:
        async for read in readings(case):
            found[read.origin.value, read.damage == "as is"].update(fate(case, read, below))
    return found


def main() -> None:
    """Count and print."""
    options = argparse.ArgumentParser(description="What a second model makes of documents.")
    options.add_argument("--review-below", type=float, default=0.5, metavar="P")
    options.add_argument("--samples", type=int, default=80, metavar="N")
    options.add_argument("--quick", action="store_true", help="samples of our own alone")
    chosen = options.parse_args()
    some = cases(chosen.samples, quick=chosen.quick)
    found = asyncio.run(counted(some, chosen.review_below))
    columns = [(origin, whole) for origin in ("rules", "model") for whole in (True, False)]
    print(f"{'':<56}" + "".join(f"{origin:>6}" for origin, _ in columns))
    print(f"{'':<56}" + "".join(f"{'whole' if whole else 'torn':>6}" for _, whole in columns))
    for key, name in ROWS.items():
        print(f"{name:<56}" + "".join(f"{found[column][key]:>6,}" for column in columns))


if __name__ == "__main__":
    main()
