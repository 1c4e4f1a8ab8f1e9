"""The heartbeat of this process: it tells others that we live, and us that they know.

Others take us for dead once they have seen our beat stand still for a lease. The last one
that stands in the root was written after it was begun, so for a lease from then on nobody can
have done that. A monotonic clock goes on while a process is stopped.
"""

from tallysheet.manifest import _updates as updates
from tallysheet.manifest._commit import Committer
from tallysheet.manifest._leases import Watch
from tallysheet.manifest._pace import Pace

BEATS_PER_LEASE = 3


class Heart:
    """Beats for one process.

    Args:
        committer: Writes the beats.
        watch: Knows who else lives, and the lease.
        pace: What is told with a beat.
    """

    def __init__(self, committer: Committer, watch: Watch, pace: Pace) -> None:
        self._committer = committer
        self._watch = watch
        self._clock = watch.clock
        self._pace = pace
        self._sure_s = self._clock.monotonic()
        """From when on others have to wait for a lease."""

    async def run(self) -> None:
        """Beat on and on."""
        while True:
            await self._clock.sleep(self._watch.lease_s / BEATS_PER_LEASE)
            await self._beat()

    async def ensure_lease(self) -> None:
        """Return once nobody can have taken us for dead; see `Manifest.ensure_lease`.

        One beat is enough, however long it takes: with a slow store, too, things go on.
        """
        if self._clock.monotonic() - self._sure_s > self._watch.lease_s:
            await self._beat()

    async def _beat(self) -> None:
        """Beat, if anybody knows us yet, and bury who does so no more."""
        began_s = self._clock.monotonic()
        me = self._watch.me
        if me in self._committer.state.workers:
            beat = updates.beat(me, self._pace.per_minute())
            await self._committer.submit(updates.after_burials(self._watch.lapsed(), beat))
        self._sure_s = max(self._sure_s, began_s)
