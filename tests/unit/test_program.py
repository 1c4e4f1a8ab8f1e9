"""How the program begins: before its commands are loaded, and after."""

import signal
import subprocess
import sys

INTERRUPTED_WHILE_IT_LOADS = """
import builtins, os, signal, sys
load = builtins.__import__
def interrupted(name, *others, **named):
    if name == "tallysheet.cli":
        os.kill(os.getpid(), signal.SIGINT)
    return load(name, *others, **named)
builtins.__import__ = interrupted
sys.argv = ["tallysheet", "--version"]
from tallysheet.__main__ import main
main()
"""


def begun(code: str, *, ignoring: bool = False) -> subprocess.CompletedProcess[str]:
    """What became of *code*, in a Python of its own, perhaps one that Ctrl-C does not reach."""
    # Whether it reaches us is nobody's business: tests may run in the background of a script.
    way = "SIG_IGN" if ignoring else "default_int_handler"
    first = f"import signal; signal.signal(signal.SIGINT, signal.{way})\n"
    return subprocess.run(
        [sys.executable, "-c", first + code], capture_output=True, text=True, check=False
    )


def test_ctrl_c_while_it_loads_ends_it_without_a_page_of_its_insides() -> None:
    """The shell sees what it sees of any program that Ctrl-C ended."""
    ended = begun(INTERRUPTED_WHILE_IT_LOADS)

    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


def test_who_has_ctrl_c_ignored_has_it_ignored_while_it_loads_too() -> None:
    """A script's background processes begin that way."""
    ended = begun(INTERRUPTED_WHILE_IT_LOADS, ignoring=True)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("tallysheet ")


def test_commands_hear_ctrl_c_in_the_way_of_python() -> None:
    """What they made for themselves is removed as they end."""
    ended = begun(
        "import signal, sys, tallysheet.cli\n"
        "tallysheet.cli.main = lambda: print(signal.getsignal(signal.SIGINT).__name__)\n"
        "from tallysheet.__main__ import main\n"
        "main()"
    )

    assert (ended.returncode, ended.stdout) == (0, "default_int_handler\n")
