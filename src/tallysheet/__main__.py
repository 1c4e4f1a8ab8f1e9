"""What begins ``tallysheet``, and ``python -m tallysheet``.

To load the commands takes most of a second, in which Python would answer Ctrl-C with a page
of its own insides, or lose it in an import that lets nothing through. Until they are there
it ends the process, which has made nothing yet.
"""

import signal


def main() -> None:
    """Load the command line and run it; ends the process with its exit code."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:  # who starts us may want it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tallysheet.cli import main as command_line

    signal.signal(signal.SIGINT, heard)
    command_line()


if __name__ == "__main__":
    main()
