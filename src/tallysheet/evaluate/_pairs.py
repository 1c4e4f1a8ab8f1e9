"""Which truth is of which document: keys that begin at another folder are brought together."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from tallysheet.evaluate._truth import Truth


def paired(truths: Mapping[str, Truth], documents: Collection[str]) -> dict[str, Truth]:
    """The truth of each of *documents*, by the key that the batch has.

    A truth file may name its documents from a folder further up, ``corpus/a/1.pdf`` where the
    source is ``corpus/a``. The one folder is left out that brings most of them together.
    """
    known = set(documents)
    votes = Counter(folder for name in truths for folder, rest in _parted(name) if rest in known)
    if not votes:
        return dict(truths)
    best = min(votes, key=lambda folder: (-votes[folder], len(folder)))
    return {name.removeprefix(best): truth for name, truth in truths.items()}


def _parted(name: str) -> Iterator[tuple[str, str]]:
    """Each beginning of *name* that is a folder, or nothing, and the rest."""
    yield "", name
    for at, char in enumerate(name):
        if char == "/":
            yield name[: at + 1], name[at + 1 :]
