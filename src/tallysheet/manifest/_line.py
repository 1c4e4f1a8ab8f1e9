"""Who waits, in order: those who came first are taken first, and anybody may leave."""

from collections.abc import Iterator

MOST_GAPS = 1000
"""Passing so many takes no time that anybody would notice."""


class Line:
    """Keys, each once, in the order in which they were added.

    A dict keeps the gaps that removed keys have left until it grows, and whoever walks over it
    passes them. Here those at the front are removed again and again, and a large batch would
    take quadratic time: so it is made anew once there are more gaps than keys.
    """

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}
        self._gaps = 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def add(self, key: str) -> None:
        """Put one at the end."""
        self._keys[key] = None

    def remove(self, key: str) -> None:
        """Take one out, wherever it stands; it must be there."""
        del self._keys[key]
        self._gaps += 1
        if self._gaps > len(self._keys) + MOST_GAPS:
            self._keys = dict.fromkeys(self._keys)
            self._gaps = 0
