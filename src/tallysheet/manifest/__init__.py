"""One shared object in a store, on which no status update is ever lost."""

from tallysheet.manifest._manifest import Manifest
from tallysheet.manifest._transitions import TABLE, diagram
from tallysheet.manifest._updates import Added, Claim, Outcome

__all__ = ["TABLE", "Added", "Claim", "Manifest", "Outcome", "diagram"]
