"""A second opinion on what the rules read, by numbers that were fitted to other documents."""

from tallysheet.extract._rules._weighed._filling import METHOD
from tallysheet.extract._rules._weighed._opinion import Opinion

__all__ = ["METHOD", "Opinion"]
