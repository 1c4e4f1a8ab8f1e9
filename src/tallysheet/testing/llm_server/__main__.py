"""``python -m tallysheet.testing.llm_server``: the server as a process of its own.

It prints one line of JSON with its addresses, then serves until it is stopped.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import gc
import json
import math
import random  # noqa: TID251  seeded, so that a run can be repeated
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tallysheet.testing.llm_server import (
    Behaviour,
    Jobs,
    LLMServer,
    Mishap,
    Reader,
    Visit,
    llm_server,
)


def main() -> None:
    """Serve as the command line says."""
    given = _parser().parse_args()
    try:
        behaviour = Behaviour(
            latency_s=given.latency,
            spread=given.spread,
            slow=given.slow,
            slow_s=given.slow_latency,
            requests_per_minute=given.rpm,
            tokens_per_minute=given.tpm,
            burst_s=given.burst,
            most_in_flight=given.in_flight,
            says_limits=not given.silent,
            mishaps=dict(given.mishap),
            seed=given.seed,
        )
        reader = Reader(_truth(given.truth), obedient=given.obedient)
        asyncio.run(_serve(reader, behaviour, _jobs(given), given.port, given.log))
    except (ValueError, OSError) as error:
        sys.exit(f"llm_server: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tallysheet.testing.llm_server",
        description="A language-model server on 127.0.0.1 that behaves as told, for rehearsals."
        " Point OPENAI_BASE_URL, ANTHROPIC_BASE_URL or AWS_ENDPOINT_URL_BEDROCK_RUNTIME at it.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="where to listen; 0 takes any free port")
    add("--latency", type=float, default=0.0, metavar="S", help="median seconds an answer takes")
    add("--spread", type=float, default=0.0, metavar="SIGMA", help="of a lognormal; 0 is none")
    add("--slow", type=float, default=0.0, metavar="SHARE", help="of answers that are slow")
    add("--slow-latency", type=float, default=20.0, metavar="S", help="seconds those take")
    add("--rpm", type=float, metavar="N", help="requests a minute")
    add("--tpm", type=float, metavar="N", help="tokens a minute, read and reserved for answers")
    add("--burst", type=float, default=60.0, metavar="S", help="seconds of quota usable at once")
    add("--in-flight", type=int, metavar="N", help="the most requests answered at a time")
    add("--silent", action="store_true", help="no rate headers, no Retry-After")
    add(
        "--mishap",
        type=_mishap,
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help=f"how often what goes wrong: {', '.join(Mishap)}",
    )
    jobs = parser.add_argument_group("jobs, in the batch modes of OpenAI and Anthropic")
    more = jobs.add_argument
    more("--job-time", type=_seconds, default=0.0, metavar="S", help="seconds one lasts at least")
    more("--job-looks", type=int, default=1, metavar="N", help="looks before one is over, at least")
    more("--job-failed", type=_share, default=0.0, metavar="SHARE", help="of OpenAI's that fail")
    more("--job-code", default="server_error", metavar="CODE", help="what those fail with")
    more("--job-lost", type=_share, default=0.0, metavar="SHARE", help="made without a reply")
    more("--job-expired", type=_share, default=0.0, metavar="SHARE", help="of rows not answered")
    more("--job-missing", type=_share, default=0.0, metavar="SHARE", help="of rows left out")
    more("--azure", action="store_true", help="files are ready late, states are in capitals")
    add("--seed", type=int, default=0, help="another one, other mishaps")
    add("--truth", type=Path, metavar="FILE", help="JSON Lines of true invoices to answer with")
    add("--obedient", action="store_true", help="obey instructions inside documents")
    add("--log", type=Path, metavar="FILE", help="one line of JSON a request")
    return parser


def _jobs(given: argparse.Namespace) -> Jobs:
    """What the batch mode is like; the same seed, the same rows and jobs."""

    def some(what: str) -> Callable[[int], bool]:
        share: float = getattr(given, f"job_{what}")
        return lambda number: random.Random(f"{given.seed} {what} {number}").random() < share  # noqa: S311  seeded

    fails = some("failed")
    return Jobs(
        looks=given.job_looks,
        lasts_s=given.job_time,
        expired=some("expired"),
        missing=some("missing"),
        failed=lambda number: given.job_code if fails(number) else "",
        lost=some("lost"),
        unready=2 * given.azure,
        capitals=given.azure,
    )


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return share


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _mishap(text: str) -> tuple[Mishap, float]:
    kind, _, share = text.partition("=")
    try:
        return Mishap(kind), float(share)
    except ValueError:
        known = ", ".join(Mishap)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not KIND=SHARE, with a KIND of {known}, and a SHARE from 0 to 1"
        ) from None


def _truth(path: Path | None) -> Iterator[dict[str, Any]]:
    """The invoices in *path*, one a line, bare or as the ``invoice`` of the line."""
    for line in path.read_text(encoding="utf-8").splitlines() if path else ():
        told = json.loads(line)
        # A document that nobody can read has none.
        yield told.get("invoice", told) or {}


async def _serve(
    reader: Reader, behaviour: Behaviour, jobs: Jobs, port: int, log: Path | None
) -> None:
    # The bodies of thousands of requests at once are many objects and no garbage.
    gc.set_threshold(200_000)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _writer(log) as seen:
        async with llm_server(
            reader, behaviour=behaviour, port=port, keep=False, seen=seen, jobs=jobs
        ) as server:
            sys.stdout.write(json.dumps(_addresses(server)) + "\n")
            sys.stdout.flush()
            await stop.wait()


def _addresses(server: LLMServer) -> dict[str, str]:
    return {"openai": server.url, "anthropic": server.origin, "bedrock": server.origin}


@contextlib.contextmanager
def _writer(log: Path | None) -> Iterator[Callable[[Visit], None] | None]:
    if log is None:
        yield None
        return
    with log.open("w", encoding="utf-8", buffering=1) as file:
        yield lambda visit: print(json.dumps(dataclasses.asdict(visit)), file=file)


if __name__ == "__main__":
    main()
