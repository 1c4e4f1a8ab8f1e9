"""One shared object in a store, on which no status update is ever lost."""

from tallysheet.manifest._manifest import LEASE_S, Manifest
from tallysheet.manifest._transitions import TABLE, diagram
from tallysheet.manifest._updates import Added, Claim, Outcome

__all__ = ["LEASE_S", "TABLE", "Added", "Claim", "Manifest", "Outcome", "diagram"]
