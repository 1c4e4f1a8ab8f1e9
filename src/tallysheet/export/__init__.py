"""What is known of each document, as rows to take elsewhere.

`line` makes one row a document; ``text`` writes rows as JSON Lines or CSV.
"""

from tallysheet.export._rows import line

__all__ = ["line"]
