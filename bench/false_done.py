"""How many documents are called done with a wrong value in them: counted by code of its own.

Samples of every kind, of as many seeds as wanted, go through ``tallysheet run`` and
``tallysheet export`` as anybody's would. What comes out is held against what the generator
knows, here, in some lines that share nothing with ``tallysheet eval`` or ``bench/accuracy.py``.

A document is *wrong* if it is done and any of its number, issue date, currency, net, VAT,
gross, due, seller's VAT id or accounts is another than the truth, or is there and the truth
has none; or if what it was read from is no single invoice. *Lines* are those with other
lines than the truth: another count, or other amounts.

    python bench/false_done.py [--seeds 1-3] [--count 120] [--kind KIND ...] [--lines N[-M]]
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

from samples import KINDS, mix, write_samples  # noqa: E402 - beside us, not installed

PAID_BY = {
    "number": ("number",),
    "issue date": ("issue_date",),
    "currency": ("currency",),
    "net": ("totals", "net"),
    "VAT": ("totals", "tax"),
    "gross": ("totals", "gross"),
    "due": ("totals", "due"),
    "seller's VAT id": ("seller", "vat_id"),
}
"""What a wrong payment may come of, and where it stands."""
AMOUNTS = frozenset(["net", "VAT", "gross", "due"])


def differences(ours: Mapping[str, Any], truth: Mapping[str, Any]) -> Iterator[str]:
    """What is said that is not so, as sentences."""
    for name, path in PAID_BY.items():
        said, true = _at(ours, path), _at(truth, path)
        if said is not None and _bare(name, said) != _bare(name, true):
            yield f"{name} {said}, in truth {true}"
    said_accounts, true_accounts = (
        {_bare("account", one["iban"]) for one in _accounts(invoice) if one.get("iban")}
        for invoice in (ours, truth)
    )
    for account in said_accounts - true_accounts:
        yield f"account {account}, in truth {' '.join(true_accounts) or None}"


def other_lines(ours: Mapping[str, Any], truth: Mapping[str, Any]) -> str:
    """How the lines are not those of the truth, by what they come to; empty where they are."""
    said, true = (
        [abs(Decimal(line["amount"])) if line.get("amount") else None for line in rows]
        for rows in (ours.get("lines", ()), truth.get("lines", ()))
    )
    return "" if said == true else f"lines of {_listed(said)}, in truth {_listed(true)}"


def _listed(amounts: Sequence[Decimal | None]) -> str:
    return " ".join(map(str, amounts)) or "none"


def _at(invoice: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = invoice
    for name in path:
        value = (value or {}).get(name)
    return value


def _accounts(invoice: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _at(invoice, ("payment", "accounts")) or []


def _bare(name: str, value: Any) -> Any:
    """Amounts as numbers, since credit notes are printed with either sign; others as letters."""
    if value is None:
        return None
    if name in AMOUNTS:
        return abs(Decimal(value))
    bare = "".join(filter(str.isalnum, str(value))).casefold()
    # Swiss VAT numbers say so behind themselves, in the language of the invoice, or do not.
    return re.sub("^(che[0-9]{9})(mwst|tva|iva)$", r"\1", bare)


def run_over(folder: Path) -> list[Mapping[str, Any]]:
    """All documents of *folder* as the command line exports them.

    Raises:
        RuntimeError: It ended in a way that no document is the reason for.
    """
    command = [sys.executable, "-m", "tallysheet"]
    ran = subprocess.run([*command, "run", "invoices", "--quiet"], cwd=folder, check=False)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"tallysheet run ended with {ran.returncode}")
    exported = subprocess.run(
        [*command, "export", "invoices", "--format", "jsonl"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return [json.loads(line) for line in exported.stdout.splitlines()]


def count(folder: Path, tally: dict[str, Counter[str]]) -> Iterator[str]:
    """Add what became of the documents of *folder* to *tally*, by kind; tell the wrong ones."""
    lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    truths = {row["document"]: row["invoice"] for row in map(json.loads, lines)}
    for row in run_over(folder):
        document, status = row["document"], row["status"]
        kind = document.partition("#")[0].rpartition("_")[2].partition(".")[0]
        found = tally.setdefault(kind, Counter())
        if status == "split":
            continue
        found.update(documents=1, **{status: 1})
        if status != "done":
            continue
        truth = truths.get(document)
        wrong = ["no single invoice"] if truth is None else list(differences(row["invoice"], truth))
        lines_said = other_lines(row["invoice"], truth) if truth else ""
        found.update(wrong=bool(wrong), lines=bool(lines_said))
        yield from (f"{document}: {sentence}" for sentence in (*wrong, lines_said) if sentence)


def main() -> None:
    """Count over all seeds that are wanted."""
    options = argparse.ArgumentParser(description="Documents called done with a wrong value.")
    options.add_argument("--seeds", default="1", help="one, or a range: 1-3")
    options.add_argument("--count", type=int, default=120, help="samples of each seed")
    options.add_argument("--kind", action="append", choices=list(KINDS), help="only of this kind")
    options.add_argument("--lines", help="lines of an invoice: 5, or 1-40")
    options.add_argument("--keep", type=Path, help="where samples and batches are kept")
    chosen = options.parse_args()
    seeds = _range(chosen.seeds)
    lines = _range(chosen.lines) if chosen.lines else None
    tally: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for seed in range(seeds[0], seeds[1] + 1):
            folder = (chosen.keep or Path(temporary)) / str(seed)
            kinds = chosen.kind or list(KINDS)
            write_samples(mix(chosen.count, seed, kinds=kinds, lines=lines), folder)
            for sentence in count(folder, tally):
                print(f"seed {seed}, {sentence}", flush=True)
    print_table(tally)


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def print_table(tally: Mapping[str, Counter[str]]) -> None:
    """A line a kind, and one for all."""
    columns = ("documents", "done", "review", "failed", "wrong", "lines")
    print("".join(name.rjust(10) for name in ("", *columns)))
    for kind, found in [*tally.items(), ("all", sum(tally.values(), Counter()))]:
        print(kind.rjust(10) + "".join(str(found[name]).rjust(10) for name in columns))


if __name__ == "__main__":
    main()
