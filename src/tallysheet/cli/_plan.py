"""What a run would do, on the terminal: `tallysheet run --dry-run`."""

from datetime import timedelta

from rich.console import Console
from rich.table import Table

from tallysheet.cli._speak import MOST_SHOWN, plain
from tallysheet.cli._summary import tokens_text, usd_text
from tallysheet.pipeline import Plan
from tallysheet.settings import Settings

READERS = {
    "e-invoice": "exact, and free",
    "job": "handed in by an earlier run, not asked anew",
    "kept answer": "answered in an earlier run, free",
    "nobody": "cannot be read, would fail",
    "rules": "on this machine, free",
}


def print_plan(plan: Plan, settings: Settings, console: Console) -> None:
    """Print what a run would do."""
    noun = "document" if plan.to_read == 1 else "documents"
    console.print(plain(f"{plan.to_read} {noun} to read, into {plan.batch}", "bold"))
    found = {
        "new": plan.new,
        "changed": plan.changed,
        "pending": plan.pending,
        "duplicate": plan.duplicates,
        "unchanged": plan.unchanged,
    }
    console.print(plain("  " + ", ".join(f"{n} {name}" for name, n in found.items() if n)))
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", min_width=8)
    for reader, count in plan.readers.items():
        meaning = READERS.get(reader, "asked, and paid for")
        table.add_row(str(count), plain(reader), plain(meaning, "dim"))
    console.print(table)
    if plan.tokens_in:
        _print_money(plan, settings, console)
    if settings.second_model and plan.to_read:
        text = f"Not counted is what {settings.second_model} would be asked once more: a few"
        text += " values of each document that fails a check."
        console.print(plain(text, "dim"))
    if plan.to_read:
        took = timedelta(seconds=max(1, round(plan.time_s)))
        at_once = settings.in_flight if plan.in_jobs else settings.concurrency
        about = f"About {took}, with {at_once:,} in flight at a time"
        waits = ", and up to a day for each job" if plan.in_jobs or "job" in plan.readers else ""
        console.print(plain(f"{about}{waits}."))
    _print_failing(plan, console)
    if plan.looked_into < plan.to_read:
        text = f"Seen from {plan.looked_into} of them; the rest is taken to be like these."
        console.print(plain(text, "dim"))
    console.print(plain("Nothing was written and no model was asked.", "dim"))


def _print_money(plan: Plan, settings: Settings, console: Console) -> None:
    """What models would take, and whether the budget is enough."""
    tokens = tokens_text(plan.tokens_in, plan.tokens_out)
    if plan.cost_usd is None:
        console.print(plain(f"About {tokens}; nobody knows at what price.", "yellow"))
        console.print(plain("Say it with --price 'MODEL=IN/OUT', in $ a million tokens."))
        return
    console.print(plain(f"About {usd_text(plan.cost_usd)} for {tokens}."))
    limit = settings.max_cost_usd
    if limit is not None and plan.cost_usd > limit:
        text = f"The run would stop before the end, at the budget of {usd_text(limit)}."
        console.print(plain(text, "yellow"))


def _print_failing(plan: Plan, console: Console) -> None:
    """The documents that nobody could read, each with its reason."""
    failing = [planned for planned in plan.examined if planned.reason]
    for planned in failing[:MOST_SHOWN]:
        console.print(plain(f"  {planned.document}: {planned.reason}", "red"))
    if len(failing) > MOST_SHOWN:
        console.print(plain(f"  … and {len(failing) - MOST_SHOWN} more: --json", "dim"))
