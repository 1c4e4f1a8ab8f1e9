"""How many documents one process takes at a time."""

A_GROUP = 16
"""While no more than this part of the slots is free, a claim can wait a little for more to be: so
a large batch takes a fraction of the commits. A quarter more is claimed than goes to models."""


class Slots:
    """A slot is taken with a claim, and free again once the result is stored.

    Claims are written in turn with all other workers, so a slot that is free may have to wait
    for the next one. So that nobody at the model waits for that, as many documents are claimed
    ahead as ended while the claim before was being written, and at most twice as many as there
    are slots. What was stored and waits to be acknowledged needs none, and is no more than that
    either: whatever was handed in before a claim stands with it, and nothing new begins without.

    Args:
        many: Slots.
    """

    def __init__(self, many: int) -> None:
        self._many = many
        self._taken = 0
        self._ahead = 0
        self.ended = 0
        """How many were given back so far."""

    @property
    def is_idle(self) -> bool:
        """Whether none is taken."""
        return not self._taken

    @property
    def are_nearly_all_taken(self) -> bool:
        """Whether so few are free that these can wait for more."""
        return self.free() <= self._many // A_GROUP

    def free(self) -> int:
        """How many documents to claim."""
        return max(self._many + self._ahead - self._taken, 0)

    def take(self) -> None:
        """One document begins."""
        self._taken += 1

    def give(self) -> None:
        """One has come to its end."""
        self._taken -= 1
        self.ended += 1

    def foresee(self, ended: int, *, at_most: int) -> None:
        """So many ended while the last claim was being written; fewer, only little by little."""
        self._ahead = min(max(ended, self._ahead // 2), at_most, self._many)
