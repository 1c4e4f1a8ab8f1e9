"""A process that raises the number in ``counter`` of a folder, again and again.

Usage: count_up.py FOLDER TIMES
"""

import asyncio
import sys

from tallysheet.errors import Conflict, NotFound
from tallysheet.ports import ABSENT, Blob, Store
from tallysheet.store import FolderStore

KEY = "counter"


async def count_up(store: Store, times: int) -> None:
    """Add one, *times* times; each is read, changed, written if unchanged, else done over."""
    for _ in range(times):
        while not await added(store):
            pass


async def added(store: Store) -> bool:
    """Try once to add one; say whether it stands."""
    try:
        blob = await store.get(KEY)
    except NotFound:
        blob = Blob(b"0", ABSENT)
    try:
        await store.put(KEY, b"%d" % (int(blob.data) + 1), expect=blob.version)
    except Conflict:
        return False
    return True


if __name__ == "__main__":
    asyncio.run(count_up(FolderStore(sys.argv[1]), int(sys.argv[2])))
