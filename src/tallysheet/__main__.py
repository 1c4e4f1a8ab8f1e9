"""``python -m tallysheet`` is ``tallysheet``."""

from tallysheet.cli import main

main()
