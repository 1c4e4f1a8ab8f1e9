"""Few places, many who ask: in their order, and who can wait after all who cannot."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tallysheet.parse._turn import Turns


async def settled() -> None:
    """Let everybody go on who can."""
    for _ in range(9):
        await asyncio.sleep(0)


async def test_who_can_wait_is_served_after_everybody_who_cannot() -> None:
    """However early it asked; among the like the order of asking counts."""
    turns, served = Turns(1), list[str]()
    end = asyncio.Event()

    async def ask(name: str) -> None:
        async with turns.one(can_wait=name.startswith("later")):
            served.append(name)
            await end.wait()

    async with asyncio.TaskGroup() as tasks:
        for name in ("first", "later 1", "later 2", "soon 1", "soon 2"):
            tasks.create_task(ask(name))
            await settled()
        end.set()

    assert served == ["first", "soon 1", "soon 2", "later 1", "later 2"]


@given(
    places=st.integers(1, 3),
    asking=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12),
)
def test_no_place_is_lost_and_none_given_twice_whoever_gives_up(
    places: int, asking: Sequence[tuple[bool, bool]]
) -> None:
    """Each asks as somebody who can wait or not, and gives up or not, at the worst moment."""

    async def scene() -> None:
        turns, inside, most = Turns(places), 0, 0

        async def visit(can_wait: bool) -> None:
            nonlocal inside, most
            async with turns.one(can_wait=can_wait):
                inside += 1
                most = max(most, inside)
                try:
                    await asyncio.sleep(0)
                finally:
                    inside -= 1

        tasks = [asyncio.create_task(visit(can_wait)) for can_wait, _ in asking]  # noqa: TID251  to be cancelled
        await asyncio.sleep(0)
        for task, (_, gives_up) in zip(tasks, asking, strict=True):
            if gives_up:
                task.cancel()
                await asyncio.sleep(0)
        await asyncio.gather(*tasks, return_exceptions=True)  # noqa: TID251  as they end
        assert most <= places
        async with asyncio.timeout(1), asyncio.TaskGroup() as after:
            for _ in range(2 * places):
                after.create_task(visit(False))

    asyncio.run(scene())
