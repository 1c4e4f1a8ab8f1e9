"""Work done right here: no child process, nothing to wait for."""

import asyncio
from collections.abc import Callable

from tallysheet.ports import Worked


class Inline:
    """An `Offload` that calls the work in this process and says it took no time.

    It guards against nothing: for tests, with documents of their own making.
    """

    async def run(self, work: Callable[[bytes], bytes], data: bytes) -> Worked:
        """Return ``work(data)``; whatever it raises is raised here."""
        await asyncio.sleep(0)
        return Worked(work(data), busy_s=0.0)
