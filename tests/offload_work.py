"""Work that misbehaves, done in child processes by ``contracts/test_offload.py``.

What a function is told to leave behind goes to a file: a child has no other way
to speak while it works.
"""

import ctypes
import json
import os
import select
import signal
import sys
from pathlib import Path

from tallysheet.errors import DocumentError


def upper(data: bytes) -> bytes:
    """Answer as it should be."""
    return data.upper()


def has_loaded(data: bytes) -> bytes:
    """Say whether the module of that name has been loaded."""
    return b"yes" if data.decode() in sys.modules else b"no"


def refuse(data: bytes) -> bytes:
    """Say what is wrong with the document."""
    raise DocumentError("encrypted", f"It is locked: {data.decode()}.", "Ask for the password.")


def stumble(data: bytes) -> bytes:
    """Make a mistake whose text quotes the document."""
    raise KeyError(data.decode())


def chatter(data: bytes) -> bytes:
    """Print, read and write where the answers used to go."""
    print(data * 1000)  # noqa: T201
    os.write(1, data * 1000)
    return data + sys.stdin.read().encode()


def hang(data: bytes) -> bytes:
    """Say our process id into the pipe named *data*, and never come back."""
    Path(data.decode()).write_text(str(os.getpid()))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    while True:
        select.select([], [], [])


def hold(data: bytes) -> bytes:
    """Say our process id into the pipe named *data*, and go on at a word from the one beside it."""
    Path(data.decode()).write_text(str(os.getpid()))
    return os.read(os.open(data + b".go", os.O_RDONLY), 8)


def segfault(data: bytes) -> bytes:
    """Die as a native library does."""
    ctypes.string_at(0)
    return data


def segfault_once(data: bytes) -> bytes:
    """Die, unless a predecessor left the file named *data*."""
    path = Path(data.decode())
    if path.exists():
        return b"second time lucky"
    path.touch()
    return segfault(data)


def leave(data: bytes) -> bytes:
    """End the process with the status *data*."""
    os._exit(int(data))


def killed(data: bytes) -> bytes:
    """Die as if somebody had killed us, and say so in the file named *data*."""
    with Path(data.decode()).open("a") as file:
        file.write("x")
    os.kill(os.getpid(), signal.SIGKILL)
    return data


def swell(data: bytes) -> bytes:
    """Take all the memory there is."""
    return b"x" * (64 << 30)


def give_up(data: bytes) -> bytes:
    """Do what pdfium does when it is refused memory."""
    os.abort()


def babble(data: bytes) -> bytes:
    """Answer with bytes that are no frame, on every pipe that is open."""
    for fd in range(3, 16):
        try:
            os.write(fd, b"\xff" * 64)
        except OSError:
            continue
    return data


def circumstances(data: bytes) -> bytes:
    """Tell how we live."""
    return json.dumps(
        {
            "pid": os.getpid(),
            "environment": dict(os.environ),
            "nice": os.nice(0),
            "session": os.getsid(0) == os.getpid(),
            "folder": os.getcwd(),
            "ignores_ctrl_c": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        }
    ).encode()
