"""Several processes as one run: what is divided, said, added up, and who is given up."""

import asyncio
import json
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samples import many
from tallysheet import errors
from tallysheet.errors import ConfigError, MissingExtra, Outage, TallysheetError
from tallysheet.model import Status
from tallysheet.pipeline import (
    Attention,
    Crew,
    Deferred,
    Event,
    Listed,
    Settled,
    Started,
    Summary,
    Waiting,
    _relay,
    processes_for,
)
from tallysheet.pipeline import _crew as crew_module
from tallysheet.pipeline._joint import Joint
from tallysheet.pipeline._lines import error_from, error_to, event_from, event_to, line_of
from tallysheet.pipeline._parted import parted
from tallysheet.settings import Settings

EARLY, LATE = (datetime(2026, 1, day, tzinfo=UTC).isoformat() for day in (1, 2))
SETTLED = Settled("a.pdf", Status.DONE, "rules", None, None, 0.5, 10, 1, {"parse": 0.25})
SUMMARY = Summary(
    batch="b.tallysheet",
    counts={Status.DONE: 1},
    settled={Status.DONE: 1},
    sources={"rules": 1},
    failed=(Attention("x.pdf", "corrupt", "It is damaged."),),
    review=(),
    wall_s=2.0,
    ideal_s=1.0,
    unpriced=("openai:own",),
)
EVENTS = [
    Listed(4, 3, 1, 0),
    Started("odd \udcff name.pdf"),
    SETTLED,
    Waiting(2),
    Deferred(5, 1, EARLY, 2),
    SUMMARY,
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_heard_as_it_was_said(event: Event) -> None:
    """On one line, whatever a document is called."""
    line = line_of(event_to(event))

    assert line.count(b"\n") == 1
    assert event_from(json.loads(line)) == event


def _all_errors() -> list[TallysheetError]:
    kinds = [k for k in vars(errors).values() if isinstance(k, type)]
    special = {MissingExtra: ("s3:// addresses", "s3"), errors.DocumentError: ("code", "It.", "F.")}
    return [
        kind(*special.get(kind, ("It happened.", "Mend it.")))
        for kind in kinds
        if issubclass(kind, TallysheetError)
    ]


@pytest.mark.parametrize("error", _all_errors(), ids=lambda error: type(error).__name__)
def test_an_error_is_heard_as_what_a_caller_would_do_about_it(error: TallysheetError) -> None:
    """With its message and its fix, as its own kind or the one that it is a kind of."""
    heard = error_from(json.loads(line_of(error_to(error))))

    assert isinstance(error, type(heard))
    assert (heard.message, heard.fix) == (error.message, error.fix)
    if type(error) not in (MissingExtra, errors.DocumentError):
        assert type(heard) is type(error)


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
def test_what_is_allowed_at_the_same_time_is_divided(processes: int) -> None:
    """Nothing is lost and nothing is added, and everybody has something."""
    whole = Settings(concurrency=17, parse_workers=8, batch_size=100, run_limit_s=5.0, model="x:y")

    parts = parted(whole, processes)

    assert len(parts) == processes
    for name in ("concurrency", "parse_workers", "batch_size"):
        shares = [getattr(part, name) for part in parts]
        assert sum(shares) == getattr(whole, name)
        assert max(shares) - min(shares) <= 1
    assert {part.model for part in parts} == {"x:y"}
    assert {part.run_limit_s for part in parts} == {None}


def test_each_process_has_a_child_to_parse_even_where_there_are_fewer_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nothing was said about children; where it was, it holds."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    assert [part.parse_workers for part in parted(Settings(), 4)] == [1, 1, 1, 1]
    with pytest.raises(ConfigError, match="parse_workers = 2"):
        parted(Settings(parse_workers=2), 4)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, 16), ({"concurrency": 3}, 3), ({"parse_workers": 5}, 5)],
)
def test_one_a_core_as_far_as_there_is_something_to_do_for_each(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, int], expected: int
) -> None:
    """That is what 0 stands for."""
    monkeypatch.setattr("os.cpu_count", lambda: 16)

    assert processes_for(Settings(**given)) == expected


def test_what_members_list_is_told_once_and_added_up() -> None:
    """All walk over the same source; what one of them added is no longer new to the others."""
    joint = Joint(2)

    told = [
        joint.heard(0, Listed(10, 3, 1, 6)),
        joint.heard(1, Listed(10, 4, 0, 6)),
        joint.heard(1, Listed(10, 0, 0, 10)),  # after it was killed
    ]

    assert told == [None, Listed(10, 7, 1, 2), None]


def test_members_do_not_wait_for_each_other_aloud() -> None:
    """Only what workers of other runs hold is waited for."""
    joint = Joint(2)
    joint.heard(0, Started("a.pdf"))

    during = joint.heard(1, Waiting(1))
    joint.heard(0, SETTLED)
    after = joint.heard(1, Waiting(1))

    assert (during, after) == (None, Waiting(1))


def test_what_waits_for_jobs_is_added_up_and_forgotten_with_who_waits() -> None:
    """The oldest of all counts."""
    joint = Joint(2)
    joint.heard(0, Started("a.pdf"))
    joint.heard(0, Started("b.pdf"))

    alone = joint.heard(0, Deferred(5, 1, LATE, 2))
    both = joint.heard(1, Deferred(3, 1, EARLY))
    left = joint.left(0)
    after = joint.heard(1, Deferred(2, 1, EARLY))

    assert alone == Deferred(5, 1, LATE, 2)
    assert both == Deferred(8, 2, EARLY, 2)
    assert left == 2
    assert after == Deferred(2, 1, EARLY)


async def test_processes_that_die_again_and_again_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each death is told; in the end the run says that it is not done, and by whose fault."""
    monkeypatch.setattr(crew_module, "PROGRAM", "tallysheet.no_such_program")
    monkeypatch.setattr(_relay, "FIRST_PAUSE_S", 0.001)
    (tmp_path / "source").mkdir()
    told: list[str] = []
    crew = Crew(
        str(tmp_path / "source"),
        out=None,
        settings=Settings(),
        processes=2,
        stop=asyncio.Event(),
        tell=told.append,
    )

    with pytest.raises(Outage, match="2 of 2 processes died again and again"):
        async with aclosing(crew.run()) as events:
            async for _event in events:
                pass

    for number in (1, 2):
        of_one = [line for line in told if line.startswith(f"Process {number} ")]
        assert len(of_one) == _relay.MOST_DEATHS
        assert all("ended by itself (exit code 1)" in line for line in of_one)
        assert of_one[-1].endswith("It is given up.")


async def test_whoever_looks_away_leaves_no_process_behind(tmp_path: Path) -> None:
    """Closing the events early ends all of them, as it ends a single run."""
    (tmp_path / "source").mkdir()
    for sample in many(4):
        (tmp_path / "source" / sample.name).write_bytes(sample.data)
    crew = Crew(
        str(tmp_path / "source"),
        out=None,
        settings=Settings(),
        processes=2,
        stop=asyncio.Event(),
        tell=print,
    )

    async with aclosing(crew.run()) as events:
        first = await anext(events)
        processes = [member.process for member in crew._members]

    assert first is not None
    assert len(processes) == 2
    assert all(process.returncode is not None for process in processes)
