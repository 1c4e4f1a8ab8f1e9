"""How many documents a process claims: what it has slots for, and what will end meanwhile."""

from tallysheet.pipeline._slots import Slots


def test_as_many_are_claimed_ahead_as_ended_while_the_last_claim_was_written() -> None:
    """So that none of the slots stays empty for as long as that takes again."""
    slots = Slots(10)
    for _ in range(10):
        slots.take()
    for _ in range(4):
        slots.give()
    slots.foresee(4, at_most=100)

    assert slots.free() == 8


def test_claiming_ahead_is_bounded() -> None:
    """By the slots themselves, and by what of all that is left is ours."""
    slots = Slots(10)
    slots.foresee(1000, at_most=1000)
    assert slots.free() == 20

    slots.foresee(1000, at_most=3)
    assert slots.free() == 13

    slots.foresee(1000, at_most=0)
    assert slots.free() == 10


def test_one_quick_claim_does_not_undo_what_was_foreseen() -> None:
    """The pauses between claims are drawn by chance."""
    slots = Slots(10)
    slots.foresee(8, at_most=100)

    slots.foresee(0, at_most=100)

    assert slots.free() == 14


def test_nothing_is_claimed_for_slots_that_are_taken_ahead() -> None:
    """When fewer end than was foreseen."""
    slots = Slots(2)
    slots.foresee(2, at_most=100)
    for _ in range(slots.free()):
        slots.take()
    slots.foresee(0, at_most=0)

    assert slots.free() == 0
    assert not slots.is_idle


def test_a_claim_waits_for_others_only_where_most_slots_are_taken() -> None:
    """With few slots it never does: each that is free then is a good part of all."""
    slots, few = Slots(320), Slots(10)
    seen = [slots.are_nearly_all_taken]
    for _ in range(300):
        slots.take()
    seen.append(slots.are_nearly_all_taken)
    slots.give()
    seen.append(slots.are_nearly_all_taken)
    for _ in range(9):
        few.take()

    assert seen == [False, True, False]
    assert not few.are_nearly_all_taken
