"""Segments that no root names: what crashes leave, and when one may be removed.

Fence first, remove after; no rule reads a clock:

1. The segments are listed first; the root is read after that. What it names is none of them.
2. What commit *n* of a writer has written may go once that commit is decided: the root
   says that the writer has come to *n* or further, or does not know the writer any more.
3. What a writer has merged carries no number, and may go only once the writer is gone.
4. What has no name of ours stays.

Why no root can ever name what is removed. Let S be listed, R be the root that was
read afterwards, without S, and Q the first root after R that names S. Every root is
written over the one before it and takes over its segments; a new name comes in only
with a commit of its own writer W. So W has written Q over R or a later root.

- R says that W has come to *n* or further. W begins a commit when the one before it is
  decided, so whatever it writes after R has a higher number, and another name than S.
- R does not know W. W writes its first segment when it has seen itself in a root, which
  was before S was listed (``_commit``, rule 5). So it was in the table and is out of it:
  what it sent before R can never land any more, and the next root it reads tells it that
  it is fenced.

A removal that arrives late does no harm for the same reason. Only `mended` names
segments again, where the root was lost; it takes those that stand.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from tallysheet.errors import ConfigError, ManifestDamaged, NotFound, StoreError
from tallysheet.manifest._codec import PREFIX, Root, decode_root
from tallysheet.manifest._compact import BY
from tallysheet.manifest._manifest import ROOT
from tallysheet.ports import Store

_NAME = re.compile(rf"{PREFIX}(w-[^-]+)-(?:([0-9]+)|{BY}-[^-]+)-[0-9a-f]{{64}}")
"""Who wrote a segment, and in which commit; merged ones have no number."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """An object of a batch that nothing names."""

    key: str
    """Its name in the store."""
    bytes: int
    """Its size."""
    kept: str = ""
    """Why it must stay for now; empty where it may be removed."""


async def orphaned_segments(store: Store) -> list[Orphan]:
    """The segments that no root names; none where there is no root that can be read.

    Raises:
        Outage: The store cannot be reached.
    """
    listed = [entry async for entry in store.list(PREFIX)]
    try:
        root = decode_root((await store.get(ROOT)).data, where=f"{store.url}/{ROOT}")
    except (NotFound, ManifestDamaged):
        return []
    named = {segment.key for segment in root.segments}
    return [
        Orphan(entry.key, entry.size, _kept(entry.key, root))
        for entry in listed
        if entry.key not in named
    ]


async def remove(store: Store, orphans: Iterable[Orphan]) -> list[Orphan]:
    """Remove those that may be removed; return what is gone.

    What cannot be removed, perhaps for want of the right to, only takes up space.
    """
    gone: list[Orphan] = []
    for orphan in orphans:
        if not orphan.kept:
            with suppress(StoreError, ConfigError):
                await store.delete(orphan.key)
                gone.append(orphan)
    return gone


def _kept(key: str, root: Root) -> str:
    """Why the root that stands must be feared to be followed by one that names *key*."""
    name = _NAME.fullmatch(key)
    if name is None:
        return "it has no name of ours"
    writer, number = name.groups()
    last = root.writers.get(writer)
    if last is None or (number is not None and last >= int(number)):
        return ""
    return f"its writer {writer} is still at work"
