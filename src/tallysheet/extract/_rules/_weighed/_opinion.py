"""What the page makes most probable for a field, and what that says of what the rules read.

The rules look for labels that they know, and may take a label that means something else on this
page. What is said here sees the same labels, but weighs them with all else around a value, by
numbers that were fitted to documents of which the truth is known: where both agree a value is
right much more often than where they do not.
"""

from collections.abc import Iterator, Sequence

from tallysheet.extract._rules._corrections import CORRECTIONS
from tallysheet.extract._rules._draft import Gathered
from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._rounded import told_as
from tallysheet.extract._rules._view import View
from tallysheet.extract._rules._weighed._doubts import DOUBTS, doubt
from tallysheet.extract._rules._weighed._filling import (
    METHOD,
    find_date,
    find_number,
    find_seller,
    find_sums,
)
from tallysheet.extract._rules._weighed._probable import (
    DUE,
    GROSS,
    ISSUE_DATE,
    NET,
    NUMBER,
    SELLER,
    SUMS,
    Probable,
)
from tallysheet.model import Finding

FEWEST_LINES = 8
"""Lines of a page of which something can be said: the numbers were fitted to whole ones."""


class Opinion:
    """A second opinion on one page.

    Args:
        view: The page.
        items: The lines of the table.
        parties: Who sells and buys, by the rules.
    """

    def __init__(self, view: View, items: frozenset[int], parties: Parties) -> None:
        self._probable = Probable(view, items, parties)
        self._parties = parties
        self._speaks = len(view.sheet.lines) >= FEWEST_LINES

    def fill(self, gathered: Gathered) -> None:
        """Put number, date, seller and sums into *gathered* where the rules found none.

        A number where the title says that the page is an invoice, since others have numbers
        too; neither number nor date on a correction, which shows those of what it corrects; no
        seller where the rules found two; sums where what the rules read of them is the same.
        """
        if not self._speaks:
            return
        values = gathered.values
        if not _corrects(gathered):
            if NUMBER not in values and "kind" in values:
                gathered.put(NUMBER, find_number(self._probable))
            if ISSUE_DATE not in values:
                gathered.put(ISSUE_DATE, find_date(self._probable))
        if SELLER not in values and not self._parties.sellers:
            gathered.put(SELLER, find_seller(self._probable))
        if GROSS not in values:
            sums = find_sums(self._probable)
            if all(values.get(path, one.value) == one.value for path, one in sums.items()):
                for path, one in sums.items():
                    gathered.put(path, None if path in values else one)

    def doubts(
        self, gathered: Gathered, known: Sequence[Finding], *, slip: bool = False
    ) -> Iterator[Finding]:
        """A finding for each value in *gathered* that is not probable on this page.

        Of what *known* findings doubt already nothing more is said, nor of the number of a
        correction, beside which that of the invoice stands, nor of the sums of a *slip*, on
        whose total cash and change agree; nor of a net that is the total, of which enough is
        said, nor where nothing is due, as words say that, of which no figure is weighed.
        """
        if not self._speaks:
            return
        said = {path for finding in known for path in finding.fields}
        if slip:
            said.update(SUMS)
        if _corrects(gathered):
            said.add(NUMBER)
        values = gathered.values
        if values.get(DUE) == 0:
            said.add(DUE)
        if values.get(NET) == values.get(GROSS):
            said.add(NET)
        for path in DOUBTS:
            citation = gathered.citations.get(path)
            if path in said or citation is None or citation.method == METHOD:
                continue
            if finding := doubt(self._probable, path, told_as(path, values), citation):
                yield finding


def _corrects(gathered: Gathered) -> bool:
    """Whether the page corrects an invoice, by its title or as it names one."""
    kind = gathered.values.get("kind")
    return kind in CORRECTIONS or "preceding_invoices[0].number" in gathered.values
