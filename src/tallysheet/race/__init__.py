"""The lesson of this package, run live: how updates get lost, and what it costs to keep them.

What stands where::

    _ways         the ways to keep one shared object up to date, as people write them
    _overwriting  the plain PUT that some of them need
    _race         one way, run: what it kept, how long it took, what it asked of the store
    _processes    the same in several processes
    _parsing      the CPU half: PDFs parsed on the loop, in a thread, in child processes
    _place        where it happens, and that nothing is left there
    _plot         the figures as a picture
"""

from tallysheet.race._parsing import PARSERS, Parsed, parse_race
from tallysheet.race._place import Place, race_place
from tallysheet.race._plot import plot
from tallysheet.race._processes import race_processes, take_part
from tallysheet.race._race import Ran, race
from tallysheet.race._ways import SHARED, WAYS, Way

__all__ = [
    "PARSERS",
    "SHARED",
    "WAYS",
    "Parsed",
    "Place",
    "Ran",
    "Way",
    "parse_race",
    "plot",
    "race",
    "race_place",
    "race_processes",
    "take_part",
]
