"""The benches run, and say what their documentation promises."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tallysheet.settings import Settings

BENCH = Path(__file__).parent.parent.parent / "bench"
WAYS = {"tallysheet", "asyncio.Lock", "compare-and-swap"}


def printed_by(*options: str, bench: str = "manifest.py") -> str:
    """What a bench prints."""
    command = [sys.executable, str(BENCH / bench), "--quick", *options]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def test_each_figure_stands_beside_the_usual_ways() -> None:
    """As JSON: what was asked, and what each way came to, every repetition of it."""
    found = json.loads(printed_by("--json", "--only", "answers"))

    facts = {"cores", "python", "system", "load", "cores_taken_by_others"}
    assert found["machine"].keys() == facts
    assert [figure["asked"] for figure in found["figures"]] == [2.5, 10, 20]
    for figure in found["figures"]:
        assert figure.keys() == {"row", "what", "bound", "asked", "met", "ways"}
        assert figure["ways"].keys() == WAYS
        for way in figure["ways"].values():
            assert way.keys() == {"median", "values", "beyond", "note"}
            assert min(way["values"]) > 0


def test_a_quick_run_passes_no_verdict() -> None:
    """It does less than what was asked for; its figures are no answer to that."""
    text = printed_by("--only", "updates")

    assert all(way in text for way in WAYS)
    assert not any(line.lower().endswith(" met") for line in text.splitlines())
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("row", ["invoices", "million", "processes"])
def test_the_other_rows_run_too(row: str) -> None:
    """Each counts what stands in the end, and fails where an update is missing or doubled."""
    figures = json.loads(printed_by("--json", "--only", row))["figures"]

    assert {figure["row"] for figure in figures} == {row}


def test_the_bench_of_second_readings_tells_what_became_of_every_document() -> None:
    """Of rules and of a simulated model, on pages whole and torn: a table of 80 columns."""
    text = printed_by("--samples", "3", bench="second.py")

    rows = {line[:56].strip(): [*map(int, line[56:].split())] for line in text.splitlines()[2:]}
    assert rows["read"] == [3, 9, 3, 9]
    done, review = rows["done at once"], rows["to a person, and asked about again"]
    assert [sum(pair) for pair in zip(done, review, strict=True)] == rows["read"]
    assert sum(review) > 0
    assert max(map(len, text.splitlines())) <= 80


def test_the_bench_of_models_measures_its_client_and_whole_runs() -> None:
    """Every invoice is asked about once; what of others is installed stands beside it."""
    figures = json.loads(printed_by("--json", bench="models.py"))["figures"]

    found = {figure["what"]: figure["ways"] for figure in figures}
    assert {figure["row"] for figure in figures} == {"calls", "runs"}
    assert (
        found["20 model calls at once: most in flight at the server"]["tallysheet"]["median"] == 20
    )
    for what, ways in found.items():
        assert min(ways["tallysheet"]["values"]) > 0
        assert "at once: wall / ideal" not in what or "asyncio.Lock" in ways


@pytest.mark.parametrize(("row", "count"), [("pages", 4), ("first", 2)])
def test_the_bench_of_parsing_measures_the_pool_beside_the_bare_engine(
    row: str, count: int
) -> None:
    """Every page has its words, or the bench fails."""
    figures = json.loads(printed_by("--json", "--only", row, bench="parse.py"))["figures"]

    assert len(figures) == count
    for figure in figures:
        assert min(figure["ways"]["tallysheet"]["values"]) > 0
        assert "bare engine" not in figure["what"] or "bare engine" in figure["ways"]


def test_the_bench_of_scale_measures_a_run_and_the_commands_that_look_at_it() -> None:
    """On a real S3 server, with a model behind HTTP: each process by itself."""
    figures = json.loads(printed_by("--json", bench="scale.py"))["figures"]

    found = {figure["what"]: figure["ways"]["tallysheet"]["median"] for figure in figures}
    spent = [f"60 PDFs: ms of CPU each, {who}" for who in ("parent", "children", "store", "model")]
    looks = ("run", "status", "export", "explain", "check")
    assert all(found[what] > 0 for what in spent)
    assert all(20 < found[f"60 PDFs read: MB of `{look}`"] < 500 for look in looks)
    # Hashed, looked for in the cache, and two writes each; a few are the manifest's.
    assert 4 <= found["60 PDFs: requests each"] < 8


def test_the_bench_of_the_governor_is_the_same_every_time() -> None:
    """In virtual time, from one seed: whatever else the machine does."""
    once, again = (
        json.loads(printed_by("--json", "--only", "nothing", bench="governor.py"))["figures"]
        for _ in range(2)
    )

    assert once == again
    assert [figure["asked"] for figure in once] == [1.45, 200.0, 5.0]


def test_the_cost_model_is_near_what_real_runs_ask_for() -> None:
    """Within 15 %, of every kind of request of which there are enough to tell."""
    for found in json.loads(printed_by("--check", "--json", bench="cost.py")):
        many = {kind: each for kind, each in found["kinds"].items() if each["counted"] >= 100}
        assert {"get document", "put result", "put cache", "put root"} <= many.keys()
        for kind, each in many.items():
            assert 0.85 < each["ratio"] < 1.15, (found["workers"], kind, each)
        assert 0.85 < found["usd"]["model"] / found["usd"]["counted"] < 1.15


def test_what_waits_to_be_acknowledged_is_bounded_and_holds_up_no_call() -> None:
    """Each place at the model is taken all the time, however long the root lets results wait."""
    in_flight = Settings(model="scripted:model").in_flight

    for found in json.loads(printed_by("--check", "--json", bench="cost.py")):
        rate = found["documents_a_second"]
        assert rate["counted"] > 0.95 * rate["model"]
        assert 0 < found["most_aside"] <= 2 * in_flight


def test_the_cost_model_says_where_it_ends() -> None:
    """For the largest batch, the table is followed by what is too much of it."""
    text = printed_by("--documents", "10000000", "--workers", "1,1000", bench="cost.py")

    assert all(len(line) <= 80 for line in text.splitlines())
    assert "3.8 GB in every worker" in text
