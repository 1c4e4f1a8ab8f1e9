"""Invoices of our own making, with exact truth: for the demo, the tests, eval and bench.

Everything starts with the truth: an `Invoice` in exact arithmetic, between companies
that do not exist. Then its supplier words it (language, notation, synonyms), and a
layout draws the words.

====================  ==============================================================
to add …              do this
====================  ==============================================================
a language            a file in ``languages/``
a country             a file in ``countries/``, its VAT number in `_identifiers`
a layout              a row in `_looks`; a new part in `_heads`, `_totals`, `_feet`
a kind of invoice     a field of `Plan` in `_truth`, a row in `_kinds`
a way to hide text    a row in `_hidden`
a sample of the demo  a row in `_demo`
====================  ==============================================================
"""

from samples._chance import Chance
from samples._demo import demo_set
from samples._kinds import KINDS, Kind
from samples._sample import Sample, write_samples
from samples._scan import Wear, photographed
from samples._stream import many, mix

__all__ = [
    "KINDS",
    "Chance",
    "Kind",
    "Sample",
    "Wear",
    "demo_set",
    "many",
    "mix",
    "photographed",
    "write_samples",
]
