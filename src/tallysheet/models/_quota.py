"""What one process may take of an account's limits: as many parts as there are workers."""

from tallysheet.models._governor import Governor


class Quota:
    """The governors of all models of a run, told together how many share the limits."""

    def __init__(self) -> None:
        self._governors: list[Governor] = []
        self._workers = 1

    def governs(self, governor: Governor) -> None:
        """Have *governor* keep to this process's part from now on."""
        self._governors.append(governor)
        governor.share(self._workers)

    def share(self, workers: int) -> None:
        """So many workers are alive, this one included; each takes one part of every limit."""
        if workers != self._workers:
            self._workers = workers
            for governor in self._governors:
                governor.share(workers)

    def close(self) -> None:
        """Let no further request go: the run is to end. Those under way may end, too."""
        for governor in self._governors:
            governor.close()
