"""Reads an invoice off a page by rules alone: labels, layout and arithmetic, no templates.

Words become lines, labels of fifteen languages are looked up in two tables, and
each field takes the candidate that place, form and sums agree on. What is not
sure enough is left out.
"""

from tallysheet.extract._rules._model import Rules
from tallysheet.extract._rules._others import OTHER
from tallysheet.extract._rules._packet import Packet, invoices_in, packet_of
from tallysheet.extract._rules._read import answer_bytes, read_words
from tallysheet.extract._rules._rivals import UNDECIDED
from tallysheet.extract._rules._rounded import told_as

__all__ = [
    "OTHER",
    "UNDECIDED",
    "Packet",
    "Rules",
    "answer_bytes",
    "invoices_in",
    "packet_of",
    "read_words",
    "told_as",
]
