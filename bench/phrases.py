"""How often one phrase leads the rules astray, by pages written around it.

Layouts that nobody tuned on were read wrong by words more often than by their layout. Each page
here has one phrase of phrases.toml that must not be taken for something else, such as a way to
say that a bill is paid, and says right and plainly whatever else it says. Counted are values that
are wrong while no finding sends the page to a person. A minute of CPU; nothing is downloaded.

    python bench/phrases.py
    python bench/phrases.py --show
"""

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from drawn import drawn  # noqa: E402 - it is beside us, not installed
from tallysheet.extract._rules import read_words  # noqa: E402 - sorted behind it
from tallysheet.model import Invoice  # noqa: E402 - likewise
from tallysheet.validate import needs_review, validate  # noqa: E402 - likewise

HEAD = "Rosewood Ltd\n12 High Street\n\n"
SUMS = "Net     100.00\nVAT 20%   20.00\nTotal   120.00\n"
OWN, OTHER = "DE89370400440532013000", "DE75512108001245126199"
NUMBER = "88-7766"
TOTAL, OLD = Decimal(120), Decimal(50)


class Trial(NamedTuple):
    """A page, the phrase on it, and which value would be wrong."""

    phrase: str
    page: str
    field: str
    wrong: tuple[Any, ...] = ()
    """What the field must not be; if nothing stands here, whatever is not in *right*."""
    right: tuple[Any, ...] = ()


def value_of(invoice: Invoice, field: str) -> Any:
    """That of *field*: one of those that trials name."""
    if field == "accounts":
        return tuple(one.iban for one in invoice.payment.accounts) if invoice.payment else ()
    if field == "seller's number":
        number = invoice.seller.vat_id if invoice.seller else None
        return "".join(filter(str.isalnum, number or "")) or None
    if field == "sums":
        return (invoice.totals.gross, invoice.totals.due)
    return invoice.totals.due if field == "due" else getattr(invoice, field)


def is_wrong(trial: Trial, value: Any) -> bool:
    """Whether *value* is one that the trial forbids."""
    if trial.field == "accounts":
        return OTHER in value
    if trial.field == "sums":
        gross, due = value
        return gross not in (None, TOTAL) or due not in (None, TOTAL + OLD)
    return value in trial.wrong if trial.wrong else value not in (None, *trial.right)


def paid(phrases: dict[str, Any]) -> Iterator[Trial]:
    """Below the sums and above them, with a total and with an amount due by its name."""
    for phrase in phrases["paid"]:
        for sums in (SUMS, SUMS.replace("Total", "Amount due")):
            for above, below in (("", phrase), (phrase, "")):
                page = f"{HEAD}INVOICE 4711\nDate 3 June 2026\n{above}\n\n{sums}\n{below}\n\n"
                page += f"Due date   30 June 2026\nAccount {OWN}"
                yield Trial(phrase, page, "due", wrong=(TOTAL,))


def numbers(phrases: dict[str, Any], kind: str) -> Iterator[Trial]:
    """Beside the name of something else, and below it; the document's own cannot be read."""
    for title, names in phrases[kind].items():
        for name in names:
            width = len(name) + 12
            beside = f"{name}: {NUMBER}\nDate 03.06.2026"
            below = f"{name:{width}}Datum\n{NUMBER:{width}}03.06.2026"
            for told in (beside, below):
                yield Trial(name, f"{HEAD}{title}\n\n{told}\n\n{SUMS}", "number")


def accounts(phrases: dict[str, Any]) -> Iterator[Trial]:
    """Alone, with the seller's below, and under its name with a colon."""
    for name in phrases["accounts"]:
        for told in (
            f"{name}: {OTHER}",
            f"{name}: {OTHER}\n\n\n\nIBAN {OWN}",
            f"{name}:\nIBAN {OTHER}",
        ):
            yield Trial(name, f"{HEAD}Invoice A-17\nDate 03.06.2026\n\n{SUMS}\n{told}", "accounts")


def currencies(phrases: dict[str, Any]) -> Iterator[Trial]:
    """In a sentence below sums that bear no mark."""
    for land in phrases["lands"]:
        for phrase in phrases["currencies"]:
            page = f"{land['head']}\n\n{land['title']}\n\n{land['sums']}\n\n{phrase}"
            yield Trial(phrase, page, "currency", right=(land["currency"],))


def balances(phrases: dict[str, Any]) -> Iterator[Trial]:
    """Above the sums and below them, with a total of this bill and without."""
    for one in phrases["balances"]:
        net, tax, gross = (one["net"], "100.00"), (one["tax"], "20.00"), (one["gross"], "120.00")
        old, due = (one["old"], "50.00"), (one["due"], "170.00")
        for rows in (
            (net, tax, gross, old, due),
            (old, net, tax, gross, due),
            (net, tax, old, due),
            (("Item", "120.00"), old, due),
        ):
            body = "\n".join(f"{name:40}{amount:>10}" for name, amount in rows)
            page = f"{HEAD}Invoice A-17\nDate 03.06.2026\n\n{body}\n\nDue date 30 June 2026"
            yield Trial(one["old"], page, "sums")


def buyers(phrases: dict[str, Any]) -> Iterator[Trial]:
    """Behind the buyer's address and apart from it, called theirs."""
    for one in phrases["buyers"]:
        number = one["number"]
        for label in one["labels"]:
            head = f"{one['seller']}\n\n{one['buyer']}\n"
            told = f"{label}: {number}\n\n{one['title']} A-17\nDate 03.06.2026"
            apart = f"\n{one['title']} A-17\n\nDate 03.06.2026     {label} {number}"
            for rest in (told, apart):
                page = f"{head}{rest}\n\nNet     100.00\nVAT 0%   0.00\nTotal   100.00 EUR"
                yield Trial(label, page, "seller's number", wrong=(number, number[2:]))


def families() -> dict[str, list[Trial]]:
    """All trials, by what their phrases are of."""
    phrases = tomllib.loads((HERE / "phrases.toml").read_text("utf-8"))
    return {
        "paid, and called due": list(paid(phrases)),
        "number of something else": list(numbers(phrases, "numbers")),
        "number of what is corrected": list(numbers(phrases, "corrected")),
        "account not to pay into": list(accounts(phrases)),
        "currency in a sentence": list(currencies(phrases)),
        "what an earlier bill left": list(balances(phrases)),
        "tax number of the buyer": list(buyers(phrases)),
    }


def main() -> None:
    """Try all and print how many led astray."""
    options = argparse.ArgumentParser(description="How often one phrase leads the rules astray.")
    options.add_argument("--show", action="store_true", help="print those phrases as well")
    chosen = options.parse_args()
    for family, trials in families().items():
        astray: Counter[str] = Counter()
        for trial in trials:
            draft = read_words(drawn(trial.page))
            findings = [*draft.findings, *validate(draft.invoice, required=())]
            if is_wrong(trial, value_of(draft.invoice, trial.field)) and not needs_review(findings):
                astray[trial.phrase] += 1
        count = sum(astray.values())
        print(f"{family:30}{count:6} of {len(trials):4}  {100 * count / len(trials):5.1f} %")
        for phrase in sorted(astray) if chosen.show else ():
            print(f"    {phrase}")


if __name__ == "__main__":
    main()
