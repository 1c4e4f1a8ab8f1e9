"""The index of marks is made bit by bit, ahead of the first outcome that asks for it.

Of a million records that takes some ten seconds of computing, in which this process's
heartbeats and calls must not stand still. What is applied does not depend on it: whoever
asks the index before it is whole makes the rest of it at once (see ``_state``).
"""

import asyncio

from tallysheet.manifest._commit import Committer

AT_A_TIME = 250
"""Records; some three milliseconds."""


class Gathering:
    """Makes the index of this process's copy of the manifest.

    Args:
        committer: Has the copy.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._expected = asyncio.Event()
        self._at_work = asyncio.Lock()

    def expect(self) -> None:
        """Outcomes are about to come: begin, if the batch has marks."""
        if self._committer.state.is_marked:
            self._expected.set()

    async def run(self) -> None:
        """Wait until outcomes are expected, and make the index."""
        await self._expected.wait()
        await self.whole()

    async def whole(self) -> None:
        """Wait until the index is whole, and make it if nobody does."""
        async with self._at_work:
            is_whole = self._committer.state.gather(AT_A_TIME)
            while not is_whole:
                await asyncio.sleep(0)
                is_whole = self._committer.state.gather(AT_A_TIME)
