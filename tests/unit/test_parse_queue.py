"""Few children, many tasks: served in their order, and what can wait after all that cannot."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallysheet.parse._queue import Death, Job, Queue


def served(queue: Queue) -> list[str]:
    """The names of all that wait, in the order in which they are served."""
    names = []
    while job := queue.next():
        names.append(job.name)
    return names


async def test_what_can_wait_is_served_after_everything_that_cannot() -> None:
    """However early it came; among the like the order of coming counts."""
    queue = Queue()
    for name in ("later 1", "soon 1", "later 2", "soon 2"):
        queue.add(Job(name, b"", can_wait=name.startswith("later")))

    assert served(queue) == ["soon 1", "soon 2", "later 1", "later 2"]


async def test_what_lost_its_child_is_served_before_all_others() -> None:
    """It has waited already, even if it is something that can wait."""
    queue = Queue()
    queue.add(Job("next", b""))
    queue.add_first(Job("again", b"", can_wait=True))

    assert served(queue) == ["again", "next"]


async def test_what_another_child_has_as_well_does_not_come_back() -> None:
    """One of the two is enough."""
    queue = Queue()
    queue.add_first(Job("elsewhere", b"", is_twice=True))

    assert served(queue) == []


async def test_the_end_of_what_was_given_up_is_told_to_nobody() -> None:
    """Its task is gone; a child that still answers is no error."""
    job = Job("any", b"")
    job.end.cancel()

    job.ends(Death(0))

    assert job.end.cancelled()


async def test_an_error_reaches_whoever_waits() -> None:
    """Such as that no child can be started."""
    job = Job("any", b"")

    job.ends(RuntimeError("closed"))

    with pytest.raises(RuntimeError, match="closed"):
        await job.end


@given(coming=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_everything_is_served_once_but_what_was_given_up(
    coming: Sequence[tuple[bool, bool]],
) -> None:
    """Each can wait or not, and is given up or not; the number of those that wait is right."""

    async def scene() -> None:
        queue, wanted = Queue(), []
        for number, (can_wait, gives_up) in enumerate(coming):
            job = Job(str(number), b"", can_wait)
            queue.add(job)
            if gives_up:
                job.end.cancel()
            else:
                wanted.append((can_wait, number))

        counted = [queue.count(most) for most in range(14)]

        assert counted == [min(most, len(wanted)) for most in range(14)]
        assert served(queue) == [str(number) for _, number in sorted(wanted)]

    asyncio.run(scene())
