"""One shared object in a store, on which no status update is ever lost."""

from tallysheet.manifest._adding import Added
from tallysheet.manifest._audit import Audit, Damage, audit
from tallysheet.manifest._codec import Worker
from tallysheet.manifest._leases import is_gone
from tallysheet.manifest._manifest import LEASE_S, ROOT, Manifest
from tallysheet.manifest._mend import ASIDE, Mended, mend
from tallysheet.manifest._orphans import Orphan, orphaned_segments, remove
from tallysheet.manifest._transitions import TABLE, diagram
from tallysheet.manifest._updates import Claim, Outcome
from tallysheet.manifest._verdict import judge

__all__ = [
    "ASIDE",
    "LEASE_S",
    "ROOT",
    "TABLE",
    "Added",
    "Audit",
    "Claim",
    "Damage",
    "Manifest",
    "Mended",
    "Orphan",
    "Outcome",
    "Worker",
    "audit",
    "diagram",
    "is_gone",
    "judge",
    "mend",
    "orphaned_segments",
    "remove",
]
