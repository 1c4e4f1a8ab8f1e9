"""What was read to be hashed is at hand for whoever reads the document, up to a bound."""

import asyncio

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


def test_what_nobody_will_take_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies, and what another worker has claimed, came before what is taken."""
    monkeypatch.setattr(intake, "KEPT_BYTES", 10)
    shelf = Shelf()
    for key in "abcde":
        shelf.put(key, key, b"12")

    assert shelf.take("d", "d") == b"12"
    assert shelf.take("b", "b") is None
    for key in "fghi":
        shelf.put(key, key, b"12")
    assert [shelf.take(key, key) for key in "efghi"] == [b"12"] * 5


async def test_what_is_hashed_is_kept_in_the_order_of_the_listing() -> None:
    """However long each takes: in this order it is claimed."""

    class Uneven(MemoryStore):
        async def get(self, key: str):
            """Later ones sooner."""
            for _ in range(ord("z") - ord(key[0])):
                await asyncio.sleep(0)
            return await super().get(key)

    source, shelf = Uneven(), Shelf()
    for key in "abcd":
        await source.put(key, key.encode(), expect=ABSENT)

    found = [each.document async for each in find(source, {}.get, shelf)]

    assert [shelf.take(one.key, one.sha256) for one in found] == [b"a", b"b", b"c", b"d"]
