"""How probable it is that a value is right: counted on documents with known truth, and fitted.

Reads the corpora where they lie in ../shared/corpora, and samples of our own, pictures among
them: a quarter of an hour. Every page is read as it is and damaged. What was counted goes to
bench/evidence.csv.gz, the weights that follow from it to the package. Printed is how true the
probabilities are of sellers that they were not fitted to.

    python bench/calibrate.py                 all of that: `make calibrate`
    python bench/calibrate.py --refit         from bench/evidence.csv.gz; reads no document
    python bench/calibrate.py --check         the same, and writes nothing: do they still agree?
    python bench/calibrate.py --samples 30    the saved numbers, on samples of another seed
"""

import argparse
import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from _damage import DAMAGES
from _evidence import (
    ALIKE,
    ERRS,
    SIMULATED,
    Counts,
    Kind,
    counted,
    paper_cases,
    read_counts,
    write_counts,
)
from _fit import FITTED, out_of_fold, said_by, weights_of
from _truth import (
    CORPORA,
    Case,
    invoice2data_cases,
    receipt_cases,
    sample_cases,
    sample_of,
    zugferd_cases,
)
from samples import mix
from tallysheet.confidence import CALIBRATION, NUMBERS, Origin
from tallysheet.evaluate import Told, diagram, reliability
from tallysheet.pipeline import SystemClock

EVIDENCE = Path(__file__).with_name("evidence.csv.gz")
SEED, OTHER_SEED = 2028, 2029
"""Of the samples that weights are fitted to, and of others. `make accuracy` draws others again."""
KINDS = ("plain", "adjusted", "mixed", "untaxed", "prepaid", "credit", "hidden")
SAMPLES, PAPERS = 90, 120
E_INVOICE = {"read": 5.3, "compared": 0.9, "unseen": -3.0, "error": -5.3}
"""Log odds: 99.5 % for a value of an e-invoice alone, 99.8 % where its pages say nothing against
it, 91 % where a warning says that they do, a half where an error names it."""
NOTES = {
    "rules": "Each page as it is, and in three damaged states that weigh as much together.",
    "model": f"Simulated: {SIMULATED}, in {ERRS:.0%} of the fields, which is an assumption, and"
    " reads what OCR misread. What was counted is how often such errors are found on the page,"
    " add up, and agree with the rules.",
    "e-invoice": "A prior, and not fitted: of 4,480 values 4,478 were what independent code reads"
    " off the XML; that the XML is what its sender meant, nobody counted.",
    "second": "Simulated: a model of the same kind is asked once more for what failed checks, errs"
    f" as often, and makes the very mistake of the first reading in {ALIKE:.0%} of the cases, which"
    " is an assumption. Fitted on top of the other weights, which it does not change.",
}


def cases() -> Iterator[Case]:
    """All documents, the quick ones first."""
    yield from zugferd_cases(CORPORA)
    yield from invoice2data_cases(CORPORA)
    yield from sample_cases(SAMPLES, SEED)
    for sample in mix(SAMPLES, SEED, kinds=KINDS):
        yield sample_of("samples", sample)
    yield from receipt_cases(CORPORA)
    yield from paper_cases(PAPERS, SEED)


async def gathered(some: Iterable[Case]) -> tuple[Counts, dict[str, int]]:
    """The evidence of *some*, and how many documents of which corpus they are."""
    counts, documents = Counts(), dict[str, int]()
    for case in some:
        counts.update(await counted(case))
        corpus = case.half.partition(" ")[0]
        documents[corpus] = documents.get(corpus, 0) + 1
    return counts, documents


def of(counts: Counts, origin: Origin, *, again: bool = False) -> Counts:
    """What was counted of *origin*: without a second model, or with one."""
    return Counts(
        {
            key: count
            for key, count in counts.items()
            if key[0].origin is origin and key[0].is_again == again
        }
    )


def numbers(counts: Counts, documents: dict[str, int], made: str) -> str:
    """What the package comes with: the weights, and where they come from."""
    totals = {
        name: {
            "values": sum(some.values()),
            "wrong": sum(n for (_, ok), n in some.items() if not ok),
        }
        for name, some in (
            *((origin.value, of(counts, origin)) for origin in FITTED),
            *((f"{origin.value}, second", of(counts, origin, again=True)) for origin in FITTED),
        )
    }
    provenance = {
        "made": made,
        "tallysheet": version("tallysheet"),
        "command": "make calibrate",
        "documents": documents,
        "states": {damage: round(weight, 3) for damage, (weight, _) in DAMAGES.items()},
        "counted": totals,
        "notes": NOTES,
    }
    weights = {origin.value: weights_of(counts, origin) for origin in FITTED}
    whole = {"provenance": provenance, "weights": weights | {Origin.E_INVOICE.value: E_INVOICE}}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def print_reliability(told: Sequence[tuple[Kind, Told]]) -> None:
    """How true it is: for each origin a diagram, and a line for each state and corpus."""
    for origin in FITTED:
        name = "the rules" if origin is Origin.RULES else SIMULATED
        both = [(kind, one) for kind, one in told if kind.origin is origin]
        own = [(kind, one) for kind, one in both if not kind.is_again]
        twice = [one for kind, one in both if kind.is_again]
        whole = [(kind, one) for kind, one in own if kind.damage == "as is"]
        print(f"\nRead by {name}")
        print("\n".join(diagram(reliability(one for _, one in own))))
        print(f"\n{'':<30}  values     right  error  Brier")
        print_line("all states, weighted", [one for _, one in own])
        for damage in DAMAGES:
            print_line(damage, [one for kind, one in own if kind.damage == damage])
        for corpus in sorted({kind.corpus for kind, _ in own}):
            print_line(f"{corpus}, as is", [one for kind, one in whole if kind.corpus == corpus])
        if twice:
            print(f"\nRead by {name}, and once more by a second model")
            print("\n".join(diagram(reliability(twice))))
            print_line("what it was asked, weighted", twice)


def print_line(name: str, told: Sequence[Told]) -> None:
    """One set of values in figures."""
    found = reliability(told)
    if found.error is not None and found.brier is not None:
        values = sum(one.weight for one in told)
        right = sum(one.weight for one in told if one.right) / values
        print(f"{name:<30}{values:>8,.0f}{right:>10.1%}{found.error:>7.3f}{found.brier:>7.3f}")


def main() -> None:
    """Count, fit, print, and write it down."""
    options = argparse.ArgumentParser(description="Calibrate the probabilities of values.")
    way = options.add_mutually_exclusive_group()
    way.add_argument("--refit", action="store_true", help="fit to bench/evidence.csv.gz")
    way.add_argument("--check", action="store_true", help="the same, and write nothing")
    way.add_argument("--samples", type=int, metavar="N", help="try what is saved on N samples")
    chosen = options.parse_args()
    if chosen.samples:
        counts, _ = asyncio.run(gathered(sample_cases(chosen.samples, OTHER_SEED)))
        print_reliability(list(said_by(CALIBRATION, counts)))
        return
    if chosen.refit or chosen.check:
        before = json.loads(NUMBERS.read_text("utf-8"))["provenance"]
        counts, documents, made = read_counts(EVIDENCE), before["documents"], before["made"]
    elif CORPORA.is_dir():
        counts, documents = asyncio.run(gathered(cases()))
        made = SystemClock().now().date().isoformat()
        write_counts(counts, EVIDENCE)
    else:
        raise SystemExit(
            f"The corpora are not in {CORPORA}. To fit to what was counted on them: --refit."
        )
    text = numbers(counts, documents, made)
    if not chosen.check:
        NUMBERS.write_text(text, "utf-8")
    elif text != NUMBERS.read_text("utf-8"):
        raise SystemExit(f"{NUMBERS.name} is not what {EVIDENCE.name} comes to: --refit.")
    print("Probabilities of values of sellers that the weights were not fitted to:")
    print_reliability(list(out_of_fold(counts)))


if __name__ == "__main__":
    main()
