"""Write samples: ``python examples/samples OUT_DIR``, or ``python -m samples OUT_DIR``."""

import argparse
import sys
from pathlib import Path

if not __package__:
    # Run as a folder, Python looks for modules inside it and not beside it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from samples import demo_set, many, write_samples


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(
        prog="samples", description="Write sample invoices, and beside them what they say."
    )
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="where to write")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other invoices")
    parser.add_argument("--many", type=int, metavar="N", help="N simple ones, not the dozen")
    given = parser.parse_args()
    samples = demo_set(given.seed) if given.many is None else many(given.many, given.seed)
    write_samples(samples, given.folder)
    print(f"{given.folder / 'invoices'} holds the documents; the truth is beside it.")


main()
