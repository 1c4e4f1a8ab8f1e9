"""How probable each candidate of a page is, field by field; weighed when it is first asked for."""

from collections.abc import Sequence
from functools import cached_property

from tallysheet.extract._rules._parties import Parties
from tallysheet.extract._rules._view import View
from tallysheet.extract._rules._weighed._candidates import Candidate, amounts, codes, days
from tallysheet.extract._rules._weighed._names import names
from tallysheet.extract._rules._weighed._owned import tax_numbers
from tallysheet.extract._rules._weighed._surroundings import Surroundings
from tallysheet.extract._rules._weighed._weights import weights

NUMBER, ISSUE_DATE, SELLER, VAT_ID = "number", "issue_date", "seller.name", "seller.vat_id"
NET, TAX, GROSS, DUE = SUMS = ("totals.net", "totals.tax", "totals.gross", "totals.due")

Weighed = Sequence[tuple[float, Candidate]]
"""Candidates with their probability, the most probable first."""


class Probable:
    """The candidates of one page.

    Args:
        view: The page.
        items: The lines of the table.
        parties: Who sells and buys, by the rules.
    """

    def __init__(self, view: View, items: frozenset[int], parties: Parties) -> None:
        self.view = view
        self._items = items
        self._parties = parties
        self._around = Surroundings(view)
        self._known: dict[str, Weighed] = {}

    def of(self, path: str) -> Weighed:
        """What may be the value of that field."""
        if path not in self._known:
            self._known[path] = weights()[path].probabilities(self._candidates(path))
        return self._known[path]

    def best(self, path: str, sure: float) -> Candidate | None:
        """What is most probable, where it is *sure*."""
        probability, one = next(iter(self.of(path)), (0.0, None))
        return one if probability >= sure else None

    def name(self, one: Candidate) -> str:
        """A candidate for the seller, as it would be told."""
        return next(name for name, other in self._names if other.span == one.span)

    def _candidates(self, path: str) -> Sequence[Candidate]:
        if path in SUMS:
            return self._amounts
        if path == ISSUE_DATE:
            return list(days(self._around, self._items))
        if path == NUMBER:
            return list(codes(self._around, self._items))
        if path == VAT_ID:
            return list(tax_numbers(self._around, self._parties))
        return [one for _, one in self._names]

    @cached_property
    def _amounts(self) -> Sequence[Candidate]:
        return list(amounts(self._around, self._items))

    @cached_property
    def _names(self) -> Sequence[tuple[str, Candidate]]:
        return list(names(self._around))
