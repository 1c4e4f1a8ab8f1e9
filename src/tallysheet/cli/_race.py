"""`tallysheet race`: the lesson of this package, run live."""

import asyncio
import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tallysheet.cli._speak import AsJson, emit, reporting, stdout
from tallysheet.errors import ConfigError
from tallysheet.pipeline import SystemClock
from tallysheet.race import (
    PARSERS,
    SHARED,
    WAYS,
    Parsed,
    Ran,
    parse_race,
    plot,
    race,
    race_place,
    race_processes,
    take_part,
)

LATENCY_S = (0.02, 0.04)
"""Of a read and a write, where the store is in memory or a folder of our own: as S3 from EC2."""
MEMBER = (sys.executable, "-c", "from tallysheet.cli._race import member; member()")


def race_command(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]", help="A bucket or folder to race on; else memory, as slow as S3."
        ),
    ] = None,
    invoices: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="How many.")] = 100,
    call: Annotated[
        str, typer.Option(metavar="S-S", help="Seconds that a call to the model takes.")
    ] = "2-3",
    only: Annotated[
        list[str] | None, typer.Option(metavar="WAY", help="Run this way alone; can be repeated.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=64, metavar="P", help="Divide the invoices among processes.")
    ] = 1,
    parse: Annotated[
        bool, typer.Option("--parse", help="Parse a PDF for each: loop, thread, children.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Another one, other calls.")] = 0,
    picture: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the figures as SVG.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """See updates get lost, and what it costs to keep them.

    Every invoice waits for a call to a model that is only played, then notes in
    one shared object that it is done. That is done in several ways, from the
    plainest to the manifest of this package.

    Examples:

      tallysheet race

      tallysheet race --processes 4

      tallysheet race s3://bucket/scratch --invoices 1000
    """
    with reporting(as_json=as_json):
        call_s = _seconds(call)
        if parse and (url or only or picture or processes > 1):
            raise typer.BadParameter("--parse stands alone, with --invoices and --call.")
        if parse:
            _show_parsed(asyncio.run(_parse_all(invoices, call_s)), as_json=as_json)
            return
        ways = _chosen(only, SHARED if processes > 1 else tuple(WAYS))
        rows = asyncio.run(_race_all(url, ways, invoices, call_s, processes, seed))
        if picture is not None:
            _draw(picture, rows)
        _show(rows, as_json=as_json)


def member() -> None:
    """Be one process of a race in several."""
    asyncio.run(take_part(SystemClock()))
    # The short way out, as in `main`.
    os._exit(0)


async def _race_all(
    url: str | None,
    ways: tuple[str, ...],
    invoices: int,
    call_s: tuple[float, float],
    processes: int,
    seed: int,
) -> list[Ran]:
    clock = SystemClock()
    told = Console(stderr=True)
    rows = []
    for way in ways:
        told.print(f"{way} …", highlight=False, style="dim")
        async with race_place(url, shared=processes > 1, clock=clock) as store:
            wanted: dict[str, Any] = {
                "invoices": invoices, "call_s": call_s, "seed": seed, "clock": clock,
                "latency_s": None if url else LATENCY_S,
            }  # fmt: skip
            if processes > 1:
                ran = race_processes(way, store, member=MEMBER, processes=processes, **wanted)
            else:
                ran = race(way, store, **wanted)
            rows.append(await ran)
    return rows


async def _parse_all(invoices: int, call_s: tuple[float, float]) -> list[Parsed]:
    clock, workers = SystemClock(), os.cpu_count() or 1
    told = Console(stderr=True)
    rows = []
    for where in PARSERS:
        told.print(f"{where} …", highlight=False, style="dim")
        rows.append(
            await parse_race(where, invoices=invoices, call_s=call_s, workers=workers, clock=clock)
        )
    return rows


def _show(rows: list[Ran], *, as_json: bool) -> None:
    if as_json:
        emit({"ways": [_fields(row, "ratio", "requests", "usd_per_million") for row in rows]})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("way")
    for heading in ("kept", "wall/slowest", "requests", "bytes", "$/million"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.way,
            f"{row.kept:,} of {row.invoices:,}",
            f"{row.ratio:.2f}",
            f"{row.requests:,}",
            _bytes(row.bytes_read + row.bytes_written),
            f"{row.usd_per_million:,.2f}",
        )
    console = stdout()
    console.print(table)
    console.print()
    for row in rows:
        console.print(f"{row.way}: {row.why}", highlight=False)
        fewer = WAYS[row.way].most
        if fewer == row.invoices:
            console.print(
                f"  Only {fewer} were tried: each takes {row.wall_s / fewer:.1f} s.",
                highlight=False,
            )


def _show_parsed(rows: list[Parsed], *, as_json: bool) -> None:
    if as_json:
        emit({"parsers": [_fields(row, "ratio", "pages_per_s") for row in rows]})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("parsed")
    for heading in ("pages/s", "wall/slowest", "lag p50", "p99", "most"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.where,
            f"{row.pages_per_s:,.0f}",
            f"{row.ratio:.2f}",
            *(f"{lag * 1000:,.1f} ms" for lag in (row.lag_p50_s, row.lag_p99_s, row.lag_max_s)),
        )
    console = stdout()
    console.print(table)
    console.print()
    for row in rows:
        console.print(f"{row.where}: {row.why}", highlight=False)


def _fields(row: Ran | Parsed, *more: str) -> dict[str, Any]:
    return dataclasses.asdict(row) | {name: getattr(row, name) for name in more}


def _draw(picture: Path, rows: list[Ran]) -> None:
    try:
        picture.write_text(plot(rows), encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{picture} cannot be written: {error.strerror}.", "Give another --plot FILE."
        ) from None


def _chosen(only: list[str] | None, ways: tuple[str, ...]) -> tuple[str, ...]:
    for way in only or ():
        if way not in ways:
            raise typer.BadParameter(f"There is no way {way!r} here. There are: {', '.join(ways)}.")
    return tuple(way for way in ways if not only or way in only)


def _seconds(call: str) -> tuple[float, float]:
    least, _, most = call.partition("-")
    try:
        found = float(least), float(most or least)
    except ValueError:
        found = (-1.0, -1.0)
    if not 0 <= found[0] <= found[1] < 3600:
        raise typer.BadParameter(f"{call!r} is no time for a call; write seconds, such as 2-3.")
    return found


def _bytes(count: int) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count //= 1000
    return f"{count:,} GB"
