"""Only so much is in memory at a time, and nobody is passed over."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.pipeline._room import Room

MOST = 10


async def held(room: Room, size: int, go: asyncio.Event, seen: list[int]) -> None:
    """Take room for *size* bytes until *go*."""
    async with room.of(size):
        seen.append(size)
        await go.wait()


async def rest() -> None:
    """Let everybody come as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


@given(sizes=st.lists(st.integers(0, 15), min_size=1, max_size=12), leaving=st.randoms())
def test_no_more_is_held_than_there_is_room_for(sizes: list[int], leaving) -> None:
    """Whoever leaves when; what is larger than all room is alone; all get in, in their order."""

    async def scene() -> None:
        room, seen, left = Room(MOST), [], []
        doors = [asyncio.Event() for _ in sizes]
        async with asyncio.TaskGroup() as tasks:
            for size, door in zip(sizes, doors, strict=True):
                tasks.create_task(held(room, size, door, seen))
            while len(left) < len(sizes):
                await rest()
                inside = [at for at in range(len(seen)) if at not in left]
                assert sum(min(sizes[at], MOST) for at in inside) <= MOST
                chosen = leaving.choice(inside)
                doors[chosen].set()
                left.append(chosen)
        assert seen == sizes

    asyncio.run(scene())


@pytest.mark.parametrize("is_let_in", [False, True])
async def test_who_gives_up_makes_room_for_those_behind(is_let_in: bool) -> None:
    """Also one who gives up in the very moment in which it would be let in."""
    room, go, seen = Room(MOST), asyncio.Event(), []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(held(room, 6, go, seen))
        await rest()
        large = tasks.create_task(held(room, 8, asyncio.Event(), seen))
        await rest()
        tasks.create_task(held(room, 4, go, seen))
        await rest()
        assert seen == [6]

        if is_let_in:
            go.set()
            await asyncio.sleep(0)
        large.cancel()
        await rest()
        assert seen[:2] == [6, 4]
        go.set()
    async with asyncio.timeout(1), room.of(MOST):
        pass
