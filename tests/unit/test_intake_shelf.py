"""What was read to be hashed is at hand for whoever reads the document, up to a bound."""

import pytest

from tallysheet import intake
from tallysheet.intake import Shelf, find, sha256_of
from tallysheet.ports import ABSENT
from tallysheet.store import MemoryStore


async def test_what_the_listing_hashed_is_at_hand_once() -> None:
    """And only as the content that it was."""
    source, shelf = MemoryStore(), Shelf()
    await source.put("a.pdf", b"one", expect=ABSENT)

    found = [each.document async for each in find(source, {}.get, shelf)]

    assert found[0].sha256 == await sha256_of(b"one")
    assert shelf.take("a.pdf", "of other bytes") is None
    assert shelf.take("a.pdf", found[0].sha256) == b"one"
    assert shelf.take("a.pdf", found[0].sha256) is None


def test_what_has_no_room_is_left_until_something_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came first stays: it is claimed first."""
    monkeypatch.setattr(intake, "KEPT_BYTES", 10)
    shelf = Shelf()
    shelf.put("a", "A", b"123456")
    shelf.put("b", "B", b"12345")

    assert shelf.take("b", "B") is None
    assert shelf.take("a", "A") == b"123456"
    shelf.put("b", "B", b"12345")
    assert shelf.take("b", "B") == b"12345"
