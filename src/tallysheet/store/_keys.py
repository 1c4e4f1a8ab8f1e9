"""What a key may look like: one rule for all stores.

A key that one store takes and the next refuses, or reads as another place, is
how files get lost or overwritten; so each store checks with `parts_of` first.
"""

import re
from collections.abc import Sequence

from tallysheet.errors import ConfigError

SUFFIX = ".tallysheet"
"""How the name of a place ends in which a batch is kept."""

_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def parts_of(key: str, *, where: str) -> Sequence[str]:
    """Split *key* into its parts.

    Raises:
        ConfigError: It could mean different things to different stores, would lead
            out of *where*, or stands inside the place of a batch.
    """
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts) or _UNWRITABLE.search(key) or in_batch(parts):
        raise ConfigError(
            f"{key!r} is not a key of {where}.",
            "Keys are relative, have / between their parts, and stay inside the store.",
        )
    return parts


def in_batch(parts: Sequence[str]) -> bool:
    """Whether a key stands in a folder that keeps a batch, which no source looks into."""
    return any(part.endswith(SUFFIX) for part in parts[:-1])
