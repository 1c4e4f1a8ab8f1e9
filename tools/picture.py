"""Draw docs/demo.svg, the picture in the README, from a real run of `make demo`: `make picture`."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "docs" / "demo.svg"
WIDTH = 88
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Web fonts from elsewhere: a picture in a README must not call home."""


def main() -> None:
    """Run the demo as on a terminal, and draw what it prints."""
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TTY_INTERACTIVE": "0"}
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(  # noqa: S603  our own demo
            [sys.executable, str(ROOT / "examples" / "demo.py"), "demo"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text.from_ansi("$ make demo\n" + ran.stdout))
    svg = console.export_svg(title="tallysheet")
    PLACE.write_text(FONTS.sub("", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
