"""What every `Offload` promises: an answer or a reason, whatever the work does."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

import offload_work
from scene import all_end, children_of
from tallysheet.errors import ConfigError, DocumentError, WorkerLost
from tallysheet.parse import Pool
from tallysheet.parse._child import _comes
from tallysheet.parse._pool import AHEAD, DEEP
from tallysheet.parse._process import LAST_LIMIT_S
from tallysheet.parse._queue import Death
from tallysheet.parse._verdict import error_of
from tallysheet.ports import Offload, Worked
from tallysheet.testing import FakeClock, Inline

HERE = Path(__file__).parent.parent
ALLOWED = ("tallysheet.", "offload_work:")
MEMORY_MB = 256
LIMIT_S = 30.0


@pytest.fixture(autouse=True)
def tests_are_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the children import the work of these tests."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture
def clock() -> FakeClock:
    """The clock of the pool, on which no limit runs out until the test says so."""
    return FakeClock(auto=False)


@pytest.fixture
async def pool(clock: FakeClock) -> AsyncIterator[Pool]:
    """A pool of two children."""
    async with Pool(2, limit_s=LIMIT_S, memory_mb=MEMORY_MB, clock=clock, allow=ALLOWED) as pool:
        yield pool


@pytest.fixture(params=["pool", "inline"])
def offload(request: pytest.FixtureRequest, pool: Pool) -> Offload:
    """Each implementation, seen through its seam. What only a real one can promise asks a pool."""
    return pool if request.param == "pool" else Inline()


class Hanging:
    """Where `offload_work.hang` says that it hangs now, and in which process."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.name = bytes(path)
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    async def pid(self) -> int:
        """Wait until it hangs."""
        loop = asyncio.get_running_loop()
        spoken = loop.create_future()
        loop.add_reader(self._pipe, lambda: spoken.done() or spoken.set_result(None))
        await spoken
        loop.remove_reader(self._pipe)
        pid = int(os.read(self._pipe, 64))
        os.close(self._pipe)
        return pid

    async def pid_fd(self) -> int:
        """Wait until it hangs; a handle that tells when that process has ended."""
        return os.pidfd_open(await self.pid())


def dies(pid_fd: int, within_s: float = 20.0) -> bool:
    """Whether the process behind *pid_fd* ends; the kernel tells us when."""
    return bool(select.select([pid_fd], [], [], within_s)[0])


async def end_of(task: Awaitable[Worked]) -> Worked | Exception:
    """What *task* ends with."""
    try:
        return await task
    except Exception as error:  # noqa: BLE001
        return error


async def test_work_is_done_and_its_answer_comes_back(offload: Offload) -> None:
    """The bytes are what the function returned, and the time is what it took."""
    worked = await offload.run(offload_work.upper, b"invoice")

    assert worked.data == b"INVOICE"
    assert 0 <= worked.busy_s < 60


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_000])
async def test_answers_of_any_size_come_back_whole(offload: Offload, size: int) -> None:
    """A pipe holds 64 KiB; more must flow both ways."""
    data = os.urandom(size)

    assert (await offload.run(offload_work.upper, data)).data == data.upper()


async def test_a_document_error_crosses_intact(offload: Offload) -> None:
    """Reason, message and fix arrive as they were raised."""
    with pytest.raises(DocumentError) as caught:
        await offload.run(offload_work.refuse, "Schlüssel".encode())

    assert caught.value.args == ("encrypted", "It is locked: Schlüssel.", "Ask for the password.")


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(os.system, id="another package's function"),
        pytest.param(lambda data: data, id="a lambda"),
        pytest.param(offload_work.Path.read_bytes, id="a method"),
    ],
)
async def test_only_named_functions_of_ours_are_sent(
    pool: Pool, work: Callable[[bytes], bytes]
) -> None:
    """Anything else is a programmer's mistake, refused before a child hears of it."""
    with pytest.raises(ValueError, match="may not be sent"):
        await pool.run(work, b"true")


async def test_a_mistake_in_the_work_is_told_without_quoting_the_document(
    pool: Pool,
) -> None:
    """The kind and the place are said; the text of a foreign error can hold anything."""
    with pytest.raises(DocumentError) as caught:
        await pool.run(offload_work.stumble, b"SECRET")

    assert caught.value.reason == "internal"
    assert "KeyError" in str(caught.value)
    assert "SECRET" not in str(caught.value)


async def test_what_work_prints_garbles_no_answer(pool: Pool) -> None:
    """Standard input and output lead nowhere in a child."""
    first = await pool.run(offload_work.chatter, b"noise")
    second = await pool.run(offload_work.chatter, b"more")

    assert (first.data, second.data) == (b"noise", b"more")


async def test_a_crash_is_blamed_on_the_document_after_the_second_one(pool: Pool) -> None:
    """The reason says which signal it was."""
    with pytest.raises(DocumentError, match="SIGSEGV") as caught:
        await pool.run(offload_work.segfault, b"")

    assert caught.value.reason == "crashed"


async def test_a_crash_that_does_not_repeat_is_forgiven(pool: Pool, tmp_path: Path) -> None:
    """A child that dies is replaced, and its task done once more."""
    worked = await pool.run(offload_work.segfault_once, str(tmp_path / "mark").encode())

    assert worked.data == b"second time lucky"


async def test_work_that_ends_its_process_is_a_crash(pool: Pool) -> None:
    """Its exit status is said."""
    with pytest.raises(DocumentError, match="exit status 3") as caught:
        await pool.run(offload_work.leave, b"3")

    assert caught.value.reason == "crashed"


async def test_a_child_killed_from_outside_is_no_fault_of_the_document(
    pool: Pool, tmp_path: Path
) -> None:
    """Only after a second one it is reported, as lost and not as failed."""
    tries = tmp_path / "tries"

    with pytest.raises(WorkerLost, match="SIGKILL"):
        await pool.run(offload_work.killed, str(tries).encode())

    assert tries.read_text() == "xx"


@pytest.mark.parametrize("work", [offload_work.swell, offload_work.give_up])
async def test_a_memory_bomb_is_stopped(pool: Pool, work: Callable[[bytes], bytes]) -> None:
    """Whether Python notices or a native library gives up, the reason is the memory."""
    with pytest.raises(DocumentError, match=f"{MEMORY_MB} MB") as caught:
        await pool.run(work, b"")

    assert caught.value.reason == "memory_limit"
    assert (await pool.run(offload_work.upper, b"next")).data == b"NEXT"


async def test_work_that_hangs_is_killed_at_the_limit(
    pool: Pool, clock: FakeClock, tmp_path: Path
) -> None:
    """It is not asked, and not tried again."""
    async with asyncio.TaskGroup() as group:
        hanging = Hanging(tmp_path / "pid")
        ending = group.create_task(end_of(pool.run(offload_work.hang, hanging.name)))
        pid_fd = await hanging.pid_fd()

        await clock.advance(LIMIT_S)

    error = ending.result()
    assert isinstance(error, DocumentError)
    assert error.reason == "time_limit"
    assert dies(pid_fd)
    os.close(pid_fd)


async def test_each_task_may_take_the_whole_limit(clock: FakeClock, tmp_path: Path) -> None:
    """Whoever watches the child does not count what the task before took."""
    first, second = Hanging(tmp_path / "first"), Hanging(tmp_path / "second")
    os.mkfifo(tmp_path / "first.go")
    go = os.open(tmp_path / "first.go", os.O_RDWR)
    one = Pool(1, limit_s=LIMIT_S, clock=clock, allow=ALLOWED)
    async with one as pool, asyncio.TaskGroup() as group:
        held = group.create_task(pool.run(offload_work.hold, first.name))
        ending = group.create_task(end_of(pool.run(offload_work.hang, second.name)))
        for _ in range(2 * DEEP):  # so that the second is with the child before its turn
            group.create_task(pool.run(offload_work.upper, b""))
        await first.pid()
        await clock.advance(0.9 * LIMIT_S)
        os.write(go, b"on")
        pid_fd = await second.pid_fd()
        await clock.advance(0.9 * LIMIT_S)
        was_spared = all(child.usable for child in pool._children)
        await clock.advance(0.2 * LIMIT_S)

    assert held.result().data == b"on"
    assert was_spared
    assert dies(pid_fd)
    error = ending.result()
    assert isinstance(error, DocumentError)
    assert error.reason == "time_limit"
    os.close(pid_fd)
    os.close(go)


async def test_who_stood_still_hears_a_child_out_before_it_is_killed(
    clock: FakeClock, tmp_path: Path
) -> None:
    """After Ctrl-Z for an hour its answer may be in the pipe; one that hangs is killed soon."""
    hanging = Hanging(tmp_path / "pid")
    pool = Pool(1, limit_s=LIMIT_S, clock=clock, allow=ALLOWED)
    async with pool, asyncio.TaskGroup() as group:
        ending = group.create_task(end_of(pool.run(offload_work.hang, hanging.name)))
        pid_fd = await hanging.pid_fd()
        clock._now_s += 3600  # while nobody could run
        await clock.advance(0.9 * LAST_LIMIT_S)
        was_spared = all(child.usable for child in pool._children)
        await clock.advance(0.2 * LAST_LIMIT_S)

    assert was_spared
    assert dies(pid_fd)
    assert "took longer than" in str(ending.result())
    os.close(pid_fd)


async def test_giving_up_a_task_kills_its_child_and_frees_its_place(
    pool: Pool, tmp_path: Path
) -> None:
    """Both children are given up, and the next task is done all the same."""
    for name in ("one", "two"):
        hanging = Hanging(tmp_path / name)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(pool.run(offload_work.hang, hanging.name))
            pid_fd = await hanging.pid_fd()
            task.cancel()

        assert dies(pid_fd)
        os.close(pid_fd)
    assert (await pool.run(offload_work.upper, b"next")).data == b"NEXT"


async def test_a_task_given_up_while_it_waits_costs_nothing(pool: Pool, tmp_path: Path) -> None:
    """It never had a child; the ones that work go on."""
    async with asyncio.TaskGroup() as group:
        hangings = [Hanging(tmp_path / name) for name in "ab"]
        busy = [group.create_task(pool.run(offload_work.hang, h.name)) for h in hangings]
        for hanging in hangings:
            await hanging.pid()
        waiting = group.create_task(pool.run(offload_work.upper, b"never"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        alive = not any(task.done() for task in busy)
        for task in busy:
            task.cancel()

    assert waiting.cancelled()
    assert alive


async def test_neighbours_of_a_crash_are_unharmed(pool: Pool) -> None:
    """Every task has its own fate."""
    async with asyncio.TaskGroup() as group:
        bad = [group.create_task(end_of(pool.run(offload_work.segfault, b""))) for _ in "123"]
        good = [
            group.create_task(end_of(pool.run(offload_work.upper, b"%d good" % number)))
            for number in range(20)
        ]

    assert all(isinstance(task.result(), DocumentError) for task in bad)
    answers = [task.result() for task in good]
    assert [a.data for a in answers if isinstance(a, Worked)] == [
        b"%d GOOD" % number for number in range(20)
    ]


async def test_no_task_waits_behind_a_long_one(pool: Pool, tmp_path: Path) -> None:
    """Where many wait, some are sent ahead: what then turns out to be held up goes elsewhere."""
    async with asyncio.TaskGroup() as group:
        hanging = Hanging(tmp_path / "pid")
        first = [group.create_task(pool.run(offload_work.upper, b"a")) for _ in range(3)]
        long = group.create_task(end_of(pool.run(offload_work.hang, hanging.name)))
        many = [
            group.create_task(pool.run(offload_work.upper, b"%d good" % number))
            for number in range(20)
        ]
        await hanging.pid()

        answers = [(await task).data for task in (*first, *many)]

        is_hanging = not long.done()
        long.cancel()

    assert answers == [b"A"] * 3 + [b"%d GOOD" % number for number in range(20)]
    assert is_hanging


async def test_what_was_sent_ahead_to_a_child_that_dies_is_no_part_of_it(tmp_path: Path) -> None:
    """It is done by the next one, at its first attempt: nobody is blamed for a neighbour."""
    clock, tries = FakeClock(auto=False), tmp_path / "tries"
    async with Pool(1, clock=clock, allow=ALLOWED) as pool, asyncio.TaskGroup() as group:
        crashes = [group.create_task(end_of(pool.run(offload_work.segfault, b""))) for _ in "12"]
        killed = group.create_task(end_of(pool.run(offload_work.killed, str(tries).encode())))
        good = [group.create_task(pool.run(offload_work.upper, b"good")) for _ in range(9)]

    assert [type(crash.result()) for crash in crashes] == [DocumentError] * 2
    assert isinstance(killed.result(), WorkerLost)
    assert tries.read_text() == "xx"
    assert [task.result().data for task in good] == [b"GOOD"] * 9


async def test_what_is_given_up_after_it_was_sent_ahead_disturbs_nobody(pool: Pool) -> None:
    """Its answer reaches nobody, and the ones before and behind it get theirs."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(pool.run(offload_work.upper, b"%d good" % number))
            for number in range(40)
        ]
        await tasks[0]
        for task in tasks[3:30:3]:
            task.cancel()

    kept = [task.result().data for task in tasks if not task.cancelled()]
    given_up = sum(task.cancelled() for task in tasks)
    assert given_up > 0
    assert len(kept) + given_up == 40
    assert set(kept) <= {b"%d GOOD" % number for number in range(40)}


async def test_many_tasks_share_few_children(pool: Pool) -> None:
    """Two hundred tasks, no more than two processes, each task answered with its own answer."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(pool.run(offload_work.circumstances, b"")) for _ in range(200)]

    pids = {json.loads(task.result().data)["pid"] for task in tasks}
    assert len(pids) <= pool.workers == 2


async def test_a_child_is_replaced_after_its_share_of_tasks(clock: FakeClock) -> None:
    """Whatever a library leaks does not add up."""
    async with Pool(1, recycle_after=2, clock=clock, allow=ALLOWED) as pool:
        pids = [
            json.loads((await pool.run(offload_work.circumstances, b"")).data)["pid"]
            for _ in range(5)
        ]

    assert len(set(pids)) == 3


async def test_nonsense_from_a_child_is_a_crash(pool: Pool) -> None:
    """A child whose memory was overwritten is not believed."""
    with pytest.raises(DocumentError, match="nonsense") as caught:
        await pool.run(offload_work.babble, b"")

    assert caught.value.reason == "crashed"


async def test_a_child_that_dies_between_tasks_is_replaced(pool: Pool) -> None:
    """The next task does not notice."""
    told = json.loads((await pool.run(offload_work.circumstances, b"")).data)
    pid_fd = os.pidfd_open(told["pid"])
    os.kill(told["pid"], signal.SIGKILL)
    assert dies(pid_fd)
    os.close(pid_fd)

    assert (await pool.run(offload_work.upper, b"next")).data == b"NEXT"


async def test_no_secret_reaches_a_child(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads hostile documents knows no key, and no setting either."""
    for name in ("AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "TALLYSHEET_API_KEY_FILE", "HOME"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")

    told = json.loads((await pool.run(offload_work.circumstances, b"")).data)

    assert "secret" not in told["environment"].values()
    assert told["environment"]["LANG"] == "C.UTF-8"


async def test_a_relative_import_path_leads_a_child_to_the_same_place(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``PYTHONPATH=src`` works in children, although they work in another folder."""
    monkeypatch.chdir(HERE)
    monkeypatch.setenv("PYTHONPATH", ".")

    assert (await pool.run(offload_work.upper, b"found")).data == b"FOUND"


async def test_a_child_is_modest_and_deaf_to_ctrl_c(pool: Pool) -> None:
    """It lets others go first, works in no one's folder, and has a session of its own."""
    told = json.loads((await pool.run(offload_work.circumstances, b"")).data)

    assert told["nice"] >= min(19, os.nice(0) + 10)
    assert told["folder"] == "/"
    assert told["session"]
    assert told["ignores_ctrl_c"]


@pytest.mark.parametrize("program", ["/bin/false", "/no/such/program"])
async def test_children_that_cannot_start_are_the_users_to_mend(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """Not one document after the other fails: the run stops and says how to see why."""
    monkeypatch.setattr(sys, "executable", program)

    async with Pool(2, clock=clock, allow=ALLOWED) as pool:
        with pytest.raises(ConfigError, match="does not start"):
            await pool.run(offload_work.upper, b"")


async def test_one_that_ends_before_it_is_ready_says_why_by_its_status(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is not killed for having closed its pipes, as Python does a while before it ends."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec <&- >&-\nsleep 0.3\nexit 7\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))

    async with Pool(1, clock=clock, allow=ALLOWED) as pool:
        with pytest.raises(ConfigError, match="exit status 7"):
            await pool.run(offload_work.upper, b"")


@pytest.mark.parametrize("kills", [1, 5])
async def test_one_that_is_killed_before_it_is_ready_is_followed_by_another(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kills: int
) -> None:
    """Somebody who is short of memory, or of patience, does not end the run."""
    program, real = tmp_path / "python", sys.executable
    program.write_text(
        f"#!/bin/sh\necho x >> {tmp_path}/starts\n"
        f"[ $(wc -l < {tmp_path}/starts) -le {kills} ] && kill -9 $$\n"
        f'exec {real} "$@"\n'
    )
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))

    async with Pool(1, clock=clock, allow=ALLOWED) as pool:
        assert (await pool.run(offload_work.upper, b"next")).data == b"NEXT"


async def test_where_all_are_killed_before_they_are_ready_the_user_has_to_mend_it(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is not tried for ever."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))

    async with Pool(2, clock=clock, allow=ALLOWED) as pool:
        with pytest.raises(ConfigError, match=r"does not start \(signal SIGKILL\)"):
            await pool.run(offload_work.upper, b"")


async def test_one_that_neither_starts_nor_ends_is_killed(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Some seconds after it has closed its pipes."""
    program, hanging = tmp_path / "python", Hanging(tmp_path / "hangs")
    program.write_text(f"#!/bin/sh\nexec <&- >&-\necho $$ > {tmp_path}/hangs\nexec sleep 1000\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))

    async with Pool(1, clock=clock, allow=ALLOWED) as pool, asyncio.TaskGroup() as group:
        ending = group.create_task(end_of(pool.run(offload_work.upper, b"")))
        pid_fd = await hanging.pid_fd()
        await clock.advance(LAST_LIMIT_S)

    assert "signal SIGKILL" in str(ending.result())
    assert dies(pid_fd)
    os.close(pid_fd)


def test_what_shows_why_a_child_does_not_start_can_be_run() -> None:
    """The command is in the message, and says nothing where all is well."""
    error = error_of(Death(1, started=False), limit_s=1.0, memory_mb=768)
    command = error.fix.removeprefix("See why with: ")

    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602  as a user would

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


async def test_the_first_children_are_there_before_there_is_work(clock: FakeClock) -> None:
    """They start with the pool, no more of them than it may have, and end with it."""
    before = children_of(os.getpid())
    async with Pool(1, clock=clock), Pool(64, clock=clock):
        started = children_of(os.getpid())[len(before) :]

    assert len(started) == 1 + AHEAD
    assert all_end(started)
    for handle in before:
        os.close(handle)


async def test_a_child_loads_beforehand_what_it_will_need(clock: FakeClock) -> None:
    """And works nevertheless where that fails: not every task needs it."""
    modules = ("wave", "nowhere.to.be.found")
    async with Pool(1, clock=clock, modules=modules, allow=ALLOWED) as pool:
        loaded = [
            (await pool.run(offload_work.has_loaded, name)).data for name in (b"wave", b"chunk")
        ]

    assert loaded == [b"yes", b"no"]


async def test_a_child_loads_what_comes_later_when_it_has_time(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before its first task, which would wait for it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    loading = Hanging(tmp_path / "loaded")
    async with Pool(1, clock=clock, later=("offload_later",), allow=ALLOWED) as pool:
        first = await pool.run(offload_work.has_loaded, b"offload_later")
        await loading.pid()
        then = await pool.run(offload_work.has_loaded, b"offload_later")

    assert (first.data, then.data) == (b"no", b"yes")


def test_a_child_sees_whether_a_task_waits() -> None:
    """In the pipe, or in what it has read of that already; and it waits for one as before."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as requests, os.fdopen(write_end, "wb", buffering=0) as parent:
        at_first = _comes(requests, 0.0)
        parent.write(b"two requests")
        in_the_pipe = _comes(requests, 60.0)
        requests.read(4)
        in_the_buffer = _comes(requests, 60.0)
        requests.read(8)
        in_the_end = _comes(requests, 0.0)

        assert os.get_blocking(requests.fileno())
    assert (at_first, in_the_pipe, in_the_buffer, in_the_end) == (False, True, True, False)


async def test_a_closed_pool_leaves_nothing_behind(clock: FakeClock, tmp_path: Path) -> None:
    """Even what hangs at that moment is gone, and its task knows."""
    async with asyncio.TaskGroup() as group:
        hanging = Hanging(tmp_path / "pid")
        async with Pool(1, clock=clock, allow=ALLOWED) as pool:
            ending = group.create_task(end_of(pool.run(offload_work.hang, hanging.name)))
            pid = await hanging.pid()

        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert isinstance(ending.result(), RuntimeError)


async def test_whoever_waits_when_a_pool_closes_is_told(clock: FakeClock, tmp_path: Path) -> None:
    """What was sent ahead, and what no child has seen."""
    async with asyncio.TaskGroup() as group:
        hanging = Hanging(tmp_path / "pid")
        async with Pool(1, clock=clock, allow=ALLOWED) as pool:
            group.create_task(end_of(pool.run(offload_work.hang, hanging.name)))
            waiting = [
                group.create_task(end_of(pool.run(offload_work.upper, b""))) for _ in range(9)
            ]
            await hanging.pid()

    assert [type(task.result()) for task in waiting] == [RuntimeError] * 9


ORPHAN = """
import asyncio, sys, time
import offload_work
from scene import all_end, children_of
from tallysheet.parse import Pool
from tallysheet.parse._pool import AHEAD, DEEP
from tallysheet.parse._process import LAST_LIMIT_S
from tallysheet.parse._queue import Death
from tallysheet.parse._verdict import error_of

class Clock:
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)

async def main():
    async with Pool(1, clock=Clock(), allow=("offload_work:",)) as pool:
        await pool.run(offload_work.hang, sys.argv[1].encode())

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a busy child ends with its task")
async def test_children_die_with_their_parent(tmp_path: Path) -> None:
    """Killed the hard way, a run leaves no process behind, busy as it may be."""
    hanging = Hanging(tmp_path / "pid")
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", ORPHAN, hanging.name)
    pid_fd = await hanging.pid_fd()

    parent.kill()
    await parent.wait()

    assert dies(pid_fd)
    os.close(pid_fd)
