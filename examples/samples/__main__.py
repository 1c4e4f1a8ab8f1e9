"""Write samples: ``python examples/samples OUT_DIR``, or ``python -m samples OUT_DIR``."""

import argparse
import sys
from pathlib import Path

if not __package__:
    # Run as a folder, Python looks for modules inside it and not beside it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from samples import KINDS, demo_set, mix, write_samples

MOST_LINES = 2000
"""Of one invoice."""


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(
        prog="samples",
        description="Write sample invoices to OUT_DIR/invoices, and what they say to\n"
        "OUT_DIR/truth.jsonl: the dozen of the demo, or with --count a mix.",
        epilog="kinds:\n"
        + "\n".join(f"  {name:10}{kind.help}" for name, kind in KINDS.items())
        + "\n\nThe same options give the same bytes. A longer mix begins as a shorter one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="where to write")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other invoices")
    parser.add_argument("--count", type=_count, metavar="N", help="so many files")
    parser.add_argument(
        "--kind",
        choices=list(KINDS),
        action="append",
        metavar="KIND",
        help="only of this kind; may be given again (default: all)",
    )
    parser.add_argument(
        "--lines",
        type=_range,
        metavar="N[-M]",
        help=f"so many lines an invoice, at most {MOST_LINES}",
    )
    given = parser.parse_args()
    if given.count is None and (given.kind or given.lines):
        parser.error("--kind and --lines are for a mix: say how many files with --count N")
    samples = (
        demo_set(given.seed)
        if given.count is None
        else mix(given.count, given.seed, kinds=given.kind or list(KINDS), lines=given.lines)
    )
    try:
        write_samples(samples, given.folder)
    except OSError as error:
        parser.exit(1, f"samples: cannot write to {given.folder}: {error.strerror}\n")
    print(f"{given.folder / 'invoices'} holds the documents; the truth is beside it.")


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of files, such as 100")
    return int(text)


def _range(text: str) -> tuple[int, int]:
    """``5`` or ``1-40``."""
    fewest, _, most = text.partition("-")
    try:
        lines = int(fewest), int(most or fewest)
    except ValueError:
        lines = 0, 0
    if not 1 <= lines[0] <= lines[1] <= MOST_LINES:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of lines from 1 to {MOST_LINES}, such as 40 or 1-40"
        )
    return lines


main()
