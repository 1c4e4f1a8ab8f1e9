"""The program of a child process: read a request, do it, answer, until there are no more.

It is what stands between a hostile document and everything else, so it lives in
a small room of its own:

1. It dies with its parent: told by the kernel on Linux, and by the end of its
   standard input everywhere.
2. Its memory has a limit, it leaves no core file (there would be an invoice in
   it), works in no one's folder, and lets others have the processor first.
3. The pipes are moved out of reach before any work starts, and standard input
   and output lead nowhere, so that a library that prints garbles no answer.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from io import BufferedReader
from select import select
from time import perf_counter
from typing import BinaryIO

from tallysheet.errors import DocumentError
from tallysheet.parse._frames import ANSWER, AT_ONCE_BYTES, REQUEST, Outcome

PR_SET_PDEATHSIG = 1
NICENESS = 10
GC_THRESHOLDS = (20_000, 20, 20)
"""With Python's own, looking for cycles takes one part in 25 of the time of a page."""
IDLE_S = 0.2
"""After so long without a task, there is time for what takes some."""
PACKAGE = "tallysheet"


def main(
    memory_mb: int, parent: int, modules: Sequence[str] = (), later: Sequence[str] = ()
) -> None:
    """Serve the process *parent* until it closes the pipe or dies.

    *modules* are loaded before the first task, and *later* ones once none has come for a while
    after that.
    """
    requests, answers = _private_pipes()
    _die_with(parent)
    _live_modestly(memory_mb)
    _send(answers, Outcome.READY, 0.0, b"")
    _load(modules)
    gc.set_threshold(*GC_THRESHOLDS)
    while header := requests.read(REQUEST.size):
        name_length, length = REQUEST.unpack(header)
        name = requests.read(name_length).decode()
        outcome, busy_s, data = _do(name, requests.read(length))
        _send(answers, outcome, busy_s, data)
        if outcome is Outcome.NO_MEMORY:
            return
        if later and not _comes(requests, IDLE_S):
            _load(later)
            later = ()


def _load(modules: Sequence[str]) -> None:
    # What cannot be loaded is a matter for whoever needs it.
    with suppress(Exception):
        for module in modules:
            import_module(module)
    # Everything so far stays, and what a document leaves behind holds next to no cycles.
    gc.freeze()


def _comes(requests: BufferedReader, within_s: float) -> bool:
    """Whether a request, or a part of it, is there already or comes in time."""
    os.set_blocking(requests.fileno(), False)
    try:
        return bool(requests.peek(1)) or bool(select([requests], [], [], within_s)[0])
    finally:
        os.set_blocking(requests.fileno(), True)


def _private_pipes() -> tuple[BufferedReader, BinaryIO]:
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _die_with(parent: int) -> None:
    # A Ctrl-C is for the parent, which decides what becomes of the work in hand.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel knew of our wish
            sys.exit()


def _live_modestly(memory_mb: int) -> None:
    os.chdir(os.sep)
    os.nice(NICENESS)
    os.umask(0o077)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = memory_mb * 1024 * 1024
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _do(name: str, data: bytes) -> tuple[Outcome, float, bytes]:
    started = perf_counter()
    try:
        outcome, answer = Outcome.OK, _function(name)(data)
    except DocumentError as error:
        parts = [error.reason, error.message, error.fix]
        outcome, answer = Outcome.REFUSED, json.dumps(parts).encode()
    except MemoryError:
        outcome, answer = Outcome.NO_MEMORY, b""
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        outcome, answer = Outcome.MISTAKE, _place_of(error).encode()
    return outcome, perf_counter() - started, answer


def _function(name: str) -> Callable[[bytes], bytes]:
    module, _, function = name.partition(":")
    work: Callable[[bytes], bytes] = getattr(import_module(module), function)
    return work


def _place_of(error: Exception) -> str:
    """The kind of *error* and the last line of ours it went through: never its text."""
    kind = type(error).__name__
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = frame.f_globals.get("__name__", "")
        if module.startswith(f"{PACKAGE}."):
            return f"{kind} in {module}, line {line}"
    return kind


def _send(answers: BinaryIO, outcome: Outcome, busy_s: float, data: bytes) -> None:
    head = ANSWER.pack(outcome, busy_s, len(data))
    if len(data) <= AT_ONCE_BYTES:
        answers.write(head + data)
    else:
        answers.write(head)
        answers.write(data)
    answers.flush()


if __name__ == "__main__":
    named = [tuple(filter(None, names.split(","))) for names in sys.argv[3:5]]
    main(int(sys.argv[1]), int(sys.argv[2]), *named)
