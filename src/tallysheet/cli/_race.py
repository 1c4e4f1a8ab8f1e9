"""`tallysheet race`: the lesson of this package, run live."""

import asyncio
import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tallysheet.cli._exit import ExitCode
from tallysheet.cli._race_table import Told, parsers_told, ways_told
from tallysheet.cli._speak import AsJson, clean, emit, reporting
from tallysheet.cli._terminable import terminable
from tallysheet.errors import ConfigError
from tallysheet.pipeline import SystemClock
from tallysheet.race import (
    PARSERS,
    SHARED,
    WAYS,
    Parsed,
    Place,
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
            metavar="URL", help="A bucket or folder to race on; else memory, as slow as S3."
        ),
    ] = None,
    invoices: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="How many.")] = 100,
    call: Annotated[
        str, typer.Option(metavar="S-S", help="Seconds that a call to the model takes.")
    ] = "2-3",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WAY", help="Run this way alone, named as in the table; can be repeated."
        ),
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
    plainest to the manifest of this package. Told of each: the updates that were
    kept; the time that all took over that of the slowest call, where 1 is as fast
    as can be; the requests, and their price on S3 for a million invoices. It takes
    about a minute, and nothing is left behind.

    Examples:

      tallysheet race

      tallysheet race --processes 4

      tallysheet race s3://bucket/scratch --invoices 1000 --only tallysheet
    """
    with reporting(as_json=as_json), terminable():
        call_s = _seconds(call)
        if parse and (url or only or picture or processes > 1):
            raise typer.BadParameter("--parse stands alone, with --invoices and --call.")
        if parse:
            told = parsers_told(as_json=as_json)
            parsed = asyncio.run(_parse_all(invoices, call_s, told))
            if as_json:
                emit({"parsers": [_fields(row, "ratio", "pages_per_s") for row in parsed]})
            return
        if processes > invoices:
            raise typer.BadParameter(f"{processes} processes share {invoices} invoices: too few.")
        ways = _chosen(only, SHARED if processes > 1 else tuple(WAYS))
        if picture is not None:
            _try(picture, call_s)
        clock, shared = SystemClock(), processes > 1
        with race_place(url, shared=shared, clock=clock) as place:
            told = ways_told(as_json=as_json)
            wanted = {
                "invoices": invoices, "call_s": call_s, "seed": seed, "clock": clock,
                "latency_s": None if url else LATENCY_S,
            }  # fmt: skip
            rows = asyncio.run(_race_all(place, ways, processes, wanted, told))
        if as_json:
            more = ("lost", "estimated", "ratio", "requests", "usd_per_million")
            emit({"ways": [_fields(row, *more) for row in rows]})
        if picture is not None:
            _draw(picture, rows)


def member() -> None:
    """Be one process of a race in several."""
    with reporting(as_json=False):
        asyncio.run(take_part(SystemClock()))
    # The short way out, as in `main`.
    os._exit(ExitCode.DONE)


async def _race_all(
    place: Place, ways: tuple[str, ...], processes: int, wanted: dict[str, Any], told: Told
) -> list[Ran]:
    await place.prove(clock=wanted["clock"])
    rows: list[Ran] = []
    for way in ways:
        count = min(wanted["invoices"], WAYS[way].most or wanted["invoices"])
        with told.doing(way, count) as done:
            if processes > 1:
                ran = race_processes(
                    way, place.fresh(), member=MEMBER, processes=processes, **wanted
                )
            else:
                ran = race(way, place.fresh(), done=done, **wanted)
            rows.append(await ran)
        told.row(rows[-1])
    return rows


async def _parse_all(invoices: int, call_s: tuple[float, float], told: Told) -> list[Parsed]:
    clock, workers = SystemClock(), os.cpu_count() or 1
    rows: list[Parsed] = []
    for where in PARSERS:
        with told.doing(where, invoices) as done:
            rows.append(
                await parse_race(
                    where, invoices=invoices, call_s=call_s, workers=workers, clock=clock, done=done
                )
            )
        told.row(rows[-1])
    return rows


def _fields(row: Ran | Parsed, *more: str) -> dict[str, Any]:
    return dataclasses.asdict(row) | {name: getattr(row, name) for name in more}


def _try(picture: Path, call_s: tuple[float, float]) -> None:
    """Say before the race what would be said after it."""
    if not call_s[1]:
        raise typer.BadParameter("--plot compares with the slowest call: give --call more than 0.")
    folder = picture.absolute().parent
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {str(folder)!r} for --plot.", "Make it first.")
    if picture.is_dir() or not os.access(picture if picture.exists() else folder, os.W_OK):
        raise _unwritable(picture)


def _draw(picture: Path, rows: list[Ran]) -> None:
    try:
        picture.write_text(plot(rows), encoding="utf-8")
    except OSError:
        raise _unwritable(picture) from None


def _unwritable(picture: Path) -> ConfigError:
    return ConfigError(f"{str(picture)!r} cannot be written.", "Give another --plot FILE.")


def _chosen(only: list[str] | None, ways: tuple[str, ...]) -> tuple[str, ...]:
    for way in only or ():
        if way not in ways:
            raise typer.BadParameter(
                f"There is no way {clean(way)!r} here. There are: {', '.join(ways)}."
            )
    return tuple(way for way in ways if not only or way in only)


def _seconds(call: str) -> tuple[float, float]:
    least, _, most = call.partition("-")
    try:
        found = float(least), float(most or least)
    except ValueError:
        found = (-1.0, -1.0)
    if not 0 <= found[0] <= found[1] < 3600:
        raise typer.BadParameter(
            f"{clean(call)!r} is no time for a call; write seconds, such as 2-3."
        )
    return found
