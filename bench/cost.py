"""What a batch asks of S3, what that costs, and where the next limit lies.

Worked out on paper (see ``_cost_model.py``), from the rules that the code itself goes by. With
``--check`` the model stands beside real runs: the code of `tallysheet run`, in virtual time,
over stores in memory that are as far away as S3 and count what is asked of them.

    python bench/cost.py [--documents 1000,100000,10000000] [--workers 1,8,32,100,1000]
                         [--latency 5] [--rate 500] [--json]
    python bench/cost.py --check [--quick] [--json]

``--rate`` is how many documents a second the provider lets all workers together ask about;
each worker asks about 64 at a time at most.
"""

import argparse
import json
import math
from collections.abc import Mapping
from typing import Any

from _cost_model import Cost, Load, Sizes, cost
from _counted import Counted, counted
from tallysheet.manifest import LEASE_S
from tallysheet.race._race import GET_USD, PUT_USD
from tallysheet.settings import Settings

STORED_USD = 0.023
"""A GB and month of S3 Standard in us-east-1, the first 50 TB; as `PUT_USD`, list price in 2026
from aws.amazon.com/s3/pricing. Removals, and traffic within the region, cost nothing."""
PUTS_A_SECOND, GETS_A_SECOND = 3500, 5500
"""That S3 takes below one prefix before it parts it: docs.aws.amazon.com/AmazonS3, "Best
practices design patterns"."""
PAGE_S = 0.15
"""Seconds that a page of a listing takes: assumed."""
MB_A_MILLION, OPEN_S_A_MILLION = 375, 5.0
"""Memory and seconds for a million records: `bench/manifest.py` prints them."""
FOLLOWED_S = 50e-6
"""Seconds of CPU that a worker spends on each document of the others: `--check` prints it."""
MOST_ROUND_S = 6.0
"""That an answer may take, p99."""

LEGEND = """
USD: of all requests; manifest: of its own; a month: to store what is made.
lost: of writes of the root; p50, p99: seconds until a result is acknowledged;
MB/s: written to the root; status: reads that one look at the batch takes.

More than is comfortable:"""

CHECKED = ((1_000, 1), (4_000, 8), (20_000, 32), (20_000, 64))
QUICK = ((500, 1), (1_500, 4))
KINDS = ("list document", "get document", "get cache", "put cache", "put result", "put root",
         "get root", "put segment", "get segment", "put merged")  # fmt: skip


def usd(requests: Mapping[str, int]) -> float:
    """What requests cost, in US dollars."""
    dear = sum(n for kind, n in requests.items() if kind.split()[0] in ("put", "list"))
    cheap = sum(n for kind, n in requests.items() if kind.split()[0] == "get")
    return dear * PUT_USD + cheap * GET_USD


def load_of(documents: int, workers: int, latency_s: float, rate: float) -> Load:
    """As many documents with the model as the rate asks for, and the settings allow."""
    most = Settings.model_fields["concurrency"].default
    return Load(
        documents, workers, max(1, min(most, math.ceil(rate * latency_s / workers))), latency_s
    )


def row(load: Load, found: Cost) -> dict[str, Any]:
    """As figures."""
    commits = load.workers / found.round.takes_s
    writes = commits * found.round.writes
    rate = load.rate * load.workers
    return {
        "documents": load.documents,
        "workers": load.workers,
        "documents_a_second": rate,
        "hours": load.work_s / 3600,
        "requests": dict(found.requests),
        "bytes": dict(found.sizes),
        "usd": usd(found.requests),
        "usd_manifest": usd({k: n for k, n in found.requests.items() if _is_manifest(k)}),
        "usd_a_month": found.stored_bytes / 1e9 * STORED_USD,
        "commits_a_second": commits,
        "lost": found.round.lost,
        "p50_s": found.round.takes_s / 2,
        "p99_s": 1.45 * found.round.takes_s,
        "root_bytes": found.root_bytes,
        "root_bytes_a_second": writes * found.root_bytes,
        "segments": found.segments,
        "open_s": load.documents / 1e6 * OPEN_S_A_MILLION,
        "memory_mb": load.documents / 1e6 * MB_A_MILLION,
        "listing_s": found.requests["list document"] / load.workers * PAGE_S,
        "following": rate * FOLLOWED_S,
        "status": {"get": 1 + found.segments, "list": 1},
    }


def _is_manifest(kind: str) -> bool:
    return kind.split()[1] in ("root", "segment", "merged", "probe", "batch")


def limits(found: Mapping[str, Any]) -> list[str]:
    """What of a row is more than it should be."""
    said = {
        f"a heartbeat may take {found['p99_s']:.0f} s, a lease is {LEASE_S:.0f} s": (
            found["p99_s"] > LEASE_S / 2
        ),
        f"answers take {found['p99_s']:.0f} s at p99": found["p99_s"] > MOST_ROUND_S,
        f"{found['memory_mb'] / 1000:.1f} GB in every worker": found["memory_mb"] > 2000,
        f"opening takes {found['open_s']:.0f} s": found["open_s"] > 20,
        f"a walk over the source takes {found['listing_s'] / 60:.0f} min": found["listing_s"] > 600,
        f"the root has {found['root_bytes'] / 1000:.0f} KB": found["root_bytes"] > 400_000,
        f"{found['following']:.0%} of a core follows the others": found["following"] > 0.1,
        f"{found['documents_a_second']:,.0f} results a second": found["documents_a_second"]
        > PUTS_A_SECOND,
    }
    return [text for text, is_so in said.items() if is_so]


def checked(load: Load) -> dict[str, Any]:
    """The model beside a real run."""
    ran: Counted = counted(load)
    told = cost(load, Sizes(version="v12345", document=1))
    kinds = {
        kind: {
            "model": told.requests[kind],
            "counted": ran.requests[kind],
            "ratio": told.requests[kind] / max(ran.requests[kind], 1),
        }
        for kind in KINDS
    }
    return {
        "documents": load.documents,
        "workers": load.workers,
        "kinds": kinds,
        "usd": {"model": usd(told.requests), "counted": usd(ran.requests)},
        "lost": {"model": told.round.lost, "counted": ran.refused["put root"]
                 / ran.requests["put root"]},
        "root_bytes": {"model": told.root_bytes,
                       "counted": ran.sizes["put root"] / ran.requests["put root"]},
        "documents_a_second": {"model": load.rate * load.workers,
                               "counted": ran.documents_a_second},
        "most_aside": ran.most_aside,
        "cpu_s_followed": ran.cpu_s / load.documents / load.workers,
    }  # fmt: skip


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", default="1000,100000,10000000")
    parser.add_argument("--workers", default="1,8,32,100,1000")
    parser.add_argument("--latency", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--check", action="store_true", help="the model beside real runs")
    parser.add_argument("--quick", action="store_true", help="with --check: small ones")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if told.check:
        for documents, workers in QUICK if told.quick else CHECKED:
            rows.append(checked(load_of(documents, workers, told.latency, 1e9)))
            if not told.json:
                _print_checked(rows[-1])
    else:
        for documents in map(int, told.documents.split(",")):
            for workers in map(int, told.workers.split(",")):
                load = load_of(documents, workers, told.latency, told.rate)
                rows.append(row(load, cost(load, Sizes())))
        if not told.json:
            _print(rows)
    if told.json:
        print(json.dumps(rows, indent=1))


def _print(rows: list[dict[str, Any]]) -> None:
    print("documents  workers  docs/s  hours  PUT+LIST     GET     USD  manifest  a month")
    for each in rows:
        print(
            f"{_who(each)}  {each['documents_a_second']:6.0f}  {each['hours']:5.1f}"
            f"  {_short(_sum(each, 'put', 'list')):>8}  {_short(_sum(each, 'get')):>6}"
            f"  {_usd(each['usd']):>6}  {_usd(each['usd_manifest']):>8}"
            f"  {_usd(each['usd_a_month']):>7}"
        )
    print("\ndocuments  workers  commits/s   lost   p50 s   p99 s   root KB   MB/s   status")
    for each in rows:
        print(
            f"{_who(each)}  {each['commits_a_second']:9.1f}  {each['lost']:5.0%}"
            f"  {each['p50_s']:6.1f}  {each['p99_s']:6.1f}  {each['root_bytes'] / 1000:8.0f}"
            f"  {each['root_bytes_a_second'] / 1e6:5.1f}  {each['status']['get']:7}"
        )
    print(LEGEND)
    for each in rows:
        for text in limits(each):
            print(f"{_who(each)}  {text}")


def _who(found: Mapping[str, Any]) -> str:
    return f"{_short(found['documents']):>9}  {found['workers']:7,}"


def _print_checked(found: dict[str, Any]) -> None:
    print(f"{found['documents']:,} documents, {found['workers']} workers")
    for kind, each in found["kinds"].items():
        if each["model"] or each["counted"]:
            print(
                f"  {kind:24}{each['model']:12,}{each['counted']:12,}{each['ratio']:8.2f}",
                flush=True,
            )
    for what in ("usd", "lost", "root_bytes", "documents_a_second"):
        model, real = found[what]["model"], found[what]["counted"]
        ratio = f"{model / real:8.2f}" if real else ""
        print(f"  {what:24}{model:12,.4g}{real:12,.4g}{ratio}", flush=True)
    followed_ms = found["cpu_s_followed"] * 1000
    print(f"  {'ms of CPU a document, each worker':36}{followed_ms:12.2f}")
    print(f"  {'most results unacknowledged':36}{found['most_aside']:12}", flush=True)


def _sum(found: Mapping[str, Any], *verbs: str) -> int:
    return sum(n for kind, n in found["requests"].items() if kind.split()[0] in verbs)


def _short(number: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f}"


def _usd(dollars: float) -> str:
    return f"{dollars:,.0f}" if dollars >= 100 else f"{dollars:.3g}"


if __name__ == "__main__":
    main()
