"""What the manifest achieves, beside the usual ways, in one run.

Unless a row says otherwise: one process, a store in memory that is put at a distance
of 20 ms a GET and 40 ms a PUT, three repetitions, of which the median is judged
and the lowest and highest are printed. The rows:

invoices   100, 1,000 and 10,000 model calls of 2 to 3 s begin at once; each ends in one
           update. The time from the first claim to the last answer, over the slowest call.
           Ours claims all documents first; the usual ways have no claims, and do not.
updates    5,000 hands update 100,000 records without a break: updates a second.
answers    1,000 hands do so: how long an update waits for its answer, in units of the 40 ms
           of a PUT, and how many requests of any kind 1,000 updates take.
million    A manifest of 1,000,000 records of 200 bytes in a folder (and the same distance):
           bytes written per update (1,000 hands; merges in the background included), time
           to open it, and the most memory that the fresh process which did so ever had.
processes  8 processes of 250 hands on one manifest on a real SeaweedFS on this machine,
           with no distance: whether every update is there exactly once, and the share of
           the least busy process in the mean.

The usual ways: read, modify, write the one object under an ``asyncio.Lock``; and by
compare-and-swap, one update a PUT, with random pauses. They are stopped after some
seconds; ``>`` and ``<`` say that the figure would have become worse. Their object holds
a number a document and nothing else, and of at most 100 documents where thousands of
hands would drown in parsing it: that is to their advantage.

Every row of ours ends with a count: each update changes a number in its record, and the
sum must be the number of updates, or the bench fails.

Whatever else the machine does makes all figures worse, but for requests and bytes: how
much of it others took meanwhile is printed last.

    python bench/manifest.py [--json] [--quick] [--only ROW]
"""

from _invoices import invoices
from _million import a_million_records
from _processes import processes
from _program import Row, measure
from _updates import acknowledgements, updates_a_second

ROWS: dict[str, Row] = {
    "invoices": invoices,
    "updates": updates_a_second,
    "answers": acknowledgements,
    "million": a_million_records,
    "processes": processes,
}

if __name__ == "__main__":
    measure("What the manifest achieves.", ROWS)
