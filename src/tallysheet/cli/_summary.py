"""The last thing a run says: what came of it, what needs a person, and what to type next."""

import shlex
from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from tallysheet.cli._progress import STYLES
from tallysheet.cli._speak import MOST_SHOWN, clean, plain
from tallysheet.model import Status
from tallysheet.pipeline import NOBODY, Attention, Summary

MEANING = {
    Status.PENDING: "wait for the next run",
    Status.WORKING: "held by a worker",
    Status.DONE: "read, nothing wrong found",
    Status.REVIEW: "read, a person should look",
    Status.FAILED: "could not be read",
    Status.SPLIT: "holds several, each listed by itself",
    Status.DUPLICATE: "the same bytes as another",
    Status.APPROVED: "accepted by a person",
    Status.REJECTED: "refused by a person",
}


def print_summary(summary: Summary, source: str, console: Console) -> None:
    """Print how a run ended."""
    console.print(counts_of(summary.batch, summary.counts))
    print_attention("Failed", summary.failed, "red", console)
    print_attention("For review", summary.review, "yellow", console)
    console.print()
    if summary.settled:
        console.print(plain(_time(summary)))
    if summary.read_twice:
        style = "yellow" if NOBODY in summary.read_twice else ""
        console.print(plain(_read_twice(summary), style))
    if summary.tokens_in or summary.cost_usd:
        console.print(plain(_cost(summary)))
    for model in summary.unpriced:
        console.print(
            plain(f"The price of {model} is not known: its calls are not counted.", "yellow")
        )
        _print_command(f"tallysheet run … --price {shlex.quote(clean(model) + '=IN/OUT')}", console)
    if summary.budget_reached:
        text = "Stopped at the budget: the next call could have cost more than was left of it."
        console.print(plain(text, "yellow"))
    if summary.deferred:
        console.print(plain(_deferred(summary), "yellow"))
    if summary.twice:
        console.print(plain(_twice(summary), "yellow"))
    if "rules" in summary.sources:
        console.print(plain(_about_models(summary.sources["rules"])))
        _print_command("OPENAI_API_KEY=… tallysheet run … --model openai:gpt-5-mini", console)
    console.print(plain("Next:", "bold"))
    for command in next_commands(summary, source):
        _print_command(command, console)


def _about_models(count: int) -> str:
    return (
        f"{count} without an e-invoice inside {'was' if count == 1 else 'were'} read by rules,"
        " since no model is configured. To have a model read them:"
    )


def _print_command(command: str, console: Console) -> None:
    """A command on a line of its own, unbroken, so that it can be copied."""
    console.print(plain(f"  {command}"), soft_wrap=True)


def counts_of(batch: str, counts: Mapping[Status, int]) -> RenderableType:
    """Documents by status, each status with what it means."""
    total = sum(counts.values())
    noun = "document" if total == 1 else "documents"
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", min_width=8)
    for status, count in counts.items():
        style = STYLES.get(status, "")
        table.add_row(str(count), plain(status.value, style), plain(MEANING[status], "dim"))
    return Group(plain(f"{total} {noun} in {batch}", "bold"), table)


def print_attention(
    title: str,
    rows: Sequence[Attention],
    style: str,
    console: Console,
    most: int | None = MOST_SHOWN,
) -> None:
    """A list of documents to look at, each with its reason; *most* of them, or all."""
    if not rows:
        return
    console.print()
    console.print(plain(title, f"bold {style}"))
    for row in rows[:most]:
        reason = plain(f"{row.reason}: {row.message}", "dim")
        console.print(Padding(plain(row.document), (0, 0, 0, 2)), soft_wrap=False)
        console.print(Padding(reason, (0, 0, 0, 4)), soft_wrap=False)
    if most is not None and len(rows) > most:
        console.print(plain(f"  … and {len(rows) - most} more", "dim"))


def _time(summary: Summary) -> str:
    count = sum(summary.settled.values())
    sources = ", ".join(f"{name} {n}" for name, n in sorted(summary.sources.items()))
    wall, ideal = summary.wall_s, summary.ideal_s
    return (
        f"{count} settled in {wall:.1f} s (ideal, with nothing ever waiting: {ideal:.1f} s)"
        f" · {sources or 'nothing could be read'}"
    )


def _read_twice(summary: Summary) -> str:
    asked = [f"{name} {n:,}" for name, n in sorted(summary.read_twice.items()) if name != NOBODY]
    told = [f"asked once more about what failed a check: {', '.join(asked)}"] if asked else []
    if failed := summary.read_twice.get(NOBODY):
        told.append(f"not asked, though something failed a check: {failed:,} (second.unasked)")
    return " · ".join(told)


def _cost(summary: Summary) -> str:
    tokens = tokens_text(summary.tokens_in, summary.tokens_out, summary.tokens_cached)
    alone = f" · {summary.alone:,} asked alone, too few for a job" if summary.alone else ""
    return f"{usd_text(summary.cost_usd)} for {tokens}{alone}"


def _deferred(summary: Summary) -> str:
    """What is yet to be answered, and what asking that at once would cost."""
    count = summary.deferred
    due = f"{count:,} question{' is' if count == 1 else 's are'} with the provider's batch mode"
    twice = f", about {usd_text(summary.deferred_usd)} more" if summary.deferred_usd else ""
    return (
        f"{due}, and nothing is lost: a later run fetches the answers at half price."
        f" To ask at once what is not answered by then, and pay for it twice{twice}: --no-batch."
    )


def _twice(summary: Summary) -> str:
    count = summary.twice
    return (
        f"{count:,} question{' was' if count == 1 else 's were'} asked although the provider's"
        f" batch mode still works on {'it' if count == 1 else 'them'}: that cost"
        f" {usd_text(summary.twice_usd)}, and the answers there are paid for as well."
    )


def usd_text(usd: float) -> str:
    """An amount of money, with as many digits as a small one needs."""
    return f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.4f}"


def tokens_text(tokens_in: int, tokens_out: int, cached: int = 0) -> str:
    """Tokens read and written; of those read, how many came out of a cache."""
    out_of_cache = f" ({cached:,} cached)" if cached else ""
    return f"{tokens_in:,} tokens in{out_of_cache} and {tokens_out:,} out"


def next_commands(summary: Summary, source: str) -> list[str]:
    """What a person would type now."""
    batch = shlex.quote(clean(summary.batch))
    if summary.budget_reached:
        address = shlex.quote(clean(source))
        return [f"tallysheet run {address} … --max-cost USD   # a new budget; goes on from here"]
    if summary.deferred:
        address = shlex.quote(clean(source))
        return [f"tallysheet run {address} … --batch   # fetches what was handed in"]
    if summary.stopped or Status.PENDING in summary.counts:
        return [f"tallysheet run {shlex.quote(clean(source))}   # goes on where it stopped"]
    commands = []
    if summary.review:
        first = shlex.quote(clean(summary.review[0].document))
        commands.append(f"tallysheet show {first} --batch {batch}")
        commands.append(f"tallysheet approve {first} --batch {batch}   # or reject, once looked at")
    if summary.counts.get(Status.DONE) or summary.review:
        commands.append(f"tallysheet export {batch} -o invoices.csv")
    if summary.failed:
        commands.append(f"tallysheet retry --failed --batch {batch}   # once they are mended")
    return commands
