"""`tallysheet simulate`: rehearse a batch without asking anybody."""

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallysheet.cli._run import refuse_missing
from tallysheet.cli._speak import AsJson, emit, plain, reporting, stdout
from tallysheet.cli._summary import tokens_text, usd_text
from tallysheet.errors import MissingExtra
from tallysheet.settings import load
from tallysheet.testing import Behaviour, Mishap

if TYPE_CHECKING:
    from tallysheet.pipeline.rehearsal import Rehearsal

KINDS = ", ".join(Mishap)
WHY = {
    "nothing": "It waits for no limit: only for its slowest answers.",
    "mishaps": "It waits for no limit but for what goes wrong: retries and time-outs.",
    "budget": "The budget ends it.",
    "asked at a time": "More at a time would make it faster: --concurrency.",
    "requests a minute": "It waits for the requests a minute; more at a time would not help.",
    "tokens a minute": "It waits for the tokens a minute; more at a time would not help.",
    "answered at a time": "It waits for the provider, which answers no more at a time.",
}
"""What each thing that a batch may wait for means for its owner."""


def simulate_command(
    source: Annotated[
        str | None,
        typer.Argument(metavar="SOURCE", help="As for run; documents are made up without it."),
    ] = None,
    documents: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="How many; else all of SOURCE, or 1000."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="PROVIDER:MODEL, such as openai:gpt-5-mini.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", help="Documents with the model at the same time.")
    ] = None,
    latency: Annotated[
        float,
        typer.Option(
            min=0, metavar="S", help="Seconds an answer takes, the median; 0 is an estimate."
        ),
    ] = 0.0,
    spread: Annotated[
        float, typer.Option(min=0, metavar="SIGMA", help="Of the latencies, a lognormal.")
    ] = 0.5,
    rpm: Annotated[
        float | None, typer.Option(metavar="N", help="Requests a minute that the provider takes.")
    ] = None,
    tpm: Annotated[
        float | None, typer.Option(metavar="N", help="Tokens a minute that it takes.")
    ] = None,
    in_flight: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Requests that it answers at a time.")
    ] = None,
    mishap: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=SHARE", help=f"How often what goes wrong: {KINDS}."),
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="The budget of the run.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL=IN/OUT", help="What a model costs, in $ a million tokens."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Another one, other chances.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Rehearse a batch: how long, how much, which limit binds. Asks nobody.

    The client of a real run asks a provider that is played on this machine, in
    virtual time: hours pass in seconds. Parsing, the store and what a model gets
    wrong are not part of it.

    Examples:

      tallysheet simulate ./invoices --model openai:gpt-5-mini --rpm 500

      tallysheet simulate --documents 10000 --model openai:gpt-5-mini
    """
    with reporting(as_json=as_json):
        if source is not None:
            refuse_missing(source)
        flags = {
            "model": model,
            "concurrency": concurrency,
            "max_cost_usd": max_cost,
            "prices": tuple(price) if price else None,
        }
        behaviour = Behaviour(
            latency_s=latency,
            spread=spread,
            requests_per_minute=rpm,
            tokens_per_minute=tpm,
            most_in_flight=in_flight,
            mishaps=dict(_mishap(text) for text in mishap or ()),
            seed=seed,
        )
        try:
            from tallysheet.pipeline.rehearsal import rehearse
        except ModuleNotFoundError as error:
            if error.name != "aiohttp":
                raise
            raise MissingExtra("Rehearsals", "llm") from None
        settings = load(flags).settings
        told = asyncio.run(
            rehearse(source, settings=settings, behaviour=behaviour, documents=documents)
        )
        if as_json:
            emit(dataclasses.asdict(told))
        else:
            _print(told, stdout())


def _mishap(text: str) -> tuple[Mishap, float]:
    kind, _, share = text.partition("=")
    try:
        return Mishap(kind), float(share)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no mishap and its share, such as 503=0.01", param_hint="--mishap"
        ) from None


def _print(told: "Rehearsal", console: Console) -> None:
    noun = "document" if told.documents == 1 else "documents"
    console.print(plain(f"{told.documents:,} {noun} for {told.model}, rehearsed", "bold"))
    if told.others:
        console.print(plain(f"  {told.others:,} more need no model.", "dim"))
    table = Table.grid(padding=(0, 2))
    for name, text in _rows(told):
        table.add_row(plain(f"  {name}"), plain(text))
    console.print(table)
    console.print(plain("Limits, and how far each is used up", "bold"))
    table = Table.grid(padding=(0, 2))
    for _ in range(2):
        table.add_column()
        table.add_column(justify="right")
    for used in told.limits:
        mark = plain("<- it waits for this", "yellow") if used.name == told.binds else plain("")
        share = f"{used.share:.0%}"
        table.add_row(plain(f"  {used.name}"), plain(f"{used.limit:,.0f}"), plain(share), mark)
    console.print(table)
    console.print(plain(WHY[told.binds]))
    if told.ended == "outage":
        console.print(plain("The run would give up: the provider fails too often.", "red"))
    console.print(plain("Nobody was asked, and nothing was written.", "dim"))


def _rows(told: "Rehearsal") -> list[tuple[str, str]]:
    """What a person wants to know, each with its name."""
    time, unlimited = (_duration(s) for s in (told.time_s, told.unlimited_s))
    rows = [("time", time if time == unlimited else f"{time} (without limits: {unlimited})")]
    wrong = f", {told.refused:,} of them refused" if told.refused else ""
    wrong += f", {told.faulty:,} failed or too late" if told.faulty else ""
    rows.append(("requests", f"{told.requests:,}{wrong}"))
    rows.append(("tokens", tokens_text(told.tokens_in, told.tokens_out)))
    usd = (
        "nobody knows: --price 'MODEL=IN/OUT'" if told.cost_usd is None else usd_text(told.cost_usd)
    )
    rows.append(("cost", usd))
    if told.failed or told.left:
        text = f"{told.answered:,}; {told.failed:,} would fail, {told.left:,} would be left"
        rows.append(("answers", text))
    return rows


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=max(1, round(seconds)))) if seconds else "none"
